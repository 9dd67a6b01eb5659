/* webrtc.cc - see webrtc.h */
#include "tests/quality/webrtc.h"

#include <cmath>
#include <cstdlib>

#include <webrtc/modules/audio_processing/include/audio_processing.h>

using webrtc::AudioProcessing;
using webrtc::StreamConfig;

static const size_t frame_max = 160;
static const float full = 32768;

struct q_webrtc {
	AudioProcessing *apm;
	StreamConfig format;
	size_t frame;
};

static struct q_webrtc *open_any(unsigned hz)
{
	struct q_webrtc *w = new q_webrtc();
	webrtc::Config config;

	config.Set<webrtc::ExtendedFilter>(new webrtc::ExtendedFilter(true));
	config.Set<webrtc::DelayAgnostic>(new webrtc::DelayAgnostic(true));
	w->apm = AudioProcessing::Create(config);
	w->format = StreamConfig(static_cast<int>(hz), 1);
	w->frame = hz / 100;
	if (!w->apm)
		abort();
	return w;
}

struct q_webrtc *q_webrtc_echo(unsigned hz)
{
	struct q_webrtc *w = open_any(hz);

	if (w->apm->echo_cancellation()->Enable(true) != 0)
		abort();
	return w;
}

struct q_webrtc *q_webrtc_noise(unsigned hz)
{
	struct q_webrtc *w = open_any(hz);

	if (w->apm->noise_suppression()->Enable(true) != 0)
		abort();
	return w;
}

void q_webrtc_close(struct q_webrtc *w)
{
	delete w->apm;
	delete w;
}

static void to_float(float *out, const int16_t *in, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = static_cast<float>(in[i]) / full;
}

void q_webrtc_run(struct q_webrtc *w, int16_t *out, const int16_t *near,
		  const int16_t *far, unsigned delay_ms)
{
	float x[frame_max];
	float *channel[] = { x };

	if (far) {
		to_float(x, far, w->frame);
		w->apm->ProcessReverseStream(channel, w->format, w->format,
					     channel);
		w->apm->set_stream_delay_ms(static_cast<int>(delay_ms));
	}
	to_float(x, near, w->frame);
	if (w->apm->ProcessStream(channel, w->format, w->format, channel) != 0)
		abort();
	for (size_t i = 0; i < w->frame; i++)
		out[i] = static_cast<int16_t>(std::lrint(
			std::fmax(-full, std::fmin(full - 1, x[i] * full))));
}
