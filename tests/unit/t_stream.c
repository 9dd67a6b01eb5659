/* t_stream.c - streams through a jitter buffer. */
#include "t_stream.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/codec_tables.h"
#include "mixer/dsp/dsp.h"
#include "mixer/resamp.h"

enum { RATE = 8000, TICK = RATE / 100, PT = 96, POOL = 256 };

/* ---- the codec --------------------------------------------------------- */

static int samples(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len == 0 || len % 2 ? -EINVAL : (int)(len / 2);
}

static int decode(void *dec, const struct mx_dsp *dsp, const uint8_t *payload,
		  size_t len, int16_t *out, size_t max)
{
	(void)dec;
	(void)dsp;
	if (len / 2 > max)
		return -EINVAL;
	memcpy(out, payload, len);
	return (int)(len / 2);
}

const struct mx_codec t_codec = { .name = "x-test", .clock_hz = RATE,
	.rate_hz = RATE, .channels = 1, .pt = MX_PT_NONE, .samples = samples,
	.decode = decode, MX_CODEC_NO_STATE };
const struct mx_codec t_codec16 = { .name = "x-test", .clock_hz = 16000,
	.rate_hz = 16000, .channels = 1, .pt = MX_PT_NONE, .samples = samples,
	.decode = decode, MX_CODEC_NO_STATE };

/* ---- the sound --------------------------------------------------------- */

static double uniform(uint32_t *seed)           /* [0, 1) */
{
	return t_rand(seed) / 4294967296.0;
}

double t_gauss(uint32_t *seed)
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += uniform(seed);
	return sum - 6;
}

/** A voice of 90 to 150 Hz, eight harmonics, syllables at 4 Hz, 1.4 s of speech
 *  and 0.6 s of background at -60 dBov. */
static void make_speech(int16_t *pcm)
{
	uint32_t seed = 7;
	double phase = 0;

	for (int i = 0; i < T_LOOP; i++) {
		double t = (double)i / RATE, v = 0;
		double f0 = 120 + 30 * sin(2 * M_PI * 0.4 * t);
		bool talks = fmod(t, 2.0) < 1.4;
		double loud = talks ? 0.55 + 0.45 * sin(2 * M_PI * 4 * t) : 0;

		phase += 2 * M_PI * f0 / RATE;
		for (int h = 1; h <= 8; h++)
			v += sin(h * phase) / h;
		pcm[i] = (int16_t)(4000 * loud * v + (talks ? 60 : 25) * t_gauss(&seed));
	}
}

const int16_t *t_source(enum t_sound sound)
{
	static int16_t pcm[3][T_LOOP];
	static bool made;
	uint32_t seed = 99;

	if (!made) {
		make_speech(pcm[T_SPEECH]);
		for (int i = 0; i < T_LOOP; i++) {
			pcm[T_TONE][i] = (int16_t)(10000 * sin(2 * M_PI * 440 * i / RATE));
			pcm[T_NOISE][i] = (int16_t)(3000 * t_gauss(&seed));
		}
		made = true;
	}
	return pcm[sound];
}

/* ---- the network ------------------------------------------------------- */

struct sent {
	int64_t arrival_us;
	uint64_t src;           /* index of the first sample in the source */
	uint32_t ts, ssrc;
	uint16_t seq, len;      /* samples */
};

static int by_arrival(const void *a, const void *b)
{
	const struct sent *x = a, *y = b;

	if (x->arrival_us != y->arrival_us)
		return x->arrival_us < y->arrival_us ? -1 : 1;
	return (int16_t)(x->seq - y->seq);
}

static double speed(const struct t_trace *t)
{
	return (t->speed > 0 ? t->speed : 1) * (1 + t->ppm * 1e-6);
}

/** Our time when the sender's media clock stands at src samples. */
static double time_us(const struct t_trace *t, uint64_t src)
{
	return (double)src * 1e6 / RATE / speed(t);
}

static unsigned ptime(const struct t_trace *t)
{
	return t->ptime_ms ? t->ptime_ms : 20;
}

/** All packets of the trace that arrive, in order of arrival. */
static size_t send_all(struct t_trace *t, struct sent *s, unsigned *lost)
{
	struct mx_pkt p = { .ts = 0xfffff000, .seq = 0xff00, .ssrc = 1,
			    .len = (uint16_t)(ptime(t) * RATE / 1000) };
	uint64_t src = 0;
	size_t n = 0;

	for (unsigned i = 0; ; i++) {
		int64_t d = 0, t_us = (int64_t)time_us(t, src);
		bool sends = true;

		if (t_us >= t->length_us || n + 2 > T_PACKETS_MAX)
			return n;
		if (t->edit)
			sends = t->edit(t, i, t_us, &p);
		t_us = (int64_t)time_us(t, src + p.len);
		if (sends && t->delay_us)
			d = t->delay_us(t, i, t_us);
		if (sends && d < 0)
			(*lost)++;
		for (int k = 0; sends && d >= 0 && k <= t->twice; k++)
			s[n++] = (struct sent){ t_us + t->phase_us + d, src, p.ts,
						p.ssrc, p.seq, p.len };
		p.seq = (uint16_t)(p.seq + sends);
		p.ts += p.len;
		src += p.len;
	}
}

/* ---- the receiver ------------------------------------------------------ */

struct run {
	const struct t_trace *t;
	const int16_t *source;
	struct mx_pool *pool;
	struct mx_jbuf *jb;
	struct t_result r;
	uint64_t at;            /* source index expected next */
	double *delay;          /* ms, of each exact tick measured */
	size_t n_delay;
	int16_t last[2];
};

static void put(struct run *run, const struct sent *s)
{
	struct mx_pkt *p = mx_pool_get(run->pool);
	int16_t pcm[RATE / 1000 * MX_PTIME_MAX_MS];
	int err;

	assert(p);
	for (size_t i = 0; i < s->len; i++)
		pcm[i] = run->source[(s->src + i) % T_LOOP];
	p->arrival_us = s->arrival_us;
	p->ts = s->ts;
	p->seq = s->seq;
	p->ssrc = s->ssrc;
	p->pt = PT;
	p->off = 12;
	p->len = (uint16_t)(s->len * 2);
	memcpy(p->data + p->off, pcm, p->len);
	err = mx_jbuf_put(run->jb, p);
	if (err) {
		run->r.refused++;
		run->r.refused_why = err;
		mx_pool_put(run->pool, p);
	}
}

static bool is_at(const struct run *run, const int16_t *out, uint64_t at)
{
	for (size_t i = 0; i < TICK; i++)
		if (out[i] != run->source[(at + i) % T_LOOP])
			return false;
	return true;
}

/** Finds where in the source these 10 ms come from. */
static bool locate(struct run *run, const int16_t *out)
{
	enum { AROUND = 2 * RATE };

	if (is_at(run, out, run->at))
		return true;
	for (uint64_t d = 1; d < AROUND; d++) {
		if (is_at(run, out, run->at + d)) {
			run->at += d;
			run->r.moved++;
			return true;
		}
		if (d <= run->at && is_at(run, out, run->at - d)) {
			run->at -= d;
			run->r.moved++;
			return true;
		}
	}
	return false;
}

static void judge(struct run *run, const int16_t *out, enum mx_jbuf_kind kind,
		  int64_t now_us)
{
	const struct t_trace *t = run->t;
	struct t_result *r = &run->r;

	r->ticks++;
	r->voice += kind == MX_JBUF_VOICE;
	r->concealed += kind == MX_JBUF_CONCEALED;
	r->silent += kind == MX_JBUF_SILENCE;
	for (size_t i = 0; i < TICK; i++) {
		int bend = abs(out[i] - 2 * run->last[1] + run->last[0]);

		if (r->ticks > 1 && bend > r->max_bend)
			r->max_bend = bend;
		run->last[0] = run->last[1];
		run->last[1] = out[i];
	}
	if (kind == MX_JBUF_VOICE && locate(run, out)) {
		r->exact++;
		r->delay_last = ((double)(now_us - t->phase_us) -
				 time_us(t, run->at)) / 1000 - ptime(t);
		run->delay[run->n_delay++] = r->delay_last;
	}
	run->at += TICK;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void sum_up(struct run *run)
{
	struct t_result *r = &run->r;
	double sum = 0;

	if (!run->n_delay)
		return;
	qsort(run->delay, run->n_delay, sizeof(*run->delay), by_value);
	for (size_t i = 0; i < run->n_delay; i++)
		sum += run->delay[i];
	r->delay_mean = sum / (double)run->n_delay;
	r->delay_p95 = run->delay[run->n_delay * 95 / 100];
	r->delay_max = run->delay[run->n_delay - 1];
}

struct t_result t_run(struct t_trace *t)
{
	struct run run = { .t = t, .source = t_source(t->sound) };
	struct sent *s = malloc(T_PACKETS_MAX * sizeof(*s));
	int64_t till = t->till_us ? t->till_us : t->length_us, now;
	struct mx_resamp_bank *bank = NULL;
	size_t n, next = 0;
	int err;

	assert(s);
	run.delay = malloc((size_t)(t->length_us / 10000 + 200) *
			   sizeof(*run.delay));
	n = send_all(t, s, &run.r.lost);
	qsort(s, n, sizeof(*s), by_arrival);
	run.r.arrived = (unsigned)n;
	err = mx_pool_new(&run.pool, POOL);
	if (!err && t->follow)
		err = mx_resamp_bank_new(&bank, mx_dsp_best());
	err = err ? err : mx_jbuf_new(&run.jb, &(struct mx_jbuf_cfg){
		.pool = run.pool, .dsp = mx_dsp_best(), .rate_max_hz = RATE });
	assert(!err);
	mx_jbuf_resample(run.jb, bank);
	err = mx_jbuf_map(run.jb, PT, &t_codec);
	assert(!err);

	for (now = 0; now < t->length_us + 1000000; now += 10000) {
		int16_t out[TICK];
		enum mx_jbuf_kind kind;

		while (next < n && s[next].arrival_us <= now)
			put(&run, &s[next++]);
		kind = mx_jbuf_take(run.jb, out, TICK, now);
		if (now >= t->from_us && now < till)
			judge(&run, out, kind, now);
		else
			run.at += TICK;
	}
	run.r.stats = *mx_jbuf_stats(run.jb);
	sum_up(&run);
	mx_jbuf_free(run.jb);
	assert(mx_pool_used(run.pool) == 0);
	mx_pool_free(run.pool);
	mx_resamp_bank_free(bank);
	free(run.delay);
	free(s);
	return run.r;
}
