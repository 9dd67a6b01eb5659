/* test_tone.c - tones: the right notes, at the right time, without clicks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "mixer/tone.h"
#include "t_fail.h"
#include "t_wave.h"

static struct mx_clip *clip_of(const struct mx_tone *tone, uint32_t rate_hz)
{
	struct mx_clip *clip = NULL;

	assert_int_equal(mx_tone_new(&clip, tone, rate_hz), 0);
	assert_int_equal(clip->rate_hz, rate_hz);
	return clip;
}

/* len times 10 ms from there on hold a sine of this frequency and amplitude. */
static void assert_sine(const struct mx_clip *clip, size_t from, size_t len,
			double hz, double amplitude)
{
	const size_t ms10 = clip->rate_hz / 100;
	const struct t_fit fit = t_fit(clip->pcm + from * ms10, len * ms10, hz,
				       clip->rate_hz);

	assert_true(fabs(t_db(fit.amplitude / amplitude)) < 0.1);
}

static void a_cadence_has_its_notes_and_pauses(void **state)
{
	static const uint32_t rates[] = { 8000, 16000, 24000, 44100, 48000 };
	static const struct mx_tone tone = {
		.dbfs = -12,
		.parts = { { 440, 0, 100, 50 }, { 0, 0, 0, 30 }, { 700, 1200, 200, 20 } },
	};

	(void)state;
	for (int r = 0; r < 5; r++) {
		const uint32_t rate = rates[r];
		struct mx_clip *clip = clip_of(&tone, rate);
		const size_t ms10 = rate / 100;
		const double peak = 32767 * pow(10, -12 / 20.0);

		assert_int_equal(clip->len, 40 * ms10);
		/* the edges of each are soft */
		assert_sine(clip, 1, 8, 440, peak);
		for (size_t i = 10 * ms10; i < 18 * ms10; i++)
			assert_int_equal(clip->pcm[i], 0);
		assert_sine(clip, 20, 15, 700, peak / 2);
		assert_sine(clip, 20, 15, 1200, peak / 2);
		for (size_t i = 38 * ms10; i < 40 * ms10; i++)
			assert_int_equal(clip->pcm[i], 0);
		for (size_t i = 0; i < clip->len; i++)
			assert_true(abs(clip->pcm[i]) <= (int)peak + 1);
		mx_tone_free(clip);
	}
}

/* A click is a jump that the tone itself does not make. */
static void edges_are_soft(void **state)
{
	static const struct mx_tone *const tones[] = {
		&mx_tone_join, &mx_tone_leave, &mx_tone_missing
	};

	(void)state;
	for (int t = 0; t < 3; t++) {
		struct mx_clip *clip = clip_of(tones[t], 48000);
		const double peak = 32767 * pow(10, tones[t]->dbfs / 20.0);
		const double steepest = peak * 2 * M_PI * 880 / 48000;
		int last = 0;

		assert_true(clip->len >= 480 * 20);
		for (size_t i = 0; i < clip->len; i++) {
			assert_true(abs(clip->pcm[i] - last) < steepest * 1.1 + 2);
			last = clip->pcm[i];
		}
		assert_int_equal(last, 0);
		/* 1 ms after the beginning it has hardly begun */
		assert_true(abs(clip->pcm[48]) < peak / 8);
		mx_tone_free(clip);
	}
}

/* Whichever allocation fails: -ENOMEM, nothing set, nothing left behind. */
static void a_failed_allocation_leaves_nothing(void **state)
{
	struct mx_clip *clip = NULL;
	int n = 0, err;

	(void)state;
	do {
		t_fail_at = ++n;
		err = mx_tone_new(&clip, &mx_tone_join, 8000);
		assert_int_equal(err, t_fail_at ? 0 : -ENOMEM);
		assert_true(!clip == (err < 0));
	} while (err < 0);
	assert_int_equal(n, 2);
	t_fail_at = 0;
	mx_tone_free(clip);
}

static void nonsense_is_refused(void **state)
{
	static const struct mx_tone bad[] = {
		{ .dbfs = -10, .parts = { { 0 } } },                    /* empty */
		{ .dbfs = 0, .parts = { { 440, 0, 100, 0 } } },         /* too loud */
		{ .dbfs = -61, .parts = { { 440, 0, 100, 0 } } },
		{ .dbfs = -10, .parts = { { 4000, 0, 100, 0 } } },      /* too high */
		{ .dbfs = -10, .parts = { { 440, 4000, 100, 0 } } },
		{ .dbfs = -10, .parts = { { 0, 440, 100, 0 } } },
		{ .dbfs = -10, .parts = { { 440, 0, 100, 0 }, { 440, 0, 10001, 0 } } },
	};
	struct mx_clip *clip = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(mx_tone_new(&clip, &bad[i], 8000), -EINVAL);
	assert_int_equal(mx_tone_new(&clip, &mx_tone_join, 11025), -EINVAL);
	assert_null(clip);
	mx_tone_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cadence_has_its_notes_and_pauses),
		cmocka_unit_test(edges_are_soft),
		cmocka_unit_test(a_failed_allocation_leaves_nothing),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
