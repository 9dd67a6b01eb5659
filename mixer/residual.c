/* residual.c - see residual.h */
#include "residual.h"

#include <math.h>
#include <string.h>

#include "fft.h"

enum {
	BIN_MHZ = 31250,                /* at both rates, in 1/1000 Hz */
	PART_FRAMES = 40,
	TALK_HANG = 12,
	LOUDEST_DB = 12                 /* that one band counts for talk */
};

/* Zwicker 1961: where critical bands end, Hz. */
static const uint16_t bark_hz[MX_RESIDUAL_BANDS] = {
	100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000,
	2320, 2700, 3150, 3700, 4400, 5300, 6400, 7700, 8000
};

static const float smooth = 0.4F;       /* of powers, a frame */
static const float slow = 0.05F;        /* of their means */
static const float learn = 0.02F;       /* of the leak */
static const float ring = 0.7F;         /* a frame of a room's tail */
static const float leak_least = 3e-4F;  /* a codec's noise, -35 dB */
static const float leak_most = 1;
static const float doubt = 0.3F, doubt_less = 0.992F;       /* a frame */
static const float floor_alone = 0.01F, floor_talk = 0.25F;
static const float over_alone = 4, over_talk = 1.5F;
static const float over_noise = 16;
static const float rise = 0.7F;
static const float talk_db = 4.5F;      /* over what the leak explains */
static const float floor_bias = 1.6F;   /* of the least of many powers */

void mx_residual_init(struct mx_residual *r, uint32_t hz,
		      const struct mx_fft *fft)
{
	memset(r, 0, sizeof(*r));
	r->fft = fft;
	r->frame = hz / 100;
	r->n_fft = hz == 8000 ? 256 : 512;
	r->bands = hz == 8000 ? 18 : MX_RESIDUAL_BANDS;
	r->random = 1;
	for (size_t i = 0; i < 2 * r->frame; i++)
		r->window[i] = sinf((float)M_PI * ((float)i + 0.5F) /
				    (float)(2 * r->frame));
	for (unsigned b = 0; b < r->bands; b++) {
		r->band[b].square = 1e6F;
		r->band[b].cross = 1e5F;
		for (unsigned p = 0; p < MX_RESIDUAL_PARTS; p++)
			r->band[b].least[p] = 1e12F;
		r->band[b].gain = 1;
	}
	for (unsigned k = 0; k < MX_RESIDUAL_BINS_MAX; k++)
		r->gain[k] = 1;
}

/* ---- frames ------------------------------------------------------------ */

static void shift_in(const struct mx_residual *r, struct mx_residual_ola *o,
		     const float *x)
{
	memmove(o->in, o->in + r->frame, r->frame * sizeof(*o->in));
	memcpy(o->in + r->frame, x, r->frame * sizeof(*o->in));
}

static void to_window(const struct mx_residual *r, float *y, const float *x)
{
	for (size_t i = 0; i < 2 * r->frame; i++)
		y[i] = x[i] * r->window[i];
	memset(y + 2 * r->frame, 0,
	       (r->n_fft - 2 * r->frame) * sizeof(*y));
}

/* The inverse transform of a real signal's spectrum, whose upper half is not
 * there yet; the first frame of it is complete. */
static void add_over(const struct mx_residual *r, struct mx_residual_ola *o,
		     float *out, float *re, float *im)
{
	_Alignas(16) float tmp[2 * MX_RESIDUAL_FFT_MAX];
	const float scale = 1 / (float)r->n_fft;

	for (size_t k = 1; k < r->n_fft / 2; k++) {
		re[r->n_fft - k] = re[k];
		im[r->n_fft - k] = -im[k];
	}
	im[0] = im[r->n_fft / 2] = 0;
	mx_fft_run(r->fft, im, re, tmp);
	for (size_t i = 0; i < r->frame; i++) {
		out[i] = o->out[i] + re[i] * scale * r->window[i];
		o->out[i] = re[r->frame + i] * scale *
			r->window[r->frame + i];
	}
}

/* ---- bands ------------------------------------------------------------- */

static unsigned first_bin(const struct mx_residual *r, unsigned band)
{
	if (band == 0)
		return 0;
	if (band >= r->bands)
		return (unsigned)r->n_fft / 2 + 1;
	return bark_hz[band - 1] * 1000U / BIN_MHZ + 1;
}

/* Power of both signals in a band; the spectra come back apart: the residual's
 * in re[k], im[k]. */
static void powers(const struct mx_residual *r, unsigned band, float *re,
		   float *im, const float *xr, const float *xi, float *residual,
		   float *echo)
{
	const unsigned end = first_bin(r, band + 1);
	const unsigned n = (unsigned)r->n_fft;

	*residual = *echo = 0;
	for (unsigned k = first_bin(r, band); k < end; k++) {
		float a[2] = { xr[k], 0 }, b[2] = { xi[k], 0 };

		if (k > 0 && k < n / 2)
			mx_fft_split(xr, xi, n, k, a, b);
		re[k] = a[0];
		im[k] = a[1];
		*residual += a[0] * a[0] + a[1] * a[1];
		*echo += b[0] * b[0] + b[1] * b[1];
	}
}

/* The leak is what the residual's ups and downs share with the echo's. Where
 * the residual is the louder one there is a talker in it, and little to be
 * learned. */
static void learn_leak(struct mx_residual_band *b, float residual, float echo)
{
	const float dr = residual - b->mean_residual;
	const float de = echo - b->mean_echo;
	const float trust = echo > residual ? 1 : echo / (residual + 1);

	b->mean_residual += slow * dr;
	b->mean_echo += slow * de;
	b->cross += learn * trust * (dr * de - b->cross);
	b->square += learn * trust * (de * de - b->square);
}

void mx_residual_doubt(struct mx_residual *r)
{
	r->doubt = doubt;
}

static float leak_of(const struct mx_residual *r,
		     const struct mx_residual_band *b)
{
	const float leak = b->cross / (b->square + 1);

	return fminf(fmaxf(leak, fmaxf(leak_least, r->doubt)), leak_most);
}

/* The least power of the last two seconds (Martin 2001, in short). */
static void follow_noise(struct mx_residual *r, struct mx_residual_band *b)
{
	float least = b->residual;

	if (r->in_part == 0)
		b->least[r->part] = b->residual;
	b->least[r->part] = fminf(b->least[r->part], b->residual);
	for (unsigned p = 0; p < MX_RESIDUAL_PARTS; p++)
		least = fminf(least, b->least[p]);
	b->noise = least * floor_bias;
}

static void follow(struct mx_residual *r, struct mx_residual_band *b,
		   float residual, float echo)
{
	b->residual += smooth * (residual - b->residual);
	b->echo += smooth * (echo - b->echo);
	b->tail = fmaxf(b->echo, b->tail * ring);
	if (b->tail > b->noise)
		learn_leak(b, b->residual, b->tail);
	follow_noise(r, b);
}

/* Echo was heard, and with it what is left of it. */
static void learn_trust(struct mx_residual *r)
{
	float echo = 0, noise = 0;

	for (unsigned i = 0; i < r->bands; i++) {
		echo += r->band[i].echo;
		noise += r->band[i].noise;
	}
	if (echo > noise)
		r->doubt *= doubt_less;
}

/* ---- gains ------------------------------------------------------------- */

static float expected(const struct mx_residual *r,
		      const struct mx_residual_band *b)
{
	return leak_of(r, b) * b->tail;
}

/* Is there more than the leak and the noise explain? */
static void hear_talk(struct mx_residual *r)
{
	float db = 0;
	unsigned n = 0;

	for (unsigned i = 2; i < r->bands; i++, n++) {
		const struct mx_residual_band *b = &r->band[i];
		const float over = b->residual /
			(over_talk * expected(r, b) + 2 * b->noise + 1);

		db += fminf(fmaxf(10 * log10f(over + 1e-6F), -LOUDEST_DB / 4),
			    LOUDEST_DB);
	}
	if (db / (float)n > talk_db)
		r->hang = TALK_HANG;
	else if (r->hang > 0)
		r->hang--;
	r->talk = r->hang > 0;
}

/* What is left when the leak is taken out; and where nobody talks, the noise
 * alone is wanted, of which add_noise() makes up what goes with the echo. */
static float wanted_gain(const struct mx_residual *r,
			 const struct mx_residual_band *b)
{
	const float echo = expected(r, b);
	const float over = r->talk ? over_talk : over_alone;
	const float g = 1 - over * echo / (b->residual + 1e-3F);

	if (r->talk)
		return fmaxf(g, floor_talk);
	return fmaxf(fminf(g, b->noise / (b->noise + over_noise * echo + 1)),
		     floor_alone);
}

static void set_gains(struct mx_residual *r)
{
	for (unsigned i = 0; i < r->bands; i++) {
		struct mx_residual_band *b = &r->band[i];
		const float want = wanted_gain(r, b);

		/* down at once, up within two frames */
		b->gain = want < b->gain ? want :
			b->gain + rise * (want - b->gain);
		for (unsigned k = first_bin(r, i); k < first_bin(r, i + 1); k++)
			r->gain[k] = b->gain;
	}
}

/* Phases in steps of a quarter turn are enough for noise. It fills the whole
 * transform, the signal only two frames of it. */
static void add_noise(struct mx_residual *r, unsigned band, float *re,
		      float *im)
{
	static const float turn[4][2] = { { 1, 0 }, { 0, 1 }, { -1, 0 },
					  { 0, -1 } };
	const struct mx_residual_band *b = &r->band[band];
	const unsigned from = first_bin(r, band), to = first_bin(r, band + 1);
	const float power = b->gain * b->gain;
	const float lack = fminf((1 - power) * b->noise,
				 b->noise - power * b->residual);
	const float a = sqrtf(fmaxf(lack, 0) / (float)(to - from) *
			      (float)r->n_fft / (float)r->frame);

	if (a <= 0)
		return;
	for (unsigned k = from; k < to; k++) {
		r->random ^= r->random << 13;
		r->random ^= r->random >> 17;
		r->random ^= r->random << 5;
		re[k] += a * turn[r->random >> 30][0];
		im[k] += a * turn[r->random >> 30][1];
	}
}

void mx_residual_run(struct mx_residual *r, int16_t *out, const int16_t *lin,
		     const int16_t *echo)
{
	_Alignas(16) float xr[MX_RESIDUAL_FFT_MAX], xi[MX_RESIDUAL_FFT_MAX];
	_Alignas(16) float re[MX_RESIDUAL_FFT_MAX], im[MX_RESIDUAL_FFT_MAX];
	_Alignas(16) float tmp[2 * MX_RESIDUAL_FFT_MAX];
	float x[MX_RESIDUAL_FRAME_MAX];

	for (size_t i = 0; i < r->frame; i++)
		x[i] = lin[i];
	shift_in(r, &r->lin, x);
	for (size_t i = 0; i < r->frame; i++)
		x[i] = echo[i];
	shift_in(r, &r->echo, x);
	to_window(r, xr, r->lin.in);
	to_window(r, xi, r->echo.in);
	mx_fft_run(r->fft, xr, xi, tmp);

	for (unsigned i = 0; i < r->bands; i++) {
		float left, took;

		powers(r, i, re, im, xr, xi, &left, &took);
		follow(r, &r->band[i], left, took);
	}
	learn_trust(r);
	if (++r->in_part == PART_FRAMES) {
		r->in_part = 0;
		r->part = (r->part + 1) % MX_RESIDUAL_PARTS;
	}
	hear_talk(r);
	set_gains(r);
	for (size_t k = 0; k <= r->n_fft / 2; k++) {
		re[k] *= r->gain[k];
		im[k] *= r->gain[k];
	}
	for (unsigned i = 0; i < r->bands; i++)
		add_noise(r, i, re, im);
	add_over(r, &r->lin, x, re, im);
	for (size_t i = 0; i < r->frame; i++)
		out[i] = (int16_t)lrintf(fmaxf(-32768, fminf(32767, x[i])));
}

void mx_residual_shadow(const struct mx_residual *r, struct mx_residual_ola *o,
			float *out, const float *in)
{
	_Alignas(16) float re[MX_RESIDUAL_FFT_MAX], im[MX_RESIDUAL_FFT_MAX];
	_Alignas(16) float tmp[2 * MX_RESIDUAL_FFT_MAX];

	shift_in(r, o, in);
	to_window(r, re, o->in);
	memset(im, 0, sizeof(im));
	mx_fft_run(r->fft, re, im, tmp);
	for (size_t k = 0; k <= r->n_fft / 2; k++) {
		re[k] *= r->gain[k];
		im[k] *= r->gain[k];
	}
	add_over(r, o, out, re, im);
}
