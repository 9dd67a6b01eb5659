/* test_busy.c - what ticks took, and the gate that follows from it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "media/busy.h"

static void percentile_is_that_of_the_ticks(void **state)
{
	struct busy_hist h = { 0 };

	(void)state;
	assert_int_equal(busy_us(&h, 90), 0);
	for (int us = 0; us < 10000; us += 100)
		busy_put(&h, us);
	assert_int_equal(busy_us(&h, 1), 100);
	assert_int_equal(busy_us(&h, 50), 5000);
	assert_int_equal(busy_us(&h, 90), 9000);
	assert_int_equal(busy_us(&h, 100), 10000);
}

static void what_is_over_all_steps_is_in_the_last(void **state)
{
	struct busy_hist h = { 0 };

	(void)state;
	busy_put(&h, -1);
	assert_int_equal(busy_us(&h, 100), BUSY_STEP_US);
	busy_put(&h, 15000);
	busy_put(&h, INT64_MAX);
	assert_int_equal(busy_us(&h, 100), BUSY_STEPS * BUSY_STEP_US);
	assert_int_equal(h.all, 3);
}

/* A large room sends in every second tick: that one must be in time. */
static void busy_one_of_two_ticks_decides(void **state)
{
	struct busy_hist h = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		busy_put(&h, i % 2 ? 9050 : 150);
	assert_int_equal(busy_us(&h, 90), 9100);
}

/* ... and one that was disturbed does not. */
static void few_long_ticks_do_not(void **state)
{
	struct busy_hist h = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		busy_put(&h, i % 20 == 0 ? 14000 : 150);
	assert_int_equal(busy_us(&h, 90), 200);
	assert_int_equal(busy_us(&h, 99), 14100);
}

static void gate_shuts_when_the_limit_is_passed(void **state)
{
	struct busy_gate g = { 0 };

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_false(busy_gate_put(&g, 7000, 70));      /* just at it */
	assert_false(g.shut);
	assert_true(busy_gate_put(&g, 7100, 70));
	assert_true(g.shut);
	assert_false(busy_gate_put(&g, 9000, 70));              /* told once */
}

static void gate_opens_a_tenth_below_and_does_not_flap(void **state)
{
	struct busy_gate g = { .shut = true };

	(void)state;
	for (int i = 0; i < 50; i++)            /* about the limit */
		assert_false(busy_gate_put(&g, i % 2 ? 7200 : 6200, 70));
	assert_false(busy_gate_put(&g, 6200, 70));
	assert_true(busy_gate_put(&g, 6200, 70));
	assert_false(g.shut);
	for (int i = 0; i < 50; i++)
		assert_false(busy_gate_put(&g, i % 2 ? 7000 : 6200, 70));
}

static void gate_without_a_limit_is_open(void **state)
{
	struct busy_gate g = { 0 };

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_false(busy_gate_put(&g, 15000, 0));
	g.shut = true;                          /* it was taken away */
	assert_false(busy_gate_put(&g, 15000, 0));
	assert_true(busy_gate_put(&g, 15000, 0));
	assert_false(g.shut);
	assert_false(busy_gate_open(&g));
	g.shut = true;
	assert_true(busy_gate_open(&g));
	assert_false(g.shut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentile_is_that_of_the_ticks),
		cmocka_unit_test(what_is_over_all_steps_is_in_the_last),
		cmocka_unit_test(busy_one_of_two_ticks_decides),
		cmocka_unit_test(few_long_ticks_do_not),
		cmocka_unit_test(gate_shuts_when_the_limit_is_passed),
		cmocka_unit_test(gate_opens_a_tenth_below_and_does_not_flap),
		cmocka_unit_test(gate_without_a_limit_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
