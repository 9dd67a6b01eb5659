/*
 * drift.c - clocks that are not ours, for an hour: the delay neither grows nor
 * shrinks, nothing is made up, and the speech stays as it was.
 */
#include <stdio.h>

#include "mixer/codec_tables.h"
#include "quality.h"
#include "stream.h"

static const int64_t S = 1000000, HOUR_US = 3600 * (int64_t)1000000;

static void one(const struct q_opt *opt, const struct q_call *call,
		const char *family, int64_t length_us)
{
	struct q_plan plan = { .receiver = &q_ours, .call = call,
				.slides = true };
	double ppm, first, slipped;
	struct q_trace t;
	struct q_result r;
	char name[64];

	q_net_make(&t, family, opt->seed, length_us, NULL);
	plan.trace = &t;
	ppm = t.ppm < 0 ? -t.ppm : t.ppm;
	plan.till_us = length_us / 6;
	q_run(&plan, &r);
	first = r.delay_mean;
	q_result_free(&r);
	/* to where the slower sender is not yet through */
	plan.till_us = length_us - 3 * S;
	q_run(&plan, &r);
	slipped = t.ppm > 0 ? r.out_speech + r.out_pause - r.slid :
			      r.in_speech + r.in_pause + r.slid;
	q_row("%-10s | %6.1f %6.1f %6.1f | %7.0f | %7.0f %7.0f | %7.0f %7.0f "
	      "| %6.0f %6.1f %6.1f | %6.2f", family, r.delay_mean, r.delay_p95,
	      r.delay_max, r.concealed, r.in_speech, r.in_pause, r.out_speech,
	      r.out_pause, r.slid, r.fit_mean, r.fit_least, 100 * r.changed);
	snprintf(name, sizeof(name), "%s-delay", family);
	q_max(name, r.delay_mean, "ms", 25);
	snprintf(name, sizeof(name), "%s-growth", family);
	q_max(name, r.delay_mean - first, "ms", 3);
	snprintf(name, sizeof(name), "%s-concealed", family);
	q_max(name, r.concealed, "ticks", 0);
	snprintf(name, sizeof(name), "%s-slipped", family);
	q_max(name, slipped, "ms", (double)length_us / 1e9 * ppm * 1.2 + 40);
	snprintf(name, sizeof(name), "%s-slipped-in-speech", family);
	q_max(name, r.in_speech + r.out_speech, "ms",
	      (double)length_us / 1e9 * ppm * 0.1 + 20);
	/* resampled speech against the speech itself, read between its samples */
	snprintf(name, sizeof(name), "%s-fit", family);
	q_min(name, r.fit_mean, "dB", 45);
	q_result_free(&r);
	q_net_free(&t);
}

static void run(const struct q_opt *opt)
{
	static const char *const families[] = { "drift+500", "drift-500",
						"drift+100", "drift-100" };
	int64_t length_us = opt->brief ? 120 * S : HOUR_US;
	struct q_call call;

	if (opt->trace || opt->brief)
		return;
	q_row("%-10s | %6s %6s %6s | %7s | %7s %7s | %7s %7s | %6s %6s %6s | %6s",
	      "network", "delay", "p95", "max", "made-up", "+speech", "+pause",
	      "-speech", "-pause", "slid", "fit", "least", "chngd");
	q_row("%-10s | %6s %6s %6s | %7s | %7s %7s | %7s %7s | %6s %6s %6s | %6s",
	      "", "ms", "ms", "ms", "ticks", "ms", "ms", "ms", "ms", "ms", "dB",
	      "dB", "%");
	q_call_make(&call, &mx_codec_pcmu, 3, length_us, 20, NULL, 0);
	for (unsigned i = 0; i < (opt->brief ? 2 : 4); i++)
		one(opt, &call, families[i], length_us);
	q_call_free(&call);
}

const struct q_group q_drift = { "drift", "clocks that run apart, an hour each",
				 run };
