/*
 * room_music.c - music that a whole meeting hears: while somebody asked for it,
 * always, or while one is alone. What waits hears its own, see leg_say.c.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "room_int.h"

/* Is there just one, who wants it? */
static bool alone(const struct room *room)
{
	const struct member *m;

	if (breakout_n_at(room, 0) != 1)
		return false;
	list_each(&room->members, m, it, struct member, in_room)
		if (m->state == MEMBER_IN && !m->ghost && !m->place)
			return m->opt.music_on_hold_when_empty;
	return false;
}

/* NULL: none. */
static const char *wanted(const struct room *room)
{
	if (room->state == ROOM_EMPTY || room->closing)
		return NULL;
	if (room->tune.asked)
		return room->cfg.music_on_hold_class;
	if (*room->cfg.perpetual_sound)
		return room->cfg.perpetual_sound;
	return alone(room) ? room->cfg.music_on_hold_class : NULL;
}

void room_music(struct room *room)
{
	const char *want = wanted(room);
	const uint32_t quieter_db = room->cfg.music_quieter_db;
	struct media_play play = { .quieter_db = (uint8_t)quieter_db };
	struct room_tune *t = &room->tune;

	if (!want && !t->on)
		return;
	if (want && t->on && t->quieter_db == quieter_db &&
	    strcmp(want, t->source) == 0)
		return;
	if (want)
		music_list(&t->music, room->hub, want, room->rec.rate_hz, 0, &play);
	if (media_bus_music(room->bus, play.n ? &play : NULL) != 0) {
		room_retry(room);
		return;
	}
	if (!want)
		music_drop(&t->music);
	t->on = want != NULL;
	t->quieter_db = quieter_db;
	if (want)
		str_copy(t->source, sizeof(t->source), want);
	log_debug(room->tag, "music %s", want ? "on" : "off");
}

int room_ask_music(struct room *room, bool on, const char *by)
{
	if (room->tune.asked == on)
		return -EALREADY;
	room->tune.asked = on;
	log_info(room->tag, "music %s, by=%s", on ? "on" : "off", by);
	event_room(room, (struct event){ .type = EVENT_MUSIC, .on = on, .by = by });
	room_music(room);
	return 0;
}

bool room_has_music(const struct room *room)
{
	return room->tune.on;
}
