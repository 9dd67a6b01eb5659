/* test_ctl_show.c - answers as people see them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/show.h"

static void assert_shown(const char *json, const char *want)
{
	json_t *obj = json_loads(json, 0, NULL);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(obj);
	assert_non_null(f);
	show(f, obj);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
	json_decref(obj);
}

static void values_are_lines(void **state)
{
	(void)state;
	assert_shown("{\"state\":\"up\",\"legs\":3,\"loss\":1.25,\"held\":true,"
		     "\"locked\":false,\"room\":\"\"}",
		     "state: up\nlegs: 3\nloss: 1.2\nheld: yes\nlocked: no\nroom:\n");
	assert_shown("{\"media\":{\"rx\":1,\"tx\":2},\"x\":1}",
		     "media:\n  rx: 1\n  tx: 2\nx: 1\n");
	assert_shown("{\"muted\":[\"own\",\"moderator\"]}", "muted: own,moderator\n");
	assert_shown("{\"rooms\":[]}", "rooms: none\n");
}

static void lists_of_objects_are_tables(void **state)
{
	(void)state;
	assert_shown("{\"legs\":[{\"leg\":7,\"name\":\"A\",\"muted\":[]},"
		     "{\"leg\":1234,\"name\":\"Bob\",\"muted\":[\"own\"]}],\"n\":2}",
		     "n: 2\n"
		     " LEG  NAME  MUTED\n"
		     "   7  A     -\n"
		     "1234  Bob   own\n");
}

static void columns_stand_under_each_other_in_any_script(void **state)
{
	(void)state;
	assert_shown("{\"l\":[{\"name\":\"\xc3\x84\xc3\x96\",\"x\":1},"
		     "{\"name\":\"abcdef\",\"x\":2}]}",
		     "NAME    X\n"
		     "\xc3\x84\xc3\x96      1\n"
		     "abcdef  2\n");
}

static void callers_do_not_drive_the_terminal(void **state)
{
	(void)state;
	assert_shown("{\"name\":\"\\u001b[2J\\n\\u009b1m\\u007f\xc2\xa0z\"}",
		     "name: ?[2J???1m?\xc2\xa0z\n");
}

static void what_is_too_long_is_cut_at_a_character(void **state)
{
	char json[1024], want[300], name[401];

	(void)state;
	for (int i = 0; i < 400; i += 2)
		memcpy(name + i, "\xc3\x84", 2);
	name[400] = '\0';
	snprintf(json, sizeof(json), "{\"name\":\"%s\"}", name);
	snprintf(want, sizeof(want), "name: %.254s\n", name);
	assert_shown(json, want);
}

static void rows_may_lack_a_column(void **state)
{
	(void)state;
	assert_shown("{\"l\":[{\"a\":1,\"b\":\"x\"},{\"a\":2}]}",
		     "A  B\n1  x\n2  -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_lines),
		cmocka_unit_test(lists_of_objects_are_tables),
		cmocka_unit_test(columns_stand_under_each_other_in_any_script),
		cmocka_unit_test(callers_do_not_drive_the_terminal),
		cmocka_unit_test(what_is_too_long_is_cut_at_a_character),
		cmocka_unit_test(rows_may_lack_a_column)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
