/* t_fake_db.c - the database of t_world.h: rooms and PINs out of struct world, records
 * kept as JSON. */
#include <string.h>

#include "base/str.h"
#include "db/db.h"
#include "t_fakes.h"

const struct db_room *db_room(const struct db *db, const char *number)
{
	(void)db;
	for (unsigned i = 0; i < world->n_rooms; i++)
		if (strcmp(world->rooms[i].number, number) == 0)
			return &world->rooms[i];
	return NULL;
}

bool db_is_up(const struct db *db)
{
	(void)db;
	return !world->db_is_down;
}

size_t db_rooms(const struct db *db)
{
	(void)db;
	return world->n_rooms;
}

const char *db_schedules(const struct db *db, const char *number)
{
	(void)db;
	for (unsigned i = 0; i < world->n_rooms; i++)
		if (strcmp(world->rooms[i].number, number) == 0)
			return world->schedules[i];
	return "";
}

const struct db_problem *db_problems(const struct db *db, size_t *n)
{
	(void)db;
	*n = world->n_problems;
	return &world->problem;
}

int db_pin(struct db *db, const struct db_pin_ask *ask)
{
	unsigned n = world->n_asked;

	(void)db;
	must(strlen(ask->pin) < DB_PIN_MAX && n < 64);
	if (world->pin_error)
		return world->pin_error;
	world->asked[n].leg = ask->leg;
	str_copy(world->asked[n].number, 32, ask->room);
	str_copy(world->asked[n].pin, 32, ask->pin);
	str_copy(world->pin_source, sizeof(world->pin_source), ask->source);
	str_copy(world->pin_caller, sizeof(world->pin_caller), ask->caller);
	world->n_asked++;
	return 0;
}

/* The last question is kept; a test answers it. */
int db_ask(struct db *db, enum db_ask what,
	   const char *const values[static DB_ASK_ARGS_MAX], db_answer_h *fn,
	   void *arg)
{
	(void)db;
	if (world->ask_error)
		return world->ask_error;
	if (what == DB_ASK_DIALLED) {
		char json[40];

		snprintf(json, sizeof(json), "{\"calls\":%u}", world->dialled_before);
		fn(arg, 0, json);
		return 0;
	}
	world->ask.what = what;
	world->ask.fn = fn;
	world->ask.arg = arg;
	world->n_asks++;
	for (int i = 0; i < DB_ASK_ARGS_MAX; i++)
		str_copy(world->ask.values[i], sizeof(world->ask.values[i]),
			 values[i] ? values[i] : "NULL");
	return 0;
}

int db_claim(struct db *db, int64_t invite, const char *leg_id, uint64_t leg)
{
	(void)db;
	must(!world->claim_is_open && strlen(leg_id) == 36);
	world->claim.leg = leg;
	world->claim.id = invite;
	str_copy(world->claim.leg_id, sizeof(world->claim.leg_id), leg_id);
	world->claim_is_open = true;
	world->n_claims++;
	return 0;
}

void db_unclaim(struct db *db, int64_t invite, const char *leg_id)
{
	(void)db;
	must(invite == world->claim.id && strcmp(leg_id, world->claim.leg_id) == 0);
	world->n_unclaims++;
}

void world_pin(enum db_pin result)
{
	const struct db_pin_answer answer = {
		.result = result, .wait_s = world->pin_wait_s,
		.invite = world->invite
	};
	uint64_t leg = world->asked[0].leg;

	must(world->n_asked > 0);
	world->invite = (struct db_invite){ 0 };
	world->n_asked--;
	memmove(world->asked, world->asked + 1,
		world->n_asked * sizeof(world->asked[0]));
	hub_db_ops.on_pin(world->hub, leg, &answer);
}

void world_pin_for(uint64_t leg, enum db_pin result)
{
	const struct db_pin_answer answer = { .result = result };

	hub_db_ops.on_pin(world->hub, leg, &answer);
}

static enum db_pin look_up(const char *number, const char *pin)
{
	const struct db_room *room = db_room(NULL, number);
	long i = room ? room - world->rooms : -1;

	if (world->pin_is_forced)
		return world->pin_forced;
	if (i < 0)
		return DB_PIN_WRONG;
	if (world->pins[i].moderator_pin &&
	    strcmp(world->pins[i].moderator_pin, pin) == 0)
		return DB_PIN_MODERATOR;
	if (world->pins[i].pin && strcmp(world->pins[i].pin, pin) == 0)
		return DB_PIN_USER;
	return DB_PIN_WRONG;
}

int db_record(struct db *db, enum db_record type, const char *json)
{
	json_t *all = type == DB_RECORD_LEG ? world->legs :
		type == DB_RECORD_CONFERENCE ? world->conferences :
		type == DB_RECORD_AUDIT ? world->audits : world->tapes;
	json_t *rec = json_loads(json, 0, NULL), *old;
	const char *id;

	(void)db;
	must(rec);
	id = json_string_value(json_object_get(rec, "id"));
	must(id && strlen(id) == 36);
	if (type == DB_RECORD_LEG)
		world->leg_writes++;
	else if (type == DB_RECORD_CONFERENCE)
		world->conference_writes++;
	old = json_object_get(all, id);
	if (old) {
		must(!json_object_get(old, "ended"));   /* the end is the last */
		json_object_update(old, rec);
		json_decref(rec);
	} else {
		json_object_set_new(all, id, rec);
	}
	return 0;
}

bool fake_db_answers(void)
{
	if (world->pin_by_hand)
		return false;
	if (world->n_asked) {
		world_pin(look_up(world->asked[0].number, world->asked[0].pin));
		return true;
	}
	if (!world->claim_is_open)
		return false;
	world->claim_is_open = false;
	hub_db_ops.on_claim(world->hub, world->claim.leg, world->claim_result);
	return true;
}
