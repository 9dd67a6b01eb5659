/*
 * test_walk.c - random callers doing random things in random rooms, with a
 * model beside them that knows no more than the rules: who is in, who waits,
 * who is muted by whom. After each step, model and server must agree on who
 * speaks to and hears whom. And: the n-th allocation fails, for each n.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "t_rand.h"
#include "t_world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* ---- the model ---------------------------------------------------------- */

enum { PEOPLE = 12, ROOMS = 3, STEPS = 300, WALKS = 30 };

static const char *const numbers[ROOMS] = { "1000", "1002", "1003" };

struct person {
	struct caller *c;               /* NULL: not in any room */
	int room;
	bool moderator, own, by_moderator, held;
};

struct model {
	struct person people[PEOPLE];
	struct { bool waiting, locked, muted; } room[ROOMS];
};

static unsigned members(const struct model *m, int room, bool moderators_only)
{
	unsigned n = 0;

	for (int i = 0; i < PEOPLE; i++)
		n += m->people[i].c && m->people[i].room == room &&
			(!moderators_only || m->people[i].moderator);
	return n;
}

static bool may_come_in(const struct model *m, int room, bool moderator)
{
	return moderator || !members(m, room, false) || !m->room[room].locked;
}

static void comes_in(struct model *m, struct person *p)
{
	const bool waits = p->room == 1;        /* 1002 waits for a moderator */

	if (members(m, p->room, false) == 1) {
		m->room[p->room].waiting = waits && !p->moderator;
		m->room[p->room].locked = m->room[p->room].muted = false;
	}
	if (p->moderator)
		m->room[p->room].waiting = false;
	p->by_moderator = !p->moderator && m->room[p->room].muted;
	p->own = p->held = false;
}

static void goes(struct model *m, struct person *p)
{
	p->c = NULL;
	if (p->moderator && !members(m, p->room, true) && p->room == 1)
		m->room[p->room].waiting = true;
}

static void check_person(const struct model *m, const struct person *p)
{
	const bool waits = m->room[p->room].waiting;

	assert_int_equal(in_room(p->c, numbers[p->room]), !waits);
	if (waits) {
		assert_null(p->c->port->bus);
		return;
	}
	assert_int_equal(p->c->port->speak,
			 !p->own && !p->by_moderator && !p->held);
	assert_int_equal(p->c->port->hear, !p->held);
}

static void check(const struct model *m)
{
	for (int i = 0; i < PEOPLE; i++)
		if (m->people[i].c)
			check_person(m, &m->people[i]);
	for (int r = 0; r < ROOMS; r++) {
		struct room *room = hub_room(world->hub, numbers[r]);

		assert_int_equal(room ? room_members(room) : 0,
				 members(m, r, false));
	}
}

/* ---- steps -------------------------------------------------------------- */

static void step_join(struct model *m, struct person *p, uint32_t r)
{
	const int room = (int)(r % ROOMS);
	const bool moderator = r >> 8 & 1;
	const bool in = may_come_in(m, room, moderator);
	const char *pin = moderator ? "4321" : room == 2 ? NULL : "1234";
	struct caller *c;

	if (world->n_callers == CALLERS_MAX)
		return;
	c = call(numbers[room]);
	heard(c);
	if (pin)
		keys(c, pin);
	keys(c, "#");
	heard(c);
	assert_int_equal(!gone(c), in);
	if (!in)
		return;
	p->c = c;
	p->room = room;
	p->moderator = moderator;
	comes_in(m, p);
}

static void step_keys(struct model *m, struct person *p, uint32_t r)
{
	static const char *const what[] = { "*1", "*6", "*3", "*2", "*5", "*A" };
	const unsigned k = r % 6;
	const bool in = !m->room[p->room].waiting;

	keys(p->c, what[k]);
	heard(p->c);
	if (!in)
		return;
	if (k < 2 && !p->by_moderator)
		p->own = !p->own;
	if (k == 3 && p->moderator)
		m->room[p->room].locked = !m->room[p->room].locked;
	if (k != 4 || !p->moderator)
		return;
	m->room[p->room].muted = !m->room[p->room].muted;
	for (int i = 0; i < PEOPLE; i++) {
		struct person *q = &m->people[i];

		if (q->c && q->room == p->room && !q->moderator)
			q->by_moderator = m->room[p->room].muted;
	}
}

static void step_mute(struct model *m, struct person *p, uint32_t r)
{
	(void)m;
	p->by_moderator = r & 1;
	leg_mute(hub_leg(world->hub, p->c->number), MUTE_MODERATOR,
		 p->by_moderator, "test");
	heard(p->c);
}

static void step_leave(struct model *m, struct person *p, uint32_t r)
{
	struct caller *c = p->c;

	switch (r % 4) {
	case 0:
		hangup(c);
		break;
	case 1:
		leg_kick(hub_leg(world->hub, c->number), r >> 8 & 1, "test");
		break;
	case 2:
		c->port->ops->on_timeout(c->port->arg);
		break;
	case 3:
		keys(c, "*#");
		break;
	}
	if (!c->ss.over)
		heard(c);
	world_run(0);
	assert_true(gone(c));
	goes(m, p);
}

static void step_hold(struct model *m, struct person *p, uint32_t r)
{
	(void)m;
	p->held = r & 1;
	assert_int_equal(reinvite(p->c, p->held ? "a=sendonly\r\n" : ""), 200);
}

static void step(struct model *m, uint32_t r)
{
	static void (*const steps[])(struct model *, struct person *, uint32_t) = {
		step_keys, step_keys, step_mute, step_hold, step_leave
	};
	struct person *p = &m->people[r % PEOPLE];

	r >>= 4;
	if (!p->c)
		step_join(m, p, r);
	else
		steps[r % 5](m, p, r >> 3);
	world_run((int)(r >> 20) % 300);
}

static void whatever_people_do_the_rules_hold(void **state)
{
	(void)state;
	for (uint32_t walk = 1; walk <= WALKS; walk++) {
		struct model m = { 0 };
		uint32_t seed = walk * 2654435761u;

		for (int i = 0; i < STEPS; i++) {
			step(&m, t_rand(&seed));
			check(&m);
			for (int k = 0; k < PEOPLE; k++)
				if (m.people[k].c)
					heard(m.people[k].c);
		}
		world_teardown(NULL);
		world_setup(NULL);
	}
}

/* ---- no memory ---------------------------------------------------------- */

static long allocs_left = -1;           /* -1: as many as one likes */
static bool alloc_failed;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	if (allocs_left == 0) {
		alloc_failed = true;
		return NULL;
	}
	if (allocs_left > 0)
		allocs_left--;
	return __real_calloc(n, size);
}

/* Each allocation of a call fails once: the call is refused or ended, and the
 * world is whole (world_teardown checks that). */
static void without_memory_a_call_fails_and_nothing_else(void **state)
{
	bool through = false;

	(void)state;
	for (long n = 0; !through; n++) {
		struct caller *a = join("1001", NULL), *b;

		allocs_left = n;
		alloc_failed = false;
		b = invite("1000*1234", NULL, offer(""));
		if (b->ss.ops && b->ss.status == 200) {
			ack(b);
			world_run(0);
		}
		through = !alloc_failed;
		allocs_left = -1;
		if (b->port && !b->port->closing)
			heard(b);
		assert_int_equal(in_room(b, "1000"), through);
		assert_true(through || b->ss.over);
		assert_true(in_room(a, "1001") && a->port->speak);
		assert_true(n < 100);
		world_teardown(NULL);
		world_setup(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whatever_people_do_the_rules_hold),
		TEST(without_memory_a_call_fails_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
