/*
 * cost.c - what the buffer and its concealment cost: CPU time of put and take,
 * decoding included, a second of sound. The least of some runs, for a machine
 * that others use.
 */
#include <stdio.h>

#include "mixer/codec_tables.h"
#include "quality.h"
#include "stream.h"

enum { S = 1000000, LENGTH_US = 60 * S, RUNS = 5 };

static double least(const struct q_call *call, const char *family, uint32_t seed)
{
	double best = 1e9;
	struct q_trace t;

	q_net_make(&t, family, seed, LENGTH_US, NULL);
	for (int i = 0; i < RUNS; i++) {
		struct q_plan plan = { .receiver = &q_ours, .call = call,
				       .trace = &t };
		struct q_result r;

		q_run(&plan, &r);
		best = r.cpu_ms < best ? r.cpu_ms : best;
		q_result_free(&r);
	}
	q_net_free(&t);
	q_row("%-8s %-8s | %8.3f ms/s", call->codec->name, family, best);
	return best;
}

static void run(const struct q_opt *opt)
{
	struct q_call call;
	double none, loss10;

	/* time says nothing under a sanitizer or in a hurry */
	if (opt->trace || opt->brief)
		return;
	q_call_make(&call, &mx_codec_pcmu, 0, LENGTH_US, 20, NULL, 0);
	least(&call, "none", opt->seed);
	least(&call, "gauss20", opt->seed);
	least(&call, "loss10", opt->seed);
	q_call_free(&call);
	q_call_make(&call, &mx_codec_l16_16000, 0, LENGTH_US, 20, NULL, 0);
	none = least(&call, "none", opt->seed);
	least(&call, "gauss20", opt->seed);
	loss10 = least(&call, "loss10", opt->seed);
	q_call_free(&call);
	q_max("cpu-16k", none, "ms/s", 1);
	q_max("cpu-16k-loss10", loss10, "ms/s", 4);
}

const struct q_group q_cost = { "cost", "CPU time of the buffer", run };
