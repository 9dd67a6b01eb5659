/*
 * pace.h - how much one call may ask of us.
 *
 * What passes, rate a second, is two seconds' worth at once at the most. What
 * goes over it is refused, as often again; whoever does not mind is no phone,
 * and ends his call. So the transactions that one call keeps in memory have a
 * bound. Plain data: embed and zero; time is an argument.
 */
#ifndef SIP_PACE_H
#define SIP_PACE_H

#include <stdint.h>

enum { PACE_PASSES_S = 2, PACE_REFUSALS_S = 10 };

enum pace_answer { PACE_PASS, PACE_REFUSE, PACE_END };

struct pace {
	int64_t looked_us;              /* 0: never */
	int64_t passes, refusals;       /* millionths */
};

/** One more request at now_us; rate 0: any number passes. */
enum pace_answer pace_take(struct pace *p, uint32_t rate, int64_t now_us);

#endif
