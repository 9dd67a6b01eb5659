/* test_level.c - the level in the scale of RFC 6464. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>

#include "mixer/dsp/dsp.h"
#include "mixer/level.h"
#include "t_rand.h"
#include "t_wave.h"

static uint8_t level_of(const int16_t *x, size_t n)
{
	return mx_level(mx_dsp_best()->energy(x, n), n);
}

static void full_scale_is_0_and_a_sine_3_below(void **state)
{
	int16_t x[480];

	(void)state;
	for (size_t i = 0; i < 480; i++)
		x[i] = i / 24 % 2 ? INT16_MIN : INT16_MAX;
	assert_int_equal(level_of(x, 480), 0);
	for (size_t i = 0; i < 480; i++)
		x[i] = (int16_t)lrint(t_sine(32767, 1000, 48000, i));
	assert_int_equal(level_of(x, 480), 3);
	for (size_t i = 0; i < 480; i++)
		x[i] = (int16_t)lrint(t_sine(3276.7, 1000, 48000, i));
	assert_int_equal(level_of(x, 480), 23);
}

static void silence_is_127(void **state)
{
	static const int16_t x[160];

	(void)state;
	assert_int_equal(level_of(x, 160), MX_LEVEL_SILENCE);
	assert_int_equal(mx_level(1000, 0), MX_LEVEL_SILENCE);
	/* one single bit in 120 ms is still something */
	assert_in_range(mx_level(1, 5760), 120, 127);
}

/* Against the formula; where it is within a thousandth of a half either
 * neighbour will do. */
static void it_is_the_nearest_decibel(void **state)
{
	uint32_t seed = 17;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		const size_t n = 1 + t_rand(&seed) % 5760;
		const uint64_t most = (uint64_t)n << 30;
		const uint64_t energy =
			((uint64_t)t_rand(&seed) << 32 | t_rand(&seed)) % most >>
			t_rand(&seed) % 43;
		double db;

		if (!energy)
			continue;
		db = -10 * log10((double)energy / (double)n / 32767 / 32767);
		db = db < 0 ? 0 : db > 127 ? 127 : db;
		assert_true(fabs(mx_level(energy, n) - db) < 0.501);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_scale_is_0_and_a_sine_3_below),
		cmocka_unit_test(silence_is_127),
		cmocka_unit_test(it_is_the_nearest_decibel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
