/*
 * naming.h - a caller says his name before he comes into the room, where the
 * room wants that: it is recorded, and where that is wanted he may hear it and
 * say it again.
 *
 *	ASK --said--> BEEP --said--> RECORD --key, pause or NAME_MAX_MS--> SAVE
 *	 ^                                                                  |
 *	 | 3, or nothing was said (three times)      the recorder is done   |
 *	 +------------------ REVIEW <---------------------------------------+
 *	                      | 1, or not wanted: into the room
 */
#ifndef NAMING_H
#define NAMING_H

#include "db/db.h"
#include "record.h"
#include "wish.h"

struct hub;
struct leg;

/** As room_enter(), after the name if he is to say one. The leg has no owner. */
void naming_enter(struct hub *hub, const struct db_room *cfg, struct leg *leg,
		  enum role role, enum admitted how,
		  const struct wishes *wishes);
/** What is left of recordings when media and recorder are gone. */
void naming_taps_free(struct hub *hub);

#endif
