/*
 * event.h - what happens in rooms, told to whoever wants to know: confabctl
 * events now, the HTTP event stream and the conference event package later.
 *
 * Events are numbered from 1 over the whole server, without gaps. They are told
 * in their order while they happen, on the control thread; a listener looks,
 * copies what it needs, and calls nothing of src/call but what shows (info).
 */
#ifndef EVENT_H
#define EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "control.h"
#include "record.h"

/* id, word; what on, layer, by and reason mean there */
#define EVENTS(X) \
	X(BEGIN, "begin")       /* a meeting begins */ \
	X(END, "end")           /* its last member is gone; reason */ \
	X(JOIN, "join")         /* on: he has to wait for a moderator */ \
	X(WAIT, "wait")         /* on: back to waiting; off: he is let in */ \
	X(LOBBY, "lobby")       /* on: he waits to be let in; off: he is, by */ \
	X(DEAF, "deaf")         /* on, by */ \
	X(HAND, "hand")         /* on: he asks to speak, by */ \
	X(LEAVE, "leave")       /* reason */ \
	X(MUTE, "mute")         /* on, layer, by */ \
	X(HOLD, "hold")         /* on: his phone put us on hold; by: control did */ \
	X(HOLD_MUSIC, "hold_music") /* on: music comes from him; off: no more */ \
	X(GHOST, "ghost")       /* on, by */ \
	X(PRIORITY, "priority") /* on, by */ \
	X(COACH, "coach")       /* on: other alone hears him, by */ \
	X(RELATE, "relate")     /* on: he hears other again; off: no more, by */ \
	X(VOLUME, "volume")     /* volume, db, by */ \
	X(MENU, "menu")         /* number: what the menu tells of him */ \
	X(TALK, "talk")         /* on: he begins to speak */ \
	X(LOCK, "lock")         /* on, by */ \
	X(MUTE_ALL, "mute_all") /* on, by: the moderator's layer of all who are no \
				 * moderators; no MUTE for each */ \
	X(EXTEND, "extend")     /* by: the end is put off */ \
	X(CLOSE, "close")       /* by: all are being sent off */ \
	X(RECORD, "record")     /* on, by: it is recorded */ \
	X(CONSENT, "consent")   /* number: his answer, a word; by */ \
	X(BREAKOUT, "breakout") /* on: place break-outs are made, off: they are \
				 * over; by */ \
	X(MUSIC, "music")       /* on, by: all hear music, as somebody wished */ \
	X(MOVE, "move")         /* place: where he is now, 0: the meeting; by */ \
	X(KICK, "kick")         /* by: he is sent away */ \
	X(DENY, "deny")         /* by: he is not let in */ \
	X(SAY, "say")           /* number: a prompt that all are told, by */ \
	X(AGC, "agc")           /* on, by: he is levelled */ \
	X(NS, "ns")             /* on, by: his line's noise is suppressed */ \
	X(ECHO, "echo")         /* on, by: the room's sound that he gives back is \
				 * kept out */ \
	X(DIAL, "dial")         /* number, dial, reason, by: somebody is called */

#define EVENT_ENUM(id, word) EVENT_##id,
enum event_type { EVENTS(EVENT_ENUM) EVENT__MAX };
#undef EVENT_ENUM

enum event_dial {
	DIAL_CALLING, DIAL_RINGING,
	DIAL_RETRY,             /* will be called again; reason */
	DIAL_FAILED,            /* will not; reason */
	DIAL_JOINED
};
/** "calling", "ringing", ... */
const char *event_dial_word(enum event_dial dial);

struct event {
	enum event_type type;
	uint64_t n;
	int64_t at_us;          /* CLOCK_REALTIME */
	const char *room;       /* number */
	unsigned members;       /* in it, after the event */
	uint64_t leg;           /* 0: it is about the room as a whole */
	const char *name, *uri; /* of the member, as he calls himself, or NULL */
	enum role role;
	unsigned muted;         /* enum mute, or'ed, after the event */
	bool on;
	enum mute layer;
	const char *by;         /* NULL: nobody in particular */
	unsigned place;
	enum end_reason reason;
	enum event_dial dial;
	const char *outcome;    /* of one who was called: a word, NULL: not yet */
	const char *number;     /* that is called; the prompt; MENU, CONSENT: a word */
	uint64_t other;         /* the leg that it is about as well */
	enum volume volume;
	int db;
};

const char *event_word(enum event_type type);

struct listener {
	struct link in_hub;
	/** The event and its strings are good until it returns. */
	void (*on_event)(void *arg, const struct event *ev);
	void *arg;
};

/** Tells of a call that may be in no room, which then only the audit hears of; the
 *  caller says type, on and by. */
void event_leg(struct leg *leg, struct event ev);

/** From now on l hears of everything; embedded in its owner. */
void hub_listen(struct hub *hub, struct listener *l);
/** Fine if it is not listening. From inside on_event(): only itself. */
void hub_unlisten(struct hub *hub, struct listener *l);
/** Number of the latest event, 0: none yet. */
uint64_t hub_events(const struct hub *hub);

#endif
