/* room_lobby.c - the waiting room: who knocks, who is let in, who is not. Those
 * in it are members without a seat, of whom room_state.h knows nothing. */
#include <errno.h>

#include "base/log.h"
#include "room_int.h"

unsigned room_n_lobby(const struct room *room)
{
	const struct member *m;
	unsigned n = 0;

	list_each(&room->members, m, it, struct member, in_room)
		n += m->state == MEMBER_LOBBY;
	return n;
}

static void tell_moderators(const struct member *who)
{
	struct room *room = who->room;
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->role == ROLE_MODERATOR && m->state == MEMBER_IN)
			member_tell(m, ANNOUNCE_KNOCK,
				    (uint32_t)leg_number(who->leg));
}

void room_knock(struct member *m)
{
	member_lobby(m);
	event_member(m, (struct event){ .type = EVENT_LOBBY, .on = true });
	tell_moderators(m);
}

static struct member *first(const struct room *room)
{
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->state == MEMBER_LOBBY)
			return m;
	return NULL;
}

static void let_in(struct member *m, const char *by)
{
	log_info(m->room->tag, "%s is let in, by=%s", leg_tag(m->leg), by);
	event_member(m, (struct event){ .type = EVENT_LOBBY, .by = by });
	room_admitted(m);
}

int leg_admit(struct leg *leg, bool in, const char *by)
{
	struct member *m = member_of(leg);

	if (!m)
		return -ENOENT;
	if (m->state != MEMBER_LOBBY)
		return -EALREADY;
	if (in) {
		let_in(m, by);
		return 0;
	}
	log_info(m->room->tag, "%s is not let in, by=%s", leg_tag(leg), by);
	event_member(m, (struct event){ .type = EVENT_DENY, .by = by });
	leg_farewell(leg, SAY(PROMPT_IM_SORRY, PROMPT_GOODBYE), END_DENIED);
	return 0;
}

int room_admit(struct room *room, bool all, const char *by)
{
	struct member *m = first(room);

	if (!m)
		return -EALREADY;
	do
		let_in(m, by);
	while (all && (m = first(room)));
	return 0;
}

int room_deny(struct room *room, const char *by)
{
	struct member *m = first(room);

	return m ? leg_admit(m->leg, false, by) : -EALREADY;
}
