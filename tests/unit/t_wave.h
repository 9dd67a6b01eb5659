/*
 * t_wave.h - sines, and what is left of one: the least-squares fit of a known
 * frequency. For tests; in floating point.
 */
#ifndef T_WAVE_H
#define T_WAVE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Sample i of a sine. */
static inline double t_sine(double amplitude, double hz, double rate, size_t i)
{
	return amplitude * sin(2 * M_PI * hz / rate * (double)i);
}

static inline double t_db(double ratio)
{
	return 20 * log10(ratio + 1e-12);
}

struct t_fit {
	double amplitude;       /* of the sine that fits best */
	double rest;            /* rms of what it leaves */
};

/* Fits a cos + b sin of one frequency: a 2x2 system, solved directly. */
static inline struct t_fit t_fit(const int16_t *x, size_t n, double hz,
				 double rate)
{
	double cc = 0, cs = 0, ss = 0, xc = 0, xs = 0, left = 0, a, b, det;

	for (size_t i = 0; i < n; i++) {
		const double c = cos(2 * M_PI * hz / rate * (double)i);
		const double s = sin(2 * M_PI * hz / rate * (double)i);

		cc += c * c;
		cs += c * s;
		ss += s * s;
		xc += x[i] * c;
		xs += x[i] * s;
	}
	det = cc * ss - cs * cs;
	a = (xc * ss - xs * cs) / det;
	b = (xs * cc - xc * cs) / det;
	for (size_t i = 0; i < n; i++) {
		const double w = 2 * M_PI * hz / rate * (double)i;
		const double d = x[i] - a * cos(w) - b * sin(w);

		left += d * d;
	}
	return (struct t_fit){ sqrt(a * a + b * b), sqrt(left / (double)n) };
}

#endif
