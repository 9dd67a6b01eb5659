/* canceller.c - echo control: the canceller, alignment and both stages. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "echo_int.h"

enum {
	NEAR_LEAST = 50 * 50,   /* a frame worth measuring, mean square */
	CONTRARY_FRAMES = 5, AGREES_FRAMES = 10,
	ABOUT_MS = 60, ABOUT_STEP_MS = 20       /* that an echo may have moved */
};

static const float measure = 0.02F;     /* smoothing of the measured gain */
static const float worse_share = 1.26F; /* +1 dB */
static const float proven = 0.12F;      /* correlation */
static const float watch = 0.2F;        /* smoothing, a frame */
static const float wrong_most = 0.35F, right_most = 0.12F, right_least = -0.4F;
static const float guess_gain = 2;      /* rather too much */
static const float echo_doubted = 0.3F, echo_believed = 0.1F;   /* of near */
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
		     double ppm, unsigned frames)
{
	c->prove_from = frames / 2;
	c->prove_to = frames;
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

/* A filter that adds more than it takes away is of no use in this frame, but
 * what it takes for echo is about as loud as that. */
static void guard(struct mx_canceller *c, const int16_t *near)
{
	const size_t n = c->hz / 100;

	if (power(c->linear, n) > worse_share * power(near, n) + NEAR_LEAST)
		memcpy(c->linear, near, n * sizeof(*near));
}

/* ---- an echo that moves ------------------------------------------------ */

/* What a right estimate of the echo leaves of near has nothing in common with
 * it, whoever talks besides. Of an echo that is elsewhere now it leaves
 * itself. */
static void compare(struct mx_canceller *c, const int16_t *near,
		    const int16_t *ref)
{
	const size_t n = c->hz / 100;
	const float near_power = power(near, n), echo_power = power(c->echo, n);
	float shared = 0;

	for (size_t i = 0; i < n; i++)
		shared += (float)near[i] * c->echo[i] / (float)n;
	if (c->ran >= c->prove_from && c->ran < c->prove_to) {
		c->proof_near += near_power;
		c->proof_echo += echo_power;
		c->proof_shared += shared;
	}
	c->ran++;
	c->shared += watch * (shared - c->shared);
	c->near_power += watch * (near_power - c->near_power);
	c->echo_power += watch * (echo_power - c->echo_power);
	c->far_power += watch * (power(ref, n) - c->far_power);
}

static void count(unsigned *running, bool is)
{
	*running = is ? *running + 1 : 0;
}

static void find_astray(struct mx_canceller *c, int64_t m)
{
	const float share = c->echo_power / (c->near_power + 1);
	const float wrong = (c->echo_power - c->shared) /
		sqrtf(c->echo_power * c->near_power + 1);
	const bool loud = c->echo_power > NEAR_LEAST;

	count(&c->contrary, loud && share > echo_doubted && wrong > wrong_most);
	count(&c->agrees, loud && share > echo_believed &&
	      wrong < right_most && wrong > right_least);
	if (c->astray)
		c->astray_for += c->near_power > NEAR_LEAST &&
			c->coupling * c->far_power > NEAR_LEAST;
	else if (c->agrees > 0 && !c->residual.talk)
		c->coupling += measure *
			(c->echo_power / (c->far_power + 1) - c->coupling);
	if (!c->astray && c->contrary >= CONTRARY_FRAMES) {
		c->astray = true;
		c->astray_at = m;
	}
	if (c->astray && c->agrees >= AGREES_FRAMES)
		canceller_trust(c);
}

/* What was sent about then, the loudest of it, as loud as its echo. */
static void guess_echo(struct mx_canceller *c, const struct mx_echo_ring *far,
		       int64_t m)
{
	const int step = (int)c->hz / 1000 * ABOUT_STEP_MS;
	const size_t n = c->hz / 100;
	const float gain = fminf(guess_gain * sqrtf(c->coupling), 1);
	float most = -1;

	for (int k = -ABOUT_MS / ABOUT_STEP_MS; k <= ABOUT_MS / ABOUT_STEP_MS;
	     k++) {
		int16_t x[MX_ECHO_FRAME_MAX];

		mx_echo_ring_get(far, m - lrint(canceller_align(c, m)) +
				 k * step, x, n);
		if (power(x, n) <= most)
			continue;
		most = power(x, n);
		memcpy(c->echo, x, n * sizeof(*x));
	}
	for (size_t i = 0; i < n; i++)
		c->echo[i] = (int16_t)(gain * c->echo[i]);
}

bool canceller_proves(const struct mx_canceller *c)
{
	return c->proof_shared >
		proven * sqrtf(c->proof_echo * c->proof_near);
}

void canceller_trust(struct mx_canceller *c)
{
	c->astray = false;
	c->astray_for = c->contrary = c->agrees = 0;
}

/* Where the filter has lost the echo all is left to the suppressor, until the
 * filter, or another one, has learned where it is. */
static void keep_from_astray(struct mx_canceller *c,
			     const struct mx_echo_ring *far, int64_t m,
			     const int16_t *near, const int16_t *ref)
{
	compare(c, near, ref);
	find_astray(c, m);
	guard(c, near);
	if (!c->astray)
		return;
	guess_echo(c, far, m);
	mx_residual_doubt(&c->residual, 1);
}

void canceller_run(struct mx_canceller *c, const struct mx_echo_ring *far,
		   int64_t m, const int16_t *near, int16_t *out)
{
	int16_t ref[MX_ECHO_FRAME_MAX], in[MX_ECHO_FRAME_MAX];

	memcpy(in, near, c->hz / 100 * sizeof(*in));    /* out may be near */
	read_far(c, far, m, ref);
	c->ops->run(c->aec, c->linear, c->echo, in, ref);
	keep_from_astray(c, far, m, in, ref);
	mx_residual_run(&c->residual, out, c->linear, c->echo);
	account(c, in, out);
}
