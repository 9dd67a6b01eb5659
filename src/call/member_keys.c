/*
 * member_keys.c - what a member keys in, and that what it means is done: one
 * action after the other, each when what the one before said has been said. A
 * key breaks off what a menu says, but for playback.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "room_int.h"

enum menu_role member_menu_role(const struct member *m)
{
	if (m->state != MEMBER_IN)
		return MENU_WAITING;
	return m->role == ROLE_MODERATOR ? MENU_MODERATOR : MENU_USER;
}

/* The menu that holds for him: that of the database, if it is there. */
const struct db_menu_row *member_menu_of(const struct member *m, size_t *n)
{
	const struct db_menu_row *rows = NULL;
	unsigned missed;

	if (*m->opt.menu)
		rows = db_menu(m->room->hub->db, m->opt.menu, n);
	if (rows)
		return rows;
	if (*m->opt.menu && log_allow("menu: missing", &missed))
		log_warn(leg_tag(m->leg), "there is no such menu, the one built in holds, "
			 "menu=%s missed=%u", m->opt.menu, missed);
	*n = member_menu_n;
	return member_menu;
}

/* ---- actions, one after the other --------------------------------------- */

static const struct menu_action *find(const char *name, size_t len)
{
	for (size_t i = 0; i < menu_actions_n; i++)
		if (strlen(menu_actions[i].name) == len &&
		    strncmp(menu_actions[i].name, name, len) == 0)
			return &menu_actions[i];
	return NULL;
}

/* What the database let through although it is wrong. */
static void refuse(struct member *m, const char *action)
{
	log_warn(leg_tag(m->leg), "action of a menu is left out, menu=%s action=%s",
		 m->opt.menu, action);
	member_say(m, SAY(PROMPT_ERROR));
}

/* text: name, or name:argument. */
static void do_one(struct member *m, const char *text)
{
	const char *colon = strchr(text, ':');
	const size_t len = colon ? (size_t)(colon - text) : strlen(text);
	const struct menu_action *a = find(text, len);

	if (!a || (a->moderators && m->role != ROLE_MODERATOR) || !colon != !a->arg)
		refuse(m, text);
	else if (a->arg)
		a->arg(m, colon + 1);
	else
		a->act(m);
}

/* He may be gone after any of them. */
static void go_on(struct member *m)
{
	struct leg *leg = m->leg;
	char one[DB_MENU_ACTIONS_MAX];

	while (m->run.on) {
		const char *next = m->run.actions + m->run.at;
		const size_t len = strcspn(next, ",");

		if (!*next) {
			m->run.on = m->run.deaf = false;
			if (menu_goes_on(&m->menu))
				timer_start(&m->pause, MENU_PAUSE_MS);
			return;
		}
		memcpy(one, next, len);
		one[len] = '\0';
		m->run.at = (uint8_t)(m->run.at + len + (next[len] == ','));
		m->run.deaf = false;
		do_one(m, one);
		if (member_of(leg) != m || member_is_answered(m))
			return;
	}
}

static void run(struct member *m, const struct db_menu_row *row)
{
	log_debug(leg_tag(m->leg), "menu, keys=%s actions=%s", row->keys, row->actions);
	str_copy(m->run.actions, sizeof(m->run.actions), row->actions);
	m->run.at = 0;
	m->run.on = true;
	go_on(m);
}

void member_run_said(void *arg)
{
	member_said(arg);
	go_on(arg);
}

/* ---- keys --------------------------------------------------------------- */

static void act(struct member *m, enum menu_answer answer,
		const struct db_menu_row *row)
{
	timer_stop(&m->pause);
	switch (answer) {
	case MENU_NOTHING:
		break;
	case MENU_MORE:
		timer_start(&m->pause, MENU_PAUSE_MS);
		break;
	case MENU_UNKNOWN:
		member_say(m, SAY(PROMPT_ERROR));
		break;
	case MENU_CHOSEN:
		run(m, row);
		break;
	}
}

void member_key(void *arg, char key)
{
	struct member *m = arg;
	const struct db_menu_row *rows, *row = NULL;
	enum menu_answer answer;
	size_t n;

	if (key == 'F')         /* flash is no key of ours */
		return;
	if (m->dial.on) {
		member_dial_key(m, key);
		return;
	}
	if (consent_key(m, key))
		return;
	if (m->run.on && m->run.deaf && member_is_answered(m))
		return;
	if (m->run.on) {
		m->run.on = false;
		member_hush(m);
	}
	rows = member_menu_of(m, &n);
	answer = menu_key(&m->menu, rows, n, member_menu_role(m), key, &row);
	act(m, answer, row);
}

void member_pause(void *arg)
{
	struct member *m = arg;
	const struct db_menu_row *rows, *row = NULL;
	enum menu_answer answer;
	size_t n;

	if (m->dial.on) {
		member_dial_pause(m);
		return;
	}
	rows = member_menu_of(m, &n);
	answer = menu_pause(&m->menu, rows, n, member_menu_role(m), &row);
	act(m, answer, row);
}

/* ---- what is wrong ------------------------------------------------------ */

static bool is_sound(const struct hub *hub, const char *name)
{
	return prompt_find(name) != PROMPT_NONE && files_has(hub->files, "en", name);
}

/* The first sound of an entry's actions that cannot be played, or false. */
static bool find_missing(const struct hub *hub, const char *actions, char name[64])
{
	for (const char *a = actions; *a; a += strcspn(a, ","), a += *a == ',') {
		const char *end = a + strcspn(a, ",");
		const char *s = strchr(a, ':');

		if (strncmp(a, "playback", 8) != 0 || !s || s > end)
			continue;
		while (s < end) {
			const size_t len = strcspn(++s, "&,");

			if (len >= 64)
				return false;
			memcpy(name, s, len);
			name[len] = '\0';
			if (!is_sound(hub, name))
				return true;
			s += len;
		}
	}
	return false;
}

size_t hub_menu_problems(const struct hub *hub, struct db_problem *out, size_t max)
{
	size_t n, found = 0;
	const struct db_menu_row *rows = db_menus(hub->db, &n);
	char name[64];

	for (size_t i = 0; i < n && found < max; i++) {
		struct db_problem *p = &out[found];

		if (!find_missing(hub, rows[i].actions, name))
			continue;
		*p = (struct db_problem){ .what = "menu_entry", .field = "actions" };
		snprintf(p->key, sizeof(p->key), "%s %s", rows[i].menu, rows[i].keys);
		snprintf(p->problem, sizeof(p->problem), "there is no sound %s", name);
		found++;
	}
	return found;
}
