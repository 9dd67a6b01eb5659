/* codec_tables.h - every codec there is; private to the codecs. */
#ifndef MX_CODEC_TABLES_H
#define MX_CODEC_TABLES_H

#include "codec.h"

extern const struct mx_codec mx_codec_pcmu, mx_codec_pcma;      /* codec_g711.c */
extern const struct mx_codec mx_codec_l16_8000, mx_codec_l16_16000,
	mx_codec_l16_44100, mx_codec_l16_44100_2,
	mx_codec_l16_48000;                                     /* codec_l16.c */

/* The init of a decoder or encoder that keeps nothing. */
static inline void mx_codec_no_state(void *state)
{
	(void)state;
}

#endif
