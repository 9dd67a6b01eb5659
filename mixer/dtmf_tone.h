/*
 * dtmf_tone.h - are the last 20 ms of sound the two tones of a key?
 *
 * What does it do? Every 10 ms it looks at the last 20 ms and says which key's
 * tones are the most of it, how pure they are and how loud. How does it work?
 * Eight Goertzel filters over each 10 ms find the strongest tone of either
 * group. If these two are enough of the sound, their true frequencies are read
 * off the phase between the two halves, and a least-squares fit of two sines of
 * these frequencies says what part of the energy they explain: nearly all of it
 * in a key of ITU-T Q.23, wherever within 2.4 % its tones lie, and much less in
 * speech, which has harmonics.
 *
 * Plain data of one thread.
 */
#ifndef MX_DTMF_TONE_H
#define MX_DTMF_TONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MX_DTMF_TONES = 8,              /* four low ones, four high ones */
	MX_DTMF_FRAME = 80,             /* 10 ms at 8 kHz */
	MX_DTMF_WINDOW = 2 * MX_DTMF_FRAME
};

/** A frame through the eight filters. */
struct mx_dtmf_bins {
	float re[MX_DTMF_TONES], im[MX_DTMF_TONES];
	float energy;                   /* of the frame, all of it */
};

struct mx_dtmf_bank {
	float x[MX_DTMF_WINDOW];
	struct mx_dtmf_bins half[2];    /* the older one first */
	unsigned halves;                /* of them that are heard */
};

/** What the window holds. */
struct mx_dtmf_tone {
	int key;                /* 0 to 15, by rows of the pad; -1: none */
	float purity;           /* 0 to 1: what of the energy its tones are */
	bool in_tune;           /* their frequencies, twist and level are a key's */
	float power;            /* of the weaker one, mean square */
};

/** Nothing was heard: zero it. The next 80 samples at 8 kHz. */
void mx_dtmf_bank_put(struct mx_dtmf_bank *b, const int16_t *pcm,
		      struct mx_dtmf_tone *tone);
/** What comes next does not follow what came last. */
void mx_dtmf_bank_break(struct mx_dtmf_bank *b);
/** Mean square of the weaker tone of a key in the last 10 ms, roughly. */
float mx_dtmf_bank_power(const struct mx_dtmf_bank *b, int key);

#endif
