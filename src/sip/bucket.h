/*
 * bucket.h - how many new calls a source may make: a token bucket for each IP
 * address (IPv6: each /64), in a table of fixed size. Time is an argument.
 */
#ifndef SIP_BUCKET_H
#define SIP_BUCKET_H

#include <stdint.h>

#include "base/addr.h"

struct buckets;

enum bucket_answer {
	BUCKET_PASS,
	BUCKET_REFUSE,  /* too many: say so */
	BUCKET_DROP     /* so many that even answering is too much */
};

/** rate new calls a second from a source, as many at once. 0 or -ENOMEM. */
int buckets_new(struct buckets **bp, uint32_t rate);
void buckets_free(struct buckets *b);
/** One more call from this source at now_us. */
enum bucket_answer bucket_take(struct buckets *b, const union addr *source,
			       int64_t now_us);

#endif
