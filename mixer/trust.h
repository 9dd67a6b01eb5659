/*
 * trust.h - does a sender say truly how loud he is (RFC 6464)?
 *
 * What does it do? Compares what his packets say with what they are decoded
 * to. How does it work? Both powers are summed over a second of decoded sound;
 * he is believed from the first one on in which they agree within 6 dB, and no
 * longer after one in which they do not. A second in which both are nearly
 * silent says nothing. Needed because whoever believes a level need not
 * decode: a lie would then make somebody loud unheard, or everybody else quiet.
 *
 * Who believes a level and therefore does not decode learns nothing of lies:
 * he has to decode such a second now and then.
 *
 * Plain data of one thread; zero it to begin.
 */
#ifndef MX_TRUST_H
#define MX_TRUST_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MX_TRUST_FRAMES = 100,          /* of 10 ms */
	MX_TRUST_DB = 6,
	MX_TRUST_QUIET = 60             /* -dBov: below, they need not agree */
};

struct mx_trust {
	bool ok;
	uint8_t frames;                 /* of the second that goes on */
	uint32_t samples;
	uint64_t energy;                /* decoded ... */
	uint64_t said;                  /* ... and as said, 0 dBov being 2^32 */
};

/** A frame of 10 ms: the level its packet told, below 128, and the sum of the
 *  squares of its samples. */
void mx_trust_put(struct mx_trust *t, uint8_t level, uint64_t energy,
		  uint32_t samples);

#endif
