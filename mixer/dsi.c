/* dsi.c - see dsi.h */
#include "dsi.h"

#include <math.h>

#include "level.h"

enum {
	STEP = 10,              /* dB of a level's step */
	MEDIUM_THRESHOLD = 7,   /* steps above which 20 ms are loud */
	LONG_THRESHOLD = 3,     /* of these above which a block is active */
	LEAST_WINDOW = 750,     /* levels: 15 s */
	NOISE_MAX = MX_LEVEL_SILENCE - MX_DSI_NOISE_MAX
};

/* By how much the logarithms of two scores must differ at least. */
static const float c_last = 3, c_medium = 2, c_longer = 0;

/*
 * Logarithms of the scores that n active ones of N get,
 *   ln C(N, n) + N ln 0.5 - ln lambda + lambda n, at least 1e-10,
 * with lambda 0.78, 24 and 47 for the three scales.
 */
static const float score_last[MX_DSI_STEPS + 1] = {
	-23.0259f, -23.0259f, -23.0259f, -23.0259f, -0.0728f,
	0.8319f, 1.2135f, 1.4220f, 1.5342f, 1.5748f, 1.5462f,
	1.4289f, 1.1514f, 0.3203f
};
static const float score_medium[MX_DSI_BLOCK + 1] = {
	-23.0259f, 2.9426f, 3.7764f, 4.2145f, 4.5105f, 4.7305f
};
static const float score_longer[MX_DSI_BLOCKS + 1] = {
	-23.0259f, 3.6950f, 4.4812f, 4.9116f,
	5.2087f, 5.4352f, 5.6177f, 5.7693f
};

/* The least level follows down at once, and up by half of the way, in the
 * middle of the two as a ratio, every 15 s. */
static void follow_least(struct mx_dsi *d, uint8_t loud)
{
	if (loud == 0)
		return;
	if (d->least == 0 || d->least > loud) {
		d->least = loud;
		d->least_next = 0;
		d->least_n = 0;
		return;
	}
	if (d->least_next == 0 || d->least_next > loud)
		d->least_next = loud;
	if (++d->least_n < LEAST_WINDOW)
		return;
	d->least = (uint8_t)sqrtf((float)d->least * (float)d->least_next);
	d->least_next = 0;
	d->least_n = 0;
}

void mx_dsi_put(struct mx_dsi *d, uint8_t level)
{
	uint8_t loud = (uint8_t)(MX_LEVEL_SILENCE - level);
	uint8_t noise;

	follow_least(d, loud);
	noise = d->least < NOISE_MAX ? d->least : NOISE_MAX;
	d->now.last = loud >= noise + STEP ? loud / STEP : 0;
	if (d->now.last > MEDIUM_THRESHOLD && d->hot < MX_DSI_BLOCK)
		d->hot++;
}

void mx_dsi_block(struct mx_dsi *d)
{
	d->now.medium = d->hot;
	d->blocks = (uint16_t)((d->blocks << 1 | (d->hot > LONG_THRESHOLD)) &
			       ((1 << MX_DSI_BLOCKS) - 1));
	d->now.longer = (uint8_t)__builtin_popcount(d->blocks);
	d->hot = 0;
}

void mx_dsi_rest(struct mx_dsi *d)
{
	d->now = (struct mx_dsi_now){ 0 };
	d->hot = 0;
	d->blocks = 0;
}

bool mx_dsi_is_still(const struct mx_dsi *d)
{
	return d->now.last == 0 && d->hot == 0 && d->blocks == 0 &&
		d->now.medium == 0;
}

float mx_dsi_lead(struct mx_dsi_now a, struct mx_dsi_now b)
{
	float last = score_last[a.last] - score_last[b.last];
	float medium = score_medium[a.medium] - score_medium[b.medium];
	float longer = score_longer[a.longer] - score_longer[b.longer];

	if (last > c_last && medium > c_medium && longer > c_longer)
		return medium;
	return 0;
}
