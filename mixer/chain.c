/* chain.c - see chain.h */
#include "chain.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dsp.h"

static int index_of(const struct mx_codec *codec)
{
	const struct mx_codec *c;

	for (unsigned i = 0; (c = mx_codec_nth(i)); i++)
		if (c == codec)
			return i < MX_CHAIN_CODECS_MAX ? (int)i : -EINVAL;
	return -EINVAL;
}

/* Where the samples begin behind the encoder's state. */
static size_t pcm_at(const struct mx_codec *codec)
{
	return (codec->enc_size + 15) & ~(size_t)15;
}

static int16_t *pcm(struct mx_chain *c)
{
	return (int16_t *)(void *)(c->state + pcm_at(c->codec));
}

/* Frames in the longest packet that fits, found by trying with silence: what
 * a payload can hold is the codec's own affair. 0: none. */
static int find_frames_max(const struct mx_codec *codec,
			   const struct mx_dsp *dsp)
{
	size_t len = codec->rate_hz / 100;
	uint8_t payload[MX_CHAIN_PAYLOAD_MAX];
	unsigned frames = MX_PTIME_MAX_MS / 10;
	int16_t *silence = calloc(frames * len, sizeof(*silence));
	void *enc = calloc(1, codec->enc_size + 1);
	bool memory = silence && enc;

	for (; memory && frames > 0; frames--) {
		if (codec->enc_init)
			codec->enc_init(enc);
		if (codec->encode(enc, dsp, silence, frames * len, payload,
				  frames > 1 ? MX_PAYLOAD_MAX :
				  MX_CHAIN_PAYLOAD_MAX) > 0)
			break;
	}
	free(enc);
	free(silence);
	return memory ? (int)frames : -ENOMEM;
}

int mx_chain_new(struct mx_chain **cp, const struct mx_codec *codec,
		 const struct mx_dsp *dsp)
{
	size_t len = codec->rate_hz / 100;
	struct mx_chain *c;
	int frames_max;

	if (index_of(codec) < 0)
		return -EINVAL;
	frames_max = find_frames_max(codec, dsp);
	if (frames_max <= 0)
		return frames_max < 0 ? frames_max : -EINVAL;
	c = calloc(1, sizeof(*c) + pcm_at(codec) +
		   (size_t)frames_max * len * sizeof(int16_t));
	if (!c)
		return -ENOMEM;
	c->codec = codec;
	c->frames_max = (uint8_t)frames_max;
	c->frame_len = len;
	*cp = c;
	return 0;
}

void mx_chain_free(struct mx_chain *c)
{
	free(c);
}

static void tune(struct mx_chain *c, uint32_t in_hz,
		 const struct mx_resamp_bank *bank)
{
	int err;

	c->cfg.in_hz = in_hz;
	mx_limit_init(&c->limit, in_hz);
	err = mx_resamp_init(&c->resamp, bank, in_hz, c->codec->rate_hz);
	assert(!err);
	(void)err;
}

void mx_chain_start(struct mx_chain *c, const struct mx_chain_cfg *cfg,
		    unsigned filled, const struct mx_resamp_bank *bank)
{
	c->cfg = *cfg;
	if (c->cfg.frames > c->frames_max)
		c->cfg.frames = c->frames_max;
	if (c->cfg.frames < 1)
		c->cfg.frames = 1;
	c->filled = (uint8_t)(filled % c->cfg.frames);
	memset(pcm(c), 0, c->filled * c->frame_len * sizeof(int16_t));
	if (c->codec->enc_init)
		c->codec->enc_init(c->state);
	tune(c, cfg->in_hz, bank);
}

void mx_chain_retune(struct mx_chain *c, uint32_t in_hz,
		     const struct mx_resamp_bank *bank)
{
	if (in_hz != c->cfg.in_hz)
		tune(c, in_hz, bank);
}

void mx_chain_copy(struct mx_chain *c, const struct mx_chain *from)
{
	assert(c->codec == from->codec);
	c->cfg = from->cfg;
	c->filled = from->filled;
	c->limit = from->limit;
	c->resamp = from->resamp;
	memcpy(c->state, from->state, pcm_at(c->codec) +
	       c->filled * c->frame_len * sizeof(int16_t));
}

bool mx_chain_is_same(const struct mx_chain *c, const struct mx_chain *s)
{
	return c->codec == s->codec && c->cfg.in_hz == s->cfg.in_hz &&
		c->cfg.frames == s->cfg.frames && c->cfg.deaf == s->cfg.deaf &&
		c->filled == s->filled;
}

size_t mx_chain_run(struct mx_chain *c, const struct mx_dsp *dsp,
		    const int32_t *in, uint8_t *payload)
{
	int16_t limited[MX_RESAMP_FRAME_MAX];
	int n;

	mx_limit_run(&c->limit, dsp, limited, in, c->cfg.in_hz / 100);
	mx_resamp_run(&c->resamp, pcm(c) + c->filled * c->frame_len, limited);
	if (++c->filled < c->cfg.frames)
		return 0;

	c->filled = 0;
	n = c->codec->encode(c->state, dsp, pcm(c),
			     c->cfg.frames * c->frame_len, payload,
			     MX_CHAIN_PAYLOAD_MAX);
	return n > 0 ? (size_t)n : 0;
}

void mx_chains_put(struct mx_chains *cs, struct mx_chain *c)
{
	struct mx_chain **head = &cs->free[index_of(c->codec)];

	c->link = NULL;
	c->next = *head;
	*head = c;
}

struct mx_chain *mx_chains_get(struct mx_chains *cs,
			       const struct mx_codec *codec)
{
	struct mx_chain **head = &cs->free[index_of(codec)];
	struct mx_chain *c = *head;

	if (!c)
		return NULL;
	*head = c->next;
	c->next = NULL;
	c->users = NULL;
	c->n_users = 0;
	c->shared = false;
	return c;
}

void mx_chains_fini(struct mx_chains *cs)
{
	for (unsigned i = 0; i < MX_CHAIN_CODECS_MAX; i++)
		for (struct mx_chain *c; (c = cs->free[i]); ) {
			cs->free[i] = c->next;
			mx_chain_free(c);
		}
}
