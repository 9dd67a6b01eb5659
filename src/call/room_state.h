/*
 * room_state.h - who waits and who comes in: the states of a room and what
 * each coming and going does in each, as a table. Pure.
 *
 * The states are those of Asterisk's ConfBridge, so that its users find what
 * they know. A member is of one of three kinds: marked (a leader: moderators
 * are, if nobody says otherwise), waiting for a marked one, or neither. While a
 * marked one is in, nobody waits.
 */
#ifndef ROOM_STATE_H
#define ROOM_STATE_H

#include <stdbool.h>

enum room_kind { KIND_UNMARKED, KIND_WAIT, KIND_MARKED };

enum room_state {
	ROOM_EMPTY,             /* nobody at all: it begins, or has ended */
	ROOM_INACTIVE,          /* nobody is in, some wait */
	ROOM_SINGLE,            /* one is in, who is not marked */
	ROOM_SINGLE_MARKED,     /* one is in, who is marked */
	ROOM_MULTI,             /* several are in, nobody is marked */
	ROOM_MULTI_MARKED,      /* several are in, one at least is marked */
	ROOM__STATES
};

enum room_event {
	ROOM_JOIN_UNMARKED, ROOM_JOIN_WAIT, ROOM_JOIN_MARKED,   /* as room_kind */
	ROOM_LEAVE_UNMARKED,    /* one who is in and not marked */
	ROOM_LEAVE_WAIT,        /* one who waits */
	ROOM_LEAVE_MARKED,      /* one of several marked ones */
	ROOM_LEAVE_LAST_MARKED,
	ROOM__EVENTS
};

/** What is to be done before the next state, in this order. */
enum room_act {
	ACT_IN = 1,             /* who joins comes in */
	ACT_WAIT = 2,           /* who joins waits */
	ACT_RELEASE = 4,        /* all who wait come in */
	ACT_BACK = 8,           /* those in who are KIND_WAIT wait again; then those
				 * with end_marked are sent off */
	ACT_END_ANY = 16        /* those with end_marked_any are sent off */
};

/** "inactive", "multi_marked" ... */
const char *room_state_word(enum room_state state);
/** Can this happen in this state at all? */
bool room_state_takes(enum room_state state, enum room_event event);
/** The acts, or'ed, for an event that can happen. */
unsigned room_state_acts(enum room_state state, enum room_event event);
/** The state after event, with so many in and waiting then. */
enum room_state room_state_after(enum room_state state, enum room_event event,
				 unsigned n_in, unsigned n_waiting);

#endif
