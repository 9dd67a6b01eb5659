/*
 * t_media.h - phones for the engine's test: real sockets on loopback, a tone
 * each, and a note of all that was heard and told.
 */
#ifndef T_MEDIA_H
#define T_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "media/media.h"
#include "media/sock.h"
#include "mixer/rtcp.h"
#include "mixer/rtp.h"

enum {
	HZ = 8000,
	PT = 96, EVENT_PT = 101,
	PACKET = HZ / 50,
	HEARD_MAX = HZ * 20,
	PEERS_MAX = 8,
	PORT_MIN = 20000, PORT_MAX = 29999
};

/* One phone: its sockets, its tone, what it hears; and our port for it. */
struct peer {
	struct sock_pair sock;
	union addr rtp, rtcp;           /* where our port listens */
	double tone_hz;                 /* 0: it sends nothing */
	uint64_t sent;                  /* packets */
	uint32_t ts0;
	int16_t *heard;                 /* [HEARD_MAX] */
	size_t n_heard;
	uint32_t ssrc;                  /* of what it hears */
	unsigned breaks;
	uint16_t next_seq;
	uint32_t next_ts;
	unsigned ts_gaps;               /* of the time stamp */
	uint64_t rtcp_seen, muxed_seen; /* the latter on the RTP socket */
	bool bye_seen;
	struct mx_rtcp_in last_rtcp;

	struct media_port *port;
	unsigned started, timeouts, closed;
	char keys[32];
	unsigned n_keys;
	uint32_t played[32];
	bool whole[32];
	unsigned n_played, n_stats;
	bool talks;
	unsigned speeches;
	uint32_t talk_ms;
	struct media_stats stats, last;
};

/* The world of the test that runs. */
extern struct loop *loop;
extern struct media *media;
extern const struct mx_codec *codec;
extern struct peer peers[PEERS_MAX];
extern unsigned n_peers;
extern const struct media_port *dominant;      /* as a bus told last */

extern const struct media_port_ops port_ops;    /* arg: struct peer */
extern const struct media_bus_ops bus_ops;      /* arg: unsigned, one more for
						 * what was played, 1000 when
						 * closed */

/* Opens the engine with two workers and this I/O, and rooms that are on both;
 * closes all again. */
void t_media_begin(enum media_io io);
/* The same, but a room's members are together. */
void t_media_begin_beside(enum media_io io);
void t_media_end(void);
/* Lets the world turn for so long. */
void run(int ms);
/* ... until something holds, as it soon must on however busy a machine. */
#define WAIT_FOR(what) \
	do { \
		for (int ms_ = 0; !(what) && ms_ < 10000; ms_ += 10) \
			run(10); \
		assert_true(what); \
	} while (0)

/* A phone at ip, and a port for it without a stream. tone_hz 0: it is silent. */
struct peer *call_in(const char *ip, double tone_hz);
/* What is agreed on with a phone at ip. */
struct media_stream stream_of(const struct peer *p, const char *ip);
/* A phone with its stream. */
struct peer *connected(const char *ip, double tone_hz);
void send_rtp(struct peer *p, const struct mx_rtp_hdr *hdr,
	      const void *payload, size_t len);
/* Did it hear this tone in the last half second? Fails if that is not clear. */
bool hears(const struct peer *p, double hz);

#endif
