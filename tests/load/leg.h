/*
 * leg.h - one simulated caller: the RTP it sends and what it makes of the RTP
 * it gets.
 *
 * A leg sends a tone (if it is a talker) or silence at a true pace, and checks
 * every packet that comes back: sequence, time stamp, source, payload type,
 * and, over every second of sound, that the tones of the room's other talkers
 * are in it, its own is not, and nothing else is. One thread.
 */
#ifndef LOAD_LEG_H
#define LOAD_LEG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "mixer/codec.h"
#include "tone.h"

enum { LEG_TONES_MAX = 128 };

/** What all legs have in common. */
struct leg_cfg {
	const struct mx_codec *codec;
	uint8_t pt;
	uint32_t ptime_ms;
	uint32_t talkers;       /* of each room, its first ones; 0: no check of
				 * sound, the peer is an echo */
	double level_db;        /* of each talker, re full scale */
};

/** What was seen since leg_measure(). */
struct leg_seen {
	uint64_t sent, received;
	uint64_t lost;          /* by sequence number */
	uint64_t reordered;     /* late or twice */
	uint64_t ts_gaps;       /* time stamp is not where the last sound ended */
	uint64_t strange;       /* other SSRC or payload type, no RTP */
	int64_t gap_max_us;     /* longest time between two arrivals */
	uint64_t seconds;       /* of sound examined */
	uint64_t seconds_bad;   /* of these, not as it should sound */
	double other_min_db;    /* weakest tone that should be there */
	double own_max_db;      /* own tone, at its loudest */
	double rest_max_db;     /* all else, at its loudest */
};

struct leg {
	const struct leg_cfg *cfg;
	int fd;                 /* RTP, connected to the peer when up */
	uint16_t port;          /* ours */
	uint32_t room, seat;    /* seat < talkers: talks */

	/* sending */
	uint32_t ssrc, ts;
	uint16_t seq;
	struct tone voice;
	void *enc, *dec;

	/* receiving */
	bool started;
	uint32_t rx_ssrc, rx_ts;
	uint16_t rx_seq;
	int64_t rx_us;
	struct ear ear;
	bool measuring;
	struct leg_seen seen;
};

/** Opens the leg's socket on ip. 0 or -errno. */
int leg_init(struct leg *leg, const struct leg_cfg *cfg, const char *ip,
	     uint32_t room, uint32_t seat);
void leg_fini(struct leg *leg);
/** Where to send to. 0 or -errno. */
int leg_connect(struct leg *leg, const struct sockaddr *peer, socklen_t len);
/** Forgets what was seen; from now on all of it counts. */
void leg_measure(struct leg *leg);
/** Sends the packet of this moment. */
void leg_send(struct leg *leg);
/** Takes all packets that have come. */
void leg_receive(struct leg *leg);

#endif
