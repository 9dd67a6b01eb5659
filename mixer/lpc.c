/* lpc.c - linear prediction. */
#include "lpc.h"

#include <math.h>

static const float EXPANSION = 0.998f;
static const float WHITE = 1.0001f;     /* noise of -40 dB under all */
static const float LAG_HZ = 40;

enum { ORDER_8K = 10 };

/** A window that rises over nine tenths and falls over one. */
static float window(size_t i, size_t n)
{
	const float pi = 3.14159265f;
	size_t rise = n * 9 / 10, fall = n - rise;

	if (i < rise)
		return sinf(pi / 2 * ((float)i + 0.5f) / (float)rise);
	return cosf(pi / 2 * ((float)(i - rise) + 0.5f) / (float)fall);
}

static void autocorrelate(const float *x, size_t n, unsigned order,
			  uint32_t rate_hz, float *r)
{
	float w[MX_LPC_WINDOW_MAX];

	for (size_t i = 0; i < n; i++)
		w[i] = x[i] * window(i, n);
	for (unsigned k = 0; k <= order; k++) {
		float sum = 0, f = 2 * 3.14159265f * LAG_HZ * (float)k /
				   (float)rate_hz;

		for (size_t i = k; i < n; i++)
			sum += w[i] * w[i - k];
		r[k] = sum * expf(-0.5f * f * f);
	}
	r[0] = r[0] * WHITE + 1;
}

void mx_lpc_find(struct mx_lpc *l, const float *x, size_t n, uint32_t rate_hz)
{
	float r[MX_LPC_ORDER_MAX + 1], *a = l->a, error, widen = 1;

	l->order = rate_hz <= 8000 ? ORDER_8K : MX_LPC_ORDER_MAX;
	autocorrelate(x, n, l->order, rate_hz, r);
	error = r[0];
	for (unsigned i = 0; i < l->order; i++) {
		float sum = r[i + 1], k;

		for (unsigned j = 0; j < i; j++)
			sum += a[j] * r[i - j];
		k = -sum / error;
		for (unsigned j = 0; j < (i + 1) / 2; j++) {
			float u = a[j], v = a[i - 1 - j];

			a[j] = u + k * v;
			a[i - 1 - j] = v + k * u;
		}
		a[i] = k;
		error *= 1 - k * k;
	}
	for (unsigned i = 0; i < l->order; i++)
		a[i] *= widen *= EXPANSION;
}

void mx_lpc_residual(const struct mx_lpc *l, const float *x, size_t n,
		     float *out)
{
	for (size_t i = 0; i < n; i++) {
		float e = x[i];

		for (unsigned k = 0; k < l->order; k++)
			e += l->a[k] * x[(ptrdiff_t)i - 1 - (ptrdiff_t)k];
		out[i] = e;
	}
}
