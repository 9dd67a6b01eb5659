/* cng.c - see cng.h */
#include "cng.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

enum { CODECS_MAX = 32 };

/* A second of noise as one codec sends it. */
struct loop {
	const struct mx_codec *codec;
	size_t frame;           /* bytes of a frame's payload */
	size_t state;           /* bytes of the encoder */
	uint8_t *payload;       /* [MX_CNG_FRAMES * frame] */
	uint8_t *states;        /* [MX_CNG_FRAMES * state], after each frame */
};

struct mx_cng {
	unsigned n;
	struct loop loop[CODECS_MAX];
};

/* A codec that conceals by itself makes a background by itself. What is left
 * has payloads that are frames one after the other. */
static bool wants_noise(const struct mx_codec *c)
{
	const size_t n = c->rate_hz / 100;

	return !c->conceal && c->payload_max(n) > 0 &&
		c->payload_max(2 * n) == 2 * c->payload_max(n);
}

/* ---- making ------------------------------------------------------------ */

static uint32_t next_random(uint32_t *x)
{
	/* xorshift32 (Marsaglia, 2003) */
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* White noise through a one-pole low-pass at 500 Hz, mixed with some of it as
 * it was: the filter runs around twice, so that the end leads to the begin. */
static void make_noise(int16_t *x, size_t n, uint32_t hz)
{
	const float a = expf(-2 * (float)M_PI * 500 / (float)hz);
	const float rms = 32767 * powf(10, MX_CNG_DBOV / 20.0f);
	float y = 0, square = 0;

	for (int round = 0; round < 3; round++) {
		const float gain = round == 2 ?
			rms / sqrtf(square / (float)n) : 0;
		uint32_t seed = 0x5eed;

		square = 0;
		for (size_t i = 0; i < n; i++) {
			const float white =
				(float)next_random(&seed) / 2147483648.0f - 1;
			float s;

			y = a * y + (1 - a) * white;
			s = y + 0.1f * white;
			square += s * s;
			x[i] = (int16_t)lrintf(s * gain);
		}
	}
}

/* Around twice as well, for the encoder's sake. */
static int encode(struct loop *l, const struct mx_dsp *dsp, const int16_t *x,
		  void *enc)
{
	const struct mx_codec *c = l->codec;
	const size_t n = c->rate_hz / 100;
	const struct mx_codec_par par = { 0 };

	c->enc_init(enc, &par);
	for (size_t i = 0; i < 2 * MX_CNG_FRAMES; i++) {
		const size_t at = i % MX_CNG_FRAMES;

		if (c->encode(enc, dsp, x + at * n, n, l->payload + at * l->frame,
			      l->frame) != (int)l->frame)
			return -EINVAL;
		if (l->state)
			memcpy(l->states + at * l->state, enc, l->state);
	}
	return 0;
}

static int make_loop(struct loop *l, const struct mx_dsp *dsp,
		     const struct mx_codec *c)
{
	const size_t n = c->rate_hz / 100;
	int16_t *x = malloc(MX_CNG_FRAMES * n * sizeof(*x));
	void *enc = malloc(c->enc_size() + 1);
	int err = -ENOMEM;

	l->codec = c;
	l->frame = c->payload_max(n);
	l->state = c->enc_size();
	l->payload = malloc(MX_CNG_FRAMES * l->frame);
	l->states = malloc(MX_CNG_FRAMES * l->state + 1);
	if (x && enc && l->payload && l->states) {
		make_noise(x, MX_CNG_FRAMES * n, c->rate_hz);
		err = encode(l, dsp, x, enc);
	}
	free(x);
	free(enc);
	return err;
}

int mx_cng_new(struct mx_cng **cngp, const struct mx_dsp *dsp)
{
	struct mx_cng *cng = calloc(1, sizeof(*cng));
	const struct mx_codec *c;
	int err = cng ? 0 : -ENOMEM;

	for (unsigned i = 0; !err && (c = mx_codec_nth(i)); i++)
		if (wants_noise(c) && cng->n < CODECS_MAX)
			err = make_loop(&cng->loop[cng->n++], dsp, c);
	if (err) {
		mx_cng_free(cng);
		return err;
	}
	*cngp = cng;
	return 0;
}

void mx_cng_free(struct mx_cng *cng)
{
	if (!cng)
		return;
	for (unsigned i = 0; i < cng->n; i++) {
		free(cng->loop[i].payload);
		free(cng->loop[i].states);
	}
	free(cng);
}

/* ---- sending ----------------------------------------------------------- */

static const struct loop *find(const struct mx_cng *cng,
			       const struct mx_codec *codec)
{
	for (unsigned i = 0; cng && i < cng->n; i++)
		if (cng->loop[i].codec == codec)
			return &cng->loop[i];
	return NULL;
}

bool mx_cng_has(const struct mx_cng *cng, const struct mx_codec *codec)
{
	return find(cng, codec) != NULL;
}

size_t mx_cng_payload(const struct mx_cng *cng, const struct mx_codec *codec,
		      unsigned at, unsigned frames, void *enc,
		      uint8_t *out, size_t max)
{
	const struct loop *l = find(cng, codec);

	if (!l || frames == 0 || frames * l->frame > max)
		return 0;
	for (unsigned i = 0; i < frames; i++)
		memcpy(out + i * l->frame,
		       l->payload + (at + i) % MX_CNG_FRAMES * l->frame,
		       l->frame);
	if (l->state)
		memcpy(enc, l->states +
		       (at + frames - 1) % MX_CNG_FRAMES * l->state, l->state);
	return frames * l->frame;
}
