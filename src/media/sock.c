/* sock.c - see sock.h */
#include "sock.h"

#include <errno.h>
#include <netinet/ip.h>
#include <unistd.h>

#include "base/id.h"

enum {
	TOS_EF = 0xb8,          /* DSCP 46, expedited forwarding */
	RCVBUF = 96 * 1024      /* half a second of 100 packets a second: the
				 * kernel counts about 1 kB for a small one */
};

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ?
		-errno : 0;
}

static int set_options(int fd, int family)
{
	int err;

	err = set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	if (err)
		return err;
	if (family == AF_INET6) {
		err = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		if (err)
			return err;
		set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, TOS_EF);
	} else {
		set_int(fd, IPPROTO_IP, IP_TOS, TOS_EF);
	}
	/* A wish, as the marking is: a host that refuses it still works. */
	set_int(fd, SOL_SOCKET, SO_RCVBUF, RCVBUF);
	return 0;
}

/* A bound socket, or -errno. */
static int open_one(const union addr *at, uint16_t port)
{
	union addr local = *at;
	int fd, err;

	fd = socket(at->sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    0);
	if (fd < 0)
		return -errno;
	err = set_options(fd, at->sa.sa_family);
	addr_set_port(&local, port);
	if (!err && bind(fd, &local.sa, addr_len(&local)) < 0)
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int open_pair(struct sock_pair *sp, const union addr *at, uint16_t port)
{
	int rtp, rtcp;

	rtp = open_one(at, port);
	if (rtp < 0)
		return rtp;
	rtcp = open_one(at, (uint16_t)(port + 1));
	if (rtcp < 0) {
		close(rtp);
		return rtcp;
	}
	*sp = (struct sock_pair){ rtp, rtcp, port, (uint16_t)(port + 1) };
	return 0;
}

int sock_pair_open(struct sock_pair *sp, const union addr *at,
		   uint16_t port_min, uint16_t port_max)
{
	uint32_t first = (port_min + 1u) & ~1u;
	uint32_t n, at_random;

	if (port_max < first + 1)
		return -EINVAL;
	n = (port_max - first + 1) / 2;
	at_random = id_rand32() % n;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t port = first + (at_random + i) % n * 2;
		int err = open_pair(sp, at, (uint16_t)port);

		if (err != -EADDRINUSE)
			return err;
	}
	return -EADDRINUSE;
}

void sock_pair_close(struct sock_pair *sp)
{
	if (sp->rtp >= 0)
		close(sp->rtp);
	if (sp->rtcp >= 0)
		close(sp->rtcp);
	sp->rtp = sp->rtcp = -1;
}

int sock_connect(int fd, const union addr *peer)
{
	return connect(fd, &peer->sa, addr_len(peer)) < 0 ? -errno : 0;
}

int sock_disconnect(int fd)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return connect(fd, &none, sizeof(none)) < 0 ? -errno : 0;
}
