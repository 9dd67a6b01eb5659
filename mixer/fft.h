/*
 * fft.h - the discrete Fourier transform of complex frames, for echo control.
 *
 * What does it do? X[k] = sum of x[i] exp(-2 pi j i k / n), n a power of two,
 * not scaled. How does it work? Stockham's form: radix 4, a last step of
 * radix 2 where n asks for it, no bit reversal; real and imaginary parts lie
 * in arrays of their own, so that four butterflies go side by side. How do I
 * use it? Two real signals go in as the parts of one complex one, and come
 * apart by mx_fft_split(); for the way back the arrays change places: the
 * transform of (im, re) is the inverse's (im, re), times n.
 *
 * A plan is made once, immutable and shared by all threads.
 */
#ifndef MX_FFT_H
#define MX_FFT_H

struct mx_fft;

enum { MX_FFT_MIN = 64, MX_FFT_MAX = 4096 };

/** 0, -EINVAL (n is no power of two, or out of bounds) or -ENOMEM. */
int mx_fft_new(struct mx_fft **fp, unsigned n);
/** NULL is fine. */
void mx_fft_free(struct mx_fft *f);

/**
 * Transforms in place.
 *
 * @param re, im  [n]
 * @param tmp     [2 * n], scratch
 *
 * All three are aligned to 16 bytes.
 */
void mx_fft_run(const struct mx_fft *f, float *re, float *im, float *tmp);

/** Of the transform of a + jb, a and b real: A[k] and B[k]; 0 < k < n / 2. */
static inline void mx_fft_split(const float *re, const float *im, unsigned n,
				unsigned k, float a[2], float b[2])
{
	const unsigned m = n - k;

	a[0] = (re[k] + re[m]) / 2;
	a[1] = (im[k] - im[m]) / 2;
	b[0] = (im[k] + im[m]) / 2;
	b[1] = (re[m] - re[k]) / 2;
}

#endif
