/*
 * confload.c - a load client: many callers in one thread, each with real SIP
 * and RTP at a true pace, each checking every packet it gets back.
 *
 *	confload -s 127.0.0.1:5060 -l 100 -r 20 -t 3 -d 30 -n 3000 -p 1234
 *
 * calls 100 legs into rooms 3000 to 3019, lets the first three of each room
 * talk, measures for 30 s once all are there, hangs up, and prints a table and
 * a line of JSON. Exit status 0: every call was as it should be.
 *
 * With -e the peer is an echo of RTP without any SIP (tests/bench/floor.c): leg
 * i talks to port + i.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "dial.h"

enum { TICK_US = 1000, HANGUP_MAX_US = 20000000, LEGS_MAX = 8192,
       PRIORITY = 20 };

struct load {
	struct leg_cfg cfg;
	struct dial_cfg dial_cfg;
	struct dial dial;
	struct call *calls;
	uint32_t legs, rooms, seconds, ramp;
	uint32_t settle;        /* seconds from the last answer to measuring: the
				 * prompts of those who come in must be over */
	bool echo;
	long pid;               /* the server's, 0: its CPU is not measured */
	int64_t late_max_us;    /* of our own ticks, while measuring */
	double cpu_s;           /* of the server, while measuring */
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* User and system time of a process so far, in seconds. */
static double cpu_of(long pid)
{
	unsigned long user, sys;
	char path[64], line[1024];
	const char *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f)) {
		perror(path);
		exit(2);
	}
	fclose(f);
	p = strrchr(line, ')');
	if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
			 " %lu %lu", &user, &sys) != 2)
		exit(2);
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

/* ---- time --------------------------------------------------------------- */

/* One millisecond: legs whose phase it is send and receive. */
static void tick(struct load *ld, uint64_t k, int64_t now)
{
	uint32_t ptime = ld->cfg.ptime_ms;

	for (uint32_t i = (uint32_t)(k % ptime); i < ld->legs; i += ptime) {
		struct call *c = &ld->calls[i];

		if (c->state != CALL_UP)
			continue;
		leg_send(&c->leg);
		leg_receive(&c->leg);
	}
	if (!ld->echo)
		dial_poll(&ld->dial, now);
}

/* Runs ticks until done() or until_us; on an absolute grid, none left out. */
static void run(struct load *ld, uint64_t *k, int64_t start_us,
		int64_t until_us, bool (*done)(struct load *, int64_t))
{
	for (;; (*k)++) {
		int64_t due = start_us + (int64_t)*k * TICK_US, now = now_us();
		struct timespec ts = {
			.tv_sec = due / 1000000, .tv_nsec = due % 1000000 * 1000
		};

		if (due > now) {
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts,
					NULL);
			now = now_us();
		}
		if (now - due > ld->late_max_us)
			ld->late_max_us = now - due;
		tick(ld, *k, now);
		if (now >= until_us || (done && done(ld, now)))
			return;
	}
}

/* ---- phases ------------------------------------------------------------- */

/* Begins calls at the pace asked for; done when none is on its way. */
static bool all_up(struct load *ld, int64_t now)
{
	static int64_t next_us;
	static uint32_t begun;
	uint32_t waiting;

	if (!next_us)
		next_us = now;
	while (begun < ld->legs && now >= next_us) {
		dial_invite(&ld->dial, &ld->calls[begun++], now);
		next_us += 1000000 / ld->ramp;
	}
	waiting = dial_count(&ld->dial, CALL_INVITED);
	return begun == ld->legs && waiting == 0;
}

static bool all_over(struct load *ld, int64_t now)
{
	(void)now;
	return dial_count(&ld->dial, CALL_ENDING) == 0;
}

static void echo_up(struct load *ld)
{
	for (uint32_t i = 0; i < ld->legs; i++) {
		struct sockaddr_in in = {
			.sin_family = AF_INET,
			.sin_port = htons((uint16_t)(ld->dial_cfg.port + i)),
		};

		inet_pton(AF_INET, ld->dial_cfg.server, &in.sin_addr);
		if (leg_connect(&ld->calls[i].leg, (struct sockaddr *)&in,
				sizeof(in)) == 0)
			ld->calls[i].state = CALL_UP;
	}
}

static void run_all(struct load *ld)
{
	int64_t start = now_us(), begin;
	double cpu = 0;
	uint64_t k = 0;

	if (ld->echo)
		echo_up(ld);
	else
		run(ld, &k, start, INT64_MAX, all_up);
	run(ld, &k, start, now_us() + ld->settle * 1000000LL,
	    NULL);

	for (uint32_t i = 0; i < ld->legs; i++)
		leg_measure(&ld->calls[i].leg);
	ld->late_max_us = 0;
	begin = now_us();
	if (ld->pid)
		cpu = cpu_of(ld->pid);
	run(ld, &k, start, begin + ld->seconds * 1000000LL, NULL);
	if (ld->pid)
		ld->cpu_s = cpu_of(ld->pid) - cpu;
	for (uint32_t i = 0; i < ld->legs; i++)
		ld->calls[i].leg.measuring = false;

	if (ld->echo)
		return;
	for (uint32_t i = 0; i < ld->legs; i++)
		if (ld->calls[i].state == CALL_UP)
			dial_bye(&ld->dial, &ld->calls[i], now_us());
	run(ld, &k, start, now_us() + HANGUP_MAX_US, all_over);
}

/* ---- result ------------------------------------------------------------- */

struct total {
	struct leg_seen seen;
	uint32_t silent;                /* legs that got nothing at all */
	int64_t setup_max_us;
};

static struct total sum_up(const struct load *ld)
{
	struct total t = { .seen = {
		.other_min_db = INFINITY, .own_max_db = -INFINITY,
		.rest_max_db = -INFINITY,
	} };

	for (uint32_t i = 0; i < ld->legs; i++) {
		const struct call *c = &ld->calls[i];
		const struct leg_seen *s = &c->leg.seen;

		t.seen.sent += s->sent;
		t.seen.received += s->received;
		t.seen.lost += s->lost;
		t.seen.reordered += s->reordered;
		t.seen.ts_gaps += s->ts_gaps;
		t.seen.strange += s->strange;
		t.seen.seconds += s->seconds;
		t.seen.seconds_bad += s->seconds_bad;
		if (s->gap_max_us > t.seen.gap_max_us)
			t.seen.gap_max_us = s->gap_max_us;
		t.seen.other_min_db = fmin(t.seen.other_min_db, s->other_min_db);
		t.seen.own_max_db = fmax(t.seen.own_max_db, s->own_max_db);
		t.seen.rest_max_db = fmax(t.seen.rest_max_db, s->rest_max_db);
		t.silent += s->received == 0;
		if (c->up_us - c->invited_us > t.setup_max_us)
			t.setup_max_us = c->up_us - c->invited_us;
	}
	return t;
}

/* The rows of the table and the members of the JSON object. */
static void print(const struct load *ld, const struct total *t)
{
	const struct leg_seen *s = &t->seen;
	bool sound = ld->cfg.talkers > 0;
	uint32_t failed = dial_count(&ld->dial, CALL_FAILED);
	double per_leg = ld->cpu_s * 1e6 / ld->legs / ld->seconds;
	struct { const char *name; double value; bool shown; } rows[] = {
		{ "legs", ld->legs, true },
		{ "rooms", ld->rooms, !ld->echo },
		{ "talkers", ld->cfg.talkers, !ld->echo },
		{ "seconds", ld->seconds, true },
		{ "failed", failed, true },
		{ "silent", t->silent, true },
		{ "setup_max_ms", (double)t->setup_max_us / 1e3, !ld->echo },
		{ "sip_repeats", (double)ld->dial.retransmissions, !ld->echo },
		{ "sent", (double)s->sent, true },
		{ "received", (double)s->received, true },
		{ "lost", (double)s->lost, true },
		{ "reordered", (double)s->reordered, true },
		{ "ts_gaps", (double)s->ts_gaps, true },
		{ "strange", (double)s->strange, true },
		{ "gap_max_ms", (double)s->gap_max_us / 1e3, true },
		{ "seconds_heard", (double)s->seconds, sound },
		{ "seconds_bad", (double)s->seconds_bad, sound },
		{ "other_min_db", s->other_min_db,
		  sound && isfinite(s->other_min_db) },
		{ "own_max_db", s->own_max_db, sound && isfinite(s->own_max_db) },
		{ "rest_max_db", s->rest_max_db,
		  sound && isfinite(s->rest_max_db) },
		{ "client_late_max_ms", (double)ld->late_max_us / 1e3, true },
		{ "cpu_s", ld->cpu_s, ld->pid != 0 },
		{ "cpu_us_per_leg_second", per_leg, ld->pid != 0 },
	};
	size_t n = sizeof(rows) / sizeof(rows[0]);

	for (size_t i = 0; i < n; i++)
		if (rows[i].shown)
			printf("%-22s %12.6g\n", rows[i].name, rows[i].value);
	printf("{\"codec\": \"%s/%u\"", ld->cfg.codec->name,
	       ld->cfg.codec->clock_hz);
	for (size_t i = 0; i < n; i++)
		if (rows[i].shown)
			printf(", \"%s\": %.10g", rows[i].name, rows[i].value);
	printf("}\n");
}

static bool all_well(const struct load *ld, const struct total *t)
{
	const struct leg_seen *s = &t->seen;
	uint64_t expected = (uint64_t)ld->legs * ld->seconds * 1000 /
		ld->cfg.ptime_ms;

	/* a leg's first and last second may be cut */
	return dial_count(&ld->dial, CALL_FAILED) == 0 && !t->silent &&
		!s->lost && !s->reordered && !s->ts_gaps && !s->strange &&
		!s->seconds_bad && s->received + ld->legs * 3 >= expected;
}

/* ---- options ------------------------------------------------------------ */

static void usage(void)
{
	fputs("usage: confload -s IP:PORT [-l LEGS] [-r ROOMS] [-t TALKERS]\n"
	      "	[-d SECONDS] [-c CODEC[/CLOCK]] [-m PTIME] [-a CALLS/S]\n"
	      "	[-n FIRST ROOM] [-p PIN] [-w SETTLE SECONDS] [-b LOCAL IP]\n"
	      "	[-P SERVER PID] [-e]\n",
	      stderr);
	exit(2);
}

static uint32_t number(const char *text, uint32_t min, uint32_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || end == text || n < min || n > max) {
		fprintf(stderr, "confload: %s is not from %u to %u\n", text, min,
			max);
		exit(2);
	}
	return (uint32_t)n;
}

static void set_server(struct load *ld, char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		usage();
	*colon = '\0';
	ld->dial_cfg.port = (uint16_t)number(colon + 1, 1, 65535);
	if (text[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		text++;
	}
	ld->dial_cfg.server = text;
}

static void set_codec(struct load *ld, char *text)
{
	char *slash = strchr(text, '/');
	uint32_t clock = 8000;

	if (slash) {
		*slash = '\0';
		clock = number(slash + 1, 8000, 48000);
	}
	ld->cfg.codec = mx_codec_find(text, clock, 1);
	if (!ld->cfg.codec) {
		fprintf(stderr, "confload: no codec %s/%u\n", text, clock);
		exit(2);
	}
}

static const char *options(struct load *ld, int argc, char **argv)
{
	const char *local = NULL;
	int opt;

	while ((opt = getopt(argc, argv, "s:l:r:t:d:c:m:a:n:p:b:w:P:e")) != -1) {
		switch (opt) {
		case 's': set_server(ld, optarg); break;
		case 'l': ld->legs = number(optarg, 1, LEGS_MAX); break;
		case 'r': ld->rooms = number(optarg, 1, LEGS_MAX); break;
		case 't': ld->cfg.talkers = number(optarg, 1, LEG_TONES_MAX);
			break;
		case 'd': ld->seconds = number(optarg, 1, 86400); break;
		case 'c': set_codec(ld, optarg); break;
		case 'm': ld->cfg.ptime_ms = number(optarg, 10, 120); break;
		case 'a': ld->ramp = number(optarg, 1, 10000); break;
		case 'n': ld->dial_cfg.first_room = number(optarg, 0, 99999999);
			break;
		case 'p': ld->dial_cfg.pin = optarg; break;
		case 'b': local = optarg; break;
		case 'w': ld->settle = number(optarg, 0, 600); break;
		case 'P': ld->pid = number(optarg, 1, INT32_MAX); break;
		case 'e': ld->echo = true; break;
		default: usage();
		}
	}
	if (!ld->dial_cfg.server || optind != argc)
		usage();
	if (ld->rooms > ld->legs)
		ld->rooms = ld->legs;
	return local;
}

/* Talkers share what full scale allows, three at least; half of it is left. */
static double level_for(uint32_t talkers)
{
	return -6 - 20 * log10(talkers > 3 ? talkers : 3);
}

static int open_legs(struct load *ld, const char *ip)
{
	for (uint32_t i = 0; i < ld->legs; i++) {
		int err = leg_init(&ld->calls[i].leg, &ld->cfg, ip,
				   i % ld->rooms, i / ld->rooms);

		if (err < 0) {
			fprintf(stderr, "confload: leg %u on %s: %s\n", i, ip,
				strerror(-err));
			return err;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct load ld = {
		.cfg = { .ptime_ms = 20, .talkers = 3 },
		.dial_cfg = { .first_room = 3000 },
		.legs = 10, .rooms = 1, .seconds = 10, .ramp = 50,
		.settle = 8,
	};
	struct rlimit files = { LEGS_MAX + 64, LEGS_MAX + 64 };
	const struct sched_param priority = { .sched_priority = PRIORITY };
	const char *local;
	struct total total;
	bool well;
	int err;

	ld.cfg.codec = mx_codec_find("PCMU", 8000, 1);
	local = options(&ld, argc, argv);
	ld.cfg.pt = ld.cfg.codec->pt == MX_PT_NONE ? 96 : ld.cfg.codec->pt;
	ld.cfg.level_db = level_for(ld.cfg.talkers);
	if (ld.echo)
		ld.cfg.talkers = 0;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	/* where it is allowed: who sends late measures himself */
	(void)sched_setscheduler(0, SCHED_FIFO, &priority);
	srandom((unsigned)now_us());

	ld.calls = calloc(ld.legs, sizeof(*ld.calls));
	if (!ld.calls)
		return 2;
	err = dial_init(&ld.dial, &ld.dial_cfg, ld.calls, ld.legs);
	if (err < 0) {
		fprintf(stderr, "confload: %s port %u: %s\n", ld.dial_cfg.server,
			ld.dial_cfg.port, strerror(-err));
		return 2;
	}
	if (open_legs(&ld, local ? local : ld.dial.local) < 0)
		return 2;
	run_all(&ld);
	total = sum_up(&ld);
	if (ld.dial.error[0])
		fprintf(stderr, "confload: %s\n", ld.dial.error);
	print(&ld, &total);
	for (uint32_t i = 0; i < ld.legs; i++)
		leg_fini(&ld.calls[i].leg);
	well = all_well(&ld, &total);
	free(ld.calls);
	dial_fini(&ld.dial);
	return !well;
}
