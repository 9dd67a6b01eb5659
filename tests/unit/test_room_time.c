/*
 * test_room_time.c - what ends a meeting by itself: its time, told of before and
 * put off; the grace; silence; too few; and a member's own time. The world is
 * that of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "t_world.h"

#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define assert_all_heard(room, what) \
	assert_string_equal(heard_by_all(room), what)
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

static struct caller *member(void)
{
	return join("1000", "1234");
}

static struct caller *moderator(void)
{
	return join("1000", "4321");
}

/* ---- its time ----------------------------------------------------------- */

static void all_hear_how_many_minutes_are_left(void **state)
{
	(void)state;
	row->max_duration_s = 600;
	row->end_warning_s = 180;
	member();
	world_run(417 * 1000);
	assert_all_heard("1000", "");
	world_run(2000);
	assert_all_heard("1000", "beep digits/3 minutes");
	world_run(178 * 1000);
	assert_non_null(room());
	world_run(3000);
	assert_null(room());
}

static void one_minute_is_a_minute(void **state)
{
	(void)state;
	row->max_duration_s = 600;
	row->end_warning_s = 60;
	member();
	world_run(540 * 1000);
	assert_all_heard("1000", "beep digits/1 minute");
}

static void a_moderator_puts_off_the_end_by_key(void **state)
{
	struct caller *m, *a;

	(void)state;
	row->max_duration_s = 600;
	row->end_warning_s = 60;
	row->extend_s = 300;
	m = moderator();
	a = member();
	world_run(550 * 1000);
	heard_by_all("1000");
	keys(a, "*8");                          /* not his to do */
	assert_string_equal(heard(a), "beeperr");
	keys(m, "*8");
	assert_all_heard("1000", "conf-extended");
	world_run(100 * 1000);
	assert_non_null(room());
	world_run(190 * 1000);
	assert_all_heard("1000", "beep digits/1 minute");       /* once more */
	keys(m, "*8");
	world_run(200 * 1000);
	assert_non_null(room());
	world_run(160 * 1000);
	assert_null(room());
	heard(a);
	assert_ended(a, "max_duration");
}

static void what_has_no_end_or_no_extension_is_not_extended(void **state)
{
	struct caller *m = moderator();

	(void)state;
	row->extend_s = 300;
	world_room_changed("1000");
	keys(m, "*8");
	assert_string_equal(heard(m), "conf-nonextended");
	assert_int_equal(room_extend(room(), 60, "test"), -ENOTSUP);
	row->extend_s = 0;
	row->max_duration_s = 600;
	world_room_changed("1000");
	keys(m, "*8");
	assert_string_equal(heard(m), "conf-nonextended");
	assert_int_equal(room_extend(room(), 60, "test"), 0);
	assert_int_equal(room_extend(room(), 31 * 24 * 3600, "test"), -ERANGE);
}

static void a_member_s_own_time_is_limited(void **state)
{
	struct caller *a, *b;

	(void)state;
	str_copy(row->call_options, sizeof(row->call_options), "timeout_s");
	a = member();
	world->params = ";confab-timeout_s=60";
	b = member();
	world->params = NULL;
	world_run(55 * 1000);
	assert_true(in_room(b, "1000"));
	world_run(5000);
	assert_string_equal(heard(b), "vm-goodbye");
	assert_ended(b, "time_limit");
	assert_true(in_room(a, "1000"));
	row->timeout_s = 100;                   /* 62 s and more are over */
	world_room_changed("1000");
	world_run(20 * 1000);
	assert_true(in_room(a, "1000"));
	world_run(20 * 1000);
	heard(a);
	assert_ended(a, "time_limit");
}

/* ---- by the schedule ---------------------------------------------------- */

/* Once, from so many minutes from now to so many; the clock of schedules is the
 * real one, that of timers the world's. */
static void schedule(int from_min, int to_min)
{
	char begins[20], ends[20];
	const time_t now = time(NULL), from = now + from_min * 60, to = now + to_min * 60;
	struct tm tm;

	strftime(begins, sizeof(begins), "%Y%m%dT%H%M%S", gmtime_r(&from, &tm));
	strftime(ends, sizeof(ends), "%Y%m%dT%H%M%S", gmtime_r(&to, &tm));
	snprintf(world->schedules[0], sizeof(world->schedules[0]), "%s %s UTC -",
		 begins, ends);
}

static void who_comes_too_early_is_told_how_much(void **state)
{
	struct caller *c;

	(void)state;
	schedule(30, 90);
	row->early_join_s = 600;
	c = call("1000");
	assert_string_equal(heard(c), "im-sorry please-try-call-later digits/30 "
			    "minutes vm-goodbye");
	assert_string_equal(leg_str(c, "refused"), "not_yet");
	schedule(9, 90);
	assert_true(in_room(member(), "1000"));
	schedule(60 * 24, 60 * 25);
	c = call("1000");
	assert_string_equal(heard(c), "im-sorry please-try-call-later vm-goodbye");
}

static void who_comes_too_late_is_told_so(void **state)
{
	struct caller *c;

	(void)state;
	schedule(-90, -30);
	c = call_with("1000", "4321", offer(""));
	assert_string_equal(heard(c), "confbridge-conf-end vm-goodbye");
	assert_string_equal(leg_str(c, "refused"), "ended");
}

static void a_meeting_ends_when_its_schedule_does(void **state)
{
	struct caller *a;

	(void)state;
	schedule(-30, 30);
	row->end_warning_s = 300;
	a = member();
	world_run(24 * 60 * 1000);
	assert_all_heard("1000", "");
	world_run(2 * 60 * 1000);
	assert_all_heard("1000", "beep digits/5 minutes");
	assert_int_equal(room_extend(room(), 600, "test"), 0);
	world_run(10 * 60 * 1000);
	assert_non_null(room());
	world_run(5 * 60 * 1000);
	assert_null(room());
	heard(a);
	assert_ended(a, "max_duration");
}

static void a_changed_schedule_is_in_force_at_once(void **state)
{
	(void)state;
	schedule(-30, 30);
	member();
	schedule(-30, 60);
	world_room_changed("1000");
	world_run(50 * 60 * 1000);
	assert_non_null(room());
	world->schedules[0][0] = '\0';          /* always open now */
	world_room_changed("1000");
	world_run(50 * 60 * 1000);
	assert_non_null(room());
}

static void a_meeting_may_over_run_where_the_room_says_so(void **state)
{
	struct caller *a;

	(void)state;
	schedule(-30, 30);
	row->over_run = true;
	a = member();
	world_run(3600 * 1000);
	assert_non_null(room());
	schedule(-90, -30);                     /* it is over by now */
	assert_true(in_room(member(), "1000"));
	hangup(a);
	hangup(&world->callers[1]);
	a = call("1000");
	heard(a);
	assert_string_equal(leg_str(a, "refused"), "ended");
}

static void refusals_are_a_status_where_the_room_says_so(void **state)
{
	struct caller *c;

	(void)state;
	row->answer_refusals = false;
	schedule(60, 90);
	c = call("1000");
	assert_int_equal(c->ss.status, 480);
	assert_string_equal(leg_str(c, "refused"), "not_yet");
	schedule(-90, -60);
	c = call("1000");
	assert_int_equal(c->ss.status, 410);
	assert_int_equal(leg_int(c, "sip_status"), 410);
	world->schedules[0][0] = '\0';
	row->locked = true;                     /* he may have the PIN */
	c = call("1000");
	assert_int_equal(c->ss.status, 200);

	row = world_room("1001");
	row->answer_refusals = false;
	row->locked = true;
	assert_int_equal(call("1001")->ss.status, 403);
	row->locked = false;
	row->max_members = 1;
	join("1001", NULL);
	assert_int_equal(call("1001")->ss.status, 486);
}

/* ---- too few ------------------------------------------------------------ */

static void mintwo_ends_a_meeting_that_had_two(void **state)
{
	struct caller *a, *b, *c;

	(void)state;
	row->mintwo = true;
	a = member();
	world_run(60000);
	assert_non_null(room());                /* had not two yet */
	b = member();
	c = member();
	hangup(c);
	assert_non_null(room());
	hangup(b);
	assert_null(room());
	assert_string_equal(heard(a), "confbridge-conf-end vm-goodbye");
	assert_ended(a, "too_few");
	assert_string_equal(conf_str(a, "end_reason"), "too_few");
}

static void endconf_ends_it_with_the_last_moderator(void **state)
{
	struct caller *a, *m, *n;

	(void)state;
	row->endconf = true;
	a = member();
	m = moderator();
	n = moderator();
	hangup(m);
	assert_non_null(room());
	hangup(n);
	assert_null(room());
	heard(a);
	assert_ended(a, "moderator_left");
}

static void endconf_waits_for_its_grace(void **state)
{
	struct caller *a, *m;

	(void)state;
	row->endconf = true;
	row->endconf_grace_s = 60;
	a = member();
	m = moderator();
	hangup(m);
	assert_all_heard("1000", "conf-leaderhasleft");
	world_run(50000);
	m = moderator();                        /* back in time */
	world_run(60000);
	assert_non_null(room());
	hangup(m);
	world_run(59000);
	assert_non_null(room());
	world_run(1000);
	assert_null(room());
	heard(a);
	assert_ended(a, "moderator_left");
	assert_string_equal(conf_str(a, "end_reason"), "moderator_left");
}

static void members_alone_never_end_it_by_endconf(void **state)
{
	struct caller *a, *b;

	(void)state;
	row->endconf = true;
	a = member();
	b = member();
	hangup(a);
	assert_true(in_room(b, "1000"));
}

/* ---- silence ------------------------------------------------------------ */

static void talk(struct caller *c, bool on)
{
	c->port->ops->on_talking(c->port->arg, on, on ? 0 : 1000);
}

static void a_silent_meeting_of_two_ends(void **state)
{
	struct caller *a, *b;

	(void)state;
	row->terminate_on_silence_s = 120;
	a = member();
	world_run(500 * 1000);                  /* alone: nobody to talk to */
	b = member();
	world_run(100 * 1000);
	talk(b, true);
	world_run(300 * 1000);                  /* a long speech */
	assert_non_null(room());
	talk(b, false);
	world_run(119 * 1000);
	assert_non_null(room());
	world_run(2000);
	assert_null(room());
	heard(a);
	heard(b);
	assert_ended(a, "silence");
	assert_string_equal(conf_str(b, "end_reason"), "silence");
}

static void silence_is_nothing_where_the_room_says_nothing(void **state)
{
	(void)state;
	member();
	member();
	world_run(3600 * 1000);
	assert_non_null(room());
	row->terminate_on_silence_s = 60;
	world_room_changed("1000");
	world_run(61 * 1000);
	assert_null(room());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_hear_how_many_minutes_are_left),
		TEST(one_minute_is_a_minute),
		TEST(a_moderator_puts_off_the_end_by_key),
		TEST(what_has_no_end_or_no_extension_is_not_extended),
		TEST(a_member_s_own_time_is_limited),
		TEST(who_comes_too_early_is_told_how_much),
		TEST(who_comes_too_late_is_told_so),
		TEST(a_meeting_ends_when_its_schedule_does),
		TEST(a_changed_schedule_is_in_force_at_once),
		TEST(a_meeting_may_over_run_where_the_room_says_so),
		TEST(refusals_are_a_status_where_the_room_says_so),
		TEST(mintwo_ends_a_meeting_that_had_two),
		TEST(endconf_ends_it_with_the_last_moderator),
		TEST(endconf_waits_for_its_grace),
		TEST(members_alone_never_end_it_by_endconf),
		TEST(a_silent_meeting_of_two_ends),
		TEST(silence_is_nothing_where_the_room_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
