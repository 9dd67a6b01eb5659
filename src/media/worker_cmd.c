/* worker_cmd.c - commands from control, applied between two ticks. */
#include <assert.h>
#include <string.h>

#include "worker_priv.h"

static struct wport *find(struct worker *w, uint32_t slot, uint32_t gen)
{
	struct wport *wp = slot < w->cfg.slots ? w->slots[slot] : NULL;

	return wp && wp->gen == gen ? wp : NULL;
}

/* ---- ports ------------------------------------------------------------- */

/* Should the kernel refuse, the leg hears nobody and times out. */
static void add_sockets(struct worker *w, struct wport *wp)
{
	if (wp->tap)
		return;
	w->env.ops->add(w->env.net, wport_rtp_id(wp->slot), wp->sock.rtp,
			NET_EACH_TICK);
	w->env.ops->add(w->env.net, wport_rtcp_id(wp->slot), wp->sock.rtcp,
			NET_SELDOM);
}

static void del_sockets(struct worker *w, struct wport *wp)
{
	if (wp->tap)
		return;
	w->env.ops->del(w->env.net, wport_rtp_id(wp->slot));
	w->env.ops->del(w->env.net, wport_rtcp_id(wp->slot));
}

static void port_add(struct worker *w, struct wport *wp)
{
	assert(wp->slot < w->cfg.slots && !w->slots[wp->slot]);
	w->slots[wp->slot] = wp;
	if (wp->slot >= w->slots_end)
		w->slots_end = wp->slot + 1;
	w->n_ports++;
	list_add(&w->alone, &wp->alone);
	add_sockets(w, wp);
}

static void leave(struct worker *w, struct wport *wp)
{
	struct mx_mix *mix = mx_port_mix(wp->port);

	if (!mix)
		return;
	mx_mix_del(mix, wp->port);
	list_add(&w->alone, &wp->alone);
}

/* Takes it off this worker, but for what its mx_port has of it. */
static void forget(struct worker *w, struct wport *wp)
{
	list_del(&w->alone, &wp->alone);
	del_sockets(w, wp);
	w->slots[wp->slot] = NULL;
	while (w->slots_end > 0 && !w->slots[w->slots_end - 1])
		w->slots_end--;
	w->n_ports--;
}

static void port_close(struct worker *w, struct wport *wp, uint64_t n)
{
	struct event ev = { .kind = EV_PORT_GONE, .slot = wp->slot,
			    .gen = wp->gen };

	leave(w, wp);
	wport_bye(wp, &w->env, n, w->now_us);
	wport_stats(wp, &ev.gone.stats);
	forget(w, wp);
	mx_port_fini(wp->port, &ev.gone.kit);
	ev.gone.wport = wp;
	worker_post_sure(w, &ev);
}

/* What arrives from now on waits in the sockets. */
static void port_move(struct worker *w, struct wport *wp,
		      const struct cmd *cmd, uint64_t n)
{
	struct event ev = { .kind = EV_PORT_MOVED, .slot = wp->slot,
			    .gen = wp->gen };

	leave(w, wp);
	forget(w, wp);
	ev.passage.wport = wp;
	ev.passage.trunk = cmd->trunk;
	ev.passage.tick = n;
	mx_port_pack(wp->port, cmd->trunk, &ev.passage.chain);
	worker_post_sure(w, &ev);
}

/* He who listens to it hears what it missed on the way a little later, and no
 * gap. */
static void port_adopt(struct worker *w, const struct passage *p, uint64_t n)
{
	struct event ev = { .kind = EV_TRUNK, .trunk = p->trunk };
	const struct mx_port_home home = {
		.chains = &w->chains,
		.news = &w->news,
		.echo_pace = &w->echo_pace,
		.pool = w->pool,
		.id = media_port_id(p->wport->slot, p->wport->gen),
	};

	mx_port_unpack(p->wport->port, &home, p->chain);
	port_add(w, p->wport);
	w->env.ops->receive(w->env.net, n, w->now_us);
	worker_catch_up(w, p->wport, p->tick, n);
	worker_post_sure(w, &ev);
}

static void port_stream(struct worker *w, struct wport *wp, struct cmd *cmd,
			uint64_t n)
{
	struct event ev = { .kind = EV_KIT };

	wport_stream(wp, &cmd->stream.s, &cmd->stream.kit, w->step, n,
		     w->now_us);
	ev.kit = cmd->stream.kit;
	if (ev.kit.chain || ev.kit.jbuf || ev.kit.inband)
		worker_post_sure(w, &ev);
}

static void port_sound(struct worker *w, struct wport *wp, struct cmd *cmd)
{
	struct event ev = { .kind = EV_KIT };

	mx_port_sound(wp->port, &cmd->kit);
	ev.kit = cmd->kit;
	if (ev.kit.voice)
		worker_post_sure(w, &ev);
}

static void return_echo(struct worker *w, const struct mx_port_kit *kit)
{
	const struct event ev = { .kind = EV_KIT, .kit = *kit };

	if (kit->echo || kit->canceller)
		worker_post_sure(w, &ev);
}

static void port_unecho(struct worker *w, struct wport *wp, bool on)
{
	struct mx_port_kit kit = { 0 };

	mx_port_unecho(wp->port, on, &kit);
	return_echo(w, &kit);
}

static void port_echo(struct worker *w, struct wport *wp, struct cmd *cmd)
{
	mx_port_echo(wp->port, &cmd->kit);
	return_echo(w, &cmd->kit);
}

static void port_join(struct worker *w, struct wport *wp, const struct cmd *cmd)
{
	struct mx_mix *mix = cmd->bus < w->cfg.buses ? w->buses[cmd->bus] : NULL;

	leave(w, wp);
	if (!mix)       /* closed meanwhile */
		return;
	list_del(&w->alone, &wp->alone);
	mx_mix_add(mix, wp->port, cmd->join.speak, cmd->join.hear);
}

static void port_cmd(struct worker *w, struct cmd *cmd, uint64_t n)
{
	struct wport *wp = find(w, cmd->slot, cmd->gen);
	struct mx_mix *mix;

	if (!wp)
		return;
	mix = mx_port_mix(wp->port);
	switch (cmd->kind) {
	case CMD_PORT_STREAM:
		port_stream(w, wp, cmd, n);
		break;
	case CMD_PORT_PLAY:
		mx_port_play(wp->port, &cmd->play.list, cmd->play.id);
		break;
	case CMD_PORT_STOP:
		mx_port_stop(wp->port);
		break;
	case CMD_PORT_JOIN:
		port_join(w, wp, cmd);
		break;
	case CMD_PORT_VOICE:
		if (mix)
			mx_mix_voice(mix, wp->port, cmd->join.speak,
				     cmd->join.hear);
		break;
	case CMD_PORT_MANNER:
		mx_port_manner(wp->port, &cmd->manner);
		break;
	case CMD_PORT_EXCEPT:
		mx_port_except(wp->port, cmd->except.name, cmd->except.on);
		break;
	case CMD_PORT_SOUND:
		port_sound(w, wp, cmd);
		break;
	case CMD_PORT_UNECHO:
		port_unecho(w, wp, cmd->unecho);
		break;
	case CMD_PORT_ECHO:
		port_echo(w, wp, cmd);
		break;
	case CMD_PORT_LEAVE:
		leave(w, wp);
		break;
	case CMD_PORT_CLOSE:
		port_close(w, wp, n);
		break;
	case CMD_PORT_MOVE:
		port_move(w, wp, cmd, n);
		break;
	default:
		assert(0);
	}
}

/* ---- rooms ------------------------------------------------------------- */

static void bus_add(struct worker *w, uint32_t bus, struct mx_mix *mix)
{
	assert(bus < w->cfg.buses && !w->buses[bus]);
	w->buses[bus] = mix;
	w->busy[w->n_buses++] = bus;
}

static void bus_close(struct worker *w, uint32_t bus)
{
	struct event ev = { .kind = EV_BUS_GONE, .bus = bus,
			    .mix = w->buses[bus] };
	struct mx_port *port;
	uint32_t i = 0;

	assert(ev.mix);
	while ((port = mx_mix_first(ev.mix)))
		leave(w, mx_port_owner(port));
	w->buses[bus] = NULL;
	while (w->busy[i] != bus)
		i++;
	w->busy[i] = w->busy[--w->n_buses];
	worker_post_sure(w, &ev);
}

static void obey(struct worker *w, struct cmd *cmd, uint64_t n)
{
	switch (cmd->kind) {
	case CMD_PORT_ADD:
		port_add(w, cmd->add);
		break;
	case CMD_PORT_ADOPT:
		port_adopt(w, &cmd->passage, n);
		break;
	case CMD_BUS_ADD:
		bus_add(w, cmd->bus, cmd->add_mix);
		break;
	case CMD_BUS_PLAY:
		if (w->buses[cmd->bus])
			mx_mix_play(w->buses[cmd->bus], &cmd->play.list,
				    cmd->play.id);
		break;
	case CMD_BUS_MUSIC:
		if (w->buses[cmd->bus])
			mx_mix_music(w->buses[cmd->bus], cmd->play.list.n ?
				     &cmd->play.list : NULL);
		break;
	case CMD_BUS_CLOSE:
		bus_close(w, cmd->bus);
		break;
	default:
		port_cmd(w, cmd, n);
	}
}

/* A command brings at most one event that may not be lost, so none is taken
 * while there is no room for one: control will see -EAGAIN in the end. */
void worker_obey(struct worker *w, uint64_t n)
{
	struct cmd cmd;

	while (worker_can_post(w) && box_take(w->cmds, &cmd))
		obey(w, &cmd, n);
}
