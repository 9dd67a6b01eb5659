/* plc_int.h - what the two files of the loss concealment share. */
#ifndef MX_PLC_INT_H
#define MX_PLC_INT_H

#include <math.h>

#include "plc.h"
#include "wsola.h"

static inline int16_t mx_plc_round(float v)
{
	return (int16_t)lrintf(v > INT16_MAX ? INT16_MAX :
			       v < INT16_MIN ? INT16_MIN : v);
}

size_t mx_plc_samples(const struct mx_plc *p, uint32_t us);
/** Starts after end[-1], of n samples before it, with a period found before. */
void mx_plc_start(struct mx_plc *p, const int16_t *end, size_t n,
		  const struct mx_match *pitch);
/** As mx_plc_make(), unrounded. */
void mx_plc_run(struct mx_plc *p, float *out, size_t n);

#endif
