/*
 * test_tape.c - recordings of meetings: begin, end, what people hear, records,
 * and what goes wrong.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "t_world.h"

#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static struct room *room(void)
{
	return hub_room(world->hub, "1001");
}

static struct recording *rec(void)
{
	assert_true(world->n_recordings > 0);
	return &world->recordings[world->n_recordings - 1];
}

/* A column of the only record. */
static const char *column(const char *name)
{
	const char *id;
	json_t *r;

	assert_int_equal(json_object_size(world->tapes), 1);
	json_object_foreach(world->tapes, id, r)
		return json_string_value(json_object_get(r, name));
	return NULL;
}

static void a_moderator_records_by_keypad(void **state)
{
	struct caller *m = call_with("1000", "4321", offer(""));
	struct room *r = hub_room(world->hub, "1000");

	(void)state;
	heard(m);
	keys(m, "*4");
	assert_true(room_is_recorded(r));
	assert_string_equal(heard_by_all("1000"), "conf-now-recording");
	assert_non_null(strstr(rec()->path, "rec/1000-2"));
	assert_string_equal(column("started_by"), "leg 1");
	assert_string_equal(column("path"), rec()->path);
	/* late comers hear it, too */
	assert_heard(call_with("1000", "1234", offer("")),
		     "conf-onlyone conf-now-recording");
	keys(m, "*4");
	assert_false(room_is_recorded(r));
	assert_false(rec()->over);
	world_run(100);                 /* media lets go: then it may end */
	assert_true(rec()->ended);
	assert_null(column("ended"));
	fake_recording_done(rec(), 0);
	assert_string_equal(column("end_reason"), "stopped");
}

static void it_ends_with_the_meeting(void **state)
{
	struct caller *a = call("1001");

	(void)state;
	assert_int_equal(room_record(room(), true, "test"), 0);
	assert_int_equal(room_record(room(), true, "test"), -EALREADY);
	hangup(a);
	world_run(100);
	assert_null(room());
	assert_true(rec()->ended);
	fake_recording_done(rec(), 0);
	assert_string_equal(column("end_reason"), "meeting_over");
}

static void a_room_that_is_always_recorded(void **state)
{
	struct caller *a;

	(void)state;
	world_room("1001")->record_conference = true;
	a = call("1001");
	assert_true(room_is_recorded(room()));
	assert_heard(a, "conf-onlyperson conf-now-recording");
	assert_string_equal(column("started_by"), "room");
	/* stopped, it stays so */
	assert_int_equal(room_record(room(), false, "test"), 0);
	call("1001");
	assert_false(room_is_recorded(room()));
	world_run(100);
	fake_recording_done(rec(), 0);
}

static void a_full_disk_ends_the_recording_not_the_meeting(void **state)
{
	struct caller *a = call("1001");

	(void)state;
	assert_int_equal(room_record(room(), true, "test"), 0);
	fake_recording_done(rec(), -EIO);
	assert_false(room_is_recorded(room()));
	world_run(100);
	assert_string_equal(column("end_reason"), "failed");
	assert_string_equal(column("end_text"), "disk is full");
	assert_true(in_room(a, "1001"));
	/* and it can be tried again */
	assert_int_equal(room_record(room(), true, "test"), 0);
	assert_int_equal(world->n_recordings, 2);
}

static void what_cannot_begin_leaves_nothing_behind(void **state)
{
	(void)state;
	call("1001");
	world->recorder_error = -ENOSPC;
	assert_int_equal(room_record(room(), true, "test"), -ENOSPC);
	world->recorder_error = 0;
	world->config.recordings.dir[0] = '\0';
	assert_int_equal(room_record(room(), true, "test"), -ENOTSUP);
	assert_int_equal(json_object_size(world->tapes), 0);
	assert_false(room_is_recorded(room()));
	assert_int_equal(room_record(room(), false, "test"), -EALREADY);
}

static void media_that_does_not_keep_up_fails_it(void **state)
{
	(void)state;
	call("1001");
	world->port_error = -EAGAIN;
	assert_int_equal(room_record(room(), true, "test"), -EAGAIN);
	world->port_error = 0;
	assert_true(rec()->ended);
	fake_recording_done(rec(), 0);
	assert_string_equal(column("end_reason"), "failed");
	assert_false(room_is_recorded(room()));
}

static void a_tap_that_opens_and_cannot_join_is_closed(void **state)
{
	(void)state;
	call("1001");
	world->tap_error = -EAGAIN;
	assert_int_equal(room_record(room(), true, "test"), -EAGAIN);
	world->tap_error = 0;
	world_run(100);
	assert_true(rec()->ended);
	fake_recording_done(rec(), 0);
	assert_string_equal(column("end_reason"), "failed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_moderator_records_by_keypad),
		TEST(it_ends_with_the_meeting),
		TEST(a_room_that_is_always_recorded),
		TEST(a_full_disk_ends_the_recording_not_the_meeting),
		TEST(what_cannot_begin_leaves_nothing_behind),
		TEST(media_that_does_not_keep_up_fails_it),
		TEST(a_tap_that_opens_and_cannot_join_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
