/*
 * jbuf_stretch.c - the jitter buffer: makes the delay larger or smaller by
 * whole periods of the signal, in pauses if there are any.
 */
#include "jbuf_int.h"

#include "dsp/dsp.h"
#include "wsola.h"

enum {
	CUT_MIN_US = 2500, CUT_MAX_US = 15000,
	LIKE_US = 8000,         /* compared to find a place to cut */
	LOOK_US = 20000,        /* heard to find out whether it is quiet */
	PATIENCE_US = 2000000,  /* after so long any place will do */
	DRIFT_PPM = 40,         /* a clock worth reckoning with */
	AHEAD_S = 12,           /* no talker takes longer to a pause */
	OVERFLOW_US = 40000,    /* so much over delay_max is thrown away */
	OVERDUE_US = 20000      /* so much over the least transit */
};

/* Mean squares: below the first it is quiet whatever the background is (-66
 * dBov), above the second it is not (-40 dBov). */
enum { QUIET_ALWAYS = 16 * 16, QUIET_NEVER = 328 * 328 };

enum {
	DRY = MX_DELAY_SURE / 6,
	LIKE_ENOUGH = MX_MATCH_ONE / 4  /* where made-up sound is the
					 * alternative */
};

/* The more there is to be moved, the less is asked of a place in speech, and
 * the sooner the next one may come. Likeness is squared correlation. */
static const struct {
	uint32_t over_us;
	int32_t like_q15;
	uint32_t pause_us;
} haste[] = {
	{ 300000, MX_MATCH_ONE * 36 / 100, 40000 },
	{ 150000, MX_MATCH_ONE * 64 / 100, 120000 },
	{ 60000, MX_MATCH_ONE * 85 / 100, 120000 },
	{ 0, MX_MATCH_ONE * 85 / 100, 200000 },
};

size_t mx_jbuf_grid(size_t packet, size_t tick)
{
	while (packet) {                        /* Euclid */
		size_t rest = tick % packet;

		tick = packet;
		packet = rest;
	}
	return tick;
}

/** Is a lost packet played better if the one behind it is there? */
static bool sees_ahead(const struct mx_jbuf *jb)
{
	return jb->fec_hold || (jb->dec_codec && !jb->dec_codec->conceal);
}

int mx_jbuf_steer_by(const struct mx_jbuf *jb, int64_t head, size_t waste,
		     size_t step, int64_t now_us)
{
	return mx_delay_steer(&jb->delay, &(struct mx_delay_choice){
		.now_us = now_us - mx_jbuf_us(jb, head + (int64_t)waste),
		.step_us = mx_jbuf_us(jb, (int64_t)step),
		.min_us = (int64_t)jb->cfg.delay_min_ms * 1000,
		.max_us = (int64_t)jb->cfg.delay_max_ms * 1000,
		.ahead_us = sees_ahead(jb) ?
			mx_jbuf_us(jb, jb->packet) : 0,
		.loss_q16 = jb->loss_q16,
		.cheap = jb->lent > 0 || jb->slide.on });
}

int mx_jbuf_steer(const struct mx_jbuf *jb, int64_t head, size_t ahead,
		  size_t tick, size_t grid, int64_t now_us)
{
	/* A packet is needed at the last tick at which less than a tick is left.
	 * What is left then, and the worst phase of the packets against the
	 * ticks, is delay that helps nobody. Resampled ones have all phases. */
	size_t waste = jb->slide.on ? tick : ahead % grid + (tick - grid);

	return mx_jbuf_steer_by(jb, head, waste, grid, now_us);
}

void mx_jbuf_listen(struct mx_jbuf *jb, const int16_t *pcm, size_t n)
{
	uint64_t e = jb->cfg.dsp->energy(pcm, n) / n;

	if (e < jb->floor || jb->floor == 0)
		jb->floor = e;
	else                            /* 3 dB in about four seconds */
		jb->floor += jb->floor / 256 + 1;
}

bool mx_jbuf_is_quiet(const struct mx_jbuf *jb)
{
	size_t n = mx_jbuf_samples(jb, LOOK_US);
	uint64_t e;

	if (n > jb->len)
		n = jb->len;
	e = jb->cfg.dsp->energy(jb->pcm + jb->hist, n) / n;
	return e < QUIET_ALWAYS || (e < QUIET_NEVER && e < 4 * jb->floor);
}

static size_t coarse(const struct mx_jbuf *jb)
{
	return jb->rate_hz / 8000;
}

/** Takes out at most max samples, where it matches at least like. */
static bool shorten(struct mx_jbuf *jb, size_t max, int32_t like)
{
	const size_t n = jb->need;
	size_t min = mx_jbuf_samples(jb, CUT_MIN_US);
	size_t w = mx_jbuf_samples(jb, LIKE_US);
	struct mx_match m;

	if (max > mx_jbuf_samples(jb, CUT_MAX_US))
		max = mx_jbuf_samples(jb, CUT_MAX_US);
	/* decode ahead what is there without a hole */
	while (jb->len < n + max && jb->ring.n &&
	       jb->ring.slot[0].pos == jb->next)
		mx_jbuf_decode(jb);
	if (max > jb->len - n)
		max = jb->len - n;
	if (max < min)
		return false;
	m = mx_wsola_find(jb->pcm + jb->hist, w, 1, max, min, coarse(jb));
	if (m.q15 < like)
		return false;
	mx_wsola_shorten(jb->pcm + jb->hist, jb->len, m.lag, w);
	jb->len -= m.lag;
	jb->lent -= jb->lent < m.lag ? jb->lent : m.lag;
	jb->stats.accelerated += m.lag;
	return true;
}

bool mx_jbuf_lengthen(struct mx_jbuf *jb, size_t want, int32_t like)
{
	size_t min = mx_jbuf_samples(jb, CUT_MIN_US);
	size_t max = mx_jbuf_samples(jb, CUT_MAX_US);
	size_t w = mx_jbuf_samples(jb, LIKE_US);
	size_t from = want > max ? max : want < min ? min : want;
	struct mx_match m;

	if (w > jb->len)
		w = jb->len;
	if (jb->len + max > jb->cap)
		return false;
	m = mx_wsola_find(jb->pcm + jb->hist, w, -1, from,
			  want > max ? min : max, coarse(jb));
	if (m.q15 < like)
		return false;
	mx_wsola_lengthen(jb->pcm + jb->hist, jb->len, m.lag, w);
	jb->len += m.lag;
	jb->stats.expanded += m.lag;
	return true;
}

/** Is now the time to cut far samples, and how alike must the places be? */
static bool may_cut(struct mx_jbuf *jb, size_t n, size_t far, int32_t *like)
{
	int64_t far_us = mx_jbuf_us(jb, (int64_t)far);
	size_t i = 0, patience = mx_jbuf_samples(jb, PATIENCE_US);

	*like = 0;
	jb->waited += n;
	if (mx_jbuf_is_quiet(jb))
		return true;
	if (jb->patient && jb->waited < mx_jbuf_samples(jb, AHEAD_S * 1000000))
		return false;
	while (far_us < haste[i].over_us)
		i++;
	if (jb->waited < patience)
		*like = (int32_t)(haste[i].like_q15 -
				  (int64_t)haste[i].like_q15 * (int64_t)jb->waited /
				  (int64_t)patience);
	return jb->since >= mx_jbuf_samples(jb, haste[i].pause_us);
}

/** Throws away what is waiting, as much as n samples of it; what comes then is
 *  faded in. */
static void jump(struct mx_jbuf *jb, size_t n)
{
	int64_t to = jb->next + (int64_t)n;

	while (jb->ring.n &&
	       jb->ring.slot[0].pos + jb->ring.slot[0].len <= to) {
		mx_pool_put(jb->cfg.pool, mx_ring_take(&jb->ring).pkt);
		jb->stats.dropped++;
	}
	mx_jbuf_conceal_from_here(jb);
	jb->next = MX_JBUF_NONE;
}

static bool is_overflow(const struct mx_jbuf *jb, int64_t now_us)
{
	int64_t head = jb->next - (int64_t)jb->len;

	return now_us - mx_jbuf_us(jb, head) - mx_delay_base(&jb->delay) >
	       (int64_t)jb->cfg.delay_max_ms * 1000 + OVERFLOW_US;
}

/** Finds out how many steps to go. What the sender's clock asks for is known
 *  beforehand, and has time to wait for a pause. */
static void look_ahead(struct mx_jbuf *jb, size_t n, size_t grid, int64_t now_us)
{
	int64_t head = jb->next - (int64_t)jb->len;
	int32_t drift = jb->delay.skew.ppm_q8 / 256;
	int64_t soon_us = (int64_t)drift * AHEAD_S;
	int soon;

	jb->patient = false;
	if (jb->slide.on) {
		jb->steps = mx_jbuf_glide(jb, n, grid, now_us);
		return;
	}
	jb->steps = mx_jbuf_steer(jb, head, jb->len, n, grid, now_us);
	/* more delay only for what may come back: not in a word */
	if (jb->steps > 0)
		jb->patient = mx_delay_lately(&jb->delay) <
			now_us - mx_jbuf_us(jb, head + (int64_t)n);
	if (drift < DRIFT_PPM && drift > -DRIFT_PPM)
		return;
	if (drift < 0) {                /* one step down is not urgent */
		jb->patient |= jb->steps == -1;
		return;
	}
	if (jb->steps > 0)
		return;
	soon = mx_jbuf_steer(jb, head, jb->len, n, grid, now_us - soon_us);
	jb->patient = soon > 0;
	jb->steps = soon > 0 ? 1 : soon < 0 ? jb->steps : 0;
}

/** Will what is there have been played before more comes? It may well be, going
 *  by how long packets take that have already taken so long. */
static bool runs_dry(const struct mx_jbuf *jb, size_t n, int64_t now_us)
{
	const struct mx_ring_slot *last = jb->ring.n ?
		&jb->ring.slot[jb->ring.n - 1] : NULL;
	int64_t end = last ? last->pos + last->len : jb->next;
	int64_t waited = now_us - mx_jbuf_us(jb, end);
	int64_t left = end - (jb->next - (int64_t)jb->len);
	int64_t due = left / (int64_t)n * (int64_t)n;   /* a tick, from now on */

	if (waited - mx_delay_base(&jb->delay) < OVERDUE_US || jb->pauses ||
	    jb->paused || jb->rests_at != MX_JBUF_NONE)
		return false;
	return mx_delay_miss(&jb->delay, waited,
			     waited + mx_jbuf_us(jb, due)) >= DRY;
}

/** Some periods more of what is there, rather than that something must be made
 *  up soon: enough to be a step of the grid. */
static void eke_out(struct mx_jbuf *jb, size_t step)
{
	uint64_t before = jb->stats.expanded;

	if (!mx_jbuf_lengthen(jb, step, LIKE_ENOUGH))
		return;
	jb->lent += (size_t)(jb->stats.expanded - before);
	jb->since = 0;
	jb->stale = true;
}

void mx_jbuf_stretch(struct mx_jbuf *jb, size_t n, int64_t now_us)
{
	size_t grid = mx_jbuf_grid(jb->packet, n), far;
	size_t waste = jb->slide.on ? 0 : jb->len % grid;
	int32_t like;
	bool done;

	if (runs_dry(jb, n, now_us)) {
		eke_out(jb, grid - waste);
		return;
	}
	if (jb->stale)
		look_ahead(jb, n, grid, now_us);
	jb->stale = false;
	if (jb->steps < 0 && is_overflow(jb, now_us)) {
		jump(jb, (size_t)-jb->steps * grid);
		return;
	}
	if (jb->steps == 0) {
		/* waste alone is taken out only where nobody hears it */
		jb->waited = 0;
		if (waste >= mx_jbuf_samples(jb, CUT_MIN_US) &&
		    mx_jbuf_is_quiet(jb))
			shorten(jb, waste, 0);
		return;
	}
	far = jb->steps < 0 ? (size_t)-jb->steps * grid + waste :
			      (size_t)jb->steps * grid - waste;
	if (!may_cut(jb, n, far, &like))
		return;
	done = jb->steps < 0 ? shorten(jb, far, like) : mx_jbuf_lengthen(jb, far, like);
	if (done) {
		jb->since = 0;
		jb->stale = true;
	}
}
