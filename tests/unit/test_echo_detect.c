/* test_echo_detect.c - mixer/fft.h and mixer/echo_detect.h */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/echo_detect.h"
#include "mixer/fft.h"
#include "t_rand.h"

enum { SECONDS = 30, LEN = SECONDS * MX_ECHO_HZ };

static struct mx_fft *fft;

static int set_up(void **state)
{
	(void)state;
	return mx_fft_new(&fft, MX_ECHO_FFT);
}

static int tear_down(void **state)
{
	(void)state;
	mx_fft_free(fft);
	return 0;
}

/* ---- transform --------------------------------------------------------- */

static void transform_is_the_dft(void **state)
{
	(void)state;
	for (unsigned n = MX_FFT_MIN; n <= MX_FFT_MAX; n *= 2) {
		_Alignas(16) static float re[MX_FFT_MAX], im[MX_FFT_MAX];
		_Alignas(16) static float tmp[2 * MX_FFT_MAX];
		static double xr[MX_FFT_MAX], xi[MX_FFT_MAX];
		struct mx_fft *f;
		uint32_t seed = n;

		assert_int_equal(mx_fft_new(&f, n), 0);
		for (unsigned i = 0; i < n; i++) {
			xr[i] = re[i] = (float)(t_rand(&seed) % 201) - 100;
			xi[i] = im[i] = (float)(t_rand(&seed) % 201) - 100;
		}
		mx_fft_run(f, re, im, tmp);
		for (unsigned k = 0; k < n; k += 13) {
			double a = 0, b = 0;

			for (unsigned i = 0; i < n; i++) {
				const double w = -2 * M_PI * (i * k % n) / n;

				a += xr[i] * cos(w) - xi[i] * sin(w);
				b += xr[i] * sin(w) + xi[i] * cos(w);
			}
			assert_true(hypot(a - (double)re[k],
					  b - (double)im[k]) < 0.02);
		}
		mx_fft_run(f, im, re, tmp);     /* and back */
		for (unsigned i = 0; i < n; i++) {
			assert_true(fabs((double)re[i] / n - xr[i]) < 1e-3);
			assert_true(fabs((double)im[i] / n - xi[i]) < 1e-3);
		}
		mx_fft_free(f);
	}
}

static void odd_sizes_are_refused(void **state)
{
	struct mx_fft *f = NULL;

	(void)state;
	assert_int_equal(mx_fft_new(&f, 1000), -EINVAL);
	assert_int_equal(mx_fft_new(&f, MX_FFT_MIN / 2), -EINVAL);
	assert_int_equal(mx_fft_new(&f, MX_FFT_MAX * 2), -EINVAL);
	assert_null(f);
}

/* ---- detector ---------------------------------------------------------- */

static int16_t far[LEN], near[LEN];

/* Noise in syllables: on for 200 ms, quiet for 100. */
static void talk(int16_t *x, uint32_t seed, int amplitude)
{
	int low = 0;

	for (unsigned i = 0; i < LEN; i++) {
		const int a = i / 400 % 3 < 2 ? amplitude : amplitude / 100;

		low += ((int)(t_rand(&seed) % (2 * (unsigned)a + 1)) - a - low) / 2;
		x[i] = (int16_t)low;
	}
}

/* Adds far to near, less by a factor, late by so much. */
static void add_echo(double factor, double delay_ms, double ppm)
{
	for (unsigned i = 0; i < LEN; i++) {
		const double at = i - delay_ms * MX_ECHO_HZ / 1000 -
			i * ppm * 1e-6;
		const long k = (long)floor(at);
		const double f = at - (double)k;

		if (k >= 0)
			near[i] = (int16_t)(near[i] + factor *
					    (far[k] * (1 - f) + far[k + 1] * f));
	}
}

struct run {
	struct mx_echo_detect d;
	double first_s;
	unsigned wrong;         /* hits elsewhere than at want_ms */
};

static void listen(struct run *r, double want_ms, double ppm)
{
	memset(r, 0, sizeof(*r));
	mx_echo_detect_init(&r->d, fft);
	for (unsigned b = 1; (b + 1) * MX_ECHO_BLOCK <= LEN; b++) {
		const double t = (b + 1) * 0.25;
		bool hit = false;

		mx_echo_detect_begin(&r->d, far + (b - 1) * MX_ECHO_BLOCK,
				     near + b * MX_ECHO_BLOCK);
		for (unsigned i = 0; i < MX_ECHO_STEPS; i++)
			hit = mx_echo_detect_step(&r->d);
		if (!hit)
			continue;
		if (r->first_s == 0)
			r->first_s = t;
		if (fabs((double)r->d.delay / 4 - want_ms - t * ppm / 1000) > 2)
			r->wrong++;
	}
}

static void delays_up_to_a_second_are_found_within_two(void **state)
{
	static const double delays[] = { 20, 60, 249, 250, 251, 400, 600, 900 };

	(void)state;
	for (unsigned i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		struct run r;

		talk(far, 1 + i, 4000);
		talk(near, 100 + i, 20);
		add_echo(0.3, delays[i], 0);
		listen(&r, delays[i], 0);
		assert_true(r.d.found);
		assert_true(r.first_s <= 1 + delays[i] / 1000);
		assert_int_equal(r.wrong, 0);
		assert_true(fabs((double)r.d.loss_db - 10.5) < 3);
	}
}

static void a_talker_on_the_line_is_no_echo(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		struct run r;

		talk(far, 1 + i, 4000);
		talk(near, 100 + i, 4000);
		listen(&r, 0, 0);
		assert_false(r.d.found);
	}
}

static void a_talker_on_the_line_does_not_move_it(void **state)
{
	struct run r;

	(void)state;
	talk(far, 7, 4000);
	talk(near, 8, 4000);
	add_echo(0.4, 333, 0);
	listen(&r, 333, 0);
	assert_true(r.d.hits > 20);
	assert_int_equal(r.wrong, 0);
}

static void drift_is_measured(void **state)
{
	static const double ppm[] = { 0, 50, -150 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct run r;

		talk(far, 9, 4000);
		talk(near, 10, 20);
		add_echo(0.3, 300, ppm[i]);
		listen(&r, 300, ppm[i]);
		assert_int_equal(r.wrong, 0);
		assert_true(fabs((double)r.d.drift_ppm - ppm[i]) < 8);
	}
}

static void a_known_move_moves_what_was_found(void **state)
{
	struct run r;

	(void)state;
	talk(far, 11, 4000);
	talk(near, 12, 20);
	add_echo(0.3, 300, 0);
	listen(&r, 300, 0);
	mx_echo_detect_move(&r.d, -40);
	assert_true(r.d.found);
	assert_true(fabs((double)r.d.delay - (1200 - 40)) < 2);
}

static void silence_costs_no_steps(void **state)
{
	static const int16_t zeros[MX_ECHO_WINDOW];
	static struct mx_echo_detect d;

	(void)state;
	talk(far, 13, 4000);
	mx_echo_detect_init(&d, fft);
	mx_echo_detect_begin(&d, far, NULL);
	assert_int_equal(d.todo, 0);
	mx_echo_detect_begin(&d, far, zeros);
	assert_int_equal(d.todo, 0);
	for (unsigned i = 0; i < MX_ECHO_SPANS; i++)
		mx_echo_detect_begin(&d, NULL, far);
	assert_int_equal(d.todo, 0);
	mx_echo_detect_begin(&d, far, far);
	assert_int_equal(d.todo, MX_ECHO_STEPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transform_is_the_dft),
		cmocka_unit_test(odd_sizes_are_refused),
		cmocka_unit_test(delays_up_to_a_second_are_found_within_two),
		cmocka_unit_test(a_talker_on_the_line_is_no_echo),
		cmocka_unit_test(a_talker_on_the_line_does_not_move_it),
		cmocka_unit_test(drift_is_measured),
		cmocka_unit_test(a_known_move_moves_what_was_found),
		cmocka_unit_test(silence_costs_no_steps),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
