/* later.c - see later.h */
#include "later.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "db/db.h"

struct later {
	struct link in_ctl;             /* in none: its client is gone */
	struct lines_conn *conn;
	struct list *list;
	later_h *fn;
};

/* What each asks, and whether it changes anything, which is logged then. The
 * arguments are those of spec.c in their order. */
static const struct {
	enum ctl_command command;
	enum db_ask ask;
	const char *did;
} asks[] = {
	{ CTL_INVITE, DB_ASK_INVITE, "invites" },
	{ CTL_INVITES, DB_ASK_INVITES, NULL },
	{ CTL_UNINVITE, DB_ASK_UNINVITE, "takes back the invitation of" },
	{ CTL_GUESSES, DB_ASK_GUESSES, NULL },
	{ CTL_FORGIVE, DB_ASK_FORGIVE, "forgives the wrong PINs of" },
	{ CTL_AUDIT, DB_ASK_AUDIT, NULL }
};

static size_t find(enum ctl_command command)
{
	const size_t n = sizeof(asks) / sizeof(asks[0]);
	size_t i = 0;

	while (i < n && asks[i].command != command)
		i++;
	assert(i < n);
	return i;
}

static void on_answer(void *arg, int err, const char *json)
{
	struct later *l = arg;
	json_t *result = err ? NULL : json_loads(json ? json : "", 0, NULL);

	if (!l->conn || err == -ECANCELED) {
		json_decref(result);
	} else {
		list_del(l->list, &l->in_ctl);
		if (err == -EPROTO)
			l->fn(l->conn, NULL, "refused", json);
		else if (err)
			l->fn(l->conn, NULL, "busy", "the database is away");
		else
			l->fn(l->conn, result, "failed", "out of memory");
	}
	free(l);
}

static const char *text_of(const struct ctl_arg *a, const struct ctl_value *v)
{
	if (a->type == CTL_FLAG)
		return v->on ? "true" : NULL;
	return v->set ? v->text : NULL;
}

static void log_act(const struct ctl_call *call, const char *did,
		    const char *const *values)
{
	const bool two = call->req.command != CTL_FORGIVE;

	log_info("ctl", "%s %s, room=%s by=%s", did,
		 two ? values[1] : values[0] ? values[0] : "all",
		 two ? values[0] : "-", call->by);
}

int later_ask(struct list *list, const struct ctl_call *call,
	      struct lines_conn *c, later_h *fn)
{
	const struct ctl_spec *spec = ctl_spec(call->req.command);
	const size_t i = find(call->req.command);
	const char *values[DB_ASK_ARGS_MAX] = { NULL };
	struct later *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	for (int k = 0; k < CTL_ARGS_MAX && k < DB_ASK_ARGS_MAX &&
	     spec->args[k].type != CTL_NONE; k++)
		values[k] = text_of(&spec->args[k], &call->req.values[k]);
	*l = (struct later){ .conn = c, .list = list, .fn = fn };
	err = db_ask(call->cfg->db, asks[i].ask, values, on_answer, l);
	if (err) {
		free(l);
		return err;
	}
	list_add(list, &l->in_ctl);
	lines_wait(c, true);
	if (asks[i].did)
		log_act(call, asks[i].did, values);
	return 0;
}

void later_forget(struct list *list, const struct lines_conn *c)
{
	struct later *l;

	list_each(list, l, it, struct later, in_ctl) {
		if (l->conn != c)
			continue;
		list_del(list, &l->in_ctl);
		l->conn = NULL;
	}
}
