/*
 * bucket.c - see bucket.h.
 *
 * The table has WAYS places for each hash value; a source without one takes
 * the place of the one there that was heard least recently. An attacker with
 * very many addresses can so win fresh buckets, never memory.
 */
#include "bucket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"

enum { SETS = 1024, WAYS = 4, KEY_LEN = 8, ONE = 1000000 };

struct bucket {
	unsigned char key[KEY_LEN];
	int64_t heard_us;               /* 0: free */
	int64_t calls, refusals;        /* tokens of either, in millionths */
};

struct buckets {
	uint32_t rate;
	uint32_t seed;                  /* random: addresses come from outside */
	struct bucket at[SETS][WAYS];
};

int buckets_new(struct buckets **bp, uint32_t rate)
{
	struct buckets *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->rate = rate;
	b->seed = id_rand32();
	*bp = b;
	return 0;
}

void buckets_free(struct buckets *b)
{
	free(b);
}

static void key_of(unsigned char key[static KEY_LEN], const union addr *a)
{
	memset(key, 0, KEY_LEN);
	if (a->sa.sa_family == AF_INET6)
		memcpy(key, &a->in6.sin6_addr, 8);
	else
		memcpy(key + 4, &a->in.sin_addr, 4);
}

/* The bucket of key; a full new one if it had none. */
static struct bucket *find(struct buckets *b,
			   const unsigned char key[static KEY_LEN])
{
	uint32_t sum = 2166136261u ^ b->seed;
	struct bucket *set, *oldest;

	for (unsigned i = 0; i < KEY_LEN; i++)
		sum = (sum ^ key[i]) * 16777619u;
	set = b->at[(sum ^ sum >> 15) % SETS];
	oldest = set;
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].heard_us && !memcmp(set[i].key, key, KEY_LEN))
			return &set[i];
		if (set[i].heard_us < oldest->heard_us)
			oldest = &set[i];
	}
	memcpy(oldest->key, key, KEY_LEN);
	oldest->heard_us = 0;
	oldest->calls = oldest->refusals = (int64_t)b->rate * ONE;
	return oldest;
}

static int64_t refill(int64_t tokens, int64_t more, int64_t full)
{
	return tokens + more < full ? tokens + more : full;
}

enum bucket_answer bucket_take(struct buckets *b, const union addr *source,
			       int64_t now_us)
{
	const int64_t full = (int64_t)b->rate * ONE;
	unsigned char key[KEY_LEN];
	struct bucket *k;
	int64_t idle_us, more;

	key_of(key, source);
	k = find(b, key);
	idle_us = k->heard_us ? now_us - k->heard_us : 0;
	k->heard_us = now_us;
	/* after a second any bucket is full */
	more = idle_us < ONE ? idle_us * b->rate : full;
	k->calls = refill(k->calls, more, full);
	k->refusals = refill(k->refusals, more, full);

	if (k->calls >= ONE) {
		k->calls -= ONE;
		return BUCKET_PASS;
	}
	if (k->refusals >= ONE) {
		k->refusals -= ONE;
		return BUCKET_REFUSE;
	}
	return BUCKET_DROP;
}
