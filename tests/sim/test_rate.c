/*
 * test_rate.c - the rate of a room follows its members, and nobody hears how.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "mixer/rate.h"
#include "sim.h"

enum { SOON = 2 * MX_RATE_SETTLE, WAITED = MX_RATE_WAIT + SOON };

static void leave(struct sim_party *p)
{
	mx_mix_del(mx_port_mix(p->port), p->port);
}

static void rates_are_those_that_are_of_use(void **state)
{
	struct mx_rate r;

	(void)state;
	assert_int_equal(mx_rate_for(8000), 0);
	assert_int_equal(mx_rate_for(12000), 0);
	assert_int_equal(mx_rate_for(16000), 1);
	assert_int_equal(mx_rate_for(24000), 2);
	assert_int_equal(mx_rate_for(44100), 3);
	assert_int_equal(mx_rate_for(48000), 3);
	assert_int_equal(mx_rate_init(&r, 8000, 11025), -EINVAL);
	assert_int_equal(mx_rate_init(&r, 16000, 8000), -EINVAL);
	assert_int_equal(mx_rate_init(&r, 8000, 8000), 0);
}

static void the_room_has_the_best_rate_that_two_can_use(void **state)
{
	struct sim s;
	struct mx_mix *room, *small;
	struct sim_party *n, *w1, *w2, *f1, *f2;

	(void)state;
	sim_open(&s);
	s.least_hz = 8000;
	room = sim_room(&s, 48000, NULL, 0);
	s.least_hz = 16000;
	small = sim_room(&s, 24000, NULL, 0);
	n = sim_party(&s, "PCMU", 8000, 2);
	w1 = sim_party(&s, "L16", 16000, 2);
	w2 = sim_party(&s, "L16", 16000, 2);
	f1 = sim_party(&s, "L16", 48000, 2);
	f2 = sim_party(&s, "L16", 44100, 2);
	assert_int_equal(mx_mix_hz(room), 8000);
	join(n, room);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(room), 8000);
	join(w1, room);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(room), 8000);
	join(f1, room);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(room), 16000);
	join(f2, room);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(room), 48000);
	/* a re-INVITE is as good as a leave */
	sim_change(f2, "L16", 16000, 2, true);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(room), 16000);
	leave(w1);
	leave(f1);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(room), 8000);
	leave(n);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(room), 16000);
	leave(f2);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(room), 16000);       /* as it was */

	/* within bounds */
	join(n, small);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(small), 16000);
	sim_change(f2, "L16", 44100, 2, true);
	join(f1, small);
	join(f2, small);
	join(w1, small);
	join(w2, small);
	sim_ticks(&s, SOON);
	assert_int_equal(mx_mix_hz(small), 24000);
	assert_int_equal(n->breaks + w1->breaks + f1->breaks, 0);
	sim_close(&s);
}

/* Ticks until the rate of the room is another one. */
static unsigned ticks_to_change(struct sim *s, const struct mx_mix *room)
{
	uint32_t hz = mx_mix_hz(room);
	unsigned n = 0;

	for (; mx_mix_hz(room) == hz && n < 2 * MX_RATE_WAIT; n++)
		sim_ticks(s, 1);
	return n;
}

static void it_changes_in_a_pause_or_after_three_seconds(void **state)
{
	struct sim_gated g = { 7, 8 * 16000, 16000 + 1600 };  /* 1.1 s of 8 */
	struct sim s;
	struct mx_mix *room;
	struct sim_party *talker, *w;
	unsigned n;

	(void)state;
	sim_open(&s);
	s.least_hz = 8000;
	room = sim_room(&s, 16000, NULL, 0);
	join(talker = sim_party(&s, "L16", 16000, 2), room);
	join(w = sim_party(&s, "L16", 16000, 2), room);
	join(sim_party(&s, "PCMU", 8000, 2), room);
	sim_ticks(&s, SOON);
	talker->voice = sim_gated;
	talker->arg = &g;
	sim_ticks(&s, 40);
	leave(w);
	n = ticks_to_change(&s, room);
	assert_in_range(n, 70 + MX_RATE_AHEAD, 70 + 60);   /* and hang-over */
	sim_ticks(&s, 200);

	talker->voice = sim_noise;
	sim_ticks(&s, 50);
	join(w, room);
	n = ticks_to_change(&s, room);
	assert_in_range(n, MX_RATE_WAIT, MX_RATE_WAIT + 10);
	assert_int_equal(mx_mix_hz(room), 16000);
	sim_close(&s);
}

static void the_sum_is_exact_again_after_a_change(void **state)
{
	static const unsigned ab[] = { 0, 1 };
	struct sim s;
	struct mx_mix *room;
	struct sim_party *l, *w[2];

	(void)state;
	sim_open(&s);
	s.least_hz = 8000;
	room = sim_room(&s, 48000, NULL, 0);
	for (unsigned i = 0; i < 2; i++)
		join(w[i] = sim_party(&s, "L16", 48000, 2), room);
	join(noisy(&s, 0), room);
	join(noisy(&s, 1), room);
	join(l = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, WAITED);
	assert_int_equal(mx_mix_hz(room), 48000);
	leave(w[0]);
	sim_ticks(&s, WAITED);
	assert_int_equal(mx_mix_hz(room), 8000);
	l->heard -= l->heard % TICK;
	{
		size_t from = l->heard;

		sim_ticks(&s, 200);
		delay_of(l, ab, 2, from);
	}
	assert_int_equal(l->breaks, 0);
	sim_close(&s);
}

/* ---- clicks ------------------------------------------------------------ */

/* The most that a window of 6 ms has of any frequency far from the tone's. A
 * step of a twentieth of the tone's amplitude would pass -60 dB. */
static double worst_click(const struct sim_party *p, size_t from)
{
	const double hz = p->codec->rate_hz;
	size_t n = p->codec->rate_hz * 6 / 1000;
	double worst = -200;

	for (size_t t = from; t + n <= p->heard; t += n / 4)
		for (double f = 2600; f < hz / 2 - 300; f += hz < 20000 ? 400 : 900) {
			double db = sim_goertzel(p->pcm + t, n, f, hz);

			if (db > worst)
				worst = db;
		}
	return worst;
}

/* A tone is heard by a listener on the same worker, or another, of this rate;
 * the room's rate goes down and up again. Milliseconds that the tone was low. */
static unsigned tone_across_changes(bool apart, uint32_t hz)
{
	struct sim_tone tone = { 1000, 16000, 8000 };
	struct mx_xchg *x = NULL;
	struct mx_mix *room[2];
	struct sim_party *l, *wide, *talker;
	struct sim s;
	size_t from, ms;
	unsigned low = 0;

	sim_open(&s);
	if (apart) {
		assert_int_equal(mx_xchg_new(&x, 480), 0);
		assert_int_equal(mx_xchg_add(x, 0), 0);
		assert_int_equal(mx_xchg_add(x, 1), 0);
	}
	s.least_hz = 8000;
	room[0] = room[1] = sim_room(&s, 48000, x, 0);
	if (apart)
		room[1] = sim_room(&s, 48000, x, 1);
	join(talker = sim_party(&s, "L16", 16000, 2), room[0]);
	talker->voice = sim_sine;
	talker->arg = &tone;
	join(sim_party(&s, "L16", 48000, 2), room[0]);
	join(wide = sim_party(&s, "L16", 48000, 2), room[0]);
	join(l = sim_party(&s, "L16", hz, 2), room[1]);
	sim_ticks(&s, WAITED);
	from = l->heard;
	for (unsigned i = 0; i < 2; i++) {
		if (i == 0)
			leave(wide);
		else
			join(wide, room[0]);
		if (i == 0 && hz == 48000)      /* he would be the second one */
			leave(&s.party[1]);
		else if (hz == 48000)
			join(&s.party[1], room[0]);
		for (unsigned k = 0; k < WAITED; k++) {
			sim_ticks(&s, 1);
			assert_int_equal(mx_mix_hz(room[0]), mx_mix_hz(room[1]));
		}
		assert_int_equal(mx_mix_hz(room[0]), i ? 48000 : 16000);
	}
	assert_true(worst_click(l, from) < -60);
	ms = hz / 1000;
	for (size_t t = from; t + 2 * ms <= l->heard; t += ms)
		low += sim_goertzel(l->pcm + t, 2 * ms, 1000, hz) < -15;
	assert_int_equal(l->breaks, 0);
	sim_close(&s);
	mx_xchg_free(x);
	return low;
}

static void a_tone_dips_at_a_change_and_does_not_click(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		unsigned ms = tone_across_changes(i & 1, i & 2 ? 48000 : 16000);

		print_message("low for %u ms of two changes\n", ms);
		assert_in_range(ms, 40, 80);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_those_that_are_of_use),
		cmocka_unit_test(the_room_has_the_best_rate_that_two_can_use),
		cmocka_unit_test(it_changes_in_a_pause_or_after_three_seconds),
		cmocka_unit_test(the_sum_is_exact_again_after_a_change),
		cmocka_unit_test(a_tone_dips_at_a_change_and_does_not_click),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
