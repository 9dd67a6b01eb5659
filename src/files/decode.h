/*
 * decode.h - one sound file into one clip, by GStreamer.
 *
 * Blocking; for the file thread. Whatever GStreamer can read is read, mixed
 * down to mono, and kept at its own rate where a clip can have it, else at the
 * next higher one.
 */
#ifndef DECODE_H
#define DECODE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "mixer/clip.h"

/** Starts GStreamer, once for the process. 0 or -ENOSYS with a sentence. */
int decode_init(char *err, size_t err_size);

/** The URI of an absolute path, for free(). NULL: it has none, or no memory. */
char *decode_uri(const char *path);

/**
 * Decodes a file.
 *
 * @param max_s  seconds; what is longer is cut and *cut set
 * @param stop   becomes true when the result is no longer wanted
 * @param err    on failure what GStreamer says
 *
 * @return 0 and *clipp, for decode_free(); -ENOENT (not there), -EBADMSG (no
 *         sound in it, or broken before its end), -ETIMEDOUT, -ECANCELED,
 *         -ENOMEM or -ENOSYS (GStreamer lacks a basic element)
 */
int decode_file(const struct mx_clip **clipp, const char *path, unsigned max_s,
		const atomic_bool *stop, bool *cut, char *err, size_t err_size);
void decode_free(const struct mx_clip *clip);

#endif
