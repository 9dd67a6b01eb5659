/*
 * local.c - our own side: what the numbers mean, and how a description of
 * ours is put together and numbered.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agree.h"
#include "base/id.h"
#include "fmtp.h"
#include "print.h"

const struct mx_codec sdp_noise = { .name = "CN", .pt = MX_PT_NONE };

void sdp_local_init(struct sdp_local *local)
{
	const struct mx_codec *codec;

	memset(local, 0, sizeof(*local));
	for (unsigned i = 0; (codec = mx_codec_nth(i)); i++)
		if (local->n_codecs < SDP_CODECS_MAX)
			local->codecs[local->n_codecs++] = codec;
	local->ptime_ms = 20;
	local->dir = SDP_SENDRECV;
	local->csrc = true;
	local->sess_id = id_rand32() >> 1;      /* some read it as an int */
	local->sess_ver = 1;
	str_copy(local->proto, sizeof(local->proto), "RTP/AVP");
}

int sdp_local_codecs(struct sdp_local *local, const char *list)
{
	const struct mx_codec *codecs[SDP_CODECS_MAX];
	uint8_t n = 0;

	while (*list) {
		size_t len = strcspn(list, ", ");
		const struct mx_codec *codec = mx_codec_by_name(list, len);

		if (len) {
			if (!codec || n == SDP_CODECS_MAX)
				return -EINVAL;
			codecs[n++] = codec;
		}
		list += len + !!list[len];
	}
	if (!n)
		return -EINVAL;
	memcpy(local->codecs, codecs, sizeof(codecs));
	local->n_codecs = n;
	return 0;
}

static void remember(struct sdp_local *local, uint8_t pt,
		     const struct mx_codec *codec, uint32_t clock_hz)
{
	assert(!local->pt[pt].clock_hz || (local->pt[pt].codec == codec &&
					   local->pt[pt].clock_hz == clock_hz));
	local->pt[pt].codec = codec;
	local->pt[pt].clock_hz = clock_hz;
}

void sdp_remember(struct sdp_local *local, const struct sdp_media *peer,
		  const struct sdp_audio *audio)
{
	for (unsigned i = 0; i < audio->n_recv; i++)
		remember(local, audio->recv[i].pt, audio->recv[i].codec,
			 audio->recv[i].codec->clock_hz);
	for (unsigned i = 0; i < audio->n_event; i++)
		remember(local, audio->event[i].pt, NULL,
			 audio->event[i].clock_hz);
	if (audio->cn_pt)
		remember(local, audio->cn_pt, &sdp_noise,
			 audio->codec->clock_hz);
	for (unsigned i = 0; i < peer->n_fmt; i++)
		if (!local->pt[peer->fmt[i].pt].clock_hz)
			local->pt[peer->fmt[i].pt].foreign = true;
	sdp_remember_ext(local, audio);
	local->current = audio->codec;
}

int sdp_find_number(const struct sdp_local *local,
		    const struct mx_codec *codec, uint32_t clock_hz)
{
	for (int pt = 0; pt < 128; pt++)
		if (local->pt[pt].clock_hz == clock_hz &&
		    local->pt[pt].codec == codec && !sdp_is_rtcp_number(pt))
			return pt;
	return -1;
}

/** The first dynamic number from `first` on, and around, that never meant
 *  anything; one that the peer has used for something else is the last resort.
 *  -1 if none is left. */
static int new_number(const struct sdp_local *local, unsigned first)
{
	for (int foreign = 0; foreign < 2; foreign++)
		for (unsigned i = 0; i < 32; i++) {
			unsigned pt = 96 + (first - 96 + i) % 32;

			if (!local->pt[pt].clock_hz &&
			    local->pt[pt].foreign <= foreign)
				return (int)pt;
		}
	return -1;
}

static int usual_number(const struct mx_codec *codec, uint32_t clock_hz)
{
	if (codec == &sdp_noise)
		return clock_hz == SDP_CN_CLOCK_HZ ? MX_PT_CN : -1;
	return codec && codec->pt != MX_PT_NONE ? codec->pt : -1;
}

/** Where to look for a free one: 101 is what the world uses for events, and 105
 *  what browsers have used for comfort noise. */
static unsigned usual_first(const struct mx_codec *codec)
{
	return !codec ? 101 : codec == &sdp_noise ? 105 : 96;
}

int sdp_number(struct sdp_local *local, const struct mx_codec *codec,
	       uint32_t clock_hz)
{
	int pt = sdp_find_number(local, codec, clock_hz);

	if (pt < 0)
		pt = usual_number(codec, clock_hz);
	if (pt < 0)
		pt = new_number(local, usual_first(codec));
	if (pt >= 0)
		remember(local, (uint8_t)pt, codec, clock_hz);
	return pt;
}

/* ---- our medium -------------------------------------------------------- */

void sdp_begin_media(const struct sdp_local *local, struct sdp_media *m)
{
	memset(m, 0, sizeof(*m));
	str_copy(m->type, sizeof(m->type), "audio");
	str_copy(m->proto, sizeof(m->proto), local->proto);
	m->port = local->rtp_port;
	m->addr = local->addr;
	m->maxptime_ms = MX_PTIME_MAX_MS;
	if (local->rtcp_port && local->rtcp_port != local->rtp_port + 1) {
		m->rtcp = local->addr;
		addr_set_port(&m->rtcp, local->rtcp_port);
	}
}

static struct sdp_fmt *add_fmt(struct sdp_media *m, uint8_t pt,
			       const char *name, uint32_t clock_hz)
{
	struct sdp_fmt *fmt = &m->fmt[m->n_fmt++];
	size_t len = strlen(m->formats);

	snprintf(m->formats + len, sizeof(m->formats) - len, "%s%u",
		 len ? " " : "", pt);
	fmt->pt = pt;
	fmt->clock_hz = clock_hz;
	fmt->channels = 1;
	str_copy(fmt->name, sizeof(fmt->name), name);
	return fmt;
}

void sdp_add_codec(const struct sdp_local *local, struct sdp_media *m,
		   uint8_t pt, const struct mx_codec *codec)
{
	struct sdp_fmt *fmt = add_fmt(m, pt, codec->name, codec->clock_hz);

	fmt->channels = codec->channels;
	str_copy(fmt->fmtp, sizeof(fmt->fmtp),
		 sdp_fmtp_ours(codec, local->dtx));
}

void sdp_add_noise(struct sdp_media *m, uint8_t pt, uint32_t clock_hz)
{
	add_fmt(m, pt, sdp_noise.name, clock_hz);
}

void sdp_add_event(struct sdp_media *m, uint8_t pt, uint32_t clock_hz)
{
	struct sdp_fmt *fmt = add_fmt(m, pt, SDP_EVENT_NAME, clock_hz);

	str_copy(fmt->fmtp, sizeof(fmt->fmtp), "0-16");
}

void sdp_begin_body(const struct sdp_local *local, struct strbuf *sb)
{
	sdp_print_connection(sb, &local->addr);
	strbuf_add(sb, "t=0 0\r\n");
}

void sdp_add_media(struct strbuf *sb, const struct sdp_media *m)
{
	sdp_print_m(sb, m->type, m->port, m->proto, m->formats);
	sdp_print_attributes(sb, m);
}

int sdp_publish(struct sdp_local *local, const char *body, char *text,
		size_t size)
{
	char buf[SDP_LOCAL_MAX];
	struct strbuf sb;

	if (local->last[0] && strcmp(local->last, body) != 0)
		local->sess_ver++;
	str_copy(local->last, sizeof(local->last), body);

	strbuf_init(&sb, buf, sizeof(buf));
	sdp_print_head(&sb, "-", local->sess_id, local->sess_ver, &local->addr);
	strbuf_add(&sb, "%s", body);
	if (sb.full || sb.len >= size)
		return -ENOSPC;
	memcpy(text, buf, sb.len + 1);
	return (int)sb.len;
}
