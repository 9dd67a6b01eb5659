/* test_pkt.c - the packet pool. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "mixer/pkt.h"

enum { N = 5 };

static void gives_n_slots_and_no_more(void **state)
{
	struct mx_pool *pool;
	struct mx_pkt *p[N];

	(void)state;
	assert_int_equal(mx_pool_new(&pool, N), 0);
	assert_int_equal(mx_pool_used(pool), 0);
	for (size_t i = 0; i < N; i++) {
		p[i] = mx_pool_get(pool);
		assert_non_null(p[i]);
		assert_int_equal(mx_pool_used(pool), i + 1);
		for (size_t k = 0; k < i; k++)
			assert_ptr_not_equal(p[i], p[k]);
	}
	assert_null(mx_pool_get(pool));
	assert_int_equal(mx_pool_used(pool), N);
	for (size_t i = 0; i < N; i++)
		mx_pool_put(pool, p[i]);
	assert_int_equal(mx_pool_used(pool), 0);
	mx_pool_free(pool);
}

static void last_given_back_comes_first(void **state)
{
	struct mx_pool *pool;
	struct mx_pkt *a, *b;

	(void)state;
	assert_int_equal(mx_pool_new(&pool, N), 0);
	a = mx_pool_get(pool);
	b = mx_pool_get(pool);
	mx_pool_put(pool, a);
	mx_pool_put(pool, b);
	assert_ptr_equal(mx_pool_get(pool), b);
	assert_ptr_equal(mx_pool_get(pool), a);
	mx_pool_put(pool, a);
	mx_pool_put(pool, b);
	mx_pool_free(pool);
}

/* In the smallest slot there is, whole, and not touching the others. */
static void what_is_kept_is_a_copy(void **state)
{
	static const uint16_t len[N] = { 0, 160, 161, 1000, MX_PKT_SIZE };
	static struct mx_pkt from = { .arrival_us = 7, .seq = 9, .pt = 3 };
	struct mx_pool *pool;
	struct mx_pkt *p[N];

	(void)state;
	assert_int_equal(mx_pool_new(&pool, N), 0);
	for (unsigned i = 0; i < N; i++) {
		from.len = len[i];
		from.off = len[i] == MX_PKT_SIZE ? 0 : 12;
		memset(from.data, (int)i + 1, sizeof(from.data));
		p[i] = mx_pool_keep(pool, &from);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % 64, 0);
	}
	assert_null(mx_pool_keep(pool, &from));
	assert_int_equal(mx_pool_used(pool), N);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(p[i]->arrival_us, 7);
		assert_int_equal(p[i]->seq, 9);
		assert_int_equal(p[i]->pt, 3);
		assert_int_equal(p[i]->off, 0);
		assert_int_equal(p[i]->len, len[i]);
		for (unsigned k = 0; k < len[i]; k++)
			assert_int_equal(p[i]->data[k], i + 1);
		mx_pool_put(pool, p[i]);
	}
	assert_int_equal(mx_pool_used(pool), 0);
	mx_pool_free(pool);
}

static void null_and_nothing_are_fine(void **state)
{
	struct mx_pool *pool = (void *)state;

	assert_int_equal(mx_pool_new(&pool, 0), -EINVAL);
	assert_ptr_equal(pool, (void *)state);          /* untouched */
	assert_int_equal(mx_pool_new(&pool, 1), 0);
	mx_pool_put(pool, NULL);
	assert_int_equal(mx_pool_used(pool), 0);
	mx_pool_free(pool);
	mx_pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_n_slots_and_no_more),
		cmocka_unit_test(last_given_back_comes_first),
		cmocka_unit_test(what_is_kept_is_a_copy),
		cmocka_unit_test(null_and_nothing_are_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
