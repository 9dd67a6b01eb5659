/*
 * speech.h - recorded speech for the battery: people of five languages reading
 * to callers, from Debian's asterisk-core-sounds-*-g722 (16 kHz).
 */
#ifndef SPEECH_H
#define SPEECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* en, es, fr, ru: women; it: a man */
enum { Q_VOICES = 5 };

/** Are the recordings installed? */
bool q_speech_there(void);
/**
 * n samples of a voice at 8000, 16000 or 48000 Hz: -26 dBov while he speaks, a
 * pause of 0.3 to 1.5 s after each sentence or two, and noise of -66 dBov
 * throughout, which is different in each place of the stream. Longer ones than
 * the recordings (some three minutes) begin again. The caller frees.
 */
int16_t *q_speech(unsigned voice, uint32_t rate_hz, size_t n);
/** Where it is spoken: speaks[i] says so of the i-th 10 ms; n of them. The
 *  caller frees. */
bool *q_speech_parts(const int16_t *pcm, uint32_t rate_hz, size_t n);
/** Frees what is kept of the recordings between calls. */
void q_speech_free(void);

#endif
