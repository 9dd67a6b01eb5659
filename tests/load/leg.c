/* leg.c - one simulated caller's RTP. */
#include "leg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mixer/dsp/dsp.h"

enum { RTP_HDR = 12, PACKET_MAX = 2048, PAYLOAD_MAX = 2000,
       QUIET_PACKETS = 50, CATCH_UP = 8 };

struct leg_quiet {
	struct {
		uint16_t len;
		uint8_t data[PAYLOAD_MAX];
	} packet[QUIET_PACKETS];
};

/* White, of the power of noise_db. */
static void make_noise(int16_t *pcm, size_t n, double noise_db)
{
	double peak = 32767 * pow(10, noise_db / 20) * sqrt(3);

	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)lrint(peak * (2.0 * (double)random() /
						RAND_MAX - 1));
}

int leg_quiet_new(struct leg_quiet **quietp, const struct mx_codec *codec,
		  uint32_t ptime_ms, double noise_db)
{
	struct leg_quiet *quiet = calloc(1, sizeof(*quiet));
	void *enc = calloc(1, codec->enc_size() + 1);
	size_t n = codec->rate_hz * ptime_ms / 1000;
	int16_t pcm[MX_FRAME_MAX] = { 0 };

	if (!quiet || !enc) {
		free(quiet);
		free(enc);
		return -ENOMEM;
	}
	codec->enc_init(enc, &(struct mx_codec_par){ 0 });
	/* the first round is for the encoder to settle */
	for (unsigned i = 0; i < 2 * QUIET_PACKETS; i++) {
		unsigned at = i % QUIET_PACKETS;
		int len;

		if (isfinite(noise_db))
			make_noise(pcm, n, noise_db);
		len = codec->encode(enc, mx_dsp_best(), pcm, n,
				    quiet->packet[at].data, PAYLOAD_MAX);
		if (len < 0)
			abort();
		quiet->packet[at].len = (uint16_t)len;
	}
	free(enc);
	*quietp = quiet;
	return 0;
}

/* ---- life -------------------------------------------------------------- */

static int open_socket(struct leg *leg, const char *ip)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	bool six = inet_pton(AF_INET6, ip, &in6.sin6_addr) == 1;
	struct sockaddr *sa = six ? (struct sockaddr *)&in6 :
		(struct sockaddr *)&in;
	socklen_t len = six ? sizeof(in6) : sizeof(in);
	int yes = 1;

	if (!six && inet_pton(AF_INET, ip, &in.sin_addr) != 1)
		return -EINVAL;
	leg->fd = socket(sa->sa_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (leg->fd < 0 || bind(leg->fd, sa, len) < 0 ||
	    setsockopt(leg->fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes,
		       sizeof(yes)) < 0 ||
	    getsockname(leg->fd, sa, &len) < 0)
		return -errno;
	leg->port = ntohs(six ? in6.sin6_port : in.sin_port);
	return 0;
}

/* The ear listens for all talkers of the room, by seat. */
static int init_ear(struct leg *leg)
{
	uint32_t hz[LEG_TONES_MAX];
	uint32_t n = leg->cfg->every ? leg->cfg->talkers : 0;

	if (n > LEG_TONES_MAX)
		n = LEG_TONES_MAX;
	for (uint32_t i = 0; i < n; i++)
		hz[i] = tone_hz(leg->room, i, leg->cfg->talkers);
	return ear_init(&leg->ear, leg->cfg->codec->rate_hz, hz, n);
}

int leg_init(struct leg *leg, const struct leg_cfg *cfg, const char *ip,
	     uint32_t room, uint32_t seat)
{
	const struct mx_codec *codec = cfg->codec;

	*leg = (struct leg){ .cfg = cfg, .fd = -1, .room = room, .seat = seat,
			     .rx_pt = cfg->pt };
	leg->quiet_at = (uint32_t)random() % QUIET_PACKETS;
	leg->ssrc = (uint32_t)random();
	leg->ts = (uint32_t)random();
	leg->seq = (uint16_t)random();
	leg->enc = calloc(1, codec->enc_size() + 1);
	leg->dec = calloc(1, codec->dec_size() + 1);
	if (!leg->enc || !leg->dec || init_ear(leg) < 0)
		return -ENOMEM;
	codec->enc_init(leg->enc, &(struct mx_codec_par){ 0 });
	codec->dec_init(leg->dec);
	if (seat < cfg->talkers)
		tone_init(&leg->voice, tone_hz(room, seat, cfg->talkers),
			  codec->rate_hz, cfg->level_db);
	return open_socket(leg, ip);
}

void leg_fini(struct leg *leg)
{
	if (leg->fd >= 0)
		close(leg->fd);
	ear_fini(&leg->ear);
	free(leg->enc);
	free(leg->dec);
}

int leg_connect(struct leg *leg, const struct sockaddr *peer, socklen_t len)
{
	return leg->fd >= 0 && connect(leg->fd, peer, len) < 0 ? -errno : 0;
}

void leg_send_to(struct leg *leg, const struct sockaddr *peer, socklen_t len)
{
	memcpy(&leg->peer, peer, len);
	leg->peer_len = len;
}

void leg_measure(struct leg *leg)
{
	leg->seen = (struct leg_seen){
		.other_min_db = INFINITY,
		.own_max_db = -INFINITY,
		.rest_max_db = -INFINITY,
	};
	leg->rx_us = 0;
	leg->measuring = true;
	leg_hear_anew(leg);
}

static void put32(uint8_t *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, sizeof(v));
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return ntohl(v);
}

/* The packet's payload; its length, 0: nothing need be sent (DTX). */
static size_t make_payload(struct leg *leg, uint8_t *payload)
{
	const struct leg_cfg *cfg = leg->cfg;
	const struct mx_codec *codec = cfg->codec;
	size_t n = codec->rate_hz * cfg->ptime_ms / 1000;
	int16_t pcm[MX_FRAME_MAX] = { 0 };
	int len;

	if (leg->seat >= cfg->talkers) {
		size_t at = leg->quiet_at++ % QUIET_PACKETS;

		memcpy(payload, cfg->quiet->packet[at].data,
		       cfg->quiet->packet[at].len);
		return cfg->quiet->packet[at].len;
	}
	if (leg_talks(cfg, leg->seat))
		tone_make(&leg->voice, pcm, n);
	len = codec->encode(leg->enc, mx_dsp_best(), pcm, n, payload,
			    PAYLOAD_MAX);
	if (len < 0)
		abort();
	return (size_t)len;
}

void leg_send(struct leg *leg)
{
	const struct leg_cfg *cfg = leg->cfg;
	uint8_t packet[PACKET_MAX];
	size_t len = make_payload(leg, packet + RTP_HDR);

	packet[0] = 0x80;
	packet[1] = cfg->pt;
	packet[2] = (uint8_t)(leg->seq >> 8);
	packet[3] = (uint8_t)leg->seq;
	put32(packet + 4, leg->ts);
	put32(packet + 8, leg->ssrc);
	leg->ts += cfg->codec->clock_hz * cfg->ptime_ms / 1000;
	if (len == 0)
		return;
	leg->seq++;
	if (sendto(leg->fd, packet, len + RTP_HDR, 0, leg->peer_len ?
		   (struct sockaddr *)&leg->peer : NULL, leg->peer_len) >= 0)
		leg->seen.sent++;
}

/* ---- receiving --------------------------------------------------------- */

static void take(struct leg *leg, const uint8_t *p, size_t len, int64_t at_us)
{
	struct leg_seen *seen = &leg->seen;
	uint16_t seq = (uint16_t)(p[2] << 8 | p[3]);
	int16_t ahead = (int16_t)(seq - leg->rx_seq);
	uint32_t ts = get32(p + 4), ssrc = get32(p + 8);
	const struct mx_codec *codec = leg->cfg->codec;
	int n;

	if (leg->started && ssrc != leg->rx_ssrc)
		seen->strange++;
	if (leg->started && ahead < 0) {
		seen->reordered++;
		return;
	}
	if (leg->started) {
		seen->lost += (uint64_t)ahead;
		seen->ts_gaps += !ahead && ts != leg->rx_ts;
	}
	if (leg->rx_us && at_us - leg->rx_us > seen->gap_max_us)
		seen->gap_max_us = at_us - leg->rx_us;
	seen->received++;
	leg->started = true;
	leg->rx_us = at_us;
	leg->rx_ssrc = ssrc;
	leg->rx_seq = (uint16_t)(seq + 1);
	n = leg_hear(leg, p + RTP_HDR, len - RTP_HDR, at_us);
	if (n < 0)
		seen->strange++;
	else
		leg->rx_ts = ts + (uint32_t)((uint64_t)(unsigned)n *
					     codec->clock_hz / codec->rate_hz);
}

/* When the kernel got it, CLOCK_REALTIME in microseconds. */
static int64_t arrival_us(struct msghdr *msg)
{
	struct timespec ts = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* False if there is nothing. */
static bool receive_one(struct leg *leg)
{
	uint8_t packet[PACKET_MAX], control[64];
	struct iovec iov = { packet, sizeof(packet) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(leg->fd, &msg, 0);

	if (n < 0)
		return errno == ECONNREFUSED;
	if (n < RTP_HDR || packet[0] != 0x80 ||
	    (packet[1] & 0x7f) != leg->rx_pt)
		leg->seen.strange++;
	else
		take(leg, packet, (size_t)n, arrival_us(&msg));
	return true;
}

/* Mostly one packet has come since last time, and that there is no second one
 * is not worth asking: when there was none, we ask for more the next time. */
void leg_receive(struct leg *leg)
{
	int most = leg->behind ? CATCH_UP : 1;

	leg->behind = false;
	while (most-- > 0)
		if (!receive_one(leg)) {
			leg->behind = true;
			return;
		}
}
