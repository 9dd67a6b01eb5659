/* echo_watch.c - echo control: what the detector is given, and when. */
#include <stdlib.h>
#include <string.h>

#include "dsp/dsp.h"
#include "echo_int.h"

enum {
	RATIO_MAX = 16000 / MX_ECHO_HZ,
	TAPS_MAX = 32,
	SHIFT_MS = 100          /* media time may run so far from the ticks */
};

/* Windowed sincs (Kaiser, beta 3.5): -1 dB at 1.5 kHz, -4 at 1.8, -50 from 2.6
 * on. */
static const int16_t h_8k[] = {
	-185, -113, 725, 547, -1861, -1963, 5152, 14083, 14081, 5152, -1963,
	-1861, 547, 725, -113, -185
};
static const int16_t h_16k[] = {
	-77, -137, -119, 27, 270, 470, 435, 45, -615, -1217, -1288, -439, 1399,
	3848, 6180, 7603, 7601, 6180, 3848, 1399, -439, -1288, -1217, -615, 45,
	435, 470, 270, 27, -119, -137, -77
};
static const struct mx_fir fir_8k = { h_8k, 16, 1, 2, 15 };
static const struct mx_fir fir_16k = { h_16k, 32, 1, 4, 15 };

static int64_t ratio(const struct mx_echo *e)
{
	return e->cfg.hz / MX_ECHO_HZ;
}

/* n samples at MX_ECHO_HZ, of what the ring has from at on. */
static void decimate(const struct mx_echo *e, const struct mx_echo_ring *ring,
		     int64_t at, int16_t *out, size_t n)
{
	const struct mx_fir *fir = e->cfg.hz == 8000 ? &fir_8k : &fir_16k;
	int16_t x[MX_ECHO_BLOCK * RATIO_MAX + TAPS_MAX];

	mx_echo_ring_get(ring, at, x, n * (size_t)ratio(e) + fir->taps);
	e->cfg.dsp->fir(out, x, fir, n);
}

double echo_lag(const struct mx_echo *e)
{
	return (double)e->detect.delay * (double)ratio(e) + (double)e->shift;
}

/* The detector sees a second: what it looks at must not run out of it. */
static void follow_offset(struct mx_echo *e)
{
	const int64_t off = e->offset - e->shift;

	if (llabs(off) <= e->cfg.hz / 1000 * SHIFT_MS)
		return;
	mx_echo_detect_move(&e->detect, -(float)off / (float)ratio(e));
	e->shift = e->offset;
}

static void begin_block(struct mx_echo *e, int64_t block)
{
	const int64_t len = MX_ECHO_BLOCK * ratio(e);
	const int64_t from = (block - 1) * len - e->shift;
	int16_t far[MX_ECHO_WINDOW], near[MX_ECHO_BLOCK];

	if (e->half_at == from)
		memcpy(far, e->half, sizeof(e->half));
	else
		decimate(e, &e->far, from, far, MX_ECHO_BLOCK);
	decimate(e, &e->far, from + len, e->half, MX_ECHO_BLOCK);
	e->half_at = from + len;
	memcpy(far + MX_ECHO_BLOCK, e->half, sizeof(e->half));
	decimate(e, &e->near, block * len, near, MX_ECHO_BLOCK);
	mx_echo_detect_begin(&e->detect, far, near);
}

bool echo_detect_tick(struct mx_echo *e)
{
	const int64_t len = MX_ECHO_BLOCK * ratio(e);
	int64_t whole;

	if (e->detect.todo > 0)
		return mx_echo_detect_step(&e->detect);
	follow_offset(e);
	whole = (e->near.end - TAPS_MAX) / len - 1;
	if (e->block > whole ||
	    (e->block + 1) * len - e->shift > e->far.end - TAPS_MAX)
		return false;
	/* blocks that were missed as the line was still are left out */
	begin_block(e, whole);
	e->looked += e->detect.todo > 0;
	e->block = whole + 1;
	return false;
}
