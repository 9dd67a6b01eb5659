/* test_audit.c - acts as rows, and what is made of them, against a real PostgreSQL */
#include "dbtest.h"

#include <stdio.h>
#include <stdlib.h>

#define ID "01900000-0000-7000-8000-"
#define LEG ID "00000000000a"

static int setup(void **state)
{
	struct dbtest *t = malloc(sizeof(*t));

	dbtest_init(t);
	sql("TRUNCATE audit; TRUNCATE leg; TRUNCATE conference");
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct dbtest *t = *state;

	dbtest_fini(t);
	sql_close();
	sql("TRUNCATE audit; TRUNCATE leg; TRUNCATE conference");
	free(t);
	return 0;
}

/* One act of muting, at minute. */
static void mute(struct dbtest *t, unsigned minute, const char *layer,
		 const char *actor, bool on)
{
	char json[512];

	snprintf(json, sizeof(json), "{\"id\":\"" ID "1000000000%02u\",\"at\":"
		 "\"2026-11-25T10:%02u:00Z\",\"room\":\"1000\",\"actor\":\"%s\","
		 "\"action\":\"mute\",\"detail\":\"%s\",\"target\":\"Ada\","
		 "\"target_leg\":\"" LEG "\",\"new_value\":\"%s\"}",
		 minute, minute, actor, layer, on ? "on" : "off");
	assert_int_equal(db_record(t->db, DB_RECORD_AUDIT, json), 0);
}

static void an_act_is_kept_once_whatever_is_replayed(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	mute(t, 1, "own", "Ada", true);
	mute(t, 1, "own", "Ada", true);
	mute(t, 2, "own", "Ada", false);
	dbtest_wait_sql(t, 10000, "2", "SELECT count(*) FROM audit");
	dbtest_stop(t);
	dbtest_start(t);
	dbtest_turn(t, 300);
	assert_string_equal(sql("SELECT count(*) FROM audit"), "2");
	assert_string_equal(sql("SELECT count(*) FROM audit WHERE server IS NOT NULL "
				"AND position > 0"), "2");
}

static void mutes_become_periods_by_layer(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	mute(t, 1, "own", "Ada", true);
	mute(t, 2, "moderator", "Boss", true);
	mute(t, 3, "moderator", "room", true);          /* again: no new period */
	mute(t, 4, "own", "Ada", false);
	mute(t, 5, "moderator", "confabctl", false);
	mute(t, 6, "own", "Ada", true);                 /* until he left */
	dbtest_wait_sql(t, 10000, "6", "SELECT count(*) FROM audit");
	sql("INSERT INTO leg (id, server, position, left_at) VALUES ('" LEG "', '" LEG
	    "', 1, '2026-11-25 10:09:00Z')");
	assert_string_equal(sql("SELECT string_agg(layer || ' ' || muted_by || ' ' ||"
		"to_char(muted_from AT TIME ZONE 'UTC', 'MI') || '-' ||"
		"to_char(muted_until AT TIME ZONE 'UTC', 'MI') || ' ' ||"
		"coalesce(unmuted_by, '-'), '; ' ORDER BY muted_from) FROM mute_history"),
		"own Ada 01-04 Ada; moderator Boss 02-05 confabctl; own Ada 06-09 -");
}

static char said[4096];
static unsigned answers;

static void on_answer(void *arg, int err, const char *json)
{
	(void)arg;
	assert_int_equal(err, 0);
	answers++;
	snprintf(said, sizeof(said), "%s", json ? json : "");
}

static const char *ask(struct dbtest *t, enum db_ask what, const char *a, const char *b)
{
	const char *values[DB_ASK_ARGS_MAX] = { a, b };
	const unsigned before = answers;

	assert_int_equal(db_ask(t->db, what, values, on_answer, NULL), 0);
	dbtest_wait(t, &answers, before + 1, 10000);
	return said;
}

static void people_see_acts_comings_refusals_and_goings(void **state)
{
	static const char *const words[] = {
		"\"mute\"", "\"join\"", "\"leave\"", "talked 7 s", "\"refused\"",
		"wrong_pin", "\"end\"", "moderator_left"
	};
	struct dbtest *t = *state;

	dbtest_start(t);
	mute(t, 5, "own", "Ada", true);
	dbtest_wait_sql(t, 10000, "1", "SELECT count(*) FROM audit");
	sql("INSERT INTO leg (id, server, position, room, from_uri, started, admitted_at,"
	    "ended, end_reason, refused, talk_ms, source) VALUES"
	    "('" ID "000000000001', '" LEG "', 1, '1000', 'sip:a@x', now(),"
	    "'2026-11-25 10:01Z', '2026-11-25 10:08Z', 'bye', NULL, 7900, NULL),"
	    "('" ID "000000000002', '" LEG "', 1, '1000', 'sip:eve@x', now(), NULL,"
	    "'2026-11-25 10:02Z', 'refused', 'wrong_pin', NULL, '10.0.0.9')");
	sql("INSERT INTO conference (id, server, position, room, ended, end_reason) VALUES"
	    "('" ID "000000000003', '" LEG "', 1, '1000', '2026-11-25 10:09Z',"
	    "'moderator_left')");
	ask(t, DB_ASK_AUDIT, "1000", NULL);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strstr(said, words[i]))
			fail_msg("no %s in %s", words[i], said);
	ask(t, DB_ASK_AUDIT, "1000", "2026-11-25 10:08:30Z");
	assert_non_null(strstr(said, "moderator_left"));
	assert_null(strstr(said, "\"mute\""));
	assert_non_null(strstr(ask(t, DB_ASK_AUDIT, "1001", NULL), "\"audit\" : []"));
}

static void calls_out_of_today_are_those_of_earlier_runs(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	sql("INSERT INTO leg (id, server, position, room, direction, started) "
	    "SELECT gen_random_uuid(), '" LEG "', 1, v.room, v.direction, v.at FROM (VALUES "
	    "('1000', 'out', now()), ('1000', 'out', now()), ('1000', 'in', now()),"
	    "('1001', 'out', now()), ('1000', 'out', now() - interval '25 hours'),"
	    "('1000', 'out', now() + interval '1 hour')) v (room, direction, at)");
	assert_string_equal(ask(t, DB_ASK_DIALLED, "1000", sql("SELECT "
		"extract(epoch FROM now() + interval '1 minute')::bigint")),
		"{\"calls\" : 2}");
}

int main(void)
{
#define WITH_DB(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_DB(an_act_is_kept_once_whatever_is_replayed),
		WITH_DB(mutes_become_periods_by_layer),
		WITH_DB(people_see_acts_comings_refusals_and_goings),
		WITH_DB(calls_out_of_today_are_those_of_earlier_runs)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
