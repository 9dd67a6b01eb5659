/*
 * opus_fresh.c - see opus_fresh.h
 *
 * libopus asks the processor what it is (cpuid) up to six times in each init.
 * Under a hypervisor each is a trap of some 25 us: to start a decoder costs
 * more than the packets that it is started for. So it is done once for each
 * rate, and every state begins as a copy, which opus.h permits. These are the
 * only globals of libmx; they are written once, and no thread sees them before.
 * If there is no memory for one the state is set up in libopus' way.
 */
#include "opus_fresh.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include <opus/opus.h>

enum { RATES = 5 };

static const opus_int32 rates_hz[RATES] = { 8000, 12000, 16000, 24000, 48000 };

static once_flag once = ONCE_FLAG_INIT;
static void *decoders[RATES], *encoders[RATES];

static void set_up_decoder(void *dec, opus_int32 hz)
{
	int err = opus_decoder_init(dec, hz, 1);

	assert(err == OPUS_OK);
	(void)err;
}

static void set_up_encoder(void *enc, opus_int32 hz)
{
	int err = opus_encoder_init(enc, hz, 1, OPUS_APPLICATION_VOIP);

	assert(err == OPUS_OK);
	(void)err;
}

static void forget(void)
{
	for (int i = 0; i < RATES; i++) {
		free(decoders[i]);
		free(encoders[i]);
	}
}

static void make(void)
{
	for (int i = 0; i < RATES; i++) {
		decoders[i] = malloc((size_t)opus_decoder_get_size(1));
		encoders[i] = malloc((size_t)opus_encoder_get_size(1));
		if (decoders[i])
			set_up_decoder(decoders[i], rates_hz[i]);
		if (encoders[i])
			set_up_encoder(encoders[i], rates_hz[i]);
	}
	atexit(forget);
}

static int index_of(uint32_t rate_hz)
{
	int i = 0;

	call_once(&once, make);
	while (i < RATES - 1 && (uint32_t)rates_hz[i] != rate_hz)
		i++;
	return i;
}

void mx_opus_fresh_decoder(void *dec, uint32_t rate_hz)
{
	int i = index_of(rate_hz);

	if (decoders[i])
		memcpy(dec, decoders[i], (size_t)opus_decoder_get_size(1));
	else
		set_up_decoder(dec, (opus_int32)rate_hz);
}

void mx_opus_fresh_encoder(void *enc, uint32_t rate_hz)
{
	int i = index_of(rate_hz);

	if (encoders[i])
		memcpy(enc, encoders[i], (size_t)opus_encoder_get_size(1));
	else
		set_up_encoder(enc, (opus_int32)rate_hz);
}
