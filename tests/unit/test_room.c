/*
 * test_room.c - meetings: who comes in, what is said, waiting for a moderator,
 * lock, limits, ends. The world is that of t_world.c.
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
#define assert_refused(c, why) assert_string_equal(leg_str(c, "refused"), why)
#define assert_all_heard(room, what) \
	assert_string_equal(heard_by_all(room), what)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static struct leg *leg(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static struct room *room(const char *number)
{
	return hub_room(world->hub, number);
}

static bool speaks(const struct caller *c)
{
	return c->port->bus && c->port->speak;
}

/* Nothing of the room reaches him, nothing of him the room. */
static bool isolated(const struct caller *c)
{
	return !c->port->bus;
}

/* ---- join and leave ----------------------------------------------------- */

static void joiners_are_told_how_many_there_are(void **state)
{
	struct caller *c[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		c[i] = call("1001");
		world_run(2000);
	}
	assert_heard(c[0], "conf-onlyperson");
	assert_heard(c[1], "conf-onlyone");
	assert_heard(c[2], "conf-thereare digits/2 conf-otherinparty");
	assert_heard(c[3], "conf-thereare digits/3 conf-otherinparty");
}

static void a_tone_is_heard_at_join_and_leave(void **state)
{
	struct caller *a = join("1001", NULL), *b;

	(void)state;
	assert_all_heard("1001", "");   /* alone: for whom? */
	b = join("1001", NULL);
	assert_all_heard("1001", "confbridge-join");
	hangup(b);
	assert_all_heard("1001", "confbridge-leave");
	assert_true(speaks(a));
}

static void ten_joins_in_a_second_are_one_tone(void **state)
{
	(void)state;
	join("1001", NULL);
	for (int i = 0; i < 10; i++) {
		call("1001");
		world_run(90);
	}
	assert_all_heard("1001", "confbridge-join");
	for (int i = 1; i < 10; i++)            /* a leave is another thing */
		hangup(&world->callers[i]);
	world_run(2000);                        /* some are being told how many
						 * there are */
	assert_all_heard("1001", "confbridge-leave");
}

static void tones_are_off_where_the_room_says_so(void **state)
{
	struct caller *b;

	(void)state;
	world_room("1001")->join_tone = world_room("1001")->leave_tone = false;
	join("1001", NULL);
	b = join("1001", NULL);
	hangup(b);
	assert_all_heard("1001", "");
}

static void a_meeting_runs_from_first_to_last_member(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL), *c;
	char first[40];

	(void)state;
	assert_int_equal(hub_rooms(world->hub), 1);
	assert_int_equal(world->buses[0].rate_hz, 16000);
	assert_string_equal(leg_str(a, "conference_id"),
			    leg_str(b, "conference_id"));
	hangup(a);
	assert_null(conf_str(b, "ended"));
	str_copy(first, sizeof(first), leg_str(b, "conference_id"));
	hangup(b);
	assert_int_equal(hub_rooms(world->hub), 0);
	assert_true(world->buses[0].closed);

	c = join("1001", NULL);
	assert_string_not_equal(leg_str(c, "conference_id"), first);
	assert_string_equal(conf_str(b, "room"), "1001");
	assert_string_equal(conf_str(b, "room_name"), "Room 1001");
	assert_string_equal(conf_str(b, "end_reason"), "empty");
	assert_string_equal(conf_str(b, "end_text"), "last member left");
	assert_int_equal(conf_int(b, "members_max"), 2);
	assert_int_equal(conf_int(b, "members_total"), 2);
	assert_int_equal(conf_int(b, "moderators_total"), 0);
	assert_int_equal(conf_int(b, "rate_hz"), 16000);
	assert_non_null(conf_str(b, "started"));
}

/* A call that comes while the last bus is still closing gets a new meeting. */
static void a_room_can_begin_again_before_its_bus_is_gone(void **state)
{
	struct caller *a = join("1001", NULL), *b;

	(void)state;
	a->ss.over = true;
	a->ss.ops->on_end(a->ss.arg, SIP_END_BYE, "BYE");
	assert_false(world->buses[0].closed);
	b = call("1001");
	assert_true(in_room(b, "1001"));
	assert_ptr_equal(b->port->bus, &world->buses[1]);
}

static void a_second_caller_is_placed_near_the_room(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	assert_null(a->port->near);
	assert_ptr_equal(b->port->near, a->port->bus);
}

static void without_a_bus_the_caller_gets_an_apology(void **state)
{
	struct caller *c;

	(void)state;
	world->bus_error = -EAGAIN;
	c = call("1001");
	assert_heard(c, "sorry please-try-call-later");
	assert_ended(c, "error");
	assert_true(gone(c));
	assert_int_equal(hub_rooms(world->hub), 0);
	assert_int_equal(json_object_size(world->conferences), 0);
}

/* ---- waiting for the moderator ------------------------------------------ */

static void members_wait_with_music_and_isolated(void **state)
{
	struct caller *a = call("1002"), *m;

	(void)state;
	heard(a);
	keys(a, "1234#");
	assert_heard(a, "conf-waitforleader music*");
	assert_true(isolated(a));
	assert_string_equal(leg_str(a, "role"), "member");

	m = join("1002", "4321");
	assert_true(speaks(a) && speaks(m));
	assert_heard(a, "confbridge-conf-begin");
	assert_false(a->port->play.n);          /* the music is over */
}

static void one_who_comes_after_the_moderator_does_not_wait(void **state)
{
	struct caller *m = join("1002", "4321"), *a = join("1002", "1234");

	(void)state;
	assert_true(speaks(a) && speaks(m));
}

static void the_moderator_hears_how_many_waited(void **state)
{
	struct caller *m;

	(void)state;
	join("1002", "1234");
	join("1002", "1234");
	m = call("1002");
	heard(m);
	keys(m, "4321#");
	assert_heard(m, "conf-thereare digits/2 conf-otherinparty");
}

static void when_the_last_moderator_leaves_they_wait_again(void **state)
{
	struct caller *m = join("1002", "4321"), *n = join("1002", "4321");
	struct caller *a = join("1002", "1234");

	(void)state;
	heard(a);
	hangup(m);
	assert_true(speaks(a));                 /* one moderator is left */
	assert_heard(a, "");
	hangup(n);
	assert_true(isolated(a));
	assert_heard(a, "conf-leaderhasleft conf-waitforleader music*");
	m = join("1002", "4321");
	assert_true(speaks(a) && speaks(m));
}

static void they_stay_where_the_room_says_so(void **state)
{
	struct caller *m, *a, *b;

	(void)state;
	world_room("1002")->wait_once = true;
	m = join("1002", "4321");
	a = join("1002", "1234");
	hangup(m);
	assert_true(speaks(a));
	b = join("1002", "1234");               /* the meeting is open */
	assert_true(speaks(b));
}

static void they_are_sent_off_where_the_room_says_so(void **state)
{
	struct caller *m, *a, *b;

	(void)state;
	world_room("1002")->end_marked = true;
	m = join("1002", "4321");
	a = join("1002", "1234");
	b = join("1002", "1234");
	hangup(m);
	assert_true(isolated(a) && isolated(b));
	assert_int_equal(hub_rooms(world->hub), 0);
	assert_heard(a, "conf-leaderhasleft vm-goodbye");
	assert_true(a->ss.bye);
	assert_ended(a, "moderator_left");
	assert_string_equal(conf_str(a, "end_reason"), "moderator_left");
	assert_int_equal(conf_int(a, "moderators_total"), 1);
	heard(b);
	assert_true(gone(b));
}

static void a_waiting_member_may_leave_by_key_and_nothing_else(void **state)
{
	struct caller *a = join("1002", "1234");

	(void)state;
	heard(a);
	keys(a, "*1");
	assert_heard(a, "beeperr music*");
	keys(a, "*#");
	assert_heard(a, "vm-goodbye");
	assert_ended(a, "left");
	assert_string_equal(conf_str(a, "end_reason"), "empty");
}

static void without_music_the_waiting_hear_the_prompt_all_the_same(void **state)
{
	struct caller *a = call("1002");

	(void)state;
	world->music_missing = true;
	heard(a);
	keys(a, "1234#");
	assert_heard(a, "conf-waitforleader");
	assert_true(isolated(a));
}

/* ---- lock and limits ---------------------------------------------------- */

static void a_locked_room_lets_only_moderators_in(void **state)
{
	struct caller *m = join("1000", "4321"), *a;

	(void)state;
	keys(m, "*2");
	assert_all_heard("1000", "conf-lockednow");
	a = call("1000");
	heard(a);
	keys(a, "1234#");
	assert_heard(a, "conf-locked vm-goodbye");
	assert_refused(a, "locked");
	assert_true(in_room(join("1000", "4321"), "1000"));
	keys(m, "*2");
	assert_all_heard("1000", "confbridge-join conf-unlockednow");
	assert_true(in_room(join("1000", "1234"), "1000"));
}

static void a_room_locked_in_its_row_is_locked_from_the_start(void **state)
{
	struct caller *a;

	(void)state;
	world_room("1001")->locked = true;
	a = call("1001");
	assert_heard(a, "conf-locked vm-goodbye");
	assert_int_equal(json_object_size(world->conferences), 0);
}

static void a_full_room_lets_only_moderators_in(void **state)
{
	struct caller *a;

	(void)state;
	world_room("1000")->max_members = 2;
	join("1000", "1234");
	join("1000", "1234");
	a = call("1000");
	heard(a);
	keys(a, "1234#");
	assert_heard(a, "conf-full vm-goodbye");
	assert_refused(a, "full");
	assert_true(in_room(join("1000", "4321"), "1000"));
}

static void the_time_of_a_meeting_is_limited(void **state)
{
	struct caller *a, *b;

	(void)state;
	world_room("1001")->max_duration_s = 60;
	a = join("1001", NULL);
	b = join("1001", NULL);
	world_run(55000);
	assert_true(speaks(a));
	world_run(2000);
	assert_true(isolated(a));
	assert_heard(a, "confbridge-conf-end vm-goodbye");
	heard(b);
	assert_true(a->ss.bye && b->ss.bye);
	assert_ended(a, "max_duration");
	assert_string_equal(conf_str(a, "end_reason"), "max_duration");
}

static void a_change_of_the_row_is_in_force_at_once(void **state)
{
	struct db_room *row = world_room("1002");
	struct caller *a = join("1002", "1234");

	(void)state;
	assert_true(isolated(a));
	row->wait_marked = false;
	world_room_changed("1002");
	assert_true(speaks(a));
	row->locked = true;
	world_room_changed("1002");
	assert_true(room_is_locked(room("1002")));
	row->max_duration_s = 3600;
	world_room_changed("1002");
	world_run(3590 * 1000);
	assert_true(speaks(a));
	row->max_duration_s = 3000;             /* is over already */
	world_room_changed("1002");
	world_run(1);
	heard(a);
	assert_ended(a, "max_duration");
}

static void a_lock_by_key_stays_when_something_else_changes(void **state)
{
	struct caller *m = join("1000", "4321");

	(void)state;
	keys(m, "*2");
	world_room("1000")->max_members = 7;
	world_room_changed("1000");
	assert_true(room_is_locked(room("1000")));
	world_room_changed("9999");             /* no such meeting: nothing */
}

static void a_meeting_outlives_its_row(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	hub_db_ops.on_room(world->hub, "1001", NULL);
	assert_true(speaks(a));
}

/* ---- control ------------------------------------------------------------ */

static void a_kicked_member_is_out_at_once_and_told(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	assert_int_equal(leg_kick(leg(a), false, "test"), 0);
	assert_true(isolated(a));
	assert_int_equal(leg_kick(leg(a), false, "test"), -ENOENT);
	assert_heard(a, "conf-kicked vm-goodbye");
	assert_ended(a, "kicked");
	assert_int_equal(leg_kick(leg(b), true, "test"), 0);
	assert_true(b->ss.bye);
	assert_int_equal(b->ss.cause, 21);
}

static void closing_a_room_sends_everybody_off(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	assert_int_equal(room_close(room("1001"), "test"), 0);
	assert_null(room("1001"));
	assert_heard(a, "confbridge-conf-end vm-goodbye");
	heard(b);
	assert_ended(b, "closed");
	assert_string_equal(conf_str(b, "end_reason"), "closed");
}

static void locking_twice_is_said_so(void **state)
{
	(void)state;
	join("1001", NULL);
	assert_int_equal(room_lock(room("1001"), true, "test"), 0);
	assert_int_equal(room_lock(room("1001"), true, "test"), -EALREADY);
	assert_int_equal(room_mute_all(room("1001"), false, "test"), -EALREADY);
	assert_null(hub_room(world->hub, "1000"));
}

/* ---- media does not keep up --------------------------------------------- */

static void a_mute_that_media_did_not_take_is_repeated(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	world->command_error = -EAGAIN;
	keys(a, "*1");
	world->command_error = 0;
	assert_true(a->port->speak);
	world_run(50);
	assert_false(a->port->speak);
}

static void one_who_cannot_be_taken_off_the_bus_is_ended(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	world->command_error = -EAGAIN;
	leg_kick(leg(a), false, "test");
	world->command_error = 0;
	assert_true(a->ss.bye);
	assert_true(isolated(a));
	world_run(0);
	assert_ended(a, "kicked");
	assert_true(speaks(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(joiners_are_told_how_many_there_are),
		TEST(a_tone_is_heard_at_join_and_leave),
		TEST(ten_joins_in_a_second_are_one_tone),
		TEST(tones_are_off_where_the_room_says_so),
		TEST(a_meeting_runs_from_first_to_last_member),
		TEST(a_room_can_begin_again_before_its_bus_is_gone),
		TEST(a_second_caller_is_placed_near_the_room),
		TEST(without_a_bus_the_caller_gets_an_apology),
		TEST(members_wait_with_music_and_isolated),
		TEST(one_who_comes_after_the_moderator_does_not_wait),
		TEST(the_moderator_hears_how_many_waited),
		TEST(when_the_last_moderator_leaves_they_wait_again),
		TEST(they_stay_where_the_room_says_so),
		TEST(they_are_sent_off_where_the_room_says_so),
		TEST(a_waiting_member_may_leave_by_key_and_nothing_else),
		TEST(without_music_the_waiting_hear_the_prompt_all_the_same),
		TEST(a_locked_room_lets_only_moderators_in),
		TEST(a_room_locked_in_its_row_is_locked_from_the_start),
		TEST(a_full_room_lets_only_moderators_in),
		TEST(the_time_of_a_meeting_is_limited),
		TEST(a_change_of_the_row_is_in_force_at_once),
		TEST(a_lock_by_key_stays_when_something_else_changes),
		TEST(a_meeting_outlives_its_row),
		TEST(a_kicked_member_is_out_at_once_and_told),
		TEST(closing_a_room_sends_everybody_off),
		TEST(locking_twice_is_said_so),
		TEST(a_mute_that_media_did_not_take_is_repeated),
		TEST(one_who_cannot_be_taken_off_the_bus_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
