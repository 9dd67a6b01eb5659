/* room_seat.c - who comes in, who waits, who goes with whom: does what the
 * table of room_state.h says. */
#include <assert.h>

#include "base/log.h"
#include "room_int.h"

static void set_state(struct room *room, enum room_state state)
{
	if (state == room->state)
		return;
	log_debug(room->tag, "%s -> %s", room_state_word(room->state),
		  room_state_word(state));
	room->state = state;
}

static unsigned count(const struct room *room, enum member_state state)
{
	const struct member *m;
	unsigned n = 0;

	list_each(&room->members, m, it, struct member, in_room)
		n += m->state == state;
	return n;
}

unsigned room_n_in(const struct room *room)
{
	const struct member *m;
	unsigned n = 0;

	list_each(&room->members, m, it, struct member, in_room)
		n += m->state == MEMBER_IN && !m->ghost;
	return n;
}

/* Once a leader was there, and that is enough, nobody is of those who wait. */
static enum room_kind kind_of(const struct member *m)
{
	const struct room *room = m->room;

	if (m->opt.marked)
		return KIND_MARKED;
	return m->opt.wait_marked && !(room->cfg.wait_once && room->opened)
		? KIND_WAIT : KIND_UNMARKED;
}

/* ---- acts --------------------------------------------------------------- */

static void release(struct room *room)
{
	struct member *m;

	log_info(room->tag, "a leader is here, waiting=%u",
		 count(room, MEMBER_WAITING));
	list_each(&room->members, m, it, struct member, in_room)
		if (m->state == MEMBER_WAITING) {
			m->kind = kind_of(m);
			member_go_in(m, true);
		}
}

static void back(struct room *room)
{
	struct member *m;

	log_info(room->tag, "the last leader has left, members=%zu",
		 room->members.n);
	list_each(&room->members, m, it, struct member, in_room)
		if (m->state == MEMBER_IN && m->kind == KIND_WAIT &&
		    !m->opt.end_marked)
			member_wait(m, PROMPT_LEADER_HAS_LEFT);
}

static struct member *one_who_goes(const struct room *room)
{
	struct member *m;

	list_each(&room->members, m, it, struct member, in_room)
		if (m->goes)
			return m;
	return NULL;
}

/* Each going is a coming event of its own, which may make others go. */
static void send_off(struct room *room, unsigned acts)
{
	struct member *m;
	size_t n = 0;

	list_each(&room->members, m, it, struct member, in_room) {
		if (((acts & ACT_END_ANY) && m->opt.end_marked_any) ||
		    ((acts & ACT_BACK) && m->opt.end_marked &&
		     m->kind != KIND_MARKED))
			m->goes = true;
		n += m->goes;
	}
	if (n && n == room->members.n)
		room->closing = END_NO_MODERATOR;
	while ((m = one_who_goes(room))) {
		m->goes = false;
		leg_farewell(m->leg, SAY(PROMPT_LEADER_HAS_LEFT, PROMPT_GOODBYE),
			     END_NO_MODERATOR);
	}
}

/* ---- events ------------------------------------------------------------- */

/* Of a coming: whether it has to wait. The state stands before others go. */
static bool come(struct room *room, struct member *m)
{
	const enum room_event event = (enum room_event)m->kind;
	const unsigned acts = room_state_acts(room->state, event);
	const bool waits = acts & ACT_WAIT;
	const unsigned n_in = count(room, MEMBER_IN);
	const unsigned n_waiting = count(room, MEMBER_WAITING);

	if (m->kind == KIND_MARKED) {
		room->n_marked++;
		room->opened = true;
	}
	set_state(room, room_state_after(room->state, event,
		n_in + !waits + (acts & ACT_RELEASE ? n_waiting : 0),
		acts & ACT_RELEASE ? 0 : n_waiting + waits));
	if (acts & ACT_RELEASE && n_waiting)
		release(room);
	return waits;
}

/* He is not counted any more: gone, or MEMBER_NEW. */
static void go(struct room *room, enum room_kind kind, bool was_in)
{
	enum room_event event = was_in ? ROOM_LEAVE_UNMARKED : ROOM_LEAVE_WAIT;
	unsigned acts;

	if (kind == KIND_MARKED)
		event = --room->n_marked ? ROOM_LEAVE_MARKED :
			ROOM_LEAVE_LAST_MARKED;
	acts = room_state_acts(room->state, event);
	if (acts & ACT_BACK)
		back(room);
	set_state(room, room_state_after(room->state, event,
					 count(room, MEMBER_IN),
					 count(room, MEMBER_WAITING)));
	if (acts & (ACT_BACK | ACT_END_ANY))
		send_off(room, acts);
}

bool room_would_wait(const struct member *m)
{
	return room_state_acts(m->room->state, (enum room_event)kind_of(m)) &
		ACT_WAIT;
}

void room_seat(struct member *m)
{
	m->kind = kind_of(m);
	if (come(m->room, m))
		member_wait(m, PROMPT_NONE);
	else
		member_go_in(m, false);
}

void room_unseat(struct room *room, enum room_kind kind, bool was_in)
{
	go(room, kind, was_in);
}

/* As if he left and came again, but he does not notice what stays the same.
 * The others may: who leads decides who waits. */
void room_reseat(struct member *m)
{
	const enum member_state old = m->state;
	struct room *room = m->room;
	bool waits;

	if (kind_of(m) == m->kind || old == MEMBER_NEW || old == MEMBER_LOBBY)
		return;
	m->state = MEMBER_NEW;
	go(room, m->kind, old == MEMBER_IN);
	m->kind = kind_of(m);
	waits = come(room, m);
	m->state = old;
	if (waits && old != MEMBER_WAITING)
		member_wait(m, PROMPT_NONE);
	else if (!waits && old != MEMBER_IN)
		member_go_in(m, true);
}
