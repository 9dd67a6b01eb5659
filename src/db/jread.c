/* jread.c - see jread.h */
#include "jread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jdir.h"

enum { READ_SIZE = 64 * 1024 };         /* more than JLINE_MAX */

int jread_init(struct jread *r, int dirfd, uint64_t pos)
{
	uint64_t *starts = NULL;
	size_t n = 0;
	int err;

	*r = (struct jread){ .dirfd = dirfd, .fd = -1, .cap = READ_SIZE };
	err = jdir_segments(dirfd, &starts, &n);
	if (err)
		return err;
	r->pos = n && pos < starts[0] ? starts[0] : pos;
	free(starts);
	r->buf = malloc(r->cap);
	return r->buf ? 0 : -ENOMEM;
}

void jread_fini(struct jread *r)
{
	if (r->fd >= 0)
		close(r->fd);
	free(r->buf);
	*r = (struct jread){ .fd = -1 };
}

static void leave_segment(struct jread *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	r->off = r->len = 0;
}

/* Opens the last segment that begins at or before pos, but after `after`; if
 * there is none, the first one behind pos. 0, -ENOENT or another -errno. */
static int open_segment(struct jread *r, uint64_t after, uint64_t *start)
{
	char name[JDIR_NAME_LEN];
	uint64_t *starts = NULL;
	size_t n = 0, i = 0;
	int fd, err = jdir_segments(r->dirfd, &starts, &n);

	if (err)
		return err;
	while (i < n && starts[i] <= after)
		i++;
	while (i + 1 < n && starts[i + 1] <= r->pos)
		i++;
	if (i >= n) {
		free(starts);
		return -ENOENT;
	}
	*start = starts[i];
	free(starts);
	jdir_segment_name(name, *start);
	fd = openat(r->dirfd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r->fd = fd;
	r->start = *start;
	return 0;
}

/* More bytes behind those in the buffer, none from limit on. Their number, 0:
 * the segment has no more, or -errno. */
static ssize_t fill(struct jread *r, uint64_t limit)
{
	uint64_t next = r->pos + r->len;
	size_t room;
	ssize_t n;

	if (r->off) {
		memmove(r->buf, r->buf + r->off, r->len);
		r->off = 0;
	}
	room = r->cap - r->len;
	if (room > limit - next)
		room = (size_t)(limit - next);
	do {
		n = pread(r->fd, r->buf + r->len, room,
			  (off_t)(next - r->start));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	r->len += (size_t)n;
	return n;
}

static void eat(struct jread *r, size_t n)
{
	r->off += n;
	r->len -= n;
	r->pos += n;
}

/* A whole line from the buffer, or what cannot become one. As jread_next();
 * 0: more bytes are needed. */
static int take_line(struct jread *r, struct jline *line)
{
	const char *text = r->buf + r->off;
	const char *nl = memchr(text, '\n', r->len);
	size_t len;
	int err;

	if (!nl) {
		if (r->len < JLINE_MAX)
			return 0;
		eat(r, r->len);
		return -EBADMSG;
	}
	len = (size_t)(nl - text);
	err = jline_parse(line, text, len);
	eat(r, len + 1);
	return err ? err : 1;
}

/* The segment has no more although the journal has: on to the next. Between
 * the two nothing should be missing. As jread_next(); 0: go on. */
static int next_segment(struct jread *r, uint64_t limit)
{
	uint64_t after = r->fd >= 0 ? r->start : 0, start = 0, pos = r->pos;
	int err;

	leave_segment(r);
	err = open_segment(r, after, &start);
	if (err && err != -ENOENT)
		return err;
	if (err || start > limit)
		start = limit;
	if (start <= pos)
		return 0;
	r->pos = start;
	return -EBADMSG;
}

int jread_next(struct jread *r, uint64_t limit, struct jline *line,
	       uint64_t *pos)
{
	ssize_t n;
	int got;

	*pos = r->pos;
	while (r->pos < limit) {
		got = r->len ? take_line(r, line) : 0;
		if (got)
			return got;
		n = r->fd >= 0 && r->pos + r->len < limit ? fill(r, limit) : 0;
		if (n < 0)
			return (int)n;
		if (n == 0) {
			got = next_segment(r, limit);
			if (got)
				return got;
		}
	}
	return 0;
}
