/* level.c - see level.h */
#include "level.h"

enum {
	/* log2(32767^2) and 10 * log10(2), scaled by 2^16 */
	FULL_LOG2_Q16 = 1966074,
	DB_PER_OCTAVE_Q16 = 197283
};

/* Base 2 logarithm of x > 0, scaled by 2^16 and rounded down: the whole part
 * is the place of the top bit; squaring what is below doubles the rest, which
 * brings out its binary places one by one. */
static int32_t log2_q16(uint64_t x)
{
	const int top = 63 - __builtin_clzll(x);
	int32_t log = top;
	/* 1.0 to 2.0, scaled by 2^31 */
	uint64_t m = top > 31 ? x >> (top - 31) : x << (31 - top);

	for (int i = 0; i < 16; i++) {
		m = m * m >> 31;
		log = 2 * log;
		if (m >> 32) {
			log++;
			m >>= 1;
		}
	}
	return log;
}

uint8_t mx_level(uint64_t energy, size_t n)
{
	int64_t below;  /* full scale, in octaves of power, scaled by 2^16 */
	int64_t db;

	if (!energy || !n)
		return MX_LEVEL_SILENCE;
	below = FULL_LOG2_Q16 - log2_q16(energy) + (int64_t)log2_q16(n);
	if (below < 0)          /* -32768 is a hair more than full */
		return 0;
	db = (below * DB_PER_OCTAVE_Q16 + ((int64_t)1 << 31)) >> 32;
	return db < MX_LEVEL_SILENCE ? (uint8_t)db : MX_LEVEL_SILENCE;
}

uint32_t mx_level_power(uint8_t level)
{
	/* 32767^2, and less by 1 to 9 dB */
	static const uint32_t power[10] = {
		1073676289, 852844103, 677433127, 538100592, 427425703,
		339514255, 269684214, 214216631, 170157460, 135160243
	};
	uint32_t p;

	if (level >= MX_LEVEL_SILENCE)
		return 0;
	p = power[level % 10];
	for (unsigned i = level / 10; i > 0; i--)
		p /= 10;
	return p;
}
