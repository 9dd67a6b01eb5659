/* echo_ring.c - see echo_ring.h */
#include "echo_ring.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { PIECE = 480 };

void mx_echo_ring_reset(struct mx_echo_ring *r, int64_t at)
{
	memset(r->x, 0, r->size * sizeof(*r->x));
	r->end = at;
}

static void write(struct mx_echo_ring *r, int64_t at, const int16_t *x,
		  size_t n)
{
	const size_t from = (size_t)at & (r->size - 1);
	const size_t first = n < r->size - from ? n : r->size - from;

	if (x) {
		memcpy(r->x + from, x, first * sizeof(*x));
		memcpy(r->x, x + first, (n - first) * sizeof(*x));
	} else {
		memset(r->x + from, 0, first * sizeof(*x));
		memset(r->x, 0, (n - first) * sizeof(*x));
	}
}

void mx_echo_ring_put(struct mx_echo_ring *r, int64_t at, const int16_t *x,
		      size_t n)
{
	assert(n < r->size);
	if (at - r->end >= (int64_t)r->size)
		mx_echo_ring_reset(r, at);
	else if (at > r->end)
		write(r, r->end, NULL, (size_t)(at - r->end));
	write(r, at, x, n);
	r->end = at + (int64_t)n;
}

static void read(const struct mx_echo_ring *r, int64_t at, int16_t *out,
		 size_t n)
{
	const size_t from = (size_t)at & (r->size - 1);
	const size_t first = n < r->size - from ? n : r->size - from;

	memcpy(out, r->x + from, first * sizeof(*out));
	memcpy(out + first, r->x, (n - first) * sizeof(*out));
}

void mx_echo_ring_get(const struct mx_echo_ring *r, int64_t at, int16_t *out,
		      size_t n)
{
	const int64_t oldest = r->end - (int64_t)r->size;
	const int64_t from = at > oldest ? at : oldest;
	const int64_t end = at + (int64_t)n < r->end ? at + (int64_t)n : r->end;

	if (from >= end) {
		memset(out, 0, n * sizeof(*out));
		return;
	}
	memset(out, 0, (size_t)(from - at) * sizeof(*out));
	read(r, from, out + (from - at), (size_t)(end - from));
	memset(out + (end - at), 0,
	       (size_t)(at + (int64_t)n - end) * sizeof(*out));
}

void mx_echo_ring_get_between(const struct mx_echo_ring *r, double at,
			      int16_t *out, size_t n)
{
	const int64_t k = (int64_t)floor(at);
	const float f = (float)(at - (double)k);
	/* at -1, 0, 1 and 2 */
	const float c[4] = {
		-f * (f - 1) * (f - 2) / 6, (f + 1) * (f - 1) * (f - 2) / 2,
		-(f + 1) * f * (f - 2) / 2, (f + 1) * f * (f - 1) / 6
	};
	int16_t x[PIECE + 3];

	assert(n <= PIECE);
	mx_echo_ring_get(r, k - 1, x, n + 3);
	for (size_t i = 0; i < n; i++) {
		const float y = c[0] * x[i] + c[1] * x[i + 1] +
			c[2] * x[i + 2] + c[3] * x[i + 3];

		out[i] = (int16_t)lrintf(fmaxf(-32768, fminf(32767, y)));
	}
}
