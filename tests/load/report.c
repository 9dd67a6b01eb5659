/* report.c - what a load has seen; see load.h. */
#include <math.h>

#include "load.h"

/* One tone in so many may be moved: buffers follow what the machine does to us. Who
 * is missing all the time among a hundred is twice as many. */
enum { TONES_SHARE = 200 };

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
		t.seen.tones += s->tones;
		t.seen.tones_bad += s->tones_bad;
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

/* The lateness in ms, rounded up, that so many of our ticks kept to. */
static double late_ms(const struct load *ld, double share)
{
	uint64_t all = 0, seen = 0;

	for (unsigned i = 0; i < LOAD_LATE; i++)
		all += ld->late[i];
	for (unsigned i = 0; i < LOAD_LATE - 1; i++) {
		seen += ld->late[i];
		if ((double)seen >= share * (double)all)
			return i + 1;
	}
	return (double)ld->late_max_us / 1e3;
}

/* The rows of the table and the members of the JSON object. */
static void print(const struct load *ld, const struct total *t)
{
	const struct leg_seen *s = &t->seen;
	bool sip = ld->peer == LOAD_SIP, proc = ld->pid != 0;
	bool sound = s->seconds > 0;
	double cpu_s = ld->after.cpu_s - ld->before.cpu_s;
	struct { const char *name; double value; bool shown; } rows[] = {
		{ "legs", ld->legs, true },
		{ "rooms", ld->rooms, true },
		{ "talkers", ld->cfg[0].talkers, ld->peer != LOAD_ECHO },
		{ "seconds", ld->wall_s, true },
		{ "failed", dial_count(&ld->dial, CALL_FAILED), true },
		{ "silent", t->silent, true },
		{ "setup_max_ms", (double)t->setup_max_us / 1e3, sip },
		{ "sip_repeats", (double)ld->dial.retransmissions, sip },
		{ "sent", (double)s->sent, true },
		{ "received", (double)s->received, true },
		{ "lost", (double)s->lost, true },
		{ "reordered", (double)s->reordered, true },
		{ "ts_gaps", (double)s->ts_gaps, true },
		{ "strange", (double)s->strange, true },
		{ "gap_max_ms", (double)s->gap_max_us / 1e3, true },
		{ "seconds_heard", (double)s->seconds, sound },
		{ "seconds_bad", (double)s->seconds_bad, sound },
		{ "tones_heard", (double)s->tones, sound },
		{ "tones_bad", (double)s->tones_bad, sound },
		{ "other_min_db", s->other_min_db,
		  sound && isfinite(s->other_min_db) },
		{ "own_max_db", s->own_max_db, sound && isfinite(s->own_max_db) },
		{ "rest_max_db", s->rest_max_db,
		  sound && isfinite(s->rest_max_db) },
		{ "client_late_p99_ms", late_ms(ld, 0.99), true },
		{ "client_late_max_ms", (double)ld->late_max_us / 1e3, true },
		{ "client_cores", ld->own_cpu_s / ld->wall_s, true },
		{ "cpu_s", cpu_s, proc },
		{ "cpu_us_per_leg_second", cpu_s * 1e6 / ld->legs / ld->wall_s,
		  proc },
		{ "rss_bytes", (double)ld->after.rss_bytes, proc },
		{ "threads", ld->after.threads, proc },
		{ "fds", ld->after.fds, proc },
	};
	size_t n = sizeof(rows) / sizeof(rows[0]);

	for (size_t i = 0; i < n; i++)
		if (rows[i].shown)
			printf("%-22s %12.6g\n", rows[i].name, rows[i].value);
	printf("{\"codec\": \"");
	for (uint32_t i = 0; i < ld->n_cfg; i++)
		printf("%s%s/%u", i ? "," : "", ld->cfg[i].codec->name,
		       ld->cfg[i].codec->clock_hz);
	printf("\"");
	for (size_t i = 0; i < n; i++)
		if (rows[i].shown)
			printf(", \"%s\": %.10g", rows[i].name, rows[i].value);
	printf("}\n");
}

bool load_report(const struct load *ld)
{
	struct total t = sum_up(ld);
	const struct leg_seen *s = &t.seen;
	uint64_t expected = (uint64_t)ld->legs * ld->seconds * 1000 /
		ld->cfg[0].ptime_ms;

	print(ld, &t);
	/* a leg's first and last second may be cut */
	return dial_count(&ld->dial, CALL_FAILED) == 0 && !t.silent &&
		!s->lost && !s->reordered && !s->ts_gaps && !s->strange &&
		!s->seconds_bad && s->tones_bad * TONES_SHARE <= s->tones &&
		s->received + ld->legs * 3 >= expected;
}
