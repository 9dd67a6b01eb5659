/*
 * conns.h - the connections that were accepted: how many there are, of all and
 * from one source (an address; IPv6: a /64). Whoever opens them costs
 * descriptors, which calls need.
 *
 * Nobody tells when one closes. A socket's inode is its own as long as it is
 * open, so what has gone is found by looking, when the table is full.
 *
 * Plain data: embed and zero. Time is an argument.
 */
#ifndef SIP_CONNS_H
#define SIP_CONNS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "sip.h"

enum {
	CONNS_PER_SOURCE = SIP_CONNECTIONS_MAX / 4,
	CONNS_LOOK_US = 100000          /* no more often than this */
};

struct conns {
	unsigned n;
	int64_t looked_us;
	struct conn {
		int fd;
		ino_t inode;
		union addr from;
	} at[SIP_CONNECTIONS_MAX];
};

/** Notes the connection fd; false if there are too many: the caller closes it. */
bool conns_add(struct conns *c, int fd, const union addr *from, int64_t now_us);

#endif
