/* mix_rules.c - a room: see rules.h. */
#include "rules.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "mix_priv.h"

enum {
	DOWN_TICKS = 5,         /* the others give way in 50 ms ... */
	UP_TICKS = 50           /* ... and come back in half a second */
};

static int32_t gain_of(int db)
{
	return db ? (int32_t)lrint(MX_GAIN_ONE * pow(10, db / 20.0)) : MX_GAIN_ONE;
}

static int cut(int v, int least, int most)
{
	return v < least ? least : v > most ? most : v;
}

void rules_init(struct mx_rules *r)
{
	memset(r, 0, sizeof(*r));
	r->talk = r->hear = r->voiced = r->heard = r->duck = MX_GAIN_ONE;
}

static bool has_rules(const struct mx_port *port)
{
	const struct mx_rules *r = &port->rules;

	return r->manner.aside || r->manner.silent || r->manner.priority || r->n_odd > 0 ||
		r->talk != MX_GAIN_ONE || r->voiced != MX_GAIN_ONE ||
		r->hear != MX_GAIN_ONE || r->heard != MX_GAIN_ONE;
}

/* ---- who is there ------------------------------------------------------- */

static void find(struct mx_port *port, unsigned i)
{
	const struct mx_port *p = port->mix ? port->mix->members : NULL;

	while (p && p->cfg.name != port->rules.odd[i].name)
		p = p->next;
	port->rules.odd[i].port = p;
}

/* What a port has of rules is counted, so that a room without any is known. */
static void count(struct mx_port *port)
{
	const bool ruled = has_rules(port);

	if (!port->mix || ruled == port->ruled)
		return;
	port->ruled = ruled;
	port->mix->n_ruled += ruled ? 1u : -1u;
}

/* He who hears something of his own is looked after each tick. */
static void come_apart(struct mx_port *port)
{
	if (!port->mix || !port_hears_odd(port))
		return;
	port_own_chain(port);
	port->hang = MX_PORT_HANG_TICKS;
	mix_set_apart(port->mix, port);
}

void rules_join(struct mx_mix *mix, struct mx_port *port)
{
	port->ruled = false;
	count(port);
	for (unsigned i = 0; i < port->rules.n_odd; i++)
		find(port, i);
	come_apart(port);
	if (mix->n_ruled == 0 || port->cfg.name == 0)
		return;
	for (struct mx_port *p = mix->apart; p; p = p->next_apart)
		for (unsigned i = 0; i < p->rules.n_odd; i++)
			if (p->rules.odd[i].name == port->cfg.name)
				p->rules.odd[i].port = port;
}

void rules_leave(struct mx_mix *mix, struct mx_port *port)
{
	mix->n_ruled -= port->ruled;
	port->ruled = false;
	port->rules.said_aside = false;
	for (unsigned i = 0; i < port->rules.n_odd; i++)
		port->rules.odd[i].port = NULL;
	if (mix->n_ruled == 0)
		return;
	for (struct mx_port *p = mix->apart; p; p = p->next_apart)
		for (unsigned i = 0; i < p->rules.n_odd; i++)
			if (p->rules.odd[i].port == port)
				p->rules.odd[i].port = NULL;
}

/* ---- what is set -------------------------------------------------------- */

void mx_port_manner(struct mx_port *port, const struct mx_manner *manner)
{
	struct mx_rules *r = &port->rules;

	r->manner = *manner;
	r->talk = gain_of(cut(manner->talk_db, -MX_RULES_DB_MAX, MX_RULES_DB_MAX));
	r->hear = gain_of(cut(manner->hear_db, -MX_RULES_DB_MAX, MX_RULES_DB_MAX));
	r->duck = manner->priority ?
		gain_of(-cut(manner->duck_db, 0, MX_RULES_DUCK_DB_MAX)) : MX_GAIN_ONE;
	if (port->mix && (manner->aside || manner->silent))
		mx_floor_leave(&port->mix->floor, port);
	count(port);
	come_apart(port);
}

int mx_port_except(struct mx_port *port, uint32_t name, bool on)
{
	struct mx_rules *r = &port->rules;
	unsigned i = 0;

	while (i < r->n_odd && r->odd[i].name != name)
		i++;
	if (!on) {
		if (i < r->n_odd)
			r->odd[i] = r->odd[--r->n_odd];
		count(port);
		return 0;
	}
	if (i < r->n_odd)
		return 0;
	if (i == MX_RULES_ODD_MAX)
		return -ENOSPC;
	r->odd[r->n_odd++].name = name;
	find(port, i);
	count(port);
	come_apart(port);
	return 0;
}

/* ---- a tick, before the sum --------------------------------------------- */

/* What is played to all may turn voices down as a priority speaker does. */
static int32_t duck_played(const struct mx_mix *mix)
{
	return mix->queued > 0 ?
		gain_of(-cut(mix->queue[0].list.duck_db, 0, MX_RULES_DUCK_DB_MAX)) :
		MX_GAIN_ONE;
}

static int32_t duck_here(const struct mx_mix *mix)
{
	int32_t duck = duck_played(mix);

	if (mix->n_ruled == 0)
		return duck;

	for (const struct mx_port *p = mix->awake; p; p = p->next_awake)
		if (p->rules.duck < duck && p->speak && p->talk.active &&
		    !p->rules.manner.aside && !p->rules.manner.silent)
			duck = p->rules.duck;
	return duck;
}

/* A part's word is how much it takes off the others; 0 is none. */
static int32_t duck_there(const struct mx_mix *mix)
{
	const struct mx_xchg *x = mix->cfg.xchg;
	uint64_t others = x ? mx_xchg_others(x, mix->cfg.part) : 0;
	int32_t off = 0;

	for (; others; others &= others - 1) {
		unsigned part = (unsigned)__builtin_ctzll(others);
		int32_t said = (int32_t)mx_xchg_said(x, MX_XCHG_DUCK, part);

		if (said > off)
			off = said;
	}
	return MX_GAIN_ONE - off;
}

static int32_t stepped(int32_t now, int32_t goal)
{
	const int32_t up = MX_GAIN_ONE / UP_TICKS, down = MX_GAIN_ONE / DOWN_TICKS;

	if (goal > now)
		return goal - now > up ? now + up : goal;
	return now - goal > down ? now - down : goal;
}

static void follow_priority(struct mx_mix *mix)
{
	int32_t here = duck_here(mix);
	int32_t there = duck_there(mix);

	if (mix->cfg.xchg && here != mix->duck_said) {
		mix->duck_said = here;
		mx_xchg_say(mix->cfg.xchg, MX_XCHG_DUCK, mix->cfg.part,
			    (uint64_t)(MX_GAIN_ONE - here));
	}
	mix->duck = stepped(mix->duck, here < there ? here : there);
}

static int16_t clip16(int64_t v)
{
	return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

/* Far from where a sum would overflow. */
static int32_t clip30(int64_t v)
{
	return (int32_t)(v > INT32_MAX / 2 ? INT32_MAX / 2 :
			 v < INT32_MIN / 2 ? INT32_MIN / 2 : v);
}

/* From one gain to the other, and no step. */
static void shape(int16_t *pcm, size_t len, int32_t from, int32_t to)
{
	const int64_t step = (int64_t)(to - from) * 65536 / (int64_t)len;
	int64_t gain = (int64_t)from << 16;

	for (size_t i = 0; i < len; i++, gain += step)
		pcm[i] = clip16(pcm[i] * (gain >> 16) >> 16);
}

static void shape32(int32_t *pcm, size_t len, int32_t from, int32_t to)
{
	const int64_t step = (int64_t)(to - from) * 65536 / (int64_t)len;
	int64_t gain = (int64_t)from << 16;

	for (size_t i = 0; i < len; i++, gain += step)
		pcm[i] = clip30(pcm[i] * (gain >> 16) >> 16);
}

static void shape_voice(struct mx_mix *mix, struct mx_port *p)
{
	struct mx_rules *r = &p->rules;
	const bool ducked = !r->manner.priority && mix->duck != MX_GAIN_ONE;
	int32_t to = ducked ?
		(int32_t)((int64_t)r->talk * mix->duck >> 16) : r->talk;

	if ((p->spoke || r->said_aside) &&
	    (to != MX_GAIN_ONE || r->voiced != MX_GAIN_ONE))
		shape(p->voice, mix->len, r->voiced, to);
	if (r->voiced == to)
		return;
	r->voiced = to;
	count(p);
}

void mix_set_aside(struct mx_mix *mix)
{
	if (mix->n_ruled == 0)
		return;
	for (struct mx_port *p = mix->awake; p; p = p->next_awake) {
		if (p->rules.manner.silent)
			p->spoke = false;
		p->rules.said_aside = p->rules.manner.aside && p->spoke;
		if (p->rules.said_aside)
			p->spoke = false;
	}
}

void mix_shape(struct mx_mix *mix)
{
	const int32_t was = mix->duck;

	if (mix->cfg.xchg || mix->n_ruled > 0 || mix->queued > 0 ||
	    was != MX_GAIN_ONE)
		follow_priority(mix);
	if (mix->n_ruled == 0 && was == MX_GAIN_ONE && mix->duck == MX_GAIN_ONE)
		return;
	for (struct mx_port *p = mix->awake; p; p = p->next_awake)
		shape_voice(mix, p);
}

/* ---- a tick, after the sum ---------------------------------------------- */

bool rules_hear_any(const struct mx_port *port)
{
	for (unsigned i = 0; i < port->rules.n_odd; i++)
		if (port->rules.odd[i].port &&
		    port->rules.odd[i].port->rules.said_aside)
			return true;
	return false;
}

void rules_hear(const struct mx_mix *mix, struct mx_port *port, int32_t *in)
{
	struct mx_rules *r = &port->rules;

	for (unsigned i = 0; i < r->n_odd; i++) {
		const struct mx_port *p = r->odd[i].port;

		if (!p || p == port)
			continue;
		if (p->rules.said_aside)
			mix->cfg.dsp->add(in, p->voice, mix->len);
		else if (p->spoke)
			for (size_t k = 0; k < mix->len; k++)
				in[k] -= p->voice[k];
	}
	if (r->hear != MX_GAIN_ONE || r->heard != MX_GAIN_ONE)
		shape32(in, mix->len, r->heard, r->hear);
	if (r->heard == r->hear)
		return;
	r->heard = r->hear;
	count(port);
}
