/*
 * test_media.c - the engine with real sockets and threads on loopback: what
 * peers send, hear, and what control is told.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/box.h"
#include "mixer/tap.h"
#include "t_media.h"

static int begin(void **state)
{
	(void)state;
	t_media_begin(MEDIA_IO_AUTO);
	return 0;
}

static int begin_plain(void **state)
{
	(void)state;
	t_media_begin(MEDIA_IO_PLAIN);
	assert_string_equal(media_io_name(media), "plain");
	return 0;
}

static int end(void **state)
{
	(void)state;
	t_media_end();
	return 0;
}

/* ---- the tests --------------------------------------------------------- */

/* Three callers, by turns on the two workers; one of them with IPv6. */
static void room_spans_workers_and_families(void **state)
{
	static const double freq[] = { 400, 700, 1100 };
	struct media_bus *bus;
	struct peer *p[3];
	unsigned told = 0;

	(void)state;
	assert_int_equal(media_bus_open(media, 16000, &bus_ops, &told, &bus),
			 0);
	for (unsigned i = 0; i < 3; i++) {
		p[i] = connected(i == 2 ? "::1" : "127.0.0.1", freq[i]);
		assert_int_equal(media_port_join(p[i]->port, bus, true, true),
				 0);
	}
	run(1200);
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned j = 0; j < 3; j++)
			assert_int_equal(hears(p[i], freq[j]), i != j);
		assert_int_equal(p[i]->breaks, 0);
		assert_int_equal(p[i]->started, 1);
	}
	WAIT_FOR(media_worker_stats(media, 0)->ports == 2);
	WAIT_FOR(media_worker_stats(media, 1)->ports == 1);

	/* muted; deaf; gone; all but one leave */
	assert_int_equal(media_port_voice(p[0]->port, false, true), 0);
	assert_int_equal(media_port_voice(p[1]->port, true, false), 0);
	run(900);
	assert_false(hears(p[2], freq[0]));
	assert_true(hears(p[2], freq[1]));
	assert_false(hears(p[1], freq[2]));
	assert_int_equal(media_port_leave(p[2]->port), 0);
	run(900);
	assert_false(hears(p[0], freq[2]));
	assert_false(hears(p[2], freq[1]));
	assert_true(hears(p[0], freq[1]));

	/* closed with people in it */
	media_bus_close(bus);
	WAIT_FOR(told == 1000);
	run(900);
	assert_false(hears(p[0], freq[1]));
	assert_int_equal(p[0]->breaks + p[1]->breaks + p[2]->breaks, 0);
}

/* Level in dB of one frequency in so many last frames. */
static double tap_level(const struct mx_tap_frame *f, unsigned n, double hz)
{
	double re = 0, im = 0;

	for (unsigned i = 0; i < n * MX_TAP_LEN; i++) {
		const uint8_t *s = f[i / MX_TAP_LEN].pcm + i % MX_TAP_LEN * 2;
		int16_t v = (int16_t)(s[0] << 8 | s[1]);
		double w = 2 * M_PI * hz / MX_TAP_HZ * i;

		re += v * cos(w);
		im += v * sin(w);
	}
	return 20 * log10(2 * hypot(re, im) / (n * MX_TAP_LEN) / 32768 + 1e-9);
}

/* Two callers on two workers; who listens in hears both, at 48 kHz, and leaves
 * the room as it was. */
static void a_tap_hears_the_whole_room(void **state)
{
	static struct mx_tap_frame f[128];
	static const double freq[] = { 500, 900 };
	struct media_bus *bus;
	struct media_port *tap = NULL;
	struct box *box;
	struct peer *p[2], ear = { 0 };
	unsigned told = 0, n = 0, breaks = 0;

	(void)state;
	assert_int_equal(box_new(&box, 128, sizeof(f[0])), 0);
	assert_int_equal(media_bus_open(media, 16000, &bus_ops, &told, &bus), 0);
	for (unsigned i = 0; i < 2; i++) {
		p[i] = connected("127.0.0.1", freq[i]);
		assert_int_equal(media_port_join(p[i]->port, bus, true, true), 0);
	}
	assert_int_equal(media_tap_open(media, bus, box, &port_ops, &ear, &tap), 0);
	run(800);
	while (box_take(box, &f[0]))
		;
	for (int ms = 0; n < 50 && ms < 10000; ms += 10) {
		run(10);
		while (n < 50 && box_take(box, &f[n])) {
			breaks += n && f[n].ts != f[n - 1].ts + MX_TAP_LEN;
			n++;
		}
	}
	assert_int_equal(n, 50);
	/* a tick left out on a busy machine is a gap in the stamps, too */
	assert_true(breaks < 3);
	assert_true(tap_level(f, n, freq[0]) > -18);
	assert_true(tap_level(f, n, freq[1]) > -18);
	assert_true(tap_level(f, n, 1300) < -40);
	assert_true(hears(p[0], freq[1]) && hears(p[1], freq[0]));
	assert_int_equal(p[0]->breaks + p[1]->breaks, 0);

	media_port_close(tap);
	WAIT_FOR(ear.closed == 1);
	while (box_take(box, &f[0]))
		;
	run(100);
	assert_false(box_take(box, &f[0]));
	media_bus_close(bus);
	WAIT_FOR(told == 1000);
	box_free(box);
}

/* Nobody takes anything out of the box: the worker does not mind. */
static void a_tap_that_is_not_emptied_harms_nobody(void **state)
{
	struct media_bus *bus;
	struct media_port *tap = NULL;
	struct box *box;
	struct peer *p[2], ear = { 0 };
	unsigned told = 0;

	(void)state;
	assert_int_equal(box_new(&box, 4, sizeof(struct mx_tap_frame)), 0);
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &bus), 0);
	for (unsigned i = 0; i < 2; i++) {
		p[i] = connected("127.0.0.1", 500 + 400 * i);
		assert_int_equal(media_port_join(p[i]->port, bus, true, true), 0);
	}
	assert_int_equal(media_tap_open(media, bus, box, &port_ops, &ear, &tap), 0);
	run(900);
	assert_true(hears(p[0], 900) && hears(p[1], 500));
	media_bus_close(bus);   /* with the tap in it */
	WAIT_FOR(told == 1000);
	media_port_close(tap);
	WAIT_FOR(ear.closed == 1);
	box_free(box);
}

static void talk_and_floor_are_told_from_all_workers(void **state)
{
	struct media_bus *bus;
	struct peer *p[3];
	unsigned told = 0;

	(void)state;
	dominant = NULL;
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &bus), 0);
	for (unsigned i = 0; i < 3; i++) {
		p[i] = connected("127.0.0.1", 0);
		assert_int_equal(media_port_join(p[i]->port, bus, true, true),
				 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		p[i]->tone_hz = 500;
		WAIT_FOR(p[i]->talks && dominant == p[i]->port);
		if (i < 2)
			run(800);
		if (i == 0)
			p[0]->tone_hz = 0;
		if (i == 1)
			media_port_voice(p[1]->port, false, true);
		WAIT_FOR(i == 2 || !p[i]->talks);
		if (i < 2)
			assert_in_range(p[i]->talk_ms, 500, 5000);
	}
	run(300);
	media_port_close(p[2]->port);
	WAIT_FOR(p[2]->closed && !dominant);
	assert_true(p[2]->talks);       /* the close ends it silently ... */
	assert_true(p[2]->last.talk_ms > 100);  /* ... and it is counted */
	assert_int_equal(p[0]->speeches + p[1]->speeches + p[2]->speeches, 3);
	media_bus_close(bus);
	WAIT_FOR(told == 1000);
}

static void prompts_play_alone_and_to_all(void **state)
{
	static int16_t pcm[HZ];
	struct mx_clip clip = { HZ, HZ, pcm };
	struct media_play play = { .id = 5, .n = 1, .clips = { &clip } };
	struct media_bus *bus, *unused;
	struct peer *p[2];
	unsigned told = 0, told_unused = 0;

	(void)state;
	for (int i = 0; i < HZ; i++)
		pcm[i] = (int16_t)(8000 * sin(2 * M_PI * 900 * i / HZ));
	p[0] = connected("127.0.0.1", 0);
	p[1] = connected("127.0.0.1", 0);
	assert_int_equal(media_port_play(p[0]->port, &play), 0);
	run(800);
	assert_true(hears(p[0], 900));
	assert_false(hears(p[1], 900));
	WAIT_FOR(p[0]->n_played);
	assert_int_equal(p[0]->played[0], 5);
	assert_true(p[0]->whole[0]);

	play.id = 6;
	play.loop = true;
	assert_int_equal(media_port_play(p[0]->port, &play), 0);
	run(100);
	assert_int_equal(media_port_stop(p[0]->port), 0);
	WAIT_FOR(p[0]->n_played == 2);
	assert_false(p[0]->whole[1]);

	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &bus), 0);
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told_unused,
					&unused), 0);
	assert_int_equal(media_bus_open(media, 11025, &bus_ops, &told, &bus),
			 -EINVAL);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(media_port_join(p[i]->port, bus, true, true),
				 0);
	assert_int_equal(media_bus_play(bus, &play), -EINVAL); /* for ever */
	play.loop = false;
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(media_bus_play(bus, &play), 0);
	assert_int_equal(media_bus_play(bus, &play), -ENOSPC);
	WAIT_FOR(told == 1);
	assert_true(hears(p[0], 900));
	assert_true(hears(p[1], 900));
	assert_int_equal(media_bus_play(bus, &play), 0);
	media_bus_close(bus);
	media_bus_close(unused);
	assert_int_equal(told_unused, 0);       /* not from within */
	WAIT_FOR(told == 1001 && told_unused == 1000);
}

static void press(struct peer *p, uint8_t key, uint16_t seq, uint32_t ts)
{
	for (unsigned i = 0; i < 5; i++) {
		uint16_t duration = (uint16_t)((i < 3 ? i + 1 : 3) * PACKET);
		uint8_t payload[] = { key, (uint8_t)(i > 1 ? 0x8a : 10),
				      (uint8_t)(duration >> 8),
				      (uint8_t)duration };
		struct mx_rtp_hdr hdr = { .ssrc = 4711, .pt = EVENT_PT,
					  .seq = seq++, .ts = ts,
					  .marker = i == 0 };

		send_rtp(p, &hdr, payload, sizeof(payload));
	}
}

static void keys_are_told_once_each(void **state)
{
	struct peer *p = connected("127.0.0.1", 0);

	(void)state;
	for (uint8_t k = 0; k < 12; k++) {
		press(p, k, (uint16_t)(k * 5), 1000u + k * 800u);
		run(20);
	}
	WAIT_FOR(p->n_keys == 12);
	run(50);
	assert_string_equal(p->keys, "0123456789*#");
}

static void silence_is_told_once_and_not_on_hold(void **state)
{
	struct peer *quiet = call_in("127.0.0.1", 0);
	struct peer *held = call_in("127.0.0.1", 0);
	struct peer *talks = call_in("127.0.0.1", 500);
	struct peer *all[] = { quiet, held, talks };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct media_stream s = stream_of(all[i], "127.0.0.1");

		s.timeout_ms = 300;
		s.audio.hold = all[i] == held;
		assert_int_equal(media_port_stream(all[i]->port, &s), 0);
	}
	WAIT_FOR(quiet->timeouts);
	run(1200);
	assert_int_equal(quiet->timeouts, 1);
	assert_int_equal(held->timeouts, 0);
	assert_int_equal(talks->timeouts, 0);

	/* he comes back, and is lost again */
	quiet->tone_hz = 500;
	WAIT_FOR(quiet->started);
	quiet->tone_hz = 0;
	WAIT_FOR(quiet->timeouts == 2);
}

static void strangers_are_not_heard(void **state)
{
	struct peer *p = call_in("127.0.0.1", 0);
	struct peer *listener = connected("127.0.0.1", 0);
	struct peer *stranger = call_in("127.0.0.3", 800);
	struct media_stream s = stream_of(p, "127.0.0.1");
	struct media_bus *bus;
	unsigned told = 0;

	(void)state;
	/* behind NAT: signalling names an address that sends nothing, and
	 * comes itself from elsewhere */
	addr_parse(&s.audio.rtp, "127.0.0.9", 4000);
	addr_parse(&s.signalling, "127.0.0.1", 5060);
	s.latch = true;
	assert_int_equal(media_port_stream(p->port, &s), 0);
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &bus), 0);
	assert_int_equal(media_port_join(p->port, bus, true, true), 0);
	assert_int_equal(media_port_join(listener->port, bus, true, true), 0);
	p->tone_hz = 1200;
	run(300);
	stranger->rtp = p->rtp;         /* he aims at the latched port */
	run(900);
	assert_true(hears(listener, 1200));
	assert_false(hears(listener, 800));
	assert_true(p->n_heard > 0);    /* we answer to where he sends from */

	media_bus_close(bus);
	media_port_close(p->port);
	WAIT_FOR(p->closed && told == 1000);
	assert_int_equal(addr_port(&p->last.remote), p->sock.rtp_port);
}

static void garbage_is_counted_and_harms_nobody(void **state)
{
	struct peer *p = connected("127.0.0.1", 600);
	struct peer *l = connected("127.0.0.1", 0);
	struct media_bus *bus;
	uint8_t junk[1500];
	unsigned told = 0;

	(void)state;
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &bus), 0);
	assert_int_equal(media_port_join(p->port, bus, true, true), 0);
	assert_int_equal(media_port_join(l->port, bus, true, true), 0);
	run(300);
	srand(7);
	for (unsigned i = 0; i < 2000; i++) {
		size_t len = (size_t)rand() % sizeof(junk);

		for (size_t k = 0; k < len; k++)
			junk[k] = (uint8_t)rand();
		if (i % 4 == 0 && len > 1) {    /* nearly RTP */
			junk[0] = 0x80;
			junk[1] = PT;
		}
		sendto(p->sock.rtp, junk, len, 0, &p->rtp.sa,
		       addr_len(&p->rtp));
		sendto(p->sock.rtcp, junk, len, 0, &p->rtcp.sa,
		       addr_len(&p->rtcp));
		if (i % 20 == 0)
			run(1);
	}
	run(1500);
	assert_true(hears(l, 600));
	media_bus_close(bus);
	media_port_close(p->port);
	WAIT_FOR(p->closed);
	assert_true(p->last.bad > 100);
}

/* Says that 7 of our packets were lost and that it held our SR for 50 ms. */
static void report_to(struct peer *p, bool mux)
{
	struct mx_rtp_report block = {
		.ssrc = p->ssrc, .lost = 7, .jitter = 80,
		.lsr = (uint32_t)(p->last_rtcp.sr.ntp >> 16),
		.dlsr = 65536 / 20,
	};
	struct mx_rtcp_out out = { .ssrc = 4711, .cname = "peer",
				   .reports = &block, .n_reports = 1 };
	const union addr *to = mux ? &p->rtp : &p->rtcp;
	uint8_t pkt[256];
	int len = mx_rtcp_build(pkt, sizeof(pkt), &out);

	assert_true(len > 0);
	sendto(mux ? p->sock.rtp : p->sock.rtcp, pkt, (size_t)len, 0, &to->sa,
	       addr_len(to));
}

/* RTCP both ways, on its own port and on RTP's; the account of a leg, the
 * farewell: six seconds. */
static void reports_tell_loss_and_round_trip(void **state)
{
	struct peer *p[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct media_stream s;

		p[i] = call_in("127.0.0.1", 500);
		s = stream_of(p[i], "127.0.0.1");
		s.audio.rtcp_mux = i == 1;
		if (s.audio.rtcp_mux)
			s.audio.rtcp = s.audio.rtp;
		assert_int_equal(media_port_stream(p[i]->port, &s), 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		WAIT_FOR(p[i]->rtcp_seen);
		assert_true(p[i]->last_rtcp.has_sr);
		assert_int_equal(p[i]->last_rtcp.ssrc, p[i]->ssrc);
		assert_int_equal(p[i]->last_rtcp.n_reports, 1);
		assert_int_equal(p[i]->last_rtcp.reports[0].ssrc, 4711);
		assert_int_equal(p[i]->last_rtcp.reports[0].lost, 0);
		assert_true(p[i]->last_rtcp.cname_len > 8);
	}
	run(100);
	for (unsigned i = 0; i < 2; i++)
		report_to(p[i], i == 1);
	WAIT_FOR(p[0]->n_stats && p[1]->n_stats);
	run(150);
	for (unsigned i = 0; i < 2; i++)
		media_port_close(p[i]->port);
	WAIT_FOR(p[0]->closed && p[0]->bye_seen);
	WAIT_FOR(p[1]->closed && p[1]->bye_seen);
	assert_int_equal(p[0]->muxed_seen, 0);
	assert_int_equal(p[1]->muxed_seen, p[1]->rtcp_seen);
	for (unsigned i = 0; i < 2; i++) {
		const struct media_stats *st = &p[i]->last;

		assert_int_equal(st->remote_lost, 7);
		assert_int_equal(st->remote_jitter_us, 10000);
		assert_in_range(st->rtt_us, 20000, 4000000);
		assert_in_range(st->rx_packets, p[i]->sent - 25, p[i]->sent);
		assert_int_equal(st->rx_bytes, st->rx_packets * PACKET * 2);
		assert_int_equal(st->rx_lost, 0);
		assert_in_range(st->tx_packets * PACKET, p[i]->n_heard,
				p[i]->n_heard + 3 * PACKET);
		assert_int_equal(addr_port(&st->remote), p[i]->sock.rtp_port);
		/* a sine of 6000: -14.8 dBFS, -17.8 dBov */
		assert_in_range(p[i]->stats.level_dbov, 17, 19);
	}
}

/* A re-INVITE from elsewhere: the new address is heard, the old one is not. */
static void peer_moves_in_mid_call(void **state)
{
	struct peer *p = connected("127.0.0.1", 500);
	struct peer *listener = connected("127.0.0.1", 0);
	struct peer *moved = call_in("127.0.0.2", 900);
	struct media_stream s = stream_of(moved, "127.0.0.2");
	struct media_bus *bus;
	unsigned told = 0;

	(void)state;
	moved->rtp = p->rtp;
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &bus), 0);
	assert_int_equal(media_port_join(p->port, bus, true, true), 0);
	assert_int_equal(media_port_join(listener->port, bus, true, true), 0);
	run(900);
	assert_true(hears(listener, 500));
	assert_false(hears(listener, 900));
	assert_int_equal(moved->n_heard, 0);

	assert_int_equal(media_port_stream(p->port, &s), 0);
	run(900);
	assert_false(hears(listener, 500));
	assert_true(hears(listener, 900));
	assert_true(moved->n_heard > 0);
	media_bus_close(bus);
	WAIT_FOR(told == 1000);
}

static unsigned closed_of(const struct peer *crowd, unsigned n)
{
	unsigned closed = 0;

	for (unsigned i = 0; i < n; i++)
		closed += crowd[i].closed;
	return closed;
}

static void many_come_and_go(void **state)
{
	enum { N = 40 };
	static struct peer crowd[N];

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		struct media_bus *bus;
		unsigned told = 0;

		memset(crowd, 0, sizeof(crowd));
		assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told,
						&bus), 0);
		for (unsigned i = 0; i < N; i++) {
			struct media_stream s;

			assert_int_equal(media_port_open(media, AF_INET, bus,
							 &port_ops, &crowd[i],
							 &crowd[i].port), 0);
			crowd[i].sock.rtp_port = crowd[i].sock.rtcp_port = 9;
			s = stream_of(&crowd[i], "127.0.0.1");
			s.audio.dir = SDP_RECVONLY;
			assert_int_equal(media_port_stream(crowd[i].port, &s),
					 0);
			assert_int_equal(media_port_join(crowd[i].port, bus,
							 true, true), 0);
		}
		media_bus_close(bus);
		for (unsigned i = 0; i < N; i++)
			media_port_close(crowd[i].port);
		WAIT_FOR(closed_of(crowd, N) == N && told == 1000);
	}
	WAIT_FOR(media_worker_stats(media, 0)->ports == 0);
	WAIT_FOR(media_worker_stats(media, 1)->ports == 0);
}

/* Control that does not listen for a while: commands are refused in the end,
 * what had happened is told later, and every port is closed. */
static void full_mailboxes_refuse_and_lose_no_farewell(void **state)
{
	enum { N = 150, ROUNDS_MAX = 5000 };
	static struct peer crowd[N];
	static const int16_t silence[HZ];
	struct mx_clip clip = { HZ, HZ, silence };
	struct media_play play = { .n = 1, .clips = { &clip }, .loop = true };
	unsigned refused = 0, told = 0;

	(void)state;
	memset(crowd, 0, sizeof(crowd));
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(media_port_open(media, AF_INET, NULL,
						 &port_ops, &crowd[i],
						 &crowd[i].port), 0);
	/* each one cuts off the one before, of which control would be told */
	for (; refused == 0 && play.id < ROUNDS_MAX; play.id++)
		for (unsigned i = 0; i < N; i++)
			refused += media_port_play(crowd[i].port, &play) ==
				-EAGAIN;
	assert_true(refused > 0);
	for (unsigned i = 0; i < N; i++)
		media_port_close(crowd[i].port);
	WAIT_FOR(closed_of(crowd, N) == N);
	for (unsigned i = 0; i < N; i++)
		told += crowd[i].n_played;
	assert_int_equal(told, 0);      /* nothing but that, once closed */
	WAIT_FOR(media_worker_stats(media, 0)->ports == 0);
	WAIT_FOR(media_worker_stats(media, 1)->ports == 0);
}

/* The first of four ports that nobody has. */
static uint16_t four_free_ports(void)
{
	union addr any = { .sa.sa_family = AF_INET };
	struct sock_pair a, b;
	uint16_t port = 0;

	while (port == 0) {
		assert_int_equal(sock_pair_open(&a, &any, 30000, 49997), 0);
		if (sock_pair_open(&b, &any, (uint16_t)(a.rtp_port + 2),
				   (uint16_t)(a.rtp_port + 3)) == 0) {
			port = a.rtp_port;
			sock_pair_close(&b);
		}
		sock_pair_close(&a);
	}
	return port;
}

static void refusals_leave_nothing_behind(void **state)
{
	uint16_t port_min = four_free_ports();
	struct media_cfg narrow = {
		.workers = 1, .port_min = port_min,
		.port_max = (uint16_t)(port_min + 3), .legs_max = 3,
	};
	struct media *m;
	struct media_port *port[3];
	struct peer p = { 0 };

	(void)state;
	assert_int_equal(media_new(&m, &(struct media_cfg){ 0 }, loop),
			 -EINVAL);
	assert_int_equal(media_port_open(media, AF_UNIX, NULL, &port_ops, &p,
					 &port[0]), -EAFNOSUPPORT);
	assert_int_equal(media_new(&m, &narrow, loop), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(media_port_open(m, AF_INET, NULL, &port_ops,
						 &p, &port[i]), 0);
	assert_int_equal(media_port_open(m, AF_INET, NULL, &port_ops, &p,
					 &port[2]), -EADDRINUSE);
	for (int i = 0; i < 2; i++)
		media_port_close(port[i]);
	media_free(m);          /* says that they are closed, too */
	assert_int_equal(p.closed, 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
#define PLAIN(f) { #f "_plain", f, begin_plain, end, NULL }
	const struct CMUnitTest tests[] = {
		T(room_spans_workers_and_families),
		T(a_tap_hears_the_whole_room),
		T(a_tap_that_is_not_emptied_harms_nobody),
		T(talk_and_floor_are_told_from_all_workers),
		T(prompts_play_alone_and_to_all),
		T(keys_are_told_once_each),
		T(silence_is_told_once_and_not_on_hold),
		T(strangers_are_not_heard),
		T(garbage_is_counted_and_harms_nobody),
		T(reports_tell_loss_and_round_trip),
		T(peer_moves_in_mid_call),
		T(many_come_and_go),
		T(full_mailboxes_refuse_and_lose_no_farewell),
		T(refusals_leave_nothing_behind),
		PLAIN(room_spans_workers_and_families),
		PLAIN(strangers_are_not_heard),
		PLAIN(peer_moves_in_mid_call),
		PLAIN(garbage_is_counted_and_harms_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
