/*
 * test_echo.c - a phone on a table in a room: nobody hears himself again, also
 * when the echo moves.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sim.h"
#include "tests/unit/t_rand.h"

enum {
	DELAY_TICKS = 30,
	DELAY = DELAY_TICKS * TICK,
	SETTLE_TICKS = 1000,
	SOON_TICKS = 40                 /* an echo that moved is gone after */
};

static const double echo_gain = 0.3;

struct speech {
	uint32_t seed;
	int low;
};

/* Noise, mostly of low frequencies, in syllables. */
static int16_t syllables(void *arg, uint64_t i)
{
	struct speech *s = arg;
	const int a = i / 1600 % 3 < 2 ? 4000 : 40;

	s->low += ((int)(t_rand(&s->seed) % (2 * (unsigned)a + 1)) - a -
		   s->low) / 2;
	return (int16_t)s->low;
}

struct table {
	const struct sim_party *phone;
	long late;                      /* samples, besides DELAY */
	uint32_t seed;
};

/* What it heard, one packet after the other, over the noise of its line: a
 * phone that does not care for time stamps. */
static int16_t echo_of(void *arg, uint64_t i)
{
	struct table *t = arg;
	const long at = (long)i - DELAY - t->late;
	const int noise = (int)(t_rand(&t->seed) % 21) - 10;

	if (at < 0 || at >= (long)t->phone->heard)
		return (int16_t)noise;
	return (int16_t)(lrint(echo_gain * t->phone->pcm[at]) + noise);
}

struct meeting {
	struct sim sim;
	struct speech speech;
	struct table table;
	struct sim_party *talker, *phone;
};

static void meet(struct meeting *mt)
{
	struct mx_mix *room;

	memset(mt, 0, sizeof(*mt));
	sim_open(&mt->sim);
	assert_int_equal(mx_echo_plans_new(&mt->sim.echo), 0);
	room = sim_room(&mt->sim, HZ, NULL, 0);
	mt->speech.seed = 1;
	mt->talker = sim_party(&mt->sim, "L16", HZ, 2);
	mt->talker->voice = syllables;
	mt->talker->arg = &mt->speech;
	mt->phone = sim_party(&mt->sim, "PCMU", HZ, 2);
	mt->table = (struct table){ .phone = mt->phone, .seed = 2 };
	mt->phone->voice = echo_of;
	mt->phone->arg = &mt->table;
	join(mt->talker, room);
	join(mt->phone, room);
}

static void part(struct meeting *mt)
{
	struct mx_echo_plans *plans = mt->sim.echo;

	sim_close(&mt->sim);
	mx_echo_plans_free(plans);
}

static double power(const int16_t *x, size_t n)
{
	double sum = 1e-9;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sum / (double)n;
}

/* dB by which the talker's echo is less in these ticks than it would be. */
static double gone_db(struct meeting *mt, unsigned ticks)
{
	const size_t from = mt->talker->heard, came = mt->phone->heard;

	sim_ticks(&mt->sim, ticks);
	return 10 * log10(echo_gain * echo_gain *
			  power(mt->phone->pcm + came, mt->phone->heard - came) /
			  power(mt->talker->pcm + from,
				mt->talker->heard - from));
}

static struct mx_echo_stats state_of(const struct sim_party *p)
{
	struct mx_port_stats st;

	mx_port_stats(p->port, &st);
	return st.echo;
}

static void settle(struct meeting *mt)
{
	sim_ticks(&mt->sim, SETTLE_TICKS);
	assert_int_equal(state_of(mt->phone).state, MX_ECHO_RUNNING);
	assert_int_equal(state_of(mt->talker).starts, 0);
	assert_true(gone_db(mt, 120) > 25);
}

/* For a phone that plays packet after packet the echo comes 10 ms earlier from
 * then on. */
static void a_tick_that_is_left_out_is_soon_forgotten(void **state)
{
	struct meeting mt;

	(void)state;
	meet(&mt);
	settle(&mt);
	for (unsigned i = 0; i < 3; i++) {
		mt.sim.n++;
		sim_ticks(&mt.sim, DELAY_TICKS + SOON_TICKS);
		assert_true(gone_db(&mt, 60) > 15);
		sim_ticks(&mt.sim, 240);
		assert_true(gone_db(&mt, 60) > 20);
	}
	assert_int_equal(state_of(mt.phone).state, MX_ECHO_RUNNING);
	assert_int_equal(state_of(mt.phone).starts, 1);
	part(&mt);
}

/* Its own buffer grows or shrinks. */
static void an_echo_that_moves_is_soon_gone_again(void **state)
{
	static const long late_ms[] = { 20, -10, 15, 0, 40 };
	struct meeting mt;

	(void)state;
	meet(&mt);
	settle(&mt);
	for (unsigned i = 0; i < sizeof(late_ms) / sizeof(late_ms[0]); i++) {
		mt.table.late = late_ms[i] * HZ / 1000;
		sim_ticks(&mt.sim, SOON_TICKS);
		assert_true(gone_db(&mt, 60) > 15);
		sim_ticks(&mt.sim, 240);
		assert_true(gone_db(&mt, 60) > 20);
	}
	part(&mt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_that_is_left_out_is_soon_forgotten),
		cmocka_unit_test(an_echo_that_moves_is_soon_gone_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
