/*
 * ear.h - how far what came out is from what was sent, for an ear. Measures of
 * our own, for comparing like with like: the same trace, ours and a reference.
 * Neither says what a listener would say of it (MOS).
 */
#ifndef EAR_H
#define EAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Loudness-block distance: 18 mel bands of 150 to 3600 Hz in frames of 32 ms
 * each 10 ms; what came out is laid along what was sent by a monotone path in a
 * band of 600 ms (0.12 for each frame it slips); the differences of the bands'
 * levels, less their median, are averaged over the bands, then by the fourth
 * power in blocks of 320 ms, which dwells on the worst, then by the square over
 * the blocks. In log10 of power: 0 is the same.
 */
double q_ear_distance(const int16_t *sent, const int16_t *out, size_t n,
		      uint32_t rate_hz);

/** Mean over the made-up 5 ms blocks of speech of the ratio, in dB, of what was
 *  sent to the difference, each from -10 to 35. at, made: as in stream.h. */
double q_ear_snr(const int16_t *sent, size_t sent_n, const int16_t *out,
		 const int64_t *at, const bool *made, size_t blocks,
		 uint32_t rate_hz);

/** Root mean square, in dB, of the differences of the bands' levels (as above;
 *  what is 20 dB below speech counts little) in frames each 10 ms, of those that
 *  judged says. The sounds are aligned to the sample. */
double q_ear_spectral(const int16_t *sent, const int16_t *out, size_t n,
		      uint32_t rate_hz, const bool *judged);

#endif
