/*
 * music.h - what somebody who waits hears, or a room: music by name.
 *
 * A source is "" (the folder [sounds] music), "none", an absolute path of a file
 * or a folder, or a URI that GStreamer opens. The folder is decoded when the
 * server starts, anything else while somebody listens (files/stream.h).
 */
#ifndef MUSIC_H
#define MUSIC_H

#include <stdint.h>

#include "media/media.h"

struct hub;
struct stream;

/** Zero it. */
struct music {
	struct stream *stream;          /* that is being heard; NULL: none */
};

/** A list to play for ever, whose n is 0 for "none" or if nothing can be had.
 *  Where it differs from what m had, that is let go of: it is to be stopped or
 *  replaced at once. first: where in the folder to begin. */
void music_list(struct music *m, struct hub *hub, const char *source,
		uint32_t rate_hz, unsigned first, struct media_play *play);
/** Nothing is heard any more. */
void music_drop(struct music *m);

#endif
