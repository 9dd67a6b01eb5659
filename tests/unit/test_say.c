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

/* Short for what stands in rows: "20 et 1" are files below digits/. */
static const char *digits_of(const struct say *s)
{
	static char text[2048];
	static const char below[] = "digits/";
	struct strbuf sb;

	strbuf_init(&sb, text, sizeof(text));
	for (unsigned i = 0; i < s->n; i++) {
		const char *file = prompt_file(s->what[i]);

		if (strncmp(file, below, strlen(below)) == 0)
			file += strlen(below);
		strbuf_add(&sb, "%s%s", i ? " " : "", file);
	}
	return text;
}

static void each_language_has_its_own_numbers(void **state)
{
	static const struct {
		uint32_t n;
		const char *in[LANG__MAX];      /* en, fr, es, it, ru */
	} rows[] = {
		{ 0, { "0", "0", "0", "0", "0" } },
		{ 1, { "1", "1", "1", "1", "1" } },
		{ 17, { "17", "17", "17", "17", "17" } },
		{ 20, { "20", "20", "20", "20", "20" } },
		{ 21, { "20 1", "20 et 1", "21", "21", "20 1" } },
		{ 28, { "20 8", "20 8", "28", "28", "20 8" } },
		{ 31, { "30 1", "30 et 1", "30 and 1", "31", "30 1" } },
		{ 44, { "40 4", "40 4", "40 and 4", "40 4", "40 4" } },
		{ 70, { "70", "70", "70", "70", "70" } },
		{ 71, { "70 1", "60 et 11", "70 and 1", "71", "70 1" } },
		{ 79, { "70 9", "60 19", "70 and 9", "70 9", "70 9" } },
		{ 81, { "80 1", "80 1", "80 and 1", "81", "80 1" } },
		{ 90, { "90", "90", "90", "90", "90" } },
		{ 91, { "90 1", "80 11", "90 and 1", "91", "90 1" } },
		{ 99, { "90 9", "80 19", "90 and 9", "90 9", "90 9" } },
		{ 100, { "1 hundred", "hundred", "hundred", "hundred",
			 "hundred" } },
		{ 101, { "1 hundred 1", "hundred 1", "100-and 1", "hundred 1",
			 "hundred 1" } },
		{ 121, { "1 hundred 20 1", "hundred 20 et 1", "100-and 21",
			 "hundred 21", "hundred 20 1" } },
		{ 200, { "2 hundred", "2 hundred", "200", "2 hundred", "2 0 0" } },
		{ 542, { "5 hundred 40 2", "5 hundred 40 2", "500 40 and 2",
			 "5 hundred 40 2", "5 4 2" } },
		{ 1000, { "1 thousand", "thousand", "thousand", "thousand",
			  "1 0 0 0" } },
		{ 2001, { "2 thousand 1", "2 thousand 1", "2 thousand 1",
			  "2 thousands 1", "2 0 0 1" } },
		{ 40302, { "40 thousand 3 hundred 2", "40 thousand 3 hundred 2",
			   "40 thousand 300 2", "40 thousands 3 hundred 2",
			   "4 0 3 0 2" } },
		{ 1000000, { "1 0 0 0 0 0 0", "1 0 0 0 0 0 0", "1 0 0 0 0 0 0",
			     "1 0 0 0 0 0 0", "1 0 0 0 0 0 0" } }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int lang = 0; lang < LANG__MAX; lang++) {
			struct say s = { 0 };

			say_number(&s, (enum lang)lang, rows[i].n);
			assert_string_equal(digits_of(&s), rows[i].in[lang]);
		}
}

static void what_is_counted_has_its_form_in_each_language(void **state)
{
	static const struct {
		uint32_t n;
		enum lang lang;
		enum say_thing thing;
		const char *spoken;
	} rows[] = {
		{ 1, LANG_EN, SAY_MINUTES, "1 minute" },
		{ 5, LANG_EN, SAY_MINUTES, "5 minutes" },
		{ 1, LANG_FR, SAY_MINUTES, "1 minute" },
		{ 21, LANG_FR, SAY_MINUTES, "20 et 1 minutes" },
		{ 1, LANG_ES, SAY_MINUTES, "1M minutes" },
		{ 31, LANG_ES, SAY_MINUTES, "30 and 1M minutes" },
		{ 10, LANG_ES, SAY_MINUTES, "10 minutes" },
		{ 1, LANG_IT, SAY_NEWCOMERS, "un conf-userwilljoin" },
		{ 2, LANG_IT, SAY_NEWCOMERS, "2 conf-userswilljoin" },
		{ 1, LANG_RU, SAY_NEWCOMERS, "1 conf-userwilljoin" },
		{ 201, LANG_RU, SAY_MINUTES, "2 0 1 minutes" },
		{ 3, LANG_RU, SAY_OTHERS, "3 conf-otherinparty" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct say s = { 0 };

		say_count(&s, rows[i].lang, rows[i].n, rows[i].thing);
		assert_string_equal(digits_of(&s), rows[i].spoken);
	}
}

/* Reads the prompts back: whatever is spoken means the number. */
static uint32_t value_of(const struct say *s)
{
	uint32_t sum = 0, part = 0, n;

	for (unsigned i = 0; i < s->n; i++) {
		const enum prompt p = s->what[i];

		if (p == PROMPT_THOUSAND || p == PROMPT_IT_MILA) {
			sum += (part ? part : 1) * 1000;
			part = 0;
		} else if (p == PROMPT_HUNDRED) {
			part = (part ? part : 1) * 100;
		} else if (p != PROMPT_FR_ET && p != PROMPT_ES_Y) {
			assert_int_equal(sscanf(prompt_file(p), "digits/%u", &n), 1);
			part += n;
		}
	}
	return sum + part;
}

/* Those of one language are spoken in that one alone: they are loaded there. */
static void check_language(const struct say *s, enum lang lang)
{
	const char *names[PROMPT__MAX];
	const size_t n = prompt_files(lang, names);

	for (unsigned i = 0; i < s->n; i++) {
		size_t k = 0;

		while (k < n && strcmp(names[k], prompt_file(s->what[i])) != 0)
			k++;
		assert_true(k < n);
	}
}

static void every_number_means_itself(void **state)
{
	(void)state;
	for (int lang = 0; lang < LANG__MAX; lang++) {
		const uint32_t max = lang == LANG_RU ? 199 : SAY_NUMBER_MAX;

		for (uint32_t n = 0; n <= max; n += n < 2000 ? 1 : 37) {
			struct say s = { 0 };

			say_number(&s, (enum lang)lang, n);
			assert_int_equal(value_of(&s), n);
			assert_true(s.n <= 11);
			if (n % 7 == 0)
				check_language(&s, (enum lang)lang);
		}
	}
}

static void keys_are_spoken_one_by_one(void **state)
{
	struct say s = { 0 };

	(void)state;
	say_keys(&s, "*1x0#");
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
	say_number(&s, LANG_EN, 123);
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
	(void)state;
	for (int i = 1; i < PROMPT__MAX; i++) {
		const enum prompt p = (enum prompt)i;

		assert_true(strlen(prompt_file(p)) > 0);
		assert_int_equal(prompt_find(prompt_file(p)), p);
	}
	assert_int_equal(prompt_find("no such"), PROMPT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_language_has_its_own_numbers),
		cmocka_unit_test(what_is_counted_has_its_form_in_each_language),
		cmocka_unit_test(every_number_means_itself),
		cmocka_unit_test(keys_are_spoken_one_by_one),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(nothing_adds_nothing),
		cmocka_unit_test(a_list_in_place_holds_its_prompts),
		cmocka_unit_test(prompt_files_are_all_there_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
