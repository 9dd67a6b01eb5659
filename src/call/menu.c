/* menu.c - matches keys against the rows of a menu. */
#include "menu.h"

#include <string.h>

static void clear(struct menu *m)
{
	memset(m, 0, sizeof(*m));
}

/* The row that is typed in whole; *longer: another one begins like it. */
static const struct db_menu_row *look(const struct menu *m,
				      const struct db_menu_row rows[], size_t n,
				      enum menu_role role, bool *longer)
{
	const struct db_menu_row *found = NULL;

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

/* Does one key on while its last action is done? */
static bool is_keyed_over(const struct db_menu_row *row)
{
	static const char sounds[] = "playback_and_continue:";
	const char *last = strrchr(row->actions, ',');

	last = last ? last + 1 : row->actions;
	return strcmp(last, "help") == 0 ||
		strncmp(last, sounds, sizeof(sounds) - 1) == 0;
}

enum menu_answer menu_key(struct menu *m, const struct db_menu_row rows[], size_t n,
			  enum menu_role role, char key,
			  const struct db_menu_row **row)
{
	const struct db_menu_row *found;
	bool longer;

	if (m->n == MENU_KEYS_MAX)      /* the rows are others than they were */
		clear(m);
	m->typed[m->n++] = key;
	m->typed[m->n] = '\0';
	found = look(m, rows, n, role, &longer);
	m->acted = found && longer && is_keyed_over(found);
	if (longer && !m->acted)
		return MENU_MORE;
	if (!m->acted)
		clear(m);
	if (!found)
		return MENU_UNKNOWN;
	*row = found;
	return MENU_CHOSEN;
}

enum menu_answer menu_pause(struct menu *m, const struct db_menu_row rows[],
			    size_t n, enum menu_role role,
			    const struct db_menu_row **row)
{
	const struct db_menu_row *found;
	const bool acted = m->acted;
	bool longer;

	if (!m->n)
		return MENU_NOTHING;
	found = look(m, rows, n, role, &longer);
	clear(m);
	if (acted)
		return MENU_NOTHING;
	if (!found)
		return MENU_UNKNOWN;
	*row = found;
	return MENU_CHOSEN;
}

bool menu_goes_on(const struct menu *m)
{
	return m->n > 0;
}
