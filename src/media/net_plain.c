/*
 * net_plain.c - the portable back end: one recvmmsg() a socket a tick, one
 * send() a packet.
 *
 * A recvmmsg() for several messages costs hardly more than a recv(), and
 * spares the second call that would only say EAGAIN.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net.h"

enum {
	BATCH = 8,              /* messages a call */
	ROUNDS = 8,             /* calls a socket a tick: a flood has to wait */
	SELDOM = 10             /* ticks */
};

struct entry {
	int fd;                 /* -1: none */
	enum net_pace pace;
};

struct net {
	struct net_cfg cfg;
	struct entry *entries;  /* [cfg.ids_max] */
	unsigned ids_end;       /* above the highest id in use */
	struct net_clock clock;
	struct net_stats stats;
	/* what one recvmmsg() writes into */
	struct mx_pkt pkt[BATCH];
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	union addr from[BATCH];
	_Alignas(8) unsigned char control[BATCH][CMSG_SPACE(sizeof(struct timespec))];
};

static void plain_free(struct net *net)
{
	if (!net)
		return;
	free(net->entries);
	free(net);
}

static int plain_new(struct net **netp, const struct net_cfg *cfg)
{
	struct net *net = calloc(1, sizeof(*net));

	if (!net)
		return -ENOMEM;
	net->cfg = *cfg;
	net->entries = calloc(cfg->ids_max, sizeof(*net->entries));
	if (!net->entries) {
		plain_free(net);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < cfg->ids_max; i++)
		net->entries[i].fd = -1;
	*netp = net;
	return 0;
}

static int plain_add(struct net *net, unsigned id, int fd, enum net_pace pace)
{
	if (id >= net->cfg.ids_max)
		return -EINVAL;
	net->entries[id] = (struct entry){ fd, pace };
	if (id >= net->ids_end)
		net->ids_end = id + 1;
	return 0;
}

static void plain_del(struct net *net, unsigned id)
{
	net->entries[id].fd = -1;
	while (net->ids_end > 0 && net->entries[net->ids_end - 1].fd < 0)
		net->ids_end--;
}

/* The kernel has written to the headers, too, in the call before. */
static void prepare(struct net *net)
{
	for (unsigned n = 0; n < BATCH; n++) {
		net->iov[n] = (struct iovec){ net->pkt[n].data, MX_PKT_SIZE };
		net->msg[n].msg_hdr = (struct msghdr){
			.msg_name = &net->from[n],
			.msg_namelen = sizeof(net->from[n]),
			.msg_iov = &net->iov[n],
			.msg_iovlen = 1,
			.msg_control = net->control[n],
			.msg_controllen = sizeof(net->control[n]),
		};
	}
}

static const struct timespec *stamp(struct msghdr *hdr, struct timespec *ts)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(ts, CMSG_DATA(c), sizeof(*ts));
			return ts;
		}
	return NULL;
}

static void hand_over(struct net *net, unsigned id, unsigned i, int64_t now_us)
{
	struct mx_pkt *pkt = &net->pkt[i];
	struct timespec ts;

	pkt->arrival_us = net_arrival(&net->clock,
				      stamp(&net->msg[i].msg_hdr, &ts), now_us);
	pkt->off = 0;
	pkt->len = (uint16_t)net->msg[i].msg_len;
	net->stats.rx++;
	net->cfg.recv_h(id, pkt, &net->from[i], net->cfg.arg);
}

/* An error that the peer's host has sent us (ECONNREFUSED and such) is no
 * reason to stop: the next call reads on. */
static void receive_one(struct net *net, unsigned id, int64_t now_us)
{
	int fd = net->entries[id].fd;

	for (int round = 0; round < ROUNDS; round++) {
		int n;

		prepare(net);
		n = recvmmsg(fd, net->msg, BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		for (int i = 0; i < n; i++)
			hand_over(net, id, (unsigned)i, now_us);
		if (n >= 0 && n < BATCH)
			return;
	}
}

static void plain_receive(struct net *net, uint64_t tick, int64_t now_us)
{
	for (unsigned id = 0; id < net->ids_end; id++) {
		const struct entry *e = &net->entries[id];

		if (e->fd < 0 ||
		    (e->pace == NET_SELDOM && (tick + id / 2) % SELDOM != 0))
			continue;
		receive_one(net, id, now_us);
	}
}

static ssize_t try_send(int fd, const union addr *to, const void *data,
			size_t len)
{
	return to ? sendto(fd, data, len, MSG_DONTWAIT, &to->sa, addr_len(to)) :
		send(fd, data, len, MSG_DONTWAIT);
}

static void plain_send(struct net *net, unsigned id, const union addr *to,
		       const void *data, size_t len)
{
	int fd = net->entries[id].fd;
	ssize_t n = try_send(fd, to, data, len);

	/* A pending ICMP error is told to one call and cleared by it. */
	if (n < 0 && (errno == ECONNREFUSED || errno == EHOSTUNREACH))
		n = try_send(fd, to, data, len);
	if (n < 0)
		net->stats.tx_failed++;
	else
		net->stats.tx++;
}

/* Nothing waits: send() has handed everything to the kernel. */
static void plain_flush(struct net *net)
{
	(void)net;
}

static const struct net_stats *plain_stats(const struct net *net)
{
	return &net->stats;
}

const struct net_ops net_plain = {
	.name = "plain",
	.new = plain_new,
	.free = plain_free,
	.add = plain_add,
	.del = plain_del,
	.receive = plain_receive,
	.send = plain_send,
	.flush = plain_flush,
	.stats = plain_stats,
};
