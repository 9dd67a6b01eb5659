/* codec_tables.h - every codec there is; private to the codecs. */
#ifndef MX_CODEC_TABLES_H
#define MX_CODEC_TABLES_H

#include "codec.h"

extern const struct mx_codec mx_codec_opus;                     /* codec_opus.c */
extern const struct mx_codec mx_codec_g722;                     /* codec_g722.c */
extern const struct mx_codec mx_codec_pcmu, mx_codec_pcma;      /* codec_g711.c */
extern const struct mx_codec mx_codec_l16_8000, mx_codec_l16_16000,
	mx_codec_l16_44100, mx_codec_l16_44100_2,
	mx_codec_l16_48000;                                     /* codec_l16.c */

/* For a decoder or encoder that keeps nothing. */
static inline size_t mx_codec_no_size(void)
{
	return 0;
}

static inline void mx_codec_no_dec(void *dec)
{
	(void)dec;
}

static inline void mx_codec_no_enc(void *enc, const struct mx_codec_par *par)
{
	(void)enc;
	(void)par;
}

#define MX_CODEC_NO_STATE						\
	.dec_size = mx_codec_no_size, .enc_size = mx_codec_no_size,	\
	.dec_init = mx_codec_no_dec, .enc_init = mx_codec_no_enc

#endif
