/*
 * test_dsp.c - every kernel of every table gives the bits of the reference:
 * all lengths around the vector widths, all alignments, the worst samples, and
 * not a sample written past the end. The reference itself is held to plain
 * arithmetic where another test does not (G.711: test_codec.c).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "t_rand.h"

enum { MAX = 200, SHIFT = 16, TAPS = 40, PAD = 32 };
enum { ROOM = SHIFT + MAX + TAPS + PAD };

struct bufs {
	int16_t x[ROOM], own[ROOM], out[ROOM];
	int32_t acc[ROOM], other[ROOM], out32[ROOM];
	uint8_t bytes[2 * ROOM], codes[2 * ROOM];
	uint64_t result;
};

/* Loud, quiet and edge samples. */
static int16_t sample(uint32_t *seed)
{
	static const int16_t edge[] = { INT16_MIN, INT16_MIN + 1, -1, 0, 1,
					INT16_MAX };
	const uint32_t r = t_rand(seed);

	if (r & 1)
		return edge[r / 2 % 6];
	return (int16_t)((int32_t)r >> (16 + r / 2 % 14));
}

/* A sum that clips both ways, and to which another still fits. */
static int32_t sum(uint32_t *seed)
{
	const uint32_t r = t_rand(seed);

	return (int32_t)r / 2 >> (r % 17);
}

static void fill(struct bufs *b, uint32_t seed)
{
	memset(b, 0x5a, sizeof(*b));
	for (size_t i = 0; i < ROOM; i++) {
		b->x[i] = sample(&seed);
		b->own[i] = sample(&seed);
		b->acc[i] = sum(&seed);
		b->other[i] = sum(&seed);
	}
	for (size_t i = 0; i < 2 * ROOM; i++)
		b->bytes[i] = (uint8_t)t_rand(&seed);
}

/* ---- one function a kernel: runs it, n samples at places shifted by s ---- */

static void run_add(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->add(b->acc + s, b->x + s, n);
}

static void run_add32(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->add32(b->acc + s, b->other + s, n);
}

static void run_sub(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->sub(b->out32 + s, b->acc + s, b->own + s, n);
}

static void run_minus(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->minus(b->out + s, b->acc + s, b->own + s, n);
}

static void run_energy(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	b->result = d->energy(b->x + s, n);
}

static void run_peak32(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	if (n && n % 3 == 0)
		b->acc[s + n / 2] = INT32_MIN;
	b->result = d->peak32(b->acc + s, n);
}

static void run_gain(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	static const int16_t g[] = { 0, 1, 2047, 2048, 2049, 32767, -32768 };

	d->gain(b->out + s, b->x + s, g[n % 7], n);
	d->gain(b->own + s, b->own + s, g[(n + 3) % 7], n);
}

static void run_ramp(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	static const int32_t unity = 1 << 30;
	const int32_t step = n ? unity / (int32_t)n : unity;

	b->acc[s] = INT32_MIN;
	b->acc[s + n] = INT32_MAX;
	switch (n % 4) {
	case 0: d->ramp(b->out + s, b->acc + s, unity, 0, n); break;
	case 1: d->ramp(b->out + s, b->acc + s, unity, -step, n); break;
	case 2: d->ramp(b->out + s, b->acc + s, 0, step, n); break;
	case 3: d->ramp(b->out + s, b->acc + s, 123457, 12345, n); break;
	}
}

/* Coefficients up to what mx_fir allows, and for odd n the greatest sums they
 * can make: far more than 32 bits hold. */
static void run_fir(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	static const struct { uint32_t taps, up, down; unsigned shift; } kind[] = {
		{ 16, 1, 1, 15 }, { 40, 3, 1, 16 }, { 7, 5, 4, 14 },
		{ 24, 4, 3, 3 }, { 1, 2, 1, 15 }, { 33, 7, 6, 12 },
	};
	int16_t h[TAPS * 7];
	struct mx_fir f = { .h = h };
	uint32_t seed = (uint32_t)(n * SHIFT + s + 1);
	const size_t i = seed % 6;

	f.taps = kind[i].taps;
	f.up = kind[i].up;
	f.down = kind[i].down;
	f.shift = kind[i].shift;
	for (size_t p = 0; p < f.up; p++) {
		int32_t left[4] = { 65535, 65535, 65535, 65535 };

		for (size_t k = 0; k < f.taps; k++) {
			int32_t *l = &left[k / 2 % 4];
			int32_t v = sample(&seed);

			if (v == INT16_MIN || abs(v) > *l)
				v = *l < INT16_MAX ? *l : INT16_MAX;
			*l -= abs(v);
			if (n % 2)
				v = n % 4 == 1 ? abs(v) : -abs(v);
			h[p * f.taps + k] = (int16_t)v;
		}
	}
	if (n % 2)
		for (size_t k = 0; k < ROOM; k++)
			b->x[k] = INT16_MIN;
	d->fir(b->out + s, b->x + s, &f, n);
}

static void run_ulaw_decode(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->ulaw_decode(b->out + s, b->bytes + s, n);
}

static void run_ulaw_encode(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->ulaw_encode(b->codes + s, b->x + s, n);
}

static void run_alaw_decode(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->alaw_decode(b->out + s, b->bytes + s, n);
}

static void run_alaw_encode(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->alaw_encode(b->codes + s, b->x + s, n);
}

static void run_l16_decode(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->l16_decode(b->out + s, b->bytes + s, n);
}

static void run_l16_encode(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n)
{
	d->l16_encode(b->codes + s, b->x + s, n);
}

typedef void (run_h)(const struct mx_dsp *d, struct bufs *b, size_t s, size_t n);

static const struct {
	const char *name;
	run_h *run;
} kernels[] = {
	{ "add", run_add },
	{ "add32", run_add32 },
	{ "sub", run_sub },
	{ "minus", run_minus },
	{ "energy", run_energy },
	{ "peak32", run_peak32 },
	{ "gain", run_gain },
	{ "ramp", run_ramp },
	{ "fir", run_fir },
	{ "ulaw_decode", run_ulaw_decode },
	{ "ulaw_encode", run_ulaw_encode },
	{ "alaw_decode", run_alaw_decode },
	{ "alaw_encode", run_alaw_encode },
	{ "l16_decode", run_l16_decode },
	{ "l16_encode", run_l16_encode },
};

/* A kernel added to the table and forgotten here does not go untested. */
_Static_assert(sizeof(struct mx_dsp) ==
		       (sizeof(kernels) / sizeof(kernels[0]) + 1) * sizeof(void *),
	       "every kernel of struct mx_dsp has its line in kernels[]");

static void every_table_gives_the_bits_of_c(void **state)
{
	const struct mx_dsp *d;
	struct bufs fresh, want, got;

	(void)state;
	for (size_t n = 0; n <= MAX; n++) {
		for (size_t s = 0; s < SHIFT; s++) {
			fill(&fresh, (uint32_t)(1 + n * SHIFT + s));
			for (size_t k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
				want = fresh;
				kernels[k].run(&mx_dsp_c, &want, s, n);
				for (unsigned i = 1; (d = mx_dsp_nth(i)); i++) {
					got = fresh;
					kernels[k].run(d, &got, s, n);
					if (memcmp(&want, &got, sizeof(got)) != 0)
						fail_msg("%s %s, n %zu, shift %zu", d->name,
							 kernels[k].name, n, s);
				}
			}
		}
	}
}

/* All inputs there are of the kernels that map one value to one value. */
static void every_table_maps_every_value_alike(void **state)
{
	static int16_t in[65536], want[65536], got[65536];
	static uint8_t codes[2 * 65536], wantc[2 * 65536], gotc[2 * 65536];
	const struct mx_dsp *d, *c = &mx_dsp_c;

	(void)state;
	for (int i = 0; i < 65536; i++) {
		in[i] = (int16_t)(i - 32768);
		codes[i] = (uint8_t)i;
	}
	for (unsigned i = 1; (d = mx_dsp_nth(i)); i++) {
		c->ulaw_decode(want, codes, 65536);
		d->ulaw_decode(got, codes, 65536);
		assert_memory_equal(got, want, sizeof(want));
		c->alaw_decode(want, codes, 65536);
		d->alaw_decode(got, codes, 65536);
		assert_memory_equal(got, want, sizeof(want));
		c->ulaw_encode(wantc, in, 65536);
		d->ulaw_encode(gotc, in, 65536);
		assert_memory_equal(gotc, wantc, 65536);
		c->alaw_encode(wantc, in, 65536);
		d->alaw_encode(gotc, in, 65536);
		assert_memory_equal(gotc, wantc, 65536);
		c->l16_encode(wantc, in, 65536);
		d->l16_encode(gotc, in, 65536);
		assert_memory_equal(gotc, wantc, sizeof(wantc));
	}
}

/* ---- the reference against numbers worked out by hand ---- */

static void gain_rounds_and_saturates(void **state)
{
	const int16_t x[] = { 1000, -1000, 1, -1, INT16_MAX, INT16_MIN };
	const int16_t unity[] = { 1000, -1000, 1, -1, INT16_MAX, INT16_MIN };
	const int16_t twice[] = { 2000, -2000, 2, -2, INT16_MAX, INT16_MIN };
	const int16_t half[] = { 500, -500, 1, 0, 16384, -16384 };
	int16_t out[6];

	(void)state;
	mx_dsp_c.gain(out, x, 2048, 6);
	assert_memory_equal(out, unity, sizeof(out));
	mx_dsp_c.gain(out, x, 4096, 6);
	assert_memory_equal(out, twice, sizeof(out));
	mx_dsp_c.gain(out, x, 1024, 6);
	assert_memory_equal(out, half, sizeof(out));
}

static void ramp_is_exact_at_unity_and_linear_between(void **state)
{
	const int32_t unity = 1 << 30;
	const int32_t x[] = { 32767, -32768, 100000, -100000, 7 };
	const int16_t same[] = { 32767, -32768, 32767, -32768, 7 };
	const int32_t level[] = { 1000, 1000, 1000, 1000, 1000 };
	const int16_t down[] = { 1000, 750, 500, 250, 0 };
	int16_t out[5];

	(void)state;
	mx_dsp_c.ramp(out, x, unity, 0, 5);
	assert_memory_equal(out, same, sizeof(out));
	mx_dsp_c.ramp(out, level, unity, -unity / 4, 5);
	assert_memory_equal(out, down, sizeof(out));
}

static void fir_takes_its_phases_in_turn(void **state)
{
	/* twice as many out: phase 0 copies, phase 1 is the mean of two */
	static const int16_t h[] = { 16384, 0, 8192, 8192 };
	const struct mx_fir up = { .h = h, .taps = 2, .up = 2, .down = 1,
				   .shift = 14 };
	/* every third sample out */
	const struct mx_fir down = { .h = h, .taps = 1, .up = 1, .down = 3,
				     .shift = 14 };
	const int16_t x[] = { 10, 20, 40, 80, 160, 320, 640 };
	const int16_t doubled[] = { 10, 15, 20, 30, 40, 60 };
	const int16_t thirds[] = { 10, 80, 640 };
	int16_t out[6];

	(void)state;
	mx_dsp_c.fir(out, x, &up, 6);
	assert_memory_equal(out, doubled, sizeof(doubled));
	mx_dsp_c.fir(out, x, &down, 3);
	assert_memory_equal(out, thirds, sizeof(thirds));
}

static void best_obeys_the_environment(void **state)
{
	const struct mx_dsp *d;

	(void)state;
	for (unsigned i = 0; (d = mx_dsp_nth(i)); i++) {
		assert_int_equal(setenv("MX_DSP", d->name, 1), 0);
		assert_ptr_equal(mx_dsp_best(), d);
	}
	assert_int_equal(unsetenv("MX_DSP"), 0);
	for (unsigned i = 0; mx_dsp_nth(i); i++)
		d = mx_dsp_nth(i);
	assert_ptr_equal(mx_dsp_best(), d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table_gives_the_bits_of_c),
		cmocka_unit_test(every_table_maps_every_value_alike),
		cmocka_unit_test(gain_rounds_and_saturates),
		cmocka_unit_test(ramp_is_exact_at_unity_and_linear_between),
		cmocka_unit_test(fir_takes_its_phases_in_turn),
		cmocka_unit_test(best_obeys_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
