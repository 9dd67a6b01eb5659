/*
 * cng.h - comfort noise: what is sent when nobody in a room makes a sound.
 *
 * A codec that has no background of its own would send digital silence, and a
 * line that is dead silent sounds cut off. In its place goes a second of faint
 * noise (-62 dBov, falling with the frequency as that of rooms does), made and
 * encoded in advance for each such codec and sent over and over: it costs a
 * memcpy(). The noise is seamless where it begins again, and so is the state
 * of an encoder that has one, which is kept for each 10 ms.
 *
 * Immutable once made, shared by all threads; about 700 kB.
 */
#ifndef MX_CNG_H
#define MX_CNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_cng;
struct mx_codec;
struct mx_dsp;

enum { MX_CNG_DBOV = -62, MX_CNG_FRAMES = 100 };

/** 0 or -ENOMEM. */
int mx_cng_new(struct mx_cng **cngp, const struct mx_dsp *dsp);
void mx_cng_free(struct mx_cng *cng);

/** Is there noise for this codec? cng may be NULL: there is none. */
bool mx_cng_has(const struct mx_cng *cng, const struct mx_codec *codec);

/**
 * Copies the payload of so many frames of 10 ms to out.
 *
 * @param at   frames of the noise that this stream has sent so far
 * @param enc  the stream's encoder, made to stand where it would stand had it
 *             encoded them
 * @return its length; 0 if there is no noise for this codec, or no room
 */
size_t mx_cng_payload(const struct mx_cng *cng, const struct mx_codec *codec,
		      unsigned at, unsigned frames, void *enc,
		      uint8_t *out, size_t max);

#endif
