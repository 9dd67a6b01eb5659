/*
 * residual.h - takes out what a linear canceller leaves of an echo.
 *
 * What does it do? A clipping loudspeaker, a codec and a room longer than the
 * filter leave an echo 10 to 25 dB down. This turns down, band by band, what
 * can only be that, and puts noise like the line's own in its place. How does
 * it work? Frames of 20 ms, half overlapping, in Bark bands. How much of the
 * echo leaks through is the slope of the residual's power over the estimated
 * echo's (Valin 2007, eq. 13 to 15, there over all bands): a near talker is
 * not related to the echo's ups and downs, so he hardly counts. A band's gain
 * follows from how much of it the leak explains; while somebody talks at the
 * near end the suppression is gentle and has a floor. Without echo the gains
 * are 1 and the signal passes as it is.
 *
 * Output is one frame (10 ms) late. Plain data of one thread.
 */
#ifndef MX_RESIDUAL_H
#define MX_RESIDUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_fft;

enum {
	MX_RESIDUAL_FRAME_MAX = 160,
	MX_RESIDUAL_FFT_MAX = 512,
	MX_RESIDUAL_BINS_MAX = MX_RESIDUAL_FFT_MAX / 2 + 1,
	MX_RESIDUAL_BANDS = 22,
	MX_RESIDUAL_PARTS = 4           /* of the noise floor's window */
};

/** Overlap-add of one signal. */
struct mx_residual_ola {
	float in[2 * MX_RESIDUAL_FRAME_MAX];
	float out[MX_RESIDUAL_FRAME_MAX];
};

struct mx_residual_band {
	float residual, echo;           /* power, smoothed */
	float tail;                     /* of the echo, as a room rings */
	float mean_residual, mean_echo; /* slow, for their ups and downs */
	float cross, square;            /* of these */
	float noise;                    /* floor of the near end */
	float least[MX_RESIDUAL_PARTS];
	float gain;
};

struct mx_residual {
	const struct mx_fft *fft;
	size_t frame, n_fft;            /* samples */
	unsigned bands;
	float window[2 * MX_RESIDUAL_FRAME_MAX];
	struct mx_residual_ola lin, echo;
	struct mx_residual_band band[MX_RESIDUAL_BANDS];
	unsigned part, in_part;
	float doubt;                    /* at least so much leaks */
	bool talk;                      /* somebody talks at the near end */
	unsigned hang;                  /* frames since */
	uint32_t random;
	float gain[MX_RESIDUAL_BINS_MAX];       /* of the last frame */
};

/** hz: 8000 or 16000; fft: of 256 or 512 points. */
void mx_residual_init(struct mx_residual *r, uint32_t hz,
		      const struct mx_fft *fft);

/**
 * Takes a frame.
 *
 * @param out   [hz / 100]
 * @param lin   what a linear canceller left
 * @param echo  what it took
 */
void mx_residual_run(struct mx_residual *r, int16_t *out, const int16_t *lin,
		     const int16_t *echo);

/** The linear canceller has just begun: of sounds that it has not learned from
 *  it leaves more than of those that it has. Some seconds of echo end that. */
void mx_residual_doubt(struct mx_residual *r);

/** Sends another signal through the gains of the last frame: what became of a
 *  part of it. For measurements; o is zeroed at first. */
void mx_residual_shadow(const struct mx_residual *r, struct mx_residual_ola *o,
			float *out, const float *in);

#endif
