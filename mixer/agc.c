/* agc.c - see agc.h */
#include "agc.h"

#include <math.h>
#include <string.h>

#include "resamp.h"
#include "vad.h"

enum {
	UNITY_Q12 = 1 << 12,
	FIRST = 50,             /* frames of speech that move nothing: a beep has
				 * as many (vad.h) */
	RISEN_DB = 6,           /* over the noise: may be the begin of a word */
	HOLD = 25,              /* frames that the gain stays after it */
	CLOSE = 30              /* frames in which it is let go then */
};

#define REST_DB         2.0f            /* what noise may get */
#define LEARN_DB        0.12f           /* a frame */
#define UP_DB           0.02f
#define DOWN_DB         0.06f
#define SHOUT_DB        0.3f
#define SHOUT           8.0f            /* times the mean, 9 dB: no vowel is */

void mx_agc_tune(struct mx_agc *a, uint32_t hz)
{
	mx_limit_init(&a->limit, hz);
}

void mx_agc_init(struct mx_agc *a, uint32_t hz)
{
	memset(a, 0, sizeof(*a));
	a->gain_q12 = UNITY_Q12;
	a->since = HOLD;
	mx_agc_tune(a, hz);
}

/* ---- how much ---------------------------------------------------------- */

static float dbov(float mean_square)
{
	return 10 * log10f(mean_square) - 90.31f;
}

static float wanted_db(const struct mx_agc *a, const struct mx_vad *v)
{
	float want = MX_AGC_TARGET_DBOV - dbov(a->power);
	float most = fmaxf(MX_AGC_FLOOR_MAX_DBOV - v->floor, 0);

	want = fminf(want, fminf(most, MX_AGC_GAIN_MAX_DB));
	return fmaxf(want, MX_AGC_GAIN_MIN_DB);
}

/* From a frame of speech: the mean is that of all at first, then of the last
 * three seconds. */
static void learn(struct mx_agc *a, const struct mx_vad *v)
{
	float power = powf(10, (v->level + 90.31f) / 10);
	float up = UP_DB, down = DOWN_DB, move;

	if (a->heard < MX_AGC_LEARN) {
		a->heard++;
		up = down = LEARN_DB;
	}
	a->power += (power - a->power) / (float)a->heard;
	if (power > SHOUT * a->power)
		a->power = power / SHOUT;
	if (a->heard <= FIRST)
		return;
	move = wanted_db(a, v) - a->gain_db;
	if (move < -9)
		down = SHOUT_DB;
	a->gain_db += fminf(fmaxf(move, -down), up);
}

/* What this frame gets: all of it if it is speech, or may begin to be. */
static float frame_db(struct mx_agc *a, const struct mx_vad *v)
{
	if (v->speech || v->level > v->floor + RISEN_DB)
		a->since = 0;
	else if (a->since < HOLD + CLOSE)
		a->since++;
	a->open = a->since <= HOLD ? 1 :
		1 - (float)(a->since - HOLD) / CLOSE;
	if (a->gain_db <= REST_DB)
		return a->gain_db;
	return REST_DB + (a->gain_db - REST_DB) * a->open;
}

/* ---- the gain ---------------------------------------------------------- */

/* A line from the gain of the frame before; 32768 times the greatest gain, 16
 * in q12, just fits. */
static void ramp(int32_t *out, const int16_t *pcm, size_t n, int32_t from,
		 int32_t to)
{
	const int32_t len = (int32_t)n;

	for (int32_t i = 0; i < len; i++)
		out[i] = pcm[i] * (from + (to - from) * (i + 1) / len) >> 12;
}

void mx_agc_run(struct mx_agc *a, const struct mx_dsp *dsp,
		const struct mx_vad *v, int16_t *pcm, size_t n)
{
	int32_t raised[MX_RESAMP_FRAME_MAX];
	int32_t gain;

	if (v->loud && v->speech)
		learn(a, v);
	gain = (int32_t)lrintf(UNITY_Q12 * powf(10, frame_db(a, v) / 20));
	ramp(raised, pcm, n, a->gain_q12, gain);
	a->gain_q12 = gain;
	mx_limit_run(&a->limit, dsp, pcm, raised, n);
}

void mx_agc_rest(struct mx_agc *a)
{
	a->since = HOLD + CLOSE;
}

int mx_agc_speech_dbov(const struct mx_agc *a)
{
	return a->heard ? (int)lrintf(dbov(a->power)) : -127;
}
