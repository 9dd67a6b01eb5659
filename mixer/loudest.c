/* loudest.c - see loudest.h */
#include "loudest.h"

#include "port_priv.h"

/* Ranks in decibels. */
enum {
	RANK_SPEAKS = 128,
	RANK_IS_IN = 6,
	RANKS = RANK_SPEAKS + RANK_IS_IN + 128
};

/* Where the voices are cut. */
struct cut {
	unsigned rank;          /* all above are in ... */
	unsigned places;        /* ... and so many at it */
};

static unsigned rank(const struct mx_port *p)
{
	return (p->talk.active ? RANK_SPEAKS : 0) + p->talk.peak / 4u +
		(p->was == VOICE_MIXED ? RANK_IS_IN : 0);
}

static struct cut find_cut(const struct mx_port *awake, unsigned most)
{
	unsigned n[RANKS] = { 0 }, r = RANKS - 1;

	for (const struct mx_port *p = awake; p; p = p->next_awake)
		if (p->spoke)
			n[rank(p)]++;
	for (; n[r] < most; r--)
		most -= n[r];
	return (struct cut){ r, most };
}

static bool is_above(const struct mx_port *p, struct cut *cut)
{
	unsigned r = rank(p);

	if (r != cut->rank || cut->places == 0)
		return r > cut->rank;
	cut->places--;
	return true;
}

static void fade_in(struct mx_port *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p->voice[i] = (int16_t)(p->voice[i] * (int)i / (int)len);
}

void loudest_fade_out(struct mx_port *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p->voice[i] = (int16_t)(p->voice[i] * (int)(len - i) /
					(int)len);
}

static void let_in(struct mx_port *p, size_t len)
{
	if (p->was == VOICE_LEFT_OUT)
		fade_in(p, len);
	p->was = VOICE_MIXED;
}

static void leave_out(struct mx_port *p, size_t len)
{
	if (p->was == VOICE_MIXED)
		loudest_fade_out(p, len);
	else
		p->spoke = false;
	p->was = VOICE_LEFT_OUT;
}

void loudest_choose(struct mx_port *awake, unsigned most, size_t len)
{
	struct cut cut = { 0, 0 };      /* all are above */
	unsigned voices = 0;

	for (struct mx_port *p = awake; p; p = p->next_awake)
		voices += p->spoke;
	if (most > 0 && voices > most)
		cut = find_cut(awake, most);
	else
		cut.places = voices;
	for (struct mx_port *p = awake; p; p = p->next_awake) {
		if (!p->spoke)
			p->was = VOICE_SILENT;
		else if (is_above(p, &cut))
			let_in(p, len);
		else
			leave_out(p, len);
	}
}
