/*
 * test_leg_out.c - calls that we make, as legs: answered, refused, given up, and
 * what their records say. SIP, media and the database are those of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "call/leg_int.h"
#include "t_world.h"

#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

enum { RING_MS = 20000 };

struct owner {
	unsigned progress, up, ended;
	char keys[8];
};

static void on_progress(void *arg, int status)
{
	struct owner *o = arg;

	assert_int_equal(status, 180);
	o->progress++;
}

static void on_up(void *arg)
{
	struct owner *o = arg;

	o->up++;
}

static void on_key(void *arg, char key)
{
	struct owner *o = arg;

	o->keys[strlen(o->keys)] = key;
}

static void on_end(void *arg)
{
	struct owner *o = arg;

	o->ended++;
}

static const struct leg_ops ops = {
	.name = "test", .on_progress = on_progress, .on_up = on_up,
	.on_key = on_key, .on_end = on_end
};

static int dial(struct leg **leg, const char *to, struct owner *o)
{
	struct sip_dial d = { .to_user = to, .from_user = "1000",
			      .from_name = "Room" };

	memset(o, 0, sizeof(*o));
	assert_int_equal(addr_parse(&d.peer, "10.0.0.9", 5060), 0);
	return leg_dial(leg, world->hub, &d, "1000", RING_MS, NULL, &ops, o);
}

static void he_answers_and_sound_flows(void **state)
{
	struct owner o;
	struct caller *c;
	struct leg *leg;

	(void)state;
	assert_int_equal(dial(&leg, "4930123", &o), 0);
	c = callee();
	assert_string_equal(c->ss.to, "4930123");
	c->ss.ops->on_progress(c->ss.arg, 180);
	assert_int_equal(o.progress, 1);
	assert_false(leg_is_up(leg));
	picks_up(c);
	assert_int_equal(o.up, 1);
	assert_true(leg_is_up(leg));
	assert_int_equal(c->port->stream.audio.dir, SDP_SENDRECV);
	keys(c, "12");
	assert_string_equal(o.keys, "12");
	assert_string_equal(leg_str(c, "direction"), "out");
	assert_string_equal(leg_str(c, "dialled"), "4930123");
	assert_string_equal(leg_str(c, "room"), "1000");
	hangup(c);
	assert_int_equal(o.ended, 1);
	assert_ended(c, "bye");
	assert_int_equal(leg_int(c, "sip_status"), 200);
	assert_non_null(leg_str(c, "answered"));
}

static void he_refuses(void **state)
{
	struct owner o;
	struct leg *leg;

	(void)state;
	assert_int_equal(dial(&leg, "4930123", &o), 0);
	refuses(callee(), 486);
	assert_int_equal(o.up, 0);
	assert_int_equal(o.ended, 1);
	assert_ended(callee(), "rejected");
	assert_int_equal(leg_int(callee(), "sip_status"), 486);
}

static void he_does_not_answer(void **state)
{
	struct owner o;
	struct leg *leg;

	(void)state;
	assert_int_equal(dial(&leg, "4930123", &o), 0);
	callee()->ss.ops->on_progress(callee()->ss.arg, 180);
	world_run(RING_MS - 100);
	assert_int_equal(o.ended, 0);
	world_run(200);
	assert_int_equal(o.ended, 1);
	assert_true(callee()->ss.cancelled);
	assert_ended(callee(), "no_answer");
}

static void we_give_up_while_it_rings(void **state)
{
	struct owner o;
	struct leg *leg;

	(void)state;
	assert_int_equal(dial(&leg, "4930123", &o), 0);
	leg_end(leg, END_CLOSED);
	world_run(0);
	assert_true(callee()->ss.cancelled);
	assert_int_equal(o.ended, 1);
	assert_ended(callee(), "closed");
}

static void an_answer_without_a_codec_of_ours_is_hung_up(void **state)
{
	static const char none[] =
		"v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\n"
		"c=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 99\r\n"
		"a=rtpmap:99 FOO/8000\r\n";
	struct owner o;
	struct caller *c;
	struct leg *leg;

	(void)state;
	assert_int_equal(dial(&leg, "4930123", &o), 0);
	c = callee();
	c->ss.status = 200;
	c->ss.ops->on_answer(c->ss.arg, none, strlen(none));
	world_run(0);
	assert_true(c->ss.bye);
	assert_int_equal(o.up, 0);
	assert_int_equal(o.ended, 1);
	assert_string_equal(leg_str(c, "refused"), "no_codec");
}

static void what_cannot_be_called_leaves_nothing_behind(void **state)
{
	struct owner o;
	struct leg *leg;

	(void)state;
	assert_int_equal(dial(&leg, "1;2", &o), -EINVAL);
	world->port_error = -EADDRINUSE;
	assert_int_equal(dial(&leg, "123", &o), -EADDRINUSE);
	world->port_error = 0;
	world_run(100);
	assert_int_equal(o.ended, 0);
	assert_int_equal(world->leg_writes, 0);
	assert_int_equal(hub_legs(world->hub), 0);
}

static void nobody_is_called_before_sip_is_there(void **state)
{
	struct owner o;
	struct leg *leg;

	(void)state;
	hub_set_sip(world->hub, NULL);
	assert_int_equal(leg_dial(&leg, world->hub,
				  &(struct sip_dial){ .to_user = "1" }, "1000",
				  RING_MS, NULL, &ops, &o), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(he_answers_and_sound_flows),
		TEST(he_refuses),
		TEST(he_does_not_answer),
		TEST(we_give_up_while_it_rings),
		TEST(an_answer_without_a_codec_of_ours_is_hung_up),
		TEST(what_cannot_be_called_leaves_nothing_behind),
		TEST(nobody_is_called_before_sip_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
