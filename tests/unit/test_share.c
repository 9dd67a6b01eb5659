/*
 * test_share.c - the places of a room for voices, shared by its parts; and the
 * lists by which they do that, between threads.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "mixer/share.h"
#include "mixer/xchg.h"
#include "t_rand.h"

enum { PARTS = 3, LATE = 5 };   /* the latter: share.c */

struct table {
	struct mx_xchg *x;
	struct mx_share share[PARTS];
	uint16_t voices[PARTS][LOUDEST_RANKS];
	unsigned got[PARTS];
	uint64_t tick;
};

static void sit_down(struct table *t)
{
	memset(t, 0, sizeof(*t));
	t->tick = 100;
	assert_int_equal(mx_xchg_new(&t->x, 80), 0);
	for (unsigned i = 0; i < PARTS; i++) {
		assert_int_equal(mx_xchg_add(t->x, i), 0);
		mx_xchg_set_active(t->x, i, true);
	}
}

static void get_up(struct table *t)
{
	mx_xchg_free(t->x);
}

/* A tick of all parts but those in `absent`, a bit each, in any order. */
static void turn(struct table *t, unsigned most, unsigned absent)
{
	for (unsigned k = 0; k < PARTS; k++) {
		unsigned i = (unsigned)((k + t->tick) % PARTS);

		if (absent >> i & 1)
			continue;
		t->got[i] = mx_share_take(&t->share[i], t->x, i, t->tick, most);
		mx_share_tell(t->x, i, t->tick, t->voices[i], most);
	}
	t->tick++;
}

/* Until what was told has come to all, and what was taken is given up. */
static void settle(struct table *t, unsigned most)
{
	for (unsigned i = 0; i < 3; i++)
		turn(t, most, 0);
}

static unsigned count(const uint16_t voices[LOUDEST_RANKS])
{
	unsigned n = 0;

	for (unsigned r = 0; r < LOUDEST_RANKS; r++)
		n += voices[r];
	return n;
}

static void parts_take_what_one_would_have_taken(void **state)
{
	uint32_t seed = 17;
	struct table t;

	(void)state;
	sit_down(&t);
	for (unsigned round = 0; round < 300; round++) {
		const unsigned most = 1 + t_rand(&seed) % 20;
		unsigned n = t_rand(&seed) % 30, want[PARTS] = { 0 }, left = most;

		memset(t.voices, 0, sizeof(t.voices));
		for (; n > 0; n--)      /* few ranks: many are equal */
			t.voices[t_rand(&seed) % PARTS]
				[100 + t_rand(&seed) % 12]++;
		for (unsigned r = LOUDEST_RANKS; r-- > 0;)
			for (unsigned i = 0; i < PARTS; i++)
				for (unsigned k = 0; k < t.voices[i][r]; k++)
					if (left > 0) {
						want[i]++;
						left--;
					}
		settle(&t, most);
		/* what is left may be taken by any of them */
		for (unsigned i = 0; i < PARTS; i++)
			assert_int_equal(t.got[i], want[i] + left);
	}
	get_up(&t);
}

static void a_place_is_given_up_a_tick_after_it_was_taken(void **state)
{
	struct table t;

	(void)state;
	sit_down(&t);
	t.voices[0][200] = 2;
	settle(&t, 2);
	assert_int_equal(t.got[0], 2);
	assert_int_equal(t.got[2], 0);
	t.voices[2][210] = 1;           /* somebody louder */
	turn(&t, 2, 0);
	assert_int_equal(t.got[2], 0);
	turn(&t, 2, 0);
	assert_int_equal(t.got[0], 2);
	assert_int_equal(t.got[2], 1);
	turn(&t, 2, 0);
	assert_int_equal(t.got[0], 1);
	assert_int_equal(t.got[2], 1);
	get_up(&t);
}

static void who_is_late_keeps_his_places_for_a_while(void **state)
{
	struct table t;

	(void)state;
	sit_down(&t);
	t.voices[0][200] = 3;
	t.voices[1][190] = 3;
	settle(&t, 4);
	assert_int_equal(t.got[1], 1);
	turn(&t, 4, 1 << 0);            /* his word is there still */
	for (unsigned i = 0; i < LATE; i++) {
		turn(&t, 4, 1 << 0);
		assert_int_equal(t.got[1], 1);
	}
	turn(&t, 4, 1 << 0);
	assert_int_equal(t.got[1], 4);
	/* he goes on where he stood */
	settle(&t, 4);
	assert_int_equal(t.got[0], 3);
	assert_int_equal(t.got[1], 1);
	get_up(&t);
}

static void who_is_silent_or_gone_holds_nothing(void **state)
{
	struct table t;

	(void)state;
	sit_down(&t);
	t.voices[0][220] = 4;
	t.voices[1][190] = 4;
	settle(&t, 4);
	assert_int_equal(t.got[1], 0);
	t.voices[0][220] = 1;           /* three of them pause */
	settle(&t, 4);
	assert_int_equal(t.got[0], 1);
	assert_int_equal(t.got[1], 3);
	mx_xchg_set_active(t.x, 0, false);
	for (unsigned i = 0; i < 3; i++)
		turn(&t, 4, 1 << 0);
	assert_int_equal(t.got[1], 4);
	get_up(&t);
}

static void a_new_part_takes_nothing_before_it_has_heard_the_others(void **state)
{
	struct table t;

	(void)state;
	sit_down(&t);
	mx_xchg_set_active(t.x, 2, false);
	t.voices[0][180] = t.voices[1][180] = 2;
	t.voices[2][200] = 3;
	for (unsigned i = 0; i < 3; i++)
		turn(&t, 4, 1 << 2);
	mx_xchg_set_active(t.x, 2, true);
	turn(&t, 4, 0);
	assert_int_equal(t.got[2], 0);
	settle(&t, 4);
	assert_int_equal(t.got[0], 1);
	assert_int_equal(t.got[1], 0);
	assert_int_equal(t.got[2], 3);
	get_up(&t);
}

static void more_ranks_than_a_list_holds_are_still_counted(void **state)
{
	struct table t;

	(void)state;
	sit_down(&t);
	for (unsigned r = 0; r < 100; r++)
		t.voices[0][r + 100] = t.voices[1][r + 100] = 1;
	settle(&t, 60);
	assert_int_equal(t.got[0] + t.got[1], 60);
	settle(&t, 1000);
	assert_int_equal(t.got[0], 1000 - count(t.voices[1]));
	assert_int_equal(t.got[1], 1000 - count(t.voices[0]));
	get_up(&t);
}

/* ---- between threads ----------------------------------------------------- */

enum { TICKS = 100000 };

struct lane {
	struct mx_xchg *x;
	_Atomic uint64_t tick;
};

/* Lists of one to MX_XCHG_LIST_MAX words, each the number of its tick. */
static void *writer(void *arg)
{
	struct lane *l = arg;
	uint32_t word[MX_XCHG_LIST_MAX];

	for (uint64_t tick = 1; tick <= TICKS; tick++) {
		for (unsigned i = 0; i < MX_XCHG_LIST_MAX; i++)
			word[i] = (uint32_t)tick;
		mx_xchg_list(l->x, 0, tick, word, 1 + tick % MX_XCHG_LIST_MAX);
		atomic_store_explicit(&l->tick, tick, memory_order_relaxed);
	}
	return NULL;
}

static void a_list_is_whole_or_not_there(void **state)
{
	struct lane l = { 0 };
	pthread_t thread;
	uint64_t tick;

	(void)state;
	assert_int_equal(mx_xchg_new(&l.x, 80), 0);
	assert_int_equal(mx_xchg_add(l.x, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, writer, &l), 0);
	do {
		uint32_t word[MX_XCHG_LIST_MAX];
		int n;

		tick = atomic_load_explicit(&l.tick, memory_order_relaxed);
		if (tick < 4)
			continue;
		/* the one that is written over next */
		n = mx_xchg_listed(l.x, 0, tick - 3, word);
		if (n < 0)
			continue;
		assert_int_equal(n, 1 + (tick - 3) % MX_XCHG_LIST_MAX);
		for (int i = 0; i < n; i++)
			assert_int_equal(word[i], (uint32_t)(tick - 3));
	} while (tick < TICKS);
	pthread_join(thread, NULL);
	/* what is four ticks old has been written over */
	for (uint64_t back = 0; back < 8; back++) {
		uint32_t word[MX_XCHG_LIST_MAX];
		int n = mx_xchg_listed(l.x, 0, TICKS - back, word);

		assert_true(back < 4 ? n > 0 : n < 0);
	}
	mx_xchg_free(l.x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_take_what_one_would_have_taken),
		cmocka_unit_test(a_place_is_given_up_a_tick_after_it_was_taken),
		cmocka_unit_test(who_is_late_keeps_his_places_for_a_while),
		cmocka_unit_test(who_is_silent_or_gone_holds_nothing),
		cmocka_unit_test(
			a_new_part_takes_nothing_before_it_has_heard_the_others),
		cmocka_unit_test(more_ranks_than_a_list_holds_are_still_counted),
		cmocka_unit_test(a_list_is_whole_or_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
