/* test_db.c - the room cache and PINs, against a real PostgreSQL */
#include "dbtest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/log.h"

/* ---- rooms ------------------------------------------------------------- */

static int setup(void **state)
{
	struct dbtest *t = malloc(sizeof(*t));

	dbtest_init(t);
	sql("TRUNCATE room CASCADE; TRUNCATE leg; TRUNCATE conference;"
	    "TRUNCATE server_run");
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct dbtest *t = *state;

	dbtest_fini(t);
	free(t);
	return 0;
}

static void all_rooms_are_cached_at_start(void **state)
{
	struct dbtest *t = *state;
	const struct db_room *room;

	sql("SELECT confab_room_add('1', 'One', pin => '12')");
	sql("SELECT confab_room_add('2', 'Zwei \xc3\xa4', moderator_pin => '9',"
	    " max_members => 7, locked => true, wait_marked => true,"
	    " end_marked => true, join_tone => false,"
	    " leave_tone => false, max_duration_s => 60, startmuted => true,"
	    " rate_hz => 48000)");
	sql("INSERT INTO room (number) SELECT 'r' || i"
	    " FROM generate_series(1, 1000) i");
	dbtest_start(t);
	assert_int_equal(t->changed, 0);
	assert_int_equal(db_rooms(t->db), 1002);
	assert_null(db_room(t->db, "3"));
	assert_non_null(db_room(t->db, "r1000"));
	room = db_room(t->db, "1");
	assert_string_equal(room->name, "One");
	assert_true(room->has_pin && !room->has_moderator_pin);
	assert_true(room->join_tone && room->leave_tone && !room->locked);
	assert_true(!room->end_marked && room->announce_only_user);
	assert_int_equal(room->rate_hz, 16000);
	room = db_room(t->db, "2");
	assert_string_equal(room->name, "Zwei \xc3\xa4");
	assert_true(!room->has_pin && room->has_moderator_pin);
	assert_true(room->locked && room->wait_marked);
	assert_true(room->startmuted && !room->join_tone &&
		    !room->leave_tone);
	assert_int_equal(room->max_members, 7);
	assert_int_equal(room->max_duration_s, 60);
	assert_true(room->end_marked);
	assert_int_equal(room->rate_hz, 48000);
}

static void every_change_reaches_the_cache(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	sql("INSERT INTO room (number, name) VALUES ('5', 'a')");
	dbtest_wait(t, &t->changed, 1, 2000);
	assert_string_equal(t->number, "5");
	sql("UPDATE room SET name = 'b', locked = true WHERE number = '5'");
	dbtest_wait(t, &t->changed, 2, 2000);
	assert_string_equal(db_room(t->db, "5")->name, "b");
	assert_true(db_room(t->db, "5")->locked);
	sql("UPDATE room SET number = '6' WHERE number = '5'");
	dbtest_wait(t, &t->changed, 3, 2000);
	dbtest_wait(t, &t->gone, 1, 2000);
	assert_null(db_room(t->db, "5"));
	assert_string_equal(db_room(t->db, "6")->name, "b");
	sql("DELETE FROM room WHERE number = '6'");
	dbtest_wait(t, &t->gone, 2, 2000);
	assert_string_equal(t->number, "6");
	assert_int_equal(db_rooms(t->db), 0);
}

static void what_did_not_change_is_not_reported(void **state)
{
	struct dbtest *t = *state;

	sql("INSERT INTO room (number) VALUES ('5')");
	dbtest_start(t);
	sql("UPDATE room SET name = '', updated = now()");
	sql("BEGIN; DELETE FROM room; ROLLBACK");
	sql("NOTIFY confab_room, 'nosuchroom'");
	sql("NOTIFY confab_room, 'bad\"}number'");
	sql("NOTIFY confab_room, ''");
	dbtest_turn(t, 500);
	assert_int_equal(t->changed + t->gone, 0);
	assert_true(db_is_up(t->db));
}

static void many_changes_at_once_all_arrive(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	sql("INSERT INTO room (number) SELECT i FROM generate_series(1, 3000) i");
	dbtest_wait(t, &t->changed, 3000, 10000);
	assert_int_equal(db_rooms(t->db), 3000);
	sql("UPDATE room SET name = 'x' WHERE number::int <= 40");
	dbtest_wait(t, &t->changed, 3040, 5000);
	sql("TRUNCATE room CASCADE");
	dbtest_wait(t, &t->gone, 3000, 5000);
	assert_int_equal(db_rooms(t->db), 0);
}

static void constraints_say_what_is_wrong(void **state)
{
	static const struct { const char *set, *why; } rows[] = {
		{ "number = '1 2'", "room_number_must_be" },
		{ "number = repeat('1', 32)", "room_number_must_be" },
		{ "name = repeat('x', 128)", "room_name_must_not_exceed" },
		{ "pin_hash = '1234'", "room_pin_hash_must_come_from" },
		{ "max_members = -1", "room_max_members_must_be" },
		{ "profile = 'none'", "room_profile_must_name_a_profile" },
		{ "call_options = 'startmuted,colour'",
		  "room_call_options_must_name_options" },
		{ "call_options = 'call_options'",
		  "room_call_options_must_name_options" },
		{ "max_duration_s = -1", "room_max_duration_s_must_be" },
		{ "rate_hz = 44100", "room_rate_hz_must_be" }
	};

	(void)state;
	sql("INSERT INTO room (number) VALUES ('5')");
	sql("CREATE OR REPLACE FUNCTION pg_temp.why(q text) RETURNS text "
	    "LANGUAGE plpgsql AS $$ BEGIN EXECUTE q; RETURN 'taken';"
	    "EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END $$");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = sql("SELECT pg_temp.why("
			"$q$UPDATE room SET %s$q$)", rows[i].set);

		if (!strstr(got, rows[i].why))
			fail_msg("%s: %s", rows[i].set, got);
	}
	assert_non_null(strstr(sql("SELECT pg_temp.why($q$"
		"SELECT confab_room_set_pin('5', '12', '12')$q$)"), "differ"));
	assert_non_null(strstr(sql("SELECT pg_temp.why($q$"
		"SELECT confab_room_set_pin('5', '12a', '')$q$)"), "digits"));
	assert_non_null(strstr(sql("SELECT pg_temp.why($q$"
		"SELECT confab_room_set_pin('7', '12', '')$q$)"), "no room 7"));
}

/* ---- PINs -------------------------------------------------------------- */

static enum db_pin ask(struct dbtest *t, const char *number, const char *pin)
{
	uint64_t leg = t->leg + 0x100000001;
	unsigned before = t->answers;

	assert_int_equal(dbtest_pin(t, number, pin, leg), 0);
	assert_int_equal(t->answers, before);
	dbtest_wait(t, &t->answers, before + 1, 5000);
	assert_true(t->leg == leg);
	return t->pin;
}

static void a_pin_tells_who_comes_in(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_room_add('1', '', '1234', '4321')");
	sql("SELECT confab_room_add('2')");
	sql("SELECT confab_room_add('3', '', NULL, '77')");
	sql("SELECT confab_room_add('4', '', '12345678901234567890123456789')");
	dbtest_start(t);
	assert_int_equal(ask(t, "1", "1234"), DB_PIN_USER);
	assert_int_equal(ask(t, "1", "4321"), DB_PIN_MODERATOR);
	assert_int_equal(ask(t, "1", "1235"), DB_PIN_WRONG);
	assert_int_equal(ask(t, "1", ""), DB_PIN_WRONG);
	assert_int_equal(ask(t, "1", "12345"), DB_PIN_WRONG);
	assert_int_equal(ask(t, "2", ""), DB_PIN_USER);
	assert_int_equal(ask(t, "2", "999"), DB_PIN_USER);
	assert_int_equal(ask(t, "3", ""), DB_PIN_USER);
	assert_int_equal(ask(t, "3", "77"), DB_PIN_MODERATOR);
	assert_int_equal(ask(t, "3", "78"), DB_PIN_WRONG);
	assert_int_equal(ask(t, "4", "12345678901234567890123456789"),
			 DB_PIN_USER);
	assert_int_equal(ask(t, "4", "123456789012345678901234567890123456"),
			 DB_PIN_WRONG);
	assert_int_equal(dbtest_pin(t, "9", "1234", 1), -ENOENT);
}

static void a_changed_pin_is_in_force(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_room_add('1', '', '1234')");
	dbtest_start(t);
	assert_int_equal(ask(t, "1", "1234"), DB_PIN_USER);
	sql("SELECT confab_room_set_pin('1', '5678', '99')");
	dbtest_wait(t, &t->changed, 1, 2000);
	assert_int_equal(ask(t, "1", "1234"), DB_PIN_WRONG);
	assert_int_equal(ask(t, "1", "5678"), DB_PIN_USER);
	assert_int_equal(ask(t, "1", "99"), DB_PIN_MODERATOR);
}

static void a_hash_that_is_none_fails_and_lets_nobody_in(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_room_add('1', '', '1234', '4321')");
	sql("UPDATE room SET pin_hash = '$9$aaaaaaaaaaaaaaaaa'");
	dbtest_start(t);
	assert_int_equal(ask(t, "1", "1234"), DB_PIN_FAILED);
	assert_int_equal(ask(t, "1", ""), DB_PIN_FAILED);
	assert_int_equal(ask(t, "1", "4321"), DB_PIN_MODERATOR);
}

static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* In processor time, the best of some tries: what else the machine does only
 * adds. */
static int64_t time_of(struct dbtest *t, const char *number, const char *pin)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 8; i++) {
		int64_t begin = cpu_us(), took;

		ask(t, number, pin);
		took = cpu_us() - begin;
		best = took < best ? took : best;
	}
	return best;
}

static void time_does_not_tell_which_pins_there_are(void **state)
{
	static const char *const asks[][2] = {
		{ "1", "1234" }, { "1", "4321" }, { "1", "1" },
		{ "3", "77" }, { "3", "1" }, { "3", "" }, { "4", "55" },
		{ "4", "1" }
	};
	struct dbtest *t = *state;
	int64_t low = INT64_MAX, high = 0;

	sql("SELECT confab_room_add('1', '', '1234', '4321')");
	sql("SELECT confab_room_add('3', '', NULL, '77')");
	sql("SELECT confab_room_add('4', '', '55')");
	dbtest_start(t);
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		int64_t us = time_of(t, asks[i][0], asks[i][1]);

		low = us < low ? us : low;
		high = us > high ? us : high;
	}
	/* One hash instead of two would be a factor of 2. */
	if (high > low * 3 / 2)
		fail_msg("from %lld to %lld us", (long long)low,
			 (long long)high);
	print_message("[ FIGURE   ] a PIN is checked in %lld us, %lld a second\n",
		      (long long)low, 1000000 / (long long)low);
}

static void too_many_questions_are_refused(void **state)
{
	struct dbtest *t = *state;
	unsigned taken = 0;

	sql("SELECT confab_room_add('1', '', '1234')");
	dbtest_start(t);
	for (unsigned i = 0; i < 1000; i++) {
		int err = dbtest_pin(t, "1", "1234", i);

		assert_true(err == 0 || err == -EAGAIN);
		taken += err == 0;
	}
	assert_true(taken >= 256 && taken < 1000);
	dbtest_wait(t, &t->answers, taken, 20000);
	dbtest_turn(t, 50);
	assert_int_equal(t->answers, taken);
}

/* ---- the database goes away -------------------------------------------- */

static void rooms_stay_while_the_database_is_stopped(void **state)
{
	struct dbtest *t = *state;
	uint64_t downs = counter_get(CNT_DB_DOWN);

	sql("SELECT confab_room_add('1', 'old', '1234');"
	    "SELECT confab_room_add('2');");
	dbtest_start(t);
	cluster("stop");
	dbtest_wait(t, &t->downs, 1, 5000);
	assert_int_equal(counter_get(CNT_DB_DOWN), downs + 1);
	assert_int_equal(ask(t, "1", "1234"), DB_PIN_USER);
	dbtest_turn(t, 3000);                   /* several tries meanwhile */
	assert_string_equal(db_room(t->db, "1")->name, "old");
	assert_int_equal(t->downs, 1);

	cluster("start");
	dbtest_wait(t, &t->ups, 2, 5000);
	assert_int_equal(t->changed + t->gone, 0);
	sql("UPDATE room SET name = 'new' WHERE number = '1'");
	dbtest_wait(t, &t->changed, 1, 2000);
	assert_string_equal(db_room(t->db, "1")->name, "new");
}

/* What changes while our connection is cut is reported after it is back. */
/* SIGHUP replaces the configuration that the URL came from. */
static void the_url_may_go_after_the_start(void **state)
{
	struct dbtest *t = *state;
	char *url = strdup(dbtest_env("CONFAB_TEST_URL"));

	assert_non_null(url);
	dbtest_start_url(t, url);
	memset(url, 'x', strlen(url));
	free(url);
	dbtest_wait(t, &t->ups, 1, 10000);      /* or it never goes down */
	cluster("stop");
	dbtest_wait(t, &t->downs, 1, 10000);
	cluster("start");
	dbtest_wait(t, &t->ups, 2, 10000);
	dbtest_stop(t);
}

static void changes_while_away_are_reported_later(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_room_add('1', 'old'); SELECT confab_room_add('2')");
	dbtest_start(t);
	sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE application_name = 'confabd';"
	    "UPDATE room SET name = 'new' WHERE number = '1';"
	    "DELETE FROM room WHERE number = '2';"
	    "SELECT confab_room_add('3')");
	dbtest_wait(t, &t->ups, 2, 5000);
	assert_int_equal(t->downs, 1);
	assert_int_equal(t->changed, 2);
	assert_int_equal(t->gone, 1);
	assert_string_equal(db_room(t->db, "1")->name, "new");
	assert_null(db_room(t->db, "2"));
	assert_non_null(db_room(t->db, "3"));
}

static void a_stopped_process_does_not_stop_control(void **state)
{
	struct dbtest *t = *state;
	int64_t begin;

	sql("SELECT confab_room_add('1', '', '1234', '4321')");
	dbtest_start(t);
	cluster_signal(SIGSTOP);
	t->gap_us = t->last_us = 0;
	dbtest_wait(t, &t->downs, 1, 6000);
	for (int i = 0; i < 100; i++) {
		char json[256];

		snprintf(json, sizeof(json), "{\"id\":\"01900000-0000-7000-"
			 "8000-%012d\",\"call_id\":\"%d\"}", i, i);
		assert_int_equal(db_record(t->db, DB_RECORD_LEG, json), 0);
		assert_int_equal(dbtest_pin(t, "1", "1234", 1), 0);
		dbtest_turn(t, 30);
	}
	dbtest_wait(t, &t->answers, 100, 5000);
	/* Far above what a busy machine does to a thread, far below any
	 * time-out of the database's. */
	if (t->gap_us > 250 * 1000)
		fail_msg("%lld us between two ticks", (long long)t->gap_us);

	cluster_signal(SIGCONT);
	dbtest_wait(t, &t->ups, 2, 5000);
	dbtest_wait_sql(t, 5000, "100", "SELECT count(*) FROM leg");

	cluster_signal(SIGSTOP);                /* nor does it stop our end */
	dbtest_turn(t, 100);
	begin = loop_now_us();
	db_free(t->db, 500);
	t->db = NULL;
	assert_true(loop_now_us() - begin < 2 * 1000000);
	cluster_signal(SIGCONT);
}

/* A listener that nobody answers at: connections are made and hang. Returns
 * it; *port is where. */
static int black_hole(unsigned *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 100), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

static void a_black_hole_costs_a_deadline_each_time(void **state)
{
	struct dbtest *t = *state;
	unsigned port, tries = 0;
	char url[128], byte;
	int64_t begin;
	int hole = black_hole(&port), fd;

	snprintf(url, sizeof(url), "host=127.0.0.1 port=%u dbname=x user=x",
		 port);
	dbtest_start_url(t, url);
	assert_int_equal(db_record(t->db, DB_RECORD_LEG, "{\"id\":\"01900000-"
				   "0000-7000-8000-000000000001\"}"), 0);
	t->gap_us = t->last_us = 0;
	dbtest_turn(t, 5500);           /* two tries of 2 s, a pause */
	assert_true(t->gap_us < 250 * 1000);
	begin = loop_now_us();
	db_free(t->db, 300);
	t->db = NULL;
	assert_true(loop_now_us() - begin < 1500 * 1000);

	/* Each try was given up: its end is closed. Two threads tried. */
	while ((fd = accept(hole, NULL, NULL)) >= 0) {
		while (read(fd, &byte, 1) == 1)
			;
		assert_int_equal(read(fd, &byte, 1), 0);
		close(fd);
		tries++;
	}
	assert_true(tries >= 4 && tries <= 8);
	close(hole);
}

static void a_start_without_database_uses_the_last_rooms(void **state)
{
	struct dbtest *t = *state;

	sql("SELECT confab_room_add('1', 'kept', '1234')");
	dbtest_start(t);
	dbtest_stop(t);
	cluster("stop");
	dbtest_start_url(t, dbtest_env("CONFAB_TEST_URL"));
	dbtest_wait(t, &t->ready, 1, 5000);
	assert_int_equal(t->ups, 0);
	assert_false(db_is_up(t->db));
	assert_int_equal(db_rooms(t->db), 1);
	assert_string_equal(db_room(t->db, "1")->name, "kept");
	assert_int_equal(ask(t, "1", "1234"), DB_PIN_USER);
	cluster("start");
	dbtest_wait(t, &t->ups, 1, 5000);
	assert_int_equal(t->ready, 1);
	assert_int_equal(t->changed + t->gone, 0);
}

static void a_database_that_is_not_migrated_is_waited_for(void **state)
{
	struct dbtest *t = *state;
	char url[512], err[512];

	dbtest_new_database(url, "bare");
	dbtest_start_url(t, url);
	assert_int_equal(db_record(t->db, DB_RECORD_LEG, "{\"id\":\"01900000-"
				   "0000-7000-8000-000000000001\"}"), 0);
	dbtest_turn(t, 1500);
	assert_int_equal(t->ups + t->ready, 0);
	assert_int_equal(db_migrate(url, dbtest_env("CONFAB_TEST_SQL"), true,
				    err, sizeof(err)), 0);
	dbtest_wait(t, &t->ups, 1, 5000);
	assert_int_equal(db_rooms(t->db), 4);
	dbtest_stop(t);
	assert_string_equal(sql_at(url, "SELECT count(*) FROM leg"), "1");
}

static void a_url_that_needs_dns_is_refused(void **state)
{
	static const struct { const char *url; int err; } urls[] = {
		{ "host=db.example.org dbname=x", -EINVAL },
		{ "postgresql://db.example.org/x", -EINVAL },
		{ "host=/tmp,db.example.org", -EINVAL },
		{ "nonsense", -EINVAL },
		{ "host=db.example.org hostaddr=127.0.0.1 port=1", 0 },
		{ "host=127.0.0.1 port=1", 0 },
		{ "postgresql://[::1]:1/x", 0 },
		{ "host=/nonexistent", 0 }
	};
	struct dbtest *t = *state;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct db_cfg cfg = { .url = urls[i].url,
				      .journal = t->journal };
		static const struct db_ops none;

		char why[256] = "";

		assert_int_equal(db_new(&t->db, &cfg, t->loop, &none, t, why,
					sizeof(why)), urls[i].err);
		assert_int_equal(urls[i].err != 0, strstr(why, "url: ") != NULL);
		if (!urls[i].err)
			db_free(t->db, 0);
		t->db = NULL;
	}
}

#define WITH_DB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DB(all_rooms_are_cached_at_start),
		WITH_DB(every_change_reaches_the_cache),
		WITH_DB(what_did_not_change_is_not_reported),
		WITH_DB(many_changes_at_once_all_arrive),
		WITH_DB(constraints_say_what_is_wrong),
		WITH_DB(a_pin_tells_who_comes_in),
		WITH_DB(a_changed_pin_is_in_force),
		WITH_DB(a_hash_that_is_none_fails_and_lets_nobody_in),
		WITH_DB(time_does_not_tell_which_pins_there_are),
		WITH_DB(too_many_questions_are_refused),
		WITH_DB(rooms_stay_while_the_database_is_stopped),
		WITH_DB(the_url_may_go_after_the_start),
		WITH_DB(changes_while_away_are_reported_later),
		WITH_DB(a_stopped_process_does_not_stop_control),
		WITH_DB(a_black_hole_costs_a_deadline_each_time),
		WITH_DB(a_start_without_database_uses_the_last_rooms),
		WITH_DB(a_database_that_is_not_migrated_is_waited_for),
		WITH_DB(a_url_that_needs_dns_is_refused)
	};
	char err[512];
	int failed;

	log_set_level(LOG_ERROR);
	if (db_migrate(dbtest_env("CONFAB_TEST_URL"),
		       dbtest_env("CONFAB_TEST_SQL"), false, err,
		       sizeof(err)) < 0) {
		print_error("%s\n", err);
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	sql_close();
	return failed;
}
