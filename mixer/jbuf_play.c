/* jbuf_play.c - the jitter buffer: what goes out, a frame each tick. */
#include "jbuf_int.h"

#include <assert.h>
#include <string.h>

#include "wsola.h"

enum {
	FADE_US = 5000,         /* from made-up samples to real ones */
	FADE_MAX = MX_RATE_MAX_HZ / 1000 * FADE_US / 1000
};

/** A tick at work: what it is about, and what the frame came to consist of. */
struct tick {
	size_t n;
	int64_t now_us;
	bool voice, made;
};

static int16_t *end_of_pcm(struct mx_jbuf *jb)
{
	return jb->pcm + jb->hist + jb->len;
}

/** Closes the account of what was made up since next. It counts as concealed
 *  only now: until a packet came it might have been a DTX pause. */
static void settle(struct mx_jbuf *jb, bool paused)
{
	if (!paused)
		jb->stats.concealed += jb->made;
	jb->made = 0;
}

void mx_jbuf_conceal_from_here(struct mx_jbuf *jb)
{
	mx_plc_begin(&jb->plc, end_of_pcm(jb));
	jb->state = JBUF_CONCEALING;
}

static void conceal(struct mx_jbuf *jb, struct tick *t, size_t n)
{
	if (jb->state == JBUF_PLAYING)
		mx_jbuf_conceal_from_here(jb);
	mx_plc_make(&jb->plc, end_of_pcm(jb), n);
	jb->len += n;
	jb->made += n;
	t->made = true;
	if (mx_plc_is_silent(&jb->plc))
		jb->state = JBUF_SILENT;
}

static void be_silent(struct mx_jbuf *jb, size_t n)
{
	memset(end_of_pcm(jb), 0, n * sizeof(*jb->pcm));
	jb->len += n;
	if (jb->next != MX_JBUF_NONE)
		jb->made += n;
}

/** No sequence number is missing between the packet decoded last and the first
 *  one waiting: a hole between them is a pause of the sender's (DTX). */
static bool is_contiguous(const struct mx_jbuf *jb)
{
	return mx_seq_lost(&jb->seq, jb->ring.slot[0].pkt->seq,
			   jb->ring.n - 1) <= jb->stats.lost;
}

/** Samples that the packet decodes to at out, -1 if it cannot be. */
static int run_decoder(struct mx_jbuf *jb, const struct mx_ring_slot *s,
		       int16_t *out)
{
	const struct mx_codec *c = s->codec;

	if (jb->dec_codec != c)
		c->dec_init(jb->dec);
	jb->dec_codec = c;
	return c->decode(jb->dec, jb->cfg.dsp, s->pkt->data + s->pkt->off,
			 s->pkt->len, out, jb->cap - jb->len);
}

/** Goes over from the concealment, which plays on for a moment, to x[n]. */
static void fade_in(struct mx_jbuf *jb, int16_t *x, size_t n)
{
	int16_t made[FADE_MAX];
	size_t w = mx_jbuf_samples(jb, FADE_US);

	if (w > n)
		w = n;
	mx_plc_make(&jb->plc, made, w);
	mx_wsola_fade(x, made, x, w);
}

void mx_jbuf_decode(struct mx_jbuf *jb)
{
	struct mx_ring_slot s = mx_ring_take(&jb->ring);
	int64_t skip = jb->next - s.pos;        /* of it, concealed already */
	int16_t *out = end_of_pcm(jb);
	int n = run_decoder(jb, &s, out);

	assert(skip >= 0);
	jb->due = s.pkt->seq;
	mx_pool_put(jb->cfg.pool, s.pkt);
	mx_jbuf_count_lost(jb);
	if (n <= skip) {                        /* bad: as if it had not come */
		jb->stats.dropped++;
		return;
	}
	jb->stats.played++;
	jb->packet = s.len;
	jb->stale = true;
	n -= (int)skip;
	memmove(out, out + skip, (size_t)n * sizeof(*out));
	mx_jbuf_listen(jb, out, (size_t)n);
	if (jb->state == JBUF_CONCEALING)
		fade_in(jb, out, (size_t)n);
	jb->state = JBUF_PLAYING;
	jb->len += (size_t)n;
	jb->next += n;
}

/** In silence the first packet waits until the delay is as it should be. So it
 *  is set anew after each pause, unheard. Begins with a tick, which wastes
 *  nothing of the grid. */
static bool may_begin(const struct mx_jbuf *jb, const struct tick *t)
{
	const struct mx_ring_slot *s = jb->ring.slot;

	return jb->ring.n > 0 && jb->len == 0 &&
	       mx_jbuf_steer(jb, s->pos, 0, t->n, mx_jbuf_grid(s->len, t->n),
			     t->now_us) <= 0;
}

static void begin(struct mx_jbuf *jb, struct tick *t)
{
	int64_t pos = jb->ring.slot[0].pos;

	settle(jb, is_contiguous(jb) && pos > jb->next);
	jb->next = pos;
	t->voice = true;
	mx_jbuf_decode(jb);
}

/** The first packet comes after some of it was concealed. If the delay should
 *  be larger anyway it now grows by that much; else what was concealed of it
 *  is left out, and the delay stays. */
static void join_late(struct mx_jbuf *jb, struct tick *t, size_t late)
{
	size_t grid = mx_jbuf_grid(jb->ring.slot[0].len, t->n);
	int64_t at = jb->next + (int64_t)jb->made;
	int steps = mx_jbuf_steer(jb, at - (int64_t)jb->len, jb->len, t->n, grid,
				  t->now_us);
	size_t grow = steps > 0 ? (size_t)steps * grid : 0;

	jb->next = at - (int64_t)(grow < late ? grow : late);
	settle(jb, false);
}

/** Goes on with the first packet, or with concealment up to it. */
static void join(struct mx_jbuf *jb, struct tick *t)
{
	const struct mx_ring_slot *s = jb->ring.slot;
	int64_t gap;

	if (jb->next == MX_JBUF_NONE)
		jb->next = s->pos - (int64_t)jb->made;
	gap = s->pos - jb->next - (int64_t)jb->made;
	if (gap > 0) {
		size_t n = t->n - jb->len;

		conceal(jb, t, gap < (int64_t)n ? (size_t)gap : n);
		return;
	}
	if (gap < 0) {
		join_late(jb, t, (size_t)-gap);
		if (s->pos + s->len <= jb->next)
			return;         /* nothing is left of it */
	} else {
		settle(jb, is_contiguous(jb));
		jb->next = s->pos;
	}
	t->voice = true;
	mx_jbuf_decode(jb);
}

/** Gives packets back whose time is over. */
static void drop_passed(struct mx_jbuf *jb)
{
	while (jb->ring.n && jb->next != MX_JBUF_NONE &&
	       jb->ring.slot[0].pos + jb->ring.slot[0].len <= jb->next) {
		mx_pool_put(jb->cfg.pool, mx_ring_take(&jb->ring).pkt);
		jb->stats.late++;
	}
}

/** Brings pcm to at least a frame. Each round adds samples or uses up a
 *  packet. */
static void fill(struct mx_jbuf *jb, struct tick *t)
{
	if (jb->len > 0)
		t->voice = true;
	while (jb->len < t->n) {
		drop_passed(jb);
		if (jb->state == JBUF_SILENT) {
			if (may_begin(jb, t))
				begin(jb, t);
			else
				be_silent(jb, t->n - jb->len);
		} else if (jb->ring.n == 0) {
			conceal(jb, t, t->n - jb->len);
		} else {
			join(jb, t);
		}
	}
}

/** How far what is played now lags behind the least transit. */
static void measure(struct mx_jbuf *jb, int64_t now_us)
{
	int64_t head = jb->next - (int64_t)jb->len;
	int64_t delay = now_us - mx_jbuf_us(jb, head) - mx_delay_base(&jb->delay);
	int64_t target = delay + jb->steps *
		mx_jbuf_us(jb, (int64_t)mx_jbuf_grid(jb->packet, jb->rate_hz / 100));

	jb->stats.depth_ms = delay > 0 ? (uint32_t)(delay / 1000) : 0;
	jb->stats.target_ms = target > 0 ? (uint32_t)(target / 1000) : 0;
}

static void take_out(struct mx_jbuf *jb, int16_t *out, size_t n)
{
	memcpy(out, jb->pcm + jb->hist, n * sizeof(*out));
	jb->len -= n;
	memmove(jb->pcm, jb->pcm + n, (jb->hist + jb->len) * sizeof(*out));
}

enum mx_jbuf_kind mx_jbuf_take(struct mx_jbuf *jb, int16_t *out, size_t n,
			       int64_t now_us)
{
	struct tick t = { .n = n, .now_us = now_us };

	if (!jb->rate_hz) {
		memset(out, 0, n * sizeof(*out));
		return MX_JBUF_SILENCE;
	}
	assert(n == jb->rate_hz / 100);
	fill(jb, &t);
	jb->since += n;
	if (jb->state == JBUF_PLAYING)
		mx_jbuf_stretch(jb, n, now_us);
	if (jb->state == JBUF_PLAYING)
		measure(jb, now_us);
	take_out(jb, out, n);
	return t.made ? MX_JBUF_CONCEALED : t.voice ? MX_JBUF_VOICE : MX_JBUF_SILENCE;
}
