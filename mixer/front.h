/*
 * front.h - the first half of the way out: a sum of voices becomes a frame at
 * whatever rate a codec takes.
 *
 *   int32 10 ms frame -> limiter -> frame, with its past -> filter, for each
 *                                                           rate asked for
 *
 * A resampler's state is nothing but the last samples that went into it. They
 * are kept here once, and every rate is filtered from them: a room has one
 * limiter for the sum that all who are silent hear, however many codecs they
 * have, and who gets a sum of his own goes on with a copy. Once there has been
 * silence for long enough that limiter and filters have rung out, nothing is
 * done any more.
 *
 * Plain data of one thread; nothing here allocates.
 */
#ifndef MX_FRONT_H
#define MX_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "limit.h"
#include "resamp.h"

struct mx_dsp;

struct mx_front {
	struct mx_limit limit;
	uint32_t hz;
	uint8_t silent;         /* frames of silence put in, up to what rings */
	int16_t x[MX_RESAMP_PAST_MAX + MX_RESAMP_FRAME_MAX];
};

/** Begins with silence behind it. hz: 8000, 16000, 24000 or 48000. */
void mx_front_init(struct mx_front *f, uint32_t hz);
/** Takes a frame of hz / 100 samples; NULL: silence. */
void mx_front_run(struct mx_front *f, const struct mx_dsp *dsp,
		  const int32_t *in);
/** Is there anything to be heard of the frame, at whatever rate? */
bool mx_front_sounds(const struct mx_front *f);
/** Does the limiter turn anything down? */
bool mx_front_limits(const struct mx_front *f);
/** The frame at a resampler's rate, in out[hz / 100] or where it lies. */
const int16_t *mx_front_at(const struct mx_front *f,
			   const struct mx_resamp_bank *bank, uint32_t hz,
			   int16_t *out);

#endif
