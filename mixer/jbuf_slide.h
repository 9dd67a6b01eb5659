/*
 * jbuf_slide.h - reads a signal a little faster or slower than it is. Part of
 * the jitter buffer: for a sender whose clock runs apart from ours.
 *
 * The place read from moves by fractions of a sample (J. O. Smith, "Digital
 * Audio Resampling": two phases of a windowed sinc, and a line between them).
 * What it needs of the future it takes from the past: reading is MX_SLIDE_LAG
 * samples late, or more. The way into that is a fade to a place that is alike.
 */
#ifndef MX_JBUF_SLIDE_H
#define MX_JBUF_SLIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resamp.h"

struct mx_dsp;

enum { MX_SLIDE_LAG = MX_SLIDE_TAPS / 2 + 2 };

struct mx_slide {
	bool on;
	size_t lag;             /* samples by which reading is late */
	size_t was;             /* lag of the frame before, to be faded from */
	bool fades;
	int64_t at_q32;         /* fraction of a sample, 0 to 2^32 - 1, by which
				 * it is less late */
	int64_t step_q32;       /* so much more for each sample put out */
};

/** Sets the speed: ppm_q8 over 0 is faster than the signal. */
void mx_slide_set(struct mx_slide *s, int32_t ppm_q8);
/** Begins to read lag samples behind what is read now, at least
 *  MX_SLIDE_LAG; or, if on, ends it. */
void mx_slide_begin(struct mx_slide *s, size_t lag);
void mx_slide_end(struct mx_slide *s);
/** Samples of the signal that the next n are made of: n, or one more or less. */
size_t mx_slide_need(const struct mx_slide *s, size_t n);
/** Puts out n samples, where x[0] would be next without a lag. Reads no more
 *  of x than mx_slide_need(), and lag + MX_SLIDE_TAPS before it. */
void mx_slide_run(struct mx_slide *s, const struct mx_resamp_bank *bank,
		  const struct mx_dsp *dsp, int16_t *out, const int16_t *x,
		  size_t n, size_t fade);

#endif
