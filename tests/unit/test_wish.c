/* test_wish.c - options that callers ask for, and what becomes of them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "call/wish.h"

static struct wishes parsed(const char *params)
{
	struct wishes w;

	wishes_parse(&w, params);
	return w;
}

static struct db_room room_allowing(const char *options)
{
	struct db_room room;

	memset(&room, 0, sizeof(room));
	str_copy(room.call_options, sizeof(room.call_options), options);
	return room;
}

static void every_option_can_be_wished_for_but_those_that_open_things(void **state)
{
	(void)state;
	for (int i = 0; i < DB_OPTION__MAX; i++) {
		const enum db_option_id id = (enum db_option_id)i;
		struct db_room all = room_allowing("*");

		assert_int_equal(db_option_find(db_option_name(id)), id);
		assert_int_equal(db_option_is_allowed(&all, id),
				 id != DB_OPTION_call_options &&
				 id != DB_OPTION_music_on_hold_class &&
				 id != DB_OPTION_perpetual_sound);
	}
	assert_int_equal(db_option_find("colour"), DB_OPTION__MAX);
}

static void yes_has_many_names_and_none(void **state)
{
	static const char *const on[] = {
		"", "=yes", "=true", "=on", "=1", "=YES", "="
	};
	static const char *const off[] = { "=no", "=false", "=off", "=0", "=No" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
		struct db_room room = room_allowing("*");
		struct wishes w;

		snprintf(text, sizeof(text), "transport=udp;confab-startmuted%s", on[i]);
		w = parsed(text);
		assert_int_equal(w.n, 1);
		wishes_apply(&w, &room, DB_OPTION_MEMBER);
		assert_true(room.startmuted);
	}
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		struct db_room room = room_allowing("*");
		struct wishes w;

		room.startmuted = true;
		snprintf(text, sizeof(text), "CONFAB-StartMuted%s;x", off[i]);
		w = parsed(text);
		wishes_apply(&w, &room, DB_OPTION_MEMBER);
		assert_false(room.startmuted);
	}
}

static void what_is_no_option_or_no_value_is_left_out(void **state)
{
	static const char *const bad[] = {
		"confab-colour=red", "confab-startmuted=maybe", "confab-", "confab-=",
		"confab-max_members=-1", "confab-max_members=100001",
		"confab-max_members=", "confab-echo=on", "confab-rate_hz=44100", "xconfab-quiet",
		"confab-startmuted=yesyesyesyesyesyes", "startmuted=yes",
		"confab-abcdefghijklmnopqrstuvwxyzabcdefghijkl=1", "", ";;;", "=", NULL
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parsed(bad[i]).n, 0);
}

static void of_one_option_named_twice_the_last_one_counts(void **state)
{
	struct wishes w = parsed("confab-max_members=3;confab-max_members=5");
	struct db_room room = room_allowing("max_members");

	(void)state;
	assert_int_equal(w.n, 1);
	wishes_apply(&w, &room, DB_OPTION_ROOM);
	assert_int_equal(room.max_members, 5);
}

static void only_what_the_room_allows_is_set(void **state)
{
	struct wishes w = parsed("confab-quiet;confab-marked;confab-locked;"
				 "confab-call_options=*");
	struct db_room room = room_allowing("quiet,lock,markedx,xmarked");

	(void)state;
	wishes_apply(&w, &room, DB_OPTION_ROOM | DB_OPTION_MEMBER);
	assert_true(room.quiet);
	assert_false(room.marked || room.locked);
	assert_string_equal(room.call_options, "quiet,lock,markedx,xmarked");
	room = room_allowing("");
	wishes_apply(&w, &room, DB_OPTION_ROOM | DB_OPTION_MEMBER);
	assert_false(room.quiet);
}

static void the_room_s_and_the_member_s_are_two_things(void **state)
{
	struct wishes w = parsed("confab-quiet;confab-max_members=4");
	struct db_room room = room_allowing("*");

	(void)state;
	wishes_apply(&w, &room, DB_OPTION_MEMBER);
	assert_true(room.quiet && !room.max_members);
	wishes_apply(&w, &room, DB_OPTION_ROOM);
	assert_int_equal(room.max_members, 4);
}

static void more_than_fit_are_left_out(void **state)
{
	char text[4096];
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, text, sizeof(text));
	for (int i = 0; i < DB_OPTION__MAX; i++)
		strbuf_add(&sb, ";confab-%s=16000", db_option_name((enum db_option_id)i));
	for (int i = 0; i < DB_OPTION__MAX; i++)
		strbuf_add(&sb, ";confab-%s=1", db_option_name((enum db_option_id)i));
	assert_false(sb.full);
	assert_in_range(parsed(text).n, 2, WISHES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_can_be_wished_for_but_those_that_open_things),
		cmocka_unit_test(yes_has_many_names_and_none),
		cmocka_unit_test(what_is_no_option_or_no_value_is_left_out),
		cmocka_unit_test(of_one_option_named_twice_the_last_one_counts),
		cmocka_unit_test(only_what_the_room_allows_is_set),
		cmocka_unit_test(the_room_s_and_the_member_s_are_two_things),
		cmocka_unit_test(more_than_fit_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
