/*
 * plc.h - loss concealment: goes on with the last pitch period of a signal,
 * and fades it out.
 *
 * What does it do? Makes up samples after the last real one. How does it work?
 * It finds the period by correlation, repeats the last one for 10 ms as it is,
 * then ever more quietly until there is silence at 80 ms, as a voice would not
 * have stayed the same for longer. How do I use it? begin with what was
 * played last, make as many samples as are missing; when the signal is back,
 * make a few more and cross-fade.
 *
 * Embedded; one thread, no allocation.
 */
#ifndef MX_PLC_H
#define MX_PLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MX_PLC_LAG_MIN_US = 2500,       /* 400 Hz */
	MX_PLC_LAG_MAX_US = 15000,      /* 67 Hz */
	MX_PLC_WINDOW_US = 20000,       /* compared to find the period */
	MX_PLC_HISTORY_US = MX_PLC_WINDOW_US + MX_PLC_LAG_MAX_US,
	MX_PLC_HOLD_US = 10000,
	MX_PLC_FADE_US = 80000,         /* from the first sample to silence */
	MX_PLC_CYCLE_MAX = 48 * MX_PLC_LAG_MAX_US / 1000
};

struct mx_plc {
	uint32_t rate_hz;
	size_t len;             /* of the cycle */
	size_t pos;             /* next sample of it */
	size_t made;            /* since begin */
	int32_t step;           /* from the cycle's end to its begin, faded out
				 * over the first samples */
	int16_t *cycle;         /* the caller's: room for the longest lag */
};

/** Starts after end[-1]; MX_PLC_HISTORY_US before end are read. */
void mx_plc_begin(struct mx_plc *p, const int16_t *end);
/** The next n samples. */
void mx_plc_make(struct mx_plc *p, int16_t *out, size_t n);
/** All that is still to come is zero. */
bool mx_plc_is_silent(const struct mx_plc *p);

#endif
