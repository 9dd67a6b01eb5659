/* port.c - see port.h: a port's life, stream and news. port_rx.c is the way
 * in, port_tx.c the way out. */
#include "port.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "level.h"
#include "mix.h"
#include "port_priv.h"
#include "slab.h"

int mx_port_new(struct mx_port **portp, const struct mx_port_cfg *cfg)
{
	struct mx_port *port = mx_slab_get(cfg->slab, sizeof(*port));

	if (!port)
		return -ENOMEM;
	port->cfg = *cfg;
	port->dsp = cfg->dsp;
	port->owner = cfg->owner;
	port->ssrc = cfg->ssrc;
	port->seq = cfg->seq;
	port->ts0 = cfg->ts;
	port->last_level = MX_LEVEL_SILENCE;
	mx_talk_init(&port->talk);
	rules_init(&port->rules);
	port_tune(port, port_own_hz(port));
	*portp = port;
	return 0;
}

void mx_port_free(struct mx_port *port)
{
	if (!port)
		return;
	assert(!port->jbuf && !port->chain && !port->mix);
	mx_slab_put(port->cfg.slab, port, sizeof(*port));
}

void mx_port_kit_free(struct mx_port_kit *kit)
{
	mx_chain_free(kit->chain);
	mx_jbuf_free(kit->jbuf);
	mx_dtmf_inband_free(kit->inband);
	mx_voice_free(kit->voice);
	mx_echo_leg_free(kit->echo);
	mx_canceller_free(kit->canceller);
	memset(kit, 0, sizeof(*kit));
}

void port_list_news(struct mx_port *port)
{
	struct mx_news_list *list = port->cfg.news;

	if (port->news_taken == port->news_put)
		return;
	port->next_news = NULL;
	if (list->last)
		list->last->next_news = port;
	else
		list->first = port;
	list->last = port;
}

void port_unlist_news(struct mx_port *port)
{
	struct mx_news_list *list = port->cfg.news;
	struct mx_port *before = NULL;

	if (port->news_taken == port->news_put)
		return;
	if (list->first == port) {
		list->first = port->next_news;
	} else {
		before = list->first;
		while (before->next_news != port)
			before = before->next_news;
		before->next_news = port->next_news;
	}
	if (list->last == port)
		list->last = before;
}

/* What a port that goes still had to tell is told to nobody. */
static void hush(struct mx_port *port)
{
	port_unlist_news(port);
	port->news_taken = port->news_put;
}

void mx_port_fini(struct mx_port *port, struct mx_port_kit *kit)
{
	memset(kit, 0, sizeof(*kit));
	if (port->mix)
		mx_mix_del(port->mix, port);
	hush(port);
	port_drop_chain(port);
	if (port->stream.codec)
		kit->chain = mx_chains_get(port->cfg.chains,
					   port->stream.codec);
	port->stream.codec = NULL;
	if (port->jbuf)
		mx_jbuf_reset(port->jbuf);
	kit->jbuf = port->jbuf;
	kit->inband = port->inband;
	kit->voice = port->stages;
	kit->echo = port->echo;
	port->jbuf = NULL;
	port->inband = NULL;
	port->stages = NULL;
	port->echo = NULL;
}

uint32_t port_own_hz(const struct mx_port *port)
{
	uint32_t hz = port->stream.codec ? port->stream.codec->rate_hz : 8000;

	/* Limiter and player know no 44100 Hz; the chain's resampler does. */
	return hz == 44100 ? 48000 : hz;
}

uint32_t port_useful_hz(const struct mx_port *port)
{
	uint32_t hz = port_own_hz(port), most = port->stream.par.rate_hz;

	return most > 0 && most < hz ? most : hz;
}

static void start_to_room(struct mx_port *port)
{
	port->to_room_rings = false;
	if (port->rx_hz > 0)
		mx_resamp_init(&port->to_room, port->cfg.bank, port->rx_hz,
			       port->hz);
}

void port_forget_voice(struct mx_port *port)
{
	start_to_room(port);
	if (port->stages)
		mx_voice_tune(port->stages, port->rx_hz);
	if (port->rx_hz > 0)
		mx_resamp_init(&port->to_8k, port->cfg.bank, port->rx_hz,
			       MX_DTMF_INBAND_RATE_HZ);
}

static void tune(struct mx_port *port, uint32_t hz)
{
	if (hz == port->hz)
		return;
	if (port->hz == 0)
		mx_play_init(&port->play, port->cfg.bank, hz);
	else
		mx_play_retune(&port->play, hz);
	port->hz = hz;
	start_to_room(port);
	if (port->chain)
		mx_chain_retune(port->chain, hz);
}

/* ---- the stream -------------------------------------------------------- */

static void swap_memory(struct mx_port *port, struct mx_port_kit *kit)
{
	if (kit->jbuf) {
		struct mx_jbuf *old = port->jbuf;

		if (old)
			mx_jbuf_reset(old);
		port->jbuf = kit->jbuf;
		kit->jbuf = old;
	}
	if (kit->inband) {
		struct mx_dtmf_inband *old = port->inband;

		port->inband = kit->inband;
		kit->inband = old;
	}
}

const struct mx_codec *port_codec_of(const struct mx_port_stream *s, uint8_t pt)
{
	for (unsigned i = 0; i < s->n_recv; i++)
		if (s->recv[i].pt == pt)
			return s->recv[i].codec;
	return NULL;
}

static bool can_decode_to(const struct mx_port_stream *s, uint32_t hz)
{
	for (unsigned i = 0; i < s->n_recv; i++)
		if (mx_codec_at(s->recv[i].codec, hz)->rate_hz != hz)
			return false;
	return true;
}

/* What comes need not be decoded to more than the room is made of, where all
 * codecs that may come can do it for less. */
static uint32_t decode_hz(const struct mx_port *port)
{
	const struct mx_port_stream *s = &port->stream;
	uint32_t hz;

	if (s->n_recv == 0)
		return 0;
	if (!port->mix && port->rx_hz && can_decode_to(s, port->rx_hz))
		return port->rx_hz;
	hz = mx_codec_at(s->recv[0].codec, port->mix ? port->hz :
			 s->recv[0].codec->rate_hz)->rate_hz;
	return can_decode_to(s, hz) ? hz : s->recv[0].codec->rate_hz;
}

/* Numbers of the stream before go first: the buffer holds codecs of one rate
 * only. What is in it stays if that rate can stay. */
static void map_codecs(struct mx_port *port, const struct mx_port_stream *old)
{
	const struct mx_port_stream *s = &port->stream;
	uint32_t hz;

	port->rx_hz_want = decode_hz(port);
	if (!port->jbuf)
		return;
	for (unsigned i = 0; i < old->n_recv; i++)
		mx_jbuf_map(port->jbuf, old->recv[i].pt, NULL);
	hz = can_decode_to(s, port->rx_hz) ? port->rx_hz : port->rx_hz_want;
	for (unsigned i = 0; i < s->n_recv; i++)
		mx_jbuf_map(port->jbuf, s->recv[i].pt,
			    mx_codec_at(s->recv[i].codec, hz));
	if (mx_jbuf_rate(port->jbuf) == port->rx_hz)
		return;
	port->rx_hz = mx_jbuf_rate(port->jbuf);
	port_forget_voice(port);
}

/*
 * A decoder that begins anew is not itself for some packets of speech, and in
 * the midst of a steady tone, which an encoder predicts from what it was, for
 * ever so long. Up it must go for the sake of the sound, down for that of the
 * work alone.
 */
void port_follow_rate(struct mx_port *port)
{
	if (port->rx_hz == port->rx_hz_want || port->talk.active ||
	    (port->rx_hz_want < port->rx_hz && !port->quiet) || !port->jbuf ||
	    mx_jbuf_retune(port->jbuf, port->rx_hz_want) < 0)
		return;
	port->rx_hz = port->rx_hz_want;
	port_forget_voice(port);
}

/* The RTP time goes on where it is, at the pace of the new codec's clock. */
static void change_clock(struct mx_port *port, const struct mx_codec *codec,
			 uint64_t n)
{
	uint32_t now = mx_port_ts(port, n);

	port->ts0 = now - (uint32_t)n * (codec->clock_hz / 100);
}

/* A codec that cannot adapt is the same for all paths. */
static uint8_t grade_for(const struct mx_port *port)
{
	return port->stream.codec->adapt ? port->adapt.grade : 0;
}

static void start_chain(struct mx_port *port, unsigned step)
{
	struct mx_chain_cfg cfg = {
		.in_hz = port->hz,
		.frames = (uint8_t)(port->stream.ptime_ms / 10),
		.deaf = port->mix && !port->hear,
		.par = port->stream.par,
		.grade = grade_for(port),
		.cng = port->cfg.chains->cng,
	};
	struct mx_chain *c = mx_chains_get(port->cfg.chains,
					   port->stream.codec);

	assert(c);      /* each stream has brought one */
	mx_chain_start(c, &cfg, step + port->cfg.phase, port->tx_packets == 0);
	port_share_chain(port, c);
	port->marker = true;
	port->hang = MX_PORT_FIRST_TICKS;
}

void port_tune(struct mx_port *port, uint32_t hz)
{
	tune(port, hz);
	port->rx_hz_want = decode_hz(port);
}

static bool makes_same(const struct mx_port_stream *a,
		       const struct mx_port_stream *b)
{
	return a->codec == b->codec && a->ptime_ms == b->ptime_ms &&
		memcmp(&a->par, &b->par, sizeof(a->par)) == 0;
}

/* With what each packet asks for where packets look. */
static void set_stream(struct mx_port *port, const struct mx_port_stream *s)
{
	port->stream = *s;
	port->came = NULL;
	port->level_id = s->level_id;
	port->receives = s->receives;
	port->pt = s->pt;
	port->cn_pt = s->cn_pt;
	port->csrc = s->csrc;
}

void mx_port_stream(struct mx_port *port, const struct mx_port_stream *s,
		    struct mx_port_kit *kit, unsigned step, uint64_t n)
{
	const struct mx_port_stream old = port->stream;

	/* It is found out anew whether there is anything to be heard. */
	if (port->mix)
		mix_wake(port->mix, port, (int64_t)n * MX_TICK_US);
	swap_memory(port, kit);
	change_clock(port, s->codec, n);
	if (!s->sends || !makes_same(s, &old))
		port_drop_chain(port);
	if (kit->chain) {
		mx_chains_put(port->cfg.chains, kit->chain);
		kit->chain = old.codec ?
			mx_chains_get(port->cfg.chains, old.codec) : NULL;
	}

	set_stream(port, s);
	if (s->n_event == 0)
		port->used_events = false;
	if (port->mix)
		mx_mix_retune(port->mix, port);
	else
		tune(port, port_own_hz(port));
	map_codecs(port, &old);
	if (s->sends && !port->chain)
		start_chain(port, step);
}

void mx_port_sound(struct mx_port *port, struct mx_port_kit *kit)
{
	struct mx_voice *old = port->stages;

	port->stages = kit->voice;
	kit->voice = old;
	if (port->stages) {
		mx_voice_follow(port->stages, old);
		mx_voice_tune(port->stages, port->rx_hz);
	}
	port_follow_music(port);
}

void mx_port_reported(struct mx_port *port, uint8_t fraction)
{
	if (!mx_adapt_report(&port->adapt, fraction) || !port->chain ||
	    port->chain->cfg.grade == grade_for(port))
		return;
	/* Those of one grade come together again when this one stands as
	 * they do. */
	port_own_chain(port);
	mx_chain_adapt(port->chain, grade_for(port));
	port->hang = MX_PORT_HANG_TICKS;
}

bool mx_port_expects(const struct mx_port *port, uint8_t pt)
{
	const struct mx_port_stream *s = &port->stream;

	return port_codec_of(s, pt) || memchr(s->event_pt, pt, s->n_event) ||
		(s->cn_pt && pt == s->cn_pt);
}

/* ---- playing ----------------------------------------------------------- */

static void cut_off(struct mx_port *port)
{
	struct mx_port_news news = { .what = MX_NEWS_PLAYED,
				     .id = port->play_id };

	if (port->play.active)
		port_tell(port, &news);
}

void mx_port_play(struct mx_port *port, const struct mx_play_list *list,
		  uint32_t id)
{
	cut_off(port);
	port->play_id = id;
	if (mx_play_start(&port->play, list) < 0) {
		struct mx_port_news news = { .what = MX_NEWS_PLAYED, .id = id };

		mx_play_stop(&port->play);
		port_tell(port, &news);
	}
	port->playing = mx_play_active(&port->play);
	if (port->mix)
		mix_set_apart(port->mix, port);
}

void mx_port_stop(struct mx_port *port)
{
	cut_off(port);
	mx_play_stop(&port->play);
	port->playing = mx_play_active(&port->play);
}

/* ---- news and figures -------------------------------------------------- */

/* Room for the end of a speech is kept from its begin on: there is one for
 * each begin, whatever else gets lost. A begin that gets lost takes its end
 * with it. */
static bool has_room(struct mx_port *port, const struct mx_port_news *news)
{
	unsigned room = MX_PORT_NEWS_MAX - (port->news_put - port->news_taken);

	switch (news->what) {
	case MX_NEWS_TALK_BEGUN:
		port->owes_end = room > 1;
		return port->owes_end;
	case MX_NEWS_TALK_ENDED:
		room = port->owes_end;
		port->owes_end = false;
		return room > 0;
	default:
		return room > port->owes_end;
	}
}

bool port_tell(struct mx_port *port, const struct mx_port_news *news)
{
	bool first = port->news_put == port->news_taken;
	struct mx_port_news *slot;

	if (!has_room(port, news)) {
		port->news_lost++;
		return false;
	}
	slot = &port->news[port->news_put++ % MX_PORT_NEWS_MAX];
	*slot = *news;
	slot->owner = port->owner;
	if (first)
		port_list_news(port);
	return true;
}

bool mx_news_take(struct mx_news_list *list, struct mx_port_news *news)
{
	struct mx_port *port = list->first;

	if (!port)
		return false;
	*news = port->news[port->news_taken++ % MX_PORT_NEWS_MAX];
	if (port->news_taken == port->news_put) {
		list->first = port->next_news;
		if (!list->first)
			list->last = NULL;
	}
	return true;
}

static uint64_t ms(uint64_t samples, uint32_t hz)
{
	return hz ? samples * 1000 / hz : 0;
}

void mx_port_stats(const struct mx_port *port, struct mx_port_stats *st)
{
	const struct mx_codec *codec = port->stream.n_recv ?
		port->stream.recv[0].codec : NULL;

	*st = (struct mx_port_stats){
		.tx_packets = port->tx_packets,
		.tx_bytes = port->tx_bytes,
		.rx_bytes = port->rx_bytes,
		.jitter_us = codec ?
			mx_rtp_rx_jitter_us(&port->rx, codec->clock_hz) : 0,
		.level = port->last_level,
		.news_lost = port->news_lost,
		.level_trusted = port->trust.ok,
		.talk_ms = port->talk_ms,
	};
	if (port->stages)
		mx_voice_stats(port->stages, &st->voice);
	if (port->echo)
		mx_echo_leg_stats(port->echo, &st->echo);
	if (port->jbuf) {
		const struct mx_jbuf_stats *j = mx_jbuf_stats(port->jbuf);

		st->late = j->late;
		st->fec_used = j->fec_used;
		st->decoded = j->decoded;
		st->concealed_ms = ms(j->concealed, port->rx_hz);
		st->accelerated_ms = ms(j->accelerated, port->rx_hz);
		st->expanded_ms = ms(j->expanded, port->rx_hz);
		st->resampled_ms = ms(j->resampled, port->rx_hz);
		st->drift_ppm = j->drift_ppm;
		st->delay_ms = j->depth_ms;
		st->delay_target_ms = j->target_ms;
	}
}

struct mx_rtp_rx *mx_port_rx(struct mx_port *port)
{
	return &port->rx;
}

uint32_t mx_port_ssrc(const struct mx_port *port)
{
	return port->ssrc;
}

bool mx_port_sends(const struct mx_port *port)
{
	return port->chain != NULL;
}

uint32_t mx_port_clock_hz(const struct mx_port *port)
{
	return port->stream.codec ? port->stream.codec->clock_hz : 8000;
}

uint32_t mx_port_ts(const struct mx_port *port, uint64_t n)
{
	return port->ts0 + (uint32_t)n * (mx_port_clock_hz(port) / 100);
}

struct mx_mix *mx_port_mix(const struct mx_port *port)
{
	return port->mix;
}

void *mx_port_owner(const struct mx_port *port)
{
	return port->owner;
}
