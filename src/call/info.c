/* info.c - legs and rooms as others may see them: copies. */
#include "control.h"

#include "base/str.h"
#include "leg_int.h"
#include "room_int.h"

void leg_info(const struct leg *leg, struct leg_info *info)
{
	const struct member *m = member_of(leg);

	*info = (struct leg_info){
		.number = leg->number,
		.state = leg_state_word(leg),
		.held = leg_is_held(leg),
		.talking = m && leg_is_talking(leg) && !(m->mute & MUTE_MUSIC),
		.agc = leg->sound.agc,
		.ns = leg->sound.ns,
		.unechoes = leg->unechoes,
		.is_member = m != NULL,
		.waiting = m && m->state == MEMBER_WAITING,
		.lobby = m && m->state == MEMBER_LOBBY,
		.deaf = m && m->deaf,
		.on_hold = m && m->hold,
		.ghost = m && m->ghost,
		.priority = m && m->priority,
		.hold_music = m && m->hold_music,
		.coaches = m && m->pupil,
		.pupil = m && m->pupil && m->pupil != m ?
			leg_number(m->pupil->leg) : 0,
		.talk_db = m ? m->talk_db : 0,
		.hear_db = m ? m->hear_db : 0,
		.breakout = m ? m->place : 0,
		.hand = m ? member_hand_place(m) : 0,
		.muted = m ? m->mute : 0,
		.consent = m ? m->consent.is : CONSENT_UNASKED,
		.rec = leg->rec
	};
}

void room_info(const struct room *room, struct room_info *info)
{
	*info = (struct room_info){
		.waiting = room->state == ROOM_INACTIVE,
		.locked = room->locked,
		.muted = room->muted,
		.recorded = room->tape != NULL,
		.members = (unsigned)room->members.n,
		.ghosts = room_ghosts(room),
		.moderators = room->n_moderators,
		.breakouts = room->breakout.n,
		.max_members = room->cfg.max_members,
		.rate_hz = room->rec.rate_hz,
		.started_us = room->rec.started_us,
		.ends_in_us = room->time.end_us ?
			room->time.end_us - loop_now_us() : INT64_MAX
	};
	str_copy(info->number, sizeof(info->number), room->cfg.number);
	str_copy(info->name, sizeof(info->name), room->cfg.name);
	str_copy(info->id, sizeof(info->id), room->rec.id);
}

/* room NULL: all legs. */
static void each_leg(const struct hub *hub, const struct room *room,
		     uint64_t after, leg_info_h *fn, void *arg)
{
	const struct member *m;
	struct leg_info info;
	struct leg *leg;

	list_each(&hub->legs, leg, it, struct leg, in_hub) {
		m = member_of(leg);
		if (leg->number <= after || (room && (!m || m->room != room)))
			continue;
		leg_info(leg, &info);
		if (!fn(&info, arg))
			return;
	}
}

void hub_each_leg(const struct hub *hub, uint64_t after, leg_info_h *fn,
		  void *arg)
{
	each_leg(hub, NULL, after, fn, arg);
}

/* Through the legs, not the room's own list: that is in the order of joining. */
void room_each_member(const struct room *room, uint64_t after, leg_info_h *fn,
		      void *arg)
{
	each_leg(room->hub, room, after, fn, arg);
}

void hub_each_room(const struct hub *hub, room_info_h *fn, void *arg)
{
	struct room_info info;
	struct room *room;

	list_each(&hub->rooms, room, it, struct room, in_hub) {
		if (!room->members.n)
			continue;
		room_info(room, &info);
		if (!fn(&info, arg))
			return;
	}
}
