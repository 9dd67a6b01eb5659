/*
 * silk.h - what the head of an Opus frame's SILK layer says, without decoding
 * it: a few symbols of the range coder.
 *
 * The gain is the step of the quantizer. In background noise it follows the
 * level to within a step; in speech it says little of the level, but is seldom
 * what it was in the noise before.
 */
#ifndef MX_SILK_H
#define MX_SILK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MX_SILK_GAINS = 64,
	MX_SILK_GAIN_CDB = 137          /* hundredths of a dB that one is */
};

struct mx_silk_head {
	bool voice;             /* in any of its SILK frames, as sent */
	bool fec;               /* it begins with FEC for the one before */
	bool voiced;            /* the first SILK frame has a pitch ... */
	int gain;               /* ... and this gain, below MX_SILK_GAINS; -1: it
				 * lies behind the FEC */
};

/** Reads the head of a frame of so many SILK frames (1 to 3) and channels (1 or
 *  2); of two, what they have in common is looked at. */
struct mx_silk_head mx_silk_head(const uint8_t *frame, size_t len,
				 unsigned silk_frames, unsigned channels);

#endif
