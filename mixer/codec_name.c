/* codec_name.c - codecs by the names that people write; see codec.h. */
#include "codec.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/** Is name "NAME", "NAME/CLOCK" or "NAME/CLOCK/CHANNELS" of this codec? */
static int is_name(const struct mx_codec *codec, const char *name, size_t len)
{
	char full[64];
	size_t n = strlen(codec->name);

	snprintf(full, sizeof(full), "%s/%lu/%u", codec->name,
		 (unsigned long)codec->clock_hz, codec->channels);
	if (len < n || strncasecmp(full, name, len) != 0)
		return 0;
	if (len == n || len == strlen(full))
		return 1;
	return codec->channels == 1 && len + 2 == strlen(full);
}

const struct mx_codec *mx_codec_by_name(const char *name, size_t len)
{
	const struct mx_codec *codec;

	for (unsigned i = 0; (codec = mx_codec_nth(i)); i++)
		if (is_name(codec, name, len))
			return codec;
	return NULL;
}
