/*
 * voice.h - what is done to a participant's sound on its way to the room.
 *
 *   jitter buffer --> level as it came, keys, cut --> voice --> resampler
 *                                                      |
 *          a look for music (music.h), noise suppression (ns.h), levelling (agc.h)
 *
 * Each stage is there or is not; a port without any has no mx_voice, and its
 * sound is passed bit for bit, uncopied. All memory comes from outside: control
 * makes a voice with the stages wanted and hands it to the port in a kit
 * (mx_port_sound()); the one it replaces is freed on control again. What was
 * learnt of the talker goes over from the old to the new.
 *
 * One thread at a time.
 */
#ifndef MX_VOICE_H
#define MX_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ns.h"

struct mx_dsp;
struct mx_voice;

/** Which stages; all zeros: none. */
struct mx_voice_opts {
	enum mx_ns_when ns;     /* noise suppression */
	bool agc;               /* levelling */
	bool music;             /* listen for it (music.h): nothing is changed */
};

struct mx_voice_stats {
	int8_t gain_db;         /* of the levelling */
	int8_t speech_dbov;     /* level of his speech as it comes; -127: none
				 * was heard yet */
	int8_t floor_dbov;      /* of his line's noise */
	bool ns;                /* which is being suppressed */
};

/** A voice that has all these stages. *vp is NULL if there are none. 0 or
 *  -ENOMEM. */
int mx_voice_new(struct mx_voice **vp, const struct mx_dsp *dsp,
		 const struct mx_voice_opts *opts);
void mx_voice_free(struct mx_voice *v);

/** Goes on where from, of the same talker, is; NULL: nothing is known. */
void mx_voice_follow(struct mx_voice *v, const struct mx_voice *from);
/** The next frames come at another rate; 0: none do. */
void mx_voice_tune(struct mx_voice *v, uint32_t hz);
/**
 * Works on a frame of 10 ms, in place.
 *
 * @param sound  false: there is none, and what pcm holds does not matter
 * @return whether pcm holds sound now: stages ring on for a frame or two
 */
bool mx_voice_run(struct mx_voice *v, int16_t *pcm, size_t n, bool sound);

#define MX_VOICE_PASSES_DB      1.0f

/** Does what comes go through as it is, but for a decibel, which nobody hears as
 *  a step? Then a packet of his may be passed on in its place. */
bool mx_voice_passes(const struct mx_voice *v);

/** Is it music that comes, as far as is known and listened for? */
bool mx_voice_is_music(const struct mx_voice *v);

void mx_voice_stats(const struct mx_voice *v, struct mx_voice_stats *st);

#endif
