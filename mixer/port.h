/*
 * port.h - one participant: what he says and what he hears.
 *
 *   packet --> telephone-event: keys
 *          `-> jitter buffer -(tick)-> keys in the sound -> cut -> level
 *                              -> stages (voice.h) -> resampler -> voice[]
 *   frame (a room's sum, a prompt, silence) -> chain -> RTP header -> send_h
 *
 * "Voice" is what comes from the participant, at the rate of the room he is
 * in; his "chain" (chain.h) is what goes to him. A port in no room plays its
 * player or silence at its codec's rate. While a telephone-event goes on, and
 * a little longer, his voice is cut, since many phones let the tone slip into
 * the sound as well; so is a key in the sound, from 20 ms after its begin at
 * the latest (dtmf_inband.h).
 *
 * A port belongs to one thread. All memory is brought from outside, in
 * mx_port_new() and in a stream's kit; packets are slots of one pool; time and
 * tick numbers are arguments. What happened is asked for with mx_news_take().
 */
#ifndef MX_PORT_H
#define MX_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain.h"
#include "dtmf.h"
#include "dtmf_inband.h"
#include "echo_leg.h"
#include "jbuf.h"
#include "play.h"
#include "rtp.h"
#include "talk.h"
#include "voice.h"

struct mx_dsp;
struct mx_mix;
struct mx_port;
struct mx_slab;

enum {
	MX_PORT_MAPS_MAX = 16,
	MX_PORT_EVENTS_MAX = 4,         /* telephone-event payload types */
	MX_PORT_NEWS_MAX = 32,
	MX_PORT_CUT_US = 40000,         /* of voice after a telephone-event */
	MX_PORT_HANG_TICKS = 100,       /* own chain, after the last word */
	MX_PORT_FIRST_TICKS = 13,       /* ... and for any first packet, which may
					 * begin within the others' */
	MX_PORT_ID_BITS = 53,
	MX_TICK_US = 10000
};

/** Takes an RTP packet to the participant whose port has this owner; pkt is
 *  valid during the call only. */
typedef void (mx_send_h)(void *owner, const uint8_t *pkt, size_t len,
			 void *arg);

/** One tick, handed down through everything that runs in it. */
struct mx_tick {
	uint64_t n;             /* its number on an endless 10 ms grid; a number
				 * that was skipped is heard as a gap */
	int64_t now_us;         /* when it was due */
	mx_send_h *send_h;
	void *arg;
};

/** Ports with something to tell, oldest first: one a thread, zero it. */
struct mx_news_list {
	struct mx_port *first, *last;
};

struct mx_port_cfg {
	const struct mx_dsp *dsp;
	const struct mx_resamp_bank *bank;
	struct mx_slab *slab;           /* to be cut from; NULL: anywhere */
	struct mx_chains *chains;       /* the thread's */
	struct mx_news_list *news;      /* the thread's */
	struct mx_echo_pace *echo_pace; /* the thread's */
	void *owner;
	uint32_t ssrc, ts;              /* random, RFC 3550 5.1 */
	uint16_t seq;
	unsigned phase;                 /* in which of its packet's ticks it
					 * sends: ports of one room agree */
	uint32_t name;                  /* the same wherever it is, for rules.h;
					 * 0: none */
	uint64_t id;                    /* names it among the ports of all
					 * threads; 0: nobody, and below
					 * 2^MX_PORT_ID_BITS */
};

/** What was negotiated. */
struct mx_port_stream {
	const struct mx_codec *codec;   /* what we send ... */
	struct mx_codec_par par;        /* ... as the receiver asks for it ... */
	uint8_t pt;                     /* ... under this number */
	uint16_t ptime_ms;              /* cut to tens, and to what fits */
	bool sends, receives;
	bool inband;                    /* listen for keys in the sound, until
					 * there is a telephone-event */
	uint8_t cn_pt;                  /* comfort noise (RFC 3389); 0: none */
	bool csrc;                      /* name those whom he hears */
	uint8_t level_id;               /* header extensions: his level, and ... */
	uint8_t csrc_id;                /* ... those of whom he hears; 0: none */
	uint8_t n_recv, n_event;
	uint8_t event_pt[MX_PORT_EVENTS_MAX];
	struct {
		uint8_t pt;
		const struct mx_codec *codec;
	} recv[MX_PORT_MAPS_MAX];       /* what may come, all of one rate */
};

/** Memory that a stream needs, each part NULL if the port has it already. */
struct mx_port_kit {
	struct mx_chain *chain;         /* of the stream's codec, if new */
	struct mx_jbuf *jbuf;           /* if the old one is too small */
	struct mx_dtmf_inband *inband;
	struct mx_voice *voice;
	struct mx_echo_leg *echo;
	struct mx_canceller *canceller;
};

/** 0 or -ENOMEM. The port is silent and deaf until it has a stream. */
int mx_port_new(struct mx_port **portp, const struct mx_port_cfg *cfg);
/** Must have been emptied by mx_port_fini() on its thread; NULL is fine. */
void mx_port_free(struct mx_port *port);
/** Takes the port out of its room and gives back to *kit all that it has, for
 *  freeing elsewhere; its packets go back to the pool. */
void mx_port_fini(struct mx_port *port, struct mx_port_kit *kit);
/** What a port has of its thread. */
struct mx_port_home {
	struct mx_chains *chains;
	struct mx_news_list *news;
	struct mx_echo_pace *echo_pace;
	struct mx_pool *pool;
	uint64_t id;                    /* its name from now on */
};

/** Takes the port out of its room and off its thread, to live on with another
 *  one. Its packets lie in pool then, which travels with it; *chain is one that
 *  belongs to it and travels, too, or NULL. */
void mx_port_pack(struct mx_port *port, struct mx_pool *pool,
		  struct mx_chain **chain);
/** On the other thread: nothing of it lies in the pool it came with. It goes on
 *  where it was with its next tick. */
void mx_port_unpack(struct mx_port *port, const struct mx_port_home *home,
		    struct mx_chain *chain);

/** Frees what is in a kit. */
void mx_port_kit_free(struct mx_port_kit *kit);

/**
 * Sets or changes the stream.
 *
 * @param kit   what the port takes is replaced by what it no longer needs
 * @param step  ticks this thread has done so far, skipped ones not counted
 * @param n     the next tick's number
 */
void mx_port_stream(struct mx_port *port, const struct mx_port_stream *s,
		    struct mx_port_kit *kit, unsigned step, uint64_t n);

/** What is done to his sound from now on: kit's voice, or nothing if that is
 *  NULL; its place is taken by what was there before. */
void mx_port_sound(struct mx_port *port, struct mx_port_kit *kit);

/** Whether what he hears is kept out of the room where he gives it back; not
 *  until this is called. Off, kit gets the memory that this took. */
void mx_port_unecho(struct mx_port *port, bool on, struct mx_port_kit *kit);

/** Brings memory that MX_NEWS_ECHO asked for, or nothing; what the port has no
 *  use for takes its place. */
void mx_port_echo(struct mx_port *port, struct mx_port_kit *kit);

/** Adapts what is sent to a report of its receiver: fraction lost, of 256. */
void mx_port_reported(struct mx_port *port, uint8_t fraction);

/** Is this payload type one that may come? */
bool mx_port_expects(const struct mx_port *port, uint8_t pt);

/** The level that the sender says a packet's sound has (RFC 6464), if it is one
 *  of those who do: for its field, as long as its header is there. */
uint8_t mx_port_level(const struct mx_port *port, const struct mx_pkt *pkt);

/**
 * Takes a packet whose RTP fields are set, its level too.
 *
 * @return 1: the slot is the port's; 0: taken in, the slot stays the caller's;
 *         -EINVAL: a payload type not agreed on; -EBADMSG: a payload of a size
 *         that cannot be; -EAGAIN: late, duplicate or not listened to
 */
int mx_port_put(struct mx_port *port, struct mx_pkt *pkt);

/** Fetches into the cache what a put() will look at, in two stages 0 and 1: the
 *  latter follows where the former has led. */
void mx_port_soon(const struct mx_port *port, unsigned stage);

/** Plays a list in place of what was played before; id comes back in news. */
void mx_port_play(struct mx_port *port, const struct mx_play_list *list,
		  uint32_t id);
void mx_port_stop(struct mx_port *port);

/** One tick of a port that is in no room: listens, plays, sends. */
void mx_port_tick(struct mx_port *port, const struct mx_tick *tick);

struct mx_port_news {
	enum {
		MX_NEWS_STARTED,        /* the first packet of a codec came */
		MX_NEWS_KEY,            /* a telephone-event began */
		MX_NEWS_KEY_INBAND,     /* a key was heard in the sound */
		MX_NEWS_PLAYED,         /* a list ended, or was cut off */
		MX_NEWS_TALK_BEGUN,     /* he speaks, and may, in a room */
		MX_NEWS_ECHO,           /* memory: mx_port_echo() */
		MX_NEWS_MUSIC,          /* what he sends is, or is no more */
		MX_NEWS_TALK_ENDED      /* one for each that begun */
	} what;
	char key;
	bool whole;                     /* PLAYED: to its end */
	bool is_music;                  /* MUSIC */
	unsigned need;                  /* ECHO: of enum mx_echo_need, ... */
	uint32_t hz;                    /* ... for this rate */
	uint32_t id;                    /* PLAYED */
	uint32_t ms;                    /* TALK_ENDED: how long it was */
	void *owner;                    /* the port's */
};

/** The next thing that happened and was not asked for yet; false: nothing. Of
 *  one port they come in order. */
bool mx_news_take(struct mx_news_list *list, struct mx_port_news *news);

struct mx_port_stats {
	uint64_t tx_packets, tx_bytes;          /* bytes of payload */
	uint64_t rx_bytes;
	uint32_t jitter_us;
	uint8_t level;                          /* of the last second, -dBov */
	uint64_t news_lost;
	uint64_t concealed_ms, accelerated_ms, expanded_ms, late, fec_used;
	uint64_t resampled_ms;          /* at the pace of the peer's clock, ... */
	int32_t drift_ppm;              /* ... so much faster than ours; 0: it is
					 * not, or not known to be */
	uint64_t decoded;                       /* payloads */
	uint32_t delay_ms, delay_target_ms;
	uint64_t talk_ms;                       /* spoken in rooms so far */
	bool level_trusted;                     /* what he tells of it is true */
	struct mx_voice_stats voice;            /* all zeros: no stages */
	struct mx_echo_stats echo;              /* all zeros: not looked for */
};

void mx_port_stats(const struct mx_port *port, struct mx_port_stats *st);
/** The receiver's account, for RTCP; the caller notes SRs and reports in it. */
struct mx_rtp_rx *mx_port_rx(struct mx_port *port);
uint32_t mx_port_ssrc(const struct mx_port *port);
bool mx_port_sends(const struct mx_port *port);
/** Of the RTP time stamps we send. */
uint32_t mx_port_clock_hz(const struct mx_port *port);
/** The RTP time stamp of tick n. */
uint32_t mx_port_ts(const struct mx_port *port, uint64_t n);
struct mx_mix *mx_port_mix(const struct mx_port *port);
void *mx_port_owner(const struct mx_port *port);

#endif
