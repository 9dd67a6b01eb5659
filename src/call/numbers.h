/* numbers.h - how numbers are made of words, a table for each language; for
 * say.c. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include "say.h"

enum number_how {
	PLAIN,          /* stands for itself, the rest follows: forty-two */
	EXACT,          /* the same, where no rest follows: veintiuno */
	COUNTED,        /* "how many" goes before: four thousand */
	COUNTED_BARE    /* the same, but one is not said: mille */
};

/* When the word between it and the rest is said. */
enum number_joint { NEVER, ALWAYS, BEFORE_ONE };

/* A number is its largest rule first, then the rest. */
struct number_rule {
	uint32_t from;
	enum prompt word;
	enum number_how how;
	enum number_joint joint;
	enum prompt many;               /* in place of word where the count is not
					 * one; NONE: the same */
};

struct numbers {
	const struct number_rule *rules;        /* from the greatest; down to 0 */
	uint32_t max;                   /* greater ones have no words */
	enum prompt joint;
	enum prompt one;                /* before what is counted; NONE: as ever */
	struct thing {
		enum prompt one, many;
	} things[SAY_NEWCOMERS + 1];
};

extern const struct numbers numbers[LANG__MAX];

#endif
