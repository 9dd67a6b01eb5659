/* hub_int.h - the hub as src/call itself sees it. Control thread only. */
#ifndef HUB_INT_H
#define HUB_INT_H

#include <stdbool.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/loop.h"
#include "guest.h"
#include "hub.h"
#include "sdp/offer.h"

struct buckets;
struct leg;
struct room;
struct say;

struct hub {
	struct loop *loop;
	const struct config *config;
	struct media *media;
	struct files *files;
	struct recorder *recorder;      /* NULL: nothing can be recorded */
	struct streams *streams;        /* NULL: no music but the folder's */
	struct db *db;                  /* NULL until hub_set_db() */
	struct sip *sip;                /* NULL until hub_set_sip() */
	bool rooms_known;               /* db's cache has been filled */
	unsigned languages;             /* read, or being read: bits */
	bool sounds_known;              /* prompts are read, or known to be missing */

	struct list legs;               /* alive, ending ones included */
	struct hash leg_by_tag;
	uint64_t last_leg;              /* number of the newest */
	struct buckets *guesses;        /* wrong PINs; NULL: no limit */
	struct list gone;               /* legs to be freed */
	struct timer reap;              /* by this, next turn */

	struct list rooms;              /* memory of all, ended ones included */
	struct hash room_by_number;     /* running ones */

	struct {
		struct list all, taps;
		struct timer timer;
	} names;                        /* see name.h */
	struct list tapes;              /* recordings that are not over */
	struct guest_days guest_days;
	int64_t started_us;             /* CLOCK_REALTIME */
	uint64_t guest_groups;          /* wishes to call somebody so far */

	struct list listeners;          /* of events */
	uint64_t events;                /* told so far */

	struct drain {
		enum drain_state {
			DRAIN_NO,
			DRAIN_WAIT,     /* calls may go on until at_us */
			DRAIN_BYE,      /* all are being ended */
			DRAIN_DONE
		} state;
		int64_t at_us;          /* CLOCK_MONOTONIC */
		struct timer timer;
		void (*done)(void *arg);
		void *arg;
	} drain;

	struct sdp scratch;             /* one parsed description at a time: too
					 * large for the stack */
};

/* hub.c: the clip of what[i] in a list. */
const struct mx_clip *hub_clip(struct hub *hub, enum lang lang,
			       const struct say *say, unsigned i);
/* hub.c, called by leg.c: gives the leg its number and tag. 0 or -ENOMEM. */
int hub_add_leg(struct hub *hub, struct leg *leg);
/* Have too many wrong PINs come from this address? / One more has. */
bool hub_is_guesser(const struct hub *hub, const union addr *source);
void hub_note_guess(struct hub *hub, const union addr *source);
/* Nothing calls the leg back any more; frees it in the next turn. */
void hub_leg_gone(struct hub *hub, struct leg *leg);

/* leg.c, called by hub.c */
void leg_free(struct leg *leg);
/* SIP and media are gone, the leg was ending: closes its record. */
void leg_abandon(struct leg *leg);
/* The answer of the database. */
void leg_pin(struct leg *leg, const struct db_pin_answer *answer);
void leg_claim(struct leg *leg, enum db_pin result);

/* room.c, called by hub.c */
void room_update(struct room *room, const struct db_room *cfg);
/* Every leg is being ended because the server stops. */
void room_shut(struct room *room);
void room_free(struct room *room);

#endif
