/*
 * level.c - levelling (mixer/voice.h): talkers of every loudness, their noise,
 * their pauses; what a leg without it gets.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/limit.h"
#include "mixer/voice.h"
#include "quality.h"
#include "speech.h"

enum { RATE = 16000, TICK = RATE / 100, LENGTH_S = 30 };

static const int levels[] = { -45, -40, -35, -30, -25, -20, -15, -10 };
enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

struct account {
	double after3, after5;  /* dBov of what is spoken after so many seconds
				 * of speech, 5 s of it */
	double noise_up;        /* dB, in pauses */
	double moved;           /* dB that the gain changed by in pauses */
	unsigned running;       /* samples at full scale one after the other */
};

static double power(const int16_t *x, size_t n)
{
	double e = 0;

	for (size_t i = 0; i < n; i++)
		e += (double)x[i] * x[i];
	return e / (double)n;
}

static double dbov(double mean_square)
{
	return 10 * log10(mean_square + 1e-9) - 90.31;
}

/* The voice at a level, clipped where it does not fit, and where it speaks. */
static int16_t *talker(unsigned voice, int level, size_t n, bool **speaks)
{
	int16_t *x = q_speech(voice, RATE, n);
	const double gain = pow(10, (level + 26) / 20.0);

	*speaks = q_speech_parts(x, RATE, n / TICK);
	for (size_t i = 0; i < n; i++)
		x[i] = (int16_t)fmax(fmin(rint(x[i] * gain), 32767), -32768);
	return x;
}

/* The mean over ticks of speech, from so many seconds of it on. */
static double spoken(const int16_t *x, const bool *speaks, size_t ticks,
		     unsigned from_s)
{
	double sum = 0;
	size_t seen = 0, n = 0;

	for (size_t i = 0; i < ticks && n < 500; i++) {
		if (!speaks[i] || seen++ < from_s * 100u)
			continue;
		sum += power(x + i * TICK, TICK);
		n++;
	}
	return dbov(sum / (double)(n ? n : 1));
}

/* In ticks that are 0.7 s from speech on either side: dB that noise gained. */
static double noise_gain(const int16_t *in, const int16_t *out,
			 const bool *speaks, size_t ticks)
{
	enum { AWAY = 70 };
	double before = 0, after = 0;
	size_t since = 0;

	for (size_t i = 0; i + 5 < ticks; i++) {
		since = speaks[i] ? 0 : since + 1;
		if (since < AWAY || speaks[i + 1] || speaks[i + 5])
			continue;
		before += power(in + i * TICK, TICK);
		after += power(out + i * TICK, TICK);
	}
	return before > 0 ? 10 * log10(after / before) : 0;
}

static unsigned longest_run(const int16_t *x, size_t n)
{
	unsigned run = 0, most = 0;

	for (size_t i = 0; i < n; i++) {
		run = abs(x[i]) >= 32767 ? run + 1 : 0;
		if (run > most)
			most = run;
	}
	return most;
}

static struct account level(unsigned voice, int dbov_in)
{
	const size_t ticks = LENGTH_S * 100, n = ticks * TICK;
	struct mx_voice_opts opts = { .agc = true };
	struct mx_voice_stats st = { 0 }, was;
	struct account a = { 0 };
	struct mx_voice *v;
	bool *speaks;
	int16_t *in = talker(voice, dbov_in, n, &speaks);
	int16_t *out = q_alloc(n, sizeof(*out));
	size_t since = 0;

	if (mx_voice_new(&v, mx_dsp_best(), &opts) < 0)
		abort();
	mx_voice_tune(v, RATE);
	memcpy(out, in, n * sizeof(*out));
	for (size_t i = 0; i < ticks; i++) {
		was = st;
		mx_voice_run(v, out + i * TICK, TICK, true);
		mx_voice_stats(v, &st);
		since = speaks[i] ? 0 : since + 1;
		/* a tick of the account may be the edge of a word */
		if (since > 5 && !(i + 5 < ticks && speaks[i + 5]))
			a.moved += abs(st.gain_db - was.gain_db);
	}
	mx_voice_free(v);
	a.after3 = spoken(out, speaks, ticks, 3);
	a.after5 = spoken(out, speaks, ticks, 5);
	a.noise_up = noise_gain(in, out, speaks, ticks);
	a.running = longest_run(out, n);
	q_row("voice %u %4d dBov | %6.1f %6.1f dBov, noise %+5.1f dB, "
	      "in pauses %.0f dB", voice, dbov_in, a.after3, a.after5,
	      a.noise_up, a.moved);
	free(in);
	free(out);
	free(speaks);
	return a;
}

static void widen(double range[2], double x)
{
	range[0] = fmin(range[0], x);
	range[1] = fmax(range[1], x);
}

/* Off: not a bit of it is another one. */
static double bits_changed(void)
{
	struct mx_voice *v = NULL;

	if (mx_voice_new(&v, mx_dsp_best(), &(struct mx_voice_opts){ 0 }) < 0)
		abort();
	if (v) {        /* there must be nothing that could change any */
		mx_voice_free(v);
		return 1;
	}
	return 0;
}

static void run(const struct q_opt *opt)
{
	const unsigned voices = opt->brief ? 2 : Q_VOICES;
	double after3[2] = { 99, -199 }, after5[2] = { 99, -199 };
	double noise = -99, moved = 0, running = 0;

	for (unsigned v = 0; v < voices; v++)
		for (int i = 0; i < LEVELS; i++) {
			struct account a = level((v + opt->seed) % Q_VOICES,
						 levels[i]);

			if (levels[i] >= -40)
				widen(after3, a.after3);
			if (levels[i] <= -15)
				widen(after5, a.after5);
			noise = fmax(noise, a.noise_up);
			moved = fmax(moved, a.moved);
			running = fmax(running, a.running);
		}
	q_max("level-spread-40-10-after-3s", after3[1] - after3[0], "dB", 6);
	q_max("level-spread-45-15-after-5s", after5[1] - after5[0], "dB", 3);
	q_max("level-noise-raised", noise, "dB", 3);
	q_max("level-gain-moved-in-pauses", moved, "dB", 0);
	q_max("level-full-scale-running", running, "samples", 1);
	q_max("level-off-changes", bits_changed(), "stages", 0);
}

const struct q_group q_level = {
	"level", "levelling: talkers of -45 to -10 dBov", run
};
