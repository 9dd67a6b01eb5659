/* route.h - what a new call wants: reads the dialled name. Pure. */
#ifndef ROUTE_H
#define ROUTE_H

#include "config/config.h"
#include "db/db.h"
#include "sip/sip.h"
#include "wish.h"

enum route_kind {
	ROUTE_ASK,              /* the join name: ask for a room number */
	ROUTE_ROOM,             /* a room that exists */
	ROUTE_UNKNOWN           /* a name that is no room */
};

struct route {
	enum route_kind kind;
	char room[DB_NUMBER_MAX];       /* "" where none was dialled */
	char pin[DB_PIN_MAX];           /* that came along, "" for none; one that is
					 * too long to be any is "?" */
	char dialled[SIP_USER_MAX];     /* for the record: without the PIN */
	struct wishes wishes;
	enum lang lang;                 /* to speak to the caller in ... */
	bool lang_asked;                /* ... because he asked for it */
};

/** The language of a caller who asked for none, in a room that says so
 *  ("": does not). */
enum lang route_room_lang(const struct config *config, const char *language);

/** `1000`, `1000*PIN`, and `1000;pin=PIN`, which goes first; the same with the
 *  join name. */
void route_invite(struct route *r, const struct sip_invite *inv,
		  const struct config *config, const struct db *db);

#endif
