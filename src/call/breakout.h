/*
 * breakout.h - break-out rooms: members of a meeting talk in small groups.
 *
 * What does it do? A meeting gets N mixes beside its own; each member is in one
 * of them, his place: 0 is the meeting itself, 1 to N the break-outs. How does
 * it work? Nothing but his place changes: he stays a member of the meeting,
 * with his seat, his mutes, his record; what ends for him or for the meeting
 * ends as ever. What is played to a meeting is heard in all its break-outs,
 * but for comings and goings, which are heard where they happen.
 *
 * What can be done to them is in control.h.
 */
#ifndef BREAKOUT_H
#define BREAKOUT_H

#include <stdbool.h>

#include "breakout_state.h"

struct media_bus;
struct room;

void breakout_init(struct room *room);
/** The mix of a place; that of the meeting where there is no such break-out. */
struct media_bus *breakout_bus(const struct room *room, unsigned place);
/** Members who are in, there, but ghosts. */
unsigned breakout_n_at(const struct room *room, unsigned place);
/** The meeting is over. Its bus is still open, and ports may be joined. */
void breakout_stop(struct room *room);

#endif
