/* t_meeting.c - see t_meeting.h */
#include "t_meeting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/floor.h"
#include "mixer/port_priv.h"
#include "t_rand.h"

/* ---- the meeting -------------------------------------------------------- */

static const double speech_db[MEETING_LEGS] = { -18, -22, -26, -29, -32, -26 };

static double between(struct meeting *m, double from, double to)
{
	return t_between(&m->rnd, from, to);
}

void meeting_sound(struct meeting *m, unsigned who, unsigned at, double db)
{
	if (at < MEETING_LEVELS && (uint8_t)-db < m->level[who][at])
		m->level[who][at] = (uint8_t)-db;
}

/* Syllables that swell and fade, between words and sentences pauses. */
static void syllables(struct meeting *m, unsigned who, unsigned from,
		      unsigned to, double db, void *arg)
{
	unsigned at = from, n = 0;

	(void)arg;
	while (at < to) {
		unsigned len = (unsigned)between(m, 6, 13);
		double peak = db + between(m, -4, 3);

		for (unsigned i = 0; i < len && at < to; i++, at++)
			meeting_sound(m, who, at, peak - 14 +
				      14 * sin(M_PI * (i + 0.5) / len));
		n++;
		if (n % 18 == 17)
			at += (unsigned)between(m, 15, 35);
		else if (between(m, 0, 1) < 0.25)
			at += (unsigned)between(m, 2, 9);
	}
}

static void take_turns(struct meeting *m, meeting_speak_fn *speak, void *arg)
{
	unsigned at = 50, who = 0;

	while (at < MEETING_LEVELS - 500) {
		unsigned len = (unsigned)between(m, 100, 400);
		struct meeting_turn t = { who, at, at + len };

		m->turn[m->turns++] = t;
		speak(m, who, t.from, t.to, speech_db[who], arg);
		if (between(m, 0, 1) < 0.4) {   /* "mhm" */
			unsigned other = (who + 1 + t_rand(&m->rnd) % 4) % 5;
			unsigned from = at + (unsigned)between(m, 25, len - 40);

			speak(m, other, from,
			      from + (unsigned)between(m, 12, 30),
			      speech_db[other] - 4, arg);
		}
		at = t.to + (unsigned)between(m, 0, 40) - 10;
		who = (who + 1 + t_rand(&m->rnd) % 4) % 5;
	}
}

void meeting_make(struct meeting *m, uint32_t seed, meeting_speak_fn *speak,
		  void *arg)
{
	memset(m, 0, sizeof(*m));
	m->rnd = seed;
	for (unsigned i = 0; i < MEETING_LEGS; i++)
		for (unsigned k = 0; k < MEETING_LEVELS; k++)
			m->level[i][k] = (uint8_t)-(i == MEETING_NOISY ?
				between(m, -45, -41) : between(m, -66, -62));
	take_turns(m, speak ? speak : syllables, arg);
	for (unsigned i = 0; i < 40; i++) {     /* coughs, doors, keys */
		unsigned from = (unsigned)between(m, 100, MEETING_LEVELS - 100);
		unsigned who = t_rand(&m->rnd) % MEETING_LEGS;

		for (unsigned k = 0; k < (unsigned)between(m, 2, 12); k++)
			meeting_sound(m, who, from + k, between(m, -30, -16));
	}
}

/* ---- the server's rule --------------------------------------------------- */

static struct mx_port port[MEETING_LEGS];
static struct mx_floor floor_of;
static uint64_t holder;

void meeting_seat(struct mx_port *p, unsigned n)
{
	memset(p, 0, n * sizeof(*p));
	for (unsigned i = 0; i < n; i++) {
		p[i].cfg.id = i + 1;
		p[i].speak = true;
		p[i].next_awake = i + 1 < n ? &p[i + 1] : NULL;
	}
}

static void floor_begin(void)
{
	meeting_seat(port, MEETING_LEGS);
	memset(&floor_of, 0, sizeof(floor_of));
	holder = 0;
}

static uint64_t floor_put(const uint8_t level[MEETING_LEGS], unsigned at)
{
	for (unsigned i = 0; i < MEETING_LEGS; i++)
		mx_dsi_put(&port[i].talk.dsi, level[i]);
	if (at % MX_DSI_BLOCK == MX_DSI_BLOCK - 1) {
		for (unsigned i = 0; i < MEETING_LEGS; i++)
			mx_dsi_block(&port[i].talk.dsi);
		mx_floor_decide(&floor_of, port, NULL, 0);
		mx_floor_news(&floor_of, &holder);
	}
	return holder;
}

const struct meeting_rule meeting_floor = { "ours", floor_begin, floor_put };

/* ---- the verdict --------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool turn_ends(const struct meeting *m, unsigned turn, unsigned at)
{
	return at >= (turn + 1 < m->turns ? m->turn[turn + 1].from :
		      m->turn[turn].to);
}

struct meeting_verdict meeting_judge(const struct meeting *m,
				     const struct meeting_rule *rule)
{
	enum { NEVER_MS = 5000 };
	static unsigned wait[MEETING_TURNS_MAX];
	struct meeting_verdict v = { 0 };
	unsigned turn = 0, right = 0, all = 0, wrong = 0, waits = 0;
	bool found = false;
	uint64_t id = 0;

	rule->begin();
	for (unsigned at = 0; at < MEETING_LEVELS && turn < m->turns; at++) {
		uint8_t level[MEETING_LEGS];
		const uint64_t before = id;
		bool is_his;

		for (unsigned i = 0; i < MEETING_LEGS; i++)
			level[i] = m->level[i][at];
		id = rule->put(level, at);
		is_his = id == m->turn[turn].who + 1;
		v.changes += id != before && id != 0;
		wrong += id != before && id != 0 && !is_his;
		if (at < m->turn[turn].from)
			continue;
		all++;
		right += is_his;
		if (is_his && !found) {
			found = true;
			wait[waits++] = (at - m->turn[turn].from) * 20;
		}
		if (turn_ends(m, turn, at)) {
			if (!found)
				wait[waits++] = NEVER_MS;
			found = false;
			turn++;
		}
	}
	qsort(wait, waits, sizeof(*wait), by_size);
	v.right = (double)right / all;
	v.false_per_min = wrong / (all / 3000.0);
	v.p50 = wait[waits / 2];
	v.p95 = wait[waits * 95 / 100];
	return v;
}
