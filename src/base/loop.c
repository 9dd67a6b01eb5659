/* loop.c - see loop.h. A binary heap of timers, one timerfd for its top. */
#include "loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 64 };

struct loop {
	int epfd, timerfd;
	bool broken;
	struct timer **heap;            /* [cap], 1-based, earliest first */
	size_t n, cap;
	int64_t armed_us;               /* what timerfd is set to, 0: off */
	/* The events being dispatched: a handler that stops a watch clears its
	 * later events here, so that no stopped watch is ever called. */
	struct epoll_event *events;
	int n_events;
};

int64_t loop_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int loop_new(struct loop **loopp)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };
	struct loop *loop = calloc(1, sizeof(*loop));
	int err;

	if (!loop)
		return -ENOMEM;
	loop->timerfd = -1;
	loop->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epfd >= 0)
		loop->timerfd = timerfd_create(CLOCK_MONOTONIC,
					       TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->timerfd < 0 ||
	    epoll_ctl(loop->epfd, EPOLL_CTL_ADD, loop->timerfd, &ev) < 0) {
		err = -errno;
		loop_free(loop);
		return err;
	}
	*loopp = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	assert(loop->n == 0);
	if (loop->timerfd >= 0)
		close(loop->timerfd);
	if (loop->epfd >= 0)
		close(loop->epfd);
	free(loop->heap);
	free(loop);
}

int loop_fd(const struct loop *loop)
{
	return loop->epfd;
}

/* ---- timers ------------------------------------------------------------ */

static void heap_set(struct loop *loop, size_t pos, struct timer *t)
{
	loop->heap[pos] = t;
	t->pos = pos;
}

static void heap_up(struct loop *loop, size_t pos)
{
	struct timer *t = loop->heap[pos];

	for (; pos > 1 && loop->heap[pos / 2]->due_us > t->due_us; pos /= 2)
		heap_set(loop, pos, loop->heap[pos / 2]);
	heap_set(loop, pos, t);
}

static void heap_down(struct loop *loop, size_t pos)
{
	struct timer *t = loop->heap[pos];

	for (size_t kid; (kid = pos * 2) <= loop->n; pos = kid) {
		if (kid < loop->n &&
		    loop->heap[kid + 1]->due_us < loop->heap[kid]->due_us)
			kid++;
		if (loop->heap[kid]->due_us >= t->due_us)
			break;
		heap_set(loop, pos, loop->heap[kid]);
	}
	heap_set(loop, pos, t);
}

static void heap_del(struct loop *loop, size_t pos)
{
	struct timer *last = loop->heap[loop->n--];

	loop->heap[pos]->pos = 0;
	if (pos > loop->n)
		return;
	heap_set(loop, pos, last);
	heap_up(loop, pos);
	heap_down(loop, last->pos);
}

/* Sets the timerfd to the earliest timer, if it is not there already. */
static void arm(struct loop *loop)
{
	int64_t due = loop->n ? loop->heap[1]->due_us : 0;
	struct itimerspec its = { 0 };

	if (due == loop->armed_us)
		return;
	its.it_value.tv_sec = due / 1000000;
	its.it_value.tv_nsec = due % 1000000 * 1000;
	timerfd_settime(loop->timerfd, TFD_TIMER_ABSTIME, &its, NULL);
	loop->armed_us = due;
}

void timer_init(struct timer *t, struct loop *loop, timer_h *h, void *arg)
{
	*t = (struct timer){ .loop = loop, .h = h, .arg = arg };
}

int timer_start(struct timer *t, int64_t ms)
{
	struct loop *loop = t->loop;

	timer_stop(t);
	if (loop->n + 1 >= loop->cap) {
		size_t cap = loop->cap ? loop->cap * 2 : 64;
		struct timer **heap = realloc(loop->heap, cap * sizeof(*heap));

		if (!heap)
			return -ENOMEM;
		loop->heap = heap;
		loop->cap = cap;
	}
	t->due_us = loop_now_us() + (ms > 0 ? ms * 1000 : 0);
	heap_set(loop, ++loop->n, t);
	heap_up(loop, loop->n);
	arm(loop);
	return 0;
}

void timer_stop(struct timer *t)
{
	if (!t->pos)
		return;
	heap_del(t->loop, t->pos);
	arm(t->loop);
}

bool timer_is_running(const struct timer *t)
{
	return t->pos != 0;
}

/* Timers started by a handler for "now" wait for the next round, so that a
 * handler which restarts itself cannot hold up the descriptors. */
static void run_timers(struct loop *loop)
{
	int64_t now = loop_now_us();
	uint64_t ticks;

	if (read(loop->timerfd, &ticks, sizeof(ticks)) == sizeof(ticks))
		loop->armed_us = 0;
	while (loop->n && loop->heap[1]->due_us <= now) {
		struct timer *t = loop->heap[1];

		heap_del(loop, 1);
		t->h(t->arg);
	}
	arm(loop);
}

/* ---- descriptors ------------------------------------------------------- */

int watch_start(struct watch *w, struct loop *loop, int fd, uint32_t events,
		watch_h *h, void *arg)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	assert(!w->loop);
	if (epoll_ctl(loop->epfd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	*w = (struct watch){ .loop = loop, .fd = fd, .h = h, .arg = arg };
	return 0;
}

int watch_mod(struct watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	return epoll_ctl(w->loop->epfd, EPOLL_CTL_MOD, w->fd, &ev) < 0 ?
		-errno : 0;
}

void watch_stop(struct watch *w)
{
	struct loop *loop = w->loop;

	if (!loop)
		return;
	epoll_ctl(loop->epfd, EPOLL_CTL_DEL, w->fd, NULL);
	for (int i = 0; i < loop->n_events; i++)
		if (loop->events[i].data.ptr == w)
			loop->events[i].events = 0;
	w->loop = NULL;
}

static void wait_and_call(struct loop *loop, int ms)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(loop->epfd, events, EVENTS_MAX, ms);
	bool timers = false;

	if (n < 0)
		return;
	loop->events = events;
	loop->n_events = n;
	for (int i = 0; i < n; i++) {
		struct watch *w = events[i].data.ptr;

		if (!w)
			timers = true;
		else if (events[i].events)
			w->h(events[i].events, w->arg);
	}
	loop->events = NULL;
	loop->n_events = 0;
	if (timers)
		run_timers(loop);
}

void loop_dispatch(struct loop *loop)
{
	wait_and_call(loop, 0);
}

void loop_wait(struct loop *loop, int ms)
{
	wait_and_call(loop, ms);
}

void loop_run(struct loop *loop)
{
	loop->broken = false;
	while (!loop->broken)
		wait_and_call(loop, -1);
}

void loop_break(struct loop *loop)
{
	loop->broken = true;
}
