/*
 * room.h - meetings: who is in, who waits, and what happens to them.
 *
 * A room runs from its first member to its last. It is made from the room's
 * row, copied; changes of the row reach it by room_update(). What may be done
 * to it from outside is in control.h. The states are drawn in README.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>

#include "db/db.h"
#include "record.h"
#include "wish.h"

struct hub;
struct leg;
struct media_bus;
struct room;

/** May somebody of this role come in now? END_NONE: yes; END_LOCKED, END_FULL
 *  or END_NOT_RUNNING: no. Moderators always may. */
enum end_reason room_refuses(const struct hub *hub, const struct db_room *cfg,
			     enum role role, const struct wishes *wishes);
/** Does it ask for a PIN at all? */
static inline bool room_asks_pin(const struct db_room *cfg)
{
	return cfg->has_pin || cfg->has_moderator_pin || cfg->has_invites ||
	       cfg->invite_only;
}
/** Is the room open, by its schedule? END_NONE; END_NOT_YET, and *wait_s until
 *  it is; END_OVER. A meeting that may over-run is open while it goes on. */
enum end_reason room_is_closed(const struct hub *hub, const struct db_room *cfg,
			       uint32_t *wait_s);
/** Takes the leg in, first making the room if nobody is in it: then those of
 *  his wishes that are about the room count too. Without memory or a bus for it
 *  the leg is ended with an apology. */
void room_enter(struct hub *hub, const struct db_room *cfg, struct leg *leg,
		enum role role, enum admitted how,
		const struct wishes *wishes);
/** The mix, for placing ports near it; NULL for NULL. */
const struct media_bus *room_bus(const struct room *room);

#endif
