/*
 * level.h - how loud a frame is, in the scale of RFC 6464.
 *
 * 0 is the loudest (0 dBov: a square wave of full scale; a sine of full scale
 * is 3), 127 is silence; the number is -dBov, rounded to the nearest.
 */
#ifndef MX_LEVEL_H
#define MX_LEVEL_H

#include <stddef.h>
#include <stdint.h>

enum { MX_LEVEL_SILENCE = 127 };

/** Level of n samples whose squares sum to energy (the dsp table's energy);
 *  n 0: silence. Integer arithmetic, no table. */
uint8_t mx_level(uint64_t energy, size_t n);
/** The mean square of samples at this level. */
uint32_t mx_level_power(uint8_t level);

#endif
