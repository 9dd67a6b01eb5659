/*
 * plc.h - loss concealment: goes on with a signal where it breaks off and,
 * where its other end is known, fills the gap from both.
 *
 * What does it do? Makes up samples after the last real one, or between two
 * real ones. How does it work? The signal is parted into its spectral envelope
 * (lpc.h) and an excitation; the last pitch period of the excitation goes on,
 * the more mixed with noise the less there is a pitch, and is shaped again, so
 * that there is no seam where it begins. It fades from 10 ms to silence at
 * 80 ms, as a voice would not have stayed the same for longer. Between two ends
 * the same is done backwards from the far one, and both meet in the middle, by
 * those pitch lags with which they meet in phase. How do I use it? begin with
 * what was played last, make as many samples as are missing; when the signal is
 * back, make a few more and cross-fade. Or begin, and bridge.
 *
 * Embedded; one thread, no allocation.
 */
#ifndef MX_PLC_H
#define MX_PLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lpc.h"

enum {
	MX_PLC_LAG_MIN_US = 2500,       /* 400 Hz */
	MX_PLC_LAG_MAX_US = 15000,      /* 67 Hz */
	MX_PLC_WINDOW_US = 20000,       /* compared to find the period */
	/* and for the prediction of its first sample */
	MX_PLC_HISTORY_US = MX_PLC_WINDOW_US + MX_PLC_LAG_MAX_US + 2000,
	MX_PLC_HOLD_US = 10000,
	MX_PLC_FADE_US = 80000,         /* from the first sample to silence */
	MX_PLC_FUTURE_US = 10000,       /* the least that a bridge ends on */
	MX_PLC_CYCLE_MAX = 48 * MX_PLC_LAG_MAX_US / 1000
};

struct mx_plc {
	uint32_t rate_hz;
	uint32_t seed;          /* of the noise */
	uint16_t lag;           /* samples of a period; of the cycle */
	uint16_t kept;          /* samples in cycle[], the last ones of the
				 * excitation; no less than lag */
	uint32_t made;          /* samples since begin */
	float likeness;         /* normalised correlation of the periods */
	float noise;            /* rms of the excitation */
	struct mx_lpc lpc;
	float memory[MX_LPC_ORDER_MAX]; /* the last samples, newest first */
	float *cycle;           /* the caller's: room for the longest lag */
};

/** Starts after end[-1]; MX_PLC_HISTORY_US before end are read. */
void mx_plc_begin(struct mx_plc *p, const int16_t *end);
/** The next n samples. */
void mx_plc_make(struct mx_plc *p, int16_t *out, size_t n);
/** All that is still to come is zero. */
bool mx_plc_is_silent(const struct mx_plc *p);

/**
 * Fills gap[0..n) between what p goes on from and the real gap[n .. n + future),
 * future no less than MX_PLC_FUTURE_US. p is at the gap's begin, where it may
 * already have made some; it is used up.
 */
void mx_plc_bridge(struct mx_plc *p, int16_t *gap, size_t n, size_t future);

#endif
