/* audit.c - see audit.h */
#include "audit.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "room_int.h"

/* What an event's values are. */
enum kind {
	AUDIT_NOT,              /* it is not somebody's act */
	AUDIT_ACT,
	AUDIT_SWITCH,           /* on or off */
	AUDIT_ALWAYS            /* the same, also if nobody in particular did it */
};

static const enum kind kinds[EVENT__MAX] = {
	[EVENT_LOBBY] = AUDIT_SWITCH, [EVENT_DEAF] = AUDIT_SWITCH,
	[EVENT_HAND] = AUDIT_SWITCH, [EVENT_MUTE] = AUDIT_SWITCH,
	[EVENT_GHOST] = AUDIT_SWITCH, [EVENT_PRIORITY] = AUDIT_SWITCH,
	[EVENT_COACH] = AUDIT_SWITCH, [EVENT_RELATE] = AUDIT_SWITCH,
	[EVENT_LOCK] = AUDIT_SWITCH, [EVENT_MUTE_ALL] = AUDIT_SWITCH,
	[EVENT_BREAKOUT] = AUDIT_SWITCH, [EVENT_AGC] = AUDIT_SWITCH,
	[EVENT_NS] = AUDIT_SWITCH, [EVENT_ECHO] = AUDIT_SWITCH,
	[EVENT_MUSIC] = AUDIT_SWITCH,
	[EVENT_WAIT] = AUDIT_ALWAYS, [EVENT_HOLD] = AUDIT_ALWAYS,
	[EVENT_RECORD] = AUDIT_ALWAYS, [EVENT_HOLD_MUSIC] = AUDIT_ALWAYS,
	[EVENT_VOLUME] = AUDIT_ACT, [EVENT_EXTEND] = AUDIT_ACT,
	[EVENT_CLOSE] = AUDIT_ACT, [EVENT_MOVE] = AUDIT_ACT,
	[EVENT_KICK] = AUDIT_ACT, [EVENT_DENY] = AUDIT_ACT,
	[EVENT_SAY] = AUDIT_ACT, [EVENT_DIAL] = AUDIT_ACT,
	[EVENT_CONSENT] = AUDIT_ACT
};

/* "leg 17" is a member, "confabctl uid=0 pid=1" a person at the server. */
static void set_actor(struct audit_record *rec, const struct hub *hub, const char *by)
{
	unsigned long long number;
	struct leg *leg;

	rec->actor_kind = "system";
	str_copy(rec->actor, sizeof(rec->actor), by ? by : "room");
	if (!by)
		return;
	if (strncmp(by, "confabctl", 9) == 0)
		rec->actor_kind = "confabctl";
	if (sscanf(by, "leg %llu", &number) != 1)
		return;
	rec->actor_kind = "member";
	leg = hub_leg(hub, number);
	if (!leg)
		return;
	str_copy(rec->actor_leg, sizeof(rec->actor_leg), leg_record(leg)->id);
	if (*record_name(leg_record(leg)))
		str_copy(rec->actor, sizeof(rec->actor), record_name(leg_record(leg)));
}

static void set_detail(struct audit_record *rec, const struct event *ev)
{
	struct strbuf sb;

	strbuf_init(&sb, rec->detail, sizeof(rec->detail));
	switch (ev->type) {
	case EVENT_MUTE:
		strbuf_add(&sb, "%s", mute_word(ev->layer));
		break;
	case EVENT_DIAL: case EVENT_SAY:
		strbuf_add(&sb, "%s", ev->number);
		break;
	case EVENT_COACH: case EVENT_RELATE:
		if (ev->other)
			strbuf_add(&sb, "leg %llu", (unsigned long long)ev->other);
		break;
	case EVENT_VOLUME:
		strbuf_add(&sb, "%s", ev->volume == VOLUME_TALK ? "talk" : "listen");
		break;
	default:
		break;
	}
}

static void set_values(struct audit_record *rec, const struct event *ev)
{
	struct strbuf sb;

	strbuf_init(&sb, rec->new_value, sizeof(rec->new_value));
	if (kinds[ev->type] != AUDIT_ACT) {
		rec->old_value = ev->on ? "off" : "on";
		strbuf_add(&sb, "%s", ev->on ? "on" : "off");
	} else if (ev->type == EVENT_VOLUME) {
		strbuf_add(&sb, "%d dB", ev->db);
	} else if (ev->type == EVENT_CONSENT) {
		strbuf_add(&sb, "%s", ev->number);
	} else if (ev->type == EVENT_MOVE) {
		strbuf_add(&sb, "%u", ev->place);
	} else if (ev->type == EVENT_DIAL) {
		strbuf_add(&sb, "%s", event_dial_word(ev->dial));
		if (ev->outcome)
			strbuf_add(&sb, ": %s", ev->outcome);
	}
}

static void note(struct hub *hub, const struct room *room,
		 const struct leg_record *whom, const struct event *ev)
{
	struct audit_record rec = { .at_us = record_now_us(),
				    .action = event_word(ev->type) };

	id_uuid(rec.id);
	str_copy(rec.room, sizeof(rec.room), room ? room->cfg.number : whom->room);
	if (room)
		str_copy(rec.conference_id, sizeof(rec.conference_id), room->rec.id);
	set_actor(&rec, hub, ev->by);
	if (whom) {
		str_copy(rec.target_leg, sizeof(rec.target_leg), whom->id);
		str_copy(rec.target, sizeof(rec.target), *record_name(whom)
			 ? record_name(whom) : whom->from_uri);
	}
	set_detail(&rec, ev);
	set_values(&rec, ev);
	record_audit(hub->db, &rec);
}

/* For each one by himself, so that his history is whole. */
static void note_mutes(struct hub *hub, const struct room *room,
		       const struct event *all)
{
	const struct event ev = { .type = EVENT_MUTE, .layer = MUTE_MODERATOR,
				  .on = all->on, .by = all->by };
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->role != ROLE_MODERATOR)
			note(hub, room, leg_record(m->leg), &ev);
}

/* He comes in muted, by the room's options. */
static void note_begin(struct hub *hub, const struct room *room,
		       const struct leg_record *whom, unsigned muted)
{
	struct event ev = { .type = EVENT_MUTE, .on = true };

	for (unsigned layer = MUTE_OWN; layer <= MUTE_MODERATOR; layer <<= 1) {
		ev.layer = (enum mute)layer;
		if (muted & layer)
			note(hub, room, whom, &ev);
	}
}

void audit_event(struct hub *hub, struct room *room,
		 const struct leg_record *whom, const struct event *ev)
{
	const enum kind kind = kinds[ev->type];

	if (kind == AUDIT_ALWAYS || ev->type == EVENT_DIAL ||
	    (kind != AUDIT_NOT && ev->by))
		note(hub, room, whom, ev);
	if (ev->type == EVENT_MUTE_ALL)
		note_mutes(hub, room, ev);
	if (ev->type == EVENT_JOIN)
		note_begin(hub, room, whom, ev->muted);
}
