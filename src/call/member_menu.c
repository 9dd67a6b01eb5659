/*
 * member_menu.c - what members do by keypad. A new key is a new row.
 *
 * Roles are looked at here and nowhere below: the actions call control.h like
 * any other asker.
 */
#include <errno.h>

#include "room_int.h"

static void mute_self(void *arg)
{
	struct member *m = arg;

	if (m->mute & MUTE_MODERATOR)   /* his own layer would change nothing */
		member_say(m, SAY(PROMPT_MUTED));
	else
		leg_mute(m->leg, MUTE_OWN, !(m->mute & MUTE_OWN), leg_tag(m->leg));
}

static void count(void *arg)
{
	struct member *m = arg;
	struct say say = { 0 };

	member_say_count(m, &say);
	member_say(m, &say);
}

static void leave(void *arg)
{
	struct member *m = arg;

	leg_farewell(m->leg, SAY(PROMPT_GOODBYE), END_LEFT);
}

static void toggle_lock(void *arg)
{
	struct member *m = arg;

	room_lock(m->room, !room_is_locked(m->room), leg_tag(m->leg));
}

static void toggle_mute_all(void *arg)
{
	struct member *m = arg;

	room_mute_all(m->room, !room_is_muted(m->room), leg_tag(m->leg));
}

static void toggle_hand(void *arg)
{
	struct member *m = arg;

	leg_hand(m->leg, !m->hand, leg_tag(m->leg));
	member_say(m, m->hand ? SAY(PROMPT_BEEP, PROMPT_BEEP) : SAY(PROMPT_BEEP));
}

static void or_error(struct member *m, int err)
{
	if (err)
		member_say(m, SAY(PROMPT_ERROR));
}

static void next_hand(void *arg)
{
	struct member *m = arg;

	or_error(m, room_next_hand(m->room, leg_tag(m->leg)));
}

static void admit_one(void *arg)
{
	struct member *m = arg;

	or_error(m, room_admit(m->room, false, leg_tag(m->leg)));
}

static void admit_all(void *arg)
{
	struct member *m = arg;

	or_error(m, room_admit(m->room, true, leg_tag(m->leg)));
}

static void deny(void *arg)
{
	struct member *m = arg;

	or_error(m, room_deny(m->room, leg_tag(m->leg)));
}

static void extend(void *arg)
{
	struct member *m = arg;

	if (room_extend(m->room, 0, leg_tag(m->leg)) != 0)
		member_say(m, SAY(PROMPT_NOT_EXTENDED));
}

static void toggle_record(void *arg)
{
	struct member *m = arg;
	const bool on = !room_is_recorded(m->room);

	if (room_record(m->room, on, leg_tag(m->leg)) != 0)
		member_say(m, SAY(PROMPT_ERROR));
}

/* ---- break-outs --------------------------------------------------------- */

static void hop(void *arg)
{
	struct member *m = arg;

	or_error(m, leg_breakout_hop(m->leg, leg_tag(m->leg)));
}

/* Makes them, and sends all the others there; again: those who came since. */
static void break_into(struct member *m, unsigned n)
{
	int err = room_breakout_make(m->room, n, leg_tag(m->leg));

	if (!err || (err == -EALREADY && room_breakouts(m->room) == n))
		err = room_breakout_spread(m->room, leg_tag(m->leg));
	or_error(m, err);
}

#define BREAK_INTO(n) static void break_into_##n(void *arg) { break_into(arg, n); }
BREAK_INTO(2) BREAK_INTO(3) BREAK_INTO(4) BREAK_INTO(5)
BREAK_INTO(6) BREAK_INTO(7) BREAK_INTO(8) BREAK_INTO(9)
#undef BREAK_INTO

static void call_back(void *arg)
{
	struct member *m = arg;

	or_error(m, room_breakout_return(m->room, 60, leg_tag(m->leg)));
}

static void call_back_now(void *arg)
{
	struct member *m = arg;

	or_error(m, room_breakout_return(m->room, 0, leg_tag(m->leg)));
}

static void toggle_music(void *arg)
{
	struct member *m = arg;
	const char *by = leg_tag(m->leg);

	if (room_ask_music(m->room, true, by) == -EALREADY)
		room_ask_music(m->room, false, by);
}

static void dial_out(void *arg)
{
	member_dial(arg);
}

static void help(void *arg);

const struct menu_row member_menu[] = {
	{ "*1", MENU_IN_ROOM,	mute_self,	PROMPT_HELP_MUTE },
	{ "*6", MENU_IN_ROOM,	mute_self,	PROMPT_NONE },
	{ "*3", MENU_IN_ROOM,	count,		PROMPT_HELP_COUNT },
	{ "*2", MENU_MODERATOR,	toggle_lock,	PROMPT_HELP_LOCK },
	{ "*5", MENU_MODERATOR,	toggle_mute_all, PROMPT_ALL_MUTED },
	{ "*9", MENU_USER,	toggle_hand,	PROMPT_NONE },
	{ "*9", MENU_MODERATOR,	next_hand,	PROMPT_NONE },
	{ "#1", MENU_MODERATOR, admit_one,	PROMPT_NONE },
	{ "#2", MENU_MODERATOR, admit_all,	PROMPT_NONE },
	{ "#3", MENU_MODERATOR, deny,		PROMPT_NONE },
	{ "#4", MENU_MODERATOR,	hop,		PROMPT_NONE },
	{ "#50", MENU_MODERATOR, call_back,	PROMPT_NONE },
	{ "#51", MENU_MODERATOR, call_back_now,	PROMPT_NONE },
	{ "#52", MENU_MODERATOR, break_into_2,	PROMPT_NONE },
	{ "#53", MENU_MODERATOR, break_into_3,	PROMPT_NONE },
	{ "#54", MENU_MODERATOR, break_into_4,	PROMPT_NONE },
	{ "#55", MENU_MODERATOR, break_into_5,	PROMPT_NONE },
	{ "#56", MENU_MODERATOR, break_into_6,	PROMPT_NONE },
	{ "#57", MENU_MODERATOR, break_into_7,	PROMPT_NONE },
	{ "#58", MENU_MODERATOR, break_into_8,	PROMPT_NONE },
	{ "#59", MENU_MODERATOR, break_into_9,	PROMPT_NONE },
	{ "#6", MENU_MODERATOR,	toggle_music,	PROMPT_NONE },
	{ "*8", MENU_MODERATOR,	extend,		PROMPT_NONE },
	{ "*4", MENU_MODERATOR,	toggle_record,	PROMPT_NONE },
	{ "*7", MENU_IN_ROOM,	dial_out,	PROMPT_NONE },
	{ "*#", MENU_ALL,	leave,		PROMPT_HELP_LEAVE },
	{ "*0", MENU_ALL,	help,		PROMPT_NONE },
	{ "**", MENU_ALL,	help,		PROMPT_NONE }
};
const size_t member_menu_n = sizeof(member_menu) / sizeof(member_menu[0]);

/* "Press * 1 to mute or unmute yourself. Press ..." */
static void help(void *arg)
{
	struct member *m = arg;
	const enum menu_role role = member_menu_role(m);
	struct say say = { 0 };

	for (size_t i = 0; i < member_menu_n; i++) {
		const struct menu_row *row = &member_menu[i];

		if (!(row->roles & role) || row->help == PROMPT_NONE)
			continue;
		say_add(&say, PROMPT_PRESS);
		say_keys(&say, row->keys);
		say_add(&say, row->help);
	}
	member_say(m, &say);
}
