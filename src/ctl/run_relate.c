/* run_relate.c - commands about who hears whom, and how loud. */
#include <string.h>

#include "run_int.h"

json_t *run_hold(struct ctl_call *call)
{
	return member_switched(call, "hold", leg_hold);
}

json_t *run_ghost(struct ctl_call *call)
{
	return member_switched(call, "ghost", leg_ghost);
}

json_t *run_priority(struct ctl_call *call)
{
	return member_switched(call, "priority", leg_priority);
}

/* Why two could not be related. */
static json_t *unrelated(struct ctl_call *call, int err)
{
	switch (err) {
	case -ENOENT:
	case -EINVAL:
		return fail(call, "not_found", "the legs are not two members of one room");
	case -EBUSY:
		return fail(call, "refused", "the other one is a coach");
	case -ENOSPC:
		return fail(call, "refused", "he has too many exceptions already");
	default:
		return fail(call, "failed", "no memory");
	}
}

json_t *run_coach(struct ctl_call *call)
{
	const uint64_t number = arg(call, 1)->number;
	struct leg *l = leg_arg(call), *pupil = NULL;
	int err;

	if (!l)
		return NULL;
	if (number)
		pupil = hub_leg(call->cfg->hub, number);
	err = number && !pupil ? -ENOENT : leg_coach(l, pupil, call->by);
	if (err && err != -EALREADY)
		return unrelated(call, err);
	return json_pack("{sI sI sb}", "leg", (json_int_t)arg(call, 0)->number,
			 "pupil", (json_int_t)number, "changed", err == 0);
}

json_t *run_relate(struct ctl_call *call)
{
	const char *how = arg(call, 2)->text;
	struct leg *l = leg_arg(call);
	struct leg *other = hub_leg(call->cfg->hub, arg(call, 1)->number);
	const bool clear = strcmp(how, "clear") == 0;
	int err = 0, back = -EALREADY;

	if (!l)
		return NULL;
	if (!other)
		return unrelated(call, -ENOENT);
	if (clear || strcmp(how, "nohear") == 0)
		err = leg_relate(l, other, clear, call->by);
	else if (strcmp(how, "nospeak") != 0)
		return fail(call, "bad_request", "how is not nohear, nospeak or clear");
	if (clear || strcmp(how, "nospeak") == 0)
		back = leg_relate(other, l, clear, call->by);
	if (err && err != -EALREADY && back != 0)
		return unrelated(call, err);
	if (back && back != -EALREADY && err != 0)
		return unrelated(call, back);
	return json_pack("{sI sI so sb}", "leg", (json_int_t)arg(call, 0)->number,
			 "other", (json_int_t)arg(call, 1)->number,
			 "how", json_string(how), "changed", err == 0 || back == 0);
}

json_t *run_volume(struct ctl_call *call)
{
	const char *way = arg(call, 1)->text, *how = arg(call, 2)->text;
	const bool talk = strcmp(way, "talk") == 0;
	struct leg *l = leg_arg(call);
	struct leg_info info;
	int err, step = strcmp(how, "up") == 0 ? 1 : strcmp(how, "down") == 0 ? -1 : 0;

	if (!l)
		return NULL;
	if (!talk && strcmp(way, "listen") != 0)
		return fail(call, "bad_request", "way is not talk or listen");
	if (!step && strcmp(how, "reset") != 0)
		return fail(call, "bad_request", "how is not up, down or reset");
	err = leg_volume(l, talk ? VOLUME_TALK : VOLUME_LISTEN, step, call->by);
	if (err == -ENOENT)
		return fail(call, "not_found", "leg %llu is in no room",
			    (unsigned long long)arg(call, 0)->number);
	leg_info(l, &info);
	return json_pack("{sI sI sI sb}", "leg", (json_int_t)info.number,
			 "talk_db", (json_int_t)info.talk_db,
			 "hear_db", (json_int_t)info.hear_db, "changed", err == 0);
}
