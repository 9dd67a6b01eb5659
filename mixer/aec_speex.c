/*
 * aec_speex.c - see aec.h
 *
 * speexdsp gives near less the echo, but all after a filter of its own against
 * hum. Here near goes through the same filter, which tells what was taken out
 * as echo. The rate that speexdsp is told (it takes 8000 Hz for granted) sets
 * that filter's edge, and how slowly it averages. With the true rates it has
 * its edge at 130 or 45 Hz, in the midst of voices, and must learn to undo it:
 * 4 to 10 dB less is cancelled than with that of 48 kHz, 10 or 20 Hz.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <speex/speex_echo.h>

#include "aec.h"

enum { TOLD_HZ = 48000 };

struct speex {
	SpeexEchoState *st;
	uint32_t hz;
	float mem[2];           /* of the filter */
};

static int speex_open(void **aec, uint32_t hz)
{
	struct speex *s = calloc(1, sizeof(*s));
	spx_int32_t rate = TOLD_HZ;

	if (!s)
		return -ENOMEM;
	s->hz = hz;
	s->st = speex_echo_state_init((int)hz / 100,
				      (int)hz / 1000 * MX_AEC_TAIL_MS);
	if (!s->st) {
		free(s);
		return -ENOMEM;
	}
	speex_echo_ctl(s->st, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
	*aec = s;
	return 0;
}

static void speex_close(void *aec)
{
	struct speex *s = aec;

	if (!s)
		return;
	speex_echo_state_destroy(s->st);
	free(s);
}

/* As filter_dc_notch16() in speexdsp 1.2's mdf.c, from 24 kHz on. */
static float notch(struct speex *s, float in)
{
	static const float r = 0.992F;
	const float den = r * r + 0.7F * (1 - r) * (1 - r);
	const float out = s->mem[0] + in;

	s->mem[0] = s->mem[1] + 2 * (r * out - in);
	s->mem[1] = in - den * out;
	return r * out;
}

static int16_t clip(float x)
{
	return (int16_t)lrintf(fmaxf(INT16_MIN, fminf(INT16_MAX, x)));
}

static void speex_run(void *aec, int16_t *left, int16_t *echo,
		      const int16_t *near, const int16_t *far)
{
	struct speex *s = aec;

	speex_echo_cancellation(s->st, near, far, left);
	for (size_t i = 0; i < s->hz / 100; i++)
		echo[i] = clip(notch(s, near[i]) - (float)left[i]);
}

const struct mx_aec_ops mx_aec_speex = {
	.name = "speexdsp",
	.open = speex_open,
	.close = speex_close,
	.run = speex_run,
};
