/* leg_ideal.c - what the best of mixers would make of a room's tones: each one
 * coded, their sum coded again. What is none of them is the codecs' noise. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "leg.h"
#include "mixer/dsp/dsp.h"

enum { PAYLOAD_MAX = 2000, PACKETS_A_SECOND = 50 };

/* One that codes, and what decodes it. */
struct path {
	const struct mx_codec *codec;
	void *enc, *dec;
};

static int path_init(struct path *p, const struct mx_codec *codec)
{
	p->codec = codec;
	p->enc = calloc(1, codec->enc_size() + 1);
	p->dec = calloc(1, codec->dec_size() + 1);
	if (!p->enc || !p->dec)
		return -ENOMEM;
	codec->enc_init(p->enc, &(struct mx_codec_par){ 0 });
	codec->dec_init(p->dec);
	return 0;
}

static void path_fini(struct path *p)
{
	free(p->enc);
	free(p->dec);
}

static void pass(struct path *p, int16_t *pcm, size_t n)
{
	const struct mx_dsp *dsp = mx_dsp_best();
	uint8_t payload[PAYLOAD_MAX];
	int len = p->codec->encode(p->enc, dsp, pcm, n, payload, PAYLOAD_MAX);

	if (len < 0 || p->codec->decode(p->dec, dsp, payload, (size_t)len, pcm,
					MX_FRAME_MAX) != (int)n)
		abort();
}

/* Adds a second of each tone, coded, to sum. */
static int add_tones(const struct leg_cfg *cfg, int32_t *sum)
{
	const uint32_t rate = cfg->codec->rate_hz, n = rate / PACKETS_A_SECOND;
	int16_t pcm[MX_FRAME_MAX];
	int err = 0;

	for (uint32_t seat = 0; !err && seat < cfg->talkers; seat++) {
		struct path way = { 0 };
		struct tone tone;

		err = path_init(&way, cfg->codec);
		tone_init(&tone, tone_hz(0, seat, cfg->talkers), rate,
			  cfg->level_db);
		for (uint32_t at = 0; !err && at < rate; at += n) {
			tone_make(&tone, pcm, n);
			pass(&way, pcm, n);
			for (uint32_t i = 0; i < n; i++)
				sum[at + i] += pcm[i];
		}
		path_fini(&way);
	}
	return err;
}

int leg_ideal(const struct leg_cfg *cfg, double *rest_db)
{
	const uint32_t rate = cfg->codec->rate_hz, n = rate / PACKETS_A_SECOND;
	int32_t *sum = calloc(rate, sizeof(*sum));
	struct path way = { 0 };
	struct ear ear = { 0 };
	uint32_t hz[LEG_TONES_MAX];
	int err = sum ? path_init(&way, cfg->codec) : -ENOMEM;

	for (uint32_t i = 0; i < cfg->talkers; i++)
		hz[i] = tone_hz(0, i, cfg->talkers);
	if (!err)
		err = ear_init(&ear, rate, hz, cfg->talkers);
	if (!err)
		err = add_tones(cfg, sum);
	for (uint32_t at = 0; !err && at < rate; at += n) {
		int16_t pcm[MX_FRAME_MAX];

		for (uint32_t i = 0; i < n; i++)
			pcm[i] = (int16_t)fmax(fmin(sum[at + i], INT16_MAX),
					       INT16_MIN);
		pass(&way, pcm, n);
		ear_hear(&ear, pcm, n);
	}
	if (!err)
		*rest_db = ear_rest(&ear);
	ear_fini(&ear);
	path_fini(&way);
	free(sum);
	return err;
}
