/* main.c - the battery: its groups, its verdicts. */
#include "quality.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "speech.h"

enum { VERDICTS_MAX = 200, TEXT_MAX = 256 };

static const struct q_group *const groups[] = {
	&q_jitter, &q_loss, &q_drift, &q_echo, &q_cost,
	&q_level, &q_limit, &q_keys, &q_ns, &q_dsi,
};

enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };

/* What this run has to say; one thread, one run a process. */
static struct {
	FILE *json;             /* NULL: not kept */
	const char *group;
	unsigned n, failed;
	char verdict[VERDICTS_MAX][TEXT_MAX];
} battery;

void *q_alloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (p)
		return p;
	fprintf(stderr, "quality: no memory\n");
	exit(2);
}

double q_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double q_mean(const double *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return n ? sum / (double)n : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double q_quantile(double *x, size_t n, double p)
{
	if (n == 0)
		return 0;
	qsort(x, n, sizeof(*x), by_value);
	return x[(size_t)((double)(n - 1) * p)];
}

/** {"at": ..., "bench": "quality", "what": WHAT, then what the caller adds. */
static FILE *begin_json(const char *what)
{
	time_t now = time(NULL);
	struct tm tm;
	char at[32];

	if (!battery.json)
		return NULL;
	gmtime_r(&now, &tm);
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(battery.json, "{\"at\": \"%s\", \"bench\": \"quality\", "
		"\"what\": \"%s\", \"group\": \"%s\"", at, what, battery.group);
	return battery.json;
}

static void end_json(FILE *f)
{
	fputs("}\n", f);
	fflush(f);
}

void q_row(const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;
	FILE *f;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	puts(text);
	fflush(stdout);
	f = begin_json("row");
	if (!f)
		return;
	fprintf(f, ", \"text\": \"%s\"", text);
	end_json(f);
}

void q_figure(const char *name, double figure, const char *unit)
{
	FILE *f = begin_json("figure");

	if (!f)
		return;
	fprintf(f, ", \"name\": \"quality-%s\", \"figure\": %.6g, "
		"\"unit\": \"%s\"", name, figure, unit);
	end_json(f);
}

static void verdict(const char *name, double figure, const char *unit,
		    const char *sign, double goal, bool pass)
{
	FILE *f = begin_json("verdict");

	if (battery.n == VERDICTS_MAX) {
		fprintf(stderr, "quality: more than %d verdicts\n", VERDICTS_MAX);
		exit(2);
	}
	snprintf(battery.verdict[battery.n++], TEXT_MAX,
		 "quality-%s: %.4g %s (goal: %s %.4g) %s", name, figure, unit,
		 sign, goal, pass ? "PASS" : "FAIL");
	battery.failed += !pass;
	if (!f)
		return;
	fprintf(f, ", \"name\": \"quality-%s\", \"figure\": %.6g, "
		"\"unit\": \"%s\", \"goal\": \"%s %.4g\", \"passed\": %s", name,
		figure, unit, sign, goal, pass ? "true" : "false");
	end_json(f);
}

void q_max(const char *name, double figure, const char *unit, double goal)
{
	verdict(name, figure, unit, "<=", goal, figure <= goal);
}

void q_min(const char *name, double figure, const char *unit, double goal)
{
	verdict(name, figure, unit, ">=", goal, figure >= goal);
}

static void usage(void)
{
	fprintf(stderr, "usage: quality [--brief] [--seed N] [--trace FILE] "
		"[--json FILE] [GROUP...]\n");
	for (unsigned i = 0; i < GROUPS; i++)
		fprintf(stderr, "  %-10s %s\n", groups[i]->name,
			groups[i]->about);
	exit(2);
}

static void add_group(const struct q_group **run, unsigned *n, const char *name)
{
	for (unsigned i = 0; i < GROUPS; i++)
		if (!strcmp(groups[i]->name, name) && *n < GROUPS) {
			run[(*n)++] = groups[i];
			return;
		}
	usage();
}

static void open_json(const char *path)
{
	battery.json = fopen(path, "a");
	if (battery.json)
		return;
	fprintf(stderr, "quality: %s: %s\n", path, strerror(errno));
	exit(2);
}

static void run_group(const struct q_group *g, const struct q_opt *opt)
{
	double begin = q_cpu();

	battery.group = g->name;
	q_row("-- %s: %s", g->name, g->about);
	g->run(opt);
	q_row("-- %s took %.0f s of CPU", g->name, q_cpu() - begin);
}

int main(int argc, char **argv)
{
	struct q_opt opt = { .seed = 1 };
	const struct q_group *run[GROUPS];
	unsigned n = 0;

	for (int i = 1; i < argc; i++) {
		const char *more = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--brief"))
			opt.brief = true;
		else if (!strcmp(argv[i], "--seed") && more)
			opt.seed = (uint32_t)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--trace") && more)
			opt.trace = argv[++i];
		else if (!strcmp(argv[i], "--json") && more)
			open_json(argv[++i]);
		else if (argv[i][0] == '-')
			usage();
		else
			add_group(run, &n, argv[i]);
	}
	if (!q_speech_there()) {
		fprintf(stderr, "quality: no recordings: install the "
			"asterisk-core-sounds-*-g722 of script/packages.txt\n");
		return 77;              /* to automake: skipped */
	}
	for (unsigned i = 0; n == 0 && i < GROUPS; i++)
		run_group(groups[i], &opt);
	for (unsigned i = 0; i < n; i++)
		run_group(run[i], &opt);
	q_speech_free();
	puts("");
	for (unsigned i = 0; i < battery.n; i++)
		puts(battery.verdict[i]);
	printf("quality: %u of %u goals reached: %s\n",
	       battery.n - battery.failed, battery.n,
	       battery.failed ? "FAIL" : "PASS");
	if (battery.json)
		fclose(battery.json);
	return battery.failed > 0;
}
