/*
 * dsi.c - the dominant talker (mixer/dsi.h, mixer/floor.h) in meetings of ten
 * minutes (tests/unit/t_meeting.h), whose talk is made up or recorded; and what
 * becomes of the floor if it is simply given to the loudest.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "mixer/dsp/dsp.h"
#include "quality.h"
#include "speech.h"
#include "tests/unit/t_meeting.h"
#include "tests/unit/t_rand.h"

/* ---- another rule -------------------------------------------------------- */

static void begin(void)
{
}

static uint64_t loudest_put(const uint8_t level[MEETING_LEGS], unsigned at)
{
	unsigned who = 0;

	(void)at;
	for (unsigned i = 1; i < MEETING_LEGS; i++)
		if (level[i] < level[who])
			who = i;
	return who + 1;
}

static const struct meeting_rule loudest = { "loudest", begin, loudest_put };
/* ---- recorded talk ------------------------------------------------------- */

enum {
	RATE = 16000, PIECE = RATE / 50,        /* 20 ms */
	PIECES = 8000,                          /* 160 s of each voice */
	PAUSE = 15                              /* pieces: 0.3 s */
};

static const double SPOKEN_DB = -26;            /* speech.h */

struct voices {
	double db[Q_VOICES][PIECES];
	bool begins[Q_VOICES][PIECES];          /* a sentence does here */
};

static double piece_db(const int16_t *x)
{
	return 10 * log10((double)mx_dsp_best()->energy(x, PIECE) / PIECE + 1e-9) -
		90.31;
}

static void read_voices(struct voices *v)
{
	for (unsigned i = 0; i < Q_VOICES; i++) {
		int16_t *x = q_speech(i, RATE, (size_t)PIECES * PIECE);
		bool *speaks = q_speech_parts(x, RATE, 2 * (size_t)PIECES);
		unsigned quiet = 0;

		for (unsigned k = 0; k < PIECES; k++) {
			const bool speech = speaks[2 * k] || speaks[2 * k + 1];

			v->db[i][k] = piece_db(x + (size_t)k * PIECE);
			v->begins[i][k] = speech && quiet >= PAUSE;
			quiet = speech ? 0 : quiet + 1;
		}
		free(speaks);
		free(x);
	}
}

/* From the begin of one of his sentences on. */
static void read_aloud(struct meeting *m, unsigned who, unsigned from,
		       unsigned to, double db, void *arg)
{
	const struct voices *v = arg;
	unsigned at = t_rand(&m->rnd) % PIECES;

	while (!v->begins[who][at])
		at = (at + 1) % PIECES;
	for (unsigned i = from; i < to; i++, at = (at + 1) % PIECES)
		meeting_sound(m, who, i,
			      fmin(v->db[who][at] + db - SPOKEN_DB, -1));
}

/* ---- seeds --------------------------------------------------------------- */

struct account {
	double right;           /* per cent of the time */
	double wrong;           /* changes a minute */
	double p50, p95;        /* ms */
};

static void print(const char *talk, const char *rule, const struct account *a,
		  const struct account *worst)
{
	q_row("%-8s %-7s | %5.1f (%5.1f) %% | %6.2f (%6.2f) | %4.0f (%4.0f) | "
	      "%4.0f (%4.0f)", talk, rule, a->right, worst->right, a->wrong,
	      worst->wrong, a->p50, worst->p50, a->p95, worst->p95);
}

/* Means over meetings. */
static struct account measure(const char *talk, const struct meeting_rule *rule,
			      const struct q_opt *opt, meeting_speak_fn *speak,
			      void *arg)
{
	const unsigned meetings = opt->brief ? 3 : 20;
	struct meeting *m = q_alloc(1, sizeof(*m));
	struct account mean = { 0 }, worst = { .right = 100 };

	for (uint32_t i = 0; i < meetings; i++) {
		struct meeting_verdict v;

		meeting_make(m, (opt->seed + i) * 7919, speak, arg);
		v = meeting_judge(m, rule);
		mean.right += 100 * v.right / meetings;
		mean.wrong += v.false_per_min / meetings;
		mean.p50 += (double)v.p50 / meetings;
		mean.p95 += (double)v.p95 / meetings;
		worst.right = fmin(worst.right, 100 * v.right);
		worst.wrong = fmax(worst.wrong, v.false_per_min);
		worst.p50 = fmax(worst.p50, v.p50);
		worst.p95 = fmax(worst.p95, v.p95);
	}
	free(m);
	print(talk, rule->name, &mean, &worst);
	return mean;
}

static void goal(const char *talk, const struct account *a)
{
	char name[4][40];

	snprintf(name[0], sizeof(name[0]), "dsi-%s-right", talk);
	snprintf(name[1], sizeof(name[1]), "dsi-%s-false", talk);
	snprintf(name[2], sizeof(name[2]), "dsi-%s-p50", talk);
	snprintf(name[3], sizeof(name[3]), "dsi-%s-p95", talk);
	q_min(name[0], a->right, "%", 90);
	q_max(name[1], a->wrong, "a minute", 0.5);
	q_max(name[2], a->p50, "ms", 350);
	q_max(name[3], a->p95, "ms", 700);
}

static void run(const struct q_opt *opt)
{
	const struct way {
		const char *talk;
		meeting_speak_fn *speak;
	} ways[] = { { "made-up", NULL }, { "recorded", read_aloud } };
	struct voices *v = q_alloc(1, sizeof(*v));

	read_voices(v);
	q_row("talk     rule    | right (worst)   | false a minute  | p50 ms      "
	      "| p95 ms");
	for (unsigned i = 0; i < 2; i++) {
		struct account a;

		measure(ways[i].talk, &loudest, opt, ways[i].speak, v);
		a = measure(ways[i].talk, &meeting_floor, opt, ways[i].speak, v);
		goal(ways[i].talk, &a);
	}
	free(v);
}

const struct q_group q_dsi = {
	"dsi", "the dominant talker in meetings of ten minutes", run
};
