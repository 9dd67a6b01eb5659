/* test_jbuf_api.c - the jitter buffer's contract, call by call, and its parts:
 * sequence numbers, delay statistics, stretching, concealment. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/jbuf_int.h"
#include "mixer/plc.h"
#include "mixer/wsola.h"
#include "t_stream.h"

enum { PT = 96, PT2 = 97, N = 80, POOL = 300 };

static struct mx_pool *pool;
static struct mx_jbuf *jb;
static int64_t now_us;

static int set_up(void **state)
{
	(void)state;
	now_us = 0;
	return mx_pool_new(&pool, POOL) ||
	       mx_jbuf_new(&jb, &(struct mx_jbuf_cfg){ .pool = pool,
			.dsp = &mx_dsp_c, .rate_max_hz = 16000 }) ||
	       mx_jbuf_map(jb, PT, &t_codec);
}

static int tear_down(void **state)
{
	(void)state;
	mx_jbuf_free(jb);
	if (mx_pool_used(pool))
		return -1;
	mx_pool_free(pool);
	return 0;
}

/** A packet of n samples of value, and what put() says. */
static int put(uint8_t pt, uint16_t seq, uint32_t ts, int16_t value, size_t n)
{
	struct mx_pkt *p = mx_pool_get(pool);
	int err;

	assert_non_null(p);
	p->pt = pt;
	p->seq = seq;
	p->ts = ts;
	p->ssrc = 1;
	p->arrival_us = now_us;
	p->off = 12;
	p->len = (uint16_t)(n * 2);
	for (size_t i = 0; i < n; i++)
		memcpy(p->data + p->off + i * 2, &value, 2);
	err = mx_jbuf_put(jb, p);
	if (err)
		mx_pool_put(pool, p);
	return err;
}

/** The next 10 ms: their first sample, and their kind through the pointer. */
static int16_t take(enum mx_jbuf_kind *kind)
{
	int16_t out[N];
	enum mx_jbuf_kind k;

	now_us += 10000;
	k = mx_jbuf_take(jb, out, N, now_us);
	if (kind)
		*kind = k;
	return out[0];
}

/* ---- the contract ------------------------------------------------------ */

static void what_cannot_be_is_refused(void **state)
{
	const struct mx_jbuf_stats *st = mx_jbuf_stats(jb);
	struct mx_jbuf *none = NULL;

	(void)state;
	assert_int_equal(mx_jbuf_new(&none, &(struct mx_jbuf_cfg){ .pool = pool }),
			 -EINVAL);
	assert_int_equal(mx_jbuf_new(&none, &(struct mx_jbuf_cfg){
		.dsp = &mx_dsp_c }), -EINVAL);
	assert_int_equal(mx_jbuf_new(&none, &(struct mx_jbuf_cfg){ .pool = pool,
		.dsp = &mx_dsp_c, .rate_max_hz = 96000 }), -EINVAL);
	assert_null(none);
	mx_jbuf_free(NULL);

	assert_int_equal(put(PT2, 1, 160, 1, 160), -EINVAL);
	assert_int_equal(put(255, 1, 160, 1, 160), -EINVAL);
	assert_int_equal(put(PT, 1, 160, 1, 0), -EBADMSG);
	assert_int_equal(put(PT, 1, 160, 1, 961), -EBADMSG);    /* 120 ms + 1 */
	assert_int_equal(st->packets, 0);
	assert_int_equal(put(PT, 1, 160, 1, 960), 0);
	assert_int_equal(put(PT, 1, 160, 1, 960), -EEXIST);
	assert_int_equal(st->packets, 2);
	assert_int_equal(st->duplicate, 1);
	assert_int_equal(mx_pool_used(pool), 1);
}

static size_t one(void)
{
	return 1;
}

static void map_holds_one_rate(void **state)
{
	struct mx_codec big = t_codec, fast = t_codec, odd = t_codec;

	(void)state;
	big.dec_size = one;
	fast.rate_hz = 32000;
	odd.clock_hz = 0;
	assert_int_equal(mx_jbuf_map(jb, 128, &t_codec), -EINVAL);
	assert_int_equal(mx_jbuf_map(jb, PT2, &big), -EINVAL);
	assert_int_equal(mx_jbuf_map(jb, PT, &fast), -EINVAL);
	assert_int_equal(mx_jbuf_map(jb, PT2, &odd), -EINVAL);
	assert_int_equal(mx_jbuf_map(jb, PT2, &t_codec16), -EINVAL);
	assert_int_equal(mx_jbuf_rate(jb), 8000);

	assert_int_equal(put(PT, 1, 0, 5, 160), 0);
	assert_int_equal(mx_jbuf_map(jb, PT2, &t_codec), 0);
	assert_int_equal(mx_pool_used(pool), 1);        /* kept */
	assert_int_equal(mx_jbuf_map(jb, PT2, NULL), 0);
	assert_int_equal(put(PT2, 2, 160, 5, 160), -EINVAL);
	assert_int_equal(mx_jbuf_map(jb, PT, &t_codec16), 0);
	assert_int_equal(mx_jbuf_rate(jb), 16000);
	assert_int_equal(mx_pool_used(pool), 0);        /* restarted */
}

/* They are in samples, and a sample is not for ever as long. */
static void totals_go_over_to_another_rate(void **state)
{
	uint64_t made;

	(void)state;
	assert_int_equal(put(PT, 1, 0, 5, 160), 0);
	assert_int_equal(put(PT, 3, 320, 5, 160), 0);
	for (int i = 0; i < 10; i++)
		take(NULL);
	made = mx_jbuf_stats(jb)->concealed;
	assert_int_equal(made, 160);
	mx_jbuf_reset(jb);
	assert_int_equal(mx_jbuf_stats(jb)->concealed, made);
	assert_int_equal(mx_jbuf_map(jb, PT, &t_codec16), 0);
	assert_int_equal(mx_jbuf_stats(jb)->concealed, 2 * made);
}

static void rate_is_one_that_the_codecs_have(void **state)
{
	(void)state;
	assert_int_equal(mx_jbuf_retune(jb, 16000), -EINVAL);
	assert_int_equal(mx_jbuf_retune(jb, 8000), 0);
	assert_int_equal(put(PT, 1, 0, 5, 160), 0);
	assert_int_equal(mx_jbuf_map(jb, PT, NULL), 0);
	assert_int_equal(mx_jbuf_retune(jb, 16000), -EINVAL);   /* it waits */
	mx_jbuf_reset(jb);
	assert_int_equal(mx_jbuf_retune(jb, 8000), -EINVAL);
}

static void without_a_map_there_is_silence(void **state)
{
	int16_t out[480];

	(void)state;
	assert_int_equal(put(PT, 1, 0, 5, 160), 0);
	mx_jbuf_reset(jb);
	assert_int_equal(mx_pool_used(pool), 0);
	assert_int_equal(mx_jbuf_rate(jb), 0);
	memset(out, 1, sizeof(out));
	assert_int_equal(mx_jbuf_take(jb, out, 480, 0), MX_JBUF_SILENCE);
	for (int i = 0; i < 480; i++)
		assert_int_equal(out[i], 0);
	assert_int_equal(put(PT, 2, 160, 5, 160), -EINVAL);
	assert_int_equal(mx_jbuf_map(jb, PT, &t_codec), 0);
	assert_int_equal(put(PT, 3, 320, 5, 160), 0);
	now_us = 1000000;
	assert_int_equal(take(NULL), 5);
}

static void payload_types_may_alternate(void **state)
{
	enum mx_jbuf_kind k;

	(void)state;
	assert_int_equal(mx_jbuf_map(jb, PT2, &t_codec), 0);
	for (uint16_t i = 0; i < 20; i++) {
		assert_int_equal(put(i % 2 ? PT : PT2, i, i * 160u, (int16_t)i, 160), 0);
		take(&k);
		take(&k);
	}
	assert_int_equal(mx_jbuf_stats(jb)->played, 20);
	assert_int_equal(mx_jbuf_stats(jb)->resets, 0);
}

static void nothing_put_is_silence_for_ever(void **state)
{
	enum mx_jbuf_kind k;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(take(&k), 0);
		assert_int_equal(k, MX_JBUF_SILENCE);
	}
	assert_int_equal(mx_jbuf_stats(jb)->concealed, 0);
}

static void outage_fades_to_zeros(void **state)
{
	enum mx_jbuf_kind k;

	(void)state;
	for (uint16_t i = 0; i < 50; i++) {
		put(PT, i, i * 160u, 1000, 160);
		take(NULL);
		take(NULL);
	}
	for (int i = 0; i < 8; i++) {
		int16_t v = take(&k);

		assert_int_equal(k, MX_JBUF_CONCEALED);
		assert_in_range(v, 1, 1000);
	}
	for (int i = 0; i < 100; i++) {
		assert_int_equal(take(&k), 0);
		assert_int_equal(k, MX_JBUF_SILENCE);
	}
}

static void too_many_packets_push_out_the_oldest(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < MX_RING_MAX + 10; i++)
		assert_int_equal(put(PT, i, i * 80u, 7, 80), 0);
	assert_int_equal(mx_pool_used(pool), MX_RING_MAX);
	assert_int_equal(mx_jbuf_stats(jb)->dropped, 10);
}

static void notes_are_not_lost_packets(void **state)
{
	struct mx_pkt p = { .ssrc = 1 };
	uint16_t seq = 100;
	uint32_t ts = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++) {
			assert_int_equal(put(PT, seq++, ts, 100, 160), 0);
			ts += 160;
			take(NULL);
			take(NULL);
		}
		for (int i = 0; i < 100; i++) { /* a key held for 2 s */
			p.seq = seq++;
			mx_jbuf_note(jb, &p);
			ts += 160;
			take(NULL);
			take(NULL);
		}
	}
	assert_int_equal(mx_jbuf_stats(jb)->lost, 0);
	assert_int_equal(mx_jbuf_stats(jb)->concealed, 0);
}

static void never_more_than_24_kib_at_8_khz(void **state)
{
	size_t pcm = (40 + 170) * 8 * sizeof(int16_t);

	(void)state;
	assert_true(sizeof(struct mx_jbuf) + pcm + 15 * 8 * 2 <= 24 * 1024);
}

/** The clock of G.722 is half its sample rate. */
static void clock_may_differ_from_the_rate(void **state)
{
	struct mx_codec half = t_codec16;
	uint32_t ts = 0xffffff00;
	int16_t next = 0, want = 0, out[160];

	(void)state;
	half.clock_hz = 8000;
	mx_jbuf_reset(jb);
	assert_int_equal(mx_jbuf_map(jb, PT, &half), 0);
	for (uint16_t i = 0; i < 200; i++) {
		struct mx_pkt *p = mx_pool_get(pool);

		*p = (struct mx_pkt){ .pt = PT, .seq = i, .ts = ts, .ssrc = 1,
				      .arrival_us = now_us, .len = 640 };
		for (int k = 0; k < 320; k++, next++)
			memcpy(p->data + k * 2, &next, 2);
		ts += 160;
		assert_int_equal(mx_jbuf_put(jb, p), 0);
		for (int k = 0; k < 2; k++) {
			now_us += 10000;
			if (mx_jbuf_take(jb, out, 160, now_us) != MX_JBUF_VOICE)
				continue;
			for (int s = 0; s < 160; s++, want++)
				assert_int_equal(out[s], want);
		}
	}
	assert_int_equal(mx_jbuf_stats(jb)->resets, 0);
	assert_int_equal(mx_jbuf_stats(jb)->concealed, 0);
}

static int never(void *dec, const struct mx_dsp *dsp, const uint8_t *payload,
		 size_t len, int16_t *out, size_t max)
{
	(void)dec;
	(void)dsp;
	(void)payload;
	(void)len;
	(void)out;
	(void)max;
	return -EINVAL;
}

static void packets_that_do_not_decode_are_dropped(void **state)
{
	struct mx_codec bad = t_codec;
	enum mx_jbuf_kind k;

	(void)state;
	bad.decode = never;
	assert_int_equal(mx_jbuf_map(jb, PT2, &bad), 0);
	for (uint16_t i = 0; i < 60; i++) {
		uint8_t pt = i >= 20 && i < 40 ? PT2 : PT;

		assert_int_equal(put(pt, i, i * 160u, 1000, 160), 0);
		take(&k);
		take(&k);
	}
	assert_int_equal(k, MX_JBUF_VOICE);
	assert_int_equal(mx_jbuf_stats(jb)->dropped, 20);
	assert_int_equal(mx_jbuf_stats(jb)->lost, 0);
}

static void bounds_of_delay_are_kept(void **state)
{
	struct mx_jbuf *b;
	int16_t out[N];

	(void)state;
	assert_int_equal(mx_jbuf_new(&b, &(struct mx_jbuf_cfg){ .pool = pool,
		.dsp = &mx_dsp_c, .delay_min_ms = 50, .rate_max_hz = 8000 }), 0);
	assert_int_equal(mx_jbuf_map(b, PT, &t_codec), 0);
	for (uint16_t i = 0; i < 100; i++) {
		struct mx_pkt *p = mx_pool_get(pool);

		*p = (struct mx_pkt){ .pt = PT, .seq = i, .ts = i * 160u,
				      .arrival_us = i * 20000, .len = 320 };
		assert_int_equal(mx_jbuf_put(b, p), 0);
		mx_jbuf_take(b, out, N, i * 20000);
		mx_jbuf_take(b, out, N, i * 20000 + 10000);
	}
	assert_int_equal(mx_jbuf_stats(b)->depth_ms, 50);
	assert_int_equal(mx_jbuf_stats(b)->target_ms, 50);
	mx_jbuf_free(b);
}

/* ---- parts ------------------------------------------------------------- */

static void numbers_are_seen_once(void **state)
{
	struct mx_seq s = { 0 };

	(void)state;
	assert_int_equal(mx_seq_put(&s, 65534), MX_SEQ_NEW);
	assert_int_equal(mx_seq_put(&s, 1), MX_SEQ_NEW);
	assert_int_equal(mx_seq_lost(&s, 1, 0), 2);
	assert_int_equal(mx_seq_put(&s, 65535), MX_SEQ_OLD);
	assert_int_equal(mx_seq_put(&s, 65535), MX_SEQ_COPY);
	assert_int_equal(mx_seq_lost(&s, 1, 0), 1);
	assert_int_equal(mx_seq_lost(&s, 65534, 2), 0);
	assert_int_equal(mx_seq_put(&s, 65530), MX_SEQ_OLD);    /* the first */
	assert_int_equal(mx_seq_lost(&s, 1, 0), 4);
	assert_int_equal(mx_seq_put(&s, 1 + 64), MX_SEQ_NEW);
	assert_int_equal(mx_seq_put(&s, 1), MX_SEQ_COPY);       /* too far back */
	assert_int_equal(mx_seq_put(&s, 2), MX_SEQ_OLD);
	assert_int_equal(mx_seq_put(&s, 30000), MX_SEQ_NEW);    /* a jump */
	assert_int_equal(mx_seq_lost(&s, 30000, 0), 4 + 62);
	assert_int_equal(mx_seq_put(&s, 30001), MX_SEQ_NEW);
	assert_int_equal(mx_seq_put(&s, 30003), MX_SEQ_NEW);
	assert_int_equal(mx_seq_lost(&s, 30003, 0), 4 + 62 + 1);
}

static void delay_follows_the_cheapest_transit(void **state)
{
	static struct mx_delay d;
	const struct mx_delay_choice c = { .now_us = 5000000, .step_us = 10000,
					   .max_us = 400000 };

	(void)state;
	mx_delay_reset(&d);
	assert_int_equal(mx_delay_steer(&d, &c), 0);
	/* 19 of 20 at 5.0 s less 2 ms, the others 25 ms later */
	for (int i = 0; i < 1000; i++)
		mx_delay_put(&d, 4998000 + (i % 20 == 0) * 25000, i * 20000, 20000);
	assert_int_equal(mx_delay_base(&d), 4998000);
	assert_int_equal(mx_delay_steer(&d, &c), 3);
	/* one of 800 is not worth it */
	mx_delay_reset(&d);
	for (int i = 0; i < 1000; i++)
		mx_delay_put(&d, 4998000 + (i % 800 == 0) * 25000, i * 20000, 20000);
	assert_int_equal(mx_delay_steer(&d, &c), 0);
	/* from too far up it comes down, whatever bounds say */
	assert_int_equal(mx_delay_steer(&d, &(struct mx_delay_choice){
		.now_us = 5900000, .step_us = 10000, .max_us = 400000 }), -90);
	assert_int_equal(mx_delay_steer(&d, &(struct mx_delay_choice){
		.now_us = 5000000, .step_us = 10000, .min_us = 100000,
		.max_us = 400000 }), 10);
}

static void step_is_followed_before_the_histogram_knows(void **state)
{
	static struct mx_delay d;
	const struct mx_delay_choice c = { .now_us = 5000000, .step_us = 10000,
					   .max_us = 400000 };
	int i;

	(void)state;
	mx_delay_reset(&d);
	for (i = 0; i < 1000; i++)
		mx_delay_put(&d, 4995000, i * 20000, 20000);
	/* eight late ones of 400 are not worth 300 ms, but all are late now */
	for (; i < 1007; i++) {
		mx_delay_put(&d, 5294000, i * 20000, 20000);
		assert_int_equal(mx_delay_steer(&d, &c), 0);
	}
	mx_delay_put(&d, 5294000, i * 20000, 20000);
	assert_int_equal(mx_delay_steer(&d, &c), 30);
}

static void in_time_is_a_millisecond_early(void **state)
{
	static struct mx_delay d;

	(void)state;
	mx_delay_reset(&d);
	for (int i = 0; i < 100; i++)
		mx_delay_put(&d, 4999000, i * 20000, 20000);
	assert_int_equal(mx_delay_steer(&d, &(struct mx_delay_choice){
		.now_us = 5000000, .step_us = 10000, .max_us = 400000 }), 1);
	assert_int_equal(mx_delay_steer(&d, &(struct mx_delay_choice){
		.now_us = 5001000, .step_us = 10000, .max_us = 400000 }), 0);
}

static void base_forgets_after_ten_seconds(void **state)
{
	static struct mx_delay d;

	(void)state;
	mx_delay_reset(&d);
	mx_delay_put(&d, -700, 0, 20000);
	for (int i = 1; i < 520; i++) {
		mx_delay_put(&d, 80000, i * 20000, 20000);
		assert_int_equal(mx_delay_base(&d), i < 500 ? -700 : 80000);
	}
}

static void any_transits_keep_the_histogram_whole(void **state)
{
	static struct mx_delay d;
	uint32_t seed = 1;

	(void)state;
	mx_delay_reset(&d);
	for (int i = 0; i < 20000; i++) {
		uint64_t sum = 0;
		int64_t wide = 1 << (t_rand(&seed) % 24);

		mx_delay_put(&d, (int64_t)t_rand(&seed) % wide - wide / 2,
			     i * 1000, (int64_t)t_rand(&seed) % 120001);
		for (int k = 0; k < MX_DELAY_BINS; k++)
			sum += d.bin[k];
		assert_in_range(sum, 1, 1u << 31);
		mx_delay_steer(&d, &(struct mx_delay_choice){
			.now_us = (int64_t)t_rand(&seed) % wide - wide / 2,
			.step_us = 1 + t_rand(&seed) % 20000,
			.max_us = 400000 });
	}
}

static void periodic_signal_is_stretched_without_a_seam(void **state)
{
	int16_t x[400], y[400];

	(void)state;
	for (int i = 0; i < 400; i++)           /* period 25 */
		x[i] = (int16_t)(i % 25 * 1000 - 12000);
	for (unsigned sign = 0; sign < 2; sign++) {
		struct mx_match m = mx_wsola_find(x + 150, 64, sign ? 1 : -1, 120,
						  20, 1);

		assert_int_equal(m.lag, 100);   /* the longest that fits */
		assert_int_equal(m.q15, MX_MATCH_ONE);
		m = mx_wsola_find(x + 150, 64, sign ? 1 : -1, 20, 120, 1);
		assert_int_equal(m.lag, 25);    /* the shortest */
	}
	memcpy(y, x, sizeof(y));
	mx_wsola_shorten(y, 400, 50, 64);
	assert_memory_equal(y, x, 350 * sizeof(*x));
	memcpy(y, x, sizeof(y));
	mx_wsola_lengthen(y + 100, 200, 75, 64);
	assert_memory_equal(y, x, 375 * sizeof(*x));
	mx_wsola_lengthen(y + 100, 200, 25, 64);        /* fade over the lag */
	assert_memory_equal(y, x, 325 * sizeof(*x));
}

static void coarse_search_finds_the_same(void **state)
{
	int16_t x[48 * 40];

	(void)state;
	for (int i = 0; i < 48 * 40; i++)       /* 48 kHz, 150 Hz: 320 samples */
		x[i] = (int16_t)(9000 * sin(2 * M_PI * i / 320) +
				 4000 * sin(6 * M_PI * i / 320));
	assert_int_equal(mx_wsola_find(x + 960, 384, -1, 720, 120, 6).lag, 640);
	assert_int_equal(mx_wsola_find(x + 960, 384, 1, 330, 120, 6).lag, 320);
}

static void likeness_is_from_none_to_one(void **state)
{
	int16_t x[200] = { 0 };

	(void)state;
	assert_int_equal(mx_wsola_find(x, 64, 1, 20, 100, 1).q15, MX_MATCH_ONE);
	x[0] = 1;
	assert_int_equal(mx_wsola_find(x, 64, 1, 20, 100, 1).q15, 0);
	for (int i = 0; i < 200; i++)
		x[i] = INT16_MIN;
	assert_int_equal(mx_wsola_find(x, 64, 1, 20, 100, 1).q15, MX_MATCH_ONE);
	for (int i = 0; i < 200; i++)
		x[i] = (int16_t)(i / 20 % 2 ? 1000 : -1000);
	assert_int_equal(mx_wsola_find(x, 60, 1, 20, 20, 1).q15, 0);    /* opposite */
}

/** Signal to error, in dB, of what is made up for a tone. */
static double conceal_tone(double hz, uint32_t rate)
{
	int16_t hist[48 * 40], made[480];
	float cycle[MX_PLC_CYCLE_MAX];
	struct mx_plc p = { .rate_hz = rate, .cycle = cycle };
	size_t n = rate * 40 / 1000, ten = rate / 100;
	double signal = 0, error = 0;

	for (size_t i = 0; i < n; i++)
		hist[i] = (int16_t)lrint(10000 * sin(2 * M_PI * hz * (double)i / rate));
	mx_plc_begin(&p, hist + n);
	mx_plc_make(&p, made, ten);
	for (size_t i = 0; i < ten; i++) {
		double want = 10000 * sin(2 * M_PI * hz * (double)(n + i) / rate);

		signal += want * want;
		error += (made[i] - want) * (made[i] - want);
	}
	return 10 * log10(signal / (error + 1e-9));
}

static void concealment_goes_on_with_a_tone(void **state)
{
	static const double hz[] = { 200, 333, 440, 1000 };
	static const uint32_t rates[] = { 8000, 16000, 48000 };

	(void)state;
	for (size_t i = 0; i < sizeof(hz) / sizeof(hz[0]); i++)
		for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++)
			if (conceal_tone(hz[i], rates[r]) < 20)
				fail_msg("%.0f Hz at %u: %.1f dB", hz[i], rates[r],
					 conceal_tone(hz[i], rates[r]));
}

static void concealment_begins_where_the_signal_ended(void **state)
{
	int16_t hist[320], made[1];
	float cycle[120];
	struct mx_plc p = { .rate_hz = 8000, .cycle = cycle };

	(void)state;
	/* a period before, all was 800 lower */
	for (int i = 0; i < 320; i++)
		hist[i] = (int16_t)(3000 * sin(2 * M_PI * i / 40) + i * 20);
	mx_plc_begin(&p, hist + 320);
	mx_plc_make(&p, made, 1);
	assert_in_range(made[0] - hist[319], 0, 600);
}

static void concealment_ends_in_zeros(void **state)
{
	int16_t hist[320], made[800];
	float cycle[120];
	struct mx_plc p = { .rate_hz = 8000, .cycle = cycle };
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 320; i++)
		hist[i] = (int16_t)t_rand(&seed);       /* full scale */
	mx_plc_begin(&p, hist + 320);
	for (int i = 0; i < 640; i++) {
		assert_false(mx_plc_is_silent(&p));
		mx_plc_make(&p, made + i, 1);
	}
	assert_true(mx_plc_is_silent(&p));
	mx_plc_make(&p, made + 640, 160);
	for (int i = 640; i < 800; i++)
		assert_int_equal(made[i], 0);
	/* half way down it is at most half as loud */
	for (int i = 360; i < 640; i++)
		assert_in_range(abs(made[i]), 0, 16384);
}

/* With packets waiting and packets kept that were played, between two takes: no
 * sample is another than it would have been. */
static void packets_move_to_another_pool(void **state)
{
	struct mx_pool *other, *first = pool;
	enum mx_jbuf_kind kind;

	(void)state;
	assert_int_equal(mx_pool_new(&other, POOL), 0);
	mx_jbuf_keep(jb, true);
	for (uint16_t i = 0; i < 100; i++) {
		assert_int_equal(put(PT, i, i * 160u, 500, 160), 0);
		for (int k = 0; k < 2; k++) {
			int16_t x = take(&kind);

			if (i < 20)
				continue;
			assert_int_equal(kind, MX_JBUF_VOICE);
			assert_int_equal(x, 500);
		}
		if (i != 50)
			continue;
		assert_true(mx_pool_used(first) > 1);
		mx_jbuf_rehouse(jb, other);
		assert_int_equal(mx_pool_used(first), 0);
		pool = other;
	}
	assert_non_null(mx_jbuf_heard(jb, 0));
	assert_int_equal(mx_jbuf_stats(jb)->dropped, 0);
	mx_pool_free(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		T(what_cannot_be_is_refused),
		T(map_holds_one_rate),
		T(totals_go_over_to_another_rate),
		T(rate_is_one_that_the_codecs_have),
		T(without_a_map_there_is_silence),
		T(payload_types_may_alternate),
		T(nothing_put_is_silence_for_ever),
		T(outage_fades_to_zeros),
		T(too_many_packets_push_out_the_oldest),
		T(notes_are_not_lost_packets),
		T(never_more_than_24_kib_at_8_khz),
		T(clock_may_differ_from_the_rate),
		T(packets_that_do_not_decode_are_dropped),
		T(bounds_of_delay_are_kept),
		T(packets_move_to_another_pool),
		cmocka_unit_test(numbers_are_seen_once),
		cmocka_unit_test(delay_follows_the_cheapest_transit),
		cmocka_unit_test(step_is_followed_before_the_histogram_knows),
		cmocka_unit_test(in_time_is_a_millisecond_early),
		cmocka_unit_test(base_forgets_after_ten_seconds),
		cmocka_unit_test(any_transits_keep_the_histogram_whole),
		cmocka_unit_test(periodic_signal_is_stretched_without_a_seam),
		cmocka_unit_test(coarse_search_finds_the_same),
		cmocka_unit_test(likeness_is_from_none_to_one),
		cmocka_unit_test(concealment_goes_on_with_a_tone),
		cmocka_unit_test(concealment_begins_where_the_signal_ended),
		cmocka_unit_test(concealment_ends_in_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
