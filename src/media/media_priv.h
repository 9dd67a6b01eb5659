/* media_priv.h - the control thread's side of the media engine, for media*.c
 * alone. */
#ifndef MEDIA_PRIV_H
#define MEDIA_PRIV_H

#include "base/list.h"
#include "base/loop.h"
#include "busy.h"
#include "media.h"
#include "worker.h"

/** A worker as control sees it. */
struct lane {
	struct media *m;
	unsigned index;
	struct worker *worker;
	struct watch watch;
	struct media_port **ports;      /* [cfg.legs_max], by slot */
	uint32_t *free_slots;           /* a stack */
	uint32_t n_free;
	bool reported;
	struct worker_report report;    /* the last one */
	struct busy_gate gate;
	unsigned load;                  /* of its last second, in thousandths */
};

struct media {
	struct media_cfg cfg;
	struct loop *loop;
	const struct mx_dsp *dsp;
	struct mx_resamp_bank *bank;
	struct mx_echo_plans *echo_plans;
	struct mx_cng *cng;             /* NULL: none */
	struct mx_slab *slab;           /* of what legs have */
	const struct net_ops *net;
	struct lane *lanes;             /* [n_lanes] */
	unsigned n_lanes;
	uint32_t gen;                   /* of the last port or bus opened */
	bool full;                      /* and the one after it could not be */
	struct media_bus **buses;       /* [n_buses], by number */
	uint32_t n_buses;
	struct timer retry;             /* for what closes while a mailbox is
					 * full */
	struct list closing_ports, closing_buses;       /* not yet told */
	struct list travelling;         /* ports between two workers */
	struct list unused_buses;       /* closed; no worker knew of them */
};

struct media_port {
	struct lane *lane;
	uint32_t slot, gen;
	const struct media_port_ops *ops;
	void *arg;
	uint16_t rtp_port, rtcp_port;
	bool closing;
	struct link untold;             /* in closing_ports */

	/* on its way to lane */
	struct link travels;            /* in media's travelling; NULL: it is not */
	struct lane *from;              /* whose worker still has it; NULL: it
					 * has left */
	uint32_t from_slot;
	struct list held;               /* commands for when it is there */

	/* the memory that the worker's port has been given so far */
	const struct mx_codec *chain_codec;
	uint32_t jbuf_hz;
	size_t jbuf_dec_size;
	bool has_inband;
	bool unechoes;                  /* echo control is wanted */
	bool echoes;                    /* its canceller is there */

	/* who hears whom */
	uint32_t bus, bus_gen;          /* it has joined; gen 0: none */
	bool speak, hear;               /* as it was told last */
	bool tied;                      /* it was in an exception: stays with its
					 * room */
	unsigned n_odd;                 /* exceptions that it has */
};

struct media_bus {
	struct media *m;
	uint32_t number, gen;
	uint32_t rate_hz;
	const struct media_bus_ops *ops;
	void *arg;
	struct lane *home;              /* where it plays; NULL until first used */
	struct mx_xchg *xchg;           /* NULL with a single worker */
	uint64_t parts;                 /* workers that have one, a bit each */
	uint64_t parts_untold;          /* ... that are to be told of the close */
	unsigned playing;               /* lists not played yet */
	uint64_t dominant;              /* a port's id, as told last; 0: nobody */
	bool closing;
	struct link untold;             /* in closing_buses or unused_buses */
};

/* The worker for a new port or room. */
struct lane *media_least_loaded(struct media *m);
/* Sends, or tries again later, what must get there. */
void media_close_untold(struct media *m);

/* Fills in what a PLAY command plays. */
void media_play_list(struct cmd *cmd, const struct media_play *play);

/* The port of that name (see msg.h): NULL if it has gone meanwhile. */
struct media_port *port_by_id(const struct media *m, uint64_t id);
/* media_move.c: sends a port to another worker; tell it by move_hold() as long
 * as it travels. 0, -ENOMEM or -EAGAIN. */
int move_port(struct media_port *port, struct lane *to);
bool move_is_on(const struct media_port *port);
/* Keeps a command until the port has arrived. 0, -ENOMEM or -EAGAIN. */
int move_hold(struct media_port *port, const struct cmd *cmd);
/* It has left its worker. */
void move_on_left(struct media_port *port, const struct passage *passage);
/* Sends on what could not be sent. */
void move_push(struct media *m);
/* A room closes: who is to join it stays without. */
void move_forget_bus(struct media *m, uint32_t bus);

void port_on_event(struct lane *lane, const struct event *ev);
/* Tells the port's worker, now or when it has come to it. */
int port_tell_cmd(struct media_port *port, struct cmd *cmd);
/* Brings the port's echo control the memory that it asks for. */
void port_on_echo(struct media_port *port, const struct event *ev);
/* Tells the worker that the port closes. False: the mailbox is full. */
bool port_tell_close(struct media_port *port);
void bus_on_event(struct lane *lane, const struct event *ev);
bool bus_tell_close(struct media_bus *bus);
void bus_gone(struct media_bus *bus);
/* Gives the bus a part on this worker. 0, -ENOMEM, -EAGAIN. */
int bus_reach(struct media_bus *bus, struct lane *lane);

#endif
