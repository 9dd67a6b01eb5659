/* pace.c - see pace.h */
#include "pace.h"

enum { ONE = 1000000, IDLE_MAX_US = 60 * 1000000 };

static void refill(int64_t *tokens, int64_t more, int64_t full)
{
	*tokens = *tokens + more < full ? *tokens + more : full;
}

enum pace_answer pace_take(struct pace *p, uint32_t rate, int64_t now_us)
{
	int64_t idle_us = p->looked_us ? now_us - p->looked_us : IDLE_MAX_US;

	if (rate == 0)
		return PACE_PASS;
	if (idle_us > IDLE_MAX_US)
		idle_us = IDLE_MAX_US;
	p->looked_us = now_us;
	refill(&p->passes, idle_us * rate, (int64_t)rate * PACE_PASSES_S * ONE);
	refill(&p->refusals, idle_us * rate,
	       (int64_t)rate * PACE_REFUSALS_S * ONE);
	if (p->passes >= ONE) {
		p->passes -= ONE;
		return PACE_PASS;
	}
	if (p->refusals >= ONE) {
		p->refusals -= ONE;
		return PACE_REFUSE;
	}
	return PACE_END;
}
