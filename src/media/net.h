/*
 * net.h - how a worker's datagrams come and go: one table an I/O scheme.
 *
 * A net belongs to one worker thread. Sockets are registered under an id of
 * the caller's (below ids_max); what has arrived is fetched once a tick into
 * few buffers, which stay in the cache, and stamped with the time at which the
 * kernel received it; who wants to keep a datagram copies it. Sends are handed
 * over one by one and have left, or were dropped by a full socket buffer, when
 * flush() returns.
 */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "mixer/pkt.h"

struct net;

/** One datagram: pkt->data[0..len), arrival_us and len are set, off is 0. It is
 *  the handler's to write to until it returns. */
typedef void (net_recv_h)(unsigned id, struct mx_pkt *pkt,
			  const union addr *from, void *arg);

/** Says a little before that a datagram of this id will be handed over, so that
 *  memory it leads to may be fetched. Asked in stages 0 to NET_STAGES - 1, the
 *  first of many ids before the second of the same, so that what one stage has
 *  asked for may be looked into in the next. */
typedef void (net_soon_h)(unsigned id, unsigned stage, void *arg);

enum { NET_STAGES = 3 };

struct net_cfg {
	unsigned ids_max;
	net_recv_h *recv_h;
	net_soon_h *soon_h;     /* NULL: nobody wants to know */
	void *arg;
};

/** Plain counts, the worker's own. */
struct net_stats {
	uint64_t rx, tx;
	uint64_t tx_failed;     /* the kernel took it not */
};

enum net_pace {
	NET_EACH_TICK,
	NET_SELDOM              /* looked at every tenth tick: RTCP */
};

struct net_ops {
	const char *name;
	/** 0; -ENOSYS or -EPERM where the kernel does not offer the scheme. */
	int (*new)(struct net **netp, const struct net_cfg *cfg);
	void (*free)(struct net *net);
	/** Registers a non-blocking UDP socket. 0 or -errno. */
	int (*add)(struct net *net, unsigned id, int fd, enum net_pace pace);
	void (*del)(struct net *net, unsigned id);
	/** Hands over all that has arrived. tick: a number that goes up by one
	 *  each time, for NET_SELDOM. */
	void (*receive)(struct net *net, uint64_t tick, int64_t now_us);
	/** to: NULL on a connected socket. */
	void (*send)(struct net *net, unsigned id, const union addr *to,
		     const void *data, size_t len);
	void (*flush)(struct net *net);
	const struct net_stats *(*stats)(const struct net *net);
};

/** recvmmsg and send: works everywhere. */
extern const struct net_ops net_plain;
/** io_uring: Linux 6.1 and later, where no container forbids it. */
extern const struct net_ops net_uring;

/**
 * Kernel receive times are CLOCK_REALTIME, everything else here is
 * CLOCK_MONOTONIC: the difference, measured again each second since the wall
 * clock may be set.
 */
struct net_clock {
	int64_t offset_us;      /* monotonic - realtime */
	int64_t measured_us;
};

/** When a datagram stamped ts came, on CLOCK_MONOTONIC; now_us if it bears no
 *  believable stamp. */
int64_t net_arrival(struct net_clock *clk, const struct timespec *ts,
		    int64_t now_us);

#endif
