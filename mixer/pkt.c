/*
 * pkt.c - a pool of packet slots: for each size a stack of those given back, and
 * behind it those never used yet, whose memory the kernel has not had to find.
 * The stacks lie apart from the slots, so that to take one does not touch it.
 *
 * The smallest size is what most phones send; a long packet is rare, and a slot
 * for the longest one would take ten times the memory of what is in it.
 */
#include "pkt.h"

#include "line.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SIZES = 3 };

/* Of whole slots, in bytes: 20 ms of G.711 or G.722 in three cache lines, 20 ms
 * of L16 at 16 kHz or 80 ms of G.711, anything. */
static const size_t slot_size[SIZES] = {
	192, 704, (sizeof(struct mx_pkt) + MX_LINE - 1) / MX_LINE * MX_LINE
};

struct stack {
	unsigned char *block;           /* with room to align what is in it: */
	unsigned char *slots;           /* [n] of slot_size each */
	struct mx_pkt **free;           /* [n], a stack: the one given back last
					 * is the one still in the cache */
	size_t n_free;
	size_t fresh;                   /* slots from here on are untouched */
};

struct mx_pool {
	struct stack stack[SIZES];
	size_t n, used;                 /* of all sizes together */
};

static int make_stack(struct stack *st, size_t n, size_t size)
{
	/* not malloc(): the kernel need not find what is not touched yet */
	st->block = calloc(n + 1, size);
	st->free = calloc(n, sizeof(struct mx_pkt *));
	if (!st->block || !st->free)
		return -ENOMEM;
	st->slots = st->block + (MX_LINE - (uintptr_t)st->block % MX_LINE);
	return 0;
}

int mx_pool_new(struct mx_pool **poolp, size_t n)
{
	struct mx_pool *pool;
	int err = 0;

	if (n < 1)
		return -EINVAL;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	pool->n = n;
	for (int i = 0; !err && i < SIZES; i++)
		err = make_stack(&pool->stack[i], n, slot_size[i]);
	if (err) {
		mx_pool_free(pool);
		return err;
	}
	*poolp = pool;
	return 0;
}

void mx_pool_free(struct mx_pool *pool)
{
	if (!pool)
		return;
	assert(pool->used == 0);        /* somebody would use freed memory */
	for (int i = 0; i < SIZES; i++) {
		free(pool->stack[i].free);
		free(pool->stack[i].block);
	}
	free(pool);
}

/* Each size has as many slots as may be in use of all sizes. */
static struct mx_pkt *take(struct mx_pool *pool, int i)
{
	struct stack *st = &pool->stack[i];

	if (pool->used == pool->n)
		return NULL;
	pool->used++;
	if (st->n_free > 1)     /* it will be written to, come the next packet */
		mx_prefetch(st->free[st->n_free - 2], slot_size[0]);
	if (st->n_free > 0)
		return st->free[--st->n_free];
	return (struct mx_pkt *)(void *)(st->slots +
					 st->fresh++ * slot_size[i]);
}

struct mx_pkt *mx_pool_get(struct mx_pool *pool)
{
	return take(pool, SIZES - 1);
}

struct mx_pkt *mx_pool_keep(struct mx_pool *pool, const struct mx_pkt *pkt)
{
	const size_t head = offsetof(struct mx_pkt, data);
	struct mx_pkt *copy;
	int i = 0;

	assert(pkt->off + pkt->len <= MX_PKT_SIZE);
	while (slot_size[i] < head + pkt->len)
		i++;
	copy = take(pool, i);
	if (!copy)
		return NULL;
	memcpy(copy, pkt, head);
	memcpy(copy->data, pkt->data + pkt->off, pkt->len);
	copy->off = 0;
	return copy;
}

static int size_of(const struct mx_pool *pool, const struct mx_pkt *pkt)
{
	uintptr_t at = (uintptr_t)pkt;

	for (int i = 0; i < SIZES; i++) {
		uintptr_t first = (uintptr_t)pool->stack[i].slots;

		if (at >= first && at < first + pool->n * slot_size[i])
			return i;
	}
	assert(0);      /* it is another pool's */
	return -EINVAL;
}

void mx_pool_put(struct mx_pool *pool, struct mx_pkt *pkt)
{
	struct stack *st;

	if (!pkt)
		return;
	st = &pool->stack[size_of(pool, pkt)];
	assert(pool->used > 0);
	st->free[st->n_free++] = pkt;
	pool->used--;
}

size_t mx_pool_used(const struct mx_pool *pool)
{
	return pool->used;
}
