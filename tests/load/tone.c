/* tone.c - sines by complex rotation, levels by correlation. */
#include "tone.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define FULL_SCALE 32767.0

/*
 * Few talkers get tones with no harmonic or third-order product of one another
 * among them, moved by room, so that sound leaking from a room into another
 * shows. Many talkers are spread over the telephone band.
 */
uint32_t tone_hz(uint32_t room, uint32_t seat, uint32_t talkers)
{
	static const uint32_t few[] = { 703, 1103, 1907, 2309 };

	if (talkers <= sizeof(few) / sizeof(few[0]))
		return few[seat] + room % 16 * 7;
	return 350 + seat * (2900 / talkers) + room % 4;
}

void tone_init(struct tone *t, double hz, double rate_hz, double level_db)
{
	t->at = FULL_SCALE * pow(10, level_db / 20);
	t->step = cexp(2 * M_PI * I * hz / rate_hz);
}

void tone_make(struct tone *t, int16_t *out, size_t n)
{
	double len = cabs(t->at);

	for (size_t i = 0; i < n; i++) {
		out[i] = (int16_t)lrint(cimag(t->at));
		t->at *= t->step;
	}
	/* rounding must not make it grow or fade */
	if (len > 0)
		t->at *= len / cabs(t->at);
}

int ear_init(struct ear *ear, uint32_t rate_hz, const uint32_t hz[], uint32_t n)
{
	*ear = (struct ear){ .rate_hz = rate_hz, .n = n };
	ear->tones = aligned_alloc(sizeof(tone_lanes),
				   (n ? n : 1) * sizeof(*ear->tones));
	if (!ear->tones)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		double w = -2 * M_PI * hz[i] / rate_hz;

		ear->tones[i].step = cexp(I * w);
		ear->tones[i].step4 = cexp(4 * I * w);
	}
	ear_reset(ear);
	return 0;
}

void ear_fini(struct ear *ear)
{
	free(ear->tones);
	ear->tones = NULL;
}

void ear_reset(struct ear *ear)
{
	ear->pos = 0;
	ear->power = 0;
	for (uint32_t i = 0; i < ear->n; i++) {
		struct ear_tone *t = &ear->tones[i];
		complex double at = 1;

		for (int k = 0; k < 4; k++, at *= t->step) {
			t->re[k] = creal(at);
			t->im[k] = cimag(at);
		}
		t->sum_re = t->sum_im = (tone_lanes){ 0 };
	}
}

/* Turns all four phasors by the angle of by. */
static inline void turn(tone_lanes *re, tone_lanes *im, complex double by)
{
	tone_lanes was = *re;

	*re = was * creal(by) - *im * cimag(by);
	*im = was * cimag(by) + *im * creal(by);
}

static void correlate(struct ear_tone *t, const int16_t *pcm, size_t n)
{
	tone_lanes re = t->re, im = t->im;
	tone_lanes sum_re = t->sum_re, sum_im = t->sum_im;
	size_t i;

	for (i = 0; i + 4 <= n; i += 4) {
		tone_lanes x = { pcm[i], pcm[i + 1], pcm[i + 2], pcm[i + 3] };

		sum_re += re * x;
		sum_im += im * x;
		turn(&re, &im, t->step4);
	}
	for (size_t k = 0; i + k < n; k++) {
		sum_re[k] += re[k] * pcm[i + k];
		sum_im[k] += im[k] * pcm[i + k];
	}
	for (; i < n; i++)
		turn(&re, &im, t->step);
	t->re = re;
	t->im = im;
	t->sum_re = sum_re;
	t->sum_im = sum_im;
}

size_t ear_hear(struct ear *ear, const int16_t *pcm, size_t n)
{
	if (n > ear->rate_hz - ear->pos)
		n = ear->rate_hz - ear->pos;
	for (size_t k = 0; k < n; k++)
		ear->power += (int32_t)pcm[k] * pcm[k];
	for (uint32_t i = 0; i < ear->n; i++)
		correlate(&ear->tones[i], pcm, n);
	ear->pos += (uint32_t)n;
	return n;
}

static double amplitude(const struct ear *ear, uint32_t i)
{
	const struct ear_tone *t = &ear->tones[i];
	double re = 0, im = 0;

	for (int k = 0; k < 4; k++) {
		re += t->sum_re[k];
		im += t->sum_im[k];
	}
	return 2 * hypot(re, im) / ear->rate_hz;
}

static double decibel(double ratio)
{
	return ratio > 1e-7 ? 20 * log10(ratio) : -140;
}

double ear_level(const struct ear *ear, uint32_t i)
{
	return decibel(amplitude(ear, i) / FULL_SCALE);
}

double ear_rest(const struct ear *ear)
{
	double rest = 2 * (double)ear->power / ear->rate_hz;

	for (uint32_t i = 0; i < ear->n; i++)
		rest -= amplitude(ear, i) * amplitude(ear, i);
	return decibel(sqrt(rest > 0 ? rest : 0) / FULL_SCALE);
}
