/*
 * sound.h - the sound of the oracle's meeting: a real mixer and real ports, to
 * which is done what the room told media, and a tone for each member.
 *
 * Tones are exact bins of a window, so that who is heard is told apart to the
 * last bit of the payload, whatever the delays.
 */
#ifndef ORACLE_SOUND_H
#define ORACLE_SOUND_H

#include <stdbool.h>

struct media_port;

enum { SOUND_SEATS_MAX = 300 };

struct sound;

/** For so many seats. Ends the program without memory. */
struct sound *sound_new(unsigned seats);
void sound_free(struct sound *s);
/** Whose port sits in a seat now: its tone is the seat's. NULL: nobody's. */
void sound_seat(struct sound *s, unsigned seat, struct media_port *port);
/** Tells the mixer what the ports have been told, then lets 10 ms pass. */
void sound_tick(struct sound *s);
/** After enough ticks without a change: does seat a hear seat b? */
bool sound_hears(const struct sound *s, unsigned a, unsigned b);

#endif
