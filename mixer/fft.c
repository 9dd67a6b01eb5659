/*
 * fft.c - see fft.h
 *
 * Each step takes frames of length len and turns them into four (two) of a
 * quarter (half) of it; stride is how many frames there are by then, and their
 * samples lie side by side. See Van Loan, "Computational Frameworks for the
 * Fast Fourier Transform", 1.7.
 */
#include "fft.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 4 };

typedef float vec __attribute__((vector_size(16), may_alias));

struct mx_fft {
	unsigned n;
	/* exp(-2 pi j k / n) and its square and cube, k < n / 4 */
	float *wr[3], *wi[3];
	_Alignas(16) float mem[];
};

int mx_fft_new(struct mx_fft **fp, unsigned n)
{
	struct mx_fft *f;

	if (n < MX_FFT_MIN || n > MX_FFT_MAX || (n & (n - 1)))
		return -EINVAL;
	f = calloc(1, sizeof(*f) + n / 4 * 6 * sizeof(float));
	if (!f)
		return -ENOMEM;
	f->n = n;
	for (unsigned m = 0; m < 3; m++) {
		f->wr[m] = f->mem + n / 4 * m;
		f->wi[m] = f->mem + n / 4 * (3 + m);
		for (unsigned k = 0; k < n / 4; k++) {
			const double a = -2 * M_PI * k * (m + 1) / n;

			f->wr[m][k] = (float)cos(a);
			f->wi[m][k] = (float)sin(a);
		}
	}
	*fp = f;
	return 0;
}

void mx_fft_free(struct mx_fft *f)
{
	free(f);
}

struct cvec {
	vec re, im;
};

static struct cvec load(const float *re, const float *im)
{
	return (struct cvec){ *(const vec *)re, *(const vec *)im };
}

static void store(float *re, float *im, struct cvec v)
{
	*(vec *)re = v.re;
	*(vec *)im = v.im;
}

static struct cvec add(struct cvec a, struct cvec b)
{
	return (struct cvec){ a.re + b.re, a.im + b.im };
}

static struct cvec sub(struct cvec a, struct cvec b)
{
	return (struct cvec){ a.re - b.re, a.im - b.im };
}

static struct cvec mul(struct cvec a, vec wr, vec wi)
{
	return (struct cvec){ a.re * wr - a.im * wi, a.re * wi + a.im * wr };
}

/* The four-point transform of x[], in place. */
static void four(struct cvec x[4])
{
	const struct cvec s02 = add(x[0], x[2]), d02 = sub(x[0], x[2]);
	const struct cvec s13 = add(x[1], x[3]), d13 = sub(x[1], x[3]);
	const struct cvec jd13 = { -d13.im, d13.re };

	x[0] = add(s02, s13);
	x[1] = sub(d02, jd13);
	x[2] = sub(s02, s13);
	x[3] = add(d02, jd13);
}

static vec all(float x)
{
	return (vec){ x, x, x, x };
}

/* The first step: four neighbours of one frame side by side. Their results
 * are four apart in the output. */
static void first_step(const struct mx_fft *f, const float *xr,
		       const float *xi, float *yr, float *yi)
{
	const unsigned q = f->n / 4;

	for (unsigned p = 0; p < q; p += LANES) {
		struct cvec x[4];

		for (unsigned m = 0; m < 4; m++)
			x[m] = load(xr + p + m * q, xi + p + m * q);
		four(x);
		for (unsigned m = 1; m < 4; m++)
			x[m] = mul(x[m], *(const vec *)(f->wr[m - 1] + p),
				   *(const vec *)(f->wi[m - 1] + p));
		for (unsigned l = 0; l < LANES; l++) {
			store(yr + 4 * (p + l), yi + 4 * (p + l),
			      (struct cvec){
				{ x[0].re[l], x[1].re[l], x[2].re[l],
				  x[3].re[l] },
				{ x[0].im[l], x[1].im[l], x[2].im[l],
				  x[3].im[l] } });
		}
	}
}

static void step4(const struct mx_fft *f, unsigned len, unsigned stride,
		  const float *xr, const float *xi, float *yr, float *yi)
{
	const unsigned q = len / 4;

	for (unsigned p = 0; p < q; p++)
		for (unsigned i = 0; i < stride; i += LANES) {
			struct cvec x[4];

			for (unsigned m = 0; m < 4; m++) {
				const unsigned at = i + stride * (p + m * q);

				x[m] = load(xr + at, xi + at);
			}
			four(x);
			for (unsigned m = 0; m < 4; m++) {
				const unsigned at = i + stride * (4 * p + m);

				if (m > 0 && p > 0)
					x[m] = mul(x[m],
						   all(f->wr[m - 1][p * stride]),
						   all(f->wi[m - 1][p * stride]));
				store(yr + at, yi + at, x[m]);
			}
		}
}

/* The last step where n is no power of four. */
static void step2(unsigned stride, const float *xr, const float *xi, float *yr,
		  float *yi)
{
	for (unsigned i = 0; i < stride; i += LANES) {
		const struct cvec a = load(xr + i, xi + i);
		const struct cvec b = load(xr + i + stride, xi + i + stride);

		store(yr + i, yi + i, add(a, b));
		store(yr + i + stride, yi + i + stride, sub(a, b));
	}
}

void mx_fft_run(const struct mx_fft *f, float *re, float *im, float *tmp)
{
	float *x[2] = { re, im }, *y[2] = { tmp, tmp + f->n };
	unsigned len = f->n / 4, stride = 4;

	first_step(f, re, im, tmp, tmp + f->n);
	while (len > 1) {
		float *from[2] = { y[0], y[1] };

		if (len > 2)
			step4(f, len, stride, y[0], y[1], x[0], x[1]);
		else
			step2(stride, y[0], y[1], x[0], x[1]);
		stride *= 4;
		len /= 4;
		memcpy(y, x, sizeof(y));
		memcpy(x, from, sizeof(x));
	}
	if (y[0] != re)
		memcpy(re, y[0], f->n * sizeof(*re));
	if (y[0] != re)
		memcpy(im, y[1], f->n * sizeof(*im));
}
