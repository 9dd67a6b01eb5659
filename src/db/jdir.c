/* jdir.c - see jdir.h */
#include "jdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jline.h"

int jdir_open(struct jdir *dir, const char *path)
{
	struct jdir d = { .fd = -1, .lock = -1 };
	int err = 0;

	*dir = d;
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return -errno;
	d.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d.fd < 0)
		return -errno;
	d.lock = openat(d.fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (d.lock < 0)
		err = -errno;
	else if (flock(d.lock, LOCK_EX | LOCK_NB) < 0)
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (err) {
		jdir_close(&d);
		return err;
	}
	*dir = d;
	return 0;
}

void jdir_close(struct jdir *dir)
{
	if (dir->lock >= 0)
		close(dir->lock);
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = dir->lock = -1;
}

int jdir_read(int dirfd, const char *name, char *buf, size_t size)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	err = errno;
	close(fd);
	if (n < 0)
		return -err;
	buf[n] = '\0';
	return (int)n;
}

int jdir_pwrite(int fd, const char *data, size_t len, uint64_t offset)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
		offset += (size_t)n;
	}
	return 0;
}

int jdir_write(int dirfd, const char *name, const char *text, size_t len)
{
	char beside[64];
	int fd, err;

	snprintf(beside, sizeof(beside), "%s.new", name);
	fd = openat(dirfd, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	err = jdir_pwrite(fd, text, len, 0);
	if (!err && fdatasync(fd) < 0)
		err = -errno;
	close(fd);
	if (!err && renameat(dirfd, beside, dirfd, name) < 0)
		err = -errno;
	return err;
}

int jdir_read_num(int dirfd, const char *name, uint64_t *num)
{
	char text[64], want[64];
	uint64_t v;
	int n = jdir_read(dirfd, name, text, sizeof(text));

	if (n < 0)
		return n;
	v = strtoull(text, NULL, 10);
	snprintf(want, sizeof(want), "%020" PRIu64, v);
	snprintf(want, sizeof(want), "%020" PRIu64 " %08x\n", v,
		 jline_crc(want, 20));
	if (strcmp(text, want) != 0)
		return -EBADMSG;
	*num = v;
	return 0;
}

int jdir_write_num(int dirfd, const char *name, uint64_t num)
{
	char text[64];
	int n;

	snprintf(text, sizeof(text), "%020" PRIu64, num);
	n = snprintf(text, sizeof(text), "%020" PRIu64 " %08x\n", num,
		     jline_crc(text, 20));
	return jdir_write(dirfd, name, text, (size_t)n);
}

void jdir_segment_name(char out[static JDIR_NAME_LEN], uint64_t pos)
{
	snprintf(out, JDIR_NAME_LEN, "%016" PRIx64 ".log", pos);
}

/* Only names that we would give ourselves. */
static int segment_pos(const char *name, uint64_t *pos)
{
	char want[JDIR_NAME_LEN];
	uint64_t v = strtoull(name, NULL, 16);

	jdir_segment_name(want, v);
	if (strcmp(name, want) != 0)
		return -EINVAL;
	*pos = v;
	return 0;
}

static int by_pos(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int collect(DIR *d, uint64_t **starts, size_t *n)
{
	size_t cap = 0;
	uint64_t pos;

	*starts = NULL;
	*n = 0;
	for (struct dirent *e; (e = readdir(d));) {
		if (segment_pos(e->d_name, &pos) < 0)
			continue;
		if (*n == cap) {
			size_t more = cap ? cap * 2 : 16;
			uint64_t *v = realloc(*starts, more * sizeof(*v));

			if (!v) {
				free(*starts);
				return -ENOMEM;
			}
			*starts = v;
			cap = more;
		}
		(*starts)[(*n)++] = pos;
	}
	if (*n)
		qsort(*starts, *n, sizeof(**starts), by_pos);
	return 0;
}

int jdir_segments(int dirfd, uint64_t **starts, size_t *n)
{
	uint64_t *v;
	size_t count;
	DIR *d;
	int err, fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	d = fdopendir(fd);
	if (!d) {
		err = -errno;
		close(fd);
		return err;
	}
	err = collect(d, &v, &count);
	closedir(d);
	if (err)
		return err;
	*starts = v;
	*n = count;
	return 0;
}
