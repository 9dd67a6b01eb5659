/* canceller.c - echo control: the canceller, alignment and both stages. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "echo_int.h"

enum {
	WORSE_FRAMES = 20,      /* 200 ms */
	NEAR_LEAST = 50 * 50    /* a frame worth measuring, mean square */
};

static const float measure = 0.02F;     /* smoothing of the measured gain */
static const float worse_share = 1.26F; /* +1 dB */
static const double settle = 0.02;      /* of the drift, a frame */

int mx_canceller_new(struct mx_canceller **cp, const struct mx_aec_ops *ops,
		     const struct mx_echo_plans *plans, uint32_t hz)
{
	struct mx_canceller *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->ops = ops;
	c->hz = hz;
	if (ops->open(&c->aec, hz) < 0) {
		mx_canceller_free(c);
		return -ENOMEM;
	}
	mx_residual_init(&c->residual, hz,
			 hz == 8000 ? plans->narrow : plans->wide);
	*cp = c;
	return 0;
}

void mx_canceller_free(struct mx_canceller *c)
{
	if (!c)
		return;
	c->ops->close(c->aec);
	free(c);
}

void canceller_start(struct mx_canceller *c, double align, int64_t mark,
		     double ppm)
{
	c->align = align;
	c->mark = mark;
	c->ppm = ppm;
	c->fractional = ppm != 0;
}

double canceller_align(const struct mx_canceller *c, int64_t m)
{
	return c->align + (double)(m - c->mark) * c->ppm * 1e-6;
}

void canceller_drift(struct mx_canceller *c, int64_t m, double ppm)
{
	if (c->ppm == 0 && ppm == 0)
		return;
	c->align = canceller_align(c, m);
	c->mark = m;
	c->ppm += settle * (ppm - c->ppm);
	c->fractional = true;
}

static void read_far(const struct mx_canceller *c,
		     const struct mx_echo_ring *far, int64_t m, int16_t *out)
{
	const double at = (double)m - canceller_align(c, m);

	if (c->fractional)
		mx_echo_ring_get_between(far, at, out, c->hz / 100);
	else
		mx_echo_ring_get(far, lrint(at), out, c->hz / 100);
}

static float power(const int16_t *x, size_t n)
{
	float sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (float)x[i] * x[i];
	return sum / (float)n;
}

/* What goes in and comes out while nothing but echo is to be heard. */
static void account(struct mx_canceller *c, const int16_t *near,
		    const int16_t *out)
{
	const size_t n = c->hz / 100;

	if (c->residual.talk || power(near, n) < NEAR_LEAST ||
	    power(c->echo, n) < power(near, n) / 2)
		return;
	c->in_power += measure * (power(near, n) - c->in_power);
	c->out_power += measure * (power(out, n) - c->out_power);
}

/* A filter that adds more than it takes away has lost its way. */
static void guard(struct mx_canceller *c, const int16_t *near)
{
	const size_t n = c->hz / 100;

	if (power(c->linear, n) <= worse_share * power(near, n) + NEAR_LEAST) {
		c->worse = 0;
		return;
	}
	memcpy(c->linear, near, n * sizeof(*near));
	memset(c->echo, 0, n * sizeof(*c->echo));
	if (++c->worse == WORSE_FRAMES)
		c->lost = true;
}

void canceller_run(struct mx_canceller *c, const struct mx_echo_ring *far,
		   int64_t m, const int16_t *near, int16_t *out)
{
	int16_t ref[MX_ECHO_FRAME_MAX], in[MX_ECHO_FRAME_MAX];

	memcpy(in, near, c->hz / 100 * sizeof(*in));    /* out may be near */
	read_far(c, far, m, ref);
	c->ops->run(c->aec, c->linear, c->echo, in, ref);
	guard(c, in);
	mx_residual_run(&c->residual, out, c->linear, c->echo);
	account(c, in, out);
}
