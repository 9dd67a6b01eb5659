/*
 * test_seat.c - leaders and those who wait for them, in all mixes: who comes
 * in, who waits, who is sent off with whom. Callers ask for what they are by
 * their URI, in a room that allows it. The world is that of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "call/room_int.h"
#include "t_rand.h"
#include "t_world.h"

#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

#define UNMARKED ""
#define WAIT ";confab-wait_marked"
#define MARKED ";confab-marked"

static int setup(void **state)
{
	const int err = world_setup(state);

	str_copy(world_room("1001")->call_options, 256, "*");
	return err;
}

static struct caller *come(const char *params)
{
	struct caller *c;

	world->params = params;
	c = call("1001");
	world->params = NULL;
	return c;
}

static bool is_in(const struct caller *c)
{
	return c->port->bus != NULL;
}

static bool waits(const struct caller *c)
{
	struct leg_info info;
	struct leg *leg = hub_leg(world->hub, c->number);

	if (!leg)
		return false;
	leg_info(leg, &info);
	assert_int_equal(info.waiting, !is_in(c));
	return info.waiting;
}

static const char *state_word(void)
{
	struct room *room = hub_room(world->hub, "1001");

	return room ? room_state_word(room->state) : "none";
}

#define assert_state(what) assert_string_equal(state_word(), what)

static void unmarked_ones_come_and_go(void **state)
{
	struct caller *a = come(UNMARKED), *b;

	(void)state;
	assert_state("single");
	b = come(UNMARKED);
	assert_state("multi");
	assert_true(is_in(a) && is_in(b));
	hangup(a);
	assert_state("single");
	hangup(b);
	assert_state("none");
}

static void marked_ones_come_and_go(void **state)
{
	struct caller *a = come(MARKED), *b;

	(void)state;
	assert_state("single_marked");
	b = come(MARKED);
	assert_state("multi_marked");
	hangup(a);
	assert_state("single_marked");
	assert_true(is_in(b));
}

static void one_who_waits_comes_in_with_the_leader_and_waits_again(void **state)
{
	struct caller *w = come(WAIT), *m;

	(void)state;
	assert_state("inactive");
	assert_true(waits(w));
	m = come(MARKED);
	assert_state("multi_marked");
	assert_true(is_in(w) && is_in(m));
	heard(w);
	hangup(m);
	assert_state("inactive");
	assert_true(waits(w));
	assert_string_equal(heard(w), "conf-leaderhasleft conf-waitforleader music*");
	hangup(w);
	assert_state("none");
}

static void an_unmarked_one_lets_nobody_in(void **state)
{
	struct caller *w = come(WAIT), *u = come(UNMARKED);

	(void)state;
	assert_state("single");
	assert_true(waits(w) && is_in(u));
	hangup(u);
	assert_state("inactive");
	assert_true(waits(w));
}

static void unmarked_ones_stay_when_the_leader_goes(void **state)
{
	struct caller *u = come(UNMARKED), *w = come(WAIT), *v = come(UNMARKED);
	struct caller *m = come(MARKED);

	(void)state;
	assert_true(is_in(u) && is_in(v) && is_in(w));
	hangup(m);
	assert_state("multi");
	assert_true(is_in(u) && is_in(v) && waits(w));
	hangup(u);
	assert_state("single");
	come(MARKED);
	assert_state("multi_marked");
	assert_true(is_in(w));
}

static void only_the_last_leader_counts(void **state)
{
	struct caller *w = come(WAIT), *m = come(MARKED), *n = come(MARKED);

	(void)state;
	hangup(m);
	assert_state("multi_marked");
	assert_true(is_in(w));
	hangup(n);
	assert_true(waits(w));
}

static void end_marked_ones_are_sent_off_with_the_last_leader(void **state)
{
	struct caller *e = come(";confab-end_marked"), *u = come(UNMARKED);
	struct caller *m = come(MARKED), *n = come(MARKED);

	(void)state;
	hangup(m);
	assert_true(is_in(e));
	heard(e);
	hangup(n);
	assert_string_equal(heard(e), "conf-leaderhasleft vm-goodbye");
	assert_ended(e, "moderator_left");
	assert_true(is_in(u));
	assert_state("single");
	hangup(u);
	assert_string_equal(conf_str(u, "end_reason"), "empty");
}

static void a_meeting_whose_members_are_all_sent_off_says_so(void **state)
{
	struct caller *e = come(";confab-end_marked;confab-wait_marked");
	struct caller *m = come(MARKED);

	(void)state;
	hangup(m);
	heard(e);
	assert_ended(e, "moderator_left");
	assert_state("none");
	assert_string_equal(conf_str(e, "end_reason"), "moderator_left");
}

/* ConfBridge's end_marked_any: any leader, and it takes leaders along. */
static void end_marked_any_ones_go_with_any_leader(void **state)
{
	struct caller *a = come(";confab-end_marked_any"), *u = come(UNMARKED);
	struct caller *m = come(MARKED), *n = come(MARKED);
	struct caller *l = come(";confab-marked;confab-end_marked_any");

	(void)state;
	hangup(m);
	heard(a);
	heard(l);
	assert_ended(a, "moderator_left");
	assert_ended(l, "moderator_left");
	assert_true(is_in(u) && is_in(n));
	assert_state("multi_marked");
}

static void when_leaders_take_each_other_along_nobody_is_left_over(void **state)
{
	struct caller *c[5];

	(void)state;
	for (int i = 0; i < 5; i++)
		c[i] = come(";confab-marked;confab-end_marked_any");
	hangup(c[2]);
	for (int i = 0; i < 5; i++) {
		heard(c[i]);
		assert_true(gone(c[i]));
	}
	assert_state("none");
	assert_string_equal(conf_str(c[0], "end_reason"), "moderator_left");
}

static void wait_once_is_over_for_good(void **state)
{
	struct caller *w, *m, *v;

	(void)state;
	world_room("1001")->wait_once = true;
	w = come(WAIT);
	assert_true(waits(w));
	m = come(MARKED);
	hangup(m);
	assert_true(is_in(w));
	v = come(WAIT);
	assert_true(is_in(v));
	assert_state("multi");
}

static void the_row_can_make_all_wait_and_let_all_in(void **state)
{
	struct caller *u = come(UNMARKED), *v = come(UNMARKED);
	struct caller *stays = come(";confab-wait_marked=no");

	(void)state;
	world_room("1001")->wait_marked = true;
	world_room_changed("1001");
	assert_true(waits(u) && waits(v) && is_in(stays));
	assert_state("single");
	world_room("1001")->wait_marked = false;
	world_room_changed("1001");
	assert_true(is_in(u) && is_in(v));
	assert_state("multi");
	world_room("1001")->marked = true;
	world_room_changed("1001");
	assert_state("multi_marked");
}

static void a_leader_by_the_row_lets_those_in_who_wait(void **state)
{
	struct caller *w = come(WAIT), *u = come(UNMARKED);

	(void)state;
	assert_true(waits(w));
	world_room("1001")->marked = true;      /* both of them */
	world_room_changed("1001");
	assert_true(is_in(w) && is_in(u));
	world_room("1001")->marked = false;
	world_room_changed("1001");
	assert_true(waits(w) && is_in(u));
	assert_state("single");
}

static void wishes_for_the_room_are_the_first_caller_s(void **state)
{
	struct caller *a = come(";confab-max_members=2"), *b, *c;

	(void)state;
	b = come(";confab-max_members=9");
	assert_true(is_in(a) && is_in(b));
	c = come(UNMARKED);
	heard(c);
	assert_string_equal(leg_str(c, "refused"), "full");
	world_room("1001")->join_tone = false;  /* something else changes */
	world_room_changed("1001");
	c = come(UNMARKED);
	heard(c);
	assert_string_equal(leg_str(c, "refused"), "full");
}

static void join_only_ones_come_where_a_meeting_is(void **state)
{
	struct caller *a = come(";confab-join_only");

	(void)state;
	assert_string_equal(heard(a), "im-sorry confbridge-begin-leader vm-goodbye");
	assert_string_equal(leg_str(a, "refused"), "not_running");
	come(UNMARKED);
	a = come(";confab-join_only");
	assert_true(is_in(a));
}

static void a_quiet_one_neither_hears_nor_is_heard_of(void **state)
{
	struct caller *a = come(UNMARKED), *b;

	(void)state;
	heard(a);
	world_run(2000);
	b = come(";confab-quiet");
	assert_string_equal(heard(b), "");
	assert_string_equal(heard_by_all("1001"), "");
	hangup(b);
	assert_string_equal(heard_by_all("1001"), "");
	b = come(";confab-announce_user_count=no");
	assert_string_equal(heard(b), "");
	assert_string_equal(heard_by_all("1001"), "confbridge-join");
	hangup(b);
	hangup(a);
	a = come(";confab-announce_only_user=no");
	assert_string_equal(heard(a), "");
}

static void without_leave_wishes_are_left_out(void **state)
{
	struct caller *a;

	(void)state;
	world_room("1001")->call_options[0] = '\0';
	a = come(";confab-wait_marked;confab-startmuted");
	assert_true(is_in(a) && a->port->speak);
}

/* ---- a model beside it -------------------------------------------------- */

enum { MOST = 12, ROUNDS = 400 };

struct someone {
	struct caller *c;               /* NULL: a free place */
	bool marked, wait, end, any;
};

static bool led(const struct someone who[])
{
	for (int i = 0; i < MOST; i++)
		if (who[i].c && who[i].marked)
			return true;
	return false;
}

/* One is gone: who goes with him, by the rules as they are told? */
static void take_along(struct someone who[], bool leader)
{
	bool again = leader;

	while (again) {
		const bool last = !led(who);

		again = false;
		for (int i = 0; i < MOST; i++) {
			struct someone *s = &who[i];

			if (!s->c || !(s->any || (last && s->end && !s->marked)))
				continue;
			heard(s->c);
			assert_true(gone(s->c));
			s->c = NULL;
			again = again || s->marked;
		}
	}
}

static void compare(const struct someone who[])
{
	const bool leader = led(who);
	unsigned n = 0;

	for (int i = 0; i < MOST; i++) {
		if (!who[i].c)
			continue;
		n++;
		assert_int_equal(is_in(who[i].c),
				 who[i].marked || !who[i].wait || leader);
	}
	if (n)
		assert_int_equal(room_members(hub_room(world->hub, "1001")), n);
	else
		assert_state("none");
}

static void random_members_are_where_the_model_has_them(void **state)
{
	struct someone who[MOST] = { { 0 } };
	uint32_t rng = 20261125;
	char params[128];

	(void)state;
	for (int i = 0; i < ROUNDS && world->n_callers < CALLERS_MAX; i++) {
		struct someone *s = &who[t_rand(&rng) % MOST];

		if (s->c) {
			const bool leader = s->marked;

			hangup(s->c);
			s->c = NULL;
			take_along(who, leader);
		} else {
			const uint32_t bits = t_rand(&rng);

			s->marked = bits % 4 == 0;
			s->wait = bits & 16;
			s->end = bits & 32;
			s->any = (bits & 192) == 192;
			snprintf(params, sizeof(params),
				 ";confab-marked=%d;confab-wait_marked=%d;"
				 "confab-end_marked=%d;confab-end_marked_any=%d",
				 s->marked, s->wait, s->end, s->any);
			s->c = come(params);
		}
		compare(who);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unmarked_ones_come_and_go),
		TEST(marked_ones_come_and_go),
		TEST(one_who_waits_comes_in_with_the_leader_and_waits_again),
		TEST(an_unmarked_one_lets_nobody_in),
		TEST(unmarked_ones_stay_when_the_leader_goes),
		TEST(only_the_last_leader_counts),
		TEST(end_marked_ones_are_sent_off_with_the_last_leader),
		TEST(a_meeting_whose_members_are_all_sent_off_says_so),
		TEST(end_marked_any_ones_go_with_any_leader),
		TEST(when_leaders_take_each_other_along_nobody_is_left_over),
		TEST(wait_once_is_over_for_good),
		TEST(the_row_can_make_all_wait_and_let_all_in),
		TEST(a_leader_by_the_row_lets_those_in_who_wait),
		TEST(wishes_for_the_room_are_the_first_caller_s),
		TEST(join_only_ones_come_where_a_meeting_is),
		TEST(a_quiet_one_neither_hears_nor_is_heard_of),
		TEST(without_leave_wishes_are_left_out),
		TEST(random_members_are_where_the_model_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
