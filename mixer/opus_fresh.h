/* opus_fresh.h - states of Opus as they are at the begin; codec_opus.c's. */
#ifndef MX_OPUS_FRESH_H
#define MX_OPUS_FRESH_H

#include <stdint.h>

/** Sets up a state of opus_decoder_get_size(1) bytes, or of as many as
 *  opus_encoder_get_size(1) says. rate_hz: one of Opus' own. */
void mx_opus_fresh_decoder(void *dec, uint32_t rate_hz);
void mx_opus_fresh_encoder(void *enc, uint32_t rate_hz);

#endif
