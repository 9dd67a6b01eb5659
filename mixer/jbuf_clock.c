/*
 * jbuf_clock.c - the jitter buffer: a sender's clock that is not ours.
 *
 * Where it is known to run apart (jbuf_skew.h), what is played is read at his
 * pace (jbuf_slide.h): nothing has to be cut then, and the delay stays. Then
 * the ends of his packets lie anywhere in our ticks, so one tick more of delay
 * is held; it need not be the grid's, and is changed by reading faster or slower
 * still. Whoever's clock is near ours is not touched: a step of the grid in a
 * pause each few minutes is less of a change.
 */
#include "jbuf_int.h"

#include <string.h>

#include "wsola.h"

enum {
	BEGIN_PPM = 40, END_PPM = 20,
	GLIDE_PPM = 500, GLIDE_TICK_US = 5,     /* that of a tick */
	FINE = 4,               /* steps to one of the grid, ... */
	FINE_US = 1000,         /* ... but none below this: packets of odd
				 * lengths have a grid of one sample */
	WAIT_S = 12,            /* no talker takes longer to a pause */
	LAG_MAX_US = 15000, LIKE_US = 8000, FADE_US = 5000
};

static const int32_t like_enough = MX_MATCH_ONE * 85 / 100;

void mx_jbuf_resample(struct mx_jbuf *jb, const struct mx_resamp_bank *bank)
{
	jb->bank = bank;
}

void mx_jbuf_pace(struct mx_jbuf *jb, size_t n)
{
	int32_t dir = (jb->glide > 0) - (jb->glide < 0);

	if (jb->slide.on) {
		mx_slide_set(&jb->slide, -jb->delay.skew.ppm_q8 -
			     dir * GLIDE_PPM * 256);
		jb->glide -= dir;
		jb->stats.resampled += n;
	}
	jb->need = mx_slide_need(&jb->slide, n);
}

static int fine_step(const struct mx_jbuf *jb, size_t grid)
{
	size_t least = mx_jbuf_samples(jb, FINE_US);

	return (int)(grid / FINE > least ? grid / FINE : least);
}

/** Samples, in whole steps, by which the delay should grow when resampling. */
static int fine_steer(const struct mx_jbuf *jb, size_t n, int step,
		      int64_t now_us)
{
	return step * mx_jbuf_steer_by(jb, jb->next - (int64_t)jb->len, n,
				       (size_t)step, now_us);
}

int mx_jbuf_glide(struct mx_jbuf *jb, size_t n, size_t grid, int64_t now_us)
{
	int step = fine_step(jb, grid);
	int more = fine_steer(jb, n, step, now_us);
	int rest = more % (FINE * step);

	if (rest)
		jb->glide = (int32_t)mx_jbuf_us(jb, rest) / GLIDE_TICK_US;
	return (more - rest) / (int)grid;
}

static void begin(struct mx_jbuf *jb, bool quiet)
{
	size_t lag = MX_SLIDE_LAG;

	if (!quiet)             /* a place that is alike */
		lag = mx_wsola_find(jb->pcm + jb->hist,
				    mx_jbuf_samples(jb, LIKE_US), -1, lag,
				    mx_jbuf_samples(jb, LAG_MAX_US),
				    jb->rate_hz / 8000).lag;
	mx_slide_begin(&jb->slide, lag);
	jb->clock_waits = 0;
	jb->glide = 0;
	jb->stale = true;
}

/** What is missing of the delay is put in first. */
static void get_ready(struct mx_jbuf *jb, size_t n, int64_t now_us)
{
	int step = fine_step(jb, mx_jbuf_grid(jb->packet, n)), more;
	bool quiet = mx_jbuf_is_quiet(jb);

	jb->clock_waits += n;
	if (!quiet && jb->clock_waits < (size_t)WAIT_S * jb->rate_hz)
		return;
	if (jb->len < mx_jbuf_samples(jb, LIKE_US))
		return;
	more = fine_steer(jb, n, step, now_us);
	if (more <= 0)
		begin(jb, quiet);
	else if (mx_jbuf_lengthen(jb, (size_t)more, quiet ? 0 : like_enough))
		jb->since = 0;
}

void mx_jbuf_follow_clock(struct mx_jbuf *jb, size_t n, int64_t now_us)
{
	int32_t ppm = jb->delay.skew.ppm_q8 / 256;

	if (!jb->bank)
		return;
	if (ppm < 0)
		ppm = -ppm;
	if (jb->slide.on && ppm < END_PPM && jb->need == n &&
	    mx_jbuf_is_quiet(jb))
		mx_slide_end(&jb->slide);
	else if (!jb->slide.on && ppm >= BEGIN_PPM)
		get_ready(jb, n, now_us);
	else
		jb->clock_waits = 0;
}

void mx_jbuf_put_out(struct mx_jbuf *jb, int16_t *out, size_t n)
{
	const int16_t *x = jb->pcm + jb->hist;

	if (jb->slide.on || jb->slide.fades)
		mx_slide_run(&jb->slide, jb->bank, jb->cfg.dsp, out, x, n,
			     mx_jbuf_samples(jb, FADE_US));
	else
		memcpy(out, x, n * sizeof(*out));
	n = jb->need;
	jb->len -= n;
	jb->bridged -= jb->bridged < n ? jb->bridged : n;
	mx_jbuf_pass_by(jb, n);
}
