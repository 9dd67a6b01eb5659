/*
 * peers.c - what others do, in the same battery: a buffer of a fixed delay, and
 * speexdsp's adaptive one, both with the concealment of onesided.h; and fixed
 * ones that conceal worse, for the comparison of concealment alone.
 */
#include <speex/speex_jitter.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "onesided.h"
#include "quality.h"
#include "stream.h"

enum { KEPT = 128, FRAME_MAX = MX_FRAME_MAX };

enum fill { ZEROS, REPEAT, ONE_SIDED };

struct peer {
	const struct mx_codec *codec;
	void *dec;
	enum fill fill;
	int64_t delay_us;               /* of a fixed one */
	size_t len;                     /* samples of a packet */
	int16_t frame[FRAME_MAX];       /* decoded, to be played */
	size_t left;                    /* of it */
	struct q_onesided_plc plc;
	/* fixed: packets by number, and when the first one is due */
	bool started;
	uint32_t ts0;
	int64_t due_us, k;
	struct {
		int64_t k;
		uint16_t len;           /* 0: empty */
		uint8_t data[MX_PAYLOAD_MAX];
	} slot[KEPT];
	/* speexdsp's */
	JitterBuffer *speex;
};

static struct peer *new_peer(const struct mx_codec *codec, enum fill fill,
			     int64_t delay_us)
{
	struct peer *p = q_alloc(1, sizeof(*p));

	p->codec = codec;
	p->fill = fill;
	p->delay_us = delay_us;
	p->dec = q_alloc(1, codec->dec_size() + 1);
	codec->dec_init(p->dec);
	p->plc.rate_hz = codec->rate_hz;
	p->k = -1;
	return p;
}

static void close_peer(void *r)
{
	struct peer *p = r;

	if (p->speex)
		jitter_buffer_destroy(p->speex);
	free(p->dec);
	free(p);
}

/** A packet is missing: n samples into the frame. */
static void lose(struct peer *p, size_t n)
{
	if (p->fill == ONE_SIDED)
		q_onesided_lost(&p->plc, p->frame, n);
	else if (p->fill == ZEROS)
		memset(p->frame, 0, n * sizeof(*p->frame));
	/* else the frame played last is still there */
	p->left = n;
}

static bool decode(struct peer *p, const uint8_t *data, size_t len)
{
	int n = p->codec->decode(p->dec, mx_dsp_best(), data, len, p->frame,
				 FRAME_MAX);

	if (n <= 0)
		return false;
	p->left = p->len = (size_t)n;
	if (p->fill == ONE_SIDED)
		q_onesided_real(&p->plc, p->frame, (size_t)n);
	return true;
}

/** The next n samples of the frame, of size len when whole. */
static void play(struct peer *p, int16_t *out, size_t n, size_t whole)
{
	memcpy(out, p->frame + whole - p->left, n * sizeof(*out));
	p->left -= n;
}

/* ---- a fixed delay ------------------------------------------------------- */

static int64_t number(const struct peer *p, const struct mx_pkt *pkt)
{
	int64_t ticks = (int32_t)(pkt->ts - p->ts0);

	return ticks * p->codec->rate_hz / p->codec->clock_hz /
	       (int64_t)p->len;
}

static void put_fixed(void *r, const struct mx_pkt *pkt)
{
	struct peer *p = r;
	int n = p->codec->samples(pkt->data + pkt->off, pkt->len);
	int64_t k;

	if (n <= 0)
		return;
	if (!p->started) {
		p->started = true;
		p->ts0 = pkt->ts;
		p->len = (size_t)n;
		p->k = 0;
		p->due_us = pkt->arrival_us + p->delay_us;
	}
	k = number(p, pkt);
	if (k < p->k || k >= p->k + KEPT)
		return;
	p->slot[k % KEPT].k = k;
	p->slot[k % KEPT].len = pkt->len;
	memcpy(p->slot[k % KEPT].data, pkt->data + pkt->off, pkt->len);
}

static enum mx_jbuf_kind take_fixed(void *r, int16_t *out, size_t n,
				    int64_t now_us)
{
	struct peer *p = r;
	bool made = false;

	if (!p->started || now_us < p->due_us) {
		memset(out, 0, n * sizeof(*out));
		return MX_JBUF_SILENCE;
	}
	for (size_t done = 0, m; done < n; done += m) {
		if (p->left == 0) {
			size_t i = (size_t)(p->k % KEPT);

			made = p->slot[i].len == 0 || p->slot[i].k != p->k ||
			       !decode(p, p->slot[i].data, p->slot[i].len);
			if (made)
				lose(p, p->len);
			p->slot[i].len = 0;
			p->k++;
		} else if (p->plc.made) {
			made = true;
		}
		m = p->left < n - done ? p->left : n - done;
		play(p, out + done, m, p->len);
	}
	return made ? MX_JBUF_CONCEALED : MX_JBUF_VOICE;
}

/* ---- speexdsp's ---------------------------------------------------------- */

static void put_speex(void *r, const struct mx_pkt *pkt)
{
	struct peer *p = r;
	int n = p->codec->samples(pkt->data + pkt->off, pkt->len);
	char data[MX_PAYLOAD_MAX];
	JitterBufferPacket jp = { .data = data, .len = pkt->len,
		.timestamp = pkt->ts, .sequence = pkt->seq };

	if (n <= 0)
		return;
	p->len = (size_t)n;
	jp.span = (uint32_t)((uint64_t)n * p->codec->clock_hz /
			     p->codec->rate_hz);
	if (!p->speex) {
		p->speex = jitter_buffer_init((int)jp.span);
		p->started = true;
	}
	memcpy(data, pkt->data + pkt->off, pkt->len);
	jitter_buffer_put(p->speex, &jp);
}

/** The next frame, real or made up; false: made up. */
static bool next_speex(struct peer *p)
{
	uint32_t span = (uint32_t)((uint64_t)p->len * p->codec->clock_hz /
				   p->codec->rate_hz);
	char data[MX_PAYLOAD_MAX];
	JitterBufferPacket jp = { .data = data, .len = sizeof(data) };
	spx_int32_t offset = 0;
	int got = jitter_buffer_get(p->speex, &jp, (spx_int32_t)span, &offset);
	bool real = got == JITTER_BUFFER_OK &&
		    decode(p, (const uint8_t *)data, jp.len);

	if (!real)
		lose(p, p->len);
	jitter_buffer_tick(p->speex);
	return real;
}

static enum mx_jbuf_kind take_speex(void *r, int16_t *out, size_t n,
				    int64_t now_us)
{
	struct peer *p = r;
	bool made = false;

	(void)now_us;
	if (!p->started) {
		memset(out, 0, n * sizeof(*out));
		return MX_JBUF_SILENCE;
	}
	for (size_t done = 0, m; done < n; done += m) {
		if (p->left == 0)
			made |= !next_speex(p);
		else
			made |= p->plc.made > 0;
		m = p->left < n - done ? p->left : n - done;
		play(p, out + done, m, p->len);
	}
	return made ? MX_JBUF_CONCEALED : MX_JBUF_VOICE;
}

/* ---- the table ----------------------------------------------------------- */

static void *open_60(const struct mx_codec *codec)
{
	return new_peer(codec, ONE_SIDED, 60000);
}

static void *open_100(const struct mx_codec *codec)
{
	return new_peer(codec, ONE_SIDED, 100000);
}

static void *open_adaptive(const struct mx_codec *codec)
{
	return new_peer(codec, ONE_SIDED, 0);
}

static void *open_zeros(const struct mx_codec *codec)
{
	return new_peer(codec, ZEROS, 0);
}

static void *open_repeat(const struct mx_codec *codec)
{
	return new_peer(codec, REPEAT, 0);
}

const struct q_receiver q_speex = { "speexdsp", open_adaptive, put_speex,
				    take_speex, NULL, close_peer };
const struct q_receiver q_fixed60 = { "fixed 60", open_60, put_fixed,
				      take_fixed, NULL, close_peer };
const struct q_receiver q_fixed100 = { "fixed 100", open_100, put_fixed,
				       take_fixed, NULL, close_peer };
const struct q_receiver q_zeros = { "zeros", open_zeros, put_fixed, take_fixed,
				    NULL, close_peer };
const struct q_receiver q_repeat = { "repeat", open_repeat, put_fixed,
				     take_fixed, NULL, close_peer };
const struct q_receiver q_onesided = { "one-sided", open_adaptive, put_fixed,
				       take_fixed, NULL, close_peer };
