/* test_lang.c - base/lang and sip/accept: tags of languages, and which of them
 * a peer likes best. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/lang.h"
#include "sip/accept.h"

enum { ALL = (1 << LANG__MAX) - 1 };

static void a_tag_names_its_language_whatever_follows(void **state)
{
	static const struct {
		const char *tag;
		enum lang lang;
	} rows[] = {
		{ "en", LANG_EN }, { "FR", LANG_FR }, { "es-MX", LANG_ES },
		{ "it_IT", LANG_IT }, { "ru-Cyrl-RU", LANG_RU },
		{ "de", LANG__MAX }, { "eng", LANG__MAX }, { "e", LANG__MAX },
		{ "", LANG__MAX }, { "*", LANG__MAX }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(lang_find(rows[i].tag, strlen(rows[i].tag)),
				 rows[i].lang);
	for (int i = 0; i < LANG__MAX; i++)
		assert_int_equal(lang_find(lang_code((enum lang)i), 2), i);
}

static void the_first_that_is_allowed_is_chosen(void **state)
{
	(void)state;
	assert_int_equal(lang_choose("de,fr-CA, es", ALL), LANG_FR);
	assert_int_equal(lang_choose("de fr-CA es", ALL & ~(1u << LANG_FR)), LANG_ES);
	assert_int_equal(lang_choose("de,fr", 1u << LANG_EN), LANG__MAX);
	assert_int_equal(lang_choose("", ALL), LANG__MAX);
	assert_int_equal(lang_choose(" ,,\t", ALL), LANG__MAX);
}

static void a_set_is_of_known_ones_only(void **state)
{
	(void)state;
	assert_int_equal(lang_set("en"), 1 << LANG_EN);
	assert_int_equal(lang_set("ru, en,ru"), 1 << LANG_EN | 1 << LANG_RU);
	assert_int_equal(lang_set("en,de"), -EINVAL);
	assert_int_equal(lang_set(""), -EINVAL);
}

/* A header of tags and their q, in turn; NULL ends it. */
static const char *accepted(const char *const in[])
{
	static sip_accept_language_t list[32];
	static char out[ACCEPT_LEN];
	unsigned n = 0;

	memset(list, 0, sizeof(list));
	for (; in[2 * n]; n++) {
		list[n].aa_value = in[2 * n];
		list[n].aa_q = *in[2 * n + 1] ? in[2 * n + 1] : NULL;
		if (n)
			list[n - 1].aa_next = &list[n];
	}
	accept_languages(out, n ? list : NULL);
	return out;
}

#define ACCEPTED(...) accepted((const char *const[]){ __VA_ARGS__, NULL })

static void what_is_liked_best_comes_first(void **state)
{
	(void)state;
	assert_string_equal(ACCEPTED("da", "", "en-gb", "0.8", "en", "0.7"),
			    "da,en-gb,en");
	assert_string_equal(ACCEPTED("en", "0.3", "fr", "0.85", "es", "", "it", "1.0"),
			    "es,it,fr,en");
	assert_string_equal(ACCEPTED("en", "0.001", "ru", "0.002"), "ru,en");
}

static void what_is_no_tag_or_not_wanted_is_left_out(void **state)
{
	(void)state;
	assert_string_equal(ACCEPTED(NULL), "");
	assert_string_equal(ACCEPTED("*", "", "fr", "0", "es", "0.000"), "");
	assert_string_equal(ACCEPTED("f", "", "a;b", "", "en\n", "", "it", "junk"),
			    "it");
	assert_string_equal(ACCEPTED("averyveryverylongtag", "", "en", ""), "en");
}

static void more_than_fits_is_left_out(void **state)
{
	const char *in[65];

	(void)state;
	for (int i = 0; i < 31; i++) {
		in[2 * i] = "aaaa-bbbb-cccc";
		in[2 * i + 1] = "";
	}
	in[62] = NULL;
	assert_string_equal(accepted(in), "aaaa-bbbb-cccc,aaaa-bbbb-cccc,"
			    "aaaa-bbbb-cccc,aaaa-bbbb-cccc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tag_names_its_language_whatever_follows),
		cmocka_unit_test(the_first_that_is_allowed_is_chosen),
		cmocka_unit_test(a_set_is_of_known_ones_only),
		cmocka_unit_test(what_is_liked_best_comes_first),
		cmocka_unit_test(what_is_no_tag_or_not_wanted_is_left_out),
		cmocka_unit_test(more_than_fits_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
