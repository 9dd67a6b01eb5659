/* xchg.c - see xchg.h */
#include "xchg.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "rtpext.h"

enum { TURNS = 4, FRAMES_BITS = 16 };

#define BEING_WRITTEN UINT64_MAX
#define WHO_THERE (UINT64_C(1) << 40)

/* Written by one thread, read by all. */
struct part {
	_Alignas(64) _Atomic uint64_t tag[TURNS];       /* tick, frames */
	_Atomic uint32_t len[TURNS];
	_Atomic uint64_t who[TURNS][MX_CSRCS_MAX];      /* there, SSRC, level;
							 * 0: the end */
	_Atomic uint64_t word[MX_XCHG_ABOUTS];
	_Atomic uint64_t list_tag[TURNS];               /* tick, words */
	_Atomic uint32_t list[TURNS][MX_XCHG_LIST_MAX];
	_Atomic int32_t data[];                         /* [TURNS][len_max] */
};

struct mx_xchg {
	size_t len_max;
	/* A bit each: this one load is all that a room on one thread pays. */
	_Atomic uint64_t active;
	struct part *_Atomic part[MX_XCHG_PARTS_MAX];
};

int mx_xchg_new(struct mx_xchg **xp, size_t len_max)
{
	struct mx_xchg *x;

	if (len_max < 1)
		return -EINVAL;
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->len_max = len_max;
	*xp = x;
	return 0;
}

void mx_xchg_free(struct mx_xchg *x)
{
	if (!x)
		return;
	for (unsigned i = 0; i < MX_XCHG_PARTS_MAX; i++)
		free(x->part[i]);
	free(x);
}

int mx_xchg_add(struct mx_xchg *x, unsigned part)
{
	struct part *p;
	size_t size;

	if (part >= MX_XCHG_PARTS_MAX)
		return -EINVAL;
	if (x->part[part])
		return -EEXIST;
	size = sizeof(*p) + TURNS * x->len_max * sizeof(p->data[0]);
	p = aligned_alloc(64, (size + 63) / 64 * 64);
	if (!p)
		return -ENOMEM;
	for (unsigned i = 0; i < TURNS; i++) {
		atomic_init(&p->tag[i], BEING_WRITTEN);
		atomic_init(&p->list_tag[i], BEING_WRITTEN);
	}
	for (unsigned i = 0; i < MX_XCHG_ABOUTS; i++)
		atomic_init(&p->word[i], 0);
	atomic_store_explicit(&x->part[part], p, memory_order_release);
	return 0;
}

void mx_xchg_set_active(struct mx_xchg *x, unsigned part, bool active)
{
	uint64_t bit = UINT64_C(1) << part;

	if (active)
		atomic_fetch_or(&x->active, bit);
	else
		atomic_fetch_and(&x->active, ~bit);
}

uint64_t mx_xchg_others(const struct mx_xchg *x, unsigned part)
{
	return atomic_load_explicit(&x->active, memory_order_acquire) &
		~(UINT64_C(1) << part);
}

bool mx_xchg_leads(const struct mx_xchg *x, unsigned part)
{
	uint64_t active = atomic_load_explicit(&x->active,
					       memory_order_acquire);

	return active == 0 || (unsigned)__builtin_ctzll(active) == part;
}

unsigned mx_xchg_first(const struct mx_xchg *x)
{
	uint64_t active = atomic_load_explicit(&x->active,
					       memory_order_acquire);

	return active ? (unsigned)__builtin_ctzll(active) : 0;
}

void mx_xchg_say(struct mx_xchg *x, enum mx_xchg_about about, unsigned part,
		 uint64_t word)
{
	atomic_store_explicit(&x->part[part]->word[about], word,
			      memory_order_relaxed);
}

uint64_t mx_xchg_said(const struct mx_xchg *x, enum mx_xchg_about about,
		      unsigned other)
{
	const struct part *p = atomic_load_explicit(&x->part[other],
						    memory_order_acquire);

	return p ? atomic_load_explicit(&p->word[about],
					memory_order_relaxed) : 0;
}

/*
 * A sequence lock without fences: each store of data releases and each load
 * acquires, so whoever saw a new sample sees the tag that went before it.
 */
void mx_xchg_put(struct mx_xchg *x, unsigned part, uint64_t tick,
		 const int32_t *sum, size_t len, unsigned frames,
		 const struct mx_csrcs *who)
{
	struct part *p = x->part[part];
	unsigned turn = tick % TURNS;
	_Atomic int32_t *data = p->data + turn * x->len_max;

	assert(len <= x->len_max && frames < 1u << FRAMES_BITS);
	atomic_store_explicit(&p->tag[turn], BEING_WRITTEN,
			      memory_order_relaxed);
	if (frames > 0)
		for (size_t i = 0; i < len; i++)
			atomic_store_explicit(&data[i], sum[i],
					      memory_order_release);
	for (unsigned i = 0; i < MX_CSRCS_MAX; i++) {
		bool there = i < who->n;

		atomic_store_explicit(&p->who[turn][i], there ?
				      WHO_THERE | (uint64_t)who->ssrc[i] << 8 |
				      who->level[i] : 0, memory_order_release);
		if (!there)
			break;
	}
	atomic_store_explicit(&p->len[turn], (uint32_t)len,
			      memory_order_release);
	atomic_store_explicit(&p->tag[turn], tick << FRAMES_BITS | frames,
			      memory_order_release);
}

unsigned mx_xchg_get(const struct mx_xchg *x, unsigned other, uint64_t tick,
		     int32_t *sum, size_t len, struct mx_csrcs *who)
{
	struct mx_csrcs all = *who;
	struct part *p = atomic_load_explicit(&x->part[other],
					      memory_order_acquire);
	unsigned turn = tick % TURNS;
	const _Atomic int32_t *data;
	uint64_t tag;

	if (!p)
		return 0;
	tag = atomic_load_explicit(&p->tag[turn], memory_order_acquire);
	if (tag == BEING_WRITTEN || tag >> FRAMES_BITS != tick)
		return 0;
	data = p->data + turn * x->len_max;
	if (atomic_load_explicit(&p->len[turn], memory_order_acquire) != len)
		return 0;
	if ((tag & ((1u << FRAMES_BITS) - 1)) == 0)
		return 0;
	for (size_t i = 0; i < len; i++)
		sum[i] = atomic_load_explicit(&data[i], memory_order_acquire);
	for (unsigned i = 0; i < MX_CSRCS_MAX; i++) {
		uint64_t w = atomic_load_explicit(&p->who[turn][i],
						  memory_order_acquire);

		if (!w)
			break;
		mx_csrcs_add(&all, (uint32_t)(w >> 8), (uint8_t)w);
	}
	if (atomic_load_explicit(&p->tag[turn], memory_order_relaxed) != tag)
		return 0;
	*who = all;
	return (unsigned)(tag & ((1u << FRAMES_BITS) - 1));
}

/* As the sums are, with tags of their own: lists are told before a tick's sum
 * is known. */
void mx_xchg_list(struct mx_xchg *x, unsigned part, uint64_t tick,
		  const uint32_t *word, unsigned n)
{
	struct part *p = x->part[part];
	unsigned turn = tick % TURNS;

	assert(n <= MX_XCHG_LIST_MAX);
	atomic_store_explicit(&p->list_tag[turn], BEING_WRITTEN,
			      memory_order_relaxed);
	for (unsigned i = 0; i < n; i++)
		atomic_store_explicit(&p->list[turn][i], word[i],
				      memory_order_release);
	atomic_store_explicit(&p->list_tag[turn], tick << FRAMES_BITS | n,
			      memory_order_release);
}

int mx_xchg_listed(const struct mx_xchg *x, unsigned other, uint64_t tick,
		   uint32_t word[MX_XCHG_LIST_MAX])
{
	struct part *p = atomic_load_explicit(&x->part[other],
					      memory_order_acquire);
	unsigned turn = tick % TURNS, n;
	uint64_t tag;

	if (!p)
		return -ENOENT;
	tag = atomic_load_explicit(&p->list_tag[turn], memory_order_acquire);
	if (tag == BEING_WRITTEN || tag >> FRAMES_BITS != tick)
		return -ENOENT;
	n = tag & ((1u << FRAMES_BITS) - 1);
	for (unsigned i = 0; i < n; i++)
		word[i] = atomic_load_explicit(&p->list[turn][i],
					       memory_order_acquire);
	if (atomic_load_explicit(&p->list_tag[turn], memory_order_relaxed) !=
	    tag)
		return -ENOENT;
	return (int)n;
}
