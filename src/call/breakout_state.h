/*
 * breakout_state.h - what can be done to the break-out rooms of a meeting, and
 * when: as a table. Pure.
 */
#ifndef BREAKOUT_STATE_H
#define BREAKOUT_STATE_H

enum breakout_state {
	BREAKOUT_NONE,          /* there are none */
	BREAKOUT_OPEN,          /* there are some, for any time */
	BREAKOUT_RETURNING,     /* there are some, and their end is set */
	BREAKOUT__STATES
};

enum breakout_event {
	BREAKOUT_MAKE,
	BREAKOUT_ASSIGN,        /* somebody is sent into one */
	BREAKOUT_HOP,           /* a moderator goes to another, or anybody back */
	BREAKOUT_SAY,
	BREAKOUT_RETURN,        /* the end is set, or is another */
	BREAKOUT_OVER,          /* the end has come, or the meeting's */
	BREAKOUT__EVENTS
};

/** "none", "open", "returning" */
const char *breakout_word(enum breakout_state state);
/** *after: the state after that. 0; -ENOTSUP: there are none; -EALREADY: there
 *  are some; -EBUSY: they are about to end; then *after is untouched. */
int breakout_step(enum breakout_state state, enum breakout_event event,
		  enum breakout_state *after);

#endif
