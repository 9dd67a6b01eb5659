/*
 * test_ivr.c - from the INVITE to the door of a room: room numbers, PINs and
 * what can be wrong with them. SIP, media, files and the database are those of
 * t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/counter.h"
#include "t_world.h"

#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define assert_refused(c, why) assert_string_equal(leg_str(c, "refused"), why)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* ---- the way in --------------------------------------------------------- */

static void a_call_is_answered_at_once_and_asked_for_its_pin(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	assert_int_equal(c->ss.status, 200);
	assert_non_null(strstr(c->ss.sdp, "m=audio 20000 RTP/AVP 0 101"));
	assert_non_null(strstr(c->ss.sdp, "c=IN IP4 192.0.2.1"));
	assert_heard(c, "conf-getpin");
	assert_false(in_room(c, "1000"));
}

static void nothing_is_said_before_the_ack(void **state)
{
	struct caller *c = invite("1000", NULL, offer(""));

	(void)state;
	world_run(1000);
	assert_heard(c, "");
	assert_int_equal(c->port->stream.audio.dir, SDP_RECVONLY);
	ack(c);
	assert_heard(c, "conf-getpin");
	assert_int_equal(c->port->stream.audio.dir, SDP_SENDRECV);
}

static void the_right_pin_lets_in(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	heard(c);
	keys(c, "1234#");
	assert_true(in_room(c, "1000"));
	assert_true(c->port->speak && c->port->hear);
	assert_heard(c, "conf-onlyperson");
	assert_string_equal(leg_str(c, "role"), "member");
	assert_string_equal(leg_str(c, "admitted_by"), "pin");
	assert_string_equal(leg_str(c, "dtmf") ? "set" : "not yet", "not yet");
}

static void the_moderators_pin_makes_a_moderator(void **state)
{
	struct caller *c = join("1000", "4321");

	(void)state;
	assert_true(in_room(c, "1000"));
	assert_string_equal(leg_str(c, "role"), "moderator");
	assert_string_equal(leg_str(c, "admitted_by"), "moderator_pin");
}

static void a_pause_ends_a_pin_too(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	heard(c);
	keys(c, "1234");
	world_run(2000);
	assert_false(in_room(c, "1000"));
	world_run(1000);
	assert_true(in_room(c, "1000"));
}

static void a_key_interrupts_the_prompt(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	assert_int_equal(c->port->play.n, 1);
	keys(c, "1");
	assert_int_equal(c->port->play.n, 0);
	keys(c, "234#");
	assert_true(in_room(c, "1000"));
}

static void a_star_begins_the_pin_anew(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	keys(c, "99*1234#");
	assert_true(in_room(c, "1000"));
}

static void a_room_without_a_pin_lets_in_at_once(void **state)
{
	struct caller *c = call("1001");

	(void)state;
	assert_true(in_room(c, "1001"));
	assert_heard(c, "conf-onlyperson");
	assert_string_equal(leg_str(c, "admitted_by"), "none");
	assert_int_equal(world->n_asked, 0);
}

static void where_only_moderators_have_a_pin_none_lets_in(void **state)
{
	struct caller *a = call("1003"), *b = call("1003"), *c = call("1003");

	(void)state;
	assert_heard(a, "conf-getpin");
	keys(a, "#");
	assert_true(in_room(a, "1003"));
	assert_string_equal(leg_str(a, "role"), "member");
	heard(b);
	world_run(10000);
	assert_true(in_room(b, "1003"));
	keys(c, "4321#");
	assert_string_equal(leg_str(c, "role"), "moderator");
}

static void a_pin_in_the_uri_is_taken(void **state)
{
	struct caller *a = call_with("1000", "1234", offer(""));
	struct caller *b = call("1000*4321");

	(void)state;
	assert_true(in_room(a, "1000"));
	assert_heard(a, "conf-onlyperson");
	assert_string_equal(leg_str(a, "admitted_by"), "uri_pin");
	assert_true(in_room(b, "1000"));
	assert_string_equal(leg_str(b, "admitted_by"), "uri_moderator_pin");
	assert_string_equal(leg_str(b, "dialled"), "1000*");
}

static void a_wrong_pin_in_the_uri_is_asked_for(void **state)
{
	struct caller *a = call_with("1000", "999", offer(""));
	struct caller *b = call_with("1000", "not-digits", offer(""));
	struct caller *c = call("1000*11111111112222222222333333333344444444");

	(void)state;
	assert_string_equal(hears(a), "conf-invalidpin");
	assert_string_equal(hears(b), "conf-invalidpin");
	assert_string_equal(hears(c), "conf-invalidpin");
	assert_true(played(a));
	world_run(1000);
	assert_heard(a, "conf-getpin");
	keys(a, "1234#");
	assert_true(in_room(a, "1000"));
	assert_int_equal(leg_int(a, "tries"), 1);
}

static void join_asks_for_the_room_then_the_pin(void **state)
{
	struct caller *c = call("join");

	(void)state;
	assert_heard(c, "conf-getconfno");
	keys(c, "1000#");
	assert_heard(c, "conf-getpin");
	keys(c, "1234#");
	assert_true(in_room(c, "1000"));
	assert_string_equal(leg_str(c, "dialled"), "join");
	assert_string_equal(leg_str(c, "room"), "1000");
}

static void number_and_pin_can_be_typed_in_one(void **state)
{
	struct caller *a = call("JOIN"), *b = call_with("join", "1234", offer(""));

	(void)state;
	keys(a, "1000*1234#");
	assert_true(in_room(a, "1000"));
	keys(b, "1000#");
	assert_true(in_room(b, "1000"));
}

/* ---- what can be wrong -------------------------------------------------- */

static void wrong_try(struct caller *c, const char *pin)
{
	keys(c, pin);
	keys(c, "#");
}

static void three_wrong_pins_are_the_end(void **state)
{
	struct caller *c = call("1000");
	uint64_t wrong = counter_get(CNT_PIN_WRONG);

	(void)state;
	assert_heard(c, "conf-getpin");
	wrong_try(c, "1111");
	assert_heard(c, "conf-invalidpin");
	world_run(1000);
	assert_heard(c, "conf-getpin");
	wrong_try(c, "2222");
	heard(c);
	world_run(1000);
	heard(c);
	wrong_try(c, "3333");
	assert_string_equal(hears(c), "confbridge-pin-bad vm-goodbye");
	assert_false(c->ss.bye);
	played(c);
	assert_true(c->ss.bye);
	assert_true(gone(c));
	assert_ended(c, "refused");
	assert_refused(c, "wrong_pin");
	assert_int_equal(leg_int(c, "tries"), 3);
	assert_int_equal(leg_int(c, "sip_status"), 200);
	assert_false(leg_has(c, "role"));
	assert_false(leg_has(c, "conference_id"));
	assert_int_equal(counter_get(CNT_PIN_WRONG) - wrong, 3);
	assert_int_equal(hub_rooms(world->hub), 0);
}

/* All callers of this world come from one address. */
static void a_guesser_is_not_listened_to_for_a_while(void **state)
{
	uint64_t limited = counter_get(CNT_PIN_LIMITED);
	struct config config = world->config;
	struct caller *c;

	(void)state;
	config.rooms.wrong_rate = 5;
	hub_set_config(world->hub, &config);
	for (unsigned i = 0; i < 5; i++) {
		c = call_with("1000", "1111", offer(""));
		assert_heard(c, "conf-invalidpin");
		hangup(c);
	}
	assert_int_equal(counter_get(CNT_PIN_LIMITED) - limited, 0);

	c = call_with("1000", "1234", offer(""));
	assert_heard(c, "sorry-youre-having-problems please-try-call-later vm-goodbye");
	assert_true(gone(c));
	assert_refused(c, "blocked");
	assert_int_equal(counter_get(CNT_PIN_LIMITED) - limited, 1);

	world_run(12000);
	c = call_with("1000", "1234", offer(""));
	assert_true(in_room(c, "1000"));
	hub_set_config(world->hub, &world->config);
}

static void keys_typed_during_the_invalid_prompt_are_the_next_try(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->config.rooms.tries_pause = 3000;
	heard(c);
	wrong_try(c, "1111");
	assert_string_equal(hears(c), "conf-invalidpin");
	keys(c, "1234#");
	assert_false(in_room(c, "1000"));       /* the pause comes first */
	world_run(3000);
	assert_true(in_room(c, "1000"));
	assert_heard(c, "conf-onlyperson");
}

static void keys_typed_while_the_pin_is_checked_are_the_next_try(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->pin_by_hand = true;
	heard(c);
	keys(c, "1111#12");
	world_pin(DB_PIN_WRONG);
	keys(c, "34#");
	world_run(1000);
	assert_int_equal(world->n_asked, 1);
	assert_string_equal(world->asked[0].pin, "1234");
	world_pin(DB_PIN_USER);
	assert_true(in_room(c, "1000"));
}

static void a_pin_of_any_length_is_looked_up(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->pin_by_hand = true;
	keys(c, "1#");
	assert_string_equal(world->asked[0].pin, "1");
	world_pin(DB_PIN_WRONG);
	keys(c, "1234567890123456789012345678901#");
	world_run(1000);
	assert_string_equal(world->asked[0].pin, "1234567890123456789012345678901");
	world_pin(DB_PIN_USER);
	assert_true(in_room(c, "1000"));
}

static void a_pin_longer_than_any_is_wrong_unasked(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->pin_by_hand = true;
	for (int i = 0; i < 30; i++)
		keys(c, "1234567890");
	keys(c, "#");
	assert_int_equal(world->n_asked, 0);
	assert_int_equal(c->port->play.n, 1);
	heard(c);
	assert_int_equal(hub_legs(world->hub), 1);
}

static void silence_is_asked_again_then_the_end(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_heard(c, "conf-getpin");
		world_run(10000);
	}
	assert_heard(c, "vm-goodbye");
	assert_refused(c, "no_input");
	assert_true(c->ss.bye);
}

static void an_unknown_room_is_told_and_asked_again(void **state)
{
	struct caller *c = call("7777");

	(void)state;
	assert_int_equal(c->ss.status, 200);
	assert_heard(c, "conf-invalid");
	world_run(1000);
	assert_heard(c, "conf-getconfno");
	keys(c, "8888#");
	assert_heard(c, "conf-invalid");
	world_run(1000);
	heard(c);
	keys(c, "1001#");
	assert_true(in_room(c, "1001"));
	assert_int_equal(leg_int(c, "tries"), 2);
}

static void three_unknown_rooms_are_the_end(void **state)
{
	struct caller *c = call("7777");

	(void)state;
	heard(c);
	world_run(1000);
	keys(c, "1#");
	heard(c);
	world_run(1000);
	keys(c, "12345678901234567890123456789012345#");
	heard(c);
	assert_true(gone(c));
	assert_refused(c, "no_such_room");
}

static void an_unknown_room_is_404_where_so_configured(void **state)
{
	struct caller *c;

	(void)state;
	world->config.rooms.unknown = CONFIG_UNKNOWN_404;
	c = call("7777*1234");
	assert_int_equal(c->ss.status, 404);
	assert_null(c->port);
	assert_true(gone(c));
	assert_ended(c, "refused");
	assert_refused(c, "no_such_room");
	assert_int_equal(leg_int(c, "sip_status"), 404);
	assert_string_equal(leg_str(c, "dialled"), "7777*");
	assert_false(leg_has(c, "answered"));
}

static void a_pin_that_cannot_be_checked_ends_the_call(void **state)
{
	struct caller *a = call("1000"), *b = call("1000"), *c = call("1000");

	(void)state;
	world->pin_is_forced = true;
	world->pin_forced = DB_PIN_FAILED;
	heard(a);
	keys(a, "1234#");
	assert_heard(a, "sorry please-try-call-later vm-goodbye");
	assert_refused(a, "pin_unchecked");

	world->pin_error = -EAGAIN;
	heard(b);
	keys(b, "1234#");
	assert_heard(b, "sorry please-try-call-later vm-goodbye");
	assert_true(gone(b));

	world->pin_error = 0;
	world->pin_by_hand = true;
	heard(c);
	keys(c, "1234#");
	world_run(9000);
	assert_false(leg_is_ending(hub_leg(world->hub, c->number)));
	world_run(1000);
	assert_heard(c, "sorry please-try-call-later vm-goodbye");
	assert_refused(c, "pin_unchecked");
	world_pin(DB_PIN_USER);         /* finds it gone */
	assert_int_equal(hub_rooms(world->hub), 0);
}

static void a_late_answer_finds_the_leg_gone(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->pin_by_hand = true;
	keys(c, "1234#");
	hangup(c);
	assert_true(gone(c));
	world_pin(DB_PIN_USER);
	assert_int_equal(hub_rooms(world->hub), 0);
	assert_ended(c, "bye");
	assert_false(leg_has(c, "refused"));
}

static void an_answer_that_nobody_waits_for_changes_nothing(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world_pin_for(c->number, DB_PIN_MODERATOR);
	world_pin_for(999, DB_PIN_MODERATOR);
	assert_false(in_room(c, "1000"));
	assert_heard(c, "conf-getpin");
}

static void a_room_that_went_while_the_pin_was_typed_is_no_room(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->pin_by_hand = true;
	keys(c, "1234#");
	world_room("1000")->number[0] = 'x';
	world_pin(DB_PIN_USER);
	assert_string_equal(hears(c), "conf-getpin conf-invalid vm-goodbye");
	played(c);
	assert_refused(c, "no_such_room");

	c = call("1001");
	heard(c);
	c = call("1003");
	world->pin_error = -ENOENT;             /* the database knows it first */
	keys(c, "4321#");
	heard(c);
	assert_refused(c, "no_such_room");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_answered_at_once_and_asked_for_its_pin),
		TEST(nothing_is_said_before_the_ack),
		TEST(the_right_pin_lets_in),
		TEST(the_moderators_pin_makes_a_moderator),
		TEST(a_pause_ends_a_pin_too),
		TEST(a_key_interrupts_the_prompt),
		TEST(a_star_begins_the_pin_anew),
		TEST(a_room_without_a_pin_lets_in_at_once),
		TEST(where_only_moderators_have_a_pin_none_lets_in),
		TEST(a_pin_in_the_uri_is_taken),
		TEST(a_wrong_pin_in_the_uri_is_asked_for),
		TEST(join_asks_for_the_room_then_the_pin),
		TEST(number_and_pin_can_be_typed_in_one),
		TEST(three_wrong_pins_are_the_end),
		TEST(a_guesser_is_not_listened_to_for_a_while),
		TEST(keys_typed_during_the_invalid_prompt_are_the_next_try),
		TEST(keys_typed_while_the_pin_is_checked_are_the_next_try),
		TEST(a_pin_of_any_length_is_looked_up),
		TEST(a_pin_longer_than_any_is_wrong_unasked),
		TEST(silence_is_asked_again_then_the_end),
		TEST(an_unknown_room_is_told_and_asked_again),
		TEST(three_unknown_rooms_are_the_end),
		TEST(an_unknown_room_is_404_where_so_configured),
		TEST(a_pin_that_cannot_be_checked_ends_the_call),
		TEST(a_late_answer_finds_the_leg_gone),
		TEST(an_answer_that_nobody_waits_for_changes_nothing),
		TEST(a_room_that_went_while_the_pin_was_typed_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
