/*
 * wport.h - a port as its worker has it: sockets, the peer's address, RTP and
 * RTCP around an mx_port. Made and freed on the control thread; in between it
 * is the worker's.
 */
#ifndef WPORT_H
#define WPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "latch.h"
#include "mixer/line.h"
#include "msg.h"
#include "net.h"
#include "sock.h"

enum { WPORT_CNAME = 32 };

/* What each packet looks at comes first, in one cache line. */
struct wport {
	_Alignas(MX_LINE) struct mx_port *port;
	int64_t heard_us;               /* last RTP, or begin of the stream */
	union addr peer;                /* where RTP goes; unset: nowhere yet */
	uint32_t slot;
	bool connected;                 /* the socket is to peer, who is latched */
	bool timed_out;

	bool watched;                   /* silence counts towards the time-out */
	int64_t timeout_us;             /* 0: never */
	struct mx_slab *slab;           /* that it is cut from */
	uint32_t gen;
	struct sock_pair sock;
	char cname[WPORT_CNAME];        /* RFC 7022: random, of this leg */
	struct link alone;              /* in the worker's list, if in no room */

	struct latch latch;
	union addr rtcp_said;           /* RTCP's address as signalled ... */
	union addr rtcp_seen;           /* ... and as it came; unset: never */
	bool rtcp_mux;

	int64_t rtcp_due_us;
	unsigned checks;                /* once a second */
	uint64_t remote_lost;
	uint32_t remote_jitter_us, rtt_us;
	uint64_t stranger, bad;

	struct box *tap;                /* a tap: no sockets, frames go here */
	uint64_t tap_lost;              /* frames that found it full */
};

/** What a worker gives its ports to work with. */
struct wport_env {
	const struct net_ops *ops;
	struct net *net;
	struct mx_pool *pool;
	int64_t unix_us;                /* realtime - monotonic */
	/* totals over all ports */
	uint64_t stranger, bad, pt, size, rtcp_bad;
	uint64_t no_slot;               /* good packets that found no room */
};

/** The ids of its sockets in the net. */
static inline unsigned wport_rtp_id(uint32_t slot)
{
	return slot * 2;
}

static inline unsigned wport_rtcp_id(uint32_t slot)
{
	return slot * 2 + 1;
}

/** Frees a port that no worker has, and closes its sockets; NULL is fine. */
void wport_free(struct wport *wp);

/** Between two workers: under this number with the next one. */
void wport_settle(struct wport *wp, uint32_t slot);

/* ---- on the worker ----------------------------------------------------- */

/** Sets the stream; kit as for mx_port_stream(). */
void wport_stream(struct wport *wp, const struct wstream *s,
		  struct mx_port_kit *kit, unsigned step, uint64_t n,
		  int64_t now_us);

/** A datagram on one of its sockets. */
void wport_receive(struct wport *wp, struct wport_env *env, bool on_rtcp,
		   struct mx_pkt *pkt, const union addr *from, int64_t now_us);

/** One will be handed over soon; see net_soon_h. */
void wport_soon(const struct wport *wp, unsigned stage);

/** The same for RTCP; mux: it came on the RTP socket. */
void wport_receive_rtcp(struct wport *wp, struct wport_env *env, bool mux,
			const struct mx_pkt *pkt, const union addr *from,
			int64_t now_us);

/** Sends an RTP packet, or RTCP beside it, to the peer. */
void wport_send(struct wport *wp, struct wport_env *env, const uint8_t *pkt,
		size_t len);

/** Sends an RTCP report if it is due, n being the tick. */
void wport_report(struct wport *wp, struct wport_env *env, uint64_t n,
		  int64_t now_us, uint32_t random);
/** Sends the last one. */
void wport_bye(struct wport *wp, struct wport_env *env, uint64_t n,
	       int64_t now_us);

/** Has there been no RTP for too long? True once a silence. */
bool wport_times_out(struct wport *wp, int64_t now_us);

void wport_stats(const struct wport *wp, struct media_stats *st);

#endif
