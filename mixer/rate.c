/* rate.c - see rate.h */
#include "rate.h"

#include <errno.h>

#include "xchg.h"

static const uint32_t rates[MX_RATES] = { 8000, 16000, 24000, 48000 };

/* What a part says: on top tick and rate that it has decided on, below how many
 * members there are for each rate, two bits each: more than two are two. */
enum { BITS = 2, MANY = 2, NEXT_AT = BITS * MX_RATES, TICK_AT = NEXT_AT + BITS };

static int index_of(uint32_t hz)
{
	for (int i = 0; i < MX_RATES; i++)
		if (rates[i] == hz)
			return i;
	return -EINVAL;
}

int mx_rate_init(struct mx_rate *r, uint32_t least_hz, uint32_t most_hz)
{
	int least = index_of(least_hz), most = index_of(most_hz);

	if (least < 0 || most < least)
		return -EINVAL;
	*r = (struct mx_rate){
		.hz = least_hz, .least = (uint8_t)least, .most = (uint8_t)most,
		.next = (uint8_t)least
	};
	return 0;
}

uint8_t mx_rate_for(uint32_t hz)
{
	uint8_t i = MX_RATES - 1;

	if (hz >= 44100)        /* with all but the last tenth of its band */
		return i;
	while (i > 0 && rates[i] > hz)
		i--;
	return i;
}

static uint64_t pack(const struct mx_rate *r)
{
	uint64_t word = r->at << TICK_AT | (uint64_t)r->next << NEXT_AT;

	for (unsigned i = 0; i < MX_RATES; i++)
		word |= (uint64_t)(r->members[i] < MANY ? r->members[i] : MANY)
			<< i * BITS;
	return word;
}

static void add_members(unsigned *members, uint64_t word)
{
	for (unsigned i = 0; i < MX_RATES; i++)
		members[i] += (unsigned)(word >> i * BITS & 3);
}

/* The second best of all members, or the only one's; as it is if there is
 * nobody. */
static uint8_t wish(const struct mx_rate *r, const unsigned *members)
{
	unsigned all = 0, need, n = 0;
	uint8_t i;

	for (i = 0; i < MX_RATES; i++)
		all += members[i];
	if (all == 0)
		return r->next;
	need = all < 2 ? 1 : 2;
	for (i = MX_RATES - 1; (n += members[i]) < need; )
		i--;
	if (i < r->least)
		return r->least;
	return i > r->most ? r->most : i;
}

static void decide(struct mx_rate *r, const struct mx_xchg *x, unsigned part,
		   uint64_t n, bool pause)
{
	uint64_t others = x ? mx_xchg_others(x, part) : 0;
	unsigned members[MX_RATES] = { 0 };
	uint8_t wished;

	add_members(members, pack(r));
	for (; others; others &= others - 1)
		add_members(members, mx_xchg_said(x, MX_XCHG_RATE, (unsigned)
						  __builtin_ctzll(others)));
	wished = wish(r, members);
	if (wished == r->next) {
		r->wait = 0;
		return;
	}
	if (++r->wait < MX_RATE_SETTLE || (!pause && r->wait < MX_RATE_WAIT))
		return;
	r->wait = 0;
	r->next = wished;
	r->at = n + MX_RATE_AHEAD;
}

/* What comes too late, or is known too late, is done at once. */
static void follow(struct mx_rate *r, uint64_t word, uint64_t n)
{
	uint8_t next = word >> NEXT_AT & 3;
	uint64_t at = word >> TICK_AT;

	r->wait = 0;
	if (at == 0 || next == r->next)
		return;
	r->next = next;
	r->at = at > n ? at : n;
}

bool mx_rate_step(struct mx_rate *r, struct mx_xchg *x, unsigned part,
		  uint64_t n, bool pause)
{
	bool decided = r->hz == rates[r->next];

	if (x && !mx_xchg_leads(x, part))
		follow(r, mx_xchg_said(x, MX_XCHG_RATE, mx_xchg_first(x)), n);
	else if (decided && n > r->at + 1)
		decide(r, x, part, n, pause);
	if (x)
		mx_xchg_say(x, MX_XCHG_RATE, part, pack(r));
	if (r->hz == rates[r->next] || n < r->at)
		return false;
	r->at = n;
	r->hz = rates[r->next];
	return true;
}

enum mx_rate_dip mx_rate_dip(const struct mx_rate *r, uint64_t n)
{
	if (r->at == 0)
		return MX_RATE_OPEN;
	if (n + 2 == r->at)
		return MX_RATE_FALLING;
	if (n + 1 == r->at || n == r->at)
		return MX_RATE_SHUT;
	return n == r->at + 1 ? MX_RATE_RISING : MX_RATE_OPEN;
}
