/*
 * loop.h - the control thread's event loop: file descriptors and timers.
 *
 * A loop is one epoll instance with one timerfd inside, so that the whole of
 * it is a single descriptor (loop_fd()) which another loop can watch: the SIP
 * layer's su_root does so and calls loop_dispatch() when it is readable. Time
 * is CLOCK_MONOTONIC. A loop and all that hangs off it belong to one thread.
 *
 * Watches and timers are embedded in their owner's struct; the owner stops
 * them before its memory goes. A handler may stop, start or free anything,
 * itself included.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/** Makes a loop, the caller's to free. 0 or -errno. */
int loop_new(struct loop **loopp);

/** Frees a loop; NULL is fine. All watches and timers must be stopped. */
void loop_free(struct loop *loop);

/** The descriptor that is readable when loop_dispatch() has something to do. */
int loop_fd(const struct loop *loop);

/** Calls the handlers of all that is due now, without waiting. */
void loop_dispatch(struct loop *loop);

/** Waits up to ms milliseconds (-1: for ever) for work and does it. For
 *  programs and tests that have no su_root. */
void loop_wait(struct loop *loop, int ms);

/** Dispatches until loop_break() is called. */
void loop_run(struct loop *loop);
void loop_break(struct loop *loop);

/** CLOCK_MONOTONIC in microseconds. */
int64_t loop_now_us(void);

/** fd is ready; events is what epoll says (EPOLLIN, EPOLLOUT, ...). */
typedef void (watch_h)(uint32_t events, void *arg);

struct watch {
	struct loop *loop;      /* NULL while stopped */
	int fd;
	watch_h *h;
	void *arg;
};

/** Watches fd for events; w must be zeroed or stopped. 0 or -errno. */
int watch_start(struct watch *w, struct loop *loop, int fd, uint32_t events,
		watch_h *h, void *arg);
/** Changes the events waited for. 0 or -errno. */
int watch_mod(struct watch *w, uint32_t events);
/** Stops watching, before fd is closed; a stopped or zeroed watch is fine. */
void watch_stop(struct watch *w);

typedef void (timer_h)(void *arg);

struct timer {
	struct loop *loop;
	timer_h *h;
	void *arg;
	int64_t due_us;
	size_t pos;             /* 1-based place in the loop's heap, 0: stopped */
};

/** Ties a timer to its loop and handler; does not start it. */
void timer_init(struct timer *t, struct loop *loop, timer_h *h, void *arg);
/** (Re)starts it to fire once, ms from now. 0 or -ENOMEM. */
int timer_start(struct timer *t, int64_t ms);
/** Stops it; a stopped or zeroed timer is fine. */
void timer_stop(struct timer *t);
bool timer_is_running(const struct timer *t);

#endif
