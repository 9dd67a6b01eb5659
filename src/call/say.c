/* say.c - numbers and keys into prompts. */
#include "say.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "numbers.h"

void say_add(struct say *s, enum prompt p)
{
	if (p != PROMPT_NONE && s->n < SAY_MAX)
		s->what[s->n++] = (uint8_t)p;
}

_Static_assert((int)PROMPT__MAX <= (int)SAY_NAME0, "prompts and names are told apart");

void say_name(struct say *s, uint64_t leg)
{
	if (s->n == SAY_MAX || s->n_names == SAY_NAMES_MAX)
		return;
	s->what[s->n++] = (uint8_t)(SAY_NAME0 + s->n_names);
	s->names[s->n_names++] = leg;
}

static const struct number_rule *rule_for(enum lang lang, uint32_t n)
{
	const struct number_rule *r = numbers[lang].rules;

	while (r->from > n || (r->how == EXACT && r->from != n))
		r++;
	return r;
}

static bool is_counted(const struct number_rule *r)
{
	return r->how == COUNTED || r->how == COUNTED_BARE;
}

/* Recursion goes no deeper than two: a count is below 1000. */
static void add_words(struct say *s, enum lang lang, uint32_t n)
{
	for (;;) {
		const struct number_rule *r = rule_for(lang, n);
		const uint32_t count = is_counted(r) ? n / r->from : 1;

		if (r->how == COUNTED || (r->how == COUNTED_BARE && count > 1))
			add_words(s, lang, count);
		say_add(s, count > 1 && r->many ? r->many : r->word);
		n -= count * r->from;
		if (n == 0)
			return;
		if (r->joint == ALWAYS ||
		    (r->joint == BEFORE_ONE && (n == 1 || n == 11)))
			say_add(s, numbers[lang].joint);
	}
}

void say_number(struct say *s, enum lang lang, uint32_t n)
{
	char digits[12];

	if (n <= numbers[lang].max) {
		add_words(s, lang, n);
		return;
	}
	snprintf(digits, sizeof(digits), "%u", n);
	say_keys(s, digits);
}

void say_count(struct say *s, enum lang lang, uint32_t n, enum say_thing thing)
{
	const struct numbers *w = &numbers[lang];
	const uint8_t before = s->n;

	say_number(s, lang, n);
	if (w->one && n <= w->max && s->n > before && s->what[s->n - 1] == PROMPT_N1)
		s->what[s->n - 1] = (uint8_t)w->one;
	say_add(s, n == 1 ? w->things[thing].one : w->things[thing].many);
}

void say_keys(struct say *s, const char *keys)
{
	for (; *keys; keys++) {
		if (*keys >= '0' && *keys <= '9')
			say_add(s, (enum prompt)(PROMPT_N0 + (*keys - '0')));
		else if (*keys == '*')
			say_add(s, PROMPT_STAR);
		else if (*keys == '#')
			say_add(s, PROMPT_POUND);
	}
}
