/*
 * worker.h - a media thread: its sockets, ports and parts of rooms, and the
 * tick that runs them.
 *
 * Worker and control share two mailboxes, an eventfd each way and nothing
 * else. Control makes a worker, starts and stops its thread, and frees it;
 * every command in between is a message.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"
#include "net.h"

struct worker;

struct worker_cfg {
	unsigned index;
	bool realtime, pin;
	uint32_t slots;         /* ports at most */
	uint32_t buses;         /* rooms of all workers at most */
	const struct net_ops *ops;
	const struct mx_dsp *dsp;
	const struct mx_cng *cng;       /* NULL: silence is silent */
};

/** A worker whose thread does not run yet. 0 or -errno. */
int worker_new(struct worker **wp, const struct worker_cfg *cfg);
/** 0 or -errno. */
int worker_start(struct worker *w);
/** Ends the thread. */
void worker_stop(struct worker *w);
/** After worker_stop() and with the events taken: does what is still to be
 *  done of what was commanded, for which there are events once more. */
void worker_finish(struct worker *w);
/** After worker_stop(): frees, with all that it still has. */
void worker_free(struct worker *w);

/* ---- control's side ---------------------------------------------------- */

/** Hands over a command. 0, or -EAGAIN: the mailbox is full. */
int worker_tell(struct worker *w, const struct cmd *cmd);
/** The next event, or false. */
bool worker_ask(struct worker *w, struct event *ev);
/** Readable when there may be events; read it before asking. */
int worker_event_fd(const struct worker *w);
/** What ports and mixes made for this worker are given. */
struct mx_chains *worker_chains(struct worker *w);
struct mx_news_list *worker_news(struct worker *w);
struct mx_pool *worker_pool(struct worker *w);
struct mx_echo_pace *worker_echo_pace(struct worker *w);
struct mx_desk *worker_desk(struct worker *w);

#endif
