/* port_tx.c - a port's way out: frames to packets, alone or shared. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "dsp/dsp.h"
#include "port_priv.h"

enum { AHEAD = 8 };

/* ---- whose chain ------------------------------------------------------- */

static void leave_users(struct mx_port *port)
{
	struct mx_chain *c = port->chain;

	if (port->prev_user)
		port->prev_user->next_user = port->next_user;
	else
		c->users = port->next_user;
	if (port->next_user)
		port->next_user->prev_user = port->prev_user;
	port->next_user = port->prev_user = NULL;
	port->chain = NULL;
	c->n_users--;
}

static void unshare(struct mx_chain *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->next = NULL;
	c->link = NULL;
	c->shared = false;
}

void port_drop_chain(struct mx_port *port)
{
	struct mx_chain *c = port->chain;

	if (!c)
		return;
	leave_users(port);
	if (c->n_users > 0)
		return;
	if (c->shared)
		unshare(c);
	mx_chains_put(port->cfg.chains, c);
}

void port_share_chain(struct mx_port *port, struct mx_chain *s)
{
	port_drop_chain(port);
	port->chain = s;
	port->next_user = s->users;
	if (s->users)
		s->users->prev_user = port;
	s->users = port;
	s->n_users++;
	if (port->mix && !s->shared)
		mix_set_apart(port->mix, port);
}

void port_own_chain(struct mx_port *port)
{
	struct mx_chain *s = port->chain, *c;

	if (!s || !s->shared)
		return;
	c = s;
	if (s->n_users == 1) {
		unshare(s);
		mix_set_apart(port->mix, port);
	} else {
		c = mx_chains_get(port->cfg.chains, s->codec);
		assert(c);      /* as many as ports that send: one is spare */
		mx_chain_copy(c, s);
		port_share_chain(port, c);
	}
	if (c->cfg.deaf)
		mx_front_init(&c->front, c->cfg.in_hz);
	else
		c->front = *mix_front(port->mix);
}

/* ---- packets ----------------------------------------------------------- */

/* Those whom the packet consists of, if he wants to know and it still fits. */
static const struct mx_csrcs *sources_for(const struct mx_port *port,
					  size_t len)
{
	if (!port->csrc || !port->mix || !port->hear ||
	    len + MX_RTPEXT_HDR_MAX - MX_RTP_HDR > MX_PAYLOAD_MAX)
		return NULL;
	return mix_csrcs(port->mix);
}

/* payload: with room for the header before it. */
static void send_to(struct mx_port *port, const struct mx_chain *c,
		    uint8_t *payload, size_t len, const struct mx_tick *tick)
{
	const struct mx_csrcs *sources = sources_for(port, len);
	uint32_t ts = port->ts0 + (uint32_t)(tick->n + 1 - c->made) *
		(c->codec->clock_hz / 100);
	struct mx_rtp_hdr hdr = {
		.ssrc = port->ssrc,
		.ts = ts,
		.seq = port->seq++,
		.pt = c->cn ? port->cn_pt : port->pt,
		.marker = (port->marker && !c->cn) || c->begins,
	};
	uint8_t *pkt;

	port->marker &= c->cn;
	port->tx_packets++;
	port->tx_bytes += len;
	pkt = mx_rtpext_prepend(payload, &hdr, sources,
				sources ? port->rx.ssrc : 0,
				sources ? port->stream.csrc_id : 0);
	tick->send_h(port->owner, pkt, (size_t)(payload - pkt) + len,
		     tick->arg);
}

static void count(struct mx_chain *c, const struct mx_chain_made *made)
{
	struct mx_chain_counts *n = &c->users->cfg.chains->counts;

	n->encodes += made->encodes;
	if (made->len > 0 && made->how == MX_MADE_FORWARDED)
		n->forwarded += c->n_users;
	if (made->len > 0 && made->how >= MX_MADE_SILENT)
		n->silent += c->n_users;
}

/*
 * Hundreds of users have been out of the cache for a tick, and a list tells of
 * each only when the one before is there. So each keeps whom it was followed by
 * AHEAD places later the last time, and that is asked for; whether it is still
 * true, or there at all, does no harm.
 */
static void look_ahead(struct mx_port *port, struct mx_port **before,
		       unsigned i)
{
	__builtin_prefetch(port->ahead.port);
	__builtin_prefetch(port->ahead.owner);
	if (i >= AHEAD) {
		struct mx_port *p = before[i % AHEAD];

		p->ahead.port = &port->next_user;
		p->ahead.owner = port->owner;
	}
	before[i % AHEAD] = port;
}

static void send_to_all(struct mx_chain *c, uint8_t *payload, size_t len,
			const struct mx_tick *tick)
{
	struct mx_port *before[AHEAD], *next;
	unsigned i = 0;

	for (struct mx_port *p = c->users; p; p = next) {
		next = p->next_user;
		look_ahead(p, before, i++);
		send_to(p, c, payload, len, tick);
	}
}

void port_run_chain(struct mx_chain *c, const int16_t *frame,
		    const struct mx_tick *tick)
{
	uint8_t pkt[MX_RTPEXT_HDR_MAX + MX_CHAIN_PAYLOAD_MAX];
	uint8_t *payload = pkt + MX_RTPEXT_HDR_MAX;
	const struct mx_dsp *dsp = c->users->cfg.dsp;
	const struct mx_mix *mix = c->users->mix;
	const struct mx_pkt *theirs;
	struct mx_chain_made made;

	if (!mx_chain_put(c, frame))
		return;
	theirs = mix ? mix_forward(mix, c, tick) : NULL;
	made = theirs ? mx_chain_forward(c, dsp, theirs->data + theirs->off,
					 theirs->len, payload) :
		mx_chain_make(c, dsp, payload);
	count(c, &made);
	if (made.len > 0)
		send_to_all(c, payload, made.len, tick);
}

void port_run_own(struct mx_port *port, const int32_t *in,
		  const struct mx_tick *tick)
{
	struct mx_chain *c = port->chain;
	int16_t pcm[MX_RESAMP_FRAME_MAX];
	const int16_t *frame = NULL;

	mx_front_run(&c->front, port->dsp, in);
	if (mx_front_sounds(&c->front))
		frame = mx_front_at(&c->front, port->cfg.bank,
				    c->codec->rate_hz, pcm);
	port_run_chain(c, frame, tick);
}

void port_add_play(struct mx_port *port, int32_t *in)
{
	int16_t frame[MX_RESAMP_FRAME_MAX];
	struct mx_port_news news = { .what = MX_NEWS_PLAYED, .whole = true,
				     .id = port->play_id };

	if (!port->playing)
		return;
	if (mx_play_frame(&port->play, frame) == MX_PLAY_ENDED)
		port_tell(port, &news);
	port->dsp->add(in, frame, port->hz / 100);
	port->playing = mx_play_active(&port->play);
}

void mx_port_tick(struct mx_port *port, const struct mx_tick *tick)
{
	int32_t in[MX_RESAMP_FRAME_MAX];
	bool playing = port->playing;

	port_listen(port, tick);
	if (playing)
		memset(in, 0, port->hz / 100 * sizeof(*in));
	port_add_play(port, in);
	if (port->chain)
		port_run_own(port, playing ? in : NULL, tick);
}
