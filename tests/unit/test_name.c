/* test_name.c - callers say their names, and are announced by them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "call/control.h"
#include "call/hub_int.h"
#include "call/name.h"
#include "t_fakes.h"
#include "t_world.h"

static int setup(void **state)
{
	const int err = world_setup(state);

	world_room("1001")->announce_join_leave = true;
	world_room("1001")->announce_user_count = false;
	world_room("1001")->announce_only_user = false;
	return err;
}

static struct recording *last(void)
{
	return &world->recordings[world->n_recordings - 1];
}

/* Up to where he speaks. */
static struct caller *asked(void)
{
	struct caller *c = call("1001");

	assert_string_equal(heard(c), "vm-rec-name beep");
	assert_true(c->port->bus && c->port->speak && !c->port->hear);
	return c;
}

static void says(struct caller *c)
{
	keys(c, "#");
	assert_null(c->port->bus);
	assert_true(last()->ended);
	fake_recording_done(last(), 0);
	world_run(0);
}

static void all_hear_the_name_of_who_comes_and_goes(void **state)
{
	struct caller *a = asked(), *b;

	(void)state;
	says(a);
	assert_true(in_room(a, "1001"));
	b = asked();
	assert_false(in_room(b, "1001"));
	says(b);
	assert_true(in_room(b, "1001"));
	world_run(3000);
	assert_string_equal(heard_by_all("1001"), "confbridge-join NAME1 conf-hasjoin");
	hangup(b);
	world_run(3000);
	assert_string_equal(heard_by_all("1001"), "confbridge-leave NAME1 conf-hasleft");
}

static void he_may_hear_it_and_say_it_again(void **state)
{
	struct caller *c;

	(void)state;
	world_room("1001")->announce_join_leave_review = true;
	c = asked();
	says(c);
	assert_string_equal(heard(c), "NAME0 vm-review");
	keys(c, "2");
	assert_string_equal(heard(c), "NAME0 vm-review");
	keys(c, "3");
	assert_string_equal(heard(c), "vm-rec-name beep");
	says(c);
	assert_string_equal(heard(c), "NAME1 vm-review");
	assert_false(in_room(c, "1001"));
	keys(c, "1");
	assert_true(in_room(c, "1001"));
}

static void without_an_answer_it_is_taken_as_it_is(void **state)
{
	struct caller *c;

	(void)state;
	world_room("1001")->announce_join_leave_review = true;
	c = asked();
	says(c);
	heard(c);
	world_run(11000);
	assert_true(in_room(c, "1001"));
}

static void who_says_nothing_is_asked_three_times(void **state)
{
	struct caller *c = asked();

	(void)state;
	world->nothing_said = true;
	for (int i = 0; i < 2; i++) {
		says(c);
		assert_string_equal(heard(c), "vm-rec-name beep");
	}
	says(c);
	assert_true(in_room(c, "1001"));
	assert_null(name_of(world->hub, c->number));
}

static void a_pause_or_ten_seconds_end_it(void **state)
{
	struct caller *c = asked();

	(void)state;
	c->port->ops->on_talking(c->port->arg, true, 0);
	world_run(5000);
	assert_false(last()->ended);
	c->port->ops->on_talking(c->port->arg, false, 900);
	world_run(2100);
	assert_true(last()->ended);
	fake_recording_done(last(), 0);
	asked();
	world_run(10100);
	assert_true(last()->ended);
}

static void who_hangs_up_meanwhile_leaves_nothing_behind(void **state)
{
	struct caller *c = asked();

	(void)state;
	hangup(c);
	world_run(0);
	assert_true(last()->ended);
	fake_recording_done(last(), 0);         /* its clip is freed */
	c = asked();
	keys(c, "#");
	hangup(c);
	fake_recording_done(last(), 0);
	c = call("1001");
	hangup(c);
	assert_int_equal(hub_rooms(world->hub), 0);
}

static void where_it_cannot_be_recorded_he_comes_in_without(void **state)
{
	struct caller *c = call("1001");

	(void)state;
	world->recorder_error = -12;
	heard(c);
	world_run(0);
	assert_true(in_room(c, "1001"));
	world->recorder_error = 0;
}

static void a_room_that_was_locked_meanwhile_is_locked(void **state)
{
	struct caller *a = asked(), *b;

	(void)state;
	says(a);
	b = asked();
	room_lock(hub_room(world->hub, "1001"), true, "test");
	says(b);
	assert_string_equal(heard(b), "conf-locked vm-goodbye");
	assert_true(gone(b));
}

static void a_roll_call_names_those_who_are_here(void **state)
{
	struct caller *a = asked(), *b;

	(void)state;
	says(a);
	b = asked();
	says(b);
	world_run(3000);
	heard_by_all("1001");
	assert_int_equal(room_roll_call(hub_room(world->hub, "1001"), "test"), 0);
	world_run(0);
	assert_string_equal(heard_by_all("1001"), "NAME0 NAME1 conf-roll-callcomplete");
	hangup(b);
	world_run(3000);
	heard_by_all("1001");
	assert_int_equal(room_roll_call(hub_room(world->hub, "1001"), "test"), 0);
	world_run(0);
	assert_string_equal(heard_by_all("1001"), "NAME0 conf-roll-callcomplete");
}

static void moderators_hear_who_knocks(void **state)
{
	struct caller *m = join("1000", "4321"), *c;

	(void)state;
	world_room("1000")->waiting_room = true;
	world_room("1000")->announce_join_leave = true;
	world_room_changed("1000");
	hears(m);
	c = call("1000");
	heard(c);
	keys(c, "1234#");
	heard(c);
	says(c);
	assert_string_equal(heard(m), "beep NAME0 digits/1 conf-userwilljoin");
}

static void a_name_is_kept_for_three_minutes_after_he_left(void **state)
{
	struct caller *a = asked();
	const uint64_t number = a->number;

	(void)state;
	says(a);
	assert_non_null(name_of(world->hub, number));
	hangup(a);
	world_run(NAME_KEPT_MS - 1000);
	assert_non_null(name_of(world->hub, number));
	world_run(NAME_KEPT_MS);
	assert_null(name_of(world->hub, number));
}

/* A name is a voice, too. */
static void no_name_gets_into_a_recording_that_asks(void **state)
{
	struct caller *a = asked(), *b;

	(void)state;
	world_room("1001")->record_consent = DB_CONSENT_ASK;
	world_room_changed("1001");
	says(a);
	assert_int_equal(room_record(hub_room(world->hub, "1001"), true, "test"), 0);
	b = asked();
	says(b);
	world_run(5000);
	assert_string_equal(heard_by_all("1001"), "confbridge-join");
	assert_int_equal(room_roll_call(hub_room(world->hub, "1001"), "test"), 0);
	world_run(5000);
	assert_string_equal(heard_by_all("1001"), "conf-roll-callcomplete");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_hear_the_name_of_who_comes_and_goes),
		TEST(he_may_hear_it_and_say_it_again),
		TEST(without_an_answer_it_is_taken_as_it_is),
		TEST(who_says_nothing_is_asked_three_times),
		TEST(a_pause_or_ten_seconds_end_it),
		TEST(who_hangs_up_meanwhile_leaves_nothing_behind),
		TEST(where_it_cannot_be_recorded_he_comes_in_without),
		TEST(a_room_that_was_locked_meanwhile_is_locked),
		TEST(a_roll_call_names_those_who_are_here),
		TEST(moderators_hear_who_knocks),
		TEST(a_name_is_kept_for_three_minutes_after_he_left),
		TEST(no_name_gets_into_a_recording_that_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
