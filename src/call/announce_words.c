/* announce_words.c - the words of what is told. */
#include "announcer.h"
#include "name.h"
#include "room_int.h"
#include "tape.h"

enum { NAMED_MAX = 2, WORDS_MAX = 3 };

static const enum prompt prompts[ANNOUNCE__MAX][WORDS_MAX] = {
	[ANNOUNCE_JOIN] = { PROMPT_JOIN },
	[ANNOUNCE_LEAVE] = { PROMPT_LEAVE },
	[ANNOUNCE_LOCKED] = { PROMPT_NOW_LOCKED },
	[ANNOUNCE_UNLOCKED] = { PROMPT_NOW_UNLOCKED },
	[ANNOUNCE_ALL_MUTED] = { PROMPT_ALL_MUTED },
	[ANNOUNCE_ALL_UNMUTED] = { PROMPT_ALL_UNMUTED },
	[ANNOUNCE_RECORDED] = { PROMPT_NOW_RECORDING },
	[ANNOUNCE_NOT_RECORDED] = { PROMPT_BEEP, PROMPT_BEEP }, /* no words exist */
	[ANNOUNCE_LEADER_LEFT] = { PROMPT_LEADER_HAS_LEFT },
	[ANNOUNCE_LEFT] = { PROMPT_BEEP },
	[ANNOUNCE_EXTENDED] = { PROMPT_EXTENDED },
	[ANNOUNCE_MUTED] = { PROMPT_MUTED },
	[ANNOUNCE_UNMUTED] = { PROMPT_UNMUTED },
	[ANNOUNCE_CONSENT] = { PROMPT_NOW_RECORDING, PROMPT_IF_CORRECT_PRESS, PROMPT_N1 },
	[ANNOUNCE_KNOCK] = { PROMPT_BEEP }
};

/* What a newcomer is told of the others, and of himself. */
static void add_welcome(const struct announcement *a, const struct member *m,
			struct say *say)
{
	const bool alone = breakout_n_at(m->room, m->place) == 1;

	if (a->n)
		say_add(say, PROMPT_BEGIN);
	else if (!m->opt.quiet && (alone ? m->opt.announce_only_user
					 : m->opt.announce_user_count))
		member_say_count(m, say);
	if (m->room->tape && !m->place && m->consent.is != CONSENT_ASKED &&
	    m->room->cfg.record_consent != DB_CONSENT_OFF)
		say_add(say, PROMPT_NOW_RECORDING);
	if (m->mute & ~(unsigned)MUTE_CONSENT)
		say_add(say, PROMPT_MUTED);
}

/* A name is a voice: it must not get into a recording without consent. */
static bool has_name(const struct room *room, uint64_t leg)
{
	return !consent_is_asked(room) && name_of(room->hub, leg);
}

/* Two at most are named, more are counted. */
static void add_names(const struct announcement *a, const struct room *room,
		      enum lang lang, struct say *say)
{
	if (a->named && a->events > NAMED_MAX && a->what == ANNOUNCE_JOIN)
		say_count(say, lang, a->events, SAY_NEWCOMERS);
	for (unsigned i = 0; i < a->events && a->events <= NAMED_MAX; i++) {
		if (!has_name(room, a->who[i]))
			continue;
		say_name(say, a->who[i]);
		say_add(say, a->what == ANNOUNCE_JOIN ? PROMPT_HAS_JOINED
						      : PROMPT_HAS_LEFT);
	}
}

static bool is_on_roll(const struct member *m)
{
	return m->state == MEMBER_IN && !m->ghost &&
		has_name(m->room, leg_number(m->leg));
}

unsigned announce_roll(const struct room *room, unsigned from, struct say *say)
{
	const struct member *m;
	unsigned n = 0;

	list_each(&room->members, m, it, struct member, in_room) {
		if (!is_on_roll(m) || n++ < from)
			continue;
		if (n - from > SAY_NAMES_MAX)
			return from + SAY_NAMES_MAX;
		say_name(say, leg_number(m->leg));
	}
	say_add(say, PROMPT_ROLL_COMPLETE);
	return 0;
}

void announce_words(const struct announcement *a, const struct room *room,
		    const struct member *m, enum lang lang, struct say *say)
{
	unsigned n;

	for (int i = 0; i < WORDS_MAX; i++)
		say_add(say, prompts[a->what][i]);
	switch (a->what) {
	case ANNOUNCE_JOIN:
	case ANNOUNCE_LEAVE:
		add_names(a, room, lang, say);
		break;
	case ANNOUNCE_ROLL:
		announce_roll(room, a->n, say);
		break;
	case ANNOUNCE_COUNT:
		n = breakout_n_at(room, a->place);
		room_say_others(n ? n - 1 : 0, lang, say);
		break;
	case ANNOUNCE_LEFT:
		if (a->n < 60)
			say_count(say, lang, a->n, SAY_SECONDS);
		else
			say_count(say, lang, (a->n + 59) / 60, SAY_MINUTES);
		break;
	case ANNOUNCE_SAY:
		if (a->prompt == PROMPT_NONE)
			say_number(say, lang, a->n);
		say_add(say, a->prompt);
		break;
	case ANNOUNCE_WELCOME:
		add_welcome(a, m, say);
		break;
	case ANNOUNCE_KNOCK:
		if (has_name(room, a->n))
			say_name(say, a->n);
		say_count(say, lang, room_n_lobby(room), SAY_NEWCOMERS);
		break;
	case ANNOUNCE_REPLY:
		*say = m->told.reply;
		break;
	default:
		break;
	}
}
