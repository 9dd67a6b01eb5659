/* test_dtmf_info.c - src/call/keys: INFO bodies, and one press for one key
 * however many ways it comes by. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "call/keys.h"

static const char relay[] = "application/dtmf-relay";
static const char dtmf[] = "application/dtmf";

static void an_info_body_gives_its_key(void **state)
{
	static const struct {
		const char *type, *body;
		int err;
		char key;
	} rows[] = {
		{ relay, "Signal=5\r\nDuration=160\r\n", 0, '5' },
		{ relay, "Signal= 5\nDuration= 160", 0, '5' },
		{ relay, "signal = *\r\n", 0, '*' },
		{ relay, "Duration=160\r\nSignal=#\r\n", 0, '#' },
		{ relay, "Signal=10\r\n", 0, '*' },
		{ relay, "Signal=11\r\n", 0, '#' },
		{ relay, "Signal=12\r\n", 0, 'A' },
		{ relay, "Signal=d", 0, 'D' },
		{ relay, "Signal=16", 0, 'F' },
		{ relay, "Signal=!", 0, 'F' },
		{ relay, "Signal=1\r\nSignal=2\r\n", 0, '1' },
		{ "Application/DTMF-Relay;charset=utf-8", "Signal=7", 0, '7' },
		{ dtmf, "5", 0, '5' },
		{ dtmf, "  9\r\n", 0, '9' },
		{ dtmf, "#\r\n", 0, '#' },
		{ dtmf, "11", 0, '#' },
		{ dtmf, "Signal=3\r\nDuration=100\r\n", 0, '3' },
		{ relay, "", -EBADMSG, 0 },
		{ relay, "5", -EBADMSG, 0 },
		{ relay, "Signal=", -EBADMSG, 0 },
		{ relay, "Signal=17", -EBADMSG, 0 },
		{ relay, "Signal=55", -EBADMSG, 0 },
		{ relay, "Signal=x", -EBADMSG, 0 },
		{ relay, "Signals=5", -EBADMSG, 0 },
		{ relay, "\n\n=\n==\n", -EBADMSG, 0 },
		{ dtmf, "", -EBADMSG, 0 },
		{ dtmf, "555", -EBADMSG, 0 },
		{ dtmf, "E", -EBADMSG, 0 },
		{ "application/sdp", "5", -EPROTONOSUPPORT, 0 },
		{ "application/dtmf-relayx", "Signal=5", -EPROTONOSUPPORT, 0 },
		{ "", "5", -EPROTONOSUPPORT, 0 },
		{ NULL, "5", -EPROTONOSUPPORT, 0 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char key = 0;

		assert_int_equal(keys_from_info(rows[i].type, rows[i].body,
						strlen(rows[i].body), &key),
				 rows[i].err);
		assert_int_equal(key, rows[i].key);
	}
}

/* No byte behind len is looked at, and a NUL inside is no key. */
static void a_body_ends_where_it_ends(void **state)
{
	char key = 0;

	(void)state;
	assert_int_equal(keys_from_info(relay, "Signal=12", 8, &key), 0);
	assert_int_equal(key, '1');
	assert_int_equal(keys_from_info(dtmf, "\0", 1, &key), -EBADMSG);
	assert_int_equal(keys_from_info(dtmf, NULL, 0, &key), -EBADMSG);
}

enum { MS = 1000 };

static void the_same_way_twice_is_two_presses(void **state)
{
	struct keys k = { 0 };

	(void)state;
	assert_true(keys_put(&k, '1', KEY_EVENT, 0));
	assert_true(keys_put(&k, '1', KEY_EVENT, 60 * MS));
	assert_true(keys_put(&k, '1', KEY_INFO, 1000 * MS));
	assert_true(keys_put(&k, '1', KEY_INFO, 1001 * MS));
}

static void two_ways_are_one_press(void **state)
{
	struct keys k = { 0 };

	(void)state;
	assert_true(keys_put(&k, '5', KEY_EVENT, 0));
	assert_false(keys_put(&k, '5', KEY_INFO, 120 * MS));
	assert_false(keys_put(&k, '5', KEY_INBAND, 249 * MS));
}

static void another_way_much_later_is_another_press(void **state)
{
	struct keys k = { 0 };

	(void)state;
	assert_true(keys_put(&k, '5', KEY_EVENT, 0));
	assert_true(keys_put(&k, '5', KEY_INFO, 251 * MS));
}

static void another_key_is_another_press(void **state)
{
	struct keys k = { 0 };

	(void)state;
	assert_true(keys_put(&k, '5', KEY_EVENT, 0));
	assert_true(keys_put(&k, '6', KEY_INFO, 10 * MS));
}

static void a_fast_double_press_sent_both_ways_counts_twice(void **state)
{
	struct keys k = { 0 };

	(void)state;
	assert_true(keys_put(&k, '1', KEY_EVENT, 0));
	assert_false(keys_put(&k, '1', KEY_INFO, 20 * MS));
	assert_true(keys_put(&k, '1', KEY_EVENT, 120 * MS));
	assert_false(keys_put(&k, '1', KEY_INFO, 140 * MS));

	assert_true(keys_put(&k, '2', KEY_EVENT, 1000 * MS));
	assert_true(keys_put(&k, '2', KEY_EVENT, 1100 * MS));
	assert_false(keys_put(&k, '2', KEY_INFO, 1150 * MS));
	assert_false(keys_put(&k, '2', KEY_INFO, 1200 * MS));
	assert_true(keys_put(&k, '2', KEY_INFO, 1210 * MS));
}

static void the_first_event_of_what_was_heard_may_be_late(void **state)
{
	struct keys k = { 0 };

	(void)state;
	assert_true(keys_put(&k, '1', KEY_INBAND, 0));
	assert_true(keys_put(&k, '1', KEY_INBAND, 900 * MS));
	assert_false(keys_put(&k, '1', KEY_EVENT, 1900 * MS));
	/* and only the first */
	assert_true(keys_put(&k, '1', KEY_EVENT, 2000 * MS));
	assert_true(keys_put(&k, '2', KEY_INBAND, 3000 * MS));
	assert_true(keys_put(&k, '2', KEY_INFO, 5001 * MS));
}

/* One way is late by up to 200 ms; every press counts once. */
static void any_pin_sent_all_ways_comes_out_as_typed(void **state)
{
	static const char pin[] = "11223344550099887766*1#";
	struct { char key; enum key_from from; int64_t at; } ev[3 * sizeof(pin)];
	struct keys k = { 0 };
	char out[sizeof(pin) * 3] = "";
	size_t n = 0, n_out = 0;

	(void)state;
	for (size_t i = 0; pin[i]; i++)
		for (unsigned from = 0; from < 3; from++, n++) {
			ev[n].key = pin[i];
			ev[n].from = (enum key_from)from;
			ev[n].at = (int64_t)i * 110 * MS + (int64_t)from * 100 * MS;
		}
	for (size_t done = 0; done < n; done++) {
		size_t first = n;

		for (size_t i = 0; i < n; i++)
			if (ev[i].key && (first == n || ev[i].at < ev[first].at))
				first = i;
		if (keys_put(&k, ev[first].key, ev[first].from, ev[first].at))
			out[n_out++] = ev[first].key;
		ev[first].key = 0;
	}
	assert_string_equal(out, pin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_info_body_gives_its_key),
		cmocka_unit_test(a_body_ends_where_it_ends),
		cmocka_unit_test(the_same_way_twice_is_two_presses),
		cmocka_unit_test(two_ways_are_one_press),
		cmocka_unit_test(another_way_much_later_is_another_press),
		cmocka_unit_test(another_key_is_another_press),
		cmocka_unit_test(a_fast_double_press_sent_both_ways_counts_twice),
		cmocka_unit_test(the_first_event_of_what_was_heard_may_be_late),
		cmocka_unit_test(any_pin_sent_all_ways_comes_out_as_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
