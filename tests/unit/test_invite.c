/*
 * test_invite.c - people who are invited, and whoever is not let in: PINs of
 * their own, PINs that are good once, and each refusal as it is said, answered by
 * SIP and recorded. The world is t_world.c's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/counter.h"
#include "call/refusal.h"
#include "t_world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static const struct db_invite ada = { .id = 7, .name = "Ada Byron" };
static const struct db_invite once = { .id = 8, .name = "Guest", .once = true };

/* Calls a room that asks, and types the PIN of one who is invited. */
static struct caller *types_pin_of(const struct db_invite *invite)
{
	struct caller *c = call("1000");

	heard(c);
	world->pin_by_hand = true;
	keys(c, "7777#");
	world->invite = *invite;
	world_pin(DB_PIN_USER);
	return c;
}

/* ---- invitees ----------------------------------------------------------- */

static void who_is_invited_is_called_as_he_was_invited(void **state)
{
	struct caller *c = types_pin_of(&ada);
	struct leg_info info;

	(void)state;
	assert_true(in_room(c, "1000"));
	assert_string_equal(leg_str(c, "admitted_by"), "invite");
	assert_string_equal(leg_str(c, "invite_name"), "Ada Byron");
	assert_int_equal(leg_int(c, "invite_id"), 7);
	leg_info(hub_leg(world->hub, c->number), &info);
	assert_string_equal(record_name(&info.rec), "Ada Byron");
	assert_int_equal(world->n_claims, 0);
}

static void an_invitee_may_be_a_moderator_and_come_by_uri(void **state)
{
	struct caller *c;

	(void)state;
	world->pin_is_forced = true;
	world->pin_forced = DB_PIN_MODERATOR;
	world->invite = ada;
	c = call_with("1000", "7777", offer(""));
	assert_true(in_room(c, "1000"));
	assert_string_equal(leg_str(c, "role"), "moderator");
	assert_string_equal(leg_str(c, "admitted_by"), "uri_moderator_invite");
}

static void a_room_with_invitees_asks_even_where_no_pin_is_needed(void **state)
{
	struct caller *a, *b;

	(void)state;
	world_room("1001")->has_invites = true;
	a = call("1001");
	b = call("1001");
	assert_string_equal(hears(a), "conf-getpin");
	keys(a, "#");
	assert_true(in_room(a, "1001"));
	assert_string_equal(leg_str(a, "admitted_by"), "none");
	world->pin_by_hand = true;
	keys(b, "55#");
	world->invite = ada;
	world_pin(DB_PIN_USER);
	assert_string_equal(leg_str(b, "invite_name"), "Ada Byron");
}

static void a_room_for_invitees_takes_nobody_else_but_moderators(void **state)
{
	struct caller *a, *b, *c, *d;

	(void)state;
	world_room("1000")->invite_only = true;
	a = types_pin_of(&ada);
	assert_true(in_room(a, "1000"));
	world->pin_by_hand = false;
	b = call("1000");
	keys(b, "1234#");
	heard(b);
	assert_string_equal(leg_str(b, "refused"), "not_allowed");
	c = call("1000");
	keys(c, "4321#");
	assert_true(in_room(c, "1000"));
	world_room("1003")->invite_only = true;
	d = call("1003");
	heard(d);
	for (int i = 0; i < 3; i++) {
		keys(d, "#");           /* nothing is no PIN here */
		heard(d);
	}
	assert_string_equal(leg_str(d, "refused"), "no_input");
}

/* ---- good once ---------------------------------------------------------- */

static void a_pin_that_is_good_once_is_used_up_before_he_sits(void **state)
{
	struct caller *c = types_pin_of(&once);

	(void)state;
	assert_int_equal(world->n_claims, 1);
	assert_int_equal(world->claim.id, 8);
	assert_false(in_room(c, "1000"));
	world->pin_by_hand = false;
	world_run(0);
	assert_true(in_room(c, "1000"));
	hangup(c);
	assert_int_equal(world->n_unclaims, 0); /* he was in */
}

static void who_comes_second_by_it_is_told_so(void **state)
{
	struct caller *c = types_pin_of(&once);

	(void)state;
	world->claim_result = DB_PIN_USED;
	world->pin_by_hand = false;
	world_run(0);
	heard(c);
	assert_string_equal(leg_str(c, "refused"), "pin_used");
	assert_int_equal(world->n_unclaims, 0);
}

static void a_guess_alone_does_not_use_it(void **state)
{
	struct caller *c;

	(void)state;
	world_room("1000")->locked = true;
	c = types_pin_of(&once);
	heard(c);
	assert_string_equal(leg_str(c, "refused"), "locked");
	assert_int_equal(world->n_claims, 0);
}

static void who_hangs_up_on_the_way_still_has_it(void **state)
{
	struct caller *c = types_pin_of(&once);

	(void)state;
	hangup(c);
	assert_int_equal(world->n_claims, 1);
	assert_int_equal(world->n_unclaims, 1);
	world->pin_by_hand = false;
	world_run(0);                           /* the answer finds him gone */
	assert_int_equal(hub_rooms(world->hub), 0);
}

static void who_is_refused_after_it_was_taken_gets_it_back(void **state)
{
	struct caller *c = types_pin_of(&once);

	(void)state;
	world_room("1000")->locked = true;
	world->pin_by_hand = false;
	world_run(0);
	heard(c);
	assert_string_equal(leg_str(c, "refused"), "locked");
	assert_int_equal(world->n_unclaims, 1);
}

static void a_database_that_does_not_say_is_waited_for_ten_seconds(void **state)
{
	struct caller *c = types_pin_of(&once);

	(void)state;
	world_run(10000);
	heard(c);
	assert_string_equal(leg_str(c, "refused"), "pin_unchecked");
	assert_int_equal(world->n_unclaims, 1);
	world->claim_is_open = false;
}

/* ---- who is counted ----------------------------------------------------- */

static void a_guess_is_told_by_source_and_caller(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->pin_by_hand = true;
	keys(c, "1#");
	assert_string_equal(world->pin_source, "10.0.0.1");
	assert_non_null(strstr(world->pin_caller, "sip:"));
	world_pin(DB_PIN_WRONG);
}

/* ---- refusals: heard, recorded ------------------------------------------ */

static const struct {
	enum db_pin result;
	uint32_t wait_s;
	const char *heard, *refused;
	int status;
} pins[] = {
	{ DB_PIN_BLOCKED, 61, "sorry-youre-having-problems please-try-call-later "
	  "digits/2 minutes vm-goodbye", "blocked", 480 },
	{ DB_PIN_NOT_YET, 60, "im-sorry please-try-call-later digits/1 minute "
	  "vm-goodbye", "not_yet", 480 },
	{ DB_PIN_NOT_YET, 86400, "im-sorry please-try-call-later vm-goodbye",
	  "not_yet", 480 },
	{ DB_PIN_ENDED, 0, "conf-invalidpin vm-goodbye", "pin_ended", 403 },
	{ DB_PIN_USED, 0, "im-sorry conf-invalidpin vm-goodbye", "pin_used", 403 },
	{ DB_PIN_FAILED, 0, "sorry please-try-call-later vm-goodbye",
	  "pin_unchecked", 503 }
};

static void what_a_pin_is_not_good_for_is_said(void **state)
{
	(void)state;
	world->pin_by_hand = true;
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		struct caller *c = call("1000");

		heard(c);
		keys(c, "7777#");
		world->pin_wait_s = pins[i].wait_s;
		world_pin(pins[i].result);
		assert_string_equal(heard(c), pins[i].heard);
		assert_string_equal(leg_str(c, "refused"), pins[i].refused);
		assert_int_equal(leg_int(c, "sip_status"), 200);
		assert_true(c->ss.bye);
	}
}

static void it_is_a_status_where_refusals_are_not_answered(void **state)
{
	(void)state;
	world->pin_by_hand = true;
	world_room("1000")->answer_refusals = false;
	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		struct caller *c = invite("1000", "7777", offer(""));

		world->pin_wait_s = pins[i].wait_s;
		assert_int_equal(c->ss.status, 0);      /* not before it is known */
		world_pin(pins[i].result);
		world_run(0);
		assert_int_equal(c->ss.status, pins[i].status);
		assert_int_equal(c->ss.retry_s, pins[i].status == 503 ? 5
				 : pins[i].wait_s);
		assert_true(c->ss.cause > 0 && *c->ss.text);
		assert_string_equal(leg_str(c, "refused"), pins[i].refused);
		assert_int_equal(leg_int(c, "sip_status"), pins[i].status);
		assert_false(leg_has(c, "answered"));
	}
}

static void a_wrong_pin_in_the_uri_is_403_there(void **state)
{
	struct caller *a, *b, *c;

	(void)state;
	world_room("1000")->answer_refusals = false;
	a = invite("1000", "999", offer(""));
	world_run(0);
	assert_int_equal(a->ss.status, 403);
	assert_int_equal(a->ss.cause, 21);
	assert_string_equal(leg_str(a, "refused"), "wrong_pin");
	assert_int_equal(leg_int(a, "tries"), 1);
	b = invite("1000", "no digits", offer(""));
	assert_int_equal(b->ss.status, 403);
	c = call_with("1000", "1234", offer(""));
	world_run(0);
	ack(c);
	assert_true(in_room(c, "1000"));
	assert_string_equal(leg_str(c, "admitted_by"), "uri_pin");
}

static void full_and_locked_are_statuses_after_the_pin(void **state)
{
	struct caller *c;

	(void)state;
	world_room("1000")->answer_refusals = false;
	world_room("1000")->max_members = 1;
	join("1000", "1234");
	c = invite("1000", "1234", offer(""));
	world_run(0);
	assert_int_equal(c->ss.status, 486);
	assert_string_equal(leg_str(c, "refused"), "full");
	c = invite("1000", "4321", offer(""));  /* moderators always come in */
	world_run(0);
	assert_int_equal(c->ss.status, 200);
	ack(c);
	assert_true(in_room(c, "1000"));
}

static void who_gives_up_before_his_pin_was_looked_at_is_gone(void **state)
{
	struct caller *c;

	(void)state;
	world->pin_by_hand = true;
	world_room("1000")->answer_refusals = false;
	c = invite("1000", "1234", offer(""));
	hangup(c);
	assert_true(gone(c));
	world_pin(DB_PIN_USER);
	assert_int_equal(hub_rooms(world->hub), 0);
}

/* ---- the table ---------------------------------------------------------- */

/* Each refusal by itself: no two sound alike, every one has a word, a cause and
 * a sentence, and a status that is a refusal. */
static void no_two_refusals_sound_alike(void **state)
{
	static struct say said[END__MAX];
	unsigned n = 0;

	(void)state;
	for (int i = 0; i < END__MAX; i++) {
		const enum end_reason why = (enum end_reason)i;
		const int status = refusal_status(why);

		refusal_say(&said[i], LANG_EN, why, 0);
		assert_true(status >= 400 && status < 700);
		assert_true(refusal_retry_s(why, 1u << 31) <= 86400);
		if (!said[i].n)
			continue;
		n++;
		assert_string_equal(end_word(why), "refused");
		assert_true(end_cause(why) > 0 && *end_text(why));
		for (int k = 0; k < i; k++)
			assert_true(said[k].n != said[i].n ||
				    memcmp(said[k].what, said[i].what, said[i].n) != 0 ||
				    !said[k].n);
	}
	assert_int_equal(n, 13);        /* all but the silence of who types nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_invited_is_called_as_he_was_invited),
		TEST(an_invitee_may_be_a_moderator_and_come_by_uri),
		TEST(a_room_with_invitees_asks_even_where_no_pin_is_needed),
		TEST(a_room_for_invitees_takes_nobody_else_but_moderators),
		TEST(a_pin_that_is_good_once_is_used_up_before_he_sits),
		TEST(who_comes_second_by_it_is_told_so),
		TEST(a_guess_alone_does_not_use_it),
		TEST(who_hangs_up_on_the_way_still_has_it),
		TEST(who_is_refused_after_it_was_taken_gets_it_back),
		TEST(a_database_that_does_not_say_is_waited_for_ten_seconds),
		TEST(a_guess_is_told_by_source_and_caller),
		TEST(what_a_pin_is_not_good_for_is_said),
		TEST(it_is_a_status_where_refusals_are_not_answered),
		TEST(a_wrong_pin_in_the_uri_is_403_there),
		TEST(full_and_locked_are_statuses_after_the_pin),
		TEST(who_gives_up_before_his_pin_was_looked_at_is_gone),
		cmocka_unit_test(no_two_refusals_sound_alike)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
