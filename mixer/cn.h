/*
 * cn.h - comfort noise as RFC 3389 sends it: a packet that says how loud a
 * talker's background is, and what its spectrum, in place of the background.
 *
 * The noise is white, through an all-pole lattice of the packet's reflection
 * coefficients (1/A(z) with A(z) = 1 + k1/z for one of them), which are those
 * of sound at the rate of the RTP clock; G.722's sound has another one than its
 * clock, and its noise is white. Plain data of one thread.
 */
#ifndef MX_CN_H
#define MX_CN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MX_CN_ORDER_MAX = 12,
	MX_CN_DBOV_MAX = 35     /* -dBov: no background is louder */
};

struct mx_cn {
	float gain;             /* of the white noise; 0: silence */
	unsigned order;
	float k[MX_CN_ORDER_MAX], b[MX_CN_ORDER_MAX];
	uint32_t seed;
};

/** Sets the noise from a payload. clocked: the sound has the clock's rate. 0, or
 *  -EBADMSG. */
int mx_cn_set(struct mx_cn *cn, const uint8_t *payload, size_t len, bool clocked);
/** The next n samples of it. */
void mx_cn_make(struct mx_cn *cn, int16_t *out, size_t n);

#endif
