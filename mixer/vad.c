/* vad.c - see vad.h */
#include "vad.h"

#include <math.h>
#include <string.h>

static const float edge_hz[MX_VAD_BANDS - 1] = { 300, 1000, 2600 };

/* How much of a band's rise over its noise counts, and how it weighs: what is
 * under 300 Hz may be hum, what is over 2600 Hz a hiss. */
static const float weight[MX_VAD_BANDS] = { 0.5f, 1.0f, 1.0f, 0.75f };

enum {
	OVER_DB = 9,            /* the whole over its noise ... */
	SYLLABLE_DB = 6,        /* ... and over what it was lately */
	RISE_MIN_DB = 4,        /* a band's rise that is chance */
	RISE_MAX_DB = 20,
	RISES_DB = 12,          /* in sum */
	RECENT = 3,
	FLOOR_MIN_DBOV = -80    /* nothing is told apart from less */
};

/* The power of a band in 10 ms is that of few independent samples: smoothed, so
 * that its least is nearer to its mean. The least of the whole is lower than
 * its mean by this much; smoothed, it would not see the dips of fast speech. */
#define SMOOTH          0.3f
#define BIAS_DB         1.5f

void mx_vad_tune(struct mx_vad *v, uint32_t hz)
{
	for (int i = 0; i < MX_VAD_BANDS - 1; i++) {
		v->a[i] = 1 - expf(-2 * (float)M_PI * edge_hz[i] / (float)hz);
		v->y[i] = 0;
	}
}

static void noise_init(struct mx_vad_noise *n)
{
	memset(n, 0, sizeof(*n));
	n->least = INFINITY;
	n->floor = INFINITY;
	for (int i = 0; i < MX_VAD_WINDOWS; i++)
		n->leasts[i] = INFINITY;
}

void mx_vad_init(struct mx_vad *v, uint32_t hz)
{
	memset(v, 0, sizeof(*v));
	v->level = MX_VAD_NOTHING;
	v->floor = FLOOR_MIN_DBOV;
	v->quiet = MX_VAD_HANG;
	noise_init(&v->all);
	for (int i = 0; i < MX_VAD_BANDS; i++)
		noise_init(&v->band[i]);
	mx_vad_tune(v, hz);
}

static float db(float mean_square)
{
	/* 0 dBov is a square wave of full scale; -90 dB under one step */
	return 10 * log10f(mean_square + 1e-9f) - 90.31f;
}

/* ---- noise ------------------------------------------------------------- */

static void noise_put(struct mx_vad_noise *n, float now)
{
	if (now < n->least)
		n->least = now;
	if (now < n->floor)
		n->floor = now;
}

static void band_put(struct mx_vad_noise *n, float power)
{
	n->smooth = n->floor == INFINITY ? power :
		n->smooth + SMOOTH * (power - n->smooth);
	noise_put(n, db(n->smooth));
}

static void noise_close(struct mx_vad_noise *n, unsigned window)
{
	n->leasts[window] = n->least;
	n->least = INFINITY;
	n->floor = n->leasts[0];
	for (int i = 1; i < MX_VAD_WINDOWS; i++)
		if (n->leasts[i] < n->floor)
			n->floor = n->leasts[i];
}

static void end_frame(struct mx_vad *v)
{
	if (++v->in_window < MX_VAD_WINDOW)
		return;
	v->in_window = 0;
	noise_close(&v->all, v->window);
	for (int i = 0; i < MX_VAD_BANDS; i++)
		noise_close(&v->band[i], v->window);
	v->window = (uint8_t)((v->window + 1) % MX_VAD_WINDOWS);
}

/* ---- speech ------------------------------------------------------------ */

/* Mean squares of the bands and, returned, of the whole. */
static float split(struct mx_vad *v, const int16_t *pcm, size_t n,
		   float power[static MX_VAD_BANDS])
{
	float y0 = v->y[0], y1 = v->y[1], y2 = v->y[2], all = 0;
	float p0 = 0, p1 = 0, p2 = 0, p3 = 0;

	for (size_t i = 0; i < n; i++) {
		const float x = pcm[i];

		y0 += v->a[0] * (x - y0);
		y1 += v->a[1] * (x - y1);
		y2 += v->a[2] * (x - y2);
		p0 += y0 * y0;
		p1 += (y1 - y0) * (y1 - y0);
		p2 += (y2 - y1) * (y2 - y1);
		p3 += (x - y2) * (x - y2);
		all += x * x;
	}
	v->y[0] = y0;
	v->y[1] = y1;
	v->y[2] = y2;
	power[0] = p0 / (float)n;
	power[1] = p1 / (float)n;
	power[2] = p2 / (float)n;
	power[3] = p3 / (float)n;
	return all / (float)n;
}

/* The least of a quarter to half a second. */
static float lately(const struct mx_vad *v)
{
	const unsigned last = (v->window + MX_VAD_WINDOWS - 1u) % MX_VAD_WINDOWS;

	return fminf(v->all.least, v->all.leasts[last]);
}

static bool stands_out(const struct mx_vad *v,
		       const float power[static MX_VAD_BANDS])
{
	float sum = 0;

	for (int i = 0; i < MX_VAD_BANDS; i++) {
		float rise = db(power[i]) - fmaxf(v->band[i].floor,
						  FLOOR_MIN_DBOV);

		if (rise > RISE_MIN_DB)
			sum += weight[i] * (fminf(rise, RISE_MAX_DB) - RISE_MIN_DB);
	}
	return sum > RISES_DB;
}

static void judge(struct mx_vad *v)
{
	v->recent = (uint8_t)((v->recent << 1 | v->loud) & ((1 << RECENT) - 1));
	if (__builtin_popcount(v->recent) >= 2) {
		v->quiet = 0;
		v->speech = true;
	} else if (v->quiet < MX_VAD_HANG && ++v->quiet == MX_VAD_HANG) {
		v->speech = false;
	}
}

void mx_vad_rest(struct mx_vad *v)
{
	v->level = MX_VAD_NOTHING;
	v->loud = v->speech = false;
	v->recent = 0;
	v->quiet = MX_VAD_HANG;
}

void mx_vad_put(struct mx_vad *v, const int16_t *pcm, size_t n)
{
	float power[MX_VAD_BANDS];
	float all = split(v, pcm, n, power);

	v->level = MX_VAD_NOTHING;
	v->loud = false;
	if (all > 0) {
		v->level = db(all);
		noise_put(&v->all, v->level);
		for (int i = 0; i < MX_VAD_BANDS; i++)
			band_put(&v->band[i], power[i]);
		v->floor = fmaxf(v->all.floor + BIAS_DB, FLOOR_MIN_DBOV);
		v->loud = v->level > v->floor + OVER_DB &&
			v->level > lately(v) + SYLLABLE_DB &&
			stands_out(v, power);
		end_frame(v);
	}
	judge(v);
}
