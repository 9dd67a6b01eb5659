/* test_cn.c - RFC 3389: a background of the level and the colour that a packet
 * says. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "mixer/cn.h"
#include "t_rand.h"
#include "t_speech.h"

enum { LEN = 16000 };

static int16_t pcm[LEN];

static void make(const uint8_t *payload, size_t len, bool clocked)
{
	struct mx_cn cn = { 0 };

	assert_int_equal(mx_cn_set(&cn, payload, len, clocked), 0);
	for (size_t i = 0; i < LEN; i += 80)
		mx_cn_make(&cn, pcm + i, 80);
}

/* r(1) / r(0): over 0 for what is dull, under it for what is bright. */
static double colour(void)
{
	double r0 = 0, r1 = 0;

	for (size_t i = 1; i < LEN; i++) {
		r0 += (double)pcm[i] * pcm[i];
		r1 += (double)pcm[i] * pcm[i - 1];
	}
	return r1 / r0;
}

static void it_is_as_loud_as_it_says(void **state)
{
	static const uint8_t spectra[][9] = {
		{ 0 }, { 0, 127, 127 }, { 0, 20 }, { 0, 200, 60, 140, 127, 100 },
		{ 0, 254, 0, 254, 0, 254, 0, 254, 0 },
	};
	static const size_t len[] = { 1, 3, 2, 6, 2 };

	(void)state;
	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++)
		for (uint8_t db = 40; db <= 70; db = (uint8_t)(db + 5)) {
			uint8_t payload[9];

			memcpy(payload, spectra[i], sizeof(payload));
			payload[0] = db;
			make(payload, len[i], true);
			if (fabs(t_dbov(pcm, LEN) + db) > 1.5)
				fail_msg("spectrum %zu: %.1f for -%u", i,
					 t_dbov(pcm, LEN), db);
		}
}

/* r(1)/r(0) of 1 / (1 + k/z) is -k. */
static void it_has_the_colour_it_says(void **state)
{
	(void)state;
	make((const uint8_t[]){ 45, 127 - 76 }, 2, true);       /* k = -0.6 */
	assert_true(fabs(colour() - 0.6) < 0.05);
	make((const uint8_t[]){ 45, 127 + 76 }, 2, true);
	assert_true(fabs(colour() + 0.6) < 0.05);
	make((const uint8_t[]){ 45, 127 + 76 }, 2, false);      /* not its rate */
	assert_true(fabs(colour()) < 0.05);
}

static void no_background_is_loud(void **state)
{
	(void)state;
	make((const uint8_t[]){ 0 }, 1, true);
	assert_true(t_dbov(pcm, LEN) < -MX_CN_DBOV_MAX + 1);
	make((const uint8_t[]){ 127 }, 1, true);
	for (size_t i = 0; i < LEN; i++)
		assert_int_equal(pcm[i], 0);
}

static void any_payload_is_noise_or_none(void **state)
{
	struct mx_cn cn = { 0 };
	uint32_t seed = 1;

	(void)state;
	assert_int_equal(mx_cn_set(&cn, NULL, 0, true), -EBADMSG);
	for (int i = 0; i < 500; i++) {
		uint8_t payload[40];
		size_t len = 1 + t_rand(&seed) % sizeof(payload);

		for (size_t k = 0; k < len; k++)
			payload[k] = (uint8_t)t_rand(&seed);
		make(payload, len, true);
		assert_true(t_dbov(pcm, LEN) < -MX_CN_DBOV_MAX + 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_as_loud_as_it_says),
		cmocka_unit_test(it_has_the_colour_it_says),
		cmocka_unit_test(no_background_is_loud),
		cmocka_unit_test(any_payload_is_noise_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
