/* mix_hear.c - a room's tick after the sum: who shares a chain and who needs
 * one of his own, and what goes out through them. */
#include "mix_priv.h"

#include <assert.h>
#include <string.h>

static void join_silent(struct mx_mix *mix, struct mx_port *port)
{
	struct mx_chain *c = port->chain;

	for (struct mx_chain *s = mix->shared; s; s = s->next)
		if (mx_chain_is_same(c, s)) {
			port_share_chain(port, s);
			return;
		}
	c->shared = true;
	c->next = mix->shared;
	c->link = &mix->shared;
	if (c->next)
		c->next->link = &c->next;
	mix->shared = c;
}

/* ---- who hears something of his own ------------------------------------ */

void mix_set_apart(struct mx_mix *mix, struct mx_port *port)
{
	if (port->apart)
		return;
	port->apart = true;
	port->prev_apart = NULL;
	port->next_apart = mix->apart;
	if (mix->apart)
		mix->apart->prev_apart = port;
	mix->apart = port;
}

void mix_end_apart(struct mx_mix *mix, struct mx_port *port)
{
	if (!port->apart)
		return;
	if (port->prev_apart)
		port->prev_apart->next_apart = port->next_apart;
	else
		mix->apart = port->next_apart;
	if (port->next_apart)
		port->next_apart->prev_apart = port->prev_apart;
	port->next_apart = port->prev_apart = NULL;
	port->apart = false;
}

static void settle_port(struct mx_mix *mix, struct mx_port *port)
{
	if (!port->chain)
		return;
	if (port->spoke || port->playing || port_echoes(port) || port_hears_odd(port))
		port->hang = MX_PORT_HANG_TICKS;
	else if (port->hang > 0)
		port->hang--;
	if (port->hang > 0)
		port_own_chain(port);
	else if (!port->chain->shared)
		join_silent(mix, port);
}

/* Who has a chain of his own in this tick, and who shares one. */
static void settle(struct mx_mix *mix)
{
	struct mx_port *next;

	for (struct mx_port *p = mix->awake; p; p = p->next_awake)
		if (p->spoke)
			mix_set_apart(mix, p);
	for (struct mx_port *p = mix->apart; p; p = next) {
		next = p->next_apart;
		settle_port(mix, p);
		if ((!p->chain || p->chain->shared) && !p->playing && !p->echo &&
		    !port_hears_odd(p))
			mix_end_apart(mix, p);
	}
}

/* ---- what is heard ----------------------------------------------------- */

/* What the dip around a change of rate leaves of a frame. */
static const int32_t *dip(const struct mx_mix *mix, int32_t *out,
			  const int32_t *in)
{
	if (mix->dip == MX_RATE_OPEN || !in)
		return in;
	if (mix->dip == MX_RATE_SHUT)
		return NULL;
	for (size_t i = 0; i < mix->len; i++) {
		/* the cubic without a corner at either end */
		int64_t t = ((int64_t)i << 10) / (int64_t)mix->len;
		int64_t gain_q30 = t * t * (3 * 1024 - 2 * t);

		if (mix->dip == MX_RATE_FALLING)
			gain_q30 = (1 << 30) - gain_q30;
		out[i] = (int32_t)(in[i] * gain_q30 >> 30);
	}
	return out;
}

const struct mx_front *mix_front(const struct mx_mix *mix)
{
	return &mix->front;
}

static const int16_t *common_at(struct mx_mix *mix, uint32_t hz)
{
	struct mx_desk *d = mix->desk;
	unsigned i = 0;

	while (i < d->n && d->at[i].hz != hz)
		i++;
	if (i == d->n) {
		assert(i < MIX_RATES);
		d->n++;
		d->at[i].hz = hz;
		d->at[i].frame = mx_front_at(&mix->front, mix->cfg.bank, hz,
					     d->at[i].pcm);
	}
	return d->at[i].frame;
}

static void hear_common(struct mx_mix *mix, const struct mx_tick *tick)
{
	int32_t dipped[MX_RESAMP_FRAME_MAX];
	const int32_t *in = mx_bus_frames(mix->bus) > 0 ?
		mx_bus_sum(mix->bus) : NULL;
	bool sounds;

	mx_front_run(&mix->front, mix->cfg.dsp, dip(mix, dipped, in));
	sounds = mx_front_sounds(&mix->front);
	mix->desk->n = 0;
	for (struct mx_chain *c = mix->shared; c; c = c->next)
		port_run_chain(c, sounds && !c->cfg.deaf ?
			       common_at(mix, c->codec->rate_hz) : NULL, tick);
}

/* What a port with a chain of its own hears, in in[] or NULL: nothing. */
static const int32_t *hear_rest(const struct mx_mix *mix, struct mx_port *p,
				int32_t *in)
{
	bool any = p->hear && (mx_bus_frames(mix->bus) > p->spoke || rules_hear_any(p));

	if (!any && !p->playing)
		return NULL;
	if (any)
		mx_bus_hear32(mix->bus, in, p->spoke ? p->voice : NULL);
	else
		memset(in, 0, mix->len * sizeof(*in));
	if (any && port_hears_odd(p))
		rules_hear(mix, p, in);
	port_add_play(p, in);
	return in;
}

static void hear_own(struct mx_mix *mix, const struct mx_tick *tick)
{
	int32_t in[MX_RESAMP_FRAME_MAX];
	const int32_t *heard;

	for (struct mx_port *p = mix->apart; p; p = p->next_apart) {
		if (p->echo && p->chain && p->chain->shared)
			port_heard(p, tick->n, p->hear ?
				   mx_bus_sum(mix->bus) : NULL);
		if (p->chain ? p->chain->shared : !p->playing)
			continue;
		heard = hear_rest(mix, p, in);
		if (p->echo)
			port_heard(p, tick->n, heard);
		if (p->chain)
			port_run_own(p, dip(mix, in, heard), tick);
	}
}

void mix_hear(struct mx_mix *mix, const struct mx_tick *tick)
{
	mix_note_loud(mix, tick->n);
	settle(mix);
	hear_common(mix, tick);
	hear_own(mix, tick);
}
