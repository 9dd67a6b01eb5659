/* route.c - reads what was dialled. */
#include "route.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

static unsigned spoken(const struct config *config)
{
	const int set = lang_set(config->sounds.languages);

	return set > 0 ? (unsigned)set : 1u << LANG_EN;
}

enum lang route_room_lang(const struct config *config, const char *language)
{
	enum lang lang = lang_choose(language, spoken(config));

	if (lang == LANG__MAX)
		lang = lang_choose(config->sounds.languages, spoken(config));
	return lang != LANG__MAX ? lang : LANG_EN;
}

/* What the address says counts more than the phone's own setting, for it is of
 * this call; the room's is for those who say neither. */
static void choose_language(struct route *r, const struct sip_invite *inv,
			    const struct config *config, const struct db *db)
{
	const struct db_room *room = *r->room ? db_room(db, r->room) : NULL;
	char asked[16];

	r->lang = LANG__MAX;
	if (wish_value(inv->params, "lang", asked, sizeof(asked)))
		r->lang = lang_choose(asked, spoken(config));
	if (r->lang == LANG__MAX)
		r->lang = lang_choose(inv->languages, spoken(config));
	r->lang_asked = r->lang != LANG__MAX;
	if (!r->lang_asked)
		r->lang = route_room_lang(config, room ? room->language : "");
}

void route_invite(struct route *r, const struct sip_invite *inv,
		  const struct config *config, const struct db *db)
{
	const char *pin = inv->pin;
	char *star;
	bool whole;

	memset(r, 0, sizeof(*r));
	wishes_parse(&r->wishes, inv->params);
	whole = str_copy(r->dialled, sizeof(r->dialled), inv->to_user);
	star = strchr(r->dialled, '*');
	if (star) {
		if (!pin)
			pin = inv->to_user + (star + 1 - r->dialled);
		*star = '\0';
	}
	if (!str_copy(r->pin, sizeof(r->pin), pin))
		str_copy(r->pin, sizeof(r->pin), "?");

	if (strcasecmp(r->dialled, config->rooms.join_user) == 0)
		r->kind = ROUTE_ASK;
	else if (whole && str_copy(r->room, sizeof(r->room), r->dialled) &&
		 db_room(db, r->room))
		r->kind = ROUTE_ROOM;
	else
		r->kind = ROUTE_UNKNOWN;

	choose_language(r, inv, config, db);
	if (star) {
		star[0] = '*';
		star[1] = '\0';
	}
}
