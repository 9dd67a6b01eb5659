/*
 * leg.h - one simulated caller: the RTP it sends and what it makes of the RTP
 * it gets.
 *
 * A leg sends a tone (if it is a talker) or a quiet room at a true pace, and
 * checks every packet that comes back: sequence, time stamp, source, payload
 * type. Over whole seconds of sound, all of them or one in so many, it checks
 * that the tones of the room's other talkers are in it, its own is not, and
 * nothing else is. One thread.
 */
#ifndef LOAD_LEG_H
#define LOAD_LEG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "mixer/codec.h"
#include "tone.h"

enum { LEG_TONES_MAX = 128 };

struct leg_quiet;

/** Who of a room's talkers talks at present. */
struct leg_turns {
	bool one;               /* one at a time; else all of them at once */
	uint32_t seat;          /* he */
	int64_t since_us;       /* as packets are stamped, CLOCK_REALTIME */
};

/** What many legs have in common. */
struct leg_cfg {
	const struct mx_codec *codec;
	uint8_t pt;
	uint32_t ptime_ms;
	uint32_t talkers;       /* of each room, its first ones */
	double level_db;        /* of each talker, re full scale */
	double ideal_db;        /* what leg_ideal() says of it */
	uint32_t every;         /* one second of sound in so many is examined;
				 * 0: none, the peer is an echo */
	const struct leg_turns *turns;
	const struct leg_quiet *quiet;
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
	uint64_t tones;         /* talkers in those seconds */
	uint64_t tones_bad;     /* of these, missing, or moved in time */
	double other_min_db;    /* weakest tone that should be there */
	double own_max_db;      /* own tone, at its loudest */
	double rest_max_db;     /* all else, at its loudest */
};

struct leg {
	const struct leg_cfg *cfg;
	int fd;                 /* RTP, or -1 */
	struct sockaddr_storage peer;   /* where to, if not connected */
	socklen_t peer_len;     /* 0: connected, and hears nobody else */
	uint16_t port;          /* ours */
	uint8_t rx_pt;          /* what the peer sends */
	uint32_t room, seat;    /* seat < talkers: talks */

	/* sending */
	uint32_t ssrc, ts;
	uint16_t seq;
	uint32_t quiet_at;      /* the next packet of cfg->quiet */
	struct tone voice;
	void *enc, *dec;

	/* receiving */
	bool started;
	bool behind;            /* last time there was nothing: more may wait */
	uint32_t rx_ssrc, rx_ts;
	uint16_t rx_seq;
	int64_t rx_us;
	struct ear ear;
	uint32_t pause;         /* samples until the ear listens again */
	int64_t window_us;      /* when its window began */
	bool measuring;
	struct leg_seen seen;
};

/** A second of a quiet room's packets, for all who only listen; noise_db:
 *  its noise re full scale, -INFINITY: none at all. 0 or -ENOMEM. */
int leg_quiet_new(struct leg_quiet **quietp, const struct mx_codec *codec,
		  uint32_t ptime_ms, double noise_db);

/** Opens the leg's socket on ip. 0 or -errno. */
int leg_init(struct leg *leg, const struct leg_cfg *cfg, const char *ip,
	     uint32_t room, uint32_t seat);
void leg_fini(struct leg *leg);
/** Where to send to, and alone to hear from; a leg without a socket does not
 *  care. 0 or -errno. */
int leg_connect(struct leg *leg, const struct sockaddr *peer, socklen_t len);
/** Where to send to; may be answered from elsewhere. */
void leg_send_to(struct leg *leg, const struct sockaddr *peer, socklen_t len);
/** Forgets what was seen; from now on all of it counts. */
void leg_measure(struct leg *leg);
/** Sends the packet of this moment. */
void leg_send(struct leg *leg);
/** Takes what has come; to be called as often as leg_send(). */
void leg_receive(struct leg *leg);

/** The noise that codecs make of this room's tones, re full scale, however well
 *  they are mixed; of a codec with a state, after it has begun. 0 or -ENOMEM. */
int leg_ideal(const struct leg_cfg *cfg, double *rest_db);
/** Listens to the samples of a packet that came at at_us. Its samples at the
 *  codec's rate, for the check of the next time stamp; -EINVAL. */
int leg_hear(struct leg *leg, const uint8_t *payload, size_t len,
	     int64_t at_us);
/** Begins to listen anew. */
void leg_hear_anew(struct leg *leg);
/** Is the talker of that seat to be heard? */
bool leg_talks(const struct leg_cfg *cfg, uint32_t seat);

#endif
