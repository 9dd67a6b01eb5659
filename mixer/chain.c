/* chain.c - see chain.h */
#include "chain.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "adapt.h"
#include "cng.h"
#include "dsp/dsp.h"
#include "plc.h"
#include "wsola.h"

enum {
	FADE_MS = 5,
	CN_FRAMES = 20          /* between two packets that tell of noise */
};

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

static int16_t *past(struct mx_chain *c)
{
	return (int16_t *)(void *)(c->state + c->pcm_at);
}

static int16_t *pcm(struct mx_chain *c)
{
	return past(c) + MX_CHAIN_PAST * c->frame_len;
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
	c = calloc(1, sizeof(*c) + at +
		   (MX_CHAIN_PAST + frames_max) * len * sizeof(int16_t));
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

void mx_chain_start(struct mx_chain *c, const struct mx_chain_cfg *cfg,
		    unsigned filled, bool whole)
{
	c->cfg = *cfg;
	c->cfg.frames = (uint8_t)fit(c->codec, cfg->frames);
	c->paused = c->begins = c->sounds = c->idle = c->heard = false;
	c->settled = c->noise = 0;
	c->cn = c->telling = false;
	c->source = NULL;
	c->wait = 0;
	c->filled = (uint8_t)(filled % c->cfg.frames);
	c->lead = whole ? 0 : c->filled;
	c->codec->enc_init(c->state, &cfg->par);
	mx_adapt_set(c->codec, c->state, cfg->grade);
	mx_front_init(&c->front, cfg->in_hz);
}

void mx_chain_retune(struct mx_chain *c, uint32_t in_hz)
{
	if (in_hz == c->cfg.in_hz)
		return;
	c->cfg.in_hz = in_hz;
	mx_front_init(&c->front, in_hz);
}

void mx_chain_adapt(struct mx_chain *c, unsigned grade)
{
	c->cfg.grade = (uint8_t)grade;
	mx_adapt_set(c->codec, c->state, grade);
}

void mx_chain_copy(struct mx_chain *c, const struct mx_chain *from)
{
	const size_t at = offsetof(struct mx_chain, cfg);
	size_t frames = MX_CHAIN_PAST + from->filled;

	assert(c->codec == from->codec);
	memcpy((unsigned char *)c + at, (const unsigned char *)from + at,
	       offsetof(struct mx_chain, state) - at);
	memcpy(c->state, from->state, c->pcm_at +
	       frames * c->frame_len * sizeof(int16_t));
}

bool mx_chain_is_same(const struct mx_chain *c, const struct mx_chain *s)
{
	return c->codec == s->codec && c->cfg.in_hz == s->cfg.in_hz &&
		c->cfg.frames == s->cfg.frames && c->cfg.deaf == s->cfg.deaf &&
		c->cfg.grade == s->cfg.grade &&
		c->filled == s->filled && c->lead == s->lead &&
		(c->source == s->source || (!c->heard && !s->heard)) &&
		memcmp(&c->cfg.par, &s->cfg.par, sizeof(c->cfg.par)) == 0;
}

/* ---- a packet ---------------------------------------------------------- */

bool mx_chain_put(struct mx_chain *c, const int16_t *frame)
{
	const size_t len = c->frame_len * sizeof(*frame);
	int16_t *at = pcm(c) + c->filled * c->frame_len;

	if (frame) {
		if (!c->sounds)
			memset(pcm(c), 0, c->filled * len);
		memcpy(at, frame, len);
		c->sounds = true;
	} else if (c->sounds) {
		memset(at, 0, len);
	}
	return ++c->filled == c->cfg.frames;
}

static size_t run_encoder(struct mx_chain *c, const struct mx_dsp *dsp,
			  const int16_t *in, size_t n,
			  struct mx_chain_made *made, uint8_t *payload)
{
	int len = c->codec->encode(c->state, dsp, in, n, payload,
				   MX_CHAIN_PAYLOAD_MAX);

	made->encodes++;
	return len > 0 ? (size_t)len : 0;
}

/* What was heard last goes on for a while, as a voice does, and fades into the
 * packet, which is from a slightly other moment. */
static void fade_over(struct mx_chain *c)
{
	const size_t hz = c->codec->rate_hz, n = hz / 1000 * FADE_MS;
	float cycle[MX_PLC_CYCLE_MAX];
	int16_t made[MX_RESAMP_FRAME_MAX];
	struct mx_plc plc = { .rate_hz = (uint32_t)hz, .cycle = cycle };

	mx_plc_begin(&plc, pcm(c));
	mx_plc_make(&plc, made, n);
	mx_wsola_fade(pcm(c), made, pcm(c), n);
}

/* An encoder that has a state gets it from whole packets of the past, which are
 * encoded for nobody. */
static void restart(struct mx_chain *c, const struct mx_dsp *dsp,
		    struct mx_chain_made *made, uint8_t *payload)
{
	size_t packet = c->cfg.frames;

	c->idle = false;
	c->settled = 0;
	if (c->codec->enc_size() == 0) {
		fade_over(c);
		return;
	}
	c->codec->enc_init(c->state, &c->cfg.par);
	mx_adapt_set(c->codec, c->state, c->cfg.grade);
	for (size_t at = MX_CHAIN_PAST % packet; at < MX_CHAIN_PAST; at += packet)
		run_encoder(c, dsp, past(c) + at * c->frame_len,
			    packet * c->frame_len, made, payload);
}

/* While the encoder is idle what it would have encoded is not forgotten. */
static void remember(struct mx_chain *c)
{
	const size_t packet = c->cfg.frames * c->frame_len;
	const size_t all = MX_CHAIN_PAST * c->frame_len;
	size_t keep = all > packet ? all - packet : 0;

	memmove(past(c), past(c) + all - keep, keep * sizeof(int16_t));
	if (c->sounds)
		memcpy(past(c) + keep, pcm(c) + packet - (all - keep),
		       (all - keep) * sizeof(int16_t));
	else
		memset(past(c) + keep, 0, (all - keep) * sizeof(int16_t));
}

/* The payload is done. */
static void finish(struct mx_chain *c, const struct mx_chain_made *made)
{
	c->filled = c->lead = 0;
	c->sounds = false;
	if (made->len > 0) {
		c->begins = (c->paused || c->cn) && made->how != MX_MADE_CN;
		c->cn = made->how == MX_MADE_CN;
	}
	c->telling &= made->how == MX_MADE_CN || made->how == MX_MADE_SILENT;
	c->paused = made->len == 0;
}

static void encode(struct mx_chain *c, const struct mx_dsp *dsp,
		   struct mx_chain_made *made, uint8_t *payload)
{
	const size_t n = c->made * c->frame_len;

	if (!c->sounds)
		memset(pcm(c), 0, c->cfg.frames * c->frame_len *
		       sizeof(int16_t));
	made->len = run_encoder(c, dsp, pcm(c) + c->lead * c->frame_len, n,
				made, payload);
}

static int make_noise(struct mx_chain *c, uint8_t *payload)
{
	size_t len = mx_cng_payload(c->cfg.cng, c->codec, c->noise, c->made,
				    c->state, payload, MX_CHAIN_PAYLOAD_MAX);

	c->noise = (uint8_t)((c->noise + c->made) % MX_CNG_FRAMES);
	return len > 0 ? (int)len : -EINVAL;
}

static int tell_noise(struct mx_chain *c, struct mx_chain_made *made,
		      uint8_t *payload)
{
	const bool due = !c->telling || c->noise >= CN_FRAMES;

	c->telling = true;
	c->noise = (uint8_t)(due ? c->made : c->noise + c->made);
	if (!due)
		return 0;
	payload[0] = -MX_CNG_DBOV;
	made->how = MX_MADE_CN;
	return 1;
}

/* False if silence must be encoded this time. */
static bool make_silence(struct mx_chain *c, const struct mx_dsp *dsp,
			 struct mx_chain_made *made, uint8_t *payload)
{
	int len;

	if (c->sounds || !c->codec->silence || c->settled < c->codec->settles)
		return false;
	made->how = MX_MADE_SILENT;
	if (c->cfg.par.cn)
		len = tell_noise(c, made, payload);
	else if (mx_cng_has(c->cfg.cng, c->codec))
		len = make_noise(c, payload);
	else
		len = c->codec->silence(c->state, dsp, c->made * c->frame_len,
					payload, MX_CHAIN_PAYLOAD_MAX);
	if (len < 0) {
		made->how = MX_MADE_ENCODED;
		return false;
	}
	made->len = (size_t)len;
	return true;
}

struct mx_chain_made mx_chain_make(struct mx_chain *c, const struct mx_dsp *dsp,
				   uint8_t *payload)
{
	struct mx_chain_made made = { .how = MX_MADE_ENCODED };

	c->made = (uint8_t)(c->filled - c->lead);
	if (c->idle && c->sounds)
		restart(c, dsp, &made, payload);
	/* A first packet may be too short for a codec with frames of its own. */
	if (c->codec->payload_max(c->made * c->frame_len) > 0 &&
	    !make_silence(c, dsp, &made, payload)) {
		encode(c, dsp, &made, payload);
		c->settled = c->sounds ? 0 :
			(uint8_t)(c->settled + (c->settled < UINT8_MAX));
	}
	if (c->idle)
		remember(c);
	finish(c, &made);
	return made;
}

/* Where a decoder has no state, and so costs next to nothing, what is kept of
 * the past is what was heard. */
static void hear_it(struct mx_chain *c, const struct mx_dsp *dsp,
		    const uint8_t *payload, size_t len)
{
	const size_t n = c->cfg.frames * c->frame_len;

	c->sounds = c->codec->decode(NULL, dsp, payload, len, pcm(c), n) ==
		(int)n;
}

struct mx_chain_made mx_chain_forward(struct mx_chain *c,
				      const struct mx_dsp *dsp,
				      const uint8_t *theirs, size_t len,
				      uint8_t *payload)
{
	struct mx_chain_made made = { .len = len, .how = MX_MADE_FORWARDED };

	assert(len <= MX_CHAIN_PAYLOAD_MAX && c->lead == 0);
	if (!c->idle)
		memset(past(c), 0, MX_CHAIN_PAST * c->frame_len *
		       sizeof(int16_t));
	c->idle = true;
	c->made = c->cfg.frames;
	memcpy(payload, theirs, len);
	if (c->codec->enc_size() == 0)
		hear_it(c, dsp, payload, len);
	remember(c);
	finish(c, &made);
	return made;
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
