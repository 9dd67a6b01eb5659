/* test_talk.c - who speaks (talk.h), and who holds the floor (dsi.h, floor.h):
 * the formula of the paper, and ten minutes of a meeting as quality.md's bench
 * has it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/floor.h"
#include "mixer/level.h"
#include "mixer/port_priv.h"
#include "mixer/talk.h"
#include "mixer/xchg.h"
#include "t_meeting.h"
#include "t_rand.h"
#include "t_wave.h"

/* ---- activity ---------------------------------------------------------- */

static uint32_t seed;

static double between(double from, double to)
{
	return t_between(&seed, from, to);
}

/* Puts so many ticks of white noise of a level in dBov, 0: digital silence.
 * Counts begins and ends in *changes. */
static uint64_t put(struct mx_talk *t, uint64_t n, unsigned ticks, double db,
		    uint32_t hz, unsigned *changes)
{
	const double peak = db < 0 ? 32767 * pow(10, db / 20) * sqrt(3) : 0;
	int16_t x[480];

	for (unsigned i = 0; i < ticks; i++) {
		bool before = t->active;

		for (uint32_t k = 0; k < hz / 100; k++)
			x[k] = (int16_t)lrint(between(-peak, peak));
		mx_talk_put(t, n++, mx_dsp_best()->energy(x, hz / 100),
			    hz / 100);
		*changes += before != t->active;
	}
	return n;
}

static void speech_lasts_as_long_as_it_is_at_every_rate(void **state)
{
	static const uint32_t rates[] = { 8000, 16000, 24000, 48000 };
	static const unsigned ticks[] = { 10, 37, 100, 512 };

	(void)state;
	seed = 5;
	for (unsigned r = 0; r < 4; r++)
		for (unsigned i = 0; i < 4; i++) {
			struct mx_talk t;
			unsigned changes = 0;
			uint64_t n;

			mx_talk_init(&t);
			n = put(&t, 1000, 300, -60, rates[r], &changes);
			n = put(&t, n, ticks[i], -24, rates[r], &changes);
			assert_int_equal(changes, 1);
			n = put(&t, n, MX_TALK_HANG - 2, -60, rates[r],
				&changes);
			assert_true(t.active);
			put(&t, n, 4, -60, rates[r], &changes);
			assert_int_equal(changes, 2);
			assert_in_range(mx_talk_ticks(&t), ticks[i] - 1,
					ticks[i] + 2);
		}
}

static void speech_begins_with_its_first_frames(void **state)
{
	struct mx_talk t;
	unsigned changes = 0;
	uint64_t n;

	(void)state;
	mx_talk_init(&t);
	n = put(&t, 0, 500, -58, 8000, &changes);
	assert_int_equal(changes, 0);
	n = put(&t, n, 1, -40, 8000, &changes);
	n = put(&t, n, 1, -58, 8000, &changes);
	assert_false(t.active);         /* a click */
	n = put(&t, n, 1, -40, 8000, &changes);
	assert_true(t.active);
	assert_int_equal(mx_talk_ticks(&t), 3);
	put(&t, n, 30, -58, 8000, &changes);
	assert_true(t.active);
}

static void steady_noise_is_no_speech_and_a_steady_tone_is_not_noise(void **state)
{
	struct mx_talk t;
	unsigned changes = 0;
	uint64_t n;

	(void)state;
	mx_talk_init(&t);
	/* nothing is known yet of the first two seconds */
	n = put(&t, 0, 260, -42, 16000, &changes);
	changes = 0;
	n = put(&t, n, 6000, -42, 16000, &changes);
	assert_false(t.active);
	assert_int_equal(changes, 0);
	/* he speaks over it, and it is his noise still */
	n = put(&t, n, 100, -28, 16000, &changes);
	assert_true(t.active);
	n = put(&t, n, 100, -42, 16000, &changes);
	assert_false(t.active);
	/* who makes a noise as loud as speech is heard for ever */
	n = put(&t, n, 6000, -18, 16000, &changes);
	assert_true(t.active);
	assert_int_equal(changes, 3);
	/* nothing that comes says nothing of the noise */
	put(&t, n, 6000, 0, 16000, &changes);
	assert_int_equal(changes, 4);
	assert_true(t.floor > MX_LEVEL_SILENCE - 43);
	/* nor anything else, after a while */
	assert_true(t.idle);
}

/* ---- the formula ------------------------------------------------------- */

static double score(unsigned n, unsigned of, double lambda)
{
	double s = lgamma(of + 1) - lgamma(n + 1) - lgamma(of - n + 1) +
		of * log(0.5) - log(lambda) + lambda * n;

	return s < 1e-10 ? 1e-10 : s;
}

static void leads_are_those_of_the_paper(void **state)
{
	struct mx_dsi_now now[13 * 6 * (MX_DSI_BLOCKS + 1)];
	unsigned n = 0;

	(void)state;
	for (uint8_t l = 0; l < 13; l++)
		for (uint8_t m = 0; m < 6; m++)
			for (uint8_t g = 0; g <= MX_DSI_BLOCKS; g++)
				now[n++] = (struct mx_dsi_now){ l, m, g };
	for (unsigned i = 0; i < n * n; i++) {
		struct mx_dsi_now a = now[i / n], b = now[i % n];
		double c1 = log(score(a.last, 13, 0.78) /
				score(b.last, 13, 0.78));
		double c2 = log(score(a.medium, 5, 24) /
				score(b.medium, 5, 24));
		double c3 = log(score(a.longer, MX_DSI_BLOCKS, 47) /
				score(b.longer, MX_DSI_BLOCKS, 47));
		double lead = c1 > 3 && c2 > 2 && c3 > 0 ? c2 : 0;

		if (fabs(lead - (double)mx_dsi_lead(a, b)) > 0.001)
			fail_msg("%u/%u/%u over %u/%u/%u: %f", a.last,
				 a.medium, a.longer, b.last, b.medium, b.longer,
				 lead);
	}
}

/* ---- ten minutes of a meeting ------------------------------------------ */

static void the_floor_follows_the_meeting(void **state)
{
	static struct meeting m;

	(void)state;
	for (uint32_t s = 1; s <= 20; s++) {
		struct meeting_verdict v;

		meeting_make(&m, s * 7919, NULL, NULL);
		v = meeting_judge(&m, &meeting_floor);
		assert_true(v.changes > 80);
		print_message("seed %u, %u turns: right %.1f %%, false %.2f/min, "
			      "p50 %u p95 %u ms\n", s, m.turns, 100 * v.right,
			      v.false_per_min, v.p50, v.p95);
		assert_true(v.right >= 0.90);
		assert_true(v.false_per_min <= 0.5);
		assert_true(v.p50 <= 350);
		assert_true(v.p95 <= 700);
	}
}

static void blocks(struct mx_port *port, unsigned who, unsigned n,
		   unsigned legs)
{
	for (; n > 0; n--)
		for (unsigned i = 0; i < legs; i++) {
			for (unsigned k = 0; k < MX_DSI_BLOCK; k++)
				mx_dsi_put(&port[i].talk.dsi,
					   i == who ? 25 : 64);
			mx_dsi_block(&port[i].talk.dsi);
		}
}

/* Strokes of 20 to 60 ms, two to five a second, on all of three legs. */
static void type(struct mx_port *port, struct mx_floor *floor, unsigned levels)
{
	unsigned left[3] = { 0 };
	uint64_t id;

	for (unsigned at = 0; at < levels; at++) {
		for (unsigned i = 0; i < 3; i++) {
			if (left[i] == 0)
				left[i] = (unsigned)between(10, 25);
			left[i]--;
			mx_dsi_put(&port[i].talk.dsi, (uint8_t)
				   (left[i] < 1 + t_rand(&seed) % 3 ?
				    between(22, 34) : between(58, 66)));
		}
		if (at % MX_DSI_BLOCK != MX_DSI_BLOCK - 1)
			continue;
		for (unsigned i = 0; i < 3; i++)
			mx_dsi_block(&port[i].talk.dsi);
		mx_floor_decide(floor, port, NULL, 0);
		assert_false(mx_floor_news(floor, &id));
	}
}

/* Neither one that nobody has had yet, nor that of one who has fallen silent. */
static void keyboards_never_take_the_floor(void **state)
{
	static struct mx_port port[3];
	uint64_t id;

	(void)state;
	for (uint32_t s = 1; s <= 10; s++) {
		struct mx_floor floor = { 0 };

		seed = s * 99;
		meeting_seat(port, 3);
		mx_floor_decide(&floor, port, NULL, 0);
		assert_true(mx_floor_news(&floor, &id));
		assert_int_equal(id, 0);
		type(port, &floor, 3000);       /* a minute */
		blocks(port, 1, 12, 3);
		mx_floor_decide(&floor, port, NULL, 0);
		assert_true(mx_floor_news(&floor, &id));
		assert_int_equal(id, 2);
		type(port, &floor, 3000);
	}
}

/* ---- parts ------------------------------------------------------------- */

/* Ports 0 and 1 are in part 3, 2 and 3 in part 7. */
static void one_floor_over_all_parts(void **state)
{
	static struct mx_port port[4];
	struct mx_floor a = { 0 }, b = { 0 };
	struct mx_xchg *x;
	uint64_t id;

	(void)state;
	assert_int_equal(mx_xchg_new(&x, 80), 0);
	assert_int_equal(mx_xchg_add(x, 3), 0);
	assert_int_equal(mx_xchg_add(x, 7), 0);
	mx_xchg_set_active(x, 3, true);
	mx_xchg_set_active(x, 7, true);
	meeting_seat(port, 4);
	port[1].next_awake = NULL;
	blocks(port, 4, 1, 4);  /* nobody: that is their noise */
	for (unsigned i = 0; i < 8; i++) {
		unsigned who = i % 4;

		blocks(port, who, 12, 4);
		/* one of them sees the other's word of the time before */
		for (unsigned k = 0; k < 2; k++) {
			mx_floor_decide(&a, &port[0], x, 3);
			mx_floor_decide(&b, &port[2], x, 7);
		}
		assert_false(mx_floor_news(&b, &id));   /* one alone tells */
		assert_true(mx_floor_news(&a, &id));
		assert_int_equal(id, who + 1);
	}
	/* the holder goes, and with him his part */
	mx_floor_leave(&b, &port[3]);
	mx_floor_decide(&b, NULL, x, 7);
	mx_xchg_set_active(x, 7, false);
	mx_floor_decide(&a, &port[0], x, 3);
	assert_true(mx_floor_news(&a, &id));
	assert_int_equal(id, 0);
	/* the other part takes the lead over, and tells what it knows */
	mx_xchg_set_active(x, 7, true);
	mx_xchg_set_active(x, 3, false);
	blocks(port, 2, 12, 4);
	mx_floor_decide(&b, &port[2], x, 7);
	mx_floor_decide(&a, NULL, x, 3);
	assert_false(mx_floor_news(&a, &id));
	assert_true(mx_floor_news(&b, &id));
	assert_int_equal(id, 3);
	mx_xchg_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speech_lasts_as_long_as_it_is_at_every_rate),
		cmocka_unit_test(speech_begins_with_its_first_frames),
		cmocka_unit_test(steady_noise_is_no_speech_and_a_steady_tone_is_not_noise),
		cmocka_unit_test(leads_are_those_of_the_paper),
		cmocka_unit_test(the_floor_follows_the_meeting),
		cmocka_unit_test(keyboards_never_take_the_floor),
		cmocka_unit_test(one_floor_over_all_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
