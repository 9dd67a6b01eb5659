/*
 * sim.h - rooms without sockets, threads and clocks: parties that send and
 * hear RTP, a tick that a test turns by hand, everything from a seed.
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mixer/chain.h"
#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "mixer/mix.h"
#include "mixer/pkt.h"
#include "mixer/port.h"
#include "mixer/rtp.h"
#include "mixer/rtpext.h"
#include "mixer/xchg.h"

enum {
	SIM_S_MAX = 40,                 /* seconds a test may take */
	SIM_PARTIES_MAX = 128,
	SIM_EVENT_PT = 101,
	SIM_PT = 96
};

/* What a party says: sample number i of its codec's rate. */
typedef int16_t (sim_voice_h)(void *arg, uint64_t i);

struct sim_party;

/* A packet's payload, as it was said or heard. */
typedef void (sim_tap_h)(struct sim_party *p, const uint8_t *payload,
			 size_t len);

struct sim_party {
	struct sim *sim;
	sim_tap_h *said_h, *heard_h;    /* NULL: nobody looks */
	struct mx_port *port;
	const struct mx_codec *codec;

	/* what it sends */
	sim_voice_h *voice;             /* NULL: nothing at all */
	void *arg;
	void *enc;
	bool events;                    /* sends telephone-event in place */
	unsigned ptime;                 /* frames of 10 ms */
	uint64_t said;                  /* samples */
	uint16_t seq;
	uint32_t event_ts;
	uint16_t event_ticks;
	char event_key;                 /* code of the event, 0 to 15 */
	uint8_t cn;                     /* comfort noise (RFC 3389) is agreed on,
					 * and in pauses a packet of this -dBov
					 * is sent, then nothing; 0: not. See
					 * sim_extend() */
	bool resting;                   /* it was sent */
	unsigned cn_heard;              /* packets of ours that told of noise */
	bool inband;                    /* keys are listened for in its sound;
					 * see sim_listen() */

	uint32_t ssrc, ts_add;          /* the latter: to the time stamps */
	unsigned pace;                  /* times real time, 1 */
	unsigned burst;                 /* sends only every so many ticks, all
					 * at once; 0: when it is due */
	unsigned owed;                  /* packets, till then */
	uint8_t level_id;               /* tells how loud it is; 0: it does not.
					 * See sim_extend() */
	int level_error;                /* ... by so many dB wrong */
	bool dtx;                       /* it need not send what is silent;
					 * before sim_change() */

	/* what it hears */
	uint8_t csrc_id;                /* is told of whom; 0: not their levels */
	bool csrc;
	struct mx_csrcs csrcs;          /* those of the last packet */
	struct mx_codec_par par;        /* as it wants it; see sim_ask() */
	int16_t *pcm;                   /* [heard], decoded; room for max */
	size_t max;
	size_t heard;
	uint64_t packets;
	uint16_t next_seq;
	uint32_t next_ts;
	unsigned breaks;                /* of sequence or time stamp */
	unsigned markers;
	void *dec;

	char keys[64];
	unsigned n_keys;
	uint32_t played[16];
	bool whole[16];
	unsigned n_played;
	unsigned begun, ended;          /* speeches */
	uint32_t talk_ms;               /* of the last one */
};

struct sim {
	const struct mx_dsp *dsp;
	struct mx_resamp_bank *bank;
	struct mx_pool *pool;
	struct mx_chains chains;
	struct mx_news_list news;
	unsigned phase;                 /* of the parties to come */
	uint32_t least_hz;              /* of the rooms to come, 0: as it is */
	bool forward;                   /* in the rooms to come */
	unsigned talkers;               /* in the rooms to come, 0: all */
	bool news_wait;                 /* they are not asked for */
	uint64_t n;                     /* the coming tick */
	unsigned step;
	struct sim_party party[SIM_PARTIES_MAX];
	unsigned n_parties;
	struct mx_mix *mix[4];          /* ticked in this order */
	unsigned n_mixes;
};

void sim_open(struct sim *s);
void sim_close(struct sim *s);

/* A room; with an exchange, one of its parts. */
struct mx_mix *sim_room(struct sim *s, uint32_t hz, struct mx_xchg *x,
			unsigned part);
/* A party with this codec by name and clock, e.g. "L16", 8000, in no room,
 * saying nothing. */
struct sim_party *sim_party(struct sim *s, const char *name, uint32_t hz,
			    unsigned ptime);
/* Agrees on another codec or packet time with a party, or puts it on hold. */
void sim_change(struct sim_party *p, const char *name, uint32_t hz,
		unsigned ptime, bool sends);
/* Agrees on other parameters of its codec. */
void sim_ask(struct sim_party *p, const struct mx_codec_par *par);
/* Sends a packet as this party, whatever is in it. */
void sim_deliver(struct sim_party *p, const struct mx_rtp_hdr *hdr,
		 uint8_t level, const uint8_t *payload, size_t len);
/* Agrees on header extensions: the numbers are set already. */
void sim_extend(struct sim_party *p);
/* Listens for keys in the sound as well. */
void sim_listen(struct sim_party *p);
void sim_ticks(struct sim *s, unsigned n);

/* Voices. */
int16_t sim_noise(void *seed, uint64_t i);      /* +-8191, by uint32_t *seed */
struct sim_scaled {                     /* noise, less loud */
	uint32_t seed;
	int by;                         /* eighths */
};
int16_t sim_scaled(void *scaled, uint64_t i);
struct sim_tone {
	double hz, rate_hz, amplitude;
};
int16_t sim_sine(void *tone, uint64_t i);
struct sim_gated {                      /* noise, on for a while in each period */
	uint32_t seed;
	uint64_t period, on;
};
int16_t sim_gated(void *gated, uint64_t i);

/* Power of a tone of f hz in pcm[n], in dB below a full-scale sine. */
double sim_goertzel(const int16_t *pcm, size_t n, double hz, double rate_hz);

/* ---- rooms of noise, 8000 samples a second ------------------------------- */

enum {
	HZ = 8000,
	TICK = HZ / 100,
	SETTLED = 2 * HZ,               /* samples until all buffers are steady */
	DELAY_MAX = HZ / 2,
	CLIP = HZ / 2
};

extern uint32_t seeds[5];

void join(struct sim_party *p, struct mx_mix *mix);
/* A party that says the noise of seed i. */
struct sim_party *noisy(struct sim *s, unsigned i);
/* The sum of voices of these seeds as it was d samples before sample t. */
int reference(const unsigned *who, unsigned n, size_t t, size_t d);
/* Is what p heard from one sample to the other that sum? */
bool is_sum(const struct sim_party *p, const unsigned *who, unsigned n,
	    size_t from, size_t to, size_t d);
/* By how many samples what p heard from sample `from` on is behind the voices;
 * fails if it is not their exact sum. */
size_t delay_of(const struct sim_party *p, const unsigned *who, unsigned n,
		size_t from);
/* Noise for a clip of CLIP samples. */
void fill_clip(int16_t *pcm, uint32_t seed);

#endif
