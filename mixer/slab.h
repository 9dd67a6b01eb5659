/*
 * slab.h - memory for what each leg has, close together in huge pages.
 *
 * A packet touches a few cache lines in each of several objects of its leg, and
 * with thousands of legs each of these lines lies in a page that the processor
 * has to look up again: that costs more than the line itself. So these objects
 * are cut out of chunks of 2 MB, for which the kernel is asked for one page each
 * (MADV_HUGEPAGE); where it has none to give, nothing else changes.
 *
 * One thread. What is put back is kept for the next one of its size; the chunks
 * go with the slab.
 */
#ifndef MX_SLAB_H
#define MX_SLAB_H

#include <stddef.h>

struct mx_slab;

/** 0 or -ENOMEM. */
int mx_slab_new(struct mx_slab **slabp);
/** All must have been put back; NULL is fine. */
void mx_slab_free(struct mx_slab *slab);

/** Zeroed memory that begins with a cache line, or NULL. size: one of eight at
 *  most. slab NULL: memory of its own. */
void *mx_slab_get(struct mx_slab *slab, size_t size);
/** size as it was got; p NULL is fine. */
void mx_slab_put(struct mx_slab *slab, void *p, size_t size);

#endif
