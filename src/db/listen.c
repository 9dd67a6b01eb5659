/* listen.c - see listen.h */
#include "listen.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/box.h"
#include "base/log.h"
#include "base/str.h"
#include "menus.h"
#include "pg.h"
#include "roomrow.h"
#include "thread.h"

enum {
	QUEUE = 64,                     /* messages */
	CHUNK = 256,                    /* rows a message */
	PENDING_MAX = 64,               /* numbers; more: all are read again */
	PING_MS = 2000,
	PING_WAIT_MS = 2000,
	COPY_MS = 10000                 /* the copy lags by that much */
};

/* As many as fit into one answer of confabctl. */
#define PROBLEMS_MAX "100"

struct listen {
	struct thread thread;
	struct pg pg;
	int dirfd, tell;
	struct box *out;
	unsigned gen;                   /* loads so far */
	bool up;                        /* as control was told */
	bool stale;                     /* the copy is older than the table */
	int64_t ping_us, copy_us;       /* when due */
	char pending[PENDING_MAX][DB_NUMBER_MAX];
	unsigned n_pending;
	bool all_pending;
};

/* ---- to control -------------------------------------------------------- */

static void free_msg(struct listen_msg *msg)
{
	free(msg->rows);
	free(msg->problems);
	free(msg->menus);
}

/* Control may be slower than we are; we have time. */
static void post(struct listen *l, struct listen_msg *msg)
{
	while (box_put(l->out, msg) < 0) {
		if (thread_is_asked(&l->thread)) {
			free_msg(msg);
			return;
		}
		wake_send(l->tell);
		poll(NULL, 0, 5);
	}
	wake_send(l->tell);
}

static void post_state(struct listen *l, bool up)
{
	struct listen_msg msg = { .kind = up ? LISTEN_UP : LISTEN_DOWN };

	if (up == l->up)
		return;
	l->up = up;
	post(l, &msg);
}

/* Sends rows in pieces, so that control need not take thousands at once. */
static int post_rows(struct listen *l, const struct room_row *rows, size_t n)
{
	for (size_t at = 0; at < n; at += CHUNK) {
		struct listen_msg msg = { .kind = LISTEN_ROWS, .gen = l->gen };

		msg.n = n - at < CHUNK ? n - at : CHUNK;
		msg.rows = malloc(msg.n * sizeof(*rows));
		if (!msg.rows)
			return -ENOMEM;
		memcpy(msg.rows, rows + at, msg.n * sizeof(*rows));
		post(l, &msg);
	}
	return 0;
}

static int post_load(struct listen *l, const struct room_row *rows, size_t n)
{
	struct listen_msg msg = { .kind = LISTEN_LOADED };
	int err;

	msg.gen = ++l->gen;
	err = post_rows(l, rows, n);
	if (!err)
		post(l, &msg);
	return err;
}

/* ---- from the database ------------------------------------------------- */

/* As pg_query(), and pg->error is set for a refusal too. */
static PGresult *ask(struct listen *l, const char *sql, int n,
		     const char *const *values)
{
	PGresult *res = pg_query(&l->pg, sql, n, values, PG_STATEMENT_MS);

	if (!res || PQresultStatus(res) == PGRES_TUPLES_OK)
		return res;
	if (strcmp(pg_state(res), "42P01") == 0)
		pg_set_error(&l->pg, "there is no table room: run "
			     "confabd --migrate");
	else
		pg_set_error(&l->pg, PQresultErrorMessage(res));
	PQclear(res);
	return NULL;
}

/* Before the rooms that name them. */
static int load_menus(struct listen *l)
{
	struct listen_msg msg = { .kind = LISTEN_MENUS };
	PGresult *res = ask(l, menus_all, 0, NULL);
	int err;

	if (!res)
		return -EPIPE;
	err = menus_of_result(res, &msg.menus, &msg.n);
	if (!err)
		post(l, &msg);
	if (menus_save(l->dirfd, res) < 0)
		log_warn("db", "cannot keep a copy of the menus");
	PQclear(res);
	return err;
}

static void save_copy(struct listen *l, const PGresult *res)
{
	int err = roomrow_save(l->dirfd, res);

	l->stale = false;
	if (err)
		log_warn("db", "cannot keep a copy of the rooms, errno=%d", -err);
}

static void copy(char *to, size_t size, const PGresult *res, int row, int column)
{
	str_copy(to, size, PQgetvalue(res, row, column));
}

/* Looks for rows that are wrong; control shows them to who asks. */
static int check_rows(struct listen *l)
{
	struct listen_msg msg = { .kind = LISTEN_CHECKED };
	PGresult *res = ask(l, "SELECT what, key, field, problem FROM confab_check() "
			    "LIMIT " PROBLEMS_MAX, 0, NULL);

	if (!res)
		return -EPIPE;
	msg.n = (size_t)PQntuples(res);
	msg.problems = calloc(msg.n + 1, sizeof(*msg.problems));
	if (!msg.problems) {
		PQclear(res);
		return -ENOMEM;
	}
	for (int i = 0; i < PQntuples(res); i++) {
		struct db_problem *p = &msg.problems[i];

		copy(p->what, sizeof(p->what), res, i, 0);
		copy(p->key, sizeof(p->key), res, i, 1);
		copy(p->field, sizeof(p->field), res, i, 2);
		copy(p->problem, sizeof(p->problem), res, i, 3);
	}
	PQclear(res);
	post(l, &msg);
	return 0;
}

/* Reads all rooms. Changes that are notified before this query are in it. */
static int load(struct listen *l)
{
	int err = load_menus(l);
	PGresult *res = err ? NULL : ask(l, roomrow_all, 0, NULL);
	struct room_row *rows;
	size_t n;

	if (!res)
		return -EPIPE;
	l->n_pending = 0;
	l->all_pending = false;
	err = roomrow_of_result(res, &rows, &n);
	if (!err) {
		err = post_load(l, rows, n);
		free(rows);
	}
	save_copy(l, res);
	PQclear(res);
	return err ? err : check_rows(l);
}

static bool is_number(const char *s)
{
	size_t len = strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ._-");

	return len && len < DB_NUMBER_MAX && !s[len];
}

/* Notes which room was notified; "" is all of them. Whoever may connect may
 * notify anything. */
static void add_pending(struct listen *l, const char *number)
{
	if (!*number)
		l->all_pending = true;
	if (!is_number(number))
		return;
	for (unsigned i = 0; i < l->n_pending; i++)
		if (strcmp(l->pending[i], number) == 0)
			return;
	if (l->n_pending == PENDING_MAX)
		l->all_pending = true;
	else
		str_copy(l->pending[l->n_pending++], DB_NUMBER_MAX, number);
}

static void take_notifies(struct listen *l)
{
	PGnotify *note;

	while ((note = PQnotifies(l->pg.conn))) {
		add_pending(l, note->extra);
		PQfreemem(note);
	}
}

/* Tells control about the pending numbers that the answer does not hold. */
static void post_gone(struct listen *l, const struct room_row *rows, size_t n)
{
	for (unsigned i = 0; i < l->n_pending; i++) {
		struct listen_msg msg = { .kind = LISTEN_GONE };
		size_t k = 0;

		while (k < n && strcmp(rows[k].room.number, l->pending[i]) != 0)
			k++;
		if (k < n)
			continue;
		str_copy(msg.number, sizeof(msg.number), l->pending[i]);
		post(l, &msg);
	}
}

/* Reads the pending rooms again. */
static int refresh(struct listen *l)
{
	char list[PENDING_MAX * 36];
	const char *values[1] = { list };
	struct room_row *rows;
	struct strbuf sb;
	PGresult *res;
	size_t n;
	int err;

	strbuf_init(&sb, list, sizeof(list));
	for (unsigned i = 0; i < l->n_pending; i++)
		strbuf_add(&sb, "%c\"%s\"", i ? ',' : '{', l->pending[i]);
	strbuf_add(&sb, "}");
	res = ask(l, roomrow_some, 1, values);
	if (!res)
		return -EPIPE;
	err = roomrow_of_result(res, &rows, &n);
	PQclear(res);
	if (err)
		return err;
	err = post_rows(l, rows, n);
	post_gone(l, rows, n);
	free(rows);
	l->n_pending = 0;
	if (!l->stale) {
		l->stale = true;
		l->copy_us = loop_now_us() + COPY_MS * 1000;
	}
	return err;
}

/* Everything once: LISTEN first, so that no change falls between. */
static int begin(struct listen *l)
{
	int err = pg_connect(&l->pg);

	if (!err)
		err = pg_do(&l->pg, "LISTEN confab_room", 0, NULL,
			    PG_STATEMENT_MS);
	if (!err)
		err = load(l);
	if (err)
		return err;
	pg_forgive(&l->pg);
	l->ping_us = loop_now_us() + PING_MS * 1000;
	post_state(l, true);
	return 0;
}

/* What is due: changed rooms, a new copy, a sign of life. */
static int work(struct listen *l)
{
	int64_t now = loop_now_us();

	take_notifies(l);
	if (l->all_pending || (l->stale && now >= l->copy_us))
		return load(l);
	if (l->n_pending)
		return refresh(l);
	if (now < l->ping_us)
		return 0;
	l->ping_us = now + PING_MS * 1000;
	return pg_do(&l->pg, "SELECT 1", 0, NULL, PING_WAIT_MS);
}

/* Follows the table until the connection is lost or we are to stop. */
static void follow(struct listen *l)
{
	while (!thread_is_asked(&l->thread)) {
		if (work(l) < 0)
			return;
		take_notifies(l);
		if (l->n_pending || l->all_pending)
			continue;
		if (!pg_wait_input(&l->pg, l->ping_us))
			continue;
		if (!PQconsumeInput(l->pg.conn)) {
			pg_set_error(&l->pg, PQerrorMessage(l->pg.conn));
			return;
		}
	}
}

/* Before the first load: the rooms of the last run are better than none. */
static void use_copy(struct listen *l)
{
	struct listen_msg menus = { .kind = LISTEN_MENUS };
	struct room_row *rows;
	size_t n;

	if (l->gen || roomrow_load(l->dirfd, &rows, &n) < 0)
		return;
	if (menus_load(l->dirfd, &menus.menus, &menus.n) == 0)
		post(l, &menus);
	log_warn("db", "database is away, using the rooms of the last run, "
		 "rooms=%zu", n);
	if (post_load(l, rows, n) < 0)
		log_error("db", "no memory for rooms");
	free(rows);
}

static void *run(void *arg)
{
	struct listen *l = arg;

	while (!thread_is_asked(&l->thread)) {
		if (begin(l) == 0)
			follow(l);
		pg_close(&l->pg);
		if (thread_is_asked(&l->thread))
			break;
		post_state(l, false);
		pg_complain(&l->pg);
		use_copy(l);
		pg_pause(&l->pg);
	}
	return NULL;
}

/* ---- outside ----------------------------------------------------------- */

int listen_new(struct listen **lp, const char *url, int dirfd, int tell)
{
	struct listen *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	l->dirfd = dirfd;
	l->tell = tell;
	pg_init(&l->pg, url, "db", &l->thread);
	err = thread_init(&l->thread);
	if (!err)
		err = box_new(&l->out, QUEUE, sizeof(struct listen_msg));
	if (!err)
		err = thread_start(&l->thread, run, l, "db-listen");
	if (err) {
		listen_free(l);
		return err;
	}
	*lp = l;
	return 0;
}

bool listen_take(struct listen *l, struct listen_msg *msg)
{
	return box_take(l->out, msg);
}

void listen_free(struct listen *l)
{
	struct listen_msg msg;

	if (!l)
		return;
	thread_fini(&l->thread);
	pg_close(&l->pg);
	while (l->out && listen_take(l, &msg))
		free_msg(&msg);
	box_free(l->out);
	free(l);
}
