/*
 * net_uring.c - the io_uring back end: one system call fetches what has come
 * for twenty sockets, one more each 256 packets sends.
 *
 * Every socket is in the ring's file table and has one multishot recvmsg()
 * armed for as long as it is there; the kernel writes datagrams into slots of
 * the pool that lie in a ring of provided buffers, in front of each its
 * sender's address and time stamp. Nothing runs between ticks: the ring is
 * made with DEFER_TASKRUN, so that what has arrived is worked on when we enter
 * the kernel, on our own time. Sends complete within the submit (they do not
 * block), so their buffers are free again when it returns.
 */
#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "net.h"

enum {
	SQ_ENTRIES = 512,
	TX_BATCH = 256,
	TX_SIZE = 2048,
	BUFS = 128,             /* lent to the kernel, a power of two: so few that
				 * they, and what is in them, stay in the cache;
				 * more are lent when these are used up */
	TASKS = 20,             /* sockets that a call works on at most: Linux
				 * 6.13, IO_LOCAL_TW_DEFAULT_MAX */
	PASSES = 8,             /* calls a tick above those: a flood has to wait */
	BUF_GROUP = 0,
	NAME_LEN = sizeof(struct sockaddr_in6),
	CONTROL_LEN = CMSG_SPACE(sizeof(struct timespec)),
	/* what the kernel puts in front of a datagram */
	FRONT = sizeof(struct io_uring_recvmsg_out) + NAME_LEN + CONTROL_LEN
};

_Static_assert((int)FRONT <= (int)MX_PKT_HEAD,
	       "a slot has room in front of its data");

/* What a completion is about, in its user data: kind, generation, id. */
enum { UD_RECV = 1, UD_SEND, UD_CANCEL };

struct entry {
	bool used, armed;
	uint16_t gen;           /* of its registration: late completions of one
				 * before are known by it */
};

struct tx {
	struct msghdr hdr;
	struct iovec iov;
	union addr to;
	uint8_t data[TX_SIZE];
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
	struct mx_pkt *pkt[BUFS];       /* NULL: in use */
	uint16_t empty[BUFS];           /* buffers without a slot, a stack */
	unsigned n_empty;

	struct tx *tx;                  /* [TX_BATCH] */
	unsigned n_tx;
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
	for (unsigned i = 0; i < BUFS; i++)
		mx_pool_put(net->cfg.pool, net->pkt[i]);
	if (net->bufs)
		munmap(net->bufs, BUFS * sizeof(struct io_uring_buf));
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
		net->empty[net->n_empty++] = (uint16_t)i;
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
	net->tx = calloc(TX_BATCH, sizeof(*net->tx));
	err = net->entries && net->tx ? 0 : -ENOMEM;
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

static struct io_uring_sqe *get_sqe(struct net *net)
{
	struct io_uring_sqe *sqe;

	if (!net->enabled)
		enable(net);
	sqe = io_uring_get_sqe(&net->ring);
	if (!sqe) {
		io_uring_submit(&net->ring);
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
	io_uring_submit(&net->ring);
	net->n_tx = 0;
	io_uring_register_files_update(&net->ring, id, &none, 1);
	if (!e->armed)
		net->unarmed--;
	e->used = e->armed = false;
	net->n_used--;
}

/* ---- receiving --------------------------------------------------------- */

/* Gives the kernel a slot for every buffer that has none. */
static void refill(struct net *net)
{
	int mask = io_uring_buf_ring_mask(BUFS);
	int n = 0;

	while (net->n_empty > 0) {
		struct mx_pkt *pkt = mx_pool_get(net->cfg.pool);
		uint16_t bid;

		if (!pkt)
			break;
		bid = net->empty[--net->n_empty];
		net->pkt[bid] = pkt;
		io_uring_buf_ring_add(net->bufs, pkt->data - FRONT,
				      FRONT + MX_PKT_SIZE, bid, mask, n++);
	}
	if (n > 0)
		io_uring_buf_ring_advance(net->bufs, n);
}

static void arm_all(struct net *net)
{
	if (net->n_empty == BUFS) {     /* they would end at once */
		net->stats.no_slot += net->unarmed > 0;
		return;
	}
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

/* True if the slot is the handler's now. */
static bool hand_over(struct net *net, unsigned id, struct mx_pkt *pkt,
		      int res, int64_t now_us)
{
	struct io_uring_recvmsg_out *out;
	struct timespec ts;
	union addr from = { 0 };

	out = io_uring_recvmsg_validate(pkt->data - FRONT, res, &net->hdr);
	if (!out)
		return false;
	memcpy(&from, io_uring_recvmsg_name(out),
	       out->namelen < NAME_LEN ? out->namelen : NAME_LEN);
	pkt->arrival_us = net_arrival(&net->clock, stamp(net, out, &ts),
				      now_us);
	pkt->off = 0;
	pkt->len = (uint16_t)(res - FRONT);
	net->stats.rx++;
	return net->cfg.recv_h(id, pkt, &from, net->cfg.arg);
}

static void on_recv(struct net *net, const struct io_uring_cqe *cqe,
		    int64_t now_us)
{
	unsigned id = (uint32_t)cqe->user_data;
	struct entry *e = &net->entries[id];
	bool current = e->used && e->gen == (uint16_t)(cqe->user_data >> 32);

	if (cqe->flags & IORING_CQE_F_BUFFER) {
		uint16_t bid = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
		struct mx_pkt *pkt = net->pkt[bid];

		net->pkt[bid] = NULL;
		net->empty[net->n_empty++] = bid;
		if (!current || !hand_over(net, id, pkt, cqe->res, now_us))
			mx_pool_put(net->cfg.pool, pkt);
	}
	if (!current)
		return;
	if (cqe->res == -ENOBUFS)
		net->stats.no_slot++;
	if (!(cqe->flags & IORING_CQE_F_MORE)) {
		e->armed = false;
		net->unarmed++;
	}
}

static void reap(struct net *net, int64_t now_us)
{
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;

	io_uring_for_each_cqe(&net->ring, head, cqe) {
		unsigned kind = (unsigned)(cqe->user_data >> 48);

		if (kind == UD_RECV) {
			on_recv(net, cqe, now_us);
		} else if (kind == UD_SEND) {   /* only failures are told */
			net->stats.tx--;
			net->stats.tx_failed++;
		}
		n++;
	}
	io_uring_cq_advance(&net->ring, n);
}

/* Sockets not worked on yet, completions that had no room, or sockets that found
 * no buffer. */
static bool has_more(const struct net *net)
{
	return (net->unarmed > 0 && net->n_empty < BUFS) ||
		(IO_URING_READ_ONCE(*net->ring.sq.kflags) &
		 (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW));
}

static void uring_receive(struct net *net, uint64_t tick, int64_t now_us)
{
	unsigned passes = net->n_used / TASKS + PASSES;

	(void)tick;
	do {
		refill(net);
		arm_all(net);
		io_uring_submit_and_get_events(&net->ring);
		net->n_tx = 0;
		reap(net, now_us);
	} while (--passes > 0 && has_more(net));
}

/* ---- sending ----------------------------------------------------------- */

static void uring_flush(struct net *net)
{
	if (net->n_tx > 0)
		io_uring_submit(&net->ring);
	net->n_tx = 0;
}

static void uring_send(struct net *net, unsigned id, const union addr *to,
		       const void *data, size_t len)
{
	struct io_uring_sqe *sqe;
	struct tx *t;

	if (net->n_tx == TX_BATCH)
		uring_flush(net);
	sqe = get_sqe(net);
	if (!sqe || len > TX_SIZE || !net->entries[id].used) {
		net->stats.tx_failed++;
		return;
	}
	t = &net->tx[net->n_tx++];
	memcpy(t->data, data, len);
	if (to) {
		t->to = *to;
		t->iov = (struct iovec){ t->data, len };
		t->hdr = (struct msghdr){
			.msg_name = &t->to, .msg_namelen = addr_len(to),
			.msg_iov = &t->iov, .msg_iovlen = 1,
		};
		io_uring_prep_sendmsg(sqe, (int)id, &t->hdr, MSG_DONTWAIT);
	} else {
		io_uring_prep_send(sqe, (int)id, t->data, len, MSG_DONTWAIT);
	}
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = user_data(UD_SEND, 0, id);
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
