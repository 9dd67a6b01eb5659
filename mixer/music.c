/* music.c - see music.h: frames to notes, notes to a judgement. */
#include "music.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fft.h"

enum {
	SAMPLES = 80,           /* of 10 ms at 8 kHz */
	WINDOW = 512,           /* 64 ms: lines of 16 Hz */
	HOP_FRAMES = 3,
	BINS = 160,             /* up to 2.5 kHz ... */
	FIRST = 4,              /* ... from 60 Hz */
	NEAR = 8,               /* bins on each side that a peak stands out of */

	NOTE_MIN = 5,           /* hops of 30 ms that a peak stays */
	NOTE_MAX = 66,
	LATELY = 40,            /* hops */
	LONG_WORDS = 4,
	LONG = 64 * LONG_WORDS, /* hops: 7.7 s */
	NOTES_MIN = 10,         /* at different places, in LONG */

	BEGIN_PERCENT = 35,     /* of LONG are tonal: it is music */
	END_PERCENT = 15        /* of LATELY, less: it is no more */
};

#define PEAK            2.0f    /* over what is near it */
#define NEXT_TO        0.015f  /* of the loudest line: less may be its distortion */
#define FAINT           50.0f   /* magnitude: as little says nothing */
#define ACTIVE          300.0f  /* rms magnitude of the bins, about -60 dBov */
#define PASS_HZ         2600.0f

struct mx_music {
	struct mx_fft *fft;
	struct heard {
		float y[2];             /* of the filter before 8 kHz */
		float x[WINDOW];
		uint8_t frames;         /* since the last hop */
		uint8_t run[BINS];      /* hops that a peak is there */
		uint32_t noted[BINS];   /* the last hop with a note there */
		uint32_t hops;          /* that were active, from LONG on */
		uint32_t filled;        /* of them count, up to LONG */
		uint64_t tonal[LONG_WORDS];     /* bit 0 of [0]: the last one */
		bool music;
	} heard;
};

int mx_music_new(struct mx_music **mp)
{
	struct mx_music *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return -ENOMEM;
	err = mx_fft_new(&m->fft, WINDOW);
	if (err) {
		mx_music_free(m);
		return err;
	}
	m->heard.hops = LONG;
	*mp = m;
	return 0;
}

void mx_music_free(struct mx_music *m)
{
	if (!m)
		return;
	mx_fft_free(m->fft);
	free(m);
}

void mx_music_follow(struct mx_music *m, const struct mx_music *from)
{
	m->heard = from->heard;
}

bool mx_music_is(const struct mx_music *m)
{
	return m->heard.music;
}

/* ---- frames to a spectrum ---------------------------------------------- */

/* Two one-pole filters are enough: what they leave above 5.5 kHz is too weak to
 * make a peak. At 44.1 kHz the nearest sample is taken, half of one off. */
static void take(struct heard *h, const int16_t *pcm, size_t n)
{
	const float a = 1 - expf(-2 * (float)M_PI * PASS_HZ / (float)(n * 100));
	float *to = h->x + WINDOW - SAMPLES;
	size_t k = 0;

	memmove(h->x, h->x + SAMPLES, (WINDOW - SAMPLES) * sizeof(h->x[0]));
	for (size_t i = 0; i < n && k < SAMPLES; i++) {
		const float x = pcm[i];

		h->y[0] += a * (x - h->y[0]);
		h->y[1] += a * (h->y[0] - h->y[1]);
		if (i == k * n / SAMPLES)
			to[k++] = n == SAMPLES ? x : h->y[1];
	}
}

/* Magnitudes of WINDOW samples under Hann's window, which is, in the spectrum,
 * half of each line less a quarter of both beside it. */
static void spectrum(const struct mx_music *m, float mag[static BINS])
{
	_Alignas(16) float re[WINDOW], im[WINDOW] = { 0 }, tmp[2 * WINDOW];

	memcpy(re, m->heard.x, sizeof(re));
	mx_fft_run(m->fft, re, im, tmp);
	mag[0] = 0;
	for (int k = 1; k < BINS; k++) {
		const float a = re[k] / 2 - (re[k - 1] + re[k + 1]) / 4;
		const float b = im[k] / 2 - (im[k - 1] + im[k + 1]) / 4;

		mag[k] = sqrtf(a * a + b * b);
	}
}

/* ---- a spectrum to notes ----------------------------------------------- */

static bool is_active(const float mag[static BINS])
{
	float sum = 0;

	for (int k = FIRST; k < BINS; k++)
		sum += mag[k] * mag[k];
	return sum > ACTIVE * ACTIVE * (BINS - FIRST);
}

static float find_loudest(const float mag[static BINS])
{
	float most = 0;

	for (int k = FIRST; k < BINS; k++)
		most = fmaxf(most, mag[k]);
	return most;
}

static bool is_peak(const float mag[static BINS], int k)
{
	const int from = k < NEAR ? 0 : k - NEAR;
	const int to = k + NEAR < BINS ? k + NEAR : BINS - 1;
	float sum = 0;

	if (mag[k] < mag[k - 1] || (k + 1 < BINS && mag[k] < mag[k + 1]))
		return false;
	for (int i = from; i <= to; i++)
		sum += mag[i] + FAINT;
	return (mag[k] + FAINT) * (float)(to - from + 1) > PEAK * sum;
}

/* Follows the peaks from the last hop to this one: is there a note? */
static bool follow(struct heard *h, const float mag[static BINS])
{
	const float least = NEXT_TO * find_loudest(mag);
	bool any = false;

	for (int k = FIRST; k < BINS; k++) {
		if (mag[k] < least || !is_peak(mag, k)) {
			h->run[k] = 0;
			continue;
		}
		if (h->run[k] <= NOTE_MAX)
			h->run[k]++;
		if (h->run[k] < NOTE_MIN || h->run[k] > NOTE_MAX)
			continue;
		h->noted[k] = h->hops;
		any = true;
	}
	return any;
}

/* ---- notes to a judgement ---------------------------------------------- */

/* Two beside each other are one that lies between. */
static int count_notes(const struct heard *h)
{
	int n = 0;

	for (int k = FIRST; k < BINS; k++)
		if (h->hops - h->noted[k] < LONG) {
			n++;
			k++;
		}
	return n;
}

static void remember(struct heard *h, bool tonal)
{
	for (int i = LONG_WORDS - 1; i > 0; i--)
		h->tonal[i] = h->tonal[i] << 1 | h->tonal[i - 1] >> 63;
	h->tonal[0] = h->tonal[0] << 1 | tonal;
	h->hops++;
	if (h->filled < LONG)
		h->filled++;
}

static void judge(struct heard *h)
{
	int n = 0;

	if (h->music) {
		n = __builtin_popcountll(h->tonal[0] & ((1ull << LATELY) - 1));
		h->music = n * 100 >= END_PERCENT * LATELY;
		if (!h->music)          /* what was before proves nothing */
			h->filled = 0;
		return;
	}
	if (h->filled < LONG)
		return;
	for (int i = 0; i < LONG_WORDS; i++)
		n += __builtin_popcountll(h->tonal[i]);
	h->music = n * 100 >= BEGIN_PERCENT * LONG && count_notes(h) >= NOTES_MIN;
}

void mx_music_put(struct mx_music *m, const int16_t *pcm, size_t n)
{
	struct heard *h = &m->heard;
	float mag[BINS];
	bool tonal;

	take(h, pcm, n);
	if (++h->frames < HOP_FRAMES)
		return;
	h->frames = 0;
	spectrum(m, mag);
	tonal = follow(h, mag);
	if (!is_active(mag))
		return;
	remember(h, tonal);
	judge(h);
}
