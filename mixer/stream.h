/*
 * stream.h - sound that goes on and on, from one thread to any number of
 * players on others: music on hold.
 *
 * What does it do? One writer puts samples in as time goes by; each reader takes
 * them a fifth of a second later, at its own pace. How does it work? A ring that
 * nobody ever waits at: the writer runs over what is old, a reader that was too
 * slow goes on where it would begin now, and one that is too fast gets nothing
 * yet. Samples are single atomics, so that being run over is a matter of sound
 * alone.
 */
#ifndef MX_STREAM_H
#define MX_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "clip.h"

struct mx_stream;

enum { MX_STREAM_DELAY_MS = 200 };

/** A silent one, of one of the resampler's rates. 0, -EINVAL or -ENOMEM. */
int mx_stream_new(struct mx_stream **sp, uint32_t rate_hz);
/** Nobody may read it any more; NULL is fine. */
void mx_stream_free(struct mx_stream *s);
/** What players play it as: a clip without an end. Lives as long as s. */
const struct mx_clip *mx_stream_clip(const struct mx_stream *s);

/** The other way round; NULL: it is a clip like any other. */
const struct mx_stream *mx_stream_of(const struct mx_clip *clip);

/** Adds n samples; NULL: silence. One thread. */
void mx_stream_put(struct mx_stream *s, const int16_t *pcm, size_t n);
/** Takes up to n of those that have come, and gives how many. *pos is the
 *  reader's place, 0 at first. Any thread. */
size_t mx_stream_get(const struct mx_stream *s, uint64_t *pos, int16_t *out,
		     size_t n);

#endif
