/* sim.c - see sim.h */
#include <stdarg.h>
#include <setjmp.h>

#include "mixer/level.h"
#include "sim.h"

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- world ------------------------------------------------------------- */

void sim_open(struct sim *s)
{
	memset(s, 0, sizeof(*s));
	s->dsp = mx_dsp_best();
	s->n = 4242;
	assert_int_equal(mx_resamp_bank_new(&s->bank, s->dsp), 0);
	assert_int_equal(mx_pool_new(&s->pool, 4096), 0);
}

void sim_close(struct sim *s)
{
	for (unsigned i = 0; i < s->n_parties; i++) {
		struct sim_party *p = &s->party[i];
		struct mx_port_kit kit;

		mx_port_fini(p->port, &kit);
		mx_port_kit_free(&kit);
		mx_port_free(p->port);
		free(p->pcm);
		free(p->dec);
		free(p->enc);
	}
	for (unsigned i = 0; i < s->n_mixes; i++)
		mx_mix_free(s->mix[i]);
	/* Every chain went with the port that brought it. */
	for (unsigned i = 0; i < MX_CHAIN_CODECS_MAX; i++)
		assert_null(s->chains.free[i]);
	assert_int_equal(mx_pool_used(s->pool), 0);
	assert_null(s->news.first);
	mx_pool_free(s->pool);
	mx_resamp_bank_free(s->bank);
}

struct mx_mix *sim_room(struct sim *s, uint32_t hz, struct mx_xchg *x,
			unsigned part)
{
	struct mx_mix_cfg cfg = {
		.dsp = s->dsp, .bank = s->bank, .rate_hz = hz, .xchg = x,
		.rate_min_hz = s->least_hz ? s->least_hz : hz,
		.part = part, .talkers = s->talkers, .forward = s->forward,
	};

	assert_int_equal(mx_mix_new(&s->mix[s->n_mixes], &cfg), 0);
	return s->mix[s->n_mixes++];
}

/* The port is given memory whenever its codec changes, as media does it. */
static void set_stream(struct sim_party *p, bool new_codec, bool sends)
{
	struct sim *s = p->sim;
	struct mx_jbuf_cfg jcfg = {
		.pool = s->pool, .dsp = s->dsp,
		.rate_max_hz = p->codec->rate_hz,
		.dec_size_max = p->codec->dec_size(),
	};
	struct mx_port_stream stream = {
		.codec = p->codec, .pt = SIM_PT,
		.par = p->par,
		.ptime_ms = (uint16_t)(p->ptime * 10),
		.recv = { { SIM_PT, p->codec } }, .n_recv = 1,
		.event_pt = { SIM_EVENT_PT }, .n_event = 1,
		.inband = p->inband, .cn_pt = p->cn ? MX_PT_CN : 0,
		.sends = sends, .receives = true,
		.csrc = p->csrc, .csrc_id = p->csrc_id,
		.level_id = p->level_id,
	};
	struct mx_port_kit kit = { 0 };

	if (p->inband)
		assert_int_equal(mx_dtmf_inband_new(&kit.inband), 0);

	stream.par.cn = p->cn > 0;
	if (new_codec) {
		assert_int_equal(mx_jbuf_new(&kit.jbuf, &jcfg), 0);
		assert_int_equal(mx_chain_new(&kit.chain, p->codec), 0);
	}
	mx_port_stream(p->port, &stream, &kit, s->step, s->n);
	mx_port_kit_free(&kit);
}

static void set_codec(struct sim_party *p, const char *name, uint32_t hz,
		      unsigned ptime)
{
	p->codec = mx_codec_find(name, hz, strcmp(name, "opus") == 0 ? 2 : 1);
	assert_non_null(p->codec);
	p->ptime = ptime;
	free(p->dec);
	free(p->enc);
	p->dec = calloc(1, p->codec->dec_size() + 1);
	p->enc = calloc(1, p->codec->enc_size() + 1);
	assert_true(p->dec && p->enc);
	p->codec->dec_init(p->dec);
	p->codec->enc_init(p->enc, &(struct mx_codec_par){ .fec = 1,
							    .dtx = p->dtx });
}

void sim_change(struct sim_party *p, const char *name, uint32_t hz,
		unsigned ptime, bool sends)
{
	const struct mx_codec *old = p->codec;

	set_codec(p, name, hz, ptime);
	set_stream(p, p->codec != old, sends);
}

void sim_ask(struct sim_party *p, const struct mx_codec_par *par)
{
	p->par = *par;
	set_stream(p, false, true);
}

void sim_extend(struct sim_party *p)
{
	set_stream(p, false, true);
}

void sim_listen(struct sim_party *p)
{
	p->inband = true;
	set_stream(p, false, true);
}

struct sim_party *sim_party(struct sim *s, const char *name, uint32_t hz,
			    unsigned ptime)
{
	struct sim_party *p = &s->party[s->n_parties++];
	struct mx_port_cfg cfg = {
		.dsp = s->dsp, .bank = s->bank, .chains = &s->chains,
		.news = &s->news, .owner = p, .ssrc = 1000 + s->n_parties,
		.ts = 0xfffff000, .seq = 0xfff0, .phase = s->phase,
		.id = s->n_parties, .name = s->n_parties,
	};

	assert_true(s->n_parties <= SIM_PARTIES_MAX);
	p->sim = s;
	set_codec(p, name, hz, ptime);
	p->seq = 0xffe0;
	p->ssrc = 77 + s->n_parties;
	p->pace = 1;
	p->max = (size_t)p->codec->rate_hz * SIM_S_MAX;
	p->pcm = calloc(p->max, sizeof(*p->pcm));
	assert_non_null(p->pcm);
	assert_int_equal(mx_port_new(&p->port, &cfg), 0);
	set_stream(p, true, true);
	return p;
}

/* ---- from the parties -------------------------------------------------- */

/* The level as an element of one byte in an extension of one word. */
static size_t put_level(uint8_t *hdr, uint8_t id, uint8_t level)
{
	const uint8_t ext[8] = { 0xbe, 0xde, 0, 1, (uint8_t)(id << 4),
				 0x80 | level };

	hdr[0] |= 0x10;
	memcpy(hdr + MX_RTP_HDR, ext, sizeof(ext));
	return MX_RTP_HDR + sizeof(ext);
}

void sim_deliver(struct sim_party *p, const struct mx_rtp_hdr *hdr,
		 uint8_t level, const uint8_t *payload, size_t len)
{
	struct sim *s = p->sim;
	struct mx_pkt pkt, *copy;
	size_t at = MX_RTP_HDR;

	mx_rtp_build(pkt.data, hdr);
	if (p->level_id)
		at = put_level(pkt.data, p->level_id, level);
	memcpy(pkt.data + at, payload, len);
	/* It came in the middle of the tick that has just passed. */
	pkt.arrival_us = (int64_t)s->n * MX_TICK_US - MX_TICK_US / 2;
	assert_int_equal(mx_rtp_parse(&pkt, at + len), 0);
	pkt.level = mx_port_level(p->port, &pkt);
	copy = mx_pool_keep(s->pool, &pkt);
	assert_non_null(copy);
	if (mx_port_put(p->port, copy) != 1)
		mx_pool_put(s->pool, copy);
}

static uint8_t level_of(const struct sim_party *p, const int16_t *pcm, size_t n)
{
	int level = mx_level(p->sim->dsp->energy(pcm, n), n) + p->level_error;

	return (uint8_t)(level < 0 ? 0 : level > MX_LEVEL_SILENCE ?
			 MX_LEVEL_SILENCE : level);
}

static void say(struct sim_party *p, size_t n)
{
	struct mx_rtp_hdr hdr = {
		.ssrc = p->ssrc, .pt = SIM_PT, .seq = p->seq++,
		.ts = (uint32_t)(p->said * p->codec->clock_hz /
				 p->codec->rate_hz) + p->ts_add,
	};
	int16_t pcm[MX_FRAME_MAX];
	uint8_t payload[MX_PKT_SIZE];
	int len;
	bool sound = false;

	for (size_t i = 0; i < n; i++) {
		pcm[i] = p->voice(p->arg, p->said + i);
		sound |= pcm[i] != 0;
	}
	if (p->cn && !sound) {
		hdr.pt = MX_PT_CN;
		if (p->resting)
			p->seq--;       /* nothing is sent */
		else
			sim_deliver(p, &hdr, MX_LEVEL_SILENCE, &p->cn, 1);
		p->resting = true;
		return;
	}
	hdr.marker = p->resting;
	p->resting = false;
	len = p->codec->encode(p->enc, p->sim->dsp, pcm, n, payload,
			       sizeof(payload) - MX_RTP_HDR);
	assert_true(len > 0 || (p->dtx && len == 0));
	if (len == 0) {
		p->seq--;
		return;
	}
	if (p->said_h)
		p->said_h(p, payload, (size_t)len);
	sim_deliver(p, &hdr, level_of(p, pcm, n), payload, (size_t)len);
}

static void press(struct sim_party *p, size_t n)
{
	struct mx_rtp_hdr hdr = {
		.ssrc = p->ssrc, .pt = SIM_EVENT_PT, .seq = p->seq++,
		.marker = p->event_ticks == 0,
	};
	uint8_t payload[4] = { (uint8_t)p->event_key, 10, 0, 0 };
	uint32_t duration;

	if (p->event_ticks == 0)
		p->event_ts = (uint32_t)p->said;
	p->event_ticks++;
	hdr.ts = p->event_ts;
	duration = p->event_ticks * (uint32_t)n;
	payload[2] = (uint8_t)(duration >> 8);
	payload[3] = (uint8_t)duration;
	sim_deliver(p, &hdr, MX_LEVEL_SILENCE, payload, sizeof(payload));
}

static void send_one(struct sim_party *p)
{
	size_t n = p->codec->rate_hz / 100 * p->ptime;

	if (p->events) {
		press(p, n);
	} else {
		p->event_ticks = 0;
		say(p, n);
	}
	p->said += n;
}

static void let_speak(struct sim *s)
{
	for (unsigned i = 0; i < s->n_parties; i++) {
		struct sim_party *p = &s->party[i];

		if (!p->voice && !p->events)
			continue;
		if (s->step % p->ptime == 0)
			p->owed += p->pace;
		if (p->burst && s->step % p->burst != 0)
			continue;
		for (; p->owed > 0; p->owed--)
			send_one(p);
	}
}

/* ---- to the parties ---------------------------------------------------- */

static void read_csrcs(struct sim_party *p, const struct mx_pkt *pkt)
{
	struct mx_csrcs *cs = &p->csrcs;
	const uint8_t *d = pkt->data + MX_RTP_HDR, *level = NULL;

	cs->n = pkt->data[0] & 15;
	for (unsigned i = 0; i < cs->n; i++, d += 4)
		cs->ssrc[i] = (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 |
			(uint32_t)d[2] << 8 | d[3];
	if (p->csrc_id && cs->n > 0)
		assert_int_equal(mx_rtpext_find(pkt, p->csrc_id, &level), cs->n);
	else
		assert_false(pkt->data[0] & 0x10);
	for (unsigned i = 0; i < cs->n; i++)
		cs->level[i] = level ? level[i] : MX_PKT_NO_LEVEL;
}

/* A packet of comfort noise takes a number and no time of the sound. */
static void hear_noise(struct sim_party *p, const struct mx_pkt *pkt)
{
	assert_int_equal(pkt->len, 1);
	assert_in_range(pkt->data[pkt->off], 55, 70);
	assert_false(pkt->marker);
	if (p->packets++ > 0 && pkt->seq != p->next_seq)
		p->breaks++;
	p->next_seq = (uint16_t)(pkt->seq + 1);
	p->cn_heard++;
}

static void hear(void *owner, const uint8_t *pkt, size_t len, void *arg)
{
	static struct mx_pkt got;
	struct sim_party *p = owner;
	int n;

	(void)arg;
	memcpy(got.data, pkt, len);
	assert_int_equal(mx_rtp_parse(&got, len), 0);
	if (p->cn && got.pt == MX_PT_CN) {
		hear_noise(p, &got);
		return;
	}
	assert_int_equal(got.pt, SIM_PT);
	read_csrcs(p, &got);
	n = p->codec->decode(p->dec, p->sim->dsp, got.data + got.off, got.len,
			     p->pcm + p->heard, p->max - p->heard);
	assert_true(n > 0);
	if (p->heard_h)
		p->heard_h(p, pkt + MX_RTP_HDR, len - MX_RTP_HDR);
	p->markers += got.marker;
	if (p->packets++ > 0 && (got.seq != p->next_seq || got.ts != p->next_ts))
		p->breaks++;
	p->next_seq = (uint16_t)(got.seq + 1);
	p->next_ts = got.ts + (uint32_t)((uint64_t)n * p->codec->clock_hz /
				     p->codec->rate_hz);
	p->heard += (size_t)n;
}

static void take_news(struct sim *s)
{
	struct mx_port_news news;

	while (mx_news_take(&s->news, &news)) {
		struct sim_party *p = news.owner;

		if ((news.what == MX_NEWS_KEY ||
		     news.what == MX_NEWS_KEY_INBAND) &&
		    p->n_keys < sizeof(p->keys) - 1)
			p->keys[p->n_keys++] = news.key;
		if (news.what == MX_NEWS_TALK_BEGUN)
			p->begun++;
		if (news.what == MX_NEWS_TALK_ENDED) {
			p->ended++;
			p->talk_ms = news.ms;
		}
		if (news.what == MX_NEWS_PLAYED && p->n_played < 16) {
			p->played[p->n_played] = news.id;
			p->whole[p->n_played++] = news.whole;
		}
	}
}

void sim_ticks(struct sim *s, unsigned n)
{
	while (n-- > 0) {
		struct mx_tick tick = {
			.n = s->n, .now_us = (int64_t)s->n * MX_TICK_US,
			.send_h = hear,
		};

		let_speak(s);
		for (unsigned i = 0; i < s->n_mixes; i++)
			mx_mix_tick(s->mix[i], &tick);
		for (unsigned i = 0; i < s->n_parties; i++)
			if (!mx_port_mix(s->party[i].port))
				mx_port_tick(s->party[i].port, &tick);
		if (!s->news_wait)
			take_news(s);
		s->n++;
		s->step++;
	}
}

/* ---- voices ------------------------------------------------------------ */

int16_t sim_noise(void *seed, uint64_t i)
{
	uint64_t x = i * UINT64_C(0x9e3779b97f4a7c15) + *(uint32_t *)seed;

	/* splitmix64's mixing, Steele, Lea and Flood 2014 */
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return (int16_t)((int)(x % 16383) - 8191);
}

int16_t sim_scaled(void *arg, uint64_t i)
{
	struct sim_scaled *v = arg;

	return (int16_t)(sim_noise(&v->seed, i) * v->by / 8);
}

int16_t sim_sine(void *arg, uint64_t i)
{
	const struct sim_tone *t = arg;

	return (int16_t)lrint(t->amplitude *
			      sin(2 * M_PI * t->hz * (double)i / t->rate_hz));
}

int16_t sim_gated(void *arg, uint64_t i)
{
	struct sim_gated *g = arg;

	return i % g->period < g->on ? sim_noise(&g->seed, i) : 0;
}

double sim_goertzel(const int16_t *pcm, size_t n, double hz, double rate_hz)
{
	double re = 0, im = 0, w = 2 * M_PI * hz / rate_hz;

	for (size_t i = 0; i < n; i++) {
		/* a Hann window, so that other tones do not leak in */
		double h = 0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)n);

		re += h * pcm[i] * cos(w * (double)i);
		im -= h * pcm[i] * sin(w * (double)i);
	}
	return 20 * log10((hypot(re, im) * 4 / (double)n + 1e-9) / 32767);
}

/* ---- rooms of noise ------------------------------------------------------ */

uint32_t seeds[5] = { 11, 22, 33, 44, 55 };

void join(struct sim_party *p, struct mx_mix *mix)
{
	mx_mix_add(mix, p->port, true, true);
}

struct sim_party *noisy(struct sim *s, unsigned i)
{
	struct sim_party *p = sim_party(s, "L16", HZ, 2);

	p->voice = sim_noise;
	p->arg = &seeds[i];
	return p;
}

int reference(const unsigned *who, unsigned n, size_t t, size_t d)
{
	int sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += t < d ? 0 : sim_noise(&seeds[who[i]], t - d);
	return sum;
}

bool is_sum(const struct sim_party *p, const unsigned *who, unsigned n,
	    size_t from, size_t to, size_t d)
{
	for (size_t t = from; t < to; t++)
		if (p->pcm[t] != reference(who, n, t, d))
			return false;
	return true;
}

size_t delay_of(const struct sim_party *p, const unsigned *who, unsigned n,
		size_t from)
{
	assert_true(p->heard > from + HZ);
	for (size_t d = 0; d < DELAY_MAX; d++)
		if (is_sum(p, who, n, from, from + 50, d)) {
			assert_true(is_sum(p, who, n, from, p->heard, d));
			return d;
		}
	fail_msg("what was heard is no sum of the voices");
	return 0;
}

void fill_clip(int16_t *pcm, uint32_t seed)
{
	for (uint64_t i = 0; i < CLIP; i++)
		pcm[i] = sim_noise(&seed, i);
}
