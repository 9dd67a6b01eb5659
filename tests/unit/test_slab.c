/* test_slab.c - memory for what each leg has. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "mixer/line.h"
#include "mixer/slab.h"

enum { MANY = 3000, SIZE = 1000 };

static void what_is_got_is_zero_apart_and_a_line_s_begin(void **state)
{
	static unsigned char *p[MANY];
	struct mx_slab *slab;
	(void)state;

	assert_int_equal(mx_slab_new(&slab), 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++) {
			p[i] = mx_slab_get(slab, SIZE);
			assert_non_null(p[i]);
			assert_int_equal((uintptr_t)p[i] % MX_LINE, 0);
			for (int k = 0; k < SIZE; k++)
				assert_int_equal(p[i][k], 0);
			memset(p[i], i % 255 + 1, SIZE);
		}
		for (int i = 0; i < MANY; i++) {
			assert_int_equal(p[i][0], i % 255 + 1);
			assert_int_equal(p[i][SIZE - 1], i % 255 + 1);
			mx_slab_put(slab, p[i], SIZE);
		}
	}
	mx_slab_free(slab);
}

static void sizes_do_not_mix_and_none_is_too_large(void **state)
{
	static const size_t sizes[] = { 1, 64, 448, 8256, 1 << 19, 3 << 20 };
	enum { N = sizeof(sizes) / sizeof(*sizes) };
	unsigned char *p[N];
	struct mx_slab *slab;
	(void)state;

	assert_int_equal(mx_slab_new(&slab), 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N; i++) {
			p[i] = mx_slab_get(slab, sizes[i]);
			assert_non_null(p[i]);
			memset(p[i], i + 1, sizes[i]);
		}
		for (int i = 0; i < N; i++) {
			assert_int_equal(p[i][sizes[i] - 1], i + 1);
			mx_slab_put(slab, p[i], sizes[i]);
		}
	}
	mx_slab_free(slab);
}

static void without_a_slab_it_is_memory_like_any(void **state)
{
	void *p = mx_slab_get(NULL, SIZE);
	(void)state;

	assert_non_null(p);
	mx_slab_put(NULL, p, SIZE);
	mx_slab_put(NULL, NULL, SIZE);
	mx_slab_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_got_is_zero_apart_and_a_line_s_begin),
		cmocka_unit_test(sizes_do_not_mix_and_none_is_too_large),
		cmocka_unit_test(without_a_slab_it_is_memory_like_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
