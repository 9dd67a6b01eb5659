/* ctl.c - requests to answers, and events to those who follow them. */
#include "ctl.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "call/event.h"
#include "lines.h"
#include "later.h"
#include "run.h"
#include "view.h"

enum { EVENTS_ROOM = 1 << 16 }; /* bytes of events that may wait for a client */

struct ctl {
	struct ctl_cfg cfg;
	int64_t started_us;
	struct lines *lines;
	struct list followers;
	struct list laters;             /* answers to come */
	struct listener listener;       /* while there are followers */
};

struct follower {
	struct link in_ctl;
	struct lines_conn *conn;
	uint64_t dropped;               /* events since the last one he got */
};

static const char tag[] = "ctl";

/* ---- lines of JSON ------------------------------------------------------ */

/* Takes obj over. 0, -ENOSPC, -ENOMEM. */
static int put(struct lines_conn *c, json_t *obj, size_t room)
{
	char *text = obj ? json_dumps(obj, JSON_COMPACT) : NULL;
	const size_t len = text ? strlen(text) : 0;
	int err = -ENOMEM;

	if (text) {
		text[len] = '\n';       /* in place of the NUL: the length counts */
		err = lines_put(c, text, len + 1, room);
	}
	free(text);
	json_decref(obj);
	return err;
}

static void refuse(struct lines_conn *c, const char *error, const char *text)
{
	if (put(c, json_pack("{sb ss ss}", "ok", false, "error", error,
			     "text", text), LINES_OUT_MAX) != 0)
		log_error(tag, "no answer could be sent, by=%s", lines_peer(c));
}

/* ---- events ------------------------------------------------------------- */

/* What he missed is said before the next one that he gets. */
static void tell(struct follower *f, const struct event *ev)
{
	if (f->dropped &&
	    put(f->conn, json_pack("{ss sI}", "event", "dropped", "count",
				   (json_int_t)f->dropped), EVENTS_ROOM) == 0)
		f->dropped = 0;
	if (f->dropped || put(f->conn, view_event(ev), EVENTS_ROOM) != 0)
		f->dropped++;
}

static void on_event(void *arg, const struct event *ev)
{
	struct ctl *ctl = arg;
	struct follower *f;

	list_each(&ctl->followers, f, it, struct follower, in_ctl)
		tell(f, ev);
}

/* Twice is as good as once. */
static int follow(struct ctl *ctl, struct lines_conn *c)
{
	struct follower *f;

	if (lines_user(c))
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->conn = c;
	lines_set_user(c, f);
	list_add(&ctl->followers, &f->in_ctl);
	if (ctl->followers.n == 1)
		hub_listen(ctl->cfg.hub, &ctl->listener);
	return 0;
}

static void on_close(void *arg, struct lines_conn *c)
{
	struct ctl *ctl = arg;
	struct follower *f = lines_user(c);

	later_forget(&ctl->laters, c);
	if (!f)
		return;
	list_del(&ctl->followers, &f->in_ctl);
	free(f);
	if (!ctl->followers.n)
		hub_unlisten(ctl->cfg.hub, &ctl->listener);
}

/* ---- answers that the database gives ------------------------------------- */

static void on_later(struct lines_conn *c, json_t *result, const char *error,
		     const char *text)
{
	if (!result)
		refuse(c, error, text);
	else if (put(c, json_pack("{sb so}", "ok", true, "result", result),
		     LINES_OUT_MAX) != 0)
		refuse(c, "failed", "the answer is too long, or out of memory");
	lines_wait(c, false);
}

/* ---- requests ----------------------------------------------------------- */

static void on_line(void *arg, struct lines_conn *c, const char *line,
		    size_t len)
{
	struct ctl *ctl = arg;
	struct ctl_call call = {
		.cfg = &ctl->cfg, .started_us = ctl->started_us,
		.by = lines_peer(c)
	};
	json_t *result;
	unsigned missed;

	if (ctl_parse(&call.req, line, len, call.text, sizeof(call.text)) != 0) {
		if (log_allow(call.by, &missed))
			log_warn(tag, "bad request, why=\"%s\" by=%s missed=%u",
				 call.text, call.by, missed);
		refuse(c, "bad_request", call.text);
		return;
	}
	log_debug(tag, "command=%s by=%s", ctl_spec(call.req.command)->name, call.by);
	if (ctl_is_later(call.req.command)) {
		if (later_ask(&ctl->laters, &call, c, on_later) != 0)
			refuse(c, "busy", "too many questions wait for the database");
		return;
	}
	result = ctl_run(&call);
	if (!result) {
		refuse(c, call.error, call.text);
		return;
	}
	if (put(c, json_pack("{sb so}", "ok", true, "result", result),
		LINES_OUT_MAX) != 0)
		refuse(c, "failed", "the answer is too long, or out of memory");
	else if (call.req.command == CTL_EVENTS && follow(ctl, c) != 0)
		log_error(tag, "no memory to follow events, by=%s", call.by);
}

static const struct lines_ops lines_ops = {
	.on_line = on_line,
	.on_close = on_close,
	.too_long = "{\"ok\":false,\"error\":\"bad_request\","
		    "\"text\":\"the request is too long\"}\n",
	.too_many = "{\"ok\":false,\"error\":\"busy\","
		    "\"text\":\"too many connections\"}\n"
};

_Static_assert((int)LINES_IN_MAX == (int)CTL_LINE_MAX, "a request fits");

/* ---- begin and end ------------------------------------------------------ */

int ctl_new(struct ctl **ctlp, const struct ctl_cfg *cfg)
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));
	int err;

	if (!ctl)
		return -ENOMEM;
	ctl->cfg = *cfg;
	ctl->cfg.path = NULL;           /* not ours to keep */
	ctl->started_us = loop_now_us();
	ctl->listener = (struct listener){ .on_event = on_event, .arg = ctl };
	list_init(&ctl->followers);
	list_init(&ctl->laters);
	err = lines_new(&ctl->lines, cfg->loop, cfg->path, &lines_ops, ctl);
	if (err) {
		ctl_free(ctl);
		return err;
	}
	log_info(tag, "listening, path=%s", cfg->path);
	*ctlp = ctl;
	return 0;
}

void ctl_free(struct ctl *ctl)
{
	if (!ctl)
		return;
	lines_free(ctl->lines);
	free(ctl);
}
