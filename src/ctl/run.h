/* run.h - does what a request asks. */
#ifndef CTL_RUN_H
#define CTL_RUN_H

#include <jansson.h>

#include "ctl.h"
#include "request.h"

struct ctl_call {
	const struct ctl_cfg *cfg;
	int64_t started_us;             /* of the server, CLOCK_MONOTONIC */
	struct ctl_request req;
	const char *by;
	const char *error;              /* a word, on error */
	char text[512];                 /* a sentence, on error */
};

/** The result, a new reference; NULL with call->error and call->text set. */
json_t *ctl_run(struct ctl_call *call);

#endif
