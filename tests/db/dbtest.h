/*
 * dbtest.h - what the tests of src/db share: a database to talk to beside the
 * one under test, the cluster to stop and start, and a loop to wait in.
 *
 * run.sh tells by the environment where the cluster is.
 */
#ifndef DBTEST_H
#define DBTEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "base/loop.h"
#include "db/db.h"

enum { DBTEST_VALUE = 256 };

/** What the db under test said, and what it runs in. */
struct dbtest {
	struct loop *loop;
	struct db *db;
	char journal[128];              /* the folder */

	unsigned ready, ups, downs;     /* calls */
	unsigned changed, gone;         /* on_room() with and without a room */
	char number[DB_NUMBER_MAX];     /* of the last on_room() */
	unsigned answers;               /* on_pin() */
	uint64_t leg;
	enum db_pin pin;
	struct db_pin_answer answer;    /* the whole of it */
	unsigned claims;                /* on_claim() */
	enum db_pin claim;

	struct timer tick;              /* every 10 ms while it runs */
	int64_t last_us, gap_us;        /* the longest time between two */
};

/** The environment's; the test fails if it is not set. */
const char *dbtest_env(const char *name);

/** A loop, an empty folder for a journal, no db yet. */
void dbtest_init(struct dbtest *t);
/** Frees the db, if there is one, and removes the folder; the cluster runs again
 *  after it. */
void dbtest_fini(struct dbtest *t);
/** Makes a db on the test's database (or on url), and waits until it is ready
 *  and up. */
void dbtest_start(struct dbtest *t);
void dbtest_start_url(struct dbtest *t, const char *url);
/** Frees it; what is queued has 10 s to get to PostgreSQL. */
void dbtest_stop(struct dbtest *t);

/** Turns the loop until *count is at least want; fails after five times ms:
 *  that is for a machine with nothing else to do. */
void dbtest_wait(struct dbtest *t, const unsigned *count, unsigned want,
		 int ms);
/** Asks for a PIN, from nowhere in particular, and does not wait. */
int dbtest_pin(struct dbtest *t, const char *room, const char *pin, uint64_t leg);
/** Turns the loop for ms. */
void dbtest_turn(struct dbtest *t, int ms);
/** Turns the loop until that query's first value is what is wanted; fails
 *  after ms. */
void dbtest_wait_sql(struct dbtest *t, int ms, const char *want,
		     const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/** Runs a statement on a connection of the test's own, which is kept. Returns
 *  the first value, "" for NULL or none; good until the next call. */
const char *sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** The same on another database of the cluster. */
const char *sql_at(const char *url, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** What PostgreSQL says to a statement, and the constraint's name: "taken" if it
 *  does not refuse it. */
const char *refusal(const char *statement);
#define assert_sql_refused(statement, why) \
	do { \
		const char *got_ = refusal(statement); \
		if (!strstr(got_, why)) \
			fail_msg("%s: %s", statement, got_); \
	} while (0)
/** Closes the connection of sql(), before the cluster stops or a fork. */
void sql_close(void);

/** An empty database of that name in the cluster; out is its url. */
void dbtest_new_database(char out[static 512], const char *name);

/** script/pg VERB on the test's cluster; fails if that fails. */
void cluster(const char *verb);
/** Sends a signal to every process of the cluster. */
void cluster_signal(int sig);
/** Makes it run again, whatever a test did. */
void cluster_restore(void);

#endif
