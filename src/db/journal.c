/* journal.c - see journal.h */
#include "journal.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/box.h"
#include "base/counter.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/list.h"
#include "base/log.h"
#include "jdir.h"
#include "jline.h"
#include "jlog.h"
#include "record.h"
#include "thread.h"

enum {
	QUEUE = 8192,                   /* records between control and us */
	ALIVE_MS = 5000,
	RETRY_MS = 500                  /* after the disk refused */
};

struct msg {
	char type;
	char *json;
};

/* A leg or conference that has begun and not ended. */
struct open_id {
	struct hash_node node;
	char id[ID_UUID_LEN];
};

struct journal {
	/* written before the thread starts, then only read */
	struct jdir dir;
	char server[ID_UUID_LEN];
	char run[ID_UUID_LEN];
	uint64_t checkpoint;
	struct box *in;
	struct thread thread;
	atomic_int tell;                /* eventfd of the writer, -1: none */

	/* between the threads */
	_Atomic uint64_t durable;
	_Atomic uint64_t taken;

	/* the thread's own */
	struct jlog *log;
	struct msg held;                /* taken from the box, not yet added */
	uint64_t n_added;               /* since the last sync */
	struct hash open;
	int64_t alive_us;               /* when the time was noted last */
	bool full, broken;              /* as the log was told */
};

/* ---- the begin and the end of a run ------------------------------------ */

static int64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* RFC 3339, UTC. */
static const char *print_time(int64_t us, char out[static 40])
{
	time_t sec = (time_t)(us / 1000000);
	struct tm tm;
	size_t len;

	gmtime_r(&sec, &tm);
	len = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, 40 - len, ".%06dZ", (int)(us % 1000000));
	return out;
}

/* The last moment an earlier run is known to have lived: what it noted, or its
 * last write to the journal. 0: there was none. */
static int64_t last_seen(const struct journal *j)
{
	char name[JDIR_NAME_LEN];
	uint64_t noted = 0, *starts = NULL;
	struct stat st;
	size_t n = 0;
	int64_t seen;

	if (jdir_read_num(j->dir.fd, "alive", &noted) < 0)
		noted = 0;
	seen = (int64_t)noted;
	if (jdir_segments(j->dir.fd, &starts, &n) == 0 && n) {
		jdir_segment_name(name, starts[n - 1]);
		if (fstatat(j->dir.fd, name, &st, 0) == 0) {
			int64_t us = (int64_t)st.st_mtim.tv_sec * 1000000 +
				     st.st_mtim.tv_nsec / 1000;

			seen = us > seen ? us : seen;
		}
	}
	free(starts);
	return seen;
}

/* The first record of a run, which closes the ones before. */
static int add_begin(struct journal *j, int64_t seen)
{
	int64_t now = clock_us();
	char host[64] = "", json[512], started[40], before[40];
	int n;

	gethostname(host, sizeof(host) - 1);
	for (char *s = host; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '.')
			*s = '-';
	n = snprintf(json, sizeof(json), "{\"id\":\"%s\",\"started\":\"%s\","
		     "\"seen\":\"%s\",\"version\":\"%s\",\"host\":\"%s\","
		     "\"pid\":%d}", j->run, print_time(now, started),
		     print_time(seen ? seen : now, before), PACKAGE_VERSION,
		     host, (int)getpid());
	return jlog_add(j->log, RECORD_RUN_BEGIN, json, (size_t)n, true);
}

static void add_end(struct journal *j)
{
	char json[256], now[40];
	int n = snprintf(json, sizeof(json), "{\"id\":\"%s\",\"ended\":\"%s\","
			 "\"end_reason\":\"stopped\"}", j->run,
			 print_time(clock_us(), now));

	if (jlog_add(j->log, RECORD_RUN, json, (size_t)n, true) == 0)
		j->n_added++;
}

static int read_server(struct journal *j)
{
	int n = jdir_read(j->dir.fd, "server", j->server, sizeof(j->server));
	int err;

	if (n >= 0 && record_is_uuid(j->server))
		return 0;
	if (n < 0 && n != -ENOENT)
		return n;
	if (n >= 0)
		log_error("journal", "file server holds no id, making a new "
			  "one: what the old one left open stays so");
	id_uuid(j->server);
	err = jdir_write(j->dir.fd, "server", j->server, ID_UUID_LEN - 1);
	if (!err && fsync(j->dir.fd) < 0)
		err = -errno;
	return err;
}

static int open_files(struct journal *j, const struct journal_cfg *cfg)
{
	struct jlog_cfg lcfg = { .max_bytes = cfg->max_bytes,
				 .segment_bytes = cfg->segment_bytes };
	int64_t seen;
	int err;

	err = jdir_open(&j->dir, cfg->dir);
	if (!err)
		err = read_server(j);
	if (err)
		return err;
	if (jdir_read_num(j->dir.fd, "checkpoint", &j->checkpoint) < 0)
		j->checkpoint = 0;      /* all that is there is replayed */
	seen = last_seen(j);
	err = jlog_open(&j->log, j->dir.fd, &lcfg, j->checkpoint);
	if (!err)
		err = add_begin(j, seen);
	if (!err)
		err = jlog_sync(j->log);
	if (err)
		return err;
	if (j->checkpoint < jlog_begin(j->log))
		j->checkpoint = jlog_begin(j->log);
	atomic_store(&j->durable, jlog_end(j->log));
	atomic_store(&j->taken, j->checkpoint);
	return 0;
}

/* ---- the thread -------------------------------------------------------- */

/* Keeps the set of what is open. A record that does not parse is the writer's
 * to refuse. */
static void note_open(struct journal *j, char type, const char *json, size_t len)
{
	char why[RECORD_WHY_LEN];
	struct hash_node *node;
	struct open_id *o;
	struct record rec;

	if (record_read(&rec, NULL, type, json, len, why) < 0)
		return;
	node = hash_find(&j->open, rec.id);
	if (node && rec.ends) {
		hash_del(&j->open, node);
		free(container_of(node, struct open_id, node));
	}
	if (node || !rec.begins || rec.ends)
		return;
	o = calloc(1, sizeof(*o));
	if (!o)
		return;
	memcpy(o->id, rec.id, sizeof(o->id));
	if (hash_add(&j->open, &o->node, o->id) < 0)
		free(o);
}

static void drop_open(struct hash_node *node, void *arg)
{
	struct hash *open = arg;

	hash_del(open, node);
	free(container_of(node, struct open_id, node));
}

static void note_alive(struct journal *j)
{
	int64_t now = loop_now_us();

	if (!j->open.n || now - j->alive_us < ALIVE_MS * 1000)
		return;
	j->alive_us = now;
	if (jdir_write_num(j->dir.fd, "alive", (uint64_t)clock_us()) < 0)
		log_debug("journal", "cannot note the time");
}

/* Says once that records cannot be taken, and once that they can again. */
static void set_trouble(bool *was, bool is, const char *what, int err)
{
	if (is == *was)
		return;
	*was = is;
	if (is)
		log_error("journal", "%s, records wait in memory, errno=%d",
			  what, -err);
	else
		log_info("journal", "%s: over", what);
}

/* Moves records from the box into the log's buffer until one does not fit. */
static void add_all(struct journal *j)
{
	int err = 0;

	while (j->held.json || box_take(j->in, &j->held)) {
		size_t len = strlen(j->held.json);

		jline_scrub(j->held.json, len);
		err = jlog_add(j->log, j->held.type, j->held.json, len, false);
		if (err == -ENOBUFS || err == -ENOSPC)
			break;
		if (err) {
			log_error("journal", "record refused, errno=%d", -err);
			counter_inc(CNT_RECORD_LOST);
		} else {
			note_open(j, j->held.type, j->held.json, len);
			j->n_added++;
		}
		free(j->held.json);
		j->held.json = NULL;
	}
	set_trouble(&j->full, err == -ENOSPC, "journal is full", err);
}

static void sync_all(struct journal *j)
{
	int err = jlog_sync(j->log);
	int tell = atomic_load(&j->tell);

	set_trouble(&j->broken, err != 0, "journal cannot be written", err);
	if (err)
		return;
	counter_add(CNT_RECORD_WRITTEN, j->n_added);
	j->n_added = 0;
	atomic_store(&j->durable, jlog_end(j->log));
	if (tell >= 0)
		wake_send(tell);
}

/* One round: what waits is added, synced, and what PostgreSQL has is dropped.
 * True if there is more to do at once. */
static bool work(struct journal *j)
{
	jlog_drop(j->log, atomic_load(&j->taken));
	if (!j->broken)
		add_all(j);
	if (jlog_is_dirty(j->log))
		sync_all(j);
	note_alive(j);
	return j->held.json && !j->full && !j->broken;
}

static void *run(void *arg)
{
	struct journal *j = arg;
	struct pollfd p = { .fd = j->thread.wake, .events = POLLIN };

	while (!thread_is_asked(&j->thread)) {
		if (work(j))
			continue;
		poll(&p, 1, j->full || j->broken ? RETRY_MS : ALIVE_MS);
		wake_clear(j->thread.wake);
	}
	do {
		bool more = work(j);

		if (!more)
			break;
	} while (!thread_is_over(&j->thread));
	add_end(j);
	sync_all(j);
	return NULL;
}

/* ---- control ----------------------------------------------------------- */

int journal_new(struct journal **jp, const struct journal_cfg *cfg)
{
	struct journal *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return -ENOMEM;
	j->dir = (struct jdir){ -1, -1 };
	atomic_init(&j->tell, -1);
	id_uuid(j->run);
	err = thread_init(&j->thread);
	if (!err)
		err = hash_init(&j->open);
	if (!err)
		err = box_new(&j->in, QUEUE, sizeof(struct msg));
	if (!err)
		err = open_files(j, cfg);
	if (!err)
		err = thread_start(&j->thread, run, j, "db-journal");
	if (err) {
		journal_free(j);
		return err;
	}
	*jp = j;
	return 0;
}

void journal_stop(struct journal *j)
{
	thread_ask(&j->thread, 2000);
	thread_join(&j->thread);
}

void journal_free(struct journal *j)
{
	struct msg msg;

	if (!j)
		return;
	thread_fini(&j->thread);
	while (j->in && box_take(j->in, &msg)) {
		free(msg.json);
		counter_inc(CNT_RECORD_LOST);
	}
	if (j->held.json)
		counter_inc(CNT_RECORD_LOST);
	counter_add(CNT_RECORD_LOST, j->n_added);
	free(j->held.json);
	box_free(j->in);
	if (j->open.slots)
		hash_each(&j->open, drop_open, &j->open);
	hash_fini(&j->open);
	jlog_free(j->log);
	jdir_close(&j->dir);
	free(j);
}

int journal_put(struct journal *j, char type, char *json)
{
	struct msg msg = { .type = type, .json = json };
	int err = box_put(j->in, &msg);

	if (!err)
		wake_send(j->thread.wake);
	return err;
}

/* ---- writer ------------------------------------------------------------ */

int journal_dirfd(const struct journal *j)
{
	return j->dir.fd;
}

const char *journal_server(const struct journal *j)
{
	return j->server;
}

uint64_t journal_durable(struct journal *j)
{
	return atomic_load(&j->durable);
}

void journal_taken(struct journal *j, uint64_t pos)
{
	atomic_store(&j->taken, pos);
}

uint64_t journal_checkpoint(const struct journal *j)
{
	return j->checkpoint;
}

void journal_tell(struct journal *j, int fd)
{
	atomic_store(&j->tell, fd);
	wake_send(fd);
}
