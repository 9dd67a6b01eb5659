/*
 * jbuf_skew.h - how fast the sender's clock runs apart from ours. Part of the
 * jitter buffer.
 *
 * Packets can be late, never early: the line under all transits, not the one
 * through their middle, is the clocks' (S. Moon, P. Skelly, D. Towsley,
 * "Estimation and Removal of Clock Skew from Network Delay Measurements",
 * INFOCOM 1999). The least transit of each block of time stands in a list; its
 * lower convex hull has an edge above the middle of the time, and the slope of
 * that is the estimate. It is believed if both halves of the time say the same,
 * some times one after the other: else the network has changed, or it jitters
 * more than the clocks drift, and what was believed stays. Blocks grow from one
 * second to eight, so that something is known soon and much after minutes. In
 * pauses nothing is learned, and nothing forgotten.
 */
#ifndef MX_JBUF_SKEW_H
#define MX_JBUF_SKEW_H

#include <stdbool.h>
#include <stdint.h>

enum { MX_SKEW_BLOCKS = 32 };

struct mx_skew {
	int64_t at0_us, transit0_us;    /* where the list counts from */
	uint32_t span_ms;               /* of a block */
	unsigned n;                     /* blocks, the last one at work */
	int32_t begun_ms;               /* that one */
	struct {
		int32_t at_ms, least_us;
	} block[MX_SKEW_BLOCKS];
	unsigned agreed;                /* times, one after the other */
	bool known;
	int32_t ppm_q8;                 /* us a second by which transits grow; 0
					 * while it is not known */
};

/** A packet with this transit has arrived. */
void mx_skew_put(struct mx_skew *s, int64_t transit_us, int64_t arrival_us);
/** Another time line of the same clock. */
void mx_skew_restart(struct mx_skew *s);

#endif
