/*
 * clock.c - see clock.h.
 *
 * Sofia reads CLOCK_REALTIME for its timers: a clock that is set back by an
 * hour stops every retransmission and timeout for that hour. The library asks
 * for the time through a pointer, which it exports although no header of its
 * declares it. We give it the monotonic clock, moved so that it reads as wall
 * time at the start of the process: timers only ever see differences.
 */
#include "clock.h"

#include <stdint.h>
#include <time.h>

#include "sofia.h"

/* Seconds from 1900, where Sofia counts from, to 1970. */
#define NTP_EPOCH 2208988800

extern void (*_su_time)(su_time_t *tv);

/* CLOCK_REALTIME - CLOCK_MONOTONIC in us; global because Sofia's hook takes no
 * argument. Written once, before there is a second thread. */
static int64_t offset_us;

static int64_t clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void monotonic(su_time_t *tv)
{
	int64_t us = clock_us(CLOCK_MONOTONIC) + offset_us;

	if (!tv)
		return;
	tv->tv_sec = (unsigned long)(us / 1000000 + NTP_EPOCH);
	tv->tv_usec = (unsigned long)(us % 1000000);
}

void sip_clock_install(void)
{
	if (_su_time == monotonic)
		return;
	offset_us = clock_us(CLOCK_REALTIME) - clock_us(CLOCK_MONOTONIC);
	_su_time = monotonic;
}
