/* writer.c - see writer.h */
#include "writer.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/str.h"
#include "jdir.h"
#include "journal.h"
#include "jread.h"
#include "pg.h"
#include "record.h"
#include "reject.h"
#include "thread.h"

enum {
	BATCH_MAX = 100,                /* records */
	BATCH_US = 200 * 1000,          /* how long the first one waits */
	STATEMENTS_MAX = 64             /* prepared a connection */
};

/* A statement prepared on the connection; its name is its number. */
struct statement {
	struct hash_node node;
	char name[16];
	char sql[];
};

struct item {
	char type;
	uint64_t pos;
	char *json;                     /* terminated */
	size_t len;
};

struct writer {
	struct thread thread;
	struct journal *journal;
	struct pg pg;
	struct jread read;
	struct hash statements;
	unsigned n_named;               /* names given on this connection */
	struct item items[BATCH_MAX];   /* [first, n): to be stored */
	unsigned first, n;
	uint64_t next;                  /* position behind the batch */
	uint64_t saved;                 /* the checkpoint as written */
	int64_t since_us;               /* when the first of it was read */
	char sql[RECORD_SQL_MAX];
};

/* ---- reading ----------------------------------------------------------- */

static void clear_batch(struct writer *w)
{
	for (unsigned i = 0; i < w->n; i++)
		free(w->items[i].json);
	w->first = w->n = 0;
}

/* False: no memory. The record is read again later, nothing is given up. */
static bool take(struct writer *w, const struct jline *line, uint64_t pos)
{
	struct item *it = &w->items[w->n];
	char why[RECORD_WHY_LEN];
	struct record rec;

	if (record_read(&rec, NULL, line->type, line->json, line->len,
			why) < 0) {
		struct reject r = { .type = line->type, .pos = pos, .state = "",
				    .why = why, .json = line->json,
				    .len = line->len };

		reject_record(journal_dirfd(w->journal), &r);
		return true;
	}
	it->json = strndup(line->json, line->len);
	if (!it->json) {
		w->read.pos = pos;
		w->read.off = w->read.len = 0;
		return false;
	}
	it->len = line->len;
	it->type = line->type;
	it->pos = pos;
	if (w->n++ == 0)
		w->since_us = loop_now_us();
	return true;
}

/* Fills the batch from the journal. True if there is more than fits. */
static bool read_more(struct writer *w)
{
	uint64_t limit = journal_durable(w->journal), pos;
	struct jline line;
	int got;

	while (w->n < BATCH_MAX) {
		got = jread_next(&w->read, limit, &line, &pos);
		if (got == 0)
			break;
		if (got == 1) {
			if (!take(w, &line, pos))
				break;
		} else if (got == -EBADMSG) {
			log_error("journal", "damaged, position=%" PRIu64
				  " bytes=%" PRIu64, pos, w->read.pos - pos);
			counter_inc(CNT_RECORD_LOST);
		} else {
			log_error("journal", "cannot be read, errno=%d", -got);
			pg_pause(&w->pg);
			break;
		}
	}
	w->next = w->read.pos;
	return w->read.pos < limit;
}

static void done(struct writer *w)
{
	int err;

	clear_batch(w);
	if (w->next == w->saved)
		return;
	err = jdir_write_num(journal_dirfd(w->journal), "checkpoint", w->next);
	if (err) {
		/* The old one does as well, only slower after a crash; but the
		 * segments behind it must stay. */
		log_error("journal", "cannot write the checkpoint, errno=%d",
			  -err);
		return;
	}
	w->saved = w->next;
	journal_taken(w->journal, w->next);
}

/* ---- storing ----------------------------------------------------------- */

static void forget_statement(struct hash_node *node, void *arg)
{
	hash_del(arg, node);
	free(container_of(node, struct statement, node));
}

/* Those of the last connection, or all after an error. */
static void forget_statements(struct writer *w)
{
	hash_each(&w->statements, forget_statement, &w->statements);
}

static void disconnect(struct writer *w)
{
	pg_close(&w->pg);
	forget_statements(w);
}

static bool connect_pg(struct writer *w)
{
	if (w->pg.conn)
		return true;
	forget_statements(w);
	w->n_named = 0;
	if (pg_connect(&w->pg) < 0)
		return false;
	log_debug("journal", "writer is connected");
	return true;
}

/* The prepared statement for w->sql; *is_new if it has to be prepared first.
 * NULL: there are too many, or no memory. */
static struct statement *statement(struct writer *w, bool *is_new)
{
	struct hash_node *node = hash_find(&w->statements, w->sql);
	size_t len = strlen(w->sql) + 1;
	struct statement *st;

	*is_new = !node;
	if (node)
		return container_of(node, struct statement, node);
	if (w->statements.n >= STATEMENTS_MAX)
		return NULL;
	st = malloc(sizeof(*st) + len);
	if (!st)
		return NULL;
	memcpy(st->sql, w->sql, len);
	snprintf(st->name, sizeof(st->name), "r%u", w->n_named++);
	if (hash_add(&w->statements, &st->node, st->sql) < 0) {
		free(st);
		return NULL;
	}
	return st;
}

static void make_sql(struct writer *w, const struct item *it)
{
	char why[RECORD_WHY_LEN];
	struct record rec;
	int err = record_read(&rec, w->sql, it->type, it->json, it->len, why);

	assert(err == 0);               /* take() let it pass */
	(void)err;
}

/* Queues one record into the pipeline. The number of results to expect, or
 * -EPIPE. */
static int send_item(struct writer *w, const struct item *it)
{
	char pos[24];
	const char *values[3] = { it->json, journal_server(w->journal), pos };
	PGconn *conn = w->pg.conn;
	struct statement *st;
	bool is_new;
	int ok;

	snprintf(pos, sizeof(pos), "%" PRIu64, it->pos);
	make_sql(w, it);
	st = statement(w, &is_new);
	if (!st)
		ok = PQsendQueryParams(conn, w->sql, 3, NULL, values, NULL,
				       NULL, 0);
	else if (is_new && !PQsendPrepare(conn, st->name, st->sql, 3, NULL))
		ok = 0;
	else
		ok = PQsendQueryPrepared(conn, st->name, 3, values, NULL, NULL,
					 0);
	if (!ok)
		return -EPIPE;
	return st && is_new ? 2 : 1;
}

/* Reads all results of the pipeline up to its sync. Sets state to the SQLSTATE
 * of the first error, "" if all went well. 0 or -EPIPE. */
static int read_results(struct writer *w, char state[static 6])
{
	int64_t until = loop_now_us() + PG_STATEMENT_MS * 1000;
	bool synced = false, was_null = false;
	PGresult *res;

	state[0] = '\0';
	while (!synced) {
		if (!pg_next(&w->pg, &res, until))
			return -EPIPE;
		if (!res) {             /* between two statements */
			if (was_null)
				return -EPIPE;
			was_null = true;
			continue;
		}
		was_null = false;
		if (PQresultStatus(res) == PGRES_FATAL_ERROR && !state[0]) {
			str_copy(state, 6, pg_state(res));
			pg_set_error(&w->pg, PQresultErrorMessage(res));
			if (!state[0])
				return -EPIPE;  /* libpq's own: it is gone */
		}
		synced = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
		PQclear(res);
	}
	return 0;
}

/* The whole batch in one transaction: a pipeline without BEGIN is one, up to
 * its sync. 0 with state set if PostgreSQL refused it; -EPIPE. */
static int store_batch(struct writer *w, char state[static 6])
{
	PGconn *conn = w->pg.conn;
	int err = PQenterPipelineMode(conn) ? 0 : -EPIPE;

	for (unsigned i = w->first; i < w->n && !err; i++)
		if (send_item(w, &w->items[i]) < 0)
			err = -EPIPE;
	if (!err && !PQpipelineSync(conn))
		err = -EPIPE;
	if (err) {
		pg_set_error(&w->pg, PQerrorMessage(conn));
		return err;
	}
	err = read_results(w, state);
	if (!err && !PQexitPipelineMode(conn)) {
		pg_set_error(&w->pg, PQerrorMessage(conn));
		err = -EPIPE;
	}
	return err;
}

/* Is it the database that is unwell (true), or the record (false)? */
static bool is_passing(const char *state)
{
	/* Classes, then whole states. */
	static const char *const passing[] = {
		"08",           /* connection */
		"25",           /* transaction state: a read-only standby */
		"28", "3D", "3F", /* role, database or schema is not there */
		"40",           /* rolled back: deadlock, serialization */
		"53",           /* disk full, out of memory, connections */
		"55",           /* lock not available */
		"57",           /* cancelled, shut down, starting up */
		"58",           /* I/O error */
		"26000", "42P05", /* prepared statements: a pooler in between */
		"42501",        /* no privilege */
		"42P01", "42883" /* table, function missing: not migrated */
	};

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strncmp(state, passing[i], strlen(passing[i])) == 0)
			return true;
	return false;
}

/* One record in a transaction of its own. 0: stored or set aside; -EPIPE or
 * -EAGAIN: neither, try again later. */
static int store_one(struct writer *w, const struct item *it)
{
	char pos[24], state[6];
	const char *values[3] = { it->json, journal_server(w->journal), pos };
	struct reject r = { .type = it->type, .pos = it->pos, .state = state,
			    .why = w->pg.error, .json = it->json,
			    .len = it->len };
	PGresult *res;
	bool failed;

	snprintf(pos, sizeof(pos), "%" PRIu64, it->pos);
	make_sql(w, it);
	res = pg_query(&w->pg, w->sql, 3, values, PG_STATEMENT_MS);
	if (!res)
		return -EPIPE;
	failed = PQresultStatus(res) == PGRES_FATAL_ERROR;
	str_copy(state, sizeof(state), pg_state(res));
	if (failed)
		pg_set_error(&w->pg, PQresultErrorMessage(res));
	PQclear(res);
	if (!failed) {
		counter_inc(CNT_RECORD_STORED);
		return 0;
	}
	if (is_passing(state))
		return -EAGAIN;
	reject_record(journal_dirfd(w->journal), &r);
	return 0;
}

/* After a batch was refused: which record is it? */
static int store_singly(struct writer *w)
{
	int err = pg_do(&w->pg, "DEALLOCATE ALL", 0, NULL, PG_STATEMENT_MS);

	forget_statements(w);
	while (!err && w->first < w->n) {
		err = store_one(w, &w->items[w->first]);
		if (!err)
			w->first++;
	}
	return err;
}

/* Brings the batch to PostgreSQL. 0, or -errno: what is left of it remains. */
static int store(struct writer *w)
{
	char state[6];
	int err;

	if (!connect_pg(w))
		return -ECONNREFUSED;
	err = store_batch(w, state);
	if (!err && !state[0]) {
		counter_add(CNT_RECORD_STORED, w->n - w->first);
		w->first = w->n;
		return 0;
	}
	if (!err)
		err = is_passing(state) ? -EAGAIN : store_singly(w);
	if (err)
		disconnect(w);
	return err;
}

/* ---- the thread -------------------------------------------------------- */

/* Waits until something is to be stored. */
static void wait_news(struct writer *w)
{
	struct pollfd p = { .fd = w->thread.wake, .events = POLLIN };
	int64_t left = -1;

	if (w->n) {
		left = w->since_us + BATCH_US - loop_now_us();
		if (left <= 0)
			return;
		left = (left + 999) / 1000;
	}
	poll(&p, 1, (int)left);
	wake_clear(w->thread.wake);
}

/* Reads until the batch is full, or old enough, or the journal has stopped. */
static void gather(struct writer *w)
{
	for (;;) {
		bool more = read_more(w);

		if (w->n == BATCH_MAX || more ||
		    thread_is_asked(&w->thread) ||
		    (w->n && loop_now_us() - w->since_us >= BATCH_US))
			return;
		wait_news(w);
	}
}

static void *run(void *arg)
{
	struct writer *w = arg;

	for (;;) {
		int err = 0;

		if (w->first == w->n) {
			gather(w);
			if (!w->n && thread_is_asked(&w->thread)) {
				done(w);
				break;
			}
		}
		if (w->first < w->n)
			err = store(w);
		if (!err) {
			pg_forgive(&w->pg);
			done(w);
			continue;
		}
		pg_complain(&w->pg);
		if (thread_is_asked(&w->thread))
			break;
		pg_pause(&w->pg);
	}
	return NULL;
}

/* ---- outside ----------------------------------------------------------- */

int writer_new(struct writer **wp, const char *url, struct journal *journal)
{
	struct writer *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->read.fd = -1;
	w->journal = journal;
	pg_init(&w->pg, url, "journal", &w->thread);
	err = thread_init(&w->thread);
	if (!err)
		err = hash_init(&w->statements);
	if (!err)
		err = jread_init(&w->read, journal_dirfd(journal),
				 journal_checkpoint(journal));
	w->next = w->saved = w->read.pos;
	if (!err)
		err = thread_start(&w->thread, run, w, "db-writer");
	if (err) {
		writer_free(w, 0);
		return err;
	}
	journal_tell(journal, w->thread.wake);
	*wp = w;
	return 0;
}

void writer_free(struct writer *w, int ms)
{
	if (!w)
		return;
	thread_ask(&w->thread, ms);
	thread_join(&w->thread);
	thread_fini(&w->thread);
	pg_close(&w->pg);
	clear_batch(w);
	if (w->statements.slots)
		forget_statements(w);
	hash_fini(&w->statements);
	jread_fini(&w->read);
	free(w);
}
