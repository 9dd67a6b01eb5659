/*
 * limit.h - makes a sum of voices fit int16 without clipping it.
 *
 * What does it do? Where the sum would pass -2 dBFS it turns the gain down
 * before the loud sample is reached and up again slowly after it. How does it
 * work? In blocks of 1.25 ms, one of which is held back: a block's peak is
 * known one block ahead, and the gain moves in a straight line to what that
 * peak allows. The least gain of the last 10 ms is held, so that a loud low
 * tone is not modulated by its own shape; from there it recovers with 50 ms.
 * How do I use it? mx_limit_run() on each frame, out of mx_bus_hear32().
 *
 * No output sample is ever above MX_LIMIT_CEILING. A signal that stays below
 * passes bit for bit, 1.25 ms late. Plain data, no pointers: a copy goes on
 * where the original stands.
 */
#ifndef MX_LIMIT_H
#define MX_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_dsp;

enum {
	/* 32767 * 10^(-2/20). A resampler behind it brings out what lies between
	 * the samples: from 8 to 48 kHz, with eight people shouting, 1 dB of
	 * room is too little for that, and 2 dB are enough. */
	MX_LIMIT_CEILING = 26028,
	MX_LIMIT_BLOCKS_S = 800,        /* blocks a second */
	MX_LIMIT_BLOCK_MAX = 48000 / MX_LIMIT_BLOCKS_S,
	MX_LIMIT_HOLD = 8               /* blocks */
};

struct mx_limit {
	uint32_t block;                         /* samples */
	int32_t gain_q30;                       /* where the held block begins */
	unsigned at;                            /* oldest of allowed[] */
	int32_t allowed_q30[MX_LIMIT_HOLD];     /* by the last blocks' peaks */
	int32_t held[MX_LIMIT_BLOCK_MAX];       /* [block] */
};

/** Starts anew at unity gain. rate_hz: 8000, 16000, 24000, 48000, or 44100 with
 *  blocks of 1.1 ms. */
void mx_limit_init(struct mx_limit *l, uint32_t rate_hz);

/** Is the gain below unity, or about to be? */
bool mx_limit_acts(const struct mx_limit *l);

/**
 * Takes n samples of a sum and gives n that fit, one block late.
 *
 * @param n  a multiple of 1.25 ms: any number of 10 ms frames is
 */
void mx_limit_run(struct mx_limit *l, const struct mx_dsp *dsp, int16_t *out,
		  const int32_t *in, size_t n);

#endif
