/*
 * offer.h - whose turn it is in the exchange of offers and answers (RFC 3264,
 * RFC 6337): at most one offer is open in a dialog at any time, and what a
 * second one gets depends on who made the first. Pure.
 */
#ifndef SIP_OFFER_H
#define SIP_OFFER_H

#include <stdbool.h>

enum offer_state {
	OFFER_IDLE,     /* none is open */
	OFFER_THEIRS,   /* theirs waits for our answer */
	OFFER_OURS      /* ours waits for their answer */
};

struct offer {
	enum offer_state state;
	bool agreed;    /* at least one has been answered */
};

/** They make an offer: 0, or the status that it must be refused with: 491 if
 *  ours is open, 500 (with Retry-After) if theirs is (RFC 3261 14.2, RFC 3311
 *  5.2). */
int offer_from_peer(struct offer *o);
/** We make one: 0, or -EBUSY while one is open. */
int offer_from_us(struct offer *o);
/** The open offer was answered. */
void offer_answered(struct offer *o);
/** The open offer was refused or taken back: all is as before. */
void offer_dropped(struct offer *o);

#endif
