/*
 * floor.c - the least that a server can do: receive each leg's packet and send
 * it back, at the tick, from a connected socket a leg.
 *
 *	floor IP PORT LEGS [PTIME_MS]
 *
 * Leg i is the socket on PORT + i; its peer is whoever sends first. What this
 * costs (see /proc/PID/stat) is the floor that a media server of the same rates
 * is compared with. Anyone may make it leaner.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { PACKET_MAX = 2048, LEGS_MAX = 8192, GRID_MS = 10 };

struct leg {
	int fd;
	bool connected;
	bool starved;           /* its last tick found nothing */
};

static int open_leg(struct leg *leg, const char *ip, uint16_t port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(port)
	};

	if (inet_pton(AF_INET, ip, &in.sin_addr) != 1)
		return -EINVAL;
	leg->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (leg->fd < 0 || bind(leg->fd, (void *)&in, sizeof(in)) < 0)
		return -errno;
	return 0;
}

/* The first packet says who the peer is. */
static ssize_t meet(struct leg *leg, uint8_t *buf)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	ssize_t n = recvfrom(leg->fd, buf, PACKET_MAX, 0, (void *)&in, &len);

	if (n >= 0 && connect(leg->fd, (void *)&in, len) == 0)
		leg->connected = true;
	return n;
}

/* One packet in, one out. A leg that found nothing last time may have two
 * waiting now; else one receive is enough. */
static void echo(struct leg *leg)
{
	uint8_t buf[PACKET_MAX];
	unsigned most = leg->starved ? 2 : 1;

	while (most--) {
		ssize_t n = leg->connected ? recv(leg->fd, buf, sizeof(buf), 0) :
			meet(leg, buf);

		leg->starved = n < 0;
		if (n < 0)
			return;
		(void)!send(leg->fd, buf, (size_t)n, 0);
	}
}

int main(int argc, char **argv)
{
	struct rlimit files = { LEGS_MAX + 64, LEGS_MAX + 64 };
	unsigned port, n, ptime = 20, phases;
	struct timespec due;
	struct leg *legs;

	if (argc < 4) {
		fprintf(stderr, "usage: floor IP PORT LEGS [PTIME_MS]\n");
		return 2;
	}
	port = (unsigned)atoi(argv[2]);
	n = (unsigned)atoi(argv[3]);
	if (argc > 4)
		ptime = (unsigned)atoi(argv[4]);
	if (n < 1 || n > LEGS_MAX || port + n > 65536 || ptime % GRID_MS != 0 ||
	    ptime < GRID_MS) {
		fprintf(stderr, "floor: bad port, legs or ptime\n");
		return 2;
	}
	(void)setrlimit(RLIMIT_NOFILE, &files);
	legs = calloc(n, sizeof(*legs));
	if (!legs)
		return 2;
	for (unsigned i = 0; i < n; i++) {
		int err = open_leg(&legs[i], argv[1], (uint16_t)(port + i));

		if (err < 0) {
			fprintf(stderr, "floor: %s port %u: %s\n", argv[1],
				port + i, strerror(-err));
			return 2;
		}
	}
	printf("floor: ready\n");
	fflush(stdout);

	/* as in the server: a tick each 10 ms, a leg in every ptime's worth */
	phases = ptime / GRID_MS;
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (unsigned k = 0;; k++) {
		for (unsigned i = k % phases; i < n; i += phases)
			echo(&legs[i]);
		due.tv_nsec += GRID_MS * 1000000;
		if (due.tv_nsec >= 1000000000) {
			due.tv_nsec -= 1000000000;
			due.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
	}
}
