/*
 * play.h - plays clips, one after the other, into 10 ms frames.
 *
 * Clips may have any of the resampler's rates. Whatever is cut off, by a stop
 * or by another start, fades out within 5 ms. Plain data, embedded in a port
 * or a bus, and of one thread; nothing here allocates. A player reads its clips
 * until they have ended, and not after the stop or start that cuts them off:
 * what fades is rendered by that very call.
 */
#ifndef MX_PLAY_H
#define MX_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clip.h"
#include "resamp.h"

enum {
	MX_PLAY_CLIPS_MAX = 16,
	MX_PLAY_FADE_MAX = 240          /* 5 ms at 48 kHz */
};

/** What to play. */
struct mx_play_list {
	const struct mx_clip *clips[MX_PLAY_CLIPS_MAX];
	uint8_t n;
	bool loop;              /* over and over, until stopped */
	bool gap;               /* a second of silence between rounds */
	uint8_t duck_db;        /* of a room: by so much voices are turned down */
	uint8_t quieter_db;     /* than it is */
};

struct mx_play {
	const struct mx_resamp_bank *bank;
	uint32_t rate_hz;
	bool active;
	struct mx_play_list list;
	uint8_t at;             /* clip now playing; list.n: behind the last */
	uint64_t pos;           /* next sample of it */
	int32_t gain;           /* of what is heard, of 1 << 14 */
	uint32_t quiet;         /* samples of silence due before it: the gap, or
				 * what drains the resampler */
	struct mx_resamp rs;    /* from the clip's rate to rate_hz */
	uint16_t fade_len;      /* of what was cut off and fades: 0 or 5 ms */
	int16_t fade[MX_PLAY_FADE_MAX];
};

enum mx_play_state {
	MX_PLAY_IDLE,           /* nothing plays */
	MX_PLAY_GOING,
	MX_PLAY_ENDED           /* the list came to its end in this frame; said
				 * once, not after a stop */
};

/** An idle player for frames at rate_hz (8000, 16000, 24000 or 48000); the
 *  bank must outlive it. 0 or -EINVAL. */
int mx_play_init(struct mx_play *p, const struct mx_resamp_bank *bank,
		 uint32_t rate_hz);

/** Changes the rate of the frames; what plays goes on from where it is, with a
 *  seam of some 3 ms. 0 or -EINVAL. */
int mx_play_retune(struct mx_play *p, uint32_t rate_hz);

/** Starts a list with the next frame, in place of what played before; clips
 *  without a single sample end in it. 0, or -EINVAL (n is 0 or too great, a
 *  clip of a rate that is not ours): then what played goes on. */
int mx_play_start(struct mx_play *p, const struct mx_play_list *list);

/** Stops; harmless when idle. */
void mx_play_stop(struct mx_play *p);

/** True while mx_play_frame() has something to say: playing or fading. */
bool mx_play_active(const struct mx_play *p);

/** Writes the next rate_hz / 100 samples to out, zeros when idle. */
enum mx_play_state mx_play_frame(struct mx_play *p, int16_t *out);

#endif
