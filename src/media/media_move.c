/*
 * media_move.c - a port goes to its room's worker.
 *
 * Its worker gives it out of hand between two ticks (EV_PORT_MOVED), and the
 * other one takes it in (CMD_PORT_ADOPT), nearly always in the next tick. What
 * it is told on the way is held here and told in order when it is there. Its
 * sockets stay open and keep what arrives.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "media_priv.h"
#include "wport.h"

enum {
	TRUNK = 128,            /* packets: as many as a jitter buffer holds */
	HELD_MAX = 64           /* commands */
};

struct held {
	struct link link;       /* in the port's held */
	struct cmd cmd;
};

bool move_is_on(const struct media_port *port)
{
	return list_is_in(&port->travels);
}

int move_hold(struct media_port *port, const struct cmd *cmd)
{
	struct held *h;

	if (port->held.n == HELD_MAX)
		return -EAGAIN;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->cmd = *cmd;
	list_add(&port->held, &h->link);
	return 0;
}

static void drop_first(struct media_port *port)
{
	struct held *h = container_of(port->held.head.next, struct held, link);

	list_del(&port->held, &h->link);
	free(h);
}

int move_port(struct media_port *port, struct lane *to)
{
	struct cmd go = { .kind = CMD_PORT_MOVE, .slot = port->slot,
			  .gen = port->gen };
	struct cmd adopt = { .kind = CMD_PORT_ADOPT };
	int err;

	assert(!move_is_on(port) && to->n_free > 0);
	err = mx_pool_new(&go.trunk, TRUNK);
	if (!err)       /* the first of those held, filled in when it has left */
		err = move_hold(port, &adopt);
	if (err) {
		mx_pool_free(go.trunk);
		return err;
	}
	err = worker_tell(port->lane->worker, &go);
	if (err) {
		mx_pool_free(go.trunk);
		drop_first(port);
		return err;
	}
	port->from = port->lane;
	port->from_slot = port->slot;
	port->lane = to;
	port->slot = to->free_slots[--to->n_free];
	to->ports[port->slot] = port;
	list_add(&to->m->travelling, &port->travels);
	return 0;
}

/* True if it has been told all. */
static bool push(struct media_port *port)
{
	struct held *h;

	if (port->from)
		return false;
	list_each(&port->held, h, it, struct held, link) {
		if (worker_tell(port->lane->worker, &h->cmd) != 0)
			return false;
		list_del(&port->held, &h->link);
		free(h);
	}
	return true;
}

void move_push(struct media *m)
{
	struct media_port *port;

	list_each(&m->travelling, port, it, struct media_port, travels)
		if (push(port))
			list_del(&m->travelling, &port->travels);
}

void move_on_left(struct media_port *port, const struct passage *passage)
{
	struct held *adopt = container_of(port->held.head.next, struct held,
					  link);
	struct lane *from = port->from;

	from->ports[port->from_slot] = NULL;
	from->free_slots[from->n_free++] = port->from_slot;
	port->from = NULL;
	adopt->cmd.passage = *passage;
	wport_settle(passage->wport, port->slot);
	move_push(from->m);
}

void move_forget_bus(struct media *m, uint32_t bus)
{
	struct media_port *port;
	struct held *h;

	list_each(&m->travelling, port, it, struct media_port, travels)
		list_each(&port->held, h, at, struct held, link)
			if (h->cmd.kind == CMD_PORT_JOIN && h->cmd.bus == bus)
				h->cmd.kind = CMD_PORT_LEAVE;
}
