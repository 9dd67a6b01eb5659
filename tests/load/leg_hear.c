/* leg_hear.c - is the sound as it should be? See leg.h. */
#include <errno.h>
#include <math.h>

#include "leg.h"
#include "mixer/dsp/dsp.h"

/* How it should sound: a tone may come out this much weaker than it was sent,
 * the own one and all the rest must be this far below the weakest other. */
#define OTHER_DOWN_DB 3.0
#define OWN_DOWN_DB 45.0

/* A codec that is not a plain quantizer makes noise of its own around tones:
 * Opus at 24 kbit/s, twice and with three tones, of 8 to 14 dB below one. */
static double rest_down_db(const struct mx_codec *codec)
{
	return codec->dec_size() == 0 ? 20.0 : 6.0;
}

/* A quantizer's noise lies so far below all that it carries, however many tones
 * that is: G.711 has 38 dB, and it is coded twice. */
#define ALL_DOWN_DB 32.0

enum {
	WARM_MS = 200,                  /* a decoder that slept is warm again */
	SWITCH_US = 700000              /* after a change of talkers, the old
					 * one's last sound has been heard */
};

bool leg_talks(const struct leg_cfg *cfg, uint32_t seat)
{
	return seat < cfg->talkers &&
		(!cfg->turns->one || cfg->turns->seat == seat);
}

/* Is what the window has heard of one piece? */
static bool is_clear(const struct leg *leg)
{
	const struct leg_turns *turns = leg->cfg->turns;

	return !turns->one || leg->window_us > turns->since_us + SWITCH_US;
}

/* A second of sound is there. */
static void judge(struct leg *leg)
{
	const struct leg_cfg *cfg = leg->cfg;
	struct leg_seen *seen = &leg->seen;
	double weakest = INFINITY, own = -INFINITY, silent = -INFINITY;
	double rest = ear_rest(&leg->ear), reference, noise;

	for (uint32_t i = 0; i < leg->ear.n; i++) {
		double db = ear_level(&leg->ear, i);

		if (i == leg->seat)
			own = db;
		else if (leg_talks(cfg, i))
			weakest = fmin(weakest, db);
		else
			silent = fmax(silent, db);
	}
	rest = fmax(rest, silent);
	reference = fmin(weakest, cfg->level_db);
	noise = cfg->level_db + 10 * log10(fmax(cfg->talkers, 1)) - ALL_DOWN_DB;
	seen->seconds++;
	if (weakest < cfg->level_db - OTHER_DOWN_DB ||
	    (leg_talks(cfg, leg->seat) && own > reference - OWN_DOWN_DB) ||
	    rest > fmax(reference - rest_down_db(cfg->codec), noise))
		seen->seconds_bad++;
	seen->other_min_db = fmin(seen->other_min_db, weakest);
	seen->own_max_db = fmax(seen->own_max_db, own);
	seen->rest_max_db = fmax(seen->rest_max_db, rest);
}

void leg_hear_anew(struct leg *leg)
{
	uint32_t rate = leg->cfg->codec->rate_hz;

	/* Legs take their seconds in turn. */
	leg->pause = leg->cfg->every > 1 ?
		leg->seat % leg->cfg->every * rate + rate * WARM_MS / 1000 : 0;
	ear_reset(&leg->ear);
}

static void listen_on(struct leg *leg, const int16_t *pcm, uint32_t n,
		      int64_t at_us)
{
	for (uint32_t at = 0; at < n;) {
		if (leg->ear.pos == 0)
			leg->window_us = at_us;
		at += (uint32_t)ear_hear(&leg->ear, pcm + at, n - at);
		if (leg->ear.pos < leg->ear.rate_hz)
			continue;
		if (is_clear(leg))
			judge(leg);
		ear_reset(&leg->ear);
		if (leg->cfg->every > 1) {
			leg->pause = (leg->cfg->every - 1) * leg->ear.rate_hz;
			return;
		}
	}
}

int leg_hear(struct leg *leg, const uint8_t *payload, size_t len, int64_t at_us)
{
	const struct mx_codec *codec = leg->cfg->codec;
	uint32_t warm = codec->rate_hz * WARM_MS / 1000;
	bool listens = leg->measuring && leg->cfg->every > 0;
	int16_t pcm[MX_FRAME_MAX];
	int n;

	if (!listens || leg->pause > warm) {
		n = codec->samples(payload, len);
	} else {
		n = codec->decode(leg->dec, mx_dsp_best(), payload, len, pcm,
				  MX_FRAME_MAX);
		if (n > 0 && leg->pause == 0)
			listen_on(leg, pcm, (uint32_t)n, at_us);
	}
	if (n > 0 && leg->pause > 0)
		leg->pause -= leg->pause > (uint32_t)n ? (uint32_t)n :
			leg->pause;
	return n;
}
