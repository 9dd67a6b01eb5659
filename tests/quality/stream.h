/*
 * stream.h - a call's sound over a network through a receiver; and what came
 * out, sample by sample, against what went in.
 *
 * Nothing of the account is the receiver's own: each 5 ms of what comes out are
 * looked for in what was sent, which is possible as no two places of it are
 * the same (speech.h). What is found is at a known place of the media time, so
 * its delay is known; between two found places the difference of the time that
 * passed and the media that passed is what was put in or left out.
 */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mixer/codec.h"
#include "mixer/jbuf.h"
#include "net.h"

/** What is measured: ours, or a peer. */
struct q_receiver {
	const char *name;
	void *(*open)(const struct mx_codec *codec);
	/** The packet stays the caller's. */
	void (*put)(void *r, const struct mx_pkt *pkt);
	enum mx_jbuf_kind (*take)(void *r, int16_t *out, size_t n,
				  int64_t now_us);
	/** NULL: it keeps none. */
	const struct mx_jbuf_stats *(*stats)(const void *r);
	void (*close)(void *r);
};

extern const struct q_receiver q_ours;
/* speexdsp's buffer and fixed ones of 60 and 100 ms; all of them conceal by
 * repeating the last period (onesided.h) */
extern const struct q_receiver q_speex, q_fixed60, q_fixed100;
/* no jitter is allowed for: silence, the last packet again, one-sided */
extern const struct q_receiver q_zeros, q_repeat, q_onesided;

/** A call: n samples of what the codec makes of a voice. */
struct q_call {
	const struct mx_codec *codec;
	size_t n;               /* samples, whole packets */
	int16_t *source;        /* what was said */
	int16_t *sent;          /* as decoded without loss */
	bool *speaks;           /* each 10 ms */
	unsigned ptime_ms;
	size_t packets;
	struct q_payload {
		uint16_t len;
		uint8_t data[MX_PAYLOAD_MAX];
	} *payload;
};

/** par: of the encoder, NULL for what the codec does by itself. loss: per cent,
 *  of which the encoder is told. */
void q_call_make(struct q_call *c, const struct mx_codec *codec, unsigned voice,
		 int64_t length_us, unsigned ptime_ms,
		 const struct mx_codec_par *par, unsigned loss);
void q_call_free(struct q_call *c);

struct q_result {
	double ticks, silent;
	/* ticks with made-up sound, and of them those for which a packet from
	 * behind the gap was there */
	double concealed, with_future;
	double underruns;               /* ticks made up though nothing was
					 * lost */
	double arrived, lost;           /* packets, by the network */
	/* ms from a sample's sound to its playing, less the packet time */
	double delay_mean, delay_p95, delay_max, delay_last;
	/* ms of media time put in, and left out */
	double in_speech, in_pause, out_speech, out_pause;
	/* ms of media time put in (below 0: left out) by resampling, and how
	 * well what came out is what was sent, read at that place: mean dB of
	 * the signal over the rest, in speech; and the least of any 5 ms */
	double slid, fit_mean, fit_least;
	double changed;                 /* share of the time with 5 ms that are
					 * not as they were sent */
	double cpu_ms;                  /* of put and take, a second of sound */
	struct mx_jbuf_stats stats;
	int16_t *pcm;                   /* what came out: n samples */
	int64_t *at;                    /* media index of each 5 ms, -1: none */
	bool *made;                     /* each 5 ms: made up */
	size_t n;
};

struct q_plan {
	const struct q_receiver *receiver;
	const struct q_call *call;
	const struct q_trace *trace;    /* of the call's length and ptime */
	int64_t phase_us;               /* of the arrivals against the ticks */
	bool slides;                    /* look between the samples, too */
	int64_t from_us, till_us;       /* judge only this; till 0: to the end */
};

void q_run(const struct q_plan *plan, struct q_result *r);
void q_result_free(struct q_result *r);

#endif
