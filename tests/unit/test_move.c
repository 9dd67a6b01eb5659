/*
 * test_move.c - a port goes to the worker of the room that it joins, and nobody
 * notices: neither who listens to it, nor who talks to it, nor control.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "t_media.h"

static int begin(void **state)
{
	(void)state;
	t_media_begin_beside(MEDIA_IO_AUTO);
	return 0;
}

static int begin_plain(void **state)
{
	(void)state;
	t_media_begin_beside(MEDIA_IO_PLAIN);
	return 0;
}

static int end(void **state)
{
	(void)state;
	t_media_end();
	return 0;
}

static uint32_t ports(unsigned worker)
{
	return media_worker_stats(media, worker)->ports;
}

static uint64_t skipped(void)
{
	return media_worker_stats(media, 0)->skipped +
		media_worker_stats(media, 1)->skipped;
}

static void press(struct peer *p, uint8_t key, uint16_t seq)
{
	uint8_t payload[] = { key, 0x8a, 0, PACKET };
	struct mx_rtp_hdr hdr = { .ssrc = 4711, .pt = EVENT_PT, .seq = seq,
				  .ts = 77777u + seq * 800u, .marker = 1 };

	send_rtp(p, &hdr, payload, sizeof(payload));
}

/* The greatest break of a sine of this frequency in what was heard from a
 * sample on: a sine goes on as twice the cosine of its step says. */
static double roughness(const struct peer *p, size_t from, double hz)
{
	double w = 2 * cos(2 * M_PI * hz / HZ), worst = 0;

	for (size_t i = from + 2; i < p->n_heard; i++)
		worst = fmax(worst, fabs(p->heard[i] - w * p->heard[i - 1] +
					 p->heard[i - 2]));
	return worst;
}

/* There and back between two rooms on two workers, with a prompt in his ear that
 * goes on to the sample; nothing that he says is lost, and a key that he presses
 * on the way is told. */
static void nobody_hears_the_move(void **state)
{
	enum { TONE = 8000, HOPS = 6 };
	static int16_t pcm[HZ];
	struct mx_clip clip = { HZ, HZ, pcm };
	struct media_play play = { .n = 1, .clips = { &clip }, .loop = true };
	struct media_bus *bus[2];
	struct peer *host[2], *p;
	unsigned told[2] = { 0 }, smooth = 0;

	(void)state;
	for (int i = 0; i < HZ; i++)
		pcm[i] = (int16_t)(TONE * sin(2 * M_PI * 900 * i / HZ));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told[i],
						&bus[i]), 0);
		host[i] = connected("127.0.0.1", 0);
		assert_int_equal(media_port_join(host[i]->port, bus[i], true,
						 true), 0);
	}
	p = connected("127.0.0.1", 500);
	assert_int_equal(media_port_play(p->port, &play), 0);
	WAIT_FOR(ports(0) == 2 && ports(1) == 1);
	run(900);

	for (unsigned i = 0; i < HOPS; i++) {
		unsigned there = (i + 1) % 2;
		uint64_t before = skipped();
		size_t from = p->n_heard;
		unsigned gaps = p->ts_gaps;

		press(p, (uint8_t)i, (uint16_t)(30000 + i));
		assert_int_equal(media_port_join(p->port, bus[there], true,
						 true), 0);
		WAIT_FOR(ports(there) == 2 && ports(1 - there) == 1);
		WAIT_FOR(p->n_keys == i + 1);
		run(300);
		assert_true(p->n_heard > from + HZ / 10);
		if (roughness(p, from, 900) < 100 && p->ts_gaps == gaps)
			smooth++;
		else    /* a busy machine has left out a tick */
			assert_true(skipped() > before);
	}
	assert_true(smooth > 0);
	assert_int_equal(p->breaks, 0);
	assert_string_equal(p->keys, "012345");
	run(600);
	assert_true(hears(host[0], 500));
	assert_false(hears(host[1], 500));
	for (unsigned i = 0; i < 2; i++)
		media_bus_close(bus[i]);
	WAIT_FOR(told[0] == 1000 && told[1] == 1000);
	media_port_close(p->port);
	WAIT_FOR(p->closed);
	/* the keys have numbers of their own, far from the voice's */
	assert_in_range(p->last.rx_packets, p->sent - 2, p->sent + HOPS);
	assert_int_equal(p->last.bad, 0);
}

/* All that is said to a port on its way is done in order on arrival. */
static void commands_wait_for_its_arrival(void **state)
{
	struct media_bus *bus, *other;
	struct peer *host, *p;
	struct media_stream s;
	unsigned told = 0, told_other = 0;

	(void)state;
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &bus), 0);
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told_other,
					&other), 0);
	host = connected("127.0.0.1", 0);
	p = call_in("127.0.0.1", 700);
	assert_int_equal(media_port_join(host->port, bus, true, true), 0);
	/* no stream yet, muted, away and back, and then his voice */
	assert_int_equal(media_port_join(p->port, bus, false, true), 0);
	s = stream_of(p, "127.0.0.1");
	assert_int_equal(media_port_stream(p->port, &s), 0);
	assert_int_equal(media_port_join(p->port, other, true, true), 0);
	assert_int_equal(media_port_leave(p->port), 0);
	assert_int_equal(media_port_join(p->port, bus, false, true), 0);
	assert_int_equal(media_port_voice(p->port, true, true), 0);
	run(900);
	assert_true(hears(host, 700));
	WAIT_FOR(ports(0) == 2 && ports(1) == 0);
	media_bus_close(bus);
	media_bus_close(other);
	WAIT_FOR(told == 1000 && told_other == 1000);
}

/* Who is on his way to a room that closes is in none, also if another one has
 * its number by then; and who is on his way may be closed. */
static void room_and_port_may_close_on_the_way(void **state)
{
	enum { ROUNDS = 25 };

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct media_bus *bus, *next;
		unsigned told = 0, told_next = 0;
		struct peer *host, *p, *q;

		n_peers = 0;
		assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told,
						&bus), 0);
		host = connected("127.0.0.1", 0);
		p = connected("127.0.0.1", 700);
		q = connected("127.0.0.1", 800);
		assert_int_equal(media_port_join(host->port, bus, true, true),
				 0);
		assert_int_equal(media_port_join(p->port, bus, true, true), 0);
		assert_int_equal(media_port_join(q->port, bus, true, true), 0);
		media_bus_close(bus);
		media_port_close(p->port);
		assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told_next,
						&next), 0);
		assert_int_equal(media_port_join(host->port, next, true, true),
				 0);
		WAIT_FOR(told == 1000 && p->closed == 1);
		if (round == ROUNDS - 1) {
			run(700);
			assert_false(hears(host, 800));
		}
		media_bus_close(next);
		media_port_close(host->port);
		media_port_close(q->port);
		WAIT_FOR(told_next == 1000 && host->closed && q->closed);
		for (unsigned i = 0; i < n_peers; i++) {
			sock_pair_close(&peers[i].sock);
			free(peers[i].heard);
		}
	}
	n_peers = 0;
	WAIT_FOR(ports(0) == 0 && ports(1) == 0);
}

/* The engine ends while a port is between two workers. */
static void engine_stops_with_one_on_the_way(void **state)
{
	struct media_bus *bus;
	struct peer *host, *p;
	unsigned told = 0;

	(void)state;
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &bus), 0);
	host = connected("127.0.0.1", 0);
	p = connected("127.0.0.1", 700);
	assert_int_equal(media_port_join(host->port, bus, true, true), 0);
	run(50);
	assert_int_equal(media_port_join(p->port, bus, true, true), 0);
	media_bus_close(bus);
	media_port_close(host->port);
	media_port_close(p->port);
	media_free(media);
	media = NULL;
	assert_int_equal(told, 1000);
	assert_int_equal(host->closed + p->closed, 2);
}

#define BOTH(test) \
	cmocka_unit_test_setup_teardown(test, begin, end), \
	{ #test "_plain", test, begin_plain, end, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(nobody_hears_the_move),
		BOTH(commands_wait_for_its_arrival),
		BOTH(room_and_port_may_close_on_the_way),
		BOTH(engine_stops_with_one_on_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
