/* event.c - tells listeners what happens. */
#include "event.h"

#include "audit.h"
#include "room_int.h"

const char *event_word(enum event_type type)
{
#define EVENT_WORD(id, word) word,
	static const char *const words[] = { EVENTS(EVENT_WORD) };
#undef EVENT_WORD

	return words[type];
}

const char *event_dial_word(enum event_dial dial)
{
	static const char *const words[] = {
		[DIAL_CALLING] = "calling", [DIAL_RINGING] = "ringing",
		[DIAL_RETRY] = "retry", [DIAL_FAILED] = "failed",
		[DIAL_JOINED] = "joined"
	};

	return words[dial];
}

void hub_listen(struct hub *hub, struct listener *l)
{
	list_add(&hub->listeners, &l->in_hub);
}

void hub_unlisten(struct hub *hub, struct listener *l)
{
	list_del(&hub->listeners, &l->in_hub);
}

uint64_t hub_events(const struct hub *hub)
{
	return hub->events;
}

static void tell(struct room *room, const struct leg_record *whom, struct event ev)
{
	struct hub *hub = room->hub;
	struct listener *l;

	ev.n = ++hub->events;
	ev.at_us = record_now_us();
	ev.room = room->cfg.number;
	ev.members = (unsigned)room->members.n;
	list_each(&hub->listeners, l, it, struct listener, in_hub)
		l->on_event(l->arg, &ev);
	audit_event(hub, room, whom, &ev);
}

void event_room(struct room *room, struct event ev)
{
	tell(room, NULL, ev);
}

void event_member(struct member *m, struct event ev)
{
	const struct leg_record *rec = leg_record(m->leg);

	ev.leg = leg_number(m->leg);
	ev.name = record_name(rec);
	ev.uri = rec->from_uri;
	ev.role = m->role;
	ev.muted = m->mute;
	tell(m->room, rec, ev);
}

void event_leg(struct leg *leg, struct event ev)
{
	struct member *m = member_of(leg);

	if (m)
		event_member(m, ev);
	else
		audit_event(leg_hub(leg), NULL, leg_record(leg), &ev);
}
