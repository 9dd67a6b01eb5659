/* port_rx.c - a port's way in: packets to keys and voice. */
#include <errno.h>
#include <string.h>

#include "dsp/dsp.h"
#include "level.h"
#include "port_priv.h"
#include "rtpext.h"

enum {
	STILL_TICKS = 10,       /* longer than any block of a key detector */
	LEVEL_TICKS = 100,
	GUESS_TICKS = 2,        /* that most packets have */
	QUIET = 104 * 104,      /* -50 dBov, as energy of a sample */
	FAINT = 8 * 8           /* what A-law makes of zeros, -72 dBov; Opus makes
				 * of them less. No sound: else each silent line
				 * would have a sum of its own to hear */
};

/* ---- level ------------------------------------------------------------- */

static void begin_level(struct mx_port *port)
{
	port->level.energy = 0;
	port->level.samples = port->level.frames = 0;
}

/* Is a second over? */
static void end_level(struct mx_port *port)
{
	if (port->level.frames < LEVEL_TICKS)
		return;
	port->last_level = mx_level(port->level.energy, port->level.samples);
	begin_level(port);
}

/* ---- packets ----------------------------------------------------------- */

/* Sound that was sent beside the event is still in the buffer when the event
 * is over. */
static void cut_voice(struct mx_port *port, int64_t now_us)
{
	int64_t held_us = (int64_t)mx_jbuf_stats(port->jbuf)->depth_ms * 1000;

	port->cut_until_us = now_us + held_us + MX_PORT_CUT_US;
}

static void on_event(struct mx_port *port, const struct mx_dtmf_event *ev,
		     int64_t now_us)
{
	struct mx_port_news news = { .what = MX_NEWS_KEY, .key = ev->key };

	cut_voice(port, now_us);
	if (ev->what == MX_DTMF_BEGIN)
		port_tell(port, &news);
}

static int put_event(struct mx_port *port, struct mx_pkt *pkt)
{
	struct mx_dtmf_event ev[MX_DTMF_EVENTS_MAX];
	int n;

	mx_jbuf_note(port->jbuf, pkt);
	n = mx_dtmf_put(&port->dtmf, pkt->ts, pkt->marker,
			pkt->data + pkt->off, pkt->len, pkt->arrival_us, ev);
	if (n < 0)
		return n;
	port->used_events = true;
	if (port->mix)
		mix_wake(port->mix, port, pkt->arrival_us);
	for (int i = 0; i < n; i++)
		on_event(port, &ev[i], pkt->arrival_us);
	return 0;
}

/* Without a decoder there are only guesses, one a packet. */
static void guess_level(struct mx_port *port)
{
	uint8_t loud = mx_gate_loud(&port->gate);

	port->level.energy += mx_level_power((uint8_t)(MX_LOUD_MAX - loud));
	port->level.samples++;
	port->level.frames += GUESS_TICKS;
	end_level(port);
}

/* Who speaks is listened to anyway. */
static void judge(struct mx_port *port, const struct mx_codec *codec,
		  const struct mx_pkt *pkt)
{
	int64_t arrival_us = pkt->arrival_us;
	bool stands_out;

	if (!port->mix || (port->awake && port->talk.active))
		return;
	stands_out = mx_gate_put(&port->gate, codec, port->dsp, pkt,
				 port->level_id && port->trust.ok);
	if (port->awake && !port->dozes)
		return;
	guess_level(port);
	if (mix_wants(port->mix, port, stands_out))
		mix_wake(port->mix, port, arrival_us);
}

static int put_voice(struct mx_port *port, const struct mx_codec *codec,
		     struct mx_pkt *pkt)
{
	struct mx_port_news news = { .what = MX_NEWS_STARTED };
	int err;

	judge(port, codec, pkt);
	err = mx_jbuf_put(port->jbuf, pkt);
	if (err)
		return err == -EINVAL || err == -EBADMSG ? err : -EAGAIN;
	if (!port->started)
		port_tell(port, &news);
	port->started = true;
	return 1;
}

uint8_t mx_port_level(const struct mx_port *port, const struct mx_pkt *pkt)
{
	return mx_rtpext_level(pkt, port->level_id);
}

/* As long as they are all of one type, nothing is looked for. */
static const struct mx_codec *codec_of(struct mx_port *port, uint8_t pt)
{
	if (port->came && port->came_pt == pt)
		return port->came;
	port->came = port_codec_of(&port->stream, pt);
	port->came_pt = pt;
	return port->came;
}

int mx_port_put(struct mx_port *port, struct mx_pkt *pkt)
{
	const struct mx_codec *codec = codec_of(port, pkt->pt);
	bool event = !codec && memchr(port->stream.event_pt, pkt->pt,
				      port->stream.n_event);

	if (!port->jbuf)
		return -EINVAL;
	if (!codec && !mx_port_expects(port, pkt->pt)) {
		/* Not lost, only not for us. */
		mx_jbuf_note(port->jbuf, pkt);
		return -EINVAL;
	}
	if (port->rx.ssrc != pkt->ssrc)
		port->trust = (struct mx_trust){ 0 };
	/* A jump of the sequence is an error to the statistics alone: the
	 * buffer finds out by itself what it means for the sound. */
	mx_rtp_rx_put(&port->rx, pkt, codec ? codec->clock_hz : 0);
	port->rx_bytes += pkt->len;
	if (!port->receives)
		return -EAGAIN;
	if (event)
		return put_event(port, pkt);
	return codec ? put_voice(port, codec, pkt) :
		mx_jbuf_noise(port->jbuf, pkt);
}

void mx_port_soon(const struct mx_port *port, unsigned stage)
{
	if (stage == 0)
		mx_prefetch(port, offsetof(struct mx_port, rx.base_seq));
	else if (port->jbuf)
		mx_jbuf_soon(port->jbuf);
}

/* ---- the tick ---------------------------------------------------------- */

static enum mx_jbuf_kind take(struct mx_port *port, int16_t *pcm,
			      int64_t now_us)
{
	if (port->rx_hz == 0 || !port->receives)
		return MX_JBUF_SILENCE;
	mx_jbuf_keep(port->jbuf, port->mix && mix_wants_packets(port->mix));
	return mx_jbuf_take(port->jbuf, pcm, port->rx_hz / 100, now_us);
}

bool port_hears_keys(const struct mx_port *port)
{
	return port->inband && port->stream.inband && !port->used_events;
}

/* Listens for keys in the sound; after a while of silence, when every press has
 * ended, not even there. */
static void hear_keys(struct mx_port *port, const int16_t *pcm,
		      enum mx_jbuf_kind kind, bool sound)
{
	static const int16_t silence[MX_RESAMP_FRAME_MAX];
	struct mx_port_news news = { .what = MX_NEWS_KEY_INBAND };
	int16_t at_8k[MX_DTMF_INBAND_FRAME];

	port->in_key = false;
	if (!port_hears_keys(port) || port->rx_hz == 0)
		return;
	port->still = sound ? 0 : port->still + 1;
	if (port->still > STILL_TICKS)
		return;
	mx_resamp_run(&port->to_8k, at_8k, sound ? pcm : silence);
	news.key = mx_dtmf_inband_put(port->inband, at_8k,
				      kind == MX_JBUF_CONCEALED);
	port->in_key = mx_dtmf_inband_is_tone(port->inband);
	if (news.key)
		port_tell(port, &news);
}

static bool is_cut(struct mx_port *port, int64_t now_us)
{
	struct mx_dtmf_event ev;

	if (mx_dtmf_tick(&port->dtmf, now_us, &ev))
		on_event(port, &ev, now_us);
	return port->dtmf.active || port->in_key || now_us < port->cut_until_us;
}

static void account_level(struct mx_port *port, uint64_t energy)
{
	port->level.energy += energy;
	port->level.samples += port->rx_hz / 100;
	port->level.frames++;
	end_level(port);
}

/* ---- speech ------------------------------------------------------------ */

static uint32_t talk_ms(const struct mx_port *port)
{
	uint32_t ticks = mx_talk_ticks(&port->talk);

	return ticks > port->talk_before ?
		(ticks - port->talk_before) * (MX_TICK_US / 1000) : 0;
}

static void begin_talk(struct mx_port *port)
{
	struct mx_port_news news = { .what = MX_NEWS_TALK_BEGUN };
	uint32_t ticks = mx_talk_ticks(&port->talk);

	port->talk_before = ticks <= MX_TALK_RECENT ? 0 : ticks;
	port->talking = true;
	port_tell(port, &news);
}

void port_end_talk(struct mx_port *port)
{
	struct mx_port_news news = { .what = MX_NEWS_TALK_ENDED };

	if (!port->talking)
		return;
	news.ms = talk_ms(port);
	port->talk_ms += news.ms;
	port->talking = false;
	port_tell(port, &news);
}

static void follow_talk(struct mx_port *port, uint64_t n, uint64_t energy)
{
	struct mx_talk *t = &port->talk;

	if (t->idle && energy == 0)
		return;
	mx_talk_put(t, n, energy, port->rx_hz / 100);
	if (!t->active)
		port_end_talk(port);
	else if (!port->talking && t->quiet == 0 && port->mix && port->speak)
		begin_talk(port);
}

/* ---- voice ------------------------------------------------------------- */

void port_follow_music(struct mx_port *port)
{
	struct mx_port_news news = { .what = MX_NEWS_MUSIC };

	news.is_music = port->stages && mx_voice_is_music(port->stages);
	if (news.is_music != port->is_music && port_tell(port, &news))
		port->is_music = news.is_music;
}

/* Only what is heard is worth it. */
static bool treat(struct mx_port *port, int16_t *pcm, bool sound)
{
	if (!port->stages || !port->mix || !port->speak)
		return sound;
	sound = mx_voice_run(port->stages, pcm, port->rx_hz / 100, sound);
	port_follow_music(port);
	return sound;
}

/* After sound the filter rings on for one more frame. */
static void make_voice(struct mx_port *port, int16_t *pcm, bool sound)
{
	port->spoke = port->mix && port->speak &&
		(sound || port->to_room_rings);
	if (!port->spoke)
		return;
	if (!sound)
		memset(pcm, 0, port->rx_hz / 100 * sizeof(*pcm));
	mx_resamp_run(&port->to_room, port->voice, pcm);
	port->to_room_rings = sound && port->to_room.fir;
}

/* What he says of a packet is held against what it is decoded to. */
static void check_level(struct mx_port *port, enum mx_jbuf_kind kind,
			uint64_t energy)
{
	uint8_t level;

	if (port->stream.level_id == 0 || kind != MX_JBUF_VOICE)
		return;
	level = mx_jbuf_level(port->jbuf);
	if (level != MX_PKT_NO_LEVEL)
		mx_trust_put(&port->trust, level, energy, port->rx_hz / 100);
}

void port_listen(struct mx_port *port, const struct mx_tick *tick)
{
	int16_t pcm[MX_RESAMP_FRAME_MAX];
	enum mx_jbuf_kind kind;
	uint64_t energy = 0;
	bool sound;

	port_follow_rate(port);
	kind = take(port, pcm, tick->now_us);
	if (kind != MX_JBUF_SILENCE)
		energy = port->dsp->energy(pcm, port->rx_hz / 100);
	check_level(port, kind, energy);
	port->quiet = energy <= (uint64_t)QUIET * port->rx_hz / 100;
	if (port->unechoes)
		energy = port_unecho(port, tick->n, pcm, energy);
	hear_keys(port, pcm, kind, energy > 0);
	port->cut = is_cut(port, tick->now_us);
	if (port->cut)
		energy = 0;
	account_level(port, energy);
	follow_talk(port, tick->n, energy);
	sound = energy > (uint64_t)FAINT * port->rx_hz / 100;
	make_voice(port, pcm, treat(port, pcm, sound));
}

/* ---- without listening ------------------------------------------------- */

void port_rest(struct mx_port *port, const struct mx_tick *tick)
{
	port->spoke = false;
	port->was = VOICE_SILENT;
	port->quiet = true;
	port->in_key = false;
	if (port->jbuf)
		mx_jbuf_sleep(port->jbuf, tick->now_us);
	begin_level(port);
	mx_talk_rest(&port->talk);
	port_forget_voice(port);
}

bool port_tend(struct mx_port *port, const struct mx_tick *tick)
{
	return is_cut(port, tick->now_us);
}
