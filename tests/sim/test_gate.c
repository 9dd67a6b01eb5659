/*
 * test_gate.c - who is not worth listening to is not decoded, and nobody hears
 * the difference.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/port_priv.h"
#include "sim.h"

static uint64_t decoded(const struct sim_party *p)
{
	struct mx_port_stats st;

	mx_port_stats(p->port, &st);
	return st.decoded;
}

static uint8_t level(const struct sim_party *p)
{
	struct mx_port_stats st;

	mx_port_stats(p->port, &st);
	return st.level;
}

/* Noise under all, and over it louder noise now and then. */
struct line {
	uint32_t seed;
	double background;              /* amplitudes of noise in +-1 */
	double voice;
	uint64_t from, to;              /* samples: when he speaks */
	unsigned odd_ms;                /* if not 0, in syllables of so long */
	double rate_hz;
};

static int16_t line(void *arg, uint64_t i)
{
	struct line *l = arg;
	double a = l->background;
	uint32_t period = (uint32_t)(l->rate_hz * l->odd_ms / 1000);

	if (i >= l->from && i < l->to &&
	    (period == 0 || (i - l->from) / period % 3 < 2))
		a = l->voice;
	return (int16_t)lrint(a * 4 * sim_noise(&l->seed, i));
}

/* Noise of a level in dBov: uniform, that is 4.8 dB below its peak. */
static double noise(double dbov)
{
	return pow(10, (dbov + 4.8) / 20);
}

/* A voice is no noise: a tone with harmonics and an envelope. */
struct voice {
	uint64_t from;
	double rate_hz;
};

static int16_t voice(void *arg, uint64_t i)
{
	const struct voice *v = arg;
	double t = (double)(i - v->from) / v->rate_hz, x = 0;

	if (i < v->from)
		return 0;
	for (int k = 1; k <= 12; k++)
		x += sin(2 * M_PI * 140 * k * t) / k;
	return (int16_t)lrint(4000 * x * (1.2 + sin(2 * M_PI * 4 * t)));
}

static struct sim_party *party(struct sim *s, const char *codec, uint32_t hz,
			       struct mx_mix *room, sim_voice_h *v, void *arg)
{
	struct sim_party *p = sim_party(s, codec, hz, 2);

	p->voice = v;
	p->arg = arg;
	if (room)
		join(p, room);
	return p;
}

/* ---- the first syllable ------------------------------------------------ */

static double likeness(const int16_t *a, const int16_t *b, size_t n)
{
	double s = 0, d = 0;

	for (size_t i = 0; i < n; i++) {
		s += (double)a[i] * a[i];
		d += (double)(a[i] - b[i]) * (a[i] - b[i]);
	}
	return 10 * log10((s + 1) / (d + 1));
}

/* Two rooms with the same speaker and a listener each; one speaker is never
 * let asleep. */
static void compare(const char *codec, uint32_t hz, size_t at_ms, double db)
{
	const uint32_t rate = strcmp(codec, "G722") == 0 ? 16000 : hz;
	struct voice v = { rate * at_ms / 1000, rate };
	struct sim s;
	struct sim_party *speaker[2], *listener[2];
	struct mx_mix *room[2];
	uint64_t before;
	size_t start;

	sim_open(&s);
	for (unsigned i = 0; i < 2; i++) {
		room[i] = sim_room(&s, rate, NULL, 0);
		speaker[i] = party(&s, codec, hz, room[i], voice, &v);
		join(listener[i] = sim_party(&s, "L16", rate == 8000 ? 8000 :
					     rate == 16000 ? 16000 : 48000, 2),
		     room[i]);
	}
	for (unsigned t = 0; t < 600; t++) {
		mix_wake(room[1], speaker[1]->port,
			 (int64_t)s.n * MX_TICK_US);
		sim_ticks(&s, 1);
		if (t == at_ms / 10 - 20)
			before = decoded(speaker[0]);
		if (t == at_ms / 10 - 3)        /* he slept for a while */
			assert_int_equal(decoded(speaker[0]), before);
	}
	assert_true(decoded(speaker[0]) + 100 < decoded(speaker[1]));
	/* the first sound of the twin, and what follows 20 ms later */
	for (start = rate; abs(listener[1]->pcm[start]) < 200; start++)
		assert_true(start < listener[1]->heard);
	if (db > 60)
		assert_true(likeness(listener[1]->pcm + start,
				     listener[0]->pcm + start, rate / 50) > db);
	start += rate / 50;
	assert_true(likeness(listener[1]->pcm + start, listener[0]->pcm + start,
			     listener[0]->heard - start) > db);
	assert_true(speaker[0]->begun > 0);
	assert_int_equal(speaker[0]->begun, speaker[1]->begun);
	assert_int_equal(speaker[0]->ended, speaker[1]->ended);
	sim_close(&s);
}

static void the_first_syllable_is_heard_as_if_he_had_never_slept(void **state)
{
	(void)state;
	compare("PCMU", 8000, 4000, 90);        /* to the bit */
	compare("PCMU", 8000, 4010, 90);
	compare("L16", 16000, 4007, 90);
	compare("G722", 8000, 4000, 15);
	compare("G722", 8000, 4010, 15);
	compare("opus", 48000, 4000, 40);
	compare("opus", 48000, 4013, 40);
}

/* ---- who is not decoded ------------------------------------------------ */

static void a_muted_leg_is_never_decoded(void **state)
{
	static const struct { const char *name; uint32_t hz, rate; } of[] = {
		{ "PCMU", 8000, 8000 }, { "G722", 8000, 16000 },
		{ "opus", 48000, 48000 }
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct voice v = { 0, of[i].rate };
		struct sim s;
		struct mx_mix *room;
		struct sim_party *p;
		uint64_t before;

		sim_open(&s);
		room = sim_room(&s, of[i].rate, NULL, 0);
		p = party(&s, of[i].name, of[i].hz, room, voice, &v);
		sim_ticks(&s, 100);
		assert_int_equal(mx_mix_awake(room), 1);
		mx_mix_voice(room, p->port, false, true);
		before = decoded(p);
		sim_ticks(&s, 300);
		assert_int_equal(decoded(p), before);
		assert_int_equal(mx_mix_awake(room), 0);
		/* but how loud he is is known all the same, about */
		assert_in_range(level(p), 8, 40);
		/* as are his keys */
		p->events = true;
		p->event_key = 5;
		sim_ticks(&s, 10);
		p->events = false;
		sim_ticks(&s, 20);
		assert_string_equal(p->keys, "5");
		assert_int_equal(decoded(p), before);
		assert_int_equal(mx_mix_awake(room), 0);
		assert_int_equal(p->begun, 1);
		assert_int_equal(p->ended, 1);

		mx_mix_voice(room, p->port, true, true);
		sim_ticks(&s, 10);
		assert_int_equal(mx_mix_awake(room), 1);
		assert_int_equal(p->begun, 2);
		sim_close(&s);
	}
}

static void silence_is_not_decoded_and_nobody_is_visited(void **state)
{
	static const char *const of[] = { "PCMU", "PCMA", "L16" };
	struct line l = { .seed = 1 };
	struct sim s;
	struct mx_mix *room;
	struct sim_party *p[40];
	uint64_t before = 0, after = 0;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned i = 0; i < 40; i++)
		p[i] = party(&s, of[i % 3], HZ, room, line, &l);
	sim_ticks(&s, 200);
	assert_int_equal(mx_mix_awake(room), 0);
	for (unsigned i = 0; i < 40; i++)
		before += decoded(p[i]);
	sim_ticks(&s, 300);
	for (unsigned i = 0; i < 40; i++)
		after += decoded(p[i]);
	assert_int_equal(before, after);
	assert_int_equal(level(p[0]), MX_LEVEL_SILENCE);
	sim_close(&s);
}

static void a_pause_costs_no_concealment(void **state)
{
	struct line l = { .seed = 5, .voice = noise(-20), .from = 0,
			  .to = 48000, .odd_ms = 100, .rate_hz = 48000 };
	struct sim s;
	struct mx_mix *room;
	struct sim_party *p;
	struct mx_port_stats before, after;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, 48000, NULL, 0);
	p = party(&s, "opus", 48000, room, line, &l);
	p->dtx = true;
	sim_change(p, "opus", 48000, 2, true);
	sim_ticks(&s, 400);
	/* it sends something now and then */
	mx_port_stats(p->port, &before);
	assert_int_equal(mx_mix_awake(room), 0);
	sim_ticks(&s, 400);
	mx_port_stats(p->port, &after);
	assert_int_equal(mx_mix_awake(room), 0);
	assert_int_equal(after.decoded, before.decoded);
	assert_int_equal(after.concealed_ms, before.concealed_ms);
	assert_true(after.rx_bytes > before.rx_bytes);
	l.from = p->said;
	l.to = p->said + 48000;
	sim_ticks(&s, 50);
	assert_int_equal(p->begun, 2);
	sim_close(&s);
}

/* ---- many who make some noise ------------------------------------------ */

/* places: as mix_awake.c has them of so many talkers. */
static void noisy_room(const char *codec, uint32_t hz, unsigned n, double dbov,
		       unsigned talkers, unsigned places)
{
	static struct line l[100];
	struct sim s;
	struct mx_mix *room;
	struct sim_party *p[100], *talker;
	uint64_t before = 0, after = 0;
	unsigned awake = 0, most = 0;

	sim_open(&s);
	s.talkers = talkers;
	room = sim_room(&s, hz, NULL, 0);
	for (unsigned i = 0; i < n; i++) {
		l[i] = (struct line){ .seed = i + 100, .background =
				      noise(dbov + i % 7), .rate_hz = hz };
		p[i] = party(&s, codec, hz, room, line, &l[i]);
	}
	sim_ticks(&s, 800);             /* until it is known what is noise */
	for (unsigned i = 0; i < n; i++)
		before += decoded(p[i]);
	for (unsigned t = 0; t < 300; t++) {
		sim_ticks(&s, 1);
		awake += mx_mix_awake(room);
		if (mx_mix_awake(room) > most)
			most = mx_mix_awake(room);
	}
	for (unsigned i = 0; i < n; i++)
		after += decoded(p[i]);
	assert_in_range(awake / 300, places, places + 1);
	assert_in_range(most, places, places + 3);
	/* look-backs included */
	assert_true(after - before <= 150 * (places + 2));

	/* somebody who slept has something to say */
	talker = NULL;
	for (unsigned i = 0; i < n; i++) {
		p[i]->begun = p[i]->ended = 0;
		if (!p[i]->port->awake)
			talker = p[i];
	}
	assert_non_null(talker);
	for (unsigned round = 0; round < 3; round++) {
		struct line *v = talker->arg;

		v->voice = noise(dbov + 25);
		v->from = talker->said;
		v->to = talker->said + hz * 3 / 2;
		v->odd_ms = 130;
		sim_ticks(&s, 7);
		for (unsigned t = 0; t < 140; t++) {
			assert_true(talker->port->awake);
			sim_ticks(&s, 1);
			awake = mx_mix_awake(room);
			assert_in_range(awake, 1, places + 4);
		}
		assert_int_equal(talker->begun, round + 1);
		sim_ticks(&s, 300);
		assert_int_equal(talker->ended, round + 1);
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(p[i]->begun, p[i]->ended);
	sim_close(&s);
}

static void of_a_hundred_noisy_legs_few_are_decoded(void **state)
{
	(void)state;
	noisy_room("PCMU", HZ, 100, -56, 8, 6);
	noisy_room("opus", 48000, 16, -52, 8, 6);
	noisy_room("PCMU", HZ, 20, -56, 1, 6);
}

static void who_mixes_many_hears_as_much_noise(void **state)
{
	(void)state;
	noisy_room("PCMU", HZ, 40, -56, 9, 7);
	noisy_room("PCMU", HZ, 60, -56, 32, 30);
}

static void noise_is_heard_while_there_are_places(void **state)
{
	struct line l = { .seed = 9, .background = noise(-50), .rate_hz = HZ };
	struct sim s;
	struct mx_mix *room;
	struct sim_party *p, *listener;

	(void)state;
	sim_open(&s);
	s.talkers = 8;
	room = sim_room(&s, HZ, NULL, 0);
	p = party(&s, "PCMU", HZ, room, line, &l);
	join(listener = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 1000);
	assert_true(p->port->awake);
	for (size_t i = 2 * HZ; i + TICK < listener->heard; i += TICK)
		assert_true(s.dsp->energy(listener->pcm + i, TICK) > 0);
	sim_close(&s);
}

/* ---- keys -------------------------------------------------------------- */

struct keypad {
	uint64_t from, to;
};

static int16_t keypad(void *arg, uint64_t i)
{
	const struct keypad *k = arg;

	if (i < k->from || i >= k->to)
		return 0;
	return (int16_t)lrint(3000 * (sin(2 * M_PI * 770 * (double)i / HZ) +
				      sin(2 * M_PI * 1336 * (double)i / HZ)));
}

static void keys_in_the_sound_wake_even_the_muted(void **state)
{
	(void)state;
	for (unsigned mute = 0; mute < 2; mute++) {
		struct keypad k = { 3 * HZ, 3 * HZ + HZ / 10 };
		struct sim s;
		struct mx_mix *room;
		struct sim_party *p;

		sim_open(&s);
		room = sim_room(&s, HZ, NULL, 0);
		p = party(&s, "PCMU", HZ, room, keypad, &k);
		sim_listen(p);
		mx_mix_voice(room, p->port, !mute, true);
		sim_ticks(&s, 300);
		assert_int_equal(mx_mix_awake(room), 0);
		sim_ticks(&s, 300);
		assert_string_equal(p->keys, "5");
		assert_int_equal(mx_mix_awake(room), 0);
		k.from = p->said;
		k.to = p->said + HZ / 10;
		sim_ticks(&s, 300);
		assert_string_equal(p->keys, "55");
		sim_close(&s);
	}
}

/* ---- what happens meanwhile -------------------------------------------- */

static void speak_again(struct sim_party *p, struct voice *v, unsigned begun)
{
	v->from = p->said;
	v->rate_hz = p->codec->rate_hz;
	sim_ticks(p->sim, 8);
	assert_true(p->port->awake);
	sim_ticks(p->sim, 92);
	assert_int_equal(p->begun, begun);
	v->from = UINT64_MAX;
	sim_ticks(p->sim, 300);
	assert_false(p->port->awake);
	assert_int_equal(p->ended, begun);
}

static void the_stream_may_become_another_one_meanwhile(void **state)
{
	struct voice v = { UINT64_MAX, HZ };
	struct sim s;
	struct sim_party *p;

	(void)state;
	sim_open(&s);
	p = party(&s, "opus", 48000, sim_room(&s, 48000, NULL, 0), voice, &v);
	sim_change(p, "PCMU", HZ, 2, true);
	sim_ticks(&s, 200);
	assert_false(p->port->awake);
	p->ssrc++;                      /* another source */
	p->seq = (uint16_t)(p->seq + 4000);
	sim_ticks(&s, 50);
	speak_again(p, &v, 1);
	p->ssrc++;                      /* and again, with his first word */
	speak_again(p, &v, 2);
	p->said += 1000000;             /* a jump of its time */
	sim_ticks(&s, 50);
	speak_again(p, &v, 3);
	p->seq = (uint16_t)(p->seq + 20000);
	speak_again(p, &v, 4);
	sim_change(p, "opus", 48000, 2, true);
	sim_ticks(&s, 300);
	assert_false(p->port->awake);
	speak_again(p, &v, 5);
	sim_change(p, "G722", 8000, 4, true);
	sim_ticks(&s, 300);
	assert_false(p->port->awake);
	speak_again(p, &v, 6);
	sim_close(&s);
}

static void the_room_may_change_its_rate_meanwhile(void **state)
{
	struct voice v = { UINT64_MAX, 48000 }, never = { UINT64_MAX, HZ };
	struct sim s;
	struct mx_mix *room;
	struct sim_party *p, *q;

	(void)state;
	sim_open(&s);
	s.least_hz = 8000;
	room = sim_room(&s, 48000, NULL, 0);
	p = party(&s, "opus", 48000, room, voice, &v);
	q = party(&s, "L16", 48000, room, voice, &never);
	sim_change(q, "PCMU", HZ, 2, true);
	sim_ticks(&s, 300);
	assert_int_equal(mx_mix_hz(room), 8000);
	assert_int_equal(mx_mix_awake(room), 0);
	speak_again(p, &v, 1);
	sim_change(q, "L16", 48000, 2, true);
	sim_ticks(&s, 300);
	assert_int_equal(mx_mix_hz(room), 48000);
	assert_int_equal(mx_mix_awake(room), 0);
	speak_again(p, &v, 2);
	sim_close(&s);
}

static void who_leaves_the_room_asleep_is_heard_outside(void **state)
{
	struct keypad k = { 5 * HZ, 5 * HZ + HZ / 10 };
	struct sim s;
	struct mx_mix *room;
	struct sim_party *p;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	p = party(&s, "PCMU", HZ, room, keypad, &k);
	sim_listen(p);
	sim_ticks(&s, 450);
	assert_int_equal(mx_mix_awake(room), 0);
	mx_mix_del(room, p->port);
	sim_ticks(&s, 100);
	assert_string_equal(p->keys, "5");
	assert_true(mx_pool_used(s.pool) <= 2);
	sim_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_syllable_is_heard_as_if_he_had_never_slept),
		cmocka_unit_test(a_muted_leg_is_never_decoded),
		cmocka_unit_test(silence_is_not_decoded_and_nobody_is_visited),
		cmocka_unit_test(a_pause_costs_no_concealment),
		cmocka_unit_test(of_a_hundred_noisy_legs_few_are_decoded),
		cmocka_unit_test(who_mixes_many_hears_as_much_noise),
		cmocka_unit_test(noise_is_heard_while_there_are_places),
		cmocka_unit_test(keys_in_the_sound_wake_even_the_muted),
		cmocka_unit_test(the_stream_may_become_another_one_meanwhile),
		cmocka_unit_test(the_room_may_change_its_rate_meanwhile),
		cmocka_unit_test(who_leaves_the_room_asleep_is_heard_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
