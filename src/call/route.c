/* route.c - reads what was dialled. */
#include "route.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

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

	if (star) {
		star[0] = '*';
		star[1] = '\0';
	}
}
