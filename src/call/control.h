/*
 * control.h - what can be done to meetings and their members while they run.
 *
 * One set of functions for all who may ask: keypad menus and confabctl now,
 * the HTTP API later. They check that the thing can be done, not that the
 * asker may: roles are looked at where the wish comes in. `by` says in the log
 * and in events who it was ("leg 17", "confabctl"); it is never kept.
 *
 * What there is to see is copied out: struct leg_info and struct room_info are
 * values. What happens is told to listeners, see event.h.
 *
 * All that do something return 0, -ENOENT (not in a room), -EALREADY (is so already), or as said.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

struct hub;
struct leg;
struct room;

/** By the number in its log tag, or NULL. Good until the next loop turn. */
struct leg *hub_leg(const struct hub *hub, uint64_t number);
/** A running meeting by its room number, or NULL. */
struct room *hub_room(const struct hub *hub, const char *number);

/** Layers: nobody lifts another one's. CONSENT and MUSIC are the
 *  server's, see consent.h and hold_music.c. */
enum mute {
	MUTE_OWN = 1, MUTE_MODERATOR = 2, MUTE_CONSENT = 4, MUTE_MUSIC = 8,
	MUTE__END = 16
};
/** "own", "moderator", "consent", "music" */
const char *mute_word(enum mute layer);

/** Mutes or unmutes a member in one layer, of the first two; he is told when that changes
 *  whether he can be heard. */
int leg_mute(struct leg *leg, enum mute layer, bool on, const char *by);
/** Lifts the mute that music brought, until that is over. -EALREADY: there is
 *  none. */
int leg_let_music(struct leg *leg, const char *by);
/** Whether his voice is levelled. -ENOENT if the leg has no media, -EAGAIN or
 *  -ENOMEM: it is as it was. */
int leg_agc(struct leg *leg, bool on, const char *by);
/** The same for the noise of his line: whether it is suppressed. */
int leg_ns(struct leg *leg, bool on, const char *by);
/** The same for the room's own sound that his line gives back: whether it is
 *  kept out, where it is found. */
int leg_echo(struct leg *leg, bool on, const char *by);
/** Ends a leg, in a room or not: he is told (unless at_once), and leaves the
 *  room's sound immediately. -ENOENT if it is ending already. */
int leg_kick(struct leg *leg, bool at_once, const char *by);

/** Makes a member hear nothing of the room; he is still heard. */
int leg_deaf(struct leg *leg, bool on, const char *by);
/** Puts a member on hold: he hears music, and nobody hears him. */
int leg_hold(struct leg *leg, bool on, const char *by);
/** Makes a ghost of him: he hears all, is not heard, and neither counts nor are
 *  his coming and going told. */
int leg_ghost(struct leg *leg, bool on, const char *by);
/** The others give way, by the room's duck_db, while he speaks. */
int leg_priority(struct leg *leg, bool on, const char *by);
/** Nobody but the pupil hears him, while he hears all; NULL: all hear him again.
 *  When his pupil leaves nobody hears him. -EINVAL: the two are not two members
 *  of one room; -ENOSPC: the pupil has too many exceptions; -ENOMEM. */
int leg_coach(struct leg *leg, struct leg *pupil, const char *by);
/** Whether a member hears another one. As leg_coach(); -EBUSY: the other one is
 *  a coach. */
int leg_relate(struct leg *leg, struct leg *other, bool hears, const char *by);

enum volume { VOLUME_TALK, VOLUME_LISTEN };
enum { VOLUME_STEP_DB = 4, VOLUME_MAX_DB = 16 };
/** How loud he is heard, or hears: so many steps up, or down if negative, or 0:
 *  as it was at first. -ERANGE: no more. */
int leg_volume(struct leg *leg, enum volume way, int step, const char *by);

/** Raises or takes down a member's hand: he asks to speak. A moderator's unmute
 *  takes it down as well. */
int leg_hand(struct leg *leg, bool on, const char *by);
/** The one whose hand is up longest may speak: his hand is taken down, and the
 *  moderator's mute lifted; where all are muted, whom this was done to before is
 *  muted again. -EALREADY: no hand is up. */
int room_next_hand(struct room *room, const char *by);

/** Of the waiting room: lets him in, or sends him away. -EALREADY: he is not
 *  there. */
int leg_admit(struct leg *leg, bool in, const char *by);
/** The same of the one who waits longest, or of all. -EALREADY: nobody does. */
int room_admit(struct room *room, bool all, const char *by);
int room_deny(struct room *room, const char *by);

/** Locks: only moderators may still come in. Until changed, or the meeting
 *  ends, or the room's row in the database changes its own lock. */
int room_lock(struct room *room, bool on, const char *by);
bool room_is_locked(const struct room *room);
/** Mutes (in the moderator's layer) all who are not moderators, those who come
 *  later too; or lifts that from all. Everybody hears it said. */
int room_mute_all(struct room *room, bool on, const char *by);
bool room_is_muted(const struct room *room);
/** Members now, waiting ones and ghosts included. */
unsigned room_members(const struct room *room);
/** Puts off the end of a meeting that has one, by so many seconds, or by the
 *  room's extend_s for 0; all are told. -ENOTSUP: it has no end, or may not be
 *  extended; -ERANGE: not by that much. */
int room_extend(struct room *room, uint32_t seconds, const char *by);
/** Ends the meeting for everybody. */
int room_close(struct room *room, const char *by);
/** Records the meeting into a file, or no more; all are told, those who come
 *  later too, or asked, as record_consent says. -ENOTSUP: there is no folder for
 *  it; -ENOSPC: too many are being recorded; -ENOMEM, -EAGAIN. */
int room_record(struct room *room, bool on, const char *by);
bool room_is_recorded(const struct room *room);
/** Plays the room's music to all, beside what they say, or no more. */
int room_ask_music(struct room *room, bool on, const char *by);
/** Do all hear music, for whatever reason? */
bool room_has_music(const struct room *room);
/** Calls people into the meeting, "4930123" or "111&222" (the first of them who
 *  joins is the one): see guests_call() for what goes wrong. */
int room_dial(struct room *room, const char *numbers, const char *by);
/** Stops calling them. -EALREADY: nobody is being called. */
int room_dial_stop(struct room *room, const char *by);
/** Tells all the names of those who are here and have said one. -ENOSPC: too
 *  much waits already. */
int room_roll_call(struct room *room, const char *by);
/** Plays a prompt, named as in prompt.h ("conf-locked"), to all who hear the
 *  room. -ENOENT: there is no such prompt; -ENODATA: its file could not be
 *  read; -ENOSPC: too many wait already; -EAGAIN: media does not keep up. */
int room_say(struct room *room, const char *prompt, const char *by);

/** Entries of menus that name sounds which are not there: into out[max], how
 *  many. */
size_t hub_menu_problems(const struct hub *hub, struct db_problem *out, size_t max);

/* ---- break-out rooms: see breakout.h ------------------------------------ */

enum { BREAKOUTS_MAX = 16 };

/** Makes n break-outs beside the meeting. -EALREADY: there are some; -ERANGE: 1
 *  to BREAKOUTS_MAX; what media_bus_open() says. */
int room_breakout_make(struct room *room, unsigned n, const char *by);
/** Sends all who are in the meeting itself, but moderators, into the break-outs,
 *  evenly. -ENOTSUP: there are none; -EBUSY: they are about to end; -EALREADY:
 *  there was nobody to send. */
int room_breakout_spread(struct room *room, const char *by);
/** Sends one there, 0: back into the meeting. -ENOTSUP; -ERANGE: there are not
 *  so many; -EBUSY: as above, but not for moderators; -EAGAIN: he waits. */
int leg_breakout(struct leg *leg, unsigned place, const char *by);
/** The same, to the next one, and from the last one to the meeting. */
int leg_breakout_hop(struct leg *leg, const char *by);
/** As room_say(), in the break-outs alone. -ENOTSUP. */
int room_breakout_say(struct room *room, const char *prompt, const char *by);
/** Ends them in so many seconds, of which all there are told, and once more when
 *  a minute is left; 0: now. -ENOTSUP; -ERANGE: a day at most. */
int room_breakout_return(struct room *room, uint32_t seconds, const char *by);
/** How many there are. */
unsigned room_breakouts(const struct room *room);

/* ---- what there is to see ----------------------------------------------- */

struct leg_info {
	uint64_t number;
	const char *state;      /* static: "ringing", "up", "leaving", ... */
	bool held, talking;
	bool agc;               /* is levelled */
	enum mx_ns_when ns;     /* whether noise is suppressed */
	bool unechoes;          /* echo is looked for */
	bool is_member;         /* in rec.room; if not, it asked for that at most */
	bool waiting;           /* for a moderator: hears nobody */
	bool lobby;             /* waits to be let in: the same */
	bool deaf;
	bool on_hold;           /* by control; held: by his phone */
	bool ghost, priority;
	bool hold_music;        /* that is what he sends */
	bool coaches;           /* is heard by pupil alone, ... */
	uint64_t pupil;         /* ... 0: by nobody */
	int talk_db, hear_db;
	unsigned breakout;      /* that he is in, 0: the meeting itself */
	unsigned hand;          /* his place among those who ask to speak, 0: does not */
	unsigned muted;         /* enum mute, or'ed */
	enum consent consent;   /* to the recording that runs */
	struct leg_record rec;  /* stats: as of the last five seconds */
};

struct room_info {
	char number[DB_NUMBER_MAX], name[DB_NAME_MAX];
	char id[ID_UUID_LEN];   /* of its conference record */
	bool waiting;           /* for a moderator */
	bool locked, muted, recorded;
	unsigned members;       /* waiting ones included, and ... */
	unsigned ghosts;        /* ... these */
	unsigned moderators;
	unsigned breakouts;
	uint32_t max_members;   /* 0: no limit */
	uint32_t rate_hz;
	int64_t started_us;     /* CLOCK_REALTIME */
	int64_t ends_in_us;     /* from now; INT64_MAX: no end is set */
};

void leg_info(const struct leg *leg, struct leg_info *info);
void room_info(const struct room *room, struct room_info *info);

/** Looks at one; false: no more of them, please. It must change nothing. */
typedef bool (leg_info_h)(const struct leg_info *info, void *arg);
typedef bool (room_info_h)(const struct room_info *info, void *arg);

/** All legs with a number above after, in the order of their numbers. */
void hub_each_leg(const struct hub *hub, uint64_t after, leg_info_h *fn,
		  void *arg);
/** The same for the members of a room. */
void room_each_member(const struct room *room, uint64_t after, leg_info_h *fn,
		      void *arg);
/** All running rooms, in the order in which they began. */
void hub_each_room(const struct hub *hub, room_info_h *fn, void *arg);

#endif
