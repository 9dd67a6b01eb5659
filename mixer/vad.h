/*
 * vad.h - is this frame speech, and how loud is the line without it?
 *
 * What does it do? It tells speech from the noise of a line, however loud that
 * is, for the stages that learn from one and must not learn from the other.
 * How does it work? Four bands are split off with one-pole filters (edges at
 * 300, 1000 and 2600 Hz). In each the noise is the least level of the last four
 * seconds, so that a hum, or a fan, becomes noise in its band and in no other.
 * A frame is loud if it stands 9 dB over the noise of the whole, out of the
 * bands' noise by enough in sum, and 6 dB over the least of the last half
 * second, which syllables do and nothing steady does. Two loud ones of three
 * begin speech, and 200 ms without any end it, as ITU-T P.56 counts what is
 * active. Digital silence says nothing of noise and is not counted as such.
 *
 * Who talks, as rooms tell it, is judged by talk.h from levels alone: this here
 * costs more and is run only where a stage needs it. Plain data of one thread.
 */
#ifndef MX_VAD_H
#define MX_VAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MX_VAD_BANDS = 4,
	MX_VAD_WINDOW = 25,     /* frames in each ... */
	MX_VAD_WINDOWS = 16,    /* ... of so many parts of four seconds */
	MX_VAD_HANG = 20        /* frames */
};

/** The noise of one band, or of all, in dBov. */
struct mx_vad_noise {
	float smooth;           /* power of late */
	float least;            /* in the window that goes on */
	float leasts[MX_VAD_WINDOWS];   /* in those before */
	float floor;
};

struct mx_vad {
	/* what it found */
	bool loud;              /* this frame is */
	bool speech;            /* and so it goes on, pauses under 200 ms in it */
	float level;            /* of this frame, dBov */
	float floor;            /* of the line, dBov */

	float a[MX_VAD_BANDS - 1], y[MX_VAD_BANDS - 1];
	struct mx_vad_noise all, band[MX_VAD_BANDS];
	uint8_t in_window, window;
	uint8_t recent;         /* bit 0: the last frame was loud */
	uint8_t quiet;          /* frames since, up to MX_VAD_HANG */
};

#define MX_VAD_NOTHING (-127.0f)        /* dBov of a frame of zeros */

void mx_vad_init(struct mx_vad *v, uint32_t hz);
/** The next frames come at another rate. */
void mx_vad_tune(struct mx_vad *v, uint32_t hz);
/** Looks at a frame of 10 ms. */
void mx_vad_put(struct mx_vad *v, const int16_t *pcm, size_t n);
/** For a while there is nothing to look at. */
void mx_vad_rest(struct mx_vad *v);

#endif
