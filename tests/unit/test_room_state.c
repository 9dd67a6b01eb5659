/*
 * test_room_state.c - every cell of the table in room_state.c, written out once
 * more from the description of ConfBridge's states; then random comings and
 * goings against a model that only counts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "call/room_state.h"
#include "t_rand.h"

#define J(kind) ROOM_JOIN_##kind
#define L(kind) ROOM_LEAVE_##kind

/* n_in, n_waiting: after the event */
static const struct row {
	enum room_state state;
	enum room_event event;
	unsigned acts, n_in, n_waiting;
	enum room_state after;
} rows[] = {
	{ ROOM_EMPTY, J(UNMARKED), ACT_IN, 1, 0, ROOM_SINGLE },
	{ ROOM_EMPTY, J(WAIT), ACT_WAIT, 0, 1, ROOM_INACTIVE },
	{ ROOM_EMPTY, J(MARKED), ACT_IN, 1, 0, ROOM_SINGLE_MARKED },

	{ ROOM_INACTIVE, J(UNMARKED), ACT_IN, 1, 1, ROOM_SINGLE },
	{ ROOM_INACTIVE, J(WAIT), ACT_WAIT, 0, 2, ROOM_INACTIVE },
	{ ROOM_INACTIVE, J(MARKED), ACT_IN | ACT_RELEASE, 2, 0, ROOM_MULTI_MARKED },
	{ ROOM_INACTIVE, L(WAIT), 0, 0, 1, ROOM_INACTIVE },
	{ ROOM_INACTIVE, L(WAIT), 0, 0, 0, ROOM_EMPTY },

	{ ROOM_SINGLE, J(UNMARKED), ACT_IN, 2, 0, ROOM_MULTI },
	{ ROOM_SINGLE, J(WAIT), ACT_WAIT, 1, 1, ROOM_SINGLE },
	{ ROOM_SINGLE, J(MARKED), ACT_IN | ACT_RELEASE, 2, 0, ROOM_MULTI_MARKED },
	{ ROOM_SINGLE, L(UNMARKED), 0, 0, 0, ROOM_EMPTY },
	{ ROOM_SINGLE, L(UNMARKED), 0, 0, 2, ROOM_INACTIVE },
	{ ROOM_SINGLE, L(WAIT), 0, 1, 0, ROOM_SINGLE },

	{ ROOM_SINGLE_MARKED, J(UNMARKED), ACT_IN, 2, 0, ROOM_MULTI_MARKED },
	{ ROOM_SINGLE_MARKED, J(WAIT), ACT_IN, 2, 0, ROOM_MULTI_MARKED },
	{ ROOM_SINGLE_MARKED, J(MARKED), ACT_IN, 2, 0, ROOM_MULTI_MARKED },
	{ ROOM_SINGLE_MARKED, L(LAST_MARKED), ACT_BACK | ACT_END_ANY, 0, 0, ROOM_EMPTY },

	{ ROOM_MULTI, J(UNMARKED), ACT_IN, 3, 0, ROOM_MULTI },
	{ ROOM_MULTI, J(WAIT), ACT_WAIT, 2, 1, ROOM_MULTI },
	{ ROOM_MULTI, J(MARKED), ACT_IN | ACT_RELEASE, 4, 0, ROOM_MULTI_MARKED },
	{ ROOM_MULTI, L(UNMARKED), 0, 1, 1, ROOM_SINGLE },
	{ ROOM_MULTI, L(UNMARKED), 0, 2, 0, ROOM_MULTI },
	{ ROOM_MULTI, L(WAIT), 0, 2, 0, ROOM_MULTI },

	{ ROOM_MULTI_MARKED, J(UNMARKED), ACT_IN, 3, 0, ROOM_MULTI_MARKED },
	{ ROOM_MULTI_MARKED, J(WAIT), ACT_IN, 3, 0, ROOM_MULTI_MARKED },
	{ ROOM_MULTI_MARKED, J(MARKED), ACT_IN, 3, 0, ROOM_MULTI_MARKED },
	{ ROOM_MULTI_MARKED, L(UNMARKED), 0, 1, 0, ROOM_SINGLE_MARKED },
	{ ROOM_MULTI_MARKED, L(UNMARKED), 0, 2, 0, ROOM_MULTI_MARKED },
	{ ROOM_MULTI_MARKED, L(MARKED), ACT_END_ANY, 1, 0, ROOM_SINGLE_MARKED },
	{ ROOM_MULTI_MARKED, L(MARKED), ACT_END_ANY, 5, 0, ROOM_MULTI_MARKED },
	{ ROOM_MULTI_MARKED, L(LAST_MARKED), ACT_BACK | ACT_END_ANY, 0, 3, ROOM_INACTIVE },
	{ ROOM_MULTI_MARKED, L(LAST_MARKED), ACT_BACK | ACT_END_ANY, 1, 1, ROOM_SINGLE },
	{ ROOM_MULTI_MARKED, L(LAST_MARKED), ACT_BACK | ACT_END_ANY, 2, 0, ROOM_MULTI }
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static void every_cell_does_what_is_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];

		assert_true(room_state_takes(r->state, r->event));
		assert_int_equal(room_state_acts(r->state, r->event), r->acts);
		assert_string_equal(room_state_word(room_state_after(
			r->state, r->event, r->n_in, r->n_waiting)),
			room_state_word(r->after));
	}
}

static void what_is_not_described_cannot_happen(void **state)
{
	unsigned described = 0;

	(void)state;
	for (int s = 0; s < ROOM__STATES; s++)
		for (int e = 0; e < ROOM__EVENTS; e++) {
			bool found = false;

			for (size_t i = 0; i < N_ROWS; i++)
				found |= rows[i].state == (enum room_state)s &&
					rows[i].event == (enum room_event)e;
			assert_int_equal(room_state_takes((enum room_state)s,
				(enum room_event)e), found);
			described += found;
		}
	assert_int_equal(described, 3 + 4 + 5 + 4 + 5 + 6);
}

/* ---- a model that counts ------------------------------------------------ */

/* unmarked, marked: in; wait: of those who wait for a leader */
struct model {
	unsigned unmarked, marked, wait;
};

static enum room_state state_of(const struct model *m)
{
	const unsigned in = m->unmarked + m->marked + (m->marked ? m->wait : 0);

	if (!in)
		return m->wait ? ROOM_INACTIVE : ROOM_EMPTY;
	if (m->marked)
		return in == 1 ? ROOM_SINGLE_MARKED : ROOM_MULTI_MARKED;
	return in == 1 ? ROOM_SINGLE : ROOM_MULTI;
}

/* The event as a room sees it, or ROOM__EVENTS if there is nobody to leave. */
static enum room_event step(struct model *m, unsigned what)
{
	const bool led = m->marked;

	switch (what) {
	case 0: m->unmarked++; return ROOM_JOIN_UNMARKED;
	case 1: m->wait++; return ROOM_JOIN_WAIT;
	case 2: m->marked++; return ROOM_JOIN_MARKED;
	case 3:
		if (!m->unmarked)
			return ROOM__EVENTS;
		m->unmarked--;
		return ROOM_LEAVE_UNMARKED;
	case 4:
		if (!m->wait)
			return ROOM__EVENTS;
		m->wait--;
		return led ? ROOM_LEAVE_UNMARKED : ROOM_LEAVE_WAIT;
	default:
		if (!m->marked)
			return ROOM__EVENTS;
		m->marked--;
		return m->marked ? ROOM_LEAVE_MARKED : ROOM_LEAVE_LAST_MARKED;
	}
}

static void random_comings_and_goings_keep_to_the_counts(void **state)
{
	enum room_state at = ROOM_EMPTY;
	struct model m = { 0 };
	uint32_t rng = 4711;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		const unsigned what = t_rand(&rng) % 6;
		enum room_event ev;

		if (what < 3 && m.unmarked + m.marked + m.wait > 5)
			continue;
		ev = step(&m, what);
		if (ev == ROOM__EVENTS)
			continue;
		assert_true(room_state_takes(at, ev));
		at = room_state_after(at, ev,
			m.unmarked + m.marked + (m.marked ? m.wait : 0),
			m.marked ? 0 : m.wait);
		assert_int_equal(at, state_of(&m));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_does_what_is_described),
		cmocka_unit_test(what_is_not_described_cannot_happen),
		cmocka_unit_test(random_comings_and_goings_keep_to_the_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
