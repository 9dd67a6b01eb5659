/*
 * confcalls.c - how many calls a second does a server set up?
 *
 *	confcalls -s 127.0.0.1:5060 -d 4 -P PID RATE...
 *
 * For each rate it makes calls at that pace for so many seconds, whatever the
 * server does: INVITE, answer, ACK, BYE at once, its answer. A rate is good if
 * every call went well and nobody had to say anything twice. Stops after the
 * first that is not. A line of JSON a rate; exit status 0: the first rate was
 * good.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "dial.h"
#include "proc.h"

enum {
	TICK_US = 1000, PAUSE_US = 300000, OVER_MAX_US = 10000000,
	CALLS_MAX = 200000, ROOMS = 100,
	DISCARD_PORT = 9        /* where we claim to hear: there is no RTP */
};

struct calls {
	struct dial_cfg cfg;
	struct leg_cfg leg;
	uint32_t seconds;
	long pid;
	struct dial dial;
	struct call *calls;
	int64_t *setup_us;              /* of those that were answered */
	uint32_t n_setup;
};

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int open_calls(struct calls *c, uint32_t n)
{
	int err;

	c->calls = calloc(n, sizeof(*c->calls));
	c->setup_us = calloc(n, sizeof(*c->setup_us));
	if (!c->calls || !c->setup_us)
		return -ENOMEM;
	c->n_setup = 0;
	err = dial_init(&c->dial, &c->cfg, c->calls, n);
	for (uint32_t i = 0; i < n; i++)
		c->calls[i].leg = (struct leg){
			.cfg = &c->leg, .fd = -1, .port = DISCARD_PORT,
			.room = i % ROOMS,
		};
	return err;
}

static void close_calls(struct calls *c)
{
	dial_fini(&c->dial);
	free(c->calls);
	free(c->setup_us);
}

/* Who has been answered hangs up. */
static void hang_up(struct calls *c, int64_t now)
{
	struct dial *d = &c->dial;

	for (uint32_t i = d->first_open; i < d->begun; i++) {
		struct call *call = &c->calls[i];

		if (call->state != CALL_UP)
			continue;
		c->setup_us[c->n_setup++] = call->up_us - call->invited_us;
		dial_bye(d, call, now);
	}
}

/* Calls at that pace until n have begun and ended; returns when the last one
 * began. */
static int64_t run(struct calls *c, uint32_t rate, uint32_t n)
{
	struct dial *d = &c->dial;
	int64_t start = clock_now_us(), last = start;

	for (uint64_t k = 0;; k++) {
		int64_t now = clock_sleep_until(start + (int64_t)k * TICK_US);
		uint64_t due = (uint64_t)(now - start) * rate / 1000000 + 1;

		while (d->begun < n && d->begun < due) {
			dial_invite(d, &c->calls[d->begun], now);
			last = now;
		}
		dial_poll(d, now);
		hang_up(c, now);
		if ((d->begun == n && d->first_open == n) ||
		    now > last + OVER_MAX_US)
			return last;
	}
}

static double percentile_ms(const struct calls *c, double share)
{
	uint32_t at = (uint32_t)(share * c->n_setup);

	if (c->n_setup == 0)
		return 0;
	return (double)c->setup_us[at < c->n_setup ? at : c->n_setup - 1] / 1e3;
}

/* True if all was well. */
static bool report(struct calls *c, uint32_t rate, uint32_t n, double wall_s,
		   double cpu_s)
{
	const struct dial *d = &c->dial;
	uint32_t over = dial_count(d, CALL_OVER);
	bool well = over == n && d->retransmissions == 0 && d->repeats == 0;

	qsort(c->setup_us, c->n_setup, sizeof(*c->setup_us), by_size);
	printf("{\"rate\": %u, \"calls\": %u, \"well\": %u, \"made_per_s\": %.1f, "
	       "\"retransmissions\": %llu, \"repeated_answers\": %llu, "
	       "\"setup_p50_ms\": %.2f, \"setup_p99_ms\": %.2f, "
	       "\"cpu_ms_per_call\": %.4f, \"good\": %s}\n",
	       rate, n, over, n / wall_s, (unsigned long long)d->retransmissions,
	       (unsigned long long)d->repeats, percentile_ms(c, 0.5),
	       percentile_ms(c, 0.99), cpu_s * 1e3 / n, well ? "true" : "false");
	fflush(stdout);
	if (d->error[0])
		fprintf(stderr, "confcalls: %s\n", d->error);
	return well;
}

/* 1: good, 0: not, or -errno. */
static int try_rate(struct calls *c, uint32_t rate)
{
	struct proc_use before = { 0 }, after = { 0 };
	uint32_t n = rate * c->seconds;
	int err = open_calls(c, n);
	int64_t begin = clock_now_us(), last;

	if (!err && c->pid)
		err = proc_use(&before, c->pid);
	if (!err) {
		last = run(c, rate, n);
		usleep(PAUSE_US);
		if (c->pid)
			err = proc_use(&after, c->pid);
		if (!err)
			err = report(c, rate, n, (double)(last - begin) / 1e6,
				     after.cpu_s - before.cpu_s);
	}
	close_calls(c);
	return err;
}

static void usage(void)
{
	fputs("usage: confcalls -s IP:PORT [-d SECONDS] [-n FIRST ROOM] "
	      "[-P SERVER PID] RATE...\n", stderr);
	exit(2);
}

static void set_server(struct calls *c, char *text)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		usage();
	*colon = '\0';
	c->cfg.server = text;
	c->cfg.port = (uint16_t)atoi(colon + 1);
}

int main(int argc, char **argv)
{
	struct calls c = {
		.cfg = { .first_room = 3000 },
		.leg = { .codec = mx_codec_find("PCMU", 8000, 1),
			 .ptime_ms = 20 },
		.seconds = 4,
	};
	int opt, good = 0;

	while ((opt = getopt(argc, argv, "s:d:n:P:")) != -1) {
		switch (opt) {
		case 's': set_server(&c, optarg); break;
		case 'd': c.seconds = (uint32_t)atoi(optarg); break;
		case 'n': c.cfg.first_room = (uint32_t)atoi(optarg); break;
		case 'P': c.pid = atol(optarg); break;
		default: usage();
		}
	}
	if (!c.cfg.server || optind == argc || c.seconds < 1 || c.seconds > 60)
		usage();
	for (int i = optind; i < argc; i++) {
		int rate = atoi(argv[i]), r;

		if (rate < 1 || rate > CALLS_MAX / (int)c.seconds)
			usage();
		r = try_rate(&c, (uint32_t)rate);
		if (r < 0)
			fprintf(stderr, "confcalls: %s\n", strerror(-r));
		good += r == 1;
		if (r != 1)
			break;
	}
	return good == 0;
}
