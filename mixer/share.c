/* share.c - see share.h */
#include "share.h"

#include <assert.h>
#include <stdbool.h>

#include "xchg.h"

enum {
	MISSED_MAX = 5,         /* ticks that a part may be late without all
				 * places changing hands */
	COUNT_BITS = 16         /* a word: rank, voices of it */
};

static_assert(LOUDEST_RANKS <= 1 << (32 - COUNT_BITS), "a word is full");

struct tally {
	unsigned all[LOUDEST_RANKS];    /* of the room */
	unsigned first[LOUDEST_RANKS];  /* of the parts before this one */
	unsigned ours[LOUDEST_RANKS];
};

void mx_share_alone(struct mx_share *s, unsigned most)
{
	*s = (struct mx_share){ .now = most, .before = most };
}

static void add(unsigned to[LOUDEST_RANKS], const uint32_t *word, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		to[word[i] >> COUNT_BITS] += word[i] & ((1u << COUNT_BITS) - 1);
}

/* False if another's word of that tick is missing. Our own is if we were alone
 * then, or late ourselves. */
static bool gather(struct tally *t, const struct mx_xchg *x, unsigned part,
		   uint64_t tick)
{
	uint64_t left = mx_xchg_others(x, part) | UINT64_C(1) << part;
	bool whole = true;

	for (; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		uint32_t word[MX_XCHG_LIST_MAX];
		int n = mx_xchg_listed(x, i, tick, word);

		if (n < 0 && i != part)
			whole = false;
		if (n <= 0)
			continue;
		add(t->all, word, (unsigned)n);
		if (i < part)
			add(t->first, word, (unsigned)n);
		if (i == part)
			add(t->ours, word, (unsigned)n);
	}
	return whole;
}

/* Of the places at the rank where it is cut, what the parts before this one
 * leave. */
static unsigned cut(const struct tally *t, unsigned rank, unsigned places)
{
	unsigned left = places > t->first[rank] ? places - t->first[rank] : 0;

	return t->ours[rank] < left ? t->ours[rank] : left;
}

static unsigned places_of(const struct tally *t, unsigned most)
{
	unsigned ours = 0;

	for (unsigned r = LOUDEST_RANKS; r-- > 0;) {
		if (t->all[r] > most)
			return ours + cut(t, r, most);
		most -= t->all[r];
		ours += t->ours[r];
	}
	return ours + most;
}

unsigned mx_share_take(struct mx_share *s, const struct mx_xchg *x,
		       unsigned part, uint64_t tick, unsigned most)
{
	struct tally t = { { 0 }, { 0 }, { 0 } };
	const bool whole = gather(&t, x, part, tick - 1);

	s->missed = whole ? 0 : s->missed + 1;
	s->before = s->now;
	if (whole || s->missed > MISSED_MAX)
		s->now = places_of(&t, most);
	return s->now > s->before ? s->now : s->before;
}

void mx_share_tell(struct mx_xchg *x, unsigned part, uint64_t tick,
		   const uint16_t voices[LOUDEST_RANKS], unsigned most)
{
	uint32_t word[MX_XCHG_LIST_MAX];
	unsigned n = 0;

	assert(most < 1u << COUNT_BITS);
	for (unsigned r = LOUDEST_RANKS; r-- > 0 && most > 0;) {
		unsigned some = voices[r] < most ? voices[r] : most;

		if (some == 0)
			continue;
		/* More ranks than words: the rest goes with the last one. */
		if (n < MX_XCHG_LIST_MAX)
			word[n++] = r << COUNT_BITS | some;
		else
			word[n - 1] += some;
		most -= some;
	}
	mx_xchg_list(x, part, tick, word, n);
}
