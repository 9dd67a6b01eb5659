/* guest.c - see guest.h */
#include "guest.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "room_int.h"

enum {
	DAY_S = 86400,
	ASK_TIMES = 3,
	ASK_AGAIN_MS = 4000     /* after the question was said */
};

static const struct leg_ops guest_ops;

/* ---- how many ----------------------------------------------------------- */

/* A room's calls of one day; there is one for each room that called today. */
struct day {
	struct link in_hub;
	char room[DB_NUMBER_MAX];
	int64_t day;            /* since 1970, UTC */
	uint32_t calls;         /* of this run of the server */
	uint32_t before;        /* of earlier ones, as the database has them */
};

void guest_days_free(struct guest_days *days)
{
	struct day *d;

	list_each(&days->days, d, it, struct day, in_hub) {
		list_del(&days->days, &d->in_hub);
		free(d);
	}
}

/* What the database is asked about: a room's day, or whose number it is. */
struct question {
	struct hub *hub;
	char room[DB_NUMBER_MAX];
	char number[GUEST_NUMBER_MAX];
	int64_t day;
};

static void on_counted(void *arg, int err, const char *json)
{
	struct question *q = arg;
	json_t *obj = err ? NULL : json_loads(json ? json : "", 0, NULL);
	struct day *d;

	if (!err)       /* else the hub may be gone */
		list_each(&q->hub->guest_days.days, d, it, struct day, in_hub)
			if (d->day == q->day && strcmp(d->room, q->room) == 0)
				d->before = (uint32_t)json_integer_value(
					json_object_get(obj, "calls"));
	json_decref(obj);
	free(q);
}

/* Legs are records, and survive a restart. */
static void ask_before(struct room *room, int64_t day)
{
	struct hub *hub = room->hub;
	struct question *q = calloc(1, sizeof(*q));
	const char *values[DB_ASK_ARGS_MAX] = { room->cfg.number };
	char since[32];

	if (!q)
		return;
	q->hub = hub;
	q->day = day;
	str_copy(q->room, sizeof(q->room), room->cfg.number);
	snprintf(since, sizeof(since), "%lld", (long long)(hub->started_us / 1000000));
	values[1] = since;
	if (db_ask(hub->db, DB_ASK_DIALLED, values, on_counted, q) != 0)
		free(q);
}

/* What is of yesterday goes on the way. NULL without memory. */
static struct day *today(struct room *room)
{
	struct list *days = &room->hub->guest_days.days;
	const int64_t now = record_now_us() / 1000000 / DAY_S;
	struct day *d, *found = NULL;

	list_each(days, d, it, struct day, in_hub) {
		if (d->day != now) {
			list_del(days, &d->in_hub);
			free(d);
		} else if (strcmp(d->room, room->cfg.number) == 0) {
			found = d;
		}
	}
	if (found)
		return found;
	found = calloc(1, sizeof(*found));
	if (!found)
		return NULL;
	str_copy(found->room, sizeof(found->room), room->cfg.number);
	found->day = now;
	list_add(days, &found->in_hub);
	ask_before(room, now);
	return found;
}

void guests_count_today(struct room *room)
{
	const struct config *c = room->hub->config;

	if (*c->dialout.trunk && c->dialout.day_max)
		(void)today(room);
}

/* Those who are called, and those who were and are here. */
static unsigned guests_of(const struct room *room)
{
	unsigned n = (unsigned)room->guests.n;
	const struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		n += leg_is_out(m->leg);
	return n;
}

static int may_call(struct room *room, unsigned n)
{
	const struct config *c = room->hub->config;
	const struct day *d = today(room);

	if (!*c->dialout.trunk)
		return -ENETUNREACH;
	if (!d)
		return -ENOMEM;
	if (c->dialout.day_max && d->before + d->calls + n > c->dialout.day_max)
		return -EDQUOT;
	if (guests_of(room) + n > c->dialout.room_max)
		return -ENOSPC;
	return 0;
}

/* ---- whom --------------------------------------------------------------- */

bool guest_is_allowed(const char *list, const char *number)
{
	while (*list) {
		size_t n = strcspn(list, ", ");

		if ((n == 1 && *list == '*') ||
		    (n > 0 && strncmp(list, number, n) == 0))
			return true;
		list += n;
		list += strspn(list, ", ");
	}
	return false;
}

static bool is_number(const char *s, size_t n)
{
	static const char marks[] = "+*-._";

	if (n == 0 || n >= GUEST_NUMBER_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!strchr(marks, s[i]) && !(s[i] >= '0' && s[i] <= '9') &&
		    !(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= 'A' && s[i] <= 'Z'))
			return false;
	return true;
}

/* How many numbers are in "111&222"; -EINVAL: what stands there is none. */
static int count_numbers(const char *numbers)
{
	int count = 0;

	for (;;) {
		size_t n = strcspn(numbers, "&");

		if (!is_number(numbers, n) || ++count > GUEST_GROUP_MAX)
			return -EINVAL;
		if (!numbers[n])
			return count;
		numbers += n + 1;
	}
}

/* ---- the life of a guest ------------------------------------------------ */

/* What became of a call: a word for the event, a prompt for who wished it. */
struct outcome {
	const char *word;
	enum prompt prompt;
};

static struct outcome outcome_of(enum event_dial what, enum end_reason why, uint32_t status)
{
	if (what == DIAL_JOINED)
		return (struct outcome){ "answered", PROMPT_NONE };
	if (what != DIAL_FAILED && what != DIAL_RETRY)
		return (struct outcome){ NULL, PROMPT_NONE };
	if (why == END_CLOSED)
		return (struct outcome){ "stopped", PROMPT_NONE };
	if (why == END_DECLINED)
		return (struct outcome){ "declined", PROMPT_IM_SORRY };
	if (status == 486 || status == 600)
		return (struct outcome){ "busy", PROMPT_ON_THE_PHONE };
	if (why == END_NO_ANSWER || status == 408 || status == 480)
		return (struct outcome){ "no_answer", PROMPT_NOBODY_THERE };
	return (struct outcome){ "refused", PROMPT_CANNOT_COMPLETE };
}

/* By keypad: he hears it, unless he is just being told something else. */
static void tell_asker(const struct guest *g, enum prompt p)
{
	unsigned long long number;
	struct member *m;
	struct leg *leg;

	if (p == PROMPT_NONE || sscanf(g->by, "leg %llu", &number) != 1)
		return;
	leg = hub_leg(g->room->hub, number);
	m = leg ? member_of(leg) : NULL;
	if (m && m->room == g->room && !leg_is_saying(leg))
		member_say(m, SAY((uint8_t)p));
}

static void tell(struct guest *g, enum event_dial what, enum end_reason why)
{
	const struct outcome o = outcome_of(what, why,
		g->leg ? leg_record(g->leg)->sip_status : 0);

	event_room(g->room, (struct event){
		.type = EVENT_DIAL, .dial = what, .number = g->number,
		.leg = g->leg ? leg_number(g->leg) : 0, .reason = why,
		.outcome = o.word, .by = g->by });
	if (what == DIAL_FAILED)
		tell_asker(g, o.prompt);
}

static void forget(struct guest *g)
{
	timer_stop(&g->timer);
	list_del(&g->room->guests, &g->in_room);
	free(g);
}

static void set_state(struct guest *g, enum guest_state state)
{
	static const char *const names[] = {
		[GUEST_CALLING] = "calling", [GUEST_PAUSE] = "pause",
		[GUEST_ASKED] = "asked"
	};

	log_debug(g->room->tag, "guest %s: %s -> %s", g->number,
		  names[g->state], names[state]);
	g->state = state;
}

static const char *text_of(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

static void set_invite(struct guest *g, const json_t *obj)
{
	const char *role = text_of(obj, "role");

	g->invite.id = json_integer_value(json_object_get(obj, "id"));
	str_copy(g->invite.name, sizeof(g->invite.name), text_of(obj, "name"));
	str_copy(g->invite.language, sizeof(g->invite.language),
		 text_of(obj, "language"));
	g->moderates = role && strcmp(role, "moderator") == 0;
}

static void on_invited(void *arg, int err, const char *json)
{
	struct question *q = arg;
	json_t *obj = err ? NULL : json_loads(json ? json : "", 0, NULL);
	struct room *room = obj ? hub_room(q->hub, q->room) : NULL;
	struct guest *g;

	if (room)
		list_each(&room->guests, g, it, struct guest, in_room)
			if (strcmp(g->number, q->number) == 0)
				set_invite(g, obj);
	json_decref(obj);
	free(q);
}

/* The answer is there long before he picks up; if not, he is a member without a
 * name. */
static void ask_whose_number(const struct guest *g)
{
	const char *values[DB_ASK_ARGS_MAX] = { g->room->cfg.number, g->number };
	struct question *q = calloc(1, sizeof(*q));

	if (!q)
		return;
	q->hub = g->room->hub;
	str_copy(q->room, sizeof(q->room), g->room->cfg.number);
	str_copy(q->number, sizeof(q->number), g->number);
	if (db_ask(q->hub->db, DB_ASK_INVITED, values, on_invited, q) != 0)
		free(q);
}

static int dial(struct guest *g)
{
	struct room *room = g->room;
	const struct config *c = room->hub->config;
	struct sip_dial d = {
		.to_user = g->number,
		.to_host = *c->dialout.domain ? c->dialout.domain : NULL,
		.tcp = c->dialout.tcp,
		.from_user = *c->dialout.from ? c->dialout.from
					      : room->cfg.number,
		.from_name = room->cfg.name,
		.auth_user = *c->dialout.user ? c->dialout.user : NULL,
		.auth_password = c->dialout.password,
	};
	struct day *day = today(room);
	int err = addr_parse_port(&d.peer, c->dialout.trunk, 5060);

	if (!err)
		err = leg_dial(&g->leg, room->hub, &d, room->cfg.number,
			       c->dialout.ring * 1000, room->bus, &guest_ops, g);
	if (err)
		return err;
	if (g->room->cfg.has_invites)
		ask_whose_number(g);
	g->tries++;
	if (day)
		day->calls++;
	tell(g, DIAL_CALLING, END_NONE);
	return 0;
}

/* Is it worth another call? Busy, not there just now, nobody answered. */
static bool is_worth_retry(const struct guest *g, const struct leg_record *rec)
{
	if (g->room->closing || g->tries > g->room->hub->config->dialout.retries)
		return false;
	switch (rec->sip_status) {
	case 408: case 480: case 486: case 500: case 503: case 600:
		return true;
	default:
		return rec->end_reason == END_NO_ANSWER;
	}
}

/* He is not needed any more. */
static void drop(struct guest *g)
{
	struct leg *leg = g->leg;

	tell(g, DIAL_FAILED, END_CLOSED);
	forget(g);
	if (leg) {
		leg_disown(leg);
		leg_end(leg, END_CLOSED);
	}
}

static void drop_group(struct room *room, uint64_t group)
{
	struct guest *g;

	list_each(&room->guests, g, it, struct guest, in_room)
		if (g->group == group)
			drop(g);
}

/* Last, for the guest is a member after this. */
static void join(struct guest *g)
{
	struct room *room = g->room;
	const struct db_room *cfg = &room->cfg;
	const uint64_t group = g->group;
	struct leg *leg = g->leg;
	const enum role role = g->moderates ? ROLE_MODERATOR : ROLE_MEMBER;
	struct wishes none = { 0 };

	leg_record(leg)->invite = g->invite;
	tell(g, DIAL_JOINED, END_NONE);
	leg_hush(leg);
	leg_disown(leg);
	forget(g);
	drop_group(room, group);
	room_enter(room->hub, cfg, leg, role, ADMITTED_DIALLED, &none);
}

static void ask(struct guest *g)
{
	struct say say = { 0 };

	g->asked++;
	say_add(&say, PROMPT_ENTERING_NUMBER);
	say_keys(&say, g->room->cfg.number);
	say_add(&say, PROMPT_IF_CORRECT_PRESS);
	say_add(&say, PROMPT_N1);
	leg_say(g->leg, &say);
}

/* He does not want, or is a machine. */
static void decline(struct guest *g)
{
	struct leg *leg = g->leg;

	/* on_end() tells, and forgets him */
	leg_farewell(leg, SAY(PROMPT_GOODBYE), END_DECLINED);
}

static void on_timer(void *arg)
{
	struct guest *g = arg;
	int err;

	if (g->state == GUEST_ASKED) {
		if (g->asked < ASK_TIMES)
			ask(g);
		else
			decline(g);
		return;
	}
	set_state(g, GUEST_CALLING);
	err = may_call(g->room, 0);
	if (!err)
		err = dial(g);
	if (err) {
		log_warn(g->room->tag, "cannot call again, number=%s error=%d",
			 g->number, -err);
		tell(g, DIAL_FAILED, END_ERROR);
		forget(g);
	}
}

static void on_progress(void *arg, int status)
{
	(void)status;
	tell(arg, DIAL_RINGING, END_NONE);
}

static void on_up(void *arg)
{
	struct guest *g = arg;

	if (!g->room->hub->config->dialout.guard) {
		join(g);
		return;
	}
	set_state(g, GUEST_ASKED);
	leg_room_lang(g->leg, g->room->cfg.language);
	ask(g);
}

static void on_said(void *arg)
{
	struct guest *g = arg;

	timer_start(&g->timer, ASK_AGAIN_MS);
}

static void on_key(void *arg, char key)
{
	struct guest *g = arg;

	if (g->state != GUEST_ASKED)
		return;
	if (key == '1')
		join(g);
	else if (key == '*' || key == '#')
		decline(g);
}

static void on_end(void *arg)
{
	struct guest *g = arg;
	const struct leg_record *rec = leg_record(g->leg);

	timer_stop(&g->timer);
	if (g->state == GUEST_CALLING && is_worth_retry(g, rec)) {
		tell(g, DIAL_RETRY, rec->end_reason);
		g->leg = NULL;
		set_state(g, GUEST_PAUSE);
		timer_start(&g->timer, (int64_t)1000 *
			    g->room->hub->config->dialout.retry_after);
		return;
	}
	tell(g, DIAL_FAILED, rec->end_reason);
	forget(g);
}

static const struct leg_ops guest_ops = {
	.name = "guest",
	.on_progress = on_progress,
	.on_up = on_up,
	.on_said = on_said,
	.on_key = on_key,
	.on_end = on_end
};

/* ---- wishes ------------------------------------------------------------- */

static int call_one(struct room *room, const char *number, size_t n,
		    uint64_t group, const char *by)
{
	struct guest *g = calloc(1, sizeof(*g));
	int err;

	if (!g)
		return -ENOMEM;
	memcpy(g->number, number, n);
	g->room = room;
	g->group = group;
	str_copy(g->by, sizeof(g->by), by);
	timer_init(&g->timer, room->hub->loop, on_timer, g);
	list_add(&room->guests, &g->in_room);
	err = dial(g);
	if (err)
		forget(g);
	return err;
}

int guests_call(struct room *room, const char *numbers, const char *by)
{
	const int count = count_numbers(numbers);
	const uint64_t group = ++room->hub->guest_groups;
	int err = count < 0 ? count : may_call(room, (unsigned)count);

	if (err)
		return err;
	log_info(room->tag, "calls, numbers=%s by=%s", numbers, by);
	for (int i = 0; i < count; i++) {
		size_t n = strcspn(numbers, "&");

		err = call_one(room, numbers, n, group, by);
		if (err && i == 0)
			return err;
		if (err)
			log_warn(room->tag, "cannot call, number=%.*s error=%d",
				 (int)n, numbers, -err);
		numbers += n + (numbers[n] == '&');
	}
	return 0;
}

unsigned guests_drop(struct room *room)
{
	const unsigned n = (unsigned)room->guests.n;
	struct guest *g;

	list_each(&room->guests, g, it, struct guest, in_room)
		drop(g);
	return n;
}
