/*
 * test_silence.c - what nobody says is not encoded: packets go on all the same,
 * and the sound comes back as if it had been.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/cng.h"
#include "mixer/port_priv.h"
#include "sim.h"

static struct sim s;
static struct mx_cng *cng;             /* of the rooms to come, NULL: none */

static const struct {
	const char *name;
	uint32_t clock_hz;
} codecs[] = {
	{ "opus", 48000 }, { "G722", 8000 }, { "PCMU", 8000 },
	{ "PCMA", 8000 }, { "L16", 8000 }, { "L16", 16000 },
};

enum { CODECS = sizeof(codecs) / sizeof(codecs[0]), SOUND = 1, PAUSE = 2 };

/* A second of a tone that swells and fades, then two of nothing. */
static int16_t now_and_then(void *arg, uint64_t i)
{
	const struct sim_tone *t = arg;
	const uint64_t hz = (uint64_t)t->rate_hz;
	const double x = (double)(i % hz) / t->rate_hz;

	if (i / hz % (SOUND + PAUSE) >= SOUND)
		return 0;
	return (int16_t)(sim_sine(arg, i) * sin(M_PI * x));
}

static struct sim_tone tone;

static struct sim_party *room_of(unsigned i, uint32_t room_hz,
				 struct sim_party **ear)
{
	struct sim_party *t;
	struct mx_mix *room;

	sim_open(&s);
	s.chains.cng = cng;
	room = sim_room(&s, room_hz, NULL, 0);
	t = sim_party(&s, "L16", 8000, 2);
	tone = (struct sim_tone){ 440, 8000, 8000 };
	t->voice = now_and_then;
	t->arg = &tone;
	join(t, room);
	*ear = sim_party(&s, codecs[i].name, codecs[i].clock_hz, 2);
	join(*ear, room);
	return t;
}

/* Half a second after the last sound the encoders are left alone; a packet
 * comes every 20 ms for ever, and its sound is silence. */
static void nothing_is_encoded_in_a_pause(void **state)
{
	static const uint32_t rates[] = { 8000, 48000 };

	(void)state;
	for (unsigned k = 0; k < 2 * CODECS; k++) {
		struct sim_party *ear;
		struct mx_chain_counts *n = &s.chains.counts, before;
		size_t from;

		room_of(k / 2, rates[k % 2], &ear);
		sim_ticks(&s, 450);             /* 0.5 s into the second pause */
		before = *n;
		from = ear->heard;
		sim_ticks(&s, 140);
		assert_int_equal(n->encodes, before.encodes);
		assert_int_equal(n->silent - before.silent, 2 * 70);
		assert_int_equal(n->forwarded, 0);
		for (size_t i = from; i < ear->heard; i++)
			assert_in_range(ear->pcm[i] + 8, 0, 16);
		assert_int_equal(ear->packets, 295);
		assert_int_equal(ear->breaks, 0);
		sim_close(&s);
	}
}

static double power(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];
	return sum / (double)n;
}

/* The third swell, after two pauses of two seconds, against the first. */
static void sound_comes_back_as_it_was(void **state)
{
	(void)state;
	for (unsigned k = 0; k < CODECS; k++) {
		struct sim_party *ear;
		size_t hz, period;
		double first, third, worst = 0;

		room_of(k, 8000, &ear);
		sim_ticks(&s, 800);
		hz = ear->codec->rate_hz;
		period = (SOUND + PAUSE) * hz;
		first = power(ear->pcm + hz / 10, hz);
		third = power(ear->pcm + hz / 10 + 2 * period, hz);
		assert_true(fabs(10 * log10(third / first)) < 0.2);
		/* sample by sample but for what the codec makes of it */
		for (size_t i = hz / 10; i < hz; i++)
			worst = fmax(worst, abs(ear->pcm[i + 2 * period] -
						ear->pcm[i]));
		print_message("%s: worst difference %.0f\n",
			      codecs[k].name, worst);
		assert_true(worst < (ear->codec->enc_size() ? 700 : 1));
		sim_close(&s);
	}
}

/* Who wants nothing for silence gets a payload now and then, so that ways
 * through NATs stay open, and time stamps and marker are right. */
static void pauses_are_sent_as_pauses_to_whom_wants_it(void **state)
{
	struct sim_party *ear;
	uint64_t before;

	(void)state;
	room_of(0, 8000, &ear);
	sim_ask(ear, &(struct mx_codec_par){ .dtx = 1 });
	sim_ticks(&s, 450);
	before = ear->packets;
	sim_ticks(&s, 140);
	assert_in_range(ear->packets - before, 4, 10);
	assert_true(ear->markers >= 3);
	assert_true(ear->breaks <= ear->markers);
	sim_close(&s);
}

/* dBov of n samples. */
static double loudness(const int16_t *pcm, size_t n)
{
	return 10 * log10(power(pcm, n) + 1e-9) - 90.31;
}

/* What codecs without a background send for silence is faint noise, in each
 * tenth of a second, and no encoder is called for it; the swell after it is as
 * loud as without. */
static void silence_is_faint_noise(void **state)
{
	(void)state;
	assert_int_equal(mx_cng_new(&cng, mx_dsp_best()), 0);
	for (unsigned k = 0; k < CODECS; k++) {
		struct mx_chain_counts before;
		struct sim_party *ear;
		size_t hz, part;
		double first, third;

		room_of(k, 8000, &ear);
		if (!mx_cng_has(cng, ear->codec)) {
			sim_close(&s);
			continue;
		}
		sim_ticks(&s, 150);
		before = s.chains.counts;
		sim_ticks(&s, 140);             /* the first pause */
		assert_int_equal(s.chains.counts.encodes, before.encodes);
		sim_ticks(&s, 510);
		hz = ear->codec->rate_hz;
		part = hz / 10;
		for (size_t i = 12 * part; i < 29 * part; i += part) {
			double db = loudness(ear->pcm + i, part);

			if (fabs(db - MX_CNG_DBOV) > 3)
				fail_msg("%s: %.1f dBov", codecs[k].name, db);
		}
		first = power(ear->pcm + part, hz);
		third = power(ear->pcm + part + 2 * (SOUND + PAUSE) * hz, hz);
		assert_true(fabs(10 * log10(third / first)) < 0.2);
		assert_int_equal(ear->breaks, 0);
		sim_close(&s);
	}
	mx_cng_free(cng);
	cng = NULL;
}

/* In a pause that comfort noise announces there is its noise for a second, then
 * nothing; none of it is taken for loss, and each swell is one speech. */
static void noise_of_a_pause_is_heard(void **state)
{
	struct mx_port_stats st;
	struct sim_party *ear, *t;
	const size_t part = 800, from = 12 * part;

	(void)state;
	t = room_of(4, 8000, &ear);
	t->cn = 50;
	sim_extend(t);
	sim_ticks(&s, 700);
	for (size_t i = from; i < from + 7 * part; i += part)
		if (fabs(loudness(ear->pcm + i, part) + t->cn) > 2)
			fail_msg("%.1f dBov at %zu", loudness(ear->pcm + i, part), i);
	for (size_t i = 22 * part; i < 29 * part; i++)
		assert_int_equal(ear->pcm[i], 0);
	mx_port_stats(t->port, &st);
	assert_int_equal(st.concealed_ms, 0);
	assert_int_equal(st.late, 0);
	assert_int_equal(t->begun, 3);
	assert_int_equal(ear->breaks, 0);
	sim_close(&s);
}

/* Who knows comfort noise gets a packet of it at the begin of a pause and each
 * 200 ms, nothing else, and a marker where the sound comes back. */
static void pauses_are_told_to_whom_knows_noise(void **state)
{
	static const unsigned some[] = { 1, 2, 4, 5 };  /* all but opus */

	(void)state;
	for (size_t k = 0; k < sizeof(some) / sizeof(some[0]); k++) {
		struct sim_party *ear;
		uint64_t before;

		room_of(some[k], 8000, &ear);
		ear->cn = 1;
		sim_extend(ear);
		sim_ticks(&s, 140);
		before = ear->packets;
		sim_ticks(&s, 140);
		assert_in_range(ear->packets - before, 7, 8);
		sim_ticks(&s, 620);
		assert_in_range(ear->cn_heard, 3 * 9, 3 * 11);
		assert_int_equal(ear->markers, 3);
		assert_true(ear->breaks <= ear->markers);
		sim_close(&s);
	}
}

#define T(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nothing_is_encoded_in_a_pause),
		T(sound_comes_back_as_it_was),
		T(silence_is_faint_noise),
		T(noise_of_a_pause_is_heard),
		T(pauses_are_told_to_whom_knows_noise),
		T(pauses_are_sent_as_pauses_to_whom_wants_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
