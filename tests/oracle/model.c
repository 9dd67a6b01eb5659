/* model.c - see model.h */
#include "model.h"

#include <string.h>

void model_init(struct model *m, unsigned seats)
{
	memset(m, 0, sizeof(*m));
	m->seats = seats;
	m->speaker = MODEL_NOBODY;
}

unsigned model_members(const struct model *m)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->seats; i++)
		n += m->seat[i].taken;
	return n;
}

bool model_waits(const struct model *m, unsigned a)
{
	for (unsigned i = 0; i < m->seats; i++)
		if (m->seat[i].taken && m->seat[i].moderator)
			return false;
	return m->seat[a].taken;
}

bool model_hears(const struct model *m, unsigned a, unsigned b)
{
	const struct model_seat *l = &m->seat[a], *s = &m->seat[b];

	if (a == b || !l->taken || !s->taken || model_waits(m, a))
		return false;
	if (l->phone_hold || l->hold || l->deaf)
		return false;
	if (s->own_mute || s->their_mute || s->phone_hold || s->hold)
		return false;
	if (s->pupil != MODEL_NOBODY)
		return s->pupil == (int)a;
	return !s->ghost && !l->without[b];
}

unsigned model_hand(const struct model *m, unsigned a)
{
	unsigned place = m->seat[a].hand > 0;

	for (unsigned i = 0; i < m->seats; i++)
		place += m->seat[i].hand > 0 && m->seat[i].hand < m->seat[a].hand;
	return place;
}

void model_join(struct model *m, unsigned a, bool moderator)
{
	m->seat[a] = (struct model_seat){
		.taken = true, .moderator = moderator, .pupil = MODEL_NOBODY,
		.their_mute = m->muted && !moderator
	};
}

/* The meeting ends with its last member, and what held for it. */
void model_leave(struct model *m, unsigned a)
{
	m->seat[a] = (struct model_seat){ .pupil = MODEL_NOBODY };
	for (unsigned i = 0; i < m->seats; i++) {
		m->seat[i].without[a] = false;
		if (m->seat[i].pupil == (int)a)
			m->seat[i].pupil = MODEL_SECRET;
	}
	if (m->speaker == (int)a)
		m->speaker = MODEL_NOBODY;
	if (model_members(m) == 0)
		model_init(m, m->seats);
}

void model_mute_all(struct model *m, bool on)
{
	m->muted = on;
	m->speaker = MODEL_NOBODY;
	for (unsigned i = 0; i < m->seats; i++)
		if (m->seat[i].taken && !m->seat[i].moderator)
			m->seat[i].their_mute = on;
}

/* Who is unmuted has no more to ask for. */
void model_their_mute(struct model *m, unsigned a, bool on)
{
	if (m->seat[a].their_mute && !on)
		m->seat[a].hand = 0;
	m->seat[a].their_mute = on;
}

bool model_next(struct model *m)
{
	int next = MODEL_NOBODY;

	for (unsigned i = 0; i < m->seats; i++)
		if (m->seat[i].hand > 0 &&
		    (next < 0 || m->seat[i].hand < m->seat[next].hand))
			next = (int)i;
	if (next < 0)
		return false;
	if (m->muted && m->speaker >= 0 && m->speaker != next)
		m->seat[m->speaker].their_mute = true;
	m->speaker = m->seat[next].their_mute ? next : MODEL_NOBODY;
	m->seat[next].their_mute = false;
	m->seat[next].hand = 0;
	return true;
}

void model_coach(struct model *m, unsigned a, int pupil)
{
	m->seat[a].pupil = pupil;
	for (unsigned i = 0; i < m->seats; i++)
		m->seat[i].without[a] = false;
}

unsigned model_exceptions(const struct model *m, unsigned a)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->seats; i++)
		n += m->seat[a].without[i] || m->seat[i].pupil == (int)a;
	return n;
}
