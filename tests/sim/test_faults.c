/*
 * test_faults.c - what phones and networks do wrong, in a room: a good talker
 * stays as he is, to the sample, and the bad one is heard again soon.
 *
 * good and bad speak, and the listener hears both. good says noise where the
 * sum must be exact, else a tone; bad says a tone.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum {
	GOOD_HZ = 1100, BAD_HZ = 700,
	WINDOW = HZ / 20,               /* 50 ms: 20 Hz wide */
	SECOND = 100                    /* ticks */
};

static struct sim s;
static struct sim_party *good, *bad, *ear;
static struct mx_mix *room;
static struct sim_tone good_tone = { GOOD_HZ, HZ, 6000 };
static struct sim_tone bad_tone = { BAD_HZ, HZ, 6000 };

#define TONE_DB (20 * log10(6000.0 / 32767))

static int begin(void **state)
{
	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	good = sim_party(&s, "L16", HZ, 2);
	bad = sim_party(&s, "L16", HZ, 2);
	ear = sim_party(&s, "L16", HZ, 2);
	join(good, room);
	join(bad, room);
	join(ear, room);
	good->voice = bad->voice = sim_sine;
	good->arg = &good_tone;
	bad->arg = &bad_tone;
	sim_ticks(&s, 2 * SECOND);
	return 0;
}

static int end(void **state)
{
	(void)state;
	assert_int_equal(ear->breaks, 0);
	sim_close(&s);
	return 0;
}

/* Is a tone at its level in all of the windows of pcm from `from` on? */
static bool sounds(double hz, size_t from)
{
	for (size_t at = from; at + WINDOW <= ear->heard; at += WINDOW / 2)
		if (fabs(sim_goertzel(ear->pcm + at, WINDOW, hz, HZ) -
			 TONE_DB) > 1)
			return false;
	return true;
}

/* Seconds until a tone has been there without a break up to the end. */
static double back_after(double hz, size_t from)
{
	size_t at = ear->heard - WINDOW;

	assert_true(ear->heard > from + HZ);
	while (at > from && fabs(sim_goertzel(ear->pcm + at, WINDOW, hz, HZ) -
				 TONE_DB) <= 1)
		at -= WINDOW / 2;
	return (double)(at - from) / HZ;
}

static struct mx_port_stats stats(const struct sim_party *p)
{
	struct mx_port_stats st;

	mx_port_stats(p->port, &st);
	return st;
}

/* ---- what leaves the sound as it is ------------------------------------ */

/* From now on the listener must hear the exact sum of noises 0 and 1. */
static size_t make_noise(void)
{
	good->voice = bad->voice = sim_noise;
	good->arg = &seeds[0];
	bad->arg = &seeds[1];
	bad->said = good->said;         /* so that both are equally late */
	bad->ts_add = 0;
	sim_ticks(&s, SECOND);
	return ear->heard;
}

/* Beside each of its packets bad sends one of this type and size. */
static void junk(unsigned ticks, uint8_t pt, size_t len)
{
	uint8_t payload[1000] = { 0x7f, 0x12, 0x55 };

	for (; ticks > 0; ticks--) {
		struct mx_rtp_hdr hdr = {
			.ssrc = bad->ssrc, .pt = pt, .seq = bad->seq,
			.ts = (uint32_t)bad->said
		};

		if (s.step % bad->ptime == 0) {
			sim_deliver(bad, &hdr, MX_PKT_NO_LEVEL, payload, len);
			bad->seq++;
		}
		sim_ticks(&s, 1);
	}
}

/* Numbers are missing, but no sound: the buffer may take more delay to be ready
 * for a loss, once, and that is all. */
static void assert_unbroken(size_t from)
{
	struct mx_port_stats st = stats(bad);

	assert_true(sounds(BAD_HZ, from));
	assert_true(sounds(GOOD_HZ, SETTLED));
	assert_int_equal(st.concealed_ms, 0);
	assert_int_equal(st.late, 0);
	assert_true(st.expanded_ms <= 40);
}

static void payloads_of_a_wrong_size_are_dropped(void **state)
{
	static const size_t len[] = { 0, 1, 3, 319, 321, 999 };
	size_t from = ear->heard;

	(void)state;
	for (size_t i = 0; i < sizeof(len) / sizeof(len[0]); i++)
		junk(SECOND / 2, SIM_PT, len[i]);
	assert_unbroken(from);
}

static void payload_types_not_agreed_on_are_dropped(void **state)
{
	static const uint8_t pt[] = { 0, 13, 72, 97, 127 };
	static const unsigned who[] = { 0, 1 };
	size_t from = make_noise();

	(void)state;
	for (size_t i = 0; i < sizeof(pt); i++)
		junk(SECOND / 2, pt[i], 320);
	(void)delay_of(ear, who, 2, from);      /* the exact sum of both */
}

static void jumps_of_the_sequence_alone_are_not_heard(void **state)
{
	static const uint16_t jump[] = { 50, 5000, 40000, 0x8000 };
	size_t from = ear->heard;

	(void)state;
	for (size_t i = 0; i < sizeof(jump) / sizeof(jump[0]); i++) {
		bad->seq = (uint16_t)(bad->seq + jump[i]);
		sim_ticks(&s, SECOND);
	}
	assert_unbroken(from);
}

/* ---- what is heard, and soon over -------------------------------------- */

static void new_ssrc_is_heard_at_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		size_t from = ear->heard;

		bad->ssrc += 1000;
		bad->seq = (uint16_t)(bad->seq * 7 + 1234);
		bad->ts_add += 0x9e3779b9;
		sim_ticks(&s, 2 * SECOND);
		assert_true(back_after(BAD_HZ, from) < 0.2);
	}
	assert_true(sounds(GOOD_HZ, SETTLED));
}

static void jump_of_the_time_stamp_is_a_new_beginning(void **state)
{
	static const uint32_t jump[] = {
		HZ, 10 * HZ, 0x80000000, 0xffffffff - HZ, 0x7fffffff,
		(uint32_t)-10 * HZ
	};

	(void)state;
	for (size_t i = 0; i < sizeof(jump) / sizeof(jump[0]); i++) {
		size_t from = ear->heard;

		bad->ts_add += jump[i];
		sim_ticks(&s, 3 * SECOND);
		/* one of a second ahead may be a long outage, which the
		 * buffer waits for */
		assert_true(back_after(BAD_HZ, from) <
			    (jump[i] == HZ ? 1.2 : 0.3));
	}
	assert_true(sounds(GOOD_HZ, SETTLED));
}

static void sender_at_twice_real_time_harms_itself_alone(void **state)
{
	size_t from;

	(void)state;
	bad->pace = 2;
	for (unsigned i = 0; i < 10; i++) {
		sim_ticks(&s, SECOND);
		assert_in_range(stats(bad).delay_ms, 0, 500);
		assert_true(mx_pool_used(s.pool) < 100);
	}
	/* he is heard all the while, if not as he is */
	assert_true(sim_goertzel(ear->pcm + ear->heard - HZ, HZ, BAD_HZ, HZ) >
		    TONE_DB - 20);
	bad->pace = 1;
	from = ear->heard;
	sim_ticks(&s, 10 * SECOND);
	assert_true(back_after(BAD_HZ, from) < 3);
	assert_in_range(stats(bad).delay_ms, 0, 150);
	assert_true(sounds(GOOD_HZ, SETTLED));
}

static void bursts_of_300_ms_are_waited_for(void **state)
{
	uint64_t made_up;

	(void)state;
	bad->burst = 30;
	sim_ticks(&s, 6 * SECOND);
	made_up = stats(bad).concealed_ms;
	sim_ticks(&s, 10 * SECOND);
	assert_int_equal(stats(bad).concealed_ms, made_up);
	assert_true(sounds(BAD_HZ, ear->heard - 8 * HZ));
	assert_in_range(stats(bad).delay_ms, 250, 450);
	bad->burst = 0;
	sim_ticks(&s, 15 * SECOND);     /* and the delay comes back */
	assert_in_range(stats(bad).delay_ms, 0, 100);
	assert_true(sounds(BAD_HZ, ear->heard - 2 * HZ));
	assert_true(sounds(GOOD_HZ, SETTLED));
}

static void codec_that_changes_in_mid_speech_is_hardly_heard(void **state)
{
	static const struct {
		const char *name;
		unsigned ptime;
	} to[] = { { "PCMU", 2 }, { "PCMA", 3 }, { "L16", 1 }, { "PCMU", 6 },
		   { "L16", 2 } };

	(void)state;
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		size_t from = ear->heard;

		sim_change(bad, to[i].name, HZ, to[i].ptime, true);
		sim_ticks(&s, 2 * SECOND);
		assert_true(back_after(BAD_HZ, from) < 0.2);
	}
	assert_true(sounds(GOOD_HZ, SETTLED));
}

/* ---- a crowd ----------------------------------------------------------- */

enum { CROWD = 40, MINUTE = 60 * SECOND, A_TICK = 10 };

/* Ten come and ten go each tick, some of them deaf or dumb, in three codecs:
 * 1000 joins and 1000 leaves a second, for a minute. One of the ten is not there
 * at all before, and is not any more after. */
static void thousand_joins_and_leaves_a_second_break_no_sample(void **state)
{
	static const char *const codec[] = { "L16", "PCMU", "PCMA" };
	static const unsigned who[] = { 0 };
	struct sim_party *crowd[CROWD];
	uint32_t rnd = 4711;
	size_t from, want;
	unsigned joins = 0;

	(void)state;
	good->voice = sim_noise;
	good->arg = &seeds[0];
	bad->voice = NULL;
	ear->max = (size_t)HZ * 80;
	ear->pcm = realloc(ear->pcm, ear->max * sizeof(*ear->pcm));
	assert_non_null(ear->pcm);
	for (unsigned i = 0; i < CROWD; i++)
		crowd[i] = sim_party(&s, codec[i % 3], HZ, 1 + i % 3);
	sim_ticks(&s, SECOND);
	from = ear->heard;
	for (unsigned t = 0; t < MINUTE; t++) {
		for (unsigned k = 0; k < A_TICK; k++) {
			struct sim_party *p = crowd[joins++ % CROWD];

			rnd = rnd * 1664525 + 1013904223;
			if (mx_port_mix(p->port))
				mx_mix_del(room, p->port);
			mx_mix_add(room, p->port, rnd >> 30, rnd >> 29 & 1);
			p = crowd[(joins + CROWD / 2) % CROWD];
			if (mx_port_mix(p->port))
				mx_mix_del(room, p->port);
		}
		for (unsigned i = 0; i < s.n_parties; i++)
			if (&s.party[i] != ear)         /* is not kept */
				s.party[i].heard = 0;
		sim_ticks(&s, 1);
	}
	assert_int_equal(joins, 60000);
	want = from + (size_t)60 * HZ;
	assert_in_range(ear->heard, want - 2 * HZ / 50, want + 2 * HZ / 50);
	(void)delay_of(ear, who, 1, from);      /* all of it, to the sample */
	for (unsigned i = 0; i < CROWD; i++)
		assert_int_equal(crowd[i]->breaks, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(payloads_of_a_wrong_size_are_dropped),
		T(payload_types_not_agreed_on_are_dropped),
		T(jumps_of_the_sequence_alone_are_not_heard),
		T(new_ssrc_is_heard_at_once),
		T(jump_of_the_time_stamp_is_a_new_beginning),
		T(sender_at_twice_real_time_harms_itself_alone),
		T(bursts_of_300_ms_are_waited_for),
		T(codec_that_changes_in_mid_speech_is_hardly_heard),
		T(thousand_joins_and_leaves_a_second_break_no_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
