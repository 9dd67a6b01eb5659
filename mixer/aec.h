/*
 * aec.h - a linear echo canceller, behind a table so that another one can
 * take its place.
 *
 * It takes what came back (near) and what was sent (far), aligned so that the
 * echo begins within the filter's length, and gives near less what it believes
 * to be the echo, without delay. What is left of it is residual.h's work.
 * Frames are 10 ms. One learns one path; for another path a new one is brought
 * (speexdsp's reset leaves enough behind to cancel 7 dB afterwards, not 45).
 */
#ifndef MX_AEC_H
#define MX_AEC_H

#include <stdint.h>

enum { MX_AEC_TAIL_MS = 200 };

struct mx_aec_ops {
	const char *name;
	/** For hz 8000 or 16000. 0 or -ENOMEM. */
	int (*open)(void **aec, uint32_t hz);
	void (*close)(void *aec);
	/** Takes a frame of near and of far, gives what is left of near and
	 *  the echo that was taken out. What is left may lack what is too low
	 *  to be heard. */
	void (*run)(void *aec, int16_t *left, int16_t *echo,
		    const int16_t *near, const int16_t *far);
};

/** speexdsp's MDF (Soo and Pang 1990; Valin 2007), two filters, variable step. */
extern const struct mx_aec_ops mx_aec_speex;

#endif
