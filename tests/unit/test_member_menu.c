/*
 * test_member_menu.c - menus of keys: the one that is built in, and those of the
 * database, as members press them. The world is that of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "call/room_int.h"
#include "t_world.h"

#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static struct leg *leg(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static struct member *member(const struct caller *c)
{
	return member_of(leg(c));
}

/* Another entry of menu "m", which is room 1000's. */
static void entry(const char *keys, unsigned roles, const char *actions)
{
	struct db_menu_row *row = &world->menu[world->n_menu++];

	assert_true(world->n_menu <= 16);
	str_copy(row->menu, sizeof(row->menu), "m");
	str_copy(row->keys, sizeof(row->keys), keys);
	assert_true(str_copy(row->actions, sizeof(row->actions), actions));
	row->roles = (uint8_t)roles;
	str_copy(world_room("1000")->menu, DB_MENU_NAME_MAX, "m");
}

static const struct menu_action *find(const char *name, size_t len)
{
	for (size_t i = 0; i < menu_actions_n; i++)
		if (strlen(menu_actions[i].name) == len &&
		    memcmp(menu_actions[i].name, name, len) == 0)
			return &menu_actions[i];
	return NULL;
}

/* ---- the one that is built in ------------------------------------------- */

static void the_menu_itself_is_sound(void **state)
{
	(void)state;
	for (size_t i = 0; i < menu_actions_n; i++)     /* one of each name */
		assert_ptr_equal(find(menu_actions[i].name, strlen(menu_actions[i].name)),
				 &menu_actions[i]);
	for (size_t i = 0; i < member_menu_n; i++) {
		const struct db_menu_row *a = &member_menu[i];
		const struct menu_action *act = find(a->actions, strcspn(a->actions, ":"));

		assert_true(strlen(a->keys) > 0);
		assert_int_equal(strspn(a->keys, "0123456789*#"), strlen(a->keys));
		assert_int_equal(a->roles & ~(unsigned)MENU_ALL, 0);
		assert_non_null(act);
		assert_true(act->arg ? strchr(a->actions, ':') != NULL : act->act != NULL);
		if (act->moderators)
			assert_int_equal(a->roles, MENU_MODERATOR);
		for (size_t k = 0; k < member_menu_n; k++)      /* no clash */
			assert_false(k != i && (member_menu[k].roles & a->roles) &&
				     strncmp(member_menu[k].keys, a->keys,
					     strlen(a->keys)) == 0);
	}
}

static void keys_make_louder_and_softer(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	keys(a, "060607");
	assert_int_equal(a->port->manner.hear_db, 2 * VOLUME_STEP_DB);
	assert_int_equal(a->port->manner.talk_db, -VOLUME_STEP_DB);
	keys(a, "050909");
	assert_int_equal(a->port->manner.hear_db, 0);
	assert_int_equal(a->port->manner.talk_db, VOLUME_STEP_DB);
	heard(a);
	keys(a, "090909");
	heard(a);
	keys(a, "09");
	assert_heard(a, "beeperr");
}

static void the_last_one_is_kicked_but_no_moderator_and_not_oneself(void **state)
{
	struct caller *m = join("1000", "4321"), *a = join("1000", "1234");
	struct caller *b = join("1000", "1234"), *n = join("1000", "4321");

	(void)state;
	keys(m, "##");
	assert_string_equal(heard(b), "conf-kicked vm-goodbye");
	assert_true(gone(b));
	assert_true(in_room(a, "1000") && in_room(n, "1000"));
	keys(n, "##");
	heard(a);
	assert_true(gone(a));
	heard(m);
	keys(m, "##");
	assert_heard(m, "beeperr");
	assert_true(in_room(n, "1000") && in_room(m, "1000"));
}

static void the_extended_keys_send_off_members_or_all(void **state)
{
	struct caller *m = join("1000", "4321"), *a = join("1000", "1234");
	struct caller *b = join("1000", "1234"), *n = join("1000", "4321");

	(void)state;
	keys(a, "#02");
	assert_true(in_room(b, "1000"));        /* no key of his */
	keys(m, "#02");
	assert_false(in_room(a, "1000") || in_room(b, "1000"));
	assert_true(in_room(n, "1000"));
	keys(m, "#09");
	assert_false(in_room(m, "1000") || in_room(n, "1000"));
	assert_string_equal(heard(n), "confbridge-conf-end vm-goodbye");
}

static void who_is_here_is_told_to_him_who_asks(void **state)
{
	struct caller *m = join("1000", "9999"), *a = join("1000", "1234");

	(void)state;
	heard(m);
	heard(a);
	keys(a, "#7");
	assert_string_equal(hears(a), "conf-roll-callcomplete");
	assert_string_equal(heard(m), "");
}

/* ---- those of the database ---------------------------------------------- */

static void a_sequence_does_its_actions_one_after_the_other(void **state)
{
	struct caller *a;

	(void)state;
	entry("1", MENU_IN_ROOM,
	      "toggle_mute,playback:beep&beep,participant_count,leave_conference");
	a = join("1000", "1234");
	heard(a);
	keys(a, "1");
	assert_string_equal(hears(a), "conf-muted");
	assert_true(played(a));
	assert_string_equal(hears(a), "beep beep");
	assert_true(in_room(a, "1000"));
	assert_true(played(a));
	assert_string_equal(hears(a), "conf-onlyperson");
	assert_true(played(a));
	assert_string_equal(hears(a), "vm-goodbye");
	assert_false(in_room(a, "1000"));
}

static void roles_have_their_own_rows_and_no_others(void **state)
{
	struct caller *m, *a;

	(void)state;
	entry("5", MENU_USER, "toggle_hand");
	entry("5", MENU_MODERATOR, "admin_toggle_conference_lock");
	entry("6", MENU_USER, "admin_toggle_conference_lock");  /* no constraint held */
	m = join("1000", "4321");
	a = join("1000", "1234");
	keys(a, "5");
	assert_true(member(a)->hand != 0);
	keys(m, "5");
	assert_true(room_is_locked(hub_room(world->hub, "1000")));
	heard(a);
	keys(a, "6");
	assert_heard(a, "beeperr");
	assert_true(room_is_locked(hub_room(world->hub, "1000")));
	keys(a, "*1");                          /* nothing of the one built in */
	assert_heard(a, "beeperr beeperr");
}

static void a_key_breaks_off_help_and_goes_on_with_the_sequence(void **state)
{
	struct caller *a;

	(void)state;
	entry("*", MENU_IN_ROOM, "playback_and_continue:conf-usermenu");
	entry("*1", MENU_IN_ROOM, "toggle_mute");
	entry("2", MENU_IN_ROOM, "help");
	a = join("1000", "1234");
	heard(a);
	keys(a, "*");
	assert_string_equal(hears(a), "conf-usermenu");
	world_run(5000);                        /* it is long, and he listens */
	keys(a, "1");
	assert_int_equal(member(a)->mute, MUTE_OWN);
	assert_heard(a, "conf-muted");
	keys(a, "*");
	assert_heard(a, "conf-usermenu");       /* to its end, and a pause */
	world_run(5000);
	keys(a, "2");
	assert_heard(a, "vm-press digits/star digits/1 confbridge-mute-out");
	assert_int_equal(member(a)->mute, MUTE_OWN);
}

static void keys_do_nothing_during_playback(void **state)
{
	struct caller *a;

	(void)state;
	entry("1", MENU_IN_ROOM, "playback:conf-usermenu");
	entry("2", MENU_IN_ROOM, "toggle_mute");
	a = join("1000", "1234");
	heard(a);
	keys(a, "12");
	assert_int_equal(member(a)->mute, 0);
	assert_heard(a, "conf-usermenu");
	keys(a, "2");
	assert_int_equal(member(a)->mute, MUTE_OWN);
}

static void what_is_wrong_at_run_time_is_left_out(void **state)
{
	struct caller *a;

	(void)state;
	entry("1", MENU_IN_ROOM, "no_such_thing,toggle_mute");
	entry("2", MENU_IN_ROOM, "playback:no-such-sound");
	entry("3", MENU_IN_ROOM, "playback");
	a = join("1000", "1234");
	heard(a);
	keys(a, "1");
	assert_heard(a, "beeperr conf-muted");
	keys(a, "2");
	assert_heard(a, "beeperr");
	keys(a, "3");
	assert_heard(a, "beeperr");
	world->n_menu = 0;                      /* the menu is gone: the one built in */
	keys(a, "*1");
	assert_heard(a, "conf-unmuted");
}

static void an_edited_menu_is_in_force_with_the_next_key(void **state)
{
	struct caller *a;

	(void)state;
	entry("*1", MENU_IN_ROOM, "toggle_mute");
	a = join("1000", "1234");
	keys(a, "*");
	str_copy(world->menu[0].keys, DB_MENU_KEYS_MAX, "*2");
	keys(a, "2");
	assert_int_equal(member(a)->mute, MUTE_OWN);
}

static void deaf_and_mute_have_keys(void **state)
{
	struct caller *a;

	(void)state;
	entry("1", MENU_IN_ROOM, "deaf_mute");
	entry("2", MENU_IN_ROOM, "toggle_deaf");
	entry("3", MENU_IN_ROOM, "mute_on,deaf_on");
	entry("4", MENU_IN_ROOM, "mute_off,deaf_off");
	entry("5", MENU_IN_ROOM, "no_op,event:hello");
	a = join("1000", "1234");
	heard(a);
	keys(a, "1");
	heard(a);
	assert_true(!a->port->speak && !a->port->hear);
	keys(a, "2");
	assert_true(!a->port->speak && a->port->hear);
	keys(a, "3");
	assert_true(!a->port->speak && !a->port->hear);
	keys(a, "4");
	heard(a);
	assert_true(a->port->speak && a->port->hear);
	keys(a, "5");
	assert_heard(a, "");
}

static void sounds_that_are_not_there_are_problems(void **state)
{
	struct db_problem p[4];

	(void)state;
	entry("1", MENU_IN_ROOM, "no_op,playback:beep&tt-monkeys,toggle_mute");
	entry("2", MENU_IN_ROOM, "playback_and_continue:conf-usermenu");
	entry("3", MENU_IN_ROOM, "playback:nothing");
	assert_int_equal(hub_menu_problems(world->hub, p, 4), 2);
	assert_string_equal(p[0].what, "menu_entry");
	assert_string_equal(p[0].key, "m 1");
	assert_string_equal(p[0].problem, "there is no sound tt-monkeys");
	assert_string_equal(p[1].key, "m 3");
	assert_int_equal(hub_menu_problems(world->hub, p, 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_menu_itself_is_sound),
		TEST(keys_make_louder_and_softer),
		TEST(the_last_one_is_kicked_but_no_moderator_and_not_oneself),
		TEST(the_extended_keys_send_off_members_or_all),
		TEST(who_is_here_is_told_to_him_who_asks),
		TEST(a_sequence_does_its_actions_one_after_the_other),
		TEST(roles_have_their_own_rows_and_no_others),
		TEST(a_key_breaks_off_help_and_goes_on_with_the_sequence),
		TEST(keys_do_nothing_during_playback),
		TEST(what_is_wrong_at_run_time_is_left_out),
		TEST(an_edited_menu_is_in_force_with_the_next_key),
		TEST(deaf_and_mute_have_keys),
		TEST(sounds_that_are_not_there_are_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
