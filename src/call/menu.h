/*
 * menu.h - sequences of keys, looked up in the rows of a menu.
 *
 * A row is chosen as soon as no longer row could still be meant; where one
 * could, the caller's pause decides; but a row that ends with help, or with a
 * sound that one keys over, is chosen at once and the sequence goes on. A row
 * exists for a caller only if it names his role. Plain data: embed and zero;
 * time is the caller's.
 */
#ifndef MENU_H
#define MENU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/db.h"

enum { MENU_KEYS_MAX = DB_MENU_KEYS_MAX - 1, MENU_PAUSE_MS = 2500 };

/** Who a row is for, as in struct db_menu_row; a caller has exactly one role at
 *  a time. */
enum menu_role {
	MENU_USER = 1,                  /* in the room */
	MENU_MODERATOR = 2,             /* in the room */
	MENU_WAITING = 4,               /* for the moderator */
	MENU_IN_ROOM = MENU_USER | MENU_MODERATOR,
	MENU_ALL = MENU_IN_ROOM | MENU_WAITING
};

struct menu {
	char typed[MENU_KEYS_MAX + 1];
	uint8_t n;
	bool acted;                     /* on what is typed so far */
};

enum menu_answer {
	MENU_NOTHING,                   /* a pause with nothing typed */
	MENU_MORE,                      /* wait for a key or the pause */
	MENU_CHOSEN,
	MENU_UNKNOWN                    /* no row begins like this */
};

/** A key. On MENU_CHOSEN *row is the row; the input starts anew, unless
 *  menu_goes_on(). */
enum menu_answer menu_key(struct menu *m, const struct db_menu_row rows[], size_t n,
			  enum menu_role role, char key,
			  const struct db_menu_row **row);
/** The pause after a key is over. */
enum menu_answer menu_pause(struct menu *m, const struct db_menu_row rows[],
			    size_t n, enum menu_role role,
			    const struct db_menu_row **row);
/** Is something typed that may become more? */
bool menu_goes_on(const struct menu *m);

#endif
