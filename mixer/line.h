/*
 * line.h - cache lines: memory that begins with one, and memory that is asked
 * for before it is needed.
 *
 * Thousands of legs pass through the cache in each tick, so what one of them
 * costs is the number of lines that are touched for it.
 */
#ifndef MX_LINE_H
#define MX_LINE_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MX_LINE = 64 };

/** Zeroed memory for what is _Alignas(MX_LINE), for free(); NULL: none. */
static inline void *mx_line_new(size_t size)
{
	void *p;

	size = (size + MX_LINE - 1) / MX_LINE * MX_LINE;
	p = aligned_alloc(MX_LINE, size);
	return p ? memset(p, 0, size) : NULL;
}

/** Asks for memory that will be looked at a little later. */
static inline void mx_prefetch(const void *at, size_t size)
{
	const char *p = at;

	for (size_t i = 0; i < size; i += MX_LINE)
		__builtin_prefetch(p + i);
}

#endif
