/*
 * test_records.c - records, from db_record() to their rows: each exactly once,
 * in its order, whatever is killed or stopped on the way.
 */
#include "dbtest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/id.h"
#include "base/log.h"

#define ID "01900000-0000-7000-8000-"   /* and 12 digits */

static int setup(void **state)
{
	struct dbtest *t = malloc(sizeof(*t));

	dbtest_init(t);
	sql("TRUNCATE leg; TRUNCATE conference; TRUNCATE server_run");
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

static void record(struct dbtest *t, enum db_record type, const char *json)
{
	assert_int_equal(db_record(t->db, type, json), 0);
}

static void leg(struct dbtest *t, const char *json)
{
	record(t, DB_RECORD_LEG, json);
}

/* ---- what a record does ------------------------------------------------ */

static void a_record_becomes_a_row(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	leg(t, "{\"id\":\"" ID "000000000001\",\"conference_id\":"
	    "\"" ID "000000000002\",\"call_id\":\"abc@host\","
	    "\"from_uri\":\"sip:a@b\",\"from_name\":\"\\\"J\\u00f6rg\\\" \\\\\","
	    "\"source\":\"2001:db8::1\",\"source_port\":5060,"
	    "\"started\":\"2026-11-25T12:00:00.123456Z\",\"role\":\"member\","
	    "\"muted\":true,\"rx_packets\":12345678901,\"rx_lost\":-3,"
	    "\"codec\":null}");
	record(t, DB_RECORD_CONFERENCE, "{\"id\":\"" ID "000000000002\","
	       "\"room\":\"1000\",\"room_name\":\"Demo\","
	       "\"started\":\"2026-11-25T12:00:01Z\",\"members_max\":3}");
	dbtest_wait_sql(t, 3000, "1", "SELECT count(*) FROM conference");
	assert_string_equal(sql("SELECT conference_id || '|' || call_id || '|'"
		" || from_uri || '|' || from_name || '|' || host(source) || '|'"
		" || source_port || '|' || started || '|' || role || '|' ||"
		" muted || '|' || rx_packets || '|' || rx_lost || '|' ||"
		" direction FROM leg"),
		ID "000000000002|abc@host|sip:a@b|\"J\xc3\xb6rg\" \\|"
		"2001:db8::1|5060|2026-11-25 12:00:00.123456+00|member|true|"
		"12345678901|-3|in");
	assert_string_equal(sql("SELECT codec IS NULL AND ended IS NULL"
				" FROM leg"), "t");
	assert_string_equal(sql("SELECT room || room_name || members_max"
				" FROM conference"), "1000Demo3");
	assert_string_equal(sql("SELECT count(DISTINCT server) FROM (SELECT "
		"server FROM leg UNION ALL SELECT server FROM conference UNION "
		"ALL SELECT server FROM server_run) x"), "1");
}

static void later_records_overwrite_what_they_name(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	leg(t, "{\"id\":\"" ID "000000000001\",\"room\":\"1\",\"codec\":\"A\"}");
	leg(t, "{\"id\":\"" ID "000000000001\",\"codec\":\"B\",\"tries\":2}");
	leg(t, "{\"id\":\"" ID "000000000001\",\"tries\":null}");
	dbtest_wait_sql(t, 3000, "1B-", "SELECT room || codec ||"
			" coalesce(tries::text, '-') FROM leg");
	leg(t, "{\"id\":\"" ID "000000000001\",\"codec\":\"C\"}");
	dbtest_wait_sql(t, 3000, "1C", "SELECT room || codec FROM leg");
	assert_string_equal(sql("SELECT count(*) FROM leg"), "1");
}

/* More kinds of records than statements are prepared for. */
static void any_set_of_columns_will_do(void **state)
{
	static const char *const columns[] = {
		"tries", "rx_lost", "late", "bad", "stranger", "rtt_us",
		"delay_ms", "ptime_ms"
	};
	struct dbtest *t = *state;

	dbtest_start(t);
	for (unsigned set = 0; set < 256; set++) {
		char json[512];
		int at = snprintf(json, sizeof(json),
				  "{\"id\":\"" ID "%012u\"", set);

		for (unsigned i = 0; i < 8; i++)
			if (set & 1u << i)
				at += snprintf(json + at,
					sizeof(json) - (size_t)at,
					",\"%s\":%u", columns[i], 1u << i);
		snprintf(json + at, sizeof(json) - (size_t)at, "}");
		leg(t, json);
	}
	dbtest_wait_sql(t, 5000, "256", "SELECT count(*) FROM leg WHERE"
		" right(id::text, 12)::int = coalesce(tries, 0) +"
		" coalesce(rx_lost, 0) + coalesce(late, 0) + coalesce(bad, 0)"
		" + coalesce(stranger, 0) + coalesce(rtt_us, 0) +"
		" coalesce(delay_ms, 0) + coalesce(ptime_ms, 0)");
}

static void hostile_text_is_stored_all_the_same(void **state)
{
	struct dbtest *t = *state;

	dbtest_start(t);
	leg(t, "{\"id\":\"" ID "000000000001\",\"from_name\":\"a\\u0000b\","
	    "\"user_agent\":\"\xff\xfe'); DROP TABLE leg; --\"}");
	dbtest_wait_sql(t, 3000, "a\xef\xbf\xbd" "b?" "?'); DROP TABLE leg; --",
			"SELECT from_name || user_agent FROM leg");
}

static void a_record_too_long_is_refused_at_once(void **state)
{
	struct dbtest *t = *state;
	char *json = calloc(1, DB_RECORD_MAX + 2);
	uint64_t lost = counter_get(CNT_RECORD_LOST);

	dbtest_start(t);
	memset(json, ' ', DB_RECORD_MAX + 1);
	assert_int_equal(db_record(t->db, DB_RECORD_LEG, json), -EMSGSIZE);
	assert_int_equal(counter_get(CNT_RECORD_LOST), lost + 1);
	free(json);
}

/* ---- what is wrong with a record --------------------------------------- */

static unsigned rejected_lines(struct dbtest *t, const char *having)
{
	char path[256], line[2048];
	unsigned n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/rejected.jsonl", t->journal);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, having) != NULL;
	if (f)
		fclose(f);
	return n;
}

static void a_poisoned_record_does_not_hold_up_the_rest(void **state)
{
	static const char *const poison[] = {
		"{\"id\":\"" ID "900000000001\",\"nosuchcolumn\":1}",
		"{\"id\":\"" ID "900000000002\",\"started\":\"yesterdayish\"}",
		"{\"id\":\"" ID "900000000003\",\"tries\":99999999999}",
		"{\"id\":\"" ID "900000000004\",\"source\":\"1.2.3\"}",
		"{\"id\":\"" ID "900000000005\",\"source\":{\"a\":[1]}}",
		"{\"id\":\"nonsense\"}",
		"{\"tries\":1}",
		"[1]",
		"no json at all"
	};
	enum { N = sizeof(poison) / sizeof(poison[0]) };
	struct dbtest *t = *state;
	uint64_t rejected = counter_get(CNT_RECORD_REJECTED);
	char json[128];

	dbtest_start(t);
	for (int i = 0; i < 250; i++) {
		snprintf(json, sizeof(json), "{\"id\":\"" ID "%012d\"}", i);
		leg(t, json);
		if (i % 20 == 7 && i / 20 < N)
			leg(t, poison[i / 20]);
	}
	dbtest_wait_sql(t, 10000, "250", "SELECT count(*) FROM leg");
	assert_int_equal(counter_get(CNT_RECORD_REJECTED), rejected + N);
	assert_int_equal(rejected_lines(t, "\"why\""), N);
	assert_int_equal(rejected_lines(t, "\"sqlstate\":\"42703\""), 1);
	assert_int_equal(rejected_lines(t, "\"nosuchcolumn\":1"), 1);
	assert_int_equal(rejected_lines(t, "no json at all"), 1);

	leg(t, "{\"id\":\"" ID "000000001000\"}");      /* and goes on */
	dbtest_wait_sql(t, 3000, "251", "SELECT count(*) FROM leg");
}

/* A constraint that an operator added is poison too; a table that is locked or
 * gone is not: records wait for it. */
static void only_the_record_itself_is_blamed(void **state)
{
	struct dbtest *t = *state;
	uint64_t rejected = counter_get(CNT_RECORD_REJECTED);

	dbtest_start(t);
	sql("ALTER TABLE leg ADD CONSTRAINT no13 CHECK (tries <> 13)");
	leg(t, "{\"id\":\"" ID "000000000001\",\"tries\":13}");
	leg(t, "{\"id\":\"" ID "000000000002\",\"tries\":14}");
	dbtest_wait_sql(t, 3000, "14", "SELECT string_agg(tries::text, ',')"
			" FROM leg");
	assert_int_equal(counter_get(CNT_RECORD_REJECTED), rejected + 1);
	sql("ALTER TABLE leg DROP CONSTRAINT no13");

	sql("ALTER TABLE leg RENAME TO leg_away");
	leg(t, "{\"id\":\"" ID "000000000003\"}");
	dbtest_turn(t, 1000);
	sql("ALTER TABLE leg_away RENAME TO leg");
	dbtest_wait_sql(t, 5000, "2", "SELECT count(*) FROM leg");

	sql("BEGIN; LOCK TABLE leg");
	leg(t, "{\"id\":\"" ID "000000000004\"}");
	dbtest_turn(t, 1000);
	sql("COMMIT");
	dbtest_wait_sql(t, 8000, "3", "SELECT count(*) FROM leg");
	assert_int_equal(counter_get(CNT_RECORD_REJECTED), rejected + 1);
}

/* ---- replay ------------------------------------------------------------ */

static void forget_checkpoint(struct dbtest *t)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/checkpoint", t->journal);
	assert_int_equal(unlink(path), 0);
}

/* What a crash between commit and checkpoint leads to, at its worst: all is
 * sent again, begins long after their ends. */
static void a_replay_changes_nothing(void **state)
{
	struct dbtest *t = *state;
	char sum[DBTEST_VALUE];
	static const char sum_of[] = "SELECT md5(string_agg(l::text || "
		"l.xmin::text, ',' ORDER BY id)) FROM leg l";

	dbtest_start(t);
	for (int i = 0; i < 300; i++) {
		char json[256];

		snprintf(json, sizeof(json), "{\"id\":\"" ID "%012d\","
			 "\"started\":\"2026-01-01T00:00:00Z\",\"ended\":null,"
			 "\"codec\":\"first\"}", i);
		leg(t, json);
		snprintf(json, sizeof(json), "{\"id\":\"" ID "%012d\","
			 "\"ended\":\"2026-01-01T00:00:01Z\","
			 "\"codec\":\"last\"}", i);
		leg(t, json);
	}
	dbtest_stop(t);
	snprintf(sum, sizeof(sum), "%s", sql("%s", sum_of));
	assert_string_equal(sql("SELECT count(*) FROM leg WHERE codec = 'last'"
				" AND ended IS NOT NULL"), "300");
	for (int i = 0; i < 3; i++) {
		forget_checkpoint(t);
		dbtest_start(t);
		dbtest_stop(t);
		assert_string_equal(sql("%s", sum_of), sum);
	}
	assert_string_equal(sql("SELECT count(*) || ',' || count(DISTINCT id) "
				"FROM server_run WHERE end_reason = 'stopped'"),
			    "4,4");
}

static void records_wait_for_a_stopped_database(void **state)
{
	struct dbtest *t = *state;
	char json[128];

	dbtest_start(t);
	cluster("stop");
	for (int i = 0; i < 1000; i++) {
		snprintf(json, sizeof(json), "{\"id\":\"" ID "%012d\"}", i);
		leg(t, json);
	}
	dbtest_turn(t, 500);
	cluster("start");
	dbtest_wait_sql(t, 5000, "1000", "SELECT count(*) FROM leg");

	cluster("stop");                        /* over a restart of ours */
	leg(t, "{\"id\":\"" ID "000000001000\"}");
	dbtest_stop(t);
	cluster("start");
	assert_string_equal(sql("SELECT count(*) FROM leg"), "1000");
	dbtest_start(t);
	dbtest_wait_sql(t, 5000, "1001", "SELECT count(*) FROM leg");
}

/* ---- a crash ----------------------------------------------------------- */

/* What a child wrote before it was killed: shared with it. */
struct shared {
	volatile unsigned begun;                /* legs 0 to that, exclusive */
	volatile int64_t at_us[200000];         /* when leg i was handed over */
};

static struct shared *share(void)
{
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(sh != MAP_FAILED);
	return sh;
}

/* Leg i begins; leg i - 10, if it is of this run, ends. Each field is made from
 * i. */
static void child_step(struct dbtest *t, struct shared *sh, unsigned from,
		       unsigned i)
{
	char json[512];

	snprintf(json, sizeof(json), "{\"id\":\"" ID "%012u\",\"started\":"
		 "\"2026-01-01T00:00:00Z\",\"ended\":null,\"call_id\":\"c%u\","
		 "\"source_port\":%u,\"tx_packets\":0}", i, i, i % 65536);
	while (db_record(t->db, DB_RECORD_LEG, json) < 0)
		usleep(1000);
	sh->at_us[i] = loop_now_us();
	sh->begun = i + 1;
	if (i < from + 10)
		return;
	i -= 10;
	snprintf(json, sizeof(json), "{\"id\":\"" ID "%012u\",\"ended\":"
		 "\"2026-01-01T00:00:%02uZ\",\"end_reason\":\"bye\","
		 "\"tx_packets\":%u}", i, 1 + i % 50, i * 3);
	while (db_record(t->db, DB_RECORD_LEG, json) < 0)
		usleep(1000);
}

/* Writes from leg `from` on until it is killed; bursts and pauses. */
static void child_main(struct dbtest *t, struct shared *sh, unsigned from)
{
	static const struct db_ops none;
	struct db_cfg cfg = { .url = dbtest_env("CONFAB_TEST_URL"),
			      .journal = t->journal };
	char why[256];

	if (db_new(&t->db, &cfg, t->loop, &none, t, why, sizeof(why)) < 0)
		_exit(1);
	for (unsigned i = from; i < 200000; i++) {
		child_step(t, sh, from, i);
		if (id_rand32() % 50 == 0)
			usleep(id_rand32() % 10000);
	}
	pause();
}

static pid_t child_start(struct dbtest *t, struct shared *sh, unsigned from)
{
	pid_t pid;

	sql_close();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		child_main(t, sh, from);
		_exit(0);
	}
	return pid;
}

static void child_kill(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* Rows 0 to n - 1, without a hole, each as its last record made it. */
static unsigned check_rows(unsigned from)
{
	unsigned n = (unsigned)atoi(sql("SELECT count(*) FROM leg"));

	assert_int_equal(atoi(sql("SELECT coalesce(max(right(id::text, 12)"
		"::int) + 1, 0) FROM leg")), n);
	assert_string_equal(sql("SELECT count(*) FROM leg, LATERAL (SELECT "
		"right(id::text, 12)::int) i(n) WHERE call_id <> 'c' || n "
		"OR source_port <> n %% 65536 OR (end_reason = 'bye' AND "
		"(tx_packets <> n * 3 OR extract(second FROM ended) <> "
		"1 + n %% 50)) OR (end_reason = 'crashed' AND tx_packets <> 0)"
		" OR ended IS NULL"), "0");
	/* Only the last 10 of a run, and the ends that had not got to the
	 * disk, may have crashed. */
	assert_true(n >= from);
	return n;
}

/* Legs handed over more than a second before the kill are there: a sync, and
 * be it a slow one, is long over. */
static unsigned old_enough(const struct shared *sh, int64_t killed_us)
{
	unsigned n = sh->begun;

	while (n > 0 && sh->at_us[n - 1] > killed_us - 1000000)
		n--;
	return n;
}

static void exactly_once_after_kills_at_random_points(void **state)
{
	struct dbtest *t = *state;
	struct shared *sh = share();
	unsigned from = 0, runs = 8, open = 0;

	for (unsigned run = 0; run < runs; run++) {
		pid_t pid = child_start(t, sh, from);
		unsigned before = from;
		int64_t killed;

		while (__atomic_load_n(&sh->begun, __ATOMIC_RELAXED) < from + 64)
			usleep(1000);
		usleep(20000 + id_rand32() % 400000);
		if (run % 4 == 1)
			cluster("stop");
		if (run % 4 == 2)
			usleep(1200 * 1000);
		if (run % 4 == 3)
			cluster_signal(SIGSTOP);
		usleep(id_rand32() % 100000);
		killed = loop_now_us();
		child_kill(pid);
		if (run % 4 == 1)
			cluster("start");
		if (run % 4 == 3)
			cluster_signal(SIGCONT);

		dbtest_start(t);                /* replays, closes */
		dbtest_stop(t);
		from = check_rows(from);
		assert_true(from >= old_enough(sh, killed));
		/* + 1: killed after handing it over, before noting that */
		assert_true(from <= sh->begun + 1);
		sh->begun = from;       /* those after it were never durable */
		/* of each run those in the air, and what was on the way */
		open += from - before < 9 ? from - before : 9;
	}
	assert_true(from > 500);
	assert_int_equal(atoi(sql("SELECT count(*) FROM server_run WHERE "
				  "end_reason = 'crashed'")), runs);
	assert_int_equal(atoi(sql("SELECT count(*) FROM server_run WHERE "
				  "end_reason = 'stopped'")), runs);
	assert_true(atoi(sql("SELECT count(*) FROM leg WHERE end_reason = "
			     "'crashed'")) >= (int)open);
	munmap(sh, sizeof(*sh));
}

static void what_a_crash_left_open_is_closed(void **state)
{
	struct dbtest *t = *state;
	static const struct db_ops none;
	struct db_cfg cfg = { .url = dbtest_env("CONFAB_TEST_URL"),
			      .journal = t->journal };
	char killed[64], why[256];
	pid_t pid;

	sql_close();
	pid = fork();
	if (pid == 0) {
		if (db_new(&t->db, &cfg, t->loop, &none, t, why, sizeof(why)) < 0)
			_exit(1);
		leg(t, "{\"id\":\"" ID "000000000001\",\"started\":"
		    "\"2026-01-01T00:00:00Z\"}");
		leg(t, "{\"id\":\"" ID "000000000002\",\"started\":"
		    "\"2026-01-01T00:00:00Z\",\"ended\":"
		    "\"2026-01-01T00:00:09Z\",\"end_reason\":\"bye\"}");
		leg(t, "{\"id\":\"" ID "000000000003\",\"started\":"
		    "\"2126-01-01T00:00:00Z\"}");       /* a clock set back */
		record(t, DB_RECORD_CONFERENCE, "{\"id\":\"" ID "000000000004\""
		       ",\"started\":\"2026-01-01T00:00:00Z\"}");
		pause();
	}
	usleep(700 * 1000);
	dbtest_wait_sql(t, 5000, "1", "SELECT count(*) FROM conference");
	snprintf(killed, sizeof(killed), "%s", sql("SELECT now()"));
	child_kill(pid);
	sleep(2);                               /* it is dead for a while */

	dbtest_start(t);
	leg(t, "{\"id\":\"" ID "000000000005\",\"started\":"
	    "\"2026-01-01T00:00:00Z\"}");       /* of this run: stays open */
	dbtest_wait_sql(t, 3000, "t", "SELECT ended IS NULL FROM leg WHERE "
			"id::text LIKE '%%5'");
	assert_string_equal(sql("SELECT string_agg(coalesce(end_reason, '-'),"
		" ',' ORDER BY id) FROM leg"), "crashed,bye,crashed,-");
	/* Ended when last known alive: near the kill, not when we started. */
	assert_string_equal(sql("SELECT abs(extract(epoch FROM ended - "
		"timestamptz '%s')) < 1.5 FROM leg WHERE id::text LIKE '%%1'",
		killed), "t");
	assert_string_equal(sql("SELECT ended = started FROM leg WHERE id::text"
				" LIKE '%%3'"), "t");
	assert_string_equal(sql("SELECT end_reason || (ended < now() - "
		"interval '1.5s') FROM conference"), "crashedtrue");
	assert_string_equal(sql("SELECT string_agg(coalesce(end_reason, '-'),"
		" ',' ORDER BY started) FROM server_run"), "crashed,-");
	dbtest_stop(t);
	assert_string_equal(sql("SELECT string_agg(coalesce(end_reason, '-'),"
		" ',' ORDER BY started) FROM server_run"), "crashed,stopped");
}

/* Another server's open legs are its own business. */
static void another_servers_legs_are_left_alone(void **state)
{
	struct dbtest *t = *state, other;

	dbtest_init(&other);
	dbtest_start(&other);
	leg(&other, "{\"id\":\"" ID "000000000001\",\"started\":"
	    "\"2026-01-01T00:00:00Z\"}");
	dbtest_wait_sql(&other, 3000, "1", "SELECT count(*) FROM leg");
	dbtest_start(t);
	dbtest_stop(t);
	dbtest_start(t);
	dbtest_wait_sql(t, 3000, "2", "SELECT count(*) FROM server_run WHERE "
			"end_reason IS NULL");
	assert_string_equal(sql("SELECT ended IS NULL FROM leg"), "t");
	dbtest_fini(&other);
}

/* ---- speed ------------------------------------------------------------- */

static void thousands_a_second_get_through(void **state)
{
	struct dbtest *t = *state;
	enum { N = 20000 };
	int64_t begin, handed, stored;
	char json[1024];

	dbtest_start(t);
	begin = loop_now_us();
	for (int i = 0; i < N; i++) {
		snprintf(json, sizeof(json), "{\"id\":\"" ID "%012d\","
			 "\"call_id\":\"0123456789abcdef@192.0.2.1\","
			 "\"from_uri\":\"sip:alice@example.org\","
			 "\"source\":\"192.0.2.1\",\"source_port\":5060,"
			 "\"transport\":\"udp\",\"room\":\"1000\","
			 "\"started\":\"2026-01-01T00:00:00Z\","
			 "\"ended\":\"2026-01-01T00:00:09Z\","
			 "\"end_reason\":\"bye\",\"codec\":\"PCMU\","
			 "\"rx_packets\":1500,\"tx_packets\":1500,"
			 "\"rx_lost\":1,\"rx_jitter_us\":900,"
			 "\"rtt_us\":21000}", i);
		while (db_record(t->db, DB_RECORD_LEG, json) == -EAGAIN)
			usleep(200);
	}
	handed = loop_now_us() - begin;
	while (strcmp(sql("SELECT count(*) FROM leg"), "20000") != 0) {
		assert_true(loop_now_us() - begin < 60 * 1000000);
		usleep(50000);                  /* counting costs, too */
	}
	stored = loop_now_us() - begin;
	print_message("[ FIGURE   ] records: %lld a second into the journal, "
		      "%lld a second into PostgreSQL\n",
		      (long long)N * 1000000 / handed,
		      (long long)N * 1000000 / stored);
	assert_true((long long)N * 1000000 / stored > 1000);
}

#define WITH_DB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DB(a_record_becomes_a_row),
		WITH_DB(later_records_overwrite_what_they_name),
		WITH_DB(any_set_of_columns_will_do),
		WITH_DB(hostile_text_is_stored_all_the_same),
		WITH_DB(a_record_too_long_is_refused_at_once),
		WITH_DB(a_poisoned_record_does_not_hold_up_the_rest),
		WITH_DB(only_the_record_itself_is_blamed),
		WITH_DB(a_replay_changes_nothing),
		WITH_DB(records_wait_for_a_stopped_database),
		WITH_DB(exactly_once_after_kills_at_random_points),
		WITH_DB(what_a_crash_left_open_is_closed),
		WITH_DB(another_servers_legs_are_left_alone),
		WITH_DB(thousands_a_second_get_through)
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
