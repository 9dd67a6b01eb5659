/*
 * test_leg.c - call legs: refusals, offers and answers, hold, keys, endings,
 * every event in every state. SIP, media, files and the database are those of
 * t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "call/leg_int.h"
#include "t_world.h"

#define assert_heard(c, what) assert_string_equal(heard(c), what)
#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define assert_refused(c, why) assert_string_equal(leg_str(c, "refused"), why)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static void set_true(void *arg)
{
	*(bool *)arg = true;
}

/* ---- refusals of the INVITE --------------------------------------------- */

static const char no_codec[] =
	"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
	"m=audio 4000 RTP/AVP 99\r\na=rtpmap:99 FOO/8000\r\n";
static const char srtp_only[] =
	"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
	"m=audio 4000 RTP/SAVP 0\r\n";

static void an_offer_without_a_usable_codec_is_488(void **state)
{
	struct caller *a = call_with("1000", NULL, no_codec);
	struct caller *b = call_with("1000", NULL, srtp_only);

	(void)state;
	assert_int_equal(a->ss.status, 488);
	assert_int_equal(a->ss.warning, 305);
	assert_true(gone(a));
	assert_true(a->port->closed);
	assert_refused(a, "no_codec");
	assert_int_equal(leg_int(a, "sip_status"), 488);
	assert_int_equal(b->ss.status, 488);
	assert_int_equal(b->ss.warning, 302);
}

static void sdp_that_does_not_parse_is_400(void **state)
{
	struct caller *c = call_with("1000", NULL, "v=1\r\nhello");

	(void)state;
	assert_int_equal(c->ss.status, 400);
	assert_refused(c, "bad_sdp");
}

static void without_ports_it_is_503(void **state)
{
	struct caller *c;

	(void)state;
	world->port_error = -EADDRINUSE;
	c = call("1000");
	assert_int_equal(c->ss.status, 503);
	assert_true(c->ss.retry_s > 0);
	assert_null(c->port);
	assert_refused(c, "no_media");
	assert_true(gone(c));
}

static void a_worker_that_does_not_keep_up_refuses_the_call(void **state)
{
	struct caller *c;

	(void)state;
	world->command_error = -EAGAIN;
	c = call("1000");
	assert_int_equal(c->ss.status, 500);
	assert_refused(c, "no_media");
	assert_true(c->port->closed);
}

static void new_calls_are_refused_while_there_is_no_room_for_them(void **state)
{
	(void)state;
	world->config.media.legs_max = 2;
	assert_int_equal(hub_sip_ops.busy(world->hub), 0);
	call("1001");
	assert_int_equal(hub_sip_ops.busy(world->hub), 0);
	call("1001");
	assert_true(hub_sip_ops.busy(world->hub) > 0);
}

/* ---- ringing ------------------------------------------------------------- */

static void it_rings_first_where_so_configured(void **state)
{
	struct caller *c;

	(void)state;
	world->config.rooms.ring = 2000;
	c = invite("1001", NULL, offer(""));
	world_run(1999);
	assert_int_equal(c->ss.progress, 1);
	assert_int_equal(c->ss.status, 0);
	world_run(1);
	assert_int_equal(c->ss.status, 200);
	ack(c);
	assert_true(in_room(c, "1001"));
}

static void cancel_while_it_rings_ends_all(void **state)
{
	struct caller *c;

	(void)state;
	world->config.rooms.ring = 2000;
	c = invite("1001", NULL, offer(""));
	c->ss.over = true;
	c->ss.ops->on_end(c->ss.arg, SIP_END_CANCEL, "CANCEL");
	world_run(3000);
	assert_true(gone(c));
	assert_ended(c, "cancel");
	assert_int_equal(leg_int(c, "sip_status"), 487);
	assert_false(leg_has(c, "answered"));
}

static void what_rings_is_refused_when_the_server_stops(void **state)
{
	struct caller *a, *b;
	bool done = false;

	(void)state;
	world->config.rooms.ring = 60000;
	a = invite("1001", NULL, offer(""));
	b = invite("1001", NULL, offer(""));
	leg_kick(hub_leg(world->hub, b->number), false, "test");
	assert_int_equal(b->ss.status, 480);
	hub_drain(world->hub, 1, set_true, &done);
	world_run(1000);
	assert_int_equal(a->ss.status, 503);
	assert_ended(a, "shutdown");
	assert_true(done);
}

/* ---- delayed offer, changes, hold --------------------------------------- */

static void a_delayed_offer_is_ours_and_answered_in_the_ack(void **state)
{
	struct caller *c = invite("1001", NULL, NULL);
	const char *answer = offer("");

	(void)state;
	assert_int_equal(c->ss.status, 200);
	assert_non_null(strstr(c->ss.sdp, "m=audio 20000 RTP/AVP 0 8"));
	assert_int_equal(c->port->streams, 0);
	c->ss.ops->on_answer(c->ss.arg, answer, strlen(answer));
	assert_false(in_room(c, "1001"));
	ack(c);
	assert_true(in_room(c, "1001"));
	assert_string_equal(c->port->stream.audio.codec->name, "PCMU");
}

static void the_ack_may_be_told_before_its_answer(void **state)
{
	struct caller *c = invite("1001", NULL, NULL);
	const char *answer = offer("");

	(void)state;
	ack(c);
	assert_false(in_room(c, "1001"));
	c->ss.ops->on_answer(c->ss.arg, answer, strlen(answer));
	assert_true(in_room(c, "1001"));
}

static void an_answer_that_is_no_good_ends_the_call(void **state)
{
	struct caller *a = invite("1001", NULL, NULL);
	struct caller *b = invite("1001", NULL, NULL);

	(void)state;
	a->ss.ops->on_answer(a->ss.arg, no_codec, strlen(no_codec));
	assert_true(a->ss.bye);
	assert_int_equal(a->ss.cause, 88);
	b->ss.ops->on_answer(b->ss.arg, "nonsense", 8);
	assert_true(b->ss.bye);
	world_run(0);
	assert_refused(a, "no_codec");
	assert_refused(b, "bad_sdp");
}

static void a_later_answer_that_is_no_good_changes_nothing(void **state)
{
	struct caller *c = call("1001");

	(void)state;
	c->ss.ops->on_offer(c->ss.arg, NULL, 0);
	c->ss.ops->on_answer(c->ss.arg, no_codec, strlen(no_codec));
	assert_false(c->ss.over);
	assert_true(in_room(c, "1001") && c->port->speak);
}

/* A session timer that is refreshed by our last description. */
static void our_own_answer_may_be_answered_again(void **state)
{
	struct caller *c = call("1001");
	const char *answer = offer("");

	(void)state;
	c->ss.ops->on_answer(c->ss.arg, answer, strlen(answer));
	assert_false(c->ss.over);
	assert_true(in_room(c, "1001") && c->port->speak);
	assert_string_equal(c->port->stream.audio.codec->name, "PCMU");
}

static void an_answered_call_that_never_comes_up_is_ended(void **state)
{
	struct caller *c = invite("1001", NULL, offer(""));

	(void)state;
	world_run(39000);
	assert_false(c->ss.over);
	world_run(1000);
	assert_true(c->ss.bye);
	assert_ended(c, "no_ack");
}

static void a_change_of_codec_and_address_reaches_media(void **state)
{
	struct caller *c = call("1001");
	const char *to_pcma =
		"v=0\r\no=- 1 2 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\n"
		"t=0 0\r\nm=audio 6000 RTP/AVP 8\r\n";
	char ip[ADDR_LEN];

	(void)state;
	assert_true(c->port->stream.inband_dtmf);
	c->ss.ops->on_offer(c->ss.arg, to_pcma, strlen(to_pcma));
	assert_int_equal(c->ss.change, 200);
	assert_string_equal(c->port->stream.audio.codec->name, "PCMA");
	assert_string_equal(addr_print(&c->port->stream.audio.rtp, ip),
			    "10.0.0.9:6000");
	assert_true(c->port->stream.inband_dtmf);
	assert_true(c->port->stream.latch);
	assert_int_equal(c->port->stream.timeout_ms, 30000);
	hangup(c);
	assert_string_equal(leg_str(c, "codec"), "PCMA");
}

static void tones_are_looked_for_where_a_telephone_line_may_be(void **state)
{
	static const char wide[] =
		"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\n"
		"t=0 0\r\nm=audio 4000 RTP/AVP 96 101\r\n"
		"a=rtpmap:96 L16/16000\r\n"
		"a=rtpmap:101 telephone-event/16000\r\n";
	static const char line[] =
		"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\n"
		"t=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\n"
		"a=rtpmap:101 telephone-event/8000\r\n";
	struct caller *a, *b;

	(void)state;
	str_copy(world->config.media.codecs, sizeof(world->config.media.codecs),
		 "L16/16000,PCMU");
	a = call_with("1001", NULL, wide);
	b = call_with("1001", NULL, line);
	assert_int_equal(a->port->stream.audio.n_event, 1);
	assert_false(a->port->stream.inband_dtmf);
	assert_int_equal(b->port->stream.audio.n_event, 1);
	assert_true(b->port->stream.inband_dtmf);
}

static void a_change_that_is_no_good_leaves_the_call_as_it_was(void **state)
{
	struct caller *c = call("1001");
	unsigned streams = c->port->streams;

	(void)state;
	c->ss.ops->on_offer(c->ss.arg, no_codec, strlen(no_codec));
	assert_int_equal(c->ss.change, 488);
	assert_int_equal(c->port->streams, streams);
	assert_true(in_room(c, "1001"));
	world->command_error = -EAGAIN;
	assert_int_equal(reinvite(c, "a=ptime:40\r\n"), 500);
	world->command_error = 0;
	assert_int_equal(reinvite(c, "a=ptime:40\r\n"), 200);
}

static void a_reinvite_without_an_offer_gets_ours(void **state)
{
	struct caller *c = call("1001");
	const char *answer = offer("a=sendonly\r\n");

	(void)state;
	c->ss.ops->on_offer(c->ss.arg, NULL, 0);
	assert_int_equal(c->ss.change, 200);
	assert_true(c->port->speak);
	c->ss.ops->on_answer(c->ss.arg, answer, strlen(answer));
	assert_false(c->port->speak);
}

static void on_hold_a_member_neither_speaks_nor_hears(void **state)
{
	struct caller *c = call("1001");

	(void)state;
	assert_int_equal(reinvite(c, "a=sendonly\r\n"), 200);
	assert_true(c->port->stream.audio.hold);
	assert_true(in_room(c, "1001"));
	assert_false(c->port->speak || c->port->hear);
	assert_int_equal(reinvite(c, "a=inactive\r\n"), 200);
	assert_false(c->port->speak || c->port->hear);
	assert_int_equal(reinvite(c, ""), 200);
	assert_true(c->port->speak && c->port->hear);
}

static void on_hold_the_question_waits(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	heard(c);
	reinvite(c, "a=sendonly\r\n");
	world_run(4 * 60 * 1000);
	assert_heard(c, "");
	assert_false(c->ss.over);
	reinvite(c, "");
	assert_heard(c, "conf-getpin");
	keys(c, "1234#");
	assert_true(in_room(c, "1000"));
}

static void on_hold_for_ever_is_the_end(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	reinvite(c, "a=sendonly\r\n");
	world_run(5 * 60 * 1000);
	assert_true(gone(c));
	assert_refused(c, "no_input");
}

/* ---- keys --------------------------------------------------------------- */

static void keys_come_by_info_too(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	heard(c);
	info(c, "application/dtmf-relay", "Signal=1\r\nDuration=160\r\n", 200);
	info(c, "application/dtmf-relay", "Signal=2\r\nDuration=160\r\n", 200);
	info(c, "application/dtmf", "3", 200);
	info(c, "application/dtmf", "4", 200);
	info(c, "application/dtmf", "#", 200);
	world_run(0);
	assert_true(in_room(c, "1000"));
	hangup(c);
	assert_string_equal(leg_str(c, "dtmf"), "info");
}

static void info_that_is_no_key_is_told_so(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	info(c, "text/plain", "hello", 415);
	info(c, "application/dtmf-relay", "hello", 400);
	info(c, NULL, "", 200);
}

static void a_key_that_comes_all_ways_counts_once(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->pin_by_hand = true;
	for (const char *k = "1122#"; *k; k++) {
		const char one[] = { *k, '\0' };

		c->port->ops->on_key(c->port->arg, *k, MEDIA_KEY_EVENT);
		c->port->ops->on_key(c->port->arg, *k, MEDIA_KEY_INBAND);
		info(c, "application/dtmf", one, 200);
		world_run(150);
	}
	assert_int_equal(world->n_asked, 1);
	assert_string_equal(world->asked[0].pin, "1122");
	world_pin(DB_PIN_USER);
}

/* ---- endings ------------------------------------------------------------ */

static void bye_during_a_prompt_ends_all(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	assert_int_equal(c->port->play.n, 1);
	hangup(c);
	assert_true(gone(c));
	assert_false(c->ss.bye);
	assert_ended(c, "bye");
}

static void bye_during_the_goodbye_keeps_its_reason(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->config.rooms.tries = 1;
	keys(c, "9#");
	assert_true(leg_is_ending(hub_leg(world->hub, c->number)));
	hangup(c);
	assert_true(gone(c));
	assert_refused(c, "wrong_pin");
}

static void every_end_of_a_session_has_its_word(void **state)
{
	static const struct {
		enum sip_end why;
		const char *word;
	} rows[] = {
		{ SIP_END_BYE, "bye" },
		{ SIP_END_CANCEL, "cancel" },
		{ SIP_END_NO_ACK, "no_ack" },
		{ SIP_END_EXPIRED, "expired" },
		{ SIP_END_TRANSPORT, "transport" },
		{ SIP_END_LOCAL, "error" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct caller *c = call("1001");

		c->ss.over = true;
		c->ss.ops->on_end(c->ss.arg, rows[i].why, "as it says");
		world_run(0);
		assert_true(gone(c));
		assert_ended(c, rows[i].word);
		assert_string_equal(leg_str(c, "end_text"), "as it says");
	}
}

static void no_rtp_for_too_long_is_bye(void **state)
{
	struct caller *c = call("1001");

	(void)state;
	c->port->ops->on_timeout(c->port->arg);
	assert_true(c->ss.bye);
	assert_int_equal(c->ss.cause, 102);
	assert_string_equal(c->ss.text, "no RTP received");
	world_run(0);
	assert_true(gone(c));
	assert_ended(c, "timeout");
	assert_int_equal(hub_rooms(world->hub), 0);
}

static void no_rtp_before_the_ack_is_waited_for_anew(void **state)
{
	struct caller *c = invite("1001", NULL, offer(""));
	const unsigned streams = c->port->streams;

	(void)state;
	c->port->ops->on_timeout(c->port->arg);
	assert_false(c->ss.over);
	assert_int_equal(c->port->streams, streams + 1);
	assert_int_equal(c->port->stream.timeout_ms, 30000);
	ack(c);
	assert_true(in_room(c, "1001"));
}

/* A goodbye that media never reports as played ends all the same. */
static void a_prompt_that_is_never_played_is_over_in_time(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	world->config.rooms.tries = 1;
	keys(c, "9#");
	world_run(7000);        /* two clips of a second, and five to spare */
	assert_true(gone(c));
	assert_refused(c, "wrong_pin");
}

static void a_prompt_that_media_does_not_take_counts_as_said(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	heard(c);
	world->pin_by_hand = true;
	keys(c, "1234#");
	world->command_error = -EAGAIN;
	world_pin(DB_PIN_WRONG);
	world_run(100);
	world->command_error = 0;
	world_run(1000);
	assert_heard(c, "conf-getpin");
}

/* ---- the states of a leg, each event in each of them --------------------- */

/* Brings a leg into the state. */
static struct caller *leg_in(enum leg_state state)
{
	struct caller *c = invite("1000", NULL, offer(""));

	if (state >= LEG_UP)
		ack(c);
	if (state == LEG_LEAVING)
		leg_kick(hub_leg(world->hub, c->number), false, "test");
	if (state == LEG_ENDING)
		leg_kick(hub_leg(world->hub, c->number), true, "test");
	assert_int_equal(hub_leg(world->hub, c->number)->state, state);
	return c;
}

enum event { E_ACK, E_OFFER, E_ANSWER, E_KEY, E_INFO, E_TIMEOUT, E_STATS,
	     E_STARTED, E_PIN, E_KICK, E_BYE, E_TIME, E__MAX };

static void do_event(struct caller *c, enum event e)
{
	const struct media_stats st = { .rx_packets = 1 };
	const bool open = c->port && !c->port->closing;
	struct leg *leg = hub_leg(world->hub, c->number);
	const char *sdp = offer("");

	if (e == E_PIN)
		world_pin_for(c->number, DB_PIN_USER);
	if (e == E_KICK && leg)
		leg_kick(leg, false, "test");
	if (e == E_TIME)
		world_run(1000);
	if (open && e == E_KEY)
		c->port->ops->on_key(c->port->arg, '#', MEDIA_KEY_EVENT);
	if (open && e == E_TIMEOUT)
		c->port->ops->on_timeout(c->port->arg);
	if (open && e == E_STATS)
		c->port->ops->on_stats(c->port->arg, &st);
	if (open && e == E_STARTED)
		c->port->ops->on_started(c->port->arg);
	if (c->ss.over)
		return;
	if (e == E_ACK)
		c->ss.ops->on_confirmed(c->ss.arg);
	if (e == E_OFFER)
		c->ss.ops->on_offer(c->ss.arg, sdp, strlen(sdp));
	if (e == E_ANSWER)
		c->ss.ops->on_answer(c->ss.arg, sdp, strlen(sdp));
	if (e == E_INFO)
		c->ss.ops->on_info(c->ss.arg, "application/dtmf", "1", 1);
	if (e == E_BYE)
		hangup(c);
}

static void every_event_in_every_state_keeps_the_leg_whole(void **state)
{
	/* the state that a single event leads to; -1: stays */
	static const int to[LEG_GONE][E__MAX] = {
		[LEG_ANSWERED] = { LEG_UP, -1, -1, -1, -1, -1, -1, -1,
				   -1, LEG_ENDING, LEG_GONE, -1 },
		[LEG_UP] = { -1, -1, -1, -1, -1, LEG_ENDING, -1, -1, -1,
			     LEG_LEAVING, LEG_GONE, -1 },
		[LEG_LEAVING] = { -1, -1, -1, -1, -1, LEG_ENDING, -1, -1, -1, -1,
				  LEG_GONE, -1 },
		[LEG_ENDING] = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
				 LEG_GONE }
	};

	(void)state;
	for (int s = LEG_ANSWERED; s <= LEG_ENDING; s++) {
		for (int e = 0; e < E__MAX; e++) {
			struct caller *c = leg_in((enum leg_state)s);
			struct leg *leg;
			int want = to[s][e] < 0 ? s : to[s][e];

			do_event(c, (enum event)e);
			leg = hub_leg(world->hub, c->number);
			assert_int_equal(leg ? (int)leg->state : LEG_GONE, want);
			/* and then all others after it */
			for (int k = 0; k < E__MAX; k++)
				do_event(c, (enum event)k);
			if (!c->ss.over)
				hangup(c);
			world_run(20000);
			assert_true(gone(c));
			/* the world has room for so many */
			if (world->n_callers >= CALLERS_MAX - 1) {
				world_teardown(NULL);
				world_setup(NULL);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_offer_without_a_usable_codec_is_488),
		TEST(sdp_that_does_not_parse_is_400),
		TEST(without_ports_it_is_503),
		TEST(a_worker_that_does_not_keep_up_refuses_the_call),
		TEST(new_calls_are_refused_while_there_is_no_room_for_them),
		TEST(it_rings_first_where_so_configured),
		TEST(cancel_while_it_rings_ends_all),
		TEST(what_rings_is_refused_when_the_server_stops),
		TEST(a_delayed_offer_is_ours_and_answered_in_the_ack),
		TEST(the_ack_may_be_told_before_its_answer),
		TEST(an_answer_that_is_no_good_ends_the_call),
		TEST(a_later_answer_that_is_no_good_changes_nothing),
		TEST(our_own_answer_may_be_answered_again),
		TEST(an_answered_call_that_never_comes_up_is_ended),
		TEST(a_change_of_codec_and_address_reaches_media),
		TEST(tones_are_looked_for_where_a_telephone_line_may_be),
		TEST(a_change_that_is_no_good_leaves_the_call_as_it_was),
		TEST(a_reinvite_without_an_offer_gets_ours),
		TEST(on_hold_a_member_neither_speaks_nor_hears),
		TEST(on_hold_the_question_waits),
		TEST(on_hold_for_ever_is_the_end),
		TEST(keys_come_by_info_too),
		TEST(info_that_is_no_key_is_told_so),
		TEST(a_key_that_comes_all_ways_counts_once),
		TEST(bye_during_a_prompt_ends_all),
		TEST(bye_during_the_goodbye_keeps_its_reason),
		TEST(every_end_of_a_session_has_its_word),
		TEST(no_rtp_for_too_long_is_bye),
		TEST(no_rtp_before_the_ack_is_waited_for_anew),
		TEST(a_prompt_that_is_never_played_is_over_in_time),
		TEST(a_prompt_that_media_does_not_take_counts_as_said),
		TEST(every_event_in_every_state_keeps_the_leg_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
