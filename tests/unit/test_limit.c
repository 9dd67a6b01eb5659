/* test_limit.c - the limiter: transparent below, safe above, clean in between. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/limit.h"
#include "t_rand.h"
#include "t_wave.h"

enum { SECOND_MAX = 48000 };

static const uint32_t rates[] = { 8000, 16000, 24000, 48000 };
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static int32_t in[SECOND_MAX];
static int16_t out[SECOND_MAX];

static void run(struct mx_limit *l, uint32_t rate)
{
	const size_t frame = rate / 100;

	for (size_t i = 0; i < rate; i += frame)
		mx_limit_run(l, mx_dsp_best(), out + i, in + i, frame);
}

static void sine(double amplitude, double hz, uint32_t rate)
{
	for (size_t i = 0; i < rate; i++)
		in[i] = (int32_t)lrint(t_sine(amplitude, hz, rate, i));
}

static void below_the_ceiling_it_is_a_delay(void **state)
{
	struct mx_limit l;
	uint32_t seed = 3;

	(void)state;
	for (int r = 0; r < RATES; r++) {
		const size_t block = rates[r] / MX_LIMIT_BLOCKS_S;

		for (size_t i = 0; i < rates[r]; i++)
			in[i] = (int32_t)(t_rand(&seed) % (2 * MX_LIMIT_CEILING + 1)) -
				MX_LIMIT_CEILING;
		in[100] = MX_LIMIT_CEILING;
		in[101] = -MX_LIMIT_CEILING;
		mx_limit_init(&l, rates[r]);
		run(&l, rates[r]);
		for (size_t i = 0; i < rates[r]; i++)
			assert_int_equal(out[i], i < block ? 0 : in[i - block]);
	}
}

/* Silence, then noise of up to 2^31 in bursts of any length: the hardest
 * attacks there are. */
static void nothing_passes_the_ceiling(void **state)
{
	struct mx_limit l;
	uint32_t seed = 5;

	(void)state;
	for (int round = 0; round < 40; round++) {
		const uint32_t rate = rates[round % RATES];
		unsigned down = 0;

		for (size_t i = 0; i < rate; i++) {
			if (t_rand(&seed) % 50 == 0)
				down = t_rand(&seed) % 32;
			in[i] = (int32_t)t_rand(&seed) >> down;
		}
		in[rate / 2] = INT32_MIN;
		in[rate / 2 + 1] = INT32_MAX;
		mx_limit_init(&l, rate);
		run(&l, rate);
		for (size_t i = 0; i < rate; i++)
			assert_in_range(abs(out[i]), 0, MX_LIMIT_CEILING);
	}
}

/* A limiter that just turned everything down would pass the test above. */
static void a_limited_sine_comes_out_at_the_ceiling(void **state)
{
	struct mx_limit l;

	(void)state;
	for (int r = 0; r < RATES; r++) {
		sine(3 * 32767, 1000, rates[r]);
		mx_limit_init(&l, rates[r]);
		run(&l, rates[r]);
		assert_true(fabs(t_db(t_fit(out + rates[r] / 2, rates[r] / 4,
					    1000, rates[r]).amplitude /
				      MX_LIMIT_CEILING)) < 0.1);
	}
}

static void a_limited_sine_stays_a_sine(void **state)
{
	static const double hz[] = { 60, 100, 200, 317, 440, 1000, 1701, 2900,
				     3400 };
	static const double amplitude[] = { 32767, 40000, 65534, 1e6 };
	struct mx_limit l;

	(void)state;
	for (int r = 0; r < RATES; r++)
		for (size_t f = 0; f < sizeof(hz) / sizeof(hz[0]); f++)
			for (size_t a = 0; a < sizeof(amplitude) / sizeof(amplitude[0]); a++) {
				const size_t from = rates[r] / 4;
				struct t_fit fit;
				double thd;

				sine(amplitude[a], hz[f], rates[r]);
				mx_limit_init(&l, rates[r]);
				run(&l, rates[r]);
				fit = t_fit(out + from, rates[r] / 2, hz[f], rates[r]);
				thd = fit.rest / (fit.amplitude / sqrt(2));
				if (thd > 0.01)
					fail_msg("%u Hz, sine of %g Hz, %g: THD+N %.2f %%",
						 rates[r], hz[f], amplitude[a], 100 * thd);
			}
}

/* No sample jumps further than the signal and the straight line of the gain
 * over a block explain. */
static void the_gain_never_jumps(void **state)
{
	struct mx_limit l;
	const uint32_t rate = 48000;
	double last = 1;

	(void)state;
	for (size_t i = 0; i < rate; i++)
		in[i] = i < rate / 2 ? 20000 : 200000;
	mx_limit_init(&l, rate);
	run(&l, rate);
	for (size_t i = 60; i < rate; i++) {
		const double gain = (double)out[i] / in[i - 60];

		assert_true(fabs(gain - last) < 1.0 / 60 + 0.001);
		last = gain;
	}
}

static void it_recovers_with_50_ms(void **state)
{
	const uint32_t rate = 16000;
	const size_t block = rate / MX_LIMIT_BLOCKS_S, loud = rate / 4;
	struct mx_limit l;
	double low, after;

	(void)state;
	for (size_t i = 0; i < rate; i++)
		in[i] = i < loud ? 4 * MX_LIMIT_CEILING : 10000;
	mx_limit_init(&l, rate);
	run(&l, rate);
	low = (double)out[loud - 1] / in[loud - 1];
	assert_true(fabs(low - 0.25) < 0.001);
	/* held for 10 ms, then one time constant */
	after = out[loud + block + rate / 100 + rate / 20] / 10000.0;
	assert_true(fabs((1 - after) / (1 - low) - exp(-1)) < 0.03);
	assert_int_equal(out[rate - 1], 10000);
}

/* Not nearly: at unity a frame costs a seventh. */
static void it_comes_back_to_unity(void **state)
{
	struct mx_limit l;

	(void)state;
	sine(1e6, 440, 8000);
	mx_limit_init(&l, 8000);
	run(&l, 8000);
	assert_true(l.gain_q30 < 1 << 26);
	sine(1000, 440, 8000);
	run(&l, 8000);
	assert_int_equal(l.gain_q30, 1 << 30);
}

static void a_copy_goes_on_where_the_original_stands(void **state)
{
	const uint32_t rate = 8000;
	struct mx_limit l, copy;
	int16_t again[80];

	(void)state;
	sine(50000, 300, rate);
	mx_limit_init(&l, rate);
	run(&l, rate);
	copy = l;
	mx_limit_run(&l, mx_dsp_best(), out, in, 80);
	mx_limit_run(&copy, mx_dsp_best(), again, in, 80);
	assert_memory_equal(out, again, sizeof(again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(below_the_ceiling_it_is_a_delay),
		cmocka_unit_test(nothing_passes_the_ceiling),
		cmocka_unit_test(a_limited_sine_comes_out_at_the_ceiling),
		cmocka_unit_test(a_limited_sine_stays_a_sine),
		cmocka_unit_test(the_gain_never_jumps),
		cmocka_unit_test(it_recovers_with_50_ms),
		cmocka_unit_test(it_comes_back_to_unity),
		cmocka_unit_test(a_copy_goes_on_where_the_original_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
