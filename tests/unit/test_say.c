/* test_say.c - src/call/say and prompt: numbers and keys as they are spoken. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "call/say.h"

static const char *text_of(const struct say *s)
{
	static char text[2048];
	struct strbuf sb;

	strbuf_init(&sb, text, sizeof(text));
	for (unsigned i = 0; i < s->n; i++)
		strbuf_add(&sb, "%s%s", i ? " " : "", prompt_file(s->what[i]));
	return text;
}

static void a_number_is_spoken_in_english(void **state)
{
	static const struct {
		uint32_t n;
		const char *spoken;
	} rows[] = {
		{ 0, "digits/0" },
		{ 1, "digits/1" },
		{ 12, "digits/12" },
		{ 20, "digits/20" },
		{ 21, "digits/20 digits/1" },
		{ 99, "digits/90 digits/9" },
		{ 100, "digits/1 digits/hundred" },
		{ 115, "digits/1 digits/hundred digits/15" },
		{ 1000, "digits/1 digits/thousand" },
		{ 1001, "digits/1 digits/thousand digits/1" },
		{ 40302, "digits/40 digits/thousand digits/3 digits/hundred "
			 "digits/2" },
		{ 999999, "digits/9 digits/hundred digits/90 digits/9 "
			  "digits/thousand digits/9 digits/hundred digits/90 "
			  "digits/9" },
		{ 1000000, "digits/1 digits/0 digits/0 digits/0 digits/0 "
			   "digits/0 digits/0" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct say s = { 0 };

		say_number(&s, SAY_EN, rows[i].n);
		assert_string_equal(text_of(&s), rows[i].spoken);
	}
}

/* Reads the prompts back: whatever is spoken means the number. */
static uint32_t value_of(const struct say *s)
{
	uint32_t sum = 0, part = 0, n;

	for (unsigned i = 0; i < s->n; i++) {
		if (s->what[i] == PROMPT_THOUSAND) {
			sum += part * 1000;
			part = 0;
		} else if (s->what[i] == PROMPT_HUNDRED) {
			part *= 100;
		} else {
			assert_int_equal(sscanf(prompt_file(s->what[i]),
						"digits/%u", &n), 1);
			part += n;
		}
	}
	return sum + part;
}

static void every_number_means_itself(void **state)
{
	(void)state;
	for (uint32_t n = 0; n <= SAY_NUMBER_MAX; n += n < 2000 ? 1 : 37) {
		struct say s = { 0 };

		say_number(&s, SAY_EN, n);
		assert_int_equal(value_of(&s), n);
		assert_true(s.n <= 9);
	}
}

static void keys_are_spoken_one_by_one(void **state)
{
	struct say s = { 0 };

	(void)state;
	say_keys(&s, SAY_EN, "*1x0#");
	assert_string_equal(text_of(&s),
		"digits/star digits/1 digits/0 digits/pound");
}

static void a_full_list_takes_no_more(void **state)
{
	struct say s = { 0 };

	(void)state;
	for (int i = 0; i < SAY_MAX + 10; i++)
		say_add(&s, PROMPT_GOODBYE);
	assert_int_equal(s.n, SAY_MAX);
	say_number(&s, SAY_EN, 123);
	assert_int_equal(s.n, SAY_MAX);
}

static void nothing_adds_nothing(void **state)
{
	struct say s = { 0 };

	(void)state;
	say_add(&s, PROMPT_NONE);
	assert_int_equal(s.n, 0);
}

static void a_list_in_place_holds_its_prompts(void **state)
{
	(void)state;
	assert_string_equal(text_of(SAY(PROMPT_SORRY, PROMPT_GOODBYE)),
			    "sorry vm-goodbye");
}

static void prompt_files_are_all_there_once(void **state)
{
	size_t n;
	const char *const *files = prompt_files(&n);

	(void)state;
	assert_int_equal(n, PROMPT__MAX - 1);
	for (size_t i = 0; i < n; i++) {
		assert_true(strlen(files[i]) > 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(files[i], files[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_spoken_in_english),
		cmocka_unit_test(every_number_means_itself),
		cmocka_unit_test(keys_are_spoken_one_by_one),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(nothing_adds_nothing),
		cmocka_unit_test(a_list_in_place_holds_its_prompts),
		cmocka_unit_test(prompt_files_are_all_there_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
