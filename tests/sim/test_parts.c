/*
 * test_parts.c - a room on several threads takes as many voices as on one, the
 * loudest of all its parts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { PARTS_MAX = 3 };

struct parts {
	struct sim s;
	struct mx_xchg *x;
	unsigned n;
	struct mx_mix *mix[PARTS_MAX];
	struct sim_party *listener[PARTS_MAX];  /* one in each */
};

static void open_parts(struct parts *t, unsigned n, unsigned talkers)
{
	memset(t, 0, sizeof(*t));
	sim_open(&t->s);
	t->s.talkers = talkers;
	t->n = n;
	assert_int_equal(mx_xchg_new(&t->x, TICK), 0);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(mx_xchg_add(t->x, i), 0);
		t->mix[i] = sim_room(&t->s, HZ, t->x, i);
		t->listener[i] = sim_party(&t->s, "L16", HZ, 2);
		join(t->listener[i], t->mix[i]);
	}
}

static void close_parts(struct parts *t)
{
	sim_close(&t->s);
	mx_xchg_free(t->x);
}

static struct sim_party *talker(struct parts *t, unsigned part,
				sim_voice_h *voice, void *arg)
{
	struct sim_party *p = sim_party(&t->s, "L16", HZ, 2);

	p->voice = voice;
	p->arg = arg;
	join(p, t->mix[part]);
	return p;
}

/* ---- who is heard --------------------------------------------------------- */

enum { TALKERS = 12, HEARD = 4 };

/* The sum of those who are loud, whom a part hears a tick later if they are in
 * another one; i is not himself among those whom he hears. */
static int sum_of_loud(struct sim_scaled *v, const unsigned *part, unsigned here,
		       unsigned self, size_t t)
{
	int sum = 0;

	for (unsigned i = 0; i < TALKERS; i++)
		if (v[i].by > 1 && i != self)
			sum += sim_scaled(&v[i], part[i] == here ? t : t - TICK);
	return sum;
}

static void hears_the_loud(const struct sim_party *p, struct sim_scaled *v,
			   const unsigned *part, unsigned here, unsigned self,
			   size_t from)
{
	for (size_t d = 0; d < DELAY_MAX; d++) {
		size_t t = from;

		while (t < p->heard && p->pcm[t] ==
		       sum_of_loud(v, part, here, self, t - d))
			t++;
		if (t == p->heard)
			return;
	}
	fail_msg("part %u: that is not the sum of the loud", here);
}

/* All in one part, two and two, one or two in each: the same are heard. */
static void the_loudest_of_all_parts_are_heard_in_each(void **state)
{
	static const unsigned loud_in[][HEARD] = {
		{ 1, 1, 1, 1 }, { 0, 0, 1, 1 }, { 2, 0, 1, 0 }
	};

	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		struct sim_scaled v[TALKERS];
		unsigned part[TALKERS];
		struct sim_party *p[TALKERS];
		struct parts t;

		open_parts(&t, k < 2 ? 2 : 3, HEARD);
		for (unsigned i = 0; i < TALKERS; i++) {
			v[i] = (struct sim_scaled){ 50 + i,
						i < HEARD ? 3 + (int)i % 2 : 1 };
			part[i] = i < HEARD ? loud_in[k][i] : i % t.n;
			p[i] = talker(&t, part[i], sim_scaled, &v[i]);
		}
		sim_ticks(&t.s, 500);
		for (unsigned i = 0; i < t.n; i++)
			hears_the_loud(t.listener[i], v, part, i, TALKERS,
				       SETTLED);
		for (unsigned i = 0; i < TALKERS; i++)
			hears_the_loud(p[i], v, part, part[i], i, SETTLED);
		close_parts(&t);
	}
}

/* ---- who comes, and who goes ---------------------------------------------- */

/* From sample `from` on. */
struct later {
	struct sim_tone tone;
	uint64_t from, to;
};

static int16_t later(void *arg, uint64_t i)
{
	struct later *v = arg;

	return i < v->from || i >= v->to ? 0 : sim_sine(&v->tone, i);
}

enum { BIN = HZ / 10 };         /* whole periods of all tones here */

/* Is the tone heard in the last tenth of a second? */
static bool is_heard(const struct sim_party *p, double hz)
{
	double db = sim_goertzel(p->pcm + p->heard - BIN, BIN, hz, HZ);

	assert_true(db > -30 || db < -60);
	return db > -30;
}

static void all_hear(const struct parts *t, double hz, bool yes)
{
	for (unsigned i = 0; i < t->n; i++)
		assert_int_equal(is_heard(t->listener[i], hz), yes);
}

static void equals_are_chosen_by_part_and_stay(void **state)
{
	struct sim_tone tone[6];
	struct parts t;

	(void)state;
	open_parts(&t, 3, 3);
	for (unsigned i = 0; i < 6; i++) {
		tone[i] = (struct sim_tone){ 300 + 100 * i, HZ, 4000 };
		talker(&t, i / 2, sim_sine, &tone[i]);
	}
	sim_ticks(&t.s, 100);
	for (unsigned k = 0; k < 20; k++) {
		sim_ticks(&t.s, 20);
		all_hear(&t, 300, true);
		all_hear(&t, 400, true);
		assert_int_equal(is_heard(t.listener[0], 500) +
				 is_heard(t.listener[0], 600), 1);
		all_hear(&t, 500, is_heard(t.listener[0], 500));
		all_hear(&t, 600, is_heard(t.listener[0], 600));
		all_hear(&t, 700, false);
		all_hear(&t, 800, false);
	}
	close_parts(&t);
}

static void places_of_a_part_that_goes_or_pauses_are_free(void **state)
{
	struct sim_tone low[2] = { { 300, HZ, 2000 }, { 400, HZ, 2000 } };
	struct later high[2] = { { { 500, HZ, 8000 }, 0, UINT64_MAX },
				 { { 600, HZ, 8000 }, 0, 3 * HZ } };
	struct sim_party *p[2];
	struct parts t;

	(void)state;
	open_parts(&t, 3, 2);
	mx_mix_del(t.mix[2], t.listener[2]->port);
	t.n = 2;
	for (unsigned i = 0; i < 2; i++)
		talker(&t, i, sim_sine, &low[i]);
	sim_ticks(&t.s, 100);
	all_hear(&t, 300, true);
	all_hear(&t, 400, true);

	/* a part comes: two are louder there */
	for (unsigned i = 0; i < 2; i++)
		p[i] = talker(&t, 2, later, &high[i]);
	sim_ticks(&t.s, 100);
	all_hear(&t, 300, false);
	all_hear(&t, 400, false);
	all_hear(&t, 500, true);
	all_hear(&t, 600, true);

	/* one of them pauses, then the part goes */
	sim_ticks(&t.s, 300);
	all_hear(&t, 300, true);
	all_hear(&t, 400, false);
	all_hear(&t, 500, true);
	all_hear(&t, 600, false);
	for (unsigned i = 0; i < 2; i++)
		mx_mix_del(t.mix[2], p[i]->port);
	sim_ticks(&t.s, 30);
	all_hear(&t, 300, true);
	all_hear(&t, 400, true);
	all_hear(&t, 500, false);
	close_parts(&t);
}

/* ---- from one part to the other ------------------------------------------- */

/* Every other second, up to the fifth, it becomes nine times as loud. */
struct rising {
	struct sim_tone tone;
	unsigned odd;
};

static int16_t rising(void *arg, uint64_t i)
{
	const struct rising *v = arg;
	const uint64_t s = i / HZ < 4 ? i / HZ : 4;
	struct sim_tone now = v->tone;

	now.amplitude *= pow(9, (double)((s + v->odd) / 2));
	return sim_sine(&now, i);
}

static double rms(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];
	return sqrt(sum / (double)n);
}

static void no_gap_when_the_loudest_is_in_another_part(void **state)
{
	/* In turn one is three times as loud as the other. */
	struct rising v[2] = { { { 400, HZ, 300 }, 0 }, { { 600, HZ, 100 }, 1 } };
	struct parts t;

	(void)state;
	open_parts(&t, 2, 1);
	for (unsigned i = 0; i < 2; i++)
		talker(&t, i, rising, &v[i]);
	sim_ticks(&t.s, 600);
	for (unsigned i = 0; i < 2; i++) {
		const struct sim_party *l = t.listener[i];
		double least = 0;

		/* It only ever gets louder, so a dip is a gap. */
		for (size_t at = HZ; at + TICK / 2 <= l->heard; at += TICK / 2) {
			double now = rms(l->pcm + at, TICK / 2);

			assert_true(now > 0.5 * least);
			if (at % HZ == HZ / 2)
				least = now;
		}
	}
	all_hear(&t, 400, true);
	all_hear(&t, 600, false);
	close_parts(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loudest_of_all_parts_are_heard_in_each),
		cmocka_unit_test(equals_are_chosen_by_part_and_stay),
		cmocka_unit_test(places_of_a_part_that_goes_or_pauses_are_free),
		cmocka_unit_test(no_gap_when_the_loudest_is_in_another_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
