/*
 * rec_pipe.c - appsrc ! audioconvert ! opusenc ! oggmux ! filesink
 *
 * The sink writes each page as it comes; a page is out after PAGE_NS at most.
 */
#include "rec_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mixer/tap.h"

enum {
	BITRATE = 40000,                /* of speech at 48 kHz, and of music */
	PAGE_NS = 250000000,
	WAITING_MAX = 2 * MX_TAP_HZ * 60        /* bytes before the encoder */
};

struct rec_pipe {
	GstElement *pipeline, *src;     /* the pipeline owns all */
	guint64 samples;                /* put in so far: the time */
};

static GstElement *add(struct rec_pipe *p, const char *kind)
{
	GstElement *e = gst_element_factory_make(kind, NULL);

	if (e)
		gst_bin_add(GST_BIN(p->pipeline), e);
	return e;
}

static void set_format(GstElement *src)
{
	GstCaps *caps = gst_caps_new_simple("audio/x-raw",
		"format", G_TYPE_STRING, "S16BE",
		"layout", G_TYPE_STRING, "interleaved",
		"channels", G_TYPE_INT, 1,
		"rate", G_TYPE_INT, MX_TAP_HZ, NULL);

	g_object_set(src, "caps", caps, "format", GST_FORMAT_TIME, NULL);
	gst_caps_unref(caps);
}

static int build(struct rec_pipe *p, const char *path, char *err)
{
	GstElement *convert, *enc, *mux, *sink;

	p->pipeline = gst_pipeline_new(NULL);
	p->src = add(p, "appsrc");
	convert = add(p, "audioconvert");
	enc = add(p, "opusenc");
	mux = add(p, "oggmux");
	sink = add(p, "filesink");
	if (!p->src || !convert || !enc || !mux || !sink ||
	    !gst_element_link_many(p->src, convert, enc, mux, sink, NULL)) {
		snprintf(err, REC_PIPE_ERR, "GStreamer lacks opusenc or oggmux");
		return -ENOSYS;
	}
	set_format(p->src);
	g_object_set(enc, "bitrate", BITRATE, NULL);
	g_object_set(mux, "max-page-delay", (guint64)PAGE_NS,
		     "max-delay", (guint64)PAGE_NS, NULL);
	/* 2: unbuffered */
	g_object_set(sink, "location", path, "sync", FALSE, "async", FALSE,
		     "buffer-mode", 2, NULL);
	if (gst_element_set_state(p->pipeline, GST_STATE_PLAYING) ==
	    GST_STATE_CHANGE_FAILURE) {
		snprintf(err, REC_PIPE_ERR, "GStreamer cannot write there");
		return -EIO;
	}
	return 0;
}

int rec_pipe_open(struct rec_pipe **pp, const char *path,
		  char err[static REC_PIPE_ERR])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640), e;
	struct rec_pipe *p;

	if (fd < 0) {
		e = -errno;
		snprintf(err, REC_PIPE_ERR, "%s", strerror(-e));
		return e;
	}
	close(fd);
	p = calloc(1, sizeof(*p));
	e = p ? build(p, path, err) : -ENOMEM;
	if (e) {
		rec_pipe_close(p);
		unlink(path);
		return e;
	}
	*pp = p;
	return 0;
}

void rec_pipe_close(struct rec_pipe *p)
{
	if (!p)
		return;
	if (p->pipeline) {
		gst_element_set_state(p->pipeline, GST_STATE_NULL);
		gst_object_unref(p->pipeline);
	}
	free(p);
}

int rec_pipe_put(struct rec_pipe *p, const void *pcm, size_t samples)
{
	GstBuffer *buf;
	const gsize size = samples * 2;

	if (gst_app_src_get_current_level_bytes(GST_APP_SRC(p->src)) > WAITING_MAX)
		return -EAGAIN;
	buf = gst_buffer_new_allocate(NULL, size, NULL);
	if (!buf)
		return -ENOMEM;
	if (pcm)
		gst_buffer_fill(buf, 0, pcm, size);
	else
		gst_buffer_memset(buf, 0, 0, size);
	GST_BUFFER_PTS(buf) = gst_util_uint64_scale(p->samples, GST_SECOND,
						    MX_TAP_HZ);
	p->samples += samples;
	GST_BUFFER_DURATION(buf) =
		gst_util_uint64_scale(p->samples, GST_SECOND, MX_TAP_HZ) -
		GST_BUFFER_PTS(buf);
	gst_app_src_push_buffer(GST_APP_SRC(p->src), buf);      /* takes it */
	return 0;
}

void rec_pipe_end(struct rec_pipe *p)
{
	gst_app_src_end_of_stream(GST_APP_SRC(p->src));
}

int rec_pipe_poll(struct rec_pipe *p, char err[static REC_PIPE_ERR])
{
	GstBus *bus = gst_element_get_bus(p->pipeline);
	GstMessage *msg = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR |
					       GST_MESSAGE_EOS);
	GError *e = NULL;
	int r = 0;

	gst_object_unref(bus);
	if (!msg)
		return 0;
	if (GST_MESSAGE_TYPE(msg) == GST_MESSAGE_EOS) {
		r = 1;
	} else {
		gst_message_parse_error(msg, &e, NULL);
		snprintf(err, REC_PIPE_ERR, "%s", e->message);
		g_error_free(e);
		r = -EIO;
	}
	gst_message_unref(msg);
	return r;
}
