/*
 * echo_ring.h - the last seconds of a signal, by an endless sample number.
 *
 * What was never put is silence, and so is the future. Plain data; the samples
 * are the owner's, a power of two of them.
 */
#ifndef MX_ECHO_RING_H
#define MX_ECHO_RING_H

#include <stddef.h>
#include <stdint.h>

struct mx_echo_ring {
	int16_t *x;             /* [size] */
	size_t size;
	int64_t end;            /* the next sample's number */
};

/** Forgets all; the next sample is number at. */
void mx_echo_ring_reset(struct mx_echo_ring *r, int64_t at);
/** Puts n samples, NULL: silence, at number at. A hole before them becomes
 *  silence; what is there from at on is replaced. n is less than size. */
void mx_echo_ring_put(struct mx_echo_ring *r, int64_t at, const int16_t *x,
		      size_t n);
/** Copies n samples from number at on; before what is kept it is silent. */
void mx_echo_ring_get(const struct mx_echo_ring *r, int64_t at, int16_t *out,
		      size_t n);
/** The same from between two samples: a cubic through four (Lagrange). */
void mx_echo_ring_get_between(const struct mx_echo_ring *r, double at,
			      int16_t *out, size_t n);

#endif
