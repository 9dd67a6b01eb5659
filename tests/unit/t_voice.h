/*
 * t_voice.h - something like a voice, for codecs made for voices: the harmonics
 * of a gliding pitch, weighted by three formants, in syllables. For tests; in
 * floating point.
 */
#ifndef T_VOICE_H
#define T_VOICE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* How much a resonance at f, of a bandwidth, passes of hz. */
static inline double t_formant(double hz, double f, double width)
{
	const double d = (hz - f) / width;

	return 1 / (1 + d * d);
}

/* Fills x[n] with a voice from sample `from` on; about -20 dBov. */
static inline void t_voice(int16_t *x, size_t n, double rate, size_t from)
{
	for (size_t i = 0; i < n; i++) {
		const double t = (double)(from + i) / rate;
		/* 120 Hz, 10 up and down, once a second */
		const double turns = 120 * t - 10 / (2 * M_PI) *
			cos(2 * M_PI * t);
		const double loud = 0.501 + 0.499 * sin(2 * M_PI * 4 * t);
		double sum = 0;

		for (int k = 1; k * 130 < 3600; k++) {
			const double hz = 120.0 * k;

			sum += (t_formant(hz, 600, 150) +
				t_formant(hz, 1400, 200) / 2 +
				t_formant(hz, 2600, 300) / 4 + 0.02) *
				sin(2 * M_PI * k * turns + k * k);
		}
		x[i] = (int16_t)lrint(2500 * loud * sum);
	}
}

#endif
