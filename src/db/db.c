/* db.c - see db.h: control's side, and who starts and stops whom. */
#include "db.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/loop.h"
#include "gate.h"
#include "journal.h"
#include "listen.h"
#include "menus.h"
#include "pg.h"
#include "pin.h"
#include "query.h"
#include "record.h"
#include "rooms.h"
#include "wake.h"
#include "writer.h"

enum {
	SEGMENT_BYTES = 4 << 20,
	ROUND_MSGS = 4                  /* messages of up to 256 rooms a round */
};

#define JOURNAL_MAX ((uint64_t)2 << 30)

/* Control's, all of it; the threads are behind their pointers. */
struct db {
	const struct db_ops *ops;
	void *arg;
	char *url;                      /* the threads connect with it at any time */
	int tell;                       /* eventfd: there are messages for us */
	struct watch watch;
	struct rooms *rooms;
	struct db_problem *problems;    /* [n_problems] */
	size_t n_problems;
	struct db_menu_row *menus;      /* [n_menus] */
	size_t n_menus;
	struct listen *listen;
	struct pin *pin;
	struct query *gate;             /* what calls wait for */
	struct query *people;           /* what people ask: it may take longer */
	struct journal *journal;
	struct writer *writer;
	bool up;
	bool ready;                     /* on_ready() was called */
};

/* ---- messages ---------------------------------------------------------- */

static void on_gone(void *arg, const char *number)
{
	struct db *db = arg;

	log_info("db", "room is gone, number=%s", number);
	db->ops->on_room(db->arg, number, NULL);
}

static void set_room(struct db *db, const struct room_row *row, unsigned gen)
{
	const struct room_row *now = rooms_set(db->rooms, row, gen);

	if (!now || !db->ready)
		return;
	log_debug("db", "room has changed, number=%s", now->room.number);
	db->ops->on_room(db->arg, now->room.number, &now->room);
}

static void set_loaded(struct db *db, unsigned gen)
{
	rooms_sweep(db->rooms, gen, on_gone, db);
	if (db->ready)
		return;
	db->ready = true;
	db->ops->on_ready(db->arg);
}

static void set_up(struct db *db, bool up)
{
	if (db->up == up)
		return;
	db->up = up;
	if (up) {
		log_info("db", "database is up, rooms=%zu", rooms_n(db->rooms));
	} else {
		log_warn("db", "database is away, going on without");
		counter_inc(CNT_DB_DOWN);
	}
	db->ops->on_state(db->arg, up);
}

static bool is_known(const struct db *db, const struct db_problem *p)
{
	for (size_t i = 0; i < db->n_problems; i++)
		if (memcmp(&db->problems[i], p, sizeof(*p)) == 0)
			return true;
	return false;
}

/* Said once each, when it comes up. */
static void set_problems(struct db *db, struct listen_msg *msg)
{
	for (size_t i = 0; i < msg->n; i++) {
		const struct db_problem *p = &msg->problems[i];

		if (!is_known(db, p))
			log_warn("db", "%s %s, %s: %s", p->what, p->key,
				 p->field, p->problem);
	}
	free(db->problems);
	db->problems = msg->problems;
	db->n_problems = msg->n;
}

static void on_msg(struct db *db, struct listen_msg *msg)
{
	switch (msg->kind) {
	case LISTEN_UP:
		set_up(db, true);
		break;
	case LISTEN_DOWN:
		set_up(db, false);
		break;
	case LISTEN_ROWS:
		for (size_t i = 0; i < msg->n; i++)
			set_room(db, &msg->rows[i], msg->gen);
		free(msg->rows);
		break;
	case LISTEN_LOADED:
		set_loaded(db, msg->gen);
		break;
	case LISTEN_CHECKED:
		set_problems(db, msg);
		break;
	case LISTEN_MENUS:
		free(db->menus);
		db->menus = msg->menus;
		db->n_menus = msg->n;
		break;
	case LISTEN_GONE:
		if (rooms_del(db->rooms, msg->number))
			on_gone(db, msg->number);
		break;
	}
}

/* A bounded part of what waits; the rest in the loop's next round. */
static void on_tell(uint32_t events, void *arg)
{
	struct db *db = arg;
	struct listen_msg msg;
	struct pin_verdict verdict;
	int n;

	(void)events;
	wake_clear(db->tell);
	for (n = 0; n < ROUND_MSGS && listen_take(db->listen, &msg); n++)
		on_msg(db, &msg);
	if (n == ROUND_MSGS)
		wake_send(db->tell);
	while (pin_answer(db->pin, &verdict))
		gate_pin(db->gate, &verdict, db->ops, db->arg);
	query_turn(db->gate);
	query_turn(db->people);
}

/* ---- begin and end ----------------------------------------------------- */

static int start(struct db *db, const struct db_cfg *cfg, struct loop *loop)
{
	struct journal_cfg jcfg = {
		.dir = cfg->journal,
		.max_bytes = cfg->journal_max ? cfg->journal_max : JOURNAL_MAX,
		.segment_bytes = SEGMENT_BYTES
	};
	int err;

	if (jcfg.segment_bytes > jcfg.max_bytes / 4)
		jcfg.segment_bytes = jcfg.max_bytes / 4;
	db->url = strdup(cfg->url);
	if (!db->url)
		return -ENOMEM;
	err = db->tell < 0 ? db->tell : rooms_new(&db->rooms);
	if (!err)
		err = journal_new(&db->journal, &jcfg);
	if (!err)
		err = writer_new(&db->writer, db->url, db->journal);
	if (!err)
		err = pin_new(&db->pin, db->tell);
	if (!err)
		err = query_new(&db->gate, db->url, "db-gate", db->tell);
	if (!err)
		err = query_new(&db->people, db->url, "db-people", db->tell);
	if (!err)
		err = listen_new(&db->listen, db->url,
				 journal_dirfd(db->journal), db->tell);
	if (!err)
		err = watch_start(&db->watch, loop, db->tell, EPOLLIN, on_tell,
				  db);
	return err;
}

/* After a failed start(): past the journal only memory or threads can fail. */
static void say_why(const struct db *db, const struct db_cfg *cfg, int err,
		    char *why, size_t size)
{
	const char *text = err == -EBUSY ? "another server uses it" :
		strerror(-err);

	if (db->journal)
		snprintf(why, size, "%s", text);
	else
		snprintf(why, size, "journal folder %s: %s", cfg->journal, text);
}

int db_new(struct db **dbp, const struct db_cfg *cfg, struct loop *loop,
	   const struct db_ops *ops, void *arg, char *why, size_t why_size)
{
	char fault[200];
	struct db *db;
	int err;

	if (!pg_url_is_fine(cfg->url, fault, sizeof(fault))) {
		snprintf(why, why_size, "database url: %s", fault);
		return -EINVAL;
	}
	snprintf(why, why_size, "%s", strerror(ENOMEM));
	db = calloc(1, sizeof(*db));
	if (!db)
		return -ENOMEM;
	db->ops = ops;
	db->arg = arg;
	db->tell = wake_open();
	err = start(db, cfg, loop);
	if (err) {
		say_why(db, cfg, err, why, why_size);
		db_free(db, 0);
		return err;
	}
	*dbp = db;
	return 0;
}

/* The journal ends before the writer, which then sees all there will be. */
void db_free(struct db *db, int ms)
{
	if (!db)
		return;
	watch_stop(&db->watch);
	listen_free(db->listen);
	pin_free(db->pin);
	query_free(db->gate);
	query_free(db->people);
	if (db->journal)
		journal_stop(db->journal);
	writer_free(db->writer, ms);
	journal_free(db->journal);
	rooms_free(db->rooms);
	free(db->problems);
	free(db->menus);
	if (db->tell >= 0)
		close(db->tell);
	free(db->url);
	free(db);
}

/* ---- questions --------------------------------------------------------- */

bool db_is_up(const struct db *db)
{
	return db->up;
}

const struct db_room *db_room(const struct db *db, const char *number)
{
	const struct room_row *row = rooms_find(db->rooms, number);

	return row ? &row->room : NULL;
}

const char *db_schedules(const struct db *db, const char *number)
{
	const struct room_row *row = rooms_find(db->rooms, number);

	return row ? row->schedules : "";
}

const struct db_menu_row *db_menu(const struct db *db, const char *name, size_t *n)
{
	return menus_find(db->menus, db->n_menus, name, n);
}

const struct db_menu_row *db_menus(const struct db *db, size_t *n)
{
	*n = db->n_menus;
	return db->menus;
}

size_t db_rooms(const struct db *db)
{
	return rooms_n(db->rooms);
}

const struct db_problem *db_problems(const struct db *db, size_t *n)
{
	*n = db->n_problems;
	return db->problems;
}

int db_pin(struct db *db, const struct db_pin_ask *ask)
{
	const struct room_row *row = rooms_find(db->rooms, ask->room);

	return row ? pin_ask(db->pin, row, ask) : -ENOENT;
}

int db_claim(struct db *db, int64_t invite, const char *leg_id, uint64_t leg)
{
	return gate_claim(db->gate, invite, leg_id, leg, db->ops, db->arg);
}

void db_unclaim(struct db *db, int64_t invite, const char *leg_id)
{
	gate_unclaim(db->gate, invite, leg_id);
}

int db_ask(struct db *db, enum db_ask what,
	   const char *const values[static DB_ASK_ARGS_MAX], db_answer_h *fn,
	   void *arg)
{
	static const struct { const char *sql; int n; } asks[DB_ASK__MAX] = {
		[DB_ASK_INVITE] = { "SELECT json_build_object('room', $1::text, "
			"'name', $2::text, 'pin', confab_invite_add($1, $2, $3, "
			"coalesce($4, 'member'), confab_invite_time($5, 'valid_from'), "
			"confab_invite_time($6, 'valid_until'), $7, $8, "
			"coalesce($9::boolean, false)))", 9 },
		[DB_ASK_INVITES] = { "SELECT confab_invite_list($1)", 1 },
		[DB_ASK_UNINVITE] = { "WITH gone AS (DELETE FROM invite "
			"WHERE room = $1 AND name = $2 RETURNING 1) "
			"SELECT json_build_object('room', $1::text, 'name', $2::text, "
			"'changed', EXISTS (SELECT FROM gone))", 2 },
		[DB_ASK_GUESSES] = { "SELECT confab_guess_list()", 0 },
		[DB_ASK_FORGIVE] = { "SELECT confab_guess_clear($1)", 1 },
		[DB_ASK_AUDIT] = { "SELECT confab_audit_list($1, $2::timestamptz)", 2 },
		[DB_ASK_INVITED] = { "SELECT confab_invited_at($1, $2)", 2 },
		[DB_ASK_DIALLED] = { "SELECT confab_dialled_today($1, $2)", 2 }
	};

	return query_ask(db->people, asks[what].sql, asks[what].n, values, fn, arg);
}

int db_record(struct db *db, enum db_record type, const char *json)
{
	static const char letters[] = {
		[DB_RECORD_LEG] = RECORD_LEG,
		[DB_RECORD_CONFERENCE] = RECORD_CONFERENCE,
		[DB_RECORD_RECORDING] = RECORD_RECORDING,
		[DB_RECORD_AUDIT] = RECORD_AUDIT
	};
	size_t len = strlen(json);
	unsigned missed;
	char *copy;
	int err = -EMSGSIZE;

	if (len <= DB_RECORD_MAX) {
		copy = malloc(len + 1);
		err = -ENOMEM;
		if (copy) {
			memcpy(copy, json, len + 1);
			err = journal_put(db->journal, letters[type], copy);
		}
		if (!err)
			return 0;
		free(copy);
	}
	counter_inc(CNT_RECORD_LOST);
	if (log_allow("db: record lost", &missed))
		log_error("db", "record lost, errno=%d missed=%u", -err, missed);
	return err;
}
