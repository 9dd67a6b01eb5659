/*
 * rec_pipe.h - one Ogg/Opus file as it is written: a GStreamer pipeline that
 * never makes its owner wait. A file that is never ended, because the process
 * or the machine died, plays up to its last page, a quarter of a second before.
 * Owned and used by one thread.
 */
#ifndef REC_PIPE_H
#define REC_PIPE_H

#include <stddef.h>
#include <stdint.h>

struct rec_pipe;

enum { REC_PIPE_ERR = 160 };

/** Opens a new file; one that is there already is left alone (-EEXIST). 0 or
 *  -errno and a sentence. */
int rec_pipe_open(struct rec_pipe **pp, const char *path,
		  char err[static REC_PIPE_ERR]);
/** At once, finished or not; NULL is fine. */
void rec_pipe_close(struct rec_pipe *p);

/** Appends samples, mono, 48 kHz, big end first; NULL: silence. 0; -ENOMEM; or
 *  -EAGAIN when more waits to be written than any disk should need. */
int rec_pipe_put(struct rec_pipe *p, const void *pcm, size_t samples);
/** No more will come. */
void rec_pipe_end(struct rec_pipe *p);

/** 0: all is well; 1: it has ended and all is in the file; -EIO and a sentence:
 *  it failed. */
int rec_pipe_poll(struct rec_pipe *p, char err[static REC_PIPE_ERR]);

#endif
