/*
 * fuzz_jbuf.c - any packets at any time into a jitter buffer. The input is cut
 * into steps of eight bytes: what the sequence number, timestamp, source and
 * arrival do, how long the packet is, and how many ticks follow. No slot may
 * be lost, no account go wrong, and an empty network is silent in the end.
 */
#include "fuzz.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mixer/codec_tables.h"
#include "mixer/dsp/dsp.h"
#include "mixer/jbuf_int.h"
#include "mixer/resamp.h"

const char fuzz_name[] = "jbuf";

enum { PT = 96, TICK = 80, POOL = 160, STEP = 8, DRAIN = 128 * 100 };

static int samples(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len ? (int)len : -EINVAL;
}

static int decode(void *dec, const struct mx_dsp *dsp, const uint8_t *payload,
		  size_t len, int16_t *out, size_t max)
{
	(void)dec;
	(void)dsp;
	assert(len <= max);
	if (payload[0] == 0xff)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		out[i] = (int16_t)(payload[i] << 8);
	return (int)len;
}

static const struct mx_codec codec = { .name = "fuzz", .clock_hz = 8000,
	.rate_hz = 8000, .channels = 1, .pt = MX_PT_NONE, .samples = samples,
	.decode = decode, MX_CODEC_NO_STATE };

/* One that conceals by itself: in units of 20 samples, and what a payload has
 * besides is in its first byte. */

static int conceal(void *dec, int16_t *out, size_t n)
{
	(void)dec;
	assert(n > 0 && n % 20 == 0 && n <= 960);
	memset(out, 0x11, n * sizeof(*out));
	return 0;
}

static size_t fec(const uint8_t *payload, size_t len)
{
	(void)len;
	return payload[0] & 0x20 ? (payload[0] & 0x1fu) * 20 : 0;
}

static int recover(void *dec, const uint8_t *next, size_t len, int16_t *out,
		   size_t n)
{
	assert(fec(next, len) > 0);
	return conceal(dec, out, n);
}

static enum mx_activity activity(const uint8_t *payload, size_t len)
{
	(void)len;
	return payload[0] & 0x40 ? MX_ACTIVITY_PAUSE : MX_ACTIVITY_UNKNOWN;
}

static const struct mx_codec clever = { .name = "clever", .clock_hz = 8000,
	.rate_hz = 8000, .channels = 1, .pt = MX_PT_NONE, .samples = samples,
	.decode = decode, .conceal = conceal, .fec = fec, .recover = recover,
	.activity = activity, MX_CODEC_NO_STATE };

/** A value from one byte: small steps, and now and then a jump. */
static int32_t jump(uint8_t b)
{
	if (b < 0xc0)
		return 0;
	if (b < 0xe0)
		return b - 0xd0;
	return (int32_t)(b & 1 ? 1u << (b & 0x1f) : -(1u << (b & 0x1f)));
}

static void put(struct mx_jbuf *jb, struct mx_pool *pool, const uint8_t *s,
		struct mx_pkt *last, int64_t now_us)
{
	struct mx_pkt *p = mx_pool_get(pool);

	assert(p);                      /* more slots than it can hold */
	p->pt = s[6] < 0x80 ? PT : PT + 1;
	p->off = 12;
	p->len = s[0] < 0x80 ? 160 : (uint16_t)(s[0] * 4);
	memset(p->data + p->off, s[1], p->len);
	p->seq = (uint16_t)(last->seq + 1 + jump(s[2]));
	p->ts = last->ts + last->len + (uint32_t)jump(s[3]);
	p->ssrc = s[4] > 0xfc ? s[4] : last->ssrc;
	p->arrival_us = now_us - s[5] * 100;
	*last = (struct mx_pkt){ .seq = p->seq, .ts = p->ts, .len = p->len,
				 .ssrc = p->ssrc };
	if (s[6] > 0xf8)
		mx_jbuf_note(jb, p);
	if (s[6] > 0xf8 || mx_jbuf_put(jb, p))
		mx_pool_put(pool, p);
}

/** The sender's clock: what would take minutes to find out. */
static void set_clock(struct mx_jbuf *jb, const uint8_t *s)
{
	if (s[5] == 0xff)
		jb->delay.skew.ppm_q8 = (s[1] - 128) * 8 * 256;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* one for all inputs: they are large */
	static struct mx_pool *pool;
	static struct mx_resamp_bank *bank;
	struct mx_jbuf *jb;
	enum mx_jbuf_kind kind = MX_JBUF_VOICE;
	const struct mx_jbuf_stats *st;
	struct mx_pkt last = { .seq = 0xfff0, .ts = 0xfffffa00, .ssrc = 1 };
	int64_t now_us = 1000000;
	int16_t out[TICK];

	if (!pool && mx_pool_new(&pool, POOL))
		return 0;
	if (!bank && mx_resamp_bank_new(&bank, &mx_dsp_c))
		return 0;
	if (mx_jbuf_new(&jb, &(struct mx_jbuf_cfg){ .pool = pool,
			.dsp = &mx_dsp_c, .rate_max_hz = 8000 }))
		return 0;
	mx_jbuf_resample(jb, bank);
	mx_jbuf_map(jb, PT, &codec);
	mx_jbuf_map(jb, PT + 1, &clever);
	st = mx_jbuf_stats(jb);
	for (; len >= STEP; data += STEP, len -= STEP) {
		put(jb, pool, data, &last, now_us);
		set_clock(jb, data);
		for (int i = data[7] < 0xc0 ? 2 : data[7] % 32; i > 0; i--) {
			if (data[7] >= 0xe0)
				mx_jbuf_sleep(jb, now_us);
			else
				mx_jbuf_take(jb, out, TICK, now_us);
			now_us += 10000;
		}
		assert(st->played + st->late + st->duplicate + st->dropped +
		       st->slept <= st->packets);
		assert(st->packets <= st->played + st->late + st->duplicate +
		       st->dropped + st->slept + mx_pool_used(pool));
	}
	/* what waits is played in time, be it pauses of under a second each */
	for (int i = 0; i < DRAIN && (mx_pool_used(pool) ||
				      kind != MX_JBUF_SILENCE); i++) {
		kind = mx_jbuf_take(jb, out, TICK, now_us);
		now_us += 10000;
	}
	assert(kind == MX_JBUF_SILENCE);
	mx_jbuf_free(jb);
	assert(mx_pool_used(pool) == 0);
	return 0;
}
