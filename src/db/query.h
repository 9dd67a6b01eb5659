/*
 * query.h - a thread that asks PostgreSQL one thing after the other for control.
 *
 * Each question is a statement that gives one text, JSON as a rule. It gets an
 * answer, whatever happens: while the database is away at once, when it does
 * not react after the deadline, when the thread is stopped -ECANCELED.
 */
#ifndef QUERY_H
#define QUERY_H

#include <stdbool.h>

struct query;

enum { QUERY_ARGS_MAX = 10 };

/** What came of it, on the control thread. err: 0, and text is the value, NULL for
 *  SQL's; -EPROTO: refused, text has PostgreSQL's sentence; -ENOTCONN: the
 *  database is away or does not react; -ECANCELED: we stop. Text is good until
 *  it returns. */
typedef void (query_h)(void *arg, int err, const char *text);

/** name: of the thread, for the log too. tell: an eventfd that is woken when
 *  there are answers. url must outlive it. 0 or -errno. */
int query_new(struct query **qp, const char *url, const char *name, int tell);
/** Stops it; what was not answered is, with -ECANCELED. NULL is fine. */
void query_free(struct query *q);

/** Asks. sql is static; values [n], NULL for SQL's null, are copied. 0; -EAGAIN:
 *  too many wait; -ENOMEM. Then fn is not called. */
int query_ask(struct query *q, const char *sql, int n, const char *const *values,
	      query_h *fn, void *arg);
/** Hands out the answers there are. */
void query_turn(struct query *q);

#endif
