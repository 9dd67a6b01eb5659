/*
 * log.c - see log.h.
 *
 * The log is the one thing that every thread may use without being handed it,
 * so its state is global. Lines go through a ring of fixed slots under a mutex
 * that is held for a copy only; the writer thread does the writing.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "loop.h"
#include "str.h"

enum { LINE_MAX_LEN = 512, RING = 1024, SOURCES = 256 };

static struct {
	pthread_mutex_t mtx;
	pthread_cond_t cond;
	pthread_t thread;
	bool running, quit;
	atomic_int level;
	int fd;
	char path[256];                 /* "": stderr */
	unsigned head, n;               /* ring of lines */
	unsigned lost;                  /* since last said */
	uint16_t len[RING];
	char line[RING][LINE_MAX_LEN];
} lg = {
	.mtx = PTHREAD_MUTEX_INITIALIZER,
	.cond = PTHREAD_COND_INITIALIZER,
	.level = LOG_INFO,
	.fd = STDERR_FILENO
};

static const char *const level_names[] = { "error", "warn", "info", "debug" };

/* A log must not stop the server: what cannot be written is let go. */
static void write_all(int fd, const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		s += n;
		len -= (size_t)n;
	}
}

static size_t format(char out[LINE_MAX_LEN], enum log_level level,
		     const char *tag, const char *fmt, va_list ap)
{
	struct timespec now;
	struct tm tm;
	size_t len;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(out, LINE_MAX_LEN, "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(out + len, LINE_MAX_LEN - len, ".%03ldZ %s %s: ",
		     now.tv_nsec / 1000000, level_names[level], tag);
	len += (size_t)n;
	if (len < LINE_MAX_LEN - 1) {
		n = vsnprintf(out + len, LINE_MAX_LEN - len, fmt, ap);
		len += n > 0 ? (size_t)n : 0;
	}
	if (len > LINE_MAX_LEN - 2)
		len = LINE_MAX_LEN - 2;
	/* What the outside world sent must not make a second line. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
			out[i] = '?';
	out[len++] = '\n';
	return len;
}

static void put(const char *line, size_t len)
{
	pthread_mutex_lock(&lg.mtx);
	if (!lg.running) {
		pthread_mutex_unlock(&lg.mtx);
		write_all(STDERR_FILENO, line, len);
		return;
	}
	if (lg.n == RING) {
		lg.lost++;
		counter_inc(CNT_LOG_LOST);
	} else {
		unsigned slot = (lg.head + lg.n++) % RING;

		memcpy(lg.line[slot], line, len);
		lg.len[slot] = (uint16_t)len;
		pthread_cond_signal(&lg.cond);
	}
	pthread_mutex_unlock(&lg.mtx);
}

void log_at(enum log_level level, const char *tag, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	va_list ap;
	size_t len;

	if ((int)level > atomic_load_explicit(&lg.level, memory_order_relaxed))
		return;
	va_start(ap, fmt);
	len = format(line, level, tag, fmt, ap);
	va_end(ap);
	put(line, len);
}

static void *writer(void *arg)
{
	char line[LINE_MAX_LEN];

	(void)arg;
	pthread_mutex_lock(&lg.mtx);
	for (;;) {
		unsigned lost = lg.lost;
		size_t len;
		int fd;

		if (!lg.n && !lost) {
			if (lg.quit)
				break;
			pthread_cond_wait(&lg.cond, &lg.mtx);
			continue;
		}
		if (lg.n) {
			len = lg.len[lg.head];
			memcpy(line, lg.line[lg.head], len);
			lg.head = (lg.head + 1) % RING;
			lg.n--;
		} else {
			len = (size_t)snprintf(line, sizeof(line),
				"log: lines lost, n=%u\n", lost);
			lg.lost = 0;
		}
		fd = lg.fd;
		pthread_mutex_unlock(&lg.mtx);
		write_all(fd, line, len);
		pthread_mutex_lock(&lg.mtx);
	}
	pthread_mutex_unlock(&lg.mtx);
	return NULL;
}

static int open_file(const char *path)
{
	int fd;

	if (!*path)
		return STDERR_FILENO;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	return fd < 0 ? -errno : fd;
}

int log_open(const char *path, enum log_level level)
{
	int fd, err;

	if (!str_copy(lg.path, sizeof(lg.path), path))
		return -ENAMETOOLONG;
	fd = open_file(lg.path);
	if (fd < 0)
		return fd;
	log_set_level(level);
	lg.fd = fd;
	lg.quit = false;
	lg.running = true;
	err = pthread_create(&lg.thread, NULL, writer, NULL);
	if (err)
		lg.running = false;
	return -err;
}

void log_close(void)
{
	if (!lg.running)
		return;
	pthread_mutex_lock(&lg.mtx);
	lg.quit = true;
	pthread_cond_signal(&lg.cond);
	pthread_mutex_unlock(&lg.mtx);
	pthread_join(lg.thread, NULL);
	pthread_mutex_lock(&lg.mtx);
	lg.running = false;
	pthread_mutex_unlock(&lg.mtx);
	if (lg.fd != STDERR_FILENO)
		close(lg.fd);
	lg.fd = STDERR_FILENO;
}

/* The writer may be in a write to the old file: dup2 keeps the number good. */
int log_reopen(void)
{
	int fd = open_file(lg.path);

	if (fd < 0)
		return fd;
	if (fd == STDERR_FILENO)
		return 0;
	if (dup2(fd, lg.fd) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	close(fd);
	return 0;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&lg.level, (int)level, memory_order_relaxed);
}

int log_level_parse(const char *word, enum log_level *level)
{
	for (int i = 0; i <= LOG_DEBUG; i++) {
		if (strcmp(word, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* A table of 256 sources by hash. Two that share a slot share its second: an
 * attacker with many addresses gets fewer lines, not more. */
bool log_allow(const char *source, unsigned *missed)
{
	static struct { int64_t last_us; unsigned missed; } slots[SOURCES];
	int64_t now = loop_now_us();
	uint32_t h = 2166136261u;

	for (const char *s = source; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	h = (h ^ (h >> 16)) % SOURCES;
	if (slots[h].last_us && now - slots[h].last_us < 1000000) {
		slots[h].missed++;
		return false;
	}
	*missed = slots[h].missed;
	slots[h].last_us = now;
	slots[h].missed = 0;
	return true;
}
