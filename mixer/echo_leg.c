/* echo_leg.c - see echo_leg.h */
#include "echo_leg.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dsp.h"
#include "echo_int.h"
#include "limit.h"
#include "resamp.h"

enum {
	HIGH_BANDS = 4,         /* right below 8 kHz */
	LATE_MAX = MX_RESAMP_FRAME_MAX + 200    /* samples of both ways */
};

struct mx_echo_leg {
	struct mx_echo *echo;
	const struct mx_dsp *dsp;
	const struct mx_resamp_bank *bank;

	uint32_t far_hz;
	struct mx_limit limit;
	struct mx_resamp far;

	uint32_t near_hz;
	bool high;                      /* there is something above 8 kHz */
	bool ran;                       /* the canceller, in the last tick */
	struct mx_resamp down, up, up_raw;
	int16_t raw[MX_ECHO_FRAME_MAX]; /* the last frame, at our rate */
	size_t late;                    /* samples that the way takes */
	int16_t before[LATE_MAX];       /* [late] of near */
	float gain;                     /* of what is above 8 kHz */
};

int mx_echo_leg_new(struct mx_echo_leg **lp, const struct mx_echo_cfg *cfg,
		    const struct mx_resamp_bank *bank)
{
	struct mx_echo_leg *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	l->dsp = cfg->dsp;
	l->bank = bank;
	err = mx_echo_new(&l->echo, cfg);
	if (err) {
		free(l);
		return err;
	}
	*lp = l;
	return 0;
}

void mx_echo_leg_free(struct mx_echo_leg *l)
{
	if (!l)
		return;
	mx_canceller_free(mx_echo_take(l->echo));
	mx_echo_free(l->echo);
	free(l);
}

void mx_echo_leg_settle(struct mx_echo_leg *l, struct mx_echo_pace *pace)
{
	l->echo->cfg.pace = pace;
}

/* ---- near -------------------------------------------------------------- */

/* To and from 44.1 kHz takes no whole number of samples, so nothing can be
 * told from what went that way. */
static void tune_near(struct mx_echo_leg *l, uint32_t hz)
{
	const uint32_t ours = mx_echo_leg_hz(l);

	l->near_hz = hz;
	l->high = hz > ours && hz % ours % 8000 == 0;
	l->ran = false;
	l->gain = 1;
	mx_resamp_init(&l->down, l->bank, hz, ours);
	mx_resamp_init(&l->up, l->bank, ours, hz);
	mx_resamp_init(&l->up_raw, l->bank, ours, hz);
	memset(l->raw, 0, sizeof(l->raw));
	memset(l->before, 0, sizeof(l->before));
	l->late = hz / 100 + mx_resamp_delay(&l->down) +
		mx_resamp_delay(&l->up) * hz / ours;
}

/* near as late as what comes back from the canceller. */
static void delay(struct mx_echo_leg *l, int16_t *out, const int16_t *in,
		  size_t n)
{
	memcpy(out, l->before, n * sizeof(*out));
	memmove(l->before, l->before + n, (l->late - n) * sizeof(*out));
	memcpy(l->before + l->late - n, in, n * sizeof(*out));
}

static float high_gain(const struct mx_residual *r)
{
	float g = 0;

	for (unsigned i = 0; i < HIGH_BANDS; i++)
		g += r->band[r->bands - 1 - i].gain / HIGH_BANDS;
	return g;
}

static int16_t clip(float x)
{
	return (int16_t)lrintf(fmaxf(INT16_MIN, fminf(INT16_MAX, x)));
}

/* Puts back what is above 8 kHz: near less what went through our rate. */
static void add_high(struct mx_echo_leg *l, int16_t *out, const int16_t *near,
		     const int16_t *raw, float gain)
{
	const size_t n = l->near_hz / 100;
	const float step = (gain - l->gain) / (float)n;
	int16_t late[MX_RESAMP_FRAME_MAX], low[MX_RESAMP_FRAME_MAX];

	delay(l, late, near, n);
	mx_resamp_run(&l->up_raw, low, l->raw);
	memcpy(l->raw, raw, sizeof(l->raw));
	for (size_t i = 0; i < n; i++)
		out[i] = clip((float)out[i] + (float)(late[i] - low[i]) *
			      (l->gain + step * (float)i));
	l->gain = gain;
}

/* At another rate than ours. */
static bool near_between(struct mx_echo_leg *l, uint64_t n, int16_t *pcm,
			 int64_t at)
{
	const size_t len = l->near_hz / 100;
	int16_t low[MX_ECHO_FRAME_MAX], raw[MX_ECHO_FRAME_MAX];
	int16_t out[MX_RESAMP_FRAME_MAX];
	const struct mx_residual *r;

	mx_resamp_run(&l->down, low, pcm);
	memcpy(raw, low, sizeof(raw));
	mx_echo_near(l->echo, n, low, at);
	if (!l->echo->canceller) {
		l->ran = false;
		return false;
	}
	r = mx_echo_residual(l->echo);
	mx_resamp_run(&l->up, out, low);
	if (l->high)
		add_high(l, out, pcm, raw, r ? high_gain(r) : 1);
	if (!r)
		return l->ran = false;
	if (!l->ran)
		echo_fade(out, pcm, len);
	l->ran = true;
	memcpy(pcm, out, len * sizeof(*pcm));
	return true;
}

bool mx_echo_leg_near(struct mx_echo_leg *l, uint64_t n, int16_t *pcm,
		      uint32_t near_hz, int64_t at)
{
	const uint32_t ours = mx_echo_leg_hz(l);

	if (near_hz != l->near_hz)
		tune_near(l, near_hz);
	if (near_hz != ours && at != MX_ECHO_NO_TIME)
		at = at * ours / near_hz;
	if (near_hz != ours)
		return near_between(l, n, pcm, at);
	mx_echo_near(l->echo, n, pcm, at);
	return mx_echo_residual(l->echo);
}

/* ---- far --------------------------------------------------------------- */

static void tune_far(struct mx_echo_leg *l, uint32_t hz)
{
	l->far_hz = hz;
	mx_limit_init(&l->limit, hz);
	mx_resamp_init(&l->far, l->bank, hz, mx_echo_leg_hz(l));
}

void mx_echo_leg_far(struct mx_echo_leg *l, uint64_t n, const int32_t *in,
		     uint32_t far_hz)
{
	static const int32_t silence[MX_RESAMP_FRAME_MAX];
	int16_t limited[MX_RESAMP_FRAME_MAX], out[MX_ECHO_FRAME_MAX];

	if (mx_echo_rests(l->echo, n))
		return;
	if (far_hz != l->far_hz)
		tune_far(l, far_hz);
	mx_limit_run(&l->limit, l->dsp, limited, in ? in : silence,
		     far_hz / 100);
	mx_resamp_run(&l->far, out, limited);
	mx_echo_far(l->echo, n, out);
}

void mx_echo_leg_doubt(struct mx_echo_leg *l)
{
	l->echo->certain = l->echo->far.end;
}

/* ---- memory and figures ------------------------------------------------ */

bool mx_echo_leg_passes(const struct mx_echo_leg *l)
{
	return l->echo->state == MX_ECHO_LISTENING;
}

uint32_t mx_echo_leg_hz(const struct mx_echo_leg *l)
{
	return l->echo->cfg.hz;
}

unsigned mx_echo_leg_needs(const struct mx_echo_leg *l)
{
	const bool gives = mx_echo_gives(l->echo);

	if (l->echo->state == MX_ECHO_WANTED && (gives || !l->echo->canceller))
		return MX_ECHO_NEEDS_CANCELLER;
	return gives ? MX_ECHO_GIVES_CANCELLER : 0;
}

struct mx_canceller *mx_echo_leg_change(struct mx_echo_leg *l,
					struct mx_canceller *c)
{
	struct mx_canceller *old = NULL;

	if (mx_echo_gives(l->echo))
		old = mx_echo_take(l->echo);
	if (c && (!mx_echo_wants(l->echo) || c->hz != mx_echo_leg_hz(l)))
		return c;       /* what came too late */
	if (c)
		mx_echo_give(l->echo, c);
	return old;
}

void mx_echo_leg_stats(const struct mx_echo_leg *l, struct mx_echo_stats *st)
{
	mx_echo_stats(l->echo, st);
}
