/*
 * leg.h - one call leg: a SIP session and a media port, kept in step.
 *
 * A leg answers offers, plays what it is told, collects keys from wherever
 * they come, and keeps its own record. What it is used for it does not know:
 * its owner (the IVR, a seat in a room) hears of things through a struct
 * leg_ops, and may hand the leg on to another owner.
 *
 * However a leg ends, leg_end() is the one way there. The memory of a leg goes
 * no earlier than the next turn of the loop after it is gone, so that it may
 * still be looked at by whoever is on the stack.
 */
#ifndef LEG_H
#define LEG_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"
#include "media/media.h"
#include "record.h"
#include "route.h"
#include "say.h"
#include "sip/sip.h"

struct hub;
struct leg;

/** Any of them may be NULL, and may end the leg or hand it on. */
struct leg_ops {
	const char *name;               /* of the owner, for the log */
	/** Answered and confirmed: sound can flow both ways. */
	void (*on_up)(void *arg);
	/** Of a call that we make: it rings, say. */
	void (*on_progress)(void *arg, int status);
	void (*on_key)(void *arg, char key);
	/** What leg_say() began has been said, or could not be. Not after
	 *  leg_hush() or another leg_say(). */
	void (*on_said)(void *arg);
	void (*on_pin)(void *arg, const struct db_pin_answer *answer);
	/** The answer to db_claim(). */
	void (*on_claim)(void *arg, enum db_pin result);
	/** The peer put us on hold, or took us off. */
	void (*on_hold)(void *arg, bool held);
	/** He begins or stops to speak in a room, where he may. */
	void (*on_talking)(void *arg, bool talks);
	/** Music comes from him, or no more, where that is looked for. */
	void (*on_music)(void *arg, bool is_music);
	/** It ends, or says goodbye: let go of it. The last call. */
	void (*on_end)(void *arg);
};

/* A new call goes through these in turn, all inside sip_ops.on_invite(). */

/** Makes the leg and begins its record; NULL without memory, and the session
 *  is as it was. From here on the leg ends by leg_refuse() or leg_end(). */
struct leg *leg_new(struct hub *hub, struct sip_session *ss,
		    const struct sip_invite *inv, const struct route *route);
/** Refuses the call. */
void leg_refuse(struct leg *leg, int status, enum end_reason why);
/** The same with the status of refusal.h; wait_s: until he may come, 0: unknown. */
void leg_turn_away(struct leg *leg, enum end_reason why, uint32_t wait_s);
/**
 * Opens its port and looks at its offer.
 *
 * @param near  a bus that it will likely join, or NULL
 * @return 0, or -errno when there was nothing but to refuse it, which is done
 */
int leg_prepare(struct leg *leg, const struct sip_invite *inv,
		const struct media_bus *near);
/** Answers it with 200, after ringing for a while if ring_ms is not 0. */
void leg_answer(struct leg *leg, uint32_t ring_ms);

/**
 * Calls somebody, for an owner: on_up() when he has answered, on_end() if he
 * does not, not before this returns.
 *
 * @param d        but for the offer, which is made here
 * @param room     for the record
 * @param ring_ms  how long he may take to answer
 * @param near     a bus that it will likely join, or NULL
 * @return 0; -EINVAL: the number cannot be dialled; -ENETUNREACH; -EAGAIN or
 *         -EADDRINUSE: no media; -ENOMEM
 */
int leg_dial(struct leg **legp, struct hub *hub, const struct sip_dial *d,
	     const char *room, uint32_t ring_ms, const struct media_bus *near,
	     const struct leg_ops *ops, void *owner);

/** Hands the leg to an owner; what was being said goes on. */
void leg_set_owner(struct leg *leg, const struct leg_ops *ops, void *arg);
/** The owner lets go of the leg by itself; the next one follows at once. */
void leg_disown(struct leg *leg);
/** The owner if it has these ops, else NULL. */
void *leg_owner(const struct leg *leg, const struct leg_ops *ops);

/** Says a list of prompts, in place of what was being said. At the end comes
 *  on_said(), never before this returns. */
void leg_say(struct leg *leg, const struct say *what);
/** Says a list and then music, until told otherwise; on_said() comes between the
 *  two, not without a list. */
void leg_say_music(struct leg *leg, const struct say *what);
/** Stops what is being said. */
void leg_hush(struct leg *leg);
/** Is a list being said (music does not count)? */
bool leg_is_saying(const struct leg *leg);

/** Ends the leg: refusal, BYE or nothing, as its state asks. Its owner gets
 *  on_end() from inside. Fine if it is ending already. */
void leg_end(struct leg *leg, enum end_reason why);
/** Takes the leg from its owner (on_end()), says a last thing, then ends it.
 *  On hold, or before it is up, it is ended at once. */
void leg_farewell(struct leg *leg, const struct say *what, enum end_reason why);

/** The language that he is spoken to in. */
enum lang leg_lang(const struct leg *leg);
/** The room that he is in has one ("": it has none), for those who asked for
 *  none. */
void leg_room_lang(struct leg *leg, const char *language);
/** What a room does to his sound: levelling where the configuration allows it,
 *  noise suppression over what it says, echo control instead of it;
 *  music is looked for if it says so. */
void leg_room_sound(struct leg *leg, const struct db_room *opt);

/** What its music is, see music.h; "" until this is called. */
void leg_room_music(struct leg *leg, const char *source, uint32_t quieter_db);

bool leg_is_up(const struct leg *leg);
/** Did we call? */
bool leg_is_out(const struct leg *leg);
/** Ending or saying goodbye: of no use to an owner any more. */
bool leg_is_ending(const struct leg *leg);
bool leg_is_held(const struct leg *leg);
bool leg_is_talking(const struct leg *leg);
/** "leg 17" */
const char *leg_tag(const struct leg *leg);
uint64_t leg_number(const struct leg *leg);
struct hub *leg_hub(const struct leg *leg);
struct media_port *leg_port(const struct leg *leg);
/** The owner fills in what it knows; the leg writes START and END. */
struct leg_record *leg_record(struct leg *leg);

#endif
