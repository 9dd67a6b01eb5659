/* leg_sdp.c - offer and answer of a leg, and what they mean to its port. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "control.h"
#include "hub_int.h"
#include "event.h"
#include "leg_int.h"

/* RFC 3261 20.43 has the warning codes. */
struct sdp_refusal sdp_refusal(int err)
{
	switch (err) {
	case -EBADMSG:
		counter_inc(CNT_SDP_BAD);
		return (struct sdp_refusal){ 400, 0, END_BAD_SDP };
	case -E2BIG:
		counter_inc(CNT_SDP_BAD);
		return (struct sdp_refusal){ 413, 0, END_BAD_SDP };
	case -ENOTSUP:
		counter_inc(CNT_SDP_NO_CODEC);
		return (struct sdp_refusal){ 488, 305, END_NO_CODEC };
	case -EPROTONOSUPPORT:
		counter_inc(CNT_SDP_NO_CODEC);
		return (struct sdp_refusal){ 488, 302, END_NO_CODEC };
	case -EADDRNOTAVAIL:
		counter_inc(CNT_SDP_NO_CODEC);
		return (struct sdp_refusal){ 488, 300, END_NO_CODEC };
	case -EAGAIN:
		return (struct sdp_refusal){ 500, 0, END_NO_MEDIA };
	default:
		return (struct sdp_refusal){ 500, 0, END_ERROR };
	}
}

static struct mx_voice_opts configured_sound(const struct config *config)
{
	static const enum mx_ns_when ns[] = {
		[CONFIG_NOISE_OFF] = MX_NS_OFF, [CONFIG_NOISE_ON] = MX_NS_ON,
		[CONFIG_NOISE_AUTO] = MX_NS_AUTO
	};

	return (struct mx_voice_opts){ .agc = config->media.agc,
				       .ns = ns[config->media.noise] };
}

static bool looks_for_echo(const struct config *config)
{
	return config->media.echo == CONFIG_ECHO_AUTO;
}

int leg_open_media(struct leg *leg, const union addr *reached,
		   const struct media_bus *near)
{
	const struct hub *hub = leg->hub;
	struct sdp_local local;
	int err;

	err = media_port_open(hub->media, reached->sa.sa_family, near, &leg_port_ops,
			      leg, &leg->port);
	if (err) {
		leg->port = NULL;
		return err;
	}
	leg->sound = configured_sound(hub->config);
	if (leg_set_sound(leg) != 0)
		log_warn(leg->tag, "his sound stays as it comes");
	if (media_port_unecho(leg->port, looks_for_echo(hub->config)) == 0)
		leg->unechoes = looks_for_echo(hub->config);
	sdp_local_init(&local);
	if (sdp_local_codecs(&local, hub->config->media.codecs) != 0)
		log_error(leg->tag, "no such codecs, offering all of ours: %s",
			  hub->config->media.codecs);
	local.addr = *reached;
	addr_set_port(&local.addr, 0);
	local.rtp_port = media_port_rtp(leg->port);
	local.rtcp_port = media_port_rtcp(leg->port);
	local.ptime_ms = (uint16_t)hub->config->media.ptime;
	local.dtx = hub->config->media.dtx;
	local.cn = hub->config->media.comfort_noise;
	local.csrc = hub->config->media.csrc != CONFIG_CSRC_NO;
	leg->local = sdp_local_pack(&local);
	return leg->local ? 0 : -ENOMEM;
}

int leg_set_sound(struct leg *leg)
{
	return media_port_sound(leg->port, &leg->sound);
}

static int change_sound(struct leg *leg, const struct mx_voice_opts *opts)
{
	const struct mx_voice_opts was = leg->sound;
	int err;

	if (!leg->port)
		return -ENOENT;
	if (was.agc == opts->agc && was.ns == opts->ns && was.music == opts->music)
		return -EALREADY;
	leg->sound = *opts;
	err = leg_set_sound(leg);
	if (err)
		leg->sound = was;
	return err;
}

static int change_echo(struct leg *leg, bool on)
{
	int err;

	if (!leg->port)
		return -ENOENT;
	if (leg->unechoes == on)
		return -EALREADY;
	err = media_port_unecho(leg->port, on);
	if (!err)
		leg->unechoes = on;
	return err;
}

static bool is_failure(int err)
{
	return err && err != -EALREADY;
}

void leg_room_sound(struct leg *leg, const struct db_room *opt)
{
	struct mx_voice_opts opts = configured_sound(leg->hub->config);
	const bool echo = opt->echo == DB_ECHO_SERVER ?
		looks_for_echo(leg->hub->config) : opt->echo == DB_ECHO_AUTO;
	int err, echo_err;

	opts.agc = opts.agc && opt->agc;
	opts.music = opt->detect_hold_music != DB_DETECT_OFF;
	if (opt->denoise)
		opts.ns = MX_NS_ON;
	err = change_sound(leg, &opts);
	echo_err = change_echo(leg, echo);
	if (is_failure(err) || is_failure(echo_err))
		log_warn(leg->tag, "his sound stays as it was, err=%d",
			 is_failure(err) ? -err : -echo_err);
}

int leg_agc(struct leg *leg, bool on, const char *by)
{
	struct mx_voice_opts opts = leg->sound;
	int err;

	opts.agc = on;
	err = change_sound(leg, &opts);
	if (err)
		return err;
	log_info(leg->tag, "levelling %s, by=%s", on ? "on" : "off", by);
	event_leg(leg, (struct event){ .type = EVENT_AGC, .on = on, .by = by });
	return 0;
}

int leg_ns(struct leg *leg, bool on, const char *by)
{
	struct mx_voice_opts opts = leg->sound;
	int err;

	opts.ns = on ? MX_NS_ON : MX_NS_OFF;
	err = change_sound(leg, &opts);
	if (err)
		return err;
	log_info(leg->tag, "noise suppression %s, by=%s", on ? "on" : "off", by);
	event_leg(leg, (struct event){ .type = EVENT_NS, .on = on, .by = by });
	return 0;
}

int leg_echo(struct leg *leg, bool on, const char *by)
{
	int err = change_echo(leg, on);

	if (err)
		return err;
	log_info(leg->tag, "echo control %s, by=%s", on ? "on" : "off", by);
	event_leg(leg, (struct event){ .type = EVENT_ECHO, .on = on, .by = by });
	return 0;
}

/*
 * Without telephone-event keys can only come as sound. Gateways to the telephone
 * network agree on it and let the tone through all the same; what they speak
 * has an 8 kHz clock, and its tones are looked for at little cost.
 */
static bool listens_for_keys(const struct sdp_audio *audio)
{
	return audio->n_event == 0 || audio->codec->clock_hz == 8000;
}

/*
 * Nothing is sent before
 * the ACK: whoever forges the source of an INVITE, and names somebody else in
 * its SDP, must not get 32 s of RTP thrown at him for one datagram.
 */
static int set_stream(struct leg *leg, const struct sdp_audio *audio)
{
	const struct config *config = leg->hub->config;
	struct media_stream stream = {
		.audio = *audio,
		.inband_dtmf = listens_for_keys(audio),
		.csrc = config->media.csrc == CONFIG_CSRC_YES,
		.latch = config->media.latch,
		.signalling = leg->signalling,
		.timeout_ms = config->media.rtp_timeout * 1000
	};

	if (leg->state < LEG_UP)
		stream.audio.dir = (enum sdp_dir)(audio->dir &
						  ~(unsigned)SDP_SENDONLY);
	return media_port_stream(leg->port, &stream);
}

int leg_begin_to_send(struct leg *leg)
{
	return set_stream(leg, &leg->audio);
}

void leg_wait_for_rtp_again(struct leg *leg)
{
	if (set_stream(leg, &leg->audio) != 0)
		log_warn(leg->tag, "RTP is no longer waited for");
}

static void agreed(struct leg *leg, const struct sdp_audio *audio)
{
	char rtp[ADDR_LEN];

	leg->audio = *audio;
	leg->rec.codec = audio->codec;
	leg->rec.ptime_ms = audio->ptime_ms;
	log_info(leg->tag, "agreed, codec=%s/%u ptime_ms=%u rtp=%s%s%s",
		 audio->codec->name, (unsigned)audio->codec->clock_hz,
		 (unsigned)audio->ptime_ms, addr_print(&audio->rtp, rtp),
		 audio->n_event ? "" : " dtmf=inband",
		 audio->hold ? " hold" : "");
}

static int parse(struct leg *leg, const char *text, size_t len)
{
	struct sdp_error where = { 0, "" };
	int err = sdp_parse(&leg->hub->scratch, text, len, &where);

	if (err)
		log_warn(leg->tag, "bad SDP, line=%u: %s", where.line, where.what);
	return err;
}

/* What was said from here on; the text may be of before. */
static int keep(struct leg *leg, const struct sdp_local *local,
		const char *text)
{
	struct sdp_packed *packed = sdp_local_pack(local);
	char *sdp = text ? strdup(text) : NULL;

	if (!packed || (text && !sdp)) {
		free(packed);
		free(sdp);
		return -ENOMEM;
	}
	free(leg->local);
	leg->local = packed;
	if (text) {
		free(leg->sdp);
		leg->sdp = sdp;
	}
	return 0;
}

int leg_answer_sdp(struct leg *leg, const char *sdp, size_t len)
{
	struct sdp_local next;
	struct sdp_audio audio;
	char text[SDP_LOCAL_MAX];
	int err;

	sdp_local_unpack(&next, leg->local);
	if (!sdp) {
		err = sdp_offer(&next, text, sizeof(text));
	} else {
		err = parse(leg, sdp, len);
		if (!err)
			err = sdp_answer(&next, &leg->hub->scratch, &audio,
					 text, sizeof(text));
	}
	if (err < 0)
		return err;
	if (sdp) {
		err = set_stream(leg, &audio);
		if (err)
			return err;
	}
	err = keep(leg, &next, text);
	if (err)
		return err;
	if (sdp)
		agreed(leg, &audio);
	return 0;
}

int leg_accept_sdp(struct leg *leg, const char *sdp, size_t len)
{
	struct sdp_local next;
	struct sdp_audio audio;
	int err = parse(leg, sdp, len);

	if (err)
		return err;
	sdp_local_unpack(&next, leg->local);
	err = sdp_accept(&next, &leg->hub->scratch, &audio);
	if (!err)
		err = keep(leg, &next, NULL);
	if (!err)
		err = set_stream(leg, &audio);
	if (err)
		return err;
	agreed(leg, &audio);
	return 0;
}
