/* speech.c - recorded speech. */
#include "speech.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "mixer/resamp.h"
#include "quality.h"
#include "tests/unit/t_rand.h"

enum {
	RATE = 16000,
	MS = RATE / 1000,
	CLIP_MAX = 120 * RATE,
	KEPT_MAX = 200 * RATE,  /* of a voice */
	QUIET = 50,             /* rms, -56 dBov: below is no speech */
	NOISE = 16              /* rms, -66 dBov */
};

static const double SPOKEN = 1642;      /* rms, -26 dBov */

static const char *const folders[Q_VOICES] = {
	"en_US_f_Allison", "es_MX_f_Allison", "fr_CA_f_June", "it_IT_m_Carlo",
	"ru_RU_f_IvrvoiceRU",
};

static const char *const clips[] = {
	"demo-congrats", "priv-callee-options", "conf-adminmenu-18",
	"demo-echotest", "screen-callee-options", "vm-options",
	"demo-instruct",
};

enum { CLIPS = sizeof(clips) / sizeof(clips[0]) };

/* Decoded once for all groups, at 16 kHz, without noise. */
static struct {
	int16_t *pcm;
	size_t n;
} kept[Q_VOICES];

static FILE *open_clip(unsigned voice, unsigned i)
{
	char path[256];

	snprintf(path, sizeof(path), "/usr/share/asterisk/sounds/%s/%s.g722",
		 folders[voice], clips[i]);
	return fopen(path, "rb");
}

bool q_speech_there(void)
{
	for (unsigned v = 0; v < Q_VOICES; v++) {
		FILE *f = open_clip(v, 0);

		if (!f)
			return false;
		fclose(f);
	}
	return true;
}

static size_t read_clip(FILE *f, int16_t *pcm, size_t max)
{
	const struct mx_codec *c = mx_codec_find("G722", 8000, 1);
	void *dec = q_alloc(1, c->dec_size());
	uint8_t payload[160];
	size_t n = 0, len;

	c->dec_init(dec);
	while ((len = fread(payload, 1, sizeof(payload), f)) > 0 &&
	       n + 2 * len <= max)
		n += (size_t)c->decode(dec, mx_dsp_best(), payload, len,
				       pcm + n, max - n);
	free(dec);
	return n;
}

static double rms(const int16_t *x, size_t n)
{
	double e = 0;

	for (size_t i = 0; i < n; i++)
		e += (double)x[i] * x[i];
	return sqrt(e / (double)n);
}

/** Adds a clip to the voice, pauses longer than half a second cut to a length
 *  by chance: what is recorded in them is digital silence. */
static void add_clip(unsigned voice, const int16_t *x, size_t n, uint32_t *seed)
{
	size_t quiet = 0, limit = 500 * MS;
	int16_t *out = kept[voice].pcm;
	size_t *len = &kept[voice].n;

	for (size_t i = 0; i + 10 * MS <= n && *len + 10 * MS <= KEPT_MAX;
	     i += 10 * MS) {
		bool speaks = rms(x + i, 10 * MS) >= QUIET;

		if (speaks && quiet > 0)
			limit = (300 + t_rand(seed) % 1200) * MS;
		quiet = speaks ? 0 : quiet + 10 * MS;
		if (quiet > limit)
			continue;
		memcpy(out + *len, x + i, 10 * MS * sizeof(*x));
		*len += 10 * MS;
	}
	for (size_t i = (300 + t_rand(seed) % 1200) * MS;
	     i > 0 && *len < KEPT_MAX; i--)
		out[(*len)++] = 0;
}

/** Brings what is spoken to -26 dBov. */
static void level(int16_t *x, size_t n)
{
	double e = 0, gain;
	size_t spoken = 0;

	for (size_t i = 0; i + 10 * MS <= n; i += 10 * MS) {
		double r = rms(x + i, 10 * MS);

		if (r < 4 * QUIET)
			continue;
		e += r * r;
		spoken++;
	}
	gain = SPOKEN / sqrt(e / (double)(spoken ? spoken : 1));
	for (size_t i = 0; i < n; i++) {
		double v = gain * x[i];

		x[i] = (int16_t)(v > 32000 ? 32000 : v < -32000 ? -32000 : v);
	}
}

static void load(unsigned voice)
{
	int16_t *clip = q_alloc(CLIP_MAX, sizeof(*clip));
	uint32_t seed = 77 + voice;

	kept[voice].pcm = q_alloc(KEPT_MAX, sizeof(*kept[voice].pcm));
	for (unsigned i = 0; i < CLIPS; i++) {
		FILE *f = open_clip(voice, i);

		if (!f)
			continue;
		add_clip(voice, clip, read_clip(f, clip, CLIP_MAX), &seed);
		fclose(f);
	}
	level(kept[voice].pcm, kept[voice].n);
	free(clip);
}

/** n / 100 s of the voice from sample at on, resampled. */
static void resample(unsigned voice, uint32_t rate_hz, int16_t *out, size_t n)
{
	struct mx_resamp_bank *bank;
	struct mx_resamp *r = q_alloc(1, sizeof(*r));
	size_t frame = rate_hz / 100, at = 0;
	int16_t in[10 * MS], piece[MX_RESAMP_FRAME_MAX];

	if (mx_resamp_bank_new(&bank, mx_dsp_best()) ||
	    mx_resamp_init(r, bank, RATE, rate_hz))
		exit(2);
	for (size_t done = 0; done < n; done += frame) {
		for (size_t i = 0; i < 10 * MS; i++, at++)
			in[i] = kept[voice].pcm[at % kept[voice].n];
		mx_resamp_run(r, piece, in);
		memcpy(out + done, piece, (n - done < frame ? n - done : frame) *
		       sizeof(*out));
	}
	mx_resamp_bank_free(bank);
	free(r);
}

static double noise(uint32_t *seed)
{
	double sum = 0;

	for (int i = 0; i < 4; i++)
		sum += t_rand(seed) / 4294967296.0 - 0.5;
	return sum * sqrt(3);           /* deviation 1 */
}

int16_t *q_speech(unsigned voice, uint32_t rate_hz, size_t n)
{
	int16_t *out = q_alloc(n, sizeof(*out));
	uint32_t seed = 4711 + voice;

	assert(voice < Q_VOICES);
	if (!kept[voice].pcm)
		load(voice);
	resample(voice, rate_hz, out, n);
	for (size_t i = 0; i < n; i++)
		out[i] = (int16_t)(out[i] + lrint(NOISE * noise(&seed)));
	return out;
}

bool *q_speech_parts(const int16_t *pcm, uint32_t rate_hz, size_t n)
{
	size_t frame = rate_hz / 100;
	bool *speaks = q_alloc(n, sizeof(*speaks));

	for (size_t i = 0; i < n; i++)
		speaks[i] = rms(pcm + i * frame, frame) >= QUIET;
	return speaks;
}

void q_speech_free(void)
{
	for (unsigned v = 0; v < Q_VOICES; v++) {
		free(kept[v].pcm);
		kept[v].pcm = NULL;
		kept[v].n = 0;
	}
}
