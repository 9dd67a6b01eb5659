/* stream.c - see stream.h */
#include "stream.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "resamp.h"

struct mx_stream {
	struct mx_clip clip;            /* the first: see mx_stream_of() */
	uint64_t mask;                  /* of places; 2 s or more of them */
	uint64_t delay;                 /* samples */
	_Atomic uint64_t head;          /* place of the next sample, never 0 */
	_Atomic int16_t pcm[];
};

int mx_stream_new(struct mx_stream **sp, uint32_t rate_hz)
{
	struct mx_stream *s;
	uint64_t size = 1;

	if (!mx_resamp_has_rate(rate_hz))
		return -EINVAL;
	while (size < 2 * (uint64_t)rate_hz)
		size *= 2;
	s = calloc(1, sizeof(*s) + size * sizeof(s->pcm[0]));
	if (!s)
		return -ENOMEM;
	s->clip = (struct mx_clip){ .rate_hz = rate_hz, .len = MX_CLIP_ENDLESS };
	s->mask = size - 1;
	s->delay = (uint64_t)rate_hz * MX_STREAM_DELAY_MS / 1000;
	atomic_init(&s->head, size);
	*sp = s;
	return 0;
}

void mx_stream_free(struct mx_stream *s)
{
	free(s);
}

const struct mx_clip *mx_stream_clip(const struct mx_stream *s)
{
	return &s->clip;
}

const struct mx_stream *mx_stream_of(const struct mx_clip *clip)
{
	return clip->len == MX_CLIP_ENDLESS ? (const void *)clip : NULL;
}

void mx_stream_put(struct mx_stream *s, const int16_t *pcm, size_t n)
{
	const uint64_t head = atomic_load_explicit(&s->head, memory_order_relaxed);

	for (size_t i = 0; i < n; i++)
		atomic_store_explicit(&s->pcm[(head + i) & s->mask],
				      pcm ? pcm[i] : 0, memory_order_relaxed);
	atomic_store_explicit(&s->head, head + n, memory_order_release);
}

size_t mx_stream_get(const struct mx_stream *s, uint64_t *pos, int16_t *out,
		     size_t n)
{
	const uint64_t head = atomic_load_explicit(&s->head, memory_order_acquire);

	/* half the ring is as far behind as is safe from being run over */
	if (*pos == 0 || *pos > head || head - *pos > (s->mask + 1) / 2)
		*pos = head - s->delay;
	if (n > head - *pos)
		n = head - *pos;
	for (size_t i = 0; i < n; i++)
		out[i] = atomic_load_explicit(&s->pcm[(*pos + i) & s->mask],
					      memory_order_relaxed);
	*pos += n;
	return n;
}
