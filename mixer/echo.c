/* echo.c - see echo.h */
#include "echo.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "echo_int.h"
#include "fft.h"

enum {
	NEAR_8K = 1 << 14, FAR_8K = 1 << 15,    /* samples, 2 s and 4 s */
	LEARN_FRAMES = 200, LEARN_PASSES = 3,
	JUMP_FRAMES = 120,
	LEARN_LEAST = 100,
	PRIME_FRAMES = MX_AEC_TAIL_MS / 10 + 1,
	JUMP_MS = 10,
	RESYNC_MS = 300,                /* a media time so far off is another */
	LOST_S = 5,                     /* a canceller's least life */
	BLIND_BLOCKS = 240,             /* 60 s */
	LOOK_BLOCKS = 20,               /* with sound both ways: 5 s */
	REST_TICKS = 1000
};

static const float loss_most_db = 45;

/* ---- memory ------------------------------------------------------------ */

int mx_echo_plans_new(struct mx_echo_plans **pp)
{
	struct mx_echo_plans *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	if (mx_fft_new(&p->detect, MX_ECHO_FFT) < 0 ||
	    mx_fft_new(&p->narrow, MX_RESIDUAL_FFT_MAX / 2) < 0 ||
	    mx_fft_new(&p->wide, MX_RESIDUAL_FFT_MAX) < 0) {
		mx_echo_plans_free(p);
		return -ENOMEM;
	}
	*pp = p;
	return 0;
}

void mx_echo_plans_free(struct mx_echo_plans *p)
{
	if (!p)
		return;
	mx_fft_free(p->detect);
	mx_fft_free(p->narrow);
	mx_fft_free(p->wide);
	free(p);
}

int mx_echo_new(struct mx_echo **ep, const struct mx_echo_cfg *cfg)
{
	struct mx_echo *e;

	if (cfg->hz != 8000 && cfg->hz != 16000)
		return -EINVAL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->cfg = *cfg;
	e->frame = cfg->hz / 100;
	e->near.size = NEAR_8K * (cfg->hz / 8000);
	e->far.size = FAR_8K * (cfg->hz / 8000);
	e->near.x = calloc(e->near.size, sizeof(*e->near.x));
	e->far.x = calloc(e->far.size, sizeof(*e->far.x));
	if (!e->near.x || !e->far.x) {
		mx_echo_free(e);
		return -ENOMEM;
	}
	mx_echo_detect_init(&e->detect, cfg->plans->detect);
	e->half_at = INT64_MIN;
	*ep = e;
	return 0;
}

void mx_echo_free(struct mx_echo *e)
{
	if (!e)
		return;
	assert(!e->canceller);
	free(e->near.x);
	free(e->far.x);
	free(e);
}

/* ---- states ------------------------------------------------------------ */

/* Learns from so many frames before the one at m, and from that. */
static void learn(struct mx_echo *e, int64_t m, unsigned frames,
		  unsigned passes)
{
	const int64_t least = e->certain + (int64_t)echo_lag(e);
	int64_t from = m - (int64_t)(frames * e->frame);

	while (from < m && (from < 0 || from < least))
		from += (int64_t)e->frame;
	e->learn_from = e->learn_at = from;
	e->learn_passes = passes;
	e->state = MX_ECHO_LEARNING;
}

/* What is sent must have been sent: the line cannot echo it before. */
static double wanted_align(const struct mx_echo *e)
{
	const double early = e->cfg.hz / 1000.0 * MX_ECHO_EARLY_MS;

	return fmax(echo_lag(e) - early, (double)(e->offset) +
		    (double)e->frame);
}

/* With a canceller that knows nothing yet. */
static void start(struct mx_echo *e, int64_t m)
{
	canceller_start(e->canceller, rint(wanted_align(e)), m,
			(double)e->detect.drift_ppm);
	e->stats.starts += !e->jumped;
	learn(e, m, e->jumped ? JUMP_FRAMES : LEARN_FRAMES, LEARN_PASSES);
	e->jumped = true;
	e->changed = m;
}

/* The canceller is to be changed for another one. */
static void wear_out(struct mx_echo *e)
{
	e->canceller->worn = true;
	e->state = MX_ECHO_WANTED;
	e->heard = false;
	e->stats.jumps++;
}

static void on_hit(struct mx_echo *e, int64_t m)
{
	const double most = e->cfg.hz / 1000.0 * JUMP_MS;

	if (e->state == MX_ECHO_LISTENING) {
		if (e->detect.loss_db < loss_most_db)
			e->state = MX_ECHO_WANTED;
		return;
	}
	if (e->state == MX_ECHO_WANTED)
		return;
	/* two blocks have agreed on it */
	if (fabs(wanted_align(e) - canceller_align(e->canceller, m)) > most)
		wear_out(e);
}

/* No echo for a minute, though there was sound both ways. */
static void drop(struct mx_echo *e)
{
	e->state = MX_ECHO_LISTENING;
	e->heard = e->jumped = false;
	e->detect.found = false;
	e->detect.n_track = 0;
	e->detect.drift_ppm = 0;
}

bool mx_echo_wants(const struct mx_echo *e)
{
	return e->state == MX_ECHO_WANTED && !e->canceller;
}

void mx_echo_give(struct mx_echo *e, struct mx_canceller *c)
{
	assert(!e->canceller && c->hz == e->cfg.hz);
	e->canceller = c;
}

bool mx_echo_gives(const struct mx_echo *e)
{
	return e->canceller &&
		(e->state == MX_ECHO_LISTENING || e->canceller->worn);
}

struct mx_canceller *mx_echo_take(struct mx_echo *e)
{
	struct mx_canceller *c = e->canceller;

	e->canceller = NULL;
	if (e->state != MX_ECHO_LISTENING)
		e->state = MX_ECHO_WANTED;
	return c;
}

/* ---- the tick ---------------------------------------------------------- */

static int64_t ticks(struct mx_echo *e, uint64_t n)
{
	if (!e->begun) {
		e->begun = true;
		e->n0 = n;
	}
	return (int64_t)(n - e->n0) * (int64_t)e->frame;
}

/* Follows the media time. True if it has slipped against the ticks. */
static bool follow_time(struct mx_echo *e, int64_t tick, int64_t at)
{
	int64_t slip;

	if (at == MX_ECHO_NO_TIME)
		return false;
	if (!e->timed)
		e->time0 = at - tick - e->offset;
	e->timed = true;
	slip = at - tick - e->time0 - e->offset;
	if (llabs(slip) > e->cfg.hz / 1000 * RESYNC_MS) {
		e->time0 += slip;
		return false;
	}
	e->offset += slip;
	return slip != 0;
}

static bool may_learn(struct mx_echo *e, uint64_t n)
{
	struct mx_echo_pace *p = e->cfg.pace;

	if (p->n != n)
		p->done = 0;
	p->n = n;
	return p->done++ < MX_ECHO_PACE;
}

/* Runs the canceller over what is remembered. True if it has come up to the
 * frame at m: then out is that. */
static bool learn_some(struct mx_echo *e, uint64_t n, int64_t m, int16_t *out)
{
	while (may_learn(e, n)) {
		int16_t near[MX_ECHO_FRAME_MAX];
		const bool last = e->learn_at >= m;

		mx_echo_ring_get(&e->near, e->learn_at, near, e->frame);
		canceller_run(e->canceller, &e->far, e->learn_at, near, out);
		e->learn_at += (int64_t)e->frame;
		if (!last)
			continue;
		e->learn_at = e->learn_from;
		if (--e->learn_passes > 0)
			continue;
		e->state = MX_ECHO_RUNNING;
		if (m - e->changed < e->cfg.hz)
			mx_residual_doubt(&e->canceller->residual);
		return true;
	}
	return false;
}

void echo_fade(int16_t *to, const int16_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (int16_t)((to[i] * (int)i + from[i] * (int)(n - i)) /
				  (int)n);
}

/* The frame at m, after the canceller if it is ready. */
static void cancel(struct mx_echo *e, uint64_t n, int64_t m, int16_t *pcm)
{
	int16_t out[MX_ECHO_FRAME_MAX];
	bool ready = true;

	if (e->state == MX_ECHO_LEARNING)
		ready = learn_some(e, n, m, out);
	else
		canceller_run(e->canceller, &e->far, m, pcm, out);
	if (ready != e->heard && ready)
		echo_fade(out, pcm, e->frame);
	e->heard = ready;
	if (ready)
		memcpy(pcm, out, e->frame * sizeof(*pcm));
}

/* Is there something to learn from? */
static bool is_certain(const struct mx_echo *e, int64_t m)
{
	return e->certain == 0 || m - e->certain - (int64_t)echo_lag(e) >
		(int64_t)(LEARN_LEAST * e->frame);
}

/* Nothing was found, nor does it look as if it will be just now. */
static void rest(struct mx_echo *e, uint64_t n)
{
	if (e->state != MX_ECHO_LISTENING || e->canceller ||
	    e->detect.todo > 0 || e->detect.cand_hits > 0)
		return;
	e->looked = 0;
	e->rest_to = n + REST_TICKS;
	mx_echo_detect_anew(&e->detect);
}

bool mx_echo_rests(const struct mx_echo *e, uint64_t n)
{
	return n < e->rest_to;
}

void mx_echo_near(struct mx_echo *e, uint64_t n, int16_t *pcm, int64_t at)
{
	const int64_t tick = ticks(e, n);
	const bool slipped = follow_time(e, tick, at);
	const int64_t m = tick + e->offset;

	if (mx_echo_rests(e, n))
		return;
	mx_echo_ring_put(&e->near, m, pcm, e->frame);
	if (echo_detect_tick(e))
		on_hit(e, m);
	if (e->looked >= LOOK_BLOCKS)
		rest(e, n);
	if (e->state != MX_ECHO_LISTENING && e->detect.blind > BLIND_BLOCKS)
		drop(e);
	if (!e->canceller || mx_echo_gives(e))
		return;
	if (e->state == MX_ECHO_WANTED && !is_certain(e, m))
		return;
	if (e->state == MX_ECHO_WANTED)
		start(e, m);
	else if (slipped)
		learn(e, m, PRIME_FRAMES, 1);
	canceller_drift(e->canceller, m, (double)e->detect.drift_ppm);
	cancel(e, n, m, pcm);
	/* It may be that the echo has jumped, and it is not known yet where. */
	if (e->canceller->lost && m - e->changed > LOST_S * e->cfg.hz)
		wear_out(e);
}

void mx_echo_far(struct mx_echo *e, uint64_t n, const int16_t *pcm)
{
	if (!mx_echo_rests(e, n))
		mx_echo_ring_put(&e->far, ticks(e, n), pcm, e->frame);
}

/* ---- figures ----------------------------------------------------------- */

void mx_echo_stats(const struct mx_echo *e, struct mx_echo_stats *st)
{
	const struct mx_canceller *c = e->canceller;
	const double lag = echo_lag(e) - (double)e->offset;

	*st = e->stats;
	st->state = e->state;
	if (e->detect.found) {
		st->delay_ms = (uint32_t)fmax(lag * 1000 / e->cfg.hz, 1);
		st->loss_db = (int16_t)lrintf(e->detect.loss_db);
		st->drift_ppm = (int16_t)lrintf(e->detect.drift_ppm);
	}
	if (c && e->state == MX_ECHO_RUNNING)
		st->gain_db = (int16_t)lrintf(10 * log10f((c->in_power + 1) /
							  (c->out_power + 1)));
}

const struct mx_residual *mx_echo_residual(const struct mx_echo *e)
{
	return e->state == MX_ECHO_RUNNING ? &e->canceller->residual : NULL;
}

const int16_t *mx_echo_linear(const struct mx_echo *e)
{
	return e->canceller->linear;
}
