/* announce.c - see announce.h */
#include "announce.h"

#include <string.h>

enum { JUST_US = 1000000 };     /* comings within it are one tone, leavings too */

#define NOTHING ANNOUNCE__MAX

static const struct rule {
	const char *word;
	enum {
		EACH,                   /* several wait side by side */
		ONE,                    /* the latest is told */
		COUNTED                 /* one is told, for all of them */
	} like;
	enum announce undoes;           /* of those that wait; then this one is not
					 * told either ... */
	enum announce ends;             /* ... or is told alone */
	bool repeated;
} rules[ANNOUNCE__MAX] = {
	[ANNOUNCE_JOIN] = { "join", COUNTED, NOTHING, NOTHING, true },
	[ANNOUNCE_LEAVE] = { "leave", COUNTED, ANNOUNCE_JOIN, NOTHING, true },
	[ANNOUNCE_COUNT] = { "count", ONE, NOTHING, NOTHING, false },
	[ANNOUNCE_LOCKED] = { "locked", ONE, ANNOUNCE_UNLOCKED, NOTHING, true },
	[ANNOUNCE_UNLOCKED] = { "unlocked", ONE, ANNOUNCE_LOCKED, NOTHING, true },
	[ANNOUNCE_ALL_MUTED] = { "all_muted", ONE, ANNOUNCE_ALL_UNMUTED, NOTHING, true },
	[ANNOUNCE_ALL_UNMUTED] = { "all_unmuted", ONE, ANNOUNCE_ALL_MUTED, NOTHING, true },
	[ANNOUNCE_RECORDED] = { "recorded", ONE, ANNOUNCE_NOT_RECORDED, NOTHING, true },
	[ANNOUNCE_NOT_RECORDED] = { "not_recorded", ONE, ANNOUNCE_RECORDED, NOTHING, true },
	[ANNOUNCE_LEADER_LEFT] = { "leader_left", ONE, NOTHING, NOTHING, true },
	[ANNOUNCE_LEFT] = { "left", ONE, NOTHING, NOTHING, true },
	[ANNOUNCE_EXTENDED] = { "extended", ONE, NOTHING, ANNOUNCE_LEFT, true },
	[ANNOUNCE_SAY] = { "say", EACH, NOTHING, NOTHING, true },
	[ANNOUNCE_ROLL] = { "roll", ONE, NOTHING, NOTHING, false },
	[ANNOUNCE_WELCOME] = { "welcome", ONE, NOTHING, NOTHING, false },
	[ANNOUNCE_MUTED] = { "muted", ONE, ANNOUNCE_UNMUTED, NOTHING, true },
	[ANNOUNCE_UNMUTED] = { "unmuted", ONE, ANNOUNCE_MUTED, NOTHING, true },
	[ANNOUNCE_CONSENT] = { "consent", ONE, NOTHING, NOTHING, true },
	[ANNOUNCE_KNOCK] = { "knock", ONE, NOTHING, NOTHING, true },
	[ANNOUNCE_REPLY] = { "reply", ONE, NOTHING, NOTHING, false }
};

const char *announce_word(enum announce what)
{
	return rules[what].word;
}

bool announce_is_tone(const struct announcement *a)
{
	return ((a->what == ANNOUNCE_JOIN || a->what == ANNOUNCE_LEAVE) && !a->named) ||
		a->what == ANNOUNCE_NOT_RECORDED;
}

bool announce_is_repeated(enum announce what)
{
	return rules[what].repeated;
}

bool announce_is_local(enum announce what)
{
	return what == ANNOUNCE_JOIN || what == ANNOUNCE_LEAVE ||
		what == ANNOUNCE_COUNT || what == ANNOUNCE_RECORDED ||
		what == ANNOUNCE_NOT_RECORDED;
}

/* place -1: wherever it is */
static int find(const struct announce_queue *q, enum announce what, int place)
{
	for (int i = 0; i < q->n; i++)
		if (q->v[i].what == what && (place < 0 || q->v[i].place == place))
			return i;
	return -1;
}

static void del(struct announce_queue *q, int i)
{
	q->n--;
	memmove(&q->v[i], &q->v[i + 1], (size_t)(q->n - i) * sizeof(q->v[0]));
}

static int find_who(const struct announcement *a, uint64_t who)
{
	for (int i = 0; i < ANNOUNCE_WHO_MAX; i++)
		if (who && a->who[i] == who)
			return i;
	return -1;
}

/* What is about people is undone by the same one only, and the others stay. */
static bool undo(struct announce_queue *q, int i, const struct announcement *by)
{
	struct announcement *a = &q->v[i];
	int who;

	if (rules[a->what].like != COUNTED) {
		del(q, i);
		return true;
	}
	who = find_who(a, by->who[0]);
	if (who < 0)
		return false;
	if (--a->events == 0) {
		del(q, i);
		return true;
	}
	memmove(&a->who[who], &a->who[who + 1],
		(size_t)(ANNOUNCE_WHO_MAX - 1 - who) * sizeof(a->who[0]));
	a->who[ANNOUNCE_WHO_MAX - 1] = 0;
	return true;
}

/* With one like it that waits. */
static void merge(struct announcement *old, const struct announcement *a)
{
	const int64_t at_us = old->at_us;
	int i = 0;

	if (rules[a->what].like == ONE) {
		*old = *a;
		old->events = 1;
		old->at_us = at_us;
		return;
	}
	old->events++;
	old->named |= a->named;
	while (i < ANNOUNCE_WHO_MAX && old->who[i])
		i++;
	if (i < ANNOUNCE_WHO_MAX)
		old->who[i] = a->who[0];
}

static bool was_just_told(const struct announce_queue *q,
			  const struct announcement *a, int64_t now_us)
{
	const int64_t told = rules[a->what].like == COUNTED ?
		q->told_us[a->what == ANNOUNCE_LEAVE] : 0;

	return told && now_us - told < JUST_US && !a->place && !a->named;
}

enum announce_put announce_put(struct announce_queue *q,
			       const struct announcement *a, int64_t now_us)
{
	const struct rule *rule = &rules[a->what];
	int i = rule->undoes != NOTHING ? find(q, rule->undoes, a->place) : -1;

	if (i >= 0 && undo(q, i, a))
		return ANNOUNCE_UNDONE;
	if (rule->ends != NOTHING)
		announce_drop(q, rule->ends);
	i = rule->like != EACH ? find(q, a->what, a->place) : -1;
	if (i >= 0) {
		merge(&q->v[i], a);
		return ANNOUNCE_MERGED;
	}
	if (was_just_told(q, a, now_us))
		return ANNOUNCE_JUST_TOLD;
	if (q->n == ANNOUNCE_QUEUE_MAX)
		return ANNOUNCE_FULL;
	q->v[q->n] = *a;
	q->v[q->n].events = a->events ? a->events : 1;
	q->v[q->n++].at_us = now_us;
	return ANNOUNCE_WAITS;
}

bool announce_take(struct announce_queue *q, struct announcement *a)
{
	if (!q->n)
		return false;
	*a = q->v[0];
	del(q, 0);
	return true;
}

void announce_put_back(struct announce_queue *q, const struct announcement *a)
{
	if (q->n == ANNOUNCE_QUEUE_MAX)
		return;
	memmove(&q->v[1], &q->v[0], q->n * sizeof(q->v[0]));
	q->v[0] = *a;
	q->n++;
}

void announce_told(struct announce_queue *q, const struct announcement *a,
		   int64_t now_us)
{
	if (rules[a->what].like == COUNTED && !a->place)
		q->told_us[a->what == ANNOUNCE_LEAVE] = now_us;
}

void announce_drop(struct announce_queue *q, enum announce what)
{
	int i;

	while ((i = find(q, what, -1)) >= 0)
		del(q, i);
}
