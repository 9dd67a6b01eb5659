/*
 * loudest.h - of too many voices, the loudest.
 *
 * A room takes a number of voices at most; a part of a room, its share of them
 * (share.h). Who speaks goes before who only makes some noise, then the louder
 * one; who is in already goes before somebody as loud, by 6 dB. As long as
 * there are no more voices than places nothing is decided and nothing touched.
 * Who is put out, or let in, in the midst of sound fades over one frame; the
 * fade is made in voice[] itself, so that what is added to the mix is what he
 * is spared of it.
 */
#ifndef MX_LOUDEST_H
#define MX_LOUDEST_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

struct mx_port;

enum {
	/* Ranks are in decibels. */
	LOUDEST_SPEAKS = 128,
	LOUDEST_IS_IN = 6,
	LOUDEST_RANKS = LOUDEST_SPEAKS + LOUDEST_IS_IN + 128
};

#define LOUDEST_ALL UINT_MAX    /* no limit */

/** Clears spoke of those who stay out of this tick's mix, of a room's awake.
 *  most: so many stay in; len: samples a frame. */
void loudest_choose(struct mx_port *awake, unsigned most, size_t len);
/** After that: counts this tick's voices, chosen or not, by the ranks with
 *  which they go into the next choice. */
void loudest_count(const struct mx_port *awake, uint16_t voices[LOUDEST_RANKS]);
/** The port's frame is its last one: it fades. */
void loudest_fade_out(struct mx_port *p, size_t len);

#endif
