/* mix.c - see mix.h */
#include "mix.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "dsp/dsp.h"
#include "floor.h"
#include "loudest.h"
#include "port_priv.h"
#include "rate.h"
#include "xchg.h"

struct played {
	uint32_t id;
	bool whole;
};

struct mx_mix {
	struct mx_mix_cfg cfg;
	struct mx_rate rate;
	enum mx_rate_dip dip;           /* in this tick */
	size_t len;                     /* samples a tick */
	struct mx_bus *bus;
	struct mx_port *members;
	unsigned n_members;
	struct mx_chain *shared;        /* chains of the silent */
	bool active;                    /* as the exchange knows it */
	bool sounded;                   /* in the last tick */
	struct mx_floor floor;

	/* what is played to all */
	struct mx_play play;
	struct {
		struct mx_play_list list;
		uint32_t id;
	} queue[MX_MIX_QUEUE];          /* [0] plays */
	unsigned queued;
	struct played played[MX_MIX_QUEUE];     /* not asked for yet */
	unsigned n_played;
};

static void set_rate(struct mx_mix *mix)
{
	mix->len = mix->rate.hz / 100;
	mx_bus_set_len(mix->bus, mix->len);
	mx_play_retune(&mix->play, mix->rate.hz);
	for (struct mx_port *p = mix->members; p; p = p->next)
		port_tune(p, mix->rate.hz);
}

int mx_mix_new(struct mx_mix **mixp, const struct mx_mix_cfg *cfg)
{
	struct mx_mix *mix = calloc(1, sizeof(*mix));
	int err;

	if (!mix)
		return -ENOMEM;
	mix->cfg = *cfg;
	err = mx_rate_init(&mix->rate,
			   cfg->rate_min_hz ? cfg->rate_min_hz : 8000,
			   cfg->rate_hz);
	if (!err)
		err = mx_play_init(&mix->play, cfg->bank, mix->rate.hz);
	if (!err)
		err = mx_bus_new(&mix->bus, cfg->rate_hz / 100, cfg->dsp);
	if (err) {
		mx_mix_free(mix);
		return err;
	}
	set_rate(mix);
	*mixp = mix;
	return 0;
}

void mx_mix_free(struct mx_mix *mix)
{
	if (!mix)
		return;
	assert(!mix->members);
	mx_bus_free(mix->bus);
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
	mx_mix_voice(mix, port, speak, hear);
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
	port->hang = MX_PORT_HANG_TICKS;
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
	port->mix = NULL;
	port->spoke = false;
	port->was = VOICE_SILENT;
	mix->n_members--;
	mix->rate.members[port->rate]--;
	port_own_chain(port);
	port_tune(port, port_own_hz(port));
}

struct mx_port *mx_mix_first(const struct mx_mix *mix)
{
	return mix->members;
}

unsigned mx_mix_members(const struct mx_mix *mix)
{
	return mix->n_members;
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

/* ---- playing to all ---------------------------------------------------- */

static void note_played(struct mx_mix *mix, uint32_t id, bool whole)
{
	if (mix->n_played < MX_MIX_QUEUE)
		mix->played[mix->n_played++] = (struct played){ id, whole };
}

/* Starts the first list of the queue that can be played. */
static void start_next(struct mx_mix *mix)
{
	while (mix->queued > 0 &&
	       mx_play_start(&mix->play, &mix->queue[0].list) < 0) {
		note_played(mix, mix->queue[0].id, false);
		mix->queued--;
		memmove(&mix->queue[0], &mix->queue[1],
			mix->queued * sizeof(mix->queue[0]));
	}
}

int mx_mix_play(struct mx_mix *mix, const struct mx_play_list *list,
		uint32_t id)
{
	if (mix->queued == MX_MIX_QUEUE)
		return -ENOSPC;
	mix->queue[mix->queued].list = *list;
	mix->queue[mix->queued].id = id;
	if (mix->queued++ == 0)
		start_next(mix);
	return 0;
}

bool mx_mix_played(struct mx_mix *mix, uint32_t *id, bool *whole)
{
	if (mix->n_played == 0)
		return false;
	*id = mix->played[0].id;
	*whole = mix->played[0].whole;
	mix->n_played--;
	memmove(&mix->played[0], &mix->played[1],
		mix->n_played * sizeof(mix->played[0]));
	return true;
}

static void end_current(struct mx_mix *mix)
{
	note_played(mix, mix->queue[0].id, true);
	mix->queued--;
	memmove(&mix->queue[0], &mix->queue[1],
		mix->queued * sizeof(mix->queue[0]));
	start_next(mix);
}

bool mx_mix_dominant(struct mx_mix *mix, uint64_t *id)
{
	return mx_floor_news(&mix->floor, id);
}

/* ---- the tick ---------------------------------------------------------- */

/* Nobody speaks, nor is spoken to. */
static bool is_pause(const struct mx_mix *mix)
{
	for (const struct mx_port *p = mix->members; p; p = p->next)
		if (p->talk.active || p->playing)
			return false;
	return !mx_play_active(&mix->play);
}

static void follow_rate(struct mx_mix *mix, const struct mx_tick *tick)
{
	bool pause = mix->rate.wait > 0 && is_pause(mix);

	if (mx_rate_step(&mix->rate, mix->cfg.xchg, mix->cfg.part, tick->n,
			 pause))
		set_rate(mix);
	mix->dip = mx_rate_dip(&mix->rate, tick->n);
}

static void listen(struct mx_mix *mix, const struct mx_tick *tick)
{
	for (struct mx_port *p = mix->members; p; p = p->next)
		port_listen(p, tick);
}

static void follow_floor(struct mx_mix *mix, const struct mx_tick *tick)
{
	if (tick->n % MX_FLOOR_TICKS == MX_FLOOR_TICKS - 1)
		mx_floor_decide(&mix->floor, mix->members, mix->cfg.xchg,
				mix->cfg.part);
}

static void sum_voices(struct mx_mix *mix)
{
	mx_bus_begin(mix->bus);
	for (struct mx_port *p = mix->members; p; p = p->next)
		if (p->spoke)
			mx_bus_add(mix->bus, p->voice);
}

static void sum_play(struct mx_mix *mix)
{
	int16_t frame[MX_RESAMP_FRAME_MAX];
	enum mx_play_state state;

	if (!mx_play_active(&mix->play))
		return;
	state = mx_play_frame(&mix->play, frame);
	mx_bus_add(mix->bus, frame);
	if (state == MX_PLAY_ENDED)
		end_current(mix);
}

/* Tells the others whether there is anything to expect from this part; they
 * read its last frame a tick after it. */
static void say_active(struct mx_mix *mix)
{
	bool sounds = mx_bus_frames(mix->bus) > 0;
	bool active = mix->members || sounds || mix->sounded;

	mix->sounded = sounds;
	if (active == mix->active)
		return;
	mix->active = active;
	mx_xchg_set_active(mix->cfg.xchg, mix->cfg.part, active);
}

/* Our sum goes out before the others' come in. */
static void exchange(struct mx_mix *mix, const struct mx_tick *tick)
{
	struct mx_xchg *x = mix->cfg.xchg;
	int32_t sum[MX_RESAMP_FRAME_MAX];
	uint64_t others;

	if (!x)
		return;
	say_active(mix);
	others = mx_xchg_others(x, mix->cfg.part);
	if (!others)
		return;
	mx_xchg_put(x, mix->cfg.part, tick->n, mx_bus_sum(mix->bus), mix->len,
		    mx_bus_frames(mix->bus));
	for (; others; others &= others - 1) {
		unsigned part = (unsigned)__builtin_ctzll(others);
		unsigned frames = mx_xchg_get(x, part, tick->n - 1, sum,
					      mix->len);

		if (frames > 0)
			mx_bus_add_sum(mix->bus, sum, frames);
	}
}

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

/* Who has a chain of his own in this tick, and who shares one. */
static void settle(struct mx_mix *mix)
{
	for (struct mx_port *p = mix->members; p; p = p->next) {
		if (!p->chain)
			continue;
		if (p->spoke || p->playing)
			p->hang = MX_PORT_HANG_TICKS;
		else if (p->hang > 0)
			p->hang--;
		if (p->hang > 0)
			port_own_chain(p);
		else if (!p->chain->shared)
			join_silent(mix, p);
	}
}

static const int32_t silence[MX_RESAMP_FRAME_MAX];

/* What the dip around a change of rate leaves of a frame. */
static const int32_t *dip(const struct mx_mix *mix, int32_t *out,
			  const int32_t *in)
{
	if (mix->dip == MX_RATE_OPEN)
		return in;
	if (mix->dip == MX_RATE_SHUT)
		return silence;
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

static void hear_common(struct mx_mix *mix, const struct mx_tick *tick)
{
	int32_t dipped[MX_RESAMP_FRAME_MAX];
	const int32_t *in = dip(mix, dipped, mx_bus_sum(mix->bus));

	for (struct mx_chain *c = mix->shared; c; c = c->next)
		port_run_chain(c, mix->cfg.dsp,
			       c->cfg.deaf ? silence : in, tick);
}

static void hear_own(struct mx_mix *mix, const struct mx_tick *tick)
{
	int32_t in[MX_RESAMP_FRAME_MAX];

	for (struct mx_port *p = mix->members; p; p = p->next) {
		if (p->chain ? p->chain->shared : !p->playing)
			continue;
		if (p->hear)
			mx_bus_hear32(mix->bus, in, p->spoke ? p->voice : NULL);
		else
			memset(in, 0, mix->len * sizeof(*in));
		port_add_play(p, in);
		if (p->chain)
			port_run_chain(p->chain, mix->cfg.dsp,
				       dip(mix, in, in), tick);
	}
}

void mx_mix_tick(struct mx_mix *mix, const struct mx_tick *tick)
{
	follow_rate(mix, tick);
	listen(mix, tick);
	follow_floor(mix, tick);
	loudest_choose(mix->members, mix->cfg.talkers, mix->len);
	sum_voices(mix);
	sum_play(mix);
	exchange(mix, tick);
	settle(mix);
	hear_common(mix, tick);
	hear_own(mix, tick);
}
