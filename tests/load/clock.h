/* clock.h - the time that load clients go by: CLOCK_MONOTONIC, microseconds. */
#ifndef LOAD_CLOCK_H
#define LOAD_CLOCK_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline int64_t clock_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

/** The clock that the kernel stamps packets by. */
static inline int64_t clock_stamp_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

/** Sleeps until then, if it is not past. Returns the time. */
static inline int64_t clock_sleep_until(int64_t due_us)
{
	struct timespec ts = {
		.tv_sec = due_us / 1000000, .tv_nsec = due_us % 1000000 * 1000
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	return clock_now_us();
}

/** Asks for real-time scheduling, so that what is measured is the server and
 *  not how long we waited for a core. False where it is not permitted. */
static inline bool clock_be_punctual(int priority)
{
	struct sched_param sp = { .sched_priority = priority };

	return sched_setscheduler(0, SCHED_FIFO, &sp) == 0;
}

#endif
