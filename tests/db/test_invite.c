/* test_invite.c - people who are invited, and those who guess PINs, against a
 * real PostgreSQL */
#include "dbtest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void empty(void)
{
	sql("TRUNCATE room CASCADE; TRUNCATE pin_guess");
}

static int setup(void **state)
{
	struct dbtest *t = malloc(sizeof(*t));

	dbtest_init(t);
	empty();
	sql("SELECT confab_room_add('1', pin => '1234', moderator_pin => '4321')");
	sql("SELECT confab_room_add('2', pin => '1234')");
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct dbtest *t = *state;

	dbtest_fini(t);
	sql_close();
	empty();
	free(t);
	return 0;
}

/* Types a PIN, from an address, as somebody. */
static enum db_pin types(struct dbtest *t, const char *room, const char *pin,
			 const char *source, const char *caller)
{
	const struct db_pin_ask ask = { .room = room, .pin = pin,
					.source = source, .caller = caller };
	const unsigned before = t->answers;

	assert_int_equal(db_pin(t->db, &ask), 0);
	dbtest_wait(t, &t->answers, before + 1, 10000);
	return t->pin;
}

static enum db_pin pin(struct dbtest *t, const char *room, const char *text)
{
	return types(t, room, text, "", "");
}

/* ---- invitees ----------------------------------------------------------- */

static void an_invitee_comes_by_his_own_pin_to_his_room_alone(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	assert_false(db_room(t->db, "1")->has_invites);
	sql("SELECT confab_invite_add('1', 'Ada', pin => '777777', language => 'fr')");
	dbtest_wait(t, &t->changed, 1, 5000);
	assert_true(db_room(t->db, "1")->has_invites);
	sql("SELECT confab_invite_add('1', 'Boss', pin => '888888', role => 'moderator')");
	sql("SELECT confab_invite_add('2', 'Eve', pin => '999999')");
	dbtest_wait(t, &t->changed, 2, 5000);
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_USER);
	assert_string_equal(t->answer.invite.name, "Ada");
	assert_string_equal(t->answer.invite.language, "fr");
	assert_true(t->answer.invite.id && !t->answer.invite.once);
	assert_int_equal(pin(t, "1", "888888"), DB_PIN_MODERATOR);
	assert_string_equal(t->answer.invite.name, "Boss");
	assert_int_equal(pin(t, "1", "1234"), DB_PIN_USER);
	assert_int_equal(t->answer.invite.id, 0);
	assert_int_equal(pin(t, "2", "777777"), DB_PIN_WRONG);
	assert_int_equal(pin(t, "1", "999999"), DB_PIN_WRONG);
	assert_string_equal(sql("SELECT count(*) FROM invite WHERE pin_hash LIKE '%%777777%%'"),
			    "0");
}

static void an_invitation_is_good_at_its_time_and_changes_count_at_once(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_invite_add('1', 'Ada', pin => '777777',"
	    "valid_from => now() + interval '1 hour')");
	dbtest_start(t);
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_NOT_YET);
	assert_true(t->answer.wait_s > 3500 && t->answer.wait_s <= 3600);
	sql("UPDATE invite SET valid_from = now() - interval '2 hours'");
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_USER);
	sql("UPDATE invite SET valid_until = now() - interval '1 hour'");
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_ENDED);
	sql("DELETE FROM invite");
	dbtest_wait(t, &t->changed, 1, 5000);
	assert_false(db_room(t->db, "1")->has_invites);
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_WRONG);
}

static void what_is_wrong_with_an_invitation_names_row_and_field(void **state)
{
	static const char *const refused[][2] = {
		{ "SELECT confab_invite_add('9', 'Ada')", "there is no room 9" },
		{ "SELECT confab_invite_add('1', '')", "invite_name_must_be_1_to_63" },
		{ "SELECT confab_invite_add('1', 'A', pin => '123')",
		  "invite A, room 1: a PIN must be 4 to 31 digits" },
		{ "SELECT confab_invite_add('1', 'A', pin => '1234')",
		  "invite A, room 1: the PIN is that of somebody else there" },
		{ "SELECT confab_invite_add('1', 'A', pin => '4321')",
		  "[invite_pin_must_be_no_other_of_the_room]" },
		{ "SELECT confab_invite_add('1', 'A', pin => '777777')",
		  "[invite_pin_must_be_no_other_of_the_room]" },
		{ "UPDATE invite SET pin_hash = (SELECT pin_hash FROM invite WHERE "
		  "name = 'Ada') WHERE name = 'Bob'",
		  "[invite_pin_must_be_no_other_of_the_room]" },
		{ "SELECT confab_invite_add('1', 'Ada')",
		  "[invite_name_must_be_no_other_of_the_room]" },
		{ "SELECT confab_invite_add('1', 'A', role => 'king')",
		  "[invite_role_must_be_member_or_moderator]" },
		{ "SELECT confab_invite_add('1', 'A', valid_from => '2026-01-02', "
		  "valid_until => '2026-01-01')",
		  "[invite_valid_until_must_be_after_valid_from]" },
		{ "SELECT confab_invite_add('1', 'A', language => 'german')",
		  "[invite_language_must_be_en_fr_es_it_or_ru]" },
		{ "SELECT confab_invite_add('1', 'A', number => 'a b')",
		  "[invite_number_must_be_1_to_31_letters_or_digits]" },
		{ "SELECT confab_invite_time('soonish', 'valid_until')",
		  "invite, valid_until: \"soonish\" is no time" },
		{ "SELECT confab_room_set_pin('1', '777777', '1')",
		  "room 1, pin: it is that of Ada, who is invited" },
		{ "SELECT confab_room_set_pin('1', '12', '777777')",
		  "[room_pin_must_be_no_invitees]" },
		{ "INSERT INTO invite (room, name, pin_hash) SELECT '1', 'm' || n, "
		  "'$2a$06$' || lpad(n::text, 53, '0') FROM generate_series(1, 1000) n",
		  "[invite_must_have_1000_rows_a_room]" }
	};

	(void)state;
	sql("SELECT confab_invite_add('1', 'Ada', pin => '777777')");
	sql("SELECT confab_invite_add('1', 'Bob', pin => '666666')");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_sql_refused(refused[i][0], refused[i][1]);
	assert_string_equal(refusal("SELECT confab_invite_add('2', 'Ada', pin => '777777')"),
			    "taken");
}

static void pins_by_chance_are_easy_to_key_in_and_all_different(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++) {
		const char *text = sql("SELECT confab_invite_add('1', 'p%d')", i);

		assert_int_equal(strlen(text), 6);
		assert_true(text[0] != '0');
		for (int k = 1; k < 6; k++)
			assert_true(text[k] != text[k - 1]);
	}
	assert_string_equal(sql("SELECT count(DISTINCT pin_hash) FROM invite"), "30");
}

/* ---- good once ---------------------------------------------------------- */

static enum db_pin claim(struct dbtest *t, int64_t id, const char *leg)
{
	const unsigned before = t->claims;

	assert_int_equal(db_claim(t->db, id, leg, 1), 0);
	dbtest_wait(t, &t->claims, before + 1, 10000);
	return t->claim;
}

#define LEG_A "01900000-0000-7000-8000-00000000000a"
#define LEG_B "01900000-0000-7000-8000-00000000000b"

static void a_pin_that_is_good_once_is_used_by_coming_in(void **state)
{
	struct dbtest *t = *state;
	int64_t id;

	sql("SELECT confab_invite_add('1', 'Guest', pin => '777777', once => true)");
	dbtest_start(t);
	assert_int_equal(pin(t, "2", "777777"), DB_PIN_WRONG);
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_USER);
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_USER);   /* not by typing */
	assert_true(t->answer.invite.once);
	id = t->answer.invite.id;
	assert_int_equal(claim(t, id, LEG_A), DB_PIN_USER);
	assert_int_equal(claim(t, id, LEG_B), DB_PIN_USED);
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_USED);
	db_unclaim(t->db, id, LEG_B);                           /* not his */
	assert_int_equal(claim(t, id, LEG_B), DB_PIN_USED);
	db_unclaim(t->db, id, LEG_A);
	assert_int_equal(claim(t, id, LEG_B), DB_PIN_USER);
	dbtest_stop(t);
	dbtest_start(t);                                        /* and after a restart */
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_USED);
}

static void of_two_servers_one_gets_it(void **state)
{
	const char *id;

	(void)state;
	sql("SELECT confab_invite_add('1', 'Guest', pin => '777777', once => true)");
	id = sql("SELECT id FROM invite");
	assert_string_equal(sql("SELECT string_agg(confab_invite_claim(%s, l::uuid), ',') "
				"FROM (VALUES ('" LEG_A "'), ('" LEG_B "')) v (l)", id),
			    "taken,used");
}

static void while_the_database_is_away_only_the_rooms_own_pins_are_good(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_invite_add('1', 'Ada', pin => '777777')");
	dbtest_start(t);
	sql_close();
	cluster("stop");
	dbtest_wait(t, &t->downs, 1, 10000);
	assert_int_equal(pin(t, "1", "1234"), DB_PIN_USER);
	assert_int_equal(pin(t, "1", "4321"), DB_PIN_MODERATOR);
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_FAILED);
	assert_int_equal(pin(t, "2", "777777"), DB_PIN_WRONG);
	assert_int_equal(claim(t, 1, LEG_A), DB_PIN_FAILED);
	cluster("start");
	dbtest_wait(t, &t->ups, 2, 20000);
	for (int i = 0; i < 50 && pin(t, "1", "777777") != DB_PIN_USER; i++)
		dbtest_turn(t, 100);
	assert_int_equal(t->pin, DB_PIN_USER);
}

/* ---- guesses ------------------------------------------------------------ */

/* Each row: so many wrong PINs by these, then who waits and who does not. */
static const struct {
	const char *what;
	int wrong;
	const char *room, *source, *caller;     /* of the wrong ones; %d: another each */
	struct {
		const char *room, *source, *caller, *pin;
		enum db_pin result;
	} then[4];
} guesses[] = {
	{ "a caller after his sixth", 6, "1", "10.0.%d.1", "sip:eve@x", {
		{ "1", "10.9.9.9", "sip:eve@x", "1234", DB_PIN_BLOCKED },
		{ "2", "10.9.9.9", "sip:eve@x", "1234", DB_PIN_BLOCKED },
		{ "1", "10.9.9.9", "sip:eve@x", "4321", DB_PIN_BLOCKED },
		{ "1", "10.0.1.1", "sip:ada@x", "1234", DB_PIN_USER } } },
	{ "not after the fifth", 5, "1", "10.0.0.1", "sip:eve@x", {
		{ "1", "10.0.0.1", "sip:eve@x", "1234", DB_PIN_USER } } },
	{ "an address after its fifteenth", 15, "1", "10.0.0.1", "sip:eve%d@x", {
		{ "2", "10.0.0.1", "sip:ada@x", "1234", DB_PIN_BLOCKED },
		{ "1", "10.0.0.1", "sip:ada@x", "4321", DB_PIN_BLOCKED },
		{ "1", "10.0.0.2", "sip:ada@x", "1234", DB_PIN_USER } } },
	{ "a room after its thirtieth", 30, "1", "10.0.%d.1", "sip:eve%d@x", {
		{ "1", "10.9.9.9", "sip:ada@x", "1234", DB_PIN_BLOCKED },
		{ "1", "10.9.9.9", "sip:boss@x", "4321", DB_PIN_MODERATOR },
		{ "2", "10.9.9.9", "sip:ada@x", "1234", DB_PIN_USER },
		{ "1", "10.9.9.9", "sip:ada@x", "1", DB_PIN_BLOCKED } } },
	{ "who has no name is counted by his address", 14, "1", "10.0.0.1", "", {
		{ "1", "10.0.0.1", "", "1234", DB_PIN_USER } } }
};

static void guesses_are_counted_by_caller_room_and_source(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		sql("TRUNCATE pin_guess");
		for (int n = 0; n < guesses[i].wrong; n++) {
			char source[64], caller[64];

			snprintf(source, sizeof(source), guesses[i].source, n);
			snprintf(caller, sizeof(caller), guesses[i].caller, n);
			assert_int_equal(types(t, guesses[i].room, "5555", source,
					       caller), DB_PIN_WRONG);
		}
		for (int k = 0; k < 4 && guesses[i].then[k].room; k++) {
			const enum db_pin got = types(t, guesses[i].then[k].room,
				guesses[i].then[k].pin, guesses[i].then[k].source,
				guesses[i].then[k].caller);

			if (got != guesses[i].then[k].result)
				fail_msg("%s, %d: %d", guesses[i].what, k, got);
			if (got == DB_PIN_BLOCKED)
				assert_true(t->answer.wait_s > 0 &&
					    t->answer.wait_s <= 30);
		}
	}
}

static void a_locked_room_still_takes_its_moderator_from_elsewhere(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_invite_add('1', 'Boss', pin => '888888', role => 'moderator')");
	sql("INSERT INTO pin_guess (kind, key, wrong, last, until) VALUES "
	    "('room', '1', 100, now(), now() + interval '1 hour'),"
	    "('source', '10.0.0.1', 50, now(), now() + interval '1 hour')");
	dbtest_start(t);
	assert_int_equal(types(t, "1", "4321", "10.0.0.2", "sip:b@x"), DB_PIN_MODERATOR);
	assert_int_equal(types(t, "1", "888888", "10.0.0.2", "sip:b@x"), DB_PIN_MODERATOR);
	assert_int_equal(types(t, "1", "1234", "10.0.0.2", "sip:b@x"), DB_PIN_BLOCKED);
	assert_int_equal(types(t, "1", "4321", "10.0.0.1", "sip:b@x"), DB_PIN_BLOCKED);
	dbtest_stop(t);
	dbtest_start(t);                /* a restart makes nobody free */
	assert_int_equal(types(t, "1", "1234", "10.0.0.2", "sip:b@x"), DB_PIN_BLOCKED);
}

static void waits_double_up_to_an_hour(void **state)
{
	(void)state;
	for (int i = 1; i <= 15; i++) {
		const int want = i < 6 ? 0 : 30 << (i - 6) < 3600 ? 30 << (i - 6) : 3600;

		sql("SELECT confab_pin_wrong('caller', 'sip:eve@x')");
		assert_int_equal(atoi(sql("SELECT coalesce(extract(epoch FROM until - last), 0)"
					  "::integer FROM pin_guess")), want);
	}
}

static void old_guesses_go(void **state)
{
	(void)state;
	sql("INSERT INTO pin_guess (kind, key, wrong, last) "
	    "SELECT 'source', n::text, 3, now() - interval '25 hours' "
	    "FROM generate_series(1, 30) n");
	sql("SELECT confab_pin_wrong('source', 'x')");
	assert_string_equal(sql("SELECT count(*) FROM pin_guess"), "11");
	sql("SELECT confab_pin_wrong('source', 'x')");
	assert_string_equal(sql("SELECT key || ' ' || wrong FROM pin_guess"), "x 2");
	/* and the table has a bound, whatever comes */
	sql("SELECT setval(pg_get_serial_sequence('pin_guess', 'n'), 5000000)");
	sql("SELECT confab_pin_wrong('source', 'y')");
	assert_string_equal(sql("SELECT string_agg(key, ' ') FROM pin_guess"), "y");
}

static void a_limit_of_none_counts_nothing(void **state)
{
	(void)state;
	sql("UPDATE pin_limit SET free = 0 WHERE kind = 'room'");
	sql("SELECT confab_pin_wrong('room', '1')");
	assert_string_equal(sql("SELECT count(*) FROM pin_guess"), "0");
	sql("UPDATE pin_limit SET free = 30 WHERE kind = 'room'");
	assert_sql_refused("UPDATE pin_limit SET free = -1", "pin_limit_free_must_be_0_to_100000");
	assert_sql_refused("UPDATE pin_limit SET first_s = 9, max_s = 8",
			   "pin_limit_max_s_must_not_be_below_first_s");
}

/* ---- what people ask ---------------------------------------------------- */

static struct {
	unsigned n;
	int err;
	char text[1024];
} said;

static void on_answer(void *arg, int err, const char *json)
{
	(void)arg;
	said.n++;
	said.err = err;
	snprintf(said.text, sizeof(said.text), "%s", json ? json : "");
}

static const char *ask(struct dbtest *t, enum db_ask what, const char *a,
		       const char *b, const char *c)
{
	const char *values[DB_ASK_ARGS_MAX] = { a, b, c };
	const unsigned before = said.n;

	assert_int_equal(db_ask(t->db, what, values, on_answer, NULL), 0);
	dbtest_wait(t, &said.n, before + 1, 10000);
	return said.text;
}

static void people_invite_list_and_uninvite(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	assert_non_null(strstr(ask(t, DB_ASK_INVITE, "1", "Ada \"A\"", "777777"),
			       "\"pin\" : \"777777\""));
	dbtest_wait(t, &t->changed, 1, 5000);
	assert_int_equal(pin(t, "1", "777777"), DB_PIN_USER);
	ask(t, DB_ASK_INVITE, "1", "Ada \"A\"", NULL);
	assert_int_equal(said.err, -EPROTO);
	assert_non_null(strstr(said.text, "invite_name_must_be_no_other_of_the_room"));
	assert_non_null(strstr(ask(t, DB_ASK_INVITES, "1", NULL, NULL),
			       "\"name\" : \"Ada \\\"A\\\"\""));
	assert_null(strstr(said.text, "$2a$"));
	ask(t, DB_ASK_INVITES, "9", NULL, NULL);
	assert_string_equal(said.text, "there is no room 9");
	assert_non_null(strstr(ask(t, DB_ASK_UNINVITE, "1", "Ada \"A\"", NULL), "true"));
	assert_non_null(strstr(ask(t, DB_ASK_UNINVITE, "1", "Ada \"A\"", NULL), "false"));
	types(t, "1", "5555", "10.0.0.1", "sip:eve@x");
	assert_non_null(strstr(ask(t, DB_ASK_GUESSES, NULL, NULL, NULL), "sip:eve@x"));
	assert_non_null(strstr(ask(t, DB_ASK_FORGIVE, "10.0.0.1", NULL, NULL), "1"));
	assert_string_equal(sql("SELECT count(*) FROM pin_guess"), "2");
	ask(t, DB_ASK_FORGIVE, NULL, NULL, NULL);
	assert_string_equal(sql("SELECT count(*) FROM pin_guess"), "0");
}

static void a_number_is_that_of_who_is_invited_now(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_invite_add('1', 'Ada', number => '123', role => 'moderator')");
	sql("SELECT confab_invite_add('1', 'Old', number => '124',"
	    "valid_until => now() - interval '1 hour')");
	dbtest_start(t);
	assert_non_null(strstr(ask(t, DB_ASK_INVITED, "1", "123", NULL), "\"Ada\""));
	assert_string_equal(ask(t, DB_ASK_INVITED, "1", "124", NULL), "");
	assert_string_equal(ask(t, DB_ASK_INVITED, "2", "123", NULL), "");
}

static void every_question_is_answered_even_at_the_end(void **state)
{
	const char *values[DB_ASK_ARGS_MAX] = { "1" };
	struct dbtest *t = *state;
	unsigned asked = 0;

	dbtest_start(t);
	said.n = 0;
	cluster_signal(SIGSTOP);
	while (db_ask(t->db, DB_ASK_INVITES, values, on_answer, NULL) == 0)
		assert_true(++asked < 1000);
	dbtest_stop(t);
	assert_int_equal(said.n, asked);
	assert_int_equal(said.err, -ECANCELED);
}

int main(void)
{
#define WITH_DB(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_DB(an_invitee_comes_by_his_own_pin_to_his_room_alone),
		WITH_DB(an_invitation_is_good_at_its_time_and_changes_count_at_once),
		WITH_DB(what_is_wrong_with_an_invitation_names_row_and_field),
		WITH_DB(pins_by_chance_are_easy_to_key_in_and_all_different),
		WITH_DB(a_pin_that_is_good_once_is_used_by_coming_in),
		WITH_DB(of_two_servers_one_gets_it),
		WITH_DB(while_the_database_is_away_only_the_rooms_own_pins_are_good),
		WITH_DB(guesses_are_counted_by_caller_room_and_source),
		WITH_DB(a_locked_room_still_takes_its_moderator_from_elsewhere),
		WITH_DB(waits_double_up_to_an_hour),
		WITH_DB(old_guesses_go),
		WITH_DB(a_limit_of_none_counts_nothing),
		WITH_DB(people_invite_list_and_uninvite),
		WITH_DB(a_number_is_that_of_who_is_invited_now),
		WITH_DB(every_question_is_answered_even_at_the_end)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
