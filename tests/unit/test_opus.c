/*
 * test_opus.c - what only Opus has: FEC, concealment, DTX, payloads that tell
 * what is in them; and payloads that cannot be.
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
#include "t_rand.h"
#include "t_wave.h"

/* ---- loss -------------------------------------------------------------- */

/** Encodes a voice for a path with so much loss, to at most bitrate. */
static void encode_for_loss(uint32_t bitrate, unsigned loss)
{
	const struct mx_codec_par par = { .bitrate = bitrate, .fec = 1 };
	void *enc = new_enc(opus(), &par);

	opus()->adapt(enc, loss, 100);
	make_voice();
	encode_with(opus(), enc, 20);
	free(enc);
}

struct losses {
	unsigned lost, voice, by_fec;
	double snr_mean;        /* of what was lost, against no loss, dB */
};

/** Decodes with each eighth packet lost. */
static struct losses lose(bool use_fec)
{
	static int16_t whole[LEN];
	void *dec = new_dec(opus());
	struct losses r = { 0 };

	decode(opus());
	memcpy(whole, heard, sizeof(whole));
	for (unsigned i = 0; i < packets; i++) {
		int16_t *at = heard + i * frame;
		size_t fec;

		if (i < 8 || i % 8 || i + 1 == packets) {
			decode_one(opus(), dec, i);
			continue;
		}
		fec = opus()->fec(packet[i + 1].data,
				  (size_t)packet[i + 1].len);
		assert_true(fec == 0 || fec == frame);
		assert_int_equal(use_fec ?
			opus()->recover(dec, packet[i + 1].data,
					(size_t)packet[i + 1].len, at, frame) :
			opus()->conceal(dec, at, frame), 0);
		r.lost++;
		r.voice += mx_codec_activity(opus(), packet[i].data,
			(size_t)packet[i].len) == MX_ACTIVITY_VOICE;
		r.by_fec += use_fec && fec > 0;
		r.snr_mean += snr(whole + i * frame, at, frame);
	}
	r.snr_mean /= r.lost;
	free(dec);
	return r;
}

/* quality.md's goal 8: for 85 % of single losses there is FEC. There is none
 * for what the encoder takes for background. */
static void fec_brings_back_single_losses(void **state)
{
	static const uint32_t rates[] = { 24000, 32000 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct losses with, without;

		encode_for_loss(rates[i], 10);
		with = lose(true);
		without = lose(false);
		print_message("%u bit/s: %u lost, %u of them voice, %u by "
			      "FEC; %.1f dB, without %.1f dB\n",
			      (unsigned)rates[i], with.lost, with.voice,
			      with.by_fec, with.snr_mean, without.snr_mean);
		assert_true(with.voice > 5);
		assert_true(with.by_fec * 100 >= with.voice * 85);
		assert_true(with.snr_mean > without.snr_mean + 3);
		assert_int_equal(without.by_fec, 0);
	}
}

/* A8: a fixed hint is heard on clean links. */
static void no_fec_is_sent_before_a_loss_is_reported(void **state)
{
	(void)state;
	encode_for_loss(0, 0);
	assert_int_equal(lose(true).by_fec, 0);
}

static void no_fec_is_sent_to_whom_it_is_of_no_use(void **state)
{
	void *enc = new_enc(opus(), &plain);

	(void)state;
	opus()->adapt(enc, 20, 100);
	make_voice();
	encode_with(opus(), enc, 20);
	assert_int_equal(lose(true).by_fec, 0);
	free(enc);
}

static void gaps_are_of_whole_units(void **state)
{
	const struct mx_codec *c = opus();
	void *dec = new_dec(c);

	(void)state;
	make_voice();
	encode(c, &plain, 20);
	for (unsigned i = 0; i < 20; i++)
		decode_one(c, dec, i);
	for (size_t n = 120; n <= 48 * 120; n += 120)
		assert_int_equal(c->conceal(dec, heard, n), 0);
	assert_int_equal(c->conceal(dec, heard, 0), -EINVAL);
	assert_int_equal(c->conceal(dec, heard, 100), -EINVAL);
	assert_int_equal(c->conceal(dec, heard, 48 * 120 + 120), -EINVAL);
	assert_int_equal(c->recover(dec, packet[20].data,
				    (size_t)packet[20].len, heard, 961),
			 -EINVAL);
	/* more than what FEC can be for is made up as well */
	assert_int_equal(c->recover(dec, packet[20].data,
				    (size_t)packet[20].len, heard, 480), 0);
	free(dec);
}

static void what_is_made_up_dies_away(void **state)
{
	const struct mx_codec *c = opus();
	void *dec = new_dec(c);
	double first;

	(void)state;
	make_voice();
	encode(c, &plain, 20);
	for (unsigned i = 0; i < 50; i++)
		decode_one(c, dec, i);
	assert_int_equal(c->conceal(dec, heard, 960), 0);
	first = rms(heard, 960);
	assert_true(first > 300);
	for (int i = 0; i < 50; i++)
		assert_int_equal(c->conceal(dec, heard, 960), 0);
	assert_true(rms(heard, 960) < first / 10);
	free(dec);
}

/* ---- pauses ------------------------------------------------------------ */

/** A second of voice, then background only. */
static void make_pause(void)
{
	make_voice();
	make_noise(10, 48000, LEN);
}

static void nothing_is_sent_for_a_pause_if_asked_so(void **state)
{
	const struct mx_codec_par par = { .dtx = 1 };
	unsigned none = 0, first = 0;

	(void)state;
	make_pause();
	encode(opus(), &par, 20);
	for (unsigned i = 0; i < packets; i++) {
		none += packet[i].len == 0;
		if (packet[i].len == 0 && !first)
			first = i;
		assert_true(packet[i].len != 0 || i > 50);
	}
	assert_true(none > 70);         /* of 100 */
	/* the payload before the first that is missing announces it */
	assert_int_equal(mx_codec_activity(opus(), packet[first - 1].data,
					   (size_t)packet[first - 1].len),
			 MX_ACTIVITY_PAUSE);

	encode(opus(), &plain, 20);
	for (unsigned i = 0; i < packets; i++)
		assert_true(packet[i].len > 2);
}

static void background_goes_on_in_a_pause(void **state)
{
	const struct mx_codec_par par = { .dtx = 1 };
	void *dec = new_dec(opus());
	unsigned none = 0;

	(void)state;
	make_pause();
	make_noise(60, 48000, LEN);
	encode(opus(), &par, 20);
	for (unsigned i = 0; i < packets; i++) {
		if (packet[i].len > 0) {
			decode_one(opus(), dec, i);
			continue;
		}
		assert_int_equal(opus()->conceal(dec, heard + i * frame, frame),
				 0);
		none++;
	}
	assert_true(none > 40);
	print_message("%u of %u not sent, noise %.1f dB off\n", none, packets,
		t_db(rms(heard + 2 * 48000, 48000) /
		     rms(sound + 2 * 48000, 48000)));
	/* white noise is no background that the decoder would know how to make;
	 * but it is neither loud nor silent */
	assert_true(fabs(t_db(rms(heard + 2 * 48000, 48000) /
			      rms(sound + 2 * 48000, 48000))) < 12);
	free(dec);
}

/* ---- what payloads tell ------------------------------------------------ */

static unsigned count(enum mx_activity what, unsigned from, unsigned to)
{
	unsigned n = 0;

	for (unsigned i = from; i < to; i++)
		n += mx_codec_activity(opus(), packet[i].data,
				       (size_t)packet[i].len) == what;
	return n;
}

/* Between the syllables there is a moment of nothing. */
static void voice_is_told_from_background(void **state)
{
	static const unsigned ms[] = { 10, 20, 40, 60, 120 };

	(void)state;
	make_pause();
	for (int i = 0; i < 5; i++) {
		unsigned second = 1000 / ms[i];

		encode(opus(), &plain, ms[i]);
		assert_int_equal(count(MX_ACTIVITY_UNKNOWN, 0, packets), 0);
		assert_true(count(MX_ACTIVITY_VOICE, 1, second) * 4 >=
			    (second - 1) * 3);
		assert_true(count(MX_ACTIVITY_QUIET, 2 * second, packets) *
			    10 >= (packets - 2 * second) * 9);
	}
}

/** sound[] as others may encode it: two channels, or without a SILK layer. */
static void encode_otherwise(int channels, int application)
{
	static int16_t both[2 * 960];
	OpusEncoder *e = opus_encoder_create(48000, channels, application, NULL);

	assert_non_null(e);
	assert_int_equal(opus_encoder_ctl(e, OPUS_SET_BITRATE(24000)), OPUS_OK);
	assert_int_equal(opus_encoder_ctl(e, OPUS_SET_FORCE_CHANNELS(channels)),
			 OPUS_OK);
	frame = 960;
	for (packets = 0; packets < LEN / frame; packets++) {
		for (size_t i = 0; i < frame; i++)
			for (int c = 0; c < channels; c++)
				both[i * (size_t)channels + (size_t)c] =
					sound[packets * frame + i];
		packet[packets].len = opus_encode(e, both, (int)frame,
			packet[packets].data, MX_PAYLOAD_MAX);
		assert_true(packet[packets].len > 0);
	}
	opus_encoder_destroy(e);
}

static void two_channels_are_one_voice(void **state)
{
	(void)state;
	make_pause();
	encode_otherwise(2, OPUS_APPLICATION_VOIP);
	assert_int_equal(opus_packet_get_nb_channels(packet[20].data), 2);
	assert_true(count(MX_ACTIVITY_VOICE, 1, 50) >= 37);
	assert_true(count(MX_ACTIVITY_QUIET, 100, 150) >= 45);

	make_tone(8000, 1000, 48000);
	encode_otherwise(2, OPUS_APPLICATION_VOIP);
	decode(opus());
	assert_true(fabs(t_db(t_fit(heard + 48000, 48000, 1000, 48000)
			      .amplitude / 8000)) < 1);
}

static void nothing_is_said_without_a_silk_layer(void **state)
{
	(void)state;
	make_pause();
	encode_otherwise(1, OPUS_APPLICATION_RESTRICTED_LOWDELAY);
	assert_int_equal(count(MX_ACTIVITY_UNKNOWN, 0, packets), packets);
	assert_int_equal(lose(true).by_fec, 0);
}

/* ---- what cannot be ---------------------------------------------------- */

static void bad_payloads_are_refused(void **state)
{
	/* code 1 with an odd rest; 3 frames of 60 ms; no count; nothing */
	static const uint8_t odd[] = { 1, 2, 3, 4 };
	static const uint8_t too_long[] = { 3 << 3 | 3, 3, 0, 0, 0 };
	static const uint8_t cut[] = { 3 };
	void *dec = new_dec(opus());

	(void)state;
	assert_int_equal(opus()->decode(dec, mx_dsp_best(), odd, sizeof(odd),
					heard, MX_FRAME_MAX), -EINVAL);
	assert_int_equal(opus()->samples(too_long, sizeof(too_long)), -EINVAL);
	assert_int_equal(opus()->samples(cut, sizeof(cut)), -EINVAL);
	assert_int_equal(opus()->samples(cut, 0), -EINVAL);
	assert_int_equal(opus()->decode(dec, mx_dsp_best(), cut, 0, heard,
					MX_FRAME_MAX), -EINVAL);
	assert_int_equal(mx_codec_activity(opus(), cut, sizeof(cut)),
			 MX_ACTIVITY_UNKNOWN);
	assert_int_equal(mx_codec_activity(g722(), cut, sizeof(cut)),
			 MX_ACTIVITY_UNKNOWN);
	free(dec);
}

static void what_does_not_fit_is_refused(void **state)
{
	void *enc = new_enc(g722(), &plain), *dec = new_dec(g722());
	void *odec = new_dec(opus()), *oenc = new_enc(opus(), &plain);

	(void)state;
	make_voice();
	assert_int_equal(g722()->samples(packet[0].data, 961), -EINVAL);
	assert_int_equal(g722()->payload_max(161), 0);
	assert_int_equal(g722()->encode(enc, NULL, sound, 320, packet[0].data,
					159), -EINVAL);
	assert_int_equal(g722()->encode(enc, NULL, sound, 161, packet[0].data,
					160), -EINVAL);
	assert_int_equal(g722()->decode(dec, NULL, packet[0].data, 160, heard,
					319), -EINVAL);

	assert_int_equal(opus()->encode(oenc, NULL, sound, 960, packet[0].data,
					2), -EINVAL);
	packet[0].len = opus()->encode(oenc, NULL, sound, 960, packet[0].data,
				       20);
	assert_in_range(packet[0].len, 1, 20);
	assert_int_equal(opus()->decode(odec, NULL, packet[0].data,
					(size_t)packet[0].len, heard, 959),
			 -EINVAL);
	free(enc);
	free(dec);
	free(oenc);
	free(odec);
}

/* Bits flipped, ends cut: the decoder says something or refuses, and writes no
 * more than it may (the sanitizers look). */
static void any_bytes_are_survived(void **state)
{
	void *dec = new_dec(opus());
	uint32_t seed = 99;

	(void)state;
	make_voice();
	encode(opus(), &(struct mx_codec_par){ .fec = 1 }, 20);
	for (unsigned i = 0; i < 3000; i++) {
		const unsigned k = t_rand(&seed) % packets;
		size_t len = (size_t)packet[k].len;
		uint8_t *p = malloc(len);
		int16_t *out = malloc(MX_FRAME_MAX * sizeof(*out));

		assert_true(p && out);
		memcpy(p, packet[k].data, len);
		for (unsigned n = t_rand(&seed) % 4; n > 0; n--)
			p[n == 1 ? 0 : t_rand(&seed) % len] ^=
				(uint8_t)(1u << t_rand(&seed) % 8);
		len -= t_rand(&seed) % 3 ? 0 : t_rand(&seed) % len;
		opus()->samples(p, len);
		mx_codec_activity(opus(), p, len);
		if (i % 3 == 0)
			opus()->recover(dec, p, len, out, 960);
		opus()->decode(dec, mx_dsp_best(), p, len, out, MX_FRAME_MAX);
		free(p);
		free(out);
	}
	free(dec);
}

#define T(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(fec_brings_back_single_losses),
		T(no_fec_is_sent_before_a_loss_is_reported),
		T(no_fec_is_sent_to_whom_it_is_of_no_use),
		T(gaps_are_of_whole_units),
		T(what_is_made_up_dies_away),
		T(nothing_is_sent_for_a_pause_if_asked_so),
		T(background_goes_on_in_a_pause),
		T(voice_is_told_from_background),
		T(two_channels_are_one_voice),
		T(nothing_is_said_without_a_silk_layer),
		T(bad_payloads_are_refused),
		T(what_does_not_fit_is_refused),
		T(any_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
