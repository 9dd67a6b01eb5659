/*
 * t_speech.h - speech with pauses and a noisy line, and how loud it is. For
 * tests; in floating point.
 */
#ifndef T_SPEECH_H
#define T_SPEECH_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "t_rand.h"
#include "t_voice.h"

/* dBov of the mean square of x[n]; 0 is a square wave of full scale. */
static inline double t_dbov(const int16_t *x, size_t n)
{
	double sum = 1e-9;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return 10 * log10(sum / (double)n / (32767.0 * 32767.0));
}

/* The level of what is speech in x[n]: frames of 10 ms within 20 dB of the
 * loudest, a plain form of ITU-T P.56. */
static inline double t_active_dbov(const int16_t *x, size_t n, size_t frame)
{
	double most = -127, sum = 0;
	size_t active = 0;

	for (size_t i = 0; i + frame <= n; i += frame)
		most = fmax(most, t_dbov(x + i, frame));
	for (size_t i = 0; i + frame <= n; i += frame) {
		const double db = t_dbov(x + i, frame);

		if (db > most - 20) {
			sum += pow(10, db / 10);
			active++;
		}
	}
	return active ? 10 * log10(sum / (double)active) : -127;
}

static inline int16_t t_clip(double x)
{
	return (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : lrint(x));
}

/* Adds white noise. */
static inline void t_noise(int16_t *x, size_t n, double dbov, uint32_t *seed)
{
	/* evenly spread in +-a: its mean square is a * a / 3 */
	const double a = 32767 * pow(10, dbov / 20) * sqrt(3);

	for (size_t i = 0; i < n; i++)
		x[i] = t_clip(x[i] + a * ((double)t_rand(seed) / 2147483648.0 - 1));
}

/* x[n] louder by db, clipped where it must be. */
static inline void t_raise(int16_t *x, size_t n, double db)
{
	const double gain = pow(10, db / 20);

	for (size_t i = 0; i < n; i++)
		x[i] = t_clip(x[i] * gain);
}

#endif
