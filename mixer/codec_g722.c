/*
 * codec_g722.c - G.722 at 64 kbit/s (RFC 3551, 4.5.2), spandsp's. A byte is two
 * samples at 16 kHz; the RTP clock is 8000 all the same, by an old mistake
 * that the RFC keeps. spandsp's states hold no pointers.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <spandsp.h>
#include <spandsp/expose.h>     /* how large the states are */

#include "codec_tables.h"

enum {
	RATE = 16000,
	BIT_RATE = 64000,
	FRAME_MAX = RATE / 1000 * MX_PTIME_MAX_MS
};

struct enc {
	g722_encode_state_t g722;
	bool rests;             /* silence would change nothing any more */
};

static size_t dec_size(void)
{
	return sizeof(g722_decode_state_t);
}

static size_t enc_size(void)
{
	return sizeof(struct enc);
}

static void dec_init(void *dec)
{
	g722_decode_init(dec, BIT_RATE, 0);
}

static void enc_init(void *enc, const struct mx_codec_par *par)
{
	struct enc *e = enc;

	(void)par;
	e->rests = false;
	g722_encode_init(&e->g722, BIT_RATE, 0);
}

static int samples(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len && len <= FRAME_MAX / 2 ? (int)(2 * len) : -EINVAL;
}

static int decode(void *dec, const struct mx_dsp *dsp, const uint8_t *payload,
		  size_t len, int16_t *out, size_t max)
{
	const int n = samples(payload, len);

	(void)dsp;
	if (n < 0 || (size_t)n > max)
		return -EINVAL;
	return g722_decode(dec, out, payload, (int)len);
}

/* A decoder is the filters at an encoder's heart, which run along with it: one
 * that begins with the decoder's filters makes of what was played the payloads
 * that are missing, as far as they can be known (ITU-T G.722 Appendix III does
 * the like). What goes in comes out QMF_DELAY samples later. */
static void catch_up(void *dec, const int16_t *pcm, size_t n)
{
	enum { QMF = 12, QMF_DELAY = 22, PIECE = 160 };	/* 22: <= AROUND */
	g722_decode_state_t *d = dec;
	g722_encode_state_t e;
	uint8_t payload[PIECE / 2];
	int16_t again[PIECE];

	_Static_assert(sizeof(e.x) / sizeof(e.x[0]) == QMF, "spandsp's filters");
	g722_encode_init(&e, BIT_RATE, 0);
	e.band[0] = d->band[0];
	e.band[1] = d->band[1];
	pcm += QMF_DELAY;
	for (int i = 0; i < QMF; i++) {
		e.x[i] = pcm[2 * (i - QMF)];
		e.y[i] = pcm[2 * (i - QMF) + 1];
	}
	for (size_t m; n > 1; pcm += m, n -= m) {
		m = n < PIECE ? n / 2 * 2 : PIECE;
		g722_decode(d, again, payload,
			    g722_encode(&e, payload, pcm, (int)m));
	}
}

/*
 * The steps of the two quantizers follow what the predictors leave of the sound
 * (ITU-T G.722, 3.6.1 and 3.6.2), and they follow from the codes alone: from
 * the upper four of six bits in the lower band, and two in the higher one. A
 * mean step of s stands for noise of about s - ZERO_DB dB.
 */
enum {
	STEP_DB_Q20 = 3082,             /* 20 log10(2) / 2048 */
	LOW_MAX = 18432, HIGH_MAX = 22528,
	ZERO_DB = 77,                   /* found by trial with noise; tones are */
	HIGH_OVER = 8 * 2048 / 6        /* predicted, and seem to be less */
};

static int adapt(int step, int weight, int most)
{
	step = (step * 127 >> 7) + weight;
	if (step < 0)
		return 0;
	return step > most ? most : step;
}

/* The mean of the larger one of both steps over n bytes. */
static int follow_steps(struct mx_codec_ear *ear, const uint8_t *code, int n)
{
	static const int16_t low_weight[16] = {
		-60, 3042, 1198, 538, 334, 172, 58, -30,
		3042, 1198, 538, 334, 172, 58, -30, -60
	};
	static const int16_t high_weight[4] = { 798, -214, 798, -214 };
	int low = ear->low, high = ear->high, lows = 0, highs = 0;

	for (int i = 0; i < n; i++) {
		low = adapt(low, low_weight[code[i] >> 2 & 15], LOW_MAX);
		high = adapt(high, high_weight[code[i] >> 6], HIGH_MAX);
		lows += low;
		highs += high;
	}
	ear->low = (int16_t)low;
	ear->high = (int16_t)high;
	lows /= n;
	highs = highs / n - HIGH_OVER;
	return lows > highs ? lows : highs;
}

static uint8_t loud(struct mx_codec_ear *ear, const uint8_t *payload,
		    size_t len)
{
	enum { PART = RATE / 2 / 100 };
	int most = 0, db;

	for (size_t at = 0; at < len; at += PART) {
		int n = len - at < PART ? (int)(len - at) : PART;
		int mean = follow_steps(ear, payload + at, n);

		if (mean > most)
			most = mean;
	}
	db = MX_LOUD_MAX - ZERO_DB + (most * STEP_DB_Q20 >> 20);
	return (uint8_t)(db < MX_LOUD_MAX ? db : MX_LOUD_MAX);
}

static size_t payload_max(size_t n)
{
	return n % 2 || n > FRAME_MAX ? 0 : n / 2;
}

static int encode(void *enc, const struct mx_dsp *dsp, const int16_t *pcm,
		  size_t n, uint8_t *out, size_t max)
{
	const size_t len = payload_max(n);
	struct enc *e = enc;

	(void)dsp;
	if (!len || len > max)
		return -EINVAL;
	e->rests = false;
	return g722_encode(&e->g722, out, pcm, (int)n);
}

/*
 * What an encoder makes of zeros never ends to wander. This, over and over,
 * leads every decoder within some 20 packets to where it goes on in a circle,
 * and sounds of nothing: 7 steps of 32768 at most (found by trying out at
 * random). The decoder adapts to it, and our encoder must stand where that
 * does: so it goes the decoder's way until it is in the circle, too.
 */
static const uint8_t least[16] = {
	0xf9, 0xfb, 0x7b, 0xff, 0x7b, 0x7f, 0xdc, 0xff,
	0x40, 0x78, 0xfe, 0x78, 0xfa, 0x7d, 0xdf, 0xfa,
};

static void follow(struct enc *e, const uint8_t *payload, size_t len)
{
	int16_t pcm[FRAME_MAX];
	g722_decode_state_t dec;

	g722_decode_init(&dec, BIT_RATE, 0);
	memcpy(dec.band, e->g722.band, sizeof(dec.band));
	g722_decode(&dec, pcm, payload, (int)len);
	e->rests = memcmp(dec.band, e->g722.band, sizeof(dec.band)) == 0;
	memcpy(e->g722.band, dec.band, sizeof(dec.band));
}

static int silence(void *enc, const struct mx_dsp *dsp, size_t n, uint8_t *out,
		   size_t max)
{
	const size_t len = payload_max(n);
	struct enc *e = enc;

	(void)dsp;
	if (!len || len > max)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		out[i] = least[i % sizeof(least)];
	if (!e->rests)
		follow(e, out, len);
	return (int)len;
}

const struct mx_codec mx_codec_g722 = {
	.name = "G722", .clock_hz = 8000, .rate_hz = RATE, .channels = 1,
	.pt = 9,
	.dec_size = dec_size, .enc_size = enc_size,
	.dec_init = dec_init, .enc_init = enc_init,
	.samples = samples, .decode = decode, .follow = catch_up,
	.payload_max = payload_max, .encode = encode,
	.silence = silence, .settles = 1,       /* its filter rings on */
	.look_back = 5, .loud = loud,
};
