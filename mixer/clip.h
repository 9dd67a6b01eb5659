/*
 * clip.h - a piece of sound in memory: a prompt, a digit, music, a tone.
 *
 * Immutable once made and shared by all threads; who made it keeps it until
 * nobody can play it any more.
 */
#ifndef MX_CLIP_H
#define MX_CLIP_H

#include <stddef.h>
#include <stdint.h>

/** Its length if it has no end: it is then part of a stream (stream.h). */
#define MX_CLIP_ENDLESS SIZE_MAX

struct mx_clip {
	uint32_t rate_hz;       /* one of the resampler's rates */
	size_t len;             /* samples */
	const int16_t *pcm;     /* [len], mono */
};

#endif
