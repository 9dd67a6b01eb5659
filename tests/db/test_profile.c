/* test_profile.c - profiles, what rooms inherit of them, ad-hoc rooms, against
 * a real PostgreSQL */
#include "dbtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/option.h"

static int setup(void **state)
{
	struct dbtest *t = malloc(sizeof(*t));

	dbtest_init(t);
	sql("TRUNCATE room CASCADE; DELETE FROM profile;"
	    "INSERT INTO profile (name) VALUES ('default')");
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct dbtest *t = *state;

	dbtest_fini(t);
	sql("TRUNCATE room CASCADE; DELETE FROM profile;"
	    "INSERT INTO profile (name) VALUES ('default')");
	free(t);
	return 0;
}

static void code_and_catalogue_know_the_same_options(void **state)
{
	(void)state;
	for (int i = 0; i < DB_OPTION__MAX; i++) {
		const enum db_option_id id = (enum db_option_id)i;
		const char *scope = db_option_whose(id) == DB_OPTION_ROOM ?
			"room" : "member";
		struct db_room room;
		const char *def;

		assert_string_equal(sql("SELECT scope FROM room_option WHERE name = '%s'",
					db_option_name(id)), scope);
		/* its default is a value, and the view has the column */
		memset(&room, 0, sizeof(room));
		def = sql("SELECT def FROM room_option WHERE name = '%s'",
			  db_option_name(id));
		assert_int_equal(db_option_set(&room, id, def), 0);
		sql("SELECT %s FROM confab_room", db_option_name(id));
	}
	assert_int_equal(atoi(sql("SELECT count(*) FROM room_option")),
			 DB_OPTION__MAX);
}

/* The code must take every value that the constraint takes: no room is left
 * out. Bounds are compared where there are any. */
static void code_and_constraints_have_the_same_bounds(void **state)
{
	(void)state;
	sql("INSERT INTO room (number) VALUES ('1')");
	for (int i = 0; i < DB_OPTION__MAX; i++) {
		const enum db_option_id id = (enum db_option_id)i;
		static const char *const values[] = {
			"-1", "0", "1", "8000", "44100", "48000", "100000", "100001",
			"86400", "86401", "2678400", "2678401"
		};

		if (strcmp(sql("SELECT type FROM room_option WHERE name = '%s'",
			       db_option_name(id)), "integer") != 0)
			continue;
		for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
			char text[256];
			struct db_room room;
			bool taken, set;

			memset(&room, 0, sizeof(room));
			snprintf(text, sizeof(text), "UPDATE room SET %s = %s",
				 db_option_name(id), values[k]);
			taken = strcmp(refusal(text), "taken") == 0;
			set = db_option_set(&room, id, values[k]) == 0;
			if (taken != set)
				fail_msg("%s = %s: database %d, code %d",
					 db_option_name(id), values[k], taken, set);
		}
	}
}

static void a_room_inherits_what_it_does_not_say(void **state)
{
	struct dbtest *t = *state;
	const struct db_room *room;

	sql("INSERT INTO profile (name, inherits, max_members, startmuted, rate_hz)"
	    " VALUES ('hall', 'default', 200, true, 48000),"
	    " ('small', 'hall', 20, NULL, NULL)");
	sql("SELECT confab_room_add('1', profile => 'small', rate_hz => 8000)");
	sql("SELECT confab_room_add('2')");
	sql("SELECT confab_room_add('3', profile => 'small', startmuted => false)");
	dbtest_start(t);
	room = db_room(t->db, "1");
	assert_int_equal(room->max_members, 20);        /* its profile's */
	assert_true(room->startmuted);                  /* that one's */
	assert_int_equal(room->rate_hz, 8000);          /* its own */
	assert_true(room->join_tone);                   /* nobody's */
	room = db_room(t->db, "2");
	assert_int_equal(room->max_members, 0);
	assert_false(room->startmuted);
	assert_false(db_room(t->db, "3")->startmuted);  /* false is a word, too */
}

static void a_change_of_a_profile_reaches_all_its_rooms(void **state)
{
	struct dbtest *t = *state;

	sql("INSERT INTO profile (name, inherits) VALUES ('a', 'default'), ('b', 'a')");
	sql("SELECT confab_room_add('1', profile => 'b')");
	sql("SELECT confab_room_add('2', profile => 'a', locked => false)");
	sql("SELECT confab_room_add('3', profile => 'default')");
	dbtest_start(t);
	sql("UPDATE profile SET locked = true WHERE name = 'a'");
	dbtest_wait(t, &t->changed, 1, 2000);
	assert_true(db_room(t->db, "1")->locked);
	assert_false(db_room(t->db, "2")->locked);
	assert_false(db_room(t->db, "3")->locked);
	sql("UPDATE profile SET name = 'c' WHERE name = 'a'");
	assert_string_equal(sql("SELECT profile FROM room WHERE number = '2'"), "c");
	assert_string_equal(sql("SELECT inherits FROM profile WHERE name = 'b'"), "c");
	sql("UPDATE profile SET max_members = 5 WHERE name = 'default'");
	dbtest_wait(t, &t->changed, 4, 2000);
	assert_int_equal(db_room(t->db, "1")->max_members, 5);
	assert_int_equal(db_room(t->db, "3")->max_members, 5);
}

static void a_cycle_is_refused_by_row_and_field(void **state)
{
	(void)state;
	sql("INSERT INTO profile (name, inherits) VALUES ('a', NULL), ('b', 'a'), ('c', 'b')");
	assert_sql_refused("UPDATE profile SET inherits = 'c' WHERE name = 'a'",
		       "profile \"a\", inherits: a cycle (a -> c -> b -> a)"
		       " [profile_inherits_must_not_be_a_cycle]");
	assert_sql_refused("UPDATE profile SET inherits = 'b' WHERE name = 'b'",
		       "profile_inherits_must_not_be_a_cycle");
	assert_sql_refused("INSERT INTO profile (name, inherits) VALUES ('d', 'd')",
		       "profile_inherits_must_not_be_a_cycle");
	assert_sql_refused("UPDATE profile SET inherits = 'x' WHERE name = 'a'",
		       "profile_inherits_must_name_a_profile");
	assert_sql_refused("DELETE FROM profile WHERE name = 'a'",
		       "profile_inherits_must_name_a_profile");
	assert_sql_refused("INSERT INTO profile (name) VALUES ('a b')",
		       "profile_name_must_be");
	assert_sql_refused("INSERT INTO profile (name, adhoc) VALUES ('e', '1*')",
		       "profile_adhoc_must_be");
	sql("UPDATE profile SET adhoc = '8XX' WHERE name = 'a'");
	assert_sql_refused("UPDATE profile SET adhoc = '8XX' WHERE name = 'b'",
		       "profile_adhoc_must_be_no_other_profiles");
	assert_sql_refused("UPDATE profile SET rate_hz = 1 WHERE name = 'b'",
		       "profile_rate_hz_must_be");
}

/* Somebody dropped the trigger: the rooms are there, with the defaults. */
static void a_cycle_that_is_there_all_the_same_harms_nobody(void **state)
{
	struct dbtest *t = *state;
	const struct db_problem *p;
	size_t n;

	sql("INSERT INTO profile (name, inherits, max_members) VALUES"
	    " ('a', NULL, 7), ('b', 'a', 7)");
	sql("SELECT confab_room_add('1', profile => 'b', locked => true)");
	sql("ALTER TABLE profile DISABLE TRIGGER profile_cycle");
	sql("UPDATE profile SET inherits = 'b' WHERE name = 'a'");
	sql("ALTER TABLE profile ENABLE TRIGGER profile_cycle");
	dbtest_start(t);
	assert_true(db_room(t->db, "1")->locked);
	assert_int_equal(db_room(t->db, "1")->max_members, 0);
	dbtest_turn(t, 300);
	p = db_problems(t->db, &n);
	assert_int_equal(n, 2);
	assert_string_equal(p[0].what, "profile");
	assert_string_equal(p[0].key, "a");
	assert_string_equal(p[0].field, "inherits");
	sql("UPDATE profile SET inherits = NULL");
}

static void a_pattern_makes_rooms_of_numbers(void **state)
{
	struct dbtest *t = *state;

	sql("INSERT INTO profile (name, inherits, adhoc, max_members) VALUES"
	    " ('adhoc', 'default', '8XZN', 9), ('eighty', 'adhoc', '80ZN', 3)");
	sql("SELECT confab_room_add('8112', 'Own')");
	dbtest_start(t);
	assert_int_equal(db_rooms(t->db), 1);
	assert_string_equal(db_room(t->db, "8112")->name, "Own");
	assert_int_equal(db_room(t->db, "8112")->max_members, 0);
	assert_string_equal(db_room(t->db, "8999")->name, "adhoc");
	assert_string_equal(db_room(t->db, "8999")->number, "8999");
	assert_int_equal(db_room(t->db, "8999")->max_members, 9);
	assert_int_equal(db_room(t->db, "8012")->max_members, 3);
	assert_null(db_room(t->db, "8109"));            /* Z */
	assert_null(db_room(t->db, "8111"));            /* N */
	assert_null(db_room(t->db, "811"));
	assert_null(db_room(t->db, "81122"));
	assert_null(db_room(t->db, "8XZN"));
	assert_null(db_room(t->db, "~8XZN"));
	assert_null(db_room(t->db, ""));
	sql("UPDATE profile SET adhoc = NULL WHERE name = 'eighty'");
	dbtest_wait(t, &t->gone, 1, 2000);
	assert_int_equal(db_room(t->db, "8012")->max_members, 9);
}

static enum db_pin ask(struct dbtest *t, const char *number, const char *pin)
{
	const unsigned before = t->answers;

	assert_int_equal(dbtest_pin(t, number, pin, 1), 0);
	dbtest_wait(t, &t->answers, before + 1, 5000);
	return t->pin;
}

static void ad_hoc_rooms_have_the_profile_s_pins(void **state)
{
	struct dbtest *t = *state;

	sql("INSERT INTO profile (name, adhoc) VALUES ('adhoc', '8XX')");
	sql("SELECT confab_profile_set_pin('adhoc', '12', '34')");
	sql("SELECT confab_room_add('1', profile => 'adhoc')");
	dbtest_start(t);
	assert_true(db_room(t->db, "800")->has_pin);
	assert_false(db_room(t->db, "1")->has_pin);
	assert_int_equal(ask(t, "800", "12"), DB_PIN_USER);
	assert_int_equal(ask(t, "801", "34"), DB_PIN_MODERATOR);
	assert_int_equal(ask(t, "801", "56"), DB_PIN_WRONG);
	assert_sql_refused("SELECT confab_profile_set_pin('none', '1', '2')",
		       "there is no profile none");
	assert_sql_refused("SELECT confab_profile_set_pin('adhoc', '1', '1')", "differ");
}

static void a_room_that_nobody_can_lead_is_told_of(void **state)
{
	struct dbtest *t = *state;
	const struct db_problem *p;
	size_t n;

	sql("INSERT INTO profile (name, wait_marked) VALUES ('w', true)");
	sql("SELECT confab_room_add('1', profile => 'w')");
	sql("SELECT confab_room_add('2', moderator_pin => '1', profile => 'w')");
	dbtest_start(t);
	dbtest_turn(t, 300);
	p = db_problems(t->db, &n);
	assert_int_equal(n, 1);
	assert_string_equal(p->what, "room");
	assert_string_equal(p->key, "1");
	assert_string_equal(p->field, "wait_marked");
	assert_non_null(strstr(p->problem, "no moderator PIN"));
}

/* ---- schedules ---------------------------------------------------------- */

static void a_schedule_reaches_the_cache_with_its_room(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_room_add('1')");
	dbtest_start(t);
	assert_string_equal(db_schedules(t->db, "1"), "");
	sql("INSERT INTO schedule (room, starts, ends, time_zone, rrule) VALUES"
	    " ('1', '2026-11-25 09:00', '2026-11-25 10:30', 'Europe/Berlin',"
	    " 'FREQ=WEEKLY;BYDAY=WE')");
	dbtest_wait(t, &t->changed, 1, 2000);
	assert_string_equal(db_schedules(t->db, "1"), "20261125T090000 "
		"20261125T103000 Europe/Berlin FREQ=WEEKLY;BYDAY=WE");
	sql("INSERT INTO schedule (room, starts, ends) VALUES"
	    " ('1', '2026-01-01 22:00', '2026-01-02 02:00')");
	dbtest_wait(t, &t->changed, 2, 2000);
	assert_non_null(strstr(db_schedules(t->db, "1"),
		"\n20260101T220000 20260102T020000 UTC -"));
	sql("DELETE FROM schedule");
	dbtest_wait(t, &t->changed, 3, 2000);
	assert_string_equal(db_schedules(t->db, "1"), "");
}

static void what_is_no_schedule_is_refused_by_row_and_field(void **state)
{
	static const struct { const char *values, *why; } rows[] = {
		{ "'9', '2026-01-01', '2026-01-02', 'UTC', NULL", "schedule_room_must_name" },
		{ "'1', '2026-01-02', '2026-01-01', 'UTC', NULL", "schedule_ends_must_be_after" },
		{ "'1', '2026-01-02', '2026-01-02', 'UTC', NULL", "schedule_ends_must_be_after" },
		{ "'1', '2026-01-02', '2026-03-02', 'UTC', NULL", "within_31_days" },
		{ "'1', '2026-01-01', '2026-01-02', 'Mars', NULL", "time_zone_must_be_known" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'DAILY'",
		  "schedule of room 1, rrule: has a part \"DAILY\"" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'FREQ=HOURLY'",
		  "rrule: has FREQ with a value that is none" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'FREQ=DAILY;COUNT=0'",
		  "rrule: has COUNT with" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'FREQ=DAILY;FREQ=DAILY'",
		  "rrule: has FREQ twice" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'COUNT=3'", "rrule: has no FREQ" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'FREQ=DAILY;COUNT=3;UNTIL=20270101'",
		  "rrule: has both UNTIL and COUNT" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'FREQ=WEEKLY;BYDAY=XX'",
		  "rrule: has BYDAY with" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'FREQ=DAILY;UNTIL=20251231'",
		  "rrule: has an UNTIL before starts: it ends before it begins" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', 'FREQ=DAILY;UNTIL=20261399'",
		  "rrule: has UNTIL with a value that is no day" },
		{ "'1', '2026-01-01', '2026-01-02', 'UTC', ''", "rrule: has" }
	};
	char text[512];

	(void)state;
	sql("SELECT confab_room_add('1')");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "INSERT INTO schedule (room, starts, ends,"
			 " time_zone, rrule) VALUES (%s)", rows[i].values);
		assert_sql_refused(text, rows[i].why);
	}
	assert_sql_refused("INSERT INTO schedule (room, starts, ends, exdates) VALUES ('1',"
		" '2026-01-01', '2026-01-02', array_fill('2026-01-01'::date, '{31}'))",
		"schedule_exdates_must_be_30_at_most");
	assert_sql_refused("INSERT INTO schedule (room, starts, ends, exdates) VALUES ('1',"
		" '2026-01-01', '2026-01-02', '{NULL}')", "schedule_exdates_must_be_1970");
	sql("INSERT INTO schedule (room, starts, ends, rrule, exdates) VALUES ('1',"
	    " '2026-01-01 9:00', '2026-01-01 10:00', 'FREQ=DAILY', '{2026-12-25,2026-12-26}')");
	assert_string_equal(sql("SELECT confab_schedules('1')"),
		"20260101T090000 20260101T100000 UTC FREQ=DAILY 20261225,20261226");
	sql("DELETE FROM schedule");
	sql("INSERT INTO schedule (room, starts, ends) SELECT '1', '2026-01-01',"
	    " '2026-01-02' FROM generate_series(1, 4)");
	assert_sql_refused("INSERT INTO schedule (room, starts, ends) VALUES"
		       " ('1', '2026-01-01', '2026-01-02')", "there are four already");
	sql("DELETE FROM room");
	assert_string_equal(sql("SELECT count(*) FROM schedule"), "0");
}

/* What constraints cannot see, or nobody minds any more, is told by row and field. */
static void check_tells_what_is_wrong_by_row_and_field(void **state)
{
	static const char *const told[] = {
		"profile a adhoc: takes numbers of profile b too",
		"room 1 invite_only: nobody is invited",
		"schedule 2 ends: is not after starts",
		"schedule 2 rrule: has a part"
	};

	(void)state;
	sql("INSERT INTO profile (name, adhoc) VALUES ('a', '8XXX'), ('b', '80NZ'), ('c', '9X')");
	sql("SELECT confab_room_add('1', invite_only => true)");
	sql("SELECT confab_room_add('2', invite_only => true, moderator_pin => '12')");
	sql("BEGIN; ALTER TABLE schedule DISABLE TRIGGER schedule_check;"
	    "ALTER TABLE schedule DROP CONSTRAINT schedule_ends_must_be_after_starts;"
	    "INSERT INTO schedule (room, starts, ends, rrule) VALUES"
	    "('2', '2026-01-02', '2026-01-01', 'OFTEN')");
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		const char *got = sql("SELECT count(*) FROM confab_check() WHERE starts_with("
			"what || ' ' || key || ' ' || field || ': ' || problem, '%s')", told[i]);

		if (strcmp(got, "1") != 0)
			fail_msg("%s: %s", told[i], got);
	}
	assert_string_equal(sql("SELECT count(*) FROM confab_check()"), "4");
	sql("ROLLBACK");
	assert_string_equal(sql("SELECT string_agg(confab_patterns_clash(a, b)::text, ' ') "
		"FROM (VALUES ('8X', '80'), ('8Z', '80'), ('8N', '8Z'), ('8', '8X'), ('N', '1'))"
		" v (a, b)"), "true false true false false");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* ---- menus of keys ------------------------------------------------------- */

static void menus_are_right_when_they_are_entered(void **state)
{
	(void)state;
	sql("TRUNCATE menu CASCADE; INSERT INTO menu VALUES ('a'), ('b')");
	assert_sql_refused("INSERT INTO menu VALUES ('two words')",
		       "menu_name_must_be_1_to_15_letters_or_digits");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('x', '1', 'all', '{no_op}')",
		       "menu_entry_menu_must_name_a_menu");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '1E', 'all', '{no_op}')",
		       "menu_entry_keys_must_be_1_to_7_of_0_9_a_d_star_pound");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '1', 'boss', '{no_op}')",
		       "menu_entry_role_must_be_all_in_room_member_moderator_or_waiting");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '1', 'all', '{}')",
		       "menu_entry_actions_must_be_1_to_8_and_up_to_127_bytes");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '*1', 'all', '{togle_mute}')",
		       "menu \"a\", keys \"*1\", actions: there is no action \"togle_mute\"");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '1', 'in_room', "
		       "'{no_op,admin_extend}')", "admin_extend is for role moderator alone");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '1', 'all', '{playback}')",
		       "playback takes 1 to 8 names of sounds");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '1', 'all', '{no_op:1}')",
		       "no_op takes no argument");
	sql("TRUNCATE menu CASCADE");
}

static void sequences_that_clash_are_refused(void **state)
{
	(void)state;
	sql("TRUNCATE menu CASCADE; INSERT INTO menu VALUES ('a'), ('b');"
	    "INSERT INTO menu_entry VALUES ('a', '*1', 'in_room', '{toggle_mute}'),"
	    "('a', '*', 'waiting', '{no_op}'), ('b', '*', 'all', '{no_op}'),"
	    "('a', '#', 'moderator', '{no_op,help}'), ('a', '#1', 'moderator', '{no_op}')");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '*12', 'member', '{no_op}')",
		       "menu \"a\", keys \"*12\": clash with \"*1\" of role in_room");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '*', 'moderator', '{no_op}')",
		       "menu_entry_keys_must_not_begin_like_others");
	assert_sql_refused("INSERT INTO menu_entry VALUES ('a', '*1', 'member', '{no_op}')",
		       "clash with");
	assert_sql_refused("UPDATE menu_entry SET actions = '{no_op}' WHERE keys = '#'",
		       "clash with \"#1\"");
	assert_sql_refused("UPDATE menu_entry SET role = 'all' WHERE keys = '*' AND menu = 'a'",
		       "clash with \"*1\"");
	assert_string_equal(refusal("UPDATE menu_entry SET keys = '*2' WHERE keys = '*1'"),
			    "taken");
	sql("TRUNCATE menu CASCADE");
}

static void menus_reach_the_server(void **state)
{
	struct dbtest *t = *state;
	const struct db_menu_row *rows;
	size_t n;

	sql("TRUNCATE menu CASCADE; INSERT INTO menu VALUES ('a'), ('none');"
	    "INSERT INTO menu_entry VALUES ('a', '*1', 'in_room', "
	    "'{toggle_mute,playback:beep&beep}')");
	dbtest_start(t);
	rows = db_menu(t->db, "a", &n);
	assert_non_null(rows);
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].keys, "*1");
	assert_int_equal(rows[0].roles, 3);
	assert_string_equal(rows[0].actions, "toggle_mute,playback:beep&beep");
	assert_non_null(db_menu(t->db, "none", &n));    /* without any entry */
	assert_null(db_menu(t->db, "b", &n));
	sql("TRUNCATE menu CASCADE");
}

static void a_menu_that_is_not_there_is_a_problem(void **state)
{
	(void)state;
	sql("SELECT confab_room_add('1', menu => 'gone')");
	assert_string_equal(sql("SELECT what || key || field || problem FROM confab_check()"),
			    "room1menuthere is no menu \"gone\": the one built in holds");
	assert_sql_refused("UPDATE room SET menu = 'not a name'",
		       "room_menu_must_be_up_to_15_letters_or_digits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(code_and_catalogue_know_the_same_options),
		TEST(code_and_constraints_have_the_same_bounds),
		TEST(a_room_inherits_what_it_does_not_say),
		TEST(a_change_of_a_profile_reaches_all_its_rooms),
		TEST(a_cycle_is_refused_by_row_and_field),
		TEST(a_cycle_that_is_there_all_the_same_harms_nobody),
		TEST(a_pattern_makes_rooms_of_numbers),
		TEST(ad_hoc_rooms_have_the_profile_s_pins),
		TEST(a_room_that_nobody_can_lead_is_told_of),
		TEST(a_schedule_reaches_the_cache_with_its_room),
		TEST(what_is_no_schedule_is_refused_by_row_and_field),
		TEST(check_tells_what_is_wrong_by_row_and_field),
		TEST(menus_are_right_when_they_are_entered),
		TEST(sequences_that_clash_are_refused),
		TEST(menus_reach_the_server),
		TEST(a_menu_that_is_not_there_is_a_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
