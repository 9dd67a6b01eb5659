/*
 * ns.c - noise suppression (mixer/ns.h, in a voice as a leg has it): what
 * becomes of noise between words and of the words, with speexdsp's suppressor
 * as it comes and that of webrtc-audio-processing on the same sound.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <speex/speex_preprocess.h>

#include "mixer/dsp/dsp.h"
#include "mixer/voice.h"
#include "ear.h"
#include "quality.h"
#include "speech.h"
#include "tests/unit/t_rand.h"
#include "webrtc.h"

enum {
	RATE = 16000, TICK = RATE / 100,
	LENGTH_S = 40, TICKS = 100 * LENGTH_S, N = TICKS * TICK,
	LEARN = 500,            /* ticks that are not judged */
	AWAY = 20,              /* ticks that a pause is from speech */
	ONSET = 5,              /* ticks of a word's begin */
	LAG_MAX = RATE / 50     /* of a suppressor */
};

static const double SPOKEN_DB = -26;            /* dBov (speech.h) */
static const double CLEAR = 10;                 /* times the noise's power */

/* ---- noises -------------------------------------------------------------- */

static double gauss(uint32_t *seed)
{
	return sqrt(-2 * log(t_between(seed, 1e-12, 1))) *
		cos(2 * M_PI * t_between(seed, 0, 1));
}

static void white(double *x, unsigned voice, uint32_t *seed)
{
	(void)voice;
	for (size_t i = 0; i < N; i++)
		x[i] = gauss(seed);
}

/* Falls by 6 dB an octave over 60 Hz. */
static void car(double *x, unsigned voice, uint32_t *seed)
{
	const double a = 1 - exp(-2 * M_PI * 60 / RATE);
	double y = 0;

	(void)voice;
	for (size_t i = 0; i < N; i++)
		x[i] = y += a * (gauss(seed) - y);
}

/* 50 Hz and all of its harmonics under 1 kHz. */
static void hum(double *x, unsigned voice, uint32_t *seed)
{
	(void)voice;
	for (int k = 1; k < 20; k++) {
		const double at = t_between(seed, 0, 2 * M_PI);

		for (size_t i = 0; i < N; i++)
			x[i] += sin(2 * M_PI * 50 * k * (double)i / RATE + at) / k;
	}
}

/* The four others, each twice at once. */
static void babble(double *x, unsigned voice, uint32_t *seed)
{
	enum { LONG = 60 * RATE };

	for (unsigned v = 0; v < Q_VOICES; v++) {
		int16_t *pcm;

		if (v == voice)
			continue;
		pcm = q_speech(v, RATE, LONG);
		for (int k = 0; k < 2; k++) {
			const size_t at = t_rand(seed) % (LONG - N);

			for (size_t i = 0; i < N; i++)
				x[i] += pcm[at + i];
		}
		free(pcm);
	}
}

static const struct noise {
	const char *name;
	void (*make)(double *x, unsigned voice, uint32_t *seed);
	double gone_db;         /* the goal: at least so much less in pauses */
} noises[] = {
	{ "white", white, 10 },
	{ "car", car, 5.5 },
	{ "hum", hum, 10 },
	{ "babble", babble, 3 },        /* like speech: not its task */
};

enum { NOISES = sizeof(noises) / sizeof(noises[0]) };

/* ---- a noisy talker ------------------------------------------------------ */

struct line {
	int16_t *clean, *noisy;
	double noise;           /* power */
	double off;             /* dB, spectral distance of the two in speech */
	bool *speaks;           /* each tick */
	bool clear[TICKS];      /* he is well over the noise */
	bool pause[TICKS];
	bool onset[TICKS];      /* a word begins here, after a pause */
};

static double power(const int16_t *x, size_t n)
{
	return (double)mx_dsp_best()->energy(x, n) / (double)n;
}

static double db(double to, double from)
{
	return 10 * log10((to + 1e-9) / (from + 1e-9));
}

/* Which ticks are what. */
static void mark(struct line *l)
{
	size_t since = 0;

	for (size_t i = 0; i < TICKS; i++) {
		const bool judged = i >= LEARN && i + 2 * ONSET < TICKS;

		l->clear[i] = judged && l->speaks[i] &&
			power(l->clean + i * TICK, TICK) > CLEAR * l->noise;
		l->onset[i] = judged && l->speaks[i] && since >= AWAY &&
			power(l->clean + i * TICK, TICK * ONSET) >
			CLEAR * l->noise;
		since = l->speaks[i] ? 0 : since + 1;
		l->pause[i] = judged && since >= AWAY &&
			!l->speaks[i + 1] && !l->speaks[i + ONSET];
	}
}

static void line_make(struct line *l, unsigned voice, const struct noise *noise,
		      double snr_db, uint32_t seed)
{
	double *x = q_alloc(N, sizeof(*x)), e = 0, gain;
	uint32_t rnd = seed * 2654435761U + 7 * voice + 1;

	l->clean = q_speech(voice, RATE, N);
	l->noisy = q_alloc(N, sizeof(*l->noisy));
	l->speaks = q_speech_parts(l->clean, RATE, TICKS);
	noise->make(x, voice, &rnd);
	for (size_t i = 0; i < N; i++)
		e += x[i] * x[i] / N;
	l->noise = pow(10, (SPOKEN_DB - snr_db + 90.31) / 10);
	gain = sqrt(l->noise / e);
	for (size_t i = 0; i < N; i++)
		l->noisy[i] = (int16_t)rint(fmax(-32768, fmin(32767,
			l->clean[i] + gain * x[i])));
	mark(l);
	l->off = q_ear_spectral(l->clean, l->noisy, N, RATE, l->clear);
	free(x);
}

static void line_free(struct line *l)
{
	free(l->clean);
	free(l->noisy);
	free(l->speaks);
}

/* ---- suppressors --------------------------------------------------------- */

static void ours(int16_t *out, const int16_t *in, enum mx_ns_when when)
{
	const struct mx_voice_opts opts = { .ns = when };
	struct mx_voice *v;

	if (mx_voice_new(&v, mx_dsp_best(), &opts) < 0)
		abort();
	mx_voice_tune(v, RATE);
	memcpy(out, in, N * sizeof(*out));
	for (size_t i = 0; i < N; i += TICK)
		mx_voice_run(v, out + i, TICK, true);
	mx_voice_free(v);
}

static void ours_on(int16_t *out, const int16_t *in)
{
	ours(out, in, MX_NS_ON);
}

static void speex(int16_t *out, const int16_t *in)
{
	SpeexPreprocessState *st = speex_preprocess_state_init(TICK, RATE);
	spx_int32_t on = 1;

	speex_preprocess_ctl(st, SPEEX_PREPROCESS_SET_DENOISE, &on);
	memcpy(out, in, N * sizeof(*out));
	for (size_t i = 0; i < N; i += TICK)
		speex_preprocess_run(st, out + i);
	speex_preprocess_state_destroy(st);
}

#ifdef HAVE_WEBRTC
static void webrtc(int16_t *out, const int16_t *in)
{
	struct q_webrtc *w = q_webrtc_noise(RATE);

	for (size_t i = 0; i < N; i += TICK)
		q_webrtc_run(w, out + i, in + i, NULL, 0);
	q_webrtc_close(w);
}
#endif

/* The first one is judged. */
static const struct suppressor {
	const char *name;
	void (*run)(int16_t *out, const int16_t *in);
} suppressors[] = {
	{ "ours", ours_on },
	{ "speex", speex },
#ifdef HAVE_WEBRTC
	{ "webrtc", webrtc },
#endif
};

enum { SUPPRESSORS = sizeof(suppressors) / sizeof(suppressors[0]) };

/* ---- the account --------------------------------------------------------- */

/* Samples by which out is late: at the peak of the correlation over 4 s. */
static size_t lag_of(const int16_t *in, const int16_t *out)
{
	const size_t from = LEARN * TICK, till = from + 4 * RATE;
	double most = -1;
	size_t best = 0;

	for (size_t lag = 0; lag < LAG_MAX; lag++) {
		int64_t sum = 0;

		for (size_t i = from; i < till; i++)
			sum += in[i] * out[i + lag];
		if ((double)sum > most) {
			most = (double)sum;
			best = lag;
		}
	}
	return best;
}

struct account {
	double gone;            /* dB of noise, in pauses */
	double level;           /* dB that clear speech changed by */
	double off_in, off;     /* dB, spectral distance from clean speech as
				 * it came, and as it is now */
	double onset, onset_worst;      /* dB that words' begins changed by */
	double lag_ms;
};

/* NAN, which reaches no goal, if there is nothing of the kind. */
static double change(const int16_t *out, const struct line *l, const bool *which)
{
	double before = 0, after = 0;

	for (size_t i = 0; i < TICKS; i++) {
		if (!which[i])
			continue;
		before += power(l->noisy + i * TICK, TICK);
		after += power(out + i * TICK, TICK);
	}
	return before > 0 ? db(after, before) : NAN;
}

static struct account judge(const struct line *l, int16_t *out)
{
	const size_t lag = lag_of(l->noisy, out);
	struct account a = {
		.lag_ms = 1000.0 * (double)lag / RATE, .off_in = l->off
	};
	unsigned onsets = 0;

	memmove(out, out + lag, (N - lag) * sizeof(*out));
	a.gone = -change(out, l, l->pause);
	a.level = change(out, l, l->clear);
	a.off = q_ear_spectral(l->clean, out, N, RATE, l->clear);
	for (size_t i = 0; i < TICKS; i++) {
		double d;

		if (!l->onset[i])
			continue;
		d = db(power(out + i * TICK, TICK * ONSET),
		       power(l->noisy + i * TICK, TICK * ONSET));
		a.onset += d;
		a.onset_worst = fmin(a.onset_worst, d);
		onsets++;
	}
	a.onset /= onsets ? onsets : 1;
	return a;
}

static void add(struct account *sum, const struct account *a, double part)
{
	sum->gone += part * a->gone;
	sum->level += part * a->level;
	sum->off_in += part * a->off_in;
	sum->off += part * a->off;
	sum->onset += part * a->onset;
	sum->onset_worst = fmin(sum->onset_worst, a->onset_worst);
	sum->lag_ms = fmax(sum->lag_ms, a->lag_ms);
}

/* Means over voices; of ours. The short form has one voice and no peers. */
static struct account measure(const struct noise *noise, double snr_db,
			      const struct q_opt *opt)
{
	const unsigned voices = opt->brief ? 1 : Q_VOICES;
	const unsigned n = opt->brief ? 1 : SUPPRESSORS;
	struct account sum[SUPPRESSORS] = { 0 };
	int16_t *out = q_alloc(N, sizeof(*out));

	for (unsigned v = 0; v < voices; v++) {
		struct line *l = q_alloc(1, sizeof(*l));

		line_make(l, (v + opt->seed) % Q_VOICES, noise, snr_db,
			  opt->seed);
		for (unsigned i = 0; i < n; i++) {
			struct account a;

			suppressors[i].run(out, l->noisy);
			a = judge(l, out);
			add(&sum[i], &a, 1.0 / voices);
		}
		line_free(l);
		free(l);
	}
	free(out);
	for (unsigned i = 0; i < n; i++)
		q_row("%-6s %2.0f dB %-6s | %5.1f | %+5.1f | %4.1f %4.1f | "
		      "%+5.1f %+5.1f | %4.1f", noise->name, snr_db,
		      suppressors[i].name, sum[i].gone, sum[i].level,
		      sum[i].off_in, sum[i].off, sum[i].onset,
		      sum[i].onset_worst, sum[i].lag_ms);
	return sum[0];
}

/* ---- by itself ----------------------------------------------------------- */

/* Samples that `auto` changes: of a line with so much noise. */
static double changed(double snr_db, unsigned voice, uint32_t seed)
{
	struct line *l = q_alloc(1, sizeof(*l));
	int16_t *out = q_alloc(N, sizeof(*out));
	double n = 0;

	line_make(l, voice, &noises[0], snr_db, seed);
	ours(out, l->noisy, MX_NS_AUTO);
	for (size_t i = 0; i < N; i++)
		n += out[i] != l->noisy[i];
	line_free(l);
	free(l);
	free(out);
	return n;
}

/* ---- all of it ----------------------------------------------------------- */

static void goal(const struct noise *n, double snr_db, const struct account *a)
{
	char name[64];

	snprintf(name, sizeof(name), "ns-%s%.0f-gone", n->name, snr_db);
	q_min(name, a->gone, "dB", n->gone_db);
}

static void run(const struct q_opt *opt)
{
	static const double snrs[] = { 5, 15 };
	double clean = 0, level = 0, most = 0, worse = -99, onset = 0;
	struct account a;

#ifndef HAVE_WEBRTC
	q_row("webrtc-audio-processing was not there when this was built");
#endif
	q_row("noise        of     |  gone | level | off, out | onset worst | late");
	for (unsigned i = 0; i < NOISES; i++)
		for (unsigned k = opt->brief; k < 2; k++) {
			a = measure(&noises[i], snrs[k], opt);
			goal(&noises[i], snrs[k], &a);
			level = fmax(level, fabs(a.level));
			most = fmax(most, a.gone);
			onset = fmax(onset, -a.onset_worst);
			worse = fmax(worse, a.off - a.off_in);
		}
	a = measure(&noises[0], 60, opt);
	for (unsigned v = 0; v < (opt->brief ? 1 : Q_VOICES); v++)
		clean += changed(40, v, opt->seed);
	q_max("ns-most-gone", most, "dB", MX_NS_DB + 1);
	q_max("ns-speech-level-moved", level, "dB", 1);
	q_max("ns-onset-lost", onset, "dB", 1.5);
	q_max("ns-speech-further-off", worse, "dB", 1);
	q_max("ns-clean-speech-off", a.off, "dB", 2.5);
	q_max("ns-auto-clean-line-changed", clean, "samples", 0);
	q_min("ns-auto-noisy-line-changed",
	      changed(15, 0, opt->seed) * 100 / N, "% of samples", 50);
}

const struct q_group q_ns = {
	"ns", "noise suppression: four noises under five voices", run
};
