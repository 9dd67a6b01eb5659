/*
 * pin.h - a thread that hashes PINs, because crypt(3) takes milliseconds.
 *
 * Both hashes of a room are always checked, one of them against a made-up hash
 * if the room has only one: the time an answer takes does not tell which PINs
 * there are.
 */
#ifndef PIN_H
#define PIN_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "rooms.h"

struct pin;

/** What crypt(3) says: WRONG, USER, MODERATOR or FAILED by the room's own PINs; of
 *  invitees the database knows. */
struct pin_verdict {
	uint64_t leg;
	enum db_pin result;
	char room[DB_NUMBER_MAX];
	char hash[ROOMS_HASH_MAX];      /* as an invitee's; "": it is none */
	char source[DB_SOURCE_MAX], caller[DB_CALLER_MAX];
};

/** tell: an eventfd that is woken when there is an answer. 0 or -errno. */
int pin_new(struct pin **pinp, int tell);
void pin_free(struct pin *pin);

/** Control: asks. 0, or -EAGAIN when too many wait. */
int pin_ask(struct pin *pin, const struct room_row *row,
	    const struct db_pin_ask *ask);
/** Control: the next answer. */
bool pin_answer(struct pin *pin, struct pin_verdict *verdict);

#endif
