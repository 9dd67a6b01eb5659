/*
 * test_hub.c - the records of legs, and the hub: draining, configuration. SIP,
 * media, files and the database are those of t_world.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "t_world.h"

#define assert_ended(c, why) assert_string_equal(leg_str(c, "end_reason"), why)
#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* ---- records ------------------------------------------------------------ */

static void a_legs_record_has_every_field(void **state)
{
	struct caller *c = call("1000");

	(void)state;
	keys(c, "1234#");
	heard(c);
	keys(c, "*1");
	heard(c);
	world_run(5000);
	hangup(c);
	assert_string_equal(leg_str(c, "call_id"), "call-1");
	assert_string_equal(leg_str(c, "from_uri"), "sip:alice@example.org");
	assert_string_equal(leg_str(c, "from_name"), "Alice \xc3\x84");
	assert_string_equal(leg_str(c, "dialled"), "1000");
	assert_string_equal(leg_str(c, "source"), "10.0.0.1");
	assert_int_equal(leg_int(c, "source_port"), 5060);
	assert_string_equal(leg_str(c, "transport"), "udp");
	assert_string_equal(leg_str(c, "user_agent"), "Phone/1");
	assert_string_equal(leg_str(c, "room"), "1000");
	assert_string_equal(leg_str(c, "role"), "member");
	assert_string_equal(leg_str(c, "admitted_by"), "pin");
	assert_int_equal(leg_int(c, "tries"), 0);
	assert_ended(c, "bye");
	assert_string_equal(leg_str(c, "end_text"), "BYE");
	assert_int_equal(leg_int(c, "sip_status"), 200);
	assert_string_equal(leg_str(c, "codec"), "PCMU");
	assert_int_equal(leg_int(c, "rate_hz"), 8000);
	assert_int_equal(leg_int(c, "ptime_ms"), 20);
	assert_string_equal(leg_str(c, "dtmf"), "event");
	assert_int_equal(leg_int(c, "muted"), 1);
	assert_string_equal(leg_str(c, "media_source"), "10.0.0.1");
	assert_int_equal(leg_int(c, "media_source_port"), 4000);
	assert_int_equal(leg_int(c, "rx_packets"), 1500);
	assert_int_equal(leg_int(c, "rx_bytes"), 240000);
	assert_int_equal(leg_int(c, "tx_packets"), 1499);
	assert_int_equal(leg_int(c, "tx_bytes"), 239840);
	assert_int_equal(leg_int(c, "rx_lost"), 3);
	assert_int_equal(leg_int(c, "rx_jitter_us"), 1250);
	assert_int_equal(leg_int(c, "remote_lost"), 2);
	assert_int_equal(leg_int(c, "remote_jitter_us"), 900);
	assert_int_equal(leg_int(c, "rtt_us"), 23000);
	assert_int_equal(leg_int(c, "late"), 4);
	assert_int_equal(leg_int(c, "concealed_ms"), 60);
	assert_int_equal(leg_int(c, "fec_used"), 7);
	assert_int_equal(leg_int(c, "accelerated_ms"), 20);
	assert_int_equal(leg_int(c, "fec_used"), 7);
	assert_int_equal(leg_int(c, "accelerated_ms"), 20);
	assert_int_equal(leg_int(c, "expanded_ms"), 40);
	assert_int_equal(leg_int(c, "delay_ms"), 35);
	assert_int_equal(leg_int(c, "stranger"), 5);
	assert_int_equal(leg_int(c, "bad"), 6);
	assert_int_equal(leg_int(c, "talk_ms"), 12340);
	for (const char *const *t = (const char *const[]){ "started", "answered",
	     "admitted_at", "ended", NULL }; *t; t++)
		assert_int_equal(strlen(leg_str(c, *t)),
				 strlen("2026-01-02T03:04:05.123456Z"));
	assert_int_equal(world->leg_writes, 3);
}

static void a_name_that_is_no_utf8_is_still_recorded(void **state)
{
	struct caller *c = &world->callers[world->n_callers++];
	struct sip_invite inv = {
		.call_id = "bad", .to_user = "1001", .to_host = "h",
		.from_uri = "sip:x@y", .from_user = "x",
		.from_name = "\xff\xfe name", .user_agent = "", .transport = "tcp"
	};

	(void)state;
	c->number = world->n_callers;
	str_copy(c->call_id, sizeof(c->call_id), "bad");
	addr_parse(&inv.source, "::1", 5060);
	addr_parse(&inv.local, "::1", 5060);
	hub_sip_ops.on_invite(world->hub, &c->ss, &inv);
	c->port = &world->ports[0];
	assert_string_equal(leg_str(c, "from_name"), "?? name");
	assert_string_equal(leg_str(c, "source"), "::1");
	assert_string_equal(leg_str(c, "transport"), "tcp");
	assert_false(leg_has(c, "user_agent"));
	assert_non_null(strstr(c->ss.sdp, "c=IN IP6 ::1"));
}

/* ---- the hub ------------------------------------------------------------ */

static void count_done(void *arg)
{
	++*(int *)arg;
}

static void draining_lets_calls_end_and_takes_no_new_ones(void **state)
{
	struct caller *a = call("1001"), *b = call("1001");
	int done = 0;

	(void)state;
	hub_drain(world->hub, 60, count_done, &done);
	assert_true(hub_sip_ops.busy(world->hub) >= 60);
	world_run(30000);
	assert_true(in_room(a, "1001"));
	hangup(a);
	assert_int_equal(done, 0);
	hangup(b);
	world_run(0);
	assert_int_equal(done, 1);
	assert_ended(b, "bye");
	assert_string_equal(conf_str(b, "end_reason"), "empty");
}

static void draining_ends_the_rest_at_its_deadline(void **state)
{
	struct caller *a = call("1001"), *b = join("1002", "1234");
	int done = 0;

	(void)state;
	hub_drain(world->hub, 60, count_done, &done);
	world_run(59000);
	assert_false(a->ss.bye);
	world_run(1000);
	assert_true(a->ss.bye && b->ss.bye);
	assert_int_equal(done, 1);
	assert_ended(a, "shutdown");
	assert_ended(b, "shutdown");
	assert_string_equal(conf_str(a, "end_reason"), "shutdown");
}

static void a_second_drain_only_shortens(void **state)
{
	struct caller *c = call("1001");
	int done = 0;

	(void)state;
	hub_drain(world->hub, 60, count_done, &done);
	hub_drain(world->hub, 600, count_done, &done);
	hub_drain(world->hub, 1, count_done, &done);
	world_run(1000);
	assert_true(c->ss.bye);
	assert_int_equal(done, 1);
}

static void an_empty_server_drains_at_once(void **state)
{
	int done = 0;

	(void)state;
	hub_drain(world->hub, 60, count_done, &done);
	assert_int_equal(done, 0);      /* never from inside */
	world_run(0);
	assert_int_equal(done, 1);
}

static void a_new_config_counts_for_the_next_call(void **state)
{
	static struct config other;
	struct caller *c;

	(void)state;
	other = world->config;
	str_copy(other.media.codecs, sizeof(other.media.codecs), "PCMA");
	hub_set_config(world->hub, &other);
	c = call("1001");
	assert_int_equal(c->ss.status, 488);
	c = call_with("1001", NULL, NULL);
	assert_non_null(strstr(c->ss.sdp, "RTP/AVP 8"));
}

static void media_over_its_limit_takes_no_new_calls(void **state)
{
	struct caller *a = call("1001");

	(void)state;
	assert_int_equal(hub_sip_ops.busy(world->hub), 0);
	world->media_over = true;
	assert_true(hub_sip_ops.busy(world->hub) > 0);
	world_run(60000);
	assert_true(in_room(a, "1001"));
	world->media_over = false;
	assert_int_equal(hub_sip_ops.busy(world->hub), 0);
}

static void limit_of_media_follows_the_config(void **state)
{
	struct config other = world->config;

	(void)state;
	other.media.busy_limit = 33;
	hub_set_config(world->hub, &other);
	assert_int_equal(world->busy_limit, 33);
	hub_set_config(world->hub, &world->config);
	assert_int_equal(world->busy_limit, world->config.media.busy_limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_legs_record_has_every_field),
		TEST(a_name_that_is_no_utf8_is_still_recorded),
		TEST(draining_lets_calls_end_and_takes_no_new_ones),
		TEST(draining_ends_the_rest_at_its_deadline),
		TEST(a_second_drain_only_shortens),
		TEST(an_empty_server_drains_at_once),
		TEST(a_new_config_counts_for_the_next_call),
		TEST(media_over_its_limit_takes_no_new_calls),
		TEST(limit_of_media_follows_the_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
