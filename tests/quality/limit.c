/*
 * limit.c - the way out of a room of people who all shout: eight of full scale
 * summed, limited (mixer/limit.h), resampled to what a codec takes; and what a
 * sine is after it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/bus.h"
#include "mixer/dsp/dsp.h"
#include "mixer/limit.h"
#include "mixer/resamp.h"
#include "quality.h"
#include "speech.h"
#include "tests/unit/t_wave.h"

enum { TALKERS = 8, SECONDS = 10, FULL = 32767 };

static const uint32_t rates[] = { 8000, 16000, 24000, 48000 };
enum { RATES = sizeof(rates) / sizeof(rates[0]) };

static const char *const kinds[] = { "speech", "sines", "squares" };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* Loudest sample at full scale, and then 12 dB on top, clipped, as overdriven
 * microphones have it. */
static void shout(int16_t *x, size_t n)
{
	int most = 1;

	for (size_t i = 0; i < n; i++)
		most = abs(x[i]) > most ? abs(x[i]) : most;
	for (size_t i = 0; i < n; i++)
		x[i] = (int16_t)fmax(fmin(x[i] * 4.0 * FULL / most, FULL), -FULL);
}

static int16_t *talker(int kind, unsigned who, uint32_t hz, size_t n)
{
	int16_t *x;

	if (kind == 0) {
		const uint32_t speech_hz = hz == 24000 ? 48000 : hz;

		x = q_speech(who % Q_VOICES, speech_hz, n);
		shout(x, n);
		return x;
	}
	x = q_alloc(n, sizeof(*x));
	for (size_t i = 0; i < n; i++) {
		double s = t_sine(FULL, 180 + 97.3 * who, hz, i);

		if (kind == 2)
			s = s >= 0 ? FULL : -FULL;
		x[i] = (int16_t)s;
	}
	return x;
}

/* Samples at full scale, one after the other, at the most: what a listener with
 * a codec of out_hz is sent. */
static unsigned room(int kind, uint32_t hz, uint32_t out_hz,
		     const struct mx_resamp_bank *bank)
{
	const struct mx_dsp *dsp = mx_dsp_best();
	const size_t len = hz / 100, n = SECONDS * hz;
	int16_t *voice[TALKERS], limited[MX_RESAMP_FRAME_MAX];
	int16_t out[MX_RESAMP_FRAME_MAX];
	int32_t sum[MX_RESAMP_FRAME_MAX];
	unsigned run = 0, most = 0;
	struct mx_limit limit;
	struct mx_resamp resamp;
	struct mx_bus *bus;

	if (mx_bus_new(&bus, len, dsp) < 0)
		abort();
	mx_limit_init(&limit, hz);
	mx_resamp_init(&resamp, bank, hz, out_hz);
	for (unsigned t = 0; t < TALKERS; t++)
		voice[t] = talker(kind, t, hz, n);
	for (size_t i = 0; i < n; i += len) {
		mx_bus_begin(bus);
		for (unsigned t = 0; t < TALKERS; t++)
			mx_bus_add(bus, voice[t] + i);
		mx_bus_hear32(bus, sum, NULL);
		mx_limit_run(&limit, dsp, limited, sum, len);
		mx_resamp_run(&resamp, out, limited);
		for (size_t k = 0; k < out_hz / 100; k++) {
			run = abs(out[k]) >= FULL ? run + 1 : 0;
			most = run > most ? run : most;
		}
	}
	for (unsigned t = 0; t < TALKERS; t++)
		free(voice[t]);
	mx_bus_free(bus);
	return most;
}

static double shouting(const struct mx_resamp_bank *bank)
{
	double most = 0;

	for (int k = 0; k < KINDS; k++)
		for (int r = 0; r < RATES; r++)
			for (int o = 0; o < RATES; o++) {
				unsigned run = room(k, rates[r], rates[o], bank);

				most = fmax(most, run);
				q_row("8 of %-7s %5u -> %5u Hz | %u running",
				      kinds[k], rates[r], rates[o], run);
			}
	return most;
}

/* THD+N in per cent of a sine of three times full scale. */
static double distortion(uint32_t hz, double tone_hz)
{
	const size_t len = hz / 100, n = hz;
	int16_t *out = q_alloc(n, sizeof(*out));
	int32_t in[MX_RESAMP_FRAME_MAX];
	struct mx_limit limit;
	struct t_fit fit;

	mx_limit_init(&limit, hz);
	for (size_t i = 0; i < n; i += len) {
		for (size_t k = 0; k < len; k++)
			in[k] = (int32_t)lrint(t_sine(3 * FULL, tone_hz, hz,
						      i + k));
		mx_limit_run(&limit, mx_dsp_best(), out + i, in, len);
	}
	fit = t_fit(out + n / 2, n / 2, tone_hz, hz);
	free(out);
	return 100 * fit.rest / (fit.amplitude / sqrt(2));
}

static void run(const struct q_opt *opt)
{
	static const double tones[] = { 60, 100, 200, 317, 440, 1000, 1701,
					2900, 3400 };
	struct mx_resamp_bank *bank;
	double worst = 0;

	(void)opt;
	if (mx_resamp_bank_new(&bank, mx_dsp_best()) < 0)
		abort();
	q_max("limit-full-scale-running", shouting(bank), "samples", 1);
	mx_resamp_bank_free(bank);
	for (int r = 0; r < RATES; r++)
		for (size_t t = 0; t < sizeof(tones) / sizeof(tones[0]); t++)
			worst = fmax(worst, distortion(rates[r], tones[t]));
	q_max("limit-sine-thd-n", worst, "%", 1);
}

const struct q_group q_limit = {
	"limit", "eight full-scale talkers, and a sine of three times that", run
};
