/* roomrow.c - see roomrow.h */
#include "roomrow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "copy.h"
#include "option.h"

#define ROOM(member) offsetof(struct room_row, room.member)
#define TEXT_FIELD(at, member) \
	{ at, sizeof(((struct room_row *)0)->member) }

/* What comes before the options, in the order of the query. */
static const struct field {
	size_t at, size;
} fields[] = {
	TEXT_FIELD(ROOM(number), room.number),
	TEXT_FIELD(ROOM(name), room.name),
	TEXT_FIELD(offsetof(struct room_row, pin_hash), pin_hash),
	TEXT_FIELD(offsetof(struct room_row, moderator_hash), moderator_hash),
	TEXT_FIELD(offsetof(struct room_row, invite_salt), invite_salt),
	TEXT_FIELD(offsetof(struct room_row, schedules), schedules)
};

enum {
	N_FIXED = sizeof(fields) / sizeof(fields[0]),
	N_FIELDS = N_FIXED + DB_OPTION__MAX
};

#define COLUMN(name, type, whose, min, max) ", " #name
#define SELECT \
	"SELECT number, name, coalesce(pin_hash, ''), " \
	"coalesce(moderator_pin_hash, ''), confab_invite_salt(number), " \
	"schedules" DB_OPTIONS(COLUMN) " FROM confab_room"

const char roomrow_all[] = SELECT;
const char roomrow_some[] = SELECT " WHERE number = ANY ($1::text[])";

static int parse_field(struct room_row *row, int i, const char *text)
{
	if (i >= N_FIXED)
		return db_option_set(&row->room,
				     (enum db_option_id)(i - N_FIXED), text);
	return str_copy((char *)row + fields[i].at, fields[i].size, text)
		? 0 : -EINVAL;
}

/* The table's constraints promise that this works; somebody may have dropped
 * them. */
static int parse_row(struct room_row *row, const char *const text[N_FIELDS])
{
	memset(row, 0, sizeof(*row));
	for (int i = 0; i < N_FIELDS; i++) {
		if (parse_field(row, i, text[i]) == 0)
			continue;
		log_error("db", "room left out, number=%s field=%s value=\"%s\"",
			  text[0], i < N_FIXED ? "name, PIN or schedule" :
			  db_option_name((enum db_option_id)(i - N_FIXED)), text[i]);
		return -EINVAL;
	}
	row->room.has_pin = *row->pin_hash != '\0';
	row->room.has_moderator_pin = *row->moderator_hash != '\0';
	row->room.has_invites = *row->invite_salt != '\0';
	return 0;
}

int roomrow_of_result(const PGresult *res, struct room_row **rows, size_t *n)
{
	int n_rows = PQntuples(res);
	struct room_row *v = calloc((size_t)n_rows + 1, sizeof(*v));
	size_t good = 0;

	if (!v)
		return -ENOMEM;
	for (int i = 0; i < n_rows; i++) {
		const char *text[N_FIELDS];

		for (int k = 0; k < N_FIELDS; k++)
			text[k] = PQgetvalue(res, i, k);
		if (parse_row(&v[good], text) == 0)
			good++;
	}
	*rows = v;
	*n = good;
	return 0;
}

int roomrow_save(int dirfd, const PGresult *res)
{
	return copy_save(dirfd, "rooms", res, N_FIELDS);
}

static int one_row(void *v, size_t i, const char *const text[])
{
	return parse_row((struct room_row *)v + i, text);
}

int roomrow_load(int dirfd, struct room_row **rows, size_t *n)
{
	return copy_load(dirfd, "rooms", N_FIELDS, sizeof(**rows), one_row,
			 (void **)rows, n);
}
