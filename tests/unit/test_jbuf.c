/* test_jbuf.c - the jitter buffer under traces from a seed: what comes out is
 * held against what went in, sample by sample. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mixer/rtp.h"
#include "t_stream.h"

enum { S = 1000000, MS = 1000 };

/** No sample was changed, made up, dropped or moved. */
static void assert_untouched(const struct t_result *r)
{
	assert_int_equal(r->stats.accelerated, 0);
	assert_int_equal(r->stats.expanded, 0);
	assert_int_equal(r->stats.concealed, 0);
	assert_int_equal(r->stats.late, 0);
	assert_int_equal(r->stats.dropped, 0);
	assert_int_equal(r->stats.lost, 0);
	assert_int_equal(r->stats.played, r->arrived);
	assert_int_equal(r->concealed, 0);
	assert_int_equal(r->exact, r->voice);
	assert_true(r->moved <= 1);     /* where the stream begins */
}

/** value <= limit, and said if it is not */
static void at_most(const char *what, double value, double limit)
{
	if (value > limit)
		fail_msg("%s is %.2f, limit %.2f", what, value, limit);
}

/* ---- networks ---------------------------------------------------------- */

/** aux[0]: deviation in ms; aux[1] keeps the order; aux[2]: loss in %. */
static int64_t gauss(struct t_trace *t, unsigned i, int64_t us)
{
	int64_t d = (int64_t)((t_gauss(&t->seed) + 3) * (double)t->aux[0] * MS);

	(void)i;
	if ((int64_t)(t_rand(&t->seed) % 100) < t->aux[2])
		return -1;
	if (d < 0)
		d = 0;
	if (us + d < t->aux[1])
		d = t->aux[1] - us;
	t->aux[1] = us + d;
	return d;
}

/** aux[0]: loss in % */
static int64_t loss(struct t_trace *t, unsigned i, int64_t us)
{
	(void)us;
	/* not the first and last ones, so that all losses are seen */
	if (i < 10 || us > t->length_us - S)
		return 0;
	return (int64_t)(t_rand(&t->seed) % 100) < t->aux[0] ? -1 : 0;
}

/** 5 % come 25 to 65 ms late */
static int64_t reorder(struct t_trace *t, unsigned i, int64_t us)
{
	(void)i;
	(void)us;
	return t_rand(&t->seed) % 100 < 5 ?
	       25 * MS + (int64_t)t_rand(&t->seed) % (40 * MS) : 0;
}

/** 80 ms more from 20 s to 40 s */
static int64_t step(struct t_trace *t, unsigned i, int64_t us)
{
	(void)t;
	(void)i;
	return us > 20 * S && us < 40 * S ? 80 * MS : 0;
}

/** 0 to 200 ms from 10 s to 15 s, in any order or, with aux[0], in order */
static int64_t storm(struct t_trace *t, unsigned i, int64_t us)
{
	int64_t d = (int64_t)t_rand(&t->seed) % (200 * MS);

	(void)i;
	if (us < 10 * S || us > 15 * S)
		return 0;
	if (t->aux[0] && us + d < t->aux[1])
		d = t->aux[1] - us;
	t->aux[1] = us + d;
	return d;
}

/** nothing for 300 ms, then all at once, at 5 s */
static int64_t burst(struct t_trace *t, unsigned i, int64_t us)
{
	(void)t;
	(void)i;
	return us > 5 * S && us < 5 * S + 300 * MS ? 5 * S + 300 * MS - us : 0;
}

/** always in lots of 300 ms */
static int64_t lots(struct t_trace *t, unsigned i, int64_t us)
{
	(void)t;
	(void)i;
	return 300 * MS - us % (300 * MS);
}

/** outages of 30 to 240 ms every 0.3 to 2 s, then what was held up */
static int64_t wifi(struct t_trace *t, unsigned i, int64_t us)
{
	(void)i;
	if (us >= t->aux[1]) {
		t->aux[0] = us + 30 * MS + (int64_t)t_rand(&t->seed) % (210 * MS);
		t->aux[1] = t->aux[0] + 300 * MS +
			    (int64_t)t_rand(&t->seed) % (1700 * MS);
	}
	return us < t->aux[0] ? t->aux[0] - us : 0;
}

/** one packet late by aux[0], at 5 s */
static int64_t straggler(struct t_trace *t, unsigned i, int64_t us)
{
	(void)us;
	return i == 250 ? t->aux[0] : 0;
}

/** three packets lost every second */
static int64_t holes(struct t_trace *t, unsigned i, int64_t us)
{
	(void)t;
	(void)us;
	return i % 50 >= 40 && i % 50 < 43 ? -1 : 0;
}

/* ---- no jitter --------------------------------------------------------- */

static void without_jitter_it_is_the_input_bit_by_bit(void **state)
{
	double sum = 0;

	(void)state;
	for (int phase = 0; phase < 20; phase++) {
		struct t_trace t = { .seed = 1, .length_us = 10 * S,
				     .phase_us = phase * 500 };
		struct t_result r = t_run(&t);

		assert_untouched(&r);
		assert_true(r.voice >= 996);
		at_most("delay", r.delay_max, 12);
		sum += r.delay_mean;
	}
	at_most("mean delay over all phases", sum / 20, 7);
}

static void any_ptime_is_the_input_bit_by_bit(void **state)
{
	static const unsigned ptimes[] = { 10, 15, 20, 25, 30, 40, 50, 60, 120 };

	(void)state;
	for (size_t i = 0; i < sizeof(ptimes) / sizeof(ptimes[0]); i++) {
		struct t_trace t = { .seed = 1, .length_us = 20 * S,
				     .ptime_ms = ptimes[i], .phase_us = 5000 };
		struct t_result r = t_run(&t);

		assert_untouched(&r);
		/* packets that do not fit the ticks wait up to half a one */
		at_most("delay", r.delay_max, ptimes[i] % 10 ? 11 : 6);
	}
}

/** 20, 60, 30, 120, 10, 20 ms, five seconds each */
static bool change_ptime(struct t_trace *t, unsigned i, int64_t us,
			 struct mx_pkt *p)
{
	static const uint16_t ms[] = { 20, 60, 30, 120, 10, 20 };

	(void)t;
	(void)i;
	p->len = (uint16_t)(ms[us / (5 * S) % 6] * 8);
	return true;
}

static void ptime_may_change_in_mid_call(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 60 * S, .phase_us = 5000,
			     .edit = change_ptime };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.played, r.arrived);
	assert_int_equal(r.stats.lost, 0);
	assert_int_equal(r.stats.resets, 0);
	/* a longer packet is complete later: 40 + 90 ms and again after 30 s */
	at_most("concealed ms", (double)r.stats.concealed / 8, 300);
	at_most("delay over 20 ms of ptime", r.delay_max, 130);
	at_most("last delay", r.delay_last, 30);
}

static void tone_stays_smooth(void **state)
{
	struct t_trace t = { .seed = 1, .sound = T_TONE, .length_us = 10 * S };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.concealed + r.stats.accelerated, 0);
	assert_int_equal(r.stats.played, r.arrived);
}

/* ---- jitter ------------------------------------------------------------ */

static void jitter_is_held_with_little_delay(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 3; seed++) {
		struct t_trace t = { .seed = seed, .length_us = 100 * S,
				     .delay_us = gauss, .aux = { 20 } };
		struct t_result r = t_run(&t);

		assert_int_equal(r.stats.lost, 0);
		at_most("concealed ticks", r.concealed, r.ticks * 0.0035);
		at_most("delay", r.delay_mean, 120);
		at_most("delay p95", r.delay_p95, 135);
		/* those that are drawn out before it comes to concealment */
		at_most("ticks not as sent", r.ticks - r.exact, r.ticks * 0.02);
	}
}

static void reordered_packets_are_not_lost(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 3; seed++) {
		struct t_trace t = { .seed = seed, .length_us = 100 * S,
				     .delay_us = reorder, .phase_us = 5000 };
		struct t_result r = t_run(&t);

		assert_int_equal(r.stats.lost, 0);
		at_most("late", (double)r.stats.late, 8);       /* of 5000 */
		at_most("concealed ticks", r.concealed, r.ticks * 0.002);
		at_most("delay", r.delay_mean, 80);
	}
}

static void step_in_delay_is_followed_both_ways(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 60 * S, .delay_us = step,
			     .phase_us = 5000 };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.lost, 0);
	at_most("concealed ms", (double)r.stats.concealed / 8, 200);
	at_most("delay", r.delay_max, 95);
	at_most("last delay", r.delay_last, 15);
	assert_true(r.stats.accelerated > 0);
}

static int64_t one_late(struct t_trace *t, unsigned i, int64_t us)
{
	(void)t;
	(void)us;
	return i == 500 ? 120 * MS : 0;
}

/** More delay for what has come once waits for a pause, and there is none. */
static void one_late_packet_stretches_nothing_more(void **state)
{
	struct t_trace t = { .seed = 1, .sound = T_NOISE, .length_us = 25 * S,
		.delay_us = one_late, .phase_us = 5000, .from_us = 20 * S };
	struct t_result r = t_run(&t);

	(void)state;
	at_most("stretched, ms",
		(double)(r.stats.expanded + r.stats.accelerated) / 8, 20);
}

static void after_a_storm_the_delay_comes_back(void **state)
{
	static const enum t_sound sounds[] = { T_SPEECH, T_NOISE };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct t_trace t = { .seed = 5, .sound = sounds[i / 2],
			.length_us = 35 * S, .delay_us = storm, .phase_us = 5000,
			.from_us = 25 * S, .aux = { i % 2 } };
		struct t_result r = t_run(&t);

		at_most("delay ten seconds after", r.delay_max, 60);
		assert_int_equal(r.concealed, 0);
		/* the last of it may just be going */
		assert_true(r.exact + 10 >= r.ticks);
	}
}

static void storm_on_a_tone_ends_too(void **state)
{
	struct t_trace t = { .seed = 5, .sound = T_TONE, .length_us = 35 * S,
		.delay_us = storm, .phase_us = 5000, .from_us = 25 * S };
	struct t_result r = t_run(&t);

	(void)state;
	at_most("depth", r.stats.depth_ms, 60);
	at_most("bend", r.max_bend, 1300);      /* the tone's own is 1194 */
}

static void burst_is_played_and_caught_up(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 20 * S, .delay_us = burst,
			     .phase_us = 5000 };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.played, r.arrived);    /* nothing dropped */
	assert_int_equal(r.stats.late, 0);
	assert_true(r.stats.accelerated > 8 * 200);
	at_most("last delay", r.delay_last, 60);
}

static void sender_of_lots_is_not_cut(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 30 * S, .delay_us = lots,
			     .phase_us = 5000 };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.played, r.arrived);
	at_most("concealed ticks", r.concealed, 5);
	at_most("delay", r.delay_max, 310);
}

static void outages_cost_little(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 3; seed++) {
		struct t_trace t = { .seed = seed, .length_us = 100 * S,
				     .delay_us = wifi };
		struct t_result r = t_run(&t);

		at_most("concealed ticks", r.concealed, r.ticks * 0.009);
		at_most("delay", r.delay_mean, 190);
		assert_int_equal(r.stats.lost, 0);
	}
}

/* ---- loss -------------------------------------------------------------- */

static void lost_packets_are_counted_and_concealed_exactly(void **state)
{
	(void)state;
	for (int percent = 5; percent <= 20; percent += 5) {
		struct t_trace t = { .seed = 3, .length_us = 60 * S,
			.delay_us = loss, .phase_us = 5000, .aux = { percent } };
		struct t_result r = t_run(&t);

		assert_int_equal(r.stats.lost, r.lost);
		assert_int_equal(r.stats.played, r.arrived);
		/* after more than 80 ms without, it begins with a tick */
		assert_in_range(r.stats.concealed, r.lost * 160 - 80,
				r.lost * 160 + 80);
		assert_int_equal(r.stats.late, 0);
		/* a packet of look-ahead, or two where much is lost */
		at_most("delay", r.delay_mean, percent < 20 ? 27 : 40);
		at_most("stretched, ms", (double)(r.stats.accelerated +
			r.stats.expanded) / 8, percent < 20 ? 50 : 100);
		/* but for the 5 ms faded in after a gap whose end was not there
		 * in time, and where it was stretched, all is as it was */
		assert_true(r.exact >= r.voice - r.lost);
	}
}

static void loss_and_jitter_together(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 100 * S, .delay_us = gauss,
			     .aux = { 20, 0, 10 } };
	struct t_result r = t_run(&t);

	(void)state;
	assert_in_range(r.stats.lost, r.lost - 2, r.lost);
	at_most("delay", r.delay_mean, 140);
	at_most("concealed ms over the lost", (double)r.stats.concealed / 8,
		r.lost * 20 + 500);
}

static void straggler_is_late_and_not_lost(void **state)
{
	/* 1.2 s would be a jump of the clock, if its number were new */
	static const int64_t late[] = { 300 * MS, 900 * MS, 1200 * MS };

	(void)state;
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		struct t_trace t = { .seed = 1, .length_us = 10 * S,
			.delay_us = straggler, .phase_us = 5000, .aux = { late[i] } };
		struct t_result r = t_run(&t);

		assert_int_equal(r.stats.late, 1);
		assert_int_equal(r.stats.lost, 0);
		assert_int_equal(r.stats.resets, 0);
		assert_int_equal(r.refused, 1);
		assert_int_equal(r.refused_why, -ETIME);
		assert_int_equal(r.stats.concealed, 160);
		at_most("last delay", r.delay_last, 6);
	}
}

static void concealment_does_not_click_in_a_tone(void **state)
{
	struct t_trace t = { .seed = 1, .sound = T_TONE, .length_us = 20 * S,
		.phase_us = 5000, .from_us = S, .delay_us = holes };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.concealed, r.lost * 160);
	at_most("bend", r.max_bend, 1600);      /* the tone's own is 1194 */
}

static void copies_are_refused(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 10 * S, .phase_us = 5000,
			     .twice = true };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.duplicate, r.arrived / 2);
	assert_int_equal(r.refused, r.arrived / 2);
	assert_int_equal(r.refused_why, -EEXIST);
	assert_int_equal(r.stats.played, r.arrived / 2);
	assert_int_equal(r.exact, r.voice);
	assert_int_equal(r.stats.concealed, 0);
}

/* ---- pauses and clocks ------------------------------------------------- */

/** The speech's pauses are not sent. */
static bool dtx(struct t_trace *t, unsigned i, int64_t us, struct mx_pkt *p)
{
	(void)t;
	(void)i;
	(void)p;
	return us % (2 * S) < 1400 * MS;
}

static void pause_is_silence_and_no_loss(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 60 * S, .phase_us = 5000,
			     .edit = dtx };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.lost, 0);
	assert_int_equal(r.stats.concealed, 0);
	assert_int_equal(r.stats.resets, 0);
	assert_int_equal(r.stats.played, r.arrived);
	assert_int_equal(r.exact, r.arrived * 2);
	assert_int_equal(r.voice, r.exact);
	/* 80 ms to fade out, the other 520 are zeros */
	assert_int_equal(r.concealed, 30 * 8);
	assert_in_range(r.silent, 30 * 52, 30 * 52 + 3);
	at_most("delay", r.delay_max, 6);
}

static void long_pauses_are_no_jump(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 60 * S, .phase_us = 5000,
			     .edit = dtx };
	struct t_result r;

	(void)state;
	t.ppm = 100;
	r = t_run(&t);
	assert_int_equal(r.stats.resets, 0);
	assert_int_equal(r.stats.played, r.arrived);
	at_most("delay", r.delay_max, 20);
}

static void pauses_hide_the_changes_of_delay(void **state)
{
	struct t_trace t = { .seed = 2, .length_us = 60 * S, .edit = dtx,
			     .delay_us = gauss, .aux = { 20 } };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.lost, 0);
	at_most("concealed in speech, ms", (double)r.stats.concealed / 8, 400);
	at_most("stretched, ms",
		(double)(r.stats.accelerated + r.stats.expanded) / 8, 100);
	at_most("delay", r.delay_mean, 130);
}

static void drift_neither_grows_nor_shrinks_the_delay(void **state)
{
	static const enum t_sound sounds[] = { T_SPEECH, T_NOISE };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct t_trace t = { .seed = 1, .sound = sounds[i / 2],
			.length_us = 600 * (int64_t)S, .phase_us = 5000,
			.ppm = i % 2 ? 500 : -500 };
		struct t_result r = t_run(&t);

		assert_int_equal(r.stats.played, r.arrived);
		assert_int_equal(r.stats.lost + r.stats.late, 0);
		assert_int_equal(r.stats.concealed, 0);
		at_most("mean delay", r.delay_mean, 20);
		at_most("largest delay", r.delay_max, 30);
		/* the unavoidable 300 ms, and no more than that to and fro */
		at_most("stretched, ms",
			(double)(r.stats.accelerated + r.stats.expanded) / 8, 600);
	}
}

static void drift_does_not_click_in_a_tone(void **state)
{
	(void)state;
	for (int ppm = -500; ppm <= 500; ppm += 1000) {
		struct t_trace t = { .seed = 1, .sound = T_TONE, .ppm = ppm,
			.length_us = 300 * S, .phase_us = 5000, .from_us = S };
		struct t_result r = t_run(&t);

		assert_int_equal(r.stats.concealed, 0);
		assert_true(r.stats.accelerated + r.stats.expanded > 0);
		at_most("bend", r.max_bend, 1300);      /* the tone's own: 1194 */
	}
}

static void hour_of_drift_is_no_more_than_ten_minutes(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 3600 * (int64_t)S, .ppm = 500,
			     .phase_us = 5000, .from_us = 3000 * (int64_t)S };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.concealed, 0);
	at_most("delay in the last ten minutes", r.delay_max, 30);
}

static void sender_too_fast_is_bounded(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 30 * S, .speed = 2,
			     .phase_us = 5000 };
	struct t_result r = t_run(&t);

	(void)state;
	at_most("depth", r.stats.depth_ms, 440);
	assert_true(r.stats.accelerated > 0);
	assert_true(r.stats.played + r.stats.dropped >= r.arrived - 50);
	assert_int_equal(r.stats.lost, 0);
}

/* ---- breaks ------------------------------------------------------------ */

/** After five seconds, once, what aux says. */
static bool break_once(struct t_trace *t, unsigned i, int64_t us,
		       struct mx_pkt *p)
{
	(void)us;
	if (i == 250) {
		p->ts += (uint32_t)t->aux[0];
		p->seq = (uint16_t)(p->seq + t->aux[1]);
		p->ssrc += (uint32_t)t->aux[2];
	}
	return true;
}

static struct t_result broken(int64_t ts, int64_t seq, int64_t ssrc)
{
	struct t_trace t = { .seed = 1, .length_us = 20 * S, .phase_us = 5000,
			     .edit = break_once, .aux = { ts, seq, ssrc } };

	return t_run(&t);
}

static void new_source_takes_over_at_once(void **state)
{
	static const int64_t seqs[] = { 0x4321, 500, -50 };

	(void)state;
	for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
		struct t_result r = broken(0x12345678, seqs[i], 77);

		assert_int_equal(r.stats.resets, 1);
		assert_int_equal(r.stats.played, r.arrived);
		assert_int_equal(r.stats.lost + r.stats.late, 0);
		assert_int_equal(r.stats.dropped + r.stats.duplicate, 0);
		assert_int_equal(r.concealed, 0);
		assert_true(r.exact >= r.voice - 1);    /* faded over 5 ms */
		at_most("delay", r.delay_max, 6);
	}
}

static void timestamp_jump_is_a_new_beginning(void **state)
{
	static const int64_t jumps[] = { 1 << 20, -(1 << 20), 8000 * 3, -8000 * 3,
					 INT32_MIN, 0x7fffffff };

	(void)state;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		struct t_result r = broken(jumps[i], 0, 0);

		assert_int_equal(r.stats.resets, 1);
		assert_int_equal(r.stats.played, r.arrived);
		assert_int_equal(r.stats.lost + r.stats.late, 0);
		assert_true(r.exact >= r.voice - 1);
		at_most("last delay", r.delay_last, 6);
	}
}

static void small_step_back_is_soon_played_again(void **state)
{
	struct t_result r = broken(-4000, 0, 0);        /* half a second */

	(void)state;
	assert_int_equal(r.stats.resets, 1);
	/* eight packets are taken for late ones */
	at_most("not played", r.arrived - (double)r.stats.played, 8);
	at_most("ticks without sound", r.ticks - r.exact, 30);
	at_most("last delay", r.delay_last, 15);
}

static void sequence_jump_alone_changes_nothing(void **state)
{
	static const int64_t jumps[] = { 5000, -5000, 30000, -60 };

	(void)state;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]) - 1; i++) {
		struct t_result r = broken(0, jumps[i], 0);

		assert_int_equal(r.stats.resets, 0);
		assert_int_equal(r.stats.lost, 0);
		assert_int_equal(r.stats.played, r.arrived);
		assert_int_equal(r.exact, r.voice);
		assert_int_equal(r.concealed, 0);
	}
}

/** A key is pressed: half a second of packets that are not sound. */
static bool no_sound(struct t_trace *t, unsigned i, int64_t us,
		     struct mx_pkt *p)
{
	(void)t;
	(void)us;
	(void)p;
	return i < 250 || i >= 275;
}

static void hole_without_lost_numbers_is_a_pause(void **state)
{
	struct t_trace t = { .seed = 1, .length_us = 10 * S, .phase_us = 5000,
			     .edit = no_sound };
	struct t_result r = t_run(&t);

	(void)state;
	assert_int_equal(r.stats.lost, 0);
	assert_int_equal(r.stats.concealed, 0);
	assert_int_equal(r.exact, r.voice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_jitter_it_is_the_input_bit_by_bit),
		cmocka_unit_test(any_ptime_is_the_input_bit_by_bit),
		cmocka_unit_test(ptime_may_change_in_mid_call),
		cmocka_unit_test(tone_stays_smooth),
		cmocka_unit_test(jitter_is_held_with_little_delay),
		cmocka_unit_test(reordered_packets_are_not_lost),
		cmocka_unit_test(step_in_delay_is_followed_both_ways),
		cmocka_unit_test(one_late_packet_stretches_nothing_more),
		cmocka_unit_test(after_a_storm_the_delay_comes_back),
		cmocka_unit_test(storm_on_a_tone_ends_too),
		cmocka_unit_test(burst_is_played_and_caught_up),
		cmocka_unit_test(sender_of_lots_is_not_cut),
		cmocka_unit_test(outages_cost_little),
		cmocka_unit_test(lost_packets_are_counted_and_concealed_exactly),
		cmocka_unit_test(loss_and_jitter_together),
		cmocka_unit_test(straggler_is_late_and_not_lost),
		cmocka_unit_test(concealment_does_not_click_in_a_tone),
		cmocka_unit_test(copies_are_refused),
		cmocka_unit_test(pause_is_silence_and_no_loss),
		cmocka_unit_test(long_pauses_are_no_jump),
		cmocka_unit_test(pauses_hide_the_changes_of_delay),
		cmocka_unit_test(drift_neither_grows_nor_shrinks_the_delay),
		cmocka_unit_test(drift_does_not_click_in_a_tone),
		cmocka_unit_test(hour_of_drift_is_no_more_than_ten_minutes),
		cmocka_unit_test(sender_too_fast_is_bounded),
		cmocka_unit_test(new_source_takes_over_at_once),
		cmocka_unit_test(timestamp_jump_is_a_new_beginning),
		cmocka_unit_test(small_step_back_is_soon_played_again),
		cmocka_unit_test(sequence_jump_alone_changes_nothing),
		cmocka_unit_test(hole_without_lost_numbers_is_a_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
