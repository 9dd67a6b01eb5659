/* jlog.c - see jlog.h */
#include "jlog.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "jdir.h"
#include "jline.h"

struct jlog {
	struct jlog_cfg cfg;
	int dirfd;
	int fd;                         /* the last segment, -1: a new one is due */
	uint64_t end;                   /* durable up to here */
	uint64_t *starts;               /* [n], of the segments, rising */
	size_t n;
	char *buf;                      /* [JLOG_BATCH_MAX], added, not synced */
	size_t len;
};

static uint64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* The length of text[len] up to and with its last good line. */
static size_t good_len(const char *text, size_t len)
{
	struct jline line;
	size_t good = 0;

	for (size_t at = 0; at < len;) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t next;

		if (!nl)
			break;
		next = (size_t)(nl - text) + 1;
		if (jline_parse(&line, text + at, next - 1 - at) == 0)
			good = next;
		at = next;
	}
	return good;
}

/* Cuts off what follows the last good line of a segment: a crash in the middle
 * of a write. Sets *len to what remains. */
static int cut(int fd, const char *name, uint64_t *len)
{
	struct stat st;
	size_t size, good;
	char *text;

	if (fstat(fd, &st) < 0)
		return -errno;
	size = (size_t)st.st_size;
	*len = 0;
	if (size == 0)
		return 0;
	text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return -errno;
	good = good_len(text, size);
	munmap(text, size);
	if (good < size) {
		log_warn("journal", "cut off a torn record, file=%s bytes=%zu",
			 name, size - good);
		if (ftruncate(fd, (off_t)good) < 0 || fdatasync(fd) < 0)
			return -errno;
	}
	*len = good;
	return 0;
}

static int open_last(struct jlog *log)
{
	uint64_t start = log->starts[log->n - 1], len;
	char name[JDIR_NAME_LEN];
	int err;

	jdir_segment_name(name, start);
	log->fd = openat(log->dirfd, name, O_RDWR | O_CLOEXEC);
	if (log->fd < 0)
		return -errno;
	err = cut(log->fd, name, &len);
	if (err)
		return err;
	log->end = start + len;
	return 0;
}

int jlog_open(struct jlog **logp, int dirfd, const struct jlog_cfg *cfg,
	      uint64_t floor)
{
	struct jlog *log = calloc(1, sizeof(*log));
	int err;

	if (!log)
		return -ENOMEM;
	assert(cfg->segment_bytes <= cfg->max_bytes / 4);
	log->cfg = *cfg;
	log->dirfd = dirfd;
	log->fd = -1;
	log->buf = malloc(JLOG_BATCH_MAX);
	err = log->buf ? jdir_segments(dirfd, &log->starts, &log->n) : -ENOMEM;
	if (!err && log->n)
		err = open_last(log);
	if (err) {
		jlog_free(log);
		return err;
	}

	if (!log->n)
		log->end = clock_us();
	if (log->end < floor) {
		/* The files are older than the checkpoint: what is written
		 * below it would never be read. */
		log->end = floor;
		if (log->fd >= 0)
			close(log->fd);
		log->fd = -1;
	}
	*logp = log;
	return 0;
}

void jlog_free(struct jlog *log)
{
	if (!log)
		return;
	if (log->fd >= 0)
		close(log->fd);
	free(log->starts);
	free(log->buf);
	free(log);
}

uint64_t jlog_begin(const struct jlog *log)
{
	return log->n ? log->starts[0] : log->end;
}

uint64_t jlog_end(const struct jlog *log)
{
	return log->end;
}

bool jlog_is_dirty(const struct jlog *log)
{
	return log->len != 0;
}

int jlog_add(struct jlog *log, char type, const char *json, size_t len,
	     bool must)
{
	size_t line = JLINE_HEAD + len + 1;
	uint64_t used = log->end - jlog_begin(log) + log->len;

	if (len > JLINE_JSON_MAX)
		return -EMSGSIZE;
	/* No segment gets longer than two times its bound: whenever the disk's
	 * is reached there is one to drop beside the one in use. */
	if (log->len + line > JLOG_BATCH_MAX ||
	    (log->len && log->len + line > log->cfg.segment_bytes))
		return -ENOBUFS;
	if (!must && used + line > log->cfg.max_bytes)
		return -ENOSPC;
	log->len += jline_print(log->buf + log->len, type, json, len);
	return 0;
}

static int new_segment(struct jlog *log)
{
	char name[JDIR_NAME_LEN];
	uint64_t *v = realloc(log->starts, (log->n + 1) * sizeof(*v));
	int fd;

	if (!v)
		return -ENOMEM;
	log->starts = v;
	jdir_segment_name(name, log->end);
	fd = openat(log->dirfd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0640);
	if (fd < 0)
		return -errno;
	if (fsync(log->dirfd) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	if (log->fd >= 0)
		close(log->fd);
	log->fd = fd;
	if (!log->n || log->starts[log->n - 1] != log->end)
		log->starts[log->n++] = log->end;
	return 0;
}

int jlog_sync(struct jlog *log)
{
	uint64_t start = log->n ? log->starts[log->n - 1] : 0;
	int err;

	if (!log->len)
		return 0;
	if (log->fd < 0 || log->end - start >= log->cfg.segment_bytes) {
		err = new_segment(log);
		if (err)
			return err;
		start = log->end;
	}
	err = jdir_pwrite(log->fd, log->buf, log->len, log->end - start);
	if (!err && fdatasync(log->fd) < 0)
		err = -errno;
	if (err) {
		/* Half a batch need not wait for the next start to be cut
		 * off. If this fails as well, it does. */
		if (ftruncate(log->fd, (off_t)(log->end - start)) < 0)
			log_debug("journal", "ftruncate failed");
		return err;
	}
	log->end += log->len;
	log->len = 0;
	return 0;
}

void jlog_drop(struct jlog *log, uint64_t pos)
{
	size_t n = 0;

	while (n + 1 < log->n && log->starts[n + 1] <= pos) {
		char name[JDIR_NAME_LEN];

		jdir_segment_name(name, log->starts[n]);
		if (unlinkat(log->dirfd, name, 0) < 0 && errno != ENOENT) {
			log_error("journal", "cannot remove a segment, "
				  "file=%s errno=%d", name, errno);
			break;
		}
		n++;
	}
	log->n -= n;
	memmove(log->starts, log->starts + n, log->n * sizeof(*log->starts));
}
