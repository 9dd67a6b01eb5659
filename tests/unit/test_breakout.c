/*
 * test_breakout.c - break-out rooms: every cell of the table, written out once
 * more; then meetings in the world of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "call/breakout_state.h"
#include "call/event.h"
#include "t_world.h"

#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

enum { MEMBERS = 5 };

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

static struct leg *leg(const struct caller *c)
{
	return hub_leg(world->hub, c->number);
}

static unsigned place(const struct caller *c)
{
	struct leg_info info;

	leg_info(leg(c), &info);
	return info.breakout;
}

static bool together(const struct caller *a, const struct caller *b)
{
	return a->port->bus && a->port->bus == b->port->bus;
}

/* A moderator and five others. */
static struct caller *meeting(struct caller *c[static MEMBERS])
{
	struct caller *m = join("1000", "4321");

	for (int i = 0; i < MEMBERS; i++)
		c[i] = join("1000", "1234");
	heard(m);
	for (int i = 0; i < MEMBERS; i++)
		heard(c[i]);
	heard_by_all("1000");
	return m;
}

/* ---- the table ---------------------------------------------------------- */

static void each_cell_is_as_written(void **state)
{
	static const struct {
		int err;
		enum breakout_state after;
	} want[BREAKOUT__STATES][BREAKOUT__EVENTS] = {
		/* make, assign, hop, say, return, over */
		{ { 0, BREAKOUT_OPEN }, { -ENOTSUP, 0 }, { -ENOTSUP, 0 },
		  { -ENOTSUP, 0 }, { -ENOTSUP, 0 }, { -ENOTSUP, 0 } },
		{ { -EALREADY, 0 }, { 0, BREAKOUT_OPEN }, { 0, BREAKOUT_OPEN },
		  { 0, BREAKOUT_OPEN }, { 0, BREAKOUT_RETURNING },
		  { 0, BREAKOUT_NONE } },
		{ { -EALREADY, 0 }, { -EBUSY, 0 }, { 0, BREAKOUT_RETURNING },
		  { 0, BREAKOUT_RETURNING }, { 0, BREAKOUT_RETURNING },
		  { 0, BREAKOUT_NONE } }
	};

	(void)state;
	for (int s = 0; s < BREAKOUT__STATES; s++)
		for (int e = 0; e < BREAKOUT__EVENTS; e++) {
			enum breakout_state after = BREAKOUT__STATES;
			int err = breakout_step((enum breakout_state)s,
						(enum breakout_event)e, &after);

			assert_int_equal(err, want[s][e].err);
			assert_int_equal(after, err ? BREAKOUT__STATES
						    : want[s][e].after);
		}
}

/* ---- the same, done to a meeting ---------------------------------------- */

static int do_make(const struct caller *m)
{
	(void)m;
	return room_breakout_make(room(), 2, "test");
}

static int do_assign(const struct caller *m)
{
	(void)m;
	return room_breakout_spread(room(), "test");
}

static int do_hop(const struct caller *m)
{
	return leg_breakout_hop(leg(m), "test");
}

static int do_say(const struct caller *m)
{
	(void)m;
	return room_breakout_say(room(), "beep", "test");
}

static int do_return(const struct caller *m)
{
	(void)m;
	return room_breakout_return(room(), 90, "test");
}

static int do_over(const struct caller *m)
{
	(void)m;
	return room_breakout_return(room(), 0, "test");
}

static void each_cell_holds_in_a_meeting(void **state)
{
	static int (*const events[BREAKOUT__EVENTS])(const struct caller *m) = {
		do_make, do_assign, do_hop, do_say, do_return, do_over
	};

	for (int s = 0; s < BREAKOUT__STATES; s++)
		for (int e = 0; e < BREAKOUT__EVENTS; e++) {
			struct caller *m, *c[MEMBERS];
			enum breakout_state after = (enum breakout_state)s;
			int want = breakout_step((enum breakout_state)s,
						 (enum breakout_event)e, &after);

			setup(state);
			m = meeting(c);
			if (s != BREAKOUT_NONE)
				assert_int_equal(do_make(m), 0);
			if (s == BREAKOUT_RETURNING)
				assert_int_equal(do_return(m), 0);
			assert_int_equal(events[e](m), want);
			assert_int_equal(room_breakouts(room()),
					 after == BREAKOUT_NONE ? 0 : 2);
			/* whoever was sent away and whatever the time: */
			world_run(100 * 1000);
			if (s == BREAKOUT_RETURNING || e == BREAKOUT_RETURN)
				assert_int_equal(room_breakouts(room()), 0);
			world_teardown(state);
		}
}

/* ---- meetings ----------------------------------------------------------- */

static void members_are_spread_evenly_and_keep_what_they_are(void **state)
{
	struct caller *m, *c[MEMBERS];
	unsigned n[3] = { 0 };

	(void)state;
	m = meeting(c);
	keys(c[0], "*1");                       /* muted, by himself */
	heard(c[0]);
	assert_int_equal(leg_mute(leg(c[1]), MUTE_MODERATOR, true, "test"), 0);
	world_run(0);
	heard(c[1]);
	keys(m, "#52");
	for (int i = 0; i < MEMBERS; i++)
		n[place(c[i])]++;
	assert_int_equal(n[0], 0);
	assert_int_equal(n[1], 3);
	assert_int_equal(n[2], 2);
	assert_true(in_room(m, "1000") && place(m) == 0);
	assert_true(together(c[0], c[2]) && together(c[1], c[3]));
	assert_false(together(c[0], c[1]) || together(c[0], m));
	assert_false(c[0]->port->speak || c[1]->port->speak);
	assert_true(c[2]->port->speak && c[2]->port->hear);
	assert_heard(c[0], "beep conf-thereare digits/2 conf-otherinparty");
	assert_heard(c[1], "beep conf-onlyone");
	assert_int_equal(room_members(room()), 6);

	keys(m, "#51");
	for (int i = 0; i < MEMBERS; i++)
		assert_true(in_room(c[i], "1000") && place(c[i]) == 0);
	assert_false(c[0]->port->speak || c[1]->port->speak);
	keys(c[0], "*1");
	assert_true(c[0]->port->speak);
}

static void a_late_comer_is_sent_to_where_fewest_are(void **state)
{
	struct caller *m, *c[MEMBERS], *late;

	(void)state;
	m = meeting(c);
	keys(m, "#52");
	late = join("1000", "1234");
	assert_int_equal(place(late), 0);
	keys(m, "#52");
	assert_int_equal(place(late), 2);
	keys(m, "#53");                         /* they are two */
	assert_int_equal(room_breakouts(room()), 2);
}

static void by_hand_and_its_bounds(void **state)
{
	struct caller *m, *c[MEMBERS];

	(void)state;
	m = meeting(c);
	assert_int_equal(room_breakout_make(room(), 0, "test"), -ERANGE);
	assert_int_equal(room_breakout_make(room(), BREAKOUTS_MAX + 1, "test"), -ERANGE);
	assert_int_equal(leg_breakout(leg(m), 1, "test"), -ENOTSUP);
	world->bus_error = -ENOMEM;
	assert_int_equal(room_breakout_make(room(), 3, "test"), -ENOMEM);
	assert_int_equal(room_breakouts(room()), 0);
	world->bus_error = 0;
	assert_int_equal(room_breakout_make(room(), 3, "test"), 0);
	assert_int_equal(leg_breakout(leg(c[0]), 3, "test"), 0);
	assert_int_equal(leg_breakout(leg(c[0]), 3, "test"), -EALREADY);
	assert_int_equal(leg_breakout(leg(c[1]), 4, "test"), -ERANGE);
	assert_int_equal(place(c[0]), 3);
	assert_heard(c[0], "beep conf-onlyperson");
	assert_int_equal(leg_breakout(leg(c[0]), 0, "test"), 0);
	assert_true(in_room(c[0], "1000"));
	assert_int_equal(room_breakout_say(room(), "no-such", "test"), -ENOENT);
	assert_int_equal(room_breakout_return(room(), 86401, "test"), -ERANGE);
}

static void a_moderator_hops_from_one_to_the_next(void **state)
{
	struct caller *m, *c[MEMBERS];

	(void)state;
	m = meeting(c);
	keys(m, "#4");
	assert_heard(m, "beeperr");
	keys(m, "#52");
	keys(m, "#4");
	assert_true(together(m, c[0]));
	keys(m, "#4");
	assert_true(together(m, c[1]));
	room_breakout_return(room(), 30, "test");
	keys(m, "#4");
	assert_true(in_room(m, "1000"));
	keys(m, "#4");                          /* he may while they return */
	assert_int_equal(place(m), 1);
	assert_int_equal(leg_breakout(leg(c[0]), 2, "test"), -EBUSY);
	assert_int_equal(leg_breakout(leg(c[0]), 0, "test"), 0);
	keys(c[1], "#4");                       /* no key of his */
	assert_int_equal(place(c[1]), 2);
}

static void they_are_told_before_the_end(void **state)
{
	struct caller *m, *c[MEMBERS];
	struct media_bus *bus;

	(void)state;
	m = meeting(c);
	keys(m, "#52");
	bus = c[0]->port->bus;
	heard(c[0]);
	assert_int_equal(room_breakout_return(room(), 120, "test"), 0);
	world_run(0);
	assert_heard(c[0], "beep digits/2 minutes");
	world_run(59 * 1000);
	assert_heard(c[0], "");
	world_run(2 * 1000);
	assert_heard(c[0], "beep digits/1 minute");
	assert_int_equal(room_breakout_return(room(), 30, "test"), 0);
	world_run(0);
	assert_heard(c[0], "beep digits/30 seconds");
	assert_string_equal(heard_by_all("1000"), "");
	world_run(29 * 1000);
	assert_int_equal(place(c[0]), 1);
	world_run(2 * 1000);
	for (int i = 0; i < MEMBERS; i++)
		assert_true(in_room(c[i], "1000"));
	assert_true(bus->closing);
}

static void what_is_said_to_all_is_heard_everywhere(void **state)
{
	struct caller *m, *c[MEMBERS];

	(void)state;
	m = meeting(c);
	keys(m, "#52");
	for (int i = 0; i < MEMBERS; i++)
		heard(c[i]);
	heard(m);
	assert_int_equal(room_say(room(), "conf-locked", "test"), 0);
	world_run(0);
	assert_heard(c[0], "conf-locked");
	assert_heard(c[1], "conf-locked");
	assert_heard(m, "conf-locked");
	assert_int_equal(room_breakout_say(room(), "beep", "test"), 0);
	world_run(0);
	assert_heard(c[1], "beep");
	assert_heard(m, "");
	assert_string_equal(heard_by_all("1000"), "");
}

static void comings_and_goings_are_heard_where_they_happen(void **state)
{
	struct caller *m, *c[MEMBERS];

	(void)state;
	row->join_tone = row->leave_tone = true;
	m = meeting(c);
	keys(m, "#52");
	world_run(2000);
	heard_by_all("1000");
	for (int i = 0; i < MEMBERS; i++)
		heard(c[i]);
	hangup(c[0]);
	assert_heard(c[2], "confbridge-leave");
	assert_heard(c[1], "");
	assert_string_equal(heard_by_all("1000"), "");
	keys(m, "#4");
	assert_heard(c[2], "confbridge-join");
}

static void the_meeting_ends_with_its_last_member_wherever_he_is(void **state)
{
	struct caller *m, *c[MEMBERS];
	struct media_bus *one, *two;

	(void)state;
	m = meeting(c);
	keys(m, "#52");
	one = c[0]->port->bus;
	two = c[1]->port->bus;
	hangup(m);                              /* nobody is in the meeting itself */
	assert_int_equal(room_members(room()), 5);
	assert_int_equal(leg_kick(leg(c[2]), true, "test"), 0);
	world_run(10);
	assert_string_equal(leg_str(c[2], "end_reason"), "kicked");
	c[0]->port->ops->on_timeout(c[0]->port->arg);   /* his phone is dead */
	world_run(10);
	assert_string_equal(leg_str(c[0], "end_reason"), "timeout");
	hangup(c[1]);
	hangup(c[3]);
	assert_non_null(room());
	hangup(c[4]);
	assert_null(room());
	assert_true(one->closing && two->closing);
	assert_string_equal(conf_str(c[4], "end_reason"), "empty");
}

static void who_must_wait_again_finds_his_break_out_again(void **state)
{
	struct caller *m, *c[MEMBERS];
	struct media_bus *bus;

	(void)state;
	row->wait_marked = true;
	m = meeting(c);
	keys(m, "#52");
	bus = c[0]->port->bus;
	hangup(m);
	assert_null(c[0]->port->bus);
	assert_int_equal(leg_breakout(leg(c[0]), 2, "test"), -EAGAIN);
	m = join("1000", "4321");
	assert_ptr_equal(c[0]->port->bus, bus);
	keys(m, "#51");
	assert_true(in_room(c[0], "1000"));
}

static void a_busy_media_is_asked_again(void **state)
{
	struct caller *m, *c[MEMBERS];

	(void)state;
	m = meeting(c);
	keys(m, "#52");
	world->command_error = -EAGAIN;
	assert_int_equal(room_breakout_return(room(), 0, "test"), 0);
	assert_null(c[0]->port->bus);           /* the mix is gone, at least */
	world->command_error = 0;
	world_run(1000);
	assert_true(in_room(c[0], "1000"));
}

/* ---- events ------------------------------------------------------------- */

static char told[1024];

static void on_event(void *arg, const struct event *ev)
{
	struct strbuf sb;

	(void)arg;
	if (ev->type != EVENT_MOVE && ev->type != EVENT_BREAKOUT)
		return;
	strbuf_init(&sb, told + strlen(told), sizeof(told) - strlen(told));
	strbuf_add(&sb, "%s %llu %u %s, ", event_word(ev->type),
		   (unsigned long long)ev->leg, ev->place, ev->by);
}

static void moves_are_told(void **state)
{
	struct listener l = { .on_event = on_event };
	struct caller *m, *c[MEMBERS];

	(void)state;
	m = meeting(c);
	told[0] = '\0';
	hub_listen(world->hub, &l);
	room_breakout_make(room(), 2, "a");
	leg_breakout(leg(c[0]), 2, "b");
	leg_breakout_hop(leg(m), "c");
	room_breakout_return(room(), 0, "d");
	hub_unlisten(world->hub, &l);
	assert_string_equal(told, "breakout 0 2 a, move 2 2 b, move 1 1 c, "
			    "move 1 0 d, move 2 0 d, breakout 0 0 d, ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cell_is_as_written),
		cmocka_unit_test(each_cell_holds_in_a_meeting),
		TEST(members_are_spread_evenly_and_keep_what_they_are),
		TEST(a_late_comer_is_sent_to_where_fewest_are),
		TEST(by_hand_and_its_bounds),
		TEST(a_moderator_hops_from_one_to_the_next),
		TEST(they_are_told_before_the_end),
		TEST(what_is_said_to_all_is_heard_everywhere),
		TEST(comings_and_goings_are_heard_where_they_happen),
		TEST(the_meeting_ends_with_its_last_member_wherever_he_is),
		TEST(who_must_wait_again_finds_his_break_out_again),
		TEST(a_busy_media_is_asked_again),
		TEST(moves_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
