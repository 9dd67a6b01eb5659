/* dtmf_tone.c - see dtmf_tone.h */
#include "dtmf_tone.h"

#include <math.h>
#include <string.h>

enum { FS = 8000, GROUP = 4, FITS = 2 };

static const float tone_hz[MX_DTMF_TONES] = {
	697, 770, 852, 941, 1209, 1336, 1477, 1633
};

/* 2 cos(2 pi f / 8000) */
static const float turn[MX_DTMF_TONES] = {
	1.70773781f, 1.64528104f, 1.56868698f, 1.47820457f,
	1.16410402f, 0.99637021f, 0.79861839f, 0.56853271f
};

/* Both tones together of the window's energy as the filters see it, which let
 * tones that are 2 % off pass by two thirds: less is not worth a closer look. */
#define COARSE          0.4f
/* Q.24: within 1.8 % it must be a key, beyond 3.5 % it must not. */
#define OFF_TUNE        0.025f
/* Q.24 and what measuring adds: the high one 4 dB louder to 8 dB weaker. */
#define TWIST_HIGH      4.0f            /* power ratios: 6 dB */
#define TWIST_LOW       10.0f           /* 10 dB */
/* -42 dBm0 each: -45.1 dBov mean square is */
#define POWER_MIN       (32767.0f * 32767.0f * 3.1e-5f)

/* ---- filters ----------------------------------------------------------- */

static void filter(struct mx_dtmf_bins *b, const float *x)
{
	float s1[MX_DTMF_TONES] = { 0 }, s2[MX_DTMF_TONES] = { 0 };

	b->energy = 0;
	for (int i = 0; i < MX_DTMF_FRAME; i++) {
		b->energy += x[i] * x[i];
		for (int k = 0; k < MX_DTMF_TONES; k++) {
			const float s = x[i] + turn[k] * s1[k] - s2[k];

			s2[k] = s1[k];
			s1[k] = s;
		}
	}
	for (int k = 0; k < MX_DTMF_TONES; k++) {
		const float c = turn[k] / 2;

		b->re[k] = s1[k] - c * s2[k];
		b->im[k] = sqrtf(1 - c * c) * s2[k];
	}
}

static float square(const struct mx_dtmf_bins *b, int k)
{
	return b->re[k] * b->re[k] + b->im[k] * b->im[k];
}

/* The strongest of the four from k on. */
static int strongest(const struct mx_dtmf_bank *b, int k)
{
	int best = k;
	float most = -1;

	for (int i = k; i < k + GROUP; i++) {
		const float p = square(&b->half[0], i) + square(&b->half[1], i);

		if (p > most) {
			most = p;
			best = i;
		}
	}
	return best;
}

float mx_dtmf_bank_power(const struct mx_dtmf_bank *b, int key)
{
	const float low = square(&b->half[1], key / GROUP);
	const float high = square(&b->half[1], GROUP + key % GROUP);

	return 2 * fminf(low, high) / (MX_DTMF_FRAME * MX_DTMF_FRAME);
}

/* ---- the fit ----------------------------------------------------------- */

/* Two sines: x[i] is about a[0] cos + a[1] sin of w[0], a[2] cos + a[3] sin of
 * w[1]. */
struct fit {
	float w[2];
	float a[4];
};

/* Solves the symmetric 4 x 4 system m a = r; m is positive unless the tones are
 * one and the same, which those of two groups are not. */
static void solve(float m[4][4], float r[4], float a[4])
{
	for (int i = 0; i < 4; i++)
		for (int j = i + 1; j < 4; j++) {
			const float f = m[j][i] / m[i][i];

			for (int k = i; k < 4; k++)
				m[j][k] -= f * m[i][k];
			r[j] -= f * r[i];
		}
	for (int i = 3; i >= 0; i--) {
		a[i] = r[i];
		for (int k = i + 1; k < 4; k++)
			a[i] -= m[i][k] * a[k];
		a[i] /= m[i][i];
	}
}

static void basis(const float w[2], float out[MX_DTMF_WINDOW][4])
{
	for (int t = 0; t < 2; t++) {
		const float c = cosf(w[t]), s = sinf(w[t]);
		float re = 1, im = 0;

		for (int i = 0; i < MX_DTMF_WINDOW; i++) {
			const float next = re * c - im * s;

			out[i][2 * t] = re;
			out[i][2 * t + 1] = im;
			im = im * c + re * s;
			re = next;
		}
	}
}

/* What the best fit of these frequencies leaves of the energy; rest[] too. */
static float fit_run(struct fit *f, const float *x, float *rest,
		     float base[MX_DTMF_WINDOW][4])
{
	float m[4][4] = { { 0 } }, r[4] = { 0 }, left = 0;

	basis(f->w, base);
	for (int i = 0; i < MX_DTMF_WINDOW; i++)
		for (int j = 0; j < 4; j++) {
			r[j] += base[i][j] * x[i];
			for (int k = 0; k < 4; k++)
				m[j][k] += base[i][j] * base[i][k];
		}
	solve(m, r, f->a);
	for (int i = 0; i < MX_DTMF_WINDOW; i++) {
		rest[i] = x[i];
		for (int j = 0; j < 4; j++)
			rest[i] -= f->a[j] * base[i][j];
		left += rest[i] * rest[i];
	}
	return left;
}

/* Phase of tone t, with what the fit left added to it, in one half: what it is
 * ahead of the fit's. */
static float ahead(const struct fit *f, int t, const float *rest,
		   float base[MX_DTMF_WINDOW][4], int from)
{
	float re = 0, im = 0;

	for (int i = from; i < from + MX_DTMF_FRAME; i++) {
		const float c = base[i][2 * t], s = base[i][2 * t + 1];
		const float x = rest[i] + f->a[2 * t] * c +
			f->a[2 * t + 1] * s;

		re += x * c;
		im -= x * s;
	}
	return atan2f(im, re) - atan2f(-f->a[2 * t + 1], f->a[2 * t]);
}

static float wrap(float phase)
{
	return phase - 2 * (float)M_PI * rintf(phase / (2 * (float)M_PI));
}

/* Frequencies as the phases from half to half have them. */
static void retune(struct fit *f, const float *rest,
		   float base[MX_DTMF_WINDOW][4])
{
	for (int t = 0; t < 2; t++)
		f->w[t] += wrap(ahead(f, t, rest, base, MX_DTMF_FRAME) -
				ahead(f, t, rest, base, 0)) / MX_DTMF_FRAME;
}

/* Radians a sample, of tone k as the filters saw it, if both halves have it. */
static float first_guess(const struct mx_dtmf_bank *b, int k)
{
	const struct mx_dtmf_bins *p = &b->half[0], *q = &b->half[1];
	const float w = 2 * (float)M_PI * tone_hz[k] / FS;
	const float turned = atan2f(
		q->im[k] * p->re[k] - q->re[k] * p->im[k],
		q->re[k] * p->re[k] + q->im[k] * p->im[k]);

	if (square(p, k) * 10 < square(q, k) || square(q, k) * 10 < square(p, k))
		return w;
	return w + wrap(turned - w * MX_DTMF_FRAME) / MX_DTMF_FRAME;
}

static bool is_near(float w, int k)
{
	const float nominal = 2 * (float)M_PI * tone_hz[k] / FS;

	return fabsf(w / nominal - 1) < OFF_TUNE;
}

static void look_closer(const struct mx_dtmf_bank *b, int low, int high,
			float energy, struct mx_dtmf_tone *tone)
{
	struct fit f = { .w = { first_guess(b, low), first_guess(b, high) } };
	float base[MX_DTMF_WINDOW][4], rest[MX_DTMF_WINDOW], left;
	float p[2];

	left = fit_run(&f, b->x, rest, base);
	for (int i = 1; i < FITS; i++) {
		retune(&f, rest, base);
		left = fit_run(&f, b->x, rest, base);
	}
	for (int t = 0; t < 2; t++)
		p[t] = (f.a[2 * t] * f.a[2 * t] +
			f.a[2 * t + 1] * f.a[2 * t + 1]) / 2;
	tone->key = low * GROUP + high - GROUP;
	tone->purity = 1 - left / energy;
	tone->power = fminf(p[0], p[1]);
	tone->in_tune = is_near(f.w[0], low) && is_near(f.w[1], high) &&
		p[1] < TWIST_HIGH * p[0] && p[0] < TWIST_LOW * p[1] &&
		tone->power > POWER_MIN;
}

/* ---- a frame ----------------------------------------------------------- */

static void look(const struct mx_dtmf_bank *b, struct mx_dtmf_tone *tone)
{
	const float energy = b->half[0].energy + b->half[1].energy;
	int low, high;
	float both = 0;

	/* even at the most twist there is */
	if (energy < 2 * POWER_MIN * MX_DTMF_WINDOW)
		return;
	low = strongest(b, 0);
	high = strongest(b, GROUP);
	for (int h = 0; h < 2; h++)
		both += square(&b->half[h], low) + square(&b->half[h], high);
	if (both * 2 / MX_DTMF_FRAME > COARSE * energy)
		look_closer(b, low, high, energy, tone);
}

void mx_dtmf_bank_break(struct mx_dtmf_bank *b)
{
	b->halves = 0;
}

void mx_dtmf_bank_put(struct mx_dtmf_bank *b, const int16_t *pcm,
		      struct mx_dtmf_tone *tone)
{
	*tone = (struct mx_dtmf_tone){ .key = -1 };
	memmove(b->x, b->x + MX_DTMF_FRAME, MX_DTMF_FRAME * sizeof(b->x[0]));
	b->half[0] = b->half[1];
	for (int i = 0; i < MX_DTMF_FRAME; i++)
		b->x[MX_DTMF_FRAME + i] = pcm[i];
	filter(&b->half[1], b->x + MX_DTMF_FRAME);
	if (b->halves < 2)
		b->halves++;
	if (b->halves == 2)
		look(b, tone);
}
