/* menus.c - see menus.h. The copy is a JSON array of arrays of strings, as that
 * of the rooms. */
#include "menus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "copy.h"

enum { MENU, KEYS, ROLES, ACTIONS, N_FIELDS };

const char menus_all[] =
	"SELECT m.name, coalesce(e.keys, ''), coalesce(confab_menu_roles(e.role), 0), "
	"coalesce(array_to_string(e.actions, ','), '') "
	"FROM menu m LEFT JOIN menu_entry e ON e.menu = m.name "
	"ORDER BY m.name, e.keys, e.role LIMIT 10000";

/* The table's constraints promise that this works; somebody may have dropped
 * them. */
static int parse_row(struct db_menu_row *row, const char *const text[])
{
	uint64_t roles;

	memset(row, 0, sizeof(*row));
	if (str_copy(row->menu, sizeof(row->menu), text[MENU]) &&
	    str_copy(row->keys, sizeof(row->keys), text[KEYS]) &&
	    str_copy(row->actions, sizeof(row->actions), text[ACTIONS]) &&
	    str_u64(text[ROLES], strlen(text[ROLES]), 7, &roles) >= 0) {
		row->roles = (uint8_t)roles;
		return 0;
	}
	log_error("db", "entry of a menu left out, menu=%s keys=%s", text[MENU], text[KEYS]);
	return -EINVAL;
}

int menus_of_result(const PGresult *res, struct db_menu_row **rows, size_t *n)
{
	struct db_menu_row *v = calloc((size_t)PQntuples(res) + 1, sizeof(*v));
	size_t good = 0;

	if (!v)
		return -ENOMEM;
	for (int i = 0; i < PQntuples(res); i++) {
		const char *text[N_FIELDS];

		for (int k = 0; k < N_FIELDS; k++)
			text[k] = PQgetvalue(res, i, k);
		good += parse_row(&v[good], text) == 0;
	}
	*rows = v;
	*n = good;
	return 0;
}

int menus_save(int dirfd, const PGresult *res)
{
	return copy_save(dirfd, "menus", res, N_FIELDS);
}

static int one_row(void *v, size_t i, const char *const text[])
{
	return parse_row((struct db_menu_row *)v + i, text);
}

int menus_load(int dirfd, struct db_menu_row **rows, size_t *n)
{
	return copy_load(dirfd, "menus", N_FIELDS, sizeof(**rows), one_row,
			 (void **)rows, n);
}

const struct db_menu_row *menus_find(const struct db_menu_row *rows, size_t n,
				     const char *name, size_t *found)
{
	size_t from = 0, to;

	while (from < n && strcmp(rows[from].menu, name) != 0)
		from++;
	for (to = from; to < n && strcmp(rows[to].menu, name) == 0; to++)
		;
	*found = to - from;
	return *found ? rows + from : NULL;
}
