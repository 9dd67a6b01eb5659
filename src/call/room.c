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
#include "tape.h"

enum {
	RETRY_MS = 50
};

/* Sends everybody off; the room ends with the last of them, inside. */
void room_dismiss(struct room *room, enum end_reason why, const struct say *say)
{
	struct member *m;

	room->closing = why;
	room_music(room);
	guests_drop(room);
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

static void on_played(void *arg, uint32_t id, bool whole)
{
	(void)whole;
	announcer_played(arg, id);
}

static const struct media_bus_ops bus_ops = {
	.on_played = on_played,
	.on_dominant = on_dominant,
	.on_closed = on_bus_closed
};

static void on_retry(void *arg)
{
	struct room *room = arg;
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		member_apply(m);
	ties_tell(room);
	room_music(room);
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

/* What holds for the meeting: the row, and what its first caller wished. */
static void configure(struct room *room, const struct db_room *row)
{
	room->row = *row;
	room->cfg = *row;
	wishes_apply(&room->wishes, &room->cfg, DB_OPTION_ROOM);
}

static struct room *room_new(struct hub *hub, const struct db_room *row,
			     const struct wishes *wishes)
{
	struct room *room = calloc(1, sizeof(*room));
	int err;

	if (!room)
		return NULL;
	room->hub = hub;
	room->wishes = *wishes;
	configure(room, row);
	room->locked = room->cfg.locked;
	room->muted = room->cfg.lecture;
	snprintf(room->tag, sizeof(room->tag), "room %s", row->number);
	list_init(&room->members);
	list_init(&room->ties);
	room_time_init(room);
	breakout_init(room);
	announcer_init(room);
	list_init(&room->guests);
	timer_init(&room->retry, hub->loop, on_retry, room);

	err = hash_add(&hub->room_by_number, &room->by_number, room->cfg.number);
	if (err)
		goto fail;
	err = media_bus_open(hub->media, room->cfg.rate_hz, &bus_ops, room, &room->bus);
	if (err) {
		hash_del(&hub->room_by_number, &room->by_number);
		goto fail;
	}
	list_add(&hub->rooms, &room->in_hub);
	room->begun_us = loop_now_us();
	room_time_schedule(room);
	begin_record(room);
	guests_count_today(room);
	return room;
fail:
	log_error(room->tag, "cannot begin, error=%d", -err);
	free(room);
	return NULL;
}

static void room_end(struct room *room)
{
	struct conference_record *rec = &room->rec;

	room->state = ROOM_EMPTY;
	room_time_stop(room);
	announcer_stop(room);
	guests_drop(room);
	tape_end(room, "meeting_over");
	breakout_stop(room);
	music_drop(&room->tune.music);
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
	ties_free(room);
	music_drop(&room->tune.music);
	room_time_stop(room);
	timer_stop(&room->breakout.end);
	timer_stop(&room->breakout.warn);
	announcer_stop(room);
	timer_stop(&room->retry);
	list_del(&room->hub->rooms, &room->in_hub);
	free(room);
}

/* ---- events ------------------------------------------------------------- */

enum end_reason room_refuses(const struct hub *hub, const struct db_room *cfg,
			     enum role role, const struct wishes *wishes)
{
	const struct room *room = hub_room(hub, cfg->number);
	struct db_room own = *cfg;

	wishes_apply(wishes, &own, DB_OPTION_ROOM | DB_OPTION_MEMBER);
	if (role == ROLE_MODERATOR)
		return END_NONE;
	if (room ? room->locked : own.locked)
		return END_LOCKED;
	if (!room)
		return own.join_only ? END_NOT_RUNNING : END_NONE;
	if (room->cfg.max_members &&
	    room->members.n - room_ghosts(room) >= room->cfg.max_members)
		return END_FULL;
	return END_NONE;
}

/* He is here, be it in the waiting room only. */
static void book(struct room *room, struct member *m, enum admitted how)
{
	struct leg_record *rec = leg_record(m->leg);

	room->rec.members_total++;
	rec->joined_us = record_now_us();
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
	log_info(room->tag, "%s joins as %s, members=%zu", leg_tag(m->leg),
		 m->role == ROLE_MODERATOR ? "moderator" : "member",
		 room->members.n);
	event_member(m, (struct event){
		.type = EVENT_JOIN,
		.on = m->opt.waiting_room || room_would_wait(m) });
}

void room_admitted(struct member *m)
{
	struct leg_record *rec = leg_record(m->leg);
	struct room *room = m->room;

	rec->admitted_us = record_now_us();
	record_leg(room->hub->db, rec, RECORD_ADMIT);
	room_seat(m);
	room_time_joined(m);
	room_tell_join(m);
}

static void begin_muted(struct member *m)
{
	if (m->opt.startmuted)
		m->mute |= MUTE_OWN;
	if (m->role != ROLE_MODERATOR && m->room->muted)
		m->mute |= MUTE_MODERATOR;
}

void room_enter(struct hub *hub, const struct db_room *cfg, struct leg *leg,
		enum role role, enum admitted how,
		const struct wishes *wishes)
{
	struct room *room = hub_room(hub, cfg->number);
	const bool begins = !room;
	struct member *m;

	if (begins)
		room = room_new(hub, cfg, wishes);
	if (begins && room && room->cfg.record_conference)
		room_record(room, true, "room");
	m = room ? member_new(room, leg, role, wishes) : NULL;
	if (!m) {
		if (room && !room->members.n)
			room_end(room);
		leg_farewell(leg, SAY(PROMPT_SORRY, PROMPT_TRY_LATER), END_ERROR);
		return;
	}
	list_add(&room->members, &m->in_room);
	begin_muted(m);
	book(room, m, how);
	if (m->opt.waiting_room && how != ADMITTED_DIALLED)
		room_knock(m);
	else
		room_admitted(m);
	if (begins && *room->cfg.call_at_start)
		room_dial(room, room->cfg.call_at_start, "room");
}

void room_member_gone(struct room *room, struct member *m)
{
	const bool was_in = m->state == MEMBER_IN;
	const enum room_kind kind = m->kind;
	const bool endconf = m->opt.endconf, seated = m->state != MEMBER_LOBBY;

	ties_forget(m);
	consent_gone(m);
	if (room->speaker == m)
		room->speaker = NULL;
	list_del(&room->members, &m->in_room);
	room->n_moderators -= m->role == ROLE_MODERATOR;
	log_info(room->tag, "%s leaves, members=%zu", leg_tag(m->leg),
		 room->members.n);
	leg_record(m->leg)->left_us = record_now_us();
	event_member(m, (struct event){
		.type = EVENT_LEAVE, .reason = leg_record(m->leg)->end_reason });
	if (room->members.n && !room->closing)
		room_tell_leave(room, m);
	member_free(m);

	if (!room->members.n) {
		room_end(room);
		return;
	}
	if (room->closing)
		return;
	room_music(room);
	if (!room_time_left(room, endconf) && seated)
		room_unseat(room, kind, was_in);
}

/* Who leads and who waits may be others now. A change of seats may send people
 * off, so that the list is looked at anew after each. */
static void reseat_all(struct room *room)
{
	struct member *m;
	bool again;

	list_each(&room->members, m, it, struct member, in_room)
		m->stale = true;
	do {
		again = false;
		list_each(&room->members, m, in, struct member, in_room) {
			if (!m->stale)
				continue;
			m->stale = false;
			member_configure(m);
			member_apply(m);
			if (m->state == MEMBER_LOBBY && !m->opt.waiting_room)
				leg_admit(m->leg, true, "database");
			else
				room_reseat(m);
			again = true;
			break;
		}
	} while (again);
}

/* What the row says goes at once, but for the rate: that is the next
 * meeting's. A lock set by key stays until the row's own lock changes. */
void room_update(struct room *room, const struct db_room *row)
{
	const struct db_room old = room->cfg;
	const struct db_room *cfg = &room->cfg;

	if (!row) {
		log_warn(room->tag, "its row is gone, the meeting goes on");
		return;
	}
	configure(room, row);
	log_info(room->tag, "changed, name=%s locked=%d max_members=%u "
		 "max_duration_s=%u", cfg->name, cfg->locked, cfg->max_members,
		 cfg->max_duration_s);
	if (old.locked != cfg->locked)
		room_lock(room, cfg->locked, "database");
	if (old.lecture != cfg->lecture)
		room_mute_all(room, cfg->lecture, "database");
	room_time_schedule(room);
	room_time_talk(room);
	reseat_all(room);
	room_music(room);
}

void room_shut(struct room *room)
{
	room->closing = END_SHUTDOWN;
}

const struct media_bus *room_bus(const struct room *room)
{
	return room ? room->bus : NULL;
}
