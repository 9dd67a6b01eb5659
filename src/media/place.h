/*
 * place.h - which worker a port that may go anywhere goes to: the one that will
 * be least busy. What a worker was busy for is known a second late; what has
 * come and gone since counts as much as a port does on the average.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <stdint.h>

struct place {
	unsigned load;          /* thousandths of its last second */
	uint32_t ports;         /* now */
	uint32_t measured;      /* ... and when load was measured */
	bool closed;            /* no more if another one has room */
};

/** The index of the best of n, at least one; of equal ones the first. */
unsigned place_choose(const struct place *p, unsigned n);

#endif
