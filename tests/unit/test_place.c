/* test_place.c - which worker takes the next leg. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "media/place.h"

#define CHOOSE(...) \
	place_choose((const struct place[]){ __VA_ARGS__ }, \
		     sizeof((const struct place[]){ __VA_ARGS__ }) / \
		     sizeof(struct place))

static void idle_workers_fill_in_turn(void **state)
{
	struct place p[3] = { { 0 } };

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		unsigned best = place_choose(p, 3);

		assert_int_equal(best, i % 3);
		p[best].ports++;
	}
}

/* Ten who cost much weigh more than a hundred who cost nothing. */
static void load_counts_and_not_heads(void **state)
{
	(void)state;
	assert_int_equal(CHOOSE({ 20, 100, 100, false },
				{ 300, 10, 10, false }), 0);
	assert_int_equal(CHOOSE({ 300, 10, 10, false },
				{ 20, 100, 100, false }), 1);
}

/* A storm within the second in which nothing is measured is spread. */
static void those_who_just_came_count_as_the_others(void **state)
{
	struct place p[2] = { { 100, 100, 100, false },
			      { 200, 200, 200, false } };

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		p[place_choose(p, 2)].ports++;
	assert_in_range(p[0].ports, 299, 301);
	assert_in_range(p[1].ports, 299, 301);
	/* and those who just went count no more */
	p[0].ports = 0;
	assert_int_equal(place_choose(p, 2), 0);
}

static void full_worker_is_the_last_choice(void **state)
{
	(void)state;
	assert_int_equal(CHOOSE({ 100, 10, 10, true },
				{ 900, 500, 500, false }), 1);
	assert_int_equal(CHOOSE({ 900, 10, 10, true },
				{ 800, 500, 500, true }), 1);
	assert_int_equal(CHOOSE({ 500, 5, 5, false }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_workers_fill_in_turn),
		cmocka_unit_test(load_counts_and_not_heads),
		cmocka_unit_test(those_who_just_came_count_as_the_others),
		cmocka_unit_test(full_worker_is_the_last_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
