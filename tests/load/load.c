/* load.c - see load.h */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { TICK_US = 1000, HANGUP_MAX_US = 20000000 };

static const struct leg_cfg *cfg_of(const struct load *ld, uint32_t i)
{
	return &ld->cfg[i / ld->rooms % ld->n_cfg];
}

int load_open(struct load *ld, const char *ip)
{
	int err;

	ld->calls = calloc(ld->legs, sizeof(*ld->calls));
	if (!ld->calls)
		return -ENOMEM;
	err = dial_init(&ld->dial, &ld->dial_cfg, ld->calls, ld->legs);
	for (uint32_t i = 0; !err && i < ld->legs; i++)
		err = leg_init(&ld->calls[i].leg, cfg_of(ld, i),
			       ip ? ip : ld->dial.local, i % ld->rooms,
			       i / ld->rooms);
	return err;
}

void load_close(struct load *ld)
{
	for (uint32_t i = 0; ld->calls && i < ld->legs; i++)
		leg_fini(&ld->calls[i].leg);
	free(ld->calls);
	for (uint32_t i = 0; i < ld->n_cfg; i++)
		free(ld->quiet[i]);
	dial_fini(&ld->dial);
}

/* ---- time --------------------------------------------------------------- */

static void take_turns(struct load *ld, int64_t now)
{
	if (!ld->turn_ms || now < ld->turn_since_us + ld->turn_ms * 1000LL)
		return;
	ld->turns.seat = (ld->turns.seat + 1) % ld->cfg[0].talkers;
	ld->turn_since_us = now;
	ld->turns.since_us = clock_stamp_us();
}

/* One millisecond: legs whose phase it is send and receive. */
static void tick(struct load *ld, int64_t now)
{
	uint32_t ptime = ld->cfg[0].ptime_ms;

	take_turns(ld, now);
	for (uint32_t i = (uint32_t)(ld->tick % ptime); i < ld->legs;
	     i += ptime) {
		struct call *c = &ld->calls[i];

		if (c->state != CALL_UP)
			continue;
		leg_send(&c->leg);
		leg_receive(&c->leg);
	}
	if (ld->peer == LOAD_SIP)
		dial_poll(&ld->dial, now);
}

static void note_late(struct load *ld, int64_t late_us)
{
	int64_t ms = late_us / 1000;

	if (late_us > ld->late_max_us)
		ld->late_max_us = late_us;
	ld->late[ms < LOAD_LATE ? ms : LOAD_LATE - 1]++;
}

/* Runs ticks until done() or until_us; on an absolute grid, none left out. */
static void run(struct load *ld, int64_t until_us,
		bool (*done)(struct load *, int64_t))
{
	for (;; ld->tick++) {
		int64_t due = ld->start_us + (int64_t)ld->tick * TICK_US;
		int64_t now = clock_sleep_until(due);

		note_late(ld, now - due);
		tick(ld, now);
		if (now >= until_us || (done && done(ld, now)))
			return;
	}
}

/* ---- phases ------------------------------------------------------------- */

/* Begins calls at the pace asked for; done when none is on its way. */
static bool all_up(struct load *ld, int64_t now)
{
	uint64_t due = (uint64_t)(now - ld->start_us) * ld->ramp / 1000000 + 1;

	while (ld->dial.begun < ld->legs && ld->dial.begun < due)
		dial_invite(&ld->dial, &ld->calls[ld->dial.begun], now);
	return ld->dial.begun == ld->legs &&
		dial_count(&ld->dial, CALL_INVITED) == 0;
}

static bool all_over(struct load *ld, int64_t now)
{
	(void)now;
	return dial_count(&ld->dial, CALL_ENDING) == 0;
}

static int address(struct sockaddr_in *in, const char *ip, uint32_t port)
{
	*in = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port)
	};
	return port <= UINT16_MAX && inet_pton(AF_INET, ip, &in->sin_addr) == 1 ?
		0 : -EINVAL;
}

static int meet_echo(struct load *ld)
{
	for (uint32_t i = 0; i < ld->legs; i++) {
		struct call *c = &ld->calls[i];
		struct sockaddr_in in;
		int err = address(&in, ld->dial_cfg.server,
				  ld->dial_cfg.port + i);

		if (!err)
			err = leg_connect(&c->leg, (struct sockaddr *)&in,
					  sizeof(in));
		if (err)
			return err;
		c->state = CALL_UP;
	}
	return 0;
}

/* Whoever started us makes our legs known to a peer that speaks no SIP:
 * we print a line `leg I IP PORT PT` each, and read `I IP PORT PT`. */
static int meet_told(struct load *ld)
{
	for (uint32_t i = 0; i < ld->legs; i++)
		printf("leg %u %s %u %u\n", i, ld->dial.local,
		       ld->calls[i].leg.port, ld->calls[i].leg.cfg->pt);
	fflush(stdout);
	for (uint32_t k = 0; k < ld->legs; k++) {
		unsigned i, port, pt;
		struct sockaddr_in in;
		char ip[64];

		if (scanf("%u %63s %u %u", &i, ip, &port, &pt) != 4 ||
		    i >= ld->legs || pt > 127 || address(&in, ip, port) < 0)
			return -EBADMSG;
		ld->calls[i].leg.rx_pt = (uint8_t)pt;
		leg_send_to(&ld->calls[i].leg, (struct sockaddr *)&in,
			    sizeof(in));
		ld->calls[i].state = CALL_UP;
	}
	return 0;
}

static double own_cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int look(const struct load *ld, struct proc_use *use)
{
	return ld->pid ? proc_use(use, ld->pid) : 0;
}

static int measure(struct load *ld)
{
	double cpu = own_cpu_s();
	int64_t begin;
	int err;

	for (uint32_t i = 0; i < ld->legs; i++)
		leg_measure(&ld->calls[i].leg);
	ld->late_max_us = 0;
	memset(ld->late, 0, sizeof(ld->late));
	err = look(ld, &ld->before);
	if (err)
		return err;
	begin = clock_now_us();
	run(ld, begin + ld->seconds * 1000000LL, NULL);
	err = look(ld, &ld->after);
	ld->wall_s = (double)(clock_now_us() - begin) / 1e6;
	ld->own_cpu_s = own_cpu_s() - cpu;
	for (uint32_t i = 0; i < ld->legs; i++)
		ld->calls[i].leg.measuring = false;
	return err;
}

int load_run(struct load *ld)
{
	int err = 0;

	if (ld->peer == LOAD_ECHO)
		err = meet_echo(ld);
	else if (ld->peer == LOAD_TOLD)
		err = meet_told(ld);
	if (err)
		return err;
	ld->start_us = clock_now_us();
	if (ld->peer == LOAD_SIP)
		run(ld, INT64_MAX, all_up);
	run(ld, clock_now_us() + ld->settle_ms * 1000LL, NULL);
	err = measure(ld);
	if (err || ld->peer != LOAD_SIP)
		return err;
	for (uint32_t i = 0; i < ld->legs; i++)
		if (ld->calls[i].state == CALL_UP)
			dial_bye(&ld->dial, &ld->calls[i], clock_now_us());
	run(ld, clock_now_us() + HANGUP_MAX_US, all_over);
	return 0;
}
