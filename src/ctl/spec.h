/*
 * spec.h - the commands of confabctl as data: names, arguments, help.
 *
 * One table, known at both ends of the socket. The server checks requests
 * against it and runs the function that run.c has for each row; confabctl
 * makes requests out of command lines with it, and its help. A new command is
 * a new row here and a new function there.
 */
#ifndef CTL_SPEC_H
#define CTL_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CTL_ARGS_MAX = 9, CTL_TEXT_MAX = 64, CTL_USAGE_MAX = 160 };

enum ctl_type {
	CTL_NONE,               /* no such argument */
	CTL_NUMBER,             /* min to max; JSON: an integer */
	CTL_TEXT,               /* 1 to CTL_TEXT_MAX - 1 bytes; JSON: a string */
	CTL_SWITCH,             /* on or off, on if left out; JSON: a boolean */
	CTL_FLAG,               /* --name, off if left out; JSON: a boolean */
	CTL_OPTION,             /* --name VALUE, may be left out; JSON: a string */
	CTL_FROM                /* where in a long list to go on, as "next" of the
				 * answer before said; confabctl sees to it */
};

enum ctl_command {
	CTL_STATUS, CTL_COUNTERS, CTL_WORKERS,
	CTL_ROOMS, CTL_ROOM, CTL_LEGS, CTL_LEG, CTL_EVENTS,
	CTL_MUTE, CTL_AGC, CTL_NS, CTL_ECHO, CTL_KICK, CTL_LOCK, CTL_MUTE_ALL, CTL_CLOSE, CTL_SAY,
	CTL_ROLLCALL,
	CTL_EXTEND, CTL_RECORD, CTL_DIAL, CTL_DIAL_STOP,
	CTL_HOLD, CTL_GHOST, CTL_PRIORITY, CTL_COACH, CTL_RELATE, CTL_VOLUME,
	CTL_DEAF, CTL_HAND, CTL_NEXT, CTL_ADMIT, CTL_DENY,
	CTL_BREAKOUT, CTL_MUSIC,
	/* these the database answers, see later.h: */
	CTL_INVITE, CTL_INVITES, CTL_UNINVITE, CTL_GUESSES, CTL_FORGIVE,
	CTL_AUDIT,
	/* and we again: */
	CTL_LOG_LEVEL, CTL_RELOAD, CTL_CHECK, CTL_DRAIN,
	CTL__MAX
};

struct ctl_arg {
	const char *name;
	enum ctl_type type;
	bool optional;
	uint64_t min, max;      /* of CTL_NUMBER */
};

struct ctl_spec {
	const char *name;
	struct ctl_arg args[CTL_ARGS_MAX];
	const char *help;       /* one sentence */
};

const struct ctl_spec *ctl_spec(enum ctl_command command);
/** Is it one that the database answers? */
static inline bool ctl_is_later(enum ctl_command command)
{
	return command >= CTL_INVITE && command <= CTL_AUDIT;
}
/** The command of that name, or CTL__MAX. */
enum ctl_command ctl_find(const char *name);
/** "kick LEG [--now]" into out[size]. */
void ctl_usage(const struct ctl_spec *spec, char *out, size_t size);
/** One line a command. */
void ctl_print_help(FILE *f);

#endif
