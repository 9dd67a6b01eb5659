/*
 * limit.c - see limit.h
 *
 *	in --> peak --> allowed[] --> least of 10 ms --> gain at next border
 *	 |                                                     |
 *	 +---> held, one block ---> * a line from gain to gain +---> out
 *
 * Why no sample passes the ceiling: the gain at a border is never above what
 * the peaks of the blocks on both sides allow, and a line between two such
 * gains is not above the greater of them, nor is one a little less steep.
 */
#include "limit.h"

#include <assert.h>
#include <string.h>

#include "dsp/dsp.h"

enum {
	UNITY_Q30 = 1 << 30,
	/* 1 - exp(-1.25 ms / 50 ms): of what is left to go, a block's share */
	RELEASE_Q15 = 809
};

void mx_limit_init(struct mx_limit *l, uint32_t rate_hz)
{
	memset(l, 0, sizeof(*l));
	l->block = rate_hz == 44100 ? 49 : rate_hz / MX_LIMIT_BLOCKS_S;
	assert(l->block >= 1 && l->block <= MX_LIMIT_BLOCK_MAX);
	l->gain_q30 = UNITY_Q30;
	for (unsigned i = 0; i < MX_LIMIT_HOLD; i++)
		l->allowed_q30[i] = UNITY_Q30;
}

static int32_t allowed_q30(uint32_t peak)
{
	if (peak <= MX_LIMIT_CEILING)
		return UNITY_Q30;
	return (int32_t)(((uint64_t)MX_LIMIT_CEILING << 30) / peak);
}

/* Notes what a new block allows; the least of the last blocks. */
static int32_t least_q30(struct mx_limit *l, int32_t allowed)
{
	int32_t least = UNITY_Q30;

	l->allowed_q30[l->at] = allowed;
	l->at = (l->at + 1) % MX_LIMIT_HOLD;
	for (unsigned i = 0; i < MX_LIMIT_HOLD; i++)
		if (l->allowed_q30[i] < least)
			least = l->allowed_q30[i];
	return least;
}

/* The gain at the next border: down at once, up by and by. */
static int32_t next_q30(int32_t gain, int32_t target)
{
	int32_t up;

	if (target <= gain)
		return target;
	up = (int32_t)(((int64_t)(target - gain) * RELEASE_Q15) >> 15);
	return up ? gain + up : target;
}

static void run_block(struct mx_limit *l, const struct mx_dsp *dsp,
		      int16_t *out, const int32_t *in)
{
	const int32_t n = (int32_t)l->block;
	const int32_t target = least_q30(l, allowed_q30(dsp->peak32(in, l->block)));
	const int32_t next = next_q30(l->gain_q30, target);
	const int32_t step = (next - l->gain_q30) / n;

	dsp->ramp(out, l->held, l->gain_q30, step, l->block);
	memcpy(l->held, in, l->block * sizeof(*in));
	l->gain_q30 = next;
}

bool mx_limit_acts(const struct mx_limit *l)
{
	return l->gain_q30 != UNITY_Q30;
}

/* The way of nearly all frames: nothing is turned down, nothing needs it. The
 * gain is back at unity only when all of allowed[] is. */
static void pass(struct mx_limit *l, const struct mx_dsp *dsp, int16_t *out,
		 const int32_t *in, size_t n)
{
	const size_t rest = n - l->block;

	dsp->ramp(out, l->held, UNITY_Q30, 0, l->block);
	dsp->ramp(out + l->block, in, UNITY_Q30, 0, rest);
	memcpy(l->held, in + rest, l->block * sizeof(*in));
}

void mx_limit_run(struct mx_limit *l, const struct mx_dsp *dsp, int16_t *out,
		  const int32_t *in, size_t n)
{
	assert(n && n % l->block == 0);
	if (l->gain_q30 == UNITY_Q30 && dsp->peak32(in, n) <= MX_LIMIT_CEILING) {
		pass(l, dsp, out, in, n);
		return;
	}
	for (size_t i = 0; i < n; i += l->block)
		run_block(l, dsp, out + i, in + i);
}
