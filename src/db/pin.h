/*
 * pin.h - a thread that checks PINs, because crypt(3) takes milliseconds.
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

/** tell: an eventfd that is woken when there is an answer. 0 or -errno. */
int pin_new(struct pin **pinp, int tell);
void pin_free(struct pin *pin);

/** Control: asks. 0, or -EAGAIN when too many wait. */
int pin_ask(struct pin *pin, const struct room_row *row, const char *text,
	    uint64_t leg);
/** Control: the next answer. */
bool pin_answer(struct pin *pin, uint64_t *leg, enum db_pin *result);

#endif
