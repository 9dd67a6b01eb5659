/* trust.c - see trust.h */
#include "trust.h"

#include <stdlib.h>

#include "level.h"

/* 2^32 * 10^(-level / 10), of the first ten; each ten more are a tenth. */
static uint64_t power_of(uint8_t level)
{
	static const uint32_t first[10] = {
		4294967295u, 3411613797u, 2709942196u, 2152582779u,
		1709855437u, 1358187913u, 1078847844u, 856960398u,
		680706387u, 540702642u
	};
	uint64_t power = first[level % 10];

	for (unsigned tens = level / 10; tens > 0; tens--)
		power /= 10;
	return power;
}

/* The mean of the second as a level; of which mx_level() makes the same when
 * it is given samples of that power. */
static uint8_t level_said(const struct mx_trust *t)
{
	uint64_t mean = t->said / t->frames;    /* of 2^32; full scale is 2^30 */

	return mx_level(mean, 4);
}

static void judge(struct mx_trust *t)
{
	int said = level_said(t), heard = mx_level(t->energy, t->samples);

	if (said > MX_TRUST_QUIET && heard > MX_TRUST_QUIET)
		return;
	t->ok = abs(said - heard) <= MX_TRUST_DB;
}

void mx_trust_put(struct mx_trust *t, uint8_t level, uint64_t energy,
		  uint32_t samples)
{
	t->energy += energy;
	t->samples += samples;
	t->said += power_of(level);
	if (++t->frames < MX_TRUST_FRAMES)
		return;
	judge(t);
	t->energy = t->said = 0;
	t->samples = t->frames = 0;
}
