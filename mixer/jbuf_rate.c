/* jbuf_rate.c - the jitter buffer: its sample rate, and another one in
 * mid-stream. */
#include "jbuf_int.h"

#include <errno.h>
#include <string.h>

enum {
	HISTORY_US = 40000,     /* no less than MX_PLC_HISTORY_US, and a bit */
	FUTURE_US = 170000,     /* a tick, a packet, what stretching asks for */
	PCM_MAX = MX_RATE_MAX_HZ / 1000 * (HISTORY_US + FUTURE_US) / 1000
};

/** Totals are told in samples of the rate there is. */
static void recount(struct mx_jbuf *jb, uint32_t rate_hz)
{
	struct mx_jbuf_stats *st = &jb->stats;
	uint32_t old = jb->stats_hz;

	if (rate_hz == 0)
		return;
	jb->stats_hz = rate_hz;
	if (old == 0 || old == rate_hz)
		return;
	st->concealed = st->concealed * rate_hz / old;
	st->accelerated = st->accelerated * rate_hz / old;
	st->expanded = st->expanded * rate_hz / old;
	st->resampled = st->resampled * rate_hz / old;
}

void mx_jbuf_set_rate(struct mx_jbuf *jb, uint32_t rate_hz)
{
	recount(jb, rate_hz);
	jb->rate_hz = rate_hz;
	jb->plc.rate_hz = rate_hz;
	jb->hist = mx_jbuf_samples(jb, HISTORY_US);
	jb->cap = mx_jbuf_samples(jb, FUTURE_US);
}

static bool can_decode_to(const struct mx_codec *codec, uint32_t rate_hz)
{
	return mx_codec_at(codec, rate_hz)->rate_hz == rate_hz;
}

/** Can all that is mapped, and all that waits and was? */
static bool can_be(const struct mx_jbuf *jb, uint32_t rate_hz)
{
	if (jb->rate_hz == 0 || rate_hz < 8000 || rate_hz % 100 ||
	    rate_hz > jb->cfg.rate_max_hz)
		return false;
	for (unsigned i = 0; i < MX_JBUF_PTS; i++)
		if (jb->map[i] && !can_decode_to(jb->map[i], rate_hz))
			return false;
	for (unsigned i = 0; i < jb->ring.n; i++)
		if (!can_decode_to(jb->ring.slot[i].codec, rate_hz))
			return false;
	return true;
}

/** From samples of one rate to another's; int64_t, for times are, too. */
struct ratio {
	int64_t to, from;
};

static int64_t scaled(const struct ratio *r, int64_t samples)
{
	return samples * r->to / r->from;
}

static void scale(const struct ratio *r, size_t *samples)
{
	*samples = (size_t)scaled(r, (int64_t)*samples);
}

/** What was played last and what is to be played next. Linear: it is for the
 *  moment at which decoders begin anew, and which hardly anybody hears. */
static void convert_pcm(struct mx_jbuf *jb, const struct ratio *r, size_t n)
{
	int16_t x[PCM_MAX];

	memcpy(x, jb->pcm, n * sizeof(*x));
	jb->pcm = jb->mem;
	for (size_t i = 0; i < jb->hist + jb->len; i++) {
		size_t at = i * (size_t)r->from / (size_t)r->to;
		int64_t rest = (int64_t)i * r->from % r->to;
		int64_t a = x[at], b = at + 1 < n ? x[at + 1] : a;

		jb->pcm[i] = (int16_t)(a + (b - a) * rest / r->to);
	}
}

static void convert_ring(struct mx_jbuf *jb, const struct ratio *r)
{
	for (unsigned i = 0; i < jb->ring.n; i++) {
		struct mx_ring_slot *s = &jb->ring.slot[i];

		s->pos = scaled(r, s->pos);
		s->len = (uint32_t)scaled(r, s->len);
		s->codec = mx_codec_at(s->codec, (uint32_t)r->to);
	}
}

int mx_jbuf_retune(struct mx_jbuf *jb, uint32_t rate_hz)
{
	const struct ratio r = { rate_hz, jb->rate_hz };
	size_t n = jb->hist + jb->len;

	if (!can_be(jb, rate_hz))
		return -EINVAL;
	for (unsigned i = 0; i < MX_JBUF_PTS; i++)
		if (jb->map[i])
			jb->map[i] = mx_codec_at(jb->map[i], rate_hz);
	jb->put_codec = NULL;
	mx_jbuf_set_rate(jb, rate_hz);
	scale(&r, &jb->len);
	convert_pcm(jb, &r, n);
	convert_ring(jb, &r);
	if (jb->next != MX_JBUF_NONE)
		jb->next = scaled(&r, jb->next);
	scale(&r, &jb->made);
	scale(&r, &jb->bridged);
	scale(&r, &jb->rested);
	jb->rests_at = MX_JBUF_NONE;    /* the noise was for the old rate */
	scale(&r, &jb->since);
	scale(&r, &jb->waited);
	scale(&r, &jb->lent);
	scale(&r, &jb->clock_waits);
	jb->slide = (struct mx_slide){ .on = false };
	jb->packet = (uint32_t)scaled(&r, jb->packet);
	jb->dec_codec = NULL;
	jb->stale = true;
	if (jb->state == JBUF_CONCEALING)
		mx_jbuf_conceal_from_here(jb);
	return 0;
}
