/*
 * busy.h - how much of its tick a worker needs, and whether it may take more.
 *
 * The worker sorts what each tick took into hundredths of the tick's length;
 * once a second the time that nine of ten ticks kept goes to control. Not the
 * mean, because the legs of a large room send in the same one of two ticks, and
 * the busy one must be in time; and not the longest, which on a machine without
 * real-time priority says more of its neighbours. Control has a gate for each
 * worker: it shuts after one such second over the limit, and opens after two
 * a tenth below it, so that it does not flap.
 *
 * Plain data, zero it; a histogram belongs to the worker, a gate to control.
 */
#ifndef BUSY_H
#define BUSY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BUSY_STEP_US = 100,
	BUSY_STEPS = 151,               /* the last one: 15 ms and more */
	BUSY_PERCENTILE = 90,
	BUSY_OPENS = 2                  /* reports in a row that open a gate */
};

struct busy_hist {
	uint32_t n[BUSY_STEPS];
	uint32_t all;
};

void busy_put(struct busy_hist *h, int64_t us);
/** The time that so many percent of the ticks kept, rounded up to a step; 0
 *  without any. */
uint32_t busy_us(const struct busy_hist *h, unsigned percent);

struct busy_gate {
	bool shut;
	uint8_t low;                    /* reports in a row that speak for
					 * opening it */
};

/**
 * Takes a second's report.
 *
 * @param us     the time nine of ten ticks kept
 * @param limit  percent of a tick; 0: none
 * @return true if the gate has shut or opened
 */
bool busy_gate_put(struct busy_gate *g, uint32_t us, unsigned limit);
/** Opens it at once; true if it was shut. */
bool busy_gate_open(struct busy_gate *g);

#endif
