/* announce_words.c - the words of what is told. */
#include "announcer.h"
#include "room_int.h"
#include "tape.h"

static const enum prompt prompts[ANNOUNCE__MAX][2] = {
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
	if (m->room->tape && !m->place)
		say_add(say, PROMPT_NOW_RECORDING);
	if (m->mute)
		say_add(say, PROMPT_MUTED);
}

void announce_words(const struct announcement *a, const struct room *room,
		    const struct member *m, enum lang lang, struct say *say)
{
	unsigned n;

	for (int i = 0; i < 2; i++)
		say_add(say, prompts[a->what][i]);
	switch (a->what) {
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
		say_count(say, lang, room_n_lobby(room), SAY_NEWCOMERS);
		break;
	case ANNOUNCE_REPLY:
		*say = m->told.reply;
		break;
	default:
		break;
	}
}
