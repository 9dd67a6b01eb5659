/*
 * jbuf_ring.h - the packets waiting in a jitter buffer, in order of their place
 * in the stream. Part of the jitter buffer.
 */
#ifndef MX_JBUF_RING_H
#define MX_JBUF_RING_H

#include <stdint.h>

#include "codec.h"
#include "pkt.h"

enum { MX_RING_MAX = 64 };      /* 1.28 s of 20 ms packets */

struct mx_ring_slot {
	int64_t pos;            /* media time of the first sample */
	struct mx_pkt *pkt;
	const struct mx_codec *codec;   /* as mapped when it came */
	uint32_t len;           /* samples */
	uint16_t seq;           /* the packet's */
};

struct mx_ring {
	unsigned n;
	struct mx_ring_slot slot[MX_RING_MAX];  /* [0] is due next */
};

/** Files a slot; there must be room. */
void mx_ring_put(struct mx_ring *r, const struct mx_ring_slot *slot);
/** Takes the first one out; there must be one. */
struct mx_ring_slot mx_ring_take(struct mx_ring *r);

#endif
