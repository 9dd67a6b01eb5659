/*
 * request.h - one line of a client: {"command": "mute", "leg": 17, "on": true}.
 *
 * Arguments have their names from spec.h. What is not there, has the wrong
 * type, is out of bounds or comes twice is an error with a sentence; nothing is
 * guessed.
 */
#ifndef CTL_REQUEST_H
#define CTL_REQUEST_H

#include <stddef.h>

#include "spec.h"

enum { CTL_LINE_MAX = 8192 };   /* bytes of a request, its newline included */

struct ctl_value {
	bool set;
	bool on;                        /* CTL_SWITCH, CTL_FLAG */
	uint64_t number;                /* CTL_NUMBER, CTL_FROM */
	char text[CTL_TEXT_MAX];        /* CTL_TEXT, CTL_OPTION */
};

struct ctl_request {
	enum ctl_command command;
	struct ctl_value values[CTL_ARGS_MAX];  /* in the order of spec->args */
};

/**
 * Reads a request out of line[len]; any bytes are allowed.
 *
 * @param why  gets a sentence on error
 * @return 0; -EBADMSG (no JSON object), -ENOSYS (no such command) or -EINVAL
 *         (an argument)
 */
int ctl_parse(struct ctl_request *req, const char *line, size_t len, char *why,
	      size_t why_size);

#endif
