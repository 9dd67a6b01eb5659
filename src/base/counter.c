/* counter.c - see counter.h. Global, as any module may meet bad input. */
#include "counter.h"

#include <stdatomic.h>

static _Atomic uint64_t counts[CNT__MAX];

static const struct { const char *name, *help; } texts[CNT__MAX] = {
#define TEXT(id, name, help) { name, help },
	COUNTERS(TEXT)
#undef TEXT
};

void counter_add(enum counter c, uint64_t n)
{
	atomic_fetch_add_explicit(&counts[c], n, memory_order_relaxed);
}

uint64_t counter_get(enum counter c)
{
	return atomic_load_explicit(&counts[c], memory_order_relaxed);
}

const char *counter_name(enum counter c)
{
	return texts[c].name;
}

const char *counter_help(enum counter c)
{
	return texts[c].help;
}
