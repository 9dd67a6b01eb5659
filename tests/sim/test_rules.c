/*
 * test_rules.c - rooms where not everybody hears everybody, nor as loud as he
 * is: to the bit where it is a matter of who, by decibels where of how loud.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>

#include "mixer/rules.h"
#include "sim.h"

enum { A, B, C, D, PARTIES };

/* Four who say noise, in a room. */
struct four {
	struct sim s;
	struct mx_mix *room;
	struct sim_party *p[PARTIES];
};

static void begin(struct four *f)
{
	sim_open(&f->s);
	f->room = sim_room(&f->s, HZ, NULL, 0);
	for (unsigned i = 0; i < PARTIES; i++)
		join(f->p[i] = noisy(&f->s, i), f->room);
	sim_ticks(&f->s, 300);
}

static uint32_t name(const struct four *f, unsigned i)
{
	return (uint32_t)(f->p[i] - f->s.party) + 1;
}

static void except(struct four *f, unsigned who, unsigned whom, bool on)
{
	assert_int_equal(mx_port_except(f->p[who]->port, name(f, whom), on), 0);
}

static void aside(struct four *f, unsigned who, bool on)
{
	struct mx_manner m = { .aside = on };

	mx_port_manner(f->p[who]->port, &m);
}

/* Once the change is through everybody hears exactly the sum of these. */
static void hear(struct four *f, const char *const whom[PARTIES])
{
	size_t from[PARTIES];

	sim_ticks(&f->s, 60);
	for (unsigned i = 0; i < PARTIES; i++)
		from[i] = f->p[i]->heard;
	sim_ticks(&f->s, 160);
	for (unsigned i = 0; i < PARTIES; i++) {
		unsigned who[PARTIES], n = 0;

		for (const char *c = whom[i]; *c; c++)
			who[n++] = (unsigned)(*c - 'a');
		delay_of(f->p[i], who, n, from[i]);
	}
}

#define HEAR(f, ...) hear(f, (const char *const[PARTIES]){ __VA_ARGS__ })

static void one_does_not_hear_another_who_is_heard_by_the_rest(void **state)
{
	struct four f;

	(void)state;
	begin(&f);
	HEAR(&f, "bcd", "acd", "abd", "abc");
	except(&f, B, A, true);
	HEAR(&f, "bcd", "cd", "abd", "abc");
	except(&f, B, D, true);
	except(&f, A, D, true);
	HEAR(&f, "bc", "c", "abd", "abc");
	except(&f, B, A, false);
	except(&f, B, D, false);
	except(&f, A, D, false);
	HEAR(&f, "bcd", "acd", "abd", "abc");
	sim_close(&f.s);
}

static void a_coach_is_heard_by_his_pupil_alone_and_hears_all(void **state)
{
	struct four f;

	(void)state;
	begin(&f);
	aside(&f, C, true);
	HEAR(&f, "bd", "ad", "abd", "ab");
	except(&f, A, C, true);
	HEAR(&f, "bcd", "ad", "abd", "ab");
	aside(&f, C, false);                    /* heard by all but him */
	HEAR(&f, "bd", "acd", "abd", "abc");
	except(&f, A, C, false);
	HEAR(&f, "bcd", "acd", "abd", "abc");
	sim_close(&f.s);
}

/* His exceptions change nothing of it. */
static void who_is_silent_hears_all_and_nobody_hears_him(void **state)
{
	struct mx_manner silent = { .silent = true };
	struct four f;

	(void)state;
	begin(&f);
	except(&f, A, C, true);
	HEAR(&f, "bd", "acd", "abd", "abc");
	mx_port_manner(f.p[C]->port, &silent);
	HEAR(&f, "bd", "ad", "abd", "ab");
	aside(&f, C, false);
	HEAR(&f, "bd", "acd", "abd", "abc");
	sim_close(&f.s);
}

static void only_the_coach_speaks(void **state)
{
	struct four f;
	static const unsigned c[] = { C };
	size_t from;

	(void)state;
	begin(&f);
	aside(&f, C, true);
	except(&f, A, C, true);
	f.p[A]->voice = f.p[B]->voice = f.p[D]->voice = NULL;
	sim_ticks(&f.s, 200);
	from = f.p[A]->heard;
	sim_ticks(&f.s, 160);
	delay_of(f.p[A], c, 1, from);
	assert_true(is_sum(f.p[B], c, 0, from, f.p[B]->heard, 0));
	sim_close(&f.s);
}

static void a_rule_holds_for_who_comes_back(void **state)
{
	struct four f;

	(void)state;
	begin(&f);
	except(&f, B, A, true);
	mx_mix_del(f.room, f.p[A]->port);
	sim_ticks(&f.s, 100);
	join(f.p[A], f.room);
	HEAR(&f, "bcd", "cd", "abd", "abc");
	mx_mix_del(f.room, f.p[B]->port);
	sim_ticks(&f.s, 100);
	join(f.p[B], f.room);
	HEAR(&f, "bcd", "cd", "abd", "abc");
	sim_close(&f.s);
}

static void too_many_rules_are_refused(void **state)
{
	struct four f;

	(void)state;
	begin(&f);
	for (uint32_t i = 0; i < MX_RULES_ODD_MAX; i++)
		assert_int_equal(mx_port_except(f.p[B]->port, 1000 + i, true), 0);
	assert_int_equal(mx_port_except(f.p[B]->port, 1, true), -28 /* ENOSPC */);
	HEAR(&f, "bcd", "acd", "abd", "abc");
	sim_close(&f.s);
}

static void who_has_no_rule_any_more_shares_again(void **state)
{
	struct sim s;
	struct mx_mix *room;
	struct sim_party *p[4];
	const struct mx_manner louder = { .hear_db = 6 }, plain = { 0 };

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(p[0] = noisy(&s, 0), room);
	for (unsigned i = 1; i < 4; i++)
		join(p[i] = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 400);
	assert_int_equal(mx_mix_chains(room), 2);       /* talker, listeners */
	mx_port_manner(p[1]->port, &louder);
	mx_port_except(p[2]->port, 1, true);
	sim_ticks(&s, 400);
	assert_int_equal(mx_mix_chains(room), 4);
	mx_port_manner(p[1]->port, &plain);
	mx_port_except(p[2]->port, 1, false);
	sim_ticks(&s, 400);
	assert_int_equal(mx_mix_chains(room), 2);
	sim_close(&s);
}

/* ---- how loud ----------------------------------------------------------- */

enum { BIN = HZ / 2 };

static double level(const struct sim_party *p, size_t from, double hz)
{
	return sim_goertzel(p->pcm + from, BIN, hz, HZ);
}

/* Three with a tone each: what the last one hears of the first two, before and
 * after a manner of somebody's. */
struct tones {
	struct sim s;
	struct mx_mix *room;
	struct sim_tone tone[2];
	struct sim_party *p[3];
};

static void begin_tones(struct tones *t)
{
	sim_open(&t->s);
	t->room = sim_room(&t->s, HZ, NULL, 0);
	for (unsigned i = 0; i < 3; i++) {
		t->p[i] = sim_party(&t->s, "L16", HZ, 2);
		if (i < 2) {
			t->tone[i] = (struct sim_tone){ 440 + 560 * i, HZ, 2000 };
			t->p[i]->voice = sim_sine;
			t->p[i]->arg = &t->tone[i];
		}
		join(t->p[i], t->room);
	}
	sim_ticks(&t->s, 300);
}

static void manners_are_by_decibels_for_all_or_for_one(void **state)
{
	const struct mx_manner soft = { .talk_db = -12 }, loud = { .hear_db = 6 };
	struct tones t;
	double a, b, mine;
	size_t at;

	(void)state;
	begin_tones(&t);
	at = t.p[2]->heard - BIN;
	a = level(t.p[2], at, 440);
	b = level(t.p[2], at, 1000);
	mine = level(t.p[1], at, 440);
	mx_port_manner(t.p[0]->port, &soft);
	mx_port_manner(t.p[2]->port, &loud);
	sim_ticks(&t.s, 150);
	at = t.p[2]->heard - BIN;
	assert_true(fabs(level(t.p[2], at, 440) - (a - 6)) < 0.1);
	assert_true(fabs(level(t.p[2], at, 1000) - (b + 6)) < 0.1);
	assert_true(fabs(level(t.p[1], at, 440) - (mine - 12)) < 0.1);
	assert_true(level(t.p[0], at, 440) < -70);      /* nothing of his own */
	sim_close(&t.s);
}

/* The greatest break of a sum of two sines: they go on as these factors of the
 * four samples before say. */
static double roughness(const int16_t *x, size_t from, size_t to, double f, double g)
{
	const double a = 2 * cos(2 * M_PI * f / HZ), b = 2 * cos(2 * M_PI * g / HZ);
	double worst = 0;

	for (size_t i = from + 4; i < to; i++)
		worst = fmax(worst, fabs(x[i] - (a + b) * x[i - 1] +
			(a * b + 2) * x[i - 2] - (a + b) * x[i - 3] + x[i - 4]));
	return worst;
}

static void others_give_way_to_a_priority_speaker_without_a_click(void **state)
{
	const struct mx_manner first = { .priority = true, .duck_db = 20 };
	struct tones t;
	double a, b;
	size_t at, end;

	(void)state;
	begin_tones(&t);
	at = t.p[2]->heard;
	a = level(t.p[2], at - BIN, 440);
	b = level(t.p[2], at - BIN, 1000);
	mx_port_manner(t.p[0]->port, &first);
	sim_ticks(&t.s, 150);
	end = t.p[2]->heard;
	assert_true(fabs(level(t.p[2], end - BIN, 440) - a) < 0.1);
	assert_true(fabs(level(t.p[2], end - BIN, 1000) - (b - 20)) < 0.2);
	/* a step of 20 dB would be of thousands */
	assert_true(roughness(t.p[2]->pcm, at - BIN, end, 440, 1000) < 60);
	t.tone[0].amplitude = 0;                /* he stops: they come back */
	sim_ticks(&t.s, 400);
	end = t.p[2]->heard;
	assert_true(fabs(level(t.p[2], end - BIN, 1000) - b) < 0.1);
	sim_close(&t.s);
}

static void others_give_way_on_all_threads(void **state)
{
	const struct mx_manner first = { .priority = true, .duck_db = 20 };
	struct sim_tone tone[2] = { { 440, HZ, 2000 }, { 1000, HZ, 2000 } };
	struct sim_party *p[3];
	struct mx_mix *part[2];
	struct mx_xchg *x;
	struct sim s;
	double b;

	(void)state;
	sim_open(&s);
	assert_int_equal(mx_xchg_new(&x, TICK), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(mx_xchg_add(x, i), 0);
	for (unsigned i = 0; i < 2; i++)
		part[i] = sim_room(&s, HZ, x, i);
	for (unsigned i = 0; i < 3; i++) {
		p[i] = sim_party(&s, "L16", HZ, 2);
		if (i < 2) {
			p[i]->voice = sim_sine;
			p[i]->arg = &tone[i];
		}
		join(p[i], part[i > 0]);
	}
	sim_ticks(&s, 300);
	b = level(p[2], p[2]->heard - BIN, 1000);
	mx_port_manner(p[0]->port, &first);
	sim_ticks(&s, 150);
	assert_true(fabs(level(p[2], p[2]->heard - BIN, 1000) - (b - 20)) < 0.2);
	mx_mix_del(part[0], p[0]->port);        /* with him goes what he took */
	sim_ticks(&s, 200);
	assert_true(fabs(level(p[2], p[2]->heard - BIN, 1000) - b) < 0.1);
	sim_close(&s);
	mx_xchg_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_does_not_hear_another_who_is_heard_by_the_rest),
		cmocka_unit_test(a_coach_is_heard_by_his_pupil_alone_and_hears_all),
		cmocka_unit_test(who_is_silent_hears_all_and_nobody_hears_him),
		cmocka_unit_test(only_the_coach_speaks),
		cmocka_unit_test(a_rule_holds_for_who_comes_back),
		cmocka_unit_test(too_many_rules_are_refused),
		cmocka_unit_test(who_has_no_rule_any_more_shares_again),
		cmocka_unit_test(manners_are_by_decibels_for_all_or_for_one),
		cmocka_unit_test(others_give_way_to_a_priority_speaker_without_a_click),
		cmocka_unit_test(others_give_way_on_all_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
