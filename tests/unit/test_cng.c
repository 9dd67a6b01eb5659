/* test_cng.c - comfort noise: faint, steady, seamless, for codecs that have no
 * background of their own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "mixer/cng.h"
#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "t_speech.h"

enum { PACKET = 2, PACKETS = 150 };     /* 20 ms, three times around */

static struct mx_cng *cng;
static int16_t pcm[PACKETS * PACKET * 480];

static int setup(void **state)
{
	(void)state;
	return mx_cng_new(&cng, mx_dsp_best());
}

static int teardown(void **state)
{
	(void)state;
	mx_cng_free(cng);
	return 0;
}

/* Decodes three seconds of it from frame at on; how many samples. */
static size_t listen(const struct mx_codec *c, unsigned at)
{
	const size_t n = PACKET * c->rate_hz / 100;
	void *dec = calloc(1, c->dec_size() + 1);
	void *enc = calloc(1, c->enc_size() + 1);
	uint8_t payload[4000];

	assert_true(dec && enc);
	c->dec_init(dec);
	for (unsigned i = 0; i < PACKETS; i++) {
		size_t len = mx_cng_payload(cng, c, at + i * PACKET, PACKET, enc,
					    payload, sizeof(payload));

		assert_int_equal(len, c->payload_max(n));
		assert_int_equal(c->decode(dec, mx_dsp_best(), payload, len,
					   pcm + i * n, n), n);
	}
	free(dec);
	free(enc);
	return PACKETS * n;
}

static void codecs_with_a_background_need_none(void **state)
{
	(void)state;
	assert_false(mx_cng_has(cng, mx_codec_find("opus", 48000, 2)));
	assert_false(mx_cng_has(NULL, mx_codec_find("PCMU", 8000, 1)));
	assert_true(mx_cng_has(cng, mx_codec_find("PCMU", 8000, 1)));
	assert_true(mx_cng_has(cng, mx_codec_find("PCMA", 8000, 1)));
	assert_true(mx_cng_has(cng, mx_codec_find("G722", 8000, 1)));
	assert_true(mx_cng_has(cng, mx_codec_find("L16", 16000, 1)));
}

static void it_is_faint_and_steady(void **state)
{
	const struct mx_codec *c;

	(void)state;
	for (unsigned i = 0; (c = mx_codec_nth(i)); i++) {
		const size_t part = c->rate_hz / 10;
		size_t n;

		if (!mx_cng_has(cng, c))
			continue;
		n = listen(c, 7);
		/* the decoder of G.722 begins anew in this */
		for (size_t at = part; at + part <= n; at += part) {
			double db = t_dbov(pcm + at, part);

			if (fabs(db - MX_CNG_DBOV) > 2.5)
				fail_msg("%s/%u: %.1f dBov at %zu", c->name,
					 c->rate_hz, db, at);
		}
	}
}

/* Where it begins again, and from packet to packet, no step is larger than
 * within. */
static void it_has_no_seam(void **state)
{
	const struct mx_codec *c = mx_codec_find("L16", 16000, 1);
	const size_t n = listen(c, 0);
	int within = 0, at_seams = 0;

	(void)state;
	for (size_t i = 1; i < n; i++) {
		int step = abs(pcm[i] - pcm[i - 1]);
		int *most = i % (MX_CNG_FRAMES * 160) == 0 ? &at_seams : &within;

		*most = step > *most ? step : *most;
	}
	assert_true(at_seams > 0 && at_seams <= within);
}

/* Speech after it is what it would be had the noise been encoded. */
static void the_encoder_stands_where_it_would(void **state)
{
	const struct mx_codec *c = mx_codec_find("G722", 8000, 1);
	const size_t n = PACKET * c->rate_hz / 100;
	void *dec = calloc(1, c->dec_size()), *enc = calloc(1, c->enc_size());
	int16_t said[640], heard[640], *tail = heard + n;
	uint8_t payload[400];

	(void)state;
	assert_true(dec && enc);
	c->dec_init(dec);
	c->enc_init(enc, &(struct mx_codec_par){ 0 });
	for (unsigned i = 0; i < PACKETS; i++) {
		size_t len = mx_cng_payload(cng, c, i * PACKET, PACKET, enc,
					    payload, sizeof(payload));

		c->decode(dec, mx_dsp_best(), payload, len, heard, n);
	}
	t_voice(said, 2 * n, c->rate_hz, 4000);
	for (int i = 0; i < 2; i++) {
		int len = c->encode(enc, mx_dsp_best(), said + (size_t)i * n, n,
				    payload, sizeof(payload));

		assert_true(len > 0);
		c->decode(dec, mx_dsp_best(), payload, (size_t)len,
			  heard + (size_t)i * n, n);
	}
	/* G.722 is 22 samples late */
	for (size_t i = 0; i + 22 < n; i++)
		tail[i] = (int16_t)(tail[i + 22] - said[n + i]);
	assert_true(t_dbov(tail, n - 22) < t_dbov(said + n, n) - 12);
	free(dec);
	free(enc);
}

static void what_does_not_fit_is_not_written(void **state)
{
	const struct mx_codec *c = mx_codec_find("PCMU", 8000, 1);
	uint8_t out[160];

	(void)state;
	assert_int_equal(mx_cng_payload(cng, c, 0, 2, NULL, out, 159), 0);
	assert_int_equal(mx_cng_payload(cng, c, 0, 0, NULL, out, 160), 0);
	assert_int_equal(mx_cng_payload(cng, c, UINT32_MAX - 1, 2, NULL, out, 160),
			 160);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codecs_with_a_background_need_none),
		cmocka_unit_test(it_is_faint_and_steady),
		cmocka_unit_test(it_has_no_seam),
		cmocka_unit_test(the_encoder_stands_where_it_would),
		cmocka_unit_test(what_does_not_fit_is_not_written),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
