/* room_act.c - what control.h can do to a meeting and its members. */
#include <errno.h>

#include "base/log.h"
#include "room_int.h"
#include "tape.h"

const char *mute_word(enum mute layer)
{
	static const char *const words[] = {
		[MUTE_OWN] = "own", [MUTE_MODERATOR] = "moderator",
		[MUTE_CONSENT] = "consent", [MUTE_MUSIC] = "music"
	};

	return words[layer];
}

static void tell_all(struct room *room, enum announce what)
{
	room_tell(room, &(struct announcement){ .what = what });
}

int leg_mute(struct leg *leg, enum mute layer, bool on, const char *by)
{
	struct member *m = member_of(leg);
	unsigned old;

	if (!m)
		return -ENOENT;
	old = m->mute;
	if (!!(old & layer) == on)
		return -EALREADY;
	member_set_mute(m, layer, on);
	if (layer == MUTE_MODERATOR && !on)
		leg_hand(leg, false, by);
	log_info(leg_tag(leg), "%s, layer=%s by=%s", on ? "muted" : "unmuted",
		 mute_word(layer), by);
	event_member(m, (struct event){ .type = EVENT_MUTE, .on = on,
					.layer = layer, .by = by });
	if (!old == !m->mute)
		return 0;
	if (layer == MUTE_OWN)          /* by his key, most of the time */
		member_say(m, m->mute ? SAY(PROMPT_MUTED) : SAY(PROMPT_UNMUTED));
	else
		member_tell(m, m->mute ? ANNOUNCE_MUTED : ANNOUNCE_UNMUTED, 0);
	return 0;
}

int leg_deaf(struct leg *leg, bool on, const char *by)
{
	struct member *m = member_of(leg);

	if (!m)
		return -ENOENT;
	if (m->deaf == on)
		return -EALREADY;
	m->deaf = on;
	member_apply(m);
	log_info(leg_tag(leg), "%s, by=%s", on ? "deaf" : "hears again", by);
	event_member(m, (struct event){ .type = EVENT_DEAF, .on = on, .by = by });
	return 0;
}

int leg_hand(struct leg *leg, bool on, const char *by)
{
	struct member *m = member_of(leg);

	if (!m)
		return -ENOENT;
	if (!!m->hand == on)
		return -EALREADY;
	m->hand = on ? ++m->room->hands : 0;
	log_info(leg_tag(leg), "hand %s, by=%s", on ? "up" : "down", by);
	event_member(m, (struct event){ .type = EVENT_HAND, .on = on, .by = by });
	return 0;
}

int room_next_hand(struct room *room, const char *by)
{
	struct member *m, *next = NULL;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->hand && (!next || m->hand < next->hand))
			next = m;
	if (!next)
		return -EALREADY;
	if (room->speaker && room->speaker != next && room->muted)
		leg_mute(room->speaker->leg, MUTE_MODERATOR, true, by);
	room->speaker = next->mute & MUTE_MODERATOR ? next : NULL;
	if (leg_mute(next->leg, MUTE_MODERATOR, false, by) != 0)
		leg_hand(next->leg, false, by);
	return 0;
}

int leg_kick(struct leg *leg, bool at_once, const char *by)
{
	if (leg_is_ending(leg))
		return -ENOENT;
	log_info(leg_tag(leg), "removed, by=%s", by);
	event_leg(leg, (struct event){ .type = EVENT_KICK, .by = by });
	if (at_once)
		leg_end(leg, END_KICKED);
	else
		leg_farewell(leg, SAY(PROMPT_KICKED, PROMPT_GOODBYE), END_KICKED);
	return 0;
}

int room_lock(struct room *room, bool on, const char *by)
{
	if (room->locked == on)
		return -EALREADY;
	room->locked = on;
	log_info(room->tag, "%s, by=%s", on ? "locked" : "unlocked", by);
	event_room(room, (struct event){ .type = EVENT_LOCK, .on = on, .by = by });
	room_tell(room, &(struct announcement){
		.what = on ? ANNOUNCE_LOCKED : ANNOUNCE_UNLOCKED,
		.to = ANNOUNCE_TO_MODERATORS });
	return 0;
}

bool room_is_locked(const struct room *room)
{
	return room->locked;
}

int room_mute_all(struct room *room, bool on, const char *by)
{
	struct member *m;

	if (room->muted == on)
		return -EALREADY;
	room->muted = on;
	room->speaker = NULL;
	list_each(&room->members, m, it, struct member, in_room)
		if (m->role != ROLE_MODERATOR)
			member_set_mute(m, MUTE_MODERATOR, on);
	log_info(room->tag, "%s, by=%s", on ? "all muted" : "all unmuted", by);
	event_room(room, (struct event){ .type = EVENT_MUTE_ALL, .on = on,
					 .by = by });
	tell_all(room, on ? ANNOUNCE_ALL_MUTED : ANNOUNCE_ALL_UNMUTED);
	return 0;
}

bool room_is_muted(const struct room *room)
{
	return room->muted;
}

unsigned room_members(const struct room *room)
{
	return (unsigned)room->members.n;
}

int room_close(struct room *room, const char *by)
{
	log_info(room->tag, "closed, by=%s", by);
	event_room(room, (struct event){ .type = EVENT_CLOSE, .by = by });
	room_dismiss(room, END_CLOSED, SAY(PROMPT_ENDED, PROMPT_GOODBYE));
	return 0;
}

static void tell_recorded(struct room *room, bool on)
{
	if (on && consent_is_asked(room))
		consent_tell_others(room);
	else if (room->cfg.record_consent != DB_CONSENT_OFF)
		tell_all(room, on ? ANNOUNCE_RECORDED : ANNOUNCE_NOT_RECORDED);
}

int room_record(struct room *room, bool on, const char *by)
{
	int err;

	if (!on && !room->tape)
		return -EALREADY;
	if (!on) {
		log_info(room->tag, "is recorded no more, by=%s", by);
		tape_end(room, "stopped");
		tell_recorded(room, false);
		return 0;
	}
	err = tape_begin(room, by);
	if (!err)
		tell_recorded(room, true);
	else if (err != -EALREADY)
		log_warn(room->tag, "cannot be recorded, by=%s error=%d", by, -err);
	return err;
}

bool room_is_recorded(const struct room *room)
{
	return room->tape != NULL;
}

int room_dial(struct room *room, const char *numbers, const char *by)
{
	int err = room->closing ? -ENOENT : guests_call(room, numbers, by);

	if (err)
		log_warn(room->tag, "cannot call, numbers=%s by=%s error=%d",
			 numbers, by, -err);
	return err;
}

int room_dial_stop(struct room *room, const char *by)
{
	const unsigned n = guests_drop(room);

	if (!n)
		return -EALREADY;
	log_info(room->tag, "calls nobody any more, were=%u by=%s", n, by);
	return 0;
}

int room_roll_call(struct room *room, const char *by)
{
	log_info(room->tag, "roll call, by=%s", by);
	return room_tell(room, &(struct announcement){ .what = ANNOUNCE_ROLL });
}

int room_find_prompt(const struct room *room, const char *file, enum prompt *p)
{
	*p = prompt_find(file);
	if (*p == PROMPT_NONE)
		return -ENOENT;
	return files_has(room->hub->files, "en", file) ? 0 : -ENODATA;
}

int room_say(struct room *room, const char *prompt, const char *by)
{
	enum prompt p;
	int err = room_find_prompt(room, prompt, &p);

	if (err)
		return err;
	log_info(room->tag, "is told, prompt=%s by=%s", prompt, by);
	event_room(room, (struct event){ .type = EVENT_SAY, .number = prompt, .by = by });
	return room_tell(room, &(struct announcement){ .what = ANNOUNCE_SAY, .prompt = p });
}
