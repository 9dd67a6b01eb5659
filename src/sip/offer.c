/* offer.c - see offer.h */
#include "offer.h"

#include <errno.h>

int offer_from_peer(struct offer *o)
{
	switch (o->state) {
	case OFFER_OURS:
		return 491;
	case OFFER_THEIRS:
		return 500;
	case OFFER_IDLE:
		break;
	}
	o->state = OFFER_THEIRS;
	return 0;
}

int offer_from_us(struct offer *o)
{
	if (o->state != OFFER_IDLE)
		return -EBUSY;
	o->state = OFFER_OURS;
	return 0;
}

void offer_answered(struct offer *o)
{
	o->state = OFFER_IDLE;
	o->agreed = true;
}

void offer_dropped(struct offer *o)
{
	o->state = OFFER_IDLE;
}
