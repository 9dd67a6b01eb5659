/* take.c - see take.h */
#include "take.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/clip.h"
#include "mixer/resamp.h"
#include "mixer/tap.h"

enum {
	HZ = 16000,
	FRAME = HZ / 100,
	LOUD = 500,             /* mean magnitude of a frame with speech in it:
				 * some -36 dBov */
	SPARE = 10,             /* frames kept before and after it: soft sounds */
	LEAST = 20              /* frames from the first loud one to the last */
};

struct take {
	struct mx_resamp rs;
	size_t frames, max;
	int16_t pcm[];          /* [max * FRAME] */
};

int take_new(struct take **tp, const struct mx_resamp_bank *bank, uint32_t max_ms)
{
	const size_t max = max_ms / 10;
	struct take *t = calloc(1, sizeof(*t) + max * FRAME * sizeof(t->pcm[0]));
	int err;

	if (!t)
		return -ENOMEM;
	t->max = max;
	err = mx_resamp_init(&t->rs, bank, MX_TAP_HZ, HZ);
	if (err) {
		free(t);
		return err;
	}
	*tp = t;
	return 0;
}

void take_free(struct take *t)
{
	free(t);
}

void take_put(struct take *t, const uint8_t *pcm)
{
	int16_t in[MX_TAP_LEN] = { 0 };

	if (t->frames == t->max)
		return;
	for (size_t i = 0; pcm && i < MX_TAP_LEN; i++)
		in[i] = (int16_t)(pcm[2 * i] << 8 | pcm[2 * i + 1]);
	mx_resamp_run(&t->rs, t->pcm + t->frames * FRAME, in);
	t->frames++;
}

static int is_loud(const struct take *t, size_t frame)
{
	const int16_t *pcm = t->pcm + frame * FRAME;
	int sum = 0;

	for (int i = 0; i < FRAME; i++)
		sum += abs(pcm[i]);
	return sum / FRAME > LOUD;
}

struct mx_clip *take_clip(const struct take *t)
{
	size_t from = 0, to = t->frames, len;
	struct mx_clip *clip;
	int16_t *pcm;

	while (from < to && !is_loud(t, from))
		from++;
	while (to > from && !is_loud(t, to - 1))
		to--;
	if (to - from < LEAST)
		return NULL;
	from -= from < SPARE ? from : SPARE;
	to += t->frames - to < SPARE ? t->frames - to : SPARE;
	len = (to - from) * FRAME;
	clip = malloc(sizeof(*clip) + len * sizeof(*pcm));
	if (!clip)
		return NULL;
	pcm = (int16_t *)(void *)(clip + 1);
	memcpy(pcm, t->pcm + from * FRAME, len * sizeof(*pcm));
	*clip = (struct mx_clip){ .rate_hz = HZ, .len = len, .pcm = pcm };
	return clip;
}
