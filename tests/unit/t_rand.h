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

#endif
