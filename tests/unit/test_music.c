/* test_music.c - what music is heard by whom: alone, waiting, always, on request.
 * The world is that of t_world.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "t_fakes.h"
#include "t_world.h"

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

static void set_class(const char *source)
{
	str_copy(row->music_on_hold_class, sizeof(row->music_on_hold_class), source);
}

static void one_alone_hears_music_until_the_next_comes(void **state)
{
	struct caller *a, *b;

	(void)state;
	row->music_on_hold_when_empty = true;
	a = member();
	assert_true(a->port->bus->music && room_has_music(room()));
	b = member();
	assert_false(a->port->bus->music);
	hangup(b);
	assert_true(a->port->bus->music);
	row->music_on_hold_when_empty = false;
	world_room_changed("1000");
	assert_false(a->port->bus->music);
}

static void a_ghost_is_no_company_and_a_break_out_not_the_meeting(void **state)
{
	struct caller *m, *a, *b;

	(void)state;
	row->music_on_hold_when_empty = true;
	m = moderator();
	a = member();
	b = member();
	assert_false(m->port->bus->music);
	keys(m, "#52");
	assert_true(m->port->bus->music);
	assert_false(a->port->bus->music || b->port->bus->music);
	keys(m, "#51");
	assert_false(m->port->bus->music);
	hangup(b);
	assert_int_equal(leg_ghost(hub_leg(world->hub, a->number), true, "test"), 0);
	hangup(m);
	assert_false(a->port->bus->music);
}

static void who_waits_hears_the_rooms_own_music(void **state)
{
	struct caller *a;

	(void)state;
	row->wait_marked = true;
	set_class("/music/quiet.ogg");
	row->music_quieter_db = 12;
	a = call("1000");
	heard(a);
	keys(a, "1234#");
	assert_string_equal(heard(a), "conf-waitforleader music*");
	assert_int_equal(fake_streams_taken(), 1);
	assert_int_equal(a->port->play.quieter_db, 12);
	assert_null(a->port->bus);              /* no way to the room at all */
	set_class("none");
	world_room_changed("1000");
	assert_int_equal(fake_streams_taken(), 0);
	assert_int_equal(a->port->play.n, 0);
	set_class("http://radio.example/");
	world_room_changed("1000");
	assert_int_equal(fake_streams_taken(), 1);
	keys(a, "*0");                          /* help, then music again */
	heard(a);
	assert_int_equal(fake_streams_taken(), 1);
	moderator();
	assert_true(in_room(a, "1000"));
	assert_int_equal(fake_streams_taken(), 0);
}

static void on_request_and_always(void **state)
{
	struct caller *m, *a;

	(void)state;
	m = moderator();
	a = member();
	keys(a, "#6");                          /* no key of his */
	assert_false(m->port->bus->music);
	keys(m, "#6");
	assert_true(m->port->bus->music && a->port->bus->music);
	assert_int_equal(room_ask_music(room(), true, "test"), -EALREADY);
	keys(m, "#6");
	assert_false(m->port->bus->music);
	str_copy(row->perpetual_sound, sizeof(row->perpetual_sound), "/rain.wav");
	world_room_changed("1000");
	assert_true(m->port->bus->music);
	assert_int_equal(fake_streams_taken(), 1);
	set_class("/music");
	world_room_changed("1000");
	keys(m, "#6");
	assert_int_equal(fake_streams_taken(), 1);      /* that, not the rain */
	keys(m, "#6");
	assert_true(m->port->bus->music);
	assert_int_equal(room_close(room(), "test"), 0);
	assert_int_equal(fake_streams_taken(), 0);
}

static void a_busy_media_is_told_again(void **state)
{
	struct caller *a, *b;

	(void)state;
	row->music_on_hold_when_empty = true;
	a = member();
	b = member();
	world->command_error = -EAGAIN;
	assert_int_equal(room_ask_music(room(), true, "test"), 0);
	assert_false(a->port->bus->music);
	world->command_error = 0;
	world_run(100);
	assert_true(b->port->bus->music);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_alone_hears_music_until_the_next_comes),
		TEST(a_ghost_is_no_company_and_a_break_out_not_the_meeting),
		TEST(who_waits_hears_the_rooms_own_music),
		TEST(on_request_and_always),
		TEST(a_busy_media_is_told_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
