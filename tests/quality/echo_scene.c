/* echo_scene.c - see echo_scene.h */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "echo_scene.h"
#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "quality.h"
#include "speech.h"
#include "tests/unit/t_rand.h"

enum { SINC = 16 };

static const double level = 32768 * 0.0501;     /* -26 dBov */

const struct scene q_scenes[] = {
	{ .name = "hyb40", .path = PATH_HYBRID, .hz = 8000, .bulk_ms = 40,
	  .loss_db = 12, .noise_db = 35 },
	{ .name = "hyb300", .path = PATH_HYBRID, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 12, .noise_db = 35 },
	{ .name = "room40", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 40,
	  .loss_db = 10, .noise_db = 35 },
	{ .name = "room300", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 10, .noise_db = 35 },
	{ .name = "room600", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 600,
	  .loss_db = 10, .noise_db = 35 },
	{ .name = "hs300", .path = PATH_HANDSET, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 20, .noise_db = 35 },
	{ .name = "opus300", .path = PATH_ROOM, .hz = 16000, .bulk_ms = 300,
	  .loss_db = 10, .noise_db = 35, .opus_bps = 24000 },
	{ .name = "clean300", .path = PATH_ROOM, .hz = 16000, .bulk_ms = 300,
	  .loss_db = 10, .noise_db = 60, .clean = true },
	{ .name = "drift20", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 10, .noise_db = 35, .drift_ppm = 20 },
	{ .name = "drift100", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 10, .noise_db = 35, .drift_ppm = 100 },
	{ .name = "jump60", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 10, .noise_db = 35, .jump_ms = -60 },
	{ .name = "loud300", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 0, .noise_db = 35 },
	{ .name = "nl300", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 10, .noise_db = 35, .drive = 1.5 },
	{ .name = "noisy300", .path = PATH_ROOM, .hz = 8000, .bulk_ms = 300,
	  .loss_db = 10, .noise_db = 15 },
};
const unsigned q_n_scenes = sizeof(q_scenes) / sizeof(q_scenes[0]);

/* ---- numbers ----------------------------------------------------------- */

static double uniform(uint32_t *seed)
{
	return t_rand(seed) / 4294967296.0;
}

/* Box and Muller 1958. */
static double gauss(uint32_t *seed)
{
	return sqrt(-2 * log(uniform(seed) + 1e-12)) *
		cos(2 * M_PI * uniform(seed));
}

static int16_t clip(double x)
{
	return (int16_t)lrint(fmax(-32768, fmin(32767, x)));
}

/* ---- speech ------------------------------------------------------------ */

/* Adds n samples of a voice, which begins to speak after 0.3 s. */
static void add_speech(double *out, size_t n, unsigned hz, unsigned voice,
		       uint32_t seed)
{
	const size_t skip = (size_t)hz * (1 + seed % 97), lead = hz * 3 / 10;
	int16_t *pcm = q_speech(voice % Q_VOICES, hz, skip + n + 4 * hz);
	bool *speaks = q_speech_parts(pcm, hz, (skip + n + 4 * hz) / (hz / 100));
	size_t at = skip / (hz / 100);

	while (!speaks[at] && at < (skip + 3 * hz) / (hz / 100))
		at++;
	for (size_t i = lead; i < n; i++)
		out[i] += pcm[at * (hz / 100) + i - lead];
	free(speaks);
	free(pcm);
}

/* ---- codecs ------------------------------------------------------------ */

/* Through the scene's codec and back, as late as the codec makes it. */
static void through_codec(const struct scene *sc, int16_t *pcm, size_t n)
{
	const struct mx_codec *c = sc->opus_bps ?
		mx_codec_at(mx_codec_find("opus", 48000, 2), sc->hz) :
		mx_codec_find("PCMU", 8000, 1);
	const struct mx_codec_par par = { .bitrate = sc->opus_bps };
	const size_t frame = sc->hz / 50;
	uint8_t payload[2000];
	void *enc, *dec;

	if (sc->clean)
		return;
	enc = q_alloc(1, c->enc_size() + 1);
	dec = q_alloc(1, c->dec_size() + 1);
	c->enc_init(enc, &par);
	c->dec_init(dec);
	for (size_t i = 0; i + frame <= n; i += frame) {
		const int len = c->encode(enc, mx_dsp_best(), pcm + i, frame,
					  payload, sizeof(payload));

		if (len > 0)
			c->decode(dec, mx_dsp_best(), payload, (size_t)len,
				  pcm + i, frame);
	}
	free(enc);
	free(dec);
}

/* ---- the echo ---------------------------------------------------------- */

/* An impulse response of energy 1. */
static size_t path_make(double *h, const struct scene *sc, uint32_t *seed)
{
	static const double length_s[] = { 0, 0.012, 0.3, 0.06 };
	static const double rt60_s[] = { 1, 0.012, 0.25, 0.06 };
	const size_t n = (size_t)(sc->hz * length_s[sc->path]);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const double t = (double)i / sc->hz;

		h[i] = gauss(seed) * pow(10, -3 * t / rt60_s[sc->path]) *
			0.15 * sqrt(8000.0 / sc->hz);
		if (sc->path == PATH_ROOM && i < sc->hz / 500)
			h[i] = 0;       /* 2 ms to the first wall */
	}
	if (n > 0)
		h[sc->path == PATH_HYBRID ? 4 : 0] = 1;
	/* a hybrid passes 300 to 3400 Hz: take out what is under it */
	for (size_t i = n; sc->path == PATH_HYBRID && i-- > 1; )
		h[i] -= 0.9 * h[i - 1];
	for (size_t i = 0; i < n; i++)
		sum += h[i] * h[i];
	for (size_t i = 0; i < n; i++)
		h[i] /= sqrt(sum);
	return n;
}

/* x at a place between samples: a sinc with a Hann window. */
static double between(const double *x, size_t n, double at)
{
	const long mid = (long)floor(at);
	double y = 0;

	if (at == (double)mid)
		return mid >= 0 && mid < (long)n ? x[mid] : 0;
	for (long k = mid - SINC + 1; k <= mid + SINC; k++) {
		const double t = at - (double)k;

		if (k >= 0 && k < (long)n)
			y += x[k] * sin(M_PI * t) / (M_PI * t) *
				(0.5 + 0.5 * cos(M_PI * t / (SINC + 1)));
	}
	return y;
}

/* What the loudspeaker gives of what was sent, late as it is. */
static double *played(const struct scene *sc, const int16_t *sent, size_t n)
{
	double *x = q_alloc(n, sizeof(*x)), *y = q_alloc(n, sizeof(*y));

	for (size_t i = 0; i < n; i++)
		x[i] = sent[i];
	for (size_t i = 0; i < n; i++) {
		const double t = (double)i / sc->hz;
		double late = sc->bulk_ms / 1000.0 + t * sc->drift_ppm * 1e-6;

		if (t >= SCENE_JUMP_S)
			late += sc->jump_ms / 1000;
		y[i] = between(x, n, (double)i - late * sc->hz);
		if (sc->drive > 0)
			y[i] = tanh(y[i] * sc->drive / (3 * level)) *
				3 * level / sc->drive;
	}
	free(x);
	return y;
}

static void add_echo(double *out, const struct scene *sc, const int16_t *sent,
		     size_t n, uint32_t *seed)
{
	double *h = q_alloc(sc->hz, sizeof(*h)), *x = played(sc, sent, n);
	const size_t taps = path_make(h, sc, seed);
	const double gain = pow(10, -sc->loss_db / 20);

	for (size_t i = 0; i < n; i++) {
		double y = 0;

		for (size_t k = 0; k < taps && k <= i; k++)
			y += h[k] * x[i - k];
		out[i] += gain * y;
	}
	free(x);
	free(h);
}

/* ---- the whole --------------------------------------------------------- */

static void make_far(struct sound *s, uint32_t seed)
{
	const size_t turn = s->hz * 6;  /* seconds a speaker has */
	double *x = q_alloc(s->n, sizeof(*x));

	for (size_t i = 0; i < s->n; i += turn)
		add_speech(x + i, i + turn <= s->n ? turn : s->n - i, s->hz,
			   (unsigned)(i / turn % 3), seed + (uint32_t)i / s->hz);
	for (size_t i = 0; i < s->n; i++)
		s->far[i] = i < s->far_end ? clip(x[i]) : 0;
	free(x);
}

static void make_near(struct sound *s, const struct scene *sc, uint32_t seed,
		      size_t begin)
{
	const double noise = level * pow(10, -sc->noise_db / 20);

	add_speech(s->near + begin, s->n - begin, s->hz, 4, seed + 7);
	for (size_t i = 0; i < s->n; i++) {
		s->noise[i] = noise * gauss(&seed);
		s->near[i] += s->noise[i];
	}
}

static void make(struct sound *s, const struct scene *sc, uint32_t seed,
		 size_t near_begin)
{
	uint32_t state = seed * 2246822519U + 3;
	double *mix = q_alloc(s->n, sizeof(*mix));
	int16_t *sent = q_alloc(s->n, sizeof(*sent));

	s->far = q_alloc(s->n, sizeof(*s->far));
	s->capture = q_alloc(s->n, sizeof(*s->capture));
	s->near = q_alloc(s->n, sizeof(*s->near));
	s->noise = q_alloc(s->n, sizeof(*s->noise));
	make_far(s, seed);
	memcpy(sent, s->far, s->n * sizeof(*sent));
	through_codec(sc, sent, s->n);
	make_near(s, sc, state, near_begin);
	memcpy(mix, s->near, s->n * sizeof(*mix));
	if (sc->path != PATH_NONE)
		add_echo(mix, sc, sent, s->n, &state);
	for (size_t i = 0; i < s->n; i++)
		s->capture[i] = clip(mix[i]);
	through_codec(sc, s->capture, s->n);
	free(mix);
	free(sent);
}

void scene_make(struct sound *s, const struct scene *sc, uint32_t seed)
{
	s->hz = sc->hz;
	s->n = (size_t)SCENE_S * sc->hz;
	s->far_end = (size_t)SCENE_NEAR_S * sc->hz;
	make(s, sc, seed, (size_t)SCENE_DOUBLE_S * sc->hz);
}

void scene_make_both(struct sound *s, const struct scene *sc, uint32_t seed,
		     unsigned seconds)
{
	s->hz = sc->hz;
	s->n = s->far_end = (size_t)seconds * sc->hz;
	make(s, sc, seed, 0);
}

void sound_free(struct sound *s)
{
	free(s->far);
	free(s->capture);
	free(s->near);
	free(s->noise);
}
