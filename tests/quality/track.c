/* track.c - see track.h */
#include "track.h"

#include <math.h>

enum {
	WING = 16,              /* samples to each side */
	ROUNDS = 3
};

/* What is left may be so much of the energy: else it is another place, which
 * leaves about twice the energy. What is above the filter's band, of white noise
 * some 8 %, is left always. */
static const double most_left = 0.2;

/* Values of a signal between its samples, all at the same fraction: a sinc under
 * Hann's window, independent of what is tested. */
struct between {
	long first;             /* sample of the first tap, for the first value */
	double h[2 * WING];
};

static void aim(struct between *b, double at)
{
	double fraction = at - floor(at), s = sin(M_PI * fraction) / M_PI;

	b->first = lrint(floor(at)) - WING + 1;
	for (int i = 0; i < 2 * WING; i++) {
		double t = fraction + WING - 1 - i;
		double w = cos(M_PI * t / (2 * WING + 2));

		/* sin(pi t) is that of the fraction, of either sign */
		b->h[i] = w * w * (fabs(t) < 1e-9 ? 1 :
				   ((WING - 1 - i) & 1 ? -s : s) / t);
	}
}

static double value(const struct between *b, const int16_t *pcm, size_t k)
{
	const int16_t *x = pcm + b->first + (long)k;
	double sum = 0;

	for (int i = 0; i < 2 * WING; i++)
		sum += x[i] * b->h[i];
	return sum;
}

/** One step of least squares towards the place; returns its length. */
static double step(const int16_t *pcm, const int16_t *out, size_t n, double at,
		   double *rest)
{
	static const double d = 0.05;
	double rs = 0, ss = 0, rr = 0, oo = 0;
	struct between before, behind;

	aim(&before, at - d);
	aim(&behind, at + d);
	for (size_t k = 0; k < n; k++) {
		double lo = value(&before, pcm, k), hi = value(&behind, pcm, k);
		double r = out[k] - (lo + hi) / 2, s = (hi - lo) / (2 * d);

		rs += r * s;
		ss += s * s;
		rr += r * r;
		oo += (double)out[k] * out[k];
	}
	/* rounding is no fault */
	*rest = fmax(0, rr - (double)n / 6) / fmax(oo, 1);
	return ss > 0 ? rs / ss : 0;
}

bool q_track(const int16_t *pcm, size_t len, const int16_t *out, size_t n,
	     double *at, double *rest)
{
	double x = *at, left = 1;

	if (x < WING + 1 || x + (double)n + WING + 1 >= (double)len)
		return false;
	for (int i = 0; i < ROUNDS; i++) {
		double by = step(pcm, out, n, x, &left);

		if (fabs(by) < 0.01)
			break;
		x += fmax(-0.5, fmin(0.5, by));
		if (fabs(x - *at) > 0.6)
			return false;
	}
	if (left > most_left)
		return false;
	*at = x;
	*rest = left;
	return true;
}
