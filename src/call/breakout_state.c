/* breakout_state.c - the table of breakout_state.h. */
#include "breakout_state.h"

#include <errno.h>

struct cell {
	int err;
	enum breakout_state after;
};

#define TO(state) { 0, BREAKOUT_##state }
#define NO(err) { -(err), BREAKOUT_NONE }

static const struct cell cells[BREAKOUT__STATES][BREAKOUT__EVENTS] = {
	[BREAKOUT_NONE] = {
		[BREAKOUT_MAKE] = TO(OPEN),
		[BREAKOUT_ASSIGN] = NO(ENOTSUP),
		[BREAKOUT_HOP] = NO(ENOTSUP),
		[BREAKOUT_SAY] = NO(ENOTSUP),
		[BREAKOUT_RETURN] = NO(ENOTSUP),
		[BREAKOUT_OVER] = NO(ENOTSUP)
	},
	[BREAKOUT_OPEN] = {
		[BREAKOUT_MAKE] = NO(EALREADY),
		[BREAKOUT_ASSIGN] = TO(OPEN),
		[BREAKOUT_HOP] = TO(OPEN),
		[BREAKOUT_SAY] = TO(OPEN),
		[BREAKOUT_RETURN] = TO(RETURNING),
		[BREAKOUT_OVER] = TO(NONE)
	},
	[BREAKOUT_RETURNING] = {
		[BREAKOUT_MAKE] = NO(EALREADY),
		[BREAKOUT_ASSIGN] = NO(EBUSY),
		[BREAKOUT_HOP] = TO(RETURNING),
		[BREAKOUT_SAY] = TO(RETURNING),
		[BREAKOUT_RETURN] = TO(RETURNING),
		[BREAKOUT_OVER] = TO(NONE)
	}
};

const char *breakout_word(enum breakout_state state)
{
	static const char *const words[] = {
		[BREAKOUT_NONE] = "none", [BREAKOUT_OPEN] = "open",
		[BREAKOUT_RETURNING] = "returning"
	};

	return words[state];
}

int breakout_step(enum breakout_state state, enum breakout_event event,
		  enum breakout_state *after)
{
	const struct cell *c = &cells[state][event];

	if (!c->err)
		*after = c->after;
	return c->err;
}
