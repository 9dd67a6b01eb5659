/*
 * test_jlog.c - the journal's files: what was synced is read back, whatever
 * a crash, a bad disk or an operator did to the folder meanwhile.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "db/jdir.h"
#include "db/jline.h"
#include "db/jlog.h"
#include "db/jread.h"
#include "tests/unit/t_folder.h"

enum { RECORDS = 20 };

static const struct jlog_cfg small = { .max_bytes = 64 << 10,
				       .segment_bytes = 4 << 10 };

/* ---- helpers ----------------------------------------------------------- */

static struct jlog *open_log(struct folder *f, const struct jlog_cfg *cfg,
			     uint64_t floor)
{
	struct jlog *log;

	assert_int_equal(jlog_open(&log, f->dir.fd, cfg, floor), 0);
	return log;
}

/* Record i, of a length that depends on i. */
static size_t text_of(char *text, unsigned i)
{
	return (size_t)snprintf(text, 128, "{\"n\":%u,\"pad\":\"%.*s\"}", i,
			       (int)(i % 17),
			       "abcdefghijklmnopqrstuvwxyz");
}

static void add(struct jlog *log, unsigned i)
{
	char text[128];
	size_t len = text_of(text, i);

	assert_int_equal(jlog_add(log, 'L', text, len, false), 0);
	assert_int_equal(jlog_sync(log), 0);
}

static void assert_record(const struct jline *line, unsigned i)
{
	char text[128];
	size_t len = text_of(text, i);

	assert_int_equal(line->type, 'L');
	assert_int_equal(line->len, len);
	assert_memory_equal(line->json, text, len);
}

/* Reads from pos up to limit; expects records first, first + 1, ... Returns how
 * many there were, and in *lost the bytes that were damaged. */
static unsigned read_all(struct folder *f, uint64_t pos, uint64_t limit,
			 unsigned first, uint64_t *lost)
{
	struct jline line;
	struct jread r;
	unsigned n = 0;
	uint64_t at;
	int got;

	*lost = 0;
	assert_int_equal(jread_init(&r, f->dir.fd, pos), 0);
	while ((got = jread_next(&r, limit, &line, &at)) != 0) {
		if (got == -EBADMSG) {
			*lost += r.pos - at;
			continue;
		}
		assert_int_equal(got, 1);
		if (!*lost)
			assert_record(&line, first + n);
		n++;
	}
	assert_true(r.pos >= limit);
	jread_fini(&r);
	return n;
}

static int open_last_segment(struct folder *f, int flags)
{
	char name[JDIR_NAME_LEN];
	uint64_t *starts;
	size_t n;
	int fd;

	assert_int_equal(jdir_segments(f->dir.fd, &starts, &n), 0);
	assert_true(n > 0);
	jdir_segment_name(name, starts[n - 1]);
	free(starts);
	fd = openat(f->dir.fd, name, flags);
	assert_true(fd >= 0);
	return fd;
}

/* ---- a folder ---------------------------------------------------------- */

static void a_folder_has_one_user(void **state)
{
	struct folder *f = *state;
	struct jdir second;

	assert_int_equal(jdir_open(&second, f->path), -EBUSY);
	jdir_close(&f->dir);
	assert_int_equal(jdir_open(&second, f->path), 0);
	jdir_close(&second);
	assert_int_equal(jdir_open(&f->dir, f->path), 0);
	assert_int_equal(jdir_open(&second, "/nonexistent/x"), -ENOENT);
}

static void a_damaged_number_is_noticed(void **state)
{
	struct folder *f = *state;
	char text[64];
	uint64_t v = 0;
	int n;

	assert_int_equal(jdir_read_num(f->dir.fd, "checkpoint", &v), -ENOENT);
	assert_int_equal(jdir_write_num(f->dir.fd, "checkpoint",
					UINT64_MAX - 1), 0);
	assert_int_equal(jdir_read_num(f->dir.fd, "checkpoint", &v), 0);
	assert_true(v == UINT64_MAX - 1);
	n = jdir_read(f->dir.fd, "checkpoint", text, sizeof(text));
	assert_true(n > 20);
	for (int i = 0; i < n; i++) {
		text[i] ^= 1;
		assert_int_equal(jdir_write(f->dir.fd, "checkpoint", text,
					    (size_t)n), 0);
		assert_int_equal(jdir_read_num(f->dir.fd, "checkpoint", &v),
				 -EBADMSG);
		text[i] ^= 1;
		assert_int_equal(jdir_write(f->dir.fd, "checkpoint", text,
					    (size_t)i), 0);
		assert_int_equal(jdir_read_num(f->dir.fd, "checkpoint", &v),
				 -EBADMSG);
	}
}

/* ---- writing and reading ----------------------------------------------- */

static void what_was_synced_is_read_back(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t begin = jlog_end(log), lost;
	char text[128];

	for (unsigned i = 0; i < 500; i++)      /* over several segments */
		add(log, i);
	assert_int_equal(jlog_add(log, 'L', text, text_of(text, 500), false), 0);
	assert_true(jlog_is_dirty(log));
	assert_int_equal(read_all(f, begin, jlog_end(log), 0, &lost), 500);
	assert_int_equal(lost, 0);
	jlog_free(log);

	log = open_log(f, &small, 0);           /* 500 was never synced */
	for (unsigned i = 500; i < 510; i++)
		add(log, i);
	assert_int_equal(read_all(f, begin, jlog_end(log), 0, &lost), 510);
	assert_int_equal(lost, 0);
	jlog_free(log);
}

static void reading_begins_at_any_record(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t at[200], lost;

	for (unsigned i = 0; i < 200; i++) {
		at[i] = jlog_end(log);
		add(log, i);
	}
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(read_all(f, at[i], jlog_end(log), i, &lost),
				 200 - i);
		assert_int_equal(lost, 0);
		assert_int_equal(read_all(f, at[0], at[i], 0, &lost), i);
		assert_int_equal(lost, 0);
	}
	jlog_free(log);
}

/* A crash may leave any part of the last write. */
static void a_write_torn_at_any_byte_costs_only_itself(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t begin = jlog_end(log), last, end, lost;
	char image[8192];
	ssize_t len;
	int fd;

	for (unsigned i = 0; i < RECORDS; i++)
		add(log, i);
	last = jlog_end(log);
	add(log, RECORDS);
	end = jlog_end(log);
	jlog_free(log);
	fd = open_last_segment(f, O_RDWR);
	len = pread(fd, image, sizeof(image), 0);
	assert_int_equal(len, end - begin);

	for (ssize_t cut = (ssize_t)(last - begin); cut <= len; cut++) {
		unsigned whole = RECORDS + (cut == len);

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, image, (size_t)cut, 0), cut);
		log = open_log(f, &small, 0);
		assert_true(jlog_end(log) == (cut == len ? end : last));
		assert_int_equal(lseek(fd, 0, SEEK_END),
				 jlog_end(log) - begin);
		add(log, whole);                /* goes on right behind */
		assert_int_equal(read_all(f, begin, jlog_end(log), 0, &lost),
				 whole + 1);
		assert_int_equal(lost, 0);
		jlog_free(log);
	}
	close(fd);
}

/* A file system may give back zeros, or old bytes, where data was not written
 * before the power failed. */
static void a_torn_end_of_zeros_or_rubbish_is_cut_off(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t begin = jlog_end(log), end, lost;
	char rubbish[1000];
	int fd;

	for (unsigned i = 0; i < RECORDS; i++)
		add(log, i);
	end = jlog_end(log);
	jlog_free(log);
	for (int kind = 0; kind < 3; kind++) {
		memset(rubbish, kind == 0 ? 0 : kind == 1 ? '\n' : 'x',
		       sizeof(rubbish));
		fd = open_last_segment(f, O_WRONLY | O_APPEND);
		assert_int_equal(write(fd, rubbish, sizeof(rubbish)),
				 sizeof(rubbish));
		close(fd);
		log = open_log(f, &small, 0);
		assert_true(jlog_end(log) == end);
		assert_int_equal(read_all(f, begin, end, 0, &lost), RECORDS);
		assert_int_equal(lost, 0);
		jlog_free(log);
	}
}

static void damage_in_the_middle_costs_only_what_it_hits(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t begin = jlog_end(log), lost, size;
	int fd;

	for (unsigned i = 0; i < RECORDS; i++)
		add(log, i);
	size = jlog_end(log) - begin;
	fd = open_last_segment(f, O_RDWR);
	for (uint64_t at = 0; at < size; at++) {
		char was, bad;
		unsigned n;

		assert_int_equal(pread(fd, &was, 1, (off_t)at), 1);
		bad = (char)(was ^ 0x40);
		assert_int_equal(pwrite(fd, &bad, 1, (off_t)at), 1);
		n = read_all(f, begin, jlog_end(log), 0, &lost);
		/* A lost newline takes the next record along. */
		assert_true(n == RECORDS - 1 || (was == '\n' &&
			(n == RECORDS - 2 || at == size - 1)));
		assert_true(lost > 0);
		assert_int_equal(pwrite(fd, &was, 1, (off_t)at), 1);
	}
	close(fd);
	jlog_free(log);
}

static void a_segment_that_is_gone_is_stepped_over(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t begin = jlog_end(log), *starts, lost;
	char name[JDIR_NAME_LEN];
	unsigned all, n_records = 500;
	size_t n;

	for (unsigned i = 0; i < n_records; i++)
		add(log, i);
	assert_int_equal(jdir_segments(f->dir.fd, &starts, &n), 0);
	assert_true(n >= 4);
	jdir_segment_name(name, starts[1]);
	assert_int_equal(unlinkat(f->dir.fd, name, 0), 0);
	all = read_all(f, begin, jlog_end(log), 0, &lost);
	assert_true(all > 0 && all < n_records);
	assert_int_equal(lost, starts[2] - starts[1]);
	free(starts);

	folder_clear(f);                      /* and when all are */
	assert_int_equal(read_all(f, begin, jlog_end(log), 0, &lost), 0);
	assert_int_equal(lost, jlog_end(log) - begin);
	jlog_free(log);
}

/* ---- bounds ------------------------------------------------------------ */

static void the_disk_is_used_up_to_the_bound(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	char text[1024];
	uint64_t begin = jlog_begin(log);
	unsigned n = 0;
	int err;

	memset(text, ' ', sizeof(text));
	while ((err = jlog_add(log, 'L', text, sizeof(text), false)) == 0) {
		assert_int_equal(jlog_sync(log), 0);
		n++;
	}
	assert_int_equal(err, -ENOSPC);
	assert_true(jlog_end(log) - begin <= small.max_bytes);
	assert_true(n >= 60);
	/* The begin of a run is always taken. */
	assert_int_equal(jlog_add(log, 'B', text, sizeof(text), true), 0);
	assert_int_equal(jlog_sync(log), 0);

	jlog_drop(log, begin + 1);              /* nothing is whole yet */
	assert_true(jlog_begin(log) == begin);
	jlog_drop(log, jlog_end(log));
	assert_true(jlog_begin(log) > begin);
	assert_true(jlog_end(log) - jlog_begin(log) <= 2 * small.segment_bytes);
	assert_int_equal(jlog_add(log, 'L', text, sizeof(text), false), 0);
	jlog_free(log);
}

/* Else a batch as large as the bound would fill the disk with one segment,
 * which cannot be dropped while it is in use. */
static void a_batch_is_no_longer_than_a_segment(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t begin = jlog_end(log);
	char text[100];
	int err;

	memset(text, ' ', sizeof(text));
	while ((err = jlog_add(log, 'L', text, sizeof(text), false)) == 0)
		;
	assert_int_equal(err, -ENOBUFS);
	assert_int_equal(jlog_sync(log), 0);
	assert_true(jlog_end(log) - begin <= small.segment_bytes);
	jlog_free(log);
}

static void a_batch_has_a_bound(void **state)
{
	static const struct jlog_cfg big = { .max_bytes = 64 << 20,
					     .segment_bytes = 4 << 20 };
	struct folder *f = *state;
	struct jlog *log = open_log(f, &big, 0);
	char *text = calloc(1, JLINE_JSON_MAX + 1);
	int err;

	memset(text, ' ', JLINE_JSON_MAX + 1);
	assert_int_equal(jlog_add(log, 'L', text, JLINE_JSON_MAX + 1, false),
			 -EMSGSIZE);
	while ((err = jlog_add(log, 'L', text, JLINE_JSON_MAX, false)) == 0)
		;
	assert_int_equal(err, -ENOBUFS);
	assert_int_equal(jlog_sync(log), 0);
	assert_int_equal(jlog_add(log, 'L', text, JLINE_JSON_MAX, false), 0);
	jlog_free(log);
	free(text);
}

/* RLIMIT_FSIZE makes a full disk: a write goes half way, then fails. */
static void a_refused_write_is_tried_again_whole(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t begin = jlog_end(log), lost;
	struct rlimit was, low;
	char text[128];

	signal(SIGXFSZ, SIG_IGN);
	for (unsigned i = 0; i < RECORDS; i++)
		add(log, i);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	low = was;
	low.rlim_cur = jlog_end(log) - begin + 10;
	for (unsigned i = RECORDS; i < RECORDS + 3; i++)
		assert_int_equal(jlog_add(log, 'L', text, text_of(text, i),
					  false), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	assert_int_equal(jlog_sync(log), -EFBIG);
	assert_int_equal(jlog_sync(log), -EFBIG);
	assert_true(jlog_is_dirty(log));
	assert_int_equal(read_all(f, begin, jlog_end(log), 0, &lost), RECORDS);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(jlog_sync(log), 0);
	assert_int_equal(read_all(f, begin, jlog_end(log), 0, &lost),
			 RECORDS + 3);
	assert_int_equal(lost, 0);
	jlog_free(log);
}

/* ---- positions --------------------------------------------------------- */

static void positions_grow_when_the_folder_is_emptied(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t end;

	add(log, 0);
	end = jlog_end(log);
	jlog_free(log);
	folder_clear(f);
	usleep(2000);
	log = open_log(f, &small, 0);
	assert_true(jlog_end(log) > end);
	jlog_free(log);
}

static void positions_never_fall_below_the_checkpoint(void **state)
{
	struct folder *f = *state;
	struct jlog *log = open_log(f, &small, 0);
	uint64_t floor, lost;

	for (unsigned i = 0; i < RECORDS; i++)
		add(log, i);
	floor = jlog_end(log) + 1000;           /* files of an older backup */
	jlog_free(log);
	log = open_log(f, &small, floor);
	assert_true(jlog_end(log) == floor);
	for (unsigned i = 0; i < RECORDS; i++)
		add(log, i);
	assert_int_equal(read_all(f, floor, jlog_end(log), 0, &lost), RECORDS);
	assert_int_equal(lost, 0);
	jlog_free(log);
}

#define IN_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_folder_has_one_user),
		IN_FOLDER(a_damaged_number_is_noticed),
		IN_FOLDER(what_was_synced_is_read_back),
		IN_FOLDER(reading_begins_at_any_record),
		IN_FOLDER(a_write_torn_at_any_byte_costs_only_itself),
		IN_FOLDER(a_torn_end_of_zeros_or_rubbish_is_cut_off),
		IN_FOLDER(damage_in_the_middle_costs_only_what_it_hits),
		IN_FOLDER(a_segment_that_is_gone_is_stepped_over),
		IN_FOLDER(the_disk_is_used_up_to_the_bound),
		IN_FOLDER(a_batch_has_a_bound),
		IN_FOLDER(a_batch_is_no_longer_than_a_segment),
		IN_FOLDER(a_refused_write_is_tried_again_whole),
		IN_FOLDER(positions_grow_when_the_folder_is_emptied),
		IN_FOLDER(positions_never_fall_below_the_checkpoint)
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
