/* slab.c - see slab.h */
#include "slab.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "line.h"

enum {
	CHUNK = 2 << 20,        /* a huge page */
	SIZES = 8,
#ifdef __SANITIZE_ADDRESS__
	BIGGEST = 0             /* so that it sees what is used after its end */
#else
	BIGGEST = CHUNK / 8     /* larger ones would waste too much */
#endif
};

struct free_one {
	struct free_one *next;
};

struct chunk {
	struct chunk *next;
	void *mem;              /* [CHUNK] */
};

struct mx_slab {
	struct {
		size_t size;            /* 0: not in use yet */
		struct free_one *free;
	} sizes[SIZES];
	struct chunk *chunks;           /* the newest first ... */
	size_t used;                    /* ... and bytes of it */
	size_t out;                     /* objects */
};

int mx_slab_new(struct mx_slab **slabp)
{
	struct mx_slab *slab = calloc(1, sizeof(*slab));

	if (!slab)
		return -ENOMEM;
	*slabp = slab;
	return 0;
}

void mx_slab_free(struct mx_slab *slab)
{
	if (!slab)
		return;
	assert(slab->out == 0);         /* somebody would use freed memory */
	for (struct chunk *c; (c = slab->chunks); ) {
		slab->chunks = c->next;
		free(c->mem);
		free(c);
	}
	free(slab);
}

static size_t rounded(size_t size)
{
	return (size + MX_LINE - 1) / MX_LINE * MX_LINE;
}

/* Those put back, of this size. */
static struct free_one **free_of(struct mx_slab *slab, size_t size)
{
	unsigned i = 0;

	while (slab->sizes[i].size != size && slab->sizes[i].size != 0) {
		i++;
		assert(i < SIZES);
	}
	slab->sizes[i].size = size;
	return &slab->sizes[i].free;
}

static int add_chunk(struct mx_slab *slab)
{
	struct chunk *c = malloc(sizeof(*c));
	void *mem = aligned_alloc(CHUNK, CHUNK);

	if (!c || !mem) {
		free(c);
		free(mem);
		return -ENOMEM;
	}
	(void)madvise(mem, CHUNK, MADV_HUGEPAGE);
	c->mem = mem;
	c->next = slab->chunks;
	slab->chunks = c;
	slab->used = 0;
	return 0;
}

static void *cut(struct mx_slab *slab, size_t size)
{
	unsigned char *p;

	if ((!slab->chunks || slab->used + size > CHUNK) && add_chunk(slab) < 0)
		return NULL;
	p = slab->chunks->mem;
	p += slab->used;
	slab->used += size;
	return p;
}

void *mx_slab_get(struct mx_slab *slab, size_t size)
{
	struct free_one **free, *one;
	void *p;

	size = rounded(size);
	if (!slab || size > BIGGEST)
		return mx_line_new(size);
	free = free_of(slab, size);
	one = *free;
	if (one)
		*free = one->next;
	p = one ? one : cut(slab, size);
	if (!p)
		return NULL;
	slab->out++;
	return memset(p, 0, size);
}

void mx_slab_put(struct mx_slab *slab, void *p, size_t size)
{
	struct free_one *one = p, **list;

	size = rounded(size);
	if (!p)
		return;
	if (!slab || size > BIGGEST) {
		free(p);
		return;
	}
	list = free_of(slab, size);
	one->next = *list;
	*list = one;
	assert(slab->out > 0);
	slab->out--;
}
