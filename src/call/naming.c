/* naming.c - see naming.h */
#include "naming.h"

#include <stdlib.h>

#include "base/box.h"
#include "base/log.h"
#include "base/str.h"
#include "files/recorder.h"
#include "hub_int.h"
#include "leg.h"
#include "mixer/tap.h"
#include "name.h"
#include "room.h"

enum {
	PAUSE_MS = 2000,        /* of silence after he spoke: it is over */
	TRIES = 3,
	REVIEW_MS = 10000       /* without a key: it is taken as it is */
};

enum naming_state {
	NAMING_ASK, NAMING_BEEP, NAMING_RECORD, NAMING_SAVE, NAMING_REVIEW
};

/* Sound on its way from the leg's port to the recorder: a mix of their own. It
 * lives on until media and the recorder have let go, whoever asked. */
struct tap {
	struct hub *hub;
	struct link in_hub;
	struct naming *naming;          /* NULL: nobody wants it any more */
	struct media_bus *bus;
	struct media_port *port;
	struct box *frames;
	struct recording *rec;
};

struct naming {
	struct hub *hub;
	struct leg *leg;
	enum naming_state state;
	struct db_room cfg;
	enum role role;
	enum admitted how;
	struct wishes wishes;
	bool review;
	unsigned tries;
	struct tap *tap;                /* NULL: nothing is recorded */
	struct timer timer;
};

static void set_state(struct naming *n, enum naming_state state)
{
	static const char *const names[] = {
		[NAMING_ASK] = "ask", [NAMING_BEEP] = "beep",
		[NAMING_RECORD] = "record", [NAMING_SAVE] = "save",
		[NAMING_REVIEW] = "review"
	};

	log_debug(leg_tag(n->leg), "naming %s -> %s", names[n->state], names[state]);
	n->state = state;
}

/* ---- the recording ------------------------------------------------------ */

static void tap_free(struct tap *t)
{
	list_del(&t->hub->names.taps, &t->in_hub);
	box_free(t->frames);
	free(t);
}

void naming_taps_free(struct hub *hub)
{
	struct tap *t;

	list_each(&hub->names.taps, t, it, struct tap, in_hub)
		tap_free(t);
}

static void tap_check_over(struct tap *t)
{
	if (t->bus || t->port || t->rec)
		return;
	tap_free(t);
}

static void on_bus_closed(void *arg)
{
	struct tap *t = arg;

	t->bus = NULL;
	tap_check_over(t);
}

static void on_port_closed(void *arg, const struct media_stats *st)
{
	struct tap *t = arg;

	(void)st;
	t->port = NULL;
	if (t->rec)
		recorder_end(t->rec);
	tap_check_over(t);
}

static void saved(struct naming *n, struct mx_clip *clip);

static void on_done(void *arg, const struct recording_result *result)
{
	struct tap *t = arg;
	struct naming *n = t->naming;

	t->rec = NULL;
	if (!n)
		free(result->clip);
	else
		n->tap = NULL;
	tap_check_over(t);
	if (n)
		saved(n, result->clip);
}

static const struct media_bus_ops bus_ops = { .on_closed = on_bus_closed };
static const struct media_port_ops port_ops = { .on_closed = on_port_closed };

/* No more sound comes; on_done() follows when all of it has been taken. */
static void tap_end(struct naming *n)
{
	struct tap *t = n->tap;

	media_port_leave(leg_port(n->leg));
	if (t->port)
		media_port_close(t->port);
	else if (t->rec)
		recorder_end(t->rec);
	if (t->bus)
		media_bus_close(t->bus);
}

static int tap_begin(struct naming *n)
{
	struct recording_cfg cfg = { .max_ms = NAME_MAX_MS, .done = on_done };
	struct hub *hub = n->hub;
	struct tap *t = calloc(1, sizeof(*t));
	int err;

	if (!t || !hub->recorder) {
		free(t);
		return -1;
	}
	t->hub = hub;
	list_add(&hub->names.taps, &t->in_hub);
	err = box_new(&t->frames, RECORDING_BOX, sizeof(struct mx_tap_frame));
	if (!err)
		err = media_bus_open(hub->media, 16000, &bus_ops, t, &t->bus);
	cfg.frames = t->frames;
	cfg.arg = t;
	if (!err)
		err = recorder_begin(hub->recorder, &cfg, &t->rec);
	if (!err)
		err = media_tap_open(hub->media, t->bus, t->frames, &port_ops, t, &t->port);
	if (!err)
		err = media_port_join(leg_port(n->leg), t->bus, true, false);
	if (!err) {
		t->naming = n;
		n->tap = t;
		return 0;
	}
	if (t->port)
		media_port_close(t->port);
	else if (t->rec)
		recorder_end(t->rec);
	if (t->bus)
		media_bus_close(t->bus);
	else
		tap_check_over(t);
	return err;
}

/* ---- what is asked ------------------------------------------------------ */

static void naming_free(struct naming *n)
{
	timer_stop(&n->timer);
	if (n->tap)
		n->tap->naming = NULL;
	free(n);
}

/* Last: he is a member after this. Things may have changed meanwhile. */
static void enter(struct naming *n)
{
	const struct db_room *cfg = db_room(n->hub->db, n->cfg.number);
	const struct naming old = *n;
	const enum end_reason no = cfg ? room_refuses(n->hub, cfg, n->role, &n->wishes)
		: END_NO_ROOM;

	leg_hush(n->leg);
	leg_disown(n->leg);
	naming_free(n);
	if (no == END_NONE)
		room_enter(old.hub, cfg, old.leg, old.role, old.how, &old.wishes);
	else
		leg_farewell(old.leg, no == END_FULL ? SAY(PROMPT_FULL, PROMPT_GOODBYE)
			     : no == END_LOCKED ? SAY(PROMPT_LOCKED, PROMPT_GOODBYE)
			     : SAY(PROMPT_SORRY, PROMPT_GOODBYE), no);
}

static void ask(struct naming *n)
{
	if (n->tries++ == TRIES) {
		enter(n);
		return;
	}
	set_state(n, NAMING_ASK);
	leg_say(n->leg, SAY(PROMPT_REC_NAME));
}

static void review(struct naming *n, bool again)
{
	struct say say = { 0 };

	set_state(n, NAMING_REVIEW);
	timer_stop(&n->timer);
	if (again)
		say_name(&say, leg_number(n->leg));
	say_add(&say, PROMPT_REVIEW);
	leg_say(n->leg, &say);
}

static void saved(struct naming *n, struct mx_clip *clip)
{
	if (!clip) {
		log_debug(leg_tag(n->leg), "no name was said");
		ask(n);
		return;
	}
	log_info(leg_tag(n->leg), "has said his name, ms=%u",
		 (unsigned)(clip->len * 1000 / clip->rate_hz));
	name_keep(n->hub, leg_number(n->leg), clip);
	if (n->review)
		review(n, true);
	else
		enter(n);
}

static void stop(struct naming *n)
{
	timer_stop(&n->timer);
	set_state(n, NAMING_SAVE);
	tap_end(n);
}

static void record(struct naming *n)
{
	set_state(n, NAMING_RECORD);
	if (tap_begin(n) != 0) {
		log_warn(leg_tag(n->leg), "his name cannot be recorded");
		enter(n);
		return;
	}
	timer_start(&n->timer, NAME_MAX_MS);
}

/* ---- events ------------------------------------------------------------- */

static void on_said(void *arg)
{
	struct naming *n = arg;

	if (n->state == NAMING_ASK) {
		set_state(n, NAMING_BEEP);
		leg_say(n->leg, SAY(PROMPT_BEEP));
	} else if (n->state == NAMING_BEEP) {
		record(n);
	} else if (n->state == NAMING_REVIEW) {
		timer_start(&n->timer, REVIEW_MS);
	}
}

static void on_key(void *arg, char key)
{
	struct naming *n = arg;

	if (n->state == NAMING_RECORD) {
		stop(n);
	} else if (n->state == NAMING_REVIEW) {
		if (key == '1' || key == '#') {
			enter(n);
		} else if (key == '2') {
			review(n, true);
		} else if (key == '3') {
			n->tries = 0;
			ask(n);
		}
	}
}

static void on_talking(void *arg, bool talks)
{
	struct naming *n = arg;

	if (n->state == NAMING_RECORD)
		timer_start(&n->timer, talks ? NAME_MAX_MS : PAUSE_MS);
}

static void on_timer(void *arg)
{
	struct naming *n = arg;

	if (n->state == NAMING_RECORD)
		stop(n);
	else if (n->state == NAMING_REVIEW)
		enter(n);
}

static void on_end(void *arg)
{
	struct naming *n = arg;

	if (n->tap && n->state == NAMING_RECORD)
		tap_end(n);
	naming_free(n);
}

static const struct leg_ops naming_ops = {
	.name = "naming",
	.on_key = on_key,
	.on_said = on_said,
	.on_talking = on_talking,
	.on_end = on_end
};

void naming_enter(struct hub *hub, const struct db_room *cfg, struct leg *leg,
		  enum role role, enum admitted how,
		  const struct wishes *wishes)
{
	struct db_room own = *cfg;
	struct naming *n;

	wishes_apply(wishes, &own, DB_OPTION_MEMBER);
	n = own.announce_join_leave && !own.quiet && !leg_is_held(leg)
		? calloc(1, sizeof(*n)) : NULL;
	if (!n) {
		room_enter(hub, cfg, leg, role, how, wishes);
		return;
	}
	n->hub = hub;
	n->leg = leg;
	n->cfg = *cfg;
	n->role = role;
	n->how = how;
	n->wishes = *wishes;
	n->review = own.announce_join_leave_review;
	timer_init(&n->timer, hub->loop, on_timer, n);
	leg_set_owner(leg, &naming_ops, n);
	ask(n);
}
