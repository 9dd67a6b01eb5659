/*
 * test_lobby.c - the waiting room, and who may be heard: lecture, listen-only,
 * talk-only, deafness, raised hands. The world is that of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "t_world.h"

#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

static struct db_room *row;

static int setup(void **state)
{
	const int err = world_setup(state);

	row = world_room("1000");
	row->join_tone = row->leave_tone = false;
	return err;
}

static struct room *room(void)
{
	return hub_room(world->hub, "1000");
}

static struct leg *leg(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static struct leg_info info_of(const struct caller *c)
{
	struct leg_info info;

	leg_info(leg(c), &info);
	return info;
}

static struct caller *member(void)
{
	return join("1000", "1234");
}

static struct caller *moderator(void)
{
	return join("1000", "4321");
}

static bool isolated(const struct caller *c)
{
	return !c->port->bus;
}

/* ---- the waiting room --------------------------------------------------- */

static void members_wait_until_they_are_let_in(void **state)
{
	struct caller *m, *a, *b;

	(void)state;
	row->waiting_room = true;
	m = moderator();
	assert_true(in_room(m, "1000"));
	a = call("1000");
	heard(a);
	keys(a, "1234#");
	assert_heard(a, "one-moment-please music*");
	assert_true(isolated(a) && info_of(a).lobby);
	assert_null(leg_str(a, "admitted_at"));
	assert_heard(m, "beep digits/1 conf-userwilljoin");
	b = member();
	assert_heard(m, "beep digits/2 conf-userswilljoin");

	keys(m, "#1");
	assert_true(in_room(a, "1000") && isolated(b));
	assert_heard(a, "conf-onlyone");
	assert_non_null(leg_str(a, "admitted_at"));
	keys(m, "#1");
	assert_true(in_room(b, "1000"));
	keys(m, "#1");
	assert_heard(m, "beeperr");
}

static void all_are_let_in_at_once(void **state)
{
	struct caller *c[3], *m;

	(void)state;
	row->waiting_room = true;
	for (int i = 0; i < 3; i++)
		c[i] = member();
	m = moderator();
	keys(m, "#2");
	for (int i = 0; i < 3; i++)
		assert_true(in_room(c[i], "1000"));
}

static void who_is_not_let_in_is_told_and_recorded(void **state)
{
	struct caller *m, *a, *b;

	(void)state;
	row->waiting_room = true;
	m = moderator();
	a = member();
	b = member();
	heard(m);
	keys(m, "#3");
	assert_heard(a, "im-sorry vm-goodbye");
	assert_string_equal(leg_str(a, "refused"), "denied");
	assert_null(leg_str(a, "admitted_at"));
	assert_true(info_of(b).lobby);
	assert_int_equal(leg_admit(leg(m), true, "test"), -EALREADY);
}

static void a_waiting_one_can_leave_and_nothing_else(void **state)
{
	struct caller *a;

	(void)state;
	row->waiting_room = true;
	a = member();
	assert_non_null(room());                /* and nobody is in it */
	keys(a, "#1");
	assert_heard(a, "beeperr beeperr music*");
	keys(a, "*#");
	heard(a);
	assert_ended(a, "left");
	assert_null(room());
}

static void who_is_let_in_may_have_to_wait_for_a_leader(void **state)
{
	struct caller *a;

	(void)state;
	row->waiting_room = row->wait_marked = true;
	a = member();
	assert_int_equal(room_admit(room(), true, "test"), 0);
	assert_true(isolated(a) && info_of(a).waiting && !info_of(a).lobby);
	assert_heard(a, "conf-waitforleader music*");
	moderator();
	assert_true(in_room(a, "1000"));
}

static void the_row_can_open_the_door(void **state)
{
	struct caller *a;

	(void)state;
	row->waiting_room = true;
	a = member();
	row->waiting_room = false;
	world_room_changed("1000");
	assert_true(in_room(a, "1000"));
}

static void who_waits_to_be_let_in_counts_for_no_rule(void **state)
{
	struct caller *a, *m;

	(void)state;
	row->waiting_room = row->mintwo = true;
	m = moderator();
	a = member();
	hangup(a);                              /* they were not two */
	assert_true(in_room(m, "1000"));
	a = member();
	hangup(m);
	assert_true(info_of(a).lobby);
}

/* ---- who is heard ------------------------------------------------------- */

static void in_a_lecture_only_moderators_are_heard(void **state)
{
	struct caller *a, *m;

	(void)state;
	row->lecture = true;
	a = member();
	m = moderator();
	assert_true(m->port->speak && !a->port->speak && a->port->hear);
	keys(a, "*1");
	assert_false(a->port->speak);
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, false, "test"), 0);
	assert_true(a->port->speak);            /* he was asked something */
	row->lecture = false;
	world_room_changed("1000");
	assert_true(member()->port->speak);
	row->lecture = true;
	world_room_changed("1000");
	assert_true(!a->port->speak && m->port->speak);
}

static void listen_only_and_talk_only(void **state)
{
	struct caller *a, *b;

	(void)state;
	str_copy(row->call_options, sizeof(row->call_options), "listen_only,talk_only");
	world->params = ";confab-listen_only";
	a = member();
	world->params = ";confab-talk_only";
	b = member();
	world->params = NULL;
	assert_true(!a->port->speak && a->port->hear);
	assert_true(b->port->speak && !b->port->hear);
	keys(a, "*1");
	keys(a, "*1");
	assert_false(a->port->speak);
}

static void a_deaf_one_is_heard(void **state)
{
	struct caller *a = member();

	(void)state;
	assert_int_equal(leg_deaf(leg(a), true, "test"), 0);
	assert_int_equal(leg_deaf(leg(a), true, "test"), -EALREADY);
	assert_true(a->port->speak && !a->port->hear && info_of(a).deaf);
	reinvite(a, "a=inactive\r\n");
	reinvite(a, "");
	assert_false(a->port->hear);            /* hold changed nothing */
	assert_int_equal(leg_deaf(leg(a), false, "test"), 0);
	assert_true(a->port->hear);
}

static void hands_are_a_queue(void **state)
{
	struct caller *a, *b, *c, *m;

	(void)state;
	row->lecture = true;
	m = moderator();
	a = member();
	b = member();
	c = member();
	keys(b, "*9");
	assert_heard(b, "beep beep");
	keys(c, "*9");
	heard(c);
	keys(a, "*9");
	assert_int_equal(info_of(b).hand, 1);
	assert_int_equal(info_of(c).hand, 2);
	assert_int_equal(info_of(a).hand, 3);
	keys(c, "*9");                          /* no, thank you */
	assert_heard(c, "beep");
	assert_int_equal(info_of(a).hand, 2);

	keys(m, "*9");
	assert_true(b->port->speak && !a->port->speak);
	assert_int_equal(info_of(b).hand, 0);
	assert_int_equal(info_of(a).hand, 1);
	hangup(b);
	keys(m, "*9");
	assert_true(a->port->speak);
	keys(m, "*9");
	assert_heard(m, "beeperr");
	assert_int_equal(room_next_hand(room(), "test"), -EALREADY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_wait_until_they_are_let_in),
		TEST(all_are_let_in_at_once),
		TEST(who_is_not_let_in_is_told_and_recorded),
		TEST(a_waiting_one_can_leave_and_nothing_else),
		TEST(who_is_let_in_may_have_to_wait_for_a_leader),
		TEST(the_row_can_open_the_door),
		TEST(who_waits_to_be_let_in_counts_for_no_rule),
		TEST(in_a_lecture_only_moderators_are_heard),
		TEST(listen_only_and_talk_only),
		TEST(a_deaf_one_is_heard),
		TEST(hands_are_a_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
