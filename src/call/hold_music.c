/*
 * hold_music.c - music of a PBX that put its user on hold and did not say so:
 * what media hears (mixer/music.h), and what the room does about it.
 *
 * Its mute is a layer of its own: there while there is music, lifted by its end,
 * or by the member's own key until then; no other unmute touches it.
 */
#include <errno.h>

#include "base/log.h"
#include "room_int.h"

/* Brings the layer in line with what is heard and what the room wants. */
static void judge(struct member *m, const char *by)
{
	const bool on = m->hold_music && !m->let_music &&
		m->opt.detect_hold_music == DB_DETECT_MUTE;

	if (on == !!(m->mute & MUTE_MUSIC))
		return;
	member_set_mute(m, MUTE_MUSIC, on);
	log_info(leg_tag(m->leg), "%s, layer=%s by=%s", on ? "muted" : "unmuted",
		 mute_word(MUTE_MUSIC), by);
	event_member(m, (struct event){ .type = EVENT_MUTE, .on = on,
					.layer = MUTE_MUSIC, .by = by });
	room_time_talk(m->room);        /* music is nobody's talk */
}

void member_judge_music(struct member *m)
{
	judge(m, "room");
}

void member_music(void *arg, bool is_music)
{
	struct member *m = arg;

	if (m->hold_music == is_music)
		return;
	m->hold_music = is_music;
	m->let_music = false;
	log_info(leg_tag(m->leg), is_music ? "sends music" : "sends music no more");
	event_member(m, (struct event){ .type = EVENT_HOLD_MUSIC, .on = is_music });
	judge(m, "room");
}

int leg_let_music(struct leg *leg, const char *by)
{
	struct member *m = member_of(leg);

	if (!m)
		return -ENOENT;
	if (!(m->mute & MUTE_MUSIC))
		return -EALREADY;
	m->let_music = true;
	judge(m, by);
	return 0;
}
