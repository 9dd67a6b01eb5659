/*
 * conflag.c - how long is sound on its way through a server?
 *
 *	conflag -s 127.0.0.1:5060 -r 40 -d 20
 *
 * Calls two legs into each of 40 rooms. One of a room is silent but for bursts
 * of tone, which begin with the first sample of a packet; the other looks for
 * their first sample in what it gets. Packets leave at exact times, their phases
 * spread evenly over a packet's time: zero jitter. The delay of a burst is
 *
 *	(arrival of the packet it begins in + its place there) - departure
 *
 * by kernel time stamps: what the server's jitter buffer, frames, mix and grid
 * add to a direct path. A line of JSON; exit status 0: every burst was heard.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "dial.h"
#include "mixer/dsp/dsp.h"

enum {
	ROOMS_MAX = 500, RTP_HDR = 12, PACKET_MAX = 2048,
	BURST_PACKETS = 10,             /* long */
	EVERY_PACKETS = 47,             /* from begin to begin: no multiple of
					 * the server's 20 or 1000 ms */
	LOUD = 4000,                    /* the tone is at 16000 */
	LOST_US = 500000,
	PRIORITY = 20,                  /* above the server: we hardly work */
	SETTLE_MS = 8000                /* the server's announcements are over */
};

struct pair {
	struct call *says, *hears;
	int64_t due_us;                 /* of the next packet */
	uint32_t packets;
	int64_t said_us;                /* a burst is on its way since then */
	bool loud;                      /* the listener is in a burst */
};

struct lag {
	struct dial_cfg dial_cfg;
	struct leg_cfg leg;
	struct leg_turns turns;
	uint32_t rooms, seconds;
	struct dial dial;
	struct call *calls;             /* [2 * rooms] */
	struct pair *pairs;
	bool measuring;
	double *delays_ms;              /* [n] */
	double *packets_ms;             /* the same, by packets alone */
	uint32_t n, max;
	uint32_t said, missed;
	int64_t late_max_us;            /* of departures */
};

/* ---- sending ----------------------------------------------------------- */

static void put32(uint8_t *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, sizeof(v));
}

/* A square wave of 1 kHz: full from its first sample on. */
static void make_burst(int16_t *pcm, size_t n, uint32_t rate_hz)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = i * 2000 / rate_hz % 2 ? -16000 : 16000;
}

static void send_packet(const struct lag *lg, struct leg *leg, bool burst)
{
	const struct mx_codec *codec = lg->leg.codec;
	size_t n = codec->rate_hz * lg->leg.ptime_ms / 1000;
	int16_t pcm[MX_FRAME_MAX] = { 0 };
	uint8_t packet[PACKET_MAX];
	int len;

	if (burst)
		make_burst(pcm, n, codec->rate_hz);
	len = codec->encode(leg->enc, mx_dsp_best(), pcm, n, packet + RTP_HDR,
			    sizeof(packet) - RTP_HDR);
	if (len < 0)
		abort();
	packet[0] = 0x80;
	packet[1] = lg->leg.pt;
	packet[2] = (uint8_t)(leg->seq >> 8);
	packet[3] = (uint8_t)leg->seq;
	put32(packet + 4, leg->ts);
	put32(packet + 8, leg->ssrc);
	leg->seq++;
	leg->ts += codec->clock_hz * lg->leg.ptime_ms / 1000;
	(void)!send(leg->fd, packet, (size_t)len + RTP_HDR, 0);
}

static int64_t real_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

/* Both legs of a pair send; the one that is heard first, at the exact time. */
static void send_pair(struct lag *lg, struct pair *p, int64_t late_us)
{
	uint32_t at = p->packets++ % EVERY_PACKETS;

	if (lg->measuring && at == 0) {
		if (late_us > lg->late_max_us)
			lg->late_max_us = late_us;
		lg->said++;
		p->said_us = real_us();
	}
	send_packet(lg, &p->says->leg, lg->measuring && at < BURST_PACKETS);
	send_packet(lg, &p->hears->leg, false);
	p->due_us += lg->leg.ptime_ms * 1000;
}

/* ---- hearing ----------------------------------------------------------- */

static int64_t arrival_us(struct msghdr *msg)
{
	struct timespec ts = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

static void note(struct lag *lg, struct pair *p, int64_t at_us, int64_t place_us)
{
	if (p->said_us && lg->n < lg->max) {
		lg->packets_ms[lg->n] = (double)(at_us - p->said_us) / 1e3;
		lg->delays_ms[lg->n++] =
			(double)(at_us + place_us - p->said_us) / 1e3;
	}
	p->said_us = 0;
}

static void hear(struct lag *lg, struct pair *p, const uint8_t *payload,
		 size_t len, int64_t at_us)
{
	const struct mx_codec *codec = lg->leg.codec;
	int16_t pcm[MX_FRAME_MAX];
	int n = codec->decode(p->hears->leg.dec, mx_dsp_best(), payload, len,
			      pcm, MX_FRAME_MAX);
	bool loud = false;

	for (int i = 0; i < n; i++) {
		if (abs(pcm[i]) < LOUD)
			continue;
		if (!p->loud && !loud)
			note(lg, p, at_us, i * INT64_C(1000000) /
			     (int64_t)codec->rate_hz);
		loud = true;
	}
	p->loud = loud;
}

static void receive(struct lag *lg, struct pair *p)
{
	uint8_t packet[PACKET_MAX], control[64];
	struct iovec iov = { packet, sizeof(packet) };

	for (;;) {
		struct msghdr msg = {
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(p->hears->leg.fd, &msg, 0);

		if (n < 0)
			break;
		if (n > RTP_HDR && (packet[1] & 0x7f) == lg->leg.pt)
			hear(lg, p, packet + RTP_HDR, (size_t)n - RTP_HDR,
			     arrival_us(&msg));
	}
	while (recv(p->says->leg.fd, packet, sizeof(packet), 0) >= 0)
		;
	if (p->said_us && real_us() - p->said_us > LOST_US) {
		lg->missed++;
		p->said_us = 0;
	}
}

/* ---- phases ------------------------------------------------------------- */

/* Pairs are due one after the other, over and over. */
static void run(struct lag *lg, int64_t until_us)
{
	for (uint32_t i = 0;; i = (i + 1) % lg->rooms) {
		struct pair *p = &lg->pairs[i];
		int64_t now = clock_sleep_until(p->due_us);

		send_pair(lg, p, now - p->due_us);
		receive(lg, p);
		dial_poll(&lg->dial, now);
		if (now >= until_us && i == lg->rooms - 1)
			return;
	}
}

static int call_all(struct lag *lg)
{
	uint32_t n = 2 * lg->rooms;
	int64_t now = clock_now_us(), until = now + 20000000;

	for (uint32_t i = 0; i < n; i++) {
		dial_invite(&lg->dial, &lg->calls[i], now);
		now = clock_sleep_until(now + 5000);
		dial_poll(&lg->dial, now);
	}
	while (dial_count(&lg->dial, CALL_INVITED) > 0 && now < until) {
		now = clock_sleep_until(now + 1000);
		dial_poll(&lg->dial, now);
	}
	return dial_count(&lg->dial, CALL_UP) == n ? 0 : -ECONNREFUSED;
}

static void hang_up(struct lag *lg)
{
	int64_t now = clock_now_us(), until = now + 10000000;

	for (uint32_t i = 0; i < 2 * lg->rooms; i++)
		if (lg->calls[i].state == CALL_UP)
			dial_bye(&lg->dial, &lg->calls[i], now);
	while (dial_count(&lg->dial, CALL_ENDING) > 0 && now < until) {
		now = clock_sleep_until(now + 1000);
		dial_poll(&lg->dial, now);
	}
}

static int open_all(struct lag *lg)
{
	uint32_t n = 2 * lg->rooms;
	int err;

	lg->max = lg->rooms * lg->seconds * 1000 /
		(EVERY_PACKETS * lg->leg.ptime_ms) + 2 * lg->rooms;
	lg->calls = calloc(n, sizeof(*lg->calls));
	lg->pairs = calloc(lg->rooms, sizeof(*lg->pairs));
	lg->delays_ms = calloc(lg->max, sizeof(double));
	lg->packets_ms = calloc(lg->max, sizeof(double));
	if (!lg->calls || !lg->pairs || !lg->delays_ms || !lg->packets_ms)
		return -ENOMEM;
	err = dial_init(&lg->dial, &lg->dial_cfg, lg->calls, n);
	for (uint32_t i = 0; !err && i < n; i++)
		err = leg_init(&lg->calls[i].leg, &lg->leg, lg->dial.local,
			       i / 2, i % 2);
	for (uint32_t i = 0; i < lg->rooms; i++) {
		lg->pairs[i].says = &lg->calls[2 * i];
		lg->pairs[i].hears = &lg->calls[2 * i + 1];
		lg->pairs[i].packets = 2 * i;   /* bursts at their own times */
	}
	return err;
}

static void close_all(struct lag *lg)
{
	for (uint32_t i = 0; lg->calls && i < 2 * lg->rooms; i++)
		leg_fini(&lg->calls[i].leg);
	dial_fini(&lg->dial);
	free(lg->packets_ms);
	free(lg->delays_ms);
	free(lg->pairs);
	free(lg->calls);
}

static int measure(struct lag *lg)
{
	int64_t ptime_us = lg->leg.ptime_ms * 1000, start;
	int err = call_all(lg);

	if (err)
		return err;
	start = clock_now_us() + ptime_us;
	for (uint32_t i = 0; i < lg->rooms; i++)
		lg->pairs[i].due_us = start + ptime_us * i / lg->rooms;
	run(lg, start + SETTLE_MS * 1000LL);
	lg->measuring = true;
	run(lg, clock_now_us() + lg->seconds * 1000000LL);
	lg->measuring = false;
	run(lg, clock_now_us() + LOST_US);
	hang_up(lg);
	return 0;
}

/* ---- result ------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double at(const double *sorted, uint32_t n, double share)
{
	uint32_t i = (uint32_t)(share * n);

	return n ? sorted[i < n ? i : n - 1] : 0;
}

static bool report(struct lag *lg)
{
	bool well = lg->n > 0 && lg->n == lg->said;

	qsort(lg->delays_ms, lg->n, sizeof(double), by_size);
	qsort(lg->packets_ms, lg->n, sizeof(double), by_size);
	printf("{\"codec\": \"%s/%u\", \"bursts\": %u, \"heard\": %u, "
	       "\"p50_ms\": %.2f, \"p99_ms\": %.2f, \"min_ms\": %.2f, "
	       "\"max_ms\": %.2f, \"packet_p50_ms\": %.2f, "
	       "\"packet_p99_ms\": %.2f, \"client_late_max_ms\": %.2f}\n",
	       lg->leg.codec->name, lg->leg.codec->clock_hz, lg->said, lg->n,
	       at(lg->delays_ms, lg->n, 0.5), at(lg->delays_ms, lg->n, 0.99),
	       at(lg->delays_ms, lg->n, 0), at(lg->delays_ms, lg->n, 1),
	       at(lg->packets_ms, lg->n, 0.5), at(lg->packets_ms, lg->n, 0.99),
	       (double)lg->late_max_us / 1e3);
	return well;
}

static void usage(void)
{
	fputs("usage: conflag -s IP:PORT [-r ROOMS] [-d SECONDS] "
	      "[-c CODEC[/CLOCK]] [-n FIRST ROOM]\n", stderr);
	exit(2);
}

static void set_server(struct lag *lg, char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		usage();
	*colon = '\0';
	lg->dial_cfg.server = text;
	lg->dial_cfg.port = (uint16_t)atoi(colon + 1);
}

int main(int argc, char **argv)
{
	struct lag lg = {
		.dial_cfg = { .first_room = 3000 },
		.leg = { .codec = mx_codec_find("PCMU", 8000, 1),
			 .ptime_ms = 20, .turns = &lg.turns },
		.dial = { .fd = -1 }, .rooms = 40, .seconds = 20,
	};
	bool well = false;
	int opt, err;

	while ((opt = getopt(argc, argv, "s:r:d:c:n:")) != -1) {
		switch (opt) {
		case 's': set_server(&lg, optarg); break;
		case 'r': lg.rooms = (uint32_t)atoi(optarg); break;
		case 'd': lg.seconds = (uint32_t)atoi(optarg); break;
		case 'c':
			lg.leg.codec = mx_codec_by_name(optarg, strlen(optarg));
			break;
		case 'n': lg.dial_cfg.first_room = (uint32_t)atoi(optarg); break;
		default: usage();
		}
	}
	if (!lg.dial_cfg.server || !lg.leg.codec || optind != argc ||
	    lg.rooms < 1 || lg.rooms > ROOMS_MAX || lg.seconds < 1 ||
	    lg.seconds > 600)
		usage();
	lg.leg.pt = lg.leg.codec->pt == MX_PT_NONE ? 96 : lg.leg.codec->pt;
	srandom((unsigned)clock_now_us());
	(void)clock_be_punctual(PRIORITY);
	err = open_all(&lg);
	if (!err)
		err = measure(&lg);
	if (err)
		fprintf(stderr, "conflag: %s\n", lg.dial.error[0] ?
			lg.dial.error : strerror(-err));
	else
		well = report(&lg);
	close_all(&lg);
	return err ? 2 : !well;
}
