/* room_time.c - how long a meeting lasts: its end, told of before and put off;
 * the grace after those it cannot be without; silence; too few. */
#include <errno.h>

#include "base/log.h"
#include "room_int.h"
#include "schedule.h"

enum { MAX_S = 31 * 24 * 3600 };

static int64_t left_ms(const struct room *room, int64_t before_s)
{
	const int64_t us = room->time.end_us - before_s * 1000000 - loop_now_us();

	return us > 0 ? us / 1000 : 0;
}

/* ---- the schedule ------------------------------------------------------- */

static enum schedule_when scheduled(const struct hub *hub, const struct db_room *cfg,
				    struct schedule_window *w)
{
	return schedule_at(db_schedules(hub->db, cfg->number),
			   record_now_us() / 1000000, cfg->early_join_s, w);
}

enum end_reason room_is_closed(const struct hub *hub, const struct db_room *cfg,
			       uint32_t *wait_s)
{
	const int64_t now_s = record_now_us() / 1000000;
	struct schedule_window w;

	switch (scheduled(hub, cfg, &w)) {
	case SCHEDULE_ALWAYS:
	case SCHEDULE_NOW:
		return END_NONE;
	case SCHEDULE_BEFORE:
	case SCHEDULE_OVER:
		break;
	}
	if (cfg->over_run && hub_room(hub, cfg->number))
		return END_NONE;
	if (!w.begins_s)
		return END_OVER;
	*wait_s = (uint32_t)(w.begins_s - now_s);
	return END_NOT_YET;
}

/* Between occurrences what was known stays: it may have been extended. */
void room_time_schedule(struct room *room)
{
	struct schedule_window w;
	const enum schedule_when when = scheduled(room->hub, &room->cfg, &w);

	if (when == SCHEDULE_NOW)
		room->time.scheduled_us = loop_now_us() + w.ends_s * 1000000 -
			record_now_us();
	else if (when == SCHEDULE_ALWAYS)
		room->time.scheduled_us = 0;
	room_time_arm(room);
}

/* ---- the end that was set ----------------------------------------------- */

static void on_end(void *arg)
{
	struct room *room = arg;

	log_info(room->tag, "time is over, extended_s=%u", room->time.extended_s);
	room_dismiss(room, END_DURATION, SAY(PROMPT_ENDED, PROMPT_GOODBYE));
}

static void on_warn(void *arg)
{
	struct room *room = arg;
	const uint32_t minutes = (uint32_t)((left_ms(room, 0) + 59999) / 60000);

	log_info(room->tag, "ends soon, minutes=%u", minutes);
	room_tell(room, &(struct announcement){ .what = ANNOUNCE_LEFT, .n = minutes * 60 });
}

/* 0: there is none. */
static int64_t earlier(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

void room_time_arm(struct room *room)
{
	struct room_time *t = &room->time;
	const uint32_t max_s = room->cfg.max_duration_s;
	const uint32_t warn_s = room->cfg.end_warning_s;

	timer_stop(&t->end);
	timer_stop(&t->warn);
	t->end_us = earlier(
		max_s ? room->begun_us + (int64_t)max_s * 1000000 : 0,
		room->cfg.over_run ? 0 : t->scheduled_us);
	if (!t->end_us)
		return;
	t->end_us += (int64_t)t->extended_s * 1000000;
	timer_start(&t->end, left_ms(room, 0));
	if (warn_s && left_ms(room, warn_s))
		timer_start(&t->warn, left_ms(room, warn_s));
}

int room_extend(struct room *room, uint32_t seconds, const char *by)
{
	const uint32_t s = seconds ? seconds : room->cfg.extend_s;
	struct room_time *t = &room->time;

	if (!s || !t->end_us)
		return -ENOTSUP;
	if (s > MAX_S - t->extended_s)
		return -ERANGE;
	t->extended_s += s;
	room_time_arm(room);
	log_info(room->tag, "extended, seconds=%u by=%s", s, by);
	event_room(room, (struct event){ .type = EVENT_EXTEND, .by = by });
	room_tell(room, &(struct announcement){ .what = ANNOUNCE_EXTENDED });
	return 0;
}

/* ---- who it cannot be without, and too few ------------------------------ */

static unsigned seated(const struct room *room)
{
	const struct member *m;
	unsigned n = 0;

	list_each(&room->members, m, it, struct member, in_room)
		n += m->state != MEMBER_LOBBY && !m->ghost;
	return n;
}

static bool has_endconf(const struct room *room)
{
	const struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->opt.endconf)
			return true;
	return false;
}

static void on_grace(void *arg)
{
	struct room *room = arg;

	log_info(room->tag, "the last one it cannot be without has left");
	room_dismiss(room, END_NO_MODERATOR,
		     SAY(PROMPT_LEADER_HAS_LEFT, PROMPT_GOODBYE));
}

bool room_time_left(struct room *room, bool endconf)
{
	const uint32_t grace_s = room->cfg.endconf_grace_s;

	if (room->cfg.mintwo && room->time.had_two && seated(room) < 2) {
		room_dismiss(room, END_TOO_FEW, SAY(PROMPT_ENDED, PROMPT_GOODBYE));
		return true;
	}
	if (!endconf || has_endconf(room))
		return false;
	if (!grace_s) {
		on_grace(room);
		return true;
	}
	log_info(room->tag, "ends in a while, endconf_grace_s=%u", grace_s);
	timer_start(&room->time.grace, (int64_t)grace_s * 1000);
	room_tell(room, &(struct announcement){ .what = ANNOUNCE_LEADER_LEFT });
	return false;
}

/* ---- silence ------------------------------------------------------------ */

static bool somebody_talks(const struct room *room)
{
	const struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->state == MEMBER_IN && leg_is_talking(m->leg) &&
		    !(m->mute & MUTE_MUSIC))
			return true;
	return false;
}

static void on_silence(void *arg)
{
	struct room *room = arg;

	if (room_n_in(room) < 2 || somebody_talks(room)) {
		room_time_talk(room);
		return;
	}
	log_info(room->tag, "nobody speaks, terminate_on_silence_s=%u",
		 room->cfg.terminate_on_silence_s);
	room_dismiss(room, END_SILENCE, SAY(PROMPT_ENDED, PROMPT_GOODBYE));
}

void room_time_talk(struct room *room)
{
	const uint32_t s = room->cfg.terminate_on_silence_s;

	if (s)
		timer_start(&room->time.silence, (int64_t)s * 1000);
	else
		timer_stop(&room->time.silence);
}

/* ---- begin and end ------------------------------------------------------ */

void room_time_init(struct room *room)
{
	struct room_time *t = &room->time;

	timer_init(&t->end, room->hub->loop, on_end, room);
	timer_init(&t->warn, room->hub->loop, on_warn, room);
	timer_init(&t->grace, room->hub->loop, on_grace, room);
	timer_init(&t->silence, room->hub->loop, on_silence, room);
}

void room_time_stop(struct room *room)
{
	struct room_time *t = &room->time;

	timer_stop(&t->end);
	timer_stop(&t->warn);
	timer_stop(&t->grace);
	timer_stop(&t->silence);
}

void room_time_joined(const struct member *m)
{
	struct room *room = m->room;

	room->time.had_two |= seated(room) >= 2;
	if (m->opt.endconf) {
		timer_stop(&room->time.grace);
		room_tell_no_more(room, ANNOUNCE_LEADER_LEFT);
	}
	room_time_talk(room);
}
