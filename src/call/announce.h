/*
 * announce.h - what is still to be told to a room, or to one in it: a queue of
 * reasons, in their order. Pure.
 *
 * Words are made of a reason when its turn comes, so that they are true then.
 * Reasons of one kind that wait together are told as one, and a reason that has
 * gone before its turn is not told at all; a table says which undoes which.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "prompt.h"

enum announce {
	/* the room's */
	ANNOUNCE_JOIN, ANNOUNCE_LEAVE,
	ANNOUNCE_COUNT,                 /* how many there are */
	ANNOUNCE_LOCKED, ANNOUNCE_UNLOCKED,
	ANNOUNCE_ALL_MUTED, ANNOUNCE_ALL_UNMUTED,
	ANNOUNCE_RECORDED, ANNOUNCE_NOT_RECORDED,
	ANNOUNCE_LEADER_LEFT,
	ANNOUNCE_LEFT,                  /* n seconds are */
	ANNOUNCE_EXTENDED,
	ANNOUNCE_SAY,                   /* the prompt, or n */
	ANNOUNCE_ROLL,                  /* who is here, from the nth on */
	/* one member's */
	ANNOUNCE_WELCOME,               /* n: the leader has just come */
	ANNOUNCE_MUTED, ANNOUNCE_UNMUTED,
	ANNOUNCE_CONSENT,               /* may he be recorded? */
	ANNOUNCE_KNOCK,                 /* who waits to be let in */
	ANNOUNCE_REPLY,                 /* to a key of his */
	ANNOUNCE__MAX
};

enum announce_to { ANNOUNCE_TO_ALL, ANNOUNCE_TO_MODERATORS };

enum {
	ANNOUNCE_QUEUE_MAX = 8,
	ANNOUNCE_WHO_MAX = 8,           /* more are a number only */
	ANNOUNCE_BREAKOUTS = UINT8_MAX  /* the place of all of them */
};

struct announcement {
	enum announce what;
	enum announce_to to;
	uint8_t place;                  /* of comings, goings and the recording:
					 * where, 0 is the meeting itself; of
					 * others: where alone, 0: everywhere */
	uint32_t n;                     /* of SAY and LEFT: a number */
	enum prompt prompt;             /* of SAY; NONE: it is n */
	bool named;                     /* of JOIN and LEAVE: one has said his name */
	uint32_t events;                /* it stands for so many ... */
	uint64_t who[ANNOUNCE_WHO_MAX]; /* ... by these legs, the first of them; 0:
					 * nobody's */
	int64_t at_us;                  /* since when it waits; CLOCK_MONOTONIC */
};

struct announce_queue {
	uint8_t n;
	struct announcement v[ANNOUNCE_QUEUE_MAX];
	int64_t told_us[2];             /* when JOIN and LEAVE were told last; 0:
					 * never */
};

/** What became of a reason that was put. */
enum announce_put {
	ANNOUNCE_WAITS,
	ANNOUNCE_MERGED,                /* is told with one that waited already */
	ANNOUNCE_UNDONE,                /* undid one: neither is told */
	ANNOUNCE_JUST_TOLD,             /* its like was heard a moment ago */
	ANNOUNCE_FULL                   /* too many wait */
};

/** "join", "all_muted" ... */
const char *announce_word(enum announce what);
/** Is it a tone, the same in all languages, and short? */
bool announce_is_tone(const struct announcement *a);
/** Is it of its place alone? */
bool announce_is_local(enum announce what);
/** Is it told again from its begin, if a key or the room cut it off? */
bool announce_is_repeated(enum announce what);

/** Adds a reason; its events and at_us are set here. */
enum announce_put announce_put(struct announce_queue *q,
			       const struct announcement *a, int64_t now_us);
/** Takes the next one out. False: none waits. */
bool announce_take(struct announce_queue *q, struct announcement *a);
/** Puts one that was taken back to the front; if there is no room it is lost. */
void announce_put_back(struct announce_queue *q, const struct announcement *a);
/** It begins to be told. */
void announce_told(struct announce_queue *q, const struct announcement *a,
		   int64_t now_us);
/** The reason is gone, whoever gave it. */
void announce_drop(struct announce_queue *q, enum announce what);

#endif
