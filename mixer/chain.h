/*
 * chain.h - the second half of the way out, from frames to payloads.
 *
 *   front.h -> frame at the codec's rate -> a packet's worth -> encoder
 *                                  silence -> no encoder --------'
 *                 what somebody sent, as it is -> forwarded -----'
 *
 * A chain makes one stream of payloads, which goes to one port or to many:
 * silent listeners of one room with the same codec and packet time hear the
 * same thing, so they share a chain and cost only a header each. A port that
 * begins to talk goes on with a copy (mx_chain_copy) that stands exactly where
 * the shared one stands, so that his stream has no seam. A packet of silence
 * costs no encoding once the encoder has settled; where there is comfort noise
 * for the codec (cng.h), that is what silence sounds like; and who knows RFC
 * 3389 is told of it, at the begin of a pause and each 200 ms, and sent nothing
 * in between. While payloads are forwarded
 * the encoder rests; the sound of the last packets is kept, and when it is
 * needed again it is started on that, which nobody hears, so that it stands
 * about where it would stand had it never rested.
 *
 * A chain is one block of memory, of a size that depends on its codec. Those
 * not in use lie in their thread's mx_chains. Every stream brings one chain
 * along and takes one away at its end: there are always as many as ports that
 * send, and none needs more than one. Nothing allocates after mx_chain_new().
 */
#ifndef MX_CHAIN_H
#define MX_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "front.h"

struct mx_cng;
struct mx_dsp;
struct mx_port;

enum {
	MX_CHAIN_CODECS_MAX = 32,       /* in the table of codecs */
	/* A codec whose 10 ms are more than MX_PAYLOAD_MAX (L16 in stereo)
	 * goes out in IP fragments all the same. */
	MX_CHAIN_PAYLOAD_MAX = 2000,
	MX_CHAIN_PAST = 6               /* frames kept for a start */
};

/* How a chain is set up; what two ports must agree in to share one. */
struct mx_chain_cfg {
	uint32_t in_hz;         /* of the frames put in: a bus's rate */
	uint8_t frames;         /* of 10 ms, a packet */
	bool deaf;              /* hears none of the room */
	uint8_t grade;          /* of the paths to its users, see adapt.h */
	struct mx_codec_par par;
	const struct mx_cng *cng;       /* noise in place of silence; NULL: none */
};

struct mx_chain {
	/* the owner's: a list of free ones, or a room's shared ones */
	struct mx_chain *next, **link;  /* *link is this chain */
	struct mx_port *users;          /* linked through the ports */
	unsigned n_users;
	bool shared;

	const struct mx_codec *codec;
	size_t frame_len;               /* samples of 10 ms at the codec's rate */
	size_t pcm_at;                  /* bytes of state before the samples */
	struct mx_front front;          /* of a chain that is not shared */

	/* From here on it is the stream's state, which a copy takes over. */
	struct mx_chain_cfg cfg;
	uint8_t filled;                 /* frames of the packet to come ... */
	uint8_t lead;                   /* ... of which the first are not in it */
	uint8_t made;                   /* frames in the packet made last */
	bool paused;                    /* nothing was sent for the last one */
	bool begins;                    /* the last one came after a pause */
	bool sounds;                    /* there is sound in the packet to come */
	uint8_t settled;                /* packets of silence encoded last */
	uint8_t noise;                  /* frames of the noise that went out, or
					 * until it is told again */
	bool telling;                   /* of it, in this pause */
	bool cn;                        /* the last one tells of noise (RFC 3389),
					 * and is no sound itself */
	bool idle;                      /* the encoder stands elsewhere ... */
	const struct mx_port *source;   /* ... as his payloads are forwarded */
	bool heard;                     /* voices in the last packet */
	uint16_t wait;                  /* packets for a pause to forward from */
	_Alignas(16) unsigned char state[];     /* encoder, then samples: of the
						 * past, and of the packet */
};

/** How a packet came about, and how often the encoder ran for it. */
struct mx_chain_made {
	size_t len;             /* of the payload; 0: nothing is sent */
	unsigned encodes;
	enum { MX_MADE_ENCODED, MX_MADE_FORWARDED, MX_MADE_SILENT,
	       MX_MADE_CN } how;
};

/** A chain for a codec, not set up yet. 0 or -ENOMEM; -EINVAL if the codec's
 *  10 ms do not fit a packet or it is not in the table. */
int mx_chain_new(struct mx_chain **cp, const struct mx_codec *codec);
void mx_chain_free(struct mx_chain *c);

/**
 * Starts a stream of payloads.
 *
 * @param cfg     frames is cut to what fits a packet
 * @param filled  begin in the midst of a packet, with so many of its frames
 *                past: puts the packets of a room's streams in step. Taken
 *                modulo frames.
 * @param whole   silence stands for those frames; else the first packet is
 *                shorter, so that it does not overlap what was sent before
 */
void mx_chain_start(struct mx_chain *c, const struct mx_chain_cfg *cfg,
		    unsigned filled, bool whole);
/** Changes the rate of what is put in; nothing happens if it is the same. */
void mx_chain_retune(struct mx_chain *c, uint32_t in_hz);
/** Adapts the encoder to paths of this grade. */
void mx_chain_adapt(struct mx_chain *c, unsigned grade);
/** c goes on as from, a chain of the same codec, does. */
void mx_chain_copy(struct mx_chain *c, const struct mx_chain *from);
/** Could a port that hears as c does go on with s instead? */
bool mx_chain_is_same(const struct mx_chain *c, const struct mx_chain *s);

/** Takes a frame of frame_len samples, the 10 ms that follow; NULL: silence.
 *  True when with it a packet is full: then one of the next two is called. */
bool mx_chain_put(struct mx_chain *c, const int16_t *frame);
/** Makes the packet's payload[MX_CHAIN_PAYLOAD_MAX] of what was put in. */
struct mx_chain_made mx_chain_make(struct mx_chain *c, const struct mx_dsp *dsp,
				   uint8_t *payload);
/** Makes another's payload, of as many samples, that of the packet. */
struct mx_chain_made mx_chain_forward(struct mx_chain *c,
				      const struct mx_dsp *dsp,
				      const uint8_t *theirs, size_t len,
				      uint8_t *payload);

/** Chains not in use, by codec, and what a thread's chains did. Plain data:
 *  zero it. */
struct mx_chains {
	struct mx_chain_counts {
		uint64_t encodes;       /* calls of encoders */
		uint64_t forwarded;     /* packets sent with another's payload */
		uint64_t silent;        /* packets sent that no encoder made */
	} counts;
	const struct mx_cng *cng;       /* of new streams; NULL: none */
	struct mx_chain *free[MX_CHAIN_CODECS_MAX];
};

void mx_chains_put(struct mx_chains *cs, struct mx_chain *c);
/** One for this codec; NULL if there is none. */
struct mx_chain *mx_chains_get(struct mx_chains *cs,
			       const struct mx_codec *codec);
/** Frees all that are left. */
void mx_chains_fini(struct mx_chains *cs);

#endif
