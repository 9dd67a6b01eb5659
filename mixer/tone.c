/* tone.c - see tone.h */
#include "tone.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "resamp.h"

enum { EDGE_MS = 5 };   /* a raised cosine: no click */

const struct mx_tone mx_tone_join = {
	.dbfs = -15,
	.parts = { { 587, 0, 90, 10 }, { 880, 0, 140, 20 } },
};

const struct mx_tone mx_tone_leave = {
	.dbfs = -15,
	.parts = { { 880, 0, 90, 10 }, { 587, 0, 140, 20 } },
};

/* Not the tone of any country's network: it must not pass for one. */
const struct mx_tone mx_tone_missing = {
	.dbfs = -15,
	.parts = { { 400, 660, 120, 80 }, { 400, 660, 120, 80 },
		   { 400, 660, 120, 300 } },
};

static bool part_is_fine(const struct mx_tone_part *p, uint32_t rate_hz)
{
	return p->on_ms <= MX_TONE_MS_MAX && p->off_ms <= MX_TONE_MS_MAX &&
	       2u * p->f1_hz < rate_hz && 2u * p->f2_hz < rate_hz &&
	       (p->f1_hz || !p->f2_hz);
}

static size_t samples(uint32_t ms, uint32_t rate_hz)
{
	return (size_t)ms * rate_hz / 1000;
}

/* Parts in use, or -EINVAL. */
static int count_parts(const struct mx_tone *tone, uint32_t rate_hz)
{
	int n = 0;

	for (; n < MX_TONE_PARTS_MAX; n++) {
		const struct mx_tone_part *p = &tone->parts[n];

		if (!p->on_ms && !p->off_ms)
			break;
		if (!part_is_fine(p, rate_hz))
			return -EINVAL;
	}
	return n ? n : -EINVAL;
}

/* 0 at a part's edges, 1 from 5 ms inside. */
static double edge(size_t i, size_t n, uint32_t rate_hz)
{
	const double from_end = fmin((double)i, (double)(n - 1 - i));
	const double share = from_end / (double)samples(EDGE_MS, rate_hz);

	return share < 1 ? (1 - cos(M_PI * share)) / 2 : 1;
}

static void sound(int16_t *pcm, size_t n, const struct mx_tone_part *p,
		  double peak, uint32_t rate_hz)
{
	const double w1 = 2 * M_PI * p->f1_hz / rate_hz;
	const double w2 = 2 * M_PI * p->f2_hz / rate_hz;
	const double amplitude = p->f2_hz ? peak / 2 : peak;

	for (size_t i = 0; i < n; i++) {
		double x = sin(w1 * (double)i) + sin(w2 * (double)i);

		pcm[i] = (int16_t)lrint(amplitude * edge(i, n, rate_hz) * x);
	}
}

int mx_tone_new(struct mx_clip **clipp, const struct mx_tone *tone,
		uint32_t rate_hz)
{
	const int parts = count_parts(tone, rate_hz);
	const double peak = 32767 * pow(10, tone->dbfs / 20.0);
	struct mx_clip *clip;
	size_t len = 0;
	int16_t *pcm;

	if (parts < 0 || !mx_resamp_has_rate(rate_hz) ||
	    tone->dbfs < -60 || tone->dbfs > -1)
		return -EINVAL;
	for (int i = 0; i < parts; i++)
		len += samples(tone->parts[i].on_ms, rate_hz) +
		       samples(tone->parts[i].off_ms, rate_hz);

	/* one block: the clip, then its samples */
	clip = calloc(1, sizeof(*clip) + len * sizeof(*pcm));
	if (!clip)
		return -ENOMEM;
	pcm = (int16_t *)(clip + 1);
	*clip = (struct mx_clip){ .rate_hz = rate_hz, .len = len, .pcm = pcm };

	for (int i = 0; i < parts; i++) {
		const size_t on = samples(tone->parts[i].on_ms, rate_hz);

		sound(pcm, on, &tone->parts[i], peak, rate_hz);
		pcm += on + samples(tone->parts[i].off_ms, rate_hz);
	}
	*clipp = clip;
	return 0;
}

void mx_tone_free(struct mx_clip *clip)
{
	free(clip);
}
