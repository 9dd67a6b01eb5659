/* chain.c - see chain.h */
#include "chain.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "adapt.h"
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
	return (codec->enc_size() + 15) & ~(size_t)15;
}

static int16_t *pcm(struct mx_chain *c)
{
	return (int16_t *)(void *)(c->state + c->pcm_at);
}

/* Frames in the longest packet of up to so many that can be made. */
static unsigned fit(const struct mx_codec *codec, unsigned frames)
{
	unsigned ms = mx_codec_fit_ms(codec, frames * 10, MX_PAYLOAD_MAX);

	if (ms == 0)
		ms = mx_codec_fit_ms(codec, 10, MX_CHAIN_PAYLOAD_MAX);
	return ms / 10;
}

int mx_chain_new(struct mx_chain **cp, const struct mx_codec *codec)
{
	unsigned frames_max = fit(codec, MX_PTIME_MAX_MS / 10);
	size_t len = codec->rate_hz / 100, at = pcm_at(codec);
	struct mx_chain *c;

	if (index_of(codec) < 0 || frames_max == 0)
		return -EINVAL;
	c = calloc(1, sizeof(*c) + at + frames_max * len * sizeof(int16_t));
	if (!c)
		return -ENOMEM;
	c->codec = codec;
	c->frame_len = len;
	c->pcm_at = at;
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
		    unsigned filled, bool whole,
		    const struct mx_resamp_bank *bank)
{
	c->cfg = *cfg;
	c->cfg.frames = (uint8_t)fit(c->codec, cfg->frames);
	c->paused = c->begins = false;
	c->filled = (uint8_t)(filled % c->cfg.frames);
	c->lead = whole ? 0 : c->filled;
	memset(pcm(c), 0, c->filled * c->frame_len * sizeof(int16_t));
	c->codec->enc_init(c->state, &cfg->par);
	mx_adapt_set(c->codec, c->state, cfg->grade);
	tune(c, cfg->in_hz, bank);
}

void mx_chain_retune(struct mx_chain *c, uint32_t in_hz,
		     const struct mx_resamp_bank *bank)
{
	if (in_hz != c->cfg.in_hz)
		tune(c, in_hz, bank);
}

void mx_chain_adapt(struct mx_chain *c, unsigned grade)
{
	c->cfg.grade = (uint8_t)grade;
	mx_adapt_set(c->codec, c->state, grade);
}

void mx_chain_copy(struct mx_chain *c, const struct mx_chain *from)
{
	assert(c->codec == from->codec);
	c->cfg = from->cfg;
	c->filled = from->filled;
	c->lead = from->lead;
	c->made = from->made;
	c->paused = from->paused;
	c->begins = from->begins;
	c->limit = from->limit;
	c->resamp = from->resamp;
	memcpy(c->state, from->state, c->pcm_at +
	       c->filled * c->frame_len * sizeof(int16_t));
}

bool mx_chain_is_same(const struct mx_chain *c, const struct mx_chain *s)
{
	return c->codec == s->codec && c->cfg.in_hz == s->cfg.in_hz &&
		c->cfg.frames == s->cfg.frames && c->cfg.deaf == s->cfg.deaf &&
		c->cfg.grade == s->cfg.grade &&
		c->filled == s->filled && c->lead == s->lead &&
		memcmp(&c->cfg.par, &s->cfg.par, sizeof(c->cfg.par)) == 0;
}

/* Bytes of payload for the samples that are in, 0 if nothing is to be sent. */
static size_t encode(struct mx_chain *c, const struct mx_dsp *dsp,
		     uint8_t *payload)
{
	size_t n = c->made * c->frame_len;
	int len;

	/* A first packet may be too short for a codec with frames of its own. */
	if (c->codec->payload_max(n) == 0)
		return 0;
	len = c->codec->encode(c->state, dsp, pcm(c) + c->lead * c->frame_len,
			       n, payload, MX_CHAIN_PAYLOAD_MAX);
	return len > 0 ? (size_t)len : 0;
}

size_t mx_chain_run(struct mx_chain *c, const struct mx_dsp *dsp,
		    const int32_t *in, uint8_t *payload)
{
	int16_t limited[MX_RESAMP_FRAME_MAX];
	size_t len;

	mx_limit_run(&c->limit, dsp, limited, in, c->cfg.in_hz / 100);
	mx_resamp_run(&c->resamp, pcm(c) + c->filled * c->frame_len, limited);
	if (++c->filled < c->cfg.frames)
		return 0;

	c->made = (uint8_t)(c->filled - c->lead);
	len = encode(c, dsp, payload);
	c->filled = c->lead = 0;
	c->begins = c->paused && len > 0;
	c->paused = len == 0;
	return len;
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
