/*
 * sock.h - the pair of UDP sockets of a leg: RTP on an even port, RTCP on the
 * next one. Opened on the control thread; a worker connects and lets loose.
 */
#ifndef SOCK_H
#define SOCK_H

#include <stdint.h>

#include "base/addr.h"

struct sock_pair {
	int rtp, rtcp;                  /* -1: none */
	uint16_t rtp_port, rtcp_port;
};

/**
 * Binds a pair inside [port_min, port_max], beginning at a random place so
 * that the ports of a call cannot be guessed and are not reused at once.
 *
 * The sockets do not block, stamp arrivals (SO_TIMESTAMPNS), and send with
 * DSCP EF (RFC 4594). An IPv6 one takes IPv6 alone.
 *
 * @param at  the local address; its port is ignored
 * @return 0, -EADDRINUSE when no pair is free, or another -errno
 */
int sock_pair_open(struct sock_pair *sp, const union addr *at,
		   uint16_t port_min, uint16_t port_max);
/** Closes what is open. */
void sock_pair_close(struct sock_pair *sp);

/** From now on the kernel drops what comes from elsewhere. 0 or -errno. */
int sock_connect(int fd, const union addr *peer);
/** Undoes sock_connect(). 0 or -errno. */
int sock_disconnect(int fd);

#endif
