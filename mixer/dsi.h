/*
 * dsi.h - who holds the floor: dominant speaker identification.
 *
 * Volfin and Cohen, "Dominant Speaker Identification for Multipoint
 * Videoconferencing", 2012, on levels alone. How active somebody is, is judged
 * on three scales at once: the last 20 ms, the last 100 ms, the last 0.7 s.
 * Somebody takes the floor when he is clearly more active than its holder on
 * the first two and more on the third: so neither a cough nor a pause for
 * breath moves it. Decided every 100 ms; constants as published but for two.
 * Of two who speak alike, one after the other, the second is the more active
 * one after half of the longest scale: with the published second he has to
 * wait for half a second, and here for 0.35. LONG_THRESHOLD is 3, so that the
 * strokes of a keyboard make no block active; and speech is not taken for noise
 * because nothing but digital silence lies between.
 *
 * Plain data and pure functions; nothing here allocates or reads a clock.
 */
#ifndef MX_DSI_H
#define MX_DSI_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MX_DSI_BLOCK = 5,       /* levels of 20 ms between two decisions */
	MX_DSI_BLOCKS = 7,      /* of these, that are remembered */
	MX_DSI_STEPS = 13,      /* into which levels are sorted */
	MX_DSI_NOISE_MAX = 38   /* -dBov: nothing louder is taken for noise */
};

/** How active somebody was lately. All zeros: not at all. */
struct mx_dsi_now {
	uint8_t last;           /* 20 ms: step of the level, 0 to 12 */
	uint8_t medium;         /* loud ones of the last 5 of these */
	uint8_t longer;         /* active ones of the last 7 blocks of 5 */
};

/** One participant. Zero it to begin. */
struct mx_dsi {
	struct mx_dsi_now now;
	uint8_t hot;            /* loud levels of the block to come */
	uint16_t blocks;        /* bit 0: the last one was active */
	uint8_t least;          /* least level of late but 0, 127 is loudest;
				 * 0: none yet */
	uint8_t least_next;     /* ... since so many levels: */
	uint16_t least_n;
};

/** The level of the next 20 ms, as RFC 6464 has it. */
void mx_dsi_put(struct mx_dsi *d, uint8_t level);
/** Ends a block: call it for all at the same time, every 100 ms. */
void mx_dsi_block(struct mx_dsi *d);

/** Forgets what was, but not the least level. */
void mx_dsi_rest(struct mx_dsi *d);
/** Has there been nothing for longer than it remembers? */
bool mx_dsi_is_still(const struct mx_dsi *d);

/** By how much a passes b, if he takes the floor from him; else 0. Of several
 *  who do the one with the greatest figure gets it. A floor that is free is
 *  held by one who is not active at all. */
float mx_dsi_lead(struct mx_dsi_now a, struct mx_dsi_now b);

#endif
