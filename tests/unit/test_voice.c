/* test_voice.c - levelling: talkers alike, noise and pauses left alone. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "mixer/agc.h"
#include "mixer/dsp/dsp.h"
#include "mixer/limit.h"
#include "mixer/vad.h"
#include "mixer/voice.h"
#include "t_speech.h"

enum { RATE = 16000, FRAME = RATE / 100, SECONDS_MAX = 20 };

static int16_t in[RATE * SECONDS_MAX], out[RATE * SECONDS_MAX];
static struct mx_voice *voice;

static int setup(void **state)
{
	(void)state;
	memset(in, 0, sizeof(in));
	assert_int_equal(mx_voice_new(&voice, mx_dsp_best(),
				      &(struct mx_voice_opts){ .agc = true }), 0);
	mx_voice_tune(voice, RATE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mx_voice_free(voice);
	return 0;
}

static size_t at(double s)
{
	return (size_t)(s * RATE);
}

/* A voice between two times, as loud as that when it is active. */
static void speak(double from, double to, double dbov)
{
	const size_t n = at(to) - at(from);

	t_voice(in + at(from), n, RATE, 0);
	t_raise(in + at(from), n,
		dbov - t_active_dbov(in + at(from), n, FRAME));
}

static void run(double from, double to)
{
	for (size_t i = at(from); i < at(to); i += FRAME) {
		memcpy(out + i, in + i, FRAME * sizeof(*out));
		assert_true(mx_voice_run(voice, out + i, FRAME, true));
	}
}

static struct mx_voice_stats stats(void)
{
	struct mx_voice_stats st;

	mx_voice_stats(voice, &st);
	return st;
}

static void without_stages_there_is_no_voice(void **state)
{
	struct mx_voice *v = voice;

	(void)state;
	assert_int_equal(mx_voice_new(&v, mx_dsp_best(),
				      &(struct mx_voice_opts){ 0 }), 0);
	assert_null(v);
}

/* Lines with noise of -75 dBov, all clipping that there is was there before. */
static void talkers_come_out_alike(void **state)
{
	double least = 0, most = -127;

	(void)state;
	for (int db = -45; db <= -10; db += 5) {
		uint32_t seed = 1;
		double level;

		teardown(NULL);
		setup(NULL);
		speak(1, 8, db);
		t_noise(in, at(8), -75, &seed);
		run(0, 8);
		level = t_active_dbov(out + at(4), at(4), FRAME);
		if (db >= -40) {        /* after three seconds of speech */
			least = fmin(least, level);
			most = fmax(most, level);
		}
		level = t_active_dbov(out + at(6), at(2), FRAME);
		if (fabs(level - MX_AGC_TARGET_DBOV) > 2.5)
			fail_msg("%d dBov comes out as %.1f", db, level);
	}
	if (most - least > 6)
		fail_msg("from %.1f to %.1f dBov", least, most);
}

static void pauses_change_nothing(void **state)
{
	uint32_t seed = 2;
	struct mx_voice_stats st;

	(void)state;
	speak(1, 4, -38);
	speak(14, 15, -38);
	t_noise(in, at(15), -66, &seed);
	run(0, 4);
	st = stats();
	assert_true(st.gain_db > 10);
	run(4, 14);
	assert_int_equal(stats().gain_db, st.gain_db);
	assert_true(t_dbov(out + at(5), at(9)) < t_dbov(in + at(5), at(9)) + 3);
	/* and the first syllable after it is as loud as the last before */
	run(14, 15);
	assert_true(fabs(t_active_dbov(out + at(14.02), at(0.2), FRAME) -
			 t_active_dbov(in + at(14.02), at(0.2), FRAME) -
			 st.gain_db) < 1.5);
}

/* No word begins softer than it came. */
static void onsets_are_never_softened(void **state)
{
	uint32_t seed = 3;

	(void)state;
	speak(1, 5, -40);
	for (int i = 6; i < 19; i++)
		speak(i, i + 0.3, -40);
	t_noise(in, at(19), -70, &seed);
	run(0, 19);
	for (int i = 6; i < 19; i++)
		for (size_t f = at(i); f < at(i + 0.3); f += FRAME)
			assert_true(t_dbov(out + f + RATE / MX_LIMIT_BLOCKS_S, FRAME) >
				    t_dbov(in + f, FRAME) - 0.5);
}

static void noise_alone_is_not_raised(void **state)
{
	static const double levels[] = { -70, -55, -40, -25 };

	(void)state;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		uint32_t seed = 4;

		teardown(NULL);
		setup(NULL);
		t_noise(in, at(20), levels[i], &seed);
		run(0, 20);
		assert_in_range(stats().gain_db + 1, 0, 2);
		assert_true(fabs(t_dbov(out, at(20)) - levels[i]) < 1);
	}
}

/* After silence it is not noise at first, and yet not a voice. */
static void a_tone_is_not_raised(void **state)
{
	uint32_t seed = 12;

	(void)state;
	for (size_t i = at(2); i < at(10); i++)
		in[i] = (int16_t)lrint(1000 * sin(2 * M_PI * 1000 / RATE * (double)i));
	t_noise(in, at(10), -75, &seed);
	run(0, 10);
	assert_int_equal(stats().gain_db, 0);
	assert_true(fabs(t_dbov(out + at(5), at(5)) - t_dbov(in + at(5), at(5))) <
		    0.1);
}

/* However soft he speaks: -50 dBov of noise is the limit. */
static void noisy_line_is_raised_less(void **state)
{
	uint32_t seed = 5;

	(void)state;
	speak(1, 10, -40);
	t_noise(in, at(10), -58, &seed);
	run(0, 10);
	assert_in_range(stats().gain_db, 6, 10);
	teardown(NULL);
	setup(NULL);
	speak(1, 10, -33);
	t_noise(in, at(10), -48, &seed);
	run(0, 10);
	assert_in_range(stats().gain_db, 0, 1);
}

/* Raised by 20 dB, somebody shouts. */
static void a_shout_does_not_clip(void **state)
{
	uint32_t seed = 6;
	unsigned running = 0;

	(void)state;
	speak(1, 5, -43);
	speak(5, 9, -12);
	t_noise(in, at(9), -75, &seed);
	run(0, 9);
	for (size_t i = 0; i < at(9); i++) {
		assert_in_range(abs(out[i]), 0, MX_LIMIT_CEILING);
		running = abs(out[i]) == MX_LIMIT_CEILING ? running + 1 : 0;
		assert_true(running < 2);
	}
	assert_true(fabs(t_active_dbov(out + at(8), at(1), FRAME) -
			 MX_AGC_TARGET_DBOV) < 3);
}

/* What is in a stage comes out of it; then there is nothing. */
static void it_rings_for_one_frame(void **state)
{
	int16_t pcm[FRAME];

	(void)state;
	for (int i = 0; i < FRAME; i++)
		pcm[i] = (int16_t)(100 + i);
	assert_false(mx_voice_run(voice, pcm, FRAME, false));
	assert_true(mx_voice_run(voice, pcm, FRAME, true));
	assert_int_equal(pcm[RATE / MX_LIMIT_BLOCKS_S], 100);
	assert_true(mx_voice_run(voice, pcm, FRAME, false));
	assert_int_equal(pcm[0], 100 + FRAME - RATE / MX_LIMIT_BLOCKS_S);
	assert_int_equal(pcm[RATE / MX_LIMIT_BLOCKS_S], 0);
	assert_false(mx_voice_run(voice, pcm, FRAME, false));
}

static void what_was_learnt_goes_over(void **state)
{
	uint32_t seed = 7;
	struct mx_voice *next;
	struct mx_voice_stats st, now;

	(void)state;
	speak(1, 5, -40);
	t_noise(in, at(5), -75, &seed);
	run(0, 5);
	st = stats();
	assert_int_equal(mx_voice_new(&next, mx_dsp_best(),
				      &(struct mx_voice_opts){ .agc = true }), 0);
	mx_voice_follow(next, voice);
	mx_voice_tune(next, 8000);
	mx_voice_free(voice);
	voice = next;
	now = stats();
	assert_memory_equal(&st, &now, sizeof(st));
	assert_true(st.speech_dbov < -37 && st.speech_dbov > -43);
	assert_true(st.floor_dbov < -70 && st.floor_dbov > -80);
}

static void every_rate_has_a_levelling(void **state)
{
	static const uint32_t hz[] = { 8000, 16000, 24000, 44100, 48000 };
	static int16_t x[48000 * 4];

	(void)state;
	for (size_t r = 0; r < sizeof(hz) / sizeof(hz[0]); r++) {
		const size_t n = hz[r] / 100;
		double before;

		mx_voice_free(voice);
		assert_int_equal(mx_voice_new(&voice, mx_dsp_best(),
			&(struct mx_voice_opts){ .agc = true }), 0);
		mx_voice_tune(voice, hz[r]);
		t_voice(x, 400 * n, hz[r], 0);
		before = t_active_dbov(x + 350 * n, 50 * n, n);
		t_raise(x, 400 * n, -40 - before);
		for (size_t i = 0; i < 400 * n; i += n)
			mx_voice_run(voice, x + i, n, true);
		assert_true(fabs(t_active_dbov(x + 350 * n, 50 * n, n) -
				 MX_AGC_TARGET_DBOV) < 3);
	}
}

/* ---- noise suppression ------------------------------------------------- */

static void suppress(enum mx_ns_when when, uint32_t hz)
{
	mx_voice_free(voice);
	assert_int_equal(mx_voice_new(&voice, mx_dsp_best(),
		&(struct mx_voice_opts){ .ns = when }), 0);
	mx_voice_tune(voice, hz);
}

static void noise_goes_and_speech_stays(void **state)
{
	uint32_t seed = 8;
	double before, after;

	(void)state;
	suppress(MX_NS_ON, RATE);
	for (int s = 1; s < 19; s += 3)
		speak(s, s + 2, -26);
	t_noise(in, at(20), -45, &seed);
	run(0, 20);
	assert_true(stats().ns);
	for (double s = 6.5; s < 18; s += 3) {
		before = t_dbov(in + at(s), at(0.4));
		after = t_dbov(out + at(s), at(0.4));
		assert_true(after < before - 8 && after > before - 14);
		before = t_active_dbov(in + at(s + 0.5), at(2), FRAME);
		after = t_active_dbov(out + at(s + 0.5), at(2), FRAME);
		assert_true(fabs(after - before) < 2);
	}
}

static void by_itself_only_a_noisy_line_is_suppressed(void **state)
{
	static const struct {
		double noise, speech;
		bool suppressed;
	} lines[] = {
		{ -75, -26, false }, { -60, -26, false }, { -58, -40, false },
		{ -50, -20, false },    /* it does not reach his speech */
		{ -48, -28, true }, { -40, -20, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		uint32_t seed = 9;

		memset(in, 0, sizeof(in));
		suppress(MX_NS_AUTO, RATE);
		for (int s = 1; s < 19; s += 3)
			speak(s, s + 2, lines[i].speech);
		t_noise(in, at(20), lines[i].noise, &seed);
		run(0, 5);
		assert_memory_equal(in, out, at(5) * sizeof(in[0]));
		run(5, 20);
		if (stats().ns != lines[i].suppressed)
			fail_msg("line %zu", i);
		if (!lines[i].suppressed)
			assert_memory_equal(in, out, at(20) * sizeof(in[0]));
	}
}

/* The line becomes a good one: after some seconds it is as it comes again. */
static void it_ends_with_the_noise(void **state)
{
	uint32_t seed = 10;

	(void)state;
	suppress(MX_NS_AUTO, RATE);
	for (int s = 1; s < 20; s += 2)
		speak(s, s + 1, -28);
	t_noise(in, at(9), -45, &seed);
	t_noise(in + at(9), at(11), -70, &seed);
	run(0, 9);
	assert_true(stats().ns);
	run(9, 20);
	assert_false(stats().ns);
	assert_memory_equal(in + at(19.5), out + at(19.5),
			    at(0.5) * sizeof(in[0]));
}

static void every_rate_has_a_suppression(void **state)
{
	static const uint32_t hz[] = { 8000, 16000, 24000, 44100, 48000 };
	static int16_t x[48000 * 6];

	(void)state;
	for (size_t r = 0; r < sizeof(hz) / sizeof(hz[0]); r++) {
		const size_t n = hz[r] / 100;
		uint32_t seed = 11;

		suppress(MX_NS_ON, hz[r]);
		memset(x, 0, sizeof(x));
		t_noise(x, 600 * n, -40, &seed);
		for (size_t i = 0; i < 600 * n; i += n)
			mx_voice_run(voice, x + i, n, true);
		assert_true(t_dbov(x + 500 * n, 100 * n) < -48);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(without_stages_there_is_no_voice),
		T(talkers_come_out_alike),
		T(pauses_change_nothing),
		T(onsets_are_never_softened),
		T(noise_alone_is_not_raised),
		T(a_tone_is_not_raised),
		T(noisy_line_is_raised_less),
		T(a_shout_does_not_clip),
		T(it_rings_for_one_frame),
		T(what_was_learnt_goes_over),
		T(every_rate_has_a_levelling),
		T(noise_goes_and_speech_stays),
		T(by_itself_only_a_noisy_line_is_suppressed),
		T(it_ends_with_the_noise),
		T(every_rate_has_a_suppression),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
