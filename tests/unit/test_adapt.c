/* test_adapt.c - what reports of loss do to the grade of a path, and the grade
 * to an encoder. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "mixer/adapt.h"

static void clean_path_stays_clean(void **state)
{
	struct mx_adapt a = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_false(mx_adapt_report(&a, i % 2 ? 0 : 4));
	assert_int_equal(a.grade, 0);
}

static void worse_report_counts_at_once(void **state)
{
	static const struct { uint8_t fraction, grade; } want[] = {
		{ 5, 1 }, { 14, 1 }, { 15, 2 }, { 39, 2 }, { 40, 3 },
		{ 255, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct mx_adapt a = { 0 };

		assert_true(mx_adapt_report(&a, want[i].fraction));
		assert_int_equal(a.grade, want[i].grade);
	}
}

static void better_ones_must_last_and_count_a_grade_at_a_time(void **state)
{
	struct mx_adapt a = { 0 };

	(void)state;
	mx_adapt_report(&a, 100);
	for (int grade = 3; grade > 0; grade--) {
		assert_false(mx_adapt_report(&a, 0));
		assert_false(mx_adapt_report(&a, 0));
		assert_int_equal(a.grade, grade);
		assert_true(mx_adapt_report(&a, 0));
	}
	assert_int_equal(a.grade, 0);

	/* one in between that is as bad begins it anew */
	mx_adapt_report(&a, 20);
	mx_adapt_report(&a, 0);
	mx_adapt_report(&a, 0);
	assert_false(mx_adapt_report(&a, 20));
	assert_false(mx_adapt_report(&a, 0));
	assert_false(mx_adapt_report(&a, 0));
	assert_true(mx_adapt_report(&a, 0));
	assert_int_equal(a.grade, 1);
}

static unsigned told_loss, told_rate;

static void note(void *enc, unsigned loss, unsigned rate)
{
	(void)enc;
	told_loss = loss;
	told_rate = rate;
}

static void encoder_is_told_of_no_loss_on_a_clean_path(void **state)
{
	const struct mx_codec codec = { .adapt = note };
	unsigned before;

	(void)state;
	mx_adapt_set(&codec, NULL, 0);
	assert_int_equal(told_loss, 0);
	assert_int_equal(told_rate, 100);
	for (unsigned grade = 1; grade < MX_ADAPT_GRADES; grade++) {
		before = told_loss;
		mx_adapt_set(&codec, NULL, grade);
		assert_true(told_loss > before && told_loss <= 100);
	}
	assert_in_range(told_rate, 50, 99);
	mx_adapt_set(&(struct mx_codec){ 0 }, NULL, 1);         /* cannot */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_path_stays_clean),
		cmocka_unit_test(worse_report_counts_at_once),
		cmocka_unit_test(better_ones_must_last_and_count_a_grade_at_a_time),
		cmocka_unit_test(encoder_is_told_of_no_loss_on_a_clean_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
