/* test_language.c - src/call: in which language a caller is spoken to. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "t_world.h"

/* What a caller of room 1000 hears when he is asked for the PIN. */
static const char *asked(const char *params, const char *accept, const char *room)
{
	const char *text;
	struct caller *c;

	str_copy(world_room("1000")->language, LANG_CODE_MAX, room);
	world->params = params;
	world->accept = accept;
	c = call("1000");
	text = hears(c);
	hangup(c);
	world->params = world->accept = NULL;
	return text;
}

static void the_callers_own_wish_goes_over_phone_room_and_server(void **state)
{
	static const struct {
		const char *params, *accept, *room, *heard;
	} rows[] = {
		{ NULL, "", "", "conf-getpin" },
		{ NULL, "", "it", "it:conf-getpin" },
		{ NULL, "fr-CA,en", "it", "fr:conf-getpin" },
		{ NULL, "de,es", "", "es:conf-getpin" },
		{ NULL, "de", "it", "it:conf-getpin" },
		{ "confab-lang=ru", "fr", "it", "ru:conf-getpin" },
		{ "user=phone;CONFAB-LANG=ES-mx", "", "", "es:conf-getpin" },
		{ "confab-lang=de", "fr", "it", "fr:conf-getpin" },
		{ "confab-lang", "", "it", "it:conf-getpin" },
		{ "confab-lang=", "", "it", "it:conf-getpin" },
		{ "confab-lang=aaaaaaaaaaaaaaaaaaaaaaaa", "", "", "conf-getpin" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(asked(rows[i].params, rows[i].accept,
					  rows[i].room), rows[i].heard);
}

static void a_language_that_the_server_does_not_speak_is_not_given(void **state)
{
	(void)state;
	str_copy(world->config.sounds.languages, 64, "es,en");
	assert_string_equal(asked("confab-lang=fr", "ru,en", ""), "conf-getpin");
	assert_string_equal(asked(NULL, "ru", "fr"), "es:conf-getpin");
}

static void each_hears_numbers_in_his_own(void **state)
{
	struct caller *c;

	(void)state;
	for (int i = 0; i < 21; i++)
		join("1001", NULL);
	world->accept = "fr";
	c = join("1001", NULL);
	hears(c);
	keys(c, "*3");
	assert_string_equal(heard(c), "fr:conf-thereare fr:digits/20 fr:digits/et "
			    "fr:digits/1 fr:conf-otherinparty");
	world->accept = "es";
	c = join("1001", NULL);
	hears(c);
	keys(c, "*3");
	assert_string_equal(heard(c), "es:conf-thereare es:digits/22 "
			    "es:conf-otherinparty");
}

static void a_room_that_was_keyed_in_speaks_its_own_from_then(void **state)
{
	struct caller *c = call("join");

	(void)state;
	str_copy(world_room("1001")->language, LANG_CODE_MAX, "it");
	assert_string_equal(heard(c), "conf-getconfno");
	keys(c, "1001#");
	assert_string_equal(heard(c), "it:conf-onlyperson");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_callers_own_wish_goes_over_phone_room_and_server),
		TEST(a_language_that_the_server_does_not_speak_is_not_given),
		TEST(each_hears_numbers_in_his_own),
		TEST(a_room_that_was_keyed_in_speaks_its_own_from_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
