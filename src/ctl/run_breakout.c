/* run_breakout.c - the command breakout: an action, and what it takes. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "run_int.h"

enum { VALUE = 2, LEG = 3 };

struct breakout_call {
	struct ctl_call *call;
	struct room *room;
	struct leg *leg;                /* NULL: none was named */
	const char *value;              /* "": none was */
	uint32_t n;                     /* of value, where it is a number */
};

static int make(const struct breakout_call *b)
{
	return room_breakout_make(b->room, b->n, b->call->by);
}

static int assign(const struct breakout_call *b)
{
	return b->leg ? leg_breakout(b->leg, b->n, b->call->by)
		      : room_breakout_spread(b->room, b->call->by);
}

static int hop(const struct breakout_call *b)
{
	return leg_breakout_hop(b->leg, b->call->by);
}

static int say(const struct breakout_call *b)
{
	return room_breakout_say(b->room, b->value, b->call->by);
}

static int go_back(const struct breakout_call *b)
{
	return room_breakout_return(b->room, b->n, b->call->by);
}

/* What an action takes. */
enum { NUMBER, MAYBE_NUMBER, LEG_NUMBER, TEXT };

static const struct action {
	const char *name;
	int takes;
	bool leg;                       /* and a leg where there is a value */
	int (*fn)(const struct breakout_call *b);
} actions[] = {
	{ "make", NUMBER, false, make },
	{ "assign", MAYBE_NUMBER, true, assign },
	{ "hop", LEG_NUMBER, false, hop },
	{ "say", TEXT, false, say },
	{ "return", MAYBE_NUMBER, false, go_back }
};

static const struct action *find(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static bool leg_of_room(struct breakout_call *b, uint64_t number)
{
	struct leg_info info;

	b->leg = hub_leg(b->call->cfg->hub, number);
	if (b->leg)
		leg_info(b->leg, &info);
	if (b->leg && info.is_member &&
	    strcmp(info.rec.room, arg(b->call, 0)->text) == 0)
		return true;
	fail(b->call, "not_found", "leg %llu is not in room %s",
	     (unsigned long long)number, arg(b->call, 0)->text);
	return false;
}

/* Reads value and leg as the action wants them. */
static bool read_args(const struct action *a, struct breakout_call *b)
{
	const struct ctl_value *leg = arg(b->call, LEG);
	const bool wants_leg = a->leg && *b->value;
	uint64_t n = 0;

	if ((!*b->value && a->takes != MAYBE_NUMBER) || leg->set != wants_leg) {
		fail(b->call, "bad_request", "breakout %s: see confabctl help", a->name);
		return false;
	}
	if (*b->value && a->takes != TEXT &&
	    str_u64(b->value, strlen(b->value), UINT32_MAX, &n) < 0) {
		fail(b->call, "bad_request", "%s is no number", b->value);
		return false;
	}
	b->n = (uint32_t)n;
	if (a->takes == LEG_NUMBER)
		return leg_of_room(b, n);
	return !wants_leg || leg_of_room(b, leg->number);
}

static json_t *refuse(struct ctl_call *call, int err)
{
	const char *room = arg(call, 0)->text, *value = arg(call, VALUE)->text;

	switch (err) {
	case -ENOTSUP:
		return fail(call, "refused", "room %s has no break-outs", room);
	case -EBUSY:
		return fail(call, "refused", "the break-outs of room %s are about to "
			    "end", room);
	case -ERANGE:
		return fail(call, "bad_request", "%s is too much: there are up to %d "
			    "break-outs, for a day", value, BREAKOUTS_MAX);
	case -ENOENT:
		return fail(call, "not_found", "there is no prompt %s", value);
	case -ENODATA:
		return fail(call, "not_found", "prompt %s could not be read when the "
			    "server started", value);
	default:
		return fail(call, "busy", "he waits, or media does not keep up");
	}
}

json_t *run_breakout(struct ctl_call *call)
{
	struct breakout_call b = {
		.call = call, .room = room_arg(call), .value = arg(call, VALUE)->text
	};
	const struct action *a = find(arg(call, 1)->text);
	int err;

	if (!b.room)
		return NULL;
	if (!a)
		return fail(call, "bad_request", "there is no such action: %s",
			    arg(call, 1)->text);
	if (!read_args(a, &b))
		return NULL;
	err = a->fn(&b);
	if (err && err != -EALREADY)
		return refuse(call, err);
	return json_pack("{so sI sb}", "room", json_string(arg(call, 0)->text),
			 "breakouts", (json_int_t)room_breakouts(b.room),
			 "changed", err == 0);
}
