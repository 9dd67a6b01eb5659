/*
 * test_jbuf_gate.c - a jitter buffer that slept against its twin that did not,
 * both with the same packets.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/jbuf.h"
#include "t_coded.h"
#include "t_rand.h"

enum { PT = 96, TICKS = SECONDS * 100, POOL = 400 };

/* What the network and the sender do to packet i. */
struct trip {
	int64_t delay_us;               /* below 0: it is lost */
	uint32_t ts_off, ssrc;
	uint16_t seq_off;
};
typedef struct trip (trip_h)(unsigned i);

static struct twin {
	struct mx_pool *pool;
	struct mx_jbuf *jb;
	int16_t out[LEN];
	bool arrived[PACKETS];
	size_t held;                    /* slots, at most */
} awake, sleeper;

static const struct mx_codec *pcmu(void)
{
	return mx_codec_by_pt(0);
}

static void open_twin(struct twin *t, const struct mx_codec *c)
{
	memset(t, 0, sizeof(*t));
	assert_int_equal(mx_pool_new(&t->pool, POOL), 0);
	assert_int_equal(mx_jbuf_new(&t->jb, &(struct mx_jbuf_cfg){
		.pool = t->pool, .dsp = mx_dsp_best(),
		.dec_size_max = c->dec_size() }), 0);
	assert_int_equal(mx_jbuf_map(t->jb, PT, c), 0);
}

static void close_twin(struct twin *t)
{
	mx_jbuf_free(t->jb);
	assert_int_equal(mx_pool_used(t->pool), 0);
	mx_pool_free(t->pool);
}

static void put(struct twin *t, const struct mx_codec *c, unsigned i,
		const struct trip *trip, int64_t arrival_us)
{
	struct mx_pkt *p = mx_pool_get(t->pool);

	assert_non_null(p);
	p->pt = PT;
	p->ssrc = 1 + trip->ssrc;
	p->seq = (uint16_t)(0xfff0 + i + trip->seq_off);
	p->ts = (uint32_t)((uint64_t)i * frame * c->clock_hz / c->rate_hz) +
		0xfffff000 + trip->ts_off;
	p->arrival_us = arrival_us;
	p->off = 12;
	p->len = (uint16_t)packet[i].len;
	memcpy(p->data + p->off, packet[i].data, p->len);
	if (mx_jbuf_put(t->jb, p) < 0)
		mx_pool_put(t->pool, p);
}

/* A tick; the sleeper's is not taken from the from-th to the to-th. */
static void turn(struct twin *t, const struct mx_codec *c, trip_h *trip_of,
		 unsigned k, bool sleeps)
{
	const int64_t now_us = (int64_t)k * 10000 + 3000;
	size_t n = mx_jbuf_rate(t->jb) / 100;

	for (unsigned i = 0; i < packets; i++) {
		struct trip trip = trip_of(i);
		int64_t at = (int64_t)(i + 1) * frame * 1000000 / c->rate_hz +
			trip.delay_us;

		if (t->arrived[i] || trip.delay_us < 0 || at > now_us)
			continue;
		t->arrived[i] = true;
		put(t, c, i, &trip, at);
	}
	if (mx_pool_used(t->pool) > t->held)
		t->held = mx_pool_used(t->pool);
	if (sleeps)
		mx_jbuf_sleep(t->jb, now_us);
	else
		mx_jbuf_take(t->jb, t->out + k * n, n, now_us);
}

static void run_twins(const struct mx_codec *c, trip_h *one, trip_h *other,
		      unsigned from, unsigned to)
{
	open_twin(&awake, c);
	open_twin(&sleeper, c);
	for (unsigned k = 0; k < TICKS; k++) {
		turn(&awake, c, one, k, false);
		turn(&sleeper, c, other, k, k >= from && k < to);
	}
}

static void run_both(const struct mx_codec *c, trip_h *trip, unsigned from,
		     unsigned to)
{
	run_twins(c, trip, trip, from, to);
}

static void close_both(void)
{
	close_twin(&awake);
	close_twin(&sleeper);
}

static const struct mx_jbuf_stats *stats_of(const struct twin *t)
{
	return mx_jbuf_stats(t->jb);
}

/* How like the twin's the sleeper's sound is, from one tick to the other. */
static double likeness(const struct mx_codec *c, unsigned from, unsigned to)
{
	size_t n = c->rate_hz / 100;

	return snr(awake.out + from * n, sleeper.out + from * n,
		   (to - from) * n);
}

static struct trip plain_trip(unsigned i)
{
	(void)i;
	return (struct trip){ 0 };
}

/* ---- waking ------------------------------------------------------------ */

enum { ASLEEP = 80, WOKEN = 151 };      /* in the midst of a packet */

static void codecs_without_state_go_on_to_the_sample(void **state)
{
	const struct mx_jbuf_stats *st = NULL;

	(void)state;
	make_voice();
	encode(pcmu(), &plain, 20);
	run_both(pcmu(), plain_trip, ASLEEP, WOKEN);
	assert_memory_equal(awake.out, sleeper.out, ASLEEP * 160);
	assert_memory_equal(awake.out + WOKEN * 80, sleeper.out + WOKEN * 80,
			    (TICKS - WOKEN) * 160);
	assert_true(rms(awake.out + WOKEN * 80, 80 * 20) > 100);
	st = stats_of(&sleeper);
	/* none but what came while it was awake, and was waiting at its end */
	assert_in_range(st->decoded, (TICKS - (WOKEN - ASLEEP)) / 2 - 1,
			(TICKS - (WOKEN - ASLEEP)) / 2 + 1);
	assert_int_equal(st->played, st->decoded);
	assert_in_range(st->slept, 34, 36);
	assert_int_equal(st->lost + st->late + st->dropped, 0);
	assert_int_equal(st->concealed, 0);
	/* the one that would be playing and the one that came last */
	assert_true(sleeper.held <= 2);
	close_both();
}

static void decoders_are_warm_after_twenty_milliseconds(void **state)
{
	const struct {
		const struct mx_codec *codec;
		double first_db, then_db;
	} of[] = { { g722(), 25, 40 }, { opus(), 10, 35 } };

	(void)state;
	make_voice();
	for (unsigned i = 0; i < 2; i++) {
		encode(of[i].codec, &plain, 20);
		for (unsigned woken = 150; woken < 170; woken += 3) {
			run_both(of[i].codec, plain_trip, ASLEEP, woken);
			assert_true(likeness(of[i].codec, woken, woken + 2) >
				    of[i].first_db);
			assert_true(likeness(of[i].codec, woken + 2, TICKS) >
				    of[i].then_db);
			assert_in_range(stats_of(&sleeper)->decoded,
				(TICKS - (woken - ASLEEP)) / 2 +
				of[i].codec->look_back - 2,
				(TICKS - (woken - ASLEEP)) / 2 +
				of[i].codec->look_back + 1);
			assert_true(sleeper.held <= 2u + of[i].codec->look_back);
			close_both();
		}
	}
}

/* So few packets pass that none was forgotten: there is nothing to warm. */
static void a_nap_loses_nothing_at_all(void **state)
{
	(void)state;
	make_voice();
	encode(opus(), &plain, 20);
	run_both(opus(), plain_trip, ASLEEP, ASLEEP + 7);
	assert_memory_equal(awake.out + (ASLEEP + 7) * 480,
			    sleeper.out + (ASLEEP + 7) * 480,
			    (TICKS - ASLEEP - 7) * 960);
	close_both();
}

static void sleep_before_the_first_packet_and_without_any(void **state)
{
	(void)state;
	make_voice();
	encode(pcmu(), &plain, 20);
	run_both(pcmu(), plain_trip, 0, 100);
	assert_true(likeness(pcmu(), 102, TICKS) > 60);
	close_both();

	open_twin(&sleeper, pcmu());
	mx_jbuf_sleep(sleeper.jb, 0);
	assert_true(mx_jbuf_sleeps(sleeper.jb));
	assert_int_equal(mx_jbuf_take(sleeper.jb, sleeper.out, 80, 1000000),
			 MX_JBUF_SILENCE);
	assert_false(mx_jbuf_sleeps(sleeper.jb));
	mx_jbuf_sleep(sleeper.jb, 1010000);
	mx_jbuf_reset(sleeper.jb);      /* another stream, while asleep */
	assert_int_equal(mx_jbuf_map(sleeper.jb, PT, g722()), -EINVAL);
	assert_int_equal(mx_jbuf_map(sleeper.jb, PT, pcmu()), 0);
	assert_int_equal(mx_jbuf_take(sleeper.jb, sleeper.out, 80, 1020000),
			 MX_JBUF_SILENCE);
	close_twin(&sleeper);
}

/* ---- accounts ---------------------------------------------------------- */

static struct trip lossy(unsigned i)
{
	uint32_t seed = i * 7919 + 1;

	t_rand(&seed);
	return (struct trip){ .delay_us = t_rand(&seed) % 10 == 0 ? -1 : 0 };
}

static void loss_is_counted_as_it_would_be_awake(void **state)
{
	(void)state;
	make_voice();
	encode(pcmu(), &plain, 20);
	run_both(pcmu(), lossy, ASLEEP, WOKEN);
	assert_true(stats_of(&awake)->lost > 10);
	assert_int_equal(stats_of(&awake)->lost, stats_of(&sleeper)->lost);
	assert_true(stats_of(&awake)->concealed >
		    stats_of(&sleeper)->concealed);
	close_both();
}

/* Up to 60 ms, the same from the first packet to the last. */
static struct trip jittery(unsigned i)
{
	uint32_t seed = i * 104729 + 3;

	t_rand(&seed);
	return (struct trip){ .delay_us = t_rand(&seed) % 60000 };
}

static void delay_is_learnt_asleep(void **state)
{
	(void)state;
	make_voice();
	encode(pcmu(), &plain, 20);
	run_both(pcmu(), jittery, 2, 200);
	/* it begins with a delay that suits what it has seen */
	assert_true(stats_of(&sleeper)->depth_ms >= 40);
	assert_true(stats_of(&sleeper)->late <= 2);
	assert_true(stats_of(&sleeper)->concealed < 8000 / 50);
	close_both();
}

/* All of 1.2 s comes at once. */
static struct trip held_up(unsigned i)
{
	return (struct trip){ .delay_us = i < 60 ? (60 - (int64_t)i) * 20000 : 0 };
}

static void sleep_while_what_is_next_is_unknown(void **state)
{
	unsigned k = 0;

	(void)state;
	make_voice();
	encode(pcmu(), &plain, 20);
	open_twin(&sleeper, pcmu());
	/* more than it may hold: that is thrown away, and it looks for another
	 * place to go on */
	while (stats_of(&sleeper)->dropped == 0)
		turn(&sleeper, pcmu(), held_up, k++, false);
	assert_in_range(k, 60, 140);
	turn(&sleeper, pcmu(), held_up, k++, true);
	assert_true(mx_jbuf_sleeps(sleeper.jb));
	for (; k < TICKS; k++)
		turn(&sleeper, pcmu(), held_up, k, k < WOKEN);
	assert_true(rms(sleeper.out + WOKEN * 80, (TICKS - WOKEN) * 80) > 100);
	close_twin(&sleeper);
}

/* ---- other time lines -------------------------------------------------- */

static struct trip jumps(unsigned i)
{
	return (struct trip){ .ts_off = i < 60 ? 0 : 1000000,
			      .seq_off = i < 60 ? 0 : 9000 };
}

static struct trip other_source(unsigned i)
{
	return (struct trip){ .ssrc = i >= 60, .ts_off = i < 60 ? 0 : 77,
			      .seq_off = i < 60 ? 0 : 100 };
}

static struct trip slower_route(unsigned i)
{
	return (struct trip){ .delay_us = i < 60 ? 0 : 150000 };
}

static void new_time_lines_are_followed_asleep(void **state)
{
	trip_h *const trips[] = { jumps, other_source };

	(void)state;
	make_voice();
	for (unsigned i = 0; i < 2; i++) {
		const struct mx_codec *const of[] = { pcmu(), g722(), opus() };

		for (unsigned k = 0; k < 3; k++) {
			encode(of[k], &plain, 20);
			run_twins(of[k], plain_trip, trips[i], ASLEEP, WOKEN);
			assert_int_equal(stats_of(&sleeper)->resets, 1);
			/* as if nothing had been */
			assert_true(likeness(of[k], WOKEN + 2, TICKS) > 30);
			close_both();
		}
	}
}

static void a_slower_route_makes_nothing_late_asleep(void **state)
{
	size_t at = WOKEN * 80;

	(void)state;
	make_voice();
	encode(pcmu(), &plain, 20);
	run_both(pcmu(), slower_route, ASLEEP, WOKEN);
	assert_int_equal(stats_of(&sleeper)->late, 0);
	assert_int_equal(stats_of(&sleeper)->resets, 0);
	assert_true(rms(sleeper.out + at, (TICKS - WOKEN) * 80) > 100);
	assert_int_equal(stats_of(&sleeper)->concealed, 0);
	close_both();
}

static void another_rate_while_asleep(void **state)
{
	int16_t *out = sleeper.out;

	(void)state;
	make_voice();
	encode(opus(), &plain, 20);
	open_twin(&sleeper, opus());
	for (unsigned k = 0; k < TICKS; k++) {
		turn(&sleeper, opus(), plain_trip, k,
		     k >= ASLEEP && k < WOKEN);
		if (k == 120)
			assert_int_equal(mx_jbuf_retune(sleeper.jb, 16000), 0);
	}
	assert_int_equal(mx_jbuf_rate(sleeper.jb), 16000);
	assert_true(rms(out + WOKEN * 160, (TICKS - WOKEN) * 160) > 300);
	assert_int_equal(stats_of(&sleeper)->concealed, 0);
	close_twin(&sleeper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codecs_without_state_go_on_to_the_sample),
		cmocka_unit_test(decoders_are_warm_after_twenty_milliseconds),
		cmocka_unit_test(a_nap_loses_nothing_at_all),
		cmocka_unit_test(sleep_before_the_first_packet_and_without_any),
		cmocka_unit_test(sleep_while_what_is_next_is_unknown),
		cmocka_unit_test(loss_is_counted_as_it_would_be_awake),
		cmocka_unit_test(delay_is_learnt_asleep),
		cmocka_unit_test(new_time_lines_are_followed_asleep),
		cmocka_unit_test(a_slower_route_makes_nothing_late_asleep),
		cmocka_unit_test(another_rate_while_asleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
