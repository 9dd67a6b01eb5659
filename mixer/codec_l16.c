/*
 * codec_l16.c - L16 (RFC 3551, 4.5.11): 16 bits, most significant byte first.
 * Two channels become their mean, and the mean is sent on both.
 */
#include <errno.h>
#include <string.h>

#include "codec_tables.h"
#include "dsp/dsp.h"

/* Frames are counted up to the longest of the highest rate: a payload says
 * nothing about its rate. */
static int frames(size_t len, size_t bytes)
{
	if (!len || len % bytes || len / bytes > MX_FRAME_MAX)
		return -EINVAL;
	return (int)(len / bytes);
}

static int samples(const uint8_t *payload, size_t len)
{
	(void)payload;
	return frames(len, 2);
}

static int samples_2(const uint8_t *payload, size_t len)
{
	(void)payload;
	return frames(len, 4);
}

static size_t payload_max(size_t n)
{
	return n <= MX_FRAME_MAX ? 2 * n : 0;
}

static size_t payload_max_2(size_t n)
{
	return n <= MX_FRAME_MAX ? 4 * n : 0;
}

static int decode(void *dec, const struct mx_dsp *dsp, const uint8_t *payload,
		  size_t len, int16_t *out, size_t max)
{
	const int n = samples(payload, len);

	(void)dec;
	if (n < 0 || (size_t)n > max)
		return -EINVAL;
	dsp->l16_decode(out, payload, (size_t)n);
	return n;
}

static int encode(void *enc, const struct mx_dsp *dsp, const int16_t *pcm,
		  size_t n, uint8_t *out, size_t max)
{
	(void)enc;
	if (!n || n > MX_FRAME_MAX || 2 * n > max)
		return -EINVAL;
	dsp->l16_encode(out, pcm, n);
	return (int)(2 * n);
}

static int sample_at(const uint8_t *p)
{
	return (int16_t)(p[0] << 8 | p[1]);
}

/* Two channels are rare: plain loops. */
static int decode_2(void *dec, const struct mx_dsp *dsp, const uint8_t *payload,
		    size_t len, int16_t *out, size_t max)
{
	const int n = samples_2(payload, len);

	(void)dec;
	(void)dsp;
	if (n < 0 || (size_t)n > max)
		return -EINVAL;
	for (int i = 0; i < n; i++, payload += 4)
		out[i] = (int16_t)((sample_at(payload) + sample_at(payload + 2)) / 2);
	return n;
}

static int encode_2(void *enc, const struct mx_dsp *dsp, const int16_t *pcm,
		    size_t n, uint8_t *out, size_t max)
{
	(void)enc;
	(void)dsp;
	if (!n || n > MX_FRAME_MAX || 4 * n > max)
		return -EINVAL;
	for (size_t i = 0; i < n; i++, out += 4) {
		out[0] = out[2] = (uint8_t)(pcm[i] >> 8);
		out[1] = out[3] = (uint8_t)pcm[i];
	}
	return (int)(4 * n);
}

static int zeros(size_t n, size_t bytes, uint8_t *out, size_t max)
{
	if (!n || n > MX_FRAME_MAX || bytes * n > max)
		return -EINVAL;
	memset(out, 0, bytes * n);
	return (int)(bytes * n);
}

static int silence(void *enc, const struct mx_dsp *dsp, size_t n, uint8_t *out,
		   size_t max)
{
	(void)enc;
	(void)dsp;
	return zeros(n, 2, out, max);
}

static int silence_2(void *enc, const struct mx_dsp *dsp, size_t n,
		     uint8_t *out, size_t max)
{
	(void)enc;
	(void)dsp;
	return zeros(n, 4, out, max);
}

#define L16(HZ, PT) {							\
	.name = "L16", .clock_hz = (HZ), .rate_hz = (HZ), .channels = 1,	\
	.pt = (PT),							\
	MX_CODEC_NO_STATE,						\
	.samples = samples, .decode = decode,			\
	.payload_max = payload_max, .encode = encode,			\
	.silence = silence,						\
}

const struct mx_codec mx_codec_l16_8000 = L16(8000, MX_PT_NONE);
const struct mx_codec mx_codec_l16_16000 = L16(16000, MX_PT_NONE);
const struct mx_codec mx_codec_l16_44100 = L16(44100, 11);
const struct mx_codec mx_codec_l16_48000 = L16(48000, MX_PT_NONE);

const struct mx_codec mx_codec_l16_44100_2 = {
	.name = "L16", .clock_hz = 44100, .rate_hz = 44100, .channels = 2,
	.pt = 10,
	MX_CODEC_NO_STATE,
	.samples = samples_2, .decode = decode_2,
	.payload_max = payload_max_2, .encode = encode_2,
	.silence = silence_2,
};
