/*
 * say.h - what is said, as a list of prompts: sentences, numbers, digits.
 *
 * How a language makes a number out of clips is one table (numbers.c); a new
 * language is a new table. Plain data, no allocation. A list that is full takes
 * no more: what it holds is said, and the rest is not.
 */
#ifndef SAY_H
#define SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lang.h"
#include "prompt.h"

enum {
	SAY_MAX = 96, SAY_NUMBER_MAX = 999999,
	SAY_NAMES_MAX = 16,
	SAY_NAME0 = UINT8_MAX - SAY_NAMES_MAX   /* what[]: names[0] ... */
};

struct say {
	uint8_t n;
	uint8_t what[SAY_MAX];          /* enum prompt, or SAY_NAME0 + i */
	uint8_t n_names;
	uint64_t names[SAY_NAMES_MAX];  /* of legs, see name.h */
};

/** A list of prompts written in place: SAY(PROMPT_SORRY, PROMPT_GOODBYE). */
#define SAY(...) \
	(&(const struct say){ \
		.n = sizeof((uint8_t[]){ __VA_ARGS__ }), \
		.what = { __VA_ARGS__ } })

/** What is counted: the words after the number. */
enum say_thing {
	SAY_MINUTES,                    /* "minutes" */
	SAY_SECONDS,                    /* "seconds" */
	SAY_OTHERS,                     /* "other participants in the conference",
					 * from two */
	SAY_NEWCOMERS                   /* "users will join the conference" */
};

/** Adds one prompt; PROMPT_NONE adds nothing. */
void say_add(struct say *s, enum prompt p);
/** Adds what the caller of a leg has said his name is. */
void say_name(struct say *s, uint64_t leg);
/** Adds a number as it is spoken, 0 to SAY_NUMBER_MAX; one that the language's
 *  sounds have no words for is spoken digit by digit. */
void say_number(struct say *s, enum lang lang, uint32_t n);
/** Adds so many of something, in the forms that the language has for one and
 *  for more. */
void say_count(struct say *s, enum lang lang, uint32_t n, enum say_thing thing);
/** Adds keys one by one: 0-9, * and #; others are left out. */
void say_keys(struct say *s, const char *keys);

#endif
