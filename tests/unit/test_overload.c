/*
 * test_overload.c - a worker whose ticks take longer than they may: what it
 * could not do in time is left out and counted, and it does not run after it.
 *
 * The worker and its thread are the real ones; the net between it and the
 * kernel is ours, and takes its time.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "media/worker.h"
#include "mixer/dsp/dsp.h"

enum { TICKS_MAX = 2000, TICK_MS = 10, CHASED_MAX = 3 };

/* What the net saw: written by the worker, read when its thread is over. */
static struct {
	uint64_t n;                     /* of the grid */
	int64_t at_us;
} tick[TICKS_MAX];
static unsigned ticks;
static atomic_int delay_ms;             /* of each tick from now on */

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void sleep_ms(int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* ---- the net ----------------------------------------------------------- */

struct net {
	struct net_stats stats;
};

static int slow_new(struct net **netp, const struct net_cfg *cfg)
{
	(void)cfg;
	*netp = calloc(1, sizeof(struct net));
	return *netp ? 0 : -ENOMEM;
}

static void slow_free(struct net *net)
{
	free(net);
}

static int slow_add(struct net *net, unsigned id, int fd, enum net_pace pace)
{
	(void)net;
	(void)id;
	(void)fd;
	(void)pace;
	return 0;
}

static void slow_del(struct net *net, unsigned id)
{
	(void)net;
	(void)id;
}

static void slow_receive(struct net *net, uint64_t n, int64_t at_us)
{
	(void)net;
	(void)at_us;
	if (ticks < TICKS_MAX) {
		tick[ticks].n = n;
		tick[ticks++].at_us = now_us();
	}
	sleep_ms(atomic_load(&delay_ms));
}

static void slow_send(struct net *net, unsigned id, const union addr *to,
		      const void *data, size_t len)
{
	(void)net;
	(void)id;
	(void)to;
	(void)data;
	(void)len;
}

static void slow_flush(struct net *net)
{
	(void)net;
}

static const struct net_stats *slow_stats(const struct net *net)
{
	return &net->stats;
}

static const struct net_ops slow = {
	"slow", slow_new, slow_free, slow_add, slow_del, slow_receive,
	slow_send, slow_flush, slow_stats
};

/* ---- the worker -------------------------------------------------------- */

static struct worker *worker;
static struct mx_resamp_bank *bank;
static struct mx_mix *mix;

/* A room keeps it at work. */
static int begin(void **state)
{
	const struct worker_cfg cfg = { .slots = 1, .buses = 1, .realtime = true,
					.ops = &slow, .dsp = mx_dsp_best() };
	struct mx_mix_cfg mcfg = { .dsp = mx_dsp_best(), .rate_hz = 8000 };
	struct cmd cmd = { .kind = CMD_BUS_ADD };

	(void)state;
	ticks = 0;
	atomic_store(&delay_ms, 0);
	assert_int_equal(mx_resamp_bank_new(&bank, mx_dsp_best()), 0);
	mcfg.bank = bank;
	assert_int_equal(mx_mix_new(&mix, &mcfg), 0);
	assert_int_equal(worker_new(&worker, &cfg), 0);
	cmd.add_mix = mix;
	assert_int_equal(worker_tell(worker, &cmd), 0);
	assert_int_equal(worker_start(worker), 0);
	return 0;
}

/* The last report, after the thread has ended. */
static struct worker_report finish(void)
{
	struct cmd cmd = { .kind = CMD_BUS_CLOSE };
	struct worker_report r = { 0 };
	struct event ev;

	worker_stop(worker);
	assert_int_equal(worker_tell(worker, &cmd), 0);
	worker_finish(worker);
	while (worker_ask(worker, &ev))
		if (ev.kind == EV_WORKER)
			r = ev.worker;
	worker_free(worker);
	worker = NULL;
	mx_mix_free(mix);
	mx_resamp_bank_free(bank);
	return r;
}

/* Ticks have the grid's numbers in their order, none is done before its time,
 * and none of those that have passed; but a busy machine may stop the thread
 * between its look at the clock and ours. */
static uint64_t check_grid(void)
{
	uint64_t left_out = 0;
	unsigned chased = 0;

	assert_true(ticks > 1);
	for (unsigned i = 0; i < ticks; i++) {
		int64_t due_us = (int64_t)tick[i].n * TICK_MS * 1000;

		assert_true(tick[i].at_us >= due_us);
		if (i == 0)
			continue;
		assert_true(tick[i].n > tick[i - 1].n);
		left_out += tick[i].n - tick[i - 1].n - 1;
		chased += tick[i].at_us >= due_us + 2 * TICK_MS * 1000;
	}
	assert_true(chased <= CHASED_MAX);
	return left_out;
}

static void ticks_in_time_are_all_done(void **state)
{
	struct worker_report r;

	(void)state;
	sleep_ms(1300);
	r = finish();
	check_grid();
	assert_true(r.stats.ticks + r.stats.skipped >= 90);
}

static void a_long_tick_is_followed_by_no_burst(void **state)
{
	struct worker_report r;
	uint64_t left_out;
	unsigned first;

	(void)state;
	sleep_ms(200);
	atomic_store(&delay_ms, 255);
	sleep_ms(60);
	atomic_store(&delay_ms, 0);     /* one was begun in between */
	sleep_ms(1500);
	r = finish();
	left_out = check_grid();
	for (first = 1; first < ticks &&
	     tick[first].at_us - tick[first - 1].at_us < 250000; first++)
		;
	assert_true(first < ticks);
	assert_in_range(tick[first].n - tick[first - 1].n, 24, 40);
	assert_true(left_out >= 24);
	/* counted, as far as it had been reported */
	assert_true(r.stats.skipped >= 24 && r.stats.skipped <= left_out);
	/* 131 ms and more */
	assert_true(r.stats.busy_hist[MEDIA_HIST - 2] +
		    r.stats.busy_hist[MEDIA_HIST - 1] >= 1);
}

/* Twice as much work as there is time for: every second or third tick is done,
 * for as long as that lasts, and the account still comes each second. */
static void lasting_overload_does_what_it_can(void **state)
{
	struct worker_report r;
	int64_t from, us;
	uint64_t left_out;

	(void)state;
	atomic_store(&delay_ms, 15);
	from = now_us();
	sleep_ms(2500);
	us = now_us() - from;
	r = finish();
	left_out = check_grid();
	assert_true(ticks <= (unsigned)(us / 15000) + 2);
	assert_true(left_out * 2 >= ticks);
	assert_true(r.stats.skipped > 0 && r.stats.ticks > 0);
	assert_true(r.stats.tick_p90_us >= 15000);
	assert_true(r.stats.busy_us >= r.stats.ticks * 15000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ticks_in_time_are_all_done, begin),
		cmocka_unit_test_setup(a_long_tick_is_followed_by_no_burst,
				       begin),
		cmocka_unit_test_setup(lasting_overload_does_what_it_can,
				       begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
