/*
 * echo.c - echo control (mixer/echo.h) on lines whose echo is known exactly,
 * and speexdsp's canceller alone beside it.
 *
 * What is not near is echo. How much of it is left is exact: what the linear
 * filter leaves less near goes through the gains of the suppressor, and so, by
 * itself, does near: what became of the one and of the other.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>

#include "echo_scene.h"
#include "mixer/aec.h"
#include "mixer/dsp/dsp.h"
#include "mixer/echo.h"
#include "mixer/residual.h"
#include "quality.h"
#include "webrtc.h"

enum { FRAME_MAX = 160, T0 = 1000, PIECE_S = 60, HOUR_S = 3600,
       DOUBLE_TALK_S = 600,
       BLOCK = 25, LOOKED = 400 /* ticks */ };

static const double floor_seg_db = -10, top_seg_db = 35;

/* ---- a line ------------------------------------------------------------ */

struct line {
	const struct sound *s;
	struct mx_echo_plans *plans;
	struct mx_echo_pace pace;
	struct mx_echo *echo;
	double *echo_in, *echo_left;    /* of the echo, [s->n] */
	double *near_in, *near_out;     /* of near, as late as each other */
	double *all_out;                /* what the room gets */
	double first_s;                 /* an echo was found */
	double cpu, running_s;          /* while a canceller runs */
	unsigned wrong;                 /* ticks in which it was elsewhere */
};

static void line_open(struct line *l, const struct sound *s)
{
	struct mx_echo_cfg cfg = { .dsp = mx_dsp_best(), .pace = &l->pace,
				   .hz = s->hz };

	memset(l, 0, sizeof(*l));
	l->s = s;
	if (mx_echo_plans_new(&l->plans) < 0)
		abort();
	cfg.plans = l->plans;
	if (mx_echo_new(&l->echo, &cfg) < 0)
		abort();
	l->echo_in = q_alloc(s->n, sizeof(double));
	l->echo_left = q_alloc(s->n, sizeof(double));
	l->near_in = q_alloc(s->n, sizeof(double));
	l->near_out = q_alloc(s->n, sizeof(double));
	l->all_out = q_alloc(s->n, sizeof(double));
}

static void line_close(struct line *l)
{
	mx_canceller_free(mx_echo_take(l->echo));
	mx_echo_free(l->echo);
	mx_echo_plans_free(l->plans);
	free(l->echo_in);
	free(l->echo_left);
	free(l->near_in);
	free(l->near_out);
	free(l->all_out);
}

static void bring_memory(struct line *l)
{
	struct mx_canceller *c;

	if (mx_echo_gives(l->echo))
		mx_canceller_free(mx_echo_take(l->echo));
	if (!mx_echo_wants(l->echo))
		return;
	if (mx_canceller_new(&c, &mx_aec_speex, l->plans, l->s->hz) < 0)
		abort();
	mx_echo_give(l->echo, c);
}

/* The parts of frame n as they were, and as they are after the canceller. */
struct shadow {
	struct mx_residual_ola echo, near;
	float hum[2];                   /* of the canceller's filter */
};

/* The linear stage takes what is under 20 Hz out of near: see aec_speex.c. */
static float without_hum(struct shadow *sh, float in)
{
	static const float r = 0.992F;
	const float den = r * r + 0.7F * (1 - r) * (1 - r);
	const float out = sh->hum[0] + in;

	sh->hum[0] = sh->hum[1] + 2 * (r * out - in);
	sh->hum[1] = in - den * out;
	return r * out;
}

static void account(struct line *l, struct shadow *sh, size_t n)
{
	const size_t len = l->s->hz / 100, at = n * len;
	const struct mx_residual *r = mx_echo_residual(l->echo);
	float near[FRAME_MAX], left[FRAME_MAX], out[FRAME_MAX];

	for (size_t i = 0; i < len; i++) {
		const size_t k = at + i;

		near[i] = without_hum(sh, (float)l->s->near[k]);
		l->echo_in[k] = l->s->capture[k] - l->s->near[k];
		l->echo_left[k] = l->echo_in[k];
		l->near_in[k] = l->near_out[k] = near[i];
		left[i] = r ? (float)mx_echo_linear(l->echo)[i] - near[i] :
			(float)l->echo_in[k];
	}
	if (!r || n == 0)
		return;
	mx_residual_shadow(r, &sh->echo, out, left);
	for (size_t i = 0; i < len; i++)
		l->echo_left[at + i] = out[i];
	mx_residual_shadow(r, &sh->near, out, near);
	for (size_t i = 0; i < len; i++)
		l->near_out[at + i] = out[i];
}

static void line_run(struct line *l, double want_ms)
{
	const size_t len = l->s->hz / 100;
	struct shadow sh = { 0 };

	for (size_t n = 0; (n + 1) * len <= l->s->n; n++) {
		int16_t pcm[FRAME_MAX];
		struct mx_echo_stats st;
		double begin, took;

		bring_memory(l);
		memcpy(pcm, l->s->capture + n * len, len * sizeof(*pcm));
		begin = q_cpu();
		mx_echo_near(l->echo, T0 + n, pcm, (int64_t)(n * len));
		mx_echo_far(l->echo, T0 + n, l->s->far + n * len);
		took = q_cpu() - begin;
		mx_echo_stats(l->echo, &st);
		if (st.delay_ms && l->first_s == 0)
			l->first_s = (double)(n + 1) / 100;
		l->wrong += st.delay_ms &&
			fabs((double)st.delay_ms - want_ms) > 8;
		if (st.state == MX_ECHO_RUNNING) {
			l->cpu += took;
			l->running_s += 0.01;
		}
		account(l, &sh, n);
		for (size_t i = 0; i < len; i++)
			l->all_out[n * len + i] = pcm[i];
	}
}

/* ---- figures ----------------------------------------------------------- */

static double power(const double *x, const struct sound *s, double from_s,
		    double to_s)
{
	const size_t from = (size_t)(from_s * s->hz);
	const size_t to = (size_t)(to_s * s->hz);
	double sum = 1e-9;

	for (size_t i = from; i < to; i++)
		sum += x[i] * x[i];
	return sum / (double)(to - from);
}

static double db(double a, double b)
{
	return 10 * log10(a / b);
}

static double gone_db(const struct line *l, double from_s, double to_s)
{
	return db(power(l->echo_in, l->s, from_s, to_s),
		  power(l->echo_left, l->s, from_s, to_s));
}

/* As speex_alone() has it: what came out against what went in. */
static double all_gone_db(const struct line *l, double from_s, double to_s)
{
	double *in = q_alloc(l->s->n, sizeof(*in)), gone;

	for (size_t i = 0; i < l->s->n; i++)
		in[i] = l->s->capture[i];
	gone = db(power(in, l->s, from_s, to_s),
		  power(l->all_out, l->s, from_s, to_s));
	free(in);
	return gone;
}

/* Segmental SNR of what became of near, frames of 20 ms with speech in them;
 * out is a frame of 10 ms late. */
static double kept_db(const struct line *l, double from_s, double to_s)
{
	const size_t len = l->s->hz / 100;
	const size_t to = (size_t)(to_s * l->s->hz);
	double sum = 0;
	unsigned n = 0;

	for (size_t at = (size_t)(from_s * l->s->hz); at + 3 * len <= to;
	     at += 2 * len) {
		double a = 1e-9, e = 1e-9;

		for (size_t i = at; i < at + 2 * len; i++) {
			const double x = l->near_in[i], y = l->near_out[i + len];

			a += x * x;
			e += (y - x) * (y - x);
		}
		if (a / (double)(2 * len) < 300 * 300)
			continue;
		sum += fmax(floor_seg_db, fmin(top_seg_db, db(a, e)));
		n++;
	}
	return n ? sum / n : top_seg_db;
}

static double changed_db(const struct line *l, double from_s, double to_s)
{
	const double late = 0.01;

	return db(power(l->near_out, l->s, from_s + late, to_s),
		  power(l->near_in, l->s, from_s, to_s - late));
}

/* ---- speexdsp alone ---------------------------------------------------- */

/* What comes out while the far side is alone, against what goes in: all of it,
 * noise included. tail_ms 700 reaches some of the delays. */
static double speex_alone(const struct sound *s, int tail_ms, double from_s,
			  double to_s)
{
	const int len = (int)s->hz / 100;
	spx_int32_t hz = (spx_int32_t)s->hz, on = 1, none = 0;
	SpeexEchoState *st =
		speex_echo_state_init(len, (int)s->hz / 1000 * tail_ms);
	SpeexPreprocessState *pre = speex_preprocess_state_init(len, hz);
	double *in = q_alloc(s->n, sizeof(*in)), *out = q_alloc(s->n, sizeof(*out));
	double gone;

	speex_echo_ctl(st, SPEEX_ECHO_SET_SAMPLING_RATE, &hz);
	/* it suppresses echo only if told to suppress noise */
	speex_preprocess_ctl(pre, SPEEX_PREPROCESS_SET_DENOISE, &on);
	speex_preprocess_ctl(pre, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, &none);
	speex_preprocess_ctl(pre, SPEEX_PREPROCESS_SET_ECHO_STATE, st);
	for (size_t at = 0; at + (size_t)len <= s->n; at += (size_t)len) {
		int16_t pcm[FRAME_MAX];

		speex_echo_cancellation(st, s->capture + at, s->far + at, pcm);
		speex_preprocess_run(pre, pcm);
		for (int i = 0; i < len; i++) {
			in[at + (size_t)i] = s->capture[at + (size_t)i];
			out[at + (size_t)i] = pcm[i];
		}
	}
	gone = db(power(in, s, from_s, to_s), power(out, s, from_s, to_s));
	free(in);
	free(out);
	speex_preprocess_state_destroy(pre);
	speex_echo_state_destroy(st);
	return gone;
}

/* ---- webrtc-audio-processing ------------------------------------------- */

/* As speex_alone(), with the delay told. */
#ifdef HAVE_WEBRTC
static double webrtc_alone(const struct sound *s, unsigned delay_ms,
			   double from_s, double to_s)
{
	const size_t len = s->hz / 100;
	struct q_webrtc *w = q_webrtc_echo(s->hz);
	double *in = q_alloc(s->n, sizeof(*in)), *out = q_alloc(s->n, sizeof(*out));
	double gone;

	for (size_t at = 0; at + len <= s->n; at += len) {
		int16_t pcm[FRAME_MAX];

		q_webrtc_run(w, pcm, s->capture + at, s->far + at,
			     delay_ms);
		for (size_t i = 0; i < len; i++) {
			in[at + i] = s->capture[at + i];
			out[at + i] = pcm[i];
		}
	}
	gone = db(power(in, s, from_s, to_s), power(out, s, from_s, to_s));
	free(in);
	free(out);
	q_webrtc_close(w);
	return gone;
}
#else
static double webrtc_alone(const struct sound *s, unsigned delay_ms,
			   double from_s, double to_s)
{
	(void)s;
	(void)delay_ms;
	(void)from_s;
	(void)to_s;
	return NAN;
}
#endif

/* ---- scenes ------------------------------------------------------------ */

struct worst {
	double first_s, off_ms, kept_db, changed_db, cpu_ms, listening_us;
};

/* Of the delay that is found at the end; Opus adds its own twice. */
static double off_by(const struct scene *sc, const struct mx_echo_stats *st)
{
	const double opus_ms = sc->opus_bps ? 13 : 0;

	return st->delay_ms - (sc->bulk_ms + sc->jump_ms + opus_ms +
			       SCENE_NEAR_S * sc->drift_ppm / 1000);
}

static void judge(const struct scene *sc, const struct line *l)
{
	const double early = gone_db(l, 3.5, 6), late = gone_db(l, 14.5, 20);
	const double under = db(power(l->s->noise, l->s, 14.5, 20),
				power(l->echo_left, l->s, 14.5, 20));
	char name[64];

	snprintf(name, sizeof(name), "echo-%s", sc->name);
	if (!strcmp(sc->name, "room300") || !strcmp(sc->name, "room600")) {
		snprintf(name, sizeof(name), "echo-%s-3.5s", sc->name);
		q_min(name, early, "dB", 25);
		snprintf(name, sizeof(name), "echo-%s", sc->name);
		q_min(name, late, "dB", 25);
	} else if (!strcmp(sc->name, "drift100")) {
		q_min(name, late, "dB", 25);
	} else if (!strcmp(sc->name, "jump60")) {
		q_min(name, late, "dB", 20);
	} else if (!strcmp(sc->name, "clean300")) {
		q_min(name, gone_db(l, 10, 20), "dB", 35);
	}
	/* either of two goals: by how much the one that is nearer is passed */
	if (!strcmp(sc->name, "nl300") || !strcmp(sc->name, "noisy300") ||
	    !strcmp(sc->name, "jump60")) {
		snprintf(name, sizeof(name), "echo-%s-unheard", sc->name);
		q_min(name, fmax(late - 25, under - 10), "dB over the goal", 0);
	}
}

static void run_scene(const struct scene *sc, const struct q_opt *opt,
		      struct worst *w)
{
	struct mx_echo_stats st;
	struct sound s;
	struct line l;
	double off, kept, changed;

	scene_make(&s, sc, opt->seed);
	line_open(&l, &s);
	line_run(&l, sc->bulk_ms);
	mx_echo_stats(l.echo, &st);
	off = off_by(sc, &st);
	kept = kept_db(&l, SCENE_DOUBLE_S, SCENE_NEAR_S);
	changed = changed_db(&l, SCENE_NEAR_S + 0.5, SCENE_S);
	q_row("%-9s | %5.2f %4u %+5.1f | %5.1f %5.1f %6.1f | %5.1f %5.1f %5.2f "
	      "| %5.1f %5.1f %5.1f %5.1f",
	      sc->name, l.first_s, (unsigned)st.delay_ms, off,
	      gone_db(&l, 3.5, 6), gone_db(&l, 14.5, 20),
	      db(power(l.echo_left, &s, 14.5, 20), power(s.noise, &s, 14.5, 20)),
	      gone_db(&l, SCENE_DOUBLE_S, SCENE_NEAR_S), kept, changed,
	      speex_alone(&s, 200, 14.5, 20), speex_alone(&s, 700, 14.5, 20),
	      webrtc_alone(&s, sc->bulk_ms, 14.5, 20), all_gone_db(&l, 14.5, 20));
	judge(sc, &l);
	/* speech begins at 0.3 s, and is back so much later */
	w->first_s = fmax(w->first_s, l.first_s - 0.3 - sc->bulk_ms / 1000.0);
	w->off_ms = fmax(w->off_ms, fabs(off));
	w->kept_db = fmin(w->kept_db, kept);
	w->changed_db = fmax(w->changed_db, fabs(changed));
	if (sc->hz == 16000)
		w->cpu_ms = fmax(w->cpu_ms, l.cpu * 1000 / l.running_s);
	line_close(&l);
	sound_free(&s);
}

/* ---- long ones --------------------------------------------------------- */

static void double_talk(const struct q_opt *opt, unsigned seconds)
{
	const struct scene sc = { .path = PATH_HANDSET, .hz = 8000,
				  .bulk_ms = 300, .loss_db = 10,
				  .noise_db = 35 };
	struct mx_echo_stats st;
	struct sound s;
	struct line l;

	scene_make_both(&s, &sc, opt->seed + 11, seconds);
	line_open(&l, &s);
	line_run(&l, sc.bulk_ms);
	mx_echo_stats(l.echo, &st);
	q_row("both talk for %u s: found after %.2f s, %u ticks elsewhere, %u "
	      "cancellers changed, %.1f dB", seconds, l.first_s, l.wrong,
	      (unsigned)st.jumps, gone_db(&l, 5, seconds));
	q_max("echo-false-changes", l.wrong, "ticks", 0);
	line_close(&l);
	sound_free(&s);
}

/* 250 ms, a block of the detector, on with a line at tick n. CPU time in us. */
static double go_on_a_block(struct mx_echo *e, const struct sound *s, size_t at,
			    uint64_t n)
{
	const size_t len = s->hz / 100;
	const double begin = q_cpu();

	for (size_t i = at; i < at + BLOCK; i++) {
		int16_t pcm[FRAME_MAX];

		memcpy(pcm, s->capture + i * len, len * sizeof(*pcm));
		mx_echo_near(e, n + i, pcm, MX_ECHO_NO_TIME);
		mx_echo_far(e, n + i, s->far + i * len);
	}
	return (q_cpu() - begin) * 1e6;
}

/* The least CPU time of 20 ms, in us, over runs of some seconds in which it
 * looked; while it rests there is nothing to be measured. */
static double go_on(struct mx_echo *e, const struct sound *s, uint64_t n)
{
	double best = 1e9, us = 0;
	size_t ticks = 0;

	for (size_t at = 0; (at + BLOCK) * (s->hz / 100) <= s->n; at += BLOCK) {
		const bool rests = mx_echo_rests(e, n + at);
		const double took = go_on_a_block(e, s, at, n);

		if (rests || mx_echo_rests(e, n + at + BLOCK))
			continue;
		us += took;
		ticks += BLOCK;
		if (ticks < LOOKED)
			continue;
		best = fmin(best, 2 * us / (double)ticks);
		us = 0;
		ticks = 0;
	}
	return best;
}

/* Is an echo found where there is none? What it cost to look for it. */
static unsigned listen_for(const struct q_opt *opt, unsigned hz,
			   unsigned seconds, double *us)
{
	const struct scene sc = { .path = PATH_NONE, .hz = hz, .noise_db = 35,
				  .clean = true };
	struct mx_echo_stats st;
	struct sound s = { .hz = hz };
	struct line l;

	line_open(&l, &s);
	for (unsigned at = 0; at < seconds; at += PIECE_S) {
		scene_make_both(&s, &sc, opt->seed + at + hz, PIECE_S);
		*us = fmin(*us, go_on(l.echo, &s, T0 + at * 100));
		sound_free(&s);
	}
	mx_echo_stats(l.echo, &st);
	line_close(&l);
	return st.starts + (st.delay_ms > 0) + (st.state != MX_ECHO_LISTENING);
}

static double no_echo(const struct q_opt *opt, unsigned seconds)
{
	double narrow = 1e9, wide = 1e9;
	const unsigned found = listen_for(opt, 8000, seconds / 2, &narrow) +
		listen_for(opt, 16000, seconds / 2, &wide);

	q_row("no echo, both talk for %u s: found %u, %.2f us for 20 ms at "
	      "8 kHz, %.2f at 16", seconds, found, narrow, wide);
	q_max("echo-false-starts", found, "starts", 0);
	return fmax(narrow, wide);
}

static bool is_brief(const struct scene *sc)
{
	return !strcmp(sc->name, "room300") || !strcmp(sc->name, "jump60");
}

static void run(const struct q_opt *opt)
{
	struct worst w = { .kept_db = top_seg_db };
	double us;

	if (opt->trace)
		return;
	q_row("%-9s | %5s %4s %5s | %5s %5s %6s | %5s %5s %5s | %5s %5s %5s %5s", "",
	      "found", "ms", "off", "gone", "later", "noise", "both", "kept",
	      "alone", "spx", "spx7", "rtc", "ours");
#ifndef HAVE_WEBRTC
	q_row("(rtc: webrtc-audio-processing is not installed)");
#endif
	for (unsigned i = 0; i < q_n_scenes; i++)
		if (!opt->brief || is_brief(&q_scenes[i]))
			run_scene(&q_scenes[i], opt, &w);
	q_max("echo-found", w.first_s, "s of speech", 2);
	q_max("echo-delay", w.off_ms, "ms off", 8);
	q_min("echo-double-talk", w.kept_db, "dB segmental SNR", 15);
	q_max("echo-near-alone", w.changed_db, "dB", 0.5);
	double_talk(opt, opt->brief ? 30 : DOUBLE_TALK_S);
	us = no_echo(opt, opt->brief ? 2 * PIECE_S : HOUR_S);
	if (opt->brief)
		return;
	q_max("echo-cpu-16k", w.cpu_ms, "ms/s", 8);
	q_max("echo-cpu-listening", us, "us for 20 ms", 5);
}

const struct q_group q_echo = {
	"echo", "the room's sound that comes back on a line", run
};
