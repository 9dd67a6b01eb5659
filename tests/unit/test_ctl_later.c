/* test_ctl_later.c - commands that the database answers, with the world of
 * t_world.c and the socket played by this. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/str.h"
#include "ctl/later.h"
#include "t_world.h"

struct lines_conn {
	bool waits;
	unsigned answers;
	char error[32], text[128], result[256];
};

static struct list laters;
static struct lines_conn conn;

void lines_wait(struct lines_conn *c, bool wait)
{
	assert_true(c->waits != wait);
	c->waits = wait;
}

static int setup(void **state)
{
	list_init(&laters);
	conn = (struct lines_conn){ .waits = false };
	return world_setup(state);
}

static void on_answer(struct lines_conn *c, json_t *result, const char *error,
		      const char *text)
{
	char *dump = result ? json_dumps(result, JSON_COMPACT) : NULL;

	c->answers++;
	str_copy(c->result, sizeof(c->result), dump);
	str_copy(c->error, sizeof(c->error), result ? "" : error);
	str_copy(c->text, sizeof(c->text), result ? "" : text);
	free(dump);
	json_decref(result);
	lines_wait(c, false);
}

static int ask(const char *line)
{
	const struct ctl_cfg cfg = { .db = (struct db *)(void *)world };
	struct ctl_call call = { .cfg = &cfg, .by = "test" };

	assert_int_equal(ctl_parse(&call.req, line, strlen(line), call.text,
				   sizeof(call.text)), 0);
	assert_true(ctl_is_later(call.req.command));
	return later_ask(&laters, &call, &conn, on_answer);
}

static void answer(int err, const char *json)
{
	world->ask.fn(world->ask.arg, err, json);
}

#define assert_value(i, what) assert_string_equal(world->ask.values[i], what)

static void arguments_come_in_the_order_of_the_spec(void **state)
{
	(void)state;
	assert_int_equal(ask("{\"command\":\"invite\",\"room\":\"1000\",\"name\":\"Ada\","
			     "\"until\":\"tomorrow\",\"once\":true}"), 0);
	assert_int_equal(world->ask.what, DB_ASK_INVITE);
	assert_value(0, "1000");
	assert_value(1, "Ada");
	assert_value(2, "NULL");
	assert_value(5, "tomorrow");
	assert_value(8, "true");
	assert_true(conn.waits);
	answer(0, "{\"pin\":\"123456\"}");
	assert_string_equal(conn.result, "{\"pin\":\"123456\"}");
	assert_false(conn.waits);
	assert_int_equal(laters.n, 0);
	assert_int_equal(ask("{\"command\":\"forgive\"}"), 0);
	assert_value(0, "NULL");
	answer(0, "{}");
}

static void what_goes_wrong_is_said(void **state)
{
	static const struct {
		int err;
		const char *json, *error, *text;
	} rows[] = {
		{ -EPROTO, "there is no room 9", "refused", "there is no room 9" },
		{ -ENOTCONN, NULL, "busy", "the database is away" },
		{ -ENOMEM, NULL, "busy", "the database is away" },
		{ 0, "no JSON", "failed", "out of memory" },
		{ 0, NULL, "failed", "out of memory" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ask("{\"command\":\"invites\",\"room\":\"9\"}"), 0);
		answer(rows[i].err, rows[i].json);
		assert_string_equal(conn.error, rows[i].error);
		assert_string_equal(conn.text, rows[i].text);
	}
	world->ask_error = -EAGAIN;
	assert_int_equal(ask("{\"command\":\"guesses\"}"), -EAGAIN);
	assert_false(conn.waits);
}

static void who_is_gone_is_not_answered(void **state)
{
	struct lines_conn other = { .waits = false };

	(void)state;
	assert_int_equal(ask("{\"command\":\"guesses\"}"), 0);
	later_forget(&laters, &other);
	assert_int_equal(laters.n, 1);
	later_forget(&laters, &conn);
	assert_int_equal(laters.n, 0);
	answer(0, "{}");
	conn.waits = false;
	assert_int_equal(ask("{\"command\":\"uninvite\",\"room\":\"1\",\"name\":\"x\"}"), 0);
	later_forget(&laters, &conn);
	answer(-ECANCELED, NULL);
	assert_int_equal(conn.answers, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(arguments_come_in_the_order_of_the_spec),
		TEST(what_goes_wrong_is_said),
		TEST(who_is_gone_is_not_answered)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
