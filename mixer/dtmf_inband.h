/*
 * dtmf_inband.h - keys heard in the sound itself, for callers whose phone or
 * gateway sends no telephone-events, agreed on or not.
 *
 * What does it do? It tells each press once, as soon as 40 ms of it were heard,
 * and whether what is heard just now may be a key, so that it can be cut from
 * what others hear within its first 20 ms. How does it work? dtmf_tone.h says
 * every 10 ms what the last 20 ms hold. Three such in a row of one key, two of
 * them pure and in tune, are a press; two frames without its tones are its end.
 * Lost frames are neither: a press during which packets were lost is still one
 * press. One thread, no clock: time is the count of frames.
 */
#ifndef MX_DTMF_INBAND_H
#define MX_DTMF_INBAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_dtmf_inband;

enum { MX_DTMF_INBAND_RATE_HZ = 8000, MX_DTMF_INBAND_FRAME = 80 };

/** 0 or -ENOMEM. */
int mx_dtmf_inband_new(struct mx_dtmf_inband **dp);
void mx_dtmf_inband_free(struct mx_dtmf_inband *d);

/**
 * Listens to the next 10 ms at 8000 Hz.
 *
 * @param lost  they are made up, in part or whole, for lost packets
 * @return the key whose press was just made out, 0-9 * # A-D; 0: none
 */
char mx_dtmf_inband_put(struct mx_dtmf_inband *d,
			const int16_t pcm[static MX_DTMF_INBAND_FRAME],
			bool lost);

/** Is a key down, or may the last 20 ms be the begin of one? */
bool mx_dtmf_inband_is_tone(const struct mx_dtmf_inband *d);

#endif
