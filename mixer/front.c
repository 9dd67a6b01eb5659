/* front.c - see front.h */
#include "front.h"

#include <string.h>

#include "dsp/dsp.h"

/* Frames of silence that are heard: the limiter has held back a piece of the
 * last sound, and that is still in the filters a frame later. */
enum { RINGS = 2 };

void mx_front_init(struct mx_front *f, uint32_t hz)
{
	mx_limit_init(&f->limit, hz);
	f->hz = hz;
	f->silent = RINGS + 1;
	memset(f->x, 0, sizeof(f->x));
}

bool mx_front_limits(const struct mx_front *f)
{
	return mx_limit_acts(&f->limit);
}

bool mx_front_sounds(const struct mx_front *f)
{
	return f->silent <= RINGS;
}

void mx_front_run(struct mx_front *f, const struct mx_dsp *dsp,
		  const int32_t *in)
{
	static const int32_t silence[MX_RESAMP_FRAME_MAX];
	const size_t n = f->hz / 100;

	if (in)
		f->silent = 0;
	else if (f->silent <= RINGS)
		f->silent++;
	else if (!mx_front_limits(f))
		return;         /* zeros as far back as filters reach */
	memmove(f->x, f->x + n, MX_RESAMP_PAST_MAX * sizeof(f->x[0]));
	mx_limit_run(&f->limit, dsp, f->x + MX_RESAMP_PAST_MAX,
		     in ? in : silence, n);
}

const int16_t *mx_front_at(const struct mx_front *f,
			   const struct mx_resamp_bank *bank, uint32_t hz,
			   int16_t *out)
{
	const int16_t *frame = f->x + MX_RESAMP_PAST_MAX;

	if (hz == f->hz)
		return frame;
	mx_resamp_frame(bank, f->hz, hz, frame, out);
	return out;
}
