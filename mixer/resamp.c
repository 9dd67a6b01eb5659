/*
 * resamp.c - see resamp.h
 *
 * The filter is a windowed sinc (Kaiser), cut into phases: an output sample
 * that falls the fraction f between two inputs is the sum of the inputs around
 * it, weighted by the sinc shifted by f. See J. O. Smith, "Digital Audio
 * Resampling", for the method; the kernel that runs it is the dsp table's fir.
 */
#include "resamp.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dsp.h"

enum { RATES = 5, TAPS_LOW = 48, SHIFT_MAX = 16 };

static const uint32_t rates_hz[RATES] = { 8000, 16000, 24000, 44100, 48000 };

/* Chosen so that 48 taps are flat to 0.85 of the Nyquist frequency and down to
 * -70 dB at 1.1: less cut-off gives a droop, less beta more ripple. */
static const double kaiser_beta = 7.2, cut_off = 0.955;

struct mx_resamp_bank {
	const struct mx_dsp *dsp;
	struct mx_fir firs[RATES][RATES];       /* [in][out] */
	int16_t *h[RATES][RATES];               /* what the firs point to */
	struct mx_fir slide;
	int16_t *slide_h;
};

/* ---- coefficients: at start only ---- */

static uint32_t gcd(uint32_t a, uint32_t b)
{
	return b ? gcd(b, a % b) : a;
}

/* Modified Bessel function of the first kind, order 0, by its series. */
static double bessel_i0(double x)
{
	double term = 1, sum = 1;

	for (int k = 1; term > sum * 1e-12; k++) {
		term *= x / 2 / k * (x / 2 / k);
		sum += term;
	}
	return sum;
}

/* The filter at t input samples from its middle, but for a factor. low: the
 * output's share of the input's bandwidth. */
static double filter_at(double t, double low, uint32_t taps)
{
	const double x = M_PI * cut_off * low * t;
	const double edge = 2 * t / taps;

	if (fabs(edge) >= 1)
		return 0;
	return (fabs(x) < 1e-9 ? 1 : sin(x) / x) *
	       bessel_i0(kaiser_beta * sqrt(1 - edge * edge));
}

/* One phase, adding up to 1. */
static void design_phase(double *h, const struct mx_fir *f, double low,
			 uint32_t phase)
{
	const double middle = f->taps / 2 - 1 + (double)phase / f->up;
	double sum = 0;

	for (uint32_t k = 0; k < f->taps; k++)
		sum += h[k] = filter_at(k - middle, low, f->taps);
	for (uint32_t k = 0; k < f->taps; k++)
		h[k] /= sum;
}

/* Whether a phase scaled by 2^shift keeps to what struct mx_fir promises. */
static bool fits(const double *h, uint32_t taps, unsigned shift)
{
	double lane[4] = { 0 };

	for (uint32_t k = 0; k < taps; k++) {
		const double c = fabs(ldexp(h[k], (int)shift)) + 1;

		if (c > INT16_MAX)
			return false;
		lane[k / 2 % 4] += c;
	}
	return fmax(fmax(lane[0], lane[1]), fmax(lane[2], lane[3])) < 65536;
}

/* Rounds a phase so that it adds up to exactly 2^shift (else a constant would
 * come out with a ripple of the phases): what is missing goes to those
 * coefficients that lost most. */
static void round_phase(int16_t *q, const double *h, uint32_t taps,
			unsigned shift)
{
	long missing = 1L << shift;

	for (uint32_t k = 0; k < taps; k++) {
		q[k] = (int16_t)lrint(ldexp(h[k], (int)shift));
		missing -= q[k];
	}
	while (missing) {
		const int sign = missing > 0 ? 1 : -1;
		uint32_t best = 0;
		double most = -1;

		for (uint32_t k = 0; k < taps; k++) {
			const double lost = sign * (ldexp(h[k], (int)shift) - q[k]);

			if (lost > most) {
				most = lost;
				best = k;
			}
		}
		q[best] = (int16_t)(q[best] + sign);
		missing -= sign;
	}
}

/* All phases, of which up and taps are set; low: see filter_at(). */
static int make_phases(struct mx_fir *f, int16_t **hp, double low)
{
	double *h = calloc((size_t)f->up * f->taps, sizeof(*h));

	*hp = calloc((size_t)f->up * f->taps, sizeof(**hp));
	f->h = *hp;
	if (!h || !*hp) {
		free(h);
		return -ENOMEM;
	}
	f->shift = SHIFT_MAX;
	for (uint32_t p = 0; p < f->up; p++) {
		design_phase(h + p * f->taps, f, low, p);
		while (!fits(h + p * f->taps, f->taps, f->shift))
			f->shift--;
	}
	for (uint32_t p = 0; p < f->up; p++)
		round_phase(*hp + p * f->taps, h + p * f->taps, f->taps, f->shift);
	free(h);
	return 0;
}

/* Fills in a filter for a pair of rates; *hp are its coefficients. */
static int design(struct mx_fir *f, int16_t **hp, uint32_t in_hz,
		  uint32_t out_hz)
{
	const uint32_t common = gcd(in_hz, out_hz);

	f->up = out_hz / common;
	f->down = in_hz / common;
	f->taps = TAPS_LOW;
	if (in_hz > out_hz)     /* a multiple of 16 suits the kernels */
		f->taps = (TAPS_LOW * in_hz / out_hz + 15) / 16 * 16;
	assert(f->taps <= MX_RESAMP_TAPS_MAX);
	return make_phases(f, hp, f->up < f->down ?
			   (double)f->up / f->down : 1);
}

/* The phases are used one at a time. The middle one of phase 0 is all of it. */
static int design_slide(struct mx_resamp_bank *bank)
{
	struct mx_fir *f = &bank->slide;
	int err;

	f->up = f->down = MX_SLIDE_PHASES;
	f->taps = MX_SLIDE_TAPS;
	err = make_phases(f, &bank->slide_h, 1 / cut_off);
	f->up = f->down = 1;
	return err;
}

int mx_resamp_bank_new(struct mx_resamp_bank **bankp, const struct mx_dsp *dsp)
{
	struct mx_resamp_bank *bank = calloc(1, sizeof(*bank));

	if (!bank)
		return -ENOMEM;
	bank->dsp = dsp;
	for (int i = 0; i < RATES; i++) {
		for (int o = 0; o < RATES; o++) {
			if (i != o && design(&bank->firs[i][o], &bank->h[i][o],
					     rates_hz[i], rates_hz[o]) < 0) {
				mx_resamp_bank_free(bank);
				return -ENOMEM;
			}
		}
	}
	if (design_slide(bank) < 0) {
		mx_resamp_bank_free(bank);
		return -ENOMEM;
	}
	*bankp = bank;
	return 0;
}

void mx_resamp_bank_free(struct mx_resamp_bank *bank)
{
	if (!bank)
		return;
	for (int i = 0; i < RATES; i++)
		for (int o = 0; o < RATES; o++)
			free(bank->h[i][o]);
	free(bank->slide_h);
	free(bank);
}

/* ---- running ---- */

static int rate_index(uint32_t hz)
{
	for (int i = 0; i < RATES; i++)
		if (rates_hz[i] == hz)
			return i;
	return -1;
}

bool mx_resamp_has_rate(uint32_t hz)
{
	return rate_index(hz) >= 0;
}

/* Samples of the past that the filter reaches back to. */
static size_t past(const struct mx_resamp *r)
{
	return r->fir ? r->fir->taps - 1 : 0;
}

int mx_resamp_init(struct mx_resamp *r, const struct mx_resamp_bank *bank,
		   uint32_t in_hz, uint32_t out_hz)
{
	const int i = rate_index(in_hz), o = rate_index(out_hz);

	if (i < 0 || o < 0)
		return -EINVAL;
	r->dsp = bank->dsp;
	r->fir = i == o ? NULL : &bank->firs[i][o];
	r->in_len = (uint16_t)(in_hz / 100);
	r->out_len = (uint16_t)(out_hz / 100);
	memset(r->x, 0, past(r) * sizeof(*r->x));
	return 0;
}

void mx_resamp_run(struct mx_resamp *r, int16_t *out, const int16_t *in)
{
	if (!r->fir) {
		memcpy(out, in, r->in_len * sizeof(*in));
		return;
	}
	/* 10 ms are a whole number of samples at every rate, so each frame
	 * begins with phase 0 */
	memcpy(r->x + past(r), in, r->in_len * sizeof(*in));
	r->dsp->fir(out, r->x, r->fir, r->out_len);
	memmove(r->x, r->x + r->in_len, past(r) * sizeof(*r->x));
}

void mx_resamp_frame(const struct mx_resamp_bank *bank, uint32_t in_hz,
		     uint32_t out_hz, const int16_t *in, int16_t *out)
{
	const int i = rate_index(in_hz), o = rate_index(out_hz);
	const struct mx_fir *fir;

	assert(i >= 0 && o >= 0);
	if (i == o) {
		memcpy(out, in, in_hz / 100 * sizeof(*in));
		return;
	}
	fir = &bank->firs[i][o];
	bank->dsp->fir(out, in - (fir->taps - 1), fir, out_hz / 100);
}

const struct mx_fir *mx_resamp_slide(const struct mx_resamp_bank *bank)
{
	return &bank->slide;
}

unsigned mx_resamp_delay(const struct mx_resamp *r)
{
	return r->fir ? r->fir->taps / 2 : 0;
}
