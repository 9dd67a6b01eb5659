/* unknown.c - which option may have been meant by one that is not there. */
#include <string.h>

#include "option.h"

enum { WORD_MAX = 32 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/** Levenshtein's distance, a row at a time; UINT32_MAX for long words. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1];
	size_t n = strlen(b);

	if (strlen(a) > WORD_MAX || n > WORD_MAX)
		return UINT32_MAX;
	for (unsigned k = 0; k <= n; k++)
		row[k] = k;
	for (unsigned i = 1; *a; i++, a++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned k = 1; k <= n; k++) {
			unsigned above = row[k];

			row[k] = min3(above + 1, row[k - 1] + 1,
				      diagonal + (*a != b[k - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

/** A third of the letters may be wrong, and at least one. */
static bool is_near(const char *word, unsigned d)
{
	return d <= 1 + strlen(word) / 3;
}

static const struct option *nearest_section(const char *section)
{
	const struct option *o, *best = NULL;
	unsigned min = UINT32_MAX;

	for (unsigned i = 0; (o = option_nth(i)); i++) {
		unsigned d = distance(section, o->section);

		if (d < min) {
			min = d;
			best = o;
		}
	}
	return is_near(section, min) ? best : NULL;
}

/** The nearest key; among equals the section's own. */
static const struct option *nearest_key(const char *section, const char *key)
{
	const struct option *o, *best = NULL;
	unsigned min = UINT32_MAX;

	for (unsigned i = 0; (o = option_nth(i)); i++) {
		unsigned d = distance(key, o->key);
		bool own = strcmp(o->section, section) == 0;

		if (d < min || (d == min && own)) {
			min = d;
			best = o;
		}
	}
	return is_near(key, min) ? best : NULL;
}

void option_explain_unknown(const char *section, const char *key,
			    struct strbuf *why)
{
	const struct option *o;

	if (!option_has_section(section)) {
		o = nearest_section(section);
		strbuf_add(why, "there is no section [%.64s]", section);
		if (o)
			strbuf_add(why, "; did you mean [%s]?", o->section);
		return;
	}
	o = nearest_key(section, key);
	strbuf_add(why, "there is no option %s.%.64s", section, key);
	if (o)
		strbuf_add(why, "; did you mean %s.%s?", o->section, o->key);
}
