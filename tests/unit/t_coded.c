/* t_coded.c - see t_coded.h */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "t_coded.h"
#include "t_rand.h"
#include "t_voice.h"
#include "t_wave.h"

const struct mx_codec_par plain;
int16_t sound[LEN], heard[LEN + MX_FRAME_MAX];
struct t_packet packet[PACKETS];
unsigned packets, frame;

const struct mx_codec *opus(void)
{
	return mx_codec_find("opus", 48000, 2);
}

const struct mx_codec *g722(void)
{
	return mx_codec_by_pt(9);
}

void *new_enc(const struct mx_codec *c, const struct mx_codec_par *par)
{
	void *enc = malloc(c->enc_size());

	assert_non_null(enc);
	c->enc_init(enc, par);
	return enc;
}

void *new_dec(const struct mx_codec *c)
{
	void *dec = malloc(c->dec_size());

	assert_non_null(dec);
	c->dec_init(dec);
	return dec;
}

void make_voice(void)
{
	static int16_t voice[LEN];      /* it takes its time */

	if (!voice[LEN - 1] && !voice[LEN - 2])
		t_voice(voice, LEN, 48000, 0);
	memcpy(sound, voice, sizeof(sound));
}

void make_tone(double amplitude, double hz, double rate)
{
	for (size_t i = 0; i < LEN; i++)
		sound[i] = (int16_t)lrint(t_sine(amplitude, hz, rate, i));
}

void make_noise(double amplitude, size_t from, size_t to)
{
	uint32_t seed = 7;

	for (size_t i = from; i < to; i++)
		sound[i] = (int16_t)lrint(amplitude *
			((int32_t)t_rand(&seed) / 2147483648.0));
}

void encode_with(const struct mx_codec *c, void *enc, unsigned ms)
{
	frame = c->rate_hz / 1000 * ms;
	packets = 0;
	for (size_t at = 0; at + frame <= c->rate_hz * SECONDS; at += frame) {
		packet[packets].len = c->encode(enc, mx_dsp_best(), sound + at,
			frame, packet[packets].data, MX_PAYLOAD_MAX);
		assert_true(packet[packets].len >= 0);
		packets++;
	}
}

void encode(const struct mx_codec *c, const struct mx_codec_par *par,
		   unsigned ms)
{
	void *enc = new_enc(c, par);

	encode_with(c, enc, ms);
	free(enc);
}

void decode_one(const struct mx_codec *c, void *dec, unsigned i)
{
	assert_int_equal(c->samples(packet[i].data, (size_t)packet[i].len),
			 frame);
	assert_int_equal(c->decode(dec, mx_dsp_best(), packet[i].data,
				   (size_t)packet[i].len, heard + i * frame,
				   MX_FRAME_MAX), frame);
}

void decode(const struct mx_codec *c)
{
	void *dec = new_dec(c);

	for (unsigned i = 0; i < packets; i++)
		decode_one(c, dec, i);
	free(dec);
}

double rms(const int16_t *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sqrt(sum / (double)n);
}

double snr(const int16_t *a, const int16_t *b, size_t n)
{
	double s = 0, d = 0;

	for (size_t i = 0; i < n; i++) {
		s += (double)a[i] * a[i];
		d += (double)(a[i] - b[i]) * (a[i] - b[i]);
	}
	return 10 * log10((s + 1e-9) / (d + 1e-9));
}

double snr_aligned(uint32_t rate)
{
	double best = -INFINITY;

	for (size_t lag = 0; lag < rate / 50; lag++) {
		double r = snr(sound + rate / 2, heard + rate / 2 + lag, rate);

		if (r > best)
			best = r;
	}
	return best;
}
