/* stream.c - a call through a receiver, and its account. */
#include "stream.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/rtp.h"
#include "quality.h"
#include "speech.h"
#include "track.h"

enum {
	PT = 96,
	HALVES = 2,             /* of a tick, each looked for */
	AROUND_MS = 900         /* looked for so far off */
};

/* ---- the call ------------------------------------------------------------ */

static void encode_all(struct q_call *c, const struct mx_codec_par *par,
		       unsigned loss)
{
	static const struct mx_codec_par none;
	void *enc = q_alloc(1, c->codec->enc_size() + 1);
	void *dec = q_alloc(1, c->codec->dec_size() + 1);
	size_t len = c->n / c->packets;

	c->codec->enc_init(enc, par ? par : &none);
	c->codec->dec_init(dec);
	if (c->codec->adapt && loss)
		c->codec->adapt(enc, loss, 100);
	for (size_t i = 0; i < c->packets; i++) {
		struct q_payload *p = &c->payload[i];
		int n = c->codec->encode(enc, mx_dsp_best(), c->source + i * len,
					 len, p->data, sizeof(p->data));

		assert(n > 0);
		p->len = (uint16_t)n;
		n = c->codec->decode(dec, mx_dsp_best(), p->data, p->len,
				     c->sent + i * len, len);
		assert(n == (int)len);
	}
	free(dec);
	free(enc);
}

void q_call_make(struct q_call *c, const struct mx_codec *codec, unsigned voice,
		 int64_t length_us, unsigned ptime_ms,
		 const struct mx_codec_par *par, unsigned loss)
{
	size_t len = codec->rate_hz / 1000 * ptime_ms;

	*c = (struct q_call){ .codec = codec, .ptime_ms = ptime_ms };
	c->packets = (size_t)(length_us / 1000 / ptime_ms);
	c->n = c->packets * len;
	c->source = q_speech(voice, codec->rate_hz, c->n);
	c->sent = q_alloc(c->n, sizeof(*c->sent));
	c->payload = q_alloc(c->packets, sizeof(*c->payload));
	encode_all(c, par, loss);
	c->speaks = q_speech_parts(c->source, codec->rate_hz,
				   c->n / (codec->rate_hz / 100));
}

void q_call_free(struct q_call *c)
{
	free(c->source);
	free(c->sent);
	free(c->payload);
	free(c->speaks);
}

/* ---- the account --------------------------------------------------------- */

struct account {
	const struct q_plan *plan;
	const struct q_call *call;
	struct q_result *r;
	size_t half;            /* samples of 5 ms */
	int64_t at;             /* media index expected next, -1: none yet */
	double frac;            /* ... and so much of a sample more */
	double *delay;
	size_t n_delay;
	double fit;             /* sum of dB ... */
	size_t n_fit;           /* ... of so many 5 ms */
	size_t halves, changed;
};

static bool is_at(const struct account *a, const int16_t *out, int64_t at)
{
	if (at < 0 || (size_t)at + a->half > a->call->n)
		return false;
	return !memcmp(out, a->call->sent + at, a->half * sizeof(*out));
}

/** Finds these 5 ms in what was sent, near where they are expected. */
static int64_t locate(const struct account *a, const int16_t *out)
{
	int64_t around = a->call->codec->rate_hz / 1000 * AROUND_MS;
	int64_t from = a->at < 0 ? 0 : a->at;

	for (int64_t d = 0; d < around; d++) {
		if (is_at(a, out, from + d))
			return from + d;
		if (is_at(a, out, from - d))
			return from - d;
	}
	return -1;
}

/** Our time, in us, at which the sender recorded the sample. */
static double said_us(const struct account *a, int64_t at)
{
	return (double)at * 1e6 / a->call->codec->rate_hz /
	       (1 + a->plan->trace->ppm * 1e-6);
}

static void moved(struct account *a, int64_t to)
{
	double ms = (double)(to - a->at) * 1000 / a->call->codec->rate_hz;
	bool speaks = a->call->speaks[(size_t)to / (2 * a->half)];

	if (ms > 0)
		*(speaks ? &a->r->out_speech : &a->r->out_pause) += ms;
	else
		*(speaks ? &a->r->in_speech : &a->r->in_pause) -= ms;
}

/** Where these 5 ms come from, -1 if they are not as they were sent. What was
 *  made up by repeating is not to be found where it was taken from. */
static int64_t find(const struct account *a, const int16_t *out, bool made)
{
	if (!made)
		return locate(a, out);
	return is_at(a, out, a->at) ? a->at : -1;
}

static void note_fit(struct account *a, double rest)
{
	double db = -10 * log10(fmax(rest, 1e-9));

	if (!a->call->speaks[(size_t)a->at / (2 * a->half)])
		return;
	a->fit += db;
	if (a->n_fit++ == 0 || db < a->r->fit_least)
		a->r->fit_least = db;
}

/** Are these 5 ms what is expected now, but for what resampling moves? Then
 *  the account goes on from where they are. */
static bool slide(struct account *a, const int16_t *out, bool counts)
{
	double expected = (double)a->at + a->frac, at = expected, rest;

	if (a->at < 0 || !q_track(a->call->sent, a->call->n, out, a->half, &at,
				  &rest))
		return false;
	a->at = llrint(at);
	a->frac = at - (double)a->at;
	if (counts) {
		a->r->slid -= (at - expected) * 1000 / a->call->codec->rate_hz;
		note_fit(a, rest);
	}
	return true;
}

/** Looks for these 5 ms, and accounts for how far from the expected place they
 *  are: true, or false if they are not as they were sent. */
static bool follow(struct account *a, const int16_t *out, bool made, bool counts)
{
	int64_t at;

	if (a->plan->slides && a->frac == 0 && is_at(a, out, a->at))
		return true;
	if (a->plan->slides && !made && slide(a, out, counts))
		return true;
	at = find(a, out, made);
	if (at < 0)
		return false;
	if (a->at >= 0 && at != a->at && counts)
		moved(a, at);
	a->at = at;
	a->frac = 0;
	return true;
}

static void judge_half(struct account *a, const int16_t *out, bool *made,
		       double now_us, bool counts)
{
	bool found = follow(a, out, *made, counts);
	double ms;

	*made = *made && !found;
	if (a->at < 0)
		return;
	ms = (now_us - (double)a->plan->phase_us - said_us(a, a->at)) / 1000 -
	     a->plan->trace->ptime_ms;
	if (counts) {
		a->delay[a->n_delay++] = ms;
		a->r->delay_last = ms;
		a->halves++;
		a->changed += !found;
	}
	a->at += (int64_t)a->half;
}

/** Is a packet from behind the one being made up there? */
static bool has_future(const struct account *a, int64_t now_us)
{
	size_t len = a->call->n / a->call->packets;
	size_t k = a->at < 0 ? 0 : (size_t)a->at / len;

	for (size_t i = k + 1; i < k + 7 && i < a->call->packets; i++) {
		int64_t t = a->plan->trace->packet[i].arrival_us;

		if (t >= 0 && t + a->plan->phase_us <= now_us)
			return true;
	}
	return false;
}

/** Is one of the packets around lost for good? */
static bool is_loss(const struct account *a)
{
	size_t len = a->call->n / a->call->packets;
	size_t k = a->at < 0 ? 0 : (size_t)a->at / len;

	for (size_t i = k ? k - 1 : 0; i < k + 2 && i < a->call->packets; i++)
		if (a->plan->trace->packet[i].arrival_us < 0)
			return true;
	return false;
}

static void judge(struct account *a, const int16_t *out, enum mx_jbuf_kind kind,
		  int64_t now_us, size_t tick)
{
	struct q_result *r = a->r;
	bool counts = now_us >= a->plan->from_us &&
		      (!a->plan->till_us || now_us < a->plan->till_us);

	if (counts) {
		r->ticks++;
		r->silent += kind == MX_JBUF_SILENCE;
		r->concealed += kind == MX_JBUF_CONCEALED;
		r->with_future += kind == MX_JBUF_CONCEALED &&
				  has_future(a, now_us);
		r->underruns += kind == MX_JBUF_CONCEALED && !is_loss(a);
	}
	for (int h = 0; h < HALVES; h++) {
		size_t block = tick * HALVES + (size_t)h;

		r->made[block] = kind == MX_JBUF_CONCEALED;
		if (kind != MX_JBUF_SILENCE)
			judge_half(a, out + (size_t)h * a->half,
				   &r->made[block], (double)now_us + h * 5000,
				   counts);
		else if (a->at >= 0)
			a->at += (int64_t)a->half;
		r->at[block] = a->at < 0 ? -1 : a->at - (int64_t)a->half;
	}
}

static void sum_up(struct account *a)
{
	struct q_result *r = a->r;

	r->delay_mean = q_mean(a->delay, a->n_delay);
	r->delay_p95 = q_quantile(a->delay, a->n_delay, 0.95);
	r->delay_max = q_quantile(a->delay, a->n_delay, 1);
	r->fit_mean = a->n_fit ? a->fit / (double)a->n_fit : 0;
	r->changed = a->halves ? (double)a->changed / (double)a->halves : 0;
}

/* ---- the run ------------------------------------------------------------- */

static const struct q_trace *sorting;           /* for by_arrival() alone */

static int by_arrival(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int64_t tx = sorting->packet[x].arrival_us;
	int64_t ty = sorting->packet[y].arrival_us;

	if (tx != ty)
		return tx < ty ? -1 : 1;
	return x < y ? -1 : 1;
}

/** The packets that arrive, in order; numbers of those sent. */
static size_t *line_up(const struct q_trace *t, uint16_t *seq, size_t *n,
		       struct q_result *r)
{
	size_t *order = q_alloc(t->n, sizeof(*order));
	uint16_t next = 0xff80;                 /* it wraps soon */

	*n = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (t->packet[i].arrival_us == Q_UNSENT)
			continue;
		seq[i] = next++;
		if (t->packet[i].arrival_us >= 0)
			order[(*n)++] = i;
		else
			r->lost++;
	}
	sorting = t;
	qsort(order, *n, sizeof(*order), by_arrival);
	r->arrived = (double)*n;
	return order;
}

static void put(const struct q_plan *p, void *receiver, size_t i, uint16_t seq)
{
	const struct q_call *c = p->call;
	const struct q_payload *payload = &c->payload[i];
	static struct mx_pkt pkt;

	pkt.arrival_us = p->trace->packet[i].arrival_us + p->phase_us;
	pkt.ts = 0xfffff000u + (uint32_t)(i * p->trace->ptime_ms *
					  (c->codec->clock_hz / 1000));
	pkt.seq = seq;
	pkt.ssrc = 1;
	pkt.pt = PT;
	pkt.off = MX_RTP_HDR;
	pkt.len = payload->len;
	memcpy(pkt.data + pkt.off, payload->data, payload->len);
	p->receiver->put(receiver, &pkt);
}

static void begin(struct account *a, const struct q_plan *p, struct q_result *r,
		  size_t ticks, size_t tick)
{
	*r = (struct q_result){ .n = ticks * tick };
	*a = (struct account){ .plan = p, .call = p->call, .r = r,
			       .half = tick / HALVES, .at = -1 };
	r->pcm = q_alloc(r->n, sizeof(*r->pcm));
	r->at = q_alloc(ticks * HALVES, sizeof(*r->at));
	r->made = q_alloc(ticks * HALVES, sizeof(*r->made));
	a->delay = q_alloc(ticks * HALVES, sizeof(*a->delay));
}

void q_run(const struct q_plan *p, struct q_result *r)
{
	size_t tick = p->call->codec->rate_hz / 100, n, next = 0;
	size_t ticks = p->call->n / tick;
	uint16_t *seq = q_alloc(p->trace->n, sizeof(*seq));
	void *receiver = p->receiver->open(p->call->codec);
	struct account a;
	size_t *order;

	assert(p->trace->n == p->call->packets);
	begin(&a, p, r, ticks, tick);
	order = line_up(p->trace, seq, &n, r);
	for (size_t k = 0; k < ticks; k++) {
		int64_t now_us = (int64_t)k * 10000;
		int16_t *out = r->pcm + k * tick;
		double began = q_cpu();
		enum mx_jbuf_kind kind;

		for (; next < n && p->trace->packet[order[next]].arrival_us +
		       p->phase_us <= now_us; next++)
			put(p, receiver, order[next], seq[order[next]]);
		kind = p->receiver->take(receiver, out, tick, now_us);
		r->cpu_ms += q_cpu() - began;
		judge(&a, out, kind, now_us, k);
	}
	r->cpu_ms *= 1000 / ((double)ticks / 100);
	if (p->receiver->stats)
		r->stats = *p->receiver->stats(receiver);
	sum_up(&a);
	p->receiver->close(receiver);
	free(a.delay);
	free(order);
	free(seq);
}

void q_result_free(struct q_result *r)
{
	free(r->pcm);
	free(r->at);
	free(r->made);
}
