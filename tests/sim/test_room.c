/*
 * test_room.c - whole rooms, to the bit: who hears whom, and that nobody can
 * hear the machinery work.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { LIMIT = 10 };    /* samples that the limiter is late, 1.25 ms */

/* ---- the mix ----------------------------------------------------------- */

static void everybody_hears_the_exact_sum_of_the_others(void **state)
{
	static const unsigned bc[] = { 1, 2 }, ac[] = { 0, 2 }, ab[] = { 0, 1 },
		abc[] = { 0, 1, 2 };
	struct sim s;
	struct sim_party *p[4];
	struct mx_mix *room;
	size_t d;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned i = 0; i < 3; i++)
		join(p[i] = noisy(&s, i), room);
	join(p[3] = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 1000);

	d = delay_of(p[0], bc, 2, SETTLED);
	assert_int_equal(delay_of(p[1], ac, 2, SETTLED), d);
	assert_int_equal(delay_of(p[2], ab, 2, SETTLED), d);
	assert_int_equal(delay_of(p[3], abc, 3, SETTLED), d);
	assert_in_range(d, LIMIT, HZ / 10);
	sim_close(&s);
}

static void loud_voices_are_limited_and_never_wrap(void **state)
{
	struct sim_tone tone = { 400, HZ, 32000 };
	struct sim s;
	struct sim_party *p[5];
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned i = 0; i < 5; i++) {
		join(p[i] = sim_party(&s, "L16", HZ, 2), room);
		p[i]->voice = sim_sine;
		p[i]->arg = &tone;
	}
	sim_ticks(&s, 500);
	/* four equal sines: their shape stays, only smaller */
	for (size_t t = SETTLED; t < p[0]->heard; t++)
		assert_in_range(p[0]->pcm[t] + 32768, 32768 - 29203,
				32768 + 29203);
	assert_true(sim_goertzel(p[0]->pcm + SETTLED, HZ, 400, HZ) > -2);
	assert_true(sim_goertzel(p[0]->pcm + SETTLED, HZ, 1200, HZ) < -50);
	sim_close(&s);
}

static void tones_of_the_others_are_heard_and_not_ones_own(void **state)
{
	static const struct {
		const char *name;
		uint32_t hz;
	} codecs[] = { { "PCMU", 8000 }, { "PCMA", 8000 }, { "L16", 16000 },
		       { "L16", 48000 } };
	static const double freq[] = { 440, 620, 1010, 1630 };
	struct sim_tone tone[4];
	struct sim_party *p[4];
	struct mx_mix *room;
	struct sim s;

	(void)state;
	for (unsigned hz = 8000; hz <= 48000; hz = hz == 8000 ? 16000 : hz * 3) {
		sim_open(&s);
		room = sim_room(&s, hz, NULL, 0);
		for (unsigned i = 0; i < 4; i++) {
			p[i] = sim_party(&s, codecs[i].name, codecs[i].hz, 2);
			tone[i] = (struct sim_tone){ freq[i], codecs[i].hz,
						     6000 };
			p[i]->voice = sim_sine;
			p[i]->arg = &tone[i];
			join(p[i], room);
		}
		sim_ticks(&s, 400);
		for (unsigned i = 0; i < 4; i++)
			for (unsigned j = 0; j < 4; j++) {
				size_t n = codecs[i].hz;
				double db = sim_goertzel(p[i]->pcm + 2 * n, n,
							 freq[j], (double)n);

				if (i == j)
					assert_true(db < -65);
				else
					assert_true(db > -16 && db < -14);
			}
		sim_close(&s);
	}
}

/* ---- the machinery ----------------------------------------------------- */

/*
 * Two listeners that share a chain and one talker; in the second run one of
 * the listeners talks by times. What he hears, and what the other one who goes
 * on sharing hears of the talker, must be the same bits in both runs.
 */
static int16_t *run_switching(bool talks, size_t *len, unsigned *most_chains,
			      double amplitude, uint32_t room_hz)
{
	struct sim_tone loud = { 300, HZ, amplitude };
	/* each time at another frame of the packet */
	struct sim_gated g = { 99, 3 * HZ + TICK, HZ / 2 };
	struct sim s;
	struct sim_party *l, *t, *t2, *quiet;
	struct mx_mix *room;
	int16_t *pcm;

	sim_open(&s);
	room = sim_room(&s, room_hz, NULL, 0);
	join(t = noisy(&s, 0), room);
	join(t2 = sim_party(&s, "L16", HZ, 2), room);
	t2->voice = sim_sine;
	t2->arg = &loud;
	join(l = sim_party(&s, "L16", HZ, 3), room);
	l->voice = sim_gated;
	if (!talks)
		g.on = 0;
	l->arg = &g;
	join(quiet = sim_party(&s, "L16", HZ, 3), room);
	*most_chains = 0;
	for (int i = 0; i < 1500; i++) {
		sim_ticks(&s, 1);
		if (i > 150 && mx_mix_chains(room) > *most_chains)
			*most_chains = mx_mix_chains(room);
	}
	assert_int_equal(l->breaks, 0);
	*len = l->heard;
	pcm = l->pcm;
	l->pcm = NULL;
	sim_close(&s);
	return pcm;
}

static void own_and_shared_chain_change_without_a_seam(void **state)
{
	/* within range; far over it, the limiter at work; through filters */
	static const struct {
		double amplitude;
		uint32_t room_hz;
	} runs[] = { { 8000, HZ }, { 32000, HZ }, { 8000, 16000 } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		size_t n1, n2;
		unsigned c1, c2;
		int16_t *never = run_switching(false, &n1, &c1,
					       runs[i].amplitude,
					       runs[i].room_hz);
		int16_t *by_times = run_switching(true, &n2, &c2,
						  runs[i].amplitude,
						  runs[i].room_hz);

		/* two talkers and one for all listeners; one more by times */
		assert_int_equal(c1, 3);
		assert_int_equal(c2, 4);
		assert_int_equal(n1, n2);
		for (size_t t = 0; t < n1; t++)
			if (never[t] != by_times[t])
				fail_msg("sample %zu of %zu: %d, not %d", t,
					 n1, by_times[t], never[t]);
		free(never);
		free(by_times);
	}
}

static void others_who_come_and_go_break_nothing(void **state)
{
	static const unsigned a[] = { 0 };
	struct sim s;
	struct sim_party *t, *l, *guest[20];
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(t = noisy(&s, 0), room);
	join(l = sim_party(&s, "L16", HZ, 2), room);
	for (int i = 0; i < 20; i++)
		guest[i] = sim_party(&s, i % 2 ? "L16" : "PCMU", HZ, 1 + (unsigned)i % 3);
	/* ten come or go each tick, a thousand a second */
	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned k = 0; k < 10; k++) {
			struct sim_party *g = guest[(i * 10 + k) % 20];

			if (mx_port_mix(g->port))
				mx_mix_del(room, g->port);
			else
				join(g, room);
		}
		sim_ticks(&s, 1);
	}
	delay_of(l, a, 1, SETTLED);
	assert_int_equal(l->breaks, 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(guest[i]->breaks, 0);
	sim_close(&s);
}

static void listeners_of_one_codec_cost_one_encoding(void **state)
{
	struct sim s;
	struct sim_party *t;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(t = noisy(&s, 0), room);
	for (int i = 0; i < 20; i++)
		join(sim_party(&s, "PCMU", HZ, 2), room);
	for (int i = 0; i < 20; i++)
		join(sim_party(&s, "PCMA", HZ, 2), room);
	for (int i = 0; i < 10; i++)
		join(sim_party(&s, "PCMA", HZ, 7), room);
	assert_int_equal(mx_mix_chains(room), 51);
	sim_ticks(&s, 20);              /* not longer: a crowd may come at once */
	/* the talker; one each for u-law, A-law, and A-law in long packets */
	assert_int_equal(mx_mix_chains(room), 4);
	for (unsigned i = 1; i < s.n_parties; i++) {
		assert_int_equal(s.party[i].breaks, 0);
		assert_int_equal(s.party[i].heard, s.party[0].heard -
				 s.party[0].heard % (s.party[i].ptime * TICK));
	}
	sim_close(&s);
}

static void listeners_out_of_step_do_not_share(void **state)
{
	static const unsigned a[] = { 0 };
	struct sim s;
	struct sim_party *l[4];
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(noisy(&s, 0), room);
	for (unsigned i = 0; i < 4; i++) {
		s.phase = i % 2;
		join(l[i] = sim_party(&s, "L16", HZ, 2), room);
	}
	sim_ticks(&s, 500);
	assert_int_equal(mx_mix_chains(room), 3);
	for (unsigned i = 0; i < 4; i++) {
		/* the one out of step began with half a packet of nothing */
		assert_int_equal(delay_of(l[i], a, 1, SETTLED),
				 delay_of(l[0], a, 1, SETTLED) +
				 (i % 2) * TICK);
		assert_int_equal(l[i]->breaks, 0);
	}
	sim_close(&s);
}

static void stream_changes_in_mid_call(void **state)
{
	static const unsigned a[] = { 0 };
	struct sim s;
	struct sim_party *l, *other;
	struct mx_mix *room;
	size_t heard;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	join(noisy(&s, 0), room);
	join(l = sim_party(&s, "L16", HZ, 2), room);
	join(other = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 200);
	assert_int_equal(mx_mix_chains(room), 2);

	sim_change(l, "PCMU", HZ, 2, true);     /* another codec */
	assert_int_equal(mx_mix_chains(room), 3);
	sim_ticks(&s, 200);
	sim_change(l, "L16", HZ, 3, true);      /* back, in longer packets */
	sim_ticks(&s, 200);
	assert_int_equal(l->breaks, 0);
	assert_int_equal(l->markers, 3);

	sim_change(l, "L16", HZ, 2, false);     /* on hold */
	heard = l->heard;
	sim_ticks(&s, 101);
	assert_int_equal(l->heard, heard);
	sim_change(l, "L16", HZ, 2, true);
	sim_ticks(&s, 500);
	assert_int_equal(l->breaks, 1);         /* its time has gone on */
	assert_int_equal(l->markers, 4);
	delay_of(other, a, 1, SETTLED);
	assert_int_equal(other->breaks, 0);
	assert_int_equal(mx_mix_chains(room), 2);
	sim_close(&s);
}

/* One sample, the last before silence; it leaves the filter when the silence
 * is on already. */
static int16_t click(void *arg, uint64_t i)
{
	(void)arg;
	return i == HZ - 1 ? 20000 : 0;
}

static void last_sample_before_silence_is_heard(void **state)
{
	struct sim s;
	struct sim_party *t, *l;
	struct mx_mix *room;
	unsigned heard = 0;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, 16000, NULL, 0);
	join(t = sim_party(&s, "L16", HZ, 2), room);
	t->voice = click;
	join(l = sim_party(&s, "L16", HZ, 2), room);
	sim_ticks(&s, 200);
	for (size_t i = 0; i < l->heard; i++)
		heard += l->pcm[i] > 10000;
	assert_int_equal(heard, 1);
	sim_close(&s);
}

static void packets_flow_in_silence_and_without_a_room(void **state)
{
	struct sim s;
	struct sim_party *a, *b;

	(void)state;
	sim_open(&s);
	a = sim_party(&s, "PCMU", HZ, 2);
	b = sim_party(&s, "L16", 44100, 1);
	join(a, sim_room(&s, 16000, NULL, 0));
	sim_ticks(&s, 500);
	assert_int_equal(a->packets, 250);
	assert_int_equal(b->packets, 500);
	assert_int_equal(a->breaks + b->breaks, 0);
	assert_int_equal(a->markers + b->markers, 2);
	/* the stamp is that of a packet's first sample */
	assert_int_equal(a->next_ts, mx_port_ts(a->port, s.n));
	assert_int_equal(b->next_ts, mx_port_ts(b->port, s.n));
	for (size_t t = 0; t < a->heard; t++)
		assert_int_equal(a->pcm[t], 0);
	sim_close(&s);
}

static void long_packets_are_cut_to_what_fits(void **state)
{
	struct sim s;
	struct sim_party *a;

	(void)state;
	sim_open(&s);
	a = sim_party(&s, "L16", 16000, 12);    /* 3840 bytes would not */
	sim_ticks(&s, 400);
	assert_int_equal(a->packets, 100);      /* 40 ms each */
	assert_int_equal(a->breaks, 0);
	sim_close(&s);
}

/* ---- a room on several threads ----------------------------------------- */

static void parts_of_a_room_hear_each_other_a_tick_later(void **state)
{
	static const unsigned ab[] = { 0, 1 };
	struct sim s;
	struct sim_party *a, *b, *c, *l;
	struct mx_mix *part[2];
	struct mx_xchg *x;
	size_t d;

	(void)state;
	sim_open(&s);
	assert_int_equal(mx_xchg_new(&x, TICK), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(mx_xchg_add(x, i), 0);
		part[i] = sim_room(&s, HZ, x, i);
	}
	join(a = noisy(&s, 0), part[0]);
	join(b = noisy(&s, 1), part[0]);
	join(l = sim_party(&s, "L16", HZ, 2), part[0]);
	join(c = noisy(&s, 2), part[1]);
	sim_ticks(&s, 500);

	/* beside them: the same as without a second part, but for c */
	d = 0;
	for (size_t t = SETTLED; d < DELAY_MAX && t < SETTLED + 99; t++)
		if (a->pcm[t] != sim_noise(&seeds[1], t - d) +
		    sim_noise(&seeds[2], t - d - TICK)) {
			t = SETTLED - 1;
			d++;
		}
	for (size_t t = SETTLED; t < a->heard; t++) {
		int other = sim_noise(&seeds[2], t - d - TICK);

		assert_int_equal(a->pcm[t], sim_noise(&seeds[1], t - d) + other);
		assert_int_equal(b->pcm[t], sim_noise(&seeds[0], t - d) + other);
		assert_int_equal(l->pcm[t], reference(ab, 2, t, d) + other);
	}
	assert_int_equal(delay_of(c, ab, 2, SETTLED), d + TICK);

	/* the part that nobody is in any more says nothing */
	mx_mix_del(part[1], c->port);
	c->voice = NULL;
	sim_ticks(&s, 200);
	delay_of(a, (const unsigned[]){ 1 }, 1, a->heard - HZ - 10);
	sim_close(&s);
	mx_xchg_free(x);
}

static void play_to_all_reaches_every_part(void **state)
{
	int16_t pcm[CLIP];
	struct mx_clip clip = { HZ, CLIP, pcm };
	struct mx_play_list list = { .clips = { &clip }, .n = 1 };
	struct sim s;
	struct sim_party *p[2];
	struct mx_mix *part[2];
	struct mx_xchg *x;

	(void)state;
	fill_clip(pcm, 5);
	sim_open(&s);
	assert_int_equal(mx_xchg_new(&x, TICK), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(mx_xchg_add(x, i), 0);
		part[i] = sim_room(&s, HZ, x, i);
	}
	/* nobody is in the part that plays */
	join(p[0] = sim_party(&s, "L16", HZ, 2), part[1]);
	join(p[1] = sim_party(&s, "PCMU", HZ, 2), part[1]);
	sim_ticks(&s, 200);
	assert_int_equal(mx_mix_play(part[0], &list, 1), 0);
	sim_ticks(&s, 100);
	for (size_t t = 0;; t++) {
		assert_true(t + CLIP < p[0]->heard);
		if (memcmp(p[0]->pcm + t, pcm, sizeof(pcm)) == 0)
			break;
	}
	sim_close(&s);
	mx_xchg_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_hears_the_exact_sum_of_the_others),
		cmocka_unit_test(loud_voices_are_limited_and_never_wrap),
		cmocka_unit_test(tones_of_the_others_are_heard_and_not_ones_own),
		cmocka_unit_test(own_and_shared_chain_change_without_a_seam),
		cmocka_unit_test(others_who_come_and_go_break_nothing),
		cmocka_unit_test(listeners_of_one_codec_cost_one_encoding),
		cmocka_unit_test(listeners_out_of_step_do_not_share),
		cmocka_unit_test(stream_changes_in_mid_call),
		cmocka_unit_test(last_sample_before_silence_is_heard),
		cmocka_unit_test(packets_flow_in_silence_and_without_a_room),
		cmocka_unit_test(long_packets_are_cut_to_what_fits),
		cmocka_unit_test(parts_of_a_room_hear_each_other_a_tick_later),
		cmocka_unit_test(play_to_all_reaches_every_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
