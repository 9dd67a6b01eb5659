/*
 * test_consent.c - who is recorded has been asked: every state a member can be in
 * against everything that can happen to him, and what each one is told.
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
#include "t_world.h"

#define QUESTION "conf-now-recording if-correct-press digits/1"
#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

enum { LONG_MS = 40000 };       /* longer than he is asked */

static int setup(void **state)
{
	const int err = world_setup(state);

	for (unsigned i = 0; i < world->n_rooms; i++)
		world->rooms[i].record_consent = DB_CONSENT_ASK;
	return err;
}

static struct room *room(void)
{
	return hub_room(world->hub, "1001");
}

static void record(bool on)
{
	assert_int_equal(room_record(room(), on, "test"), 0);
}

static struct leg_info about(const struct caller *c)
{
	struct leg_info info;

	leg_info(hub_leg(world->hub, c->number), &info);
	return info;
}

static const char *state_of(const struct caller *c)
{
	return consent_word(about(c).consent);
}

static bool is_kept_out(const struct caller *c)
{
	return about(c).muted & MUTE_CONSENT;
}

/* His answers in the audit since the last time: "no/member none/system". */
static const char *answers(const struct caller *c)
{
	static char out[256];
	struct strbuf sb;
	const char *id;
	json_t *row;

	strbuf_init(&sb, out, sizeof(out));
	json_object_foreach(world->audits, id, row) {
		const json_t *leg = json_object_get(row, "target_leg");

		if (strcmp(json_string_value(json_object_get(row, "action")), "consent") != 0 ||
		    strcmp(json_string_value(leg), leg_str(c, "id")) != 0)
			continue;
		strbuf_add(&sb, "%s%s/%s", *out ? " " : "",
			   json_string_value(json_object_get(row, "new_value")),
			   json_string_value(json_object_get(row, "actor_kind")));
	}
	json_object_clear(world->audits);
	return out;
}

/* ---- the table ---------------------------------------------------------- */

static void begins(struct caller *c)
{
	(void)c;
	record(true);
	world_run(1000);
}

static void stops(struct caller *c)
{
	(void)c;
	record(false);
	world_run(100);
}

static void fails(struct caller *c)
{
	(void)c;
	fake_recording_done(&world->recordings[world->n_recordings - 1], -EIO);
	world_run(100);
}

static void asks_no_more(struct caller *c)
{
	(void)c;
	world_room("1001")->record_consent = DB_CONSENT_ANNOUNCE;
	world_room_changed("1001");
}

static void agrees(struct caller *c) { keys(c, "1"); }
static void refuses_it(struct caller *c) { keys(c, "2"); }
static void says_nothing(struct caller *c) { (void)c; world_run(LONG_MS); }
static void takes_back(struct caller *c) { keys(c, "*4"); }
static void holds(struct caller *c) { reinvite(c, "a=sendonly\r\n"); }

static void holds_and_is_back(struct caller *c)
{
	holds(c);
	world_run(LONG_MS);             /* nobody asks one who cannot hear it */
	reinvite(c, "a=sendrecv\r\n");
	world_run(100);
}

static void leaves(struct caller *c) { hangup(c); world_run(100); }

/* How a state is reached, from where nothing is recorded. */
static const struct {
	const char *name;
	void (*how[2])(struct caller *c);
} states[] = {
	{ "", { NULL } },
	{ "asked", { begins } },
	{ "yes", { begins, agrees } },
	{ "no", { begins, refuses_it } },
	{ "none", { begins, says_nothing } }
};

enum { HEARD = 1, KEPT_OUT = 2, SILENT = 0 };

/* What becomes of him: state, is he heard, the answer that is kept. */
struct after {
	const char *state;
	int voice;
	const char *answer;
};

static const struct row {
	const char *event;
	void (*happens)(struct caller *c);
	bool can[5];                    /* in states[] */
	struct after after[5];
} table[] = {
	{ "begins", begins, { true }, { { "asked", KEPT_OUT, "" } } },
	{ "1", agrees, { true, true, true, true, true }, {
		{ "", HEARD, "" }, { "yes", HEARD, "yes/member" }, { "yes", HEARD, "" },
		{ "no", KEPT_OUT, "" }, { "none", KEPT_OUT, "" } } },
	{ "2", refuses_it, { true, true, true, true, true }, {
		{ "", HEARD, "" }, { "no", KEPT_OUT, "no/member" }, { "yes", HEARD, "" },
		{ "no", KEPT_OUT, "" }, { "none", KEPT_OUT, "" } } },
	{ "no answer", says_nothing, { true, true, true, true, true }, {
		{ "", HEARD, "" }, { "none", KEPT_OUT, "none/system" }, { "yes", HEARD, "" },
		{ "no", KEPT_OUT, "" }, { "none", KEPT_OUT, "" } } },
	{ "*4", takes_back, { true, true, true, true, true }, {
		{ "", HEARD, "" }, { "asked", KEPT_OUT, "" }, { "no", KEPT_OUT, "no/member" },
		{ "asked", KEPT_OUT, "" }, { "asked", KEPT_OUT, "" } } },
	{ "hold", holds, { true, true, true, true, true }, {
		{ "", SILENT, "" }, { "", KEPT_OUT, "" }, { "yes", SILENT, "" },
		{ "no", KEPT_OUT, "" }, { "none", KEPT_OUT, "" } } },
	{ "hold and back", holds_and_is_back, { true, true, true, true, true }, {
		{ "", HEARD, "" }, { "asked", KEPT_OUT, "" }, { "yes", HEARD, "" },
		{ "no", KEPT_OUT, "" }, { "none", KEPT_OUT, "" } } },
	{ "stops", stops, { false, true, true, true, true }, {
		{ 0 }, { "", HEARD, "none/system" }, { "", HEARD, "" }, { "", HEARD, "" },
		{ "", HEARD, "" } } },
	{ "fails", fails, { false, true, true, true, true }, {
		{ 0 }, { "", HEARD, "none/system" }, { "", HEARD, "" }, { "", HEARD, "" },
		{ "", HEARD, "" } } },
	{ "row says announce", asks_no_more, { true, true, true, true, true }, {
		{ "", HEARD, "" }, { "", HEARD, "none/system" }, { "", HEARD, "" },
		{ "", HEARD, "" }, { "", HEARD, "" } } },
	{ "leaves", leaves, { true, true, true, true, true }, {
		{ NULL, 0, "" }, { NULL, 0, "none/system" }, { NULL, 0, "" }, { NULL, 0, "" },
		{ NULL, 0, "" } } }
};

static void check_cell(const struct row *row, unsigned from)
{
	const struct after *want = &row->after[from];
	struct caller *c;

	call("1001");                   /* the meeting goes on without him */
	c = call("1001");
	world_run(1000);
	for (unsigned i = 0; i < 2 && states[from].how[i]; i++)
		states[from].how[i](c);
	assert_string_equal(state_of(c), states[from].name);
	answers(c);
	row->happens(c);
	assert_string_equal(answers(c), want->answer);
	if (!want->state) {
		assert_true(gone(c));
		return;
	}
	assert_string_equal(state_of(c), want->state);
	assert_int_equal(c->port->speak, want->voice == HEARD);
	assert_int_equal(is_kept_out(c), want->voice == KEPT_OUT);
}

static void every_state_meets_every_event(void **state)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (unsigned from = 0; from < 5; from++) {
			if (!table[i].can[from])
				continue;
			print_message("%s: %s\n", states[from].name, table[i].event);
			check_cell(&table[i], from);
			world_teardown(state);
			setup(state);
		}
}

/* ---- what people hear and what is kept ---------------------------------- */

static struct caller *asked(void)
{
	struct caller *c = call("1001");

	heard(c);
	record(true);
	world_run(0);
	assert_heard(c, QUESTION);
	return c;
}

static void who_agrees_is_heard_and_hears_so(void **state)
{
	struct caller *c = asked();

	(void)state;
	assert_false(c->port->speak);
	assert_string_equal(heard_by_all("1001"), "");
	keys(c, "1");
	assert_heard(c, "conf-unmuted");
	assert_string_equal(leg_str(c, "consent"), "yes");      /* while it goes on */
	assert_true(leg_has(c, "consent_at"));
	assert_string_equal(answers(c), "yes/member");
	keys(c, "*4");
	assert_heard(c, "conf-muted");
	hangup(c);
	world_run(100);
	assert_string_equal(leg_str(c, "consent"), "no");
	assert_string_equal(answers(c), "no/member");
}

static void the_question_is_asked_three_times_and_can_be_cut_short(void **state)
{
	struct caller *c = asked();

	(void)state;
	world_run(10010);
	assert_heard(c, QUESTION);
	world_run(10010);
	assert_string_equal(hears(c), QUESTION);
	keys(c, "2");                   /* while it is said */
	assert_heard(c, "conf-muted");
	assert_false(c->port->speak);
	world_run(LONG_MS);
	assert_heard(c, "");            /* no means no */
	keys(c, "*4");                  /* he has thought it over */
	world_run(0);
	assert_heard(c, QUESTION);
	world_run(10010);
	assert_heard(c, QUESTION);
	world_run(10010);
	assert_heard(c, QUESTION);
	world_run(10010);
	assert_heard(c, "conf-muted");
	assert_string_equal(leg_str(c, "consent"), "none");
}

static void a_sequence_of_the_menu_is_no_answer(void **state)
{
	struct caller *c = asked();

	(void)state;
	keys(c, "*3");
	assert_string_equal(state_of(c), "asked");
	keys(c, "*1");                  /* his own layer would change nothing */
	assert_string_equal(state_of(c), "asked");
	assert_false(c->port->speak);
	assert_int_equal(about(c).muted, MUTE_CONSENT);
	keys(c, "1");
	assert_true(c->port->speak);
}

static void other_layers_stay(void **state)
{
	struct caller *c = asked();
	struct leg *leg = hub_leg(world->hub, c->number);

	(void)state;
	assert_int_equal(leg_mute(leg, MUTE_MODERATOR, true, "test"), 0);
	keys(c, "1");
	assert_heard(c, "conf-muted");
	assert_false(c->port->speak);
	assert_int_equal(leg_mute(leg, MUTE_MODERATOR, false, "test"), 0);
	assert_true(c->port->speak);
}

static void who_comes_later_is_asked_after_his_welcome(void **state)
{
	struct caller *c, *a = asked();

	(void)state;
	keys(a, "1");
	c = call("1001");
	assert_false(c->port->speak);
	world_run(10);
	assert_heard(c, "conf-onlyone " QUESTION);
	assert_true(a->port->speak);
	keys(c, "1");
	assert_true(c->port->speak);
}

static void nobody_is_asked_who_is_not_heard(void **state)
{
	struct caller *c = call("1001"), *g = call("1001");

	(void)state;
	assert_int_equal(leg_ghost(hub_leg(world->hub, g->number), true, "test"), 0);
	heard(c);
	heard(g);
	record(true);
	world_run(10);
	assert_heard(c, QUESTION);
	assert_heard(g, "conf-now-recording");
	assert_string_equal(state_of(g), "");
	/* but as soon as he may be */
	assert_int_equal(leg_ghost(hub_leg(world->hub, g->number), false, "test"), 0);
	assert_false(g->port->speak);
	world_run(10);
	assert_heard(g, QUESTION);
}

static void in_a_break_out_nobody_needs_consent(void **state)
{
	struct caller *c = asked();
	struct leg *leg = hub_leg(world->hub, c->number);

	(void)state;
	assert_int_equal(room_breakout_make(room(), 2, "test"), 0);
	assert_int_equal(leg_breakout(leg, 1, "test"), 0);
	assert_true(c->port->speak);
	assert_string_equal(state_of(c), "");
	assert_int_equal(leg_breakout(leg, 0, "test"), 0);
	assert_false(c->port->speak);
	world_run(10);
	assert_string_equal(state_of(c), "asked");
}

static void who_waits_for_a_leader_is_asked_when_he_is_in(void **state)
{
	struct caller *c, *boss;

	(void)state;
	world_room("1002")->record_conference = true;
	c = join("1002", "1234");
	assert_string_equal(state_of(c), "");
	assert_false(is_kept_out(c));
	boss = join("1002", "4321");
	assert_string_equal(state_of(boss), "asked");
	assert_string_equal(state_of(c), "asked");
	assert_false(c->port->speak || boss->port->speak);
	keys(c, "1");
	hangup(boss);
	world_run(100);
	assert_string_equal(state_of(c), "yes");        /* waits again */
	join("1002", "4321");
	assert_true(c->port->speak);
}

static void the_file_begins_when_all_others_are_silent(void **state)
{
	struct caller *c = call("1001");
	const unsigned before = world->n_ports;

	(void)state;
	heard(c);
	world->command_error = -EAGAIN;
	record(true);
	world_run(3000);
	assert_true(c->port->speak);            /* media does not keep up */
	assert_int_equal(world->n_ports, before);
	world->command_error = 0;
	world_run(1000);
	assert_false(c->port->speak);
	assert_int_equal(world->n_ports, before + 1);
}

static void a_recording_that_has_not_begun_can_be_stopped(void **state)
{
	struct caller *c = call("1001");

	(void)state;
	heard(c);
	record(true);
	record(false);
	assert_true(world->recordings[0].ended);
	assert_true(c->port->speak);
	fake_recording_done(&world->recordings[0], 0);
	world_run(1000);
	assert_string_equal(leg_str(c, "consent") ? leg_str(c, "consent") : "", "");
	hangup(c);
	world_run(100);
	assert_string_equal(leg_str(c, "consent"), "none");
}

static void off_tells_nobody(void **state)
{
	struct caller *c = call("1001");

	(void)state;
	world_room("1001")->record_consent = DB_CONSENT_OFF;
	world_room_changed("1001");
	heard(c);
	record(true);
	assert_heard(call("1001"), "conf-onlyone");
	record(false);
	world_run(3000);
	assert_heard(c, "");
	assert_true(c->port->speak);
	assert_null(strstr(heard_by_all("1001"), "record"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_state_meets_every_event),
		TEST(who_agrees_is_heard_and_hears_so),
		TEST(the_question_is_asked_three_times_and_can_be_cut_short),
		TEST(a_sequence_of_the_menu_is_no_answer),
		TEST(other_layers_stay),
		TEST(who_comes_later_is_asked_after_his_welcome),
		TEST(nobody_is_asked_who_is_not_heard),
		TEST(in_a_break_out_nobody_needs_consent),
		TEST(who_waits_for_a_leader_is_asked_when_he_is_in),
		TEST(the_file_begins_when_all_others_are_silent),
		TEST(a_recording_that_has_not_begun_can_be_stopped),
		TEST(off_tells_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
