/*
 * menu.h - sequences of keys, looked up in a const table.
 *
 * A row is chosen as soon as no longer row could still be meant; where one
 * could, the caller's pause decides. A row exists for a caller only if it
 * names one of his roles. Plain data: embed and zero; time is the caller's.
 */
#ifndef MENU_H
#define MENU_H

#include <stddef.h>
#include <stdint.h>

#include "prompt.h"

enum { MENU_KEYS_MAX = 7, MENU_PAUSE_MS = 2500 };

/** Who a row is for; a caller has exactly one role at a time. */
enum menu_role {
	MENU_USER = 1,                  /* in the room */
	MENU_MODERATOR = 2,             /* in the room */
	MENU_WAITING = 4,               /* for the moderator */
	MENU_IN_ROOM = MENU_USER | MENU_MODERATOR,
	MENU_ALL = MENU_IN_ROOM | MENU_WAITING
};

struct menu_row {
	const char *keys;               /* up to MENU_KEYS_MAX of 0-9 * # */
	unsigned roles;
	void (*act)(void *arg);         /* may free arg */
	enum prompt help;               /* said after "press KEYS"; NONE: the row
					 * is not in the help */
};

struct menu {
	char typed[MENU_KEYS_MAX + 1];
	uint8_t n;
};

enum menu_answer {
	MENU_NOTHING,                   /* a pause with nothing typed */
	MENU_MORE,                      /* wait for a key or the pause */
	MENU_CHOSEN,
	MENU_UNKNOWN                    /* no row begins like this */
};

/** A key. On MENU_CHOSEN *row is the row and the input starts anew. */
enum menu_answer menu_key(struct menu *m, const struct menu_row rows[], size_t n,
			  enum menu_role role, char key,
			  const struct menu_row **row);
/** The pause after a key is over. */
enum menu_answer menu_pause(struct menu *m, const struct menu_row rows[],
			    size_t n, enum menu_role role,
			    const struct menu_row **row);

#endif
