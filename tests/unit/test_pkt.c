/* test_pkt.c - the packet pool. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

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
		cmocka_unit_test(null_and_nothing_are_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
