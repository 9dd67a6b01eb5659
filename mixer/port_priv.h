/*
 * port_priv.h - the inside of a port, for port*.c and mix*.c alone.
 */
#ifndef MX_PORT_PRIV_H
#define MX_PORT_PRIV_H

#include <assert.h>

#include "adapt.h"
#include "gate.h"
#include "line.h"
#include "port.h"
#include "rules.h"
#include "rtpext.h"
#include "trust.h"

/* Thousands of ports pass through the cache, and most of them only listen: what
 * such a one needs for a packet that comes lies in the first two cache lines,
 * and for one that goes in the third. */
struct mx_port {
	/* ---- each packet that comes ---- */
	_Alignas(MX_LINE) struct mx_jbuf *jbuf;
	struct mx_mix *mix;             /* NULL: none */
	const struct mx_codec *came;    /* of came_pt; NULL: look it up */
	uint8_t came_pt;                /* of the last packet of sound */
	uint8_t level_id;               /* the stream's */
	bool receives;                  /* the stream does */
	bool speak, hear;
	bool awake;                     /* he is listened to */
	bool dozes;                     /* but after this tick no more */
	bool started;
	struct mx_gate gate;
	const struct mx_dsp *dsp;       /* cfg's */
	uint64_t rx_bytes;
	struct {
		uint64_t energy;
		uint32_t samples, frames;
	} level;                        /* of the second that goes on */
	struct mx_rtp_rx rx;            /* of which only the begin is needed */

	/* ---- each packet that goes ---- */
	_Alignas(MX_LINE) struct mx_port *next_user;    /* of chain */
	void *owner;                    /* cfg's */
	struct {
		const void *port, *owner;
	} ahead;                        /* some users later, if nothing has
					 * changed since: never looked into */
	uint64_t tx_packets, tx_bytes;
	uint32_t ssrc;                  /* cfg's */
	uint32_t ts0;                   /* the stamp of tick 0 */
	uint16_t seq;
	bool marker;                    /* on the next packet */
	uint8_t pt, cn_pt;              /* the stream's */
	bool csrc;                      /* the stream wants them */

	/* ---- every tick, of those who are awake ---- */
	struct mx_port *prev_user;
	struct mx_chain *chain;         /* to the participant; NULL: silent */
	struct mx_port *next, *prev;    /* members of mix */
	unsigned hang;                  /* ticks until he may share a chain */
	bool spoke;                     /* voice[] is not all zeros, and mixed */
	enum {
		VOICE_SILENT, VOICE_MIXED, VOICE_LEFT_OUT
	} was;                          /* in the last tick, see loudest.h */
	struct mx_port *next_awake, *prev_awake;        /* those who are */
	bool apart;                     /* he is in this list, see mix_priv.h */
	bool ruled;                     /* and counted as such in the mix */
	struct mx_port *next_apart, *prev_apart;
	uint8_t rate;                   /* that he can use, see rate.h */
	bool playing;                   /* the player has something to say */
	uint32_t hz;                    /* rate of voice[] and of what the chain
					 * takes: the room's, or our codec's */
	uint32_t rx_hz;                 /* what the resamplers are set up for */
	uint32_t rx_hz_want;            /* what it should be, come a pause */
	bool cut;                       /* his voice, for a telephone-event */
	bool quiet;                     /* nearly nothing came in the last tick */
	bool unechoes;                  /* echo control is wanted */
	struct mx_echo_leg *echo;       /* NULL: none */
	struct mx_voice *stages;        /* NULL: voice[] is what came */
	struct mx_dtmf_inband *inband;
	unsigned still;                 /* ticks of silence, for inband */
	bool in_key;                    /* what is heard may be one */
	bool used_events;               /* he sends telephone-events: what is
					 * heard in the sound is the same key */
	bool to_room_rings;             /* the filter still holds sound */
	int64_t cut_until_us;
	uint8_t last_level;             /* of the last whole second */
	struct mx_talk talk;
	struct mx_trust trust;          /* in the level that he tells */
	bool talking;                   /* and so it was told */
	bool is_music;                  /* the same, of what he sends */
	uint32_t talk_before;           /* ticks of this speech that came
					 * before it was for the room */
	uint64_t talk_ms;               /* of what has ended */
	struct mx_dtmf dtmf;

	struct mx_rules rules;

	/* ---- now and then ---- */
	struct mx_adapt adapt;          /* to his path */
	struct mx_port_cfg cfg;
	struct mx_port_stream stream;   /* codec NULL: none yet */

	/* ---- of those who speak, or are spoken to ---- */
	int16_t voice[MX_RESAMP_FRAME_MAX];     /* of this tick, at hz */
	struct mx_resamp to_room;
	struct mx_resamp to_8k;         /* for inband */
	struct mx_play play;
	uint32_t play_id;
	uint64_t echo_asked;            /* not again before this tick */

	struct mx_port_news news[MX_PORT_NEWS_MAX];
	unsigned news_put, news_taken;
	struct mx_port *next_news;      /* in cfg.news, if there are any */
	uint64_t news_lost;
	bool owes_end;                  /* the begin of a speech was told */
};

static_assert(offsetof(struct mx_port, rx.base_seq) <= 2 * MX_LINE &&
	      offsetof(struct mx_port, csrc) -
	      offsetof(struct mx_port, next_user) < MX_LINE,
	      "a packet touches more lines than it must");

/* A packet has come, or something else happens, for which the port is to be
 * listened to from the coming tick on; now_us is when it came. */
void mix_wake(struct mx_mix *mix, struct mx_port *port, int64_t now_us);
/* He is to hear something of his own, or to be told what he hears: he is looked
 * after until that is over. */
void mix_set_apart(struct mx_mix *mix, struct mx_port *port);
/* Is a port that is not listened to worth it now? stands_out: by its gate. */
bool mix_wants(const struct mx_mix *mix, const struct mx_port *port,
	       bool stands_out);
/* Who speaks in this tick's sum. */
const struct mx_csrcs *mix_csrcs(const struct mx_mix *mix);

/* The codec of a payload type that may come, NULL if it is none. */
const struct mx_codec *port_codec_of(const struct mx_port_stream *s,
				     uint8_t pt);
/* False: there are too many that nobody has taken. */
bool port_tell(struct mx_port *port, const struct mx_port_news *news);
/* Puts a port with news into its thread's list, and takes it out. */
void port_list_news(struct mx_port *port);
void port_unlist_news(struct mx_port *port);
/* He is listened to soon: fetches into the cache what that looks at first. */
static inline void port_soon(const struct mx_port *port)
{
	mx_prefetch(port, offsetof(struct mx_port, dtmf));
}

/* What the port does with this tick's packets: fills voice, spoke, level. */
void port_listen(struct mx_port *port, const struct mx_tick *tick);
/* Takes what he hears out of what he says, pcm at rx_hz, whose energy is given
 * and given back. */
uint64_t port_unecho(struct mx_port *port, uint64_t n, int16_t *pcm,
		     uint64_t energy);
/* An echo was found: he is sent what is encoded for him alone, since what is
 * forwarded comes some ms earlier, and what he says is not what he sent. */
static inline bool port_echoes(const struct mx_port *port)
{
	return port->echo && !mx_echo_leg_passes(port->echo);
}

void rules_init(struct mx_rules *r);
/* Does he hear other than all do? */
static inline bool port_hears_odd(const struct mx_port *port)
{
	return port->rules.n_odd > 0 || port->rules.hear != MX_GAIN_ONE ||
		port->rules.heard != MX_GAIN_ONE;
}

/* He, who has an echo part, hears this in tick n; NULL: nothing. */
void port_heard(struct mx_port *port, uint64_t n, const int32_t *in);
/* What is left of that for a port that is not listened to: false if nothing
 * is, as long as no packet comes. */
bool port_tend(struct mx_port *port, const struct mx_tick *tick);
/* It is not listened to from this tick on. */
void port_rest(struct mx_port *port, const struct mx_tick *tick);
/* Does he listen for keys in what comes? */
bool port_hears_keys(const struct mx_port *port);
/* The end of what he says now, if he does. */
void port_end_talk(struct mx_port *port);
/* Tells whether what he sends is music, if that is new. */
void port_follow_music(struct mx_port *port);
/* Forgets what the way to voice[] holds of the past. */
void port_forget_voice(struct mx_port *port);
/* Changes hz. */
void port_tune(struct mx_port *port, uint32_t hz);
/* Decodes to what hz asks for, as soon as nobody hears the change. */
void port_follow_rate(struct mx_port *port);
/* Up to which rate it makes a difference to him. */
uint32_t port_useful_hz(const struct mx_port *port);
/* The rate of a port that is in no room. */
uint32_t port_own_hz(const struct mx_port *port);

/* Gives the port a chain of its own that goes on where its present one is; a
 * shared chain's last user takes the chain itself. */
void port_own_chain(struct mx_port *port);
/* Lets go of the chain; the last user puts it back with the free ones. */
void port_drop_chain(struct mx_port *port);
/* Hears what s's other users hear from now on. */
void port_share_chain(struct mx_port *port, struct mx_chain *s);
/* Puts a frame into a chain, NULL: silence, and sends to all its users if a
 * packet is full. */
void port_run_chain(struct mx_chain *c, const int16_t *frame,
		    const struct mx_tick *tick);
/* The same with a sum for one user alone. */
void port_run_own(struct mx_port *port, const int32_t *in,
		  const struct mx_tick *tick);
/* Adds what the port's own player says, if it does, to in[]. */
void port_add_play(struct mx_port *port, int32_t *in);

/* What came from the only one whom the chain's packet, full with this tick, is
 * to be made of, and which may be passed on as it is; NULL: it is to be made. */
const struct mx_pkt *mix_forward(const struct mx_mix *mix, struct mx_chain *c,
				 const struct mx_tick *tick);
/* May packets that come now be passed on as they are? */
bool mix_wants_packets(const struct mx_mix *mix);
/* The way out of a room's sum as all hear it. */
const struct mx_front *mix_front(const struct mx_mix *mix);

#endif
