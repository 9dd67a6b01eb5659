/*
 * test_journal.c - the journal thread: what it is given gets to the disk, on
 * disks that fail or are full, too.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/loop.h"
#include "db/jdir.h"
#include "db/jline.h"
#include "db/jlog.h"
#include "db/journal.h"
#include "db/jread.h"
#include "db/record.h"
#include "tests/unit/t_folder.h"

static const char leg_id[] = "01900000-0000-7000-8000-000000000001";

/* ---- the disk and the memory, as the linker wraps them ------------------- */

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static atomic_uint n_syncs;             /* from any thread */
static atomic_bool sync_fails;
static atomic_int alloc_left = -1;      /* fail after so many; < 0: never */

int __wrap_fdatasync(int fd)
{
	atomic_fetch_add(&n_syncs, 1);
	if (atomic_load(&sync_fails)) {
		errno = EIO;
		return -1;
	}
	return __real_fdatasync(fd);
}

static bool alloc_fails(void)
{
	return atomic_load(&alloc_left) >= 0 &&
	       atomic_fetch_sub(&alloc_left, 1) == 0;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return alloc_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_malloc(size_t size)
{
	return alloc_fails() ? NULL : __real_malloc(size);
}

/* A disk that says it could not: nothing counts as written. */
static void what_is_not_synced_is_not_durable(void **state)
{
	struct folder *f = *state;
	static const struct jlog_cfg cfg = { .max_bytes = 64 << 10,
					     .segment_bytes = 4 << 10 };
	struct jlog *log;
	uint64_t begin;

	assert_int_equal(jlog_open(&log, f->dir.fd, &cfg, 0), 0);
	begin = jlog_end(log);
	atomic_store(&sync_fails, true);
	assert_int_equal(jlog_add(log, 'L', "{}", 2, false), 0);
	assert_int_equal(jlog_sync(log), -EIO);
	assert_true(jlog_end(log) == begin);
	assert_true(jlog_is_dirty(log));
	atomic_store(&sync_fails, false);
	assert_int_equal(jlog_sync(log), 0);
	assert_true(jlog_end(log) > begin);
	assert_false(jlog_is_dirty(log));
	jlog_free(log);
}

/* ---- the thread -------------------------------------------------------- */

static struct journal_cfg thread_cfg(const struct folder *f, uint64_t max_bytes)
{
	return (struct journal_cfg){ .dir = f->path, .max_bytes = max_bytes,
				     .segment_bytes = max_bytes / 4 };
}

/* Puts n records; how many were taken. */
static unsigned put_many(struct journal *j, unsigned n, size_t pad)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < n; i++) {
		char *json = calloc(1, pad + 100);

		snprintf(json, pad + 100, "{\"id\":\"%s\",\"call_id\":"
			 "\"%0*u\"}", leg_id, (int)pad, i);
		if (journal_put(j, 'L', json) == 0)
			taken++;
		else
			free(json);
	}
	return taken;
}

static void wait_until(bool (*is)(void *arg), void *arg)
{
	int64_t end = loop_now_us() + 10 * 1000000;

	while (!is(arg)) {
		assert_true(loop_now_us() < end);
		usleep(1000);
	}
}

struct count {
	enum counter counter;
	uint64_t want;
};

static bool has_counted(void *arg)
{
	const struct count *c = arg;

	return counter_get(c->counter) >= c->want;
}

static void the_thread_writes_all_it_is_given(void **state)
{
	struct folder *f = *state;
	struct journal_cfg cfg = thread_cfg(f, 64 << 20);
	struct count written = { CNT_RECORD_WRITTEN,
				 counter_get(CNT_RECORD_WRITTEN) };
	struct journal *j;
	uint64_t from, limit, at;
	struct jline line;
	struct jread r;
	unsigned taken, n = 0, syncs;

	jdir_close(&f->dir);
	assert_int_equal(journal_new(&j, &cfg), 0);
	from = journal_checkpoint(j);
	syncs = atomic_load(&n_syncs);
	taken = put_many(j, 5000, 200);
	assert_int_equal(taken, 5000);
	written.want += taken;
	wait_until(has_counted, &written);
	syncs = atomic_load(&n_syncs) - syncs;
	assert_true(syncs >= 1 && syncs < 1000);        /* one for many */
	limit = journal_durable(j);
	assert_int_equal(jread_init(&r, journal_dirfd(j), from), 0);
	assert_int_equal(jread_next(&r, limit, &line, &at), 1);
	assert_int_equal(line.type, RECORD_RUN_BEGIN);
	while (jread_next(&r, limit, &line, &at) == 1) {
		char want[16];

		snprintf(want, sizeof(want), "%09u\"}", n++);
		assert_memory_equal(line.json + line.len - 11, want, 11);
	}
	assert_int_equal(n, taken);
	jread_fini(&r);
	journal_stop(j);
	journal_free(j);
	assert_int_equal(jdir_open(&f->dir, f->path), 0);
}

static void the_thread_waits_for_a_disk_that_fails(void **state)
{
	struct folder *f = *state;
	struct journal_cfg cfg = thread_cfg(f, 64 << 20);
	struct count written;
	struct journal *j;
	uint64_t durable;

	jdir_close(&f->dir);
	assert_int_equal(journal_new(&j, &cfg), 0);
	durable = journal_durable(j);
	written = (struct count){ CNT_RECORD_WRITTEN,
				  counter_get(CNT_RECORD_WRITTEN) + 100 };
	atomic_store(&sync_fails, true);
	assert_int_equal(put_many(j, 100, 20), 100);
	usleep(700 * 1000);                     /* tried more than once */
	assert_true(journal_durable(j) == durable);
	assert_true(counter_get(CNT_RECORD_WRITTEN) < written.want);
	atomic_store(&sync_fails, false);
	wait_until(has_counted, &written);
	assert_true(journal_durable(j) > durable);
	journal_stop(j);
	journal_free(j);
	assert_int_equal(jdir_open(&f->dir, f->path), 0);
}

static void no_memory_is_an_error_and_nothing_leaks(void **state)
{
	struct folder *f = *state;
	struct journal_cfg cfg = thread_cfg(f, 1 << 20);
	struct journal *j = NULL;
	struct jread r;
	int err = -ENOMEM, n;

	jdir_close(&f->dir);
	for (n = 0; err; n++) {
		assert_int_equal(err, -ENOMEM);
		assert_true(n < 100);
		alloc_left = n;
		err = journal_new(&j, &cfg);
		alloc_left = -1;
	}
	assert_true(n > 4);
	alloc_left = 0;
	assert_int_equal(jread_init(&r, journal_dirfd(j), 0), -ENOMEM);
	alloc_left = -1;
	jread_fini(&r);
	journal_stop(j);
	journal_free(j);
	assert_int_equal(jdir_open(&f->dir, f->path), 0);
}

/* A full journal holds records back in memory, then refuses them; when room is
 * made it goes on by itself. */
static void a_full_journal_refuses_and_recovers(void **state)
{
	struct folder *f = *state;
	struct journal_cfg cfg = thread_cfg(f, 1 << 20);
	struct journal *j;
	struct count written;
	uint64_t before = counter_get(CNT_RECORD_WRITTEN);
	unsigned taken;

	jdir_close(&f->dir);
	assert_int_equal(journal_new(&j, &cfg), 0);
	taken = put_many(j, 20000, 1000);
	assert_true(taken >= 8192 && taken < 20000);
	usleep(300 * 1000);
	assert_true(journal_durable(j) - journal_checkpoint(j) <=
		    cfg.max_bytes + 1024);
	assert_true(counter_get(CNT_RECORD_WRITTEN) - before < 1100);
	written = (struct count){ CNT_RECORD_WRITTEN, before + taken };
	while (counter_get(CNT_RECORD_WRITTEN) < written.want) {
		uint64_t was = counter_get(CNT_RECORD_WRITTEN);
		struct count more = { CNT_RECORD_WRITTEN, was + 1 };

		journal_taken(j, journal_durable(j));
		wait_until(has_counted, &more);
	}
	assert_int_equal(counter_get(CNT_RECORD_WRITTEN), written.want);
	journal_stop(j);
	journal_free(j);
	assert_int_equal(jdir_open(&f->dir, f->path), 0);
}

static bool is_alive_noted(void *arg)
{
	const struct journal *j = arg;
	uint64_t us;

	return jdir_read_num(journal_dirfd(j), "alive", &us) == 0 &&
	       us / 1000000 + 10 > (uint64_t)time(NULL);
}

static void the_time_is_noted_while_a_leg_is_open(void **state)
{
	struct folder *f = *state;
	struct journal_cfg cfg = thread_cfg(f, 1 << 20);
	struct journal *j;
	char server[64];
	uint64_t us;

	jdir_close(&f->dir);
	assert_int_equal(journal_new(&j, &cfg), 0);
	put_many(j, 1, 10);                     /* has neither begin nor end */
	usleep(100 * 1000);
	assert_int_equal(jdir_read_num(journal_dirfd(j), "alive", &us),
			 -ENOENT);
	assert_int_equal(journal_put(j, 'L', strdup("{\"id\":\"01900000-0000-"
		"7000-8000-000000000001\",\"started\":\"2026-01-01\"}")), 0);
	wait_until(is_alive_noted, j);
	snprintf(server, sizeof(server), "%s", journal_server(j));
	journal_stop(j);
	journal_free(j);

	assert_int_equal(journal_new(&j, &cfg), 0);     /* the same server */
	assert_string_equal(journal_server(j), server);
	journal_stop(j);
	journal_free(j);
	assert_int_equal(jdir_open(&f->dir, f->path), 0);
}

#define IN_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(what_is_not_synced_is_not_durable),
		IN_FOLDER(the_thread_writes_all_it_is_given),
		IN_FOLDER(the_thread_waits_for_a_disk_that_fails),
		IN_FOLDER(no_memory_is_an_error_and_nothing_leaks),
		IN_FOLDER(a_full_journal_refuses_and_recovers),
		IN_FOLDER(the_time_is_noted_while_a_leg_is_open)
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
