/*
 * jitter.c - how much delay and how much made-up sound each network costs. G.711
 * in packets of 20 ms (but for pt10 to pt60), ticks of 10 ms, 100 s each.
 */
#include <stdio.h>
#include <string.h>

#include "ear.h"
#include "mixer/codec_tables.h"
#include "quality.h"
#include "speech.h"
#include "stream.h"

enum {
	S = 1000000, LENGTH_US = 100 * S, BRIEF_US = 30 * S, SEEDS = 3,
	LEARN_US = 5 * S        /* in which a network is learned: not judged */
};

/* What one network came to, over all seeds. */
struct sums {
	double delay, p95, max, last;   /* ms */
	double concealed;               /* % of ticks */
	double underruns;               /* % of ticks */
	double in_speech;               /* ms a minute */
	double ticks, made;
	double changed;                 /* % */
	double distance;
};

static struct q_call calls[3];          /* of 10, 20, 30 or 60 ms: made when
					 * needed */

static void head(void)
{
	q_row("%-10s %-10s %4s | %6s %6s | %6s %6s | %7s %7s %7s %7s | %6s",
	      "network", "receiver", "seed", "delay", "p95", "made-up",
	      "starved", "+speech", "+pause", "-speech", "-pause", "dist");
	q_row("%-10s %-10s %4s | %6s %6s | %6s %6s | %7s %7s %7s %7s |", "", "",
	      "", "ms", "ms", "%", "%", "ms", "ms", "ms", "ms");
}

static void add(struct sums *s, const struct q_result *r, double distance,
		double share)
{
	s->delay += r->delay_mean * share;
	s->p95 += r->delay_p95 * share;
	s->max = r->delay_max > s->max ? r->delay_max : s->max;
	s->last += r->delay_last * share;
	s->concealed += 100 * r->concealed / r->ticks * share;
	s->underruns += 100 * r->underruns / r->ticks * share;
	s->in_speech += r->in_speech * share;
	s->ticks += r->ticks;
	s->made += r->concealed;
	s->changed += 100 * r->changed * share;
	s->distance += distance * share;
}

static void one(struct sums *s, const struct q_receiver *receiver,
		const struct q_call *call, const struct q_trace *t, uint32_t seed,
		double share)
{
	struct q_result r;
	double distance;
	struct q_plan plan = { .receiver = receiver, .call = call, .trace = t,
			       .phase_us = seed * 2300 % 10000,
			       .from_us = LEARN_US };

	q_run(&plan, &r);
	distance = q_ear_distance(call->sent, r.pcm, r.n, call->codec->rate_hz);
	q_row("%-10s %-10s %4u | %6.1f %6.1f | %6.2f %6.2f | %7.0f %7.0f %7.0f "
	      "%7.0f | %6.3f", t->name, receiver->name, seed, r.delay_mean,
	      r.delay_p95, 100 * r.concealed / r.ticks,
	      100 * r.underruns / r.ticks, r.in_speech, r.in_pause,
	      r.out_speech, r.out_pause, distance);
	add(s, &r, distance, share);
	q_result_free(&r);
}

static const struct q_call *call_of(unsigned ptime_ms, int64_t length_us)
{
	unsigned i = ptime_ms == 20 ? 0 : ptime_ms == 10 ? 1 : 2;

	if (calls[i].ptime_ms == ptime_ms)
		return &calls[i];
	q_call_free(&calls[i]);
	q_call_make(&calls[i], &mx_codec_pcmu, i, length_us, ptime_ms, NULL, 0);
	return &calls[i];
}

static int64_t length_of(const struct q_opt *opt)
{
	return opt->brief ? BRIEF_US : LENGTH_US;
}

/** The network with this receiver, for some seeds. */
static struct sums measure(const struct q_opt *opt, const char *family,
			   const struct q_receiver *receiver, unsigned seeds)
{
	const bool *speaks = call_of(20, length_of(opt))->speaks;
	struct sums s = { 0 };

	for (uint32_t seed = opt->seed; seed < opt->seed + seeds; seed++) {
		struct q_trace t;

		q_net_make(&t, family, seed, length_of(opt), speaks);
		one(&s, receiver, call_of(t.ptime_ms, length_of(opt)), &t, seed,
		    1.0 / seeds);
		q_net_free(&t);
	}
	return s;
}

/** What is to be reached. */
static const struct goal {
	const char *family;
	double delay_ms, concealed;     /* no more of; concealed in % */
	bool brief;                     /* in the short form, too */
} goals[] = {
	{ "gauss20", 115, 0.2, false },
	{ "gauss40", 182, 0.5, false },
	{ "wifi", 150, 1, false },
	{ "pareto", 205, 0.8, false },
	{ "reorder", 75, 0.02, false },
	{ "dtx", 35, 0, false },
	/* exponential jitter has no end: some are later than any delay */
	{ "pt10", 35, 0.05, false },
	{ "pt30", 35, 0.05, false },
	{ "pt60", 35, 0.05, false },
	/* never tuned to */
	{ "cell", 150, 1, false },
	{ "bloat", 150, 1, false },
	{ "wifi_bad", 185, 1, false },
	{ "poll", 75, 0.2, true },
};

static void verdicts(const struct goal *g, const struct sums *s)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-delay", g->family);
	q_max(name, s->delay, "ms", g->delay_ms);
	if (strcmp(g->family, "dtx") == 0)
		return;         /* its pauses begin like losses */
	snprintf(name, sizeof(name), "%s-concealed", g->family);
	q_max(name, s->concealed, "%", g->concealed);
}

/** Nothing but 20 ms packets: the input bit by bit, at each phase. */
static void steady(const struct q_opt *opt)
{
	const struct q_call *call = call_of(20, length_of(opt));
	unsigned phases = opt->brief ? 5 : 10;
	double delay = 0, changed = 0;
	struct q_trace t;

	q_net_make(&t, "none", 1, length_of(opt), NULL);
	for (unsigned i = 0; i < phases; i++) {
		struct q_plan plan = { .receiver = &q_ours, .call = call,
			.trace = &t, .phase_us = i * 10000 / phases };
		struct q_result r;

		q_run(&plan, &r);
		delay += r.delay_mean / phases;
		changed += r.changed * 100 + r.concealed;
		q_result_free(&r);
	}
	q_net_free(&t);
	q_row("%-10s %-10s %4s | %6.1f        | %6.2f", "none", "confab", "-",
	      delay, changed);
	q_max("none-delay", delay, "ms", 7);
	q_max("none-changed", changed, "%", 0);
}

/** The delay is up by 80 ms for 30 s. */
static void step(const struct q_opt *opt)
{
	const struct q_call *call = call_of(20, LENGTH_US);
	struct q_plan plan = { .receiver = &q_ours, .call = call };
	struct q_trace t;
	struct q_result r;

	q_net_make(&t, "step80", opt->seed, LENGTH_US, NULL);
	plan.trace = &t;
	plan.from_us = 29 * S;
	plan.till_us = 35 * S;
	q_run(&plan, &r);
	q_max("step80-recovery", r.concealed * 10, "ms", 200);
	q_result_free(&r);
	plan.from_us = plan.till_us = 0;
	q_run(&plan, &r);
	q_row("%-10s %-10s %4u | %6.1f %6.1f | %6.2f", t.name, "confab",
	      opt->seed, r.delay_mean, r.delay_p95,
	      100 * r.concealed / r.ticks);
	q_max("step80-delay", r.delay_mean, "ms", 80);
	q_result_free(&r);
	q_net_free(&t);
}

/** Five seconds of 200 ms, and what is left of it ten seconds later. */
static void after_storm(const struct q_opt *opt)
{
	const struct q_call *call = call_of(20, LENGTH_US);
	struct q_plan plan = { .receiver = &q_ours, .call = call,
			       .from_us = 45 * S, .till_us = 60 * S };
	double delay = 0, gaps = 0, put_in = 0;

	for (uint32_t seed = opt->seed; seed < opt->seed + SEEDS; seed++) {
		struct q_trace t;
		struct q_result r;

		q_net_make(&t, "storm", seed, LENGTH_US, NULL);
		plan.trace = &t;
		plan.from_us = 45 * S;
		q_run(&plan, &r);
		delay = r.delay_max > delay ? r.delay_max : delay;
		gaps += r.concealed;
		q_result_free(&r);
		plan.from_us = 35 * S + S / 2;
		q_run(&plan, &r);
		put_in += r.in_speech;
		gaps += r.concealed;
		q_result_free(&r);
		q_net_free(&t);
	}
	q_row("%-10s %-10s %4s | %6.1f ms ten seconds after, %.0f ticks made "
	      "up, %.0f ms put into speech", "storm", "confab", "-", delay, gaps,
	      put_in);
	q_max("storm-delay", delay, "ms", 60);
	q_max("storm-gaps", gaps, "ticks", 0);
	q_max("storm-inserted", put_in, "ms", 0);
}

static void own_trace(const struct q_opt *opt)
{
	static const struct q_receiver *const all[] = { &q_ours, &q_speex,
							&q_fixed60, &q_fixed100 };
	struct q_trace t;

	if (!q_net_read(&t, opt->trace, LENGTH_US)) {
		q_max("trace-unreadable", 1, "files", 0);
		return;
	}
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct sums s = { 0 };

		one(&s, all[i], call_of(t.ptime_ms, LENGTH_US), &t, opt->seed, 1);
		if (i == 0) {
			q_figure("trace-delay", s.delay, "ms");
			q_figure("trace-concealed", s.concealed, "%");
		}
	}
	q_net_free(&t);
}

static void run(const struct q_opt *opt)
{
	head();
	if (opt->trace) {
		own_trace(opt);
		return;
	}
	steady(opt);
	for (unsigned i = 0; i < sizeof(goals) / sizeof(goals[0]); i++) {
		struct sums s;

		if (opt->brief && !goals[i].brief)
			continue;
		s = measure(opt, goals[i].family, &q_ours, opt->brief ? 1 : SEEDS);
		verdicts(&goals[i], &s);
		if (opt->brief)
			continue;
		measure(opt, goals[i].family, &q_speex, 1);
		measure(opt, goals[i].family, &q_fixed60, 1);
		measure(opt, goals[i].family, &q_fixed100, 1);
	}
	if (!opt->brief) {
		step(opt);
		after_storm(opt);
	}
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		q_call_free(&calls[i]);
}

const struct q_group q_jitter = { "jitter", "delay and made-up sound, by network",
				  run };
