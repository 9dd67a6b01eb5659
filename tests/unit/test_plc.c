/* test_plc.c - prediction, and gaps filled from both sides. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "mixer/lpc.h"
#include "mixer/plc.h"
#include "t_rand.h"

enum { LEN_MAX = 48 * 200 };

static int16_t want[LEN_MAX], got[LEN_MAX];

/** A voice: ten harmonics of f0 Hz, which rises by rise Hz a second. */
static void make_voice(uint32_t rate, double f0, double rise)
{
	for (size_t i = 0; i < rate / 5; i++) {
		double t = (double)i / rate, v = 0;

		for (int h = 1; h <= 10; h++)
			v += cos(2 * M_PI * h * (f0 * t + rise * t * t / 2) + h) / h;
		want[i] = (int16_t)(3000 * v);
	}
}

/** Makes up n samples from 80 ms on, all else is there; SNR of it in dB. */
static double fill(uint32_t rate, size_t n, size_t future)
{
	float cycle[MX_PLC_CYCLE_MAX];
	struct mx_plc p = { .rate_hz = rate, .cycle = cycle };
	size_t at = rate * 80 / 1000;
	double e = 0, d = 1;

	memcpy(got, want, sizeof(got));
	memset(got + at, 0x55, n * sizeof(*got));
	mx_plc_begin(&p, got + at);
	mx_plc_bridge(&p, got + at, n, future);
	assert_memory_equal(got, want, at * sizeof(*got));
	assert_memory_equal(got + at + n, want + at + n,
			    (LEN_MAX - at - n) * sizeof(*got));
	for (size_t i = at; i < at + n; i++) {
		e += (double)want[i] * want[i];
		d += pow(got[i] - want[i], 2);
	}
	return 10 * log10(e / d);
}

static const uint32_t rates[] = { 8000, 16000, 24000, 44100, 48000 };

enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static void steady_voice_is_filled_as_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		make_voice(rates[i], 125, 0);
		assert_true(fill(rates[i], rates[i] / 50, rates[i] / 25) > 15);
		assert_true(fill(rates[i], rates[i] / 50, rates[i] / 50) > 12);
	}
}

static void both_sides_of_a_rising_voice_meet_in_phase(void **state)
{
	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		make_voice(rates[i], 110, 150);
		assert_true(fill(rates[i], rates[i] / 50, rates[i] / 25) > 6);
	}
}

/** Any sound and any length up to the longest: nothing runs over, nothing gets
 *  louder than it was. */
static void gaps_of_any_length_stay_in_bounds(void **state)
{
	uint32_t seed = 5;

	(void)state;
	for (size_t i = 0; i < RATES; i++) {
		int32_t peak = 0;

		for (size_t k = 0; k < rates[i] / 5; k++)
			want[k] = (int16_t)((int32_t)(t_rand(&seed) % 40000) -
					    20000);
		for (size_t n = 1; n <= rates[i] / 10; n = n * 3 / 2 + 1) {
			fill(rates[i], n, rates[i] / 100);
			for (size_t k = 0; k < rates[i] / 5; k++)
				if (abs(got[k]) > peak)
					peak = abs(got[k]);
		}
		assert_true(peak < 32767);
	}
}

static void silence_is_filled_with_silence(void **state)
{
	(void)state;
	memset(want, 0, sizeof(want));
	fill(8000, 160, 160);
	for (size_t i = 0; i < LEN_MAX; i++)
		assert_in_range(got[i] + 1, 0, 2);
}

static void residual_and_prediction_make_up_the_signal(void **state)
{
	float x[400], e[200];
	struct mx_lpc l;
	double power = 0, left = 0;

	(void)state;
	make_voice(8000, 120, 0);
	for (int i = 0; i < 400; i++)
		x[i] = want[i];
	mx_lpc_find(&l, x + 200, 200, 8000);
	assert_int_equal(l.order, 10);
	mx_lpc_residual(&l, x + 200, 200, e);
	for (int i = 0; i < 200; i++) {
		float y = e[i];

		for (unsigned k = 0; k < l.order; k++)
			y -= l.a[k] * x[200 + i - 1 - (int)k];
		assert_true(fabsf(y - x[200 + i]) < 1);
		power += x[200 + i] * x[200 + i];
		left += e[i] * e[i];
	}
	assert_true(left < power / 10);
}

/** A decoder that was told what it missed decodes the next payload well. */
static void decoder_told_of_a_gap_goes_on(void **state)
{
	static uint8_t payload[3][160], enc[2048];
	static int16_t out[4][320 + MX_CODEC_AROUND];
	static uint8_t dec[2][2048];
	static const struct mx_codec_par none;
	const struct mx_codec *c = mx_codec_find("G722", 8000, 1);
	const struct mx_dsp *dsp = mx_dsp_best();
	static int16_t line[2 * 320 + MX_CODEC_AROUND];
	double d[2] = { 1, 1 };

	(void)state;
	make_voice(16000, 130, 0);
	c->enc_init(enc, &none);
	c->dec_init(dec[0]);
	for (int i = 0; i < 3; i++) {
		c->encode(enc, dsp, want + 320 * i, 320, payload[i], 160);
		c->decode(dec[0], dsp, payload[i], 160, out[i], 320);
	}
	/* the second payload is missing */
	memcpy(line, out[0], 320 * sizeof(*line));
	memcpy(line + 320, out[1], 320 * sizeof(*line));
	memcpy(line + 640, out[2], MX_CODEC_AROUND * sizeof(*line));
	for (int told = 0; told < 2; told++) {
		c->dec_init(dec[1]);
		c->decode(dec[1], dsp, payload[0], 160, out[3], 320);
		if (told)
			c->follow(dec[1], line + 320, 320);
		c->decode(dec[1], dsp, payload[2], 160, out[3], 320);
		for (int i = 0; i < 320; i++)
			d[told] += pow(out[3][i] - out[2][i], 2);
	}
	assert_true(d[1] < d[0] / 30);          /* 15 dB */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_voice_is_filled_as_it_was),
		cmocka_unit_test(both_sides_of_a_rising_voice_meet_in_phase),
		cmocka_unit_test(gaps_of_any_length_stay_in_bounds),
		cmocka_unit_test(silence_is_filled_with_silence),
		cmocka_unit_test(residual_and_prediction_make_up_the_signal),
		cmocka_unit_test(decoder_told_of_a_gap_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
