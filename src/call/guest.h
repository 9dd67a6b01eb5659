/*
 * guest.h - people whom a room calls: from the wish to the seat.
 *
 * A guest is called, called again if he was busy or did not answer, asked to
 * press 1 so that no answering machine gets in, and seated like anybody else.
 * Guests of one wish ("111&222") are called at the same time; the first who
 * joins is the one, and the others are let go. Whom one may call at all is for
 * him to look at who asks; how many a room may call is looked at here.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/loop.h"
#include "db/db.h"

struct hub;
struct leg;
struct room;

enum { GUEST_NUMBER_MAX = 32, GUEST_GROUP_MAX = 8 };

/* A picture of these is in README. */
enum guest_state {
	GUEST_CALLING,          /* rings, or will */
	GUEST_PAUSE,            /* until he is called again */
	GUEST_ASKED             /* has answered, and is to press 1 */
};

struct guest {
	struct room *room;
	struct link in_room;
	enum guest_state state;
	char number[GUEST_NUMBER_MAX];
	uint64_t group;
	struct leg *leg;        /* NULL in a pause */
	unsigned tries;         /* calls made */
	unsigned asked;         /* times he heard the question */
	char by[64];            /* who wished it */
	struct db_invite invite;        /* whose number it is; id 0: nobody's */
	bool moderates;         /* he does */
	struct timer timer;     /* of a pause; of the question */
};

/** Is number, a beginning of which stands in list ("+49,0", "*": any), allowed
 *  to be called? */
bool guest_is_allowed(const char *list, const char *number);
/** Calls all numbers of a wish. 0; -EINVAL: not a number, or too many;
 *  -ENETUNREACH: there is no trunk; -EDQUOT: enough for this room today;
 *  -ENOSPC: it calls enough people already; or as leg_dial(). */
int guests_call(struct room *room, const char *numbers, const char *by);
/** The meeting is over, or somebody wishes it: nobody is called any more. How
 *  many that were. */
unsigned guests_drop(struct room *room);

/** A meeting begins: how many calls out of it were made today, before this run of
 *  the server too? */
void guests_count_today(struct room *room);

/** How many calls out each room has made today: plain data, in the hub; zero
 *  it. */
struct guest_days {
	struct list days;
};
void guest_days_free(struct guest_days *days);

#endif
