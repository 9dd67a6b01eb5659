/*
 * t_stream.h - a stream from a seed, over a network from a seed, through a
 * jitter buffer; and what came out, sample by sample, against what went in.
 *
 * The codec is 16-bit PCM as it lies in memory, so that every sample can be
 * found again: the sound holds noise, no 10 ms of it come twice in 20 s.
 */
#ifndef T_STREAM_H
#define T_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mixer/codec.h"
#include "mixer/jbuf.h"
#include "t_rand.h"

enum t_sound {
	T_SPEECH,               /* syllables of a voice, and pauses */
	T_TONE,                 /* 440 Hz, no noise */
	T_NOISE                 /* nothing to match */
};

enum { T_LOOP = 160000, T_PACKETS_MAX = 400000 };

extern const struct mx_codec t_codec;   /* 8 kHz; payload types below are its */
extern const struct mx_codec t_codec16; /* 16 kHz */

/** What the sender sends and the network does. */
struct t_trace {
	uint32_t seed;
	enum t_sound sound;
	int64_t length_us;
	unsigned ptime_ms;              /* 0: 20 */
	int64_t phase_us;               /* of the arrivals against the ticks */
	double ppm;                     /* sender's clock too fast by */
	double speed;                   /* media time a second of ours; 0: 1 */
	/** Delay of packet i sent (its sound is complete) at t_us, -1 if it is
	 *  lost. NULL: 0. */
	int64_t (*delay_us)(struct t_trace *t, unsigned i, int64_t t_us);
	/** Changes a packet whose sound begins at t_us: len (in samples), ts,
	 *  seq, ssrc, and so of those after it; false leaves it out as DTX does.
	 *  NULL: nothing. */
	bool (*edit)(struct t_trace *t, unsigned i, int64_t t_us,
		     struct mx_pkt *p);
	bool follow;                    /* the clock, by resampling */
	bool twice;                     /* each packet comes two times */
	int64_t aux[4];                 /* for the two */
	int64_t from_us, till_us;       /* measure only this; till 0: the end */
};

struct t_result {
	unsigned ticks, voice, concealed, silent;
	unsigned exact;                 /* ticks whose 10 ms are the source's */
	unsigned moved;                 /* of them, not at the place expected */
	/* ms from a sample's sound to its playing, less ptime */
	double delay_mean, delay_p95, delay_max, delay_last;
	unsigned arrived, lost;         /* packets, by the network */
	int max_bend;                   /* largest second difference of out */
	unsigned refused;               /* by put() ... */
	int refused_why;                /* ... the last time */
	struct mx_jbuf_stats stats;
};

/** About normal, mean 0, deviation 1. */
double t_gauss(uint32_t *seed);

const int16_t *t_source(enum t_sound sound);    /* [T_LOOP] */
struct t_result t_run(struct t_trace *t);

#endif
