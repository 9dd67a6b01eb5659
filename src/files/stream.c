/*
 * stream.c - see stream.h
 *
 * Control makes a stream and hands it to the thread, which keeps it until
 * control says that it is not needed for good and the thread has given it back:
 * both by boxes. In between `taken` alone is looked at by both.
 */
#include "stream.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/box.h"
#include "base/counter.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "decode.h"
#include "mixer/stream.h"
#include "stream_pipe.h"

enum {
	PERIOD_MS = 20,
	OPEN_MS = 10000,                /* to the first sample, and between two */
	SOUND_MS = 10000,               /* after so much of it the next fault is the
					 * first one again */
	RETRY_MAX_S = 60,
	IDLE_MS = 60000,                /* players may still be reading */
	RESTS = 300,                    /* ms of silence before a begin: older
					 * sound is not heard */
	CHUNK = 4800                    /* samples at a time */
};

struct stream {
	struct streams *owner;
	char source[STREAM_SOURCE_MAX];
	uint32_t rate_hz;
	struct mx_stream *ring;         /* written by the thread */
	atomic_uint taken;              /* control writes it */
	atomic_bool gone;               /* control: give it back */

	/* ---- control's ---- */
	struct link in_control;
	int64_t idle_us;                /* since when */

	/* ---- the thread's ---- */
	struct link in_thread;
	struct stream_pipe *pipe;       /* NULL: not open */
	bool running;                   /* begun_us and written count */
	int64_t begun_us;
	uint64_t written;               /* samples since then */
	int64_t sound_us;               /* the latest sound, or the opening */
	uint64_t heard;                 /* samples since the opening */
	int64_t retry_us;               /* not opened before */
	unsigned faults;                /* in a row */
	unsigned file;                  /* of a folder: the next one */
};

struct streams {
	struct loop *loop;
	struct box *adds, *backs;       /* of struct stream * */
	int add_fd, back_fd;            /* eventfds; -1: not open */
	struct watch watch;
	struct list control;
	atomic_bool stop;
	atomic_uint running;
	_Atomic uint64_t failures;
	pthread_t thread;
	bool has_thread;
	struct list list;               /* the thread's */
};

static void ring(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		log_error("music", "eventfd, error=%d", errno);
}

/* ---- what is played next ------------------------------------------------ */

static int is_file(const struct dirent *d)
{
	return d->d_name[0] != '.' && d->d_type != DT_DIR;
}

/* The next file of a folder, in order of names. 0 or -errno. */
static int next_file(struct stream *st, char *path, size_t size)
{
	struct dirent **list = NULL;
	int n = scandir(st->source, &list, is_file, alphasort), err;

	if (n < 0)
		return -errno;
	err = n == 0 ? -ENOENT : 0;
	if (n > 0 && snprintf(path, size, "%s/%s", st->source,
			      list[st->file++ % (unsigned)n]->d_name) >= (int)size)
		err = -ENAMETOOLONG;
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return err;
}

static int open_path(struct stream *st, const char *path, char *err)
{
	char *uri = decode_uri(path);
	int e = uri ? stream_pipe_open(&st->pipe, uri, st->rate_hz, err) : -EINVAL;

	free(uri);
	return e;
}

static int open_next(struct stream *st, char *err)
{
	char path[2 * STREAM_SOURCE_MAX];
	struct stat sb;
	int e;

	if (st->source[0] != '/')
		return stream_pipe_open(&st->pipe, st->source, st->rate_hz, err);
	if (stat(st->source, &sb) != 0)
		e = -errno;
	else if (!S_ISDIR(sb.st_mode))
		return open_path(st, st->source, err);
	else
		e = next_file(st, path, sizeof(path));
	if (e) {
		snprintf(err, STREAM_PIPE_ERR, "%s", strerror(-e));
		return e;
	}
	return open_path(st, path, err);
}

/* ---- the thread --------------------------------------------------------- */

static void close_pipe(struct stream *st)
{
	stream_pipe_close(st->pipe);
	st->pipe = NULL;
}

/* Tried again in a while, which is longer each time in a row. */
static void failed(struct stream *st, int64_t now_us, const char *why)
{
	const unsigned s = st->faults < 6 ? 1u << st->faults : RETRY_MAX_S;

	close_pipe(st);
	st->faults++;
	st->retry_us = now_us + (int64_t)s * 1000000;
	counter_inc(CNT_MUSIC_FAILED);
	atomic_fetch_add(&st->owner->failures, 1);
	log_warn("music", "failed, again in %u s, source=%s: %s", s, st->source, why);
}

static void open_it(struct stream *st, int64_t now_us)
{
	char err[STREAM_PIPE_ERR] = "no memory";

	st->sound_us = now_us;
	st->heard = 0;
	if (open_next(st, err) != 0)
		failed(st, now_us, err);
}

/* How many of n samples there were; the rest is silence. */
static int fill(struct stream *st, int16_t *pcm, int n, int64_t now_us)
{
	char err[STREAM_PIPE_ERR] = "";
	int got;

	if (!st->pipe && now_us >= st->retry_us)
		open_it(st, now_us);
	if (!st->pipe)
		return 0;
	got = stream_pipe_get(st->pipe, pcm, n, err);
	if (got > 0) {
		st->sound_us = now_us;
		st->heard += (uint64_t)got;
		if (st->heard > (uint64_t)st->rate_hz * SOUND_MS / 1000)
			st->faults = 0;
		return got;
	}
	if (got == -ENODATA && st->heard >= st->rate_hz / 10)
		close_pipe(st);         /* and on with the next */
	else if (got < 0)
		failed(st, now_us, got == -ENODATA ? "nothing in it" : err);
	else if (now_us - st->sound_us > (int64_t)OPEN_MS * 1000)
		failed(st, now_us, "nothing comes");
	return 0;
}

/* What the clock says is due; of a sleep that was too long a second. */
static void write_due(struct stream *st, int64_t now_us)
{
	const uint64_t now = (uint64_t)(now_us - st->begun_us) * st->rate_hz / 1000000;
	uint64_t due = now - st->written;
	int16_t pcm[CHUNK];

	st->written = now;
	if (due > st->rate_hz)
		due = st->rate_hz;
	while (due > 0) {
		const int n = due < CHUNK ? (int)due : CHUNK;
		int got = fill(st, pcm, n, now_us);

		if (got == 0 && !st->pipe && now_us >= st->retry_us)
			got = fill(st, pcm, n, now_us); /* the next file */
		mx_stream_put(st->ring, pcm, (size_t)got);
		if (got < n)
			mx_stream_put(st->ring, NULL, (size_t)(n - got));
		due -= (uint64_t)n;
	}
}

static void begin(struct stream *st, int64_t now_us)
{
	mx_stream_put(st->ring, NULL, st->rate_hz * RESTS / 1000);
	st->running = true;
	st->begun_us = now_us;
	st->written = 0;
	st->faults = 0;
	st->retry_us = 0;
	atomic_fetch_add(&st->owner->running, 1);
	log_info("music", "begins, source=%s rate=%u", st->source, st->rate_hz);
}

static void end(struct stream *st)
{
	if (!st->running)
		return;
	close_pipe(st);
	st->running = false;
	atomic_fetch_sub(&st->owner->running, 1);
	log_info("music", "ends, source=%s rate=%u", st->source, st->rate_hz);
}

static void work(struct streams *s, struct stream *st)
{
	const int64_t now_us = loop_now_us();
	const bool gone = atomic_load(&st->gone);

	if (!gone && atomic_load(&st->taken) > 0) {
		if (!st->running)
			begin(st, now_us);
		write_due(st, now_us);
		return;
	}
	end(st);
	if (!gone)
		return;
	list_del(&s->list, &st->in_thread);
	if (box_put(s->backs, &st) != 0)
		abort();                /* as many fit as there can be */
	ring(s->back_fd);
}

static void *music_thread(void *arg)
{
	struct streams *s = arg;
	struct pollfd fd = { .fd = s->add_fd, .events = POLLIN };
	char err[256];
	struct stream *st;
	uint64_t n;

	if (decode_init(err, sizeof(err)) != 0)
		log_error("music", "%s", err);
	while (!atomic_load(&s->stop)) {
		if (poll(&fd, 1, atomic_load(&s->running) ? PERIOD_MS : -1) > 0 &&
		    read(s->add_fd, &n, sizeof(n)) != sizeof(n))
			break;
		while (box_take(s->adds, &st))
			list_add(&s->list, &st->in_thread);
		list_each(&s->list, st, it, struct stream, in_thread)
			work(s, st);
	}
	list_each(&s->list, st, last, struct stream, in_thread)
		end(st);
	return NULL;
}

/* ---- control ------------------------------------------------------------ */

static void stream_free(struct stream *st)
{
	list_del(&st->owner->control, &st->in_control);
	mx_stream_free(st->ring);
	free(st);
}

static void on_backs(uint32_t events, void *arg)
{
	struct streams *s = arg;
	struct stream *st;
	uint64_t n;

	(void)events;
	if (read(s->back_fd, &n, sizeof(n)) != sizeof(n))
		return;
	while (box_take(s->backs, &st))
		stream_free(st);
}

static int start(struct streams *s)
{
	int err = box_new(&s->adds, STREAMS_MAX, sizeof(struct stream *));

	if (!err)
		err = box_new(&s->backs, STREAMS_MAX, sizeof(struct stream *));
	if (err)
		return err;
	s->add_fd = eventfd(0, EFD_CLOEXEC);
	s->back_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->add_fd < 0 || s->back_fd < 0)
		return -errno;
	err = watch_start(&s->watch, s->loop, s->back_fd, EPOLLIN, on_backs, s);
	if (err)
		return err;
	err = -pthread_create(&s->thread, NULL, music_thread, s);
	s->has_thread = !err;
	return err;
}

int streams_new(struct streams **sp, struct loop *loop)
{
	struct streams *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->loop = loop;
	s->add_fd = s->back_fd = -1;
	list_init(&s->control);
	list_init(&s->list);
	err = start(s);
	if (err)
		streams_free(s);
	else
		*sp = s;
	return err;
}

void streams_free(struct streams *s)
{
	struct stream *st;

	if (!s)
		return;
	if (s->has_thread) {
		atomic_store(&s->stop, true);
		ring(s->add_fd);
		pthread_join(s->thread, NULL);
	}
	watch_stop(&s->watch);
	list_each(&s->control, st, it, struct stream, in_control)
		stream_free(st);
	if (s->add_fd >= 0)
		close(s->add_fd);
	if (s->back_fd >= 0)
		close(s->back_fd);
	box_free(s->adds);
	box_free(s->backs);
	free(s);
}

/* Those that nobody has wanted for long are asked back. */
static void sweep(struct streams *s)
{
	const int64_t old_us = loop_now_us() - (int64_t)IDLE_MS * 1000;
	struct stream *st;

	list_each(&s->control, st, it, struct stream, in_control)
		if (!atomic_load(&st->taken) && st->idle_us < old_us)
			atomic_store(&st->gone, true);
	ring(s->add_fd);
}

static struct stream *find(struct streams *s, const char *source, uint32_t rate_hz)
{
	struct stream *st;

	list_each(&s->control, st, it, struct stream, in_control)
		if (st->rate_hz == rate_hz && strcmp(st->source, source) == 0 &&
		    !atomic_load(&st->gone))
			return st;
	return NULL;
}

static struct stream *make(struct streams *s, const char *source, uint32_t rate_hz)
{
	struct stream *st;

	if (s->control.n == STREAMS_MAX)
		return NULL;
	st = calloc(1, sizeof(*st));
	if (!st)
		return NULL;
	st->owner = s;
	st->rate_hz = rate_hz;
	if (!str_copy(st->source, sizeof(st->source), source) ||
	    mx_stream_new(&st->ring, rate_hz) != 0) {
		free(st);
		return NULL;
	}
	list_add(&s->control, &st->in_control);
	if (box_put(s->adds, &st) != 0) {
		stream_free(st);
		return NULL;
	}
	return st;
}

struct stream *stream_take(struct streams *s, const char *source, uint32_t rate_hz)
{
	struct stream *st;

	sweep(s);
	st = find(s, source, rate_hz);
	if (!st)
		st = make(s, source, rate_hz);
	if (!st)
		return NULL;
	atomic_fetch_add(&st->taken, 1);
	ring(s->add_fd);
	return st;
}

const struct mx_clip *stream_clip(const struct stream *st)
{
	return mx_stream_clip(st->ring);
}

void stream_drop(struct stream *st)
{
	if (!st)
		return;
	if (atomic_fetch_sub(&st->taken, 1) == 1)
		st->idle_us = loop_now_us();
	ring(st->owner->add_fd);
}

unsigned streams_running(const struct streams *s)
{
	return atomic_load(&s->running);
}

uint64_t streams_failures(const struct streams *s)
{
	return atomic_load(&s->failures);
}
