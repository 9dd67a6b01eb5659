/*
 * pg.h - a connection to PostgreSQL that never waits for ever.
 *
 * libpq by itself waits as long as the other end likes. Here every wait has a
 * deadline of ours, and ends at once when the thread that waits is told to
 * stop: a stopped server process (SIGSTOP), a black hole in the network, a
 * half-open connection cost one deadline, not the thread. After a deadline the
 * connection is closed, because nobody knows what it would say next.
 *
 * A connection belongs to one thread.
 */
#ifndef PG_H
#define PG_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct thread;

enum { PG_CONNECT_MS = 2000, PG_STATEMENT_MS = 5000, PG_ERROR_LEN = 256 };

struct pg {
	PGconn *conn;                   /* NULL: not connected */
	const char *url;
	const char *tag;                /* for the log */
	struct thread *thread;          /* whose waits these are; NULL: main, at
					 * a command line */
	int64_t pause_ms;               /* before the next try to connect */
	char error[PG_ERROR_LEN];       /* what went wrong last, one line */
	char said[PG_ERROR_LEN];        /* what the log knows already */
};

/** The strings must outlive it. */
void pg_init(struct pg *pg, const char *url, const char *tag,
	     struct thread *thread);
/** Closes; it may be connected again. */
void pg_close(struct pg *pg);

/**
 * One try to connect and to set the session's time-outs.
 *
 * @return 0, -ETIMEDOUT or -ECONNREFUSED, with pg->error set
 */
int pg_connect(struct pg *pg);

/** After a failure: logs pg->error unless that was said last. */
void pg_complain(struct pg *pg);
/** After a failure: waits before the next try, from 0.2 s up to 3 s, longer
 *  each time until pg_forgive(); less when the thread is told to stop. */
void pg_pause(struct pg *pg);
/** All is well: the next failure is news, and is tried again soon. */
void pg_forgive(struct pg *pg);

/** Waits until the socket has something to read, until_us or a wake-up. True
 *  if there is something. */
bool pg_wait_input(struct pg *pg, int64_t until_us);

/**
 * One statement, or several without values in one string, with a deadline.
 *
 * @return the last result, or the first that is an error; the caller's to
 *         clear. NULL: the connection is gone, pg->error says why
 */
PGresult *pg_query(struct pg *pg, const char *sql, int n,
		   const char *const *values, int64_t ms);
/** The same, for statements without a result to look at. 0; -EPROTO: refused,
 *  pg->error has the reason; -EPIPE: the connection is gone. */
int pg_do(struct pg *pg, const char *sql, int n, const char *const *values,
	  int64_t ms);

/** The next result as PQgetResult() has it, with a deadline (loop_now_us()).
 *  False: the connection is gone. *res NULL: the end of one statement's. */
bool pg_next(struct pg *pg, PGresult **res, int64_t until_us);

/** Keeps the first line of a message in pg->error. */
void pg_set_error(struct pg *pg, const char *text);
/** The SQLSTATE of a failed result, "" if it has none. */
const char *pg_state(const PGresult *res);

/** Is that connection string one that cannot make a thread wait for DNS? True
 *  if its hosts are folders or addresses; else why has a sentence. */
bool pg_url_is_fine(const char *url, char *why, size_t size);

#endif
