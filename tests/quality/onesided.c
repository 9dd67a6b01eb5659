/* onesided.c - the field's concealment, for comparison. */
#include "onesided.h"

#include <math.h>
#include <string.h>

static size_t ms(const struct q_onesided_plc *p, double t)
{
	return (size_t)(p->rate_hz * t / 1000);
}

static void remember(struct q_onesided_plc *p, const int16_t *pcm, size_t n)
{
	if (n > Q_ONESIDED_HISTORY) {
		pcm += n - Q_ONESIDED_HISTORY;
		n = Q_ONESIDED_HISTORY;
	}
	memmove(p->past, p->past + n,
		(Q_ONESIDED_HISTORY - n) * sizeof(*p->past));
	memcpy(p->past + Q_ONESIDED_HISTORY - n, pcm, n * sizeof(*pcm));
}

/** Normalised correlation of the last 20 ms with what was lag before. */
static double likeness(const struct q_onesided_plc *p, size_t lag)
{
	const int16_t *end = p->past + Q_ONESIDED_HISTORY;
	double ab = 0, aa = 1, bb = 1;

	for (size_t i = 1; i <= ms(p, 20); i++) {
		double a = end[-(ptrdiff_t)i], b = end[-(ptrdiff_t)(i + lag)];

		ab += a * b;
		aa += a * a;
		bb += b * b;
	}
	return ab / sqrt(aa * bb);
}

static void find_period(struct q_onesided_plc *p)
{
	double best = -2;

	for (size_t lag = ms(p, 2.5); lag <= ms(p, 15); lag++) {
		double q = likeness(p, lag);

		if (q > best) {
			best = q;
			p->lag = lag;
		}
	}
}

static int16_t next(struct q_onesided_plc *p)
{
	const int16_t *end = p->past + Q_ONESIDED_HISTORY;
	double hold = (double)ms(p, 10), fade = (double)ms(p, 60);
	double t = (double)p->made, gain = 1;

	if (t > hold)
		gain = t < fade ? (fade - t) / (fade - hold) : 0;
	return (int16_t)(gain * end[(ptrdiff_t)(p->made++ % p->lag) -
				    (ptrdiff_t)p->lag]);
}

void q_onesided_lost(struct q_onesided_plc *p, int16_t *pcm, size_t n)
{
	if (p->made == 0)
		find_period(p);
	for (size_t i = 0; i < n; i++)
		pcm[i] = next(p);
}

void q_onesided_real(struct q_onesided_plc *p, int16_t *pcm, size_t n)
{
	size_t fade = ms(p, 4);

	for (size_t i = 0; p->made && i < fade && i < n; i++)
		pcm[i] = (int16_t)((pcm[i] * (double)(i + 1) +
				    next(p) * (double)(fade - i)) /
				   (double)(fade + 1));
	p->made = 0;
	remember(p, pcm, n);
}
