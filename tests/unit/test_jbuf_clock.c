/* test_jbuf_clock.c - a sender's clock that is not ours: how fast it runs, and
 * how its sound is read at that pace. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/jbuf_skew.h"
#include "mixer/jbuf_slide.h"
#include "t_rand.h"
#include "t_stream.h"

enum { S = 1000000, PTIME_US = 20000 };

/* ---- the slope --------------------------------------------------------- */

static struct mx_skew skew;
static int64_t now_us;

static int begin(void **state)
{
	(void)state;
	skew = (struct mx_skew){ 0 };
	now_us = 1000 * (int64_t)S;
	return 0;
}

/** Packets for so long of a sender who is ppm slower, each up to jitter_us late
 *  and all of them by step_us. */
static void hear(int64_t length_us, int ppm, int64_t jitter_us, int64_t step_us)
{
	static uint32_t seed = 3;
	int64_t end = now_us + length_us;

	for (; now_us < end; now_us += PTIME_US) {
		int64_t late = jitter_us ? t_rand(&seed) % jitter_us : 0;
		int64_t transit = now_us * ppm / S + late + step_us;

		mx_skew_put(&skew, transit, now_us + late);
	}
}

static int ppm(void)
{
	return (skew.ppm_q8 + (skew.ppm_q8 < 0 ? -128 : 128)) / 256;
}

static void slope_is_known_within_a_quarter_of_a_minute(void **state)
{
	(void)state;
	hear(8 * S, -500, 0, 0);
	assert_false(skew.known);
	hear(7 * S, -500, 0, 0);
	assert_true(skew.known);
	assert_int_equal(ppm(), -500);
	hear(3600 * (int64_t)S, -500, 0, 0);
	assert_int_equal(ppm(), -500);
}

static void little_jitter_does_not_hide_it(void **state)
{
	(void)state;
	hear(120 * S, 100, 5000, 0);
	assert_true(skew.known);
	assert_in_range(ppm(), 95, 105);
	hear(600 * S, 100, 5000, 0);
	assert_in_range(ppm(), 98, 102);
}

static void no_slope_is_seen_in_jitter(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++) {
		hear(60 * S, 0, 200000, 0);
		assert_in_range(ppm() + 40, 0, 80);
	}
}

static void step_in_the_delay_is_no_slope(void **state)
{
	(void)state;
	hear(60 * S, 200, 0, 0);
	for (int i = 0; i < 60; i++) {
		hear(5 * S, 200, 0, 80000);
		assert_in_range(ppm(), 190, 210);
	}
	hear(60 * S, 200, 0, 0);
	assert_in_range(ppm(), 190, 210);
}

static void pauses_do_not_matter(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++) {
		hear(3 * S, 300, 1000, 0);
		now_us += 20 * (int64_t)S;
	}
	assert_true(skew.known);
	assert_in_range(ppm(), 295, 305);
	now_us += 7200 * (int64_t)S;
	hear(20 * S, 300, 1000, 0);
	assert_in_range(ppm(), 295, 305);
}

static void other_time_line_has_the_same_clock(void **state)
{
	(void)state;
	hear(30 * S, 300, 0, 0);
	mx_skew_restart(&skew);
	hear(30 * S, 300, 0, 77 * (int64_t)S);
	assert_int_equal(ppm(), 300);
}

/* ---- reading ----------------------------------------------------------- */

enum { LEN = 40000, BEFORE = 400 };

/** Reads LEN samples of a sine of hz at the rate in frames; the rest against the
 *  sine at the pace, in dB below it. */
static double rest_db(uint32_t rate_hz, double hz, int ppm_fast)
{
	struct mx_resamp_bank *bank;
	size_t n = rate_hz / 100, at = BEFORE;
	int16_t *x = calloc(LEN + 2000, sizeof(*x)), out[480];
	double w = 2 * M_PI * hz / rate_hz, pos = 0, left = 0, all = 0;
	struct mx_slide s = { .on = false };

	assert_int_equal(mx_resamp_bank_new(&bank, mx_dsp_best()), 0);
	for (size_t i = 0; i < LEN + 2000; i++)
		x[i] = (int16_t)lrint(16000 * sin(w * (double)i));
	mx_slide_begin(&s, MX_SLIDE_LAG);
	pos = (double)at - MX_SLIDE_LAG;
	mx_slide_set(&s, ppm_fast * 256);
	while (at + n + 1 < LEN) {
		size_t need = mx_slide_need(&s, n);
		bool first = s.fades;

		mx_slide_run(&s, bank, mx_dsp_best(), out, x + at, n, n / 2);
		for (size_t i = 0; i < n; i++) {
			double v = 16000 * sin(w * pos);

			pos += 1 + ppm_fast * 1e-6;
			if (first)
				continue;
			left += (out[i] - v) * (out[i] - v);
			all += v * v;
		}
		at += need;
		/* what is read keeps up with what is used */
		assert_true(fabs(pos + MX_SLIDE_LAG - (double)at) < 1.01);
	}
	mx_resamp_bank_free(bank);
	free(x);
	return 10 * log10(all / left);
}

static void what_is_read_is_the_signal_at_another_pace(void **state)
{
	static const int ppms[] = { 500, -500, 40, -1500, 1500 };

	(void)state;
	for (unsigned i = 0; i < sizeof(ppms) / sizeof(ppms[0]); i++) {
		assert_true(rest_db(8000, 400, ppms[i]) > 75);
		assert_true(rest_db(8000, 2000, ppms[i]) > 65);
		assert_true(rest_db(8000, 3400, ppms[i]) > 45);
		assert_true(rest_db(48000, 7000, ppms[i]) > 65);
	}
}

static void without_a_pace_it_is_the_signal_itself(void **state)
{
	struct mx_resamp_bank *bank;
	int16_t x[1000], out[80];
	struct mx_slide s = { .on = false };
	uint32_t seed = 1;

	(void)state;
	assert_int_equal(mx_resamp_bank_new(&bank, mx_dsp_best()), 0);
	for (unsigned i = 0; i < 1000; i++)
		x[i] = (int16_t)t_rand(&seed);
	mx_slide_begin(&s, 20);
	for (size_t at = 200; at < 900; at += 80) {
		mx_slide_run(&s, bank, mx_dsp_best(), out, x + at, 80, 40);
		assert_memory_equal(out + 40, x + at - 20 + 40,
				    40 * sizeof(*out));
	}
	mx_slide_end(&s);
	mx_slide_run(&s, bank, mx_dsp_best(), out, x + 900, 80, 40);
	assert_memory_equal(out + 40, x + 940, 40 * sizeof(*out));
	assert_false(s.on || s.fades || s.lag);
	mx_resamp_bank_free(bank);
}

/* ---- through the buffer ------------------------------------------------ */

/* To look for resampled sound sample by sample takes long, and finds nothing. */
enum { LAST_US = 190 * S };

/** Runs it for 200 s with a sender who is so much faster than us. */
static struct t_result follow(double ppm_fast, struct t_trace t)
{
	t.seed = 3;
	t.follow = true;
	t.ppm = ppm_fast;
	t.length_us = 200 * (int64_t)S;
	t.phase_us = 5000;
	return t_run(&t);
}

/** But for the way into it nothing is cut, and nothing bends a tone. */
static void drift_is_followed_by_resampling(void **state)
{
	static const int ppms[] = { -500, 500, -60, 60 };

	(void)state;
	for (unsigned i = 0; i < sizeof(ppms) / sizeof(ppms[0]); i++) {
		struct t_result r = follow(ppms[i], (struct t_trace){
			.sound = T_TONE, .from_us = S });

		assert_int_equal(r.stats.concealed + r.stats.late, 0);
		assert_int_equal(r.stats.played, r.arrived);
		assert_in_range(r.stats.drift_ppm + 1000, ppms[i] + 999,
				ppms[i] + 1001);
		assert_true(r.stats.accelerated + r.stats.expanded < 8 * 60);
		assert_true(r.stats.resampled > 8 * 170000);
		assert_true(r.stats.depth_ms < 35);
		assert_true(r.max_bend < 1300); /* the tone's own is 1194 */
	}
}

/** Exponential, 3 ms on average. */
static int64_t jitter(struct t_trace *t, unsigned i, int64_t us)
{
	(void)i;
	(void)us;
	return (int64_t)(-3000 * log((t_rand(&t->seed) + 0.5) / 4294967296.0));
}

/** Without resampling 100 ms of it are cut, or put in. */
static void drift_is_followed_under_jitter(void **state)
{
	(void)state;
	for (int fast = -500; fast <= 500; fast += 1000) {
		struct t_result r = follow(fast, (struct t_trace){
			.delay_us = jitter, .from_us = LAST_US });

		assert_in_range(r.stats.drift_ppm + 1000, fast + 995,
				fast + 1005);
		assert_true(r.stats.resampled > 8 * 150000);
		assert_true(r.stats.accelerated + r.stats.expanded < 8 * 75);
		assert_true(r.stats.concealed < 8 * 200);
		assert_true(r.stats.depth_ms < 45);
	}
}

/** The speech's pauses are not sent. */
static bool dtx(struct t_trace *t, unsigned i, int64_t us, struct mx_pkt *p)
{
	(void)t;
	(void)i;
	(void)p;
	return us % (2 * S) < 14 * S / 10;
}

static void drift_is_followed_across_pauses(void **state)
{
	(void)state;
	for (int fast = -500; fast <= 500; fast += 1000) {
		struct t_result r = follow(fast, (struct t_trace){
			.edit = dtx, .from_us = LAST_US });

		assert_int_equal(r.stats.resets + r.stats.late, 0);
		assert_int_equal(r.stats.played, r.arrived);
		assert_in_range(r.stats.drift_ppm + 1000, fast + 998,
				fast + 1002);
		assert_true(r.stats.resampled > 0);
		assert_true(r.stats.depth_ms < 30);
	}
}

/** Of 159 and 161 samples in turn. */
static bool odd(struct t_trace *t, unsigned i, int64_t us, struct mx_pkt *p)
{
	(void)t;
	(void)us;
	p->len = i % 2 ? 161 : 159;
	return true;
}

static void packets_of_odd_lengths_are_followed_too(void **state)
{
	(void)state;
	for (int fast = -500; fast <= 500; fast += 1000) {
		struct t_result r = follow(fast, (struct t_trace){
			.edit = odd, .from_us = LAST_US });

		assert_int_equal(r.stats.resets + r.stats.concealed, 0);
		assert_int_equal(r.stats.played, r.arrived);
		assert_in_range(r.stats.drift_ppm + 1000, fast + 995,
				fast + 1005);
		assert_true(r.stats.resampled > 8 * 150000);
		assert_true(r.stats.accelerated + r.stats.expanded < 8 * 75);
	}
}

static void clock_that_is_ours_is_not_resampled(void **state)
{
	struct t_result r = follow(10, (struct t_trace){ .from_us = S });

	(void)state;
	assert_int_equal(r.stats.resampled, 0);
	r = follow(0, (struct t_trace){ .from_us = S });
	assert_int_equal(r.stats.resampled, 0);
	assert_int_equal(r.stats.accelerated + r.stats.expanded, 0);
	assert_int_equal(r.stats.played, r.arrived);
	assert_int_equal(r.exact, r.voice);
	assert_true(r.moved <= 1);      /* where the stream begins */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(slope_is_known_within_a_quarter_of_a_minute,
				       begin),
		cmocka_unit_test_setup(little_jitter_does_not_hide_it, begin),
		cmocka_unit_test_setup(no_slope_is_seen_in_jitter, begin),
		cmocka_unit_test_setup(step_in_the_delay_is_no_slope, begin),
		cmocka_unit_test_setup(pauses_do_not_matter, begin),
		cmocka_unit_test_setup(other_time_line_has_the_same_clock, begin),
		cmocka_unit_test(what_is_read_is_the_signal_at_another_pace),
		cmocka_unit_test(without_a_pace_it_is_the_signal_itself),
		cmocka_unit_test(drift_is_followed_by_resampling),
		cmocka_unit_test(drift_is_followed_under_jitter),
		cmocka_unit_test(drift_is_followed_across_pauses),
		cmocka_unit_test(packets_of_odd_lengths_are_followed_too),
		cmocka_unit_test(clock_that_is_ours_is_not_resampled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
