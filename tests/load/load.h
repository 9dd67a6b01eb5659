/*
 * load.h - a load of many callers in one thread: they call, talk, are measured
 * and hang up.
 */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "dial.h"
#include "proc.h"

enum { LOAD_CODECS_MAX = 8, LOAD_LEGS_MAX = 8192, LOAD_LATE = 64 };

/** How the peer is reached. */
enum load_peer {
	LOAD_SIP,               /* a server, called */
	LOAD_ECHO,              /* leg i's RTP is sent back by port + i */
	LOAD_TOLD               /* we print our ports, and are told theirs */
};

struct load {
	/* what is asked for */
	struct leg_cfg cfg[LOAD_CODECS_MAX];    /* seat s has the s % n_cfg-th */
	struct leg_quiet *quiet[LOAD_CODECS_MAX];
	uint32_t n_cfg;
	struct dial_cfg dial_cfg;
	uint32_t legs, rooms, seconds, ramp;
	uint32_t settle_ms;
	uint32_t turn_ms;       /* talkers of a room take turns; 0: they don't */
	enum load_peer peer;
	long pid;               /* the server's, 0: it is not looked at */

	/* what it works with */
	struct dial dial;
	struct call *calls;
	struct leg_turns turns;
	int64_t turn_since_us;          /* by our clock */
	int64_t start_us;
	uint64_t tick;          /* milliseconds since start_us */

	/* what was seen while measuring */
	struct proc_use before, after;
	double own_cpu_s, wall_s;
	int64_t late_max_us;    /* of our own ticks */
	uint32_t late[LOAD_LATE];       /* ticks by lateness in ms, the last
					 * one counts all above */
};

/** Opens all legs on ip (NULL: our address towards the server). 0 or -errno. */
int load_open(struct load *ld, const char *ip);
void load_close(struct load *ld);
/** All of it. 0 or -errno: there is nothing to report. */
int load_run(struct load *ld);
/** Prints a table and a line of JSON. True if every call was as it should be. */
bool load_report(const struct load *ld);

#endif
