/*
 * echo.h - echo control of one leg: keeps the room's own sound, which a line
 * gives back, out of the room.
 *
 * What does it do? It remembers what was sent to the leg and what came back,
 * looks for an echo (echo_detect.h), and only when it has found one starts a
 * canceller, which is brought from outside. How does it work?
 *
 *   far, each tick --> 3 s ---.                 detector: how late?
 *                             |---> aligned, a little early, drift followed
 *   near, each tick -> 2 s -> linear canceller -> residual suppressor -> room
 *
 * What came back is kept by its sender's clock (the media time of the jitter
 * buffer), so what the buffer leaves out or puts in does not move the echo.
 * When the canceller starts, or the echo has jumped, it learns from the last
 * two seconds, over and over and some frames a tick, before it is heard.
 *
 *   LISTENING --found--> WANTED --memory--> LEARNING --done--> RUNNING
 *       ^                    ^------ jump, memory changed -----'|
 *       '---------------- no echo for a minute, memory back -----'
 *
 * After five seconds of sound both ways and nothing found it rests for ten: an
 * echo that is there is found in the first two, and one that begins later may
 * take so long.
 *
 * How do I use it? Each tick first mx_echo_near() with what came, which
 * changes it, then mx_echo_far() with what was sent; memory as mx_echo_wants()
 * and mx_echo_gives() say. One thread; nothing here allocates but the _new().
 */
#ifndef MX_ECHO_H
#define MX_ECHO_H

#include <stdbool.h>
#include <stdint.h>

struct mx_aec_ops;
struct mx_canceller;
struct mx_dsp;
struct mx_echo;
struct mx_echo_plans;

/** Transforms, made once, shared by all threads. 0 or -ENOMEM. */
int mx_echo_plans_new(struct mx_echo_plans **pp);
void mx_echo_plans_free(struct mx_echo_plans *p);

/** Bounds the learning on one thread: one a thread, zero it. */
struct mx_echo_pace {
	uint64_t n;             /* the tick ... */
	unsigned done;          /* ... and frames learned from in it */
};

enum { MX_ECHO_PACE = 24 };     /* frames a tick a thread, 1 to 2 ms */

struct mx_echo_cfg {
	const struct mx_dsp *dsp;
	const struct mx_echo_plans *plans;
	struct mx_echo_pace *pace;
	uint32_t hz;            /* 8000 or 16000 */
};

/** The memory of the listening part, 160 or 260 kB. 0 or -ENOMEM. */
int mx_echo_new(struct mx_echo **ep, const struct mx_echo_cfg *cfg);
/** Its canceller must have been taken; NULL is fine. */
void mx_echo_free(struct mx_echo *e);

/** A canceller, 60 or 110 kB. 0 or -ENOMEM. */
int mx_canceller_new(struct mx_canceller **cp, const struct mx_aec_ops *ops,
		     const struct mx_echo_plans *plans, uint32_t hz);
void mx_canceller_free(struct mx_canceller *c);

/** An echo was found and there is no canceller. */
bool mx_echo_wants(const struct mx_echo *e);
void mx_echo_give(struct mx_echo *e, struct mx_canceller *c);
/** The canceller has nothing to do any more, or has learned what is wrong. */
bool mx_echo_gives(const struct mx_echo *e);
/** Takes it away; NULL if there is none. */
struct mx_canceller *mx_echo_take(struct mx_echo *e);

/**
 * Takes what came back in tick n, and puts what the room may hear in its place.
 *
 * @param pcm    [hz / 100]
 * @param at     its media time in samples, or MX_ECHO_NO_TIME: as it was
 */
void mx_echo_near(struct mx_echo *e, uint64_t n, int16_t *pcm, int64_t at);
/** It neither looks nor remembers in tick n: what is sent need not be brought. */
bool mx_echo_rests(const struct mx_echo *e, uint64_t n);
/** Takes what is sent in tick n, [hz / 100]; NULL: silence. */
void mx_echo_far(struct mx_echo *e, uint64_t n, const int16_t *pcm);

#define MX_ECHO_NO_TIME INT64_MIN

enum mx_echo_state {
	MX_ECHO_LISTENING, MX_ECHO_WANTED, MX_ECHO_LEARNING, MX_ECHO_RUNNING
};

struct mx_echo_stats {
	enum mx_echo_state state;
	uint32_t delay_ms;      /* from sending to hearing; 0: no echo */
	int16_t loss_db;        /* echo return loss */
	int16_t gain_db;        /* echo return loss enhancement, running */
	int16_t drift_ppm;
	uint32_t starts;        /* cancellers started */
	uint32_t jumps;         /* and changed, for an echo that moved */
};

void mx_echo_stats(const struct mx_echo *e, struct mx_echo_stats *st);

/* ---- for measurements ---- */

struct mx_residual;

/** The residual suppressor at work, NULL: none. */
const struct mx_residual *mx_echo_residual(const struct mx_echo *e);
/** The last frame out of the linear canceller, [hz / 100]. */
const int16_t *mx_echo_linear(const struct mx_echo *e);

#endif
