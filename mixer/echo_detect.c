/* echo_detect.c - see echo_detect.h */
#include "echo_detect.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "fft.h"

enum {
	SAME = MX_ECHO_HZ * 2 / 1000,           /* 2 ms: hits agree */
	NEIGHBOURS = 3,                         /* samples that it may move */
	QUIET = 40 * 40,                        /* far, as mean square */
	QUIET_NEAR = 2 * 2,
	BLOCK_MS = 1000 * MX_ECHO_BLOCK / MX_ECHO_HZ,
	TRACK_BLOCKS = 12000 / BLOCK_MS,        /* 12 s */
	TRACK_LEAST = 12,
	TRACK_SPAN = 4000 / BLOCK_MS,
	DISTRUST = 8,                           /* blocks */
	ALL = MX_ECHO_FFT / 2,                  /* bins up to 2 kHz */
	LINES = 2, LINE = 4,                    /* tones; bins to either side */
	PPM = 1000000 / MX_ECHO_BLOCK           /* a sample a block */
};

static const float leak = 0.8F;         /* of the sums, a block */
static const float lines_share = 0.97F;        /* of the power, in a tone or two */
static const float loss_max = 1e5F;     /* 50 dB: less is not looked for */
static const double drift_least_ppm = 8;
/* A reflection must be so much stronger than what was found to take over. */
static const float held_share = 0.7F;

void mx_echo_detect_init(struct mx_echo_detect *d, const struct mx_fft *fft)
{
	memset(d, 0, sizeof(*d));
	d->fft = fft;
	for (unsigned i = 0; i < MX_ECHO_EDGE; i++)
		d->edge[i] = 0.5F - 0.5F * cosf((float)M_PI * ((float)i + 0.5F) /
						MX_ECHO_EDGE);
}

void mx_echo_detect_anew(struct mx_echo_detect *d)
{
	mx_echo_detect_move(d, 0);
	d->distrust = DISTRUST;
}

void mx_echo_detect_move(struct mx_echo_detect *d, float samples)
{
	memset(d->sum, 0, sizeof(d->sum));
	memset(d->far_block, 0, sizeof(d->far_block));
	d->todo = 0;
	d->delay += samples;
	for (unsigned i = 0; i < d->n_track; i++)
		d->track[i].lag += samples;
	d->cand_hits = 0;
}

/* ---- spectra ----------------------------------------------------------- */

static float power(const int16_t *x, unsigned n)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += x[i] * x[i];
	return (float)sum / (float)n;
}

static void whiten(struct mx_echo_spectrum *s, unsigned bin, const float x[2])
{
	const float p = x[0] * x[0] + x[1] * x[1];
	const float g = p > 0 ? 1 / sqrtf(p) : 0;

	s->re[bin] = x[0] * g;
	s->im[bin] = x[1] * g;
}

static float take_out(float p[static ALL])
{
	unsigned at = 0;
	float sum = 0;

	for (unsigned i = 1; i < ALL; i++)
		if (p[i] > p[at])
			at = i;
	for (unsigned i = at > LINE ? at - LINE : 0;
	     i < ALL && i <= at + LINE; i++) {
		sum += p[i];
		p[i] = 0;
	}
	return sum;
}

/* Is this a tone or two, as of keys, and next to nothing else? Steady lines keep
 * their phases for ever, and so agree with anything that does; and so does the
 * noise that a codec makes of them, also of one above what is looked at. */
static bool is_tonal(float p[static ALL])
{
	float all = 0, lines = 0;

	for (unsigned i = 0; i < ALL; i++)
		all += p[i];
	for (unsigned i = 0; i < LINES; i++)
		lines += take_out(p);
	return lines > lines_share * all;
}

/* Both at once: a real signal each in the real and the imaginary part. The
 * near block lies under the second half of the far window; its edges are
 * rounded, else they would be found again in those of the far windows. */
static void transform(struct mx_echo_detect *d, const int16_t *far,
		      const int16_t *near, struct mx_echo_spectrum *far_out)
{
	float power_of[ALL] = { 0 };
	_Alignas(16) float re[MX_ECHO_FFT], im[MX_ECHO_FFT];
	_Alignas(16) float tmp[2 * MX_ECHO_FFT];

	memset(re, 0, sizeof(re));
	memset(im, 0, sizeof(im));
	for (unsigned i = 0; i < MX_ECHO_WINDOW; i++)
		re[i] = far[i];
	for (unsigned i = 0; near && i < MX_ECHO_BLOCK; i++)
		im[MX_ECHO_BLOCK + i] = near[i];
	for (unsigned i = 0; i < MX_ECHO_EDGE; i++) {
		im[MX_ECHO_BLOCK + i] *= d->edge[i];
		im[MX_ECHO_WINDOW - 1 - i] *= d->edge[i];
	}
	mx_fft_run(d->fft, re, im, tmp);
	for (unsigned i = 0; i < MX_ECHO_BINS; i++) {
		float f[2], n[2];

		mx_fft_split(re, im, MX_ECHO_FFT, MX_ECHO_BIN + i, f, n);
		whiten(far_out, i, f);
		whiten(&d->near, i, n);
	}
	for (unsigned i = 1; near && i < ALL; i++) {
		float f[2], n[2];

		mx_fft_split(re, im, MX_ECHO_FFT, i, f, n);
		power_of[i] = n[0] * n[0] + n[1] * n[1];
	}
	if (near && is_tonal(power_of))
		d->todo = 0;
}

/* Number of the far window that span is about, if there was sound in it. */
static const struct mx_echo_spectrum *far_of(const struct mx_echo_detect *d,
					     unsigned span)
{
	const uint64_t b = d->block - span;
	const unsigned slot = b % MX_ECHO_SPANS;

	return b > 0 && d->far_block[slot] == b ? &d->far[slot] : NULL;
}

static float most_far_power(const struct mx_echo_detect *d)
{
	float most = 0;

	for (unsigned s = 0; s < MX_ECHO_SPANS && s < d->block; s++)
		if (far_of(d, s))
			most = fmaxf(most, d->far_power[(d->block - s) %
							MX_ECHO_SPANS]);
	return most;
}

void mx_echo_detect_begin(struct mx_echo_detect *d, const int16_t *far,
			  const int16_t *near)
{
	static const int16_t silence[MX_ECHO_WINDOW];
	const unsigned slot = ++d->block % MX_ECHO_SPANS;

	d->far_power[slot] = far ? power(far, MX_ECHO_WINDOW) : 0;
	if (d->far_power[slot] >= QUIET)
		d->far_block[slot] = d->block;
	else
		far = NULL;
	d->near_power = near ? power(near, MX_ECHO_BLOCK) : 0;
	d->todo = 0;
	if (d->near_power >= QUIET_NEAR &&
	    d->near_power * loss_max > most_far_power(d) &&
	    most_far_power(d) > 0)
		d->todo = MX_ECHO_STEPS;
	if (far || d->todo > 0)
		transform(d, far ? far : silence, near, &d->far[slot]);
	memset(&d->best, 0, sizeof(d->best));
	memset(&d->held, 0, sizeof(d->held));
	d->energy = 0;
}

/* ---- peaks ------------------------------------------------------------- */

/* sum = leak * sum + near * conj(far) */
static void add_product(struct mx_echo_spectrum *restrict sum,
			const struct mx_echo_spectrum *restrict a,
			const struct mx_echo_spectrum *restrict b)
{
	for (unsigned i = 0; i < MX_ECHO_BINS; i++) {
		sum->re[i] = leak * sum->re[i] + a->re[i] * b->re[i] +
			a->im[i] * b->im[i];
		sum->im[i] = leak * sum->im[i] + a->im[i] * b->re[i] -
			a->re[i] * b->im[i];
	}
}

/* Where between the samples a peak of |c| at i has its top. */
static float top(const float *c, unsigned i)
{
	const float a = fabsf(c[i - 1]), b = fabsf(c[i]), e = fabsf(c[i + 1]);
	const float bend = 2 * b - a - e;

	return (float)i + (bend > 0 ? (e - a) / (2 * bend) : 0);
}

static unsigned greatest(const float *c, unsigned from, unsigned to)
{
	unsigned at = from;

	for (unsigned i = from; i <= to; i++)
		if (fabsf(c[i]) > fabsf(c[at]))
			at = i;
	return at;
}

static void note_peak(struct mx_echo_peak *p, const float *c, unsigned at,
		      unsigned span)
{
	if (fabsf(c[at]) <= p->height)
		return;
	p->height = fabsf(c[at]);
	p->lag = (float)(span * MX_ECHO_BLOCK) + top(c, at);
}

/* Where the echo was last, if that is known. */
static float expected(const struct mx_echo_detect *d)
{
	return d->cand_hits > 0 ? d->cand : d->found ? d->delay : -1;
}

static void look(struct mx_echo_detect *d, const float *c, unsigned span)
{
	const float at = expected(d) - (float)(span * MX_ECHO_BLOCK);

	for (unsigned i = 1; i <= MX_ECHO_BLOCK; i++)
		d->energy += c[i] * c[i];
	note_peak(&d->best, c, greatest(c, 1, MX_ECHO_BLOCK), span);
	if (at >= NEIGHBOURS + 1 && at <= MX_ECHO_BLOCK - NEIGHBOURS)
		note_peak(&d->held, c,
			  greatest(c, (unsigned)at - NEIGHBOURS,
				   (unsigned)at + NEIGHBOURS), span);
}

/* Two spans: the correlations of both are real, so one goes in as the real
 * part and one as the imaginary. */
static void correlate(struct mx_echo_detect *d, unsigned span)
{
	_Alignas(16) float re[MX_ECHO_FFT], im[MX_ECHO_FFT];
	_Alignas(16) float tmp[2 * MX_ECHO_FFT];
	const struct mx_echo_spectrum *a = &d->sum[span], *b = a + 1;

	memset(re, 0, sizeof(re));
	memset(im, 0, sizeof(im));
	for (unsigned i = 0; i < MX_ECHO_BINS; i++) {
		const unsigned k = MX_ECHO_BIN + i, m = MX_ECHO_FFT - k;

		re[k] = a->re[i] - b->im[i];
		im[k] = a->im[i] + b->re[i];
		re[m] = a->re[i] + b->im[i];
		im[m] = b->re[i] - a->im[i];
	}
	mx_fft_run(d->fft, im, re, tmp);
	look(d, re, span);
	look(d, im, span + 1);
}

/* ---- hits -------------------------------------------------------------- */

/* Keeps the hits of the last 12 s. */
static void note_hit(struct mx_echo_detect *d)
{
	unsigned old = 0;

	while (old < d->n_track &&
	       d->track[old].block + TRACK_BLOCKS < d->block)
		old++;
	if (d->n_track - old == MX_ECHO_TRACK)
		old++;
	d->n_track -= old;
	memmove(d->track, d->track + old, d->n_track * sizeof(*d->track));
	d->track[d->n_track].block = d->block;
	d->track[d->n_track++].lag = d->best.lag;
}

/* The slope, in ppm, of the straight line through n hits from one on, least
 * squares; *sigma is its deviation. */
static double fit(const struct mx_echo_detect *d, unsigned from, unsigned n,
		  double *sigma)
{
	const struct mx_echo_hit *h = d->track + from;
	double mt = 0, ml = 0, tt = 0, tl = 0, ll = 0;

	for (unsigned i = 0; i < n; i++) {
		mt += (double)(h[i].block - h[0].block) / n;
		ml += (double)h[i].lag / n;
	}
	for (unsigned i = 0; i < n; i++) {
		const double t = (double)(h[i].block - h[0].block) - mt;
		const double l = h[i].lag - ml;

		tt += t * t;
		tl += t * l;
		ll += l * l;
	}
	*sigma = sqrt(fmax(ll - tl * tl / tt, 0) / (n - 2) / tt) * PPM;
	return tl / tt * PPM;
}

/* A step from one reflection to another is no drift: both halves of the track
 * must rise alike. */
static void fit_drift(struct mx_echo_detect *d)
{
	const unsigned n = d->n_track;
	double all, early, late, sigma, ignored;

	if (n < TRACK_LEAST ||
	    d->track[n - 1].block - d->track[0].block < TRACK_SPAN)
		return;
	d->drift_ppm = 0;
	all = fit(d, 0, n, &sigma);
	early = fit(d, 0, n / 2, &ignored);
	late = fit(d, n / 2, n - n / 2, &ignored);
	if (fabs(all) > 4 * sigma && fabs(all) > drift_least_ppm &&
	    early / all > 0.4 && late / all > 0.4)
		d->drift_ppm = (float)all;
}

/* What came back less what was sent: the talker on the line is in it, so it is
 * the most of the last blocks that counts. */
static void measure_loss(struct mx_echo_detect *d)
{
	const unsigned span = (unsigned)d->best.lag / MX_ECHO_BLOCK;
	const float far = d->far_power[(d->block - span) % MX_ECHO_SPANS];
	const float db = 10 * log10f((far + 1) / (d->near_power + 1));

	d->loss_db = fmaxf(db, d->hits > 0 ? d->loss_db - 0.5F : db);
}

static bool decide(struct mx_echo_detect *d)
{
	const double rms = sqrt(d->energy / MX_ECHO_LAG_MAX);

	d->blind++;
	if (d->held.height > held_share * d->best.height)
		d->best = d->held;
	d->peak = rms > 0 ? d->best.height / (float)rms : 0;
	if (d->peak < MX_ECHO_PEAK || d->distrust > 0) {
		d->distrust -= d->distrust > 0;
		d->cand_hits = 0;
		return false;
	}
	if (d->cand_hits == 0 || fabsf(d->best.lag - d->cand) > SAME)
		d->cand_hits = 0;
	d->cand = d->best.lag;
	if (++d->cand_hits < MX_ECHO_HITS)
		return false;
	if (d->found && fabsf(d->best.lag - d->delay) > SAME)
		d->n_track = 0;
	measure_loss(d);
	note_hit(d);
	fit_drift(d);
	d->found = true;
	d->delay = d->best.lag;
	d->hits++;
	d->blind = 0;
	return true;
}

bool mx_echo_detect_step(struct mx_echo_detect *d)
{
	unsigned span;

	if (d->todo == 0)
		return false;
	span = (MX_ECHO_STEPS - d->todo) * 2;
	for (unsigned s = span; s < span + 2; s++) {
		static const struct mx_echo_spectrum none;
		const struct mx_echo_spectrum *far =
			s < d->block ? far_of(d, s) : NULL;

		add_product(&d->sum[s], &d->near, far ? far : &none);
	}
	correlate(d, span);
	return --d->todo == 0 && decide(d);
}
