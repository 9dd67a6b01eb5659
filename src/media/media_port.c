/* media_port.c - see media.h: ports, as the control thread has them. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "media_priv.h"
#include "mixer/dsp/dsp.h"
#include "mixer/slab.h"
#include "mixer/tap.h"
#include "wport.h"

enum {
	HALF = 500,             /* of a lane's load */
	SLOT_BITS = MX_PORT_ID_BITS - 32
};

_Static_assert((int)MEDIA_CLIPS_MAX == (int)MX_PLAY_CLIPS_MAX,
	       "lists are copied");

/* ---- names ------------------------------------------------------------- */

uint64_t media_port_id(uint32_t slot, uint32_t gen)
{
	assert(slot < 1u << SLOT_BITS);
	return (uint64_t)gen << SLOT_BITS | slot;
}

struct media_port *port_by_id(const struct media *m, uint64_t id)
{
	uint32_t slot = id & ((1u << SLOT_BITS) - 1);
	uint32_t gen = (uint32_t)(id >> SLOT_BITS);

	for (unsigned i = 0; i < m->n_lanes; i++) {
		struct media_port *port = slot < m->cfg.legs_max ?
			m->lanes[i].ports[slot] : NULL;

		if (port && port->gen == gen && !port->closing)
			return port;
	}
	return NULL;
}

/* ---- opening ----------------------------------------------------------- */

/*
 * Beside a room its legs share encodings and hear each other at once. But when
 * its worker is half busy the room spreads, so that one may fill the machine.
 * NULL: no room, or no place beside it.
 */
static struct lane *lane_beside(const struct media_bus *bus)
{
	struct lane *home = bus && !bus->m->cfg.spread ? bus->home : NULL;

	return home && home->n_free > 0 && home->load < HALF &&
		!home->gate.shut ? home : NULL;
}

/* Where a port that joins is to go first; NULL: it stays where it is. */
static struct lane *lane_for(const struct media_port *port,
			     const struct media_bus *bus)
{
	if (move_is_on(port))
		return NULL;
	return port->tied && bus->home && bus->home->n_free > 0 ? bus->home :
		lane_beside(bus);
}

static struct lane *choose_lane(struct media *m, const struct media_bus *near)
{
	struct lane *beside = lane_beside(near);

	return beside ? beside : media_least_loaded(m);
}

static int open_sockets(struct media *m, int family, struct sock_pair *sp)
{
	union addr at = family == AF_INET6 ? m->cfg.bind6 : m->cfg.bind4;

	if (family != AF_INET && family != AF_INET6)
		return -EAFNOSUPPORT;
	at.sa.sa_family = (sa_family_t)family;  /* an unset one: any */
	return sock_pair_open(sp, &at, m->cfg.port_min, m->cfg.port_max);
}

static int new_mx_port(struct mx_port **mxp, struct lane *lane,
		       struct wport *wp, const struct media_bus *near)
{
	struct mx_port_cfg cfg = {
		.dsp = lane->m->dsp,
		.bank = lane->m->bank,
		.slab = lane->m->slab,
		.chains = worker_chains(lane->worker),
		.news = worker_news(lane->worker),
		.echo_pace = worker_echo_pace(lane->worker),
		.owner = wp,
		.ssrc = id_rand32(),
		.ts = id_rand32(),
		/* below the half: SRTP's packet index must not wrap early
		 * (RFC 3711 3.3.1) */
		.seq = (uint16_t)(id_rand32() & 0x7fff),
		.phase = near ? near->number : wp->slot,
		.name = wp->gen,
		.id = media_port_id(wp->slot, wp->gen),
	};

	return mx_port_new(mxp, &cfg);
}

/* With sockets of a family; with a box to put frames into instead, none. */
static int new_wport(struct wport **wpp, struct lane *lane, int family,
		     struct box *tap, const struct media_bus *near,
		     uint32_t slot)
{
	struct wport *wp = mx_slab_get(lane->m->slab, sizeof(*wp));
	uint32_t r[3];
	int err;

	if (!wp)
		return -ENOMEM;
	wp->slab = lane->m->slab;
	wp->slot = slot;
	wp->gen = ++lane->m->gen;
	wp->sock.rtp = wp->sock.rtcp = -1;
	id_random(r, sizeof(r));
	snprintf(wp->cname, sizeof(wp->cname), "%08x%08x%08x", r[0], r[1], r[2]);
	wp->tap = tap;
	err = tap ? 0 : open_sockets(lane->m, family, &wp->sock);
	if (!err)
		err = new_mx_port(&wp->port, lane, wp, near);
	if (err) {
		wport_free(wp);
		return err;
	}
	*wpp = wp;
	return 0;
}

/* Says once that there is no more, until there is again. */
static int note_full(struct media *m, int err)
{
	if (err && !m->full)
		log_warn("media", "no port for a leg, nor for others until one "
			 "is free: %s", strerror(-err));
	m->full = err != 0;
	return err;
}

static int make_port(struct media *m, int family, struct box *tap,
		     const struct media_bus *near,
		     const struct media_port_ops *ops, void *arg,
		     struct media_port **portp)
{
	struct lane *lane = choose_lane(m, near);
	struct cmd cmd = { .kind = CMD_PORT_ADD };
	struct media_port *port;
	struct wport *wp;
	int err;

	if (lane->n_free == 0)
		return -EAGAIN;
	port = calloc(1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	err = new_wport(&wp, lane, family, tap, near,
			lane->free_slots[lane->n_free - 1]);
	if (err) {
		free(port);
		return err;
	}
	*port = (struct media_port){
		.lane = lane, .slot = wp->slot, .gen = wp->gen,
		.ops = ops, .arg = arg,
		.rtp_port = wp->sock.rtp_port, .rtcp_port = wp->sock.rtcp_port,
	};
	list_init(&port->held);
	cmd.add = wp;
	err = worker_tell(lane->worker, &cmd);
	if (err) {
		wport_free(wp);
		free(port);
		return err;
	}
	lane->ports[port->slot] = port;
	lane->n_free--;
	*portp = port;
	return 0;
}

static int open_port(struct media *m, int family, struct box *tap,
		     const struct media_bus *near,
		     const struct media_port_ops *ops, void *arg,
		     struct media_port **portp)
{
	return note_full(m, make_port(m, family, tap, near, ops, arg, portp));
}

int media_port_open(struct media *m, int family, const struct media_bus *near,
		    const struct media_port_ops *ops, void *arg,
		    struct media_port **portp)
{
	return open_port(m, family, NULL, near, ops, arg, portp);
}

uint16_t media_port_rtp(const struct media_port *port)
{
	return port->rtp_port;
}

uint16_t media_port_rtcp(const struct media_port *port)
{
	return port->rtcp_port;
}

/* ---- commands ---------------------------------------------------------- */

int port_tell_cmd(struct media_port *port, struct cmd *cmd)
{
	assert(!port->closing);
	cmd->slot = port->slot;
	cmd->gen = port->gen;
	return move_is_on(port) ? move_hold(port, cmd) :
		worker_tell(port->lane->worker, cmd);
}

static void compile(struct wstream *w, const struct media_stream *s)
{
	const struct sdp_audio *a = &s->audio;

	*w = (struct wstream){
		.mx = {
			.codec = a->codec,
			.pt = a->pt,
			.ptime_ms = a->ptime_ms,
			.par = a->par,
			.sends = a->dir & SDP_SENDONLY,
			.receives = a->dir & SDP_RECVONLY,
			.inband = s->inband_dtmf,
			.cn_pt = a->cn_pt,
			.csrc = s->csrc || a->ext[SDP_EXT_CSRC_LEVEL],
			.level_id = a->ext[SDP_EXT_LEVEL],
			.csrc_id = a->ext[SDP_EXT_CSRC_LEVEL],
		},
		.rtp = a->rtp,
		.rtcp = a->rtcp,
		.rtcp_mux = a->rtcp_mux,
		.hold = a->hold,
		.latch = s->latch,
		.signalling = s->signalling,
		.timeout_ms = s->timeout_ms,
	};
	for (unsigned i = 0; i < a->n_recv && w->mx.n_recv < MX_PORT_MAPS_MAX;
	     i++) {
		w->mx.recv[w->mx.n_recv].pt = a->recv[i].pt;
		w->mx.recv[w->mx.n_recv++].codec = a->recv[i].codec;
	}
	for (unsigned i = 0;
	     i < a->n_event && w->mx.n_event < MX_PORT_EVENTS_MAX; i++)
		w->mx.event_pt[w->mx.n_event++] = a->event[i].pt;
}

static int make_jbuf(struct media_port *port, const struct mx_port_stream *s,
		     struct mx_jbuf **jb)
{
	struct mx_jbuf_cfg cfg = {
		.pool = worker_pool(port->lane->worker),
		.dsp = port->lane->m->dsp,
		.slab = port->lane->m->slab,
	};
	int err;

	for (unsigned i = 0; i < s->n_recv; i++) {
		if (s->recv[i].codec->rate_hz > cfg.rate_max_hz)
			cfg.rate_max_hz = s->recv[i].codec->rate_hz;
		if (s->recv[i].codec->dec_size() > cfg.dec_size_max)
			cfg.dec_size_max = s->recv[i].codec->dec_size();
	}
	if (s->n_recv == 0 || (cfg.rate_max_hz <= port->jbuf_hz &&
			       cfg.dec_size_max <= port->jbuf_dec_size))
		return 0;
	err = mx_jbuf_new(jb, &cfg);
	if (!err)
		mx_jbuf_resample(*jb, port->lane->m->bank);
	return err;
}

/* The memory that the stream needs and the port has not. */
static int make_kit(struct media_port *port, const struct mx_port_stream *s,
		    struct mx_port_kit *kit)
{
	int err = make_jbuf(port, s, &kit->jbuf);

	if (!err && s->codec != port->chain_codec)
		err = mx_chain_new(&kit->chain, s->codec);
	if (!err && s->inband && !port->has_inband)
		err = mx_dtmf_inband_new(&kit->inband);
	return err;
}

static void note_kit(struct media_port *port, const struct mx_port_stream *s,
		     const struct mx_port_kit *kit)
{
	if (kit->chain)
		port->chain_codec = s->codec;
	if (kit->inband)
		port->has_inband = true;
	if (!kit->jbuf)
		return;
	port->jbuf_hz = 0;
	port->jbuf_dec_size = 0;
	for (unsigned i = 0; i < s->n_recv; i++) {
		if (s->recv[i].codec->rate_hz > port->jbuf_hz)
			port->jbuf_hz = s->recv[i].codec->rate_hz;
		if (s->recv[i].codec->dec_size() > port->jbuf_dec_size)
			port->jbuf_dec_size = s->recv[i].codec->dec_size();
	}
}

int media_port_stream(struct media_port *port, const struct media_stream *s)
{
	struct cmd cmd = { .kind = CMD_PORT_STREAM };
	int err;

	compile(&cmd.stream.s, s);
	err = make_kit(port, &cmd.stream.s.mx, &cmd.stream.kit);
	if (!err)
		err = port_tell_cmd(port, &cmd);
	if (err)
		mx_port_kit_free(&cmd.stream.kit);
	else
		note_kit(port, &cmd.stream.s.mx, &cmd.stream.kit);
	return err;
}

int media_port_play(struct media_port *port, const struct media_play *play)
{
	struct cmd cmd = { .kind = CMD_PORT_PLAY };

	media_play_list(&cmd, play);
	return port_tell_cmd(port, &cmd);
}

int media_port_stop(struct media_port *port)
{
	struct cmd cmd = { .kind = CMD_PORT_STOP };

	return port_tell_cmd(port, &cmd);
}

int media_port_join(struct media_port *port, struct media_bus *bus,
		    bool speak, bool hear)
{
	struct cmd cmd = { .kind = CMD_PORT_JOIN, .bus = bus->number,
			   .join = { speak, hear } };
	struct lane *beside = lane_for(port, bus);
	int err = 0;

	if (beside && beside != port->lane)
		err = move_port(port, beside);
	if (!err)
		err = bus_reach(bus, port->lane);
	if (!err)
		err = port_tell_cmd(port, &cmd);
	if (err)
		return err;
	port->bus = bus->number;
	port->bus_gen = bus->gen;
	port->speak = speak;
	port->hear = hear;
	return 0;
}

int media_port_voice(struct media_port *port, bool speak, bool hear)
{
	struct cmd cmd = { .kind = CMD_PORT_VOICE, .join = { speak, hear } };
	int err = port_tell_cmd(port, &cmd);

	if (err)
		return err;
	port->speak = speak;
	port->hear = hear;
	return 0;
}

int media_port_manner(struct media_port *port, const struct mx_manner *manner)
{
	struct cmd cmd = { .kind = CMD_PORT_MANNER, .manner = *manner };

	return port_tell_cmd(port, &cmd);
}

/* Two who are in an exception meet on their room's own worker. */
static int tie(struct media_port *port)
{
	struct media_bus *bus = port->lane->m->buses[port->bus];

	port->tied = true;
	if (!bus || bus->gen != port->bus_gen || bus->closing ||
	    port->lane == bus->home)
		return 0;
	if (move_is_on(port))
		return -EAGAIN;
	return media_port_join(port, bus, port->speak, port->hear);
}

int media_port_except(struct media_port *port, struct media_port *who, bool on)
{
	struct cmd cmd = { .kind = CMD_PORT_EXCEPT,
			   .except = { who->gen, on } };
	int err = 0;

	if (on && port->n_odd == MX_RULES_ODD_MAX)
		return -ENOSPC;
	if (on)
		err = tie(port);
	if (!err && on)
		err = tie(who);
	if (!err)
		err = port_tell_cmd(port, &cmd);
	if (!err)
		port->n_odd += on ? 1u : -1u;
	return err;
}

int media_port_sound(struct media_port *port, const struct mx_voice_opts *opts)
{
	struct cmd cmd = { .kind = CMD_PORT_SOUND };
	int err = mx_voice_new(&cmd.kit.voice, port->lane->m->dsp, opts);

	if (!err)
		err = port_tell_cmd(port, &cmd);
	if (err)
		mx_port_kit_free(&cmd.kit);
	return err;
}

int media_port_leave(struct media_port *port)
{
	struct cmd cmd = { .kind = CMD_PORT_LEAVE };
	int err = port_tell_cmd(port, &cmd);

	if (!err)
		port->bus_gen = 0;
	return err;
}

/* ---- taps -------------------------------------------------------------- */

/* What a recorder hears, as if it were a leg that can use no more than the
 * least of them: it never raises the rate of a room. */
static int start_tap(struct media_port *tap, struct media_bus *bus)
{
	struct media_stream s = { .audio = {
		.codec = mx_codec_find("L16", MX_TAP_HZ, 1),
		.par = { .rate_hz = 8000 },
		.ptime_ms = 10,
		.dir = SDP_SENDONLY,
	} };
	int err = media_port_stream(tap, &s);

	return err ? err : media_port_join(tap, bus, false, true);
}

int media_tap_open(struct media *m, struct media_bus *bus, struct box *frames,
		   const struct media_port_ops *ops, void *arg,
		   struct media_port **portp)
{
	struct media_port *tap;
	int err = open_port(m, AF_UNSPEC, frames, bus, ops, arg, &tap);

	if (err)
		return err;
	*portp = tap;
	return start_tap(tap, bus);
}

/* ---- closing ----------------------------------------------------------- */

bool port_tell_close(struct media_port *port)
{
	struct cmd cmd = { .kind = CMD_PORT_CLOSE, .slot = port->slot,
			   .gen = port->gen };

	return !move_is_on(port) && worker_tell(port->lane->worker, &cmd) == 0;
}

void media_port_close(struct media_port *port)
{
	struct media *m = port->lane->m;

	assert(!port->closing);
	port->closing = true;
	list_add(&m->closing_ports, &port->untold);
	media_close_untold(m);
}

static void on_gone(struct lane *lane, struct media_port *port,
		    const struct event *ev)
{
	struct mx_port_kit kit = ev->gone.kit;

	wport_free(ev->gone.wport);
	mx_port_kit_free(&kit);
	lane->ports[port->slot] = NULL;
	lane->free_slots[lane->n_free++] = port->slot;
	if (port->ops->on_closed)
		port->ops->on_closed(port->arg, &ev->gone.stats);
	free(port);
}

/* ---- events ------------------------------------------------------------ */

/* Calling out comes last: the owner may close the port in it. */
void port_on_event(struct lane *lane, const struct event *ev)
{
	struct media_port *port = lane->ports[ev->slot];
	const struct media_port_ops *ops;

	if (!port || port->gen != ev->gen)
		return;
	if (ev->kind == EV_PORT_GONE) {
		on_gone(lane, port, ev);
		return;
	}
	if (ev->kind == EV_PORT_MOVED) {
		move_on_left(port, &ev->passage);
		return;
	}
	if (port->closing)
		return;
	ops = port->ops;
	switch (ev->kind) {
	case EV_PORT_STARTED:
		if (ops->on_started)
			ops->on_started(port->arg);
		break;
	case EV_PORT_KEY:
		if (ops->on_key)
			ops->on_key(port->arg, ev->key.key, ev->key.from);
		break;
	case EV_PORT_PLAYED:
		if (ops->on_played)
			ops->on_played(port->arg, ev->played.id,
				       ev->played.whole);
		break;
	case EV_PORT_TALKING:
		if (ops->on_talking)
			ops->on_talking(port->arg, ev->talking.talks,
					ev->talking.ms);
		break;
	case EV_PORT_ECHO:
		port_on_echo(port, ev);
		break;
	case EV_PORT_MUSIC:
		if (ops->on_music)
			ops->on_music(port->arg, ev->is_music);
		break;
	case EV_PORT_TIMEOUT:
		if (ops->on_timeout)
			ops->on_timeout(port->arg);
		break;
	case EV_PORT_STATS:
		if (ops->on_stats)
			ops->on_stats(port->arg, &ev->stats);
		break;
	default:
		assert(0);
	}
}
