/* worker_priv.h - the inside of a worker, for worker*.c alone. */
#ifndef WORKER_PRIV_H
#define WORKER_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/box.h"
#include "base/list.h"
#include "busy.h"
#include "worker.h"
#include "wport.h"

struct worker {
	struct worker_cfg cfg;          /* constant */

	/* ---- shared with control ---- */
	struct box *cmds, *events;
	int event_fd;                   /* wakes control */
	int wake_fd;                    /* wakes a worker that has nothing */
	atomic_bool asleep;             /* it waits on wake_fd */
	atomic_bool stop;

	/* ---- control's ---- */
	pthread_t thread;
	bool running;

	/* ---- the thread's ---- */
	struct mx_pool *pool;
	struct mx_chains chains;
	struct mx_news_list news;
	struct mx_echo_pace echo_pace;
	struct mx_desk *desk;
	struct wport_env env;           /* net and totals */
	struct wport **slots;           /* [cfg.slots] */
	uint32_t slots_end;             /* above the highest one in use */
	uint32_t n_ports;
	struct list alone;              /* ports in no room */
	struct mx_mix **buses;          /* [cfg.buses], by the room's number */
	uint32_t *busy;                 /* [cfg.buses], numbers of those here */
	uint32_t n_buses;
	unsigned step;                  /* ticks done */
	int64_t now_us;                 /* of this tick's begin */
	uint32_t random;                /* state of a xorshift */

	struct event waiting;           /* did not fit, goes first */
	bool has_waiting;
	bool told;                      /* control is to be woken */
	struct busy_hist second;        /* ticks since the last account */
	int64_t account_us;             /* when the next one is due */
	struct worker_report report;
};

/* Applies all commands there are; n is the coming tick. */
void worker_obey(struct worker *w, uint64_t n);

/* Hands an event to control, or counts it as lost if the mailbox is full. */
void worker_post(struct worker *w, const struct event *ev);
/* The same for what may not be lost: kept until it fits. Only one at a time:
 * ask worker_can_post() before. */
void worker_post_sure(struct worker *w, const struct event *ev);
bool worker_can_post(struct worker *w);

/* Gives a port that is in no room the ticks from first to before n, or the last
 * of them if they are many. */
void worker_catch_up(struct worker *w, struct wport *wp, uint64_t first,
		     uint64_t n);
/* One tick. */
void worker_tick(struct worker *w, uint64_t n);
/* Once a second. */
void worker_account(struct worker *w);

#endif
