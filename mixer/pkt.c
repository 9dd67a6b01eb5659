/* pkt.c - a pool of packet slots: a stack of those given back, and behind it
 * those never used yet, whose memory the kernel has not had to find. The stack
 * lies apart from the slots, so that to take one does not touch it. */
#include "pkt.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct mx_pool {
	struct mx_pkt *slots;           /* [n], one block */
	struct mx_pkt **free;           /* [n], a stack: the one given back last
					 * is the one still in the cache */
	size_t n, n_free, used;
	size_t fresh;                   /* slots from here on are untouched */
};

int mx_pool_new(struct mx_pool **poolp, size_t n)
{
	struct mx_pool *pool;

	if (n < 1)
		return -EINVAL;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	pool->slots = calloc(n, sizeof(*pool->slots));
	pool->free = calloc(n, sizeof(struct mx_pkt *));
	if (!pool->slots || !pool->free) {
		mx_pool_free(pool);
		return -ENOMEM;
	}
	pool->n = n;
	*poolp = pool;
	return 0;
}

void mx_pool_free(struct mx_pool *pool)
{
	if (!pool)
		return;
	assert(pool->used == 0);        /* somebody would use freed memory */
	free(pool->free);
	free(pool->slots);
	free(pool);
}

struct mx_pkt *mx_pool_get(struct mx_pool *pool)
{
	struct mx_pkt *pkt;

	if (pool->n_free > 0)
		pkt = pool->free[--pool->n_free];
	else if (pool->fresh < pool->n)
		pkt = &pool->slots[pool->fresh++];
	else
		return NULL;
	pool->used++;
	return pkt;
}

void mx_pool_put(struct mx_pool *pool, struct mx_pkt *pkt)
{
	if (!pkt)
		return;
	assert(pkt >= pool->slots && pkt < pool->slots + pool->n);
	assert(pool->used > 0);
	pool->free[pool->n_free++] = pkt;
	pool->used--;
}

size_t mx_pool_used(const struct mx_pool *pool)
{
	return pool->used;
}
