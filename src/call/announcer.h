/*
 * announcer.h - tells rooms and members what is to be told, one thing after the
 * other.
 *
 * What all hear in one language is played into the mix; where they speak
 * several, or only some are meant, each is told by himself in his own. Nobody
 * hears two things at a time: a member is told nothing while the room is, and
 * the room waits, some seconds at most, for those who are being told something.
 * Who is cut off then hears it again afterwards. Control thread.
 */
#ifndef ANNOUNCER_H
#define ANNOUNCER_H

#include "announce.h"
#include "base/loop.h"
#include "media/media.h"
#include "say.h"

struct member;
struct room;

/** A room's. */
struct announcer {
	struct announce_queue queue;
	struct timer timer;             /* looks what can be told */
	struct timer guard;             /* it is over even if media never says so */
	bool playing;
	struct say list;                /* what plays, cut into what media takes */
	uint8_t next;                   /* first of list that has not been sent */
	enum lang lang;
	uint32_t id;                    /* of the newest play */
};

/** A member's. */
struct told {
	struct announce_queue queue;
	struct announcement now;        /* while his leg is saying */
	struct say reply;               /* of ANNOUNCE_REPLY */
};

void announcer_init(struct room *room);
void announcer_stop(struct room *room);

/** Tells a room, as soon as it can be: 0, also where it need not be told;
 *  -ENOSPC: too much waits. */
int room_tell(struct room *room, const struct announcement *a);
/** The reason is gone before it was told. */
void room_tell_no_more(struct room *room, enum announce what);
/** Somebody has come or gone, as the room's and his own options want it told. */
void room_tell_join(struct member *m);
void room_tell_leave(struct room *room, const struct member *m);

/** Tells one member, after what he is being told. */
void member_tell(struct member *m, enum announce what, uint32_t n);
/** He need not be told that any more, nor to the end of it. */
void member_tell_no_more(struct member *m, enum announce what);
/** Answers a key of his: in place of what he is being told, music goes on
 *  afterwards. */
void member_say(struct member *m, const struct say *say);
/** Is he being answered, or will he be? */
bool member_is_answered(const struct member *m);
/** Breaks the answer off, or whatever he is told; music goes on. */
void member_hush(struct member *m);
/** What his leg said is over. */
void member_said(struct member *m);

/** The bus has played something. */
void announcer_played(struct room *room, uint32_t id);

/* announce_words.c */

/** The words of a reason, for all (m NULL) or for one. */
void announce_words(const struct announcement *a, const struct room *room,
		    const struct member *m, enum lang lang, struct say *say);
/** The names of those who are in and have said one, from the nth; where to go on
 *  when that is told, 0: nowhere. */
unsigned announce_roll(const struct room *room, unsigned from, struct say *say);

#endif
