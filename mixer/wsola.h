/*
 * wsola.h - time scaling by whole periods: finds where a signal repeats itself
 * and cross-fades from one place to the other, so that a period is taken out
 * or put in (Verhelst and Roelands, ICASSP 1993). Pure functions.
 */
#ifndef MX_WSOLA_H
#define MX_WSOLA_H

#include <stddef.h>
#include <stdint.h>

enum { MX_MATCH_ONE = 1 << 15 };        /* it is the very same */

struct mx_match {
	size_t lag;             /* samples */
	int32_t q15;            /* square of the normalised correlation, 0 if
				 * that is negative */
};

/**
 * The lag at which a[0..w) is most like a[sign * lag ..+ w).
 *
 * @param sign      +1 looks ahead, -1 looks back
 * @param from, to  all lags between them are tried, in this order; of two that
 *                  match almost equally well the first one wins
 * @param coarse    1, or try only each coarse-th lag on each coarse-th sample,
 *                  then the lags around the best one on all: rate / 8000
 */
struct mx_match mx_wsola_find(const int16_t *a, size_t w, int sign,
			      size_t from, size_t to, size_t coarse);

/** out[i] goes from a[i] to b[i]; out may be a or b. */
void mx_wsola_fade(int16_t *out, const int16_t *a, const int16_t *b, size_t n);

/** Takes lag samples out of x[0..n): fades over w samples, then moves the rest
 *  down. lag + w <= n. */
void mx_wsola_shorten(int16_t *x, size_t n, size_t lag, size_t w);

/** Puts lag samples into x[0..n), which has room for n + lag and lag samples
 *  of history before it. w <= n. */
void mx_wsola_lengthen(int16_t *x, size_t n, size_t lag, size_t w);

#endif
