/* say.c - numbers and keys into prompts. */
#include "say.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A number is its largest rule first: a counted word takes "how many" before
 * it (4 thousand), a plain one stands for itself (40); then the rest. */
struct rule {
	uint32_t from;
	enum prompt word;
	bool counted;
};

static const struct rule english[] = {
	{ 1000, PROMPT_THOUSAND, true },
	{ 100, PROMPT_HUNDRED, true },
	{ 90, PROMPT_N90, false }, { 80, PROMPT_N80, false },
	{ 70, PROMPT_N70, false }, { 60, PROMPT_N60, false },
	{ 50, PROMPT_N50, false }, { 40, PROMPT_N40, false },
	{ 30, PROMPT_N30, false }, { 20, PROMPT_N20, false },
	{ 19, PROMPT_N19, false }, { 18, PROMPT_N18, false },
	{ 17, PROMPT_N17, false }, { 16, PROMPT_N16, false },
	{ 15, PROMPT_N15, false }, { 14, PROMPT_N14, false },
	{ 13, PROMPT_N13, false }, { 12, PROMPT_N12, false },
	{ 11, PROMPT_N11, false }, { 10, PROMPT_N10, false },
	{ 9, PROMPT_N9, false }, { 8, PROMPT_N8, false },
	{ 7, PROMPT_N7, false }, { 6, PROMPT_N6, false },
	{ 5, PROMPT_N5, false }, { 4, PROMPT_N4, false },
	{ 3, PROMPT_N3, false }, { 2, PROMPT_N2, false },
	{ 1, PROMPT_N1, false }, { 0, PROMPT_N0, false }
};

static const struct rule *const rules[] = { [SAY_EN] = english };

void say_add(struct say *s, enum prompt p)
{
	if (p != PROMPT_NONE && s->n < SAY_MAX)
		s->what[s->n++] = (uint8_t)p;
}

static const struct rule *rule_for(enum say_lang lang, uint32_t n)
{
	const struct rule *r = rules[lang];

	while (r->from > n)
		r++;
	return r;
}

/* Recursion goes no deeper than two: a count is below 1000. */
void say_number(struct say *s, enum say_lang lang, uint32_t n)
{
	char digits[12];

	if (n > SAY_NUMBER_MAX) {
		snprintf(digits, sizeof(digits), "%u", n);
		say_keys(s, lang, digits);
		return;
	}
	for (;;) {
		const struct rule *r = rule_for(lang, n);

		if (r->counted)
			say_number(s, lang, n / r->from);
		say_add(s, r->word);
		n = r->counted ? n % r->from : n - r->from;
		if (n == 0)
			return;
	}
}

void say_keys(struct say *s, enum say_lang lang, const char *keys)
{
	(void)lang;     /* key names are the same prompts in each language */

	for (; *keys; keys++) {
		if (*keys >= '0' && *keys <= '9')
			say_add(s, (enum prompt)(PROMPT_N0 + (*keys - '0')));
		else if (*keys == '*')
			say_add(s, PROMPT_STAR);
		else if (*keys == '#')
			say_add(s, PROMPT_POUND);
	}
}
