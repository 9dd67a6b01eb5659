/* test_play.c - the player: every sample of every clip, once, without clicks. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/play.h"
#include "t_rand.h"
#include "t_wave.h"

enum { CLIP = 1000, FRAMES_MAX = 400 };

static struct mx_resamp_bank *bank;
static int16_t noise[3][CLIP], tone[3][48000];
static int16_t out[FRAMES_MAX * MX_RESAMP_FRAME_MAX];

/* Clips of noise that do not end with a frame; seconds of a 500 Hz sine. */
static const struct mx_clip a = { 8000, 333, noise[0] };
static const struct mx_clip b = { 8000, 777, noise[1] };
static const struct mx_clip c = { 8000, 80, noise[2] };
static const struct mx_clip empty = { 8000, 0, noise[2] };
static const struct mx_clip sine8 = { 8000, 8000, tone[0] };
static const struct mx_clip sine16 = { 16000, 16000, tone[1] };
static const struct mx_clip sine48 = { 48000, 48000, tone[2] };

static int set_up(void **state)
{
	static const double rate[] = { 8000, 16000, 48000 };
	uint32_t seed = 43;

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (size_t k = 0; k < CLIP; k++)
			noise[i][k] = (int16_t)((int32_t)t_rand(&seed) >> 16);
		for (size_t k = 0; k < (size_t)rate[i]; k++)
			tone[i][k] = (int16_t)lrint(t_sine(20000, 500, rate[i], k));
	}
	return mx_resamp_bank_new(&bank, mx_dsp_best());
}

static int tear_down(void **state)
{
	(void)state;
	mx_resamp_bank_free(bank);
	return 0;
}

static struct mx_play player(uint32_t rate_hz)
{
	struct mx_play p;

	assert_int_equal(mx_play_init(&p, bank, rate_hz), 0);
	return p;
}

static void start(struct mx_play *p, const struct mx_play_list *list)
{
	assert_int_equal(mx_play_start(p, list), 0);
	assert_true(mx_play_active(p));
}

/* Plays to the end into out[]; frames played. */
static size_t play_out(struct mx_play *p)
{
	const size_t len = p->rate_hz / 100;
	enum mx_play_state state;
	size_t f = 0;

	do {
		assert_true(f < FRAMES_MAX);
		state = mx_play_frame(p, out + f++ * len);
		assert_int_not_equal(state, MX_PLAY_IDLE);
	} while (state != MX_PLAY_ENDED);
	assert_false(mx_play_active(p));
	return f;
}

static void assert_zeros(const int16_t *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(x[i], 0);
}

static void clips_follow_each_other_to_the_sample(void **state)
{
	struct mx_play p = player(8000);
	const struct mx_play_list list = { .clips = { &a, &b, &c }, .n = 3 };

	(void)state;
	start(&p, &list);
	assert_int_equal(play_out(&p), (333 + 777 + 80 + 79) / 80);
	assert_memory_equal(out, noise[0], 333 * sizeof(*out));
	assert_memory_equal(out + 333, noise[1], 777 * sizeof(*out));
	assert_memory_equal(out + 333 + 777, noise[2], 80 * sizeof(*out));
	assert_zeros(out + 1190, 10);
}

static void the_end_is_said_once_with_the_last_sample(void **state)
{
	struct mx_play p = player(8000);
	const struct mx_play_list list = { .clips = { &c }, .n = 1 };

	(void)state;
	assert_int_equal(mx_play_frame(&p, out), MX_PLAY_IDLE);
	start(&p, &list);
	assert_int_equal(mx_play_frame(&p, out), MX_PLAY_ENDED);
	assert_memory_equal(out, noise[2], 80 * sizeof(*out));
	assert_false(mx_play_active(&p));
	assert_int_equal(mx_play_frame(&p, out), MX_PLAY_IDLE);
	assert_zeros(out, 80);
}

static void sixteen_clips_and_empty_ones_among_them(void **state)
{
	struct mx_play p = player(8000);
	struct mx_play_list list = { .n = MX_PLAY_CLIPS_MAX };

	(void)state;
	for (int i = 0; i < MX_PLAY_CLIPS_MAX; i++)
		list.clips[i] = i % 2 ? &c : &empty;
	start(&p, &list);
	assert_int_equal(play_out(&p), 8);
	for (int i = 0; i < 8; i++)
		assert_memory_equal(out + i * 80, noise[2], 80 * sizeof(*out));
}

static void nothing_to_play_ends_at_once_even_in_a_loop(void **state)
{
	struct mx_play p = player(16000);
	const struct mx_play_list list = { .clips = { &empty, &empty }, .n = 2,
					   .loop = true };

	(void)state;
	start(&p, &list);
	assert_true(play_out(&p) <= 2);
}

static void a_loop_goes_round_without_a_seam(void **state)
{
	struct mx_play p = player(8000);
	const struct mx_play_list list = { .clips = { &a, &b }, .n = 2,
					   .loop = true };

	(void)state;
	start(&p, &list);
	for (int f = 0; f < 50; f++)
		assert_int_equal(mx_play_frame(&p, out + f * 80), MX_PLAY_GOING);
	for (size_t i = 0; i < 50 * 80; i++) {
		const size_t k = i % (333 + 777);

		assert_int_equal(out[i], k < 333 ? noise[0][k] : noise[1][k - 333]);
	}
}

static void a_loop_with_a_gap_waits_a_second(void **state)
{
	struct mx_play p = player(8000);
	const struct mx_play_list list = { .clips = { &a }, .n = 1, .loop = true,
					   .gap = true };

	(void)state;
	start(&p, &list);
	for (int f = 0; f < 240; f++)
		assert_int_equal(mx_play_frame(&p, out + f * 80), MX_PLAY_GOING);
	for (int round = 0; round < 2; round++) {
		const int16_t *from = out + round * (333 + 8000);

		assert_memory_equal(from, noise[0], 333 * sizeof(*out));
		assert_zeros(from + 333, 8000);
	}
	assert_memory_equal(out + 2 * (333 + 8000), noise[0], 333 * sizeof(*out));
}

/* The same sine from clips of three rates in a row: each is heard whole, at
 * its pitch and level, and each join costs no more than a frame and the
 * resampler's delay. */
static void clips_of_any_rate_are_heard_whole(void **state)
{
	static const uint32_t rates[] = { 8000, 16000, 24000, 48000 };
	const struct mx_play_list list = { .clips = { &sine8, &sine48, &sine16 },
					   .n = 3 };

	(void)state;
	for (int r = 0; r < 4; r++) {
		struct mx_play p = player(rates[r]);
		const size_t frame = rates[r] / 100;
		double energy = 0;
		size_t n;

		start(&p, &list);
		n = play_out(&p);
		assert_in_range(n, 300, 306);
		for (size_t second = 0; second < 3; second++)
			assert_true(fabs(t_db(t_fit(out + (second * 100 + 20) * frame, 60 * frame,
						    500, rates[r]).amplitude / 20000)) < 0.02);
		for (size_t i = 0; i < n * frame; i++)
			energy += (double)out[i] * out[i];
		/* three seconds of sine, to a millisecond */
		assert_true(fabs(energy / (20000.0 * 20000 / 2 * rates[r]) - 3) < 0.001);
	}
}

/* No jump is greater than the sines' own steepest and the fade's share. */
static void assert_smooth(const int16_t *x, size_t n, double rate, int sines)
{
	const double steepest = 20000 * 2 * M_PI * 500 / rate;
	const double fade = 20000 / (rate / 200);

	for (size_t i = 1; i < n; i++)
		if (abs(x[i] - x[i - 1]) > sines * steepest + fade + 2)
			fail_msg("sample %zu jumps from %d to %d", i, x[i - 1], x[i]);
}

static void a_stop_fades_within_5_ms(void **state)
{
	static const uint32_t rates[] = { 8000, 16000, 48000 };
	const struct mx_play_list list = { .clips = { &sine16 }, .n = 1,
					   .loop = true };

	(void)state;
	for (int r = 0; r < 3; r++) {
		struct mx_play p = player(rates[r]);
		const size_t frame = rates[r] / 100;

		start(&p, &list);
		for (size_t f = 0; f < 7; f++)
			assert_int_equal(mx_play_frame(&p, out + f * frame), MX_PLAY_GOING);
		mx_play_stop(&p);
		assert_true(mx_play_active(&p));
		assert_int_equal(mx_play_frame(&p, out + 7 * frame), MX_PLAY_IDLE);
		assert_false(mx_play_active(&p));
		assert_int_equal(mx_play_frame(&p, out + 8 * frame), MX_PLAY_IDLE);
		/* but for the beginning, which is the clip's own */
		assert_smooth(out + 2 * frame, 7 * frame, rates[r], 1);
		/* it has not been cut, and it is over in time */
		assert_true(mx_dsp_c.energy(out + 7 * frame, frame / 4) > 0);
		assert_zeros(out + 7 * frame + frame / 2, frame + frame / 2);
	}
}

static void a_new_start_takes_over_at_once_while_the_old_fades(void **state)
{
	struct mx_play p = player(16000);
	const struct mx_play_list old = { .clips = { &sine16 }, .n = 1, .loop = true };
	const struct mx_play_list new = { .clips = { &sine48 }, .n = 1 };
	int16_t alone[160], both[160];

	(void)state;
	start(&p, &new);
	mx_play_frame(&p, alone);
	mx_play_stop(&p);
	mx_play_frame(&p, out);

	start(&p, &old);
	for (int f = 0; f < 3; f++)
		mx_play_frame(&p, out + f * 160);
	start(&p, &new);
	assert_int_equal(mx_play_frame(&p, both), MX_PLAY_GOING);
	/* past the fade the new one is as if nothing had been */
	assert_memory_equal(both + 80, alone + 80, 80 * sizeof(*both));
	/* and in it the old one goes on from where it was */
	memcpy(out + 3 * 160, both, sizeof(both));
	assert_smooth(out, 4 * 160, 16000, 2);
}

static void stopping_twice_or_when_idle_is_harmless(void **state)
{
	struct mx_play p = player(8000);
	const struct mx_play_list list = { .clips = { &sine8 }, .n = 1 };

	(void)state;
	mx_play_stop(&p);
	assert_false(mx_play_active(&p));
	start(&p, &list);
	mx_play_frame(&p, out);
	mx_play_stop(&p);
	mx_play_stop(&p);
	assert_int_equal(mx_play_frame(&p, out + 80), MX_PLAY_IDLE);
	assert_smooth(out, 160, 8000, 1);
	assert_int_equal(mx_play_frame(&p, out), MX_PLAY_IDLE);
	assert_zeros(out, 80);
}

static void two_cuts_in_one_tick_fade_together(void **state)
{
	static int16_t level[CLIP];
	const struct mx_clip high = { 8000, CLIP, level };
	struct mx_play p = player(8000);
	const struct mx_play_list list = { .clips = { &high }, .n = 1 };

	(void)state;
	for (int i = 0; i < CLIP; i++)
		level[i] = 10000;
	start(&p, &list);
	mx_play_frame(&p, out);
	start(&p, &list);       /* cuts what sounds */
	mx_play_stop(&p);       /* cuts what did not come to it */
	assert_int_equal(mx_play_frame(&p, out), MX_PLAY_IDLE);
	assert_int_equal(out[0], 20000);
	assert_int_equal(out[20], 10000);
	assert_int_equal(out[39], 500);
	assert_zeros(out + 40, 40);
}

/* A room of another rate: the sine goes on, at its pitch, level and place. */
static void a_retune_goes_on_from_where_it_was(void **state)
{
	static const uint32_t to[] = { 8000, 16000, 24000, 48000 };
	const struct mx_play_list list = { .clips = { &sine16 }, .n = 1 };

	(void)state;
	for (int r = 0; r < 4; r++) {
		struct mx_play p = player(8000);
		size_t frames;

		start(&p, &list);
		for (int f = 0; f < 50; f++)
			mx_play_frame(&p, out);
		assert_int_equal(mx_play_retune(&p, to[r]), 0);
		frames = play_out(&p);
		assert_in_range(frames, 50, 51);
		assert_true(fabs(t_db(t_fit(out + to[r] / 10, to[r] / 5, 500,
					    to[r]).amplitude / 20000)) < 0.02);
		assert_int_equal(mx_play_retune(&p, 11025), -EINVAL);
	}
}

/* To the rate it has: nothing changes, not even the filter's past. */
static void a_retune_to_the_same_rate_is_not_heard(void **state)
{
	struct mx_play p = player(8000), same;
	const struct mx_play_list list = { .clips = { &sine16 }, .n = 1 };
	int16_t a_frame[80], b_frame[80];

	(void)state;
	start(&p, &list);
	mx_play_frame(&p, out);
	start(&p, &list);
	same = p;
	assert_int_equal(mx_play_retune(&same, 8000), 0);
	for (int f = 0; f < 3; f++) {
		mx_play_frame(&p, a_frame);
		mx_play_frame(&same, b_frame);
		assert_memory_equal(a_frame, b_frame, sizeof(a_frame));
	}
}

static void bad_lists_are_refused_and_what_plays_goes_on(void **state)
{
	static const struct mx_clip odd = { 11025, 80, noise[0] };
	struct mx_play p = player(8000);
	const struct mx_play_list good = { .clips = { &a }, .n = 1 };
	const struct mx_play_list none = { .n = 0 };
	const struct mx_play_list many = { .clips = { &a }, .n = MX_PLAY_CLIPS_MAX + 1 };
	const struct mx_play_list rate = { .clips = { &a, &odd }, .n = 2 };

	(void)state;
	start(&p, &good);
	assert_int_equal(mx_play_start(&p, &none), -EINVAL);
	assert_int_equal(mx_play_start(&p, &many), -EINVAL);
	assert_int_equal(mx_play_start(&p, &rate), -EINVAL);
	assert_int_equal(play_out(&p), (333 + 79) / 80);
	assert_memory_equal(out, noise[0], 333 * sizeof(*out));
	assert_int_equal(mx_play_init(&p, bank, 12345), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clips_follow_each_other_to_the_sample),
		cmocka_unit_test(the_end_is_said_once_with_the_last_sample),
		cmocka_unit_test(sixteen_clips_and_empty_ones_among_them),
		cmocka_unit_test(nothing_to_play_ends_at_once_even_in_a_loop),
		cmocka_unit_test(a_loop_goes_round_without_a_seam),
		cmocka_unit_test(a_loop_with_a_gap_waits_a_second),
		cmocka_unit_test(clips_of_any_rate_are_heard_whole),
		cmocka_unit_test(a_stop_fades_within_5_ms),
		cmocka_unit_test(a_new_start_takes_over_at_once_while_the_old_fades),
		cmocka_unit_test(stopping_twice_or_when_idle_is_harmless),
		cmocka_unit_test(two_cuts_in_one_tick_fade_together),
		cmocka_unit_test(a_retune_goes_on_from_where_it_was),
		cmocka_unit_test(a_retune_to_the_same_rate_is_not_heard),
		cmocka_unit_test(bad_lists_are_refused_and_what_plays_goes_on),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
