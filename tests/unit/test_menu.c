/* test_menu.c - src/call/menu: sequences of keys against a table of rows. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "call/menu.h"

static const struct db_menu_row rows[] = {
	{ "", "*1", MENU_IN_ROOM, "no_op" },
	{ "", "*12", MENU_MODERATOR, "no_op" },
	{ "", "*123456", MENU_MODERATOR, "no_op" },
	{ "", "*#", MENU_ALL, "no_op" },
	{ "", "0", MENU_USER, "no_op" },
	{ "", "0", MENU_MODERATOR, "no_op" }
};
enum { N = sizeof(rows) / sizeof(rows[0]) };

/* Types all keys; *row is what the last one chose. */
static enum menu_answer type(struct menu *m, enum menu_role role,
			     const char *keys, const struct db_menu_row **row)
{
	enum menu_answer a = MENU_NOTHING;

	*row = NULL;
	for (; *keys; keys++)
		a = menu_key(m, rows, N, role, *keys, row);
	return a;
}

static void a_row_is_chosen_at_its_last_key(void **state)
{
	struct menu m = { 0 };
	const struct db_menu_row *row;

	(void)state;
	assert_int_equal(type(&m, MENU_USER, "*", &row), MENU_MORE);
	assert_int_equal(type(&m, MENU_USER, "1", &row), MENU_CHOSEN);
	assert_ptr_equal(row, &rows[0]);
	assert_int_equal(m.n, 0);
}

static void a_longer_row_makes_the_shorter_one_wait_for_the_pause(void **state)
{
	struct menu m = { 0 };
	const struct db_menu_row *row;

	(void)state;
	assert_int_equal(type(&m, MENU_MODERATOR, "*1", &row), MENU_MORE);
	assert_int_equal(menu_pause(&m, rows, N, MENU_MODERATOR, &row), MENU_CHOSEN);
	assert_ptr_equal(row, &rows[0]);

	assert_int_equal(type(&m, MENU_MODERATOR, "*12", &row), MENU_MORE);
	assert_int_equal(type(&m, MENU_MODERATOR, "3456", &row), MENU_CHOSEN);
	assert_ptr_equal(row, &rows[2]);
}

static void a_sequence_that_no_row_begins_with_is_unknown(void **state)
{
	struct menu m = { 0 };
	const struct db_menu_row *row;

	(void)state;
	assert_int_equal(type(&m, MENU_USER, "7", &row), MENU_UNKNOWN);
	assert_int_equal(type(&m, MENU_USER, "*9", &row), MENU_UNKNOWN);
	assert_int_equal(type(&m, MENU_USER, "*#", &row), MENU_CHOSEN);
	assert_ptr_equal(row, &rows[3]);
}

static void half_a_sequence_is_unknown_after_the_pause(void **state)
{
	struct menu m = { 0 };
	const struct db_menu_row *row = NULL;

	(void)state;
	assert_int_equal(type(&m, MENU_USER, "*", &row), MENU_MORE);
	assert_int_equal(menu_pause(&m, rows, N, MENU_USER, &row), MENU_UNKNOWN);
	assert_int_equal(menu_pause(&m, rows, N, MENU_USER, &row), MENU_NOTHING);
	assert_null(row);
}

static void a_row_is_there_only_for_its_roles(void **state)
{
	struct menu m = { 0 };
	const struct db_menu_row *row;

	(void)state;
	assert_int_equal(type(&m, MENU_WAITING, "*1", &row), MENU_UNKNOWN);
	assert_int_equal(type(&m, MENU_USER, "*1", &row), MENU_CHOSEN);
	assert_int_equal(type(&m, MENU_WAITING, "*#", &row), MENU_CHOSEN);
	assert_int_equal(type(&m, MENU_USER, "0", &row), MENU_CHOSEN);
	assert_ptr_equal(row, &rows[4]);
	assert_int_equal(type(&m, MENU_MODERATOR, "0", &row), MENU_CHOSEN);
	assert_ptr_equal(row, &rows[5]);
}

/* Whatever is typed, input never outgrows its buffer, and each key leaves
 * either a beginning of some row or nothing. */
static void any_keys_leave_a_beginning_or_nothing(void **state)
{
	static const char keys[] = "0123456789*#ABCD";
	struct menu m = { 0 };
	const struct db_menu_row *row;
	uint32_t x = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		enum menu_answer a;

		x = x * 1664525 + 1013904223;
		a = menu_key(&m, rows, N, MENU_MODERATOR,
			     x >> 30 ? "*123456"[m.n] : keys[(x >> 20) % 16], &row);
		assert_true(m.n < MENU_KEYS_MAX);
		assert_int_equal(m.n > 0, a == MENU_MORE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_is_chosen_at_its_last_key),
		cmocka_unit_test(a_longer_row_makes_the_shorter_one_wait_for_the_pause),
		cmocka_unit_test(a_sequence_that_no_row_begins_with_is_unknown),
		cmocka_unit_test(half_a_sequence_is_unknown_after_the_pause),
		cmocka_unit_test(a_row_is_there_only_for_its_roles),
		cmocka_unit_test(any_keys_leave_a_beginning_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
