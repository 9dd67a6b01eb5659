/*
 * quality.h - the frame of the speech quality battery (script/bench quality).
 *
 * What does it do? Runs groups of measurements offline, through the same code
 * as the server, from fixed seeds, and holds figures against goals. How does it
 * work? A group is one C file with one `const struct q_group`, which stands in
 * the table in main.c. It prints rows of a table of its own and calls q_max()
 * or q_min() for each goal; the verdicts are printed together in the end. How
 * do I use it? docs/quality.md.
 */
#ifndef QUALITY_H
#define QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct q_opt {
	uint32_t seed;          /* the first one of all; a group takes more by
				 * adding to it */
	bool brief;             /* for make check: seconds instead of minutes */
	const char *trace;      /* a file with a network of one's own, or NULL */
};

struct q_group {
	const char *name;
	const char *about;      /* one line */
	void (*run)(const struct q_opt *opt);
};

extern const struct q_group q_echo, q_jitter, q_loss, q_drift, q_cost;
extern const struct q_group q_level, q_limit, q_keys, q_ns, q_dsi;

/** A line of a group's table; kept in the JSON as text, too. */
void q_row(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** A figure without a goal, for the JSON only. */
void q_figure(const char *name, double figure, const char *unit);
/** The figure is to be no more (no less) than the goal: one verdict. */
void q_max(const char *name, double figure, const char *unit, double goal);
void q_min(const char *name, double figure, const char *unit, double goal);

/** malloc() that never fails: a bench has nothing better to do then. */
void *q_alloc(size_t n, size_t size);
/** CPU time of this thread, in seconds. */
double q_cpu(void);
double q_mean(const double *x, size_t n);
/** The value below which a share p of x is; sorts x. */
double q_quantile(double *x, size_t n, double p);

#endif
