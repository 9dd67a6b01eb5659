/*
 * mix_priv.h - the inside of a mix, for mix*.c alone.
 *
 *	mix.c           a room's life, and who is in it
 *	mix_awake.c     who is listened to
 *	mix_listen.c    a tick up to the sum: who is heard
 *	mix_play.c      what is played to all
 *	mix_hear.c      a tick after the sum: who hears what
 *	mix_forward.c   whose packets are passed on as they are
 *	mix_rules.c     where not everybody hears everybody, as loud as he is
 *
 * A tick goes through those members who are awake, and those who hear something
 * apart from the rest: never through all.
 */
#ifndef MX_MIX_PRIV_H
#define MX_MIX_PRIV_H

#include "bus.h"
#include "dsp/dsp.h"
#include "floor.h"
#include "line.h"
#include "mix.h"
#include "port_priv.h"
#include "rate.h"
#include "share.h"
#include "xchg.h"

enum { MIX_RATES = 5, MIX_LATELY = 3 };

struct mx_desk {
	struct mx_bus *bus;
	/* The sum as it is heard by all who say nothing: at the rates that
	 * somebody takes it at, each made once a tick. */
	unsigned n;
	struct {
		uint32_t hz;
		const int16_t *frame;
		int16_t pcm[MX_RESAMP_FRAME_MAX];
	} at[MIX_RATES];
};

/* A voice that was loud of late. */
struct lately {
	struct mx_port *port;
	uint64_t since, at;     /* ticks: the first and the last of it that was
				 * loud, without a pause in between */
};

struct played {
	uint32_t id;
	bool whole;
};

/* What each tick looks at comes first. */
struct mx_mix {
	_Alignas(MX_LINE) struct mx_mix_cfg cfg;
	struct mx_rate rate;
	enum mx_rate_dip dip;           /* in this tick */
	size_t len;                     /* samples a tick */
	struct mx_desk *desk, *own_desk;
	struct mx_bus *bus;             /* the desk's */
	struct mx_port *members;
	unsigned n_members;
	struct mx_port *awake;          /* those who are listened to ... */
	unsigned idle;                  /* ... and how many of them say nothing */
	uint8_t bar;                    /* loudness of the quietest of these who
					 * can give way to a louder one */
	struct mx_chain *shared;        /* chains of the silent */
	struct mx_port *apart;          /* those who have a chain of their own,
					 * or a player, or echo control: each
					 * tick is about these alone */
	bool active;                    /* as the exchange knows it */
	bool sounded;                   /* in the last tick */
	bool has_music;                 /* it plays, or fades */
	struct mx_floor floor;
	struct lately lately[MIX_LATELY];       /* the last first */
	uint64_t other_at;              /* tick with more in the sum than
					 * members' voices */
	bool few;                       /* voices in the last tick */
	unsigned n_ruled;               /* members with rules of their own */
	int32_t duck, duck_said;        /* what a priority speaker leaves of the
					 * others now; and the other parts were
					 * told that ours does */
	struct mx_share share;          /* of the places for voices */
	struct mx_csrcs csrcs;          /* who speaks, in this tick's sum */
	unsigned queued, n_played;
	struct mx_front front;          /* of the sum */

	/* what is played to all */
	struct mx_play play;
	struct mx_play music;           /* beside it */
	struct {
		struct mx_play_list list;
		uint32_t id;
	} queue[MX_MIX_QUEUE];          /* [0] plays */
	struct played played[MX_MIX_QUEUE];     /* not asked for yet */
};

/* Changes what is made at the room's rate to it. */
void mix_set_rate(struct mx_mix *mix);
/* Those listen who are awake, and who has nothing to say falls asleep. */
void mix_listen_to(struct mx_mix *mix, const struct mx_tick *tick);
/* Takes a port out that leaves. */
void mix_forget(struct mx_mix *mix, struct mx_port *port);
void mix_end_apart(struct mx_mix *mix, struct mx_port *port);
/* Members listen, and those who speak are summed. */
void mix_listen(struct mx_mix *mix, const struct mx_tick *tick);
/* Is anything? */
bool mix_plays(const struct mx_mix *mix);
/* Adds what is played to all. */
void mix_sum_play(struct mx_mix *mix);
/* Notes who is loud in this tick's sum. */
void mix_note_loud(struct mx_mix *mix, uint64_t n);
/* Forgets a member. */
void mix_forget_loud(struct mx_mix *mix, const struct mx_port *port);
/* A member with or without rules comes, or leaves. */
void rules_join(struct mx_mix *mix, struct mx_port *port);
void rules_leave(struct mx_mix *mix, struct mx_port *port);
/* Takes those whom not all hear out of those who spoke. */
void mix_set_aside(struct mx_mix *mix);
/* Makes voices as loud as they are to be heard. */
void mix_shape(struct mx_mix *mix);
/* Is somebody to be heard who is not in the sum? */
bool rules_hear_any(const struct mx_port *port);
/* Makes what all hear what this one hears. */
void rules_hear(const struct mx_mix *mix, struct mx_port *port, int32_t *in);
/* Everybody hears the sum less his own voice, and sends. */
void mix_hear(struct mx_mix *mix, const struct mx_tick *tick);

#endif
