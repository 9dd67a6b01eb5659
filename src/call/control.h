/*
 * control.h - what can be done to meetings and their members while they run.
 *
 * One set of functions for all who may ask: keypad menus now, confabctl and
 * the HTTP API later. They check that the thing can be done, not that the
 * asker may: roles are looked at where the wish comes in. `by` says in the log
 * who it was ("leg 17", "confabctl"); it is never kept.
 *
 * All return 0, -ENOENT (not in a room), -EALREADY (is so already), or as said.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stdint.h>

struct hub;
struct leg;
struct room;

/** By the number in its log tag, or NULL. Good until the next loop turn. */
struct leg *hub_leg(const struct hub *hub, uint64_t number);
/** A running meeting by its room number, or NULL. */
struct room *hub_room(const struct hub *hub, const char *number);

/** Two layers: nobody lifts the other one's. */
enum mute { MUTE_OWN = 1, MUTE_MODERATOR = 2 };

/** Mutes or unmutes a member in one layer; he is told when that changes
 *  whether he can be heard. */
int leg_mute(struct leg *leg, enum mute layer, bool on, const char *by);
/** Ends a leg, in a room or not: he is told (unless at_once), and leaves the
 *  room's sound immediately. -ENOENT if it is ending already. */
int leg_kick(struct leg *leg, bool at_once, const char *by);

/** Locks: only moderators may still come in. Until changed, or the meeting
 *  ends, or the room's row in the database changes its own lock. */
int room_lock(struct room *room, bool on, const char *by);
bool room_is_locked(const struct room *room);
/** Mutes (in the moderator's layer) all who are not moderators, those who come
 *  later too; or lifts that from all. Everybody hears it said. */
int room_mute_all(struct room *room, bool on, const char *by);
bool room_is_muted(const struct room *room);
/** Members now, waiting ones included. */
unsigned room_members(const struct room *room);
/** Ends the meeting for everybody. */
int room_close(struct room *room, const char *by);

#endif
