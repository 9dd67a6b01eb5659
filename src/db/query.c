/* query.c - see query.h */
#include "query.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/box.h"
#include "base/log.h"
#include "pg.h"
#include "thread.h"

enum {
	QUEUE = 256,
	ANSWER_MS = 2000,
	AWAY_US = 1000000       /* between two tries to connect */
};

/* Goes to the thread and comes back as the answer; its owner is who holds it. */
struct question {
	const char *sql;
	int n;
	char *values[QUERY_ARGS_MAX];   /* NULL: null */
	query_h *fn;
	void *arg;
	int err;
	char *text;                     /* the answer, or NULL */
};

struct query {
	struct thread thread;
	struct pg pg;
	int tell;
	int64_t away_us;                /* no try to connect before */
	struct box *questions, *answers;
	struct question *left;          /* of the thread when it was stopped */
};

static void question_free(struct question *q)
{
	for (int i = 0; i < q->n; i++) {
		if (q->values[i])
			explicit_bzero(q->values[i], strlen(q->values[i]));
		free(q->values[i]);
	}
	free(q->text);
	free(q);
}

/* ---- the thread --------------------------------------------------------- */

static int connected(struct query *q)
{
	int err;

	if (q->pg.conn)
		return 0;
	if (loop_now_us() < q->away_us)
		return -ENOTCONN;
	err = pg_connect(&q->pg);
	if (!err) {
		pg_forgive(&q->pg);
		return 0;
	}
	pg_complain(&q->pg);
	pg_close(&q->pg);
	q->away_us = loop_now_us() + AWAY_US;
	return -ENOTCONN;
}

static void take_answer(struct question *ask, const PGresult *res)
{
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

		ask->err = -EPROTO;
		ask->text = strdup(text ? text : "refused");
	} else if (PQntuples(res) && !PQgetisnull(res, 0, 0)) {
		ask->text = strdup(PQgetvalue(res, 0, 0));
		ask->err = ask->text ? 0 : -ENOMEM;
	}
}

static void answer(struct query *q, struct question *ask)
{
	PGresult *res;

	ask->err = connected(q);
	if (ask->err)
		return;
	res = pg_query(&q->pg, ask->sql, ask->n,
		       (const char *const *)ask->values, ANSWER_MS);
	if (res) {
		take_answer(ask, res);
		PQclear(res);
		return;
	}
	pg_complain(&q->pg);
	pg_close(&q->pg);
	q->away_us = loop_now_us() + AWAY_US;
	ask->err = -ENOTCONN;
}

static void *run(void *arg)
{
	struct query *q = arg;
	struct pollfd p = { .fd = q->thread.wake, .events = POLLIN };

	while (!thread_is_asked(&q->thread)) {
		struct question *ask;

		if (!box_take(q->questions, &ask)) {
			poll(&p, 1, -1);
			wake_clear(q->thread.wake);
			continue;
		}
		answer(q, ask);
		/* A full box means that control is busy. */
		while (box_put(q->answers, &ask) < 0) {
			if (thread_is_asked(&q->thread)) {
				q->left = ask;
				return NULL;
			}
			poll(NULL, 0, 1);
		}
		wake_send(q->tell);
	}
	return NULL;
}

/* ---- control ------------------------------------------------------------ */

int query_new(struct query **qp, const char *url, const char *name, int tell)
{
	struct query *q = calloc(1, sizeof(*q));
	int err;

	if (!q)
		return -ENOMEM;
	q->tell = tell;
	pg_init(&q->pg, url, name, &q->thread);
	err = thread_init(&q->thread);
	if (!err)
		err = box_new(&q->questions, QUEUE, sizeof(struct question *));
	if (!err)
		err = box_new(&q->answers, QUEUE, sizeof(struct question *));
	if (!err)
		err = thread_start(&q->thread, run, q, name);
	if (err) {
		query_free(q);
		return err;
	}
	*qp = q;
	return 0;
}

static void hand_out(struct question *ask, int err)
{
	ask->fn(ask->arg, err, err == -ECANCELED ? NULL : ask->text);
	question_free(ask);
}

void query_free(struct query *q)
{
	struct question *ask;

	if (!q)
		return;
	thread_fini(&q->thread);
	pg_close(&q->pg);
	while (q->answers && box_take(q->answers, &ask))
		hand_out(ask, -ECANCELED);
	if (q->left)
		hand_out(q->left, -ECANCELED);
	while (q->questions && box_take(q->questions, &ask))
		hand_out(ask, -ECANCELED);
	box_free(q->questions);
	box_free(q->answers);
	free(q);
}

int query_ask(struct query *q, const char *sql, int n, const char *const *values,
	      query_h *fn, void *arg)
{
	struct question *ask = calloc(1, sizeof(*ask));
	int err = 0;

	assert(n <= QUERY_ARGS_MAX);
	if (!ask)
		return -ENOMEM;
	*ask = (struct question){ .sql = sql, .n = n, .fn = fn, .arg = arg };
	for (int i = 0; i < n && !err; i++) {
		ask->values[i] = values[i] ? strdup(values[i]) : NULL;
		err = values[i] && !ask->values[i] ? -ENOMEM : 0;
	}
	if (!err)
		err = box_put(q->questions, &ask);
	if (err) {
		question_free(ask);
		return err;
	}
	wake_send(q->thread.wake);
	return 0;
}

void query_turn(struct query *q)
{
	struct question *ask;

	while (box_take(q->answers, &ask))
		hand_out(ask, ask->err);
}
