/*
 * test_control.c - what control.h shows of legs and rooms, and what event.h
 * tells of them. What its other functions do is in test_room.c.
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
#include "call/event.h"
#include "t_world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static struct leg *leg(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static struct room *room(const char *number)
{
	return hub_room(world->hub, number);
}

/* ---- events as one line of words ---------------------------------------- */

struct ear {
	struct listener l;
	struct strbuf sb;
	uint64_t n;
	char text[1024];
};

static void on_event(void *arg, const struct event *ev)
{
	struct ear *ear = arg;

	assert_int_equal(ev->n, ear->n + 1);
	assert_true(ev->at_us > 0);
	ear->n = ev->n;
	strbuf_add(&ear->sb, "%s%s:%s", ear->sb.len ? " " : "", event_word(ev->type),
		   ev->room);
	if (ev->leg)
		strbuf_add(&ear->sb, "/%llu", (unsigned long long)ev->leg);
	strbuf_add(&ear->sb, "=%d", ev->on);
	if (ev->by)
		strbuf_add(&ear->sb, ",%s", ev->by);
	if (ev->reason)
		strbuf_add(&ear->sb, ",%s", end_word(ev->reason));
}

static void ear_open(struct ear *ear)
{
	*ear = (struct ear){ .l = { .on_event = on_event, .arg = ear },
			     .n = hub_events(world->hub) };
	strbuf_init(&ear->sb, ear->text, sizeof(ear->text));
	hub_listen(world->hub, &ear->l);
}

#define assert_told(ear, what) \
	do { \
		assert_string_equal((ear)->text, what); \
		strbuf_init(&(ear)->sb, (ear)->text, sizeof((ear)->text)); \
	} while (0)

static void a_meeting_is_told_from_begin_to_end(void **state)
{
	struct caller *a, *b;
	struct ear ear;

	(void)state;
	ear_open(&ear);
	a = join("1001", NULL);
	assert_told(&ear, "begin:1001=0 join:1001/1=0");
	b = join("1001", NULL);
	assert_told(&ear, "join:1001/2=0");
	hangup(a);
	assert_told(&ear, "leave:1001/1=0,bye");
	assert_int_equal(leg_kick(leg(b), false, "me"), 0);
	assert_told(&ear, "kick:1001/2=0,me leave:1001/2=0,kicked end:1001=0,empty");
	hub_unlisten(world->hub, &ear.l);
}

static void waiting_and_being_let_in_are_told(void **state)
{
	struct caller *mod;
	struct ear ear;

	(void)state;
	ear_open(&ear);
	join("1002", "1234");
	mod = join("1002", "4321");
	assert_told(&ear, "begin:1002=0 join:1002/1=1 join:1002/2=0 wait:1002/1=0");
	hangup(mod);
	assert_told(&ear, "leave:1002/2=0,bye wait:1002/1=1");
	hub_unlisten(world->hub, &ear.l);
}

static void what_control_does_is_told_with_who_did_it(void **state)
{
	struct caller *a = join("1001", NULL);
	struct ear ear;

	(void)state;
	ear_open(&ear);
	leg_mute(leg(a), MUTE_MODERATOR, true, "me");
	leg_mute(leg(a), MUTE_MODERATOR, false, "me");
	room_lock(room("1001"), true, "me");
	room_mute_all(room("1001"), true, "you");
	assert_told(&ear, "mute:1001/1=1,me mute:1001/1=0,me lock:1001=1,me "
		    "mute_all:1001=1,you");
	assert_int_equal(reinvite(a, "a=sendonly\r\n"), 200);
	assert_told(&ear, "hold:1001/1=1");
	room_close(room("1001"), "me");
	assert_told(&ear, "close:1001=0,me leave:1001/1=0,closed end:1001=0,closed");
	hub_unlisten(world->hub, &ear.l);
}

static void who_talks_is_told_and_seen(void **state)
{
	struct caller *a = join("1001", NULL);
	struct leg_info info;
	struct ear ear;

	(void)state;
	ear_open(&ear);
	a->port->ops->on_talking(a->port->arg, true, 0);
	assert_told(&ear, "talk:1001/1=1");
	leg_info(leg(a), &info);
	assert_true(info.talking);
	a->port->ops->on_talking(a->port->arg, false, 1500);
	assert_told(&ear, "talk:1001/1=0");
	leg_info(leg(a), &info);
	assert_false(info.talking);
	/* one who is still asked for his PIN talks to nobody */
	a = call("1000");
	a->port->ops->on_talking(a->port->arg, true, 0);
	assert_told(&ear, "");
	leg_info(leg(a), &info);
	assert_false(info.talking);
	hub_unlisten(world->hub, &ear.l);
}

static void what_changes_nothing_is_not_told(void **state)
{
	struct caller *a = join("1001", NULL);
	struct ear ear;

	(void)state;
	ear_open(&ear);
	assert_int_equal(leg_mute(leg(a), MUTE_OWN, false, "me"), -EALREADY);
	assert_int_equal(room_lock(room("1001"), false, "me"), -EALREADY);
	assert_int_equal(room_mute_all(room("1001"), false, "me"), -EALREADY);
	assert_told(&ear, "");
	hub_unlisten(world->hub, &ear.l);
}

static void whoever_listens_no_more_hears_nothing(void **state)
{
	struct ear one, two;

	(void)state;
	ear_open(&one);
	ear_open(&two);
	hub_unlisten(world->hub, &one.l);
	hub_unlisten(world->hub, &one.l);       /* twice is fine */
	join("1001", NULL);
	assert_told(&one, "");
	assert_told(&two, "begin:1001=0 join:1001/1=0");
	hub_unlisten(world->hub, &two.l);
}

/* ---- what there is to see ----------------------------------------------- */

static void a_member_is_seen_as_he_is(void **state)
{
	struct caller *mod = join("1000", "4321"), *a = join("1000", "1234");
	struct leg_info info;

	(void)state;
	leg_mute(leg(a), MUTE_OWN, true, "me");
	leg_mute(leg(a), MUTE_MODERATOR, true, "me");
	leg_info(leg(a), &info);
	assert_int_equal(info.number, a->number);
	assert_string_equal(info.state, "up");
	assert_true(info.is_member);
	assert_false(info.waiting || info.held);
	assert_int_equal(info.muted, MUTE_OWN | MUTE_MODERATOR);
	assert_string_equal(info.rec.room, "1000");
	assert_int_equal(info.rec.role, ROLE_MEMBER);
	leg_info(leg(mod), &info);
	assert_int_equal(info.rec.role, ROLE_MODERATOR);
	assert_int_equal(info.muted, 0);
	assert_int_equal(reinvite(mod, "a=sendonly\r\n"), 200);
	leg_info(leg(mod), &info);
	assert_true(info.held);
}

static void a_caller_who_is_asked_is_no_member(void **state)
{
	struct caller *a = call("1000");
	struct leg_info info;

	(void)state;
	leg_info(leg(a), &info);
	assert_false(info.is_member);
	assert_string_equal(info.rec.room, "1000");
}

static void a_room_is_seen_as_it_is(void **state)
{
	struct room_info info;

	(void)state;
	world_room("1002")->max_members = 7;
	join("1002", "1234");
	room_info(room("1002"), &info);
	assert_true(info.waiting);
	assert_false(info.locked || info.muted);
	join("1002", "4321");
	room_lock(room("1002"), true, "me");
	room_mute_all(room("1002"), true, "me");
	room_info(room("1002"), &info);
	assert_false(info.waiting);
	assert_true(info.locked && info.muted);
	assert_string_equal(info.number, "1002");
	assert_string_equal(info.name, "Room 1002");
	assert_int_equal(info.members, 2);
	assert_int_equal(info.moderators, 1);
	assert_int_equal(info.max_members, 7);
}

struct list_of {
	char text[128];
	unsigned n, max;
};

static void add(struct list_of *l, const char *word)
{
	const size_t len = strlen(l->text);

	snprintf(l->text + len, sizeof(l->text) - len, "%s%s", len ? " " : "", word);
	l->n++;
}

static bool add_leg(const struct leg_info *info, void *arg)
{
	struct list_of *l = arg;
	char word[24];

	snprintf(word, sizeof(word), "%llu", (unsigned long long)info->number);
	add(l, word);
	return l->n < l->max;
}

static bool add_room(const struct room_info *info, void *arg)
{
	struct list_of *l = arg;

	add(l, info->number);
	return l->n < l->max;
}

static void lists_are_complete_and_can_be_read_in_pieces(void **state)
{
	struct list_of legs = { .max = 10 }, piece = { .max = 2 };
	struct list_of members = { .max = 10 }, rooms = { .max = 10 };

	(void)state;
	join("1001", NULL);
	call("1000");
	join("1003", "4321");
	join("1001", NULL);
	hub_each_leg(world->hub, 0, add_leg, &legs);
	assert_string_equal(legs.text, "1 2 3 4");
	hub_each_leg(world->hub, 1, add_leg, &piece);
	assert_string_equal(piece.text, "2 3");
	room_each_member(room("1001"), 0, add_leg, &members);
	assert_string_equal(members.text, "1 4");
	hub_each_room(world->hub, add_room, &rooms);
	assert_string_equal(rooms.text, "1001 1003");
}

static void a_room_that_ended_is_not_listed(void **state)
{
	struct list_of rooms = { .max = 10 };
	struct caller *a = join("1001", NULL);

	(void)state;
	hangup(a);
	hub_each_room(world->hub, add_room, &rooms);
	assert_string_equal(rooms.text, "");
}

/* ---- saying ------------------------------------------------------------- */

static void a_prompt_is_said_to_all(void **state)
{
	(void)state;
	join("1001", NULL);
	assert_int_equal(room_say(room("1001"), "conf-locked", "me"), 0);
	world_run(0);
	assert_string_equal(heard_by_all("1001"), "conf-locked");
}

static void only_what_is_there_is_said(void **state)
{
	(void)state;
	join("1001", NULL);
	world->clip_missing = "conf-locked";
	assert_int_equal(room_say(room("1001"), "conf-locked", "me"), -ENODATA);
	assert_int_equal(room_say(room("1001"), "no-such", "me"), -ENOENT);
	assert_int_equal(room_say(room("1001"), "", "me"), -ENOENT);
	assert_string_equal(heard_by_all("1001"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_meeting_is_told_from_begin_to_end),
		TEST(waiting_and_being_let_in_are_told),
		TEST(what_control_does_is_told_with_who_did_it),
		TEST(who_talks_is_told_and_seen),
		TEST(what_changes_nothing_is_not_told),
		TEST(whoever_listens_no_more_hears_nothing),
		TEST(a_member_is_seen_as_he_is),
		TEST(a_caller_who_is_asked_is_no_member),
		TEST(a_room_is_seen_as_it_is),
		TEST(lists_are_complete_and_can_be_read_in_pieces),
		TEST(a_room_that_ended_is_not_listed),
		TEST(a_prompt_is_said_to_all),
		TEST(only_what_is_there_is_said)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
