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
	ear->tones = calloc(n ? n : 1, sizeof(*ear->tones));
	if (!ear->tones)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		ear->tones[i].step = cexp(-2 * M_PI * I * hz[i] / rate_hz);
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
		ear->tones[i].at = 1;
		ear->tones[i].sum = 0;
	}
}

size_t ear_hear(struct ear *ear, const int16_t *pcm, size_t n)
{
	if (n > ear->rate_hz - ear->pos)
		n = ear->rate_hz - ear->pos;
	for (size_t k = 0; k < n; k++)
		ear->power += (double)pcm[k] * pcm[k];
	for (uint32_t i = 0; i < ear->n; i++) {
		complex double at = ear->tones[i].at, sum = ear->tones[i].sum;
		complex double step = ear->tones[i].step;

		for (size_t k = 0; k < n; k++) {
			sum += at * (double)pcm[k];
			at *= step;
		}
		ear->tones[i].at = at;
		ear->tones[i].sum = sum;
	}
	ear->pos += (uint32_t)n;
	return n;
}

static double amplitude(const struct ear *ear, uint32_t i)
{
	return 2 * cabs(ear->tones[i].sum) / ear->rate_hz;
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
	double rest = 2 * ear->power / ear->rate_hz;

	for (uint32_t i = 0; i < ear->n; i++)
		rest -= amplitude(ear, i) * amplitude(ear, i);
	return decibel(sqrt(rest > 0 ? rest : 0) / FULL_SCALE);
}
