/* thread.h - how the threads of this folder are started, told to stop, and how
 * long they may go on after that. */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "wake.h"

/**
 * A thread and its owner's wish. The owner sets stop_us, the thread reads it
 * after every wait; whatever it waits in has `wake` among what it waits for.
 */
struct thread {
	pthread_t id;
	bool running;
	int wake;                       /* eventfd */
	_Atomic int64_t stop_us;        /* loop_now_us() to be gone by; INT64_MAX: run */
};

/** Before anything can fail; thread_fini() after it is always right. */
static inline int thread_init(struct thread *t)
{
	*t = (struct thread){ .wake = wake_open() };
	atomic_init(&t->stop_us, INT64_MAX);
	return t->wake < 0 ? t->wake : 0;
}

/** Starts it, deaf to all signals (those are the main thread's). 0 or -errno. */
static inline int thread_start(struct thread *t, void *(*run)(void *),
			       void *arg, const char *name)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&t->id, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return -err;
	t->running = true;
	pthread_setname_np(t->id, name);
	return 0;
}

/** Tells it to be gone in ms milliseconds; does not wait. */
static inline void thread_ask(struct thread *t, int ms)
{
	if (!t->running)
		return;
	atomic_store(&t->stop_us, loop_now_us() + (int64_t)ms * 1000);
	wake_send(t->wake);
}

/** Waits for it to end. */
static inline void thread_join(struct thread *t)
{
	if (!t->running)
		return;
	pthread_join(t->id, NULL);
	t->running = false;
}

static inline void thread_fini(struct thread *t)
{
	thread_ask(t, 0);
	thread_join(t);
	if (t->wake >= 0)
		close(t->wake);
	t->wake = -1;
}

/** In the thread: has it been asked to stop, perhaps with time left? */
static inline bool thread_is_asked(const struct thread *t)
{
	return atomic_load(&t->stop_us) != INT64_MAX;
}

/** In the thread: is there no time left? */
static inline bool thread_is_over(const struct thread *t)
{
	return loop_now_us() >= atomic_load(&t->stop_us);
}

#endif
