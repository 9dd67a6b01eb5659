/* consent.c - see consent.h */
#include "consent.h"

#include "base/log.h"
#include "room_int.h"

enum {
	ASK_TIMES = 3,
	ASK_EVERY_MS = 10000    /* the question takes five seconds of it */
};

/* Who mutes him: not a person, but what the room is set to. */
static const char by_room[] = "room";

bool consent_is_asked(const struct room *room)
{
	return room->tape && room->cfg.record_consent == DB_CONSENT_ASK;
}

/* Would his voice be in the file? */
static bool is_on_tape(const struct member *m)
{
	return m->state == MEMBER_IN && !m->place && !m->ghost &&
		!m->opt.listen_only;
}

static bool can_hear(const struct member *m)
{
	return !leg_is_held(m->leg) && !m->hold;
}

static void set_state(struct member *m, enum consent state)
{
	if (state == m->consent.is)
		return;
	log_debug(leg_tag(m->leg), "consent \"%s\" -> \"%s\"",
		  consent_word(m->consent.is), consent_word(state));
	m->consent.is = state;
}

static void stop_asking(struct member *m)
{
	timer_stop(&m->consent.timer);
	member_tell_no_more(m, ANNOUNCE_CONSENT);
}

/* ---- answers ------------------------------------------------------------ */

static void note(struct member *m, enum consent answer, const char *by)
{
	struct leg_record *rec = leg_record(m->leg);

	set_state(m, answer);
	rec->consent = answer;
	rec->consent_us = record_now_us();
	log_info(leg_tag(m->leg), "consent to recording, answer=%s by=%s",
		 consent_word(answer), by);
	event_member(m, (struct event){ .type = EVENT_CONSENT, .by = by,
					.number = consent_word(answer) });
}

static void answer(struct member *m, enum consent answer, const char *by)
{
	stop_asking(m);
	note(m, answer, by);
	record_leg(m->room->hub->db, leg_record(m->leg), RECORD_ADMIT);
	member_apply(m);
	if (m->mute)
		member_tell(m, ANNOUNCE_MUTED, 0);
}

/* ---- the question ------------------------------------------------------- */

/* The first time in a moment, after what else he is told just now. */
static void ask(struct member *m)
{
	set_state(m, CONSENT_ASKED);
	m->consent.asked = 0;
	timer_start(&m->consent.timer, 0);
}

static void on_timer(void *arg)
{
	struct member *m = arg;

	if (m->consent.asked++ == ASK_TIMES) {
		answer(m, CONSENT_NONE, by_room);
		return;
	}
	member_tell(m, ANNOUNCE_CONSENT, 0);
	timer_start(&m->consent.timer, ASK_EVERY_MS);
}

/* He hears of it unless the question tells him. */
static void set_layer(struct member *m, bool on)
{
	const unsigned old = m->mute;

	if (on == !!(old & MUTE_CONSENT))
		return;
	m->mute ^= MUTE_CONSENT;
	event_member(m, (struct event){ .type = EVENT_MUTE, .on = on,
					.layer = MUTE_CONSENT, .by = by_room });
	if (!old != !m->mute && m->state == MEMBER_IN &&
	    m->consent.is != CONSENT_ASKED)
		member_tell(m, m->mute ? ANNOUNCE_MUTED : ANNOUNCE_UNMUTED, 0);
}

void consent_check(struct member *m)
{
	const bool asked = consent_is_asked(m->room);
	const bool on_tape = asked && is_on_tape(m);

	if (m->consent.is == CONSENT_ASKED && !(on_tape && can_hear(m))) {
		stop_asking(m);
		if (!asked)
			note(m, CONSENT_NONE, by_room);
		set_state(m, CONSENT_UNASKED);
	}
	if (!asked)
		set_state(m, CONSENT_UNASKED);
	else if (m->consent.is == CONSENT_UNASKED && on_tape && can_hear(m))
		ask(m);
	set_layer(m, on_tape && m->consent.is != CONSENT_YES);
}

void consent_check_all(struct room *room)
{
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		member_apply(m);
}

bool consent_is_kept(const struct room *room)
{
	const struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->mute & MUTE_CONSENT && m->voice.speak)
			return false;
	return true;
}

void consent_tell_others(struct room *room)
{
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->state == MEMBER_IN && !m->place && !is_on_tape(m))
			member_tell(m, ANNOUNCE_RECORDED, 0);
}

/* ---- events ------------------------------------------------------------- */

bool consent_key(struct member *m, char key)
{
	if (m->consent.is != CONSENT_ASKED || (key != '1' && key != '2'))
		return false;
	if (m->menu.n || (m->run.on && m->run.deaf))
		return false;
	answer(m, key == '1' ? CONSENT_YES : CONSENT_NO, leg_tag(m->leg));
	return true;
}

void consent_again(void *arg)
{
	struct member *m = arg;

	if (!consent_is_asked(m->room) || !is_on_tape(m))
		member_say(m, SAY(PROMPT_ERROR));
	else if (m->consent.is == CONSENT_YES)
		answer(m, CONSENT_NO, leg_tag(m->leg));
	else
		ask(m);
}

void consent_gone(struct member *m)
{
	timer_stop(&m->consent.timer);
	if (m->consent.is == CONSENT_ASKED)
		note(m, CONSENT_NONE, by_room);
}

void consent_init(struct member *m)
{
	timer_init(&m->consent.timer, m->room->hub->loop, on_timer, m);
}

void consent_fini(struct member *m)
{
	timer_stop(&m->consent.timer);
}
