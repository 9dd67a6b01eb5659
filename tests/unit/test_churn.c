/*
 * test_churn.c - 1000 members a second come into a room, and as many go, while
 * one hears another's tone: the real engine with its threads and sockets, on
 * both workers. Four seconds, or $CHURN_SECONDS (script/churn takes a minute).
 * tests/sim/test_faults.c has a minute of it to the sample, without a clock.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <complex.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "t_media.h"

enum {
	CROWD = 40, A_TURN = 10, TURN_MS = 10,
	WINDOW = HZ / 20,
	SECONDS = 4, SECONDS_MAX = 3600,
	TONE_HZ = 700
};

static unsigned seconds(void)
{
	const char *text = getenv("CHURN_SECONDS");
	long n = text ? strtol(text, NULL, 10) : SECONDS;

	return n > 0 && n <= SECONDS_MAX ? (unsigned)n : SECONDS;
}

/* ---- what is heard ----------------------------------------------------- */

/* The tone in one window, as if the first sample heard were at time 0. */
static double complex tone_at(const struct peer *p, size_t at)
{
	double complex sum = 0;

	for (size_t i = at; i < at + WINDOW; i++)
		sum += p->heard[i] * cexp(-2 * M_PI * I * TONE_HZ * (double)i /
					  HZ);
	return sum / WINDOW;
}

/* The largest step between two windows, in samples: what was put in or is
 * missing; and windows in which the tone is not at its level. */
static double largest_step(const struct peer *p, size_t from, unsigned *weak)
{
	double complex before = tone_at(p, from);
	double most = 0;

	for (size_t at = from; at + WINDOW <= p->n_heard; at += WINDOW) {
		double complex now = tone_at(p, at);
		double step = fabs(carg(now / before)) * HZ /
			(2 * M_PI * TONE_HZ);

		*weak += cabs(now) < 2700 || cabs(now) > 3300;
		most = fmax(most, step);
		before = now;
	}
	return most;
}

/* ---- the crowd --------------------------------------------------------- */

struct crowd {
	struct media_bus *bus;
	struct peer at[CROWD];
	bool in[CROWD];
	unsigned next, joins, leaves;
};

static void open_crowd(struct crowd *c)
{
	for (unsigned i = 0; i < CROWD; i++) {
		struct peer *p = &c->at[i];
		struct media_stream s;

		assert_int_equal(media_port_open(media, AF_INET, c->bus,
						 &port_ops, p, &p->port), 0);
		p->sock.rtp_port = p->sock.rtcp_port = 9;       /* discards */
		s = stream_of(p, "127.0.0.1");
		assert_int_equal(media_port_stream(p->port, &s), 0);
	}
}

static void turn(struct crowd *c)
{
	for (unsigned k = 0; k < A_TURN; k++) {
		unsigned i = c->next++ % CROWD, out = (i + CROWD / 2) % CROWD;

		assert_int_equal(media_port_join(c->at[i].port, c->bus,
						 i % 2, i % 3), 0);
		c->in[i] = true;
		c->joins++;
		if (!c->in[out])
			continue;
		assert_int_equal(media_port_leave(c->at[out].port), 0);
		c->in[out] = false;
		c->leaves++;
	}
}

static bool is_gone(const struct crowd *c)
{
	for (unsigned i = 0; i < CROWD; i++)
		if (c->at[i].port)
			return false;
	return true;
}

static uint64_t skipped(void)
{
	return media_worker_stats(media, 0)->skipped +
		media_worker_stats(media, 1)->skipped;
}

static void a_tone_is_unbroken_while_a_crowd_comes_and_goes(void **state)
{
	static struct crowd c;
	unsigned told = 0, weak = 0, turns = seconds() * 1000 / TURN_MS;
	struct peer *talker, *ear;
	int64_t due_us;
	double step = 0;

	(void)state;
	t_media_begin(MEDIA_IO_AUTO);
	memset(&c, 0, sizeof(c));
	assert_int_equal(media_bus_open(media, HZ, &bus_ops, &told, &c.bus), 0);
	talker = connected("127.0.0.1", TONE_HZ);
	ear = connected("127.0.0.1", 0);
	assert_int_equal(media_port_join(talker->port, c.bus, true, true), 0);
	assert_int_equal(media_port_join(ear->port, c.bus, true, true), 0);
	open_crowd(&c);
	run(1500);
	assert_true(hears(ear, TONE_HZ));

	ear->n_heard = 0;
	due_us = loop_now_us();
	for (unsigned t = 0; t < turns; t++) {
		turn(&c);
		due_us += TURN_MS * 1000;
		if (loop_now_us() < due_us)
			run((int)((due_us - loop_now_us()) / 1000));
		if (ear->n_heard >= HEARD_MAX / 2) {
			step = fmax(step, largest_step(ear, 0, &weak));
			ear->n_heard = 0;
		}
	}
	step = fmax(step, largest_step(ear, 0, &weak));
	assert_int_equal(ear->breaks, 0);
	assert_int_equal(c.joins, turns * A_TURN);
	assert_true(c.leaves >= c.joins - CROWD);

	media_bus_close(c.bus);
	media_port_close(talker->port);
	for (unsigned i = 0; i < CROWD; i++)
		media_port_close(c.at[i].port);
	WAIT_FOR(talker->closed && is_gone(&c) && told == 1000);
	print_message("%u joins: largest step %.3f samples, weak %u, made up "
		      "%llu ms, ticks left out %llu\n", c.joins, step, weak,
		      (unsigned long long)talker->last.concealed_ms,
		      (unsigned long long)skipped());
	if (step >= 0.5 || weak > 0) {
		/* but what we ourselves sent late is another matter */
		assert_true(talker->last.concealed_ms + talker->last.expanded_ms +
			    talker->last.accelerated_ms + skipped() > 0);
		if (getenv("CHURN_SECONDS"))
			fail_msg("the machine was late: once more, please");
	}
	t_media_end();
}

/* A phone's sound card does not wait for a busy machine. Where that is not
 * allowed, a busy machine may leave nothing to be said of the sound. */
static void hurry(void)
{
	const struct sched_param sp = { .sched_priority = 20 };

	(void)sched_setscheduler(0, SCHED_FIFO, &sp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_tone_is_unbroken_while_a_crowd_comes_and_goes),
	};

	hurry();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
