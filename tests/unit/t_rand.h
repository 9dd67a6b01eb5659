/* t_rand.h - the same numbers on every machine: xorshift32, seed not 0. */
#ifndef T_RAND_H
#define T_RAND_H

#include <stdint.h>

static inline uint32_t t_rand(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Even in [from, to). */
static inline double t_between(uint32_t *state, double from, double to)
{
	return from + (to - from) * (double)t_rand(state) / 4294967296.0;
}

#endif
