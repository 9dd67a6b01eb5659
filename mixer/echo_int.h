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
	bool lost;                      /* it has added to the echo for long */
	bool worn;                      /* what it has learned is of no use */

	/* the aligned far side: begins align samples before near, at mark, and
	 * that changes by ppm */
	double align, ppm;
	int64_t mark;
	bool fractional;                /* it has been between samples */
	int16_t echo[MX_ECHO_FRAME_MAX], linear[MX_ECHO_FRAME_MAX];
	float in_power, out_power;      /* of far speech, smoothed */
	unsigned worse;                 /* frames with more out than in */
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
	int64_t learn_from, learn_at;   /* LEARNING: media time */
	unsigned learn_passes;          /* to go */
	bool heard;                     /* the canceller was, in the last tick */
	struct mx_echo_stats stats;
};

/* From what was heard before to what is heard from now on. */
void echo_fade(int16_t *to, const int16_t *from, size_t n);
/* The detector's part of a tick. True if it has just seen the echo. */
bool echo_detect_tick(struct mx_echo *e);
/* The delay in media time, as the detector has it. */
double echo_lag(const struct mx_echo *e);

/* Far is to begin so much before near, at mark, and that changes by ppm. */
void canceller_start(struct mx_canceller *c, double align, int64_t mark,
		     double ppm);
/* A frame that ends up in out. */
void canceller_run(struct mx_canceller *c, const struct mx_echo_ring *far,
		   int64_t m, const int16_t *near, int16_t *out);
double canceller_align(const struct mx_canceller *c, int64_t m);
/* How fast the delay changes. */
void canceller_drift(struct mx_canceller *c, int64_t m, double ppm);

#endif
