/*
 * t_fail.h - makes an allocation fail. For programs linked with
 * -Wl,--wrap=calloc; all of mixer/ allocates with calloc.
 */
#ifndef T_FAIL_H
#define T_FAIL_H

#include <stddef.h>

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static int t_fail_at;   /* the allocation that fails, from 1; 0: none */

void *__wrap_calloc(size_t n, size_t size)
{
	return t_fail_at && --t_fail_at == 0 ? NULL : __real_calloc(n, size);
}

#endif
