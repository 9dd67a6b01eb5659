/*
 * stream_pipe.c - uridecodebin ! audioconvert ! audioresample ! capsfilter !
 * appsink
 *
 * A source that is recorded waits while we have not taken what came; one that is
 * live drops what we do not take in time.
 */
#include "stream_pipe.h"

#include <errno.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFERS = 16 };          /* decoded pieces waiting for us */

struct stream_pipe {
	GstElement *pipeline, *convert, *sink;  /* the pipeline owns all */
	GstSample *sample;      /* that is being taken; NULL: none */
	size_t at;              /* byte of it */
};

static GstElement *add(struct stream_pipe *p, const char *kind)
{
	GstElement *e = gst_element_factory_make(kind, NULL);

	if (e)
		gst_bin_add(GST_BIN(p->pipeline), e);
	return e;
}

/* The first sound of it is taken, all else left unlinked. */
static void on_pad(GstElement *bin, GstPad *pad, gpointer arg)
{
	struct stream_pipe *p = arg;
	GstPad *to = gst_element_get_static_pad(p->convert, "sink");
	GstCaps *caps = gst_pad_query_caps(pad, NULL);
	const GstStructure *s = caps && gst_caps_get_size(caps) ?
		gst_caps_get_structure(caps, 0) : NULL;

	(void)bin;
	if (s && gst_structure_has_name(s, "audio/x-raw") && !gst_pad_is_linked(to))
		gst_pad_link(pad, to);
	if (caps)
		gst_caps_unref(caps);
	gst_object_unref(to);
}

static void on_no_more_pads(GstElement *bin, gpointer arg)
{
	struct stream_pipe *p = arg;
	GstPad *to = gst_element_get_static_pad(p->convert, "sink");

	if (!gst_pad_is_linked(to))
		GST_ELEMENT_ERROR(bin, STREAM, WRONG_TYPE, ("no sound in it"),
				  (NULL));
	gst_object_unref(to);
}

static void set_format(GstElement *filter, uint32_t rate_hz)
{
	GstCaps *caps = gst_caps_new_simple("audio/x-raw",
		"format", G_TYPE_STRING, "S16LE",
		"layout", G_TYPE_STRING, "interleaved",
		"channels", G_TYPE_INT, 1,
		"rate", G_TYPE_INT, (int)rate_hz, NULL);

	g_object_set(filter, "caps", caps, NULL);
	gst_caps_unref(caps);
}

static int build(struct stream_pipe *p, const char *uri, uint32_t rate_hz, char *err)
{
	GstElement *bin, *resample, *filter;

	p->pipeline = gst_pipeline_new(NULL);
	bin = add(p, "uridecodebin");
	p->convert = add(p, "audioconvert");
	resample = add(p, "audioresample");
	filter = add(p, "capsfilter");
	p->sink = add(p, "appsink");
	if (!bin || !p->convert || !resample || !filter || !p->sink ||
	    !gst_element_link_many(p->convert, resample, filter, p->sink, NULL)) {
		snprintf(err, STREAM_PIPE_ERR, "GStreamer lacks a basic element");
		return -ENOSYS;
	}
	set_format(filter, rate_hz);
	g_object_set(bin, "uri", uri, NULL);
	g_object_set(p->sink, "sync", FALSE, "max-buffers", BUFFERS, NULL);
	g_signal_connect(bin, "pad-added", G_CALLBACK(on_pad), p);
	g_signal_connect(bin, "no-more-pads", G_CALLBACK(on_no_more_pads), p);
	switch (gst_element_set_state(p->pipeline, GST_STATE_PLAYING)) {
	case GST_STATE_CHANGE_FAILURE:
		snprintf(err, STREAM_PIPE_ERR, "GStreamer cannot open it");
		return -EIO;
	case GST_STATE_CHANGE_NO_PREROLL:       /* live */
		g_object_set(p->sink, "drop", TRUE, NULL);
		return 0;
	default:
		return 0;
	}
}

int stream_pipe_open(struct stream_pipe **pp, const char *uri, uint32_t rate_hz,
		     char err[static STREAM_PIPE_ERR])
{
	struct stream_pipe *p = calloc(1, sizeof(*p));
	int e = p ? build(p, uri, rate_hz, err) : -ENOMEM;

	if (e)
		stream_pipe_close(p);
	else
		*pp = p;
	return e;
}

void stream_pipe_close(struct stream_pipe *p)
{
	if (!p)
		return;
	if (p->sample)
		gst_sample_unref(p->sample);
	if (p->pipeline) {
		gst_element_set_state(p->pipeline, GST_STATE_NULL);
		gst_object_unref(p->pipeline);
	}
	free(p);
}

static int fault(struct stream_pipe *p, char *err)
{
	GstBus *bus = gst_element_get_bus(p->pipeline);
	GstMessage *msg = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
	GError *e = NULL;

	gst_object_unref(bus);
	if (!msg)
		return gst_app_sink_is_eos(GST_APP_SINK(p->sink)) ? -ENODATA : 0;
	gst_message_parse_error(msg, &e, NULL);
	snprintf(err, STREAM_PIPE_ERR, "%s", e->message);
	g_error_free(e);
	gst_message_unref(msg);
	return -EIO;
}

/* Samples of the piece at hand; it is let go of when all are taken. */
static int take(struct stream_pipe *p, int16_t *out, int n)
{
	GstBuffer *buf = gst_sample_get_buffer(p->sample);
	const size_t size = gst_buffer_get_size(buf);
	const size_t want = (size_t)n * sizeof(*out);
	const size_t got = gst_buffer_extract(buf, p->at, out,
		size - p->at < want ? size - p->at : want);

	p->at += got;
	if (p->at + sizeof(*out) > size || got == 0) {
		gst_sample_unref(p->sample);
		p->sample = NULL;
	}
	return (int)(got / sizeof(*out));
}

int stream_pipe_get(struct stream_pipe *p, int16_t *out, int n,
		    char err[static STREAM_PIPE_ERR])
{
	int got = 0;

	while (got < n) {
		if (!p->sample) {
			p->at = 0;
			p->sample = gst_app_sink_try_pull_sample(
				GST_APP_SINK(p->sink), 0);
		}
		if (!p->sample)
			break;
		got += take(p, out + got, n - got);
	}
	return got ? got : fault(p, err);
}
