/*
 * test_forward.c - what one person alone says reaches the others as he sent it:
 * byte for byte, without an encoder, and without a seam on the way there and
 * back.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/port_priv.h"
#include "sim.h"

static struct sim s;

static const struct {
	const char *name;
	uint32_t clock_hz;
} codecs[] = {
	{ "opus", 48000 }, { "G722", 8000 }, { "PCMU", 8000 },
	{ "PCMA", 8000 }, { "L16", 8000 },
};

enum { CODECS = sizeof(codecs) / sizeof(codecs[0]) };

/* ---- words ------------------------------------------------------------- */

/* Somebody who says words of 0.5 s, with pauses of 0.2 s, from `from` to `to`. */
struct talker {
	double pitch, rate_hz, from, to;
};

static double envelope(const struct talker *t, double at)
{
	double in = fmod(at - t->from, 0.7);

	if (at < t->from || at >= t->to || in >= 0.5)
		return 0;
	return sin(M_PI * in / 0.5);
}

static int16_t words(void *arg, uint64_t i)
{
	const struct talker *t = arg;
	double at = (double)i / t->rate_hz, sum = 0;

	for (int k = 1; k * t->pitch < 1600; k++)
		sum += sin(2 * M_PI * t->pitch * k * at + k * k) /
			(1 + 0.02 * (k - 4) * (k - 4)) / k;
	return (int16_t)(4500 * envelope(t, at) * sum);
}

static struct talker talkers[SIM_PARTIES_MAX];

static struct sim_party *party(struct mx_mix *room, const char *name,
			       uint32_t clock_hz, double pitch, double from,
			       double to)
{
	struct sim_party *p = sim_party(&s, name, clock_hz, 2);
	struct talker *t = &talkers[s.n_parties - 1];

	*t = (struct talker){ pitch, p->codec->rate_hz, from, to };
	p->voice = to > from ? words : NULL;
	p->arg = t;
	join(p, room);
	return p;
}

static struct mx_mix *open_room(uint32_t hz, bool forward)
{
	sim_open(&s);
	s.forward = forward;
	s.least_hz = hz;
	return sim_room(&s, hz, NULL, 0);
}

/* ---- what went in, and what came out ------------------------------------ */

enum { LOG_MAX = 1000 };

struct log {
	unsigned n;
	struct { size_t len; uint8_t data[MX_PKT_SIZE]; } p[LOG_MAX];
};

static struct log said, heard;

static void note(struct log *l, const uint8_t *payload, size_t len)
{
	assert_true(l->n < LOG_MAX);
	l->p[l->n].len = len;
	memcpy(l->p[l->n++].data, payload, len);
}

static void note_said(struct sim_party *p, const uint8_t *payload, size_t len)
{
	(void)p;
	note(&said, payload, len);
}

static void note_heard(struct sim_party *p, const uint8_t *payload, size_t len)
{
	(void)p;
	note(&heard, payload, len);
}

static bool is_same(unsigned i, unsigned j)
{
	return heard.p[i].len == said.p[j].len &&
		memcmp(heard.p[i].data, said.p[j].data, said.p[j].len) == 0;
}

static void what_one_says_is_sent_on_byte_for_byte(void **state)
{
	(void)state;
	for (unsigned k = 0; k < CODECS; k++) {
		struct sim_party *t, *ear[3];
		struct mx_mix *room = open_room(16000, true);
		uint64_t encodes, forwarded;
		unsigned i = 20, j, same = 0;

		said.n = heard.n = 0;
		t = party(room, codecs[k].name, codecs[k].clock_hz, 130, 1, 9);
		t->said_h = note_said;
		for (unsigned e = 0; e < 3; e++)
			ear[e] = party(room, codecs[k].name,
				       codecs[k].clock_hz, 100, 99, 99);
		ear[1]->heard_h = note_heard;
		sim_ticks(&s, 104);             /* he has begun */
		encodes = s.chains.counts.encodes;
		forwarded = s.chains.counts.forwarded;
		sim_ticks(&s, 700);
		assert_int_equal(s.chains.counts.encodes, encodes);
		assert_in_range(s.chains.counts.forwarded - forwarded,
				3 * (350 - 50), 3 * 350);

		/* from his first word on, packet for packet */
		for (i = 48; same < 20 && i < 60; i++)
			for (j = 45, same = 0; !same && j < i + 1; j++)
				while (same < 20 && is_same(i + same, j + same))
					same++;
		assert_true(same >= 20);
		i--;
		j--;
		for (same = 0; i < heard.n; i++, j++)
			same += is_same(i, j);
		/* but where he says nothing at all */
		assert_true(same >= 240);
		for (unsigned e = 0; e < 3; e++) {
			assert_int_equal(ear[e]->breaks, 0);
			assert_int_equal(ear[e]->packets, 402);
		}
		sim_close(&s);
	}
}

/* ---- seams ------------------------------------------------------------- */

enum { SEAM_MS = 6000, MAX = SEAM_MS * 48 };

static int16_t mixed[MAX], passed[MAX];

/* One speaks all the time, another from 2.05 s until `to`. What a third hears is
 * left in pcm; how many packets were forwarded to anybody. */
static uint64_t conversation(unsigned k, bool forward, double to, int16_t *pcm,
			     size_t *n)
{
	struct mx_mix *room = open_room(16000, forward);
	struct sim_party *ear;
	uint64_t forwarded;

	party(room, codecs[k].name, codecs[k].clock_hz, 130, 0.5, 9);
	party(room, codecs[k].name, codecs[k].clock_hz, 190, 2.05, to);
	ear = party(room, codecs[k].name, codecs[k].clock_hz, 100, 99, 99);
	sim_ticks(&s, SEAM_MS / 10);
	assert_int_equal(ear->breaks, 0);
	assert_true(ear->heard <= MAX);
	memcpy(pcm, ear->pcm, ear->heard * sizeof(*pcm));
	*n = ear->heard;
	forwarded = s.chains.counts.forwarded;
	sim_close(&s);
	return forwarded;
}

static double db(double power)
{
	return 10 * log10(power + 1);
}

static double power(const int16_t *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sum / (double)n;
}

/* What there is over 2.5 kHz, where these voices have nothing, but a click has:
 * the loudest 5 ms of it. x begins at a sample with 8 before it. */
static double click(const int16_t *x, size_t n, double rate_hz)
{
	const size_t step = (size_t)(rate_hz / 8000), win = (size_t)rate_hz / 200;
	double worst = 0, sum = 0;

	for (size_t i = 0; i < n; i++) {
		/* the fourth difference, at 8 kHz: -24 dB at 2 kHz */
		double d = x[i] - 4.0 * x[i - step] + 6.0 * x[i - 2 * step] -
			4.0 * x[i - 3 * step] + x[i - 4 * step];

		sum += d * d / 256;
		if (i % win == win - 1) {
			worst = fmax(worst, sum / (double)win);
			sum = 0;
		}
	}
	return worst;
}

/* Compared with a stream that never changes over: no click, neither where the
 * other begins in the midst of a word nor where he has ended. Levels differ by
 * what is at the ends of words, as they are passed on a little earlier. */
static void seams_are_not_heard(void **state)
{
	(void)state;
	for (unsigned k = 0; k < CODECS; k++) {
		double level = 0, clicks = 0, hz;
		size_t n, m, step;

		assert_true(conversation(k, true, 3.8, passed, &n) > 200);
		assert_int_equal(conversation(k, false, 3.8, mixed, &m), 0);
		assert_int_equal(n, m);
		hz = (double)n * 1000 / SEAM_MS;
		step = (size_t)hz / 10;
		for (size_t i = step; i + 2 * step < n; i += step) {
			double is = db(power(passed + i, 2 * step));
			double was = db(power(mixed + i, 2 * step));

			if (was > 60)           /* the peak is 72 */
				level = fmax(level, fabs(is - was));
			clicks = fmax(clicks, db(click(passed + i, step, hz)) -
				      db(click(mixed + i, step, hz)));
		}
		print_message("%s: level %.1f dB, clicks %.1f dB\n",
			      codecs[k].name, level, clicks);
		assert_true(level < 1.5);
		assert_true(clicks < 2.5);
	}
}

/* Codecs without a state: 30 ms after the first sample of the second voice,
 * which is long before it is loud, all is as if nothing had been passed on. */
static void first_syllable_of_a_second_voice_is_whole(void **state)
{
	static int16_t alone[MAX];

	(void)state;
	for (unsigned k = 2; k < CODECS; k++) {
		size_t n, first = 0, ms;

		conversation(k, false, 2.0501, alone, &n);      /* says nothing */
		conversation(k, false, 2.5, mixed, &n);
		conversation(k, true, 2.5, passed, &n);
		ms = n / SEAM_MS;
		while (first < n && mixed[first] == alone[first])
			first++;
		assert_in_range(first, 2000 * ms, 2150 * ms);
		assert_memory_equal(passed + first + 30 * ms,
				    mixed + first + 30 * ms,
				    400 * ms * sizeof(*mixed));
	}
}

#define T(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_one_says_is_sent_on_byte_for_byte),
		T(seams_are_not_heard),
		T(first_syllable_of_a_second_voice_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
