/*
 * wish.h - options of a room that a caller asks for in the address he dials:
 * sip:1000@host;confab-startmuted;confab-quiet=yes. Plain data.
 *
 * Callers are strangers: a wish counts only where the room's call_options name
 * it. What is unknown, malformed or not allowed is left out and said in the
 * log; it never costs the caller his call.
 */
#ifndef WISH_H
#define WISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/option.h"

enum { WISHES_MAX = 16 };

struct wishes {
	uint8_t n;
	struct db_wish v[WISHES_MAX];
};

/** Reads the parameters of a URI ("a=1;b"), NULL for none. Of an option named
 *  twice the last one counts; more than WISHES_MAX are left out. */
void wishes_parse(struct wishes *w, const char *params);
/** The value of parameter confab-NAME, which is no option; false: it is not
 *  there, or longer than fits. */
bool wish_value(const char *params, const char *name, char *out, size_t size);
/** Sets in room what is wished of the options of these (enum db_option_whose,
 *  or'ed) and allowed by the room. */
void wishes_apply(const struct wishes *w, struct db_room *room, unsigned whose);

#endif
