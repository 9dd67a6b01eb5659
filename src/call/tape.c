/* tape.c - see tape.h */
#include "tape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/box.h"
#include "base/log.h"
#include "base/str.h"
#include "files/recorder.h"
#include "mixer/tap.h"
#include "room_int.h"

/* Media has done what it was told before a recording that hears only some, on
 * whichever worker. */
enum { QUIET_MS = 200 };

struct tape {
	struct hub *hub;
	struct link in_hub;
	struct room *room;              /* NULL: it is told to end, or has */
	struct box *frames;
	struct media_port *port;        /* NULL: closed */
	struct recording *rec;          /* NULL: over */
	struct recording_record record;
	struct timer quiet;             /* until it may hear the room */
};

/* ---- the end ------------------------------------------------------------ */

static void forget(struct tape *t)
{
	timer_stop(&t->quiet);
	list_del(&t->hub->tapes, &t->in_hub);
	box_free(t->frames);
	free(t);
}

/* Media and the recorder have both let go. */
static void check_over(struct tape *t)
{
	if (t->port || t->rec)
		return;
	t->record.ended_us = record_now_us();
	record_recording(t->hub->db, &t->record, RECORD_END);
	log_info("recording", "ended, reason=%s path=%s ms=%llu silence_ms=%llu",
		 t->record.end_reason, t->record.path,
		 (unsigned long long)t->record.length_ms,
		 (unsigned long long)t->record.silence_ms);
	forget(t);
}

/* No more frames come: closed, the room may go. */
static void let_go(struct tape *t, const char *reason)
{
	const bool waits = timer_is_running(&t->quiet);
	struct room *room = t->room;

	if (!room)
		return;
	timer_stop(&t->quiet);
	t->room = NULL;
	room->tape = NULL;
	t->record.end_reason = reason;
	if (t->port)
		media_port_close(t->port);
	else if (waits && t->rec)
		recorder_end(t->rec);
	event_room(room, (struct event){ .type = EVENT_RECORD, .on = false });
	consent_check_all(room);
}

static void on_closed(void *arg, const struct media_stats *st)
{
	struct tape *t = arg;

	(void)st;
	t->port = NULL;
	let_go(t, "failed");
	if (t->rec)
		recorder_end(t->rec);
	else
		check_over(t);
}

static const struct media_port_ops port_ops = { .on_closed = on_closed };

static void on_done(void *arg, const struct recording_result *result)
{
	struct tape *t = arg;

	t->rec = NULL;
	t->record.length_ms = result->ms;
	t->record.silence_ms = result->silence_ms;
	let_go(t, "failed");
	if (result->err) {
		t->record.end_reason = "failed";
		str_copy(t->record.end_text, sizeof(t->record.end_text), result->why);
	}
	check_over(t);
}

void tape_end(struct room *room, const char *reason)
{
	if (room->tape)
		let_go(room->tape, reason);
}

void tapes_free(struct hub *hub)
{
	struct tape *t;

	list_each(&hub->tapes, t, it, struct tape, in_hub)
		forget(t);
}

/* ---- the begin ---------------------------------------------------------- */

/* "var/recordings/1000-20261125T170000Z-1a2b3c4d.ogg": by room, then by time. */
static int name_file(struct tape *t, const char *dir)
{
	const time_t now = time(NULL);
	char at[32];
	struct tm tm;
	int n;

	gmtime_r(&now, &tm);
	strftime(at, sizeof(at), "%Y%m%dT%H%M%SZ", &tm);
	n = snprintf(t->record.path, sizeof(t->record.path), "%s/%s-%s-%.8s.ogg",
		     dir, t->record.room, at, t->record.id + 28);
	return n < (int)sizeof(t->record.path) ? 0 : -ENAMETOOLONG;
}

static int start(struct tape *t)
{
	const struct config *config = t->hub->config;
	struct recording_cfg cfg = {
		.path = t->record.path, .done = on_done, .arg = t
	};
	int err;

	if (!t->hub->recorder || !*config->recordings.dir)
		return -ENOTSUP;
	err = name_file(t, config->recordings.dir);
	if (!err)
		err = box_new(&t->frames, RECORDING_BOX,
			      sizeof(struct mx_tap_frame));
	cfg.frames = t->frames;
	return err ? err : recorder_begin(t->hub->recorder, &cfg, &t->rec);
}

static void begin_record(struct tape *t, const char *by)
{
	struct recording_record *rec = &t->record;

	id_uuid(rec->id);
	rec->started_us = record_now_us();
	str_copy(rec->conference_id, sizeof(rec->conference_id), t->room->rec.id);
	str_copy(rec->room, sizeof(rec->room), t->room->cfg.number);
	str_copy(rec->by, sizeof(rec->by), by);
}

/* On failure whichever of the two is still there comes to its end. */
static int hear_room(struct tape *t)
{
	const int err = media_tap_open(t->hub->media, t->room->bus, t->frames,
				       &port_ops, t, &t->port);

	if (!err)
		return 0;
	let_go(t, "failed");
	if (!t->port)
		recorder_end(t->rec);
	return err;
}

/* Who has not agreed, or his name that is being told, is not to be heard. */
static void on_quiet(void *arg)
{
	struct tape *t = arg;

	if (t->room->announcer.playing || !consent_is_kept(t->room))
		timer_start(&t->quiet, QUIET_MS);
	else
		hear_room(t);
}

int tape_begin(struct room *room, const char *by)
{
	struct tape *t;
	int err;

	if (room->tape)
		return -EALREADY;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->hub = room->hub;
	t->room = room;
	timer_init(&t->quiet, t->hub->loop, on_quiet, t);
	list_add(&t->hub->tapes, &t->in_hub);
	begin_record(t, by);
	err = start(t);
	if (err) {
		forget(t);
		return err;
	}
	room->tape = t;
	record_recording(t->hub->db, &t->record, RECORD_START);
	log_info(room->tag, "is recorded, by=%s path=%s", by, t->record.path);
	event_room(room, (struct event){ .type = EVENT_RECORD, .on = true, .by = by });
	if (!consent_is_asked(room))
		return hear_room(t);
	consent_check_all(room);
	timer_start(&t->quiet, QUIET_MS);
	return 0;
}
