/* jbuf_ring.c - packets in order. They nearly always come in order, and few
 * wait, so a sorted array filed from its end is the fastest thing there is. */
#include "jbuf_ring.h"

#include <assert.h>
#include <string.h>

void mx_ring_put(struct mx_ring *r, const struct mx_ring_slot *slot)
{
	unsigned i = r->n;

	assert(r->n < MX_RING_MAX);
	for (; i > 0 && r->slot[i - 1].pos > slot->pos; i--)
		r->slot[i] = r->slot[i - 1];
	r->slot[i] = *slot;
	r->n++;
}

struct mx_ring_slot mx_ring_take(struct mx_ring *r)
{
	struct mx_ring_slot first = r->slot[0];

	assert(r->n > 0);
	r->n--;
	memmove(r->slot, r->slot + 1, r->n * sizeof(r->slot[0]));
	return first;
}
