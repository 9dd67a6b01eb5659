/* test_gate.c - how loud payloads are, without decoding them; what stands out
 * from the background. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <opus/opus.h>

#include "mixer/dsp/dsp.h"
#include "mixer/gate.h"
#include "mixer/level.h"
#include "mixer/silk.h"
#include "t_coded.h"
#include "t_rand.h"

enum { WARM = 50 };             /* packets until an encoder has settled */

static uint8_t loud(const struct mx_codec *c, struct mx_codec_ear *ear,
		    unsigned i)
{
	return mx_codec_loud(c, ear, mx_dsp_best(), packet[i].data,
			     (size_t)packet[i].len);
}

/* Uniform noise, whose peak is 4.8 dB above it. */
static void make_noise_of(double dbov)
{
	make_noise(32768 * pow(10, (dbov + 4.8) / 20), 0, LEN);
}

/* The least and the most that all packets but the first ones are. */
static void range(const struct mx_codec *c, int *least, int *most)
{
	struct mx_codec_ear ear = { 0 };

	*least = MX_LOUD_MAX;
	*most = 0;
	for (unsigned i = 0; i < packets; i++) {
		int l = loud(c, &ear, i);

		if (i < WARM)
			continue;
		*least = l < *least ? l : *least;
		*most = l > *most ? l : *most;
	}
}

static void without_a_state_loudness_is_that_of_the_loudest_frame(void **state)
{
	static const char *const names[] = { "PCMU", "PCMA", "L16/16000",
					     "L16/8000" };

	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		const struct mx_codec *c = mx_codec_by_name(names[k],
							    strlen(names[k]));
		const size_t part = c->rate_hz / 100;
		struct mx_codec_ear ear = { 0 };

		memset(sound, 0, sizeof(sound));
		for (size_t i = 0; i < part; i++)       /* in the third 20 ms */
			sound[5 * part + i] = i % 2 ? 3000 : -3000;
		encode(c, &plain, 20);
		assert_in_range(loud(c, &ear, 0), 0, MX_GATE_SILENT);
		assert_in_range(loud(c, &ear, 2),
				127 - 21, 127 - 20);    /* 3000 of 32768 */
		assert_in_range(loud(c, &ear, 3), 0, MX_GATE_SILENT);
	}
}

static void guesses_follow_the_level_of_noise(void **state)
{
	const struct mx_codec *const of[] = { g722(), opus() };
	int least, most;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		for (int db = -60; db <= -40; db += 5) {
			make_noise_of(db);
			encode(of[k], &plain, 20);
			range(of[k], &least, &most);
			assert_in_range(least, 127 + db - 7, 127 + db + 4);
			assert_in_range(most, 127 + db - 4, 127 + db + 7);
		}
		memset(sound, 0, sizeof(sound));
		encode(of[k], &plain, 20);
		range(of[k], &least, &most);
		assert_true(most <= MX_GATE_SILENT);
	}
}

static void steady_noise_does_not_stand_out_and_speech_does(void **state)
{
	const struct mx_codec *const of[] = { mx_codec_by_pt(0), g722(), opus() };

	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		const struct mx_codec *c = of[k];
		struct mx_gate g = { 0 };
		struct mx_pkt pkt = { .level = MX_PKT_NO_LEVEL };
		unsigned stood_out = 0, spoke = 0;

		make_noise_of(-48);
		encode(c, &plain, 20);
		for (unsigned round = 0; round < 4; round++)
			for (unsigned i = WARM; i < packets; i++) {
				memcpy(pkt.data, packet[i].data,
				       (size_t)packet[i].len);
				pkt.len = (uint16_t)packet[i].len;
				stood_out += mx_gate_put(&g, c, mx_dsp_best(),
							 &pkt, false) &&
					round >= 2;
			}
		assert_int_equal(stood_out, 0);
		assert_in_range(g.floor, 127 - 48 - 8, 127 - 48 + 8);

		make_voice();
		encode(c, &plain, 20);
		for (unsigned i = 0; i < packets; i++) {
			memcpy(pkt.data, packet[i].data,
			       (size_t)packet[i].len);
			pkt.len = (uint16_t)packet[i].len;
			spoke += mx_gate_put(&g, c, mx_dsp_best(), &pkt, false);
		}
		assert_true(spoke > packets / 4);
	}
}

static void told_levels_are_taken_if_they_are_trusted(void **state)
{
	const struct mx_codec *c = mx_codec_by_pt(0);
	struct mx_gate g = { 0 };
	struct mx_pkt pkt = { .level = 30, .len = 160, .arrival_us = 5 };

	(void)state;
	memset(pkt.data, 0xff, 160);
	assert_false(mx_gate_put(&g, c, &mx_dsp_c, &pkt, false));
	assert_int_equal(g.loud_us, 0);
	assert_true(mx_gate_put(&g, c, &mx_dsp_c, &pkt, true));
	assert_int_equal(mx_gate_loud(&g), 97);
	assert_int_equal(g.loud_us, 5);
	pkt.level = MX_PKT_NO_LEVEL;
	assert_false(mx_gate_put(&g, c, &mx_dsp_c, &pkt, true));
}

static void what_was_decoded_corrects_the_guess(void **state)
{
	struct mx_gate g = { .loud = 70 };

	(void)state;
	mx_gate_learn(&g, 76);
	assert_int_equal(mx_gate_loud(&g), 76);
	mx_gate_learn(&g, 40);          /* silent: no more than silent */
	assert_int_equal(mx_gate_loud(&g), MX_GATE_SILENT);
	g.loud = 50;
	mx_gate_learn(&g, 40);
	assert_int_equal(mx_gate_loud(&g), 50);
	g.loud = 127;                   /* speech is not corrected */
	mx_gate_learn(&g, 90);
	assert_int_equal(mx_gate_loud(&g), 127);
}

/* ---- Opus --------------------------------------------------------------- */

static void pauses_and_digital_silence_of_opus_are_silent(void **state)
{
	struct mx_codec_ear ear = { 0 };
	const struct mx_codec *c = opus();
	OpusEncoder *celt;
	int err;

	(void)state;
	assert_int_equal(mx_codec_loud(c, &ear, &mx_dsp_c,
				       (const uint8_t *)"\x78", 1), 0);
	celt = opus_encoder_create(48000, 1,
				   OPUS_APPLICATION_RESTRICTED_LOWDELAY, &err);
	assert_non_null(celt);
	for (int cbr = 0; cbr < 2; cbr++) {
		opus_encoder_ctl(celt, OPUS_SET_VBR(!cbr));
		memset(sound, 0, sizeof(sound));
		for (int i = 0; i < 20; i++) {
			packet[0].len = opus_encode(celt, sound, 960,
						    packet[0].data, 400);
			assert_true(packet[0].len > 2);
			if (i > 5)
				assert_int_equal(loud(c, &ear, 0), 0);
		}
		make_noise(300, 0, LEN);
		packet[0].len = opus_encode(celt, sound, 960, packet[0].data,
					    400);
		assert_int_equal(loud(c, &ear, 0), MX_LOUD_SPEECH);
	}
	opus_encoder_destroy(celt);
}

/* The head of the same noise is the about the same in stereo. */
static void stereo_heads_are_read_like_mono_ones(void **state)
{
	static int16_t both[2 * 960];
	OpusEncoder *enc[2];
	int err;

	(void)state;
	for (int n = 1; n <= 2; n++) {
		enc[n - 1] = opus_encoder_create(16000, n,
						 OPUS_APPLICATION_VOIP, &err);
		assert_non_null(enc[n - 1]);
		opus_encoder_ctl(enc[n - 1], OPUS_SET_FORCE_CHANNELS(n));
		opus_encoder_ctl(enc[n - 1], OPUS_SET_BITRATE(n * 16000));
		opus_encoder_ctl(enc[n - 1],
				 OPUS_SET_BANDWIDTH(OPUS_BANDWIDTH_WIDEBAND));
	}
	for (int db = -60; db <= -30; db += 10) {
		int gain[2] = { 0, 0 };

		make_noise_of(db);
		for (unsigned i = 0; i < 100; i++) {
			uint8_t data[1000];

			for (unsigned k = 0; k < 320; k++)
				both[2 * k] = both[2 * k + 1] =
					sound[i * 320 + k];
			for (unsigned n = 1; n <= 2; n++) {
				const unsigned char *part[48];
				opus_int16 len[48];
				struct mx_silk_head h;
				int size = opus_encode(enc[n - 1], n == 1 ?
						       sound + i * 320 : both,
						       320, data, 1000);

				assert_int_equal(opus_packet_parse(data, size,
						NULL, part, len, NULL), 1);
				assert_int_equal(data[0] & 0x80, 0);
				h = mx_silk_head(part[0], (size_t)len[0], 1, n);
				assert_in_range(h.gain, 0, MX_SILK_GAINS - 1);
				if (i >= 50)
					gain[n - 1] += h.gain;
			}
		}
		assert_in_range(gain[0] / 50, gain[1] / 50 - 6,
				gain[1] / 50 + 6);
	}
	opus_encoder_destroy(enc[0]);
	opus_encoder_destroy(enc[1]);
}

/* Any bytes are read, none beyond the end. */
static void heads_of_anything_are_read(void **state)
{
	uint32_t seed = 5;

	(void)state;
	for (unsigned k = 0; k < 20000; k++) {
		size_t len = t_rand(&seed) % 12;
		uint8_t *data = malloc(len + 1);
		struct mx_silk_head h;

		assert_non_null(data);
		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)t_rand(&seed);
		h = mx_silk_head(data, len, 1 + t_rand(&seed) % 3,
				 1 + t_rand(&seed) % 2);
		assert_true(h.gain >= -1 && h.gain < MX_SILK_GAINS);
		free(data);
	}
}

static void the_head_says_what_the_flags_say(void **state)
{
	(void)state;
	make_voice();
	for (unsigned ms = 20; ms <= 60; ms += 20) {
		unsigned voice = 0, voiced = 0;

		encode(opus(), &plain, ms);
		for (unsigned i = 0; i < packets; i++) {
			const unsigned char *part[48];
			opus_int16 len[48];
			struct mx_silk_head h;

			assert_true(opus_packet_parse(packet[i].data,
						      packet[i].len, NULL, part,
						      len, NULL) >= 1);
			h = mx_silk_head(part[0], (size_t)len[0],
				(unsigned)opus_packet_get_samples_per_frame(
					packet[i].data, 48000) / 960, 1);
			if (ms == 20)
				assert_int_equal(h.voice, opus()->activity(
					packet[i].data, (size_t)packet[i].len) ==
					MX_ACTIVITY_VOICE);
			voice += h.voice;
			voiced += h.voiced;
			assert_false(h.fec);
		}
		assert_true(voice > packets / 4);
		assert_true(voiced > packets / 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_state_loudness_is_that_of_the_loudest_frame),
		cmocka_unit_test(guesses_follow_the_level_of_noise),
		cmocka_unit_test(steady_noise_does_not_stand_out_and_speech_does),
		cmocka_unit_test(told_levels_are_taken_if_they_are_trusted),
		cmocka_unit_test(what_was_decoded_corrects_the_guess),
		cmocka_unit_test(pauses_and_digital_silence_of_opus_are_silent),
		cmocka_unit_test(stereo_heads_are_read_like_mono_ones),
		cmocka_unit_test(heads_of_anything_are_read),
		cmocka_unit_test(the_head_says_what_the_flags_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
