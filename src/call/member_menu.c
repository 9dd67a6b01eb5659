/*
 * member_menu.c - what members may do by keypad, and the menu that is built in.
 *
 * A new action is a row here and one of table menu_action (sql/). Who may do
 * what is looked at before any of them is called: they call control.h like any
 * other asker.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "room_int.h"

/* The mute that music brought, if there is one: nobody but he can tell that it is
 * in error. */
static bool let_music(struct member *m)
{
	if (leg_let_music(m->leg, leg_tag(m->leg)) != 0)
		return false;
	member_say(m, m->mute ? SAY(PROMPT_MUTED) : SAY(PROMPT_UNMUTED));
	return true;
}

static void mute_self(void *arg)
{
	struct member *m = arg;

	if (let_music(m))
		return;
	if (m->mute & (MUTE_MODERATOR | MUTE_CONSENT))  /* his own layer would change nothing */
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

static void roll_call(void *arg)
{
	member_tell(arg, ANNOUNCE_ROLL, 0);
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
static void break_into(struct member *m, const char *text)
{
	const unsigned n = (unsigned)strtoul(text, NULL, 10);
	int err = room_breakout_make(m->room, n, leg_tag(m->leg));

	if (!err || (err == -EALREADY && room_breakouts(m->room) == n))
		err = room_breakout_spread(m->room, leg_tag(m->leg));
	or_error(m, err);
}

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

static void mute_on(void *arg)
{
	struct member *m = arg;

	leg_mute(m->leg, MUTE_OWN, true, leg_tag(m->leg));
}

static void mute_off(void *arg)
{
	struct member *m = arg;

	let_music(m);
	leg_mute(m->leg, MUTE_OWN, false, leg_tag(m->leg));
	if (m->mute)
		member_say(m, SAY(PROMPT_MUTED));
}

static void deaf_on(void *arg)
{
	struct member *m = arg;

	leg_deaf(m->leg, true, leg_tag(m->leg));
}

static void deaf_off(void *arg)
{
	struct member *m = arg;

	leg_deaf(m->leg, false, leg_tag(m->leg));
}

static void toggle_deaf(void *arg)
{
	struct member *m = arg;

	leg_deaf(m->leg, !m->deaf, leg_tag(m->leg));
}

static void deaf_mute(void *arg)
{
	struct member *m = arg;
	const bool on = !(m->deaf && m->mute & MUTE_OWN);

	leg_deaf(m->leg, on, leg_tag(m->leg));
	leg_mute(m->leg, MUTE_OWN, on, leg_tag(m->leg));
}

/* He hears by a beep that it is done, by another one that it cannot be. */
static void volume(struct member *m, enum volume way, int step)
{
	const int err = leg_volume(m->leg, way, step, leg_tag(m->leg));

	member_say(m, err == -ERANGE ? SAY(PROMPT_ERROR) : SAY(PROMPT_BEEP));
}

static void hear_louder(void *arg) { volume(arg, VOLUME_LISTEN, 1); }
static void hear_softer(void *arg) { volume(arg, VOLUME_LISTEN, -1); }
static void hear_as_it_is(void *arg) { volume(arg, VOLUME_LISTEN, 0); }
static void talk_louder(void *arg) { volume(arg, VOLUME_TALK, 1); }
static void talk_softer(void *arg) { volume(arg, VOLUME_TALK, -1); }
static void talk_as_it_is(void *arg) { volume(arg, VOLUME_TALK, 0); }

/* Up to eight names with & between them; what is not there is left out. */
static void play(struct member *m, const char *names)
{
	struct say say = { 0 };
	char name[64];

	while (*names) {
		const size_t len = strcspn(names, "&");

		if (len < sizeof(name)) {
			memcpy(name, names, len);
			name[len] = '\0';
			say_add(&say, prompt_find(name));
		}
		names += len + (names[len] == '&');
	}
	member_say(m, say.n ? &say : SAY(PROMPT_ERROR));
}

static void playback(struct member *m, const char *names)
{
	play(m, names);
	m->run.deaf = true;
}

static void tell(struct member *m, const char *text)
{
	event_member(m, (struct event){ .type = EVENT_MENU, .number = text });
}

static void nothing(void *arg)
{
	(void)arg;
}

/* Whoever came last and is no moderator, nor he himself. */
static void kick_last(void *arg)
{
	struct member *m = arg, *o, *last = NULL;

	list_each(&m->room->members, o, it, struct member, in_room)
		if (o != m && o->role != ROLE_MODERATOR && !o->ghost)
			last = o;
	or_error(m, last ? leg_kick(last->leg, false, leg_tag(m->leg)) : -ENOENT);
}

/* Each one who goes may take others along: the list is looked at anew. */
static void kick_members(void *arg)
{
	struct member *m = arg, *o, *next;
	struct leg *leg = m->leg;
	char by[32];

	str_copy(by, sizeof(by), leg_tag(leg));
	do {
		next = NULL;
		list_each(&m->room->members, o, it, struct member, in_room)
			if (o->role != ROLE_MODERATOR && !o->ghost)
				next = o;
		if (next)
			leg_kick(next->leg, false, by);
	} while (next && member_of(leg) == m);
}

static void record_on(void *arg)
{
	struct member *m = arg;
	const int err = room_record(m->room, true, leg_tag(m->leg));

	or_error(m, err == -EALREADY ? 0 : err);
}

static void record_off(void *arg)
{
	struct member *m = arg;

	room_record(m->room, false, leg_tag(m->leg));
}

static void end_for_all(void *arg)
{
	struct member *m = arg;

	room_close(m->room, leg_tag(m->leg));
}

static void help(void *arg);

#define ACTION(name, act, help) { name, act, NULL, false, help }
#define ADMIN(name, act, help) { name, act, NULL, true, help }
const struct menu_action menu_actions[] = {
	ACTION("toggle_mute", mute_self, PROMPT_HELP_MUTE),
	ACTION("mute_on", mute_on, PROMPT_NONE),
	ACTION("mute_off", mute_off, PROMPT_NONE),
	ACTION("toggle_deaf", toggle_deaf, PROMPT_NONE),
	ACTION("deaf_on", deaf_on, PROMPT_NONE),
	ACTION("deaf_off", deaf_off, PROMPT_NONE),
	ACTION("deaf_mute", deaf_mute, PROMPT_NONE),
	ACTION("toggle_hand", toggle_hand, PROMPT_NONE),
	ACTION("record_consent", consent_again, PROMPT_NONE),
	ACTION("increase_listening_volume", hear_louder, PROMPT_HELP_HEAR_UP),
	ACTION("decrease_listening_volume", hear_softer, PROMPT_HELP_HEAR_DOWN),
	ACTION("reset_listening_volume", hear_as_it_is, PROMPT_HELP_HEAR_RESET),
	ACTION("increase_talking_volume", talk_louder, PROMPT_HELP_TALK_UP),
	ACTION("decrease_talking_volume", talk_softer, PROMPT_HELP_TALK_DOWN),
	ACTION("reset_talking_volume", talk_as_it_is, PROMPT_HELP_TALK_RESET),
	ACTION("participant_count", count, PROMPT_HELP_COUNT),
	ACTION("roll_call", roll_call, PROMPT_NONE),
	{ "playback", NULL, playback, false, PROMPT_NONE },
	{ "playback_and_continue", NULL, play, false, PROMPT_NONE },
	ACTION("help", help, PROMPT_NONE),
	ACTION("dial_out", dial_out, PROMPT_NONE),
	ACTION("leave_conference", leave, PROMPT_HELP_LEAVE),
	{ "event", NULL, tell, false, PROMPT_NONE },
	ACTION("no_op", nothing, PROMPT_NONE),
	ADMIN("admin_kick_last", kick_last, PROMPT_HELP_KICK_LAST),
	ADMIN("admin_kick_members", kick_members, PROMPT_NONE),
	ADMIN("admin_toggle_conference_lock", toggle_lock, PROMPT_HELP_LOCK),
	ADMIN("admin_toggle_mute_participants", toggle_mute_all, PROMPT_ALL_MUTED),
	ADMIN("admin_next_hand", next_hand, PROMPT_NONE),
	ADMIN("admin_admit", admit_one, PROMPT_NONE),
	ADMIN("admin_admit_all", admit_all, PROMPT_NONE),
	ADMIN("admin_deny", deny, PROMPT_NONE),
	ADMIN("admin_toggle_recording", toggle_record, PROMPT_NONE),
	ADMIN("admin_start_recording", record_on, PROMPT_NONE),
	ADMIN("admin_stop_recording", record_off, PROMPT_NONE),
	ADMIN("admin_extend", extend, PROMPT_NONE),
	ADMIN("admin_end_conference", end_for_all, PROMPT_NONE),
	ADMIN("admin_breakout_hop", hop, PROMPT_NONE),
	{ "admin_breakout", NULL, break_into, true, PROMPT_NONE },
	ADMIN("admin_breakout_return", call_back, PROMPT_NONE),
	ADMIN("admin_breakout_return_now", call_back_now, PROMPT_NONE),
	ADMIN("admin_toggle_music", toggle_music, PROMPT_NONE)
};
#undef ACTION
#undef ADMIN
const size_t menu_actions_n = sizeof(menu_actions) / sizeof(menu_actions[0]);

#define ROW(keys, roles, actions) { "", keys, roles, actions }
const struct db_menu_row member_menu[] = {
	ROW("*1", MENU_IN_ROOM, "toggle_mute"),
	ROW("*6", MENU_IN_ROOM, "toggle_mute"),
	ROW("*3", MENU_IN_ROOM, "participant_count"),
	ROW("#7", MENU_IN_ROOM, "roll_call"),
	ROW("*2", MENU_MODERATOR, "admin_toggle_conference_lock"),
	ROW("*5", MENU_MODERATOR, "admin_toggle_mute_participants"),
	ROW("*9", MENU_USER, "toggle_hand"),
	ROW("*9", MENU_MODERATOR, "admin_next_hand"),
	ROW("#1", MENU_MODERATOR, "admin_admit"),
	ROW("#2", MENU_MODERATOR, "admin_admit_all"),
	ROW("#3", MENU_MODERATOR, "admin_deny"),
	ROW("#4", MENU_MODERATOR, "admin_breakout_hop"),
	ROW("#50", MENU_MODERATOR, "admin_breakout_return"),
	ROW("#51", MENU_MODERATOR, "admin_breakout_return_now"),
	ROW("#52", MENU_MODERATOR, "admin_breakout:2"),
	ROW("#53", MENU_MODERATOR, "admin_breakout:3"),
	ROW("#54", MENU_MODERATOR, "admin_breakout:4"),
	ROW("#55", MENU_MODERATOR, "admin_breakout:5"),
	ROW("#56", MENU_MODERATOR, "admin_breakout:6"),
	ROW("#57", MENU_MODERATOR, "admin_breakout:7"),
	ROW("#58", MENU_MODERATOR, "admin_breakout:8"),
	ROW("#59", MENU_MODERATOR, "admin_breakout:9"),
	ROW("#6", MENU_MODERATOR, "admin_toggle_music"),
	ROW("*8", MENU_MODERATOR, "admin_extend"),
	ROW("*4", MENU_MODERATOR, "admin_toggle_recording"),
	ROW("*4", MENU_USER, "record_consent"),
	ROW("*7", MENU_IN_ROOM, "dial_out"),
	ROW("04", MENU_IN_ROOM, "decrease_listening_volume"),
	ROW("05", MENU_IN_ROOM, "reset_listening_volume"),
	ROW("06", MENU_IN_ROOM, "increase_listening_volume"),
	ROW("07", MENU_IN_ROOM, "decrease_talking_volume"),
	ROW("08", MENU_IN_ROOM, "reset_talking_volume"),
	ROW("09", MENU_IN_ROOM, "increase_talking_volume"),
	ROW("##", MENU_MODERATOR, "admin_kick_last"),
	ROW("#02", MENU_MODERATOR, "admin_kick_members"),
	ROW("#09", MENU_MODERATOR, "admin_end_conference"),
	ROW("*#", MENU_ALL, "leave_conference"),
	ROW("*0", MENU_ALL, "help"),
	ROW("**", MENU_ALL, "help")
};
#undef ROW
const size_t member_menu_n = sizeof(member_menu) / sizeof(member_menu[0]);

/* Of an entry, the first action of which there is something to say. */
static enum prompt help_of(const struct db_menu_row *row)
{
	for (const char *a = row->actions; *a; a += *a == ',') {
		const size_t len = strcspn(a, ",");

		for (size_t i = 0; i < menu_actions_n; i++)
			if (strlen(menu_actions[i].name) == len && menu_actions[i].help &&
			    strncmp(menu_actions[i].name, a, len) == 0)
				return menu_actions[i].help;
		a += len;
	}
	return PROMPT_NONE;
}

/* Is the same said of another sequence already? */
static bool is_told(const struct db_menu_row *rows, const struct db_menu_row *row,
		    enum menu_role role, enum prompt help)
{
	for (; rows < row; rows++)
		if (rows->roles & role && help_of(rows) == help)
			return true;
	return false;
}

/* "Press * 1 to mute or unmute yourself. Press ..." */
static void help(void *arg)
{
	struct member *m = arg;
	const enum menu_role role = member_menu_role(m);
	struct say say = { 0 };
	size_t n;
	const struct db_menu_row *rows = member_menu_of(m, &n);

	for (size_t i = 0; i < n; i++) {
		const enum prompt what = help_of(&rows[i]);

		if (!(rows[i].roles & role) || what == PROMPT_NONE ||
		    is_told(rows, &rows[i], role, what))
			continue;
		say_add(&say, PROMPT_PRESS);
		say_keys(&say, rows[i].keys);
		say_add(&say, what);
	}
	member_say(m, say.n ? &say : SAY(PROMPT_BEEP));
}
