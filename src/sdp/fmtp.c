/*
 * fmtp.c - see fmtp.h. Only Opus has parameters that we know (RFC 7587 6.1):
 * each says what its writer likes to receive, and binds nobody in the other
 * direction. stereo and sprop-stereo are nothing to us, who send one channel
 * and understand two; nor is sprop-maxcapturerate, for the decoder need not
 * know.
 */
#include "fmtp.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

enum field { RATE, BITRATE, FEC, DTX, CBR };

static const struct {
	const char *name;
	enum field field;
	uint32_t min, max;
} opus_fields[] = {
	{ "maxplaybackrate",	RATE,		8000,	48000 },
	{ "maxaveragebitrate",	BITRATE,	6000,	510000 },
	{ "useinbandfec",	FEC,		0,	1 },
	{ "usedtx",		DTX,		0,	1 },
	{ "cbr",		CBR,		0,	1 },
};

static void set(struct mx_codec_par *par, enum field field, uint32_t value)
{
	switch (field) {
	case RATE:
		par->rate_hz = value;
		break;
	case BITRATE:
		par->bitrate = value;
		break;
	case FEC:
		par->fec = (uint8_t)value;
		break;
	case DTX:
		par->dtx = (uint8_t)value;
		break;
	case CBR:
		par->cbr = (uint8_t)value;
		break;
	}
}

/* NAME=VALUE without blanks. */
static void read_opus(struct mx_codec_par *par, const char *p, size_t len)
{
	const char *eq = memchr(p, '=', len);
	size_t name = eq ? (size_t)(eq - p) : len;
	uint64_t value;

	for (size_t i = 0; i < sizeof(opus_fields) / sizeof(opus_fields[0]); i++) {
		if (strlen(opus_fields[i].name) != name ||
		    strncasecmp(opus_fields[i].name, p, name) != 0)
			continue;
		if (name < len &&
		    str_u64(eq + 1, len - name - 1, opus_fields[i].max,
			    &value) == 0 &&
		    value >= opus_fields[i].min)
			set(par, opus_fields[i].field, (uint32_t)value);
	}
}

static bool is_opus(const struct mx_codec *codec)
{
	return strcmp(codec->name, "opus") == 0;
}

void sdp_fmtp_read(struct mx_codec_par *par, const struct mx_codec *codec,
		   const char *fmtp)
{
	static const char between[] = "; \t";

	memset(par, 0, sizeof(*par));
	if (!is_opus(codec))
		return;
	while (*fmtp) {
		size_t len = strcspn(fmtp, between);

		read_opus(par, fmtp, len);
		fmtp += len;
		fmtp += strspn(fmtp, between);
	}
}

const char *sdp_fmtp_ours(const struct mx_codec *codec, bool dtx)
{
	if (!is_opus(codec))
		return "";
	return dtx ? "stereo=0;useinbandfec=1;usedtx=1" :
		     "stereo=0;useinbandfec=1";
}
