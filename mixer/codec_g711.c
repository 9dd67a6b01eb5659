/* codec_g711.c - PCMU and PCMA (RFC 3551, 4.5.14): a byte a sample, no state. */
#include <errno.h>
#include <string.h>

#include "codec_tables.h"
#include "dsp/dsp.h"

enum { RATE = 8000, LEN_MAX = RATE / 1000 * MX_PTIME_MAX_MS };

enum { ULAW_ZERO = 0xff, ALAW_ZERO = 0xd5 };

/* As many samples as bytes, up to the longest packet. */
static int checked(size_t n, size_t max)
{
	return n && n <= LEN_MAX && n <= max ? (int)n : -EINVAL;
}

static int samples(const uint8_t *payload, size_t len)
{
	(void)payload;
	return checked(len, LEN_MAX);
}

static size_t payload_max(size_t n)
{
	return n <= LEN_MAX ? n : 0;
}

static int ulaw_decode(void *dec, const struct mx_dsp *dsp,
		       const uint8_t *payload, size_t len,
		       int16_t *out, size_t max)
{
	const int n = checked(len, max);

	(void)dec;
	if (n > 0)
		dsp->ulaw_decode(out, payload, len);
	return n;
}

static int alaw_decode(void *dec, const struct mx_dsp *dsp,
		       const uint8_t *payload, size_t len,
		       int16_t *out, size_t max)
{
	const int n = checked(len, max);

	(void)dec;
	if (n > 0)
		dsp->alaw_decode(out, payload, len);
	return n;
}

static int ulaw_encode(void *enc, const struct mx_dsp *dsp,
		       const int16_t *pcm, size_t n, uint8_t *out, size_t max)
{
	const int len = checked(n, max);

	(void)enc;
	if (len > 0)
		dsp->ulaw_encode(out, pcm, n);
	return len;
}

static int alaw_encode(void *enc, const struct mx_dsp *dsp,
		       const int16_t *pcm, size_t n, uint8_t *out, size_t max)
{
	const int len = checked(n, max);

	(void)enc;
	if (len > 0)
		dsp->alaw_encode(out, pcm, n);
	return len;
}

static int fill(uint8_t *out, uint8_t code, size_t n, size_t max)
{
	const int len = checked(n, max);

	if (len > 0)
		memset(out, code, n);
	return len;
}

static int ulaw_silence(void *enc, const struct mx_dsp *dsp, size_t n,
			uint8_t *out, size_t max)
{
	(void)enc;
	(void)dsp;
	return fill(out, ULAW_ZERO, n, max);
}

static int alaw_silence(void *enc, const struct mx_dsp *dsp, size_t n,
			uint8_t *out, size_t max)
{
	(void)enc;
	(void)dsp;
	return fill(out, ALAW_ZERO, n, max);
}

const struct mx_codec mx_codec_pcmu = {
	.name = "PCMU", .clock_hz = RATE, .rate_hz = RATE, .channels = 1,
	.pt = 0,
	MX_CODEC_NO_STATE,
	.samples = samples, .decode = ulaw_decode,
	.payload_max = payload_max, .encode = ulaw_encode,
	.silence = ulaw_silence,
};

const struct mx_codec mx_codec_pcma = {
	.name = "PCMA", .clock_hz = RATE, .rate_hz = RATE, .channels = 1,
	.pt = 8,
	MX_CODEC_NO_STATE,
	.samples = samples, .decode = alaw_decode,
	.payload_max = payload_max, .encode = alaw_encode,
	.silence = alaw_silence,
};
