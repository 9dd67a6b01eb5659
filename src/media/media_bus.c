/* media_bus.c - see media.h: rooms, as the control thread has them. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media_priv.h"
#include "mixer/xchg.h"

static int find_number(const struct media *m)
{
	for (uint32_t i = 0; i < m->n_buses; i++)
		if (!m->buses[i])
			return (int)i;
	return -EAGAIN;
}

int media_bus_open(struct media *m, uint32_t rate_hz,
		   const struct media_bus_ops *ops, void *arg,
		   struct media_bus **busp)
{
	struct media_bus *bus;
	int number = find_number(m);
	int err = 0;

	if (rate_hz != 8000 && rate_hz != 16000 && rate_hz != 24000 &&
	    rate_hz != 48000)
		return -EINVAL;
	if (number < 0)
		return number;
	bus = calloc(1, sizeof(*bus));
	if (!bus)
		return -ENOMEM;
	if (m->n_lanes > 1)
		err = mx_xchg_new(&bus->xchg, rate_hz / 100);
	if (err) {
		free(bus);
		return err;
	}
	bus->m = m;
	bus->number = (uint32_t)number;
	bus->gen = ++m->gen;
	bus->rate_hz = rate_hz;
	bus->ops = ops;
	bus->arg = arg;
	m->buses[number] = bus;
	*busp = bus;
	return 0;
}

int bus_reach(struct media_bus *bus, struct lane *lane)
{
	struct cmd cmd = { .kind = CMD_BUS_ADD, .bus = bus->number };
	struct mx_mix_cfg cfg = {
		.dsp = bus->m->dsp,
		.bank = bus->m->bank,
		.rate_hz = bus->rate_hz,
		.xchg = bus->xchg,
		.desk = worker_desk(lane->worker),
		.part = lane->index,
		.forward = bus->m->cfg.forward,
		.talkers = bus->m->cfg.talkers,
	};
	int err = 0;

	assert(!bus->closing);
	if (bus->parts & UINT64_C(1) << lane->index)
		return 0;
	if (bus->xchg)
		err = mx_xchg_add(bus->xchg, lane->index);
	if (err && err != -EEXIST)      /* of a try that failed later */
		return err;
	err = mx_mix_new(&cmd.add_mix, &cfg);
	if (err)
		return err;
	err = worker_tell(lane->worker, &cmd);
	if (err) {
		mx_mix_free(cmd.add_mix);
		return err;
	}
	bus->parts |= UINT64_C(1) << lane->index;
	if (!bus->home)
		bus->home = lane;
	return 0;
}

void media_play_list(struct cmd *cmd, const struct media_play *play)
{
	cmd->play.id = play->id;
	cmd->play.list.n = play->n;
	cmd->play.list.loop = play->loop;
	cmd->play.list.gap = play->gap;
	cmd->play.list.duck_db = play->duck_db;
	cmd->play.list.quieter_db = play->quieter_db;
	memcpy(cmd->play.list.clips, play->clips, sizeof(play->clips));
}

int media_bus_play(struct media_bus *bus, const struct media_play *play)
{
	struct cmd cmd = { .kind = CMD_BUS_PLAY, .bus = bus->number };
	int err;

	if (play->loop)
		return -EINVAL;
	if (bus->playing == MX_MIX_QUEUE)
		return -ENOSPC;
	err = bus_reach(bus, bus->home ? bus->home :
			media_least_loaded(bus->m));
	if (err)
		return err;
	media_play_list(&cmd, play);
	err = worker_tell(bus->home->worker, &cmd);
	if (!err)
		bus->playing++;
	return err;
}

int media_bus_music(struct media_bus *bus, const struct media_play *play)
{
	struct cmd cmd = { .kind = CMD_BUS_MUSIC, .bus = bus->number };
	int err = bus_reach(bus, bus->home ? bus->home :
			    media_least_loaded(bus->m));

	if (err)
		return err;
	if (play)
		media_play_list(&cmd, play);
	return worker_tell(bus->home->worker, &cmd);
}

/* ---- closing ----------------------------------------------------------- */

/* All workers with a part are told; whose mailbox is full, later. */
bool bus_tell_close(struct media_bus *bus)
{
	struct cmd cmd = { .kind = CMD_BUS_CLOSE, .bus = bus->number };

	for (uint64_t left = bus->parts_untold; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		if (worker_tell(bus->m->lanes[i].worker, &cmd) == 0)
			bus->parts_untold &= ~(UINT64_C(1) << i);
	}
	return bus->parts_untold == 0;
}

void bus_gone(struct media_bus *bus)
{
	bus->m->buses[bus->number] = NULL;
	mx_xchg_free(bus->xchg);
	if (bus->ops->on_closed)
		bus->ops->on_closed(bus->arg);
	free(bus);
}

void media_bus_close(struct media_bus *bus)
{
	assert(!bus->closing);
	bus->closing = true;
	move_forget_bus(bus->m, bus->number);
	bus->parts_untold = bus->parts;
	list_add(bus->parts ? &bus->m->closing_buses : &bus->m->unused_buses,
		 &bus->untold);
	media_close_untold(bus->m);
}

static void on_dominant(struct media_bus *bus, uint64_t id)
{
	if (bus->closing || id == bus->dominant)
		return;
	bus->dominant = id;
	if (bus->ops->on_dominant)
		bus->ops->on_dominant(bus->arg, port_by_id(bus->m, id));
}

void bus_on_event(struct lane *lane, const struct event *ev)
{
	struct media_bus *bus = lane->m->buses[ev->bus];

	assert(bus);    /* its number is not given away before it is gone */
	if (ev->kind == EV_BUS_GONE) {
		mx_mix_free(ev->mix);
		bus->parts &= ~(UINT64_C(1) << lane->index);
		if (bus->parts == 0)
			bus_gone(bus);
		return;
	}
	if (ev->kind == EV_BUS_DOMINANT) {
		on_dominant(bus, ev->dominant);
		return;
	}
	bus->playing--;
	if (!bus->closing && bus->ops->on_played)
		bus->ops->on_played(bus->arg, ev->played.id, ev->played.whole);
}
