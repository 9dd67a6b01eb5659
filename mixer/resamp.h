/*
 * resamp.h - changes the sample rate of a stream, 10 ms at a time.
 *
 * Rates are 8000, 16000, 24000, 44100 and 48000 Hz, from any to any. A
 * polyphase FIR of at least 48 taps at the lower rate: flat to 0.01 dB up to
 * 0.85 of the lower Nyquist frequency, images and aliases below -70 dB from
 * 1.1 of it. Integer arithmetic; clips where the filter overshoots, never
 * wraps. The delay is half the filter: 24 samples of the lower rate, or one
 * more between 44100 and less.
 *
 * The coefficients of all pairs of rates live in a bank: made once, immutable,
 * shared by all threads. A resampler itself is plain data, embedded where it
 * is needed, and belongs to one thread; setting one up, running it and copying
 * it never allocates.
 */
#ifndef MX_RESAMP_H
#define MX_RESAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_dsp;
struct mx_fir;
struct mx_resamp_bank;

enum {
	MX_RESAMP_TAPS_MAX = 288,
	MX_RESAMP_PAST_MAX = MX_RESAMP_TAPS_MAX - 1,
	MX_RESAMP_FRAME_MAX = 480       /* 10 ms at 48 kHz */
};

struct mx_resamp {
	const struct mx_dsp *dsp;
	const struct mx_fir *fir;       /* NULL: both rates are the same */
	uint16_t in_len, out_len;       /* samples of 10 ms */
	int16_t x[MX_RESAMP_TAPS_MAX - 1 + MX_RESAMP_FRAME_MAX];
					/* the last taps - 1, then the frame */
};

/**
 * Computes all coefficients, about 10 ms and 240 kB.
 *
 * @param dsp  the kernels all resamplers of this bank use; must outlive it
 *
 * @return 0 or -ENOMEM
 */
int mx_resamp_bank_new(struct mx_resamp_bank **bankp, const struct mx_dsp *dsp);
/** After the last resampler of it has run; NULL is fine. */
void mx_resamp_bank_free(struct mx_resamp_bank *bank);

/** Whether hz is one of the five rates. */
bool mx_resamp_has_rate(uint32_t hz);

/** Sets up a resampler with silence behind it. 0, or -EINVAL (a rate that is
 *  not ours; *r is untouched). */
int mx_resamp_init(struct mx_resamp *r, const struct mx_resamp_bank *bank,
		   uint32_t in_hz, uint32_t out_hz);

/** Takes in[in_len], writes out[out_len]; they do not overlap. Equal rates:
 *  a plain copy, without delay. */
void mx_resamp_run(struct mx_resamp *r, int16_t *out, const int16_t *in);


/** The same without a resampler, where the samples before a frame lie before
 *  it: at least MX_RESAMP_PAST_MAX of them, or a frame's. Rates of ours. */
void mx_resamp_frame(const struct mx_resamp_bank *bank, uint32_t in_hz,
		     uint32_t out_hz, const int16_t *in, int16_t *out);

enum { MX_SLIDE_TAPS = 32, MX_SLIDE_PHASES = 64 };

/** A filter for delays of fractions of a sample at one rate: phase p of it puts
 *  out what is p / MX_SLIDE_PHASES behind the sample at tap
 *  MX_SLIDE_TAPS / 2 - 1. Phase 0 is that sample to the bit. up and down are 1,
 *  so the phase is chosen by h. The bank's. */
const struct mx_fir *mx_resamp_slide(const struct mx_resamp_bank *bank);

/** Samples at the input rate by which the output is late. */
unsigned mx_resamp_delay(const struct mx_resamp *r);

#endif
