/*
 * floor.c - the least that a server can do: receive each leg's packet and send
 * it back, at the tick, from a connected socket a leg.
 *
 *	floor IP PORT LEGS [TICK_MS]
 *
 * Leg i is the socket on PORT + i; its peer is whoever sends first. What this
 * costs is the floor that a media server of the same rates is compared with.
 * Anyone may make it leaner.
 *
 * One thread, one io_uring (SINGLE_ISSUER, DEFER_TASKRUN: nothing runs between
 * ticks), the sockets in its file table, a multishot receive armed on each into
 * one ring of provided buffers. A tick is a sleep, one system call that fetches
 * all that has come, and one each TX_BATCH packets that sends it out of the very
 * buffers it came in. Nobody looks at a byte, a clock or a sender's address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <liburing.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum {
	LEGS_MAX = 8192,
	BUF_SIZE = 2048, BUF_GROUP = 0,
	TX_BATCH = 256,
	PRIORITY = 10,          /* as the server's workers have it */
	UD_SEND = 1u << 31      /* completions of sends: failures only */
};

struct floor {
	struct io_uring ring;
	struct io_uring_buf_ring *free_bufs;
	uint8_t *mem;           /* [n_bufs][BUF_SIZE] */
	unsigned n_bufs;        /* a power of two */
	int *fd;                /* [legs] */
	bool *met;              /* [legs]: the peer is known */
	unsigned legs, strangers;
	uint16_t sent[TX_BATCH];        /* buffers of the sends not submitted */
	unsigned n_sent;
};

static int open_leg(const char *ip, uint16_t port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(port)
	};
	int fd;

	if (inet_pton(AF_INET, ip, &in.sin_addr) != 1)
		return -EINVAL;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (void *)&in, sizeof(in)) < 0)
		return -errno;
	return fd;
}

static int make_ring(struct floor *fl)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_SINGLE_ISSUER |
			IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
			IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE,
		.cq_entries = fl->n_bufs * 2,
	};
	struct io_uring_buf_reg reg = {
		.ring_entries = fl->n_bufs, .bgid = BUF_GROUP
	};
	int err = io_uring_queue_init_params(TX_BATCH * 2, &fl->ring, &p);

	if (err)
		return err;
	err = io_uring_register_files(&fl->ring, fl->fd, fl->legs);
	if (err)
		return err;
	fl->free_bufs = mmap(NULL, fl->n_bufs * sizeof(struct io_uring_buf),
			     PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fl->mem = malloc((size_t)fl->n_bufs * BUF_SIZE);
	if (fl->free_bufs == MAP_FAILED || !fl->mem)
		return -ENOMEM;
	reg.ring_addr = (uintptr_t)fl->free_bufs;
	io_uring_buf_ring_init(fl->free_bufs);
	for (unsigned i = 0; i < fl->n_bufs; i++)
		io_uring_buf_ring_add(fl->free_bufs, fl->mem + i * BUF_SIZE,
				      BUF_SIZE, (uint16_t)i,
				      io_uring_buf_ring_mask(fl->n_bufs),
				      (int)i);
	io_uring_buf_ring_advance(fl->free_bufs, (int)fl->n_bufs);
	return io_uring_register_buf_ring(&fl->ring, &reg, 0);
}

static struct io_uring_sqe *get_sqe(struct floor *fl)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&fl->ring);

	if (sqe)
		return sqe;
	io_uring_submit(&fl->ring);
	return io_uring_get_sqe(&fl->ring);
}

static void arm(struct floor *fl, unsigned leg)
{
	struct io_uring_sqe *sqe = get_sqe(fl);

	io_uring_prep_recv_multishot(sqe, (int)leg, NULL, 0, 0);
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
	sqe->buf_group = BUF_GROUP;
	sqe->user_data = leg;
}

/* The first packet says who the peer is; it is answered with the others. */
static void meet(struct floor *fl, unsigned leg)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	char byte;

	if (recvfrom(fl->fd[leg], &byte, 1, MSG_PEEK, (void *)&in, &len) < 0 ||
	    connect(fl->fd[leg], (void *)&in, len) < 0)
		return;
	fl->met[leg] = true;
	fl->strangers--;
	arm(fl, leg);
}

/* Sends are done when the submit returns: they do not block. */
static void flush(struct floor *fl)
{
	io_uring_submit(&fl->ring);
	for (unsigned i = 0; i < fl->n_sent; i++)
		io_uring_buf_ring_add(fl->free_bufs,
				      fl->mem + fl->sent[i] * BUF_SIZE,
				      BUF_SIZE, fl->sent[i],
				      io_uring_buf_ring_mask(fl->n_bufs),
				      (int)i);
	io_uring_buf_ring_advance(fl->free_bufs, (int)fl->n_sent);
	fl->n_sent = 0;
}

static void echo(struct floor *fl, unsigned leg, const struct io_uring_cqe *cqe)
{
	uint16_t buf = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
	struct io_uring_sqe *sqe;

	if (fl->n_sent == TX_BATCH)
		flush(fl);
	sqe = get_sqe(fl);
	io_uring_prep_send(sqe, (int)leg, fl->mem + buf * BUF_SIZE,
			   (size_t)cqe->res, MSG_DONTWAIT);
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = UD_SEND;
	fl->sent[fl->n_sent++] = buf;
}

static void answer_all(struct floor *fl)
{
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;

	io_uring_for_each_cqe(&fl->ring, head, cqe) {
		unsigned leg = (unsigned)cqe->user_data;

		n++;
		if (leg == UD_SEND)
			continue;
		if (cqe->flags & IORING_CQE_F_BUFFER)
			echo(fl, leg, cqe);
		if (!(cqe->flags & IORING_CQE_F_MORE))
			arm(fl, leg);
	}
	io_uring_cq_advance(&fl->ring, n);
}

/* A call works on 20 sockets at most (IO_LOCAL_TW_DEFAULT_MAX, Linux 6.13), and
 * says in a flag whether there are more. */
static bool has_more(const struct floor *fl)
{
	return IO_URING_READ_ONCE(*fl->ring.sq.kflags) & IORING_SQ_TASKRUN;
}

static void tick(struct floor *fl)
{
	for (unsigned i = 0; fl->strangers > 0 && i < fl->legs; i++)
		if (!fl->met[i])
			meet(fl, i);
	io_uring_submit_and_get_events(&fl->ring);
	answer_all(fl);
	while (has_more(fl)) {
		io_uring_get_events(&fl->ring);
		answer_all(fl);
	}
	flush(fl);
}

static int make(struct floor *fl, const char *ip, unsigned port)
{
	fl->fd = calloc(fl->legs, sizeof(*fl->fd));
	fl->met = calloc(fl->legs, sizeof(*fl->met));
	if (!fl->fd || !fl->met)
		return -ENOMEM;
	for (unsigned i = 0; i < fl->legs; i++) {
		fl->fd[i] = open_leg(ip, (uint16_t)(port + i));
		if (fl->fd[i] < 0)
			return fl->fd[i];
	}
	fl->strangers = fl->legs;
	for (fl->n_bufs = TX_BATCH; fl->n_bufs < fl->legs * 2; fl->n_bufs *= 2)
		;
	return make_ring(fl);
}

int main(int argc, char **argv)
{
	struct rlimit files = { LEGS_MAX + 64, LEGS_MAX + 64 };
	struct sched_param sp = { .sched_priority = PRIORITY };
	static struct floor fl;
	unsigned port, tick_ms;
	struct timespec due;
	int err;

	if (argc < 4) {
		fprintf(stderr, "usage: floor IP PORT LEGS [TICK_MS]\n");
		return 2;
	}
	port = (unsigned)atoi(argv[2]);
	fl.legs = (unsigned)atoi(argv[3]);
	tick_ms = argc > 4 ? (unsigned)atoi(argv[4]) : 10;
	if (fl.legs < 1 || fl.legs > LEGS_MAX || port + fl.legs > 65536 ||
	    tick_ms < 1 || tick_ms > 100) {
		fprintf(stderr, "floor: bad port, legs or tick\n");
		return 2;
	}
	(void)setrlimit(RLIMIT_NOFILE, &files);
	(void)sched_setscheduler(0, SCHED_FIFO, &sp);
	err = make(&fl, argv[1], port);
	if (err < 0) {
		fprintf(stderr, "floor: %s port %u: %s\n", argv[1], port,
			strerror(-err));
		return 2;
	}
	printf("floor: ready\n");
	fflush(stdout);

	clock_gettime(CLOCK_MONOTONIC, &due);
	for (;;) {
		due.tv_nsec += (long)tick_ms * 1000000;
		if (due.tv_nsec >= 1000000000) {
			due.tv_nsec -= 1000000000;
			due.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
		tick(&fl);
	}
}
