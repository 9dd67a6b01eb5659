/*
 * stream.h - music by name: a file, a folder, or any URI that GStreamer opens,
 * decoded once for all who listen at one rate.
 *
 * What does it do? Decoding begins with the first who takes a source at a rate
 * and ends with the last who drops it; all hear the same (mixer/stream.h). Files
 * and folders begin anew at their end. What cannot be opened within ten seconds,
 * breaks off or stops to come is tried again after 1, 2, 4 ... 60 seconds, with
 * silence meanwhile; each failure is counted, and in the log. How does it work?
 * One thread looks after all pipelines, fifty times a second, and writes what is
 * due by the clock.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "mixer/clip.h"

struct loop;
struct stream;
struct streams;

enum { STREAMS_MAX = 64, STREAM_SOURCE_MAX = 256 };

/** Starts the thread. 0 or -errno. */
int streams_new(struct streams **sp, struct loop *loop);
/** Nobody may play any of them any more; NULL is fine. */
void streams_free(struct streams *s);

/** Takes a source: an absolute path or a URI. NULL: there are STREAMS_MAX, or no
 *  memory, or its name is too long. */
struct stream *stream_take(struct streams *s, const char *source, uint32_t rate_hz);
/** What it is played as, good until a minute after the drop: for players that
 *  are still being told to stop. */
const struct mx_clip *stream_clip(const struct stream *st);
/** One take less; NULL is fine. */
void stream_drop(struct stream *st);
/** How many of them are being decoded, and how often one has failed since the
 *  start. */
unsigned streams_running(const struct streams *s);
uint64_t streams_failures(const struct streams *s);

#endif
