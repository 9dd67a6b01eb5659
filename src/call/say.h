/*
 * say.h - what is said, as a list of prompts: sentences, numbers, digits.
 *
 * How a language makes a number out of clips is one table; a new language is a
 * new table. Plain data, no allocation. A list that is full takes no more:
 * what it holds is said, and the rest is not.
 */
#ifndef SAY_H
#define SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "prompt.h"

enum say_lang { SAY_EN };

enum { SAY_MAX = 64, SAY_NUMBER_MAX = 999999 };

struct say {
	uint8_t n;
	uint8_t what[SAY_MAX];          /* enum prompt */
};

/** A list of prompts written in place: SAY(PROMPT_SORRY, PROMPT_GOODBYE). */
#define SAY(...) \
	(&(const struct say){ \
		.n = sizeof((uint8_t[]){ __VA_ARGS__ }), \
		.what = { __VA_ARGS__ } })

/** Adds one prompt; PROMPT_NONE adds nothing. */
void say_add(struct say *s, enum prompt p);
/** Adds a number as it is spoken, 0 to SAY_NUMBER_MAX; a larger one is spoken
 *  digit by digit. */
void say_number(struct say *s, enum say_lang lang, uint32_t n);
/** Adds keys one by one: 0-9, * and #; others are left out. */
void say_keys(struct say *s, enum say_lang lang, const char *keys);

#endif
