/* record.c - see record.h */
#include "record.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { COLUMNS_MAX = 64, COLUMN_LEN_MAX = 63 };

static const struct type {
	char type;
	const char *table;
} types[] = {
	{ RECORD_LEG, "leg" },
	{ RECORD_CONFERENCE, "conference" },
	{ RECORD_RECORDING, "recording" },
	{ RECORD_AUDIT, "audit" },
	{ RECORD_RUN, "server_run" },
	{ RECORD_RUN_BEGIN, "run_begin" }
};

static const char run_begin_sql[] =
	"SELECT confab_run_begin($1::jsonb, $2::uuid, $3::bigint)";

static const struct type *type_of(char type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

const char *record_type_name(char type)
{
	const struct type *t = type_of(type);

	return t ? t->table : "unknown";
}

/* Lower case letters, digits, _: nothing that could end a quoted name. */
static bool is_column(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len && len <= COLUMN_LEN_MAX && !name[len] && !isdigit(*name) &&
	       strcmp(name, "server") != 0 && strcmp(name, "position") != 0;
}

bool record_is_uuid(const char *id)
{
	for (int i = 0; i < ID_UUID_LEN - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? id[i] != '-' : !isxdigit((unsigned char)id[i]))
			return false;
	}
	return !id[ID_UUID_LEN - 1];
}

static int check(json_t *obj, const struct type *t, char *why)
{
	const char *id = json_string_value(json_object_get(obj, "id")), *key;
	json_t *value;

	if (!t || !json_is_object(obj) || json_object_size(obj) > COLUMNS_MAX) {
		snprintf(why, RECORD_WHY_LEN, "no JSON object, or too many keys");
		return -EINVAL;
	}
	if (!id || !record_is_uuid(id)) {
		snprintf(why, RECORD_WHY_LEN, "\"id\" is no UUID");
		return -EINVAL;
	}
	json_object_foreach(obj, key, value) {
		if (is_column(key))
			continue;
		snprintf(why, RECORD_WHY_LEN, "\"%.64s\" is no column", key);
		return -EINVAL;
	}
	return 0;
}

/* Every key by one format; for is_set a form in which it appears twice. */
static void add_columns(struct strbuf *sb, json_t *obj, bool is_set)
{
	json_t *value;
	const char *key;

	json_object_foreach(obj, key, value) {
		if (is_set)
			strbuf_add(sb, "\"%s\"=EXCLUDED.\"%s\",", key, key);
		else
			strbuf_add(sb, "\"%s\",", key);
	}
}

static void make_sql(char *sql, json_t *obj, const struct type *t)
{
	struct strbuf sb;

	strbuf_init(&sb, sql, RECORD_SQL_MAX);
	if (t->type == RECORD_RUN_BEGIN) {
		strbuf_add(&sb, "%s", run_begin_sql);
		return;
	}
	strbuf_add(&sb, "INSERT INTO %s (", t->table);
	add_columns(&sb, obj, false);
	strbuf_add(&sb, "server,position) SELECT ");
	add_columns(&sb, obj, false);
	strbuf_add(&sb, "$2::uuid,$3::bigint FROM "
		   "jsonb_populate_record(NULL::%s,$1::jsonb) "
		   "ON CONFLICT (id) DO UPDATE SET ", t->table);
	add_columns(&sb, obj, true);
	strbuf_add(&sb, "position=EXCLUDED.position "
		   "WHERE %s.position<EXCLUDED.position", t->table);
	/* 64 names of 63 bytes, each four times with its quotes: it fits. */
}

static bool is_given(json_t *obj, const char *key)
{
	const json_t *v = json_object_get(obj, key);

	return v && !json_is_null(v);
}

int record_read(struct record *rec, char *sql, char type, const char *json,
		size_t len, char why[static RECORD_WHY_LEN])
{
	const struct type *t = type_of(type);
	json_error_t jerr;
	json_t *obj = json_loadb(json, len, 0, &jerr);
	int err;

	if (!obj) {
		snprintf(why, RECORD_WHY_LEN, "no JSON: %.100s", jerr.text);
		return -EINVAL;
	}
	err = check(obj, t, why);
	if (!err) {
		*rec = (struct record){
			.type = type,
			.begins = is_given(obj, "started"),
			.ends = is_given(obj, "ended")
		};
		str_copy(rec->id, sizeof(rec->id), json_string_value(
			json_object_get(obj, "id")));
		if (sql)
			make_sql(sql, obj, t);
	}
	json_decref(obj);
	return err;
}
