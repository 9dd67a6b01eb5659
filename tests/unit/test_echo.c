/* test_echo.c - mixer/echo.h, mixer/echo_ring.h: the whole of a leg's echo
 * control, with noise in syllables for speech. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/aec.h"
#include "mixer/codec.h"
#include "mixer/dsp/dsp.h"
#include "mixer/echo.h"
#include "mixer/echo_leg.h"
#include "mixer/echo_ring.h"
#include "mixer/resamp.h"
#include "t_fail.h"
#include "t_rand.h"

enum { HZ = 8000, FRAME = HZ / 100, TICKS = 2000, LEN = TICKS * FRAME };

static struct mx_echo_plans *plans;

static int set_up(void **state)
{
	(void)state;
	return mx_echo_plans_new(&plans);
}

static int tear_down(void **state)
{
	(void)state;
	mx_echo_plans_free(plans);
	return 0;
}

/* ---- ring -------------------------------------------------------------- */

static void ring_is_silent_where_nothing_was_put(void **state)
{
	int16_t mem[64] = { 0 }, x[8], out[16];
	struct mx_echo_ring r = { .x = mem, .size = 64 };

	(void)state;
	for (int i = 0; i < 8; i++)
		x[i] = (int16_t)(i + 1);
	mx_echo_ring_put(&r, -4, x, 8);         /* -4 to 3 */
	mx_echo_ring_put(&r, 6, x, 8);          /* a hole at 4 and 5 */
	mx_echo_ring_get(&r, 0, out, 16);
	assert_int_equal(out[0], 5);
	assert_int_equal(out[3], 8);
	assert_int_equal(out[4], 0);
	assert_int_equal(out[5], 0);
	assert_int_equal(out[6], 1);
	assert_int_equal(out[13], 8);
	assert_int_equal(out[14], 0);           /* the future */
	mx_echo_ring_get(&r, -100, out, 16);
	assert_int_equal(out[15], 0);           /* long ago */
	mx_echo_ring_put(&r, 10, x, 8);         /* over what was there */
	mx_echo_ring_get(&r, 8, out, 4);
	assert_int_equal(out[1], 4);
	assert_int_equal(out[2], 1);
}

static void ring_reads_between_samples(void **state)
{
	int16_t mem[256] = { 0 }, x[200], out[100];
	struct mx_echo_ring r = { .x = mem, .size = 256 };

	(void)state;
	for (int i = 0; i < 200; i++)
		x[i] = (int16_t)lrint(8000 * sin(i * 0.2));
	mx_echo_ring_put(&r, 0, x, 200);
	mx_echo_ring_get_between(&r, 20.3, out, 100);
	for (int i = 0; i < 100; i++)
		assert_true(fabs(out[i] - 8000 * sin((i + 20.3) * 0.2)) < 4);
	mx_echo_ring_get_between(&r, 20, out, 100);
	assert_memory_equal(out, x + 20, sizeof(out));
}

/* ---- a line ------------------------------------------------------------ */

static int16_t far[LEN], near[LEN], out[LEN];

static void talk(int16_t *x, uint32_t seed, int amplitude)
{
	int low = 0;

	for (unsigned i = 0; i < LEN; i++) {
		const int a = i / 1600 % 3 < 2 ? amplitude : amplitude / 100;

		low += ((int)(t_rand(&seed) % (2 * (unsigned)a + 1)) - a - low) / 2;
		x[i] = (int16_t)low;
	}
}

/* An echo of three reflections from sample from on. */
static void add_echo(unsigned delay_ms, unsigned from)
{
	static const unsigned at[] = { 0, 50, 190 };
	static const double gain[] = { 0.3, -0.15, 0.1 };

	for (unsigned k = 0; k < 3; k++)
		for (unsigned i = from; i < LEN; i++) {
			const unsigned late = delay_ms * HZ / 1000 + at[k];

			if (i >= late)
				near[i] = (int16_t)(near[i] + gain[k] *
						    far[i - late]);
		}
}

struct line {
	struct mx_echo_pace pace;
	struct mx_echo *echo;
	unsigned frames_max;            /* that it learned from in one tick */
};

static void line_open(struct line *l)
{
	struct mx_echo_cfg cfg = { .dsp = mx_dsp_best(), .plans = plans,
				   .pace = &l->pace, .hz = HZ };

	memset(l, 0, sizeof(*l));
	assert_int_equal(mx_echo_new(&l->echo, &cfg), 0);
}

static void line_close(struct line *l)
{
	mx_canceller_free(mx_echo_take(l->echo));
	mx_echo_free(l->echo);
}

/* What control does, some ticks later. */
static void bring_memory(struct line *l)
{
	struct mx_canceller *c;

	if (mx_echo_gives(l->echo))
		mx_canceller_free(mx_echo_take(l->echo));
	if (!mx_echo_wants(l->echo))
		return;
	assert_int_equal(mx_canceller_new(&c, &mx_aec_speex, plans, HZ), 0);
	mx_echo_give(l->echo, c);
}

/* Ticks from to end, whose near is read slip samples further on. */
static void line_run(struct line *l, unsigned from, unsigned end, int slip)
{
	for (unsigned n = from; n < end; n++) {
		int16_t *pcm = out + n * FRAME;

		memcpy(pcm, near + (int)(n * FRAME) + slip,
		       FRAME * sizeof(*pcm));
		mx_echo_near(l->echo, n + 77, pcm,
			     1234567 + (int)(n * FRAME) + slip);
		mx_echo_far(l->echo, n + 77, far + n * FRAME);
		if (l->pace.n == n + 77 && l->pace.done > l->frames_max)
			l->frames_max = l->pace.done;
		bring_memory(l);
	}
}

static double power(const int16_t *x, double from_s, double to_s)
{
	double sum = 0;

	for (size_t i = (size_t)(from_s * HZ); i < (size_t)(to_s * HZ); i++)
		sum += (double)x[i] * x[i];
	return sum / ((to_s - from_s) * HZ) + 1e-9;
}

static double gone_db(double from_s, double to_s)
{
	return 10 * log10(power(near, from_s, to_s) /
			  power(out, from_s, to_s));
}

static void an_echo_goes_away(void **state)
{
	struct mx_echo_stats st;
	struct line l;

	(void)state;
	talk(far, 1, 4000);
	talk(near, 2, 10);
	add_echo(300, 0);
	line_open(&l);
	line_run(&l, 0, TICKS, 0);
	mx_echo_stats(l.echo, &st);
	assert_int_equal(st.state, MX_ECHO_RUNNING);
	assert_true(st.delay_ms >= 298 && st.delay_ms <= 302);
	assert_true(st.loss_db > 5 && st.loss_db < 14);
	assert_true(st.gain_db >= 20);
	assert_int_equal(st.starts, 1);
	assert_int_equal(st.jumps, 0);
	assert_true(gone_db(3.5, 6) > 25);
	assert_true(gone_db(10, 20) > 25);
	assert_true(l.frames_max <= MX_ECHO_PACE + 1);
	line_close(&l);
}

static void without_echo_nothing_starts_or_changes(void **state)
{
	struct mx_echo_stats st;
	struct line l;

	(void)state;
	talk(far, 3, 4000);
	talk(near, 4, 4000);
	line_open(&l);
	line_run(&l, 0, TICKS, 0);
	mx_echo_stats(l.echo, &st);
	assert_int_equal(st.state, MX_ECHO_LISTENING);
	assert_int_equal(st.starts, 0);
	assert_memory_equal(out, near, sizeof(out));
	line_close(&l);
}

/* n tones as a phone sends them, in u-law. */
static void tones(int16_t *x, unsigned n, const double hz[])
{
	const struct mx_codec *ulaw = mx_codec_find("PCMU", HZ, 1);
	const struct mx_dsp *dsp = mx_dsp_best();
	uint8_t payload[FRAME];

	for (unsigned i = 0; i < LEN; i++) {
		double s = 0;

		for (unsigned k = 0; k < n; k++)
			s += 5000 * sin(2 * M_PI * hz[k] / HZ * i);
		x[i] = (int16_t)lrint(s);
	}
	for (unsigned t = 0; t < TICKS; t++) {
		int16_t *frame = x + t * FRAME;

		ulaw->encode(NULL, dsp, frame, FRAME, payload, sizeof(payload));
		ulaw->decode(NULL, dsp, payload, FRAME, frame, FRAME);
	}
}

/* Rooms in which everybody says a tone of his own, and nobody echoes. */
static void tones_are_no_echo_of_one_another(void **state)
{
	(void)state;
	for (unsigned room = 0; room < 16; room++)
		for (unsigned seat = 0; seat < 3; seat++) {
			const double all[] = { 703 + 7 * room, 1103 + 7 * room,
					       1907 + 7 * room };
			const double others[] = { all[(seat + 1) % 3],
						  all[(seat + 2) % 3] };
			struct mx_echo_stats st;
			struct line l;

			tones(far, 2, others);
			tones(near, 1, &all[seat]);
			line_open(&l);
			line_run(&l, 0, TICKS, 0);
			mx_echo_stats(l.echo, &st);
			assert_int_equal(st.state, MX_ECHO_LISTENING);
			assert_int_equal(st.starts, 0);
			line_close(&l);
		}
}

/* Most of the time nothing is done for a line without echo; one that begins
 * meanwhile is found all the same. */
static void it_rests_and_still_finds_what_begins_later(void **state)
{
	unsigned rested = 0;
	struct mx_echo_stats st;
	struct line l;

	(void)state;
	talk(far, 13, 4000);
	talk(near, 14, 60);
	add_echo(300, 8 * HZ);
	line_open(&l);
	for (unsigned n = 0; n < TICKS; n++) {
		rested += mx_echo_rests(l.echo, n + 77);
		line_run(&l, n, n + 1, 0);
		if (n < 400)
			assert_int_equal(rested, 0);
	}
	assert_in_range(rested, 900, 1100);
	mx_echo_stats(l.echo, &st);
	assert_int_equal(st.state, MX_ECHO_RUNNING);
	assert_true(st.delay_ms >= 298 && st.delay_ms <= 302);
	line_close(&l);
}

static void a_jump_is_followed(void **state)
{
	struct mx_echo_stats st;
	struct line l;

	(void)state;
	talk(far, 5, 4000);
	talk(near, 6, 10);
	for (unsigned i = 0; i < LEN; i++)
		near[i] = (int16_t)(near[i] + 0.3 *
			(i >= 2400 ? far[i - (i < LEN / 2 ? 2400 : 1920)] : 0));
	line_open(&l);
	line_run(&l, 0, TICKS, 0);
	mx_echo_stats(l.echo, &st);
	assert_int_equal(st.starts, 1);
	assert_in_range(st.jumps, 1, 2);
	assert_true(st.delay_ms >= 238 && st.delay_ms <= 242);
	assert_true(gone_db(13, 20) > 20);
	line_close(&l);
}

/* The jitter buffer leaves out 15 ms, later puts in 10: known, so no jump. */
static void a_slip_of_the_buffer_is_no_jump(void **state)
{
	struct mx_echo_stats st;
	struct line l;

	(void)state;
	talk(far, 7, 4000);
	talk(near, 8, 10);
	add_echo(300, 0);
	line_open(&l);
	line_run(&l, 0, 1000, 0);
	line_run(&l, 1000, 1500, 120);
	line_run(&l, 1500, TICKS - 2, 40);
	mx_echo_stats(l.echo, &st);
	assert_int_equal(st.starts, 1);
	assert_int_equal(st.jumps, 0);
	assert_true(st.delay_ms >= 292 && st.delay_ms <= 297);
	assert_true(gone_db(10.1, 14.9) > 22);
	assert_true(gone_db(15.1, 19.9) > 22);
	line_close(&l);
}

static void near_end_speech_alone_stays(void **state)
{
	struct line l;

	(void)state;
	talk(far, 9, 4000);
	talk(near, 10, 10);
	add_echo(100, 0);
	memset(far + LEN / 2, 0, sizeof(far) / 2);
	for (unsigned i = LEN / 2 + 4000; i < LEN; i++)
		near[i] = (int16_t)(2000 * sin(i * 0.3));
	line_open(&l);
	line_run(&l, 0, TICKS, 0);
	assert_true(fabs(gone_db(11, 20)) < 0.1);
	line_close(&l);
}

/* ---- at other rates ---------------------------------------------------- */

enum { WIDE_HZ = 48000, WIDE = WIDE_HZ / 100 };

static void wide_ticks(struct mx_echo_leg *l, unsigned from, unsigned end,
		       double *in, double *out_)
{
	static int16_t past[WIDE_HZ];
	static uint32_t seed = 5;
	const struct mx_echo_plans *p = plans;

	*in = *out_ = 1e-9;
	for (unsigned n = from; n < end; n++) {
		const bool far_talks = n < 1000;
		const size_t now = (size_t)n % 100 * WIDE;
		const size_t late = (size_t)(n + 80) % 100 * WIDE;
		int16_t pcm[WIDE];
		int32_t sum[WIDE];

		for (size_t i = 0; i < WIDE; i++) {
			const int a = n % 30 < 20 ? 8000 : 80;

			sum[i] = far_talks ? (int)(t_rand(&seed) % 16001) *
				a / 8000 - a : 0;
			pcm[i] = (int16_t)(far_talks ? past[late + i] / 3 :
				2000 * sin((double)i * 0.2 * M_PI) +
				2000 * sin((double)i * 0.5 * M_PI));
			*in += (double)pcm[i] * pcm[i];
			past[now + i] = (int16_t)sum[i];
		}
		if (mx_echo_leg_needs(l)) {
			struct mx_canceller *c;

			assert_int_equal(mx_canceller_new(&c, &mx_aec_speex, p,
							  16000), 0);
			mx_canceller_free(mx_echo_leg_change(l, c));
		}
		mx_echo_leg_near(l, n, pcm, WIDE_HZ, (int64_t)n * WIDE);
		mx_echo_leg_far(l, n, sum, WIDE_HZ);
		for (size_t i = 0; i < WIDE; i++)
			*out_ += (double)pcm[i] * pcm[i];
	}
}

/* 4.8 and 12 kHz, both there before and after. */
static void a_wideband_leg_keeps_what_is_above(void **state)
{
	struct mx_echo_pace pace = { 0 };
	struct mx_echo_cfg cfg = { .dsp = mx_dsp_best(), .plans = plans,
				   .pace = &pace, .hz = mx_echo_hz(WIDE_HZ) };
	struct mx_resamp_bank *bank;
	struct mx_echo_stats st;
	struct mx_echo_leg *l;
	double in, left;

	(void)state;
	assert_int_equal(mx_resamp_bank_new(&bank, cfg.dsp), 0);
	assert_int_equal(mx_echo_leg_new(&l, &cfg, bank), 0);
	wide_ticks(l, 0, 600, &in, &left);
	wide_ticks(l, 600, 1000, &in, &left);
	mx_echo_leg_stats(l, &st);
	assert_int_equal(st.state, MX_ECHO_RUNNING);
	assert_false(mx_echo_leg_passes(l));
	assert_true(st.delay_ms >= 195 && st.delay_ms <= 205);
	assert_true(in / left > 100);           /* 20 dB */
	wide_ticks(l, 1000, 1200, &in, &left);
	wide_ticks(l, 1200, 1400, &in, &left);
	assert_true(fabs(10 * log10(in / left)) < 0.3);
	mx_echo_leg_free(l);
	mx_resamp_bank_free(bank);
}

static void without_memory_there_is_nothing(void **state)
{
	struct mx_echo_cfg cfg = { .dsp = mx_dsp_best(), .plans = plans,
				   .hz = 16000 };
	struct mx_canceller *c = NULL;
	struct mx_echo_plans *p = NULL;
	struct mx_echo *e = NULL;

	(void)state;
	for (int at = 1; at <= 3; at++) {
		t_fail_at = at;
		assert_true(mx_echo_new(&e, &cfg) < 0);
		assert_null(e);
	}
	for (int at = 1; at <= 4; at++) {
		t_fail_at = at;
		assert_true(mx_echo_plans_new(&p) < 0);
		assert_null(p);
	}
	for (int at = 1; at <= 2; at++) {
		t_fail_at = at;
		assert_true(mx_canceller_new(&c, &mx_aec_speex, plans, 16000) <
			    0);
		assert_null(c);
	}
	t_fail_at = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_is_silent_where_nothing_was_put),
		cmocka_unit_test(ring_reads_between_samples),
		cmocka_unit_test(an_echo_goes_away),
		cmocka_unit_test(without_echo_nothing_starts_or_changes),
		cmocka_unit_test(tones_are_no_echo_of_one_another),
		cmocka_unit_test(it_rests_and_still_finds_what_begins_later),
		cmocka_unit_test(a_jump_is_followed),
		cmocka_unit_test(a_slip_of_the_buffer_is_no_jump),
		cmocka_unit_test(near_end_speech_alone_stays),
		cmocka_unit_test(a_wideband_leg_keeps_what_is_above),
		cmocka_unit_test(without_memory_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
