/*
 * test_guest.c - people whom a room calls: by control, by keypad, at its begin;
 * the question, retries, several at once, and how many it may call.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/list.h"
#include "base/str.h"
#include "call/event.h"
#include "call/guest.h"
#include "t_world.h"

#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

#define QUESTION "conf-enteringno digits/1 digits/0 digits/0 digits/1 " \
	"if-correct-press digits/1"

static struct room *room(void)
{
	return hub_room(world->hub, "1001");
}

static int dial(const char *numbers)
{
	return room_dial(room(), numbers, "test");
}

/* ---- the way in --------------------------------------------------------- */

static void who_presses_1_is_in(void **state)
{
	struct caller *a = call("1001"), *b;

	(void)state;
	assert_int_equal(dial("4930123"), 0);
	b = callee();
	assert_string_equal(b->ss.to, "4930123");
	assert_string_equal(b->ss.from, "1001");
	assert_false(in_room(b, "1001"));
	picks_up(b);
	assert_false(in_room(b, "1001"));
	assert_string_equal(hears(b), QUESTION);
	keys(b, "1");
	assert_true(in_room(b, "1001"));
	assert_true(in_room(a, "1001"));
	assert_string_equal(leg_str(b, "admitted_by"), "dialled");
	assert_string_equal(leg_str(b, "role"), "member");
	assert_int_equal(room_members(room()), 2);
}

static void a_machine_stays_outside(void **state)
{
	struct caller *a = call("1001"), *b;

	(void)state;
	assert_int_equal(dial("4930123"), 0);
	b = callee();
	picks_up(b);
	for (int i = 0; i < 3; i++) {
		assert_string_equal(hears(b), QUESTION);
		while (played(b))
			;
		world_run(4100);
	}
	assert_heard(b, "vm-goodbye");
	assert_true(gone(b));
	assert_ended(b, "declined");
	assert_true(in_room(a, "1001"));
}

static void he_may_decline(void **state)
{
	struct caller *b;

	(void)state;
	call("1001");
	assert_int_equal(dial("4930123"), 0);
	b = callee();
	picks_up(b);
	keys(b, "5");           /* means nothing */
	assert_false(gone(b));
	keys(b, "*");
	heard(b);
	assert_true(gone(b));
	assert_ended(b, "declined");
}

static void without_guard_he_is_in_at_once(void **state)
{
	struct caller *b;

	(void)state;
	world->config.dialout.guard = false;
	call("1001");
	assert_int_equal(dial("4930123"), 0);
	b = callee();
	picks_up(b);
	assert_true(in_room(b, "1001"));
}

/* ---- no answer ---------------------------------------------------------- */

static void who_is_busy_is_called_again(void **state)
{
	unsigned n;

	(void)state;
	world->config.dialout.retries = 2;
	call("1001");
	assert_int_equal(dial("4930123"), 0);
	for (int i = 0; i < 2; i++) {
		n = world->n_callers;
		refuses(callee(), 486);
		world_run(9900);
		assert_int_equal(world->n_callers, n);
		world_run(200);
		assert_int_equal(world->n_callers, n + 1);
	}
	n = world->n_callers;
	refuses(callee(), 486);
	world_run(60000);
	assert_int_equal(world->n_callers, n);
}

static void who_does_not_want_is_not_called_again(void **state)
{
	unsigned n;

	(void)state;
	world->config.dialout.retries = 2;
	call("1001");
	assert_int_equal(dial("4930123"), 0);
	n = world->n_callers;
	refuses(callee(), 603);
	world_run(60000);
	assert_int_equal(world->n_callers, n);
}

static void who_does_not_answer_is_called_again(void **state)
{
	unsigned n;

	(void)state;
	world->config.dialout.retries = 1;
	call("1001");
	assert_int_equal(dial("4930123"), 0);
	n = world->n_callers;
	world_run(20100);
	assert_true(callee()->ss.cancelled);
	assert_ended(callee(), "no_answer");
	world_run(10100);
	assert_int_equal(world->n_callers, n + 1);
	picks_up(callee());
	keys(callee(), "1");
	assert_true(in_room(callee(), "1001"));
}

/* ---- several ------------------------------------------------------------ */

static void the_first_of_several_who_joins_is_the_one(void **state)
{
	struct caller *b, *c;

	(void)state;
	call("1001");
	assert_int_equal(dial("111&222"), 0);
	c = callee();
	b = c - 1;
	assert_string_equal(b->ss.to, "111");
	assert_string_equal(c->ss.to, "222");
	picks_up(c);
	assert_false(gone(b));
	keys(c, "1");
	assert_true(in_room(c, "1001"));
	world_run(0);
	assert_true(b->ss.cancelled);
	assert_ended(b, "closed");
}

static void calls_stop_when_told(void **state)
{
	(void)state;
	call("1001");
	assert_int_equal(room_dial_stop(room(), "test"), -EALREADY);
	assert_int_equal(dial("111"), 0);
	assert_int_equal(room_dial_stop(room(), "test"), 0);
	world_run(0);
	assert_true(callee()->ss.cancelled);
	assert_int_equal(room_dial_stop(room(), "test"), -EALREADY);
}

static void calls_end_with_the_meeting(void **state)
{
	struct caller *a = call("1001");
	struct caller *b;

	(void)state;
	world->config.dialout.retries = 5;
	assert_int_equal(dial("111&222"), 0);
	b = callee();
	refuses(b - 1, 486);            /* waits to be called again */
	hangup(a);
	world_run(60000);
	assert_true(b->ss.cancelled);
	assert_null(room());
}

static void calls_end_with_a_closed_meeting(void **state)
{
	struct caller *b;

	(void)state;
	call("1001");
	assert_int_equal(dial("111"), 0);
	b = callee();
	picks_up(b);
	room_close(room(), "test");
	world_run(0);
	assert_true(gone(b));
	assert_ended(b, "closed");
}

/* ---- limits ------------------------------------------------------------- */

static void numbers_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "1;2", "1 2", "&", "1&", "&1", "1&&2", "sip:1", "1@2",
		"1&2&3&4&5&6&7&8&9", "123456789012345678901234567890123"
	};
	unsigned n;

	(void)state;
	call("1001");
	n = world->n_callers;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(dial(bad[i]), -EINVAL);
	assert_int_equal(world->n_callers, n);
}

static void a_room_calls_so_many_at_a_time(void **state)
{
	(void)state;
	call("1001");
	assert_int_equal(dial("1&2&3&4"), -ENOSPC);
	assert_int_equal(dial("1&2"), 0);
	assert_int_equal(dial("3"), 0);
	assert_int_equal(dial("4"), -ENOSPC);
	picks_up(callee());
	keys(callee(), "1");            /* he is here, and counts on */
	assert_int_equal(dial("4"), -ENOSPC);
	hangup(callee());
	assert_int_equal(dial("4"), 0);
}

static void and_so_many_a_day(void **state)
{
	struct caller *a = call("1001");

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(dial("1"), 0);
		refuses(callee(), 404);
	}
	assert_int_equal(dial("1"), -EDQUOT);
	/* another meeting in that room is no new day */
	hangup(a);
	world_run(1000);
	call("1001");
	assert_int_equal(dial("1"), -EDQUOT);
	world->config.dialout.day_max = 0;
	assert_int_equal(dial("1"), 0);
}

static void calls_before_a_restart_count_too(void **state)
{
	(void)state;
	world->dialled_before = 4;
	call("1001");
	assert_int_equal(dial("1"), 0);
	refuses(callee(), 404);
	assert_int_equal(dial("1"), -EDQUOT);
}

static void whose_number_it_is_comes_in_as_he_is_invited(void **state)
{
	struct caller *c;

	(void)state;
	world_room("1001")->has_invites = true;
	keys(call("1001"), "#");
	assert_int_equal(dial("123"), 0);
	assert_int_equal(world->ask.what, DB_ASK_INVITED);
	assert_string_equal(world->ask.values[1], "123");
	world->ask.fn(world->ask.arg, 0, "{\"id\":7,\"name\":\"Ada\",\"language\":null,"
		      "\"role\":\"moderator\"}");
	c = callee();
	picks_up(c);
	heard(c);
	keys(c, "1");
	assert_true(in_room(c, "1001"));
	assert_string_equal(leg_str(c, "invite_name"), "Ada");
	assert_string_equal(leg_str(c, "role"), "moderator");
	/* nobody's, or nobody knows */
	assert_int_equal(dial("124"), 0);
	world->ask.fn(world->ask.arg, 0, NULL);
	c = callee();
	picks_up(c);
	heard(c);
	keys(c, "1");
	assert_string_equal(leg_str(c, "role"), "member");
	assert_false(leg_has(c, "invite_name"));
}

/* Who asked for it by key; confabctl has the event. */
static void who_asked_hears_what_became_of_it(void **state)
{
	static const struct { int status; const char *heard; } rows[] = {
		{ 486, "vm-isonphone" }, { 600, "vm-isonphone" },
		{ 480, "vm-nobodyavail" }, { 408, "vm-nobodyavail" },
		{ 404, "cannot-complete-as-dialed" }, { 603, "cannot-complete-as-dialed" }
	};
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);
	struct room *room = hub_room(world->hub, "1001");
	char by[32];

	(void)state;
	world->config.dialout.day_max = 0;
	snprintf(by, sizeof(by), "leg %llu", (unsigned long long)a->number);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		heard(a);
		heard(b);
		assert_int_equal(room_dial(room, "1", by), 0);
		refuses(callee(), rows[i].status);
		world_run(0);
		assert_string_equal(heard(a), rows[i].heard);
		assert_string_equal(heard(b), "");
	}
	assert_int_equal(room_dial(room, "1", by), 0);
	world_run((int)world->config.dialout.ring * 1000 + 1000);
	assert_string_equal(heard(a), "vm-nobodyavail");
	assert_int_equal(room_dial(room, "1", "confabctl"), 0);
	refuses(callee(), 486);
	world_run(0);
	assert_string_equal(heard(a), "");
}

static void without_a_trunk_nobody_is_called(void **state)
{
	(void)state;
	world->config.dialout.trunk[0] = '\0';
	call("1001");
	assert_int_equal(dial("1"), -ENETUNREACH);
}

static void allow_lists(void **state)
{
	(void)state;
	assert_false(guest_is_allowed("", "49"));
	assert_true(guest_is_allowed("*", "49"));
	assert_true(guest_is_allowed("+49, 0049,0", "+4930"));
	assert_true(guest_is_allowed("+49, 0049,0", "030"));
	assert_false(guest_is_allowed("+49,0049", "030"));
	assert_false(guest_is_allowed("+49,,", "1"));
}

/* ---- by keypad ---------------------------------------------------------- */

static void moderators_call_by_keypad(void **state)
{
	struct caller *m = call_with("1000", "4321", offer(""));
	struct caller *b;

	(void)state;
	str_copy(world->config.dialout.moderators, 64, "0,+");
	heard(m);
	keys(m, "*7");
	assert_string_equal(hears(m), "vm-enter-num-to-call");
	keys(m, "99*030123#");          /* * begins anew */
	b = callee();
	assert_string_equal(b->ss.to, "030123");
	assert_heard(m, "vm-enter-num-to-call one-moment-please");
	picks_up(b);
	keys(b, "1");
	assert_true(in_room(b, "1000"));
	/* the keypad is as it was */
	heard(m);
	keys(m, "*1");
	assert_heard(m, "conf-muted");
}

static void what_is_not_allowed_is_not_called(void **state)
{
	struct caller *m = call_with("1000", "4321", offer(""));
	struct caller *u = call_with("1000", "1234", offer(""));
	const unsigned n = world->n_callers;

	(void)state;
	str_copy(world->config.dialout.moderators, 64, "0");
	heard(m);
	heard(u);
	keys(m, "*7" "123#");
	assert_heard(m, "vm-enter-num-to-call im-sorry");
	keys(u, "*7");
	assert_heard(u, "im-sorry");
	assert_int_equal(world->n_callers, n);
}

static void a_long_pause_gives_it_up(void **state)
{
	struct caller *m = call_with("1000", "4321", offer(""));

	(void)state;
	str_copy(world->config.dialout.moderators, 64, "0");
	heard(m);
	keys(m, "*7" "03");
	world_run(10100);
	assert_heard(m, "vm-enter-num-to-call beeperr");
	keys(m, "*1");
	assert_heard(m, "conf-muted");
}

/* ---- at the begin, and what is told ------------------------------------- */

static void a_room_calls_people_when_it_begins(void **state)
{
	(void)state;
	str_copy(world_room("1001")->call_at_start, 64, "111&222");
	call("1001");
	assert_string_equal(callee()->ss.to, "222");
	assert_int_equal(world->n_callers, 3);
	call("1001");
	assert_int_equal(world->n_callers, 4);
}

static char told[256];

static void on_event(void *arg, const struct event *ev)
{
	(void)arg;
	if (ev->type != EVENT_DIAL)
		return;
	strncat(told, event_dial_word(ev->dial), sizeof(told) - strlen(told) - 1);
	strncat(told, " ", sizeof(told) - strlen(told) - 1);
	assert_string_equal(ev->number, "111");
}

static void listeners_hear_how_it_goes(void **state)
{
	struct listener l = { .on_event = on_event };

	(void)state;
	told[0] = '\0';
	world->config.dialout.retries = 1;
	call("1001");
	hub_listen(world->hub, &l);
	assert_int_equal(dial("111"), 0);
	callee()->ss.ops->on_progress(callee()->ss.arg, 180);
	refuses(callee(), 486);
	world_run(10100);
	picks_up(callee());
	keys(callee(), "1");
	assert_int_equal(dial("111"), 0);
	refuses(callee(), 603);
	hub_unlisten(world->hub, &l);
	assert_string_equal(told, "calling ringing retry calling joined calling "
			    "failed ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_presses_1_is_in),
		TEST(a_machine_stays_outside),
		TEST(he_may_decline),
		TEST(without_guard_he_is_in_at_once),
		TEST(who_is_busy_is_called_again),
		TEST(who_does_not_want_is_not_called_again),
		TEST(who_does_not_answer_is_called_again),
		TEST(the_first_of_several_who_joins_is_the_one),
		TEST(calls_stop_when_told),
		TEST(calls_end_with_the_meeting),
		TEST(calls_end_with_a_closed_meeting),
		TEST(numbers_that_are_none_are_refused),
		TEST(a_room_calls_so_many_at_a_time),
		TEST(and_so_many_a_day),
		TEST(calls_before_a_restart_count_too),
		TEST(whose_number_it_is_comes_in_as_he_is_invited),
		TEST(who_asked_hears_what_became_of_it),
		TEST(without_a_trunk_nobody_is_called),
		TEST(allow_lists),
		TEST(moderators_call_by_keypad),
		TEST(what_is_not_allowed_is_not_called),
		TEST(a_long_pause_gives_it_up),
		TEST(a_room_calls_people_when_it_begins),
		TEST(listeners_hear_how_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
