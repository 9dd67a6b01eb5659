/* test_announce.c - what is told, to whom, when: the queue by a table, and how
 * rooms and members are told. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "call/announce.h"
#include "call/control.h"
#include "t_world.h"

/* ---- the queue: what waits x what comes --------------------------------- */

enum { SEC = 1000000 };

/* "join:1,2 say" - kinds and of whom, as they wait. */
static const char *waiting(const struct announce_queue *q)
{
	static char text[512];
	struct strbuf sb;

	strbuf_init(&sb, text, sizeof(text));
	for (int i = 0; i < q->n; i++) {
		const struct announcement *a = &q->v[i];

		strbuf_add(&sb, "%s%s", i ? " " : "", announce_word(a->what));
		for (int k = 0; k < ANNOUNCE_WHO_MAX && a->who[k]; k++)
			strbuf_add(&sb, "%s%u", k ? "," : ":", (unsigned)a->who[k]);
		if (a->events > 1)
			strbuf_add(&sb, "x%u", a->events);
	}
	return text;
}

struct step {
	enum announce what;
	unsigned who;
	int at_ms;
	enum announce_put put;
	const char *after;
};

static void run(const struct step steps[], size_t n)
{
	struct announce_queue q = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct announcement a = {
			.what = steps[i].what, .who = { steps[i].who }
		};

		assert_int_equal(announce_put(&q, &a, SEC + steps[i].at_ms * 1000),
				 steps[i].put);
		assert_string_equal(waiting(&q), steps[i].after);
	}
}

#define RUN(...) do { \
	static const struct step steps_[] = { __VA_ARGS__ }; \
	run(steps_, sizeof(steps_) / sizeof(steps_[0])); \
} while (0)

static void comings_that_wait_are_told_as_one(void **state)
{
	(void)state;
	RUN({ ANNOUNCE_JOIN, 1, 0, ANNOUNCE_WAITS, "join:1" },
	    { ANNOUNCE_JOIN, 2, 100, ANNOUNCE_MERGED, "join:1,2x2" },
	    { ANNOUNCE_COUNT, 2, 100, ANNOUNCE_WAITS, "join:1,2x2 count:2" },
	    { ANNOUNCE_COUNT, 3, 100, ANNOUNCE_MERGED, "join:1,2x2 count:3" },
	    { ANNOUNCE_JOIN, 3, 5000, ANNOUNCE_MERGED, "join:1,2,3x3 count:3" });
}

static void who_left_again_before_he_was_announced_is_not(void **state)
{
	(void)state;
	RUN({ ANNOUNCE_JOIN, 1, 0, ANNOUNCE_WAITS, "join:1" },
	    { ANNOUNCE_LEAVE, 1, 10, ANNOUNCE_UNDONE, "" },
	    { ANNOUNCE_JOIN, 1, 20, ANNOUNCE_WAITS, "join:1" },
	    { ANNOUNCE_JOIN, 2, 30, ANNOUNCE_MERGED, "join:1,2x2" },
	    { ANNOUNCE_LEAVE, 1, 40, ANNOUNCE_UNDONE, "join:2" },
	    { ANNOUNCE_LEAVE, 9, 50, ANNOUNCE_WAITS, "join:2 leave:9" },
	    { ANNOUNCE_LEAVE, 2, 60, ANNOUNCE_UNDONE, "leave:9" });
}

static void what_is_undone_in_time_is_not_told_at_all(void **state)
{
	static const enum announce pairs[][2] = {
		{ ANNOUNCE_LOCKED, ANNOUNCE_UNLOCKED },
		{ ANNOUNCE_ALL_MUTED, ANNOUNCE_ALL_UNMUTED },
		{ ANNOUNCE_RECORDED, ANNOUNCE_NOT_RECORDED },
		{ ANNOUNCE_MUTED, ANNOUNCE_UNMUTED }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		for (int way = 0; way < 2; way++) {
			const enum announce a = pairs[i][way], b = pairs[i][!way];
			const char *word = announce_word(a);
			const struct step steps[] = {
				{ a, 0, 0, ANNOUNCE_WAITS, word },
				{ a, 0, 1, ANNOUNCE_MERGED, word },
				{ b, 0, 2, ANNOUNCE_UNDONE, "" },
				{ a, 0, 3, ANNOUNCE_WAITS, word }
			};

			run(steps, 4);
		}
}

static void an_end_that_was_put_off_is_not_told_any_more(void **state)
{
	(void)state;
	RUN({ ANNOUNCE_LEFT, 0, 0, ANNOUNCE_WAITS, "left" },
	    { ANNOUNCE_SAY, 0, 0, ANNOUNCE_WAITS, "left say" },
	    { ANNOUNCE_SAY, 0, 0, ANNOUNCE_WAITS, "left say say" },
	    { ANNOUNCE_EXTENDED, 0, 1, ANNOUNCE_WAITS, "say say extended" });
}

static void too_much_is_refused_and_more_of_the_same_is_not(void **state)
{
	struct announce_queue q = { 0 };
	const struct announcement say = { .what = ANNOUNCE_SAY };
	const struct announcement join = { .what = ANNOUNCE_JOIN, .who = { 1 } };
	struct announcement a;

	(void)state;
	assert_int_equal(announce_put(&q, &join, SEC), ANNOUNCE_WAITS);
	for (int i = 1; i < ANNOUNCE_QUEUE_MAX; i++)
		assert_int_equal(announce_put(&q, &say, SEC), ANNOUNCE_WAITS);
	assert_int_equal(announce_put(&q, &say, SEC), ANNOUNCE_FULL);
	for (int i = 0; i < 20; i++)
		assert_int_equal(announce_put(&q, &join, SEC), ANNOUNCE_MERGED);
	assert_true(announce_take(&q, &a));
	assert_int_equal(a.events, 21);
	for (int i = 1; i < ANNOUNCE_QUEUE_MAX; i++)
		assert_true(announce_take(&q, &a));
	assert_false(announce_take(&q, &a));
}

static void a_tone_is_not_heard_twice_within_a_second(void **state)
{
	struct announce_queue q = { 0 };
	const struct announcement join = { .what = ANNOUNCE_JOIN, .who = { 1 } };
	const struct announcement leave = { .what = ANNOUNCE_LEAVE, .who = { 2 } };
	struct announcement a;

	(void)state;
	announce_put(&q, &join, SEC);
	assert_true(announce_take(&q, &a));
	announce_told(&q, &a, SEC);
	assert_int_equal(announce_put(&q, &join, 2 * SEC - 1), ANNOUNCE_JUST_TOLD);
	assert_int_equal(announce_put(&q, &leave, 2 * SEC - 1), ANNOUNCE_WAITS);
	assert_int_equal(announce_put(&q, &join, 2 * SEC), ANNOUNCE_WAITS);
	announce_put_back(&q, &a);
	assert_string_equal(waiting(&q), "join:1 leave:2 join:1");
	announce_drop(&q, ANNOUNCE_JOIN);
	assert_string_equal(waiting(&q), "leave:2");
}

/* ---- rooms and members -------------------------------------------------- */

static struct room *room(const char *number)
{
	return hub_room(world->hub, number);
}

static struct leg *leg(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static void the_room_waits_for_who_is_being_told_something(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	hears(a);
	keys(a, "*0");                  /* a long one */
	assert_int_equal(room_say(room("1001"), "conf-locked", "me"), 0);
	world_run(1000);
	assert_string_equal(heard_by_all("1001"), "");
	heard(a);                       /* to its end */
	assert_string_equal(heard_by_all("1001"), "conf-locked");
}

static void after_four_seconds_he_is_cut_off_and_no_earlier(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	heard_by_all("1001");
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, true, "me"), 0);
	world_run(0);
	assert_string_equal(hears(a), "conf-muted");    /* and is still being told */
	assert_int_equal(room_say(room("1001"), "conf-locked", "me"), 0);
	world_run(3900);
	assert_string_equal(heard_by_all("1001"), "");
	world_run(200);
	assert_string_equal(heard_by_all("1001"), "conf-locked");
	/* what he missed comes again, as it was no answer to a key */
	assert_string_equal(heard(a), "conf-muted");
	assert_string_equal(heard(b), "");
}

static void a_member_is_told_nothing_while_the_room_is(void **state)
{
	struct caller *a = join("1001", NULL);
	struct media_bus *bus = a->port->bus;

	(void)state;
	heard_by_all("1001");
	assert_int_equal(room_say(room("1001"), "conf-locked", "me"), 0);
	assert_int_equal(leg_mute(leg(a), MUTE_MODERATOR, true, "me"), 0);
	world->bus_by_hand = true;
	world_run(1000);
	keys(a, "*3");
	assert_string_equal(heard_by_all("1001"), "conf-locked");
	assert_string_equal(hears(a), "");
	world->bus_by_hand = false;
	world_run(0);
	assert_false(bus->closing);
	assert_string_equal(heard(a), "conf-muted conf-onlyperson");
}

static void what_was_undone_before_its_turn_is_not_told(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	hears(a);
	keys(a, "*0");
	leg_mute(leg(a), MUTE_MODERATOR, true, "me");
	leg_mute(leg(a), MUTE_MODERATOR, false, "me");
	room_mute_all(room("1001"), true, "me");
	room_mute_all(room("1001"), false, "me");
	assert_null(strstr(heard(a), "muted"));
	world_run(10000);
	assert_string_equal(heard_by_all("1001"), "");
}

static void each_is_told_in_his_own_language_if_they_differ(void **state)
{
	struct caller *a = join("1001", NULL), *b;

	(void)state;
	world->accept = "fr";
	b = join("1001", NULL);
	hears(a);
	hears(b);
	assert_string_equal(heard_by_all("1001"), "confbridge-join");   /* a tone */
	room_say(room("1001"), "conf-locked", "me");
	world_run(0);
	assert_string_equal(heard(a), "conf-locked");
	assert_string_equal(heard(b), "fr:conf-locked");
	assert_string_equal(heard_by_all("1001"), "");
	hangup(a);
	heard_by_all("1001");
	room_say(room("1001"), "conf-locked", "me");
	world_run(2000);
	assert_string_equal(heard_by_all("1001"), "fr:conf-locked");
}

static void moderators_alone_may_be_told(void **state)
{
	struct caller *m = join("1000", "4321"), *a;

	(void)state;
	world_room("1000")->announce_to_moderators = true;
	world_room_changed("1000");
	hears(m);
	a = join("1000", "1234");
	assert_string_equal(heard_by_all("1000"), "");
	assert_string_equal(heard(m), "confbridge-join");
	hears(a);
	join("1000", "1234");
	assert_string_equal(heard(m), "confbridge-join");
	assert_string_equal(heard(a), "");
}

static void who_does_not_want_to_hear_himself_come_does_not(void **state)
{
	struct caller *a, *b;

	(void)state;
	world_room("1001")->hear_own_join_sound = false;
	a = join("1001", NULL);
	hears(a);
	b = call("1001");
	assert_string_equal(heard(a), "confbridge-join");
	assert_string_equal(heard(b), "conf-onlyone");
	assert_string_equal(heard_by_all("1001"), "");
}

static void all_hear_how_many_there_are_above_so_many(void **state)
{
	(void)state;
	world_room("1001")->announce_user_count_all = 2;
	join("1001", NULL);
	join("1001", NULL);
	assert_string_equal(heard_by_all("1001"), "confbridge-join");
	join("1001", NULL);
	assert_string_equal(heard_by_all("1001"), "confbridge-join conf-thereare "
			    "digits/2 conf-otherinparty");
}

static void a_full_room_is_quiet(void **state)
{
	struct caller *c;

	(void)state;
	world_room("1001")->announce_quiet_above = 2;
	join("1001", NULL);
	join("1001", NULL);
	assert_string_equal(heard_by_all("1001"), "confbridge-join");
	c = join("1001", NULL);
	assert_string_equal(heard_by_all("1001"), "");
	hangup(c);
	world_run(2000);
	assert_string_equal(heard_by_all("1001"), "confbridge-leave");
}

static void voices_are_turned_down_by_what_the_room_says(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	world_room("1001")->announce_duck_db = 12;
	world_room_changed("1001");
	world->bus_by_hand = true;
	room_say(room("1001"), "conf-locked", "me");
	world_run(0);
	assert_int_equal(a->port->bus->play.duck_db, 12);
	world->bus_by_hand = false;
}

#define WORLD(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comings_that_wait_are_told_as_one),
		cmocka_unit_test(who_left_again_before_he_was_announced_is_not),
		cmocka_unit_test(what_is_undone_in_time_is_not_told_at_all),
		cmocka_unit_test(an_end_that_was_put_off_is_not_told_any_more),
		cmocka_unit_test(too_much_is_refused_and_more_of_the_same_is_not),
		cmocka_unit_test(a_tone_is_not_heard_twice_within_a_second),
		WORLD(the_room_waits_for_who_is_being_told_something),
		WORLD(after_four_seconds_he_is_cut_off_and_no_earlier),
		WORLD(a_member_is_told_nothing_while_the_room_is),
		WORLD(what_was_undone_before_its_turn_is_not_told),
		WORLD(each_is_told_in_his_own_language_if_they_differ),
		WORLD(moderators_alone_may_be_told),
		WORLD(who_does_not_want_to_hear_himself_come_does_not),
		WORLD(all_hear_how_many_there_are_above_so_many),
		WORLD(a_full_room_is_quiet),
		WORLD(voices_are_turned_down_by_what_the_room_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
