/*
 * test_sources.c - levels told in packets are held against the sound, and
 * packets name those whom they consist of (RFC 6464, RFC 6465, RFC 3550).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "mixer/level.h"
#include "sim.h"

/* ---- levels that come -------------------------------------------------- */

static bool trusted(const struct sim_party *p)
{
	struct mx_port_stats st;

	mx_port_stats(p->port, &st);
	return st.level_trusted;
}

static struct sim_party *teller(struct sim *s, const char *codec, uint32_t hz,
				int error)
{
	struct sim_party *p = sim_party(s, codec, hz, 2);

	p->level_id = 3;
	p->level_error = error;
	sim_extend(p);
	return p;
}

static void true_level_is_trusted_after_a_second_of_sound(void **state)
{
	static const struct {
		const char *codec;
		uint32_t hz, rate;
	} c[] = { { "PCMU", 8000, 8000 }, { "G722", 8000, 16000 },
		  { "opus", 48000, 48000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct sim_gated g = { 3, c[i].rate, c[i].rate / 3 };
		struct sim s;
		struct sim_party *p;

		sim_open(&s);
		p = teller(&s, c[i].codec, c[i].hz, 0);
		sim_ticks(&s, 200);
		assert_false(trusted(p));       /* he said nothing */
		p->voice = sim_gated;
		p->arg = &g;
		sim_ticks(&s, 90);
		assert_false(trusted(p));
		sim_ticks(&s, 130);
		assert_true(trusted(p));
		sim_close(&s);
	}
}

static void whoever_tells_lies_is_not_trusted(void **state)
{
	static const struct { int error; bool ok; } c[] = {
		{ -60, false }, { -8, false }, { -5, true }, { 5, true },
		{ 8, false }, { 60, false }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		uint32_t seed = 5;
		struct sim s;
		struct sim_party *p;

		sim_open(&s);
		p = teller(&s, "PCMU", 8000, c[i].error);
		p->voice = sim_noise;
		p->arg = &seed;
		sim_ticks(&s, 300);
		assert_int_equal(trusted(p), c[i].ok);
		sim_close(&s);
	}
}

static void trust_is_lost_with_the_first_lie_and_with_the_source(void **state)
{
	uint32_t seed = 5;
	struct sim s;
	struct sim_party *p;

	(void)state;
	sim_open(&s);
	p = teller(&s, "PCMU", 8000, 0);
	p->voice = sim_noise;
	p->arg = &seed;
	sim_ticks(&s, 300);
	assert_true(trusted(p));
	p->level_error = 30;
	sim_ticks(&s, 220);
	assert_false(trusted(p));
	p->level_error = 0;
	sim_ticks(&s, 220);
	assert_true(trusted(p));
	p->ssrc++;
	sim_ticks(&s, 4);
	assert_false(trusted(p));
	sim_close(&s);
}

/* ---- who is in the mix ------------------------------------------------- */

static bool names(const struct sim_party *p, const struct sim_party *of)
{
	for (unsigned i = 0; i < p->csrcs.n; i++)
		if (p->csrcs.ssrc[i] == of->ssrc)
			return true;
	return false;
}

/* Three speak, of five; of the others one wants to know their levels, one is
 * told who they are, and one is told nothing. */
static void packets_name_those_who_speak_but_for_the_receiver(void **state)
{
	struct sim s;
	struct sim_party *p[6];
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned i = 0; i < 6; i++) {
		p[i] = i < 3 ? noisy(&s, i) : sim_party(&s, "PCMU", HZ, 2);
		p[i]->csrc = i != 5;
		p[i]->csrc_id = i == 3 || i == 0 ? 7 : 0;
		sim_extend(p[i]);
		join(p[i], room);
	}
	sim_ticks(&s, 100);
	for (unsigned i = 0; i < 6; i++) {
		unsigned others = 0;

		for (unsigned k = 0; k < 6; k++) {
			bool there = k < 3 && k != i && p[i]->csrc;

			assert_int_equal(names(p[i], p[k]), there);
			others += there;
		}
		assert_int_equal(p[i]->csrcs.n, others);
	}
	/* +-8191, evenly: 0 dBov less 16.8 dB */
	for (unsigned i = 0; i < p[3]->csrcs.n; i++)
		assert_in_range(p[3]->csrcs.level[i], 16, 18);
	mx_mix_voice(room, p[0]->port, false, true);
	p[1]->voice = NULL;
	sim_ticks(&s, 200);
	assert_int_equal(p[3]->csrcs.n, 1);
	assert_true(names(p[3], p[2]));
	mx_mix_voice(room, p[3]->port, true, false);    /* hears nobody now */
	sim_ticks(&s, 4);
	assert_int_equal(p[3]->csrcs.n, 0);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(p[i]->breaks, 0);
	sim_close(&s);
}

static void those_of_other_workers_are_named_too(void **state)
{
	struct sim s;
	struct sim_party *p[3];
	struct mx_xchg *x;

	(void)state;
	sim_open(&s);
	assert_int_equal(mx_xchg_new(&x, HZ / 100), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(mx_xchg_add(x, i), 0);
		p[i] = noisy(&s, i);
		p[i]->csrc = true;
		p[i]->csrc_id = 200;
		sim_extend(p[i]);
		join(p[i], sim_room(&s, HZ, x, i));
	}
	sim_ticks(&s, 100);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(p[i]->csrcs.n, 2);
		assert_true(names(p[i], p[(i + 1) % 3]));
		assert_true(names(p[i], p[(i + 2) % 3]));
		assert_in_range(p[i]->csrcs.level[0], 16, 18);
	}
	sim_close(&s);
	mx_xchg_free(x);
}

static void fifteen_are_the_most_that_are_named(void **state)
{
	struct sim s;
	struct sim_party *p;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, HZ, NULL, 0);
	for (unsigned i = 0; i < 20; i++)
		join(noisy(&s, i % 5), room);
	p = sim_party(&s, "PCMU", HZ, 12);      /* and a long packet */
	p->csrc = true;
	p->csrc_id = 1;
	sim_extend(p);
	join(p, room);
	sim_ticks(&s, 100);
	assert_int_equal(p->csrcs.n, MX_CSRCS_MAX);
	sim_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(true_level_is_trusted_after_a_second_of_sound),
		cmocka_unit_test(whoever_tells_lies_is_not_trusted),
		cmocka_unit_test(trust_is_lost_with_the_first_lie_and_with_the_source),
		cmocka_unit_test(packets_name_those_who_speak_but_for_the_receiver),
		cmocka_unit_test(those_of_other_workers_are_named_too),
		cmocka_unit_test(fifteen_are_the_most_that_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
