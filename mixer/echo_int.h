/*
 * echo_int.h - what the files of echo control share.
 *
 * Two clocks: ticks count what is sent (far), media time counts what comes
 * (near); both in samples. The delay in media time is what stays the same when
 * the jitter buffer shortens or lengthens: near at m holds the echo of far at
 * m - lag, lag = shift + delay as the detector sees it.
 */
#ifndef MX_ECHO_INT_H
#define MX_ECHO_INT_H

#include "aec.h"
#include "echo.h"
#include "echo_detect.h"
#include "echo_ring.h"
#include "residual.h"

enum {
	MX_ECHO_FRAME_MAX = 160,
	MX_ECHO_EARLY_MS = 16           /* the filter's begin before the peak */
};

struct mx_echo_plans {
	struct mx_fft *detect, *narrow, *wide;
};

struct mx_canceller {
	const struct mx_aec_ops *ops;
	void *aec;
	struct mx_residual residual;
	uint32_t hz;

	/* the aligned far side: begins align samples before near, at mark, and
	 * that changes by ppm */
	double align, ppm;
	int64_t mark;
	bool fractional;                /* it has been between samples */
	int16_t echo[MX_ECHO_FRAME_MAX], linear[MX_ECHO_FRAME_MAX];
	float in_power, out_power;      /* of far speech, smoothed */

	unsigned ran, prove_from, prove_to;     /* frames */
	float proof_near, proof_echo, proof_shared;     /* sums over those */

	/* what the filter takes for echo, is it in near? Smoothed powers, and
	 * how much of the echo's is shared with near */
	float near_power, echo_power, shared, far_power;
	float coupling;                 /* power of echo over that of far */
	unsigned contrary, agrees;      /* frames running that say no, yes */
	bool astray;                    /* it is not: the echo has moved ... */
	int64_t astray_at;              /* ... in media time */
	unsigned astray_for;            /* frames with echo in them, since */
};

struct mx_echo {
	struct mx_echo_cfg cfg;
	size_t frame;                   /* samples of 10 ms */
	enum mx_echo_state state;
	bool begun;
	uint64_t n0;                    /* the first tick, its sample is 0 */
	int64_t offset;                 /* media time less ticks */
	bool timed;                     /* media time was known already ... */
	int64_t time0;                  /* ... and offset 0 was this of it */
	struct mx_echo_ring far, near;

	struct mx_echo_detect detect;
	int64_t shift;                  /* between its clocks */
	int64_t block;                  /* the next one for it */
	int16_t half[MX_ECHO_BLOCK];    /* of the far window before, the later;
					 * where it began: */
	int64_t half_at;
	unsigned looked;                /* blocks, since the last rest */
	uint64_t rest_to;               /* the tick; see echo.h */
	int64_t changed;                /* the canceller, media time */
	int64_t certain;                /* far is, from this tick on */
	bool jumped;                    /* the next canceller learns the less */

	struct mx_canceller *canceller;
	struct mx_canceller *old;       /* heard till the other one has learned */
	struct mx_canceller *spare;     /* to be given back */
	int64_t learn_from, learn_at;   /* LEARNING: media time */
	unsigned learn_passes;          /* to go */
	bool proving;                   /* the canceller is new */
	bool heard;                     /* one of them was, in the last tick */
	struct mx_echo_stats stats;
};

/* From what was heard before to what is heard from now on. */
void echo_fade(int16_t *to, const int16_t *from, size_t n);
/* The detector's part of a tick. True if it has just seen the echo. */
bool echo_detect_tick(struct mx_echo *e);
/* The delay in media time, as the detector has it. */
double echo_lag(const struct mx_echo *e);

/* Far is to begin so much before near, at mark, and that changes by ppm; it
 * learns from so many frames first. */
void canceller_start(struct mx_canceller *c, double align, int64_t mark,
		     double ppm, unsigned frames);
/* A frame that ends up in out. */
void canceller_run(struct mx_canceller *c, const struct mx_echo_ring *far,
		   int64_t m, const int16_t *near, int16_t *out);
/* Did it foresee the second half of what it learned from first? What is no echo
 * teaches nothing. */
bool canceller_proves(const struct mx_canceller *c);
/* It has learned: what it does from now on is watched. */
void canceller_trust(struct mx_canceller *c);
double canceller_align(const struct mx_canceller *c, int64_t m);
/* How fast the delay changes. */
void canceller_drift(struct mx_canceller *c, int64_t m, double ppm);

#endif
