/* media.c - see media.h: the engine's life, its workers, what they report. */
#include "media.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/log.h"
#include "media_priv.h"
#include "mixer/cng.h"
#include "mixer/dsp/dsp.h"
#include "mixer/slab.h"
#include "mixer/xchg.h"
#include "place.h"

enum {
	RETRY_MS = 10,
	BUSES_SPARE = 64        /* rooms that nobody is in */
};

/* ---- reports ----------------------------------------------------------- */

static void count(enum counter c, uint64_t now, uint64_t before)
{
	if (now > before)
		counter_add(c, now - before);
}

static unsigned load(const struct worker_report *now,
		     const struct worker_report *old)
{
	uint64_t grid = now->stats.ticks + now->stats.skipped -
		old->stats.ticks - old->stats.skipped;
	uint64_t busy_us = now->stats.busy_us - old->stats.busy_us;

	return grid ? (unsigned)(busy_us * 1000 / (grid * MX_TICK_US)) : 0;
}

/* A worker without ports is at rest, whatever its last second was like: it
 * reports no more. */
static void follow_gate(struct lane *lane, const char *tag)
{
	struct media_worker_stats *st = &lane->report.stats;
	unsigned limit = lane->m->cfg.busy_limit;
	bool moved = st->ports > 0 ?
		busy_gate_put(&lane->gate, st->tick_p90_us, limit) :
		busy_gate_open(&lane->gate);

	st->over = lane->gate.shut;
	if (!moved)
		return;
	if (st->over) {
		counter_inc(CNT_MEDIA_OVER);
		log_warn(tag, "takes no more legs, tick_p90_us=%u "
			 "busy_limit=%u ports=%u", st->tick_p90_us, limit,
			 st->ports);
	} else {
		log_info(tag, "takes legs again, tick_p90_us=%u ports=%u",
			 st->tick_p90_us, st->ports);
	}
}

static void on_report(struct lane *lane, const struct worker_report *now)
{
	const struct worker_report *old = &lane->report;
	char tag[16];

	snprintf(tag, sizeof(tag), "media %u", lane->index);
	count(CNT_RTP_STRANGER, now->stats.stranger, old->stats.stranger);
	count(CNT_RTP_BAD, now->stats.bad, old->stats.bad);
	count(CNT_RTP_PT, now->pt, old->pt);
	count(CNT_RTP_SIZE, now->size, old->size);
	count(CNT_RTCP_BAD, now->rtcp_bad, old->rtcp_bad);
	count(CNT_MEDIA_LATE, now->late, old->late);
	count(CNT_MEDIA_SKIPPED, now->stats.skipped, old->stats.skipped);
	count(CNT_MEDIA_EVENT_LOST, now->events_lost, old->events_lost);
	if (now->stats.skipped > old->stats.skipped)
		log_warn(tag, "ticks left out, n=%llu late_max_us=%u",
			 (unsigned long long)(now->stats.skipped -
					      old->stats.skipped),
			 now->stats.late_max_us);
	if (!lane->reported && lane->m->cfg.realtime && !now->stats.realtime)
		log_warn(tag, "no real-time priority, the sound may stutter "
			 "when the machine is busy: grant CAP_SYS_NICE");
	lane->reported = true;
	lane->load = load(now, old);
	lane->report = *now;
	follow_gate(lane, tag);
}

static void free_kit(const struct event *ev)
{
	struct mx_port_kit kit = ev->kit;

	mx_port_kit_free(&kit);
}

static void on_event(struct lane *lane, const struct event *ev)
{
	switch (ev->kind) {
	case EV_WORKER:
		on_report(lane, &ev->worker);
		break;
	case EV_KIT:
		free_kit(ev);
		break;
	case EV_TRUNK:
		mx_pool_free(ev->trunk);
		break;
	case EV_BUS_PLAYED:
	case EV_BUS_DOMINANT:
	case EV_BUS_GONE:
		bus_on_event(lane, ev);
		break;
	default:
		port_on_event(lane, ev);
	}
}

/* True if there was something. */
static bool drain(struct lane *lane)
{
	struct event ev;
	bool any = false;

	while (worker_ask(lane->worker, &ev)) {
		on_event(lane, &ev);
		any = true;
	}
	return any;
}

static void on_readable(uint32_t events, void *arg)
{
	struct lane *lane = arg;
	struct media *m = lane->m;
	uint64_t n;

	(void)events;
	(void)!read(worker_event_fd(lane->worker), &n, sizeof(n));
	drain(lane);
	media_close_untold(m);
}

/* ---- what must get there ----------------------------------------------- */

void media_close_untold(struct media *m)
{
	struct media_port *port;
	struct media_bus *bus;

	move_push(m);
	list_each(&m->closing_ports, port, p, struct media_port, untold)
		if (port_tell_close(port))
			list_del(&m->closing_ports, &port->untold);
	list_each(&m->closing_buses, bus, b, struct media_bus, untold)
		if (bus_tell_close(bus))
			list_del(&m->closing_buses, &bus->untold);
	if (m->closing_ports.n + m->closing_buses.n + m->unused_buses.n +
	    m->travelling.n > 0)
		timer_start(&m->retry, RETRY_MS);
	else
		timer_stop(&m->retry);
}

static void free_unused(struct media *m)
{
	struct media_bus *bus;

	list_each(&m->unused_buses, bus, b, struct media_bus, untold) {
		list_del(&m->unused_buses, &bus->untold);
		bus_gone(bus);
	}
}

static void on_retry(void *arg)
{
	struct media *m = arg;

	media_close_untold(m);
	free_unused(m);
}

/* ---- life -------------------------------------------------------------- */

static unsigned cores(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n > 1 ? (unsigned)n : 1;
}

/* Asks the kernel, with a ring as large as a worker's that is not used: it may
 * refuse for want of files (RLIMIT_NOFILE), too. */
static int choose_io(struct media *m)
{
	struct net_cfg cfg = { .ids_max = m->cfg.legs_max * 2 };
	struct net *net;
	int err;

	m->net = &net_plain;
	if (m->cfg.io == MEDIA_IO_PLAIN)
		return 0;
	err = net_uring.new(&net, &cfg);
	if (!err) {
		net_uring.free(net);
		m->net = &net_uring;
	}
	if (err && m->cfg.io == MEDIA_IO_AUTO)
		log_warn("media", "no io_uring here, a packet costs a third more: %s",
			 strerror(-err));
	return m->cfg.io == MEDIA_IO_URING ? err : 0;
}

static int lane_open(struct lane *lane)
{
	const struct media_cfg *cfg = &lane->m->cfg;
	struct worker_cfg wcfg = {
		.index = lane->index,
		.realtime = cfg->realtime,
		.pin = cfg->pin,
		.slots = cfg->legs_max,
		.buses = lane->m->n_buses,
		.ops = lane->m->net,
		.dsp = lane->m->dsp,
		.cng = lane->m->cng,
	};
	int err;

	lane->ports = calloc(cfg->legs_max, sizeof(*lane->ports));
	lane->free_slots = calloc(cfg->legs_max, sizeof(*lane->free_slots));
	if (!lane->ports || !lane->free_slots)
		return -ENOMEM;
	for (uint32_t i = cfg->legs_max; i > 0; i--)
		lane->free_slots[lane->n_free++] = i - 1;

	err = worker_new(&lane->worker, &wcfg);
	if (!err)
		err = watch_start(&lane->watch, lane->m->loop,
				  worker_event_fd(lane->worker), EPOLLIN,
				  on_readable, lane);
	return err ? err : worker_start(lane->worker);
}

/* Waits for the workers' threads, and for nothing else: what they have still to
 * say of ports and rooms that were closed is said here, in rounds, as the
 * mailboxes hold only so much at a time and a port may be between two of them.
 * After a round in which nothing was said one more: it may have made room in a
 * mailbox that was full. */
static void stop_workers(struct media *m)
{
	unsigned silent = 0;

	for (unsigned i = 0; i < m->n_lanes; i++)
		if (m->lanes[i].worker)
			worker_stop(m->lanes[i].worker);
	while (silent < 2) {
		bool any = false;

		for (unsigned i = 0; i < m->n_lanes; i++) {
			struct lane *lane = &m->lanes[i];

			if (!lane->worker)
				continue;
			any |= drain(lane);
			media_close_untold(m);
			worker_finish(lane->worker);
			any |= drain(lane);
		}
		silent = any ? 0 : silent + 1;
	}
	for (unsigned i = 0; i < m->n_lanes; i++)
		if (m->lanes[i].worker)
			watch_stop(&m->lanes[i].watch);
}

int media_new(struct media **mp, const struct media_cfg *cfg,
	      struct loop *loop)
{
	struct media *m;
	int err;

	if (cfg->legs_max < 1 || cfg->workers > MX_XCHG_PARTS_MAX)
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->cfg = *cfg;
	m->loop = loop;
	m->dsp = mx_dsp_best();
	m->n_lanes = cfg->workers ? cfg->workers : cores();
	if (m->n_lanes > MX_XCHG_PARTS_MAX)
		m->n_lanes = MX_XCHG_PARTS_MAX;
	m->n_buses = cfg->legs_max + BUSES_SPARE;
	timer_init(&m->retry, loop, on_retry, m);
	list_init(&m->closing_ports);
	list_init(&m->travelling);
	list_init(&m->closing_buses);
	list_init(&m->unused_buses);

	err = mx_resamp_bank_new(&m->bank, m->dsp);
	if (!err)
		err = mx_slab_new(&m->slab);
	if (!err)
		err = mx_echo_plans_new(&m->echo_plans);
	if (!err && cfg->comfort_noise)
		err = mx_cng_new(&m->cng, m->dsp);
	m->buses = calloc(m->n_buses, sizeof(struct media_bus *));
	m->lanes = calloc(m->n_lanes, sizeof(*m->lanes));
	if (!m->buses || !m->lanes)
		err = -ENOMEM;
	if (!err)
		err = choose_io(m);
	for (unsigned i = 0; !err && i < m->n_lanes; i++) {
		m->lanes[i].m = m;
		m->lanes[i].index = i;
		err = lane_open(&m->lanes[i]);
	}
	if (err) {
		media_free(m);
		return err;
	}
	*mp = m;
	return 0;
}

void media_free(struct media *m)
{
	if (!m)
		return;
	if (m->lanes)
		stop_workers(m);
	free_unused(m);
	assert(m->closing_ports.n == 0 && m->closing_buses.n == 0);
	for (unsigned i = 0; m->lanes && i < m->n_lanes; i++) {
		struct lane *lane = &m->lanes[i];

		assert(!lane->worker || lane->n_free == m->cfg.legs_max);
		worker_free(lane->worker);
		free(lane->free_slots);
		free(lane->ports);
	}
	timer_stop(&m->retry);
	mx_resamp_bank_free(m->bank);
	mx_echo_plans_free(m->echo_plans);
	mx_cng_free(m->cng);
	mx_slab_free(m->slab);
	free(m->lanes);
	free(m->buses);
	free(m);
}

/* ---- workers ----------------------------------------------------------- */

unsigned media_workers(const struct media *m)
{
	return m->n_lanes;
}

const char *media_io_name(const struct media *m)
{
	return m->net->name;
}

const struct media_worker_stats *media_worker_stats(const struct media *m,
						    unsigned worker)
{
	assert(worker < m->n_lanes);
	return &m->lanes[worker].report.stats;
}

bool media_is_over(const struct media *m)
{
	for (unsigned i = 0; i < m->n_lanes; i++)
		if (!m->lanes[i].gate.shut)
			return false;
	return true;
}

void media_set_busy_limit(struct media *m, unsigned percent)
{
	m->cfg.busy_limit = percent;
}

struct lane *media_least_loaded(struct media *m)
{
	struct place p[MX_XCHG_PARTS_MAX];

	for (unsigned i = 0; i < m->n_lanes; i++) {
		const struct lane *lane = &m->lanes[i];

		p[i] = (struct place){
			.load = lane->load,
			.ports = m->cfg.legs_max - lane->n_free,
			.measured = lane->report.stats.ports,
			.closed = lane->n_free == 0 || lane->gate.shut,
		};
	}
	return &m->lanes[place_choose(p, m->n_lanes)];
}
