/*
 * lpc.h - linear prediction: what of a signal is its spectrum's shape, and what
 * is new in each sample. Pure functions, in float: the same inputs give the
 * same result on one machine, and no more is needed of what is made up.
 *
 * Autocorrelation method with Levinson's recursion (Makhoul, Proc. IEEE 63,
 * 1975): a window that leans to the new end, a lag window of 40 Hz against
 * sharp peaks, and a bandwidth expansion of 0.998.
 */
#ifndef MX_LPC_H
#define MX_LPC_H

#include <stddef.h>
#include <stdint.h>

enum { MX_LPC_ORDER_MAX = 16, MX_LPC_WINDOW_MAX = 48 * 25 };

struct mx_lpc {
	unsigned order;
	float a[MX_LPC_ORDER_MAX];      /* x[n] is about -sum a[k] x[n-1-k] */
};

/** Of x[0..n), of which the end counts most; n up to MX_LPC_WINDOW_MAX. */
void mx_lpc_find(struct mx_lpc *l, const float *x, size_t n, uint32_t rate_hz);
/** out[i] = what is new in x[i]; reads x[-order] on. */
void mx_lpc_residual(const struct mx_lpc *l, const float *x, size_t n,
		     float *out);

#endif
