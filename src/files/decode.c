/*
 * decode.c - filesrc ! decodebin ! audioconvert ! audioresample ! capsfilter
 * ! appsink, run as fast as it goes.
 *
 * decodebin makes its pad when it knows what the file holds; only then is the
 * rate chosen and the rest linked. That happens on a thread of GStreamer's.
 */
#include "decode.h"

#include <errno.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"

enum {
	POLL_MS = 50,
	STALLED_MS = 10000,     /* nothing came for so long: give up */
	SINK_BUFFERS = 32       /* decoded pieces waiting for us */
};

struct decode {
	GstElement *pipeline, *convert, *filter, *sink; /* the pipeline owns all */
	struct mx_clip *clip;
	int16_t *pcm;           /* the clip's, while it grows */
	size_t len, room, max;
};

int decode_init(char *err, size_t err_size)
{
	GError *e = NULL;

	if (gst_init_check(NULL, NULL, &e))
		return 0;
	snprintf(err, err_size, "GStreamer does not start: %s",
		 e ? e->message : "unknown error");
	g_clear_error(&e);
	return -ENOSYS;
}

char *decode_uri(const char *path)
{
	char *glib = gst_filename_to_uri(path, NULL), *uri;

	uri = glib ? strdup(glib) : NULL;
	g_free(glib);
	return uri;
}

/* ---- the pipeline ------------------------------------------------------- */

static int clip_rate(int rate)
{
	static const int rates[] = { 8000, 16000, 24000, 48000 };

	for (size_t i = 0; i < 4; i++)
		if (rate <= rates[i])
			return rates[i];
	return 48000;
}

static void set_format(GstElement *filter, int rate)
{
	GstCaps *caps = gst_caps_new_simple("audio/x-raw",
		"format", G_TYPE_STRING, "S16LE",
		"layout", G_TYPE_STRING, "interleaved",
		"channels", G_TYPE_INT, 1,
		"rate", G_TYPE_INT, rate, NULL);

	g_object_set(filter, "caps", caps, NULL);
	gst_caps_unref(caps);
}

/* The first sound of the file is taken, everything else left unlinked. */
static void on_pad(GstElement *bin, GstPad *pad, gpointer arg)
{
	struct decode *d = arg;
	GstPad *to = gst_element_get_static_pad(d->convert, "sink");
	GstCaps *caps = gst_pad_get_current_caps(pad);
	const GstStructure *s = caps ? gst_caps_get_structure(caps, 0) : NULL;
	int rate = 0;

	(void)bin;
	if (s && gst_structure_has_name(s, "audio/x-raw") &&
	    gst_structure_get_int(s, "rate", &rate) && !gst_pad_is_linked(to)) {
		set_format(d->filter, clip_rate(rate));
		gst_pad_link(pad, to);
	}
	if (caps)
		gst_caps_unref(caps);
	gst_object_unref(to);
}

/* A file without any sound would leave the sink waiting for ever. */
static void on_no_more_pads(GstElement *bin, gpointer arg)
{
	struct decode *d = arg;
	GstPad *to = gst_element_get_static_pad(d->convert, "sink");

	if (!gst_pad_is_linked(to))
		GST_ELEMENT_ERROR(bin, STREAM, WRONG_TYPE, ("no sound in it"),
				  (NULL));
	gst_object_unref(to);
}

static GstElement *add(struct decode *d, const char *kind)
{
	GstElement *e = gst_element_factory_make(kind, NULL);

	if (e)
		gst_bin_add(GST_BIN(d->pipeline), e);
	return e;
}

static int build(struct decode *d, const char *path, char *err, size_t err_size)
{
	GstElement *src, *bin, *resample;

	d->pipeline = gst_pipeline_new(NULL);
	src = add(d, "filesrc");
	bin = add(d, "decodebin");
	d->convert = add(d, "audioconvert");
	resample = add(d, "audioresample");
	d->filter = add(d, "capsfilter");
	d->sink = add(d, "appsink");
	if (!src || !bin || !d->convert || !resample || !d->filter || !d->sink ||
	    !gst_element_link(src, bin) ||
	    !gst_element_link_many(d->convert, resample, d->filter, d->sink,
				   NULL)) {
		snprintf(err, err_size, "GStreamer lacks a basic element");
		return -ENOSYS;
	}
	g_object_set(src, "location", path, NULL);
	g_object_set(d->sink, "sync", FALSE, "max-buffers", SINK_BUFFERS, NULL);
	g_signal_connect(bin, "pad-added", G_CALLBACK(on_pad), d);
	g_signal_connect(bin, "no-more-pads", G_CALLBACK(on_no_more_pads), d);
	return 0;
}

static void tear_down(struct decode *d)
{
	if (!d->pipeline)
		return;
	gst_element_set_state(d->pipeline, GST_STATE_NULL);
	gst_object_unref(d->pipeline);
}

/* ---- the samples -------------------------------------------------------- */

static int grow(struct decode *d, size_t len)
{
	size_t room = d->room ? d->room : 65536;
	struct mx_clip *clip;

	while (room < len)
		room *= 2;
	if (room == d->room)
		return 0;
	clip = realloc(d->clip, sizeof(*clip) + room * sizeof(*d->pcm));
	if (!clip)
		return -ENOMEM;
	d->clip = clip;
	d->pcm = (int16_t *)(clip + 1);
	d->room = room;
	return 0;
}

/* 1: that was enough, and some of it was cut off. */
static int append(struct decode *d, const int16_t *pcm, size_t n)
{
	const bool cut = n > d->max - d->len;
	int err;

	if (cut)
		n = d->max - d->len;
	err = grow(d, d->len + n);
	if (err)
		return err;
	memcpy(d->pcm + d->len, pcm, n * sizeof(*pcm));
	d->len += n;
	return cut;
}

static int take(struct decode *d, GstSample *sample, unsigned max_s)
{
	const GstStructure *s =
		gst_caps_get_structure(gst_sample_get_caps(sample), 0);
	GstMapInfo map;
	int rate = 0, r;

	if (!d->clip) {
		r = grow(d, 1);
		if (r)
			return r;
		gst_structure_get_int(s, "rate", &rate);
		d->clip->rate_hz = (uint32_t)rate;
		d->max = (size_t)max_s * (size_t)rate;
	}
	if (!gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ))
		return -ENOMEM;
	r = append(d, (const int16_t *)(const void *)map.data,
		   map.size / sizeof(int16_t));
	gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
	return r;
}

static int bus_error(struct decode *d, char *err, size_t err_size)
{
	GstBus *bus = gst_element_get_bus(d->pipeline);
	GstMessage *msg = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
	GError *e = NULL;

	gst_object_unref(bus);
	if (!msg)
		return 0;
	gst_message_parse_error(msg, &e, NULL);
	snprintf(err, err_size, "%s", e->message);
	g_error_free(e);
	gst_message_unref(msg);
	return -EBADMSG;
}

/* Pulls until the end, the limit or a fault. 0 or 1 as append(), or -errno. */
static int run(struct decode *d, unsigned max_s, const atomic_bool *stop,
	       char *err, size_t err_size)
{
	GstAppSink *sink = GST_APP_SINK(d->sink);
	int64_t stalled_us = loop_now_us() + STALLED_MS * 1000;
	GstSample *sample;
	int r = 0;

	gst_element_set_state(d->pipeline, GST_STATE_PLAYING);
	while (r == 0) {
		sample = gst_app_sink_try_pull_sample(sink, POLL_MS * GST_MSECOND);
		if (sample) {
			r = take(d, sample, max_s);
			gst_sample_unref(sample);
			stalled_us = loop_now_us() + STALLED_MS * 1000;
			continue;
		}
		r = bus_error(d, err, err_size);
		if (r == 0 && gst_app_sink_is_eos(sink))
			break;
		if (r == 0 && atomic_load(stop))
			r = -ECANCELED;
		if (r == 0 && loop_now_us() > stalled_us) {
			snprintf(err, err_size, "nothing came out of it");
			r = -ETIMEDOUT;
		}
	}
	return r;
}

int decode_file(const struct mx_clip **clipp, const char *path, unsigned max_s,
		const atomic_bool *stop, bool *cut, char *err, size_t err_size)
{
	struct decode d = { 0 };
	struct mx_clip *whole;
	int r;

	if (access(path, R_OK) != 0) {
		snprintf(err, err_size, "%s", strerror(errno));
		return -ENOENT;
	}
	r = build(&d, path, err, err_size);
	if (r == 0)
		r = run(&d, max_s, stop, err, err_size);
	tear_down(&d);
	if (r >= 0 && !d.len) {
		snprintf(err, err_size, "no sound in it");
		r = -EBADMSG;
	}
	if (r < 0) {
		free(d.clip);
		return r;
	}
	/* give back what was too much; the block may move */
	whole = realloc(d.clip, sizeof(*whole) + d.len * sizeof(int16_t));
	if (!whole)
		whole = d.clip;
	whole->len = d.len;
	whole->pcm = (const int16_t *)(whole + 1);
	*cut = r == 1;
	*clipp = whole;
	return 0;
}

void decode_free(const struct mx_clip *clip)
{
	free((void *)(uintptr_t)clip);
}
