/*
 * net_uring.c - the io_uring back end: one system call fetches what has come
 * for twenty sockets, one more each 256 packets sends.
 *
 * Every socket is in the ring's file table and has one multishot recvmsg()
 * armed for as long as it is there; the kernel writes datagrams into buffers
 * that lie in a ring of provided ones, in front of each its sender's address
 * and time stamp. Nothing runs between ticks: the ring is made with
 * DEFER_TASKRUN, so that what has arrived is worked on when we enter the
 * kernel, on our own time. Sends complete within the submit (they do not
 * block), so their buffers are free again when it returns.
 *
 * A packet costs little more than what the kernel's UDP costs, and a good part
 * of that is waiting for memory. So everything that is used again and again is
 * small enough to stay in the cache: buffers, both rings, what is to be sent.
 */
#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "net.h"

enum {
	SQ_ENTRIES = 128,
	TX_BATCH = 64,          /* sends a call */
	TX_ROOM = 16384,        /* bytes for them: of G.711 all */
	TX_SIZE = 2048,
	TX_ALIGN = 64,
	BUFS = 128,             /* lent to the kernel, a power of two */
	TASKS = 20,             /* sockets that a call works on at most: Linux
				 * 6.13, IO_LOCAL_TW_DEFAULT_MAX */
	PASSES = 8,             /* calls a tick above those: a flood has to wait */
	AHEAD = 16,             /* completions that are announced together */
	BUF_GROUP = 0,
	NAME_LEN = sizeof(struct sockaddr_in6),
	CONTROL_LEN = CMSG_SPACE(sizeof(struct timespec)),
	/* what the kernel puts in front of a datagram */
	FRONT = sizeof(struct io_uring_recvmsg_out) + NAME_LEN + CONTROL_LEN,
	FRONT_ROOM = (FRONT + 7) / 8 * 8
};

/* What a completion is about, in its user data: kind, generation, id. */
enum { UD_RECV = 1, UD_SEND, UD_CANCEL };

struct entry {
	bool used, armed;
	uint16_t gen;           /* of its registration: late completions of one
				 * before are known by it */
};

/* What the kernel fills. Its front ends where pkt.data begins, and lies over the
 * fields of pkt before that: these are set once it has been read. */
struct rx {
	uint8_t front[FRONT_ROOM];
	struct mx_pkt pkt;
};

/* Where the kernel begins: before pkt.data, so not an index of it. */
static uint8_t *front_of(struct mx_pkt *pkt)
{
	return (uint8_t *)pkt + offsetof(struct mx_pkt, data) - FRONT;
}

/* Where to, for a socket that is not connected. */
struct tx_to {
	struct msghdr hdr;
	struct iovec iov;
	union addr to;
};

struct net {
	struct net_cfg cfg;
	struct io_uring ring;
	bool has_ring, enabled;
	struct entry *entries;          /* [cfg.ids_max] */
	unsigned n_used;
	unsigned unarmed;               /* of these, entries whose recvmsg() has ended */
	struct msghdr hdr;              /* the shape of every recvmsg() */

	struct io_uring_buf_ring *bufs;
	struct rx *rx;                  /* [BUFS] */

	unsigned n_tx;                  /* sends not submitted yet */
	size_t tx_used;                 /* of tx */
	uint8_t *tx;                    /* [TX_ROOM], their data */
	struct tx_to *tx_to;            /* [TX_BATCH] */
	struct net_clock clock;
	struct net_stats stats;
};

static uint64_t user_data(unsigned kind, uint16_t gen, unsigned id)
{
	return (uint64_t)kind << 48 | (uint64_t)gen << 32 | id;
}

/* ---- life -------------------------------------------------------------- */

static void uring_free(struct net *net)
{
	if (!net)
		return;
	if (net->has_ring)
		io_uring_queue_exit(&net->ring);
	if (net->bufs)
		munmap(net->bufs, BUFS * sizeof(struct io_uring_buf));
	free(net->rx);
	free(net->tx_to);
	free(net->tx);
	free(net->entries);
	free(net);
}

/* The ring is used by the worker alone but made before its thread runs: it
 * begins disabled, and whoever enables it is the one who may submit. */
static int make_ring(struct net *net)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SUBMIT_ALL |
			IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
			IORING_SETUP_R_DISABLED,
	};
	int err = io_uring_queue_init_params(SQ_ENTRIES, &net->ring, &p);

	if (err)
		return err;
	net->has_ring = true;
	return io_uring_register_files_sparse(&net->ring, net->cfg.ids_max);
}

/* Lends a buffer; the n-th one since the ring was last advanced. */
static void lend(struct net *net, unsigned bid, int n)
{
	io_uring_buf_ring_add(net->bufs, front_of(&net->rx[bid].pkt),
			      FRONT + MX_PKT_SIZE, (unsigned short)bid,
			      io_uring_buf_ring_mask(BUFS), n);
}

static int make_buffers(struct net *net)
{
	struct io_uring_buf_reg reg = { .ring_entries = BUFS,
					.bgid = BUF_GROUP };
	void *mem = mmap(NULL, BUFS * sizeof(struct io_uring_buf),
			 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	if (mem == MAP_FAILED)
		return -errno;
	net->bufs = mem;
	reg.ring_addr = (uintptr_t)mem;
	io_uring_buf_ring_init(net->bufs);
	for (unsigned i = 0; i < BUFS; i++)
		lend(net, i, (int)i);
	io_uring_buf_ring_advance(net->bufs, BUFS);
	return io_uring_register_buf_ring(&net->ring, &reg, 0);
}

static int uring_new(struct net **netp, const struct net_cfg *cfg)
{
	struct net *net = calloc(1, sizeof(*net));
	int err;

	if (!net)
		return -ENOMEM;
	net->cfg = *cfg;
	net->hdr.msg_namelen = NAME_LEN;
	net->hdr.msg_controllen = CONTROL_LEN;

	net->entries = calloc(cfg->ids_max, sizeof(*net->entries));
	net->rx = calloc(BUFS, sizeof(*net->rx));
	net->tx = aligned_alloc(TX_ALIGN, TX_ROOM);
	net->tx_to = calloc(TX_BATCH, sizeof(*net->tx_to));
	err = net->entries && net->rx && net->tx && net->tx_to ? 0 : -ENOMEM;
	if (!err)
		err = make_ring(net);
	if (!err)
		err = make_buffers(net);
	if (err) {
		uring_free(net);
		return err;
	}
	*netp = net;
	return 0;
}

/* ---- submitting -------------------------------------------------------- */

/* liburing 2.3 declares io_uring_enable_rings() and does not export it. */
static void enable(struct net *net)
{
	net->enabled = syscall(__NR_io_uring_register, net->ring.ring_fd,
			       IORING_REGISTER_ENABLE_RINGS, NULL, 0) == 0;
}

/* All that was to be sent has been. */
static void submitted(struct net *net)
{
	net->n_tx = 0;
	net->tx_used = 0;
}

static void submit(struct net *net)
{
	io_uring_submit(&net->ring);
	submitted(net);
}

static struct io_uring_sqe *get_sqe(struct net *net)
{
	struct io_uring_sqe *sqe;

	if (!net->enabled)
		enable(net);
	sqe = io_uring_get_sqe(&net->ring);
	if (!sqe) {
		submit(net);
		sqe = io_uring_get_sqe(&net->ring);
	}
	return sqe;     /* NULL only if the kernel takes nothing at all */
}

static void arm(struct net *net, unsigned id)
{
	struct entry *e = &net->entries[id];
	struct io_uring_sqe *sqe = get_sqe(net);

	if (!sqe)
		return;
	io_uring_prep_recvmsg_multishot(sqe, (int)id, &net->hdr, 0);
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
	sqe->buf_group = BUF_GROUP;
	sqe->user_data = user_data(UD_RECV, e->gen, id);
	e->armed = true;
	net->unarmed--;
}

static int uring_add(struct net *net, unsigned id, int fd, enum net_pace pace)
{
	int n;

	(void)pace;     /* all sockets are looked at in one go */
	if (id >= net->cfg.ids_max || net->entries[id].used)
		return -EINVAL;
	n = io_uring_register_files_update(&net->ring, id, &fd, 1);
	if (n < 0)
		return n;
	net->entries[id].used = true;
	net->entries[id].gen++;
	net->n_used++;
	net->unarmed++;
	return 0;
}

static void uring_del(struct net *net, unsigned id)
{
	struct entry *e = &net->entries[id];
	struct io_uring_sqe *sqe;
	int none = -1;

	if (!e->used)
		return;
	sqe = e->armed ? get_sqe(net) : NULL;
	if (sqe) {
		io_uring_prep_cancel64(sqe, user_data(UD_RECV, e->gen, id), 0);
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
		sqe->user_data = user_data(UD_CANCEL, 0, id);
	}
	/* What was sent to the last is sent before the file goes. */
	submit(net);
	io_uring_register_files_update(&net->ring, id, &none, 1);
	if (!e->armed)
		net->unarmed--;
	e->used = e->armed = false;
	net->n_used--;
}

/* ---- receiving --------------------------------------------------------- */

static void arm_all(struct net *net)
{
	for (unsigned id = 0; net->unarmed > 0 && id < net->cfg.ids_max; id++)
		if (net->entries[id].used && !net->entries[id].armed)
			arm(net, id);
}

static const struct timespec *stamp(struct net *net,
				    struct io_uring_recvmsg_out *out,
				    struct timespec *ts)
{
	struct cmsghdr *c;

	for (c = io_uring_recvmsg_cmsg_firsthdr(out, &net->hdr); c;
	     c = io_uring_recvmsg_cmsg_nexthdr(out, &net->hdr, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(ts, CMSG_DATA(c), sizeof(*ts));
			return ts;
		}
	return NULL;
}

static void hand_over(struct net *net, unsigned id, struct mx_pkt *pkt,
		      int res, int64_t now_us)
{
	struct io_uring_recvmsg_out *out;
	struct timespec ts;
	union addr from = { 0 };
	int64_t arrival_us;

	out = io_uring_recvmsg_validate(front_of(pkt), res, &net->hdr);
	if (!out)
		return;
	memcpy(&from, io_uring_recvmsg_name(out),
	       out->namelen < NAME_LEN ? out->namelen : NAME_LEN);
	arrival_us = net_arrival(&net->clock, stamp(net, out, &ts), now_us);
	pkt->arrival_us = arrival_us;
	pkt->off = 0;
	pkt->len = (uint16_t)(res - FRONT);
	net->stats.rx++;
	net->cfg.recv_h(id, pkt, &from, net->cfg.arg);
}

static bool is_current(const struct net *net, const struct io_uring_cqe *cqe)
{
	const struct entry *e = &net->entries[(uint32_t)cqe->user_data];

	return e->used && e->gen == (uint16_t)(cqe->user_data >> 32);
}

static bool is_recv(const struct io_uring_cqe *cqe)
{
	return cqe->user_data >> 48 == UD_RECV;
}

/* True if a buffer has become free: it is lent as the n-th. */
static bool on_recv(struct net *net, const struct io_uring_cqe *cqe, int n,
		    int64_t now_us)
{
	unsigned id = (uint32_t)cqe->user_data;
	unsigned bid = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
	bool current = is_current(net, cqe);
	bool filled = cqe->flags & IORING_CQE_F_BUFFER;

	if (filled && current)
		hand_over(net, id, &net->rx[bid].pkt, cqe->res, now_us);
	if (filled)
		lend(net, bid, n);
	if (current && !(cqe->flags & IORING_CQE_F_MORE)) {
		net->entries[id].armed = false;
		net->unarmed++;
	}
	return filled;
}

static void announce(struct net *net, struct io_uring_cqe *const *cqes,
		     unsigned n)
{
	for (unsigned stage = 0; net->cfg.soon_h && stage < NET_STAGES; stage++)
		for (unsigned i = 0; i < n; i++)
			if (is_recv(cqes[i]) && is_current(net, cqes[i]))
				net->cfg.soon_h((uint32_t)cqes[i]->user_data,
						stage, net->cfg.arg);
}

static void reap(struct net *net, int64_t now_us)
{
	struct io_uring_cqe *cqes[AHEAD];
	unsigned n;
	int lent;

	while ((n = io_uring_peek_batch_cqe(&net->ring, cqes, AHEAD)) > 0) {
		announce(net, cqes, n);
		lent = 0;
		for (unsigned i = 0; i < n; i++)
			if (is_recv(cqes[i])) {
				lent += on_recv(net, cqes[i], lent, now_us);
			} else if (cqes[i]->user_data >> 48 == UD_SEND) {
				net->stats.tx--;        /* only failures are told */
				net->stats.tx_failed++;
			}
		io_uring_buf_ring_advance(net->bufs, lent);
		io_uring_cq_advance(&net->ring, n);
	}
}

/* Sockets not worked on yet, completions that had no room, or sockets that found
 * no buffer. */
static bool has_more(const struct net *net)
{
	return net->unarmed > 0 ||
		(IO_URING_READ_ONCE(*net->ring.sq.kflags) &
		 (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW));
}

static void uring_receive(struct net *net, uint64_t tick, int64_t now_us)
{
	unsigned passes = net->n_used / TASKS + PASSES;

	(void)tick;
	do {
		arm_all(net);
		io_uring_submit_and_get_events(&net->ring);
		submitted(net);
		reap(net, now_us);
	} while (--passes > 0 && has_more(net));
}

/* ---- sending ----------------------------------------------------------- */

static void uring_flush(struct net *net)
{
	if (net->n_tx > 0)
		submit(net);
}

static void prepare_to(struct io_uring_sqe *sqe, struct tx_to *t, unsigned id,
		       const union addr *to, uint8_t *data, size_t len)
{
	t->to = *to;
	t->iov = (struct iovec){ data, len };
	t->hdr = (struct msghdr){
		.msg_name = &t->to, .msg_namelen = addr_len(to),
		.msg_iov = &t->iov, .msg_iovlen = 1,
	};
	io_uring_prep_sendmsg(sqe, (int)id, &t->hdr, MSG_DONTWAIT);
}

static void uring_send(struct net *net, unsigned id, const union addr *to,
		       const void *data, size_t len)
{
	struct io_uring_sqe *sqe;
	uint8_t *copy;

	if (net->n_tx == TX_BATCH || net->tx_used + len > TX_ROOM)
		submit(net);
	sqe = len <= TX_SIZE && net->entries[id].used ? get_sqe(net) : NULL;
	if (!sqe) {
		net->stats.tx_failed++;
		return;
	}
	copy = net->tx + net->tx_used;
	memcpy(copy, data, len);
	if (to)
		prepare_to(sqe, &net->tx_to[net->n_tx], id, to, copy, len);
	else
		io_uring_prep_send(sqe, (int)id, copy, len, MSG_DONTWAIT);
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = user_data(UD_SEND, 0, id);
	net->n_tx++;
	net->tx_used += (len + TX_ALIGN - 1) / TX_ALIGN * TX_ALIGN;
	net->stats.tx++;
}

static const struct net_stats *uring_stats(const struct net *net)
{
	return &net->stats;
}

const struct net_ops net_uring = {
	.name = "io_uring",
	.new = uring_new,
	.free = uring_free,
	.add = uring_add,
	.del = uring_del,
	.receive = uring_receive,
	.send = uring_send,
	.flush = uring_flush,
	.stats = uring_stats,
};
