/*
 * codec_table.c - a codec table for tests of what uses codecs but does not
 * code: the real ones by name and number, and those with the peculiarities
 * that the real table does not have (yet).
 */
#include "codec_table.h"

#include <errno.h>
#include <strings.h>

/* As the real one: 120 ms at 8 kHz are the most. */
static int samples_1(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len <= 8 * MX_PTIME_MAX_MS ? (int)len : -EINVAL;
}

static int samples_2(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len % 2 ? -EINVAL : (int)(len / 2);
}

static int samples_stereo(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len % 4 ? -EINVAL : (int)(len / 4);
}

static size_t payload_max_1(size_t n)
{
	return n;
}

static size_t payload_max_2(size_t n)
{
	return n * 2;
}

static size_t payload_max_stereo(size_t n)
{
	return n * 4;
}

static int samples_g722(const uint8_t *payload, size_t len)
{
	(void)payload;
	return (int)len * 2;
}

static size_t payload_max_g722(size_t n)
{
	return n / 2;
}

/* 20 ms, whatever is in it. */
static int samples_opus(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len ? 960 : -EINVAL;
}

/* No packets of 30, 50, 70, 90 and 110 ms. */
static size_t payload_max_opus(size_t n)
{
	return n == 480 || (n && n % 960 == 0) ? MX_PAYLOAD_MAX : 0;
}

static const struct mx_codec table[] = {
	{ .name = "PCMU", .clock_hz = 8000, .rate_hz = 8000, .channels = 1,
	  .pt = 0, .samples = samples_1, .payload_max = payload_max_1 },
	{ .name = "PCMA", .clock_hz = 8000, .rate_hz = 8000, .channels = 1,
	  .pt = 8, .samples = samples_1, .payload_max = payload_max_1 },
	{ .name = "L16", .clock_hz = 16000, .rate_hz = 16000, .channels = 1,
	  .pt = MX_PT_NONE, .samples = samples_2,
	  .payload_max = payload_max_2 },
	{ .name = "L16", .clock_hz = 8000, .rate_hz = 8000, .channels = 1,
	  .pt = MX_PT_NONE, .samples = samples_2,
	  .payload_max = payload_max_2 },
	/* a clock that is not the sample rate (RFC 3551 4.5.2) */
	{ .name = "G722", .clock_hz = 8000, .rate_hz = 16000, .channels = 1,
	  .pt = 9, .samples = samples_g722,
	  .payload_max = payload_max_g722 },
	/* 10 ms fit a packet, 20 do not */
	{ .name = "L16", .clock_hz = 48000, .rate_hz = 48000, .channels = 1,
	  .pt = MX_PT_NONE, .samples = samples_2,
	  .payload_max = payload_max_2 },
	/* not even 10 ms fit */
	{ .name = "L16", .clock_hz = 48000, .rate_hz = 48000, .channels = 2,
	  .pt = MX_PT_NONE, .samples = samples_stereo,
	  .payload_max = payload_max_stereo },
	/* two channels in its name alone (RFC 7587 4.1), and parameters */
	{ .name = "opus", .clock_hz = 48000, .rate_hz = 48000, .channels = 2,
	  .pt = MX_PT_NONE, .samples = samples_opus,
	  .payload_max = payload_max_opus },
};

const struct mx_codec *mx_codec_nth(unsigned i)
{
	return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const struct mx_codec *mx_codec_find(const char *name, uint32_t clock_hz,
				     unsigned channels)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcasecmp(table[i].name, name) == 0 &&
		    table[i].clock_hz == clock_hz &&
		    table[i].channels == channels)
			return &table[i];
	return NULL;
}

const struct mx_codec *mx_codec_by_pt(uint8_t pt)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (pt != MX_PT_NONE && table[i].pt == pt)
			return &table[i];
	return NULL;
}
