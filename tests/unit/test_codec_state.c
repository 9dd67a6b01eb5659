/*
 * test_codec_state.c - codecs with a state: Opus and G.722. What they do to
 * sound, that states are flat, what a receiver may ask for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <opus/opus.h>

#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "t_coded.h"
#include "t_voice.h"
#include "t_wave.h"

/* ---- the sound --------------------------------------------------------- */

static void opus_keeps_a_voice_at_any_ptime(void **state)
{
	static const unsigned ms[] = { 10, 20, 40, 60, 80, 100, 120 };

	(void)state;
	make_voice();
	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		encode(opus(), &plain, ms[i]);
		decode(opus());
		assert_true(snr_aligned(48000) > 10);
		assert_true(fabs(t_db(rms(heard + 48000, 48000) /
				      rms(sound + 48000, 48000))) < 1);
	}
}

static void opus_makes_no_packet_of_a_length_it_has_not(void **state)
{
	void *enc = new_enc(opus(), &plain);

	(void)state;
	for (unsigned ms = 10; ms <= 130; ms += 10) {
		const bool has = ms == 10 || (ms % 20 == 0 && ms <= 120);
		const int len = opus()->encode(enc, mx_dsp_best(), sound,
			48 * ms, packet[0].data, MX_PAYLOAD_MAX);

		assert_int_equal(len > 0, has);
		assert_int_equal(opus()->payload_max(48 * ms) > 0, has);
	}
	assert_int_equal(opus()->payload_max(0), 0);
	assert_int_equal(opus()->payload_max(481), 0);
	assert_int_equal(mx_codec_fit_ms(opus(), 30, MX_PAYLOAD_MAX), 20);
	assert_int_equal(mx_codec_fit_ms(opus(), 9, MX_PAYLOAD_MAX), 0);
	assert_int_equal(mx_codec_fit_ms(opus(), 500, MX_PAYLOAD_MAX), 120);
	free(enc);
}

static void g722_keeps_a_voice_at_any_ptime(void **state)
{
	(void)state;
	t_voice(sound, 16000 * SECONDS, 16000, 0);
	for (unsigned ms = 10; ms <= 120; ms += 10) {
		encode(g722(), &plain, ms);
		for (unsigned i = 0; i < packets; i++)
			assert_int_equal(packet[i].len, 8 * ms);
		decode(g722());
		assert_true(snr_aligned(16000) > 18);
	}
}

/* What narrow band has not. */
static void a_tone_of_5_khz_passes(void **state)
{
	struct t_fit fit;

	(void)state;
	make_tone(8000, 5000, 16000);
	encode(g722(), &plain, 20);
	decode(g722());
	fit = t_fit(heard + 16000, 16000, 5000, 16000);
	assert_true(fabs(t_db(fit.amplitude / 8000)) < 1);
	assert_true(t_db(fit.amplitude / sqrt(2) / fit.rest) > 15);

	make_tone(8000, 5000, 48000);
	encode(opus(), &plain, 20);
	decode(opus());
	fit = t_fit(heard + 48000, 48000, 5000, 48000);
	assert_true(fabs(t_db(fit.amplitude / 8000)) < 1);
}

static void lower_entries_decode_the_same_to_less(void **state)
{
	static const uint32_t hz[] = { 8000, 16000, 24000, 48000 };

	(void)state;
	make_tone(8000, 1000, 48000);
	encode(opus(), &plain, 20);
	for (size_t i = 0; i < 4; i++) {
		const struct mx_codec *c = mx_codec_at(opus(), hz[i]);
		struct t_fit fit;

		assert_int_equal(c->rate_hz, hz[i]);
		assert_int_equal(c->clock_hz, 48000);
		frame = hz[i] / 50;
		decode(c);
		fit = t_fit(heard + hz[i], hz[i], 1000, hz[i]);
		assert_true(fabs(t_db(fit.amplitude / 8000)) < 0.5);
		assert_true(t_db(fit.amplitude / sqrt(2) / fit.rest) > 20);
	}
	/* and from any of them to any */
	assert_ptr_equal(mx_codec_at(mx_codec_at(opus(), 8000), 48000), opus());
	assert_int_equal(mx_codec_at(opus(), 44100)->rate_hz, 48000);
	assert_int_equal(mx_codec_at(opus(), 96000)->rate_hz, 48000);
	assert_int_equal(mx_codec_at(opus(), 11025)->rate_hz, 16000);
	assert_ptr_equal(mx_codec_at(g722(), 8000), g722());
}

/* ---- flat states ------------------------------------------------------- */

/** The second half of the sound, encoded by a copy, when the original is
 *  gone. */
static void copied_encoder_makes_the_same(const struct mx_codec *c)
{
	size_t size = c->enc_size(), len = c->rate_hz / 50;
	void *one = new_enc(c, &plain), *enc = new_enc(c, &plain), *copy;
	uint8_t out[MX_PAYLOAD_MAX];
	unsigned i = 0;

	t_voice(sound, c->rate_hz * 2, c->rate_hz, 0);
	encode_with(c, one, 20);
	for (; i < packets / 2; i++)
		assert_int_equal(c->encode(enc, mx_dsp_best(), sound + i * len,
				 len, out, sizeof(out)), packet[i].len);
	copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, enc, size);
	memset(enc, 0xa5, size);
	free(enc);
	for (; i < packets; i++) {
		assert_int_equal(c->encode(copy, mx_dsp_best(), sound + i * len,
				 len, out, sizeof(out)), packet[i].len);
		assert_memory_equal(out, packet[i].data, (size_t)packet[i].len);
	}
	free(one);
	free(copy);
}

static void encoders_are_flat(void **state)
{
	(void)state;
	copied_encoder_makes_the_same(opus());
	copied_encoder_makes_the_same(mx_codec_at(opus(), 16000));
	copied_encoder_makes_the_same(g722());
}

static void copied_decoder_makes_the_same(const struct mx_codec *c)
{
	static int16_t want[LEN];
	size_t size = c->dec_size();
	void *dec = new_dec(c), *copy = malloc(size);
	unsigned i = 0;

	assert_non_null(copy);
	t_voice(sound, c->rate_hz * 2, c->rate_hz, 0);
	encode(c, &plain, 20);
	decode(c);
	memcpy(want, heard, sizeof(want));
	for (; i < packets / 2; i++)
		decode_one(c, dec, i);
	memcpy(copy, dec, size);
	memset(dec, 0xa5, size);
	free(dec);
	for (; i < packets; i++)
		decode_one(c, copy, i);
	assert_memory_equal(heard, want, packets * frame * sizeof(*want));
	free(copy);
}

static void decoders_are_flat(void **state)
{
	(void)state;
	copied_decoder_makes_the_same(opus());
	copied_decoder_makes_the_same(g722());
}

/* ---- what the receiver asks for ---------------------------------------- */

static unsigned long bytes(void)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < packets; i++)
		sum += (unsigned long)packet[i].len;
	return sum;
}

static void bit_rate_is_not_exceeded(void **state)
{
	static const uint32_t rates[] = { 8000, 12000, 20000, 32000 };

	(void)state;
	make_voice();
	for (int i = 0; i < 4; i++) {
		const struct mx_codec_par par = { .bitrate = rates[i] };

		encode(opus(), &par, 20);
		assert_true(bytes() * 8 / SECONDS < rates[i] * 11 / 10);
		assert_true(bytes() * 8 / SECONDS > rates[i] / 2);
	}
	/* more than what is good for anything is not used */
	encode(opus(), &(struct mx_codec_par){ .bitrate = 510000 }, 20);
	assert_true(bytes() * 8 / SECONDS < 36000);
}

static void path_lowers_the_bit_rate_and_no_more(void **state)
{
	void *enc = new_enc(opus(), &(struct mx_codec_par){ .bitrate = 24000 });
	unsigned long full;

	(void)state;
	make_voice();
	encode_with(opus(), enc, 20);
	full = bytes();
	opus()->adapt(enc, 0, 50);
	encode_with(opus(), enc, 20);
	assert_true(bytes() < full * 6 / 10);
	opus()->adapt(enc, 0, 200);
	encode_with(opus(), enc, 20);
	assert_true(bytes() > full * 9 / 10 && bytes() < full * 11 / 10);
	free(enc);
}

static void constant_bit_rate_is_constant(void **state)
{
	const struct mx_codec_par par = { .bitrate = 24000, .cbr = 1 };

	(void)state;
	make_voice();
	make_noise(20, LEN / 2, LEN);
	encode(opus(), &par, 20);
	for (unsigned i = 0; i < packets; i++)
		assert_int_equal(packet[i].len, 60);
}

static void sound_is_as_wide_as_the_receiver_can_use(void **state)
{
	static const struct {
		uint32_t rate_hz;
		int bandwidth;
	} want[] = {
		{ 8000, OPUS_BANDWIDTH_NARROWBAND },
		{ 12000, OPUS_BANDWIDTH_MEDIUMBAND },
		{ 16000, OPUS_BANDWIDTH_WIDEBAND },
		{ 24000, OPUS_BANDWIDTH_SUPERWIDEBAND },
		{ 44100, OPUS_BANDWIDTH_FULLBAND },
		{ 48000, OPUS_BANDWIDTH_FULLBAND },
		{ 0, OPUS_BANDWIDTH_FULLBAND },
	};

	(void)state;
	make_voice();
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct mx_codec_par par = { .rate_hz = want[i].rate_hz };
		int widest = 0;

		encode(opus(), &par, 20);
		for (unsigned k = 0; k < packets; k++) {
			const int b = opus_packet_get_bandwidth(packet[k].data);

			if (b > widest)
				widest = b;
		}
		assert_int_equal(widest, want[i].bandwidth);
	}
}

#define T(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(opus_keeps_a_voice_at_any_ptime),
		T(opus_makes_no_packet_of_a_length_it_has_not),
		T(g722_keeps_a_voice_at_any_ptime),
		T(a_tone_of_5_khz_passes),
		T(lower_entries_decode_the_same_to_less),
		T(encoders_are_flat),
		T(decoders_are_flat),
		T(bit_rate_is_not_exceeded),
		T(path_lowers_the_bit_rate_and_no_more),
		T(constant_bit_rate_is_constant),
		T(sound_is_as_wide_as_the_receiver_can_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
