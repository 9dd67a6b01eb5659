/* net.c - networks. */
#include "net.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quality.h"
#include "tests/unit/t_rand.h"

enum { MS = 1000, S = 1000000 };

/** A network at work. */
struct net {
	uint32_t seed;
	unsigned i;             /* packets so far */
	int64_t last_us;        /* arrival of the last one that came */
	int64_t a, b;           /* what the family keeps */
};

static double uniform(struct net *n)            /* (0, 1) */
{
	return (t_rand(&n->seed) + 0.5) / 4294967296.0;
}

static bool chance(struct net *n, double percent)
{
	return uniform(n) * 100 < percent;
}

static double gauss(struct net *n)
{
	return sqrt(-2 * log(uniform(n))) * cos(2 * M_PI * uniform(n));
}

/** A packet that would overtake comes 1 ms after the one before: a queue. */
static int64_t in_order(const struct net *n, int64_t us, double ms)
{
	int64_t at = us + (int64_t)(ms < 0 ? 0 : ms * MS);

	return at < n->last_us ? n->last_us + 1 * MS : at;
}

/* ---- the families: when a packet sent at us arrives ---------------------- */

static int64_t none(struct net *n, int64_t us)
{
	(void)n;
	return us;
}

/** Gaussian jitter about 60 ms, in order. */
static int64_t by_gauss(struct net *n, int64_t us, double ms)
{
	int64_t at = us + (int64_t)(fmax(0, 60 + gauss(n) * ms) * MS);

	return at < n->last_us ? n->last_us : at;
}

static int64_t gauss20(struct net *n, int64_t us)
{
	return by_gauss(n, us, 20);
}

static int64_t gauss40(struct net *n, int64_t us)
{
	return by_gauss(n, us, 40);
}

/** One packet in a hundred begins a queue of 100 to 300 ms. */
static int64_t pareto(struct net *n, int64_t us)
{
	double ms = chance(n, 1) ? fmin(300, 100 / sqrt(uniform(n))) : 0;

	return in_order(n, us, ms);
}

/** An outage of 30 to 240 ms every 0.3 to 2 s, then what was held up. Short ones
 *  are more frequent: as many of 30 to 60 as of 120 to 240 ms. */
static int64_t wifi(struct net *n, int64_t us)
{
	if (us >= n->b) {
		n->a = us + (int64_t)(30 * pow(8, uniform(n)) * MS);
		n->b = n->a + (int64_t)((300 + 1700 * uniform(n)) * MS);
	}
	return us < n->a ? n->a : us;
}

static int64_t losing(struct net *n, int64_t at, double percent)
{
	return chance(n, percent) ? Q_LOST : at;
}

static int64_t loss1(struct net *n, int64_t us)
{
	return losing(n, us, 1);
}

static int64_t loss5(struct net *n, int64_t us)
{
	return losing(n, us, 5);
}

static int64_t loss10(struct net *n, int64_t us)
{
	return losing(n, us, 10);
}

static int64_t loss20(struct net *n, int64_t us)
{
	return losing(n, us, 20);
}

/** Gilbert and Elliott: begins to lose at 2 %, ends at 25 %; 7.4 % in all. */
static int64_t ge8(struct net *n, int64_t us)
{
	n->a = n->a ? !chance(n, 25) : chance(n, 2);
	return n->a ? Q_LOST : us;
}

/** 5 % come 25 to 65 ms late, the others overtake. */
static int64_t reorder(struct net *n, int64_t us)
{
	return us + (chance(n, 5) ? (int64_t)((25 + 40 * uniform(n)) * MS) : 0);
}

/** Exponential, 3 ms on average. */
static int64_t light(struct net *n, int64_t us)
{
	return in_order(n, us, -3 * log(uniform(n)));
}

/** 80 ms more from 30 to 60 s. */
static int64_t step80(struct net *n, int64_t us)
{
	(void)n;
	return us + (us >= 30 * S && us < 60 * S ? 80 * MS : 0);
}

static int64_t g20l5(struct net *n, int64_t us)
{
	return losing(n, gauss20(n, us), 5);
}

static int64_t g20l10(struct net *n, int64_t us)
{
	return losing(n, gauss20(n, us), 10);
}

static int64_t pareto_l5(struct net *n, int64_t us)
{
	return losing(n, pareto(n, us), 5);
}

static int64_t wifi_l3(struct net *n, int64_t us)
{
	return losing(n, wifi(n, us), 3);
}

/** 0 to 200 ms from 30 to 35 s, in any order. */
static int64_t storm(struct net *n, int64_t us)
{
	if (us < 30 * S || us >= 35 * S)
		return us;
	return us + (int64_t)(200 * uniform(n) * MS);
}

/* ---- never tuned to ------------------------------------------------------ */

/** A mobile cell: grants of 8 ms with retries, a handover of 60 to 180 ms every
 *  8 to 20 s. */
static int64_t cell(struct net *n, int64_t us)
{
	int64_t at = us + (int64_t)(8 * uniform(n) * MS);

	while (chance(n, 10))
		at += 8 * MS;
	if (us >= n->b) {
		n->a = us + (int64_t)((60 + 120 * uniform(n)) * MS);
		n->b = us + (int64_t)((8 + 12 * uniform(n)) * S);
	}
	at = at < n->a ? n->a : at;
	return at < n->last_us ? n->last_us : at;
}

/** A queue that others fill: up to 120 ms within 4 s, empty within one. */
static int64_t bloat(struct net *n, int64_t us)
{
	double s = (double)(us % (12 * S)) / S;
	double ms = s < 4 ? 30 * s : s < 5 ? 120 * (5 - s) : 0;

	return in_order(n, us, ms - 2 * log(uniform(n)));
}

/** A receiver that looks every 60 ms only. */
static int64_t poll(struct net *n, int64_t us)
{
	(void)n;
	return (us + 60 * MS - 1) / (60 * MS) * (60 * MS);
}

/** The same with long outages as frequent as short ones. */
static int64_t wifi_bad(struct net *n, int64_t us)
{
	if (us >= n->b) {
		n->a = us + (int64_t)((30 + 210 * uniform(n)) * MS);
		n->b = n->a + (int64_t)((300 + 1700 * uniform(n)) * MS);
	}
	return us < n->a ? n->a : us;
}

/** Two ways, 35 ms apart, one packet in eight takes the longer one; 2 % lost. */
static int64_t twoway(struct net *n, int64_t us)
{
	int64_t at = us + (chance(n, 12.5) ? 35 * MS : 0) +
		     (int64_t)(3 * uniform(n) * MS);

	return losing(n, at, 2);
}

static const struct family {
	const char *name;
	int64_t (*arrival)(struct net *n, int64_t us);
	unsigned ptime_ms;
	double ppm;
	bool dtx;
} families[] = {
	{ "none", none, 20, 0, false },
	{ "gauss20", gauss20, 20, 0, false },
	{ "gauss40", gauss40, 20, 0, false },
	{ "pareto", pareto, 20, 0, false },
	{ "wifi", wifi, 20, 0, false },
	{ "loss1", loss1, 20, 0, false },
	{ "loss5", loss5, 20, 0, false },
	{ "loss10", loss10, 20, 0, false },
	{ "loss20", loss20, 20, 0, false },
	{ "ge8", ge8, 20, 0, false },
	{ "reorder", reorder, 20, 0, false },
	{ "dtx", light, 20, 0, true },
	{ "pt10", light, 10, 0, false },
	{ "pt30", light, 30, 0, false },
	{ "pt60", light, 60, 0, false },
	{ "step80", step80, 20, 0, false },
	{ "g20l5", g20l5, 20, 0, false },
	{ "g20l10", g20l10, 20, 0, false },
	{ "pareto_l5", pareto_l5, 20, 0, false },
	{ "wifi_l3", wifi_l3, 20, 0, false },
	{ "storm", storm, 20, 0, false },
	{ "drift+100", none, 20, 100, false },
	{ "drift-100", none, 20, -100, false },
	{ "drift+500", none, 20, 500, false },
	{ "drift-500", none, 20, -500, false },
	{ "cell", cell, 20, 0, false },
	{ "bloat", bloat, 20, 0, false },
	{ "poll", poll, 20, 0, false },
	{ "twoway", twoway, 20, 0, false },
	{ "wifi_bad", wifi_bad, 20, 0, false },
};

enum { FAMILIES = sizeof(families) / sizeof(families[0]), UNTUNED = 5 };

const char *q_net_name(unsigned i)
{
	return i < FAMILIES ? families[i].name : NULL;
}

unsigned q_net_tuned(void)
{
	return FAMILIES - UNTUNED;
}

static const struct family *find(const char *name)
{
	for (unsigned i = 0; i < FAMILIES; i++)
		if (!strcmp(families[i].name, name))
			return &families[i];
	fprintf(stderr, "quality: no network named %s\n", name);
	exit(2);
}

/** An empty trace with room for the length. */
static void begin(struct q_trace *t, const char *name, unsigned ptime_ms,
		  double ppm, int64_t length_us)
{
	int64_t ptime_us = ptime_ms * MS;

	*t = (struct q_trace){ .name = name, .ptime_ms = ptime_ms, .ppm = ppm };
	t->n = (size_t)(length_us / ptime_us);
	t->packet = q_alloc(t->n, sizeof(*t->packet));
	for (size_t i = 0; i < t->n; i++) {
		double us = (double)((int64_t)i * ptime_us) / (1 + ppm * 1e-6);

		t->packet[i].begin_us = llrint(us);
		t->packet[i].sent_us = llrint(us + (double)ptime_us /
					      (1 + ppm * 1e-6));
	}
}

static bool is_sent(const struct family *f, const struct q_trace *t, size_t i,
		    const bool *speaks)
{
	if (!f->dtx || !speaks)
		return true;
	for (unsigned k = 0; k < t->ptime_ms / 10; k++)
		if (speaks[i * t->ptime_ms / 10 + k])
			return true;
	return false;
}

void q_net_make(struct q_trace *t, const char *family, uint32_t seed,
		int64_t length_us, const bool *speaks)
{
	const struct family *f = find(family);
	struct net n = { .seed = seed * 2654435761u | 1 };

	begin(t, f->name, f->ptime_ms, f->ppm, length_us);
	for (size_t i = 0; i < t->n; i++) {
		struct q_packet *p = &t->packet[i];

		p->arrival_us = is_sent(f, t, i, speaks) ?
				f->arrival(&n, p->sent_us) : Q_UNSENT;
		if (p->arrival_us > n.last_us)
			n.last_us = p->arrival_us;
		n.i++;
	}
}

/** One line of a file: a delay in ms, '-' (lost) or '.' (not sent). */
static bool read_line(const char *line, int64_t *delay_us)
{
	char *end;
	double ms = strtod(line, &end);

	if (end != line && ms >= 0 && ms < 60000) {
		*delay_us = llrint(ms * MS);
		return true;
	}
	*delay_us = line[0] == '-' ? Q_LOST : Q_UNSENT;
	return (line[0] == '-' || line[0] == '.') && strchr("\n\r ", line[1]);
}

static bool is_comment(const char *line)
{
	return line[0] == '#' || line[0] == '\n' || line[0] == '\r';
}

static size_t read_delays(FILE *f, const char *path, unsigned *ptime_ms,
			  int64_t *delay_us, size_t max)
{
	char line[128];
	size_t n = 0;

	for (unsigned no = 1; n < max && fgets(line, sizeof(line), f); no++) {
		if (is_comment(line) || sscanf(line, "ptime %u", ptime_ms) == 1)
			continue;
		if (!read_line(line, &delay_us[n++])) {
			fprintf(stderr, "quality: %s:%u: neither a delay in ms, "
				"nor - (lost), nor . (not sent)\n", path, no);
			return 0;
		}
	}
	return n;
}

bool q_net_read(struct q_trace *t, const char *path, int64_t length_us)
{
	size_t max = (size_t)(length_us / (10 * MS)), n;
	int64_t *delay_us = q_alloc(max, sizeof(*delay_us));
	FILE *f = fopen(path, "r");
	unsigned ptime_ms = 20;

	if (!f)
		fprintf(stderr, "quality: %s: %s\n", path, strerror(errno));
	n = f ? read_delays(f, path, &ptime_ms, delay_us, max) : 0;
	if (f)
		fclose(f);
	if (n > 0 && (ptime_ms < 10 || ptime_ms > 120)) {
		fprintf(stderr, "quality: %s: ptime is 10 to 120 ms\n", path);
		n = 0;
	}
	if (n > 0) {
		begin(t, "file", ptime_ms, 0, length_us);
		for (size_t i = 0; i < t->n; i++) {
			int64_t d = delay_us[i % n];

			t->packet[i].arrival_us = d < 0 ? d :
				t->packet[i].sent_us + d;
		}
	}
	free(delay_us);
	return n > 0;
}

void q_net_free(struct q_trace *t)
{
	free(t->packet);
	t->packet = NULL;
}
