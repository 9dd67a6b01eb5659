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

enum { RTP_HDR = 12, PACKET_MAX = 2048 };

/* How it should sound: a tone may come out this much weaker than it was sent,
 * the own one and all the rest must be this far below the weakest other. */
#define OTHER_DOWN_DB 3.0
#define OWN_DOWN_DB 45.0
#define REST_DOWN_DB 20.0

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
	uint32_t n = leg->cfg->talkers;

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
	double level = seat < cfg->talkers ? cfg->level_db : -INFINITY;

	*leg = (struct leg){ .cfg = cfg, .fd = -1, .room = room, .seat = seat };
	leg->ssrc = (uint32_t)random();
	leg->ts = (uint32_t)random();
	leg->seq = (uint16_t)random();
	leg->enc = calloc(1, codec->enc_size() + 1);
	leg->dec = calloc(1, codec->dec_size() + 1);
	if (!leg->enc || !leg->dec || init_ear(leg) < 0)
		return -ENOMEM;
	codec->enc_init(leg->enc, &(struct mx_codec_par){ 0 });
	codec->dec_init(leg->dec);
	tone_init(&leg->voice, seat < cfg->talkers ?
		  tone_hz(room, seat, cfg->talkers) : 0, codec->rate_hz, level);
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
	return connect(leg->fd, peer, len) < 0 ? -errno : 0;
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
	ear_reset(&leg->ear);
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

void leg_send(struct leg *leg)
{
	const struct mx_codec *codec = leg->cfg->codec;
	size_t n = codec->rate_hz * leg->cfg->ptime_ms / 1000;
	uint8_t packet[PACKET_MAX];
	int16_t pcm[MX_FRAME_MAX];
	int len;

	tone_make(&leg->voice, pcm, n);
	len = codec->encode(leg->enc, mx_dsp_best(), pcm, n, packet + RTP_HDR,
			    sizeof(packet) - RTP_HDR);
	if (len < 0)
		abort();
	packet[0] = 0x80;
	packet[1] = leg->cfg->pt;
	packet[2] = (uint8_t)(leg->seq >> 8);
	packet[3] = (uint8_t)leg->seq;
	put32(packet + 4, leg->ts);
	put32(packet + 8, leg->ssrc);
	leg->seq++;
	leg->ts += codec->clock_hz * leg->cfg->ptime_ms / 1000;
	if (send(leg->fd, packet, (size_t)len + RTP_HDR, 0) >= 0)
		leg->seen.sent++;
}

/* A second of sound is there: is it as it should be? */
static void judge(struct leg *leg)
{
	struct leg_seen *seen = &leg->seen;
	double weakest = INFINITY, own = -INFINITY;
	double rest = ear_rest(&leg->ear);

	for (uint32_t i = 0; i < leg->ear.n; i++) {
		double db = ear_level(&leg->ear, i);

		if (i == leg->seat)
			own = db;
		else
			weakest = fmin(weakest, db);
	}
	seen->seconds++;
	if (weakest < leg->cfg->level_db - OTHER_DOWN_DB ||
	    (isfinite(weakest) && own > weakest - OWN_DOWN_DB) ||
	    rest > fmin(weakest, leg->cfg->level_db) - REST_DOWN_DB)
		seen->seconds_bad++;
	seen->other_min_db = fmin(seen->other_min_db, weakest);
	seen->own_max_db = fmax(seen->own_max_db, own);
	seen->rest_max_db = fmax(seen->rest_max_db, rest);
}

/* Returns the samples of the packet, for the check of the next time stamp. */
static uint32_t listen_to(struct leg *leg, const uint8_t *payload, size_t len)
{
	const struct mx_codec *codec = leg->cfg->codec;
	int16_t pcm[MX_FRAME_MAX];
	int n = codec->decode(leg->dec, mx_dsp_best(), payload, len, pcm,
			      MX_FRAME_MAX);

	if (n < 0) {
		leg->seen.strange++;
		return 0;
	}
	if (leg->measuring && leg->cfg->talkers > 0) {
		for (size_t at = 0; at < (size_t)n;) {
			at += ear_hear(&leg->ear, pcm + at, (size_t)n - at);
			if (leg->ear.pos == leg->ear.rate_hz) {
				judge(leg);
				ear_reset(&leg->ear);
			}
		}
	}
	return (uint32_t)n * codec->clock_hz / codec->rate_hz;
}

static void take(struct leg *leg, const uint8_t *p, size_t len, int64_t at_us)
{
	struct leg_seen *seen = &leg->seen;
	uint16_t seq = (uint16_t)(p[2] << 8 | p[3]);
	int16_t ahead = (int16_t)(seq - leg->rx_seq);
	uint32_t ts = get32(p + 4), ssrc = get32(p + 8);

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
	leg->rx_ts = ts + listen_to(leg, p + RTP_HDR, len - RTP_HDR);
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

void leg_receive(struct leg *leg)
{
	uint8_t packet[PACKET_MAX], control[64];

	for (;;) {
		struct iovec iov = { packet, sizeof(packet) };
		struct msghdr msg = {
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(leg->fd, &msg, 0);

		if (n < 0 && errno == ECONNREFUSED)
			continue;
		if (n < 0)
			return;
		if (n < RTP_HDR || packet[0] != 0x80 ||
		    (packet[1] & 0x7f) != leg->cfg->pt) {
			leg->seen.strange++;
			continue;
		}
		take(leg, packet, (size_t)n, arrival_us(&msg));
	}
}
