/*
 * mix_forward.c - one person speaks, and those who hear him take the codec that
 * he sends: then they are sent what he sent.
 *
 *	sum of one voice --> decoder's work undone by an encoder --> payload
 *	his packet as it came ------------------------------------'
 *
 * A packet is passed on in the place of that packet of ours in which its sound
 * would begin in the sum, or of the next one, if it would not begin with it; so
 * ours keep their pace. Going over to it is done at a pause, where a decoder
 * whose next payload comes from another encoder has nothing to spoil. Back it
 * goes as soon as anything else is to be heard, and whenever his stream is not
 * one packet after the other: lost ones are concealed, and that is encoded.
 *
 * Who is not loud does not count: what his line rustles is missing from what is
 * heard while somebody else is passed on.
 */
#include "mix_priv.h"
#include "voice.h"

#include <string.h>

enum {
	FEW = 4,                /* voices, of which there may soon be one */
	GAP = 3,                /* ticks without a loud one that are a pause */
	WAIT_TICKS = 300        /* for a pause, at the latest */
};

/* ---- who is loud ------------------------------------------------------- */

bool mix_wants_packets(const struct mx_mix *mix)
{
	return mix->few;
}

static void note(struct mx_mix *mix, struct mx_port *port, uint64_t n)
{
	struct lately *l = mix->lately, now = { port, n, n };
	unsigned i = 0;

	while (i < MIX_LATELY - 1 && l[i].port != port)
		i++;
	if (l[i].port == port && l[i].at + GAP >= n)
		now.since = l[i].since;
	memmove(l + 1, l, i * sizeof(*l));
	l[0] = now;
}

void mix_note_loud(struct mx_mix *mix, uint64_t n)
{
	unsigned voices = 0;

	for (struct mx_port *p = mix->awake; p; p = p->next_awake) {
		if (!p->spoke)
			continue;
		voices++;
		if (p->talk.recent & 1)
			note(mix, p, n);
	}
	if (mx_bus_frames(mix->bus) > voices || mix->dip != MX_RATE_OPEN ||
	    mix->duck != MX_GAIN_ONE)
		mix->other_at = n;
	mix->few = mix->cfg.forward && voices <= FEW;
}

void mix_forget_loud(struct mx_mix *mix, const struct mx_port *port)
{
	for (unsigned i = 0; i < MIX_LATELY; i++)
		if (mix->lately[i].port == port)
			mix->lately[i].port = NULL;
}

/* ---- whom a packet consists of ----------------------------------------- */

/* Those who were loud in the ticks of a packet, but self: how many, and the last
 * of them. More than two are two. One who has ended in it does not count if
 * another has begun: else each change of speakers without a pause in between
 * would be too late for a beginning. */
static unsigned heard_in(const struct mx_mix *mix, uint64_t from, uint64_t to,
			 const struct mx_port *self, const struct lately **who)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MIX_LATELY; i++) {
		const struct lately *l = &mix->lately[i];

		if (!l->port || l->port == self || l->at < from)
			continue;
		if (n > 0 && l->at < to && (*who)->since >= from)
			continue;
		if (n++ == 0)
			*who = l;
	}
	return n;
}

/* Who was forwarded last, if he is still there. */
static const struct lately *find_source(const struct mx_mix *mix,
					const struct mx_chain *c)
{
	for (unsigned i = 0; c->source && i < MIX_LATELY; i++)
		if (mix->lately[i].port == c->source)
			return &mix->lately[i];
	return NULL;
}

/* Is his voice in the sum what he sent? */
static bool is_as_sent(const struct mx_port *port)
{
	return port->speak && !port->cut && port->was != VOICE_LEFT_OUT &&
		!port->rules.manner.aside && !port->rules.manner.silent &&
		port->rules.voiced == MX_GAIN_ONE && port->rules.talk == MX_GAIN_ONE &&
		(!port->stages || mx_voice_passes(port->stages)) &&
		!port_echoes(port);
}

static bool fits(const struct mx_chain *c, const struct mx_jbuf_heard *h)
{
	const struct mx_pkt *pkt = h->pkt;

	return mx_codec_is_like(h->codec, c->codec) &&
		h->len == h->codec->rate_hz / 100 * c->cfg.frames &&
		pkt->len <= MX_CHAIN_PAYLOAD_MAX &&
		(!c->codec->suits ||
		 c->codec->suits(pkt->data + pkt->off, pkt->len, &c->cfg.par));
}

/* His packet for the place of ours that begins with tick `from`, if there is
 * just one. */
static const struct mx_pkt *packet_of(const struct mx_port *port,
				      const struct mx_chain *c, uint64_t from)
{
	const struct mx_jbuf_heard *h;
	const struct mx_pkt *pkt = NULL;

	if (!is_as_sent(port))
		return NULL;
	for (unsigned i = 0; (h = mx_jbuf_heard(port->jbuf, i)); i++) {
		uint64_t begins = (uint64_t)(h->at_us / MX_TICK_US);

		if (begins > from || begins + c->cfg.frames <= from)
			continue;
		if (pkt || !fits(c, h))
			return NULL;
		pkt = h->pkt;
	}
	return pkt;
}

/* ---- to and fro -------------------------------------------------------- */

/* Is there something that only an encoder can put in? */
static bool must_encode(const struct mx_mix *mix, const struct mx_chain *c,
			const struct mx_port *self, uint64_t from)
{
	return !mix->cfg.forward || mix->other_at >= from || c->cfg.grade > 0 || c->lead > 0 ||
		mx_front_limits(self ? &c->front : &mix->front) ||
		(self && (self->playing || port_echoes(self) || port_hears_odd(self)));
}

/* His words have just begun: his encoder and the decoder that is to hear it come
 * from silence both. Without states it does not matter as much. */
static bool may_begin(struct mx_chain *c, const struct lately *who,
		      uint64_t from)
{
	if (who->since + c->cfg.frames > from)
		return true;
	return c->codec->dec_size() == 0 &&
		++c->wait * c->cfg.frames >= WAIT_TICKS;
}

static const struct mx_pkt *mix_instead(struct mx_chain *c)
{
	c->source = NULL;
	return NULL;
}

const struct mx_pkt *mix_forward(const struct mx_mix *mix, struct mx_chain *c,
				 const struct mx_tick *tick)
{
	const struct mx_port *self = c->shared ? NULL : c->users;
	const uint64_t from = tick->n + 1 - c->cfg.frames;
	const struct lately *who = NULL;
	const struct mx_pkt *pkt;
	unsigned n;

	if (c->cfg.deaf)
		return mix_instead(c);
	n = heard_in(mix, from, tick->n, self, &who);
	c->heard = n > 0;
	if (n > 1 || must_encode(mix, c, self, from)) {
		c->wait = 0;
		return mix_instead(c);
	}
	if (n == 0) {
		who = find_source(mix, c);
		return who && who->port != self &&
			(who->port->spoke || !c->cfg.par.dtx) ?
			packet_of(who->port, c, from) : NULL;
	}
	pkt = packet_of(who->port, c, from);
	if (!pkt || (who->port != c->source && !may_begin(c, who, from)))
		return mix_instead(c);
	c->source = who->port;
	c->wait = 0;
	return pkt;
}
