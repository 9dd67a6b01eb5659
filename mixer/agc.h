/*
 * agc.h - levelling: everybody at about the same loudness.
 *
 * What does it do? It brings who whispers, or shouts, to -23 dBov of active
 * speech, by +24 to -12 dB. How does it work? The level is the mean power of
 * the frames that are speech (vad.h) over the last three seconds of it; the
 * gain follows it, while there is speech and only then, after half a second
 * of it by 12 dB/s until three were heard, then by 2 dB/s up and 6 dB/s down, or 30 dB/s when
 * he suddenly shouts. In pauses it stands still. It is never so high that the
 * noise of the line would pass -50 dBov.
 *
 * What is raised is speech: a quarter of a second after it the part of the
 * gain over 2 dB is let go, and is there again with the first frame that is
 * louder than the noise. So noise is no louder for it, and no word begins
 * softer than it came. A limiter (limit.h) sees to it that nothing clips, and
 * delays by 1.25 ms.
 *
 * Plain data of one thread.
 */
#ifndef MX_AGC_H
#define MX_AGC_H

#include <stddef.h>
#include <stdint.h>

#include "limit.h"

struct mx_dsp;
struct mx_vad;

enum {
	MX_AGC_TARGET_DBOV = -23,
	MX_AGC_GAIN_MIN_DB = -12,
	MX_AGC_GAIN_MAX_DB = 24,
	MX_AGC_FLOOR_MAX_DBOV = -50,
	MX_AGC_LEARN = 300              /* frames of speech */
};

struct mx_agc {
	float power;            /* mean square of speech */
	unsigned heard;         /* frames of it, up to MX_AGC_LEARN */
	float gain_db;          /* of speech */
	float open;             /* 0 to 1: how much of it noise would get */
	unsigned since;         /* frames since something rose from the noise */
	int32_t gain_q12;       /* where the last frame ended */
	struct mx_limit limit;
};

void mx_agc_init(struct mx_agc *a, uint32_t hz);
/** The next frames come at another rate; what was learnt stays. */
void mx_agc_tune(struct mx_agc *a, uint32_t hz);
/** Levels a frame, at which v has looked. */
void mx_agc_run(struct mx_agc *a, const struct mx_dsp *dsp,
		const struct mx_vad *v, int16_t *pcm, size_t n);
/** For a while there is nothing to level. */
void mx_agc_rest(struct mx_agc *a);
/** Level of his speech as it comes, dBov, -127 if none was heard. */
int mx_agc_speech_dbov(const struct mx_agc *a);

#endif
