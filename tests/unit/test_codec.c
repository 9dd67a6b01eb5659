/* test_codec.c - the table of codecs; G.711 against spandsp's; L16. Those with
 * a state are in test_codec_state.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <spandsp.h>

#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "t_rand.h"
#include "t_wave.h"

static int decode(const struct mx_codec *c, const uint8_t *payload, size_t len,
		  int16_t *out, size_t max)
{
	assert_int_equal(c->dec_size(), 0);
	c->dec_init(NULL);
	return c->decode(NULL, mx_dsp_best(), payload, len, out, max);
}

static int encode(const struct mx_codec *c, const int16_t *pcm, size_t n,
		  uint8_t *out, size_t max)
{
	assert_int_equal(c->enc_size(), 0);
	c->enc_init(NULL, &(struct mx_codec_par){ 0 });
	return c->encode(NULL, mx_dsp_best(), pcm, n, out, max);
}

/* ---- the table ---- */

static void static_payload_types_are_those_of_rfc_3551(void **state)
{
	static const struct {
		uint8_t pt;
		const char *name;
		uint32_t clock_hz;
		uint8_t channels;
	} want[] = {
		{ 0, "PCMU", 8000, 1 }, { 8, "PCMA", 8000, 1 },
		{ 9, "G722", 8000, 1 },
		{ 10, "L16", 44100, 2 }, { 11, "L16", 44100, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct mx_codec *c = mx_codec_by_pt(want[i].pt);

		assert_non_null(c);
		assert_string_equal(c->name, want[i].name);
		assert_int_equal(c->clock_hz, want[i].clock_hz);
		assert_int_equal(c->channels, want[i].channels);
		assert_ptr_equal(mx_codec_find(c->name, c->clock_hz, c->channels), c);
	}
	assert_null(mx_codec_by_pt(3));
	assert_null(mx_codec_by_pt(96));
	assert_null(mx_codec_by_pt(MX_PT_NONE));
}

static void names_are_found_in_any_case(void **state)
{
	(void)state;
	assert_ptr_equal(mx_codec_find("pcmA", 8000, 1), mx_codec_by_pt(8));
	assert_non_null(mx_codec_find("l16", 8000, 1));
	assert_non_null(mx_codec_find("L16", 16000, 1));
	assert_non_null(mx_codec_find("L16", 48000, 1));
	assert_null(mx_codec_find("PCMU", 16000, 1));
	assert_null(mx_codec_find("PCMU", 8000, 2));
	assert_null(mx_codec_find("L16", 48000, 2));
	assert_null(mx_codec_find("", 8000, 1));
}

static void every_entry_is_complete_and_there_once(void **state)
{
	const struct mx_codec *c;
	unsigned n = 0;

	(void)state;
	for (; (c = mx_codec_nth(n)); n++) {
		assert_true(c->rate_hz >= 8000 && c->rate_hz <= MX_RATE_MAX_HZ);
		assert_true(c->dec_init && c->dec_size && c->enc_init &&
			    c->enc_size && c->samples && c->payload_max &&
			    c->decode && c->encode);
		assert_ptr_equal(mx_codec_find(c->name, c->clock_hz, c->channels), c);
	}
	assert_int_equal(n, 9);
	assert_null(mx_codec_nth(n + 1));
}

/* ---- G.711 ---- */

static void g711_decodes_as_spandsp_does(void **state)
{
	uint8_t codes[256];
	int16_t u[256], a[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		codes[i] = (uint8_t)i;
	assert_int_equal(decode(mx_codec_by_pt(0), codes, 256, u, 256), 256);
	assert_int_equal(decode(mx_codec_by_pt(8), codes, 256, a, 256), 256);
	for (int i = 0; i < 256; i++) {
		assert_int_equal(u[i], ulaw_to_linear(codes[i]));
		assert_int_equal(a[i], alaw_to_linear(codes[i]));
	}
}

static void g711_encodes_all_samples_as_spandsp_does(void **state)
{
	int16_t pcm[960];
	uint8_t u[960], a[960];

	(void)state;
	for (int32_t x = INT16_MIN; x <= INT16_MAX; x += 960) {
		size_t n = 0;

		for (; n < 960 && x + (int32_t)n <= INT16_MAX; n++)
			pcm[n] = (int16_t)(x + (int32_t)n);
		assert_int_equal(encode(mx_codec_by_pt(0), pcm, n, u, n), n);
		assert_int_equal(encode(mx_codec_by_pt(8), pcm, n, a, n), n);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(u[i], linear_to_ulaw(pcm[i]));
			assert_int_equal(a[i], linear_to_alaw(pcm[i]));
		}
	}
}

/* Transcoding back and forth does not wear a call out. 0x7f is u-law's second
 * zero. */
static void g711_codes_survive_decode_and_encode(void **state)
{
	static const uint8_t pts[] = { 0, 8 };

	(void)state;
	for (int p = 0; p < 2; p++)
		for (int i = 0; i < 256; i++) {
			const uint8_t code = (uint8_t)i;
			int16_t pcm;
			uint8_t back;

			assert_int_equal(decode(mx_codec_by_pt(pts[p]), &code, 1, &pcm, 1), 1);
			assert_int_equal(encode(mx_codec_by_pt(pts[p]), &pcm, 1, &back, 1), 1);
			if (pts[p] == 0 && code == 0x7f)
				assert_int_equal(back, 0xff);
			else
				assert_int_equal(back, code);
		}
}

/* The 38 dB that G.711 is known for. */
static void g711_keeps_a_sine_clean(void **state)
{
	static const uint8_t pts[] = { 0, 8 };
	int16_t pcm[960];
	uint8_t code[960];

	(void)state;
	for (int p = 0; p < 2; p++) {
		struct t_fit fit;

		for (size_t i = 0; i < 960; i++)
			pcm[i] = (int16_t)lrint(t_sine(16000, 1004, 8000, i));
		assert_int_equal(encode(mx_codec_by_pt(pts[p]), pcm, 960, code, 960), 960);
		assert_int_equal(decode(mx_codec_by_pt(pts[p]), code, 960, pcm, 960), 960);
		fit = t_fit(pcm, 960, 1004, 8000);
		assert_true(t_db(fit.amplitude / sqrt(2) / fit.rest) > 37);
	}
}

/* ---- L16 ---- */

static void l16_is_most_significant_byte_first(void **state)
{
	static const int16_t pcm[] = { 0x1234, -2, INT16_MIN };
	static const uint8_t want[] = { 0x12, 0x34, 0xff, 0xfe, 0x80, 0x00 };
	const struct mx_codec *c = mx_codec_find("L16", 16000, 1);
	uint8_t out[6];
	int16_t back[3];

	(void)state;
	assert_int_equal(encode(c, pcm, 3, out, 6), 6);
	assert_memory_equal(out, want, 6);
	assert_int_equal(decode(c, want, 6, back, 3), 3);
	assert_memory_equal(back, pcm, sizeof(pcm));
}

static void two_channels_become_their_mean_and_both_get_it(void **state)
{
	static const uint8_t in[] = { 0x10, 0x00, 0x30, 0x00, 0x7f, 0xff, 0x7f, 0xff,
				      0x80, 0x00, 0x80, 0x00, 0x80, 0x00, 0x7f, 0xff };
	static const int16_t want[] = { 0x2000, INT16_MAX, INT16_MIN, 0 };
	static const uint8_t twice[] = { 0x20, 0x00, 0x20, 0x00, 0x7f, 0xff, 0x7f, 0xff,
					 0x80, 0x00, 0x80, 0x00, 0, 0, 0, 0 };
	const struct mx_codec *c = mx_codec_by_pt(10);
	int16_t pcm[4];
	uint8_t out[16];

	(void)state;
	assert_int_equal(c->samples(in, sizeof(in)), 4);
	assert_int_equal(decode(c, in, sizeof(in), pcm, 4), 4);
	assert_memory_equal(pcm, want, sizeof(want));
	assert_int_equal(encode(c, pcm, 4, out, 16), 16);
	assert_memory_equal(out, twice, sizeof(twice));
}

/* ---- bounds, of all that keep nothing ---- */

static void any_ptime_goes_there_and_back(void **state)
{
	const struct mx_codec *c;
	static int16_t pcm[MX_FRAME_MAX], back[MX_FRAME_MAX], again[MX_FRAME_MAX];
	static uint8_t out[4 * MX_FRAME_MAX], out2[4 * MX_FRAME_MAX];
	uint32_t seed = 41;

	(void)state;
	for (unsigned i = 0; i < MX_FRAME_MAX; i++)
		pcm[i] = (int16_t)t_rand(&seed);
	for (unsigned i = 0; (c = mx_codec_nth(i)); i++)
		for (unsigned ms = 10; ms <= MX_PTIME_MAX_MS; ms += 10) {
			const int n = (int)(c->rate_hz / 100 * ms / 10);
			int len;

			if (c->enc_size())
				continue;
			len = encode(c, pcm, (size_t)n, out, sizeof(out));
			assert_true(len > 0);
			assert_int_equal(c->payload_max((size_t)n), len);
			assert_int_equal(c->samples(out, (size_t)len), n);
			assert_int_equal(decode(c, out, (size_t)len, back, MX_FRAME_MAX), n);
			/* what was decoded once stays the same from there on */
			assert_int_equal(encode(c, back, (size_t)n, out2, sizeof(out2)), len);
			assert_int_equal(decode(c, out2, (size_t)len, again, MX_FRAME_MAX), n);
			assert_memory_equal(back, again, (size_t)n * sizeof(*back));
		}
}

static void what_does_not_fit_is_refused(void **state)
{
	const struct mx_codec *c;
	static uint8_t payload[4 * MX_FRAME_MAX + 4];
	static int16_t pcm[MX_FRAME_MAX + 1];

	(void)state;
	for (unsigned i = 0; (c = mx_codec_nth(i)); i++) {
		const size_t bytes = c->name[0] == 'L' ? 2u * c->channels : 1;
		const size_t most = c->name[0] == 'L' ? MX_FRAME_MAX : 960;

		if (c->enc_size())
			continue;
		assert_int_equal(c->payload_max(most + 1), 0);
		assert_int_equal(c->samples(payload, 0), -EINVAL);
		assert_int_equal(c->samples(payload, bytes * (most + 1)), -EINVAL);
		assert_int_equal(decode(c, payload, 0, pcm, 80), -EINVAL);
		assert_int_equal(decode(c, payload, bytes * 80, pcm, 79), -EINVAL);
		assert_int_equal(encode(c, pcm, 0, payload, 80), -EINVAL);
		assert_int_equal(encode(c, pcm, 80, payload, bytes * 80 - 1), -EINVAL);
		assert_int_equal(encode(c, pcm, most + 1, payload, sizeof(payload)), -EINVAL);
		if (bytes > 1) {
			assert_int_equal(c->samples(payload, bytes + 1), -EINVAL);
			assert_int_equal(decode(c, payload, bytes + 1, pcm, 80), -EINVAL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(static_payload_types_are_those_of_rfc_3551),
		cmocka_unit_test(names_are_found_in_any_case),
		cmocka_unit_test(every_entry_is_complete_and_there_once),
		cmocka_unit_test(g711_decodes_as_spandsp_does),
		cmocka_unit_test(g711_encodes_all_samples_as_spandsp_does),
		cmocka_unit_test(g711_codes_survive_decode_and_encode),
		cmocka_unit_test(g711_keeps_a_sine_clean),
		cmocka_unit_test(l16_is_most_significant_byte_first),
		cmocka_unit_test(two_channels_become_their_mean_and_both_get_it),
		cmocka_unit_test(any_ptime_goes_there_and_back),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
