/*
 * loudest.h - of too many voices, the loudest.
 *
 * A room takes a number of voices at most. Who speaks goes before who only
 * makes some noise, then the louder one; who is in already goes before
 * somebody as loud, by 6 dB. As long as there are no more voices than places
 * nothing is decided and nothing touched. Who is put out, or let in, in the
 * midst of sound fades over one frame; the fade is made in voice[] itself, so
 * that what is added to the mix is what he is spared of it.
 */
#ifndef MX_LOUDEST_H
#define MX_LOUDEST_H

#include <stddef.h>

struct mx_port;

/** Clears spoke of those who stay out of this tick's mix, of a room's awake. most 0: no limit;
 *  len: samples a frame. */
void loudest_choose(struct mx_port *awake, unsigned most, size_t len);
/** The port's frame is its last one: it fades. */
void loudest_fade_out(struct mx_port *p, size_t len);

#endif
