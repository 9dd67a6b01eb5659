/*
 * mix_awake.c - a room: which of its members are listened to.
 *
 * Listening costs a visit each tick, and decoding. Who is awake is listened to,
 * the others' packets pass by (jbuf_gate.c) with no more than a look at how loud
 * they are (gate.h). One falls asleep if he is mute, or silent for a while, or
 * if nothing but noise comes from him and there are louder ones enough. He
 * wakes when something stands out from his noise, or while there are places.
 */
#include "mix_priv.h"

#include "loudest.h"

enum {
	/* Those who only make some noise leave so many of the room's places for
	 * voices to others, but are at least so many. */
	PLACES_SPARED = 2,
	PLACES_MIN = 6,
	LOUDER_DB = 6,          /* to get a place from somebody else */
	PUT_OUT_MAX = 8,        /* of these, in one tick */
	KEYS_LOUD = MX_LOUD_MAX - 45    /* a tone is louder */
};

/* ---- the list ---------------------------------------------------------- */

void mix_wake(struct mx_mix *mix, struct mx_port *port, int64_t now_us)
{
	if (port->gate.loud_us < now_us)
		port->gate.loud_us = now_us;
	port->dozes = false;
	if (port->awake)
		return;
	mix->idle++;            /* until he is heard to say something */
	port->awake = true;
	port->prev_awake = NULL;
	port->next_awake = mix->awake;
	if (mix->awake)
		mix->awake->prev_awake = port;
	mix->awake = port;
}

void mix_forget(struct mx_mix *mix, struct mx_port *port)
{
	if (!port->awake)
		return;
	if (port->prev_awake)
		port->prev_awake->next_awake = port->next_awake;
	else
		mix->awake = port->next_awake;
	if (port->next_awake)
		port->next_awake->prev_awake = port->prev_awake;
	port->next_awake = port->prev_awake = NULL;
	port->awake = port->dozes = false;
	port->rules.said_aside = false;
}

unsigned mx_mix_awake(const struct mx_mix *mix)
{
	unsigned n = 0;

	for (const struct mx_port *p = mix->awake; p; p = p->next_awake)
		n++;
	return n;
}

/* ---- who wakes --------------------------------------------------------- */

/* For those who only make some noise. Where all are to be mixed, all are. */
static unsigned places(const struct mx_mix *mix)
{
	const unsigned n = mix->cfg.talkers;

	if (n == 0)
		return UINT_MAX;
	return n > PLACES_MIN + PLACES_SPARED ? n - PLACES_SPARED : PLACES_MIN;
}

bool mix_wants(const struct mx_mix *mix, const struct mx_port *port,
	       bool stands_out)
{
	uint8_t loud = mx_gate_loud(&port->gate);

	if (!port->speak)
		return loud >= KEYS_LOUD && port_hears_keys(port);
	if (stands_out)
		return true;
	return loud > MX_GATE_SILENT &&
		(mix->idle < places(mix) || loud > mix->bar + LOUDER_DB);
}

/* ---- who falls asleep -------------------------------------------------- */

/* Nobody may hear him, nor look for keys. */
static bool is_mute(const struct mx_port *port)
{
	return !port->speak && !port_hears_keys(port);
}

static uint8_t loud_of(const struct mx_port *port)
{
	return (uint8_t)(port->talk.peak / 4);
}

static bool is_idle(const struct mx_port *port)
{
	return !port->talk.active && (mx_dsi_is_still(&port->talk.dsi) ||
				      loud_of(port) <= MX_GATE_SILENT);
}

/* Nothing is to be expected from him just now. */
static bool may_sleep(const struct mx_port *port, const struct mx_tick *tick)
{
	return is_idle(port) && !port->dozes && !port->dtmf.active &&
		!port->in_key && tick->now_us >= port->cut_until_us &&
		tick->now_us - port->gate.loud_us > MX_GATE_HOLD_US;
}

/* His last frame fades. */
static void put_out(struct mx_mix *mix, struct mx_port *port)
{
	port->dozes = true;
	mx_gate_learn(&port->gate, loud_of(port));
	if (port->spoke)
		loudest_fade_out(port, mix->len);
}

/* The least loud of those who say nothing. */
static struct mx_port *find_quietest(const struct mx_mix *mix,
				     const struct mx_tick *tick)
{
	struct mx_port *quietest = NULL;

	for (struct mx_port *p = mix->awake; p; p = p->next_awake)
		if (p->speak && may_sleep(p, tick) &&
		    (!quietest || loud_of(p) < loud_of(quietest)))
			quietest = p;
	return quietest;
}

static void make_places(struct mx_mix *mix, const struct mx_tick *tick)
{
	struct mx_port *quietest;

	mix->bar = MX_LOUD_MAX;
	if (mix->idle < places(mix))
		return;
	quietest = find_quietest(mix, tick);
	for (int i = 0; i < PUT_OUT_MAX && mix->idle > places(mix) && quietest; i++) {
		put_out(mix, quietest);
		mix->idle--;
		quietest = find_quietest(mix, tick);
	}
	if (quietest)
		mix->bar = loud_of(quietest);
}

/* What has been heard of him: is it worth while to go on? */
static void review(struct mx_mix *mix, struct mx_port *port,
		   const struct mx_tick *tick)
{
	bool boring = port->speak ? loud_of(port) <= MX_GATE_SILENT :
		mx_gate_loud(&port->gate) < KEYS_LOUD;

	if (boring && may_sleep(port, tick))
		put_out(mix, port);
	else
		mix->idle += port->speak && is_idle(port);
}

/* A port that is awake, but not to be decoded, has keys that go on. */
static void rest(struct mx_mix *mix, struct mx_port *port,
		 const struct mx_tick *tick)
{
	if (!port->jbuf || !mx_jbuf_sleeps(port->jbuf))
		port_rest(port, tick);
	if (!port_tend(port, tick))
		mix_forget(mix, port);
}

void mix_listen_to(struct mx_mix *mix, const struct mx_tick *tick)
{
	struct mx_port *next;

	mix->idle = 0;
	for (struct mx_port *p = mix->awake; p; p = next) {
		next = p->next_awake;
		if (next)
			port_soon(next);
		if (p->dozes || is_mute(p)) {
			rest(mix, p, tick);
		} else {
			port_listen(p, tick);
			review(mix, p, tick);
		}
	}
	make_places(mix, tick);
}
