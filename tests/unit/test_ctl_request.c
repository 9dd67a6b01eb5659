/* test_ctl_request.c - lines into requests; rules of the table of commands. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/request.h"

static char why[128];

static int parse(struct ctl_request *req, const char *line)
{
	why[0] = '\0';
	return ctl_parse(req, line, strlen(line), why, sizeof(why));
}

static void good(struct ctl_request *req, const char *line)
{
	if (parse(req, line) != 0)
		fail_msg("%s: %s", line, why);
}

static void bad(const char *line, int err, const char *sentence)
{
	struct ctl_request req = { .command = CTL__MAX };

	assert_int_equal(parse(&req, line), err);
	assert_string_equal(why, sentence);
	assert_int_equal(req.command, CTL__MAX);        /* untouched */
}

static void arguments_have_names(void **state)
{
	struct ctl_request req;

	(void)state;
	good(&req, "{\"command\":\"mute\",\"leg\":17,\"on\":false}");
	assert_int_equal(req.command, CTL_MUTE);
	assert_true(req.values[0].set && req.values[0].number == 17);
	assert_true(req.values[1].set && !req.values[1].on);
	good(&req, " { \"prompt\" : \"conf-locked\", \"room\" : \"1000\", "
	     "\"command\" : \"say\" } \r");
	assert_string_equal(req.values[0].text, "1000");
	assert_string_equal(req.values[1].text, "conf-locked");
}

static void what_is_left_out_has_its_default(void **state)
{
	struct ctl_request req;

	(void)state;
	good(&req, "{\"command\":\"mute\",\"leg\":17}");
	assert_true(!req.values[1].set && req.values[1].on);
	good(&req, "{\"command\":\"kick\",\"leg\":17}");
	assert_false(req.values[1].on);
	good(&req, "{\"command\":\"drain\"}");
	assert_false(req.values[0].set);
	good(&req, "{\"command\":\"drain\",\"seconds\":0}");
	assert_true(req.values[0].set);
}

static void what_is_no_object_is_refused(void **state)
{
	static const char *const lines[] = {
		"", " ", "[]", "null", "1", "\"status\"", "{", "{\"command\":\"status\"",
		"{\"command\":\"status\"}x", "\xff\xfe", "{\"command\":\"\xff\"}",
		"{\"command\":\"status\",\"command\":\"status\"}",
		"{\"command\":\"sta\\u0000tus\"}", "{'command':'status'}"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		bad(lines[i], -EBADMSG, "not a JSON object");
	bad("{}", -EBADMSG, "there is no command");
	bad("{\"command\":1}", -EBADMSG, "there is no command");
}

static void deep_nesting_is_refused(void **state)
{
	char line[CTL_LINE_MAX];

	(void)state;
	memset(line, '[', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	bad(line, -EBADMSG, "not a JSON object");
}

static void zero_bytes_are_refused(void **state)
{
	struct ctl_request req;

	(void)state;
	assert_int_equal(ctl_parse(&req, "{\"command\":\"status\"}\0", 21, why,
				   sizeof(why)), -EBADMSG);
}

static void what_the_table_does_not_have_is_refused(void **state)
{
	(void)state;
	bad("{\"command\":\"nonsense\"}", -ENOSYS, "nonsense is no command");
	bad("{\"command\":\"Status\"}", -ENOSYS, "Status is no command");
	bad("{\"command\":\"status\",\"leg\":1}", -EINVAL,
	    "status has an argument that it does not take");
	bad("{\"command\":\"mute\"}", -EINVAL, "mute: leg is missing");
	bad("{\"command\":\"lock\",\"on\":true}", -EINVAL, "lock: room is missing");
}

static void wrong_types_are_refused(void **state)
{
	static const char *const values[] = {
		"\"17\"", "1.5", "true", "null", "[17]", "{}"
	};
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(line, sizeof(line), "{\"command\":\"leg\",\"leg\":%s}",
			 values[i]);
		bad(line, -EINVAL, "leg is no whole number");
	}
	bad("{\"command\":\"lock\",\"room\":1000}", -EINVAL,
	    "room is no text of 1 to 63 bytes");
	bad("{\"command\":\"mute\",\"leg\":1,\"on\":1}", -EINVAL,
	    "on is neither true nor false");
	bad("{\"command\":\"mute\",\"leg\":1,\"on\":null}", -EINVAL,
	    "on is neither true nor false");
}

static void bounds_hold(void **state)
{
	struct ctl_request req;
	char line[256];

	(void)state;
	bad("{\"command\":\"leg\",\"leg\":0}", -EINVAL,
	    "leg is not 1 to 9223372036854775807");
	bad("{\"command\":\"leg\",\"leg\":-1}", -EINVAL,
	    "leg is not 1 to 9223372036854775807");
	bad("{\"command\":\"leg\",\"leg\":9223372036854775808}", -EBADMSG,
	    "not a JSON object");       /* more than jansson's integers hold */
	good(&req, "{\"command\":\"leg\",\"leg\":9223372036854775807}");
	good(&req, "{\"command\":\"drain\",\"seconds\":86400}");
	bad("{\"command\":\"drain\",\"seconds\":86401}", -EINVAL,
	    "seconds is not 0 to 86400");
	bad("{\"command\":\"lock\",\"room\":\"\"}", -EINVAL,
	    "room is no text of 1 to 63 bytes");
	snprintf(line, sizeof(line), "{\"command\":\"lock\",\"room\":\"%063d\"}", 1);
	good(&req, line);
	snprintf(line, sizeof(line), "{\"command\":\"lock\",\"room\":\"%064d\"}", 1);
	bad(line, -EINVAL, "room is no text of 1 to 63 bytes");
}

/* ---- the table ---------------------------------------------------------- */

/* Words of a command line are told apart by their place: what may be left out
 * comes last, and no two arguments have one name. */
static void check_args(const struct ctl_spec *spec)
{
	bool optional = false, over = false;

	for (int i = 0; i < CTL_ARGS_MAX; i++) {
		const struct ctl_arg *a = &spec->args[i];

		over |= a->type == CTL_NONE;
		assert_true(over == (a->type == CTL_NONE));
		if (over)
			continue;
		assert_string_not_equal(a->name, "command");
		assert_true(a->optional || !optional);
		optional |= a->optional;
		assert_true(a->optional || a->type == CTL_NUMBER || a->type == CTL_TEXT);
		assert_true(a->type != CTL_NUMBER || a->max > a->min);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(a->name, spec->args[k].name);
	}
}

static void every_command_is_whole(void **state)
{
	char text[CTL_USAGE_MAX];

	(void)state;
	for (int i = 0; i < CTL__MAX; i++) {
		const struct ctl_spec *spec = ctl_spec((enum ctl_command)i);

		assert_non_null(spec->name);
		assert_non_null(spec->help);
		assert_int_equal(spec->help[strlen(spec->help) - 1], '.');
		assert_int_equal(ctl_find(spec->name), i);      /* no name twice */
		check_args(spec);
		ctl_usage(spec, text, sizeof(text));
		assert_true(strlen(text) < CTL_USAGE_MAX - 1);
	}
	assert_int_equal(ctl_find("nonsense"), CTL__MAX);
}

static void usage_shows_what_may_be_left_out(void **state)
{
	char text[CTL_USAGE_MAX];

	(void)state;
	ctl_usage(ctl_spec(CTL_MUTE), text, sizeof(text));
	assert_string_equal(text, "mute LEG [on|off]");
	ctl_usage(ctl_spec(CTL_KICK), text, sizeof(text));
	assert_string_equal(text, "kick LEG [--now]");
	ctl_usage(ctl_spec(CTL_DRAIN), text, sizeof(text));
	assert_string_equal(text, "drain [SECONDS]");
	ctl_usage(ctl_spec(CTL_ROOM), text, sizeof(text));
	assert_string_equal(text, "room ROOM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_have_names),
		cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(zero_bytes_are_refused),
		cmocka_unit_test(what_the_table_does_not_have_is_refused),
		cmocka_unit_test(wrong_types_are_refused),
		cmocka_unit_test(bounds_hold),
		cmocka_unit_test(every_command_is_whole),
		cmocka_unit_test(usage_shows_what_may_be_left_out)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
