/*
 * jbuf_delay.h - how late packets come, and what delay that asks for. Part of
 * the jitter buffer.
 *
 * The transit of a packet is its arrival less its media time, microseconds
 * from an arbitrary zero. A packet is in time if the playout transit Q (the
 * moment it is needed less its media time) is not below its own. What does a
 * Q cost? Q itself, as delay; so much for each per cent of the sound that would
 * be made up because packets come too late, a packet that is a little late in
 * part only; more for what is so late that there would be a hole; and so much
 * for each per cent that is lost and that the packet behind it, were it there
 * in time, would make good (FEC) or better (plc.h). The transits of the last
 * half minute stand in a histogram of 1 ms bins; the best Q is where the cost
 * is least.
 *
 * Nothing in that needs to know the smallest transit. The smallest one of late
 * is kept to say how much delay is ours, and to bound it. Clocks that drift
 * apart would smear all that: so what is known of the past moves along with the
 * sender's (jbuf_skew.h).
 */
#ifndef MX_JBUF_DELAY_H
#define MX_JBUF_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "jbuf_skew.h"

enum {
	MX_DELAY_BINS = 512,
	MX_DELAY_BIN_US = 1000,
	MX_DELAY_SECONDS = 10,          /* the base is the least of so many */
	MX_DELAY_RECENT = 8,
	MX_DELAY_SURE = 1 << 15
};

struct mx_delay {
	int64_t anchor_us;              /* lower edge of bin 0 */
	int64_t base_us, latest_us;     /* least of second[], and greatest of
					 * the newest ones of it */
	int64_t now_s;                  /* which second the newest one is */
	unsigned seconds;               /* of second[] set */
	uint32_t weight;                /* of the next packet: it grows, in
					 * place of all others shrinking */
	uint32_t n;                     /* packets, up to MX_DELAY_RECENT */
	uint32_t at;                    /* next of recent[] */
	uint32_t units;                 /* length of the last one, in 10 ms */
	uint16_t low, high;             /* bins below and above are empty */
	int64_t recent[MX_DELAY_RECENT];        /* transits, a ring */
	/* extremes of the last seconds in which packets came, newest first */
	struct {
		int64_t min, max;
	} second[MX_DELAY_SECONDS];
	struct mx_skew skew;
	uint32_t bin[MX_DELAY_BINS];
};

/** What the buffer may choose from. */
struct mx_delay_choice {
	int64_t now_us;         /* the playout transit it has */
	int64_t step_us;        /* it can move by multiples of this, over 0 */
	int64_t min_us, max_us; /* bounds, over the base */
	int64_t ahead_us;       /* a packet that is there so long before it is
				 * due makes up for the one before; 0: none
				 * does */
	int32_t loss_q16;       /* share of packets that do not come at all */
	bool cheap;             /* any gain is worth a move down: nobody hears it,
				 * or what goes was only to bridge over */
};

/** Begins a time line; what is known of the sender's clock stays. */
void mx_delay_reset(struct mx_delay *d);
/** Counts a packet of length_us (at most 120 ms); also a late one. */
void mx_delay_put(struct mx_delay *d, int64_t transit_us, int64_t arrival_us,
		  int64_t length_us);
/** The least transit of late; 0 before the first packet. */
int64_t mx_delay_base(const struct mx_delay *d);
/** The greatest transit of the last one or two seconds. */
int64_t mx_delay_lately(const struct mx_delay *d);
/** How many steps up (or down, below 0) the playout transit should move; 0 if
 *  it is not worth while. */
int mx_delay_steer(const struct mx_delay *d, const struct mx_delay_choice *c);
/** A packet has not come by now_us of its transit: how likely is it that it does
 *  not by q_us either? Of MX_DELAY_SURE, by those that took so long before. */
int32_t mx_delay_miss(const struct mx_delay *d, int64_t now_us, int64_t q_us);

#endif
