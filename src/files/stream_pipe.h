/* stream_pipe.h - a pipeline of GStreamer's that decodes a URI to mono samples at
 * one rate; of the thread that opened it. Nothing here waits long. */
#ifndef STREAM_PIPE_H
#define STREAM_PIPE_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_PIPE_ERR = 160 };

struct stream_pipe;

/** Begins to open; what goes wrong later is said by stream_pipe_get(). 0 or
 *  -errno, with a sentence. */
int stream_pipe_open(struct stream_pipe **pp, const char *uri, uint32_t rate_hz,
		     char err[static STREAM_PIPE_ERR]);
void stream_pipe_close(struct stream_pipe *p);
/** Up to n samples of what has come, and how many; 0: nothing yet. -ENODATA: the
 *  end; another -errno: it failed, with a sentence. */
int stream_pipe_get(struct stream_pipe *p, int16_t *out, int n,
		    char err[static STREAM_PIPE_ERR]);

#endif
