/*
 * onesided.h - concealment as the field does it, for comparison: the last pitch
 * period again and again, fading to silence within 60 ms; 4 ms of cross-fade
 * when the signal is back. In the way of ITU-T G.711 Appendix I, written anew.
 */
#ifndef ONESIDED_H
#define ONESIDED_H

#include <stddef.h>
#include <stdint.h>

enum { Q_ONESIDED_HISTORY = 48 * 40 };

struct q_onesided_plc {
	uint32_t rate_hz;
	size_t made;            /* samples since the loss; 0: none */
	size_t lag;
	int16_t past[Q_ONESIDED_HISTORY];
};

/** n real samples, whose begin is faded in after a loss. */
void q_onesided_real(struct q_onesided_plc *p, int16_t *pcm, size_t n);
/** n samples for lost ones. */
void q_onesided_lost(struct q_onesided_plc *p, int16_t *pcm, size_t n);

#endif
