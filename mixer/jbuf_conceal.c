/*
 * jbuf_conceal.c - the jitter buffer: what is played where nothing came. By
 * the codec itself where it can (its decoder then stands right for the next
 * packet, and the join is its own), else by repeating the last period (plc.h).
 */
#include "jbuf_int.h"

#include <assert.h>
#include <string.h>

#include "wsola.h"

enum {
	UNIT_US = 2500,         /* codecs conceal in these */
	OWN_US = 120000,        /* then a codec's concealment is faded out: it
				 * goes on for ever */
	FADE_US = 10000,
	/* So long comfort noise is heard without a packet; senders that pause
	 * send one at least each 400 ms. */
	COMFORT_US = 1000000,
	BRIDGE_US = 100000,     /* no longer gap is filled from both sides: what
				 * is far from either is silence anyway */
	BLOCK_MAX = MX_RATE_MAX_HZ / 1000 * 15  /* a tick, rounded up, and more */
};

static int16_t *end_of_pcm(struct mx_jbuf *jb)
{
	return jb->pcm + jb->hist + jb->len;
}

static size_t whole_units(const struct mx_jbuf *jb, size_t n)
{
	size_t unit = mx_jbuf_samples(jb, UNIT_US);

	return (n + unit - 1) / unit * unit;
}

/** May the codec conceal? */
static bool has_own(const struct mx_jbuf *jb)
{
	return jb->dec_codec && jb->dec_codec->conceal;
}

/** By the codec, n whole units. */
static void make_own(struct mx_jbuf *jb, int16_t *out, size_t n)
{
	int err = jb->dec_codec->conceal(jb->dec, out, n);

	assert(!err);
	if (err)
		memset(out, 0, n * sizeof(*out));
}

/** Fades the end of out[n] to nothing. */
static void fade_out(const struct mx_jbuf *jb, int16_t *out, size_t n)
{
	size_t w = mx_jbuf_samples(jb, FADE_US);

	if (w > n)
		w = n;
	out += n - w;
	for (size_t i = 0; i < w; i++)
		out[i] = (int16_t)(out[i] * (int32_t)(w - i) / (int32_t)w);
}

void mx_jbuf_conceal_from_here(struct mx_jbuf *jb)
{
	jb->own = has_own(jb);
	jb->own_made = 0;
	if (!jb->own)
		mx_plc_begin(&jb->plc, end_of_pcm(jb));
	jb->state = JBUF_CONCEALING;
}

static void conceal_own(struct mx_jbuf *jb, size_t n)
{
	make_own(jb, end_of_pcm(jb), n);
	jb->own_made += n;
	if (jb->own_made < mx_jbuf_samples(jb, OWN_US))
		return;
	fade_out(jb, end_of_pcm(jb), n);
	jb->state = JBUF_SILENT;
}

void mx_jbuf_conceal(struct mx_jbuf *jb, size_t n)
{
	if (jb->state == JBUF_PLAYING)
		mx_jbuf_conceal_from_here(jb);
	if (jb->own) {
		n = whole_units(jb, n);
		conceal_own(jb, n);
	} else {
		mx_plc_make(&jb->plc, end_of_pcm(jb), n);
		if (mx_plc_is_silent(&jb->plc))
			jb->state = JBUF_SILENT;
	}
	jb->len += n;
	jb->made += n;
}

/** Both sides of the gap are plain samples, and there is room. */
static bool can_bridge(const struct mx_jbuf *jb, size_t gap)
{
	const struct mx_ring_slot *s = jb->ring.slot;

	return !has_own(jb) && !s->codec->conceal && jb->dec_codec &&
	       !(jb->state == JBUF_CONCEALING && jb->own) &&
	       gap <= mx_jbuf_samples(jb, BRIDGE_US) &&
	       s->len >= mx_jbuf_samples(jb, MX_PLC_FUTURE_US) &&
	       jb->len + gap + s->len <= jb->cap && s->len >= MX_CODEC_AROUND;
}

void mx_jbuf_follow(struct mx_jbuf *jb, size_t skip, size_t more)
{
	/* what was played before hist is gone */
	size_t most = jb->hist - MX_CODEC_AROUND;
	size_t made = jb->plc.made < most ? jb->plc.made : most;
	struct mx_plc p = jb->plc;

	if (!jb->dec_codec || !jb->dec_codec->follow || skip >= made + more)
		return;
	mx_plc_make(&p, end_of_pcm(jb), more + MX_CODEC_AROUND);
	jb->dec_codec->follow(jb->dec, end_of_pcm(jb) - made,
			      made + more - skip);
}

bool mx_jbuf_bridge(struct mx_jbuf *jb, size_t gap)
{
	const struct mx_jbuf was = { .state = jb->state, .next = jb->next,
				     .len = jb->len };
	size_t far;

	if (!can_bridge(jb, gap))
		return false;
	if (jb->state == JBUF_PLAYING)
		mx_jbuf_conceal_from_here(jb);
	mx_jbuf_follow(jb, 0, gap);
	jb->len += gap;
	jb->next = jb->ring.slot[0].pos;
	jb->state = JBUF_PLAYING;       /* it has no seam */
	/* the more is known of the other side the better */
	do {
		mx_jbuf_decode(jb);
		far = jb->len - was.len - gap;
	} while (far < mx_jbuf_samples(jb, MX_PLC_HISTORY_US) && jb->ring.n &&
		 jb->ring.slot[0].pos == jb->next &&
		 jb->len + jb->ring.slot[0].len <= jb->cap);
	if (far < mx_jbuf_samples(jb, MX_PLC_FUTURE_US)) {
		/* it did not decode, so there is a longer gap */
		jb->len = was.len;
		jb->next = was.next;
		jb->state = JBUF_CONCEALING;
		return true;
	}
	mx_plc_bridge(&jb->plc, jb->pcm + jb->hist + was.len, gap, far);
	jb->made += gap;
	jb->bridged = was.len + gap;
	return true;
}

bool mx_jbuf_rest(struct mx_jbuf *jb, size_t n)
{
	size_t limit = mx_jbuf_samples(jb, COMFORT_US);
	bool told = mx_jbuf_rests(jb);
	bool noise = (told || (jb->paused && has_own(jb))) && jb->rested < limit;
	int16_t block[BLOCK_MAX];

	if (noise) {
		/* What is over is left out: in noise nobody hears it. */
		if (told)
			mx_cn_make(&jb->cn, block, n);
		else
			make_own(jb, block, whole_units(jb, n));
		jb->rested += n;
		if (jb->rested >= limit)
			fade_out(jb, block, n);
		memcpy(end_of_pcm(jb), block, n * sizeof(*block));
	} else {
		memset(end_of_pcm(jb), 0, n * sizeof(*jb->pcm));
	}
	jb->len += n;
	if (jb->next != MX_JBUF_NONE)
		jb->made += n;
	return noise;
}

void mx_jbuf_play_on(struct mx_jbuf *jb, int16_t *out, size_t n)
{
	int16_t block[BLOCK_MAX];

	if (!jb->own) {
		mx_plc_make(&jb->plc, out, n);
		return;
	}
	make_own(jb, block, whole_units(jb, n));
	memcpy(out, block, n * sizeof(*out));
}

size_t mx_jbuf_fec(const struct mx_jbuf *jb)
{
	const struct mx_ring_slot *s = jb->ring.slot;

	if (!s->codec->fec || s->codec != jb->dec_codec || jb->fresh)
		return 0;
	return s->codec->fec(s->pkt->data + s->pkt->off, s->pkt->len);
}

void mx_jbuf_recover(struct mx_jbuf *jb, size_t gap)
{
	const struct mx_ring_slot *s = jb->ring.slot;
	size_t want = mx_jbuf_fec(jb), fade, over;
	int16_t *out = end_of_pcm(jb), made[MX_JBUF_FADE_MAX];

	/* The decoder gives the whole of what was lost, of which the begin may
	 * have been concealed before this packet came. */
	if (want > jb->made + gap)
		want = jb->made + gap;
	want = whole_units(jb, want);
	over = want - gap;
	fade = mx_jbuf_samples(jb, MX_JBUF_FADE_US);
	if (fade > gap)
		fade = gap;
	if (!over || jb->state != JBUF_CONCEALING)
		fade = 0;
	if (fade)
		mx_jbuf_play_on(jb, made, fade);
	if (s->codec->recover(jb->dec, s->pkt->data + s->pkt->off, s->pkt->len,
			      out, want))
		memset(out, 0, want * sizeof(*out));
	memmove(out, out + over, gap * sizeof(*out));
	mx_wsola_fade(out, made, out, fade);
	jb->len += gap;
	jb->next = s->pos;
	jb->state = JBUF_PLAYING;
	jb->stats.fec_used++;
}
