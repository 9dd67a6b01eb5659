/*
 * migrate.c - brings a database's schema to what this program knows.
 *
 * sql/NNNN_what.sql are applied in the order of their numbers, each in a
 * transaction with the row in table migration that says so. A file that was
 * applied must never change: its check sum is kept and compared. Two servers
 * that start at the same time wait for each other by an advisory lock.
 */
#include "db.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "pg.h"

enum {
	FILES_MAX = 1000,
	NAME_MAX_LEN = 128,
	SQL_MAX = 4 << 20,              /* bytes a file */
	APPLY_MS = 3600 * 1000,         /* a big table may take its time */
	DIGITS = 4
};

struct file {
	unsigned number;
	char name[NAME_MAX_LEN];
	char *sql;
};

struct migrate {
	struct pg pg;
	const char *dir;
	struct file *files;             /* [n], by number */
	size_t n;
	char *err;
	size_t err_size;
};

static int fail(struct migrate *m, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct migrate *m, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->err, m->err_size, fmt, ap);
	va_end(ap);
	return code;
}

/* ---- files ------------------------------------------------------------- */

static char *read_file(struct migrate *m, const char *name)
{
	char path[4096];
	char *text = NULL;
	struct stat st;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", m->dir, name);
	f = fopen(path, "re");
	if (!f || fstat(fileno(f), &st) < 0 || st.st_size > SQL_MAX) {
		fail(m, 0, "%s cannot be read: %s", path,
		     f ? "too large" : strerror(errno));
		if (f)
			fclose(f);
		return NULL;
	}
	text = calloc(1, (size_t)st.st_size + 1);
	if (text && fread(text, 1, (size_t)st.st_size, f) !=
	    (size_t)st.st_size) {
		free(text);
		text = NULL;
	}
	if (!text)
		fail(m, 0, "%s cannot be read", path);
	fclose(f);
	return text;
}

/* NNNN_what.sql; 0 for another name. */
static unsigned number_of(const char *name)
{
	size_t len = strlen(name);
	uint64_t v;

	if (len < DIGITS + 6 || len >= NAME_MAX_LEN || name[DIGITS] != '_' ||
	    strcmp(name + len - 4, ".sql") != 0 ||
	    str_u64(name, DIGITS, 9999, &v) < 0)
		return 0;
	return (unsigned)v;
}

static int by_number(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int add_file(struct migrate *m, const char *name, unsigned number)
{
	struct file *f = realloc(m->files, (m->n + 1) * sizeof(*f));

	if (!f)
		return fail(m, -ENOMEM, "out of memory");
	m->files = f;
	f += m->n;
	*f = (struct file){ .number = number };
	str_copy(f->name, sizeof(f->name), name);
	f->sql = read_file(m, name);
	if (!f->sql)
		return -EIO;
	m->n++;
	return 0;
}

static int read_files(struct migrate *m)
{
	DIR *d = opendir(m->dir);
	int err = 0;

	if (!d)
		return fail(m, -errno, "folder %s: %s", m->dir,
			    strerror(errno));
	for (struct dirent *e; !err && (e = readdir(d));) {
		unsigned number = number_of(e->d_name);

		if (number && m->n < FILES_MAX)
			err = add_file(m, e->d_name, number);
	}
	closedir(d);
	if (err)
		return err;
	if (!m->n)
		return fail(m, -ENOENT, "folder %s holds no NNNN_what.sql",
			    m->dir);
	qsort(m->files, m->n, sizeof(*m->files), by_number);
	for (size_t i = 0; i < m->n; i++)
		if (m->files[i].number != i + 1)
			return fail(m, -EINVAL, "folder %s: number %04zu is "
				    "missing or there twice", m->dir, i + 1);
	return 0;
}

/* ---- database ---------------------------------------------------------- */

static int pg_fail(struct migrate *m, const char *what)
{
	return fail(m, -EIO, "%s: %s", what, m->pg.error);
}

static int run(struct migrate *m, const char *what, const char *sql)
{
	return pg_do(&m->pg, sql, 0, NULL, APPLY_MS) < 0 ? pg_fail(m, what) : 0;
}

/* The same lock for all who migrate this database; gone with the session. The
 * one before us may have a big table to change. */
static int prepare(struct migrate *m)
{
	int err = run(m, "migration lock",
		      "SET statement_timeout = 0; SET lock_timeout = 0;"
		      "SET idle_in_transaction_session_timeout = 0;"
		      "SELECT pg_advisory_lock(7236549812)");

	if (err)
		return err;
	return run(m, "table migration",
		"CREATE TABLE IF NOT EXISTS migration ("
		"number integer PRIMARY KEY, name text NOT NULL,"
		"sha256 text NOT NULL,"
		"applied timestamptz NOT NULL DEFAULT now());"
		"COMMENT ON TABLE migration IS"
		" 'Files of sql/ that were applied, by confabd --migrate'");
}

/* Compares what was applied with the files. Sets *done to their number. */
static int check_history(struct migrate *m, size_t *done)
{
	PGresult *res = pg_query(&m->pg, "SELECT number, name, sha256 "
				 "FROM migration ORDER BY number", 0, NULL,
				 PG_STATEMENT_MS);
	int n = res ? PQntuples(res) : 0, err = 0;

	if (!res || PQresultStatus(res) != PGRES_TUPLES_OK)
		err = pg_fail(m, "table migration");
	for (int i = 0; i < n && !err; i++) {
		int number = atoi(PQgetvalue(res, i, 0));
		const char *name = PQgetvalue(res, i, 1);

		if (number != i + 1)
			err = fail(m, -EINVAL, "table migration: number %d is "
				   "missing", i + 1);
		else if ((size_t)i >= m->n)
			err = fail(m, -EINVAL, "the database is newer than "
				   "this program: it has %s, which %s has not",
				   name, m->dir);
	}
	PQclear(res);
	*done = (size_t)n;
	return err;
}

/* Has an applied file kept its text? */
static int check_sum(struct migrate *m, const struct file *f)
{
	char number[16];
	const char *values[2] = { number, f->sql };
	PGresult *res;
	int err = 0;

	snprintf(number, sizeof(number), "%u", f->number);
	res = pg_query(&m->pg, "SELECT applied::date FROM migration "
		       "WHERE number = $1::integer AND sha256 <> "
		       "encode(sha256(convert_to($2, 'UTF8')), 'hex')",
		       2, values, PG_STATEMENT_MS);
	if (!res || PQresultStatus(res) != PGRES_TUPLES_OK)
		err = pg_fail(m, f->name);
	else if (PQntuples(res))
		err = fail(m, -EINVAL, "%s is not what was applied to this "
			   "database on %s: put a change into a new file",
			   f->name, PQgetvalue(res, 0, 0));
	PQclear(res);
	return err;
}

/* The line of text that PostgreSQL's error points at, from 1; 0: unknown. It
 * counts characters, not bytes. */
static unsigned error_line(const PGresult *res, const char *text)
{
	const char *at = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
	long left = at ? atol(at) : 0;
	unsigned line = 1;

	if (left <= 0)
		return 0;
	for (; *text && left > 1; text++) {
		left -= (*text & 0xc0) != 0x80;
		line += *text == '\n';
	}
	return line;
}

static int run_file(struct migrate *m, const char *name, const char *sql)
{
	PGresult *res = pg_query(&m->pg, sql, 0, NULL, APPLY_MS);
	unsigned line;
	int err = 0;

	if (!res)
		return pg_fail(m, name);
	if (PQresultStatus(res) == PGRES_FATAL_ERROR) {
		line = error_line(res, sql);
		pg_set_error(&m->pg, PQresultErrorMessage(res));
		err = fail(m, -EINVAL, "%s:%u: %s", name, line, m->pg.error);
	} else if (PQtransactionStatus(m->pg.conn) != PQTRANS_INTRANS) {
		err = fail(m, -EINVAL, "%s ends the transaction it runs in",
			   name);
	}
	PQclear(res);
	return err;
}

static int apply(struct migrate *m, const struct file *f)
{
	char number[16];
	const char *values[3] = { number, f->name, f->sql };
	int err = run(m, f->name, "BEGIN");

	snprintf(number, sizeof(number), "%u", f->number);
	if (!err)
		err = run_file(m, f->name, f->sql);
	if (!err && pg_do(&m->pg, "INSERT INTO migration (number, name, sha256)"
			  " VALUES ($1::integer, $2,"
			  " encode(sha256(convert_to($3, 'UTF8')), 'hex'))",
			  3, values, PG_STATEMENT_MS) < 0)
		err = pg_fail(m, f->name);
	if (!err)
		err = run(m, f->name, "COMMIT");
	if (!err)
		log_info("db", "applied %s", f->name);
	return err;
}

static int add_demo(struct migrate *m)
{
	char *sql = read_file(m, "demo.sql");
	int err = sql ? run(m, "demo.sql", "BEGIN") : -EIO;

	if (!err)
		err = run_file(m, "demo.sql", sql);
	if (!err)
		err = run(m, "demo.sql", "COMMIT");
	free(sql);
	return err;
}

static int migrate(struct migrate *m, bool demo)
{
	size_t done = 0;
	int err = read_files(m);

	if (!err && pg_connect(&m->pg) < 0)
		err = fail(m, -ECONNREFUSED, "%s", m->pg.error);
	if (!err)
		err = prepare(m);
	if (!err)
		err = check_history(m, &done);
	for (size_t i = 0; i < done && !err; i++)
		err = check_sum(m, &m->files[i]);
	for (size_t i = done; i < m->n && !err; i++)
		err = apply(m, &m->files[i]);
	if (!err && demo)
		err = add_demo(m);
	return err;
}

int db_migrate(const char *url, const char *sql_dir, bool demo,
	       char *err, size_t err_size)
{
	struct migrate m = { .dir = sql_dir, .err = err, .err_size = err_size };
	int code;

	pg_init(&m.pg, url, "db", NULL);
	code = migrate(&m, demo);
	pg_close(&m.pg);        /* an open transaction is rolled back */
	for (size_t i = 0; i < m.n; i++)
		free(m.files[i].sql);
	free(m.files);
	return code;
}
