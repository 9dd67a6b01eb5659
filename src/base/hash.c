/* hash.c - see hash.h. Chains; doubles when there is an element a slot. */
#include "hash.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "id.h"

enum { SLOTS_FIRST = 64 };

/* FNV-1a begun at a random value: enough to keep callers from choosing keys
 * that share a slot without knowing it. */
static uint32_t sum_of(const struct hash *h, const char *key)
{
	uint64_t sum = h->seed;

	for (; *key; key++)
		sum = (sum ^ (unsigned char)*key) * 1099511628211u;
	return (uint32_t)(sum ^ (sum >> 32));
}

int hash_init(struct hash *h)
{
	*h = (struct hash){ 0 };
	h->slots = calloc(SLOTS_FIRST, sizeof(struct hash_node *));
	if (!h->slots)
		return -ENOMEM;
	h->n_slots = SLOTS_FIRST;
	id_random(&h->seed, sizeof(h->seed));
	return 0;
}

void hash_fini(struct hash *h)
{
	free(h->slots);
	*h = (struct hash){ 0 };
}

static struct hash_node **slot_of(const struct hash *h, uint32_t sum)
{
	return &h->slots[sum & (h->n_slots - 1)];
}

static void push(struct hash *h, struct hash_node *node)
{
	struct hash_node **slot = slot_of(h, node->sum);

	node->next = *slot;
	*slot = node;
}

static int grow(struct hash *h)
{
	struct hash_node **old = h->slots;
	size_t n_old = h->n_slots;

	h->slots = calloc(n_old * 2, sizeof(struct hash_node *));
	if (!h->slots) {
		h->slots = old;
		return -ENOMEM;
	}
	h->n_slots = n_old * 2;
	for (size_t i = 0; i < n_old; i++) {
		for (struct hash_node *e = old[i], *next; e; e = next) {
			next = e->next;
			push(h, e);
		}
	}
	free(old);
	return 0;
}

int hash_add(struct hash *h, struct hash_node *node, const char *key)
{
	if (h->n >= h->n_slots && grow(h) < 0)
		return -ENOMEM;
	node->key = key;
	node->sum = sum_of(h, key);
	push(h, node);
	h->n++;
	return 0;
}

void hash_del(struct hash *h, struct hash_node *node)
{
	struct hash_node **pos = slot_of(h, node->sum);

	while (*pos != node) {
		assert(*pos);
		pos = &(*pos)->next;
	}
	*pos = node->next;
	node->next = NULL;
	h->n--;
}

struct hash_node *hash_find(const struct hash *h, const char *key)
{
	uint32_t sum = sum_of(h, key);

	for (struct hash_node *e = *slot_of(h, sum); e; e = e->next)
		if (e->sum == sum && strcmp(e->key, key) == 0)
			return e;
	return NULL;
}

void hash_each(struct hash *h, void (*fn)(struct hash_node *, void *),
	       void *arg)
{
	for (size_t i = 0; i < h->n_slots; i++) {
		for (struct hash_node *e = h->slots[i], *next; e; e = next) {
			next = e->next;
			fn(e, arg);
		}
	}
}
