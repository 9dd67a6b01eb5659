/* ear.c - distances between sounds. */
#include "ear.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quality.h"

enum {
	BANDS = 18,
	LOW_HZ = 150, HIGH_HZ = 3600,
	FINE = 4,               /* steps of a path in a frame: 2.5 ms */
	BAND = 60 * FINE,       /* steps that a path may be off */
	OFFSETS = 2 * BAND + 1,
	BLOCK = 32,             /* frames */
	FFT_MAX = 2048,
	GLOBAL = 50             /* frames of the constant delay tried */
};

static const float SLIP = 0.12f / FINE;         /* for each step */
/* Of a band's power: 20 dB below the average one of speech at -26 dBov, and
 * over the noise of the recordings, which differs from frame to frame. */
static const double FLOOR = 1.5e5;

/* ---- spectra ------------------------------------------------------------- */

static void fft(double complex *x, size_t n)
{
	for (size_t i = 1, j = 0; i < n; i++) {
		size_t bit = n >> 1;

		for (; j & bit; bit >>= 1)
			j ^= bit;
		j |= bit;
		if (i < j) {
			double complex t = x[i];

			x[i] = x[j];
			x[j] = t;
		}
	}
	for (size_t len = 2; len <= n; len *= 2) {
		double complex w = cexp(-2 * M_PI * I / (double)len);

		for (size_t i = 0; i < n; i += len) {
			double complex f = 1;

			for (size_t k = 0; k < len / 2; k++, f *= w) {
				double complex a = x[i + k];
				double complex b = f * x[i + k + len / 2];

				x[i + k] = a + b;
				x[i + k + len / 2] = a - b;
			}
		}
	}
}

static double mel(double hz)
{
	return 2595 * log10(1 + hz / 700);
}

/** The band, as a fraction, in which a frequency lies; triangles of width 2. */
static double band_of(double hz)
{
	double lo = mel(LOW_HZ), hi = mel(HIGH_HZ);

	return (mel(hz) - lo) / (hi - lo) * (BANDS + 1) - 1;
}

/** log10 of the power of the bands, a frame each hop samples. */
static float (*levels(const int16_t *x, size_t n, uint32_t rate_hz,
		      size_t hop, size_t frames))[BANDS]
{
	float (*out)[BANDS] = q_alloc(frames, sizeof(*out));
	size_t len = rate_hz * 32 / 1000, size = 1;
	double complex buf[FFT_MAX];

	while (size < len)
		size *= 2;
	for (size_t t = 0; t < frames; t++) {
		double power[BANDS] = { 0 };

		memset(buf, 0, size * sizeof(*buf));
		for (size_t i = 0; i < len && t * hop + i < n; i++)
			buf[i] = x[t * hop + i] *
				 (0.5 - 0.5 * cos(2 * M_PI * (double)i /
						  (double)len));
		fft(buf, size);
		for (size_t k = 1; k < size / 2; k++) {
			double b = band_of((double)k * rate_hz / (double)size);
			double p = creal(buf[k]) * creal(buf[k]) +
				   cimag(buf[k]) * cimag(buf[k]);

			for (int j = (int)floor(b); j <= (int)floor(b) + 1; j++)
				if (j >= 0 && j < BANDS)
					power[j] += p * (1 - fabs(b - j));
		}
		for (int j = 0; j < BANDS; j++)
			out[t][j] = (float)log10(power[j] + FLOOR);
	}
	return out;
}

/* ---- the path ------------------------------------------------------------ */

static float mean_level(const float *bands)
{
	float sum = 0;

	for (int j = 0; j < BANDS; j++)
		sum += bands[j];
	return sum / BANDS;
}

/* In what follows a[] is what was sent, FINE frames each 10 ms, and b[] what
 * came out, one each 10 ms; delays are in 10 ms, offsets in steps. */

/** The constant delay at which the envelopes go together best. */
static int global_delay(const float (*a)[BANDS], const float (*b)[BANDS],
			size_t frames)
{
	double best = INFINITY;
	int delay = 0;

	for (int d = 0; d <= GLOBAL; d++) {
		double sum = 0;

		for (size_t t = (size_t)d; t < frames; t++)
			sum += fabsf(mean_level(a[(t - (size_t)d) * FINE]) -
				     mean_level(b[t]));
		sum /= (double)(frames - (size_t)d);
		if (sum < best) {
			best = sum;
			delay = d;
		}
	}
	return delay;
}

static float difference(const float *a, const float *b, float median)
{
	float sum = 0;

	for (int j = 0; j < BANDS; j++)
		sum += fabsf(b[j] - a[j] - median);
	return sum / BANDS;
}

static float median_difference(const float (*a)[BANDS],
			       const float (*b)[BANDS], size_t frames, int delay)
{
	double *d = q_alloc(frames, sizeof(*d)), m;
	size_t n = 0;

	for (size_t t = (size_t)delay; t < frames; t++)
		d[n++] = mean_level(b[t]) -
			 mean_level(a[(t - (size_t)delay) * FINE]);
	m = q_quantile(d, n, 0.5);
	free(d);
	return (float)m;
}

/** What is added at frame t for each offset of the path. */
static void local(float cost[OFFSETS], const float (*a)[BANDS],
		  const float (*b)[BANDS], size_t frames, size_t t, int delay,
		  float median)
{
	long last = (long)frames * FINE - 1;

	for (int k = 0; k < OFFSETS; k++) {
		long at = ((long)t - delay) * FINE + k - BAND;

		at = at < 0 ? 0 : at > last ? last : at;
		cost[k] = difference(a[at], b[t], median);
	}
}

/** The best sums and where they come from. The path may go ahead by any number
 *  of steps, but back by no more than it would stand still. */
static void step(const float sum[OFFSETS], float next[OFFSETS],
		 uint16_t from[OFFSETS])
{
	float best = INFINITY;
	int who = 0;

	for (int k = 0; k < OFFSETS; k++) {
		best += SLIP;
		if (sum[k] <= best) {
			best = sum[k];
			who = k;
		}
		next[k] = best;
		from[k] = (uint16_t)who;
		for (int i = 1; i <= FINE && k + i < OFFSETS; i++) {
			float x = sum[k + i] + (float)i * SLIP;

			if (x < next[k]) {
				next[k] = x;
				from[k] = (uint16_t)(k + i);
			}
		}
	}
}

/** The path's differences, frame by frame. */
static void follow(double *diff, const float (*a)[BANDS],
		   const float (*b)[BANDS], size_t frames, int delay,
		   float median)
{
	float (*cost)[OFFSETS] = q_alloc(frames, sizeof(*cost));
	uint16_t (*from)[OFFSETS] = q_alloc(frames, sizeof(*from));
	float sum[OFFSETS] = { 0 };
	int k = 0;

	for (size_t t = 0; t < frames; t++) {
		float next[OFFSETS];

		local(cost[t], a, b, frames, t, delay, median);
		step(sum, next, from[t]);
		for (k = 0; k < OFFSETS; k++)
			sum[k] = next[k] + cost[t][k];
	}
	k = 0;
	for (int i = 1; i < OFFSETS; i++)
		if (sum[i] < sum[k])
			k = i;
	for (size_t t = frames; t-- > 0; k = from[t][k])
		diff[t] = cost[t][k];
	free(cost);
	free(from);
}

static double blocks(const double *diff, size_t frames)
{
	double sum = 0;
	size_t n = 0;

	for (size_t t = 0; t + BLOCK <= frames; t += BLOCK, n++) {
		double four = 0;

		for (size_t i = 0; i < BLOCK; i++)
			four += pow(diff[t + i], 4);
		sum += sqrt(four / BLOCK);      /* the square of the mean */
	}
	return n ? sqrt(sum / (double)n) : 0;
}

double q_ear_distance(const int16_t *sent, const int16_t *out, size_t n,
		      uint32_t rate_hz)
{
	size_t hop = rate_hz / 100, frames = n / hop;
	float (*a)[BANDS] = levels(sent, n, rate_hz, hop / FINE, frames * FINE);
	float (*b)[BANDS] = levels(out, n, rate_hz, hop, frames);
	const float (*ca)[BANDS] = (const float (*)[BANDS])a;
	const float (*cb)[BANDS] = (const float (*)[BANDS])b;
	double *diff = q_alloc(frames, sizeof(*diff)), d;
	int delay = global_delay(ca, cb, frames);

	follow(diff, ca, cb, frames, delay,
	       median_difference(ca, cb, frames, delay));
	d = blocks(diff, frames);
	free(diff);
	free(a);
	free(b);
	return d;
}

/* ---- samples ------------------------------------------------------------- */

double q_ear_snr(const int16_t *sent, size_t sent_n, const int16_t *out,
		 const int64_t *at, const bool *made, size_t blocks_n,
		 uint32_t rate_hz)
{
	size_t n = rate_hz / 200, count = 0;
	double sum = 0;

	for (size_t k = 0; k < blocks_n; k++) {
		double e = 0, d = 1, db;

		if (!made[k] || at[k] < 0 || (size_t)at[k] + n > sent_n)
			continue;
		for (size_t i = 0; i < n; i++) {
			double s = sent[(size_t)at[k] + i];
			double o = out[k * n + i];

			e += s * s;
			d += (s - o) * (s - o);
		}
		if (e / (double)n < 50.0 * 50.0)
			continue;
		db = 10 * log10(e / d);
		sum += db < -10 ? -10 : db > 35 ? 35 : db;
		count++;
	}
	return count ? sum / (double)count : 0;
}

/* ---- spectral distance --------------------------------------------------- */

double q_ear_spectral(const int16_t *sent, const int16_t *out, size_t n,
		      uint32_t rate_hz, const bool *judged)
{
	const size_t hop = rate_hz / 100, frames = n / hop;
	float (*a)[BANDS] = levels(sent, n, rate_hz, hop, frames);
	float (*b)[BANDS] = levels(out, n, rate_hz, hop, frames);
	double sum = 0;
	size_t seen = 0;

	for (size_t t = 0; t < frames; t++) {
		if (!judged[t])
			continue;
		for (int j = 0; j < BANDS; j++)
			sum += 100 * pow((double)(a[t][j] - b[t][j]), 2);
		seen++;
	}
	free(a);
	free(b);
	return sqrt(sum / (double)(seen ? seen : 1) / BANDS);
}
