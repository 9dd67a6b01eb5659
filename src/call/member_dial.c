/*
 * member_dial.c - calling somebody into the room by keypad: the number, then #.
 * A * begins anew, and two of them, or a long pause, give it up.
 */
#include "base/log.h"
#include "room_int.h"

enum { PAUSE_MS = 10000 };

static const char *allowed(const struct member *m)
{
	const struct config *c = m->room->hub->config;

	return m->role == ROLE_MODERATOR ? c->dialout.moderators
					 : c->dialout.members;
}

static void give_up(struct member *m, enum prompt why)
{
	m->dial.on = false;
	timer_stop(&m->pause);
	member_say(m, SAY((uint8_t)why));
}

static void begin(struct member *m)
{
	m->dial.on = true;
	m->dial.n = 0;
	timer_start(&m->pause, PAUSE_MS);
}

void member_dial(struct member *m)
{
	if (!*allowed(m)) {
		member_say(m, SAY(PROMPT_IM_SORRY));
		return;
	}
	begin(m);
	member_say(m, SAY(PROMPT_CALL_NUMBER));
}

static void call(struct member *m)
{
	m->dial.number[m->dial.n] = '\0';
	if (!guest_is_allowed(allowed(m), m->dial.number)) {
		log_info(leg_tag(m->leg), "may not call, number=%s", m->dial.number);
		give_up(m, PROMPT_IM_SORRY);
		return;
	}
	if (room_dial(m->room, m->dial.number, leg_tag(m->leg)) != 0)
		give_up(m, PROMPT_ERROR);
	else
		give_up(m, PROMPT_ONE_MOMENT);
}

void member_dial_key(struct member *m, char key)
{
	if (key == '#' && m->dial.n > 0) {
		call(m);
	} else if (key == '#' || (key == '*' && m->dial.n == 0) ||
		   m->dial.n == sizeof(m->dial.number) - 1) {
		give_up(m, PROMPT_ERROR);
	} else if (key == '*') {
		begin(m);
		member_say(m, SAY(PROMPT_CALL_NUMBER));
	} else {
		leg_hush(m->leg);
		m->dial.number[m->dial.n++] = key;
		timer_start(&m->pause, PAUSE_MS);
	}
}

void member_dial_pause(struct member *m)
{
	give_up(m, PROMPT_ERROR);
}
