/* plc.c - loss concealment by the last pitch period. */
#include "plc.h"

#include <string.h>

#include "wsola.h"

/* Below this likeness (0.5 squared) there is no pitch; the longest cycle then
 * buzzes least. */
enum { VOICED_Q15 = MX_MATCH_ONE / 4 };

static size_t samples(const struct mx_plc *p, uint32_t us)
{
	return (size_t)((uint64_t)p->rate_hz * us / 1000000);
}

static int16_t clip16(int32_t v)
{
	return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

void mx_plc_begin(struct mx_plc *p, const int16_t *end)
{
	size_t max = samples(p, MX_PLC_LAG_MAX_US);
	size_t w = samples(p, MX_PLC_WINDOW_US);
	struct mx_match m = mx_wsola_find(end - w, w, -1, max,
					  samples(p, MX_PLC_LAG_MIN_US),
					  p->rate_hz > 8000 ? p->rate_hz / 8000 : 1);
	size_t lap;

	p->len = m.q15 >= VOICED_Q15 ? m.lag : max;
	p->pos = p->made = 0;
	memcpy(p->cycle, end - p->len, p->len * sizeof(*p->cycle));
	/* The last quarter goes over into what came before the cycle, so that
	 * its end fits its begin. */
	lap = p->len / 4;
	mx_wsola_fade(p->cycle + p->len - lap, end - lap, end - p->len - lap, lap);
	/* The very first time it is the real end that has to fit. */
	p->step = end[-1] - end[-1 - (ptrdiff_t)p->len];
}

/** Q15 gain of the sample number i. */
static int32_t gain(size_t i, size_t hold, size_t fade)
{
	if (i < hold)
		return 1 << 15;
	if (i >= fade)
		return 0;
	return (int32_t)(((fade - i) << 15) / (fade - hold));
}

void mx_plc_make(struct mx_plc *p, int16_t *out, size_t n)
{
	size_t hold = samples(p, MX_PLC_HOLD_US);
	size_t fade = samples(p, MX_PLC_FADE_US);
	size_t lap = p->len / 4;

	for (size_t i = 0; i < n; i++, p->made++) {
		int32_t v = p->cycle[p->pos];

		if (p->made < lap)
			v += p->step * (int32_t)(lap - p->made) / (int32_t)(lap + 1);
		out[i] = clip16((int32_t)((int64_t)v *
			gain(p->made, hold, fade) >> 15));
		if (++p->pos == p->len)
			p->pos = 0;
	}
}

bool mx_plc_is_silent(const struct mx_plc *p)
{
	return p->made >= samples(p, MX_PLC_FADE_US);
}
