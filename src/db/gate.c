/* gate.c - see gate.h */
#include "gate.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "query.h"

/* Who waits for an answer. */
struct asker {
	const struct db_ops *ops;
	void *arg;
	uint64_t leg;
	enum db_pin result;             /* without the database */
};

static struct asker *asker_new(const struct db_ops *ops, void *arg, uint64_t leg,
			       enum db_pin result)
{
	struct asker *a = malloc(sizeof(*a));

	if (a)
		*a = (struct asker){ .ops = ops, .arg = arg, .leg = leg,
				     .result = result };
	return a;
}

static const char *text_of(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s ? s : "";
}

static enum db_pin result_of(const char *word)
{
	static const struct { const char *word; enum db_pin result; } words[] = {
		{ "user", DB_PIN_USER }, { "moderator", DB_PIN_MODERATOR },
		{ "wrong", DB_PIN_WRONG }, { "blocked", DB_PIN_BLOCKED },
		{ "not_yet", DB_PIN_NOT_YET }, { "ended", DB_PIN_ENDED },
		{ "used", DB_PIN_USED }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].result;
	return DB_PIN_FAILED;
}

static int read_answer(struct db_pin_answer *a, const char *text)
{
	json_t *obj = json_loads(text ? text : "", 0, NULL);

	if (!obj)
		return -EBADMSG;
	a->result = result_of(text_of(obj, "result"));
	a->wait_s = (uint32_t)json_number_value(json_object_get(obj, "wait_s"));
	a->invite.id = json_integer_value(json_object_get(obj, "id"));
	a->invite.once = json_is_true(json_object_get(obj, "once"));
	str_copy(a->invite.name, sizeof(a->invite.name), text_of(obj, "name"));
	str_copy(a->invite.language, sizeof(a->invite.language),
		 text_of(obj, "language"));
	json_decref(obj);
	return 0;
}

static void on_checked(void *arg, int err, const char *text)
{
	struct asker *a = arg;
	struct db_pin_answer answer = { .result = a->result };

	if (err == -EPROTO)
		log_error("db", "PIN cannot be looked up: %s", text);
	if (!err && read_answer(&answer, text) < 0)
		answer.result = DB_PIN_FAILED;
	if (err != -ECANCELED)
		a->ops->on_pin(a->arg, a->leg, &answer);
	free(a);
}

static const char *verdict_word(enum db_pin result)
{
	return result == DB_PIN_MODERATOR ? "moderator" :
		result == DB_PIN_USER ? "user" : "none";
}

void gate_pin(struct query *q, const struct pin_verdict *v,
	      const struct db_ops *ops, void *arg)
{
	const char *const values[] = {
		v->room, v->source, v->caller, verdict_word(v->result), v->hash
	};
	/* Nobody knows whether it is an invitee's. */
	const struct db_pin_answer alone = {
		.result = v->result == DB_PIN_WRONG && *v->hash ? DB_PIN_FAILED
								: v->result
	};
	struct asker *a = asker_new(ops, arg, v->leg, alone.result);

	if (v->result == DB_PIN_FAILED || !a ||
	    query_ask(q, "SELECT confab_pin_check($1, $2, $3, $4, $5)", 5, values,
		      on_checked, a) != 0) {
		free(a);
		ops->on_pin(arg, v->leg, &alone);
	}
}

/* ---- PINs that are good once -------------------------------------------- */

static void on_claimed(void *arg, int err, const char *text)
{
	struct asker *a = arg;
	enum db_pin result = DB_PIN_FAILED;

	if (!err && text)
		result = strcmp(text, "taken") == 0 ? DB_PIN_USER : DB_PIN_USED;
	if (err != -ECANCELED)
		a->ops->on_claim(a->arg, a->leg, result);
	free(a);
}

static void id_text(char out[static 24], int64_t id)
{
	snprintf(out, 24, "%lld", (long long)id);
}

int gate_claim(struct query *q, int64_t invite, const char *leg_id, uint64_t leg,
	       const struct db_ops *ops, void *arg)
{
	struct asker *a = asker_new(ops, arg, leg, DB_PIN_FAILED);
	char id[24];
	int err;

	if (!a)
		return -ENOMEM;
	id_text(id, invite);
	err = query_ask(q, "SELECT confab_invite_claim($1, $2)", 2,
			(const char *const[]){ id, leg_id }, on_claimed, a);
	if (err)
		free(a);
	return err;
}

static void on_released(void *arg, int err, const char *text)
{
	(void)arg;
	(void)text;
	if (err && err != -ECANCELED)
		log_warn("db", "a PIN that is good once counts as used, error=%d",
			 -err);
}

void gate_unclaim(struct query *q, int64_t invite, const char *leg_id)
{
	char id[24];
	int err;

	id_text(id, invite);
	err = query_ask(q, "SELECT confab_invite_release($1, $2)", 2,
			(const char *const[]){ id, leg_id }, on_released, NULL);
	if (err)
		on_released(NULL, err, NULL);
}
