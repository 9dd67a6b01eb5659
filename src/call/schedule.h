/*
 * schedule.h - is a room open now, by the times that its schedule names?
 *
 * A schedule is text, a line a row of table schedule:
 *
 *	20261125T090000 20261125T100000 Europe/Berlin FREQ=WEEKLY;BYDAY=WE 20261223
 *
 * begin and end of the first occurrence in local time, the zone, how it recurs
 * (RFC 5545) or "-", and the days on which none begins, if there are such. An
 * occurrence begins at its local time whatever the zone's clocks do, and lasts as
 * long as the first one. A line that cannot be read is left out; if there is no
 * other the room is open. Pure but for the zone files, which libical reads when a
 * zone is first met.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdint.h>

enum schedule_when {
	SCHEDULE_ALWAYS,        /* there is no schedule */
	SCHEDULE_NOW,           /* in an occurrence, or just before it */
	SCHEDULE_BEFORE,        /* the next one is yet to come */
	SCHEDULE_OVER           /* there is none to come */
};

struct schedule_window {
	int64_t begins_s, ends_s;       /* since 1970, UTC */
};

/** Which of these holds at now_s, if people may come early_s before the begin.
 *  *w: of NOW the occurrence that it is, the longest if several, of BEFORE the
 *  next one; else zeroes. */
enum schedule_when schedule_at(const char *lines, int64_t now_s, uint32_t early_s,
			       struct schedule_window *w);

#endif
