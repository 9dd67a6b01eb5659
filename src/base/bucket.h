/*
 * bucket.h - how often a source may do something (call, guess a PIN): a token
 * bucket for each IP address (IPv6: each /64), in a table of fixed size. Time is
 * an argument.
 */
#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

struct buckets;

enum bucket_answer {
	BUCKET_PASS,
	BUCKET_REFUSE,  /* too many: say so */
	BUCKET_DROP     /* so many that even answering is too much */
};

/** n times a period from a source, as many at once; a million and an hour at
 *  most. 0 or -ENOMEM. */
int buckets_new(struct buckets **bp, uint32_t n, int64_t period_us);
void buckets_free(struct buckets *b);
/** Once more from this source at now_us. */
enum bucket_answer bucket_take(struct buckets *b, const union addr *source,
			       int64_t now_us);

/** The other way to use one, where only the outcome tells what is to be paid:
 *  may it begin, and afterwards, that was one. What is spent over the limit is
 *  a debt that has to be waited for. */
bool bucket_is_empty(struct buckets *b, const union addr *source,
		     int64_t now_us);
void bucket_spend(struct buckets *b, const union addr *source, int64_t now_us);

#endif
