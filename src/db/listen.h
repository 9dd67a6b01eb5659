/*
 * listen.h - the thread that follows the room table.
 *
 * It reads all rooms, then waits for NOTIFY confab_room and reads what changed.
 * Every 2 s it asks the database for a sign of life; when that fails it
 * reconnects, with pauses up to 3 s, and reads everything again. What it learns
 * goes to control by messages. A copy of the rooms is kept in the journal's
 * folder, so that a server which starts while the database is away knows those
 * of its last run.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "rooms.h"

struct listen;

enum listen_kind {
	LISTEN_UP,              /* connected, and all rooms were sent */
	LISTEN_DOWN,
	LISTEN_ROWS,            /* rows[n], new or changed; part of load gen */
	LISTEN_LOADED,          /* load gen is whole: other rooms are gone */
	LISTEN_GONE,            /* the room of that number */
	LISTEN_MENUS,           /* menus[n]: all there are now */
	LISTEN_CHECKED          /* problems[n]: all there are now */
};

struct listen_msg {
	enum listen_kind kind;
	unsigned gen;
	struct room_row *rows;          /* the receiver's to free */
	struct db_problem *problems;    /* the same */
	struct db_menu_row *menus;      /* the same */
	size_t n;
	char number[DB_NUMBER_MAX];
};

/** dirfd: the journal's folder. tell: an eventfd that is woken when there is a
 *  message. 0 or -errno. */
int listen_new(struct listen **lp, const char *url, int dirfd, int tell);
/** Stops it, at once. */
void listen_free(struct listen *l);
/** Control: the next message. */
bool listen_take(struct listen *l, struct listen_msg *msg);

#endif
