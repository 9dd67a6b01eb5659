/*
 * test_resamp.c - the resampler measured as one measures a filter: sines in,
 * and what comes out at their own and at every image or alias frequency.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/resamp.h"
#include "t_fail.h"
#include "t_rand.h"
#include "t_wave.h"

static const uint32_t rates[] = { 8000, 16000, 24000, 44100, 48000 };
enum { RATES = sizeof(rates) / sizeof(rates[0]), FRAMES = 40 };

static struct mx_resamp_bank *bank;
static int16_t in[FRAMES * MX_RESAMP_FRAME_MAX], out[FRAMES * MX_RESAMP_FRAME_MAX];

static int set_up(void **state)
{
	(void)state;
	return mx_resamp_bank_new(&bank, mx_dsp_best());
}

static int tear_down(void **state)
{
	(void)state;
	mx_resamp_bank_free(bank);
	return 0;
}

static void run(uint32_t in_hz, uint32_t out_hz)
{
	struct mx_resamp r;

	assert_int_equal(mx_resamp_init(&r, bank, in_hz, out_hz), 0);
	for (int f = 0; f < FRAMES; f++)
		mx_resamp_run(&r, out + f * r.out_len, in + f * r.in_len);
}

static void sine(double amplitude, double hz, uint32_t rate)
{
	for (size_t i = 0; i < FRAMES * rate / 100; i++)
		in[i] = (int16_t)lrint(t_sine(amplitude, hz, rate, i));
}

/* A frequency near hz with whole periods in what heard_db() looks at, so that
 * one does not leak into another. */
static double whole(double hz)
{
	return round(hz / 25) * 25;
}

/* What comes out at hz, past the beginning, in dB of amplitude. */
static double heard_db(double hz, uint32_t rate, double amplitude)
{
	const size_t skip = 4 * rate / 100;

	return t_db(t_fit(out + skip, FRAMES * rate / 100 - skip, hz,
			  rate).amplitude / amplitude);
}

static void pass_band_is_flat_to_a_hundredth_of_a_decibel(void **state)
{
	static const double share[] = { 0.0125, 0.1, 0.25, 0.5, 0.7, 0.8, 0.85 };

	(void)state;
	for (int i = 0; i < RATES; i++) {
		for (int o = 0; o < RATES; o++) {
			const double nyquist = (rates[i] < rates[o] ? rates[i] :
						rates[o]) / 2.0;

			for (size_t s = 0; s < sizeof(share) / sizeof(share[0]); s++) {
				double db;

				sine(30000, share[s] * nyquist, rates[i]);
				run(rates[i], rates[o]);
				db = heard_db(share[s] * nyquist, rates[o], 30000);
				if (fabs(db) > 0.01)
					fail_msg("%u to %u, %g of Nyquist: %.4f dB",
						 rates[i], rates[o], share[s], db);
			}
		}
	}
}

/* No image of hz, mirrored at a multiple of the input's rate, comes out. */
static void check_images(uint32_t in_hz, uint32_t out_hz, double hz)
{
	sine(30000, hz, in_hz);
	run(in_hz, out_hz);
	for (double mirror = in_hz; mirror - hz < out_hz / 2.0; mirror += in_hz)
		for (int side = -1; side <= 1; side += 2) {
			const double image = mirror + side * hz;

			if (image < out_hz / 2.0 &&
			    heard_db(image, out_hz, 30000) > -70)
				fail_msg("%u to %u: %g comes out at %g", in_hz,
					 out_hz, hz, image);
		}
}

static void images_are_70_db_down(void **state)
{
	static const double share[] = { 0.05, 0.3, 0.62, 0.85, 0.9 };

	(void)state;
	for (int i = 0; i < RATES; i++)
		for (int o = i + 1; o < RATES; o++)
			for (size_t s = 0; s < sizeof(share) / sizeof(share[0]); s++)
				check_images(rates[i], rates[o],
					     whole(share[s] * rates[i] / 2));
}

/* What is above the output's Nyquist frequency would be folded below it. */
static void aliases_are_70_db_down(void **state)
{
	static const double share[] = { 1.1, 1.13, 1.25, 1.5, 1.8, 2.2, 3.1, 5.3 };

	(void)state;
	for (int i = 0; i < RATES; i++)
		for (int o = 0; o < RATES; o++)
			for (size_t s = 0; s < sizeof(share) / sizeof(share[0]); s++) {
				const double hz = whole(share[s] * rates[o] / 2);
				double folded = fmod(hz, rates[o]);

				if (hz >= rates[i] / 2.0)
					continue;
				folded = fmin(folded, rates[o] - folded);
				sine(30000, hz, rates[i]);
				run(rates[i], rates[o]);
				if (heard_db(folded, rates[o], 30000) > -70)
					fail_msg("%u to %u: %g comes out at %g",
						 rates[i], rates[o], hz, folded);
			}
}

/* All errors at once: images, rounding, phases that differ, frame borders. */
static void what_a_sine_leaves_is_noise_of_16_bits(void **state)
{
	(void)state;
	for (int i = 0; i < RATES; i++)
		for (int o = 0; o < RATES; o++) {
			const size_t skip = 4 * rates[o] / 100;
			struct t_fit fit;

			sine(30000, 1017, rates[i]);
			run(rates[i], rates[o]);
			fit = t_fit(out + skip, FRAMES * rates[o] / 100 - skip,
				    1017, rates[o]);
			if (t_db(fit.rest * sqrt(2) / fit.amplitude) > -70)
				fail_msg("%u to %u: %.1f dB", rates[i], rates[o],
					 t_db(fit.rest * sqrt(2) / fit.amplitude));
		}
}

static void a_constant_stays_constant(void **state)
{
	(void)state;
	for (int i = 0; i < RATES; i++)
		for (int o = 0; o < RATES; o++) {
			for (size_t k = 0; k < FRAMES * rates[i] / 100; k++)
				in[k] = -20011;
			run(rates[i], rates[o]);
			for (size_t k = 4 * rates[o] / 100; k < FRAMES * rates[o] / 100; k++)
				assert_int_equal(out[k], -20011);
		}
}

/* The input that makes the greatest sum of a phase, more than 32 bits hold:
 * signs that alternate as the filter's lobes do, and where they meet in the
 * middle all lobes add up. It clips; a wrap would turn the sign. */
static void the_worst_input_clips_and_never_wraps(void **state)
{
	(void)state;
	for (int i = 0; i < RATES; i++)
		for (int o = 0; o < RATES; o++) {
			const double lobe = fmax(1, (double)rates[i] / rates[o]);
			const size_t last = FRAMES / 2 * rates[o] / 100;
			const size_t first = last - (rates[o] + rates[i] - 1) / rates[i];
			struct mx_resamp r;
			int16_t most = 0;
			double middle;

			assert_int_equal(mx_resamp_init(&r, bank, rates[i], rates[o]), 0);
			middle = FRAMES / 2 * r.in_len - mx_resamp_delay(&r) - 0.5;
			for (size_t k = 0; k < (size_t)FRAMES * r.in_len; k++) {
				const double d = fabs((double)k - middle);

				in[k] = fmod(d / lobe, 2) < 1 ? INT16_MAX : INT16_MIN;
			}
			run(rates[i], rates[o]);
			for (size_t k = first; k <= last; k++)
				most = out[k] > most ? out[k] : most;
			/* not all rates have an output just there */
			if (most < 30000)
				fail_msg("%u to %u: %d", rates[i], rates[o], most);
		}
}

static void the_delay_is_as_said(void **state)
{
	(void)state;
	for (int i = 0; i < RATES; i++)
		for (int o = 0; o < RATES; o++) {
			const size_t n = FRAMES * rates[o] / 100;
			const size_t at = FRAMES / 2 * rates[i] / 100;
			struct mx_resamp r;
			size_t peak = 0;
			double want;

			memset(in, 0, sizeof(in));
			in[at] = 30000;
			run(rates[i], rates[o]);
			for (size_t k = 0; k < n; k++)
				if (abs(out[k]) > abs(out[peak]))
					peak = k;
			assert_int_equal(mx_resamp_init(&r, bank, rates[i], rates[o]), 0);
			want = (double)(at + mx_resamp_delay(&r)) * rates[o] / rates[i];
			assert_true(fabs((double)peak - want) <= 1);
		}
}

static void equal_rates_copy(void **state)
{
	uint32_t seed = 29;

	(void)state;
	for (size_t k = 0; k < FRAMES * 160; k++)
		in[k] = (int16_t)t_rand(&seed);
	run(16000, 16000);
	assert_memory_equal(in, out, FRAMES * 160 * sizeof(*in));
}

static void all_tables_give_the_same_sound(void **state)
{
	struct mx_resamp_bank *b;
	static int16_t first[FRAMES * MX_RESAMP_FRAME_MAX];
	struct mx_resamp r;
	const struct mx_dsp *d;
	uint32_t seed = 37;

	(void)state;
	for (size_t k = 0; k < FRAMES * 441; k++)
		in[k] = (int16_t)t_rand(&seed);
	for (unsigned t = 0; (d = mx_dsp_nth(t)); t++) {
		assert_int_equal(mx_resamp_bank_new(&b, d), 0);
		assert_int_equal(mx_resamp_init(&r, b, 44100, 16000), 0);
		for (int f = 0; f < FRAMES; f++)
			mx_resamp_run(&r, out + f * 160, in + f * 441);
		if (t == 0)
			memcpy(first, out, sizeof(first));
		assert_memory_equal(first, out, FRAMES * 160 * sizeof(*out));
		mx_resamp_bank_free(b);
	}
}

/* Whichever allocation fails: -ENOMEM, nothing set, nothing left behind. */
static void a_failed_allocation_leaves_nothing(void **state)
{
	struct mx_resamp_bank *mine = NULL;
	int n = 0, err;

	(void)state;
	do {
		t_fail_at = ++n;
		err = mx_resamp_bank_new(&mine, mx_dsp_best());
		assert_int_equal(err, t_fail_at ? 0 : -ENOMEM);
		assert_true(!mine == (err < 0));
	} while (err < 0);
	assert_int_equal(n, 1 + 2 * (20 + 1) + 1);
	t_fail_at = 0;
	mx_resamp_bank_free(mine);
}

static void other_rates_are_refused(void **state)
{
	struct mx_resamp r = { .in_len = 77 };

	(void)state;
	assert_int_equal(mx_resamp_init(&r, bank, 11025, 8000), -EINVAL);
	assert_int_equal(mx_resamp_init(&r, bank, 8000, 0), -EINVAL);
	assert_int_equal(r.in_len, 77);
	mx_resamp_bank_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pass_band_is_flat_to_a_hundredth_of_a_decibel),
		cmocka_unit_test(images_are_70_db_down),
		cmocka_unit_test(aliases_are_70_db_down),
		cmocka_unit_test(what_a_sine_leaves_is_noise_of_16_bits),
		cmocka_unit_test(a_constant_stays_constant),
		cmocka_unit_test(the_worst_input_clips_and_never_wraps),
		cmocka_unit_test(the_delay_is_as_said),
		cmocka_unit_test(equal_rates_copy),
		cmocka_unit_test(all_tables_give_the_same_sound),
		cmocka_unit_test(a_failed_allocation_leaves_nothing),
		cmocka_unit_test(other_rates_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
