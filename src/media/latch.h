/*
 * latch.h - whose packets a leg takes.
 *
 * Until a source is fixed, a leg takes what comes from the address that
 * signalling named. With learning on (phones behind NAT name an address that
 * is not theirs, RFC 7362) it takes, inside a window of ten seconds, the IP
 * that signalling itself comes from, and else any source once three packets
 * of one stream have come from it in a row. The first source that is taken is
 * fixed: the caller connects the socket, and the kernel drops everyone else.
 * A new address in signalling opens the window again; the same address, or
 * none (hold by c=0.0.0.0), leaves things as they are. The peer of before may
 * still be heard for a second then, but is not fixed anew in it: a phone that
 * moves sends from its old port until it has our answer (RFC 3264 8.3.1).
 *
 * Plain data, one thread, time is an argument: embed and zero.
 */
#ifndef LATCH_H
#define LATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

enum { LATCH_WINDOW_US = 10 * 1000000, LATCH_MOVE_US = 1000000,
       LATCH_PROOF = 3 };

struct latch {
	union addr signalled;   /* where signalling says that media comes from */
	union addr signalling;  /* where signalling itself comes from */
	bool learn;
	bool fixed;             /* peer is set, and nobody else is heard */
	union addr peer;
	int64_t until_us;       /* end of the window */
	union addr old;         /* the peer before signalling named another */
	int64_t old_until_us;   /* may still send, and is not fixed */
	struct {                /* a source that is proving itself */
		union addr from;
		uint32_t ssrc;
		uint16_t seq;
		unsigned n;
	} cand;
};

enum latch_verdict {
	LATCH_DROP,             /* a stranger */
	LATCH_TAKE,             /* from the fixed peer, or the old one */
	LATCH_FIX               /* take it; its source is the peer from now on */
};

/** What signalling says now. True if the source must be found anew: the caller
 *  disconnects the socket. */
bool latch_set(struct latch *l, const union addr *signalled,
	       const union addr *signalling, bool learn, int64_t now_us);

/** May this packet come in? Only good packets are asked about: RTP with a
 *  payload type that was agreed on. */
enum latch_verdict latch_check(struct latch *l, const union addr *from,
			       uint32_t ssrc, uint16_t seq, int64_t now_us);

/** May RTCP from this address come in? Its port is not known beforehand. */
bool latch_allows_rtcp(const struct latch *l, const union addr *from);

/** Where our packets go to; unset if that is not known yet. */
const union addr *latch_peer(const struct latch *l);

#endif
