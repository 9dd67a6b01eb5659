/* menu.c - matches keys against the rows of a menu. */
#include "menu.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static void clear(struct menu *m)
{
	memset(m, 0, sizeof(*m));
}

/* The row that is typed in whole; *longer: another one begins like it. */
static const struct menu_row *look(const struct menu *m,
				   const struct menu_row rows[], size_t n,
				   enum menu_role role, bool *longer)
{
	const struct menu_row *found = NULL;

	*longer = false;
	for (size_t i = 0; i < n; i++) {
		if (!(rows[i].roles & role) ||
		    strncmp(rows[i].keys, m->typed, m->n) != 0)
			continue;
		if (rows[i].keys[m->n])
			*longer = true;
		else if (!found)
			found = &rows[i];
	}
	return found;
}

enum menu_answer menu_key(struct menu *m, const struct menu_row rows[], size_t n,
			  enum menu_role role, char key,
			  const struct menu_row **row)
{
	const struct menu_row *found;
	bool longer;

	assert(m->n < MENU_KEYS_MAX);   /* no row is longer, so MORE never is */
	m->typed[m->n++] = key;
	m->typed[m->n] = '\0';
	found = look(m, rows, n, role, &longer);
	if (longer)
		return MENU_MORE;
	clear(m);
	if (!found)
		return MENU_UNKNOWN;
	*row = found;
	return MENU_CHOSEN;
}

enum menu_answer menu_pause(struct menu *m, const struct menu_row rows[],
			    size_t n, enum menu_role role,
			    const struct menu_row **row)
{
	const struct menu_row *found;
	bool longer;

	if (!m->n)
		return MENU_NOTHING;
	found = look(m, rows, n, role, &longer);
	clear(m);
	if (!found)
		return MENU_UNKNOWN;
	*row = found;
	return MENU_CHOSEN;
}
