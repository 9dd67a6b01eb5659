/*
 * track.h - finds sound in what it was made of by resampling: at a place between
 * two samples. For the account (stream.c), where the clocks run apart.
 */
#ifndef TRACK_H
#define TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Is out[0..n) what pcm[0..len) is at *at or within half a sample of it? Then
 * *at becomes the place, to a hundredth of a sample if there is speech, and
 * *rest what is left, of the energy of out.
 */
bool q_track(const int16_t *pcm, size_t len, const int16_t *out, size_t n,
	     double *at, double *rest);

#endif
