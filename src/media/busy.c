/* busy.c - see busy.h */
#include "busy.h"

#include "mixer/port.h"

void busy_put(struct busy_hist *h, int64_t us)
{
	int64_t step = us > 0 ? us / BUSY_STEP_US : 0;

	h->n[step < BUSY_STEPS ? step : BUSY_STEPS - 1]++;
	h->all++;
}

uint32_t busy_us(const struct busy_hist *h, unsigned percent)
{
	uint64_t want = ((uint64_t)h->all * percent + 99) / 100, below = 0;

	if (h->all == 0)
		return 0;
	for (uint32_t i = 0; i < BUSY_STEPS; i++) {
		below += h->n[i];
		if (below >= want)
			return (i + 1) * BUSY_STEP_US;
	}
	return BUSY_STEPS * BUSY_STEP_US;
}

bool busy_gate_open(struct busy_gate *g)
{
	bool was_shut = g->shut;

	*g = (struct busy_gate){ 0 };
	return was_shut;
}

bool busy_gate_put(struct busy_gate *g, uint32_t us, unsigned limit)
{
	uint32_t limit_us = limit * (MX_TICK_US / 100);

	if (!g->shut) {
		g->shut = limit > 0 && us > limit_us;
		return g->shut;
	}
	if (limit > 0 && us >= limit_us - limit_us / 10)
		g->low = 0;
	else if (++g->low == BUSY_OPENS)
		return busy_gate_open(g);
	return false;
}
