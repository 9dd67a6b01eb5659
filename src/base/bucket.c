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

#include "id.h"

enum { SETS = 1024, WAYS = 4, KEY_LEN = 8 };

#define IDLE_MAX_US (INT64_C(24) * 3600 * 1000000)     /* nothing overflows */

struct bucket {
	unsigned char key[KEY_LEN];
	int64_t heard_us;               /* 0: free */
	/* tokens of either; one is period_us, and n of them come in that time */
	int64_t passes, refusals;
};

struct buckets {
	int64_t n, period_us;
	uint32_t seed;                  /* random: addresses come from outside */
	struct bucket at[SETS][WAYS];
};

int buckets_new(struct buckets **bp, uint32_t n, int64_t period_us)
{
	struct buckets *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->n = n;
	b->period_us = period_us;
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
	oldest->passes = oldest->refusals = b->n * b->period_us;
	return oldest;
}

static int64_t refill(int64_t tokens, int64_t more, int64_t full)
{
	return tokens + more < full ? tokens + more : full;
}

/* The source's bucket with what has come into it until now. */
static struct bucket *look(struct buckets *b, const union addr *source,
			   int64_t now_us)
{
	const int64_t full = b->n * b->period_us;
	unsigned char key[KEY_LEN];
	struct bucket *k;
	int64_t idle_us;

	key_of(key, source);
	k = find(b, key);
	idle_us = k->heard_us ? now_us - k->heard_us : 0;
	if (idle_us > IDLE_MAX_US)
		idle_us = IDLE_MAX_US;
	k->heard_us = now_us;
	k->passes = refill(k->passes, idle_us * b->n, full);
	k->refusals = refill(k->refusals, idle_us * b->n, full);
	return k;
}

enum bucket_answer bucket_take(struct buckets *b, const union addr *source,
			       int64_t now_us)
{
	struct bucket *k = look(b, source, now_us);

	if (k->passes >= b->period_us) {
		k->passes -= b->period_us;
		return BUCKET_PASS;
	}
	if (k->refusals >= b->period_us) {
		k->refusals -= b->period_us;
		return BUCKET_REFUSE;
	}
	return BUCKET_DROP;
}

bool bucket_is_empty(struct buckets *b, const union addr *source,
		     int64_t now_us)
{
	return look(b, source, now_us)->passes < b->period_us;
}

void bucket_spend(struct buckets *b, const union addr *source, int64_t now_us)
{
	look(b, source, now_us)->passes -= b->period_us;
}
