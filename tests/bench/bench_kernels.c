/*
 * bench_kernels.c - what the mixer's arithmetic costs, for each table of
 * kernels: nanoseconds a call (the best of some runs, so that other load on
 * the machine matters little) and bytes read and written per TSC cycle.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "mixer/dsp/dsp.h"
#include "mixer/limit.h"
#include "mixer/resamp.h"

enum { MAX = 960, RUNS = 9, RUN_NS = 3000000 };

/* All that any kernel reads or writes. */
static struct {
	int16_t x[MAX], own[MAX], out[MAX], zeros[MAX];
	int32_t acc[MAX], loud[MAX], out32[MAX], zeros32[MAX];
	uint8_t bytes[2 * MAX], codes[2 * MAX];
	uint64_t sink;
	struct mx_limit limit;
	struct mx_resamp resamp;
} b;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static uint64_t now_cycles(void)
{
#if defined(__x86_64__)
	return __rdtsc();
#else
	return 0;
#endif
}

typedef void (call_h)(const struct mx_dsp *d, size_t n);

static void call_add(const struct mx_dsp *d, size_t n)
{
	d->add(b.acc, b.zeros, n);
}

static void call_add32(const struct mx_dsp *d, size_t n)
{
	d->add32(b.acc, b.zeros32, n);
}

static void call_sub(const struct mx_dsp *d, size_t n)
{
	d->sub(b.out32, b.acc, b.own, n);
}

static void call_minus(const struct mx_dsp *d, size_t n)
{
	d->minus(b.out, b.acc, b.own, n);
}

static void call_energy(const struct mx_dsp *d, size_t n)
{
	b.sink += d->energy(b.x, n);
}

static void call_peak32(const struct mx_dsp *d, size_t n)
{
	b.sink += d->peak32(b.acc, n);
}

static void call_gain(const struct mx_dsp *d, size_t n)
{
	d->gain(b.out, b.x, 1500, n);
}

static void call_ramp(const struct mx_dsp *d, size_t n)
{
	d->ramp(b.out, b.acc, 1 << 29, 1000, n);
}

static void call_ulaw_decode(const struct mx_dsp *d, size_t n)
{
	d->ulaw_decode(b.out, b.bytes, n);
}

static void call_ulaw_encode(const struct mx_dsp *d, size_t n)
{
	d->ulaw_encode(b.codes, b.x, n);
}

static void call_alaw_decode(const struct mx_dsp *d, size_t n)
{
	d->alaw_decode(b.out, b.bytes, n);
}

static void call_alaw_encode(const struct mx_dsp *d, size_t n)
{
	d->alaw_encode(b.codes, b.x, n);
}

static void call_l16_decode(const struct mx_dsp *d, size_t n)
{
	d->l16_decode(b.out, b.bytes, n);
}

static void call_l16_encode(const struct mx_dsp *d, size_t n)
{
	d->l16_encode(b.codes, b.x, n);
}

static void call_limit(const struct mx_dsp *d, size_t n)
{
	mx_limit_run(&b.limit, d, b.out, b.acc, n);
}

static void call_limit_loud(const struct mx_dsp *d, size_t n)
{
	mx_limit_run(&b.limit, d, b.out, b.loud, n);
}

static void call_resamp(const struct mx_dsp *d, size_t n)
{
	(void)d;
	(void)n;
	mx_resamp_run(&b.resamp, b.out, b.x);
}

static const struct {
	const char *name;
	call_h *call;
	unsigned bytes;         /* read and written, a sample */
} kernels[] = {
	{ "add", call_add, 10 },
	{ "add32", call_add32, 12 },
	{ "sub", call_sub, 10 },
	{ "minus", call_minus, 8 },
	{ "energy", call_energy, 2 },
	{ "peak32", call_peak32, 4 },
	{ "gain", call_gain, 4 },
	{ "ramp", call_ramp, 6 },
	{ "ulaw_decode", call_ulaw_decode, 3 },
	{ "ulaw_encode", call_ulaw_encode, 3 },
	{ "alaw_decode", call_alaw_decode, 3 },
	{ "alaw_encode", call_alaw_encode, 3 },
	{ "l16_decode", call_l16_decode, 4 },
	{ "l16_encode", call_l16_encode, 4 },
	{ "limiter", call_limit, 6 },
	{ "limiter, loud", call_limit_loud, 6 },
};

static const uint32_t pairs[][2] = {
	{ 8000, 16000 }, { 16000, 8000 }, { 8000, 48000 }, { 48000, 8000 },
	{ 16000, 48000 }, { 48000, 16000 }, { 44100, 48000 }, { 44100, 8000 },
};

struct cost {
	double ns, cycles;      /* a call */
};

static struct cost measure(call_h *call, const struct mx_dsp *d, size_t n)
{
	struct cost best = { 1e12, 1e12 };

	for (int run = 0; run < RUNS; run++) {
		const int64_t from = now_ns();
		const uint64_t cycles = now_cycles();
		int64_t ns = 0;
		unsigned calls = 0;

		for (; ns < RUN_NS; ns = now_ns() - from, calls += 256)
			for (int i = 0; i < 256; i++)
				call(d, n);
		if ((double)ns / calls < best.ns) {
			best.ns = (double)ns / calls;
			best.cycles = (double)(now_cycles() - cycles) / calls;
		}
	}
	return best;
}

static void bench_kernels(size_t n)
{
	const struct mx_dsp *d;

	printf("\n%zu samples: ns a call (bytes per cycle)\n%-14s", n, "");
	for (unsigned t = 0; (d = mx_dsp_nth(t)); t++)
		printf("%18s", d->name);
	for (size_t k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
		printf("\n%-14s", kernels[k].name);
		for (unsigned t = 0; (d = mx_dsp_nth(t)); t++) {
			const struct cost c = measure(kernels[k].call, d, n);

			printf("%10.1f (%5.1f)", c.ns,
			       c.cycles > 0 ? (double)(kernels[k].bytes * n) / c.cycles : 0);
		}
	}
	putchar('\n');
}

static int bench_resamp(void)
{
	const struct mx_dsp *d;

	printf("\nresampler, 10 ms: ns a frame\n");
	for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
		printf("%5u to %5u", pairs[p][0], pairs[p][1]);
		for (unsigned t = 0; (d = mx_dsp_nth(t)); t++) {
			struct mx_resamp_bank *bank;

			if (mx_resamp_bank_new(&bank, d) < 0)
				return 1;
			mx_resamp_init(&b.resamp, bank, pairs[p][0], pairs[p][1]);
			printf("  %s %.0f", d->name, measure(call_resamp, d, 0).ns);
			mx_resamp_bank_free(bank);
		}
		putchar('\n');
	}
	return 0;
}

int main(void)
{
	for (size_t i = 0; i < MAX; i++) {
		b.x[i] = (int16_t)(i * 7919);
		b.acc[i] = b.x[i] / 2;
		b.loud[i] = b.x[i] * 3;
		b.own[i] = (int16_t)(i * 104729);
		b.bytes[i] = (uint8_t)(i * 31);
	}
	mx_limit_init(&b.limit, 8000);
	bench_kernels(80);
	bench_kernels(160);
	mx_limit_init(&b.limit, 48000);
	bench_kernels(960);
	return bench_resamp();
}
