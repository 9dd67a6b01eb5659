/*
 * rooms.h - control's cache of the room table.
 *
 * The listener (listen.h) sends rows; here they are kept by number and compared
 * with what was known, so that only what really changed is reported.
 *
 * A row whose number is "~PATTERN" stands for all rooms whose numbers the
 * pattern takes and that have no row of their own: X is 0-9, Z is 1-9, N is
 * 2-9, and everything else is itself. Of two patterns the one that is first in
 * ASCII is asked first, so that a digit goes before a class.
 */
#ifndef ROOMS_H
#define ROOMS_H

#include <stdbool.h>
#include <stddef.h>

#include "db.h"

enum { ROOMS_HASH_MAX = 128, ROOMS_SALT_MAX = 32, ROOMS_SCHEDULES_MAX = 2048 };

/** A row: the room, and the hashes that only this folder sees. Zeroed before
 *  it is filled: rows are compared as bytes. */
struct room_row {
	struct db_room room;
	char pin_hash[ROOMS_HASH_MAX];          /* "": none */
	char moderator_hash[ROOMS_HASH_MAX];
	char invite_salt[ROOMS_SALT_MAX];       /* "": nobody is invited */
	char schedules[ROOMS_SCHEDULES_MAX];    /* call/schedule.h reads it */
};

struct rooms;

int rooms_new(struct rooms **rp);
void rooms_free(struct rooms *rooms);
/** Without the ad-hoc ones. */
size_t rooms_n(const struct rooms *rooms);
/** The row, or what the first pattern that takes the number makes of it; NULL
 *  if there is none. Good until the next call. */
const struct room_row *rooms_find(struct rooms *rooms, const char *number);

/** Puts a row in. gen is the number of the load that it belongs to. Returns
 *  the kept row if it is new or has changed, else NULL. */
const struct room_row *rooms_set(struct rooms *rooms, const struct room_row *row,
				 unsigned gen);
/** Takes one out. True if it was in. */
bool rooms_del(struct rooms *rooms, const char *number);
/** After a load: takes out all that it did not mention, calling gone() after
 *  each. */
void rooms_sweep(struct rooms *rooms, unsigned gen,
		 void (*gone)(void *arg, const char *number), void *arg);

#endif
