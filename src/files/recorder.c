/*
 * recorder.c - see recorder.h
 *
 * A recording is made by control, goes to the thread with BEGIN, and comes back
 * with its result; in between only its `ended` is touched by both.
 */
#include "recorder.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/box.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "decode.h"
#include "mixer/tap.h"
#include "mixer/dsp/dsp.h"
#include "mixer/resamp.h"
#include "rec_pipe.h"
#include "take.h"

enum {
	PERIOD_MS = 100,
	FINISH_MS = 10000,              /* for an encoder to end */
	GAP_MAX = MX_TAP_HZ * 3600      /* samples of silence made up at once */
};

struct recording {
	struct recorder *owner;
	struct link in_thread;
	char path[256];
	struct recording_cfg cfg;       /* path: the one above */
	atomic_bool ended;              /* control's wish */

	/* ---- the thread's ---- */
	struct rec_pipe *pipe;
	struct take *take;              /* in place of it */
	bool begun, ending;
	uint32_t next_ts;
	uint64_t samples, made_up;
	int64_t give_up_us;
	struct recording_result result; /* goes back with it */
};

struct recorder {
	struct loop *loop;
	struct box *begins, *ends;      /* of struct recording * */
	int begin_fd, end_fd;           /* eventfds; -1: not open */
	struct watch watch;
	unsigned n;                     /* control's: begun and not told done */
	atomic_bool stop;
	pthread_t thread;
	bool running;
	struct mx_resamp_bank *bank;    /* immutable */
	struct list list;               /* the thread's */
};

static void ring(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		log_error("recorder", "eventfd, error=%d", errno);
}

/* ---- the thread --------------------------------------------------------- */

/* It is over: goes back to control. There is room: no more than fit are begun. */
static void give_back(struct recorder *r, struct recording *rec, int err)
{
	rec->result.err = err;
	rec->result.ms = rec->samples * 1000 / MX_TAP_HZ;
	rec->result.silence_ms = rec->made_up * 1000 / MX_TAP_HZ;
	if (rec->take && !err)
		rec->result.clip = take_clip(rec->take);
	take_free(rec->take);
	rec->take = NULL;
	rec_pipe_close(rec->pipe);
	rec->pipe = NULL;
	list_del(&r->list, &rec->in_thread);
	if (box_put(r->ends, &rec) != 0)
		abort();
	ring(r->end_fd);
}

static int put(struct recording *rec, const void *pcm, size_t samples)
{
	int err = 0;

	if (rec->take)
		for (size_t i = 0; i < samples / MX_TAP_LEN; i++)
			take_put(rec->take, pcm);
	else
		err = rec_pipe_put(rec->pipe, pcm, samples);
	if (err) {
		snprintf(rec->result.why, sizeof(rec->result.why), "%s",
			 err == -EAGAIN ? "it cannot be written as fast as it comes"
					: "no memory");
		return err;
	}
	rec->samples += samples;
	if (!pcm)
		rec->made_up += samples;
	return 0;
}

/* What is missing before this stamp is silence. */
static int fill(struct recording *rec, uint32_t gap)
{
	int err = 0;

	while (gap > 0 && !err) {
		const uint32_t n = gap < MX_TAP_HZ ? gap : MX_TAP_HZ;

		err = put(rec, NULL, n);
		gap -= n;
	}
	return err;
}

static int take(struct recording *rec, const struct mx_tap_frame *f)
{
	const uint32_t gap = f->ts - rec->next_ts;
	int err = 0;

	if (rec->begun && gap > GAP_MAX)
		return 0;               /* of the past: it was there already */
	if (rec->begun)
		err = fill(rec, gap);
	if (!err)
		err = put(rec, f->pcm, MX_TAP_LEN);
	rec->begun = true;
	rec->next_ts = f->ts + MX_TAP_LEN;
	return err;
}

/* Its end was seen before its box: then nothing comes after what is in it. */
static void work(struct recorder *r, struct recording *rec)
{
	const bool ended = atomic_load(&rec->ended) || atomic_load(&r->stop);
	struct mx_tap_frame f;
	int err = 0;

	while (!rec->ending && !err && box_take(rec->cfg.frames, &f))
		err = take(rec, &f);
	if (!err && rec->take)
		err = ended;            /* 1: it is over */
	else if (!err)
		err = rec_pipe_poll(rec->pipe, rec->result.why);
	if (err) {
		give_back(r, rec, err < 0 ? err : 0);
	} else if (ended && !rec->ending) {
		rec->ending = true;
		rec->give_up_us = loop_now_us() + FINISH_MS * 1000;
		rec_pipe_end(rec->pipe);
	} else if (rec->ending && loop_now_us() > rec->give_up_us) {
		str_copy(rec->result.why, sizeof(rec->result.why),
			 "it did not come to an end");
		give_back(r, rec, -ETIMEDOUT);
	}
}

static void begin(struct recorder *r, struct recording *rec)
{
	int err = rec->cfg.path ?
		rec_pipe_open(&rec->pipe, rec->path, rec->result.why) :
		take_new(&rec->take, r->bank, rec->cfg.max_ms);

	list_add(&r->list, &rec->in_thread);
	if (err)
		give_back(r, rec, err);
}

static void *recorder_thread(void *arg)
{
	struct recorder *r = arg;
	struct pollfd fd = { .fd = r->begin_fd, .events = POLLIN };
	char err[REC_PIPE_ERR];
	struct recording *rec;
	uint64_t n;
	bool stop;

	if (decode_init(err, sizeof(err)) != 0)
		log_error("recorder", "%s", err);
	do {
		/* with nothing to record there is nothing to wake up for */
		if (poll(&fd, 1, r->list.n > 0 ? PERIOD_MS : -1) > 0 &&
		    read(r->begin_fd, &n, sizeof(n)) != sizeof(n))
			break;
		/* looked at before the box: what lies in it was begun earlier */
		stop = atomic_load(&r->stop);
		while (box_take(r->begins, &rec))
			begin(r, rec);
		list_each(&r->list, rec, it, struct recording, in_thread)
			work(r, rec);
	} while (!stop || r->list.n > 0);
	return NULL;
}

/* ---- control ------------------------------------------------------------ */

static void on_ends(uint32_t events, void *arg)
{
	struct recorder *r = arg;
	struct recording *rec;
	uint64_t n;

	(void)events;
	if (read(r->end_fd, &n, sizeof(n)) != sizeof(n))
		return;
	while (box_take(r->ends, &rec)) {
		r->n--;
		if (rec->result.err)
			log_warn("recorder", "failed, path=%s: %s", rec->path,
				 rec->result.why);
		rec->cfg.done(rec->cfg.arg, &rec->result);
		free(rec);
	}
}

static int start(struct recorder *r)
{
	int err = box_new(&r->begins, RECORDINGS_MAX, sizeof(struct recording *));

	if (!err)
		err = box_new(&r->ends, RECORDINGS_MAX, sizeof(struct recording *));
	if (!err)
		err = mx_resamp_bank_new(&r->bank, mx_dsp_best());
	if (err)
		return err;
	r->begin_fd = eventfd(0, EFD_CLOEXEC);
	r->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->begin_fd < 0 || r->end_fd < 0)
		return -errno;
	err = watch_start(&r->watch, r->loop, r->end_fd, EPOLLIN, on_ends, r);
	if (err)
		return err;
	err = -pthread_create(&r->thread, NULL, recorder_thread, r);
	r->running = !err;
	return err;
}

int recorder_new(struct recorder **rp, struct loop *loop)
{
	struct recorder *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->loop = loop;
	r->begin_fd = r->end_fd = -1;
	list_init(&r->list);
	err = start(r);
	if (err) {
		recorder_free(r);
		return err;
	}
	*rp = r;
	return 0;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	if (r->running) {
		atomic_store(&r->stop, true);
		ring(r->begin_fd);
		pthread_join(r->thread, NULL);
		on_ends(0, r);
	}
	watch_stop(&r->watch);
	if (r->begin_fd >= 0)
		close(r->begin_fd);
	if (r->end_fd >= 0)
		close(r->end_fd);
	box_free(r->begins);
	box_free(r->ends);
	mx_resamp_bank_free(r->bank);
	free(r);
}

int recorder_begin(struct recorder *r, const struct recording_cfg *cfg,
		   struct recording **recp)
{
	struct recording *rec;

	if (r->n == RECORDINGS_MAX)
		return -ENOSPC;
	rec = calloc(1, sizeof(*rec));
	if (!rec)
		return -ENOMEM;
	rec->owner = r;
	rec->cfg = *cfg;
	if (cfg->path)
		rec->cfg.path = rec->path;
	if (!str_copy(rec->path, sizeof(rec->path), cfg->path)) {
		free(rec);
		return -ENAMETOOLONG;
	}
	if (box_put(r->begins, &rec) != 0) {
		free(rec);
		return -EAGAIN;
	}
	r->n++;
	ring(r->begin_fd);
	*recp = rec;
	return 0;
}

void recorder_end(struct recording *rec)
{
	atomic_store(&rec->ended, true);
	ring(rec->owner->begin_fd);
}
