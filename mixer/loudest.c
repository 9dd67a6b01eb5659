/* loudest.c - see loudest.h */
#include "loudest.h"

#include <string.h>

#include "port_priv.h"

/* Where the voices are cut. */
struct cut {
	unsigned rank;          /* all above are in ... */
	unsigned places;        /* ... and so many at it */
};

static unsigned rank(const struct mx_port *p)
{
	return (p->talk.active ? LOUDEST_SPEAKS : 0) + p->talk.peak / 4u +
		(p->was == VOICE_MIXED ? LOUDEST_IS_IN : 0);
}

static struct cut find_cut(const struct mx_port *awake, unsigned most)
{
	unsigned n[LOUDEST_RANKS] = { 0 }, r = LOUDEST_RANKS - 1;

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
	if (voices > most)
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

void loudest_count(const struct mx_port *awake, uint16_t voices[LOUDEST_RANKS])
{
	memset(voices, 0, LOUDEST_RANKS * sizeof(voices[0]));
	for (const struct mx_port *p = awake; p; p = p->next_awake)
		if (p->was != VOICE_SILENT)
			voices[rank(p)]++;
}
