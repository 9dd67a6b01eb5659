/*
 * floor.h - who holds a room's floor, over all of its parts.
 *
 * Each part finds its own dominant speaker by dsi.h, and publishes how active
 * he is; the first of the active parts then does the same among those of all
 * parts, and it alone has something to tell.
 */
#ifndef MX_FLOOR_H
#define MX_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

struct mx_port;
struct mx_xchg;

enum { MX_FLOOR_TICKS = 10 };

/** Zero it. */
struct mx_floor {
	const struct mx_port *holder;   /* in this part, NULL: nobody */
	unsigned holder_part;           /* of all parts, if it leads */
	bool leads;
	uint64_t id;                    /* of all parts */
	bool news;
};

/** Decides among those who are awake; every MX_FLOOR_TICKS, when these have
 *  listened. Who sleeps is not active, but may hold the floor. */
void mx_floor_decide(struct mx_floor *f, const struct mx_port *awake,
		     struct mx_xchg *x, unsigned part);
/** He leaves, or may not speak any more. */
void mx_floor_leave(struct mx_floor *f, const struct mx_port *port);
/** Has it changed since this was asked last? True, with the new one. */
bool mx_floor_news(struct mx_floor *f, uint64_t *id);

#endif
