/* dsp_x86.h - the part of the filter that SSE4.1 and AVX2 share; private. */
#ifndef MX_DSP_X86_H
#define MX_DSP_X86_H

#include <smmintrin.h>
#include <string.h>
#include "dsp_tables.h"

/* Adds up the four sums of each of four outputs and rounds. The total may pass
 * 32 bits, so the bits above and below the shift are added apart. */
static inline __m128i fir_gather(const __m128i s[4], unsigned shift)
{
	const __m128i by = _mm_cvtsi32_si128((int)shift);
	const __m128i low = _mm_set1_epi32((1 << shift) - 1);
	const __m128i half = _mm_set1_epi32(1 << (shift - 1));
	const __m128i a = _mm_unpacklo_epi32(s[0], s[1]);
	const __m128i b = _mm_unpacklo_epi32(s[2], s[3]);
	const __m128i c = _mm_unpackhi_epi32(s[0], s[1]);
	const __m128i d = _mm_unpackhi_epi32(s[2], s[3]);
	const __m128i t0 = _mm_unpacklo_epi64(a, b);
	const __m128i t1 = _mm_unpackhi_epi64(a, b);
	const __m128i t2 = _mm_unpacklo_epi64(c, d);
	const __m128i t3 = _mm_unpackhi_epi64(c, d);
	const __m128i above = _mm_add_epi32(
		_mm_add_epi32(_mm_sra_epi32(t0, by), _mm_sra_epi32(t1, by)),
		_mm_add_epi32(_mm_sra_epi32(t2, by), _mm_sra_epi32(t3, by)));
	const __m128i below = _mm_add_epi32(
		_mm_add_epi32(_mm_and_si128(t0, low), _mm_and_si128(t1, low)),
		_mm_add_epi32(_mm_and_si128(t2, low), _mm_and_si128(t3, low)));

	return _mm_add_epi32(above, _mm_sra_epi32(_mm_add_epi32(below, half), by));
}

/* Sums up the products of four outputs, each into four by their place, k / 2
 * % 4: s[i] from x[i][0..taps) and h[i][0..taps). */
typedef void (fir_products)(__m128i s[4], const int16_t *const x[4],
			    const int16_t *const h[4], size_t taps);

/* The fir kernel, given an instruction set's way to sum up products. */
static inline void fir_by_four(int16_t *restrict out, const int16_t *restrict x,
			       const struct mx_fir *f, size_t n,
			       fir_products *products)
{
	struct fir_at at = fir_begin(f, x);

	for (size_t i = 0; i < n; i += 4) {
		const size_t m = n - i < 4 ? n - i : 4;
		const int16_t *xs[4], *hs[4];
		__m128i s[4], v;

		/* what is missing of the last four repeats the last there is */
		for (size_t j = 0; j < 4; j++) {
			xs[j] = at.x;
			hs[j] = at.h;
			if (j + 1 < m || m == 4)
				fir_next(&at);
		}
		products(s, xs, hs, f->taps);
		v = fir_gather(s, f->shift);
		v = _mm_packs_epi32(v, v);
		if (m == 4)
			_mm_storel_epi64((void *)(out + i), v);
		else
			memcpy(out + i, &v, m * sizeof(*out));
	}
}

#endif
