/*
 * hash.h - a hash table from strings to objects, through a member of the
 * object. The table owns neither objects nor keys; it grows by itself.
 * One thread.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_node {
	struct hash_node *next;
	const char *key;        /* the object's own string */
	uint32_t sum;
};

struct hash {
	struct hash_node **slots;
	size_t n_slots, n;
	uint64_t seed;          /* random: keys come from outside */
};

/** 0 or -ENOMEM. */
int hash_init(struct hash *h);
void hash_fini(struct hash *h);
/** Adds node under key, which must live as long as the node. 0 or -ENOMEM;
 *  the caller makes sure that the key is not there yet. */
int hash_add(struct hash *h, struct hash_node *node, const char *key);
/** Takes node out; it must be in. */
void hash_del(struct hash *h, struct hash_node *node);
/** The node under key, or NULL. */
struct hash_node *hash_find(const struct hash *h, const char *key);
/** Calls fn for every node; fn may take that node out and free it. */
void hash_each(struct hash *h, void (*fn)(struct hash_node *, void *),
	       void *arg);

#endif
