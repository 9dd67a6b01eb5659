/* test_ctl_run.c - what each command of confabctl answers and does, with the
 * world of t_world.c behind it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/str.h"
#include "call/event.h"
#include "ctl/run.h"
#include "ctl/view.h"
#include "t_world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static struct {
	unsigned reloads, checks, drained;
	int err;
	char error[32], text[128];      /* of the last refusal */
} seen;

static const struct config *config(void *arg)
{
	(void)arg;
	return &world->config;
}

static int reload(void *arg, struct config_error *why)
{
	(void)arg;
	seen.reloads++;
	str_copy(why->text, sizeof(why->text), "file:1: wrong");
	return seen.err;
}

static int check(void *arg, struct config_error *why)
{
	(void)arg;
	seen.checks++;
	str_copy(why->text, sizeof(why->text), "file:1: wrong");
	return seen.err;
}

static void drain(void *arg, unsigned seconds)
{
	(void)arg;
	seen.drained = seconds;
}

static const struct ctl_ops ops = { config, reload, check, drain };

/* The result, the caller's; NULL with seen.error and seen.text. */
static json_t *run(const char *line)
{
	const struct ctl_cfg cfg = {
		.hub = world->hub, .db = (struct db *)(void *)world, .ops = &ops
	};
	struct ctl_call call = {
		.cfg = &cfg, .started_us = loop_now_us() - 5000000, .by = "test"
	};
	json_t *result;

	if (ctl_parse(&call.req, line, strlen(line), call.text,
		      sizeof(call.text)) != 0)
		fail_msg("%s: %s", line, call.text);
	result = ctl_run(&call);
	if (!result) {
		str_copy(seen.error, sizeof(seen.error), call.error);
		str_copy(seen.text, sizeof(seen.text), call.text);
	}
	return result;
}

static void assert_result(const char *line, const char *want)
{
	json_t *result = run(line);
	char *text = result ? json_dumps(result, JSON_COMPACT) : NULL;

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
	json_decref(result);
}

static void assert_fails(const char *line, const char *error, const char *text)
{
	assert_null(run(line));
	assert_string_equal(seen.error, error);
	assert_string_equal(seen.text, text);
}

static const char *str(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s ? s : "(none)";
}

static json_int_t num(const json_t *obj, const char *key)
{
	assert_true(json_is_integer(json_object_get(obj, key)));
	return json_integer_value(json_object_get(obj, key));
}

/* ---- looking ------------------------------------------------------------ */

static void status_says_how_the_server_is(void **state)
{
	json_t *s;

	(void)state;
	join("1001", NULL);
	s = run("{\"command\":\"status\"}");
	assert_string_equal(str(s, "state"), "ready");
	assert_string_equal(str(s, "database"), "up");
	assert_int_equal(num(s, "uptime_s"), 5);
	assert_int_equal(num(s, "legs"), 1);
	assert_int_equal(num(s, "legs_max"), 50);
	assert_int_equal(num(s, "rooms"), 1);
	assert_int_equal(num(s, "rooms_known"), 4);
	json_decref(s);
	world->db_is_down = true;
	s = run("{\"command\":\"status\"}");
	assert_string_equal(str(s, "database"), "degraded");
	json_decref(s);
}

static void workers_say_how_late_and_busy_they_are(void **state)
{
	json_t *s, *w;

	(void)state;
	s = run("{\"command\":\"workers\"}");
	assert_int_equal(json_array_size(json_object_get(s, "workers")), 2);
	w = json_array_get(json_object_get(s, "workers"), 1);
	assert_int_equal(num(w, "worker"), 1);
	assert_int_equal(num(w, "late_p99_us"), 64);
	assert_int_equal(num(w, "late_max_us"), 1000);
	assert_int_equal(num(w, "tick_p90_us"), 7100);
	assert_int_equal(num(w, "tick_p99_us"), 8000);
	assert_true(json_is_true(json_object_get(w, "over")));
	assert_int_equal(num(w, "busy_p99_us"), 16 << (MEDIA_HIST - 1));
	assert_true(json_real_value(json_object_get(w, "busy_percent")) == 10.0);
	json_decref(s);
}

static void a_room_shows_its_members(void **state)
{
	struct caller *a = join("1002", "1234"), *b;
	json_t *s, *m;

	(void)state;
	s = run("{\"command\":\"room\",\"room\":\"1002\"}");
	assert_string_equal(str(s, "state"), "waiting");
	m = json_array_get(json_object_get(s, "members"), 0);
	assert_int_equal(num(m, "leg"), a->number);
	assert_string_equal(str(m, "state"), "waiting");
	assert_string_equal(str(m, "name"), "Alice \xc3\x84");
	json_decref(s);

	b = join("1002", "4321");
	leg_mute(hub_leg(world->hub, a->number), MUTE_OWN, true, "x");
	assert_int_equal(reinvite(b, "a=sendonly\r\n"), 200);
	s = run("{\"command\":\"room\",\"room\":\"1002\"}");
	assert_string_equal(str(s, "state"), "open");
	assert_int_equal(json_array_size(json_object_get(s, "members")), 2);
	m = json_array_get(json_object_get(s, "members"), 0);
	assert_string_equal(str(m, "state"), "in");
	assert_int_equal(json_array_size(json_object_get(m, "muted")), 1);
	m = json_array_get(json_object_get(s, "members"), 1);
	assert_string_equal(str(m, "state"), "hold");
	assert_string_equal(str(m, "role"), "moderator");
	json_decref(s);
}

static void what_is_not_utf8_is_shown_all_the_same(void **state)
{
	struct leg_info info = { .state = "up" };
	json_t *obj;

	(void)state;
	str_copy(info.rec.from_name, sizeof(info.rec.from_name), "J\xf6rg\x1b[2J");
	obj = view_leg_whole(&info);
	assert_string_equal(str(obj, "name"), "J?rg\x1b[2J");
	json_decref(obj);
	obj = view_member(&info);
	assert_string_equal(str(obj, "name"), "J?rg\x1b[2J");
	json_decref(obj);
}

static void lists_go_on_where_they_are_told_to(void **state)
{
	json_t *s, *list;

	(void)state;
	for (int i = 0; i < 4; i++)
		join("1001", NULL);
	s = run("{\"command\":\"legs\",\"from\":3}");
	list = json_object_get(s, "legs");
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(num(json_array_get(list, 0), "leg"), 3);
	assert_null(json_object_get(s, "next"));
	json_decref(s);
	s = run("{\"command\":\"room\",\"room\":\"1001\",\"from\":2}");
	assert_int_equal(json_array_size(json_object_get(s, "members")), 3);
	json_decref(s);
	join("1003", "4321");
	s = run("{\"command\":\"rooms\",\"from\":1}");
	list = json_object_get(s, "rooms");
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(str(json_array_get(list, 0), "room"), "1003");
	json_decref(s);
}

/* ---- acting ------------------------------------------------------------- */

static void a_leg_shows_how_its_clock_is_followed(void **state)
{
	const struct media_stats st = { .drift_ppm = -250, .resampled_ms = 7000,
		.expanded_ms = 40 };
	struct caller *a = join("1001", NULL);
	json_t *leg, *m;

	(void)state;
	a->port->ops->on_stats(a->port->arg, &st);
	leg = run("{\"command\":\"leg\",\"leg\":1}");
	m = json_object_get(leg, "media");
	assert_int_equal(num(m, "drift_ppm"), -250);
	assert_int_equal(num(m, "resampled_ms"), 7000);
	assert_int_equal(num(m, "expanded_ms"), 40);
	json_decref(leg);
}

static void agc_is_switched_for_a_leg(void **state)
{
	struct caller *a;

	(void)state;
	world->config.media.agc = true;
	world_room("1001")->agc = true;
	a = join("1001", NULL);
	assert_true(a->port->sound.agc);
	assert_result("{\"command\":\"agc\",\"leg\":1,\"on\":false}",
		      "{\"leg\":1,\"agc\":false,\"changed\":true}");
	assert_false(a->port->sound.agc);
	assert_result("{\"command\":\"agc\",\"leg\":1,\"on\":false}",
		      "{\"leg\":1,\"agc\":false,\"changed\":false}");
	world->command_error = -EAGAIN;
	assert_fails("{\"command\":\"agc\",\"leg\":1}", "busy",
		     "media does not keep up");
	assert_false(a->port->sound.agc);
	world->command_error = 0;
	assert_result("{\"command\":\"agc\",\"leg\":1}",
		      "{\"leg\":1,\"agc\":true,\"changed\":true}");
}

static void ns_is_switched_for_a_leg(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	assert_int_equal(a->port->sound.ns, MX_NS_OFF);
	assert_result("{\"command\":\"ns\",\"leg\":1}",
		      "{\"leg\":1,\"ns\":true,\"changed\":true}");
	assert_int_equal(a->port->sound.ns, MX_NS_ON);
	assert_result("{\"command\":\"ns\",\"leg\":1,\"on\":false}",
		      "{\"leg\":1,\"ns\":false,\"changed\":true}");
	assert_int_equal(a->port->sound.ns, MX_NS_OFF);
}

static void echo_control_is_switched_for_a_leg(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	assert_false(a->port->unechoes);
	assert_result("{\"command\":\"echo\",\"leg\":1,\"mode\":\"auto\"}",
		      "{\"leg\":1,\"echo\":\"auto\",\"changed\":true}");
	assert_true(a->port->unechoes);
	assert_result("{\"command\":\"echo\",\"leg\":1,\"mode\":\"auto\"}",
		      "{\"leg\":1,\"echo\":\"auto\",\"changed\":false}");
	assert_fails("{\"command\":\"echo\",\"leg\":1,\"mode\":\"on\"}",
		     "bad_request", "mode is not auto or off");
	world->command_error = -EAGAIN;
	assert_fails("{\"command\":\"echo\",\"leg\":1,\"mode\":\"off\"}",
		     "busy", "media does not keep up");
	assert_true(a->port->unechoes);
	world->command_error = 0;
	assert_result("{\"command\":\"echo\",\"leg\":1,\"mode\":\"off\"}",
		      "{\"leg\":1,\"echo\":\"off\",\"changed\":true}");
	assert_false(a->port->unechoes);
}

static void mute_keeps_to_the_moderators_layer(void **state)
{
	struct caller *a = join("1001", NULL);

	(void)state;
	leg_mute(hub_leg(world->hub, a->number), MUTE_OWN, true, "x");
	assert_result("{\"command\":\"mute\",\"leg\":1}",
		      "{\"leg\":1,\"muted\":[\"own\",\"moderator\"],\"changed\":true}");
	assert_result("{\"command\":\"mute\",\"leg\":1,\"on\":true}",
		      "{\"leg\":1,\"muted\":[\"own\",\"moderator\"],\"changed\":false}");
	assert_result("{\"command\":\"mute\",\"leg\":1,\"on\":false}",
		      "{\"leg\":1,\"muted\":[\"own\"],\"changed\":true}");
}

static void acts_on_rooms_say_what_is_so_now(void **state)
{
	(void)state;
	join("1001", NULL);
	assert_result("{\"command\":\"lock\",\"room\":\"1001\"}",
		      "{\"room\":\"1001\",\"locked\":true,\"changed\":true}");
	assert_result("{\"command\":\"lock\",\"room\":\"1001\"}",
		      "{\"room\":\"1001\",\"locked\":true,\"changed\":false}");
	assert_result("{\"command\":\"lock\",\"room\":\"1001\",\"on\":false}",
		      "{\"room\":\"1001\",\"locked\":false,\"changed\":true}");
	assert_result("{\"command\":\"mute-all\",\"room\":\"1001\"}",
		      "{\"room\":\"1001\",\"muted\":true,\"changed\":true}");
	world_run(0);
	heard_by_all("1001");
	assert_result("{\"command\":\"say\",\"room\":\"1001\",\"prompt\":\"conf-locked\"}",
		      "{\"room\":\"1001\",\"prompt\":\"conf-locked\"}");
	world_run(0);
	assert_string_equal(heard_by_all("1001"), "conf-locked");
	assert_result("{\"command\":\"close\",\"room\":\"1001\"}",
		      "{\"room\":\"1001\",\"changed\":true}");
	assert_fails("{\"command\":\"room\",\"room\":\"1001\"}", "not_found",
		     "nobody is in room 1001");
}

static void kick_is_once(void **state)
{
	struct caller *a = join("1001", NULL), *b = join("1001", NULL);

	(void)state;
	assert_result("{\"command\":\"kick\",\"leg\":1}",
		      "{\"leg\":1,\"changed\":true}");
	assert_false(a->ss.bye);                        /* is being told */
	assert_fails("{\"command\":\"kick\",\"leg\":1}", "not_found",
		     "leg 1 is ending already");
	assert_result("{\"command\":\"kick\",\"leg\":2,\"now\":true}",
		      "{\"leg\":2,\"changed\":true}");
	assert_true(b->ss.bye);
}

static void a_meeting_is_extended(void **state)
{
	(void)state;
	join("1001", NULL);
	assert_fails("{\"command\":\"extend\",\"room\":\"1001\",\"seconds\":60}",
		     "refused", "room 1001 has no end, or no extend_s");
	world_room("1001")->max_duration_s = 602;       /* join() takes two */
	world_room_changed("1001");
	assert_result("{\"command\":\"extend\",\"room\":\"1001\",\"seconds\":60}",
		      "{\"room\":\"1001\",\"left_s\":660,\"changed\":true}");
	assert_fails("{\"command\":\"extend\",\"room\":\"1001\"}", "refused",
		     "room 1001 has no end, or no extend_s");
}

static void the_waiting_room_is_kept(void **state)
{
	struct caller *a, *b;

	(void)state;
	world_room("1001")->waiting_room = true;
	a = call("1001");
	b = call("1001");
	assert_fails("{\"command\":\"admit\",\"room\":\"1001\",\"leg\":9}",
		     "not_found", "leg 9 is not in room 1001");
	assert_result("{\"command\":\"admit\",\"room\":\"1001\",\"leg\":2}",
		      "{\"room\":\"1001\",\"changed\":true}");
	assert_true(!in_room(a, "1001") && in_room(b, "1001"));
	assert_fails("{\"command\":\"deny\",\"leg\":2}", "not_found",
		     "leg 2 is in no waiting room");
	assert_result("{\"command\":\"deny\",\"leg\":1}",
		      "{\"leg\":1,\"changed\":true}");
	a = call("1001");
	assert_result("{\"command\":\"admit\",\"room\":\"1001\"}",
		      "{\"room\":\"1001\",\"changed\":true}");
	assert_true(in_room(a, "1001"));
	assert_result("{\"command\":\"admit\",\"room\":\"1001\"}",
		      "{\"room\":\"1001\",\"changed\":false}");
}

static void hands_and_deafness_are_switched(void **state)
{
	(void)state;
	join("1001", NULL);
	assert_result("{\"command\":\"hand\",\"leg\":1}",
		      "{\"leg\":1,\"hand\":true,\"changed\":true}");
	assert_result("{\"command\":\"next\",\"room\":\"1001\"}",
		      "{\"room\":\"1001\",\"changed\":true}");
	assert_result("{\"command\":\"next\",\"room\":\"1001\"}",
		      "{\"room\":\"1001\",\"changed\":false}");
	assert_result("{\"command\":\"deaf\",\"leg\":1,\"on\":true}",
		      "{\"leg\":1,\"deaf\":true,\"changed\":true}");
	assert_result("{\"command\":\"deaf\",\"leg\":1,\"on\":true}",
		      "{\"leg\":1,\"deaf\":true,\"changed\":false}");
}

static void who_hears_whom_and_how_loud(void **state)
{
	(void)state;
	join("1001", NULL);
	join("1001", NULL);
	assert_result("{\"command\":\"hold\",\"leg\":1}",
		      "{\"leg\":1,\"hold\":true,\"changed\":true}");
	assert_result("{\"command\":\"hold\",\"leg\":1,\"on\":false}",
		      "{\"leg\":1,\"hold\":false,\"changed\":true}");
	assert_result("{\"command\":\"ghost\",\"leg\":1,\"on\":false}",
		      "{\"leg\":1,\"ghost\":false,\"changed\":false}");
	assert_result("{\"command\":\"priority\",\"leg\":1}",
		      "{\"leg\":1,\"priority\":true,\"changed\":true}");
	assert_result("{\"command\":\"coach\",\"leg\":1,\"pupil\":2}",
		      "{\"leg\":1,\"pupil\":2,\"changed\":true}");
	assert_fails("{\"command\":\"relate\",\"leg\":2,\"other\":1,\"how\":\"nohear\"}",
		     "refused", "the other one is a coach");
	assert_result("{\"command\":\"coach\",\"leg\":1}",
		      "{\"leg\":1,\"pupil\":0,\"changed\":true}");
	assert_fails("{\"command\":\"coach\",\"leg\":1,\"pupil\":9}",
		     "not_found", "the legs are not two members of one room");
	assert_result("{\"command\":\"relate\",\"leg\":2,\"other\":1,\"how\":\"nospeak\"}",
		      "{\"leg\":2,\"other\":1,\"how\":\"nospeak\",\"changed\":true}");
	assert_result("{\"command\":\"relate\",\"leg\":1,\"other\":2,\"how\":\"nohear\"}",
		      "{\"leg\":1,\"other\":2,\"how\":\"nohear\",\"changed\":false}");
	assert_result("{\"command\":\"relate\",\"leg\":2,\"other\":1,\"how\":\"clear\"}",
		      "{\"leg\":2,\"other\":1,\"how\":\"clear\",\"changed\":true}");
	assert_fails("{\"command\":\"relate\",\"leg\":2,\"other\":1,\"how\":\"no\"}",
		     "bad_request", "how is not nohear, nospeak or clear");
	assert_result("{\"command\":\"volume\",\"leg\":1,\"way\":\"talk\",\"how\":\"up\"}",
		      "{\"leg\":1,\"talk_db\":4,\"hear_db\":0,\"changed\":true}");
	assert_result("{\"command\":\"volume\",\"leg\":1,\"way\":\"listen\",\"how\":\"reset\"}",
		      "{\"leg\":1,\"talk_db\":4,\"hear_db\":0,\"changed\":false}");
	assert_fails("{\"command\":\"volume\",\"leg\":1,\"way\":\"x\",\"how\":\"up\"}",
		     "bad_request", "way is not talk or listen");
	assert_fails("{\"command\":\"volume\",\"leg\":1,\"way\":\"talk\",\"how\":\"x\"}",
		     "bad_request", "how is not up, down or reset");
}

static void who_is_not_there_is_not_found(void **state)
{
	static const char *const rooms[] = {
		"\"room\"", "\"lock\"", "\"mute-all\"", "\"close\"", "\"extend\"",
		"\"next\"", "\"admit\"",
		"\"say\",\"prompt\":\"conf-locked\""
	};
	static const char *const legs[] = { "\"leg\"", "\"mute\"", "\"agc\"", "\"ns\"",
		"\"echo\",\"mode\":\"off\"", "\"kick\"",
		"\"deaf\"", "\"hand\"", "\"deny\"", "\"hold\"", "\"ghost\"", "\"priority\"",
		"\"coach\"", "\"relate\",\"other\":8,\"how\":\"clear\"",
		"\"volume\",\"way\":\"talk\",\"how\":\"up\"" };
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		snprintf(line, sizeof(line), "{\"command\":%s,\"room\":\"1001\"}",
			 rooms[i]);
		assert_fails(line, "not_found", "nobody is in room 1001");
	}
	for (size_t i = 0; i < sizeof(legs) / sizeof(legs[0]); i++) {
		snprintf(line, sizeof(line), "{\"command\":%s,\"leg\":7}", legs[i]);
		assert_fails(line, "not_found", "there is no leg 7");
	}
	call("1000");           /* asked for his PIN */
	assert_fails("{\"command\":\"mute\",\"leg\":1}", "not_found",
		     "leg 1 is in no room");
}

static void prompts_that_cannot_be_said_are_refused(void **state)
{
	(void)state;
	join("1001", NULL);
	assert_fails("{\"command\":\"say\",\"room\":\"1001\",\"prompt\":\"../x\"}",
		     "not_found", "there is no prompt ../x");
	world->clip_missing = "conf-locked";
	assert_fails("{\"command\":\"say\",\"room\":\"1001\",\"prompt\":\"conf-locked\"}",
		     "not_found", "prompt conf-locked could not be read when the "
		     "server started");
}

static void assert_problem(const json_t *list, size_t i, const char *table,
			   const char *row, const char *field)
{
	const json_t *p = json_array_get(list, i);

	assert_string_equal(json_string_value(json_object_get(p, "table")), table);
	assert_string_equal(json_string_value(json_object_get(p, "row")), row);
	assert_string_equal(json_string_value(json_object_get(p, "field")), field);
	assert_non_null(json_string_value(json_object_get(p, "problem")));
}

static void operation_goes_to_main(void **state)
{
	json_t *r, *list;

	(void)state;
	seen.err = 0;
	assert_result("{\"command\":\"reload\"}", "{\"configuration\":\"right\"}");
	assert_result("{\"command\":\"check\"}",
		      "{\"configuration\":\"right\",\"problems\":[]}");
	assert_int_equal(seen.reloads, 1);
	assert_int_equal(seen.checks, 1);
	world->problem = (struct db_problem){ "room", "1002", "wait_marked", "odd" };
	world->n_problems = 1;
	assert_result("{\"command\":\"check\"}",
		      "{\"configuration\":\"right\",\"problems\":[{\"table\":\"room\","
		      "\"row\":\"1002\",\"field\":\"wait_marked\",\"problem\":\"odd\"}]}");
	world->n_problems = 0;
	str_copy(world_room("1003")->number, 32, "join");
	world->clip_missing = "conf-locked";
	r = run("{\"command\":\"check\"}");
	list = json_object_get(r, "problems");
	assert_int_equal(json_array_size(list), 1 + LANG__MAX);
	assert_problem(list, 0, "room", "join", "number");
	for (size_t i = 0; i < LANG__MAX; i++)
		assert_problem(list, 1 + i, "[sounds]", "conf-locked",
			       lang_code((enum lang)i));
	json_decref(r);
	world->clip_missing = NULL;
	seen.err = -EINVAL;
	assert_fails("{\"command\":\"reload\"}", "refused", "file:1: wrong");
	assert_fails("{\"command\":\"check\"}", "refused", "file:1: wrong");
	world->config.server.drain = 30;
	assert_result("{\"command\":\"drain\"}", "{\"legs\":0,\"seconds\":30}");
	assert_int_equal(seen.drained, 30);
	assert_result("{\"command\":\"drain\",\"seconds\":0}",
		      "{\"legs\":0,\"seconds\":0}");
	assert_int_equal(seen.drained, 0);
	assert_fails("{\"command\":\"log-level\",\"level\":\"loud\"}", "bad_request",
		     "level is not error, warn, info or debug");
	assert_result("{\"command\":\"log-level\",\"level\":\"info\"}",
		      "{\"level\":\"info\"}");
}

static void every_command_answers(void **state)
{
	char line[128];
	json_t *s;

	(void)state;
	join("1001", NULL);
	for (int i = 0; i < CTL__MAX; i++) {
		const struct ctl_spec *spec = ctl_spec((enum ctl_command)i);
		struct strbuf sb;

		if (ctl_is_later((enum ctl_command)i))
			continue;
		strbuf_init(&sb, line, sizeof(line));
		strbuf_add(&sb, "{\"command\":\"%s\"", spec->name);
		for (int k = 0; k < CTL_ARGS_MAX; k++)
			if (spec->args[k].type == CTL_NUMBER)
				strbuf_add(&sb, ",\"%s\":99", spec->args[k].name);
			else if (spec->args[k].type == CTL_TEXT)
				strbuf_add(&sb, ",\"%s\":\"x\"", spec->args[k].name);
		strbuf_add(&sb, "}");
		str_copy(seen.error, sizeof(seen.error), "");
		s = run(line);
		assert_true(s ? json_is_object(s) : *seen.error != '\0');
		json_decref(s);
	}
}

/* ---- events ------------------------------------------------------------- */

static void each_event_becomes_an_object(void **state)
{
	struct event ev = {
		.type = EVENT_MUTE, .n = 7, .at_us = 1000000, .room = "1000",
		.members = 2, .leg = 3, .name = "A", .uri = "sip:a@b",
		.role = ROLE_MEMBER, .muted = MUTE_MODERATOR, .on = true,
		.layer = MUTE_MODERATOR, .by = "test"
	};
	json_t *obj = view_event(&ev);
	char *text = json_dumps(obj, JSON_COMPACT);

	(void)state;
	assert_string_equal(text, "{\"n\":7,\"time\":\"1970-01-01T00:00:01.000000Z\","
		"\"event\":\"mute\",\"room\":\"1000\",\"members\":2,\"leg\":3,"
		"\"name\":\"A\",\"uri\":\"sip:a@b\",\"role\":\"member\","
		"\"muted\":[\"moderator\"],\"on\":true,\"layer\":\"moderator\","
		"\"by\":\"test\"}");
	free(text);
	json_decref(obj);
	for (int i = 0; i < EVENT__MAX; i++) {
		ev = (struct event){ .type = (enum event_type)i, .room = "1000",
				     .reason = END_BYE };
		obj = view_event(&ev);
		assert_string_equal(str(obj, "event"), event_word(ev.type));
		assert_string_equal(str(obj, "reason"), "bye");
		assert_null(json_object_get(obj, "leg"));
		json_decref(obj);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(status_says_how_the_server_is),
		TEST(workers_say_how_late_and_busy_they_are),
		TEST(a_room_shows_its_members),
		TEST(what_is_not_utf8_is_shown_all_the_same),
		TEST(lists_go_on_where_they_are_told_to),
		TEST(a_leg_shows_how_its_clock_is_followed),
		TEST(agc_is_switched_for_a_leg),
		TEST(ns_is_switched_for_a_leg),
		TEST(echo_control_is_switched_for_a_leg),
		TEST(mute_keeps_to_the_moderators_layer),
		TEST(acts_on_rooms_say_what_is_so_now),
		TEST(kick_is_once),
		TEST(a_meeting_is_extended),
		TEST(the_waiting_room_is_kept),
		TEST(hands_and_deafness_are_switched),
		TEST(who_hears_whom_and_how_loud),
		TEST(who_is_not_there_is_not_found),
		TEST(prompts_that_cannot_be_said_are_refused),
		TEST(operation_goes_to_main),
		TEST(every_command_answers),
		TEST(each_event_becomes_an_object)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
