/*
 * gate.h - is there anything in a stream that is worth decoding?
 *
 * Every packet gets a loudness, in dB, 127 being full scale: what its sender
 * says (RFC 6464), else what its codec makes of it without a decoder, see
 * mx_codec_loud(). How loud the background is follows from these alone, since
 * not all of them are of one scale; what stands out from it is a reason to
 * listen. A correction is learnt whenever the port falls asleep, when both the
 * guess and the truth are known, so that ports may be compared.
 *
 * Plain data of one thread: embed it and zero it.
 */
#ifndef MX_GATE_H
#define MX_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "codec.h"
#include "level.h"
#include "pkt.h"

struct mx_dsp;

enum {
	/* Up to -66 dBov nobody misses anything. */
	MX_GATE_SILENT = MX_LEVEL_SILENCE - 66,
	/* A packet so much louder than the background stands out: less than
	 * what talk.h calls loud, since a packet is more than its frame. */
	MX_GATE_OVER_DB = 6,
	MX_GATE_HOLD_US = 500000        /* what stood out is listened to for so
					 * long; longer than it can wait */
};

struct mx_gate {
	const struct mx_codec *codec;   /* of the last packet */
	struct mx_codec_ear ear;
	uint8_t loud;                   /* the last packet */
	uint8_t floor;                  /* the background, as far as it is not
					 * silent */
	uint8_t rise;                   /* packets since it was raised */
	int8_t bias;                    /* truth less guess */
	int64_t loud_us;                /* arrival of what stood out last */
};

/** Judges a packet; trusted: its level may be believed. True: it stands out. */
bool mx_gate_put(struct mx_gate *g, const struct mx_codec *codec,
		 const struct mx_dsp *dsp, const struct mx_pkt *pkt,
		 bool trusted);
/** How loud the last packet is likely to be if it were decoded. */
uint8_t mx_gate_loud(const struct mx_gate *g);
/** The stream was decoded until now, and its background was so loud. */
void mx_gate_learn(struct mx_gate *g, uint8_t loud);

#endif
