/*
 * talk.h - does a participant speak just now?
 *
 * What does it do? A frame of 10 ms is loud if it is more than 9 dB above the
 * noise floor; two loud ones of three begin speech, and 400 ms without end it.
 * How does it work? The floor is the lowest level of the last two seconds,
 * and never so high that a steady sound of -29 dBov or more would become
 * noise. Frames without any sound (nothing came, or digital silence) say
 * nothing about noise and leave it alone. The levels for the dominant speaker
 * (dsi.h) are made beside it.
 *
 * Plain data of one thread; nothing here allocates or reads a clock.
 */
#ifndef MX_TALK_H
#define MX_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "dsi.h"

enum {
	MX_TALK_HANG = 40,              /* ticks of 10 ms */
	MX_TALK_OVER_DB = 9,
	MX_TALK_RECENT = 3,             /* two loud ones of so many */
	MX_TALK_WINDOW = 25,            /* ticks in each ... */
	MX_TALK_WINDOWS = 8             /* ... of so many parts of two seconds */
};

struct mx_talk {
	bool idle;                      /* another frame of silence would change
					 * nothing, and need not be put */
	/* Loudness in dB, 127 is the loudest there can be. */
	uint8_t floor;
	uint8_t least;                  /* in the window that goes on */
	uint8_t leasts[MX_TALK_WINDOWS];        /* in those before */
	uint8_t in_window, window;

	uint8_t recent;                 /* bit 0: the last frame was loud */
	uint8_t quiet;                  /* frames since, up to MX_TALK_HANG */
	bool active;
	uint32_t age;                   /* frames since the first loud one */
	uint16_t peak;                  /* loudness, falls by 25 dB/s; quarters */

	uint64_t energy;                /* of the half of 20 ms */
	uint32_t samples;
	uint8_t level;                  /* of the last 20 ms, -dBov */
	struct mx_dsi dsi;
};

void mx_talk_init(struct mx_talk *t);

/** Takes the frame of tick n: n samples whose squares sum to energy. */
void mx_talk_put(struct mx_talk *t, uint64_t n, uint64_t energy,
		 uint32_t samples);

/** As after a long silence; what was learnt of the noise stays. */
void mx_talk_rest(struct mx_talk *t);

/** Ticks that the speech lasted, or lasts so far, without what was quiet at
 *  its end. */
uint32_t mx_talk_ticks(const struct mx_talk *t);

#endif
