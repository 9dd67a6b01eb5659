/* worker.c - see worker.h: a worker's life, its clock, its mailboxes. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "worker_priv.h"

enum {
	CMDS = 1024, EVENTS = 4096,     /* messages a mailbox */
	PRIORITY = 10,                  /* SCHED_FIFO: above all that is not
					 * real-time, below the kernel's own */
	SLOTS_PER_PORT = 8,             /* packets: 160 ms at 20 ms each */
	SLOTS_SPARE = 512,              /* for those who have more */
	LATE_US = 10000,                /* what counts as a late tick */
	HIST_UNIT_US = 16
};

/* ---- life -------------------------------------------------------------- */

static void receive(unsigned id, struct mx_pkt *pkt, const union addr *from,
		    void *arg)
{
	struct worker *w = arg;
	struct wport *wp = w->slots[id / 2];

	wport_receive(wp, &w->env, id % 2 == 1, pkt, from, w->now_us);
}

static void soon(unsigned id, unsigned stage, void *arg)
{
	const struct worker *w = arg;

	wport_soon(w->slots[id / 2], stage);
}

static int make_net(struct worker *w)
{
	struct net_cfg cfg = {
		.ids_max = w->cfg.slots * 2,
		.recv_h = receive,
		.soon_h = soon,
		.arg = w,
	};
	int err;

	err = mx_pool_new(&w->pool,
			  (size_t)w->cfg.slots * SLOTS_PER_PORT + SLOTS_SPARE);
	if (err)
		return err;
	w->env.pool = w->pool;
	w->env.ops = w->cfg.ops;
	return w->cfg.ops->new(&w->env.net, &cfg);
}

int worker_new(struct worker **wp, const struct worker_cfg *cfg)
{
	struct worker *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->cfg = *cfg;
	w->chains.cng = cfg->cng;
	w->event_fd = w->wake_fd = -1;
	list_init(&w->alone);
	do {
		w->random = id_rand32();
	} while (w->random == 0);

	w->slots = calloc(cfg->slots, sizeof(*w->slots));
	w->buses = calloc(cfg->buses, sizeof(*w->buses));
	w->busy = calloc(cfg->buses, sizeof(*w->busy));
	err = w->slots && w->buses && w->busy ? 0 : -ENOMEM;
	if (!err)
		err = box_new(&w->cmds, CMDS, sizeof(struct cmd));
	if (!err)
		err = box_new(&w->events, EVENTS, sizeof(struct event));
	if (!err)
		err = mx_desk_new(&w->desk, cfg->dsp);
	if (!err)
		err = make_net(w);
	if (!err) {
		w->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		w->wake_fd = eventfd(0, EFD_CLOEXEC);
		if (w->event_fd < 0 || w->wake_fd < 0)
			err = -errno;
	}
	if (err) {
		worker_free(w);
		return err;
	}
	*wp = w;
	return 0;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->env.net)
		w->env.ops->free(w->env.net);
	mx_chains_fini(&w->chains);
	mx_pool_free(w->pool);
	mx_desk_free(w->desk);
	box_free(w->cmds);
	box_free(w->events);
	if (w->event_fd >= 0)
		close(w->event_fd);
	if (w->wake_fd >= 0)
		close(w->wake_fd);
	free(w->busy);
	free(w->buses);
	free(w->slots);
	free(w);
}

/* ---- mailboxes --------------------------------------------------------- */

static void wake(int fd)
{
	uint64_t one = 1;

	/* It fails only when the counter is full, and then it is readable. */
	(void)!write(fd, &one, sizeof(one));
}

int worker_tell(struct worker *w, const struct cmd *cmd)
{
	int err = box_put(w->cmds, cmd);

	if (!err && atomic_exchange(&w->asleep, false))
		wake(w->wake_fd);
	return err;
}

bool worker_ask(struct worker *w, struct event *ev)
{
	return box_take(w->events, ev);
}

int worker_event_fd(const struct worker *w)
{
	return w->event_fd;
}

struct mx_chains *worker_chains(struct worker *w)
{
	return &w->chains;
}

struct mx_news_list *worker_news(struct worker *w)
{
	return &w->news;
}

struct mx_pool *worker_pool(struct worker *w)
{
	return w->pool;
}

struct mx_echo_pace *worker_echo_pace(struct worker *w)
{
	return &w->echo_pace;
}

struct mx_desk *worker_desk(struct worker *w)
{
	return w->desk;
}

bool worker_can_post(struct worker *w)
{
	if (w->has_waiting && box_put(w->events, &w->waiting) == 0) {
		w->has_waiting = false;
		w->told = true;
	}
	return !w->has_waiting;
}

void worker_post_sure(struct worker *w, const struct event *ev)
{
	if (box_put(w->events, ev) == 0) {
		w->told = true;
	} else {
		w->waiting = *ev;
		w->has_waiting = true;
	}
}

void worker_post(struct worker *w, const struct event *ev)
{
	if (worker_can_post(w) && box_put(w->events, ev) == 0)
		w->told = true;
	else
		w->report.events_lost++;
}

/* ---- the account ------------------------------------------------------- */

static int64_t clock_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void count_time(uint64_t hist[MEDIA_HIST], int64_t us)
{
	unsigned i = 0;

	while (i < MEDIA_HIST - 1 && us >= (int64_t)HIST_UNIT_US << i)
		i++;
	hist[i]++;
}

void worker_account(struct worker *w)
{
	const struct net_stats *ns = w->env.ops->stats(w->env.net);
	struct event ev = { .kind = EV_WORKER };
	struct worker_report *r = &w->report;

	w->env.unix_us = clock_us(CLOCK_REALTIME) - clock_us(CLOCK_MONOTONIC);
	r->stats.ports = w->n_ports;
	r->stats.buses = w->n_buses;
	r->stats.tick_p90_us = busy_us(&w->second, BUSY_PERCENTILE);
	r->stats.tick_p99_us = busy_us(&w->second, 99);
	memset(&w->second, 0, sizeof(w->second));
	r->stats.rx = ns->rx;
	r->stats.tx = ns->tx;
	r->stats.encodes = w->chains.counts.encodes;
	r->stats.tx_forwarded = w->chains.counts.forwarded;
	r->stats.tx_silent = w->chains.counts.silent;
	r->stats.stranger = w->env.stranger;
	r->stats.bad = w->env.bad + w->env.no_slot;
	r->pt = w->env.pt;
	r->size = w->env.size;
	r->rtcp_bad = w->env.rtcp_bad;
	ev.worker = *r;
	worker_post(w, &ev);
}

/* ---- the clock --------------------------------------------------------- */

/* Ties the thread to one of the cores that the process may use. */
static void pin(unsigned index)
{
	cpu_set_t may, one;
	int n;

	if (sched_getaffinity(0, sizeof(may), &may) < 0)
		return;
	n = CPU_COUNT(&may);
	index %= (unsigned)(n > 0 ? n : 1);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &may) && index-- == 0) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			pthread_setaffinity_np(pthread_self(), sizeof(one),
					       &one);
			return;
		}
}

static void become_realtime(struct worker *w)
{
	struct sched_param sp = { .sched_priority = PRIORITY };
	char name[16];

	snprintf(name, sizeof(name), "media/%u", w->cfg.index);
	pthread_setname_np(pthread_self(), name);
	if (w->cfg.pin)
		pin(w->cfg.index);
	w->report.stats.realtime = w->cfg.realtime &&
		pthread_setschedparam(pthread_self(), SCHED_FIFO, &sp) == 0;
}

static void sleep_until(int64_t at_us)
{
	struct timespec t = { at_us / 1000000, at_us % 1000000 * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) ==
	       EINTR)
		;
}

static void wake_control(struct worker *w)
{
	if (w->told)
		wake(w->event_fd);
	w->told = false;
}

static bool has_nothing(const struct worker *w)
{
	return w->n_ports == 0 && w->n_buses == 0 && !w->has_waiting;
}

/* Control's put and our look at the mailbox are in order with the exchange of
 * asleep: either we see the command, or control sees that we sleep. What we saw
 * may be a port's whole life, and then nobody will wake us to tell of its end. */
static void sleep_until_told(struct worker *w, uint64_t n)
{
	uint64_t dummy;

	worker_account(w);
	wake_control(w);
	atomic_exchange(&w->asleep, true);
	worker_obey(w, n);
	wake_control(w);
	if (has_nothing(w) && !atomic_load(&w->stop))
		(void)!read(w->wake_fd, &dummy, sizeof(dummy));
	atomic_exchange(&w->asleep, false);
}

/* Grid points that have passed are left out: a worker that is late does not
 * get later by running after them. Returns the grid point to do. */
static uint64_t keep_time(struct worker *w, uint64_t n)
{
	struct media_worker_stats *st = &w->report.stats;
	int64_t late_us;
	uint64_t passed;

	w->now_us = clock_us(CLOCK_MONOTONIC);
	late_us = w->now_us - (int64_t)n * MX_TICK_US;
	passed = (uint64_t)late_us / MX_TICK_US;
	st->skipped += passed;
	count_time(st->late_hist, late_us);
	if (late_us > LATE_US)
		w->report.late++;
	if (late_us > st->late_max_us)
		st->late_max_us = (uint32_t)late_us;
	return n + passed;
}

static void busy_since(struct worker *w, int64_t begin_us)
{
	int64_t us = clock_us(CLOCK_MONOTONIC) - begin_us;

	busy_put(&w->second, us);
	count_time(w->report.stats.busy_hist, us);
	w->report.stats.busy_us += (uint64_t)us;
	w->report.stats.ticks++;
}

static uint64_t next_grid_point(struct worker *w)
{
	w->now_us = clock_us(CLOCK_MONOTONIC);
	return (uint64_t)(w->now_us / MX_TICK_US + 1);
}

static void *run(void *arg)
{
	struct worker *w = arg;
	uint64_t n;

	become_realtime(w);
	n = next_grid_point(w);
	while (!atomic_load_explicit(&w->stop, memory_order_acquire)) {
		if (has_nothing(w)) {
			sleep_until_told(w, n);
			n = next_grid_point(w);
			if (has_nothing(w))
				continue;
		}
		sleep_until((int64_t)n * MX_TICK_US);
		n = keep_time(w, n);
		worker_tick(w, n++);
		wake_control(w);
		busy_since(w, w->now_us);
	}
	return NULL;
}

int worker_start(struct worker *w)
{
	sigset_t all, old;
	int err;

	/* Signals are the control thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w->running = err == 0;
	return -err;
}

void worker_stop(struct worker *w)
{
	if (!w->running)
		return;
	atomic_store(&w->stop, true);
	wake(w->wake_fd);
	pthread_join(w->thread, NULL);
	w->running = false;
}

void worker_finish(struct worker *w)
{
	worker_obey(w, (uint64_t)(w->now_us / MX_TICK_US));
}
