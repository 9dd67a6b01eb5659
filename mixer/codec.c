/* codec.c - finds a codec. */
#include "codec.h"

#include <strings.h>

#include "codec_tables.h"

/* In order of preference: what sounds best, what every phone has, then the
 * plain PCM that some ask for by name. The only list of codecs there is. */
static const struct mx_codec *const codecs[] = {
	&mx_codec_opus,
	&mx_codec_g722,
	&mx_codec_pcmu,
	&mx_codec_pcma,
	&mx_codec_l16_48000,
	&mx_codec_l16_44100,
	&mx_codec_l16_44100_2,
	&mx_codec_l16_16000,
	&mx_codec_l16_8000,
};

enum { CODECS = sizeof(codecs) / sizeof(codecs[0]) };

const struct mx_codec *mx_codec_nth(unsigned i)
{
	return i < CODECS ? codecs[i] : NULL;
}

const struct mx_codec *mx_codec_find(const char *name, uint32_t clock_hz,
				     unsigned channels)
{
	for (unsigned i = 0; i < CODECS; i++)
		if (codecs[i]->clock_hz == clock_hz &&
		    codecs[i]->channels == channels &&
		    strcasecmp(codecs[i]->name, name) == 0)
			return codecs[i];
	return NULL;
}

const struct mx_codec *mx_codec_by_pt(uint8_t pt)
{
	if (pt == MX_PT_NONE)
		return NULL;
	for (unsigned i = 0; i < CODECS; i++)
		if (codecs[i]->pt == pt)
			return codecs[i];
	return NULL;
}
