/* test_take.c - src/files/take: what was said, without the silence around it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "files/take.h"
#include "mixer/clip.h"
#include "mixer/dsp/dsp.h"
#include "mixer/resamp.h"
#include "mixer/tap.h"

static struct mx_resamp_bank *bank;
static double phase;

static int setup(void **state)
{
	(void)state;
	phase = 0;
	return mx_resamp_bank_new(&bank, mx_dsp_best());
}

static int teardown(void **state)
{
	(void)state;
	mx_resamp_bank_free(bank);
	return 0;
}

static void put(struct take *t, unsigned frames, double amplitude)
{
	uint8_t pcm[2 * MX_TAP_LEN];

	while (frames-- > 0) {
		for (unsigned i = 0; i < MX_TAP_LEN; i++, phase += 0.05) {
			const int16_t v = (int16_t)(amplitude * sin(phase));

			pcm[2 * i] = (uint8_t)((uint16_t)v >> 8);
			pcm[2 * i + 1] = (uint8_t)v;
		}
		take_put(t, amplitude > 0 ? pcm : NULL);
	}
}

static void silence_around_it_is_left_out(void **state)
{
	struct mx_clip *clip;
	struct take *t;
	int peak = 0;

	(void)state;
	assert_int_equal(take_new(&t, bank, 10000), 0);
	put(t, 100, 0);
	put(t, 80, 8000);
	put(t, 200, 20);                        /* noise of the line */
	clip = take_clip(t);
	assert_non_null(clip);
	assert_int_equal(clip->rate_hz, 16000);
	assert_in_range(clip->len, 80 * 160, 102 * 160);
	for (size_t i = 0; i < clip->len; i++)
		peak = abs(clip->pcm[i]) > peak ? abs(clip->pcm[i]) : peak;
	assert_in_range(peak, 7800, 8200);
	free(clip);
	take_free(t);
}

static void what_is_too_long_is_cut(void **state)
{
	struct mx_clip *clip;
	struct take *t;

	(void)state;
	assert_int_equal(take_new(&t, bank, 1000), 0);
	put(t, 500, 8000);
	clip = take_clip(t);
	assert_non_null(clip);
	assert_int_equal(clip->len, 16000);
	free(clip);
	take_free(t);
}

static void silence_and_clicks_are_no_name(void **state)
{
	struct take *t;

	(void)state;
	assert_int_equal(take_new(&t, bank, 5000), 0);
	assert_null(take_clip(t));
	put(t, 100, 0);
	put(t, 5, 8000);
	put(t, 100, 30);
	assert_null(take_clip(t));
	take_free(t);
	take_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(silence_around_it_is_left_out),
		TEST(what_is_too_long_is_cut),
		TEST(silence_and_clicks_are_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
