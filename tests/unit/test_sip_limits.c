/* test_sip_limits.c - the pace of a call's requests, and connections by source. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "sip/conns.h"
#include "sip/pace.h"

enum { RATE = 10 };

static unsigned take(struct pace *p, unsigned n, int64_t now_us,
		     enum pace_answer a)
{
	unsigned got = 0;

	for (unsigned i = 0; i < n; i++)
		got += pace_take(p, RATE, now_us) == a;
	return got;
}

static void two_seconds_worth_pass_at_once(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_int_equal(take(&p, 100, 5000000, PACE_PASS), 2 * RATE);
	/* a second later one second's worth */
	assert_int_equal(take(&p, 100, 6000000, PACE_PASS), RATE);
	assert_int_equal(take(&p, 1, 6099999, PACE_PASS), 0);
	assert_int_equal(take(&p, 1, 6100000, PACE_PASS), 1);
	/* a day later no more than at first */
	assert_int_equal(take(&p, 100, 86400000000, PACE_PASS), 2 * RATE);
}

static void what_goes_over_it_is_refused_and_then_the_end(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_int_equal(take(&p, 2 * RATE, 1, PACE_PASS), 2 * RATE);
	assert_int_equal(take(&p, 10 * RATE, 1, PACE_REFUSE), 10 * RATE);
	assert_int_equal(pace_take(&p, RATE, 1), PACE_END);
}

/* One who goes a little over it for ever is refused now and then, no more. */
static void a_little_too_much_is_not_the_end(void **state)
{
	struct pace p = { 0 };
	unsigned n[3] = { 0 };

	(void)state;
	for (int64_t us = 1; us < 600 * INT64_C(1000000);
	     us += 1000000 / (RATE + 2))
		n[pace_take(&p, RATE, us)]++;
	assert_int_equal(n[PACE_END], 0);
	assert_in_range(n[PACE_REFUSE], 1000, 1300);
}

static void without_a_rate_all_pass(void **state)
{
	struct pace p = { 0 };

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(pace_take(&p, 0, 1), PACE_PASS);
}

/* ---- connections ------------------------------------------------------- */

/* How many of n connections, from address i of this form, get a place. */
static unsigned places(const char *form, unsigned n)
{
	static struct conns c;
	unsigned got = 0;

	c = (struct conns){ 0 };
	for (unsigned i = 0; i < n; i++) {
		union addr a;
		char ip[64];

		/* all say the same open file: what counts is the source */
		snprintf(ip, sizeof(ip), form, i);
		assert_int_equal(addr_parse(&a, ip, 4000), 0);
		got += conns_add(&c, STDERR_FILENO, &a, 1);
	}
	return got;
}

static void connections_are_counted_by_source(void **state)
{
	(void)state;
	assert_int_equal(places("192.0.2.1", 600), CONNS_PER_SOURCE);
	assert_int_equal(places("2001:db8:1:2::%x", 600), CONNS_PER_SOURCE);
	assert_int_equal(places("2001:db8:1:%x::1", 600), 600);
	assert_int_equal(places("2001:db8:1:%x::1", 2000),
			 SIP_CONNECTIONS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_seconds_worth_pass_at_once),
		cmocka_unit_test(what_goes_over_it_is_refused_and_then_the_end),
		cmocka_unit_test(a_little_too_much_is_not_the_end),
		cmocka_unit_test(without_a_rate_all_pass),
		cmocka_unit_test(connections_are_counted_by_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
