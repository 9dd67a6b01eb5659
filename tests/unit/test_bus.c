/* test_bus.c - who hears whom on the mix bus. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/bus.h"
#include "mixer/dsp/dsp.h"
#include "t_fail.h"
#include "t_rand.h"

enum { LEN = 160, VOICES = 12 };

static void fill(int16_t *x, int16_t v)
{
	for (int i = 0; i < LEN; i++)
		x[i] = v;
}

/* Voices of full scale: any three of them overload an int16. */
static void shout(int16_t v[VOICES][LEN], uint32_t seed)
{
	for (int i = 0; i < VOICES; i++)
		for (int k = 0; k < LEN; k++)
			v[i][k] = (int16_t)(t_rand(&seed) & 1 ?
					    INT16_MAX - i : INT16_MIN + i);
}

static struct mx_bus *bus_of(size_t len)
{
	struct mx_bus *bus = NULL;

	assert_int_equal(mx_bus_new(&bus, len, mx_dsp_best()), 0);
	mx_bus_begin(bus);
	return bus;
}

static void own_voice_leaves_exactly(void **state)
{
	struct mx_bus *bus = bus_of(LEN);
	int16_t v[VOICES][LEN];
	int32_t heard[LEN];

	(void)state;
	shout(v, 7);
	for (int i = 0; i < VOICES; i++)
		mx_bus_add(bus, v[i]);

	for (int me = 0; me < VOICES; me++) {
		mx_bus_hear32(bus, heard, v[me]);
		for (int k = 0; k < LEN; k++) {
			int32_t others = 0;

			for (int i = 0; i < VOICES; i++)
				others += i == me ? 0 : v[i][k];
			assert_int_equal(heard[k], others);
		}
	}
	mx_bus_free(bus);
}

static void silent_listener_hears_all(void **state)
{
	struct mx_bus *bus = bus_of(LEN);
	int16_t a[LEN], b[LEN];
	int32_t heard[LEN];

	(void)state;
	fill(a, INT16_MIN);
	fill(b, INT16_MIN);
	mx_bus_add(bus, a);
	mx_bus_add(bus, b);
	mx_bus_hear32(bus, heard, NULL);
	for (int k = 0; k < LEN; k++)
		assert_int_equal(heard[k], -65536);
	assert_memory_equal(heard, mx_bus_sum(bus), sizeof(heard));
	mx_bus_free(bus);
}

static void int16_is_clipped_once_on_the_way_out(void **state)
{
	struct mx_bus *bus = bus_of(LEN);
	int16_t a[LEN], b[LEN], c[LEN], heard[LEN];

	(void)state;
	fill(a, INT16_MAX);
	fill(b, INT16_MAX);
	fill(c, -30000);
	mx_bus_add(bus, a);
	mx_bus_add(bus, b);
	mx_bus_add(bus, c);

	mx_bus_hear(bus, heard, a);
	assert_int_equal(heard[0], INT16_MAX - 30000);
	mx_bus_hear(bus, heard, c);
	assert_int_equal(heard[LEN - 1], INT16_MAX);
	mx_bus_hear(bus, heard, NULL);
	assert_int_equal(heard[7], INT16_MAX);
	mx_bus_free(bus);
}

static void order_does_not_matter(void **state)
{
	struct mx_bus *there = bus_of(LEN), *back = bus_of(LEN);
	int16_t v[VOICES][LEN];

	(void)state;
	shout(v, 11);
	for (int i = 0; i < VOICES; i++) {
		mx_bus_add(there, v[i]);
		mx_bus_add(back, v[VOICES - 1 - i]);
	}
	assert_memory_equal(mx_bus_sum(there), mx_bus_sum(back),
			    LEN * sizeof(int32_t));
	mx_bus_free(there);
	mx_bus_free(back);
}

static void two_workers_sum_to_the_bits_of_one(void **state)
{
	struct mx_bus *one = bus_of(LEN), *left = bus_of(LEN), *right = bus_of(LEN);
	int16_t v[VOICES][LEN];
	int32_t want[LEN], got[LEN];

	(void)state;
	shout(v, 13);
	for (int i = 0; i < VOICES; i++) {
		mx_bus_add(one, v[i]);
		mx_bus_add(i % 3 ? left : right, v[i]);
	}
	mx_bus_add_sum(left, mx_bus_sum(right), mx_bus_frames(right));
	assert_int_equal(mx_bus_frames(left), VOICES);
	mx_bus_hear32(one, want, v[5]);
	mx_bus_hear32(left, got, v[5]);
	assert_memory_equal(got, want, sizeof(want));
	mx_bus_free(one);
	mx_bus_free(left);
	mx_bus_free(right);
}

static void a_new_tick_forgets_the_old(void **state)
{
	struct mx_bus *bus = bus_of(LEN);
	static const int32_t nothing[LEN];
	int16_t a[LEN];
	int32_t heard[LEN];

	(void)state;
	fill(a, 1234);
	mx_bus_add(bus, a);
	assert_int_equal(mx_bus_frames(bus), 1);
	mx_bus_begin(bus);
	assert_int_equal(mx_bus_frames(bus), 0);
	mx_bus_hear32(bus, heard, NULL);
	assert_memory_equal(heard, nothing, sizeof(heard));
	mx_bus_free(bus);
}

/* The most frames a tick, all at the lowest sample there is. */
static void as_many_frames_as_promised_fit(void **state)
{
	struct mx_bus *bus = bus_of(3);
	const int16_t low[3] = { INT16_MIN, INT16_MIN, INT16_MIN };
	const int16_t high[3] = { INT16_MAX, INT16_MAX, INT16_MAX };
	int32_t heard[3];

	(void)state;
	for (int i = 0; i < MX_BUS_MAX_FRAMES - 1; i++)
		mx_bus_add(bus, low);
	mx_bus_add(bus, high);
	mx_bus_hear32(bus, heard, high);
	assert_int_equal(heard[1], (MX_BUS_MAX_FRAMES - 1) * INT16_MIN);
	mx_bus_free(bus);
}

/* Whichever allocation fails: -ENOMEM, nothing set, nothing left behind. */
static void a_failed_allocation_leaves_nothing(void **state)
{
	struct mx_bus *bus = NULL;
	int n = 0, err;

	(void)state;
	do {
		t_fail_at = ++n;
		err = mx_bus_new(&bus, LEN, mx_dsp_best());
		assert_int_equal(err, t_fail_at ? 0 : -ENOMEM);
		assert_true(!bus == (err < 0));
	} while (err < 0);
	assert_int_equal(n, 4);
	t_fail_at = 0;
	mx_bus_free(bus);
}

static void bad_lengths_are_refused(void **state)
{
	struct mx_bus *bus = NULL;

	(void)state;
	assert_int_equal(mx_bus_new(&bus, 0, mx_dsp_best()), -EINVAL);
	assert_int_equal(mx_bus_new(&bus, MX_BUS_MAX_LEN + 1, mx_dsp_best()),
			 -EINVAL);
	assert_null(bus);
	mx_bus_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_voice_leaves_exactly),
		cmocka_unit_test(silent_listener_hears_all),
		cmocka_unit_test(int16_is_clipped_once_on_the_way_out),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(two_workers_sum_to_the_bits_of_one),
		cmocka_unit_test(a_new_tick_forgets_the_old),
		cmocka_unit_test(as_many_frames_as_promised_fit),
		cmocka_unit_test(a_failed_allocation_leaves_nothing),
		cmocka_unit_test(bad_lengths_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
