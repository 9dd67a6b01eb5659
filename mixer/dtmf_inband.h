/*
 * dtmf_inband.h - keys heard in the sound itself, for callers whose phone
 * sends no telephone-events.
 *
 * The detector is spandsp's; ours is what it lacks: a press during which
 * packets were lost is still one press. One thread, no allocation after
 * mx_dtmf_inband_new(), no clock: time is the count of samples.
 */
#ifndef MX_DTMF_INBAND_H
#define MX_DTMF_INBAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_dtmf_inband;

enum { MX_DTMF_INBAND_RATE_HZ = 8000, MX_DTMF_INBAND_MAX = 16 };

/** 0 or -ENOMEM. */
int mx_dtmf_inband_new(struct mx_dtmf_inband **dp);
void mx_dtmf_inband_free(struct mx_dtmf_inband *d);

/**
 * Listens to the next n samples at 8000 Hz; at most 160 at once bring at most
 * MX_DTMF_INBAND_MAX keys.
 *
 * @param lost  the samples are made up, in part or whole, for lost packets
 * @param keys  the keys that began, in order: 0-9 * # A-D; no terminator
 * @return how many
 */
size_t mx_dtmf_inband_put(struct mx_dtmf_inband *d, const int16_t *pcm,
			  size_t n, bool lost,
			  char keys[static MX_DTMF_INBAND_MAX]);

#endif
