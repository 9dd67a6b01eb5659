/*
 * t_coded.h - three seconds of sound, what an encoder makes of it, and what a
 * decoder makes of that. For tests of codecs; one at a time.
 */
#ifndef T_CODED_H
#define T_CODED_H

#include <stddef.h>
#include <stdint.h>

#include "mixer/codec.h"

enum { SECONDS = 3, LEN = 48000 * SECONDS, PACKETS = SECONDS * 100 };

extern const struct mx_codec_par plain;         /* asks for nothing */
extern int16_t sound[LEN], heard[LEN + MX_FRAME_MAX];

/* What an encoder has made of sound[], and samples in each. */
struct t_packet {
	uint8_t data[MX_PAYLOAD_MAX];
	int len;
};
extern struct t_packet packet[PACKETS];
extern unsigned packets, frame;

const struct mx_codec *opus(void);
const struct mx_codec *g722(void);
void *new_enc(const struct mx_codec *c, const struct mx_codec_par *par);
void *new_dec(const struct mx_codec *c);

/** At 48 kHz, as t_voice() has it. */
void make_voice(void);
void make_tone(double amplitude, double hz, double rate);
void make_noise(double amplitude, size_t from, size_t to);

void encode_with(const struct mx_codec *c, void *enc, unsigned ms);
void encode(const struct mx_codec *c, const struct mx_codec_par *par,
	    unsigned ms);
/** Decodes packet i to where it belongs in heard[]. */
void decode_one(const struct mx_codec *c, void *dec, unsigned i);
void decode(const struct mx_codec *c);

double rms(const int16_t *x, size_t n);
/** Signal a to difference, dB. */
double snr(const int16_t *a, const int16_t *b, size_t n);
/** The best that a second of sound[] and heard[] have for any delay that
 *  codecs have. */
double snr_aligned(uint32_t rate);

#endif
