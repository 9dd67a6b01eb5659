/*
 * webrtc.h - webrtc-audio-processing as Debian has it, for comparison only: a
 * library in C++, so this is all of it that the battery sees. Where it is not
 * installed HAVE_WEBRTC is not defined, and the battery says so.
 */
#ifndef Q_WEBRTC_H
#define Q_WEBRTC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct q_webrtc;

/** Echo control, or noise suppression, for 8000 or 16000 Hz. Ends the program
 *  if it cannot be had. */
struct q_webrtc *q_webrtc_echo(unsigned hz);
struct q_webrtc *q_webrtc_noise(unsigned hz);
void q_webrtc_close(struct q_webrtc *w);
/** 10 ms; far is NULL for noise suppression, else the echo of it is in near so
 *  many milliseconds later: it is told what we have to find. */
void q_webrtc_run(struct q_webrtc *w, int16_t *out, const int16_t *near,
		  const int16_t *far, unsigned delay_ms);

#ifdef __cplusplus
}
#endif

#endif
