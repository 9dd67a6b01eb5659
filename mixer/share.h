/*
 * share.h - how many of a room's places for voices belong to one of its parts.
 *
 * A room that takes so many voices (loudest.h) may have members on several
 * threads. What does this do? It says to each part how many of its voices are
 * among the room's loudest, so that all parts together mix as many as one
 * would. How does it work? Each tells its voices' ranks once a tick, and all
 * do the same sum over what was told one tick ago: no part asks, waits or
 * decides for another. Voices of the same rank go by the part's number. Who is
 * in has a higher rank for it (loudest.h), here as within a part, so places do
 * not go to and fro. As long as places are left any part may take them all:
 * a first word waits for nobody, and where two parts begin in the same tick
 * there may be too many for 20 ms. A place is given up a tick after somebody
 * else got it, because his voice is heard a tick late elsewhere: no gap.
 *
 * Plain data of one thread; nothing here allocates or waits. It costs half a
 * microsecond a tick in a room that has members on several threads, and one
 * load in any other.
 */
#ifndef MX_SHARE_H
#define MX_SHARE_H

#include <stdint.h>

#include "loudest.h"

struct mx_xchg;

/* Zeroed: a part that is new has no places before it has heard the others. */
struct mx_share {
	unsigned now, before;           /* places of this and the last tick */
	unsigned missed;                /* ticks without the others' word */
};

/** The part is alone, and has all places. */
void mx_share_alone(struct mx_share *s, unsigned most);
/** How many of a room's `most` places the part has in this tick. */
unsigned mx_share_take(struct mx_share *s, const struct mx_xchg *x,
		       unsigned part, uint64_t tick, unsigned most);
/** Tells the others of this tick's voices, by rank, of which `most` count. */
void mx_share_tell(struct mx_xchg *x, unsigned part, uint64_t tick,
		   const uint16_t voices[LOUDEST_RANKS], unsigned most);

#endif
