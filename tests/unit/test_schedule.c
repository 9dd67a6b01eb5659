/* test_schedule.c - when rooms are open: zones, changes of the clocks,
 * recurrence, and what cannot be read. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <time.h>

#include "call/schedule.h"

/* UTC */
static int64_t at(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
			 .tm_hour = hour, .tm_min = minute };

	return timegm(&tm);
}

static struct schedule_window w;

#define assert_when(lines, now, early, what) \
	assert_int_equal(schedule_at(lines, now, early, &w), what)
#define assert_window(begins, ends) \
	do { \
		assert_int_equal(w.begins_s, begins); \
		assert_int_equal(w.ends_s, ends); \
	} while (0)

static void without_lines_it_is_always_open(void **state)
{
	(void)state;
	assert_when("", at(2026, 11, 25, 10, 0), 300, SCHEDULE_ALWAYS);
	assert_window(0, 0);
}

static void once_is_once(void **state)
{
	static const char line[] = "20261125T100000 20261125T110000 UTC -";
	const int64_t begin = at(2026, 11, 25, 10, 0), end = at(2026, 11, 25, 11, 0);

	(void)state;
	assert_when(line, begin - 301, 300, SCHEDULE_BEFORE);
	assert_window(begin, end);
	assert_when(line, begin - 300, 300, SCHEDULE_NOW);
	assert_when(line, begin, 0, SCHEDULE_NOW);
	assert_when(line, begin - 1, 0, SCHEDULE_BEFORE);
	assert_when(line, end - 1, 0, SCHEDULE_NOW);
	assert_window(begin, end);
	assert_when(line, end, 300, SCHEDULE_OVER);
	assert_window(0, 0);
}

/* Nine in Berlin is 8:00 UTC in winter, 7:00 in summer. */
static void the_hour_stays_when_the_clocks_change(void **state)
{
	static const char line[] =
		"20260105T090000 20260105T100000 Europe/Berlin FREQ=WEEKLY;BYDAY=MO";

	(void)state;
	assert_when(line, at(2026, 3, 23, 8, 30), 0, SCHEDULE_NOW);
	assert_window(at(2026, 3, 23, 8, 0), at(2026, 3, 23, 9, 0));
	assert_when(line, at(2026, 3, 30, 7, 30), 0, SCHEDULE_NOW);
	assert_window(at(2026, 3, 30, 7, 0), at(2026, 3, 30, 8, 0));
	assert_when(line, at(2026, 3, 30, 8, 30), 0, SCHEDULE_BEFORE);
	assert_window(at(2026, 4, 6, 7, 0), at(2026, 4, 6, 8, 0));
	assert_when(line, at(2026, 10, 26, 8, 30), 0, SCHEDULE_NOW);
	assert_when(line, at(2026, 10, 26, 7, 30), 0, SCHEDULE_BEFORE);
}

static void it_recurs_as_the_rule_says(void **state)
{
	static const char daily[] =
		"20260101T220000 20260102T020000 UTC FREQ=DAILY;COUNT=3";
	static const char last[] =
		"20260130T100000 20260130T110000 UTC FREQ=MONTHLY;BYDAY=-1FR";
	static const char until[] =
		"20260101T100000 20260101T110000 UTC FREQ=DAILY;UNTIL=20260103T235959";

	(void)state;
	assert_when(daily, at(2026, 1, 4, 1, 0), 0, SCHEDULE_NOW);      /* over midnight */
	assert_window(at(2026, 1, 3, 22, 0), at(2026, 1, 4, 2, 0));
	assert_when(daily, at(2026, 1, 4, 2, 0), 0, SCHEDULE_OVER);
	assert_when(last, at(2026, 11, 25, 0, 0), 0, SCHEDULE_BEFORE);
	assert_window(at(2026, 11, 27, 10, 0), at(2026, 11, 27, 11, 0));
	assert_when(until, at(2026, 1, 3, 10, 59), 0, SCHEDULE_NOW);
	assert_when(until, at(2026, 1, 3, 11, 0), 0, SCHEDULE_OVER);
}

static void days_that_are_left_out_do_not_recur(void **state)
{
	static const char daily[] = "20260101T100000 20260101T110000 Europe/Berlin "
		"FREQ=DAILY;COUNT=4 20260102,20260104";
	static const char once[] =
		"20260101T100000 20260101T110000 UTC - 20260101";
	static const char late[] = "20260101T233000 20260102T003000 America/New_York "
		"FREQ=DAILY 20260102";

	(void)state;
	assert_when(daily, at(2026, 1, 1, 9, 30), 0, SCHEDULE_NOW);
	assert_when(daily, at(2026, 1, 2, 9, 30), 0, SCHEDULE_BEFORE);
	assert_window(at(2026, 1, 3, 9, 0), at(2026, 1, 3, 10, 0));
	assert_when(daily, at(2026, 1, 3, 10, 0), 0, SCHEDULE_OVER);    /* counted all the same */
	assert_when(once, at(2026, 1, 1, 10, 30), 0, SCHEDULE_OVER);
	/* the day of the zone, not of UTC: the 2nd begins on the 3rd there */
	assert_when(late, at(2026, 1, 2, 4, 45), 0, SCHEDULE_NOW);
	assert_when(late, at(2026, 1, 3, 4, 45), 0, SCHEDULE_BEFORE);
	assert_when(late, at(2026, 1, 4, 4, 45), 0, SCHEDULE_NOW);
}

static void an_old_rule_is_as_good_as_a_new_one(void **state)
{
	static const char line[] =
		"19700101T100000 19700101T110000 UTC FREQ=DAILY";

	(void)state;
	assert_when(line, at(2026, 11, 25, 10, 30), 0, SCHEDULE_NOW);
	assert_window(at(2026, 11, 25, 10, 0), at(2026, 11, 25, 11, 0));
	assert_when(line, at(2026, 11, 25, 11, 30), 0, SCHEDULE_BEFORE);
	assert_window(at(2026, 11, 26, 10, 0), at(2026, 11, 26, 11, 0));
}

/* Of several the longest of now, the nearest of those to come. */
static void several_lines_add_up(void **state)
{
	static const char lines[] =
		"20261125T100000 20261125T110000 UTC -\n"
		"20261125T103000 20261125T123000 UTC -\n"
		"20261126T080000 20261126T090000 UTC -\n"
		"20261125T180000 20261125T190000 UTC -";

	(void)state;
	assert_when(lines, at(2026, 11, 25, 10, 45), 0, SCHEDULE_NOW);
	assert_window(at(2026, 11, 25, 10, 30), at(2026, 11, 25, 12, 30));
	assert_when(lines, at(2026, 11, 25, 13, 0), 0, SCHEDULE_BEFORE);
	assert_window(at(2026, 11, 25, 18, 0), at(2026, 11, 25, 19, 0));
	assert_when(lines, at(2026, 11, 26, 9, 0), 0, SCHEDULE_OVER);
}

static void what_cannot_be_read_closes_nothing(void **state)
{
	static const char *const bad[] = {
		"x", "20261125T100000", "20261125T100000 20261125T110000 UTC",
		"20261125T100000 20261125T110000 Mars/Olympus -",
		"20261125T100000 20261125T110000 UTC FREQ=OFTEN",
		"20261125T100000 20261125T100000 UTC -",
		"20261125T110000 20261125T100000 UTC -",
		"20261125 20261126 UTC -", "\n\n",
		"20261125T100000 20261125T110000 UTC - 2026112",
		"20261125T100000 20261125T110000 UTC - 20261125,x"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_when(bad[i], at(2026, 11, 25, 10, 30), 0, SCHEDULE_ALWAYS);
	/* beside a good one only that counts */
	assert_when("x\n20261125T100000 20261125T110000 UTC -",
		    at(2026, 11, 25, 12, 0), 0, SCHEDULE_OVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_lines_it_is_always_open),
		cmocka_unit_test(once_is_once),
		cmocka_unit_test(the_hour_stays_when_the_clocks_change),
		cmocka_unit_test(it_recurs_as_the_rule_says),
		cmocka_unit_test(days_that_are_left_out_do_not_recur),
		cmocka_unit_test(an_old_rule_is_as_good_as_a_new_one),
		cmocka_unit_test(several_lines_add_up),
		cmocka_unit_test(what_cannot_be_read_closes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
