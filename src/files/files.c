/*
 * files.c - the clips that control may ask for, and the thread that makes
 * them.
 *
 * Control keeps a table of names; only control touches it. A load goes to the
 * file thread as one job; what comes back is one result a file, each with a
 * clip that changes owner, and one at the end.
 */
#include "files.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/box.h"
#include "base/counter.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "decode.h"
#include "mixer/tone.h"

enum {
	PROMPT_MAX_S = 60,
	MUSIC_MAX_S = 20 * 60,
	MUSIC_FILES_MAX = 16,
	JOBS_MAX = 16,
	RESULTS_MAX = 64,
	TONE_HZ = 8000,
	KEY_MAX = 96                    /* "en/digits/20" */
};

static const char english[] = "en";

/* Where the prompts of a language may lie below the sounds folder: as Debian's
 * packages have them, as an Asterisk has them (en/), or, in English, plainly. */
static const struct {
	const char *lang, *folder;
} sets[] = {
	{ english, "" }, { english, "en_US_f_Allison/" },
	{ "fr", "fr_CA_f_June/" }, { "es", "es_MX_f_Allison/" },
	{ "it", "it_IT_m_Carlo/" }, { "ru", "ru_RU_f_IvrvoiceRU/" }
};

/* What stands in for music: a quiet tone now and then. */
static const struct mx_tone no_music = {
	.dbfs = -36, .parts = { { 440, 0, 400, 4600 } }
};

struct entry {
	struct hash_node node;
	const struct mx_clip *clip;     /* NULL: the tone stands in */
	bool warned;
	char key[KEY_MAX];
};

struct job {
	void (*done)(size_t missing, void *arg);
	void *arg;
	char lang[8];
	bool music;                     /* also read all the music */
	size_t n;
	char *names[];
};

struct result {
	enum { RESULT_PROMPT, RESULT_MUSIC, RESULT_DONE } what;
	struct job *job;                /* DONE: its memory is the receiver's */
	size_t i;                       /* PROMPT: which of its names */
	const struct mx_clip *clip;     /* the receiver's; NULL: missing */
};

struct files {
	/* control's */
	struct loop *loop;
	struct hash entries;
	const struct mx_clip *music[MUSIC_FILES_MAX];
	unsigned n_music;
	bool music_read;
	size_t missing;                 /* of the job whose results come in */
	struct mx_clip *tone, *no_music;
	struct watch watch;

	/* between the two */
	struct files_cfg cfg;           /* immutable */
	struct box *jobs, *results;
	int job_fd, result_fd;          /* eventfds; -1: not open */
	atomic_bool stop;
	pthread_t thread;
	bool running;
};

/* ---- the file thread ---------------------------------------------------- */

static void ring(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		log_error("files", "eventfd, error=%d", errno);
}

/* This thread may wait for control to make room. */
static void put_result(struct files *f, const struct result *r)
{
	const struct timespec pause = { 0, 2000000 };

	while (box_put(f->results, r) != 0) {
		if (atomic_load(&f->stop)) {
			decode_free(r->clip);
			if (r->what == RESULT_DONE)
				free(r->job);
			return;
		}
		nanosleep(&pause, NULL);
	}
	ring(f->result_fd);
}

static const struct mx_clip *decode(const struct files *f, const char *path,
				    unsigned max_s)
{
	const struct mx_clip *clip = NULL;
	char why[256] = "";
	bool cut = false;
	int err = decode_file(&clip, path, max_s, &f->stop, &cut, why, sizeof(why));

	if (err == -ECANCELED)
		return NULL;
	if (err)
		log_warn("files", "cannot be read, path=%s: %s", path, why);
	else if (cut)
		log_warn("files", "longer than %u s, the rest is not played, path=%s",
			 max_s, path);
	return clip;
}

static bool is_english(const char *lang)
{
	return strcmp(lang, english) == 0;
}

static const struct mx_clip *decode_prompt(const struct files *f,
					   const char *lang, const char *name)
{
	char path[sizeof(f->cfg.sounds) + 128];

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (strcmp(sets[i].lang, lang) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s%s.wav", f->cfg.sounds,
			 sets[i].folder, name);
		if (access(path, R_OK) == 0)
			return decode(f, path, PROMPT_MAX_S);
	}
	snprintf(path, sizeof(path), "%s/%s/%s.wav", f->cfg.sounds, lang, name);
	if (access(path, R_OK) == 0)
		return decode(f, path, PROMPT_MAX_S);
	if (is_english(lang))
		log_warn("files", "no such prompt, name=%s folder=%s", name,
			 f->cfg.sounds);
	else
		log_debug("files", "not in this language, name=%s lang=%s", name, lang);
	return NULL;
}

static int is_file(const struct dirent *d)
{
	return d->d_name[0] != '.' &&
		(d->d_type == DT_REG || d->d_type == DT_LNK ||
		 d->d_type == DT_UNKNOWN);
}

static void decode_music(struct files *f, struct job *job)
{
	struct dirent **list = NULL;
	char path[sizeof(f->cfg.music) + 256];
	int n = scandir(f->cfg.music, &list, is_file, alphasort), used = 0;

	if (n < 0)
		log_warn("files", "no music, folder=%s: %s", f->cfg.music,
			 strerror(errno));
	for (int i = 0; i < n; i++) {
		if (used < MUSIC_FILES_MAX && !atomic_load(&f->stop)) {
			struct result r = { .what = RESULT_MUSIC, .job = job };

			snprintf(path, sizeof(path), "%s/%s", f->cfg.music,
				 list[i]->d_name);
			r.clip = decode(f, path, MUSIC_MAX_S);
			used += r.clip != NULL;
			put_result(f, &r);
		}
		free(list[i]);
	}
	free(list);
}

static void run_job(struct files *f, struct job *job)
{
	struct result r = { .job = job };

	for (size_t i = 0; i < job->n && !atomic_load(&f->stop); i++) {
		r.what = RESULT_PROMPT;
		r.i = i;
		r.clip = decode_prompt(f, job->lang, job->names[i]);
		put_result(f, &r);
	}
	if (job->music)
		decode_music(f, job);
	put_result(f, &(struct result){ .what = RESULT_DONE, .job = job });
}

static void *file_thread(void *arg)
{
	struct files *f = arg;
	char err[256];
	struct job *job;
	uint64_t n;

	if (decode_init(err, sizeof(err)) != 0)
		log_error("files", "%s", err);
	while (!atomic_load(&f->stop)) {
		while (!atomic_load(&f->stop) && box_take(f->jobs, &job))
			run_job(f, job);
		if (!atomic_load(&f->stop) &&
		    read(f->job_fd, &n, sizeof(n)) != sizeof(n))
			break;
	}
	return NULL;
}

/* ---- control ------------------------------------------------------------ */

static void key_of(char key[KEY_MAX], const char *lang, const char *name)
{
	snprintf(key, KEY_MAX, "%s/%s", lang, name);
}

static struct entry *entry_find(const struct files *f, const char *lang,
				const char *name)
{
	struct hash_node *node;
	char key[KEY_MAX];

	key_of(key, lang, name);
	node = hash_find(&f->entries, key);
	return node ? container_of(node, struct entry, node) : NULL;
}

static struct entry *entry_add(struct files *f, const char *lang,
			       const char *name)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	key_of(e->key, lang, name);
	if (hash_add(&f->entries, &e->node, e->key) != 0) {
		free(e);
		return NULL;
	}
	return e;
}

static void add_prompt(struct files *f, const struct job *job, const char *name,
		       const struct mx_clip *clip)
{
	struct entry *e = entry_find(f, job->lang, name);

	if (!e)
		e = entry_add(f, job->lang, name);
	if (!e || e->clip) {            /* no memory; or asked for twice */
		decode_free(clip);
		return;
	}
	e->clip = clip;
	e->warned = !clip;              /* the thread has said why */
	if (clip)
		return;
	f->missing++;
	if (is_english(job->lang))
		counter_inc(CNT_PROMPT_MISSING);
}

static void on_loaded(struct files *f, const struct job *job)
{
	log_info("files", "prompts are read, language=%s missing=%zu of=%zu",
		 job->lang, f->missing, job->n);
	if (job->done)
		job->done(f->missing, job->arg);
	f->missing = 0;
}

static void on_result(struct files *f, const struct result *r)
{
	switch (r->what) {
	case RESULT_PROMPT:
		add_prompt(f, r->job, r->job->names[r->i], r->clip);
		break;
	case RESULT_MUSIC:
		if (r->clip && f->n_music < MUSIC_FILES_MAX)
			f->music[f->n_music++] = r->clip;
		break;
	case RESULT_DONE:
		on_loaded(f, r->job);
		free(r->job);
		break;
	}
}

static void on_results(uint32_t events, void *arg)
{
	struct files *f = arg;
	struct result r;
	uint64_t n;

	(void)events;
	if (read(f->result_fd, &n, sizeof(n)) != sizeof(n))
		return;
	while (box_take(f->results, &r))
		on_result(f, &r);
}

static int start(struct files *f)
{
	int err = box_new(&f->jobs, JOBS_MAX, sizeof(struct job *));

	if (!err)
		err = box_new(&f->results, RESULTS_MAX, sizeof(struct result));
	if (!err)
		err = hash_init(&f->entries);
	if (!err)
		err = mx_tone_new(&f->tone, &mx_tone_missing, TONE_HZ);
	if (!err)
		err = mx_tone_new(&f->no_music, &no_music, TONE_HZ);
	if (err)
		return err;
	f->job_fd = eventfd(0, EFD_CLOEXEC);
	f->result_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->job_fd < 0 || f->result_fd < 0)
		return -errno;
	err = watch_start(&f->watch, f->loop, f->result_fd, EPOLLIN, on_results, f);
	if (err)
		return err;
	err = -pthread_create(&f->thread, NULL, file_thread, f);
	f->running = !err;
	return err;
}

int files_new(struct files **fp, const struct files_cfg *cfg, struct loop *loop)
{
	struct files *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	f->loop = loop;
	f->cfg = *cfg;
	f->job_fd = f->result_fd = -1;
	err = start(f);
	if (err) {
		files_free(f);
		return err;
	}
	*fp = f;
	return 0;
}

static void entry_free(struct hash_node *node, void *arg)
{
	struct entry *e = container_of(node, struct entry, node);

	(void)arg;
	decode_free(e->clip);
	free(e);
}

/* The thread is gone: what lies in the boxes is ours. */
static void empty_boxes(struct files *f)
{
	struct result r;
	struct job *job;

	while (f->results && box_take(f->results, &r)) {
		decode_free(r.clip);
		if (r.what == RESULT_DONE)
			free(r.job);
	}
	while (f->jobs && box_take(f->jobs, &job))
		free(job);
	box_free(f->results);
	box_free(f->jobs);
}

void files_free(struct files *f)
{
	if (!f)
		return;
	if (f->running) {
		atomic_store(&f->stop, true);
		ring(f->job_fd);
		pthread_join(f->thread, NULL);
	}
	watch_stop(&f->watch);
	empty_boxes(f);
	if (f->job_fd >= 0)
		close(f->job_fd);
	if (f->result_fd >= 0)
		close(f->result_fd);
	if (f->entries.slots)
		hash_each(&f->entries, entry_free, NULL);
	hash_fini(&f->entries);
	for (unsigned i = 0; i < f->n_music; i++)
		decode_free(f->music[i]);
	mx_tone_free(f->tone);
	mx_tone_free(f->no_music);
	free(f);
}

/* One block: the job, its pointers, their strings. */
static struct job *job_new(const char *const names[], size_t n)
{
	size_t size = sizeof(struct job) + n * sizeof(char *), len;
	struct job *job;
	char *at;

	for (size_t i = 0; i < n; i++)
		size += strlen(names[i]) + 1;
	job = calloc(1, size);
	if (!job)
		return NULL;
	at = (char *)&job->names[n];
	for (size_t i = 0; i < n; i++) {
		len = strlen(names[i]) + 1;
		job->names[i] = memcpy(at, names[i], len);
		at += len;
	}
	job->n = n;
	return job;
}

int files_load(struct files *f, const char *lang, const char *const names[],
	       size_t n, void (*done)(size_t missing, void *arg), void *arg)
{
	struct job *job = job_new(names, n);
	int err;

	if (!job)
		return -ENOMEM;
	snprintf(job->lang, sizeof(job->lang), "%s", lang);
	job->done = done;
	job->arg = arg;
	job->music = !f->music_read;
	err = box_put(f->jobs, &job);
	if (err) {
		free(job);
		return err;
	}
	f->music_read = true;
	ring(f->job_fd);
	return 0;
}

const struct mx_clip *files_clip(struct files *f, const char *lang,
				 const char *name)
{
	struct entry *e = entry_find(f, lang, name);

	if (e && e->clip)
		return e->clip;
	if (!is_english(lang)) {
		counter_inc(CNT_PROMPT_FALLBACK);
		return files_clip(f, english, name);
	}
	if (!e)
		e = entry_add(f, lang, name);
	if (e && !e->warned) {
		log_warn("files", "not loaded, a tone stands in, name=%s", name);
		e->warned = true;
	}
	return f->tone;
}

bool files_has(const struct files *f, const char *lang, const char *name)
{
	const struct entry *e = entry_find(f, lang, name);

	return e && e->clip;
}

const struct mx_clip *files_music(struct files *f, unsigned i)
{
	if (i < f->n_music)
		return f->music[i];
	return i == 0 ? f->no_music : NULL;
}
