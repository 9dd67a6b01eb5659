/* wish.c - see wish.h */
#include "wish.h"

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/str.h"

static const char prefix[] = "confab-";

/* These are for whom wish_value() is asked. */
static const char *const no_options[] = { "lang" };

static void left_out(const char *why, const char *name)
{
	unsigned missed;

	if (log_allow("route: option of a caller", &missed))
		log_info("route", "an option that a caller asked for is left out, "
			 "why=\"%s\" option=%.32s missed=%u", why, name, missed);
}

static bool is_no_option(const char *name)
{
	for (size_t i = 0; i < sizeof(no_options) / sizeof(no_options[0]); i++)
		if (strcasecmp(no_options[i], name) == 0)
			return true;
	return false;
}

static void put(struct wishes *w, const struct db_wish *wish)
{
	unsigned i = 0;

	while (i < w->n && w->v[i].id != wish->id)
		i++;
	if (i == WISHES_MAX) {
		left_out("too many", db_option_name(wish->id));
		return;
	}
	w->v[i] = *wish;
	if (i == w->n)
		w->n++;
}

/* One "name=value" of len bytes, without the prefix. */
static void parse_one(struct wishes *w, const char *text, size_t len)
{
	const char *eq = memchr(text, '=', len);
	const size_t name_len = eq ? (size_t)(eq - text) : len;
	const size_t value_len = eq ? len - name_len - 1 : 0;
	struct db_room scratch = { .number = "" };
	struct db_wish wish = { .value = "" };
	char name[32];

	if (name_len >= sizeof(name) || value_len >= sizeof(wish.value)) {
		left_out("too long", "?");
		return;
	}
	memcpy(name, text, name_len);
	name[name_len] = '\0';
	if (eq)
		memcpy(wish.value, eq + 1, value_len);
	wish.value[value_len] = '\0';
	if (is_no_option(name))
		return;

	wish.id = db_option_find(name);
	if (wish.id == DB_OPTION__MAX)
		left_out("there is no such option", "?");
	else if (db_option_set(&scratch, wish.id, wish.value) != 0)
		left_out("not such a value", name);
	else
		put(w, &wish);
}

void wishes_parse(struct wishes *w, const char *params)
{
	const size_t skip = sizeof(prefix) - 1;

	memset(w, 0, sizeof(*w));
	while (params && *params) {
		const size_t len = strcspn(params, ";");

		if (len > skip && strncasecmp(params, prefix, skip) == 0)
			parse_one(w, params + skip, len - skip);
		params += len + (params[len] == ';');
	}
}

bool wish_value(const char *params, const char *name, char *out, size_t size)
{
	const size_t skip = sizeof(prefix) - 1, name_len = strlen(name);

	while (params && *params) {
		const size_t len = strcspn(params, ";");
		const char *eq = params + skip + name_len;
		const size_t value = len > skip + name_len
			? len - skip - name_len - 1 : size;

		if (value < size && *eq == '=' &&
		    strncasecmp(params, prefix, skip) == 0 &&
		    strncasecmp(params + skip, name, name_len) == 0) {
			memcpy(out, eq + 1, value);
			out[value] = '\0';
			return true;
		}
		params += len + (params[len] == ';');
	}
	return false;
}

/* What is allowed is asked of the room as it was: call_options itself is never
 * among the wishes. */
void wishes_apply(const struct wishes *w, struct db_room *room, unsigned whose)
{
	for (unsigned i = 0; i < w->n; i++) {
		const struct db_wish *wish = &w->v[i];

		if (!(db_option_whose(wish->id) & whose))
			continue;
		if (db_option_is_allowed(room, wish->id))
			db_option_set(room, wish->id, wish->value);
		else
			left_out("not allowed in this room",
				 db_option_name(wish->id));
	}
}
