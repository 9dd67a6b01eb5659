/* codec_any.c - what is asked of any codec; see codec.h. */
#include "codec.h"

#include "dsp/dsp.h"
#include "level.h"

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

/* Decoding costs no more than any look at the codes would. */
static uint8_t measure(const struct mx_codec *codec, const struct mx_dsp *dsp,
		       const uint8_t *payload, size_t len)
{
	int16_t pcm[MX_FRAME_MAX];
	int n = codec->decode(NULL, dsp, payload, len, pcm, MX_FRAME_MAX);
	size_t part = codec->rate_hz / 100, left;
	uint64_t most = 0;

	if (n <= 0)
		return 0;
	for (left = (size_t)n; left >= part; left -= part) {
		uint64_t energy = dsp->energy(pcm + left - part, part);

		if (energy > most)
			most = energy;
	}
	if (most == 0 && left > 0)
		most = dsp->energy(pcm, left);
	return (uint8_t)(MX_LOUD_MAX - mx_level(most, part));
}

uint8_t mx_codec_loud(const struct mx_codec *codec, struct mx_codec_ear *ear,
		      const struct mx_dsp *dsp, const uint8_t *payload,
		      size_t len)
{
	if (codec->loud)
		return codec->loud(ear, payload, len);
	return codec->look_back > 0 ? MX_LOUD_SPEECH :
		measure(codec, dsp, payload, len);
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
