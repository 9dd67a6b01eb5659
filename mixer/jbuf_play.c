/* jbuf_play.c - the jitter buffer: what goes out, a frame each tick. */
#include "jbuf_int.h"

#include <assert.h>
#include <string.h>

#include "wsola.h"

enum { FEC_HOLD = 250 };        /* packets, 5 s */

/** A tick at work: what it is about, and what the frame came to consist of. */
struct tick {
	size_t n, need;         /* samples to be put out, and what they take */
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

static void conceal(struct mx_jbuf *jb, struct tick *t, size_t n)
{
	mx_jbuf_conceal(jb, n);
	t->made = true;
}

/** No sequence number is missing between the packet decoded last and the first
 *  one waiting: a hole between them is a pause of the sender's (DTX). */
static bool is_contiguous(const struct mx_jbuf *jb)
{
	return mx_seq_lost(&jb->seq, jb->ring.slot[0].seq,
			   jb->ring.n - 1) <= jb->stats.lost;
}

/** Samples that the packet decodes to at out, -1 if it cannot be. */
static int run_decoder(struct mx_jbuf *jb, const struct mx_ring_slot *s,
		       int16_t *out)
{
	const struct mx_codec *c = s->codec;
	const uint8_t *payload = s->pkt->data + s->pkt->off;

	if (jb->dec_codec != c || jb->fresh)
		c->dec_init(jb->dec);
	jb->dec_codec = c;
	jb->fresh = false;
	jb->paused = mx_codec_activity(c, payload, s->pkt->len) ==
		MX_ACTIVITY_PAUSE;
	jb->rested = 0;
	if (s->pos >= jb->rests_at)
		jb->rests_at = MX_JBUF_NONE;
	jb->stats.decoded++;
	return c->decode(jb->dec, jb->cfg.dsp, payload, s->pkt->len, out,
			 jb->cap - jb->len);
}

/** Does what was concealed have to be faded into this packet? A codec's own
 *  concealment leads up to what comes next, and to nothing else. */
static bool has_seam(const struct mx_jbuf *jb, const struct mx_ring_slot *s,
		     int64_t skip)
{
	return jb->state == JBUF_CONCEALING &&
	       (!jb->own || jb->seam || skip > 0 || jb->fresh ||
		jb->dec_codec != s->codec);
}

/** Is it worth while to wait for a packet for the sake of its FEC? Voice has
 *  it and pauses have not, so for a while it is believed in. */
static void note_fec(struct mx_jbuf *jb, const struct mx_ring_slot *s)
{
	if (jb->loss_q16 == 0 || !s->codec->fec)
		return;
	if (s->codec->fec(s->pkt->data + s->pkt->off, s->pkt->len) > 0)
		jb->fec_hold = FEC_HOLD;
	else if (jb->fec_hold > 0)
		jb->fec_hold--;
}

void mx_jbuf_decode(struct mx_jbuf *jb)
{
	struct mx_ring_slot s = mx_ring_take(&jb->ring);
	int64_t skip = jb->next - s.pos;        /* of it, concealed already */
	int16_t *out = end_of_pcm(jb), made[MX_JBUF_FADE_MAX];
	size_t fade = has_seam(jb, &s, skip) ?
		      mx_jbuf_samples(jb, MX_JBUF_FADE_US) : 0;
	int n;

	assert(skip >= 0);
	if (fade && jb->own)            /* before the decoder goes on */
		mx_jbuf_play_on(jb, made, fade);
	else if (fade && !jb->fresh && jb->dec_codec == s.codec)
		mx_jbuf_follow(jb, (size_t)skip, 0);
	n = run_decoder(jb, &s, out);
	note_fec(jb, &s);
	jb->due = s.seq;
	jb->level = s.pkt->level;
	mx_jbuf_played(jb, &s, n > 0 && skip == 0);
	mx_jbuf_count_lost(jb);
	if (n <= skip) {                        /* bad: as if it had not come */
		jb->stats.dropped++;
		/* but it may have been another codec's, and the one that was
		 * concealing is gone */
		if (jb->own && !jb->dec_codec->conceal &&
		    jb->state == JBUF_CONCEALING)
			mx_jbuf_conceal_from_here(jb);
		return;
	}
	jb->stats.played++;
	jb->packet = s.len;
	jb->stale = true;
	n -= (int)skip;
	if (skip > 0)
		memmove(out, out + skip, (size_t)n * sizeof(*out));
	mx_jbuf_listen(jb, out, (size_t)n);
	if (fade && !jb->own)
		mx_jbuf_play_on(jb, made, fade);
	if (fade)
		mx_wsola_fade(out, made, out, fade < (size_t)n ? fade :
			      (size_t)n);
	jb->state = JBUF_PLAYING;
	jb->seam = false;
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

	bool paused = is_contiguous(jb) && pos > jb->next;

	jb->pauses |= paused && jb->next != MX_JBUF_NONE;
	settle(jb, paused);
	jb->next = pos;
	jb->lent = 0;
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

/** Fills the gap before the first packet, for as long as the tick is. */
static void bridge(struct mx_jbuf *jb, struct tick *t, size_t gap)
{
	size_t n = t->need - jb->len;
	size_t fec = is_contiguous(jb) ? 0 : mx_jbuf_fec(jb);

	if (fec >= gap) {
		mx_jbuf_recover(jb, gap);
		settle(jb, false);
		t->voice = true;
		return;
	}
	if (!fec && !is_contiguous(jb) && mx_jbuf_bridge(jb, gap)) {
		settle(jb, false);
		return;
	}
	conceal(jb, t, gap - fec < n ? gap - fec : n);
}

/** Goes on with the first packet, or with concealment up to it. */
static void join(struct mx_jbuf *jb, struct tick *t)
{
	const struct mx_ring_slot *s = jb->ring.slot;
	int64_t gap;

	if (jb->next == MX_JBUF_NONE) {
		jb->next = s->pos - (int64_t)jb->made;
		jb->seam = true;
	}
	gap = s->pos - jb->next - (int64_t)jb->made;
	if (gap > 0) {
		bridge(jb, t, (size_t)gap);
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

/** The sender has paused, and nothing is due. */
static bool is_pause(const struct mx_jbuf *jb)
{
	return (jb->paused || mx_jbuf_rests(jb)) && jb->state == JBUF_PLAYING &&
	       (jb->ring.n == 0 ||
		(jb->ring.slot[0].pos > jb->next && is_contiguous(jb)));
}

static void rest(struct mx_jbuf *jb, struct tick *t)
{
	if (mx_jbuf_rest(jb, t->need - jb->len))
		t->voice = true;
}

/** Brings pcm to at least a frame. Each round adds samples or uses up a
 *  packet. */
static void fill(struct mx_jbuf *jb, struct tick *t)
{
	if (jb->len > 0)
		t->voice = true;
	while (jb->len < t->need) {
		drop_passed(jb);
		if (is_pause(jb))
			jb->state = JBUF_SILENT;
		if (jb->state == JBUF_SILENT) {
			if (may_begin(jb, t))
				begin(jb, t);
			else
				rest(jb, t);
		} else if (jb->ring.n == 0) {
			conceal(jb, t, t->need - jb->len);
		} else {
			join(jb, t);
		}
	}
}

/** How far what is played now lags behind the least transit. */
static void measure(struct mx_jbuf *jb, int64_t now_us)
{
	int64_t head = jb->next - (int64_t)(jb->len + jb->slide.lag);
	int64_t delay = now_us - mx_jbuf_us(jb, head) - mx_delay_base(&jb->delay);
	int64_t target = delay + jb->steps *
		mx_jbuf_us(jb, (int64_t)mx_jbuf_grid(jb->packet, jb->rate_hz / 100));

	jb->stats.drift_ppm = -jb->delay.skew.ppm_q8 / 256;
	jb->stats.depth_ms = delay > 0 ? (uint32_t)(delay / 1000) : 0;
	jb->stats.target_ms = target > 0 ? (uint32_t)(target / 1000) : 0;
}

int64_t mx_jbuf_pos(const struct mx_jbuf *jb)
{
	if (jb->state == JBUF_SILENT || jb->next == MX_JBUF_NONE)
		return MX_JBUF_NO_POS;
	return jb->next + (int64_t)jb->made - (int64_t)(jb->len + jb->slide.lag);
}

void mx_jbuf_pass_by(struct mx_jbuf *jb, size_t n)
{
	const size_t at = (size_t)(jb->pcm - jb->mem) + n;

	jb->pcm += n;
	if (at <= MX_JBUF_SLIDE * (jb->rate_hz / 100))
		return;
	memmove(jb->mem, jb->pcm, (jb->hist + jb->len) * sizeof(*jb->mem));
	jb->pcm = jb->mem;
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
	jb->take_us = now_us;
	if (jb->asleep)
		mx_jbuf_wake(jb, n, now_us);
	mx_jbuf_pace(jb, n);
	t.need = jb->need;
	fill(jb, &t);
	jb->since += n;
	if (jb->state == JBUF_PLAYING && !jb->bridged) {
		mx_jbuf_follow_clock(jb, n, now_us);
		mx_jbuf_stretch(jb, n, now_us);
	}
	if (jb->state == JBUF_PLAYING)
		measure(jb, now_us);
	t.made |= jb->bridged > 0;
	mx_jbuf_put_out(jb, out, n);
	return t.made ? MX_JBUF_CONCEALED : t.voice ? MX_JBUF_VOICE : MX_JBUF_SILENCE;
}
