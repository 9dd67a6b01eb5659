/*
 * test_jbuf_opus.c - the jitter buffer with a codec that conceals by itself,
 * has FEC and pauses: Opus. The network's whims are from a seed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/jbuf.h"
#include "t_coded.h"
#include "t_rand.h"
#include "t_wave.h"

enum { PT = 96, TICK = 480, TICKS = SECONDS * 100, ROUNDS_MAX = 10 };

/* What the network does to packet i: microseconds of delay, LOST, or UNSENT. */
enum { LOST = -1, UNSENT = -2 };
typedef int64_t (path_h)(unsigned i);

static struct {
	struct mx_jbuf_stats stats;
	unsigned voice, silence, concealed;     /* ticks */
	unsigned lost, lost_voice, sent;        /* packets */
	enum mx_jbuf_kind kind[TICKS * ROUNDS_MAX];
	double delay_ms;                        /* mean depth */
} got;

static int16_t out[LEN * ROUNDS_MAX];           /* what was taken */
static unsigned rounds;                         /* of packet[], one by one */

static const struct t_packet *sent(unsigned i)
{
	return &packet[i % packets];
}

static void put(struct mx_jbuf *jb, struct mx_pool *pool, unsigned i,
		unsigned seq, int64_t arrival_us)
{
	struct mx_pkt *p = mx_pool_get(pool);

	assert_non_null(p);
	p->pt = PT;
	p->ssrc = 1;
	p->seq = (uint16_t)seq;
	p->ts = i * frame;
	p->arrival_us = arrival_us;
	p->off = 12;
	p->len = (uint16_t)sent(i)->len;
	memcpy(p->data + p->off, sent(i)->data, p->len);
	if (mx_jbuf_put(jb, p) < 0)
		mx_pool_put(pool, p);
}

/** Through a network and a buffer, in ticks of 10 ms. A packet is sent when its
 *  sound is complete; an empty one (DTX) is not. */
static void run(path_h *path)
{
	static int64_t arrival[PACKETS * ROUNDS_MAX];
	static unsigned seq[PACKETS * ROUNDS_MAX];
	unsigned n = packets * rounds, next_seq = 100;
	struct mx_pool *pool;
	struct mx_jbuf *jb;
	double depth = 0;

	memset(&got, 0, sizeof(got));
	assert_int_equal(mx_pool_new(&pool, 200), 0);
	assert_int_equal(mx_jbuf_new(&jb, &(struct mx_jbuf_cfg){
		.pool = pool, .dsp = mx_dsp_best(),
		.dec_size_max = opus()->dec_size() }), 0);
	assert_int_equal(mx_jbuf_map(jb, PT, opus()), 0);
	for (unsigned i = 0; i < n; i++) {
		int64_t delay = sent(i)->len ? path(i) : UNSENT;

		arrival[i] = delay < 0 ? -1 :
			(int64_t)(i + 1) * frame * 1000 / 48 + delay;
		if (delay == UNSENT)
			continue;
		got.sent++;
		seq[i] = next_seq++;
		got.lost += delay == LOST;
		got.lost_voice += delay == LOST &&
			opus()->activity(sent(i)->data, (size_t)sent(i)->len) ==
			MX_ACTIVITY_VOICE;
	}
	for (unsigned k = 0; k < TICKS * rounds; k++) {
		const int64_t now = (int64_t)k * 10000 + 3000;
		enum mx_jbuf_kind kind;

		for (unsigned i = 0; i < n; i++)        /* as they come */
			if (arrival[i] >= 0 && arrival[i] <= now) {
				put(jb, pool, i, seq[i], arrival[i]);
				arrival[i] = -1;
			}
		kind = mx_jbuf_take(jb, out + k * TICK, TICK, now);
		got.kind[k] = kind;
		got.voice += kind == MX_JBUF_VOICE;
		got.silence += kind == MX_JBUF_SILENCE;
		got.concealed += kind == MX_JBUF_CONCEALED;
		depth += mx_jbuf_stats(jb)->depth_ms;
	}
	got.stats = *mx_jbuf_stats(jb);
	got.delay_ms = depth / (TICKS * rounds);
	mx_jbuf_free(jb);
	assert_int_equal(mx_pool_used(pool), 0);
	mx_pool_free(pool);
}

/** The sound, encoded for a path with so much loss. */
static void encode_for(unsigned loss, bool dtx, unsigned ms)
{
	const struct mx_codec_par par = { .fec = 1, .dtx = dtx };
	void *enc = new_enc(opus(), &par);

	opus()->adapt(enc, loss, 100);
	encode_with(opus(), enc, ms);
	free(enc);
	rounds = 1;
}

/** Second differences are small where nothing clicks. */
static int bend(const int16_t *x, size_t n)
{
	int most = 0;

	for (size_t i = 2; i < n; i++) {
		const int d = abs(x[i] - 2 * x[i - 1] + x[i - 2]);

		if (d > most)
			most = d;
	}
	return most;
}

/* ---- without harm ------------------------------------------------------ */

static int64_t at_once(unsigned i)
{
	(void)i;
	return 0;
}

static void what_is_whole_comes_out_as_decoded(void **state)
{
	static const unsigned ms[] = { 10, 20, 40, 60, 100, 120 };
	size_t first;

	(void)state;
	make_voice();
	for (int i = 0; i < 6; i++) {
		encode_for(10, false, ms[i]);
		decode(opus());
		run(at_once);
		for (first = 0; got.kind[first] != MX_JBUF_VOICE; )
			first++;
		assert_memory_equal(out + first * TICK, heard,
				    (LEN - (first + ms[i] / 10) * TICK) *
				    sizeof(*out));
		assert_int_equal(got.stats.concealed, 0);
		assert_int_equal(got.stats.fec_used, 0);
		assert_true(got.delay_ms <= 20);
	}
}

/* ---- loss -------------------------------------------------------------- */

static int64_t lose_5(unsigned i)
{
	static uint32_t seed;
	static bool lost;

	if (i == 0) {
		seed = 5;
		lost = false;
	}
	/* single ones: no two in a row */
	lost = !lost && t_rand(&seed) % 20 == 0;
	return lost ? LOST : 0;
}

/* quality.md's goal 8. */
static void single_losses_are_made_good_by_fec(void **state)
{
	(void)state;
	make_voice();
	encode_for(10, false, 20);
	rounds = ROUNDS_MAX;
	run(lose_5);
	print_message("%u lost, %u of them voice, %u by FEC, %.1f ms\n",
		      got.lost, got.lost_voice, (unsigned)got.stats.fec_used,
		      got.delay_ms);
	assert_true(got.lost > 50);
	assert_true(got.stats.fec_used * 100 >= got.lost_voice * 85);
	assert_true(got.stats.fec_used <= got.lost);
	/* one packet's time more than without */
	assert_true(got.delay_ms > 10 && got.delay_ms < 45);
	/* of what FEC made good, half at most was concealed already */
	assert_true(got.stats.concealed <=
		    got.lost * frame - got.stats.fec_used * frame / 2);
	assert_true(got.stats.lost == got.lost ||
		    got.stats.lost == got.lost - 1);    /* the last one */
}

static void without_fec_nobody_waits_for_it(void **state)
{
	(void)state;
	make_voice();
	encode_for(0, false, 20);
	rounds = ROUNDS_MAX;
	run(lose_5);
	assert_int_equal(got.stats.fec_used, 0);
	assert_true(got.delay_ms <= 20);
	assert_true(got.stats.concealed >= (got.lost - 1) * frame);
}

static int64_t lose_one_and_be_late(unsigned i)
{
	/* the one behind it comes when half of it has been concealed */
	return i == 40 ? LOST : 0;
}

static void fec_helps_when_half_is_concealed_already(void **state)
{
	int16_t *at;

	(void)state;
	make_tone(8000, 400, 48000);
	make_noise(0, 0, 48000 / 2);
	encode_for(20, false, 20);
	run(lose_one_and_be_late);
	assert_true(got.concealed > 0);
	for (unsigned k = 0; k < TICKS; k++)
		if (got.kind[k] == MX_JBUF_CONCEALED) {
			at = out + k * TICK;
			assert_true(bend(at - TICK, 6 * TICK) < 400);
		}
}

static int64_t lose_half_a_second(unsigned i)
{
	return i >= 50 && i < 75 ? LOST : 0;
}

static void long_losses_end_in_silence_without_a_click(void **state)
{
	unsigned k = 0, n = 0;
	int normal;

	(void)state;
	make_voice();
	encode_for(10, false, 20);
	decode(opus());
	normal = bend(heard, LEN);
	run(lose_half_a_second);
	while (got.kind[k] != MX_JBUF_CONCEALED)
		k++;
	while (got.kind[k + n] == MX_JBUF_CONCEALED)
		n++;
	assert_in_range(n, 11, 13);             /* 120 ms */
	for (; k < TICKS && got.kind[k + n] == MX_JBUF_SILENCE; n++)
		assert_true(rms(out + (k + n) * TICK, TICK) < 1);
	assert_in_range(n, 45, 53);
	assert_true(bend(out, LEN) < normal * 2);
	assert_true(rms(out + 48000 * 2, 48000 / 2) > 500);
}

/* ---- pauses ------------------------------------------------------------ */

/** A second of voice, then background, and voice again at the end. */
static void make_pause(double noise)
{
	make_voice();
	make_noise(noise, 48000, LEN - 24000);
}

static void pause_is_filled_with_background_and_is_no_loss(void **state)
{
	const size_t from = 48000 * 3 / 2, n = 48000 / 2;

	(void)state;
	make_pause(60);
	encode_for(0, true, 20);
	run(at_once);
	print_message("%u of %u sent\n", got.sent, packets);
	assert_true(got.sent < packets - 25);
	assert_int_equal(got.stats.lost, 0);
	assert_int_equal(got.stats.concealed, 0);
	assert_int_equal(got.concealed, 0);
	assert_true(got.silence < 10);          /* where it begins */
	assert_true(fabs(t_db(rms(out + from, n) / rms(sound + from, n))) < 6);
	/* and the voice is there again */
	assert_true(rms(out + LEN - 12000, 9600) > 500);
}

static int64_t never_again(unsigned i)
{
	return i < 100 ? 0 : UNSENT;
}

/* The sender has gone, in a pause: noise for a second at most. */
static void background_does_not_go_on_for_ever(void **state)
{
	(void)state;
	make_pause(60);
	encode_for(0, true, 20);
	run(never_again);
	assert_int_equal(got.kind[TICKS - 1], MX_JBUF_SILENCE);
	assert_int_equal(got.stats.concealed, 0);
	assert_int_equal(got.stats.lost, 0);
}

static int64_t lose_in_pauses(unsigned i)
{
	return i == 70 || i == 30 ? LOST : 0;
}

static void loss_in_speech_counts_beside_pauses(void **state)
{
	(void)state;
	make_pause(60);
	encode_for(0, true, 20);
	run(lose_in_pauses);
	assert_in_range(got.stats.lost, 1, 2);  /* 70 may not have been sent */
	assert_int_equal(got.stats.concealed, got.stats.lost * frame);
}

/* ---- another rate ------------------------------------------------------ */

static void rate_changes_without_losing_a_sample(void **state)
{
	static const uint32_t rates[] = { 48000, 16000, 24000, 8000, 48000 };
	struct mx_pool *pool;
	struct mx_jbuf *jb;
	uint32_t hz = 0;
	size_t n = 0;

	(void)state;
	make_tone(8000, 400, 48000);
	encode_for(0, false, 20);
	assert_int_equal(mx_pool_new(&pool, 20), 0);
	assert_int_equal(mx_jbuf_new(&jb, &(struct mx_jbuf_cfg){
		.pool = pool, .dsp = mx_dsp_best(), .delay_min_ms = 60,
		.dec_size_max = opus()->dec_size() }), 0);
	assert_int_equal(mx_jbuf_map(jb, PT, opus()), 0);
	for (unsigned k = 0; k < TICKS; k++) {
		enum mx_jbuf_kind kind;

		if (k % 60 == 0 && hz != rates[k / 60]) {
			hz = rates[k / 60];
			assert_int_equal(mx_jbuf_retune(jb, hz), 0);
			assert_int_equal(mx_jbuf_rate(jb), hz);
			n = 0;
		}
		if (k % 2 == 0)
			put(jb, pool, k / 2, k / 2, k * 10000);
		kind = mx_jbuf_take(jb, out + n, hz / 100, k * 10000 + 3000);
		n += hz / 100;
		assert_true(k < 10 || kind == MX_JBUF_VOICE);
		if (k % 60 == 59) {     /* the end of its 0.6 s */
			struct t_fit fit = t_fit(out + n - hz / 4, hz / 4, 400,
						 hz);

			assert_true(fabs(t_db(fit.amplitude / 8000)) < 0.5);
			assert_true(t_db(fit.amplitude / fit.rest) > 25);
		}
	}
	assert_int_equal(mx_jbuf_stats(jb)->played, mx_jbuf_stats(jb)->packets -
			 mx_pool_used(pool));
	assert_int_equal(mx_jbuf_stats(jb)->lost, 0);
	assert_int_equal(mx_jbuf_stats(jb)->concealed, 0);
	assert_in_range(mx_jbuf_stats(jb)->depth_ms, 55, 80);
	mx_jbuf_free(jb);
	mx_pool_free(pool);
}

/* ---- a new sender ------------------------------------------------------ */

static void new_source_begins_with_a_fresh_decoder(void **state)
{
	struct mx_pool *pool;
	struct mx_jbuf *jb;
	int16_t pcm[TICK];
	size_t n = 0;

	(void)state;
	make_voice();
	encode_for(0, false, 20);
	decode(opus());
	assert_int_equal(mx_pool_new(&pool, 10), 0);
	assert_int_equal(mx_jbuf_new(&jb, &(struct mx_jbuf_cfg){
		.pool = pool, .dsp = mx_dsp_best(),
		.dec_size_max = opus()->dec_size() }), 0);
	assert_int_equal(mx_jbuf_map(jb, PT, opus()), 0);
	for (unsigned k = 0; k < 200; k++) {
		if (k % 2 == 0) {
			struct mx_pkt *p = mx_pool_get(pool);
			unsigned i = k / 2 % 50;

			*p = (struct mx_pkt){
				.pt = PT, .ssrc = 1 + k / 100,
				.seq = (uint16_t)(k / 2),
				.ts = k / 2 * frame, .off = 12,
				.arrival_us = k * 10000,
				.len = (uint16_t)packet[i].len };
			memcpy(p->data + 12, packet[i].data, p->len);
			assert_int_equal(mx_jbuf_put(jb, p), 0);
		}
		mx_jbuf_take(jb, pcm, TICK, k * 10000 + 3000);
		if (k < 100)
			continue;
		/* the same as the first one's, once the seam is over */
		if (n >= 2 * TICK)
			assert_memory_equal(pcm, heard + n, sizeof(pcm));
		n += TICK;
	}
	assert_int_equal(mx_jbuf_stats(jb)->resets, 1);
	mx_jbuf_free(jb);
	mx_pool_free(pool);
}

#define T(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_whole_comes_out_as_decoded),
		T(single_losses_are_made_good_by_fec),
		T(without_fec_nobody_waits_for_it),
		T(fec_helps_when_half_is_concealed_already),
		T(long_losses_end_in_silence_without_a_click),
		T(pause_is_filled_with_background_and_is_no_loss),
		T(background_does_not_go_on_for_ever),
		T(loss_in_speech_counts_beside_pauses),
		T(rate_changes_without_losing_a_sample),
		T(new_source_begins_with_a_fresh_decoder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
