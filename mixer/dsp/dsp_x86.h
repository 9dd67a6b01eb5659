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
	const __m128i a = _mm_unpacklo_epi32(s[0], s[1]);
	const __m128i b = _mm_unpacklo_epi32(s[2], s[3]);
	const __m128i c = _mm_unpackhi_epi32(s[0], s[1]);
	const __m128i d = _mm_unpackhi_epi32(s[2], s[3]);
	const __m128i column[4] = {
		_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b),
		_mm_unpacklo_epi64(c, d), _mm_unpackhi_epi64(c, d)
	};
	__m128i above = _mm_setzero_si128();
	__m128i below = _mm_set1_epi32(1 << (shift - 1));

	for (int i = 0; i < 4; i++) {
		above = _mm_add_epi32(above, _mm_sra_epi32(column[i], by));
		below = _mm_add_epi32(below, _mm_and_si128(column[i], low));
	}
	return _mm_add_epi32(above, _mm_sra_epi32(below, by));
}

/* The fir kernel, given one output's products summed into four by their place,
 * k / 2 % 4. */
static inline void fir_by_four(int16_t *restrict out, const int16_t *restrict x,
			       const struct mx_fir *f, size_t n,
			       __m128i (*products)(const struct fir_at *))
{
	struct fir_at at = fir_begin(f, x);
	__m128i s[4] = { 0 }, v;
	int16_t y[8];

	for (size_t i = 0; i < n; i += 4) {
		const size_t m = n - i < 4 ? n - i : 4;

		for (size_t j = 0; j < m; j++, fir_next(&at))
			s[j] = products(&at);
		v = fir_gather(s, f->shift);
		_mm_storeu_si128((void *)y, _mm_packs_epi32(v, v));
		memcpy(out + i, y, m * sizeof(*out));
	}
}

#endif
