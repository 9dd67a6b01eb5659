/*
 * offer.h - offer/answer (RFC 3264) for a leg with one audio stream.
 *
 * A struct sdp_local is what this leg can do and where it listens; a struct
 * sdp_audio is what was agreed on, compiled for the media side so that a
 * packet never meets a string. Pure functions, no allocation.
 *
 * A payload type means one thing for as long as the leg lives (RFC 3264
 * 8.3.2): numbers once used are remembered in sdp_local and given to nothing
 * else, and a peer's format whose number has meant something else is passed
 * over. docs/sdp.md says what is accepted and answered, and why.
 */
#ifndef SDP_OFFER_H
#define SDP_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mixer/codec.h"
#include "sdp.h"

enum {
	SDP_CODECS_MAX = 16,
	SDP_MAP_MAX = 16,
	SDP_EVENTS_MAX = 4,
	SDP_PTS = 128,
	SDP_LOCAL_MAX = 4608            /* no description of ours is longer, NUL
					 * included */
};

struct sdp_meaning {
	const struct mx_codec *codec;   /* NULL: telephone-event if clock;
					 * sdp_noise, see agree.h */
	uint32_t clock_hz;              /* 0: never used */
	bool foreign;                   /* the peer has offered it as something
					 * that we do not have */
};

/** A leg's own side, kept for its whole life. */
struct sdp_local {
	/* The caller's, who may change it between two descriptions. */
	const struct mx_codec *codecs[SDP_CODECS_MAX];  /* preferred first */
	uint8_t n_codecs;
	union addr addr;                /* what we put into c= */
	uint16_t rtp_port, rtcp_port;
	uint16_t ptime_ms;              /* what we offer and say, usually 20 */
	enum sdp_dir dir;               /* what we want, usually sendrecv */
	bool dtx;                       /* peers may send nothing in pauses, where
					 * the codec leaves it to us */
	bool cn;                        /* offer and take comfort noise */
	bool csrc;                      /* say how loud each of those is whom the
					 * peer hears (RFC 6465), if it can */

	/* What has been said so far: kept by the functions below. */
	uint64_t sess_id, sess_ver;     /* o=; ver goes up when the text changes */
	uint8_t ext[SDP_EXTS];          /* the number of each header extension
					 * so far, 0: none yet */
	const struct mx_codec *current; /* agreed on last: offered first */
	uint8_t line;                   /* our m= line among the session's */
	char proto[SDP_TOKEN_MAX];      /* its transport, as the peer wrote it */
	/* long, and mostly empty: last, for pack.c */
	struct sdp_meaning pt[SDP_PTS]; /* what each number has meant so far */
	char last[SDP_LOCAL_MAX];       /* our last description without v=, o=,
					 * s=; "" before the first */
};

/** One received payload type. */
struct sdp_map {
	uint8_t pt;
	const struct mx_codec *codec;
};

/** What both sides agreed on: all the media side needs. */
struct sdp_audio {
	const struct mx_codec *codec;   /* what we send */
	uint8_t pt;                     /* with this number */
	struct mx_codec_par par;        /* as the peer wants it */
	struct sdp_map recv[SDP_MAP_MAX];       /* what we may get, one rate_hz */
	uint8_t n_recv;
	struct { uint8_t pt; uint32_t clock_hz; } event[SDP_EVENTS_MAX];
	uint8_t n_event;                /* telephone-event that we may get */
	uint8_t event_pt;               /* to send events with the codec's clock,
					 * MX_PT_NONE when not agreed on */
	uint8_t cn_pt;                  /* comfort noise (RFC 3389), either way;
					 * 0: not agreed on */
	uint8_t ext[SDP_EXTS];          /* numbers of header extensions; 0: not
					 * agreed on */
	uint16_t ptime_ms;              /* of what we send */
	enum sdp_dir dir;               /* our view: bit 0 we send, 1 we receive */
	bool hold;                      /* the peer put us on hold: sendonly,
					 * inactive, c=0.0.0.0 or port 0 */
	union addr rtp, rtcp;           /* where to send; unset on c=0.0.0.0 and
					 * on port 0 */
	bool rtcp_mux;
};

/** Sets up local with all our codecs, ptime 20, sendrecv and a random session
 *  id; address and ports are the caller's to set. */
void sdp_local_init(struct sdp_local *local);

/** A copy for keeping while nothing is said: it takes a tenth of the memory.
 *  free() frees it. NULL: no memory. */
struct sdp_packed *sdp_local_pack(const struct sdp_local *local);
void sdp_local_unpack(struct sdp_local *local, const struct sdp_packed *packed);

/**
 * Sets local's codecs from a list of names by comma, preferred first:
 * "PCMU,PCMA,L16/16000".
 *
 * @return 0; -EINVAL for an empty list or a codec that we do not have, and
 *         local is untouched
 */
int sdp_local_codecs(struct sdp_local *local, const char *list);

/**
 * Makes our answer to an offer.
 *
 * The first audio stream with a codec of ours is taken, RTP/AVP before
 * RTP/AVPF, and in a running session the one that we have; every other m= line
 * is answered with port 0 as RFC 3264 6 wants. Of the codecs that both sides
 * have the peer's first one is sent (RFC 3264 6.1), and all of that sample rate
 * stay receivable. In a running session an offer with port 0 is answered so,
 * and *audio says inactive.
 *
 * @return the answer's length in text[size], and *audio is what was agreed;
 *         -ENOTSUP (no usable audio: 488), -EPROTONOSUPPORT (only transports we
 *         do not have, e.g. RTP/SAVP: 488), -EADDRNOTAVAIL (an address family
 *         or kind we cannot reach: 488 with Warning 300/301), -ENOSPC. On an
 *         error local and *audio are untouched
 */
int sdp_answer(struct sdp_local *local, const struct sdp *offer,
	       struct sdp_audio *audio, char *text, size_t size);

/**
 * Makes an offer of all that local can do, what is in use first. The same text
 * with the same version again (for a refresh) if nothing has changed. m= lines
 * of the peer that we refused stay refused.
 *
 * @return its length in text[size], or -ENOSPC
 */
int sdp_offer(struct sdp_local *local, char *text, size_t size);

/** Takes the peer's answer to our last offer. 0, or as sdp_answer(). */
int sdp_accept(struct sdp_local *local, const struct sdp *answer,
	       struct sdp_audio *audio);

#endif
