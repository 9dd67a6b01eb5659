/* run_int.h - what the functions of commands have in common, for run*.c alone. */
#ifndef CTL_RUN_INT_H
#define CTL_RUN_INT_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "call/hub.h"
#include "call/control.h"
#include "run.h"

__attribute__((format(printf, 3, 4)))
static inline json_t *fail(struct ctl_call *call, const char *error, const char *fmt, ...)
{
	va_list ap;

	call->error = error;
	va_start(ap, fmt);
	vsnprintf(call->text, sizeof(call->text), fmt, ap);
	va_end(ap);
	return NULL;
}

static inline const struct ctl_value *arg(const struct ctl_call *call, int i)
{
	return &call->req.values[i];
}

static inline struct leg *leg_arg(struct ctl_call *call)
{
	struct leg *leg = hub_leg(call->cfg->hub, arg(call, 0)->number);

	if (!leg)
		fail(call, "not_found", "there is no leg %llu",
		     (unsigned long long)arg(call, 0)->number);
	return leg;
}

static inline struct room *room_arg(struct ctl_call *call)
{
	struct room *room = hub_room(call->cfg->hub, arg(call, 0)->text);

	if (!room)
		fail(call, "not_found", "nobody is in room %s", arg(call, 0)->text);
	return room;
}

/* What is done to one member: "what" says how he is then. */
static inline json_t *member_switched(struct ctl_call *call, const char *what,
			       int (*fn)(struct leg *leg, bool on, const char *by))
{
	struct leg *l = leg_arg(call);
	int err;

	if (!l)
		return NULL;
	err = fn(l, arg(call, 1)->on, call->by);
	if (err == -ENOENT)
		return fail(call, "not_found", "leg %llu is in no room",
			    (unsigned long long)arg(call, 0)->number);
	return json_pack("{sI sb sb}", "leg", (json_int_t)arg(call, 0)->number,
			 what, arg(call, 1)->on, "changed", err == 0);
}

/* run_relate.c */
json_t *run_hold(struct ctl_call *call);
json_t *run_ghost(struct ctl_call *call);
json_t *run_priority(struct ctl_call *call);
json_t *run_coach(struct ctl_call *call);
json_t *run_relate(struct ctl_call *call);
json_t *run_volume(struct ctl_call *call);
/* run_breakout.c */
json_t *run_breakout(struct ctl_call *call);

#endif
