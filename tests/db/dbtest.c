/* dbtest.c - see dbtest.h */
#include "dbtest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

const char *dbtest_env(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		fail_msg("%s is not set: run tests/db/run.sh", name);
	return value;
}

/* ---- the handlers ------------------------------------------------------ */

static void on_pin(void *arg, uint64_t leg, const struct db_pin_answer *answer)
{
	struct dbtest *t = arg;

	t->leg = leg;
	t->pin = answer->result;
	t->answer = *answer;
	t->answers++;
}

static void on_claim(void *arg, uint64_t leg, enum db_pin result)
{
	struct dbtest *t = arg;

	t->leg = leg;
	t->claim = result;
	t->claims++;
}

static void on_ready(void *arg)
{
	struct dbtest *t = arg;

	t->ready++;
}

static void on_room(void *arg, const char *number, const struct db_room *room)
{
	struct dbtest *t = arg;

	snprintf(t->number, sizeof(t->number), "%s", number);
	if (!db_is_adhoc(number))
		assert_ptr_equal(room, db_room(t->db, number));
	if (room)
		t->changed++;
	else
		t->gone++;
}

static void on_state(void *arg, bool up)
{
	struct dbtest *t = arg;

	assert_int_equal(db_is_up(t->db), up);
	if (up)
		t->ups++;
	else
		t->downs++;
}

static const struct db_ops ops = {
	.on_pin = on_pin, .on_claim = on_claim, .on_ready = on_ready, .on_room = on_room,
	.on_state = on_state
};

/* ---- the db under test ------------------------------------------------- */

static void on_tick(void *arg)
{
	struct dbtest *t = arg;
	int64_t now = loop_now_us();

	if (t->last_us && now - t->last_us > t->gap_us)
		t->gap_us = now - t->last_us;
	t->last_us = now;
	timer_start(&t->tick, 10);
}

void dbtest_init(struct dbtest *t)
{
	*t = (struct dbtest){ 0 };
	assert_int_equal(loop_new(&t->loop), 0);
	timer_init(&t->tick, t->loop, on_tick, t);
	snprintf(t->journal, sizeof(t->journal), "%s/journal.XXXXXX",
		 dbtest_env("CONFAB_TEST_DIR"));
	assert_non_null(mkdtemp(t->journal));
	on_tick(t);
}

void dbtest_start_url(struct dbtest *t, const char *url)
{
	struct db_cfg cfg = { .url = url, .journal = t->journal };
	char why[256];

	t->ready = t->ups = t->downs = 0;
	assert_int_equal(db_new(&t->db, &cfg, t->loop, &ops, t, why,
				sizeof(why)), 0);
}

void dbtest_start(struct dbtest *t)
{
	dbtest_start_url(t, dbtest_env("CONFAB_TEST_URL"));
	dbtest_wait(t, &t->ups, 1, 10000);
	assert_int_equal(t->ready, 1);
}

void dbtest_stop(struct dbtest *t)
{
	db_free(t->db, 10000);
	t->db = NULL;
	t->last_us = 0;
}

static void remove_folder(const char *path)
{
	DIR *d = opendir(path);

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (*e->d_name != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	assert_int_equal(rmdir(path), 0);
}

void dbtest_fini(struct dbtest *t)
{
	cluster_restore();
	db_free(t->db, 0);
	timer_stop(&t->tick);
	loop_free(t->loop);
	remove_folder(t->journal);
}

int dbtest_pin(struct dbtest *t, const char *room, const char *pin, uint64_t leg)
{
	const struct db_pin_ask ask = { .room = room, .pin = pin, .source = "",
					.caller = "", .leg = leg };

	return db_pin(t->db, &ask);
}

void dbtest_turn(struct dbtest *t, int ms)
{
	int64_t end = loop_now_us() + (int64_t)ms * 1000;

	while (loop_now_us() < end)
		loop_wait(t->loop, 5);
}

void dbtest_wait(struct dbtest *t, const unsigned *count, unsigned want,
		 int ms)
{
	/* a busy machine takes its time */
	int64_t end = loop_now_us() + (int64_t)ms * 5 * 1000;

	while (*count < want) {
		if (loop_now_us() > end)
			fail_msg("%u of %u after %d ms", *count, want, ms * 5);
		loop_wait(t->loop, 5);
	}
}

void dbtest_wait_sql(struct dbtest *t, int ms, const char *want,
		     const char *fmt, ...)
{
	int64_t end = loop_now_us() + (int64_t)ms * 1000;
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	while (strcmp(sql("%s", text), want) != 0) {
		if (loop_now_us() > end)
			fail_msg("not \"%s\" but \"%s\" after %d ms: %s", want,
				 sql("%s", text), ms, text);
		dbtest_turn(t, 20);
	}
	t->last_us = 0;                 /* a query of ours is no gap of db's */
}

/* ---- a connection beside it -------------------------------------------- */

static PGconn *own;                     /* of sql(); one test at a time */

const char *refusal(const char *statement)
{
	sql("CREATE OR REPLACE FUNCTION pg_temp.why(q text) RETURNS text "
	    "LANGUAGE plpgsql AS $$ DECLARE c text; BEGIN EXECUTE q;"
	    "RETURN 'taken'; EXCEPTION WHEN OTHERS THEN "
	    "GET STACKED DIAGNOSTICS c = CONSTRAINT_NAME;"
	    "RETURN SQLERRM || ' [' || c || ']'; END $$");
	return sql("SELECT pg_temp.why($q$%s$q$)", statement);
}

void sql_close(void)
{
	PQfinish(own);
	own = NULL;
}

static const char *query(PGconn *conn, const char *text)
{
	static char value[DBTEST_VALUE];
	PGresult *res = PQexec(conn, text);
	ExecStatusType st = PQresultStatus(res);

	if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK)
		fail_msg("%s: %s", text, PQerrorMessage(conn));
	value[0] = '\0';
	if (PQntuples(res) && PQnfields(res))
		snprintf(value, sizeof(value), "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	return value;
}

const char *sql(const char *fmt, ...)
{
	char text[8192];
	va_list ap;

	if (!own) {
		own = PQconnectdb(dbtest_env("CONFAB_TEST_URL"));
		if (PQstatus(own) != CONNECTION_OK)
			fail_msg("%s", PQerrorMessage(own));
		query(own, "SET client_min_messages = warning");
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return query(own, text);
}

const char *sql_at(const char *url, const char *fmt, ...)
{
	PGconn *conn = PQconnectdb(url);
	const char *value;
	char text[8192];
	va_list ap;

	if (PQstatus(conn) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(conn));
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	value = query(conn, text);
	PQfinish(conn);
	return value;
}

void dbtest_new_database(char out[static 512], const char *name)
{
	sql("DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
	sql("CREATE DATABASE %s", name);
	snprintf(out, 512, "%s dbname=%s", dbtest_env("CONFAB_TEST_URL"), name);
}

/* ---- the cluster ------------------------------------------------------- */

/* What a test did to it, to be undone when it fails half way. */
static bool is_stopped, is_frozen;

/* Runs script/pg VERB; its first line of output, if out is given. */
static void run_pg(const char *verb, char *out, size_t size)
{
	char *argv[] = { (char *)dbtest_env("CONFAB_TEST_PG"), (char *)verb,
			 (char *)dbtest_env("CONFAB_TEST_HOME"), NULL };
	posix_spawn_file_actions_t fa;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&fa, fds[0]);
	posix_spawn_file_actions_addclose(&fa, fds[1]);
	assert_int_equal(posix_spawn(&pid, argv[0], &fa, NULL, argv, environ),
			 0);
	posix_spawn_file_actions_destroy(&fa);
	close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	n = out ? read(fds[0], out, size - 1) : 0;
	if (out)
		out[n > 0 ? n : 0] = '\0';
	close(fds[0]);
}

void cluster(const char *verb)
{
	sql_close();
	run_pg(verb, NULL, 0);
	is_stopped = strcmp(verb, "stop") == 0;
}

void cluster_signal(int sig)
{
	char text[256], path[64];
	long postmaster, pid;
	FILE *f;

	run_pg("status", text, sizeof(text));
	assert_int_equal(sscanf(text, "running, pid %ld", &postmaster), 1);
	assert_int_equal(kill((pid_t)postmaster, sig), 0);
	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", postmaster,
		 postmaster);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fscanf(f, "%ld", &pid) == 1)
		kill((pid_t)pid, sig);
	fclose(f);
	is_frozen = sig == SIGSTOP;
}

void cluster_restore(void)
{
	if (is_frozen)
		cluster_signal(SIGCONT);
	if (is_stopped)
		cluster("start");
}
