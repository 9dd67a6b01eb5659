/*
 * recorder.h - recordings of rooms, written by a thread of their own.
 *
 * A recording takes frames out of a box until it is ended, and keeps them as
 * one Ogg/Opus file (RFC 7845). Frames that are missing by their stamps are
 * written as silence: a second of the meeting is a second of the file, always.
 * All functions are control's and none waits; what became of a recording is
 * told on the loop.
 */
#ifndef RECORDER_H
#define RECORDER_H

#include <stdint.h>

struct box;
struct mx_clip;
struct loop;
struct recorder;
struct recording;

enum {
	RECORDINGS_MAX = 256,           /* at a time */
	RECORDING_BOX = 128,            /* frames, a power of two: how long the
					 * thread may sleep */
	RECORDING_WHY = 160
};

struct recording_result {
	int err;                        /* 0: whole */
	char why[RECORDING_WHY];        /* a sentence, if not */
	uint64_t ms;                    /* in the file ... */
	uint64_t silence_ms;            /* ... of which made up */
	struct mx_clip *clip;           /* of one without a file: what was said, the
					 * receiver's for free(); NULL: nothing */
};

struct recording_cfg {
	const char *path;               /* of a file that is not there yet; NULL: it
					 * is kept in memory, ... */
	uint32_t max_ms;                /* ... up to so long */
	struct box *frames;             /* of struct mx_tap_frame; the recorder
					 * takes out of it until done() */
	/** The recording is over, having been ended or having failed; its last
	 *  call. */
	void (*done)(void *arg, const struct recording_result *result);
	void *arg;
};

/** Starts the thread. 0 or -errno. */
int recorder_new(struct recorder **rp, struct loop *loop);
/** Ends all recordings, waits up to some seconds until their files are whole;
 *  their done() is called from here. NULL is fine. */
void recorder_free(struct recorder *r);

/** Begins a recording. Where it cannot even open its file, done() says so. 0,
 *  -ENAMETOOLONG, -ENOSPC: too many; or -ENOMEM, -EAGAIN. */
int recorder_begin(struct recorder *r, const struct recording_cfg *cfg,
		   struct recording **recp);
/** No more frames are put into its box. Not after done(). */
void recorder_end(struct recording *rec);

#endif
