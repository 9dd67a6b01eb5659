/*
 * test_music_mute.c - what a room does about music that media hears from a
 * member: tells it, mutes him in a layer that nobody else lifts. The world is
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

#include "base/str.h"
#include "call/room_int.h"
#include "t_world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static struct leg *leg(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static struct leg_info about(const struct caller *c)
{
	struct leg_info i;

	leg_info(leg(c), &i);
	return i;
}

static void music(const struct caller *c, bool on)
{
	c->port->ops->on_music(c->port->arg, on);
	world_run(0);
}

/* Is he heard, as media was told? While music mutes him he is listened to. */
static bool is_heard(const struct caller *c)
{
	return c->port->speak && !c->port->manner.silent;
}

static struct caller *join_with(enum db_detect detect)
{
	world_room("1000")->detect_hold_music = detect;
	return join("1000", "1234");
}

static char happened[1024];

static void on_event(void *arg, const struct event *ev)
{
	const size_t n = strlen(happened);

	(void)arg;
	if (ev->type == EVENT_HOLD_MUSIC)
		snprintf(happened + n, sizeof(happened) - n, "%smusic ", ev->on ? "+" : "-");
	if (ev->type == EVENT_MUTE)
		snprintf(happened + n, sizeof(happened) - n, "%smute:%s:%.4s ",
			 ev->on ? "+" : "-", mute_word(ev->layer), ev->by);
}

/* What the option says decides what is listened for, told and done. */
static void option_says_what_is_done(void **state)
{
	static const struct {
		enum db_detect detect;
		bool looks, muted;
		const char *told;
	} rows[] = {
		{ DB_DETECT_OFF, false, false, "+music -music " },
		{ DB_DETECT_TELL, true, false, "+music -music " },
		{ DB_DETECT_MUTE, true, true,
		  "+music +mute:music:room -music -mute:music:room " }
	};
	struct listener l = { .on_event = on_event };

	(void)state;
	hub_listen(world->hub, &l);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct caller *a = join_with(rows[i].detect);

		assert_int_equal(a->port->sound.music, rows[i].looks);
		*happened = '\0';
		music(a, true);
		music(a, true);
		assert_true(about(a).hold_music);
		assert_int_equal(about(a).muted, rows[i].muted ? MUTE_MUSIC : 0);
		assert_int_equal(is_heard(a), !rows[i].muted);
		assert_true(a->port->speak);    /* else nobody would hear its end */
		music(a, false);
		assert_false(about(a).hold_music);
		assert_true(is_heard(a));
		assert_string_equal(happened, rows[i].told);
		hangup(a);
	}
	hub_unlisten(world->hub, &l);
}

/* Layers do not lift each other, whatever comes in whatever order. */
static void nobody_elses_unmute_lifts_it(void **state)
{
	struct caller *a = join_with(DB_DETECT_MUTE), *m = join("1000", "4321");

	(void)state;
	music(a, true);
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, false, "test"), -EALREADY);
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, true, "test"), 0);
	assert_false(a->port->speak);
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, false, "test"), 0);
	keys(m, "*5*5");                        /* all, on and off */
	assert_int_equal(about(a).muted, MUTE_MUSIC);
	assert_false(is_heard(a));
	assert_true(a->port->speak);

	leg_mute(leg(a), MUTE_MODERATOR, true, "test");
	music(a, false);                        /* nor does its end another one */
	assert_int_equal(about(a).muted, MUTE_MODERATOR);
	assert_false(is_heard(a));
	leg_mute(leg(a), MUTE_MODERATOR, false, "test");
	assert_true(is_heard(a));
}

static void his_own_key_lifts_it_until_the_music_is_over(void **state)
{
	struct caller *a = join_with(DB_DETECT_MUTE);

	(void)state;
	music(a, true);
	heard(a);
	keys(a, "*1");
	assert_string_equal(heard(a), "conf-unmuted");
	assert_true(is_heard(a));
	assert_true(about(a).hold_music);
	keys(a, "*1");                          /* an ordinary mute again */
	assert_int_equal(about(a).muted, MUTE_OWN);
	keys(a, "*1");
	assert_true(is_heard(a));
	music(a, false);
	music(a, true);                         /* the next time is another one */
	assert_false(is_heard(a));
	leg_mute(leg(a), MUTE_MODERATOR, true, "test");
	heard(a);
	keys(a, "*1");                          /* and lifts nothing else */
	assert_string_equal(heard(a), "conf-muted");
	assert_int_equal(about(a).muted, MUTE_MODERATOR);
}

static void option_changes_at_once(void **state)
{
	struct caller *a = join_with(DB_DETECT_TELL);

	(void)state;
	music(a, true);
	assert_true(is_heard(a));
	world_room("1000")->detect_hold_music = DB_DETECT_MUTE;
	world_room_changed("1000");
	assert_false(is_heard(a));
	world_room("1000")->detect_hold_music = DB_DETECT_OFF;
	world_room_changed("1000");
	assert_true(is_heard(a));
	assert_false(a->port->sound.music);
	assert_int_equal(about(a).muted, 0);
}

/* Whom one does not hear he does not hear then either. */
static void exceptions_do_not_let_it_through(void **state)
{
	struct caller *a = join_with(DB_DETECT_MUTE), *b = join("1000", "1234");

	(void)state;
	assert_int_equal(leg_relate(leg(b), leg(a), false, "test"), 0);
	music(a, true);
	assert_true(a->port->manner.silent);
	assert_false(a->port->manner.aside);    /* whom b's exception would bring */
	assert_int_equal(leg_coach(leg(a), NULL, "test"), -EALREADY);
	music(a, false);
	assert_true(is_heard(a));
}

static void music_is_nobodys_talk(void **state)
{
	struct caller *a, *b;

	(void)state;
	world_room("1000")->terminate_on_silence_s = 5;
	a = join_with(DB_DETECT_MUTE);
	b = join("1000", "1234");
	a->port->ops->on_talking(a->port->arg, true, 0);
	world_run(20000);
	assert_true(in_room(a, "1000"));        /* he talks */
	music(a, true);
	assert_false(about(a).talking);
	world_run(20000);
	assert_string_equal(leg_str(a, "end_reason"), "silence");
	assert_string_equal(leg_str(b, "end_reason"), "silence");
}

static void it_is_audited(void **state)
{
	struct caller *a = join_with(DB_DETECT_MUTE);
	char rows[512];
	struct strbuf sb;
	const char *id;
	json_t *row;

	(void)state;
	json_object_clear(world->audits);
	music(a, true);
	keys(a, "*1");
	strbuf_init(&sb, rows, sizeof(rows));
	json_object_foreach(world->audits, id, row)
		strbuf_add(&sb, "%s %s %s %s;",
			   json_string_value(json_object_get(row, "actor_kind")),
			   json_string_value(json_object_get(row, "action")),
			   json_is_string(json_object_get(row, "detail")) ?
			   json_string_value(json_object_get(row, "detail")) : "",
			   json_string_value(json_object_get(row, "new_value")));
	assert_string_equal(rows, "system hold_music  on;system mute music on;"
			    "member mute music off;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(option_says_what_is_done),
		TEST(nobody_elses_unmute_lifts_it),
		TEST(his_own_key_lifts_it_until_the_music_is_over),
		TEST(option_changes_at_once),
		TEST(exceptions_do_not_let_it_through),
		TEST(music_is_nobodys_talk),
		TEST(it_is_audited)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
