/* pg.c - see pg.h */
#include "pg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "thread.h"

enum { PAUSE_FIRST_MS = 200, PAUSE_MAX_MS = 3000 };

/* In force on the server's side, where it is alive enough to keep them. */
static const char session[] =
	"SET statement_timeout = '5s';"
	"SET lock_timeout = '4s';"
	"SET idle_in_transaction_session_timeout = '10s';"
	"SET client_min_messages = warning;"
	"SET timezone = 'UTC'";

void pg_init(struct pg *pg, const char *url, const char *tag,
	     struct thread *thread)
{
	*pg = (struct pg){ .url = url, .tag = tag, .thread = thread,
			   .pause_ms = PAUSE_FIRST_MS };
}

void pg_close(struct pg *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
}

void pg_set_error(struct pg *pg, const char *text)
{
	str_copy(pg->error, sizeof(pg->error), text);
	pg->error[strcspn(pg->error, "\n")] = '\0';
}

const char *pg_state(const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	return state ? state : "";
}

/* Waits for events on the socket until until_us, or until the thread has to
 * stop. A wake-up for another reason does not end it. -1 for fd: just waits. */
static short wait_fd(struct pg *pg, int fd, short events, int64_t until_us,
		     bool end_on_wake)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = events },
		{ .fd = pg->thread ? pg->thread->wake : -1, .events = POLLIN }
	};

	for (;;) {
		int64_t end = until_us, left;

		if (pg->thread) {
			int64_t stop = atomic_load(&pg->thread->stop_us);

			end = stop < end ? stop : end;
		}
		left = end - loop_now_us();
		if (left <= 0)
			return 0;
		if (poll(p, 2, (int)((left + 999) / 1000)) < 0 && errno != EINTR)
			return 0;
		if (p[0].revents)
			return p[0].revents;
		if (p[1].revents) {
			wake_clear(pg->thread->wake);
			if (end_on_wake)
				return 0;
		}
	}
}

static int64_t in_ms(int64_t ms)
{
	return loop_now_us() + ms * 1000;
}

/* libpq prints notices to stderr unless told otherwise. */
static void on_notice(void *arg, const PGresult *res)
{
	const struct pg *pg = arg;
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	log_debug(pg->tag, "notice, text=\"%s\"", text ? text : "");
}

/* Ours first: what the connection string says goes over it. */
static PGconn *start(const struct pg *pg)
{
	static const char *const keys[] = {
		"keepalives", "keepalives_idle", "keepalives_interval",
		"keepalives_count", "tcp_user_timeout", "client_encoding",
		"fallback_application_name", "dbname", NULL
	};
	const char *values[] = {
		"1", "10", "5", "3", "5000", "UTF8", "confabd", pg->url, NULL
	};

	return PQconnectStartParams(keys, values, 1);
}

int pg_connect(struct pg *pg)
{
	int64_t until = in_ms(PG_CONNECT_MS);
	PostgresPollingStatusType st = PGRES_POLLING_WRITING;

	pg_close(pg);
	pg->conn = start(pg);
	while (pg->conn && PQstatus(pg->conn) != CONNECTION_BAD) {
		short events = st == PGRES_POLLING_READING ? POLLIN : POLLOUT;

		if (!wait_fd(pg, PQsocket(pg->conn), events, until, false)) {
			pg_set_error(pg, "no answer to a connection attempt");
			pg_close(pg);
			return -ETIMEDOUT;
		}
		st = PQconnectPoll(pg->conn);
		if (st == PGRES_POLLING_OK)
			break;
	}
	if (!pg->conn || PQstatus(pg->conn) != CONNECTION_OK) {
		pg_set_error(pg, pg->conn ? PQerrorMessage(pg->conn) :
			     "out of memory");
		pg_close(pg);
		return -ECONNREFUSED;
	}
	PQsetNoticeReceiver(pg->conn, on_notice, pg);
	PQsetnonblocking(pg->conn, 1);
	if (pg_do(pg, session, 0, NULL, PG_CONNECT_MS) < 0) {
		pg_close(pg);
		return -ECONNREFUSED;
	}
	return 0;
}

void pg_complain(struct pg *pg)
{
	if (strcmp(pg->error, pg->said) == 0)
		return;
	log_warn(pg->tag, "database: %s", pg->error);
	str_copy(pg->said, sizeof(pg->said), pg->error);
}

void pg_pause(struct pg *pg)
{
	wait_fd(pg, -1, 0, in_ms(pg->pause_ms), false);
	pg->pause_ms *= 2;
	if (pg->pause_ms > PAUSE_MAX_MS)
		pg->pause_ms = PAUSE_MAX_MS;
}

void pg_forgive(struct pg *pg)
{
	pg->pause_ms = PAUSE_FIRST_MS;
	pg->said[0] = '\0';
}

bool pg_wait_input(struct pg *pg, int64_t until_us)
{
	return wait_fd(pg, PQsocket(pg->conn), POLLIN, until_us, true) != 0;
}

static void lost(struct pg *pg)
{
	pg_set_error(pg, PQerrorMessage(pg->conn));
	pg_close(pg);
}

/* Sends what libpq holds. Reading meanwhile keeps both ends from waiting for
 * each other with full buffers. */
static bool flush(struct pg *pg, int64_t until_us)
{
	int rest;

	while ((rest = PQflush(pg->conn)) == 1) {
		short got = wait_fd(pg, PQsocket(pg->conn), POLLIN | POLLOUT,
				    until_us, false);

		if (!got) {
			pg_set_error(pg, "a statement was not taken in time");
			pg_close(pg);
			return false;
		}
		if (got & POLLIN && !PQconsumeInput(pg->conn))
			break;
	}
	if (rest == 0)
		return true;
	lost(pg);
	return false;
}

bool pg_next(struct pg *pg, PGresult **res, int64_t until_us)
{
	if (!flush(pg, until_us))
		return false;
	while (PQisBusy(pg->conn)) {
		if (!wait_fd(pg, PQsocket(pg->conn), POLLIN, until_us, false)) {
			pg_set_error(pg, "no answer to a statement in time");
			pg_close(pg);
			return false;
		}
		if (!PQconsumeInput(pg->conn)) {
			lost(pg);
			return false;
		}
	}
	*res = PQgetResult(pg->conn);
	return true;
}

static bool is_error(const PGresult *res)
{
	ExecStatusType st = PQresultStatus(res);

	return st == PGRES_FATAL_ERROR || st == PGRES_BAD_RESPONSE;
}

PGresult *pg_query(struct pg *pg, const char *sql, int n,
		   const char *const *values, int64_t ms)
{
	int64_t until = in_ms(ms);
	PGresult *kept = NULL, *res;
	int sent = n ? PQsendQueryParams(pg->conn, sql, n, NULL, values, NULL,
					 NULL, 0) :
		       PQsendQuery(pg->conn, sql);

	if (!sent) {
		lost(pg);
		return NULL;
	}
	for (;;) {
		if (!pg_next(pg, &res, until)) {
			PQclear(kept);
			return NULL;
		}
		if (!res)
			break;
		if (kept && is_error(kept)) {
			PQclear(res);
			continue;
		}
		PQclear(kept);
		kept = res;
	}
	if (PQstatus(pg->conn) == CONNECTION_OK)
		return kept;
	PQclear(kept);
	lost(pg);
	return NULL;
}

int pg_do(struct pg *pg, const char *sql, int n, const char *const *values,
	  int64_t ms)
{
	PGresult *res = pg_query(pg, sql, n, values, ms);
	int err = 0;

	if (!res)
		return -EPIPE;
	if (is_error(res)) {
		pg_set_error(pg, PQresultErrorMessage(res));
		err = -EPROTO;
	}
	PQclear(res);
	return err;
}

/* One host of the list: a socket's folder, an abstract socket, an address. */
static bool host_is_fine(const char *host, size_t len)
{
	char one[64];
	struct in6_addr addr;

	if (len == 0 || host[0] == '/' || host[0] == '@')
		return true;
	if (len >= sizeof(one))
		return false;
	memcpy(one, host, len);
	one[len] = '\0';
	return strcmp(one, "localhost") == 0 ||
	       inet_pton(AF_INET, one, &addr) == 1 ||
	       inet_pton(AF_INET6, one, &addr) == 1;
}

static bool hosts_are_fine(const char *hosts)
{
	while (hosts) {
		const char *comma = strchr(hosts, ',');
		size_t len = comma ? (size_t)(comma - hosts) : strlen(hosts);

		if (!host_is_fine(hosts, len))
			return false;
		hosts = comma ? comma + 1 : NULL;
	}
	return true;
}

bool pg_url_is_fine(const char *url, char *why, size_t size)
{
	char *text = NULL;
	PQconninfoOption *opts = PQconninfoParse(url, &text);
	const char *host = getenv("PGHOST"), *hostaddr = getenv("PGHOSTADDR");
	bool ok;

	if (!opts) {
		snprintf(why, size, "%s", text ? text : "out of memory");
		why[strcspn(why, "\n")] = '\0';
		PQfreemem(text);
		return false;
	}
	for (PQconninfoOption *o = opts; o->keyword; o++) {
		if (o->val && strcmp(o->keyword, "host") == 0)
			host = o->val;
		if (o->val && strcmp(o->keyword, "hostaddr") == 0)
			hostaddr = o->val;
	}
	ok = hostaddr || hosts_are_fine(host);
	if (!ok)
		snprintf(why, size, "host %s is a name: give a socket's folder "
			 "or an address, or hostaddr beside it", host);
	PQconninfoFree(opts);
	return ok;
}
