/* floor.c - see floor.h */
#include "floor.h"

#include <assert.h>

#include "port_priv.h"
#include "xchg.h"

/* A word between parts: id, longer 4 bits, medium 3, last 4; 0: nobody. */
_Static_assert(MX_PORT_ID_BITS + 11 == 64, "a word is full");

static struct mx_dsi_now now_of(const struct mx_port *port)
{
	return port ? port->talk.dsi.now : (struct mx_dsi_now){ 0 };
}

static uint64_t pack(const struct mx_port *port)
{
	const struct mx_dsi_now now = now_of(port);

	if (!port)
		return 0;
	assert(port->cfg.id < UINT64_C(1) << MX_PORT_ID_BITS);
	return port->cfg.id << 11 | (uint64_t)now.longer << 7 |
		(uint64_t)now.medium << 4 | now.last;
}

static struct mx_dsi_now unpack(uint64_t word)
{
	return (struct mx_dsi_now){
		.last = word & 15, .medium = word >> 4 & 7,
		.longer = word >> 7 & 15
	};
}

static const struct mx_port *choose_here(const struct mx_floor *f,
					 const struct mx_port *awake)
{
	const struct mx_dsi_now holder = now_of(f->holder);
	const struct mx_port *best = f->holder;
	float most = 0;

	for (const struct mx_port *p = awake; p; p = p->next_awake) {
		float lead;

		if (!p->speak || p->rules.manner.aside ||
		    p->rules.manner.silent || p == f->holder)
			continue;
		lead = mx_dsi_lead(p->talk.dsi.now, holder);
		if (lead > most) {
			most = lead;
			best = p;
		}
	}
	return best;
}

/* The holder's part may have another one of its own by now: then he has been
 * beaten there. */
static uint64_t choose_among_parts(struct mx_floor *f, const struct mx_xchg *x,
				   unsigned part, uint64_t ours)
{
	uint64_t parts = mx_xchg_others(x, part) | UINT64_C(1) << part;
	struct mx_dsi_now holder = { 0 };
	uint64_t best = 0;
	float most = 0;

	if (parts & UINT64_C(1) << f->holder_part) {
		best = f->holder_part == part ? ours :
			mx_xchg_said(x, MX_XCHG_FLOOR, f->holder_part);
		holder = unpack(best);
	}
	for (uint64_t left = parts; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		uint64_t word = i == part ? ours :
			mx_xchg_said(x, MX_XCHG_FLOOR, i);
		float lead = word ? mx_dsi_lead(unpack(word), holder) : 0;

		if (lead > most) {
			most = lead;
			best = word;
			f->holder_part = i;
		}
	}
	return best;
}

static void lead(struct mx_floor *f, const struct mx_xchg *x, unsigned part,
		 uint64_t word)
{
	if (!f->leads)
		f->holder_part = part;
	if (x)
		word = choose_among_parts(f, x, part, word);
	if (f->leads && word >> 11 == f->id)
		return;
	f->news = true;
	f->leads = true;
	f->id = word >> 11;
}

void mx_floor_decide(struct mx_floor *f, const struct mx_port *awake,
		     struct mx_xchg *x, unsigned part)
{
	uint64_t word;

	f->holder = choose_here(f, awake);
	word = pack(f->holder);
	if (x)
		mx_xchg_say(x, MX_XCHG_FLOOR, part, word);
	if (!x || mx_xchg_leads(x, part))
		lead(f, x, part, word);
	else
		f->leads = false;
}

void mx_floor_leave(struct mx_floor *f, const struct mx_port *port)
{
	if (f->holder == port)
		f->holder = NULL;
}

bool mx_floor_news(struct mx_floor *f, uint64_t *id)
{
	if (!f->news)
		return false;
	f->news = false;
	*id = f->id;
	return true;
}
