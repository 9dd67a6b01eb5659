/* room_state.c - the table of room_state.h. */
#include "room_state.h"

#include <assert.h>

/* one, more: the state with one, or several, in afterwards. With nobody in it
 * is INACTIVE while some wait, else EMPTY. */
struct cell {
	bool can;
	unsigned acts;
	enum room_state one, more;
};

#define CELL(acts, one, more) { true, acts, ROOM_##one, ROOM_##more }
#define NEVER { false, 0, ROOM_EMPTY, ROOM_EMPTY }

static const struct cell cells[ROOM__STATES][ROOM__EVENTS] = {
	[ROOM_EMPTY] = {
		[ROOM_JOIN_UNMARKED] = CELL(ACT_IN, SINGLE, MULTI),
		[ROOM_JOIN_WAIT] = CELL(ACT_WAIT, SINGLE, MULTI),
		[ROOM_JOIN_MARKED] = CELL(ACT_IN, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_LEAVE_UNMARKED] = NEVER,
		[ROOM_LEAVE_WAIT] = NEVER,
		[ROOM_LEAVE_MARKED] = NEVER,
		[ROOM_LEAVE_LAST_MARKED] = NEVER
	},
	[ROOM_INACTIVE] = {
		[ROOM_JOIN_UNMARKED] = CELL(ACT_IN, SINGLE, MULTI),
		[ROOM_JOIN_WAIT] = CELL(ACT_WAIT, SINGLE, MULTI),
		[ROOM_JOIN_MARKED] = CELL(ACT_IN | ACT_RELEASE, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_LEAVE_UNMARKED] = NEVER,
		[ROOM_LEAVE_WAIT] = CELL(0, SINGLE, MULTI),
		[ROOM_LEAVE_MARKED] = NEVER,
		[ROOM_LEAVE_LAST_MARKED] = NEVER
	},
	[ROOM_SINGLE] = {
		[ROOM_JOIN_UNMARKED] = CELL(ACT_IN, SINGLE, MULTI),
		[ROOM_JOIN_WAIT] = CELL(ACT_WAIT, SINGLE, MULTI),
		[ROOM_JOIN_MARKED] = CELL(ACT_IN | ACT_RELEASE, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_LEAVE_UNMARKED] = CELL(0, SINGLE, MULTI),
		[ROOM_LEAVE_WAIT] = CELL(0, SINGLE, MULTI),
		[ROOM_LEAVE_MARKED] = NEVER,
		[ROOM_LEAVE_LAST_MARKED] = NEVER
	},
	[ROOM_SINGLE_MARKED] = {
		[ROOM_JOIN_UNMARKED] = CELL(ACT_IN, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_JOIN_WAIT] = CELL(ACT_IN, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_JOIN_MARKED] = CELL(ACT_IN, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_LEAVE_UNMARKED] = NEVER,
		[ROOM_LEAVE_WAIT] = NEVER,
		[ROOM_LEAVE_MARKED] = NEVER,
		[ROOM_LEAVE_LAST_MARKED] = CELL(ACT_END_ANY | ACT_BACK, SINGLE, MULTI)
	},
	[ROOM_MULTI] = {
		[ROOM_JOIN_UNMARKED] = CELL(ACT_IN, SINGLE, MULTI),
		[ROOM_JOIN_WAIT] = CELL(ACT_WAIT, SINGLE, MULTI),
		[ROOM_JOIN_MARKED] = CELL(ACT_IN | ACT_RELEASE, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_LEAVE_UNMARKED] = CELL(0, SINGLE, MULTI),
		[ROOM_LEAVE_WAIT] = CELL(0, SINGLE, MULTI),
		[ROOM_LEAVE_MARKED] = NEVER,
		[ROOM_LEAVE_LAST_MARKED] = NEVER
	},
	[ROOM_MULTI_MARKED] = {
		[ROOM_JOIN_UNMARKED] = CELL(ACT_IN, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_JOIN_WAIT] = CELL(ACT_IN, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_JOIN_MARKED] = CELL(ACT_IN, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_LEAVE_UNMARKED] = CELL(0, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_LEAVE_WAIT] = NEVER,
		[ROOM_LEAVE_MARKED] = CELL(ACT_END_ANY, SINGLE_MARKED, MULTI_MARKED),
		[ROOM_LEAVE_LAST_MARKED] = CELL(ACT_END_ANY | ACT_BACK, SINGLE, MULTI)
	}
};

const char *room_state_word(enum room_state state)
{
	static const char *const words[ROOM__STATES] = {
		[ROOM_EMPTY] = "empty", [ROOM_INACTIVE] = "inactive",
		[ROOM_SINGLE] = "single", [ROOM_SINGLE_MARKED] = "single_marked",
		[ROOM_MULTI] = "multi", [ROOM_MULTI_MARKED] = "multi_marked"
	};

	return words[state];
}

bool room_state_takes(enum room_state state, enum room_event event)
{
	return cells[state][event].can;
}

unsigned room_state_acts(enum room_state state, enum room_event event)
{
	assert(cells[state][event].can);
	return cells[state][event].acts;
}

enum room_state room_state_after(enum room_state state, enum room_event event,
				 unsigned n_in, unsigned n_waiting)
{
	const struct cell *c = &cells[state][event];

	assert(c->can);
	if (!n_in)
		return n_waiting ? ROOM_INACTIVE : ROOM_EMPTY;
	return n_in == 1 ? c->one : c->more;
}
