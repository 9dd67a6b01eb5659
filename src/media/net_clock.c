/* net_clock.c - see net.h */
#include <time.h>

#include "net.h"

enum {
	MEASURE_US = 1000000,
	OLDEST_US = 2000000     /* nothing lies longer in a socket we read */
};

static int64_t us(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000 + t->tv_nsec / 1000;
}

static void measure(struct net_clock *clk, int64_t now_us)
{
	struct timespec real, mono;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	clk->offset_us = us(&mono) - us(&real);
	clk->measured_us = now_us;
}

int64_t net_arrival(struct net_clock *clk, const struct timespec *ts,
		    int64_t now_us)
{
	int64_t at;

	if (!ts)
		return now_us;
	if (clk->measured_us == 0 || now_us - clk->measured_us > MEASURE_US)
		measure(clk, now_us);
	at = us(ts) + clk->offset_us;
	return at > now_us || at < now_us - OLDEST_US ? now_us : at;
}
