/* codec_any.c - what is asked of any codec; see codec.h. */
#include "codec.h"

bool mx_codec_is_like(const struct mx_codec *a, const struct mx_codec *b)
{
	return a == b || (a->rates && a->rates == b->rates);
}

enum mx_activity mx_codec_activity(const struct mx_codec *codec,
				   const uint8_t *payload, size_t len)
{
	return codec->activity ? codec->activity(payload, len) :
				 MX_ACTIVITY_UNKNOWN;
}

const struct mx_codec *mx_codec_at(const struct mx_codec *codec,
				   uint32_t rate_hz)
{
	const struct mx_codec *const *c = codec->rates;

	if (!c)
		return codec;
	while (c[1] && c[1]->rate_hz >= rate_hz)
		c++;
	return *c;
}

unsigned mx_codec_fit_ms(const struct mx_codec *codec, unsigned ms, size_t max)
{
	if (ms > MX_PTIME_MAX_MS)
		ms = MX_PTIME_MAX_MS;
	for (ms -= ms % 10; ms; ms -= 10) {
		size_t len = codec->payload_max(codec->rate_hz / 100 * ms / 10);

		if (len && len <= max)
			break;
	}
	return ms;
}
