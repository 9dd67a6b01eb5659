/*
 * tone.h - tones said and tones heard.
 *
 * Every talker of a room has a tone of a whole number of Hz, so that over one
 * second of samples all of them are orthogonal: the power of each, and of all
 * that is none of them, is exact.
 */
#ifndef LOAD_TONE_H
#define LOAD_TONE_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

/** A sine, sample by sample. */
struct tone {
	complex double at, step;        /* |at| is the amplitude */
};

/** Frequency of the talker of that seat in that room. */
uint32_t tone_hz(uint32_t room, uint32_t seat, uint32_t talkers);
void tone_init(struct tone *t, double hz, double rate_hz, double level_db);
void tone_make(struct tone *t, int16_t *out, size_t n);

/** Four samples at a time: a load client must be cheaper than a server. */
typedef double tone_lanes __attribute__((vector_size(4 * sizeof(double))));

/** Listens for n tones over windows of one second. */
struct ear {
	uint32_t rate_hz, n;
	uint32_t pos;                   /* samples in this window so far */
	int64_t power;                  /* sum of squares */
	struct ear_tone {
		tone_lanes re, im;              /* the phasor, at four samples */
		tone_lanes sum_re, sum_im;
		complex double step, step4;     /* over one sample, over four */
	} *tones;                       /* [n] */
};

/** 0 or -ENOMEM. */
int ear_init(struct ear *ear, uint32_t rate_hz, const uint32_t hz[], uint32_t n);
void ear_fini(struct ear *ear);
void ear_reset(struct ear *ear);
/** Takes samples up to the end of the window; returns how many were used. When
 *  ear->pos has become rate_hz the window is full: read it, then ear_reset(). */
size_t ear_hear(struct ear *ear, const int16_t *pcm, size_t n);
/** Level of tone i over the full window, dB re full scale. */
double ear_level(const struct ear *ear, uint32_t i);
/** Level of all that is no tone of ours. */
double ear_rest(const struct ear *ear);

#endif
