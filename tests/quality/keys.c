/*
 * keys.c - DTMF: keys heard in the sound (mixer/dtmf_inband.h) off pitch, in
 * noise, over a network that loses packets; speech, in which there are none;
 * and telephone-events (mixer/dtmf.h) of which most packets are lost.
 */
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"
#include "mixer/dtmf.h"
#include "mixer/dtmf_inband.h"
#include "mixer/jbuf.h"
#include "quality.h"
#include "tests/unit/t_rand.h"

enum { RATE = 8000, TICK = RATE / 100, PACKET = 2 * TICK, PRESSES = 1000 };

static const char pad[] = "123A456B789C*0#D";

/* ---- presses as sound -------------------------------------------------- */

struct way {
	const char *name;
	int on_ms, off_ms;
	double off_pitch;       /* up or down by this part */
	double snr_db;          /* 0: no noise */
};

static int16_t *all(size_t n)
{
	return q_alloc(n, sizeof(int16_t));
}

/* A key at a level and with a twist by chance, both as Q.24 allows them. */
static void press(int16_t *x, int key, const struct way *w, uint32_t *seed)
{
	static const double low[] = { 697, 770, 852, 941 };
	static const double high[] = { 1209, 1336, 1477, 1633 };
	const double level = 32767 * pow(10, (t_between(seed, -25, -9) - 3.14) / 20);
	const double twist = pow(10, t_between(seed, -8, 4) / 20);
	const double tune = 1 + (t_rand(seed) & 1 ? w->off_pitch : -w->off_pitch);
	const double noise = w->snr_db > 0 ?
		level * sqrt(1 + twist * twist) / sqrt(2) *
		pow(10, -w->snr_db / 20) * sqrt(3) : 0;
	const double at = t_between(seed, 0, 2 * M_PI);

	for (int i = 0; i < (w->on_ms + w->off_ms) * RATE / 1000; i++) {
		const double t = 2 * M_PI * tune * i / RATE;
		double s = t_between(seed, -noise, noise);

		if (i < w->on_ms * RATE / 1000)
			s += level * (sin(low[key / 4] * t + at) +
				      twist * sin(high[key % 4] * t));
		x[i] = (int16_t)lrint(s);
	}
}

static void note(struct mx_dtmf_inband *d, const int16_t *pcm, bool lost,
		 char *heard, size_t *n)
{
	char key = mx_dtmf_inband_put(d, pcm, lost);

	if (key && *n < 2 * PRESSES)
		heard[(*n)++] = key;
	heard[*n] = 0;
}

/* Straight from the decoder. */
static void hear(const int16_t *x, size_t n, char *heard)
{
	struct mx_dtmf_inband *d;
	size_t got = 0;

	if (mx_dtmf_inband_new(&d) < 0)
		abort();
	for (size_t i = 0; i + TICK <= n; i += TICK)
		note(d, x + i, false, heard, &got);
	mx_dtmf_inband_free(d);
}

static void put(struct mx_jbuf *jb, struct mx_pool *pool, const int16_t *x,
		uint16_t seq, int64_t at_us)
{
	struct mx_pkt *pkt = mx_pool_get(pool);

	if (!pkt)
		abort();
	pkt->off = 0;
	pkt->len = PACKET;
	pkt->pt = 0;
	pkt->ssrc = 1;
	pkt->seq = seq;
	pkt->ts = (uint32_t)seq * PACKET;
	pkt->marker = false;
	pkt->arrival_us = at_us;
	mx_dsp_best()->ulaw_encode(pkt->data, x, PACKET);
	if (mx_jbuf_put(jb, pkt) != 0)
		mx_pool_put(pool, pkt);
}

/* As a port hears it: over G.711, a network that loses packets and delays them
 * by up to 15 ms, and the jitter buffer with all that it makes up, stretches
 * and squeezes. */
static void hear_over_net(const int16_t *x, size_t n, unsigned percent,
			  uint32_t seed, char *heard)
{
	struct mx_jbuf_cfg cfg = { .dsp = mx_dsp_best(), .rate_max_hz = RATE };
	int64_t due_us[2] = { 0 };      /* of the packets under way */
	struct mx_dtmf_inband *d;
	struct mx_jbuf *jb;
	size_t got = 0;
	uint16_t seq = 0;

	if (mx_pool_new(&cfg.pool, 256) < 0 || mx_jbuf_new(&jb, &cfg) < 0 ||
	    mx_dtmf_inband_new(&d) < 0 ||
	    mx_jbuf_map(jb, 0, mx_codec_by_pt(0)) < 0)
		abort();
	for (size_t i = 0; i + PACKET <= n; i += PACKET, seq++) {
		const int64_t now = (int64_t)i * 1000000 / RATE;

		due_us[0] = now + (int64_t)t_between(&seed, 0, 9999);
		if (t_rand(&seed) % 100 >= percent)
			put(jb, cfg.pool, x + i, seq, due_us[0]);
		for (int k = 1; k <= 2; k++) {
			int16_t pcm[TICK];
			enum mx_jbuf_kind kind = mx_jbuf_take(jb, pcm, TICK,
				now + k * 10000);

			note(d, pcm, kind == MX_JBUF_CONCEALED, heard, &got);
		}
	}
	mx_jbuf_free(jb);
	mx_pool_free(cfg.pool);
	mx_dtmf_inband_free(d);
}

/* Follows what was heard along what was sent. */
static void compare(const char *sent, const char *heard, unsigned *missing,
		    unsigned *more)
{
	*missing = *more = 0;
	while (*sent || *heard) {
		if (*sent && *sent == *heard) {
			sent++;
			heard++;
		} else if (*heard && (!*sent || heard[1] == *sent ||
				      heard[0] == sent[-1])) {
			++*more;
			heard++;
		} else {
			++*missing;
			sent += *sent != 0;
		}
	}
}

/* Presses of no key twice, so that a double is seen. percent < 0: no net. */
static void presses(const struct way *w, int percent, uint32_t seed,
		    double *heard_percent, double *more_percent)
{
	const size_t each = (size_t)(w->on_ms + w->off_ms) * RATE / 1000;
	const size_t n = PRESSES * each + RATE;
	int16_t *x = all(n);
	char sent[PRESSES + 2] = "-", heard[2 * PRESSES + 2] = "";
	unsigned missing, more;

	for (size_t i = 0; i < PRESSES; i++) {
		int key = (int)(i * 7 % 16);

		sent[i + 1] = pad[key];
		press(x + i * each, key, w, &seed);
	}
	if (percent < 0)
		hear(x, n, heard);
	else
		hear_over_net(x, n, (unsigned)percent, seed, heard);
	free(x);
	compare(sent + 1, heard, &missing, &more);
	*heard_percent = 100 - 100.0 * missing / PRESSES;
	*more_percent = 100.0 * more / PRESSES;
	q_row("%-22s %3d ms, loss %2d %% | %6.2f %% heard, %5.2f %% more",
	      w->name, w->on_ms, percent < 0 ? 0 : percent, *heard_percent,
	      *more_percent);
}

static void in_sound(const struct q_opt *opt)
{
	static const struct way plain[] = {
		{ "in tune", 40, 40, 0, 0 },
		{ "1.5 % off", 50, 50, 0.015, 0 },
		{ "noise of -15 dB", 50, 50, 0, 15 },
		{ "noise of -10 dB", 50, 50, 0, 10 },
	};
	static const struct way none[] = {
		{ "too short", 23, 50, 0, 0 },
		{ "3.5 % off", 100, 50, 0.035, 0 },
	};
	static const struct way over_net[] = {
		{ "over a network", 100, 100, 0, 0 },
		{ "over a network", 200, 100, 0, 0 },
	};
	double heard, more, least = 100, most = 0, doubles = 0, found = 100;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		presses(&plain[i], -1, opt->seed + (uint32_t)i, &heard, &more);
		least = fmin(least, heard);
		doubles = fmax(doubles, more);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		presses(&none[i], -1, opt->seed + (uint32_t)i, &heard, &more);
		most = fmax(most, heard + more);
	}
	q_min("keys-heard", least, "%", 99.5);
	q_max("keys-no-keys-heard", most, "%", 0);
	for (size_t i = 0; i < sizeof(over_net) / sizeof(over_net[0]); i++) {
		presses(&over_net[i], 5, opt->seed, &heard, &more);
		doubles = fmax(doubles, more);
		found = fmin(found, heard);
	}
	/* of 100 ms, in which one packet or two may be made up */
	q_min("keys-heard-at-5%-loss", found, "%", 98.5);
	q_max("keys-doubled", doubles, "%", 0.1);
}

/* ---- what others hear of them ------------------------------------------ */

/* Of presses that begin anywhere in a tick, the most that was not cut. */
static void leak(const struct q_opt *opt)
{
	static const struct way w = { "", 100, 100, 0.015, 0 };
	uint32_t seed = opt->seed;
	double most = 0;

	for (size_t from = 10 * TICK; from < 11 * TICK; from++) {
		const size_t n = from + (size_t)(w.on_ms + w.off_ms) * RATE / 1000;
		const size_t end = from + (size_t)w.on_ms * RATE / 1000;
		int16_t *x = all(n);
		struct mx_dtmf_inband *d;
		size_t heard = 0;

		press(x + from, (int)(from % 16), &w, &seed);
		if (mx_dtmf_inband_new(&d) < 0)
			abort();
		for (size_t i = 0; i + TICK <= n; i += TICK) {
			mx_dtmf_inband_put(d, x + i, false);
			for (size_t k = i; k < i + TICK; k++)
				heard += k >= from && k < end &&
					!mx_dtmf_inband_is_tone(d);
		}
		most = fmax(most, 1000.0 * (double)heard / RATE);
		mx_dtmf_inband_free(d);
		free(x);
	}
	q_max("keys-leak", most, "ms", 20);
}

/* ---- speech ------------------------------------------------------------ */

/* nftw() hands nothing down. */
static struct {
	double minutes, cut_ms;
	unsigned keys;
} talk;

static void listen_to(FILE *f)
{
	enum { MAX = RATE * 300 };
	int16_t *x = all(MAX);
	size_t n = fread(x, sizeof(*x), MAX, f);
	struct mx_dtmf_inband *d;

	if (mx_dtmf_inband_new(&d) < 0)
		abort();
	for (size_t i = 0; i + TICK <= n; i += TICK) {
		talk.keys += mx_dtmf_inband_put(d, x + i, false) != 0;
		talk.cut_ms += mx_dtmf_inband_is_tone(d) ? 10 : 0;
	}
	talk.minutes += (double)n / RATE / 60;
	mx_dtmf_inband_free(d);
	free(x);
}

/* A RIFF file of 8 kHz, 16 bit, one channel, as Debian's prompts are. */
static int open_prompt(const char *path, const struct stat *st, int type,
		       struct FTW *ftw)
{
	const char *dot = strrchr(path, '.');
	FILE *f;

	(void)st;
	(void)ftw;
	if (type != FTW_F || !dot || strcmp(dot, ".wav") != 0)
		return 0;
	f = fopen(path, "rb");
	if (!f)
		return 0;
	if (fseek(f, 44, SEEK_SET) == 0)
		listen_to(f);
	fclose(f);
	return 0;
}

static void talk_off(const struct q_opt *opt)
{
	memset(&talk, 0, sizeof(talk));
	nftw(opt->brief ? "/usr/share/asterisk/sounds/en_US_f_Allison/digits" :
	     "/usr/share/asterisk/sounds", open_prompt, 8, FTW_PHYS);
	if (talk.minutes == 0) {
		q_row("no prompts of 8 kHz: install asterisk-core-sounds-*-wav");
		return;
	}
	q_row("%.1f minutes of prompts | %u keys, %.0f ms cut", talk.minutes,
	      talk.keys, talk.cut_ms);
	q_max("keys-in-speech", talk.keys, "keys", 0);
	q_max("keys-speech-cut", talk.cut_ms / talk.minutes, "ms/min", 5);
}

/* ---- telephone-events -------------------------------------------------- */

struct events {
	struct mx_dtmf d;
	int64_t now_us;
	char heard[2 * PRESSES + 2];
	size_t n;
};

static void take(struct events *e, const struct mx_dtmf_event *ev, int n)
{
	for (int i = 0; i < n; i++)
		if (ev[i].what == MX_DTMF_BEGIN && e->n < 2 * PRESSES)
			e->heard[e->n++] = ev[i].key;
	e->heard[e->n] = 0;
}

static void pass(struct events *e, int ms)
{
	struct mx_dtmf_event ev;

	for (; ms > 0; ms -= 10) {
		e->now_us += 10000;
		take(e, &ev, mx_dtmf_tick(&e->d, e->now_us, &ev));
	}
}

static void packet(struct events *e, uint32_t ts, uint8_t event, bool end,
		   unsigned duration)
{
	const uint8_t p[4] = { event, end ? 0x8a : 0x0a,
			       (uint8_t)(duration >> 8), (uint8_t)duration };
	struct mx_dtmf_event ev[MX_DTMF_EVENTS_MAX];

	take(e, ev, mx_dtmf_put(&e->d, ts, false, p, sizeof(p), e->now_us, ev));
}

/* 80 to 200 ms: a packet each 20 ms, the end three times. */
static bool send_press(struct events *e, uint32_t ts, uint8_t event,
		       unsigned percent, uint32_t *seed)
{
	const unsigned packets = 4 + t_rand(seed) % 7;
	bool any = false;

	for (unsigned i = 1; i < packets + 3; i++) {
		const unsigned at = i < packets ? i : packets;

		if (t_rand(seed) % 100 >= percent) {
			packet(e, ts, event, i >= packets, at * PACKET);
			any = true;
		}
		if (i < packets)
			pass(e, 20);
	}
	pass(e, 60);
	return any;
}

/* Of presses of which any packet came, those that are right in order, each
 * once, half of them the same key again. */
static double events(unsigned percent, uint32_t seed)
{
	static struct events e;
	char sent[PRESSES + 2] = "-";
	uint32_t ts = 0xfff00000;
	unsigned missing, more;
	size_t n = 1;

	memset(&e, 0, sizeof(e));
	for (unsigned i = 0; i < PRESSES; i++) {
		const uint8_t event = (uint8_t)(i / 2 % 16);

		if (send_press(&e, ts, event, percent, &seed))
			sent[n++] = "0123456789*#ABCD"[event];
		ts += 16 * PACKET;
	}
	pass(&e, 1000);
	sent[n] = 0;
	compare(sent + 1, e.heard, &missing, &more);
	q_row("telephone-events, loss %2u %% | %u of %zu missing, %u more",
	      percent, missing, n - 1, more);
	return 100 - 100.0 * (missing + more) / (double)(n - 1);
}

static void run(const struct q_opt *opt)
{
	static const unsigned percent[] = { 0, 5, 20, 50, 80 };
	double least = 100;

	in_sound(opt);
	leak(opt);
	talk_off(opt);
	for (size_t i = 0; i < sizeof(percent) / sizeof(percent[0]); i++)
		least = fmin(least, events(percent[i], opt->seed));
	q_min("keys-events-right", least, "%", 100);
}

const struct q_group q_keys = {
	"keys", "DTMF in the sound and as telephone-events", run
};
