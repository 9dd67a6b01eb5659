/*
 * test_codecs.c - rooms of many codecs: all hear each other at the right level,
 * and those who hear the same of the room share what encodes it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "mixer/port_priv.h"
#include "sim.h"

enum { TALK = 6000 };           /* amplitude, -14.7 dB */

static struct sim s;
static struct sim_tone tones[SIM_PARTIES_MAX];

/* A party that says a tone of f Hz, or nothing. */
static struct sim_party *party(struct mx_mix *room, const char *codec,
			       uint32_t clock_hz, double f)
{
	struct sim_party *p = sim_party(&s, codec, clock_hz, 2);
	struct sim_tone *tone = &tones[s.n_parties - 1];

	if (f > 0) {
		*tone = (struct sim_tone){ f, p->codec->rate_hz, TALK };
		p->voice = sim_sine;
		p->arg = tone;
	}
	join(p, room);
	return p;
}

static double heard(const struct sim_party *p, unsigned second, double f)
{
	size_t n = p->codec->rate_hz;

	assert_true(p->heard >= (second + 1) * n);
	return sim_goertzel(p->pcm + second * n, n, f, (double)n);
}

static void all_codecs_hear_each_other(void **state)
{
	static const struct {
		const char *name;
		uint32_t clock_hz;
		double f;
	} who[] = { { "opus", 48000, 440 }, { "G722", 8000, 620 },
		    { "PCMU", 8000, 1010 }, { "opus", 48000, 1630 } };
	static const uint32_t rates[] = { 8000, 16000, 24000, 48000 };

	(void)state;
	for (unsigned r = 0; r < 4; r++) {
		struct sim_party *p[4];
		struct mx_mix *room;

		sim_open(&s);
		room = sim_room(&s, rates[r], NULL, 0);
		for (unsigned i = 0; i < 4; i++)
			p[i] = party(room, who[i].name, who[i].clock_hz,
				     who[i].f);
		sim_ticks(&s, 400);
		for (unsigned i = 0; i < 4; i++) {
			for (unsigned j = 0; j < 4; j++) {
				double db = heard(p[i], 2, who[j].f);

				if (i == j)
					assert_true(db < -45);
				else
					assert_true(fabs(db + 14.7) < 1.5);
			}
			assert_int_equal(p[i]->breaks, 0);
		}
		sim_close(&s);
	}
}

/* What narrow band has not goes through a wide room to those who can. */
static void wide_sound_is_heard_by_whom_it_can_be(void **state)
{
	struct sim_party *g722, *opus, *pcmu, *opus16;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, 16000, NULL, 0);
	party(room, "G722", 8000, 5000);
	g722 = party(room, "G722", 8000, 0);
	opus = party(room, "opus", 48000, 0);
	opus16 = party(room, "opus", 48000, 0);
	pcmu = party(room, "PCMU", 8000, 0);
	sim_ask(opus16, &(struct mx_codec_par){ .rate_hz = 8000 });
	sim_ticks(&s, 400);
	assert_true(fabs(heard(g722, 2, 5000) + 14.7) < 1.5);
	assert_true(fabs(heard(opus, 2, 5000) + 14.7) < 1.5);
	assert_true(heard(opus16, 2, 5000) < -45);
	assert_true(heard(pcmu, 2, 3000) < -45);        /* its mirror image */
	sim_close(&s);
}

struct gated {
	struct sim_tone tone;
	bool on;
};

static int16_t gated(void *arg, uint64_t i)
{
	struct gated *g = arg;

	return g->on ? sim_sine(&g->tone, i) : 0;
}

/* Decoding costs by the rate. It changes when nobody speaks; a codec that has
 * one rate keeps it. */
static void voice_is_decoded_to_what_the_room_is_made_of(void **state)
{
	static const uint32_t rates[] = { 16000, 48000, 8000, 24000 };
	struct gated voice = { { 440, 48000, TALK }, true };
	struct sim_party *opus, *g722, *ear;
	struct mx_mix *room;
	unsigned second = 0;

	(void)state;
	sim_open(&s);
	opus = sim_party(&s, "opus", 48000, 2);
	g722 = sim_party(&s, "G722", 8000, 2);
	ear = sim_party(&s, "L16", 8000, 2);
	tones[1] = (struct sim_tone){ 620, 16000, TALK };
	opus->voice = gated;
	opus->arg = &voice;
	g722->voice = sim_sine;
	g722->arg = &tones[1];
	for (unsigned r = 0; r < 4; r++) {
		uint32_t before = opus->port->rx_hz;

		room = sim_room(&s, rates[r], NULL, 0);
		join(opus, room);
		join(g722, room);
		join(ear, room);
		sim_ticks(&s, 200);
		assert_int_equal(opus->port->rx_hz, before);    /* he speaks */
		voice.on = false;
		sim_ticks(&s, 100);
		assert_int_equal(opus->port->rx_hz, rates[r]);
		assert_int_equal(g722->port->rx_hz, 16000);
		voice.on = true;
		sim_ticks(&s, 300);
		second += 6;
		assert_true(fabs(heard(ear, second - 2, 440) + 14.7) < 1);
		assert_true(fabs(heard(ear, second - 2, 620) + 14.7) < 1);
		mx_mix_del(room, opus->port);
		mx_mix_del(room, g722->port);
		mx_mix_del(room, ear->port);
	}
	sim_close(&s);
}

static void those_who_hear_the_same_cost_one_encoding(void **state)
{
	const struct mx_codec_par slow = { .bitrate = 12000 };
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, 16000, NULL, 0);
	party(room, "opus", 48000, 440);
	for (int i = 0; i < 8; i++) {
		party(room, "opus", 48000, 0);
		party(room, "G722", 8000, 0);
		party(room, "PCMU", 8000, 0);
	}
	for (int i = 0; i < 4; i++)
		sim_ask(party(room, "opus", 48000, 0), &slow);
	sim_ticks(&s, 300);
	/* the talker; Opus, G.722, PCMU, and Opus for those who want less */
	assert_int_equal(mx_mix_chains(room), 5);
	for (unsigned i = 1; i < s.n_parties; i++) {
		assert_true(fabs(heard(&s.party[i], 1, 440) + 14.7) < 1.5);
		assert_int_equal(s.party[i].breaks, 0);
	}
	sim_close(&s);
}

/* By re-INVITE, in mid-speech; to each codec from each other. */
static void codec_changes_in_mid_call(void **state)
{
	static const struct {
		const char *name;
		uint32_t clock_hz;
		unsigned ptime;
	} to[] = { { "opus", 48000, 2 }, { "PCMU", 8000, 3 }, { "G722", 8000, 2 },
		   { "opus", 48000, 6 }, { "G722", 8000, 12 },
		   { "opus", 48000, 12 }, { "PCMU", 8000, 1 } };
	struct sim_party *a, *b;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, 16000, NULL, 0);
	a = party(room, "PCMU", 8000, 440);
	b = party(room, "opus", 48000, 620);
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		size_t from;

		sim_change(a, to[i].name, to[i].clock_hz, to[i].ptime, true);
		tones[0].rate_hz = a->codec->rate_hz;
		a->heard = a->said = 0;
		sim_ticks(&s, 300);
		assert_true(fabs(heard(a, 1, 620) + 14.7) < 1.5);
		from = b->heard - 96000;
		assert_true(fabs(sim_goertzel(b->pcm + from, 48000, 440, 48000)
				 + 14.7) < 1.5);
	}
	assert_int_equal(b->breaks, 0);
	sim_close(&s);
}

/* ---- the path ---------------------------------------------------------- */

enum { BAD = 30 };              /* 12 % */

static void reports(struct sim_party *p, unsigned n, uint8_t fraction)
{
	while (n-- > 0)
		mx_port_reported(p->port, fraction);
}

static void lossy_paths_share_with_their_like(void **state)
{
	struct sim_party *l[6], *pcmu;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, 16000, NULL, 0);
	party(room, "opus", 48000, 440);
	for (int i = 0; i < 6; i++)
		l[i] = party(room, "opus", 48000, 0);
	pcmu = party(room, "PCMU", 8000, 0);
	party(room, "PCMU", 8000, 0);
	sim_ticks(&s, 200);
	assert_int_equal(mx_mix_chains(room), 3);

	reports(l[0], 1, BAD);
	reports(l[1], 1, BAD);
	reports(pcmu, 1, BAD);          /* there is nothing it could do */
	assert_int_equal(mx_mix_chains(room), 5);
	sim_ticks(&s, 200);
	assert_int_equal(mx_mix_chains(room), 4);

	/* from grade 2 to 0, three reports a grade */
	reports(l[0], 6, 0);
	reports(l[1], 6, 0);
	sim_ticks(&s, 200);
	assert_int_equal(mx_mix_chains(room), 3);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(l[i]->breaks, 0);
		assert_true(fabs(heard(l[i], 5, 440) + 14.7) < 1.5);
	}
	sim_close(&s);
}

/* ---- no seam ----------------------------------------------------------- */

/* Two share an encoder; in the second run one of them begins to talk. What he
 * hears has the same bits as if he had not. */
static void talker_goes_on_with_a_copy_of_the_shared_encoder(void **state)
{
	static int16_t first[48000 * 5];
	struct sim_tone voice = { 330, 48000, TALK };

	(void)state;
	for (int run = 0; run < 2; run++) {
		struct sim_party *a;
		struct mx_mix *room;

		sim_open(&s);
		room = sim_room(&s, 48000, NULL, 0);
		party(room, "G722", 8000, 440);
		a = party(room, "opus", 48000, 0);
		party(room, "opus", 48000, 0);
		sim_ticks(&s, 200);
		assert_int_equal(mx_mix_chains(room), 2);
		a->voice = run ? sim_sine : NULL;
		a->arg = &voice;
		sim_ticks(&s, 300);
		assert_int_equal(mx_mix_chains(room), run ? 3 : 2);
		assert_true(a->heard >= 48000 * 49 / 10);
		if (run)
			assert_memory_equal(a->pcm, first, a->heard *
					    sizeof(*first));
		memcpy(first, a->pcm, a->heard * sizeof(*first));
		sim_close(&s);
	}
}

/* ---- pauses ------------------------------------------------------------ */

static int16_t on_and_off(void *arg, uint64_t i)
{
	return i / 48000 % 3 ? 0 : sim_sine(arg, i);
}

static void nothing_is_sent_for_silence_to_whom_wants_it_so(void **state)
{
	struct sim_tone voice = { 440, 48000, TALK };
	struct sim_party *t, *quiet, *plain;
	struct mx_mix *room;

	(void)state;
	sim_open(&s);
	room = sim_room(&s, 48000, NULL, 0);
	t = party(room, "opus", 48000, 0);
	t->voice = on_and_off;
	t->arg = &voice;
	plain = party(room, "opus", 48000, 0);
	quiet = party(room, "opus", 48000, 0);
	sim_ask(quiet, &(struct mx_codec_par){ .dtx = 1 });
	sim_ticks(&s, 800);
	assert_int_equal(plain->breaks, 0);
	assert_int_equal(plain->packets, 400);
	assert_in_range(quiet->packets, 120, 320);
	/* each time it begins anew, and the time stamps jump there alone */
	assert_true(quiet->markers >= 3);
	assert_true(quiet->breaks > 0 && quiet->breaks <= quiet->markers);
	sim_close(&s);
}

#define T(test) cmocka_unit_test(test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_codecs_hear_each_other),
		T(wide_sound_is_heard_by_whom_it_can_be),
		T(voice_is_decoded_to_what_the_room_is_made_of),
		T(those_who_hear_the_same_cost_one_encoding),
		T(codec_changes_in_mid_call),
		T(lossy_paths_share_with_their_like),
		T(talker_goes_on_with_a_copy_of_the_shared_encoder),
		T(nothing_is_sent_for_silence_to_whom_wants_it_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
