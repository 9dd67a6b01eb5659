/* leg_hear.c - is the sound as it should be? See leg.h. */
#include <errno.h>
#include <math.h>

#include "leg.h"
#include "mixer/dsp/dsp.h"

/* How it should sound: a tone may come out this much weaker than it was sent, the
 * own one must be this far below the weakest other. */
#define OTHER_DOWN_DB 3.0
#define OWN_DOWN_DB 45.0
/* ... or so far below all of the codecs' noise, of which each tone has some. */
#define OWN_IN_NOISE_DB 20.0

/* The rest must be so far below a tone. A codec that is not a plain quantizer
 * makes noise of its own around tones: Opus at 24 kbit/s, twice and with three
 * tones, of 8 to 14 dB below one. */
static double rest_down_db(const struct mx_codec *codec)
{
	return codec->dec_size() == 0 ? 20.0 : 6.0;
}

/* And the rest may be so much over what the best of mixers leaves. */
#define IDEAL_UP_DB 3.0

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

/* What one second was like. */
struct verdict {
	double weakest, own, rest;      /* dB re full scale */
	double lost;                    /* power of tones that is not in them */
	unsigned due, weak;             /* tones */
};

static double power(double db)
{
	return pow(10, db / 10);
}

static struct verdict look(const struct leg *leg)
{
	const struct leg_cfg *cfg = leg->cfg;
	struct verdict v = { .weakest = INFINITY, .own = -INFINITY };
	double silent = -INFINITY;

	for (uint32_t i = 0; i < leg->ear.n; i++) {
		double db = ear_level(&leg->ear, i);

		if (i == leg->seat) {
			v.own = db;
		} else if (leg_talks(cfg, i)) {
			v.due++;
			v.weak += db < cfg->level_db - OTHER_DOWN_DB;
			v.lost += fmax(power(cfg->level_db) - power(db), 0);
			v.weakest = fmin(v.weakest, db);
		} else {
			silent = fmax(silent, db);
		}
	}
	v.rest = fmax(ear_rest(&leg->ear), silent);
	return v;
}

/*
 * A second of sound is there. Where a jitter buffer leaves out or puts in some
 * ms of a talker, which it may, his tone is in two pieces: what it lacks is
 * found in the rest, and no more than that. Such a tone is counted by itself.
 */
static void judge(struct leg *leg)
{
	const struct leg_cfg *cfg = leg->cfg;
	const struct verdict v = look(leg);
	const double own_most = fmax(fmin(v.weakest, cfg->level_db) - OWN_DOWN_DB,
				     cfg->ideal_db - OWN_IN_NOISE_DB);
	const double allowed = power(fmax(cfg->level_db - rest_down_db(cfg->codec),
					  cfg->ideal_db + IDEAL_UP_DB));
	struct leg_seen *seen = &leg->seen;

	seen->seconds++;
	seen->tones += v.due;
	if ((leg_talks(cfg, leg->seat) && v.own > own_most) ||
	    power(v.rest) > allowed + v.lost)
		seen->seconds_bad++;
	else if (v.weak > 0 || power(v.rest) > allowed)
		seen->tones_bad += v.weak > 1 ? v.weak : 1;
	seen->other_min_db = fmin(seen->other_min_db, v.weakest);
	seen->own_max_db = fmax(seen->own_max_db, v.own);
	seen->rest_max_db = fmax(seen->rest_max_db, v.rest);
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
