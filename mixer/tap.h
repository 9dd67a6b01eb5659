/*
 * tap.h - what a room sounds like, on its way to whoever keeps it: frames of
 * 10 ms from a media worker to another thread, in a box (base/box.h) of them.
 * The stamp is the only clock: frames that are missing are silence.
 */
#ifndef MX_TAP_H
#define MX_TAP_H

#include <stdint.h>

enum { MX_TAP_HZ = 48000, MX_TAP_LEN = MX_TAP_HZ / 100 };

struct mx_tap_frame {
	uint32_t ts;                    /* of its first sample, in samples, from
					 * anywhere; wraps */
	uint8_t pcm[2 * MX_TAP_LEN];    /* 16 bits, big end first, as in L16 */
};

#endif
