/*
 * test_relate.c - members of a meeting who are on hold, ghosts, coaches, kept
 * from each other, or given way to. The world is that of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
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

static struct room *room(const char *number)
{
	return hub_room(world->hub, number);
}

/* Does a hear b, as media was told? */
static bool a_hears_b(const struct caller *a, const struct caller *b)
{
	bool odd = false;

	for (unsigned i = 0; i < a->port->n_odd; i++)
		odd |= a->port->odd[i] == b->port;
	return a->port->bus && a->port->bus == b->port->bus && a->port->hear &&
		b->port->speak && odd == b->port->manner.aside;
}

/* ---- hold --------------------------------------------------------------- */

static void who_is_on_hold_hears_music_and_is_not_heard(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	heard(a);
	assert_int_equal(leg_hold(leg(a), true, "test"), 0);
	assert_int_equal(leg_hold(leg(a), true, "test"), -EALREADY);
	assert_false(a_hears_b(a, b) || a_hears_b(b, a));
	assert_heard(a, "music*");
	keys(a, "*3");
	assert_heard(a, "conf-onlyone music*");         /* and music goes on */
	assert_int_equal(leg_hold(leg(a), false, "test"), 0);
	assert_true(a_hears_b(a, b) && a_hears_b(b, a));
	assert_int_equal(a->port->play.n, 0);
}

static void both_holds_hold_until_both_are_lifted(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	reinvite(a, "a=sendonly\r\n");
	leg_hold(leg(a), true, "test");
	reinvite(a, "");
	assert_false(a_hears_b(b, a));
	reinvite(a, "a=sendonly\r\n");
	leg_hold(leg(a), false, "test");
	assert_false(a_hears_b(b, a));
	reinvite(a, "");
	assert_true(a_hears_b(b, a));
}

static void hold_outlasts_the_waiting(void **state)
{
	struct caller *m = join("1002", "4321"), *a = join("1002", "1234");

	(void)state;
	leg_hold(leg(a), true, "test");
	hangup(m);
	assert_null(a->port->bus);
	m = join("1002", "4321");
	assert_false(a_hears_b(a, m) || a_hears_b(m, a));
	heard(a);
	assert_true(a->port->play.loop);
	leg_hold(leg(a), false, "test");
	assert_true(a_hears_b(a, m) && a_hears_b(m, a));
}

/* ---- ghosts ------------------------------------------------------------- */

static void a_ghost_hears_and_does_not_count(void **state)
{
	struct caller *a, *g, *b;
	struct room_info info;

	(void)state;
	a = join("1001", NULL);
	world_room("1001")->max_members = 2;
	str_copy(world_room("1001")->call_options, 64, "ghost");
	world_room_changed("1001");
	heard_by_all("1001");
	world_run(5000);
	world->params = "confab-ghost";
	g = join("1001", NULL);
	world->params = NULL;
	assert_string_equal(heard_by_all("1001"), "");  /* no tone */
	assert_true(a_hears_b(g, a));
	assert_false(a_hears_b(a, g));
	keys(a, "*3");
	assert_heard(a, "conf-onlyperson");
	keys(g, "*3");
	assert_heard(g, "conf-onlyone");
	world_run(5000);
	b = join("1001", NULL);                         /* there is a place */
	assert_true(in_room(b, "1001"));
	assert_string_equal(heard_by_all("1001"), "confbridge-join");
	room_info(room("1001"), &info);
	assert_int_equal(info.members, 3);
	assert_int_equal(info.ghosts, 1);
	world_run(5000);
	hangup(g);
	assert_string_equal(heard_by_all("1001"), "");
}

static void control_makes_a_ghost_and_a_member_again(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	assert_int_equal(leg_ghost(leg(b), true, "test"), 0);
	assert_false(a_hears_b(a, b));
	keys(a, "*3");
	assert_heard(a, "conf-onlyperson");
	assert_int_equal(leg_ghost(leg(b), false, "test"), 0);
	assert_true(a_hears_b(a, b));
	keys(a, "*3");
	assert_heard(a, "conf-onlyone");
}

/* ---- who hears whom ----------------------------------------------------- */

static void a_coach_is_heard_by_his_pupil_alone(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);
	struct caller *c = join("1001", NULL), *o = join("1000", "1234");

	(void)state;
	assert_int_equal(leg_coach(leg(c), leg(a), "test"), 0);
	assert_int_equal(leg_coach(leg(c), leg(a), "test"), -EALREADY);
	assert_true(a_hears_b(a, c) && a_hears_b(c, a) && a_hears_b(c, b));
	assert_false(a_hears_b(b, c));
	assert_int_equal(leg_coach(leg(c), leg(b), "test"), 0); /* another one */
	assert_true(a_hears_b(b, c));
	assert_false(a_hears_b(a, c));
	assert_int_equal(leg_coach(leg(c), leg(c), "test"), -EINVAL);
	assert_int_equal(leg_coach(leg(c), leg(o), "test"), -EINVAL);
	assert_int_equal(leg_coach(leg(c), NULL, "test"), 0);
	assert_true(a_hears_b(a, c) && a_hears_b(b, c));
	assert_int_equal(leg_coach(leg(c), NULL, "test"), -EALREADY);
}

static void what_a_coach_says_never_becomes_public_by_itself(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);
	struct caller *c = join("1001", NULL);

	(void)state;
	leg_coach(leg(c), leg(a), "test");
	hangup(a);
	assert_false(a_hears_b(b, c));
	assert_int_equal(leg_coach(leg(c), NULL, "test"), 0);
	assert_true(a_hears_b(b, c));
}

static void a_ghost_may_coach(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);
	struct caller *g = join("1001", NULL);

	(void)state;
	leg_ghost(leg(g), true, "test");
	leg_coach(leg(g), leg(a), "test");
	assert_true(a_hears_b(a, g));
	assert_false(a_hears_b(b, g));
	leg_coach(leg(g), NULL, "test");
	assert_false(a_hears_b(a, g) || a_hears_b(b, g));
}

static void one_may_be_kept_from_another(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);
	struct caller *c = join("1001", NULL), *o = join("1000", "1234");

	(void)state;
	assert_int_equal(leg_relate(leg(a), leg(b), false, "test"), 0);
	assert_int_equal(leg_relate(leg(a), leg(b), false, "test"), -EALREADY);
	assert_false(a_hears_b(a, b));
	assert_true(a_hears_b(b, a) && a_hears_b(c, b) && a_hears_b(a, c));
	assert_int_equal(leg_relate(leg(a), leg(o), false, "test"), -EINVAL);
	assert_int_equal(leg_relate(leg(a), leg(a), false, "test"), -EINVAL);
	leg_coach(leg(c), leg(b), "test");
	assert_int_equal(leg_relate(leg(a), leg(c), false, "test"), -EBUSY);
	assert_int_equal(leg_relate(leg(a), leg(b), true, "test"), 0);
	assert_true(a_hears_b(a, b));
	assert_int_equal(leg_relate(leg(a), leg(b), true, "test"), -EALREADY);
}

static void what_holds_between_two_outlasts_the_waiting_and_ends_with_one(void **state)
{
	struct caller *m = join("1002", "4321"), *a = join("1002", "1234");
	struct caller *b = join("1002", "1234");

	(void)state;
	leg_relate(leg(a), leg(b), false, "test");
	hangup(m);
	m = join("1002", "4321");
	assert_false(a_hears_b(a, b));
	assert_true(a_hears_b(b, a));
	hangup(b);
	assert_int_equal(a->port->n_odd, 0);
	b = join("1002", "1234");
	assert_true(a_hears_b(a, b));
}

static void one_has_so_many_exceptions_and_no_more(void **state)
{
	struct caller *a = join("1001", NULL), *b;

	(void)state;
	for (int i = 0; i < MX_RULES_ODD_MAX; i++) {
		b = join("1001", NULL);
		assert_int_equal(leg_relate(leg(a), leg(b), false, "test"), 0);
	}
	b = join("1001", NULL);
	assert_int_equal(leg_relate(leg(a), leg(b), false, "test"), -ENOSPC);
	assert_int_equal(leg_coach(leg(b), leg(a), "test"), -ENOSPC);
	assert_true(a_hears_b(a, b));
}

static void what_a_busy_worker_did_not_take_is_told_again(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	world->command_error = -EAGAIN;
	assert_int_equal(leg_relate(leg(a), leg(b), false, "test"), 0);
	assert_int_equal(leg_priority(leg(a), true, "test"), 0);
	world_run(200);
	world->command_error = 0;
	world_run(200);
	assert_false(a_hears_b(a, b));
	assert_true(a->port->manner.priority);
}

/* ---- how loud ----------------------------------------------------------- */

static void moderators_have_priority_where_the_room_says_so(void **state)
{
	struct caller *m, *a;

	(void)state;
	world_room("1000")->priority = true;
	world_room("1000")->duck_db = 12;
	m = join("1000", "4321");
	a = join("1000", "1234");
	assert_true(m->port->manner.priority);
	assert_false(a->port->manner.priority);
	assert_int_equal(m->port->manner.duck_db, 12);
	world_room("1000")->duck_db = 20;
	world_room_changed("1000");
	assert_int_equal(m->port->manner.duck_db, 20);
	assert_int_equal(leg_priority(leg(a), true, "test"), 0);
	assert_int_equal(leg_priority(leg(m), false, "test"), 0);
	world_room_changed("1000");                     /* what was done stays */
	assert_true(a->port->manner.priority);
	assert_false(m->port->manner.priority);
}

static void volumes_go_by_steps_up_to_their_ends(void **state)
{
	struct caller *a = join("1001", NULL);
	int n = 0;

	(void)state;
	while (leg_volume(leg(a), VOLUME_TALK, 1, "test") == 0)
		n++;
	assert_int_equal(n, VOLUME_MAX_DB / VOLUME_STEP_DB);
	assert_int_equal(leg_volume(leg(a), VOLUME_TALK, 1, "test"), -ERANGE);
	assert_int_equal(a->port->manner.talk_db, VOLUME_MAX_DB);
	assert_int_equal(leg_volume(leg(a), VOLUME_LISTEN, -1, "test"), 0);
	assert_int_equal(a->port->manner.hear_db, -VOLUME_STEP_DB);
	assert_int_equal(leg_volume(leg(a), VOLUME_TALK, 0, "test"), 0);
	assert_int_equal(leg_volume(leg(a), VOLUME_TALK, 0, "test"), -EALREADY);
	assert_int_equal(a->port->manner.talk_db, 0);
	assert_int_equal(a->port->manner.hear_db, -VOLUME_STEP_DB);
}

/* ---- the word ----------------------------------------------------------- */

static void the_word_goes_from_hand_to_hand_where_all_are_muted(void **state)
{
	struct caller *m = join("1000", "4321"), *a = join("1000", "1234");
	struct caller *b = join("1000", "1234");

	(void)state;
	room_mute_all(room("1000"), true, "test");
	leg_hand(leg(b), true, "test");
	leg_hand(leg(a), true, "test");
	assert_int_equal(room_next_hand(room("1000"), "test"), 0);
	assert_true(a_hears_b(m, b));                   /* who was first */
	assert_false(a_hears_b(m, a));
	assert_int_equal(room_next_hand(room("1000"), "test"), 0);
	assert_true(a_hears_b(m, a));
	assert_false(a_hears_b(m, b));                  /* his turn is over */
	assert_int_equal(room_next_hand(room("1000"), "test"), -EALREADY);
	assert_true(a_hears_b(m, a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_on_hold_hears_music_and_is_not_heard),
		TEST(both_holds_hold_until_both_are_lifted),
		TEST(hold_outlasts_the_waiting),
		TEST(a_ghost_hears_and_does_not_count),
		TEST(control_makes_a_ghost_and_a_member_again),
		TEST(a_coach_is_heard_by_his_pupil_alone),
		TEST(what_a_coach_says_never_becomes_public_by_itself),
		TEST(a_ghost_may_coach),
		TEST(one_may_be_kept_from_another),
		TEST(what_holds_between_two_outlasts_the_waiting_and_ends_with_one),
		TEST(one_has_so_many_exceptions_and_no_more),
		TEST(what_a_busy_worker_did_not_take_is_told_again),
		TEST(moderators_have_priority_where_the_room_says_so),
		TEST(volumes_go_by_steps_up_to_their_ends),
		TEST(the_word_goes_from_hand_to_hand_where_all_are_muted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
