/* latch.c - see latch.h */
#include "latch.h"

#include <string.h>

enum { SEQ_STEP_MAX = 16 };     /* lost packets that a candidate may have */

bool latch_set(struct latch *l, const union addr *signalled,
	       const union addr *signalling, bool learn, int64_t now_us)
{
	bool same = !addr_is_set(signalled) ||
		(addr_is_set(&l->signalled) &&
		 addr_same(signalled, &l->signalled));
	bool first = l->until_us == 0;

	l->signalling = *signalling;
	l->learn = learn;
	if (same && !first)
		return false;

	if (addr_is_set(signalled))
		l->signalled = *signalled;
	l->old = l->fixed ? l->peer : (union addr){ 0 };
	l->old_until_us = now_us + LATCH_MOVE_US;
	l->fixed = false;
	l->until_us = now_us + LATCH_WINDOW_US;
	memset(&l->cand, 0, sizeof(l->cand));
	return true;
}

/* Counts packets of one stream from one source; true when they are enough. */
static bool proves_itself(struct latch *l, const union addr *from,
			  uint32_t ssrc, uint16_t seq)
{
	uint16_t step = (uint16_t)(seq - l->cand.seq);

	if (l->cand.n == 0 || !addr_same(&l->cand.from, from) ||
	    l->cand.ssrc != ssrc || step == 0 || step > SEQ_STEP_MAX) {
		l->cand.from = *from;
		l->cand.ssrc = ssrc;
		l->cand.n = 0;
	}
	l->cand.seq = seq;
	return ++l->cand.n >= LATCH_PROOF;
}

static bool is_moving(const struct latch *l, const union addr *from,
		      int64_t now_us)
{
	return now_us < l->old_until_us && addr_is_set(&l->old) &&
		addr_same(&l->old, from) && !addr_same(&l->signalled, from);
}

enum latch_verdict latch_check(struct latch *l, const union addr *from,
			       uint32_t ssrc, uint16_t seq, int64_t now_us)
{
	if (l->fixed)
		return addr_same(&l->peer, from) ? LATCH_TAKE : LATCH_DROP;
	if (is_moving(l, from, now_us))
		return LATCH_TAKE;
	if (addr_same(&l->signalled, from) ||
	    (l->learn && now_us < l->until_us &&
	     (addr_same_ip(&l->signalling, from) ||
	      proves_itself(l, from, ssrc, seq)))) {
		l->fixed = true;
		l->peer = *from;
		return LATCH_FIX;
	}
	return LATCH_DROP;
}

bool latch_allows_rtcp(const struct latch *l, const union addr *from)
{
	return addr_same_ip(latch_peer(l), from);
}

const union addr *latch_peer(const struct latch *l)
{
	return l->fixed ? &l->peer : &l->signalled;
}
