/*
 * test_talk.c - who speaks in a room, and of too many voices the loudest.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* ---- begins and ends --------------------------------------------------- */

static void begins_and_ends_of_speech_are_told_with_its_length(void **state)
{
	struct sim_gated g = { 3, 2 * HZ, HZ };         /* a second in two */
	struct sim s;
	struct sim_party *p;
	struct mx_port_stats st;

	(void)state;
	sim_open(&s);
	join(p = sim_party(&s, "PCMU", HZ, 2), sim_room(&s, HZ, NULL, 0));
	p->voice = sim_gated;
	p->arg = &g;
	for (unsigned i = 0; i < 10; i++) {
		sim_ticks(&s, 180);
		assert_int_equal(p->begun, i + 1);
		assert_int_equal(p->ended, i + 1);
		assert_in_range(p->talk_ms, 960, 1040);
		sim_ticks(&s, 20);
	}
	mx_port_stats(p->port, &st);
	assert_in_range(st.talk_ms, 9600, 10400);
	sim_close(&s);
}

static void expect(struct sim_party *p, unsigned begun, unsigned ended,
		   unsigned ms)
{
	assert_int_equal(p->begun, begun);
	assert_int_equal(p->ended, ended);
	if (begun == ended)
		assert_in_range(p->talk_ms, ms - 40, ms + 40);
}

static void whoever_stops_speaking_for_whatever_reason_is_told_once(void **state)
{
	struct sim s;
	struct sim_party *p;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	p = noisy(&s, 0);
	sim_ticks(&s, 100);
	expect(p, 0, 0, 40);            /* in no room */
	join(p, room);
	sim_ticks(&s, 50);
	expect(p, 1, 0, 0);
	mx_mix_voice(room, p->port, false, true);       /* mute, or hold */
	sim_ticks(&s, 20);
	expect(p, 1, 1, 500);
	mx_mix_voice(room, p->port, true, true);
	sim_ticks(&s, 30);
	expect(p, 2, 1, 0);
	mx_mix_del(room, p->port);
	mx_mix_add(room, p->port, true, true);
	sim_ticks(&s, 20);
	expect(p, 3, 2, 0);
	p->voice = NULL;                /* his packets fail to come */
	sim_ticks(&s, 100);
	expect(p, 3, 3, 280);           /* and are made up for a while */
	p->voice = sim_noise;
	sim_ticks(&s, 30);
	expect(p, 4, 3, 0);
	mx_mix_del(room, p->port);
	sim_ticks(&s, 200);
	expect(p, 4, 4, 280);
	sim_close(&s);
}

static void an_end_finds_room_among_any_other_news(void **state)
{
	static int16_t pcm[CLIP];
	const struct mx_clip clip = { HZ, CLIP, pcm };
	const struct mx_play_list list = { .clips = { &clip }, .n = 1 };
	struct sim s;
	struct sim_party *p;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned early = 0; early < 2; early++) {
		struct mx_port_stats st;

		join(p = noisy(&s, early), room);
		s.news_wait = true;
		sim_ticks(&s, early ? 50 : 0);
		for (unsigned i = 0; i <= 2 * MX_PORT_NEWS_MAX; i++)
			mx_port_play(p->port, &list, i);
		mx_port_stop(p->port);
		sim_ticks(&s, 50);
		mx_mix_del(room, p->port);
		mx_port_stats(p->port, &st);
		assert_true(st.news_lost > MX_PORT_NEWS_MAX);
		s.news_wait = false;
		sim_ticks(&s, 1);
		/* a begin that did not fit has no end */
		assert_int_equal(p->begun, early);
		assert_int_equal(p->ended, early);
	}
	sim_close(&s);
}

/* ---- the loudest ------------------------------------------------------- */

static int sum_of(struct sim_scaled *v, unsigned n, size_t t)
{
	int sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += sim_scaled(&v[i], t);
	return sum;
}

static size_t delay_of_sum(const struct sim_party *p, struct sim_scaled *v,
			   unsigned n, size_t from)
{
	for (size_t d = 0; d < DELAY_MAX; d++) {
		size_t t = from;

		while (t < p->heard && p->pcm[t] == sum_of(v, n, t - d))
			t++;
		if (t == p->heard)
			return d;
	}
	fail_msg("that is not their sum");
	return 0;
}

static void only_so_many_are_mixed_and_they_are_the_loudest(void **state)
{
	/* Voice i is mixed if it is 7 or 8 strong; all speak. */
	struct sim_scaled v[6] = { { 5, 8 }, { 6, 1 }, { 7, 2 }, { 8, 7 },
				   { 9, 1 }, { 10, 2 } };
	struct sim_scaled loud[2] = { { 5, 8 }, { 8, 7 } };
	struct sim s;
	struct sim_party *p[6], *listener;
	struct mx_mix *room;
	size_t d;

	(void)state;
	sim_open(&s);
	s.talkers = 2;
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned i = 0; i < 6; i++) {
		join(p[i] = sim_party(&s, "L16", HZ, 2), room);
		p[i]->voice = sim_scaled;
		p[i]->arg = &v[i];
	}
	join(listener = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 800);
	d = delay_of_sum(listener, loud, 2, SETTLED);
	assert_int_equal(delay_of_sum(p[1], loud, 2, SETTLED), d);
	assert_int_equal(delay_of_sum(p[5], loud, 2, SETTLED), d);
	/* who is heard, hears the other */
	assert_int_equal(delay_of_sum(p[0], &loud[1], 1, SETTLED), d);
	assert_int_equal(delay_of_sum(p[3], &loud[0], 1, SETTLED), d);
	/* who is not, costs no encoding of his own */
	assert_int_equal(mx_mix_chains(room), 3);
	sim_close(&s);
}

/* A tone that becomes loud in every second second. */
struct swelling {
	struct sim_tone quiet, loud;
	unsigned odd;
};

static int16_t swelling(void *arg, uint64_t i)
{
	struct swelling *v = arg;

	return i / HZ % 2 == v->odd ? sim_sine(&v->loud, i) :
		sim_sine(&v->quiet, i);
}

static void changes_of_the_loudest_make_no_click_nor_echo(void **state)
{
	/* whole periods in a second: the tones themselves do not jump */
	struct swelling v[2] = {
		{ { 200, HZ, 900 }, { 200, HZ, 9000 }, 0 },
		{ { 300, HZ, 900 }, { 300, HZ, 9000 }, 1 }
	};
	struct sim s;
	struct sim_party *p[2], *l;
	struct mx_mix *room;
	int worst = 0;

	(void)state;
	sim_open(&s);
	s.talkers = 1;
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned i = 0; i < 2; i++) {
		join(p[i] = sim_party(&s, "L16", HZ, 2), room);
		p[i]->voice = swelling;
		p[i]->arg = &v[i];
	}
	join(l = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 1200);

	/* The steepest of both tones at once, and of the fades. */
	for (size_t t = SETTLED; t < l->heard; t++)
		if (abs(l->pcm[t] - l->pcm[t - 1]) > worst)
			worst = abs(l->pcm[t] - l->pcm[t - 1]);
	assert_in_range(worst, 1000, 2120 + 1414 + 2 * 9000 / TICK);
	for (size_t t = SETTLED; t + HZ / 2 < l->heard; t += HZ / 4) {
		/* one of the two is heard at any time ... */
		assert_true(sim_goertzel(l->pcm + t, HZ / 2, 200, HZ) > -20 ||
			    sim_goertzel(l->pcm + t, HZ / 2, 300, HZ) > -20);
		/* ... and nobody hears himself, in the fades neither */
		assert_true(sim_goertzel(p[0]->pcm + t, HZ / 2, 200, HZ) < -50);
		assert_true(sim_goertzel(p[1]->pcm + t, HZ / 2, 300, HZ) < -50);
	}
	sim_close(&s);
}

/* ---- the floor --------------------------------------------------------- */

static void the_floor_goes_to_who_speaks_and_not_to_the_muted(void **state)
{
	struct sim_gated g[3] = { { 1, 6 * HZ, 2 * HZ }, { 2, 6 * HZ, 2 * HZ },
				  { 3, 6 * HZ, 2 * HZ } };
	struct sim s;
	struct sim_party *p[3];
	struct mx_mix *room;
	uint64_t id = 0;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned i = 0; i < 3; i++) {
		join(p[i] = sim_party(&s, "L16", HZ, 2), room);
		p[i]->voice = sim_gated;
		p[i]->arg = &g[i];
	}
	p[1]->said = 4 * HZ;            /* they take turns */
	p[2]->said = 2 * HZ;
	mx_mix_voice(room, p[2]->port, false, true);
	sim_ticks(&s, 150);
	for (unsigned round = 0; round < 3; round++) {
		static const unsigned who[] = { 0, 1, 1 };

		for (unsigned i = 0; i < 3; i++) {
			mx_mix_dominant(room, &id);
			assert_int_equal(id, who[i] + 1);
			sim_ticks(&s, 200);
		}
	}
	mx_mix_del(room, p[0]->port);
	mx_mix_del(room, p[1]->port);
	sim_ticks(&s, 10);
	assert_true(mx_mix_dominant(room, &id));
	assert_int_equal(id, 0);
	sim_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_and_ends_of_speech_are_told_with_its_length),
		cmocka_unit_test(whoever_stops_speaking_for_whatever_reason_is_told_once),
		cmocka_unit_test(an_end_finds_room_among_any_other_news),
		cmocka_unit_test(only_so_many_are_mixed_and_they_are_the_loudest),
		cmocka_unit_test(changes_of_the_loudest_make_no_click_nor_echo),
		cmocka_unit_test(the_floor_goes_to_who_speaks_and_not_to_the_muted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
