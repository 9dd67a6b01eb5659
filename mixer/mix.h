/*
 * mix.h - one room, or one thread's part of it: everybody hears everybody
 * else.
 *
 * What does it do? Once a tick it lets each member listen to its packets,
 * sums those who spoke in int32, and gives each the sum less his own frame.
 * How does it work? Who is silent hears what every other silent member with
 * his codec and packet time hears, so they share one chain: one limiter, one
 * resampler, one encoding for all of them. Who speaks, or has a prompt of his
 * own, gets a chain of his own, a copy that goes on where the shared one
 * stands; about a second after his last word he goes back. Of too many voices
 * the loudest are taken (loudest.h). The rate is the best that two members can
 * use (rate.h). A room on several threads has a mix in each; they exchange
 * their sums (xchg.h) and share the places for voices (share.h).
 *
 * A mix belongs to one thread. Nothing here allocates after mx_mix_new(),
 * takes a lock, reads a clock or logs.
 */
#ifndef MX_MIX_H
#define MX_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "play.h"
#include "port.h"

struct mx_desk;
struct mx_dsp;
struct mx_mix;
struct mx_resamp_bank;
struct mx_xchg;

enum { MX_MIX_QUEUE = 8 };      /* lists waiting to be played to all */

struct mx_mix_cfg {
	const struct mx_dsp *dsp;
	const struct mx_resamp_bank *bank;
	uint32_t rate_hz;       /* 8000, 16000, 24000 or 48000, at most ... */
	uint32_t rate_min_hz;   /* ... and at least; 0: 8000 */
	struct mx_xchg *xchg;   /* NULL: the room is on this thread alone */
	struct mx_desk *desk;   /* the thread's; NULL: one of its own */
	bool forward;           /* what one alone says is passed on as it came */
	unsigned part;          /* which of its parts this is; added already */
	unsigned talkers;       /* so many voices are mixed, the loudest of all
				 * parts, which agree on it; 0: all */
};

/** What a mix needs during its tick only, and all mixes of a thread may have
 *  together: so it stays in the cache. 0 or -ENOMEM. */
int mx_desk_new(struct mx_desk **dp, const struct mx_dsp *dsp);
void mx_desk_free(struct mx_desk *d);

/** 0, -EINVAL (rate) or -ENOMEM. */
int mx_mix_new(struct mx_mix **mixp, const struct mx_mix_cfg *cfg);
/** All members must be gone; NULL is fine. */
void mx_mix_free(struct mx_mix *mix);

/** Adds a port that is in no room. speak: its voice goes in; hear: the mix
 *  goes out to it. */
void mx_mix_add(struct mx_mix *mix, struct mx_port *port, bool speak,
		bool hear);
void mx_mix_voice(struct mx_mix *mix, struct mx_port *port, bool speak,
		  bool hear);
/** The port has another stream. */
void mx_mix_retune(struct mx_mix *mix, struct mx_port *port);
void mx_mix_del(struct mx_mix *mix, struct mx_port *port);
/** Any member; NULL if there is none. */
struct mx_port *mx_mix_first(const struct mx_mix *mix);
/** The rate at which it is mixed just now. */
uint32_t mx_mix_hz(const struct mx_mix *mix);
/** How many are listened to at present, so that what they send is decoded. */
unsigned mx_mix_awake(const struct mx_mix *mix);
/** Chains that run at present: how often a tick encodes. */
unsigned mx_mix_chains(const struct mx_mix *mix);

/** Plays a list to all members of all parts, after those that wait already.
 *  0, or -ENOSPC. */
int mx_mix_play(struct mx_mix *mix, const struct mx_play_list *list,
		uint32_t id);
/** Plays a list beside all that, until told otherwise: music. NULL: no more.
 *  0 or -EINVAL. */
int mx_mix_music(struct mx_mix *mix, const struct mx_play_list *list);
/** Has a list ended since this was asked last? True, with its id. */
bool mx_mix_played(struct mx_mix *mix, uint32_t *id, bool *whole);

/** Who holds the floor, of all parts: an id, 0: nobody. True when it was
 *  decided anew since it was asked for last. Only one part at a time decides;
 *  when that becomes another one it may repeat what was known. */
bool mx_mix_dominant(struct mx_mix *mix, uint64_t *id);

/** Its tick is the one after next, or the next one: fetches into the cache what
 *  that will look at. */
void mx_mix_soon(const struct mx_mix *mix, bool next);
/** One tick of the room: members listen, hear and send. */
void mx_mix_tick(struct mx_mix *mix, const struct mx_tick *tick);

#endif
