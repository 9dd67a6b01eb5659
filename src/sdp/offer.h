/*
 * offer.h - offer/answer (RFC 3264) for a leg with one audio stream.
 *
 * A struct sdp_local is what this leg can do and where it listens; a struct
 * sdp_audio is what was agreed on, compiled for the media side so that a
 * packet never meets a string. Pure functions, no allocation.
 *
 * A payload type means one thing for as long as the leg lives (RFC 3264
 * 8.3.2): numbers once used are remembered in sdp_local and given to nothing
 * else.
 */
#ifndef SDP_OFFER_H
#define SDP_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mixer/codec.h"
#include "sdp.h"

enum { SDP_CODECS_MAX = 16, SDP_MAP_MAX = 16 };

/** A leg's own side, kept for its whole life. */
struct sdp_local {
	const struct mx_codec *codecs[SDP_CODECS_MAX];  /* preferred first */
	uint8_t n_codecs;
	union addr addr;                /* what we put into c= */
	uint16_t rtp_port, rtcp_port;
	uint16_t ptime_ms;              /* what we offer and say, usually 20 */
	enum sdp_dir dir;               /* what we want, usually sendrecv */
	uint64_t sess_id, sess_ver;     /* o=; ver goes up when the text changes */
	struct {                        /* what each number has meant so far */
		const struct mx_codec *codec;   /* NULL: telephone-event if clock */
		uint32_t clock_hz;              /* 0: never used */
	} pt[128];
	char last[2048];                /* our last description, to compare */
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
	struct sdp_map recv[SDP_MAP_MAX];       /* what we may get, one rate_hz */
	uint8_t n_recv;
	struct { uint8_t pt; uint32_t clock_hz; } event[4]; /* telephone-event
					 * that we may get, one a clock rate */
	uint8_t n_event;
	uint8_t event_pt;               /* to send events with the codec's clock,
					 * MX_PT_NONE when not agreed on */
	uint16_t ptime_ms;              /* of what we send */
	enum sdp_dir dir;               /* our view: bit 0 we send, 1 we receive */
	bool hold;                      /* the peer put us on hold: sendonly,
					 * inactive, or c=0.0.0.0 */
	union addr rtp, rtcp;           /* where to send; unset on c=0.0.0.0 */
	bool rtcp_mux;
};

/** Sets up local with all our codecs; addr, ports and so on are the caller's. */
void sdp_local_init(struct sdp_local *local);

/**
 * Makes our answer to an offer.
 *
 * The first audio stream with a codec of ours is taken, every other m= line is
 * answered with port 0 as RFC 3264 6 wants. Our preference decides among the
 * offered codecs unless the peer's order is to be followed (it is: RFC 3264
 * 6.1); all codecs of that sample rate stay receivable.
 *
 * @return the answer's length in text[size], and *audio is what was agreed;
 *         -ENOTSUP (no usable audio: 488), -EPROTONOSUPPORT (only transports we
 *         do not have, e.g. RTP/SAVP: 488), -EADDRNOTAVAIL (an address family
 *         or kind we cannot reach: 488 with Warning 300/301), -ENOSPC
 */
int sdp_answer(struct sdp_local *local, const struct sdp *offer,
	       struct sdp_audio *audio, char *text, size_t size);

/** Makes an offer of all that local can do (or the same again, for a refresh).
 *  Its length, or -ENOSPC. */
int sdp_offer(struct sdp_local *local, char *text, size_t size);

/** Takes the peer's answer to our last offer. 0, or as sdp_answer(). */
int sdp_accept(struct sdp_local *local, const struct sdp *answer,
	       struct sdp_audio *audio);

#endif
