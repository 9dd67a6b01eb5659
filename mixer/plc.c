/* plc.c - loss concealment by prediction and pitch, from one side. */
#include "plc.h"

#include <math.h>
#include <string.h>

#include "plc_int.h"
#include "wsola.h"

enum {
	LPC_US = 25000,
	HISTORY_MAX = 48 * MX_PLC_HISTORY_US / 1000
};

/* Below this likeness there is no pitch, above the other there is nothing but:
 * found with recorded speech, lower than one would think. */
static const float NOISE_ONLY = 0.05f, PITCH_ONLY = 0.25f;
static const float DECAY = 0.97f;       /* a period after the first two */

size_t mx_plc_samples(const struct mx_plc *p, uint32_t us)
{
	return (size_t)((uint64_t)p->rate_hz * us / 1000000);
}

void mx_plc_start(struct mx_plc *p, const int16_t *end, size_t n,
		  const struct mx_match *pitch)
{
	float x[HISTORY_MAX];
	size_t window = mx_plc_samples(p, LPC_US), order, kept;
	float e = 0;

	for (size_t i = 0; i < n; i++)
		x[i] = end[(ptrdiff_t)i - (ptrdiff_t)n];
	if (window > n)
		window = n;
	mx_lpc_find(&p->lpc, x + n - window, window, p->rate_hz);
	order = p->lpc.order;

	kept = mx_plc_samples(p, MX_PLC_LAG_MAX_US);
	if (kept > n - order)
		kept = n - order;
	mx_lpc_residual(&p->lpc, x + n - kept, kept, p->cycle);
	for (size_t i = 0; i < order; i++)
		p->memory[i] = x[n - 1 - i];

	p->kept = (uint16_t)kept;
	p->lag = (uint16_t)(pitch->lag < kept ? pitch->lag : kept);
	p->likeness = sqrtf((float)pitch->q15 / MX_MATCH_ONE);
	for (size_t i = kept - p->lag; i < kept; i++)
		e += p->cycle[i] * p->cycle[i];
	p->noise = sqrtf(e / (float)p->lag);
	p->made = 0;
}

void mx_plc_begin(struct mx_plc *p, const int16_t *end)
{
	size_t w = mx_plc_samples(p, MX_PLC_WINDOW_US);
	struct mx_match pitch = mx_wsola_find(end - w, w, -1,
		mx_plc_samples(p, MX_PLC_LAG_MAX_US),
		mx_plc_samples(p, MX_PLC_LAG_MIN_US),
		p->rate_hz > 8000 ? p->rate_hz / 8000 : 1);

	mx_plc_start(p, end, mx_plc_samples(p, MX_PLC_HISTORY_US), &pitch);
}

/** Uniform, of rms 1. */
static float noise(struct mx_plc *p)
{
	p->seed = p->seed * 1664525 + 1013904223;
	return ((float)(p->seed >> 8) / (1 << 23) - 1) * 1.7320508f;
}

static float gain(size_t i, size_t hold, size_t fade)
{
	return i < hold ? 1 : i >= fade ? 0 :
		(float)(fade - i) / (float)(fade - hold);
}

/** How much of the excitation is its last period. */
static float voiced(const struct mx_plc *p)
{
	float v = (p->likeness - NOISE_ONLY) / (PITCH_ONLY - NOISE_ONLY);

	return v < 0 ? 0 : v > 1 ? 1 : v;
}

void mx_plc_run(struct mx_plc *p, float *out, size_t n)
{
	size_t hold = mx_plc_samples(p, MX_PLC_HOLD_US);
	size_t fade = mx_plc_samples(p, MX_PLC_FADE_US);
	const float *cycle = p->cycle + p->kept - p->lag;
	float v = voiced(p), u = sqrtf(1 - v * v) * p->noise, level = 1;
	size_t pos = p->made % p->lag, periods = p->made / p->lag;
	unsigned order = p->lpc.order;

	for (size_t i = 2; i <= periods; i++)
		level *= DECAY;
	for (size_t i = 0; i < n; i++, p->made++) {
		float y = v * cycle[pos];

		if (u > 0)
			y += u * noise(p);
		y *= level;
		for (unsigned k = 0; k < order; k++)
			y -= p->lpc.a[k] * p->memory[k];
		memmove(p->memory + 1, p->memory,
			(order - 1) * sizeof(*p->memory));
		p->memory[0] = y;
		out[i] = y * gain(p->made, hold, fade);
		if (++pos == p->lag) {
			pos = 0;
			level *= ++periods >= 2 ? DECAY : 1;
		}
	}
}

void mx_plc_make(struct mx_plc *p, int16_t *out, size_t n)
{
	enum { PIECE = 240 };
	float y[PIECE];

	for (size_t done = 0; done < n; done += PIECE) {
		size_t m = n - done < PIECE ? n - done : PIECE;

		mx_plc_run(p, y, m);
		for (size_t i = 0; i < m; i++)
			out[done + i] = mx_plc_round(y[i]);
	}
}

bool mx_plc_is_silent(const struct mx_plc *p)
{
	return p->made >= mx_plc_samples(p, MX_PLC_FADE_US);
}
