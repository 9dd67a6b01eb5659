/*
 * rules.h - who hears whom in a room, where it is not everybody everybody, and
 * how loud.
 *
 * A voice goes into the sum that all hear, or is kept aside of it; a listener
 * may have exceptions: voices of the sum that he does not hear, voices aside of
 * it that he does. What he gets is the sum, less his own frame, less the ones,
 * plus the others: exact, as it is all int32. So a coach is aside and his
 * pupil's exception, and "b does not hear a" is an exception of b's. Rooms
 * where nobody has any rule pay one comparison a tick.
 *
 * Voices are named, not pointed to: a rule about somebody who is not in the room
 * holds when he comes. It does not reach over to other threads: the ports that it
 * is about are on one (media.h sees to it).
 *
 * A priority speaker turns the others down as long as he speaks, in all parts
 * of the room. Every change of loudness is a ramp.
 */
#ifndef MX_RULES_H
#define MX_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct mx_port;

enum {
	MX_RULES_ODD_MAX = 16,          /* exceptions of one listener */
	MX_RULES_DB_MAX = 20,           /* of talk_db and hear_db, up and down */
	MX_RULES_DUCK_DB_MAX = 40,
	MX_GAIN_ONE = 1 << 16           /* Q16 */
};

struct mx_manner {
	bool aside;                     /* heard by those alone whose exception
					 * he is */
	bool silent;                    /* is listened to, and heard by nobody */
	bool priority;                  /* the others give way to him ... */
	uint8_t duck_db;                /* ... by so much */
	int8_t talk_db;                 /* he is heard that much louder */
	int8_t hear_db;                 /* he hears that much louder */
};

/* A port's rules; plain data, in the port, zeros but for the gains. */
struct mx_rules {
	struct mx_manner manner;
	int32_t talk, hear;             /* MX_GAIN_ONE: as it is */
	int32_t duck;                   /* what a priority speaker leaves of the
					 * others */
	int32_t voiced, heard;          /* gains of the last tick: ramps begin
					 * there */
	bool said_aside;                /* voice[] of this tick is aside */
	uint8_t n_odd;
	struct {
		uint32_t name;
		const struct mx_port *port;     /* NULL: is not in the room */
	} odd[MX_RULES_ODD_MAX];
};

/** Sets how a port speaks and hears; values are cut to what is allowed. */
void mx_port_manner(struct mx_port *port, const struct mx_manner *manner);
/** Makes the port of that name an exception of this listener's, or no more.
 *  -ENOSPC: he has too many. */
int mx_port_except(struct mx_port *port, uint32_t name, bool on);

#endif
