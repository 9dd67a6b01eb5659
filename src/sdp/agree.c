/* agree.c - see agree.h */
#include "agree.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "fmtp.h"

/* ---- formats ----------------------------------------------------------- */

uint16_t sdp_fit_ptime(const struct mx_codec *codec, unsigned ms)
{
	return (uint16_t)mx_codec_fit_ms(codec, ms, MX_PAYLOAD_MAX);
}

static bool has_codec(const struct sdp_local *local,
		      const struct mx_codec *codec)
{
	for (unsigned i = 0; i < local->n_codecs; i++)
		if (local->codecs[i] == codec)
			return true;
	return false;
}

/** May this number of the peer's mean that, as far as we have used it and as
 *  RTCP on the same port lets it? */
static bool number_is_free(const struct sdp_local *local,
			   const struct sdp_media *peer, uint8_t pt,
			   const struct mx_codec *codec, uint32_t clock_hz)
{
	if (peer->rtcp_mux && sdp_is_rtcp_number(pt))
		return false;
	return !local->pt[pt].clock_hz || (local->pt[pt].codec == codec &&
					   local->pt[pt].clock_hz == clock_hz);
}

static const struct mx_codec *usable_codec(const struct sdp_local *local,
					   const struct sdp_media *peer,
					   const struct sdp_fmt *fmt)
{
	const struct mx_codec *fixed = mx_codec_by_pt(fmt->pt);
	const struct mx_codec *codec = !fmt->name[0] ? fixed :
		mx_codec_find(fmt->name, fmt->clock_hz, fmt->channels);

	if (!codec || (fixed && codec != fixed) || !has_codec(local, codec))
		return NULL;
	if (!number_is_free(local, peer, fmt->pt, codec, codec->clock_hz))
		return NULL;
	return sdp_fit_ptime(codec, 10) ? codec : NULL;
}

static bool is_usable_event(const struct sdp_local *local,
			    const struct sdp_media *peer,
			    const struct sdp_fmt *fmt)
{
	return strcasecmp(fmt->name, SDP_EVENT_NAME) == 0 &&
		fmt->channels == 1 && !mx_codec_by_pt(fmt->pt) &&
		number_is_free(local, peer, fmt->pt, NULL, fmt->clock_hz);
}

/** The first usable codec decides the sample rate; all of it are received. */
static void agree_codecs(const struct sdp_local *local,
			 const struct sdp_media *peer, struct sdp_audio *audio)
{
	for (unsigned i = 0; i < peer->n_fmt; i++) {
		const struct mx_codec *codec =
			usable_codec(local, peer, &peer->fmt[i]);

		if (!codec || audio->n_recv == SDP_MAP_MAX)
			continue;
		if (!audio->codec) {
			audio->codec = codec;
			audio->pt = peer->fmt[i].pt;
			sdp_fmtp_read(&audio->par, codec, peer->fmt[i].fmtp);
		}
		if (codec->rate_hz == audio->codec->rate_hz)
			audio->recv[audio->n_recv++] = (struct sdp_map){
				peer->fmt[i].pt, codec
			};
	}
}

static bool is_codec_clock(const struct sdp_audio *audio, uint32_t clock_hz)
{
	for (unsigned i = 0; i < audio->n_recv; i++)
		if (audio->recv[i].codec->clock_hz == clock_hz)
			return true;
	return false;
}

static bool has_event(const struct sdp_audio *audio, uint32_t clock_hz)
{
	for (unsigned i = 0; i < audio->n_event; i++)
		if (audio->event[i].clock_hz == clock_hz)
			return true;
	return false;
}

static void take_events(const struct sdp_local *local,
			const struct sdp_media *peer, struct sdp_audio *audio,
			bool any_clock)
{
	for (unsigned i = 0; i < peer->n_fmt; i++) {
		const struct sdp_fmt *fmt = &peer->fmt[i];

		if (!is_usable_event(local, peer, fmt) ||
		    has_event(audio, fmt->clock_hz) ||
		    audio->n_event == SDP_EVENTS_MAX)
			continue;
		if (!any_clock && !is_codec_clock(audio, fmt->clock_hz))
			continue;
		audio->event[audio->n_event].pt = fmt->pt;
		audio->event[audio->n_event++].clock_hz = fmt->clock_hz;
		if (fmt->clock_hz == audio->codec->clock_hz)
			audio->event_pt = fmt->pt;
	}
}

/** One telephone-event for each clock of the codecs (RFC 4733 2.1). A phone
 *  that has it with other clocks only is at least understood: some offer /8000
 *  beside a wideband codec. */
static void agree_events(const struct sdp_local *local,
			 const struct sdp_media *peer, struct sdp_audio *audio)
{
	audio->event_pt = MX_PT_NONE;
	take_events(local, peer, audio, false);
	if (!audio->n_event)
		take_events(local, peer, audio, true);
}

/** RFC 3389 4: its static number means a clock of 8000 Hz, another clock has a
 *  dynamic one. */
static bool is_noise(const struct sdp_fmt *fmt, uint32_t clock_hz)
{
	const bool named = strcasecmp(fmt->name, sdp_noise.name) == 0 &&
		fmt->clock_hz == clock_hz && fmt->channels == 1;

	if (clock_hz == SDP_CN_CLOCK_HZ)
		return fmt->pt == MX_PT_CN && (named || !fmt->name[0]);
	return named && fmt->pt != MX_PT_CN && !mx_codec_by_pt(fmt->pt);
}

/** Comfort noise with the clock of the codec that is sent. */
static void agree_noise(const struct sdp_local *local,
			const struct sdp_media *peer, struct sdp_audio *audio)
{
	const uint32_t clock_hz = audio->codec->clock_hz;

	if (!local->cn || !sdp_takes_noise(audio->codec))
		return;
	for (unsigned i = 0; i < peer->n_fmt; i++) {
		const struct sdp_fmt *fmt = &peer->fmt[i];

		if (!audio->cn_pt && is_noise(fmt, clock_hz) &&
		    number_is_free(local, peer, fmt->pt, &sdp_noise, clock_hz))
			audio->cn_pt = fmt->pt;
	}
	audio->par.cn = audio->cn_pt != 0;
}

/* ---- transport and address --------------------------------------------- */

bool sdp_is_avpf(const char *proto)
{
	return strcasecmp(proto, "RTP/AVPF") == 0;
}

static bool is_usable_proto(const char *proto)
{
	return strcasecmp(proto, "RTP/AVP") == 0 || sdp_is_avpf(proto);
}

static bool is_reachable(const struct sdp_local *local, const union addr *a)
{
	if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&a->in6.sin6_addr))
		return false;
	if (a->sa.sa_family == AF_INET &&       /* multicast, reserved, broadcast */
	    ntohl(a->in.sin_addr.s_addr) >= 0xe0000000)
		return false;
	return addr_is_set(a) && a->sa.sa_family == local->addr.sa.sa_family;
}

static void agree_rtcp(const struct sdp_local *local,
		       const struct sdp_media *peer, struct sdp_audio *audio)
{
	audio->rtcp_mux = peer->rtcp_mux;
	if (!addr_is_set(&audio->rtp))
		return;
	if (peer->rtcp_mux) {
		audio->rtcp = audio->rtp;
	} else if (addr_is_set(&peer->rtcp)) {
		if (is_reachable(local, &peer->rtcp) &&
		    !addr_is_any(&peer->rtcp))
			audio->rtcp = peer->rtcp;
	} else if (peer->port < UINT16_MAX) {
		audio->rtcp = audio->rtp;
		addr_set_port(&audio->rtcp, (uint16_t)(peer->port + 1));
	}
}

/** Where and which way the stream goes. RFC 2543's hold is an address of
 *  zeros (RFC 3264 8.4). */
static void agree_way(const struct sdp_local *local,
		      const struct sdp_media *peer, struct sdp_audio *audio)
{
	bool quiet = addr_is_any(&peer->addr) || !peer->port;
	unsigned dir = local->dir & sdp_mirror(peer->dir);

	if (!peer->port)
		dir = SDP_INACTIVE;
	else if (quiet)
		dir &= ~(unsigned)SDP_SENDONLY;
	audio->dir = (enum sdp_dir)dir;
	audio->hold = quiet || ((local->dir & SDP_SENDONLY) &&
				!(peer->dir & SDP_RECVONLY));
	if (!quiet) {
		audio->rtp = peer->addr;
		addr_set_port(&audio->rtp, peer->port);
	}
	agree_rtcp(local, peer, audio);
}

/** What the peer wants, inside of what it and we can. */
static uint16_t agree_ptime(const struct sdp_local *local,
			    const struct sdp_media *peer,
			    const struct mx_codec *codec)
{
	unsigned ms = peer->ptime_ms ? peer->ptime_ms : local->ptime_ms;

	if (peer->maxptime_ms && ms > peer->maxptime_ms)
		ms = peer->maxptime_ms;
	return sdp_fit_ptime(codec, ms < 10 ? 10 : ms);
}

int sdp_agree(const struct sdp_local *local, const struct sdp_media *peer,
	      struct sdp_audio *audio)
{
	struct sdp_audio got = { 0 };

	if (strcasecmp(peer->type, "audio") != 0)
		return -ENOTSUP;
	agree_codecs(local, peer, &got);
	if (!got.codec)
		return -ENOTSUP;
	if (!is_usable_proto(peer->proto))
		return -EPROTONOSUPPORT;
	if (peer->port && !addr_is_any(&peer->addr) &&
	    !is_reachable(local, &peer->addr))
		return -EADDRNOTAVAIL;

	agree_events(local, peer, &got);
	agree_noise(local, peer, &got);
	agree_way(local, peer, &got);
	sdp_agree_ext(local, peer, &got);
	got.ptime_ms = agree_ptime(local, peer, got.codec);
	*audio = got;
	return 0;
}
