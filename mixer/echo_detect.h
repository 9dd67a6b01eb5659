/*
 * echo_detect.h - does a line return what it was sent, and how late?
 *
 * What does it do? It looks at what was sent (far) and at what came back
 * (near), and finds a delay of 0 to 1000 ms between them to within some
 * milliseconds, and how it drifts. How does it work? Generalised cross-
 * correlation with phase transform (Knapp and Carter 1976) at 4 kHz, in blocks
 * of 250 ms: the spectrum of a near block and those of the last four far
 * windows are whitened between 200 and 1800 Hz; each product covers 250 ms of
 * delays, and is added to a leaky sum. One echo is a peak of the sum's
 * inverse transform; a near talker is noise in it, for his phases are not
 * those of the far side. A peak of MX_ECHO_PEAK times the rms in two blocks
 * running, at the same place, is an echo. Drift is the slope of a line through
 * the last 12 s of such peaks.
 *
 * How do I use it? mx_echo_detect_begin() for every 250 ms, and one
 * mx_echo_detect_step() in each of the next ticks: the work of a block is
 * spread over MX_ECHO_STEPS + 1 calls of about 15 us each. Blocks in which
 * nothing was sent or nothing came back cost less, or nothing.
 *
 * Plain data of one thread: zero it and call mx_echo_detect_init().
 */
#ifndef MX_ECHO_DETECT_H
#define MX_ECHO_DETECT_H

#include <stdbool.h>
#include <stdint.h>

struct mx_fft;

enum {
	MX_ECHO_HZ = 4000,
	MX_ECHO_BLOCK = 1000,           /* samples, 250 ms */
	MX_ECHO_WINDOW = 2 * MX_ECHO_BLOCK,
	MX_ECHO_FFT = 2048,
	MX_ECHO_SPANS = 4,              /* of 250 ms of delay */
	MX_ECHO_LAG_MAX = MX_ECHO_SPANS * MX_ECHO_BLOCK,
	MX_ECHO_BIN = 102,              /* 200 Hz */
	MX_ECHO_BINS = 820,             /* to 1800 Hz */
	MX_ECHO_STEPS = MX_ECHO_SPANS / 2,
	MX_ECHO_PEAK = 8,               /* times the rms */
	MX_ECHO_HITS = 2,
	MX_ECHO_EDGE = 96,              /* samples rounded at a block's ends */
	MX_ECHO_TRACK = 48              /* hits, for the drift */
};

/** Phases of a spectrum, or a sum of such. */
struct mx_echo_spectrum {
	float re[MX_ECHO_BINS], im[MX_ECHO_BINS];
};

struct mx_echo_peak {
	float height, lag;
};

struct mx_echo_detect {
	const struct mx_fft *fft;       /* of MX_ECHO_FFT */

	/* ---- what is known ---- */
	bool found;
	float delay;                    /* samples at MX_ECHO_HZ, if found */
	float drift_ppm;                /* of the delay, 0: none is seen */
	float peak;                     /* of the last block, times the rms */
	float loss_db;                  /* echo return loss: at least so much
					 * less comes back than was sent */
	unsigned hits;                  /* in all */
	unsigned blind;                 /* blocks since, with sound both ways */

	/* ---- the block at work ---- */
	unsigned todo;                  /* steps of it */
	uint64_t block;                 /* its number, from 1 on */
	struct mx_echo_spectrum near;
	unsigned distrust;              /* blocks, of the next ones */
	float near_power;
	struct mx_echo_peak best, held; /* of the spans seen so far; near where
					 * the echo was last */
	double energy;                  /* of all lags seen so far */

	/* ---- far windows, the newest at [block % MX_ECHO_SPANS] ---- */
	struct mx_echo_spectrum far[MX_ECHO_SPANS];
	uint64_t far_block[MX_ECHO_SPANS];      /* 0: nothing was sent */
	float far_power[MX_ECHO_SPANS];

	struct mx_echo_spectrum sum[MX_ECHO_SPANS];

	/* ---- the candidate, and the track of hits ---- */
	float cand;
	unsigned cand_hits;
	struct mx_echo_hit {
		uint64_t block;
		float lag;
	} track[MX_ECHO_TRACK];
	unsigned n_track;

	float edge[MX_ECHO_EDGE];
};

void mx_echo_detect_init(struct mx_echo_detect *d, const struct mx_fft *fft);

/** Nothing was looked at for long: what was summed is forgotten. A sum of few
 *  blocks has peaks by chance, so the first ones count for nothing. */
void mx_echo_detect_anew(struct mx_echo_detect *d);
/** The delay became longer by so many samples, which is known from elsewhere:
 *  what was summed is forgotten, what was found is moved. */
void mx_echo_detect_move(struct mx_echo_detect *d, float samples);

/**
 * Takes a block.
 *
 * @param far   [MX_ECHO_WINDOW] sent, the last half of it in this block's time;
 *              NULL: nothing
 * @param near  [MX_ECHO_BLOCK] came back in this block's time; NULL: nothing
 */
void mx_echo_detect_begin(struct mx_echo_detect *d, const int16_t *far,
			  const int16_t *near);

/** Goes on with the block; true if it was the last step and the block saw the
 *  echo at d->delay. */
bool mx_echo_detect_step(struct mx_echo_detect *d);

#endif
