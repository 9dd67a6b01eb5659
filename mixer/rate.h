/*
 * rate.h - at which rate a room is mixed, and how that changes.
 *
 * The highest rate that two members can use, within bounds: more would be heard
 * by nobody. The first of a room's active parts decides for all of them, and
 * names the tick of the change some ticks ahead, since frames of two rates
 * cannot be summed. It waits for a pause, but no more than three seconds. Around
 * the change all that is heard dips: one tick falling, two shut, one rising;
 * meanwhile filters of the old rate ring out and those of the new one fill.
 *
 * Plain data of the mix's thread; nothing here allocates or reads a clock.
 */
#ifndef MX_RATE_H
#define MX_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct mx_xchg;

enum {
	MX_RATES = 4,           /* 8000, 16000, 24000, 48000 */
	MX_RATE_AHEAD = 4,      /* ticks from decision to change */
	MX_RATE_SETTLE = 20,    /* ticks that a wish must last */
	MX_RATE_WAIT = 300      /* ticks to wait for a pause */
};

struct mx_rate {
	uint32_t hz;            /* of this tick */
	uint8_t least, most;    /* rates, as indices */
	uint8_t next;           /* ... the one last decided on, and when it is ... */
	uint64_t at;            /* ... or was due */
	unsigned wait;          /* ticks that another one has been wished for */
	unsigned members[MX_RATES];     /* that can use this rate and no more */
};

enum mx_rate_dip { MX_RATE_OPEN, MX_RATE_FALLING, MX_RATE_SHUT, MX_RATE_RISING };

/** Begins at least_hz, as most rooms stay. 0, or -EINVAL: not two of the rates in order. */
int mx_rate_init(struct mx_rate *r, uint32_t least_hz, uint32_t most_hz);
/** The best of the rates for a member that can use up to hz. */
uint8_t mx_rate_for(uint32_t hz);
/** Goes on to tick n; pause: nobody speaks. True: hz has changed. */
bool mx_rate_step(struct mx_rate *r, struct mx_xchg *x, unsigned part,
		  uint64_t n, bool pause);
enum mx_rate_dip mx_rate_dip(const struct mx_rate *r, uint64_t n);

#endif
