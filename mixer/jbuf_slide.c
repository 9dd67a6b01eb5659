/* jbuf_slide.c - see jbuf_slide.h */
#include "jbuf_slide.h"

#include <assert.h>
#include <string.h>

#include "dsp/dsp.h"
#include "wsola.h"

enum {
	CELL_BITS = 26,         /* 2^32 / MX_SLIDE_PHASES */
	PHASE_BITS = 32 - CELL_BITS,
	CELL_MASK = (1 << CELL_BITS) - 1,
	ALMOST = MX_SLIDE_TAPS / 2 - 1
};

void mx_slide_set(struct mx_slide *s, int32_t ppm_q8)
{
	s->step_q32 = ppm_q8 * ((int64_t)1 << 24) / 1000000;
}

static void move_to(struct mx_slide *s, size_t lag)
{
	s->was = s->lag;
	s->lag = lag;
	s->fades = true;
}

void mx_slide_begin(struct mx_slide *s, size_t lag)
{
	assert(lag >= MX_SLIDE_LAG && !s->on);
	*s = (struct mx_slide){ .on = true };
	move_to(s, lag);
}

void mx_slide_end(struct mx_slide *s)
{
	move_to(s, 0);
	s->on = false;
}

size_t mx_slide_need(const struct mx_slide *s, size_t n)
{
	int64_t end = s->at_q32 + (int64_t)n * s->step_q32;

	return s->on ? (size_t)((int64_t)n + (end >> 32)) : n;
}

/** n samples that lie between the same two phases; the first one is at at_q32
 *  behind x[0]. */
static void run_cell(const struct mx_fir *f, const struct mx_dsp *dsp,
		     int16_t *out, const int16_t *x, int64_t at_q32,
		     int64_t step_q32, size_t n)
{
	const int64_t cell = at_q32 >> CELL_BITS;
	const int64_t part = cell & (MX_SLIDE_PHASES - 1);
	const int64_t next = (cell + 1) & (MX_SLIDE_PHASES - 1);
	struct mx_fir a = *f, b = *f;
	int16_t beyond[MX_RESAMP_FRAME_MAX];

	x -= ALMOST;
	a.h += part * MX_SLIDE_TAPS;
	b.h += next * MX_SLIDE_TAPS;
	dsp->fir(out, x + (cell >> PHASE_BITS), &a, n);
	dsp->fir(beyond, x + ((cell + 1) >> PHASE_BITS), &b, n);
	for (size_t i = 0; i < n; i++, at_q32 += step_q32) {
		int32_t w = (int32_t)(at_q32 & CELL_MASK) >> (CELL_BITS - 15);

		out[i] = (int16_t)(out[i] + (((beyond[i] - out[i]) * w +
					      (1 << 14)) >> 15));
	}
}

static void run(const struct mx_slide *s, const struct mx_fir *f,
		const struct mx_dsp *dsp, int16_t *out, const int16_t *x,
		size_t n)
{
	size_t done = 0;

	while (done < n) {
		int64_t at = s->at_q32 + (int64_t)done * s->step_q32;
		size_t m = 1;

		while (done + m < n && (at + (int64_t)m * s->step_q32) >>
		       CELL_BITS == at >> CELL_BITS)
			m++;
		run_cell(f, dsp, out + done, x + done, at, s->step_q32, m);
		done += m;
	}
}

void mx_slide_run(struct mx_slide *s, const struct mx_resamp_bank *bank,
		  const struct mx_dsp *dsp, int16_t *out, const int16_t *x,
		  size_t n, size_t fade)
{
	const struct mx_fir *f = mx_resamp_slide(bank);
	int16_t from[MX_RESAMP_FRAME_MAX];

	assert(n <= MX_RESAMP_FRAME_MAX && fade <= n);
	if (s->fades && s->was > 0)
		run(s, f, dsp, from, x - s->was, n);
	else if (s->fades)
		memcpy(from, x, n * sizeof(*from));
	if (s->on)
		run(s, f, dsp, out, x - s->lag, n);
	else
		memcpy(out, x, n * sizeof(*out));
	if (s->fades)
		mx_wsola_fade(out, from, out, fade);
	if (s->on)
		s->at_q32 = (s->at_q32 + (int64_t)n * s->step_q32) &
			    UINT32_MAX;
	else
		*s = (struct mx_slide){ .on = false };
	s->fades = false;
}
