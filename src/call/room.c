/* room.c - a meeting from its first member to its last. */
#include "room.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "room_int.h"

enum {
	TONE_US = 1000000,      /* joins within it are one tone, leaves too */
	RETRY_MS = 50
};

static void set_state(struct room *room, enum room_state state)
{
	static const char *const names[] = {
		[ROOM_WAITING] = "waiting", [ROOM_OPEN] = "open",
		[ROOM_ENDED] = "ended"
	};

	log_debug(room->tag, "%s -> %s", names[room->state], names[state]);
	room->state = state;
}

/* ---- sound for all ------------------------------------------------------ */

static int play(struct room *room, enum prompt p)
{
	const struct media_play one = {
		.n = 1, .clips = { files_clip(room->hub->files, prompt_file(p)) }
	};
	int err = media_bus_play(room->bus, &one);

	if (err)
		log_debug(room->tag, "not played, prompt=%s error=%d",
			  prompt_file(p), -err);
	return err;
}

/* *last: when the latest one of its kind was played. */
static void tone(struct room *room, enum prompt p, int64_t *last)
{
	const int64_t now = loop_now_us();

	if (now - *last < TONE_US)
		return;
	*last = now;
	play(room, p);
}

/* ---- members ------------------------------------------------------------ */

unsigned room_n_in(const struct room *room)
{
	const struct member *m;
	unsigned n = 0;

	list_each(&room->members, m, it, struct member, in_room)
		n += m->state == MEMBER_IN;
	return n;
}

static void go_in(struct member *m)
{
	struct room *room = m->room;

	member_go_in(m, false);
	if (room->cfg.join_tone && room_n_in(room) > 1)
		tone(room, PROMPT_JOIN, &room->join_us);
}

/* The moderator is here, or none is needed any more. */
static void open_room(struct room *room)
{
	struct member *m;

	log_info(room->tag, "open, waiting=%zu", room->members.n);
	set_state(room, ROOM_OPEN);
	list_each(&room->members, m, it, struct member, in_room)
		if (m->state == MEMBER_WAITING)
			member_go_in(m, true);
}

static void back_to_waiting(struct room *room)
{
	struct member *m;

	set_state(room, ROOM_WAITING);
	list_each(&room->members, m, it, struct member, in_room)
		member_wait(m, PROMPT_LEADER_HAS_LEFT);
}

/* Sends everybody off; the room ends with the last of them, inside. */
static void dismiss(struct room *room, enum end_reason why,
		    const struct say *say)
{
	struct member *m;

	room->closing = why;
	list_each(&room->members, m, it, struct member, in_room)
		leg_farewell(m->leg, say, why);
}

/* ---- begin and end ------------------------------------------------------ */

static void on_bus_closed(void *arg)
{
	room_free(arg);
}

static void on_dominant(void *arg, const struct media_port *port)
{
	const struct room *room = arg;
	const struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (port && leg_port(m->leg) == port) {
			log_debug(room->tag, "floor is with %s",
				  leg_tag(m->leg));
			return;
		}
	log_debug(room->tag, "floor is free");
}

static const struct media_bus_ops bus_ops = {
	.on_dominant = on_dominant,
	.on_closed = on_bus_closed
};

static void on_duration(void *arg)
{
	struct room *room = arg;

	log_info(room->tag, "time is over, max_duration_s=%u",
		 room->cfg.max_duration_s);
	dismiss(room, END_DURATION, SAY(PROMPT_ENDED, PROMPT_GOODBYE));
}

static void arm_duration(struct room *room)
{
	const int64_t gone_ms = (loop_now_us() - room->begun_us) / 1000;
	const int64_t max_ms = (int64_t)room->cfg.max_duration_s * 1000;

	if (!max_ms)
		timer_stop(&room->duration);
	else
		timer_start(&room->duration, max_ms > gone_ms ? max_ms - gone_ms : 0);
}

static void on_retry(void *arg)
{
	struct room *room = arg;
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		member_apply(m);
}

void room_retry(struct room *room)
{
	if (!timer_is_running(&room->retry)) {
		log_warn(room->tag, "media does not keep up");
		timer_start(&room->retry, RETRY_MS);
	}
}

static void begin_record(struct room *room)
{
	struct conference_record *rec = &room->rec;

	id_uuid(rec->id);
	rec->started_us = record_now_us();
	str_copy(rec->room, sizeof(rec->room), room->cfg.number);
	str_copy(rec->name, sizeof(rec->name), room->cfg.name);
	rec->rate_hz = room->cfg.rate_hz;
	record_conference(room->hub->db, rec, RECORD_START);
	log_info(room->tag, "begins, id=%s rate=%u", rec->id, rec->rate_hz);
	event_room(room, (struct event){ .type = EVENT_BEGIN });
}

static struct room *room_new(struct hub *hub, const struct db_room *cfg,
			     bool waits)
{
	struct room *room = calloc(1, sizeof(*room));
	int err;

	if (!room)
		return NULL;
	room->hub = hub;
	room->cfg = *cfg;
	room->locked = cfg->locked;
	room->state = waits ? ROOM_WAITING : ROOM_OPEN;
	snprintf(room->tag, sizeof(room->tag), "room %s", cfg->number);
	list_init(&room->members);
	timer_init(&room->duration, hub->loop, on_duration, room);
	timer_init(&room->retry, hub->loop, on_retry, room);

	err = hash_add(&hub->room_by_number, &room->by_number, room->cfg.number);
	if (err)
		goto fail;
	err = media_bus_open(hub->media, cfg->rate_hz, &bus_ops, room, &room->bus);
	if (err) {
		hash_del(&hub->room_by_number, &room->by_number);
		goto fail;
	}
	list_add(&hub->rooms, &room->in_hub);
	room->begun_us = loop_now_us();
	room->join_us = room->leave_us = room->begun_us - TONE_US;
	arm_duration(room);
	begin_record(room);
	return room;
fail:
	log_error(room->tag, "cannot begin, error=%d", -err);
	free(room);
	return NULL;
}

static void room_end(struct room *room)
{
	struct conference_record *rec = &room->rec;

	set_state(room, ROOM_ENDED);
	timer_stop(&room->duration);
	timer_stop(&room->retry);
	hash_del(&room->hub->room_by_number, &room->by_number);
	rec->ended_us = record_now_us();
	rec->end_reason = room->closing ? room->closing : END_EMPTY;
	record_conference(room->hub->db, rec, RECORD_END);
	log_info(room->tag, "ended, reason=%s id=%s members=%u most=%u",
		 end_word(rec->end_reason), rec->id, rec->members_total,
		 rec->members_max);
	event_room(room, (struct event){ .type = EVENT_END,
					 .reason = rec->end_reason });
	media_bus_close(room->bus);
}

/* After its bus, or with the hub when media is gone. */
void room_free(struct room *room)
{
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		member_free(m);
	timer_stop(&room->duration);
	timer_stop(&room->retry);
	list_del(&room->hub->rooms, &room->in_hub);
	free(room);
}

/* ---- events ------------------------------------------------------------- */

enum end_reason room_refuses(const struct hub *hub, const struct db_room *cfg,
			     enum role role)
{
	const struct room *room = hub_room(hub, cfg->number);

	if (role == ROLE_MODERATOR)
		return END_NONE;
	if (room ? room->locked : cfg->locked)
		return END_LOCKED;
	if (cfg->max_members && room && room->members.n >= cfg->max_members)
		return END_FULL;
	return END_NONE;
}

static void book(struct room *room, struct member *m, enum admitted how)
{
	struct leg_record *rec = leg_record(m->leg);

	room->rec.members_total++;
	if (m->role == ROLE_MODERATOR) {
		room->rec.moderators_total++;
		room->n_moderators++;
	}
	if (room->members.n > room->rec.members_max)
		room->rec.members_max = (uint32_t)room->members.n;

	str_copy(rec->conference_id, sizeof(rec->conference_id), room->rec.id);
	str_copy(rec->room, sizeof(rec->room), room->cfg.number);
	rec->role = m->role;
	rec->admitted = how;
	rec->admitted_us = record_now_us();
	record_leg(room->hub->db, rec, RECORD_ADMIT);
	log_info(room->tag, "%s joins as %s, members=%zu", leg_tag(m->leg),
		 m->role == ROLE_MODERATOR ? "moderator" : "member",
		 room->members.n);
	event_member(m, (struct event){
		.type = EVENT_JOIN,
		.on = room->state == ROOM_WAITING && m->role != ROLE_MODERATOR });
}

void room_enter(struct hub *hub, const struct db_room *cfg, struct leg *leg,
		enum role role, enum admitted how)
{
	const bool waits = cfg->wait_for_moderator && role != ROLE_MODERATOR;
	struct room *room = hub_room(hub, cfg->number);
	struct member *m;

	if (!room)
		room = room_new(hub, cfg, waits);
	m = room ? member_new(room, leg, role) : NULL;
	if (!m) {
		if (room && !room->members.n)
			room_end(room);
		leg_farewell(leg, SAY(PROMPT_SORRY, PROMPT_TRY_LATER), END_ERROR);
		return;
	}
	list_add(&room->members, &m->in_room);
	if (role != ROLE_MODERATOR && room->cfg.mute_on_entry)
		m->mute |= MUTE_OWN;
	if (role != ROLE_MODERATOR && room->muted)
		m->mute |= MUTE_MODERATOR;
	book(room, m, how);

	if (room->state == ROOM_WAITING && role == ROLE_MODERATOR)
		open_room(room);
	if (room->state == ROOM_WAITING)
		member_wait(m, PROMPT_NONE);
	else
		go_in(m);
}

static void last_moderator_left(struct room *room)
{
	log_info(room->tag, "last moderator left, members=%zu", room->members.n);
	switch (room->cfg.last_moderator) {
	case DB_END_STAY:
		break;
	case DB_END_WAIT:
		back_to_waiting(room);
		break;
	case DB_END_CLOSE:
		dismiss(room, END_NO_MODERATOR,
			SAY(PROMPT_LEADER_HAS_LEFT, PROMPT_GOODBYE));
		break;
	}
}

void room_member_gone(struct room *room, struct member *m)
{
	const bool was_in = m->state == MEMBER_IN;
	const bool moderator = m->role == ROLE_MODERATOR;

	list_del(&room->members, &m->in_room);
	room->n_moderators -= moderator;
	log_info(room->tag, "%s leaves, members=%zu", leg_tag(m->leg),
		 room->members.n);
	event_member(m, (struct event){
		.type = EVENT_LEAVE, .reason = leg_record(m->leg)->end_reason });
	member_free(m);

	if (!room->members.n) {
		room_end(room);
		return;
	}
	if (room->closing)
		return;
	if (was_in && room->cfg.leave_tone)
		tone(room, PROMPT_LEAVE, &room->leave_us);
	if (moderator && !room->n_moderators)
		last_moderator_left(room);
}

/* What the row says goes at once, but for the rate: that is the next
 * meeting's. A lock set by key stays until the row's own lock changes. */
void room_update(struct room *room, const struct db_room *cfg)
{
	const struct db_room old = room->cfg;

	if (!cfg) {
		log_warn(room->tag, "its row is gone, the meeting goes on");
		return;
	}
	room->cfg = *cfg;
	log_info(room->tag, "changed, name=%s locked=%d max_members=%u "
		 "max_duration_s=%u", cfg->name, cfg->locked, cfg->max_members,
		 cfg->max_duration_s);
	if (old.locked != cfg->locked)
		room_lock(room, cfg->locked, "database");
	if (old.max_duration_s != cfg->max_duration_s)
		arm_duration(room);
	if (old.wait_for_moderator && !cfg->wait_for_moderator &&
	    room->state == ROOM_WAITING)
		open_room(room);
}

void room_shut(struct room *room)
{
	room->closing = END_SHUTDOWN;
}

/* ---- control ------------------------------------------------------------ */

const char *mute_word(enum mute layer)
{
	return layer == MUTE_OWN ? "own" : "moderator";
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
	log_info(leg_tag(leg), "%s, layer=%s by=%s", on ? "muted" : "unmuted",
		 mute_word(layer), by);
	event_member(m, (struct event){ .type = EVENT_MUTE, .on = on,
					.layer = layer, .by = by });
	if (!old != !m->mute)
		member_say(m, m->mute ? SAY(PROMPT_MUTED) : SAY(PROMPT_UNMUTED));
	return 0;
}

int leg_kick(struct leg *leg, bool at_once, const char *by)
{
	if (leg_is_ending(leg))
		return -ENOENT;
	log_info(leg_tag(leg), "removed, by=%s", by);
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
	list_each(&room->members, m, it, struct member, in_room)
		if (m->role != ROLE_MODERATOR)
			member_set_mute(m, MUTE_MODERATOR, on);
	log_info(room->tag, "%s, by=%s", on ? "all muted" : "all unmuted", by);
	event_room(room, (struct event){ .type = EVENT_MUTE_ALL, .on = on,
					 .by = by });
	play(room, on ? PROMPT_ALL_MUTED : PROMPT_ALL_UNMUTED);
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
	dismiss(room, END_CLOSED, SAY(PROMPT_ENDED, PROMPT_GOODBYE));
	return 0;
}

int room_say(struct room *room, const char *prompt, const char *by)
{
	const enum prompt p = prompt_find(prompt);

	if (p == PROMPT_NONE)
		return -ENOENT;
	if (!files_has(room->hub->files, prompt))
		return -ENODATA;
	log_info(room->tag, "is told, prompt=%s by=%s", prompt, by);
	return play(room, p);
}

const struct media_bus *room_bus(const struct room *room)
{
	return room ? room->bus : NULL;
}
