/* mix.c - see mix.h: a room's life, and who is in it. */
#include "mix_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

void mix_set_rate(struct mx_mix *mix)
{
	mix->len = mix->rate.hz / 100;
	mx_front_init(&mix->front, mix->rate.hz);
	mx_play_retune(&mix->play, mix->rate.hz);
	mx_play_retune(&mix->music, mix->rate.hz);
	for (struct mx_port *p = mix->members; p; p = p->next)
		port_tune(p, mix->rate.hz);
}

int mx_desk_new(struct mx_desk **dp, const struct mx_dsp *dsp)
{
	struct mx_desk *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	err = mx_bus_new(&d->bus, MX_RESAMP_FRAME_MAX, dsp);
	if (err) {
		free(d);
		return err;
	}
	*dp = d;
	return 0;
}

void mx_desk_free(struct mx_desk *d)
{
	if (!d)
		return;
	mx_bus_free(d->bus);
	free(d);
}

static int choose_desk(struct mx_mix *mix, const struct mx_mix_cfg *cfg)
{
	int err = cfg->desk ? 0 : mx_desk_new(&mix->own_desk, cfg->dsp);

	if (err)
		return err;
	mix->desk = cfg->desk ? cfg->desk : mix->own_desk;
	mix->bus = mix->desk->bus;
	return 0;
}

/* The desk is another thread's: what is on it is not touched. */
int mx_mix_new(struct mx_mix **mixp, const struct mx_mix_cfg *cfg)
{
	struct mx_mix *mix = mx_line_new(sizeof(*mix));
	int err;

	if (!mix)
		return -ENOMEM;
	mix->cfg = *cfg;
	mix->duck = mix->duck_said = MX_GAIN_ONE;
	err = mx_rate_init(&mix->rate,
			   cfg->rate_min_hz ? cfg->rate_min_hz : 8000,
			   cfg->rate_hz);
	if (!err)
		err = mx_play_init(&mix->play, cfg->bank, mix->rate.hz);
	if (!err)
		err = mx_play_init(&mix->music, cfg->bank, mix->rate.hz);
	if (!err)
		err = choose_desk(mix, cfg);
	if (err) {
		mx_mix_free(mix);
		return err;
	}
	mix_set_rate(mix);
	*mixp = mix;
	return 0;
}

void mx_mix_free(struct mx_mix *mix)
{
	if (!mix)
		return;
	assert(!mix->members);
	mx_desk_free(mix->own_desk);
	free(mix);
}

/* ---- members ----------------------------------------------------------- */

static void leave_floor(struct mx_mix *mix, struct mx_port *port)
{
	port_end_talk(port);
	mx_floor_leave(&mix->floor, port);
}

void mx_mix_add(struct mx_mix *mix, struct mx_port *port, bool speak,
		bool hear)
{
	assert(!port->mix);
	port->mix = mix;
	port->prev = NULL;
	port->next = mix->members;
	if (mix->members)
		mix->members->prev = port;
	mix->members = port;
	mix->n_members++;
	port->rate = mx_rate_for(port_useful_hz(port));
	mix->rate.members[port->rate]++;
	port_tune(port, mix->rate.hz);
	mix_wake(mix, port, 0);
	mix_set_apart(mix, port);
	/* Who comes in shares from the packet after his first. A second of his own
	 * would only put off the seam, and a crowd that comes at once would cost
	 * an encoding each: more than there is time for. */
	port->hang = MX_PORT_FIRST_TICKS;
	mx_mix_voice(mix, port, speak, hear);
	rules_join(mix, port);
}

void mx_mix_voice(struct mx_mix *mix, struct mx_port *port, bool speak,
		  bool hear)
{
	assert(port->mix == mix);
	if (!port->speak && speak)
		port_forget_voice(port);
	if (!speak)
		leave_floor(mix, port);
	port->speak = speak;
	port->hear = hear;
	/* Chains of the old kind are left, and those of the new kind joined
	 * when this one has come to stand as they do. */
	port_own_chain(port);
	if (port->chain)
		port->chain->cfg.deaf = !hear;
}

void mx_mix_retune(struct mx_mix *mix, struct mx_port *port)
{
	assert(port->mix == mix);
	mix->rate.members[port->rate]--;
	port->rate = mx_rate_for(port_useful_hz(port));
	mix->rate.members[port->rate]++;
}

void mx_mix_del(struct mx_mix *mix, struct mx_port *port)
{
	assert(port->mix == mix);
	if (port->prev)
		port->prev->next = port->next;
	else
		mix->members = port->next;
	if (port->next)
		port->next->prev = port->prev;
	port->next = port->prev = NULL;
	leave_floor(mix, port);
	mix_forget_loud(mix, port);
	port_own_chain(port);
	mix_forget(mix, port);
	mix_end_apart(mix, port);
	rules_leave(mix, port);
	port->mix = NULL;
	port->spoke = false;
	port->was = VOICE_SILENT;
	mix->n_members--;
	mix->rate.members[port->rate]--;
	port_tune(port, port_own_hz(port));
}

struct mx_port *mx_mix_first(const struct mx_mix *mix)
{
	return mix->members;
}

uint32_t mx_mix_hz(const struct mx_mix *mix)
{
	return mix->rate.hz;
}

unsigned mx_mix_chains(const struct mx_mix *mix)
{
	unsigned n = 0;

	for (const struct mx_chain *c = mix->shared; c; c = c->next)
		n++;
	for (const struct mx_port *p = mix->members; p; p = p->next)
		n += p->chain && !p->chain->shared;
	return n;
}

bool mx_mix_dominant(struct mx_mix *mix, uint64_t *id)
{
	return mx_floor_news(&mix->floor, id);
}

void mx_mix_soon(const struct mx_mix *mix, bool next)
{
	if (!next)
		mx_prefetch(mix, offsetof(struct mx_mix, front.x));
	else if (mix->awake)
		port_soon(mix->awake);
}

void mx_mix_tick(struct mx_mix *mix, const struct mx_tick *tick)
{
	mix_listen(mix, tick);
	mix_hear(mix, tick);
}
