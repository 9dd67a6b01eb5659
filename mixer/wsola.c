/* wsola.c - time scaling by whole periods. */
#include "wsola.h"

#include <assert.h>
#include <string.h>

/** How alike a[] and b[] are, by each step-th sample of w. */
static int32_t correlate(const int16_t *a, const int16_t *b, size_t w,
			 size_t step)
{
	int64_t ab = 0, aa = 0, bb = 0;

	for (size_t i = 0; i < w; i += step) {
		ab += a[i] * b[i];
		aa += a[i] * a[i];
		bb += b[i] * b[i];
	}
	if (aa == 0 && bb == 0)
		return MX_MATCH_ONE;            /* silence is like silence */
	if (ab <= 0 || aa == 0 || bb == 0)
		return 0;
	/* The sums are below 2^53, so exact as double, and there is nothing to
	 * contract: the same number on every machine. */
	return (int32_t)((double)ab * (double)ab / (double)aa / (double)bb *
			 MX_MATCH_ONE);
}

static int32_t match_at(const int16_t *a, size_t w, int sign, size_t lag,
			size_t step)
{
	return correlate(a, sign < 0 ? a - lag : a + lag, w, step);
}

struct mx_match mx_wsola_find(const int16_t *a, size_t w, int sign,
			      size_t from, size_t to, size_t coarse)
{
	size_t lo = from < to ? from : to, hi = from < to ? to : from;
	struct mx_match best = { from, -1 };
	size_t centre;

	for (size_t i = 0; i <= hi - lo; i += coarse) {
		size_t lag = from < to ? from + i : from - i;
		int32_t m = match_at(a, w, sign, lag, coarse);

		if (best.q15 < 0 || m > best.q15 + best.q15 / 64)
			best = (struct mx_match){ lag, m };
	}
	if (coarse == 1)
		return best;

	centre = best.lag;
	best.q15 = match_at(a, w, sign, centre, 1);
	for (size_t lag = centre > lo + coarse ? centre - coarse + 1 : lo;
	     lag <= hi && lag < centre + coarse; lag++) {
		int32_t m = match_at(a, w, sign, lag, 1);

		if (m > best.q15)
			best = (struct mx_match){ lag, m };
	}
	return best;
}

void mx_wsola_fade(int16_t *out, const int16_t *a, const int16_t *b, size_t n)
{
	int32_t len = (int32_t)n + 1;

	for (int32_t i = 0; i < (int32_t)n; i++)
		out[i] = (int16_t)((a[i] * (len - 1 - i) + b[i] * (i + 1)) / len);
}

void mx_wsola_shorten(int16_t *x, size_t n, size_t lag, size_t w)
{
	assert(lag + w <= n);
	mx_wsola_fade(x, x, x + lag, w);
	memmove(x + w, x + lag + w, (n - lag - w) * sizeof(*x));
}

void mx_wsola_lengthen(int16_t *x, size_t n, size_t lag, size_t w)
{
	assert(w <= n);
	memmove(x + lag, x, n * sizeof(*x));
	memcpy(x, x - lag, lag * sizeof(*x));
	/* now x[] is the signal of lag before, and x + lag what was here */
	mx_wsola_fade(x, x + lag, x, w);
}
