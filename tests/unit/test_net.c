/* test_net.c - every I/O scheme carries datagrams alike. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "media/net.h"
#include "media/sock.h"

enum { IDS = 32 };

/* A net with two of our sockets in it, and a peer's socket outside. */
struct world {
	const struct net_ops *ops;
	struct net *net;
	struct sock_pair ours, peer;
	union addr ours_rtp, ours_rtcp, peer_rtp;
	uint64_t tick;
	/* what came */
	unsigned n;
	unsigned id[256];
	uint8_t first[256];
	uint16_t len[256];
	int64_t arrival_us[256];
	union addr from;
	bool many;                      /* other ids than ours are in use */
	unsigned soon[NET_STAGES];      /* announced, by stage */
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void on_datagram(unsigned id, struct mx_pkt *pkt,
			const union addr *from, void *arg)
{
	struct world *w = arg;

	assert_true(w->n < 256);
	w->id[w->n] = id;
	w->first[w->n] = pkt->data[0];
	w->len[w->n] = pkt->len;
	w->arrival_us[w->n++] = pkt->arrival_us;
	w->from = *from;
	assert_int_equal(pkt->off, 0);
}

static void on_soon(unsigned id, unsigned stage, void *arg)
{
	struct world *w = arg;

	assert_in_range(stage, 0, NET_STAGES - 1);
	assert_true(id == 6 || id == 7 || w->many);
	w->soon[stage]++;
}

static void receive(struct world *w)
{
	w->n = 0;
	w->ops->receive(w->net, w->tick++, now_us());
}

static void open_world(struct world *w, const struct net_ops *ops,
		       const char *ip)
{
	struct net_cfg cfg = { .ids_max = IDS, .recv_h = on_datagram,
			       .soon_h = on_soon, .arg = w };
	union addr at;

	memset(w, 0, sizeof(*w));
	w->ops = ops;
	assert_int_equal(ops->new(&w->net, &cfg), 0);
	assert_int_equal(addr_parse(&at, ip, 0), 0);
	assert_int_equal(sock_pair_open(&w->ours, &at, 30000, 50000), 0);
	assert_int_equal(sock_pair_open(&w->peer, &at, 30000, 50000), 0);
	w->ours_rtp = w->ours_rtcp = w->peer_rtp = at;
	addr_set_port(&w->ours_rtp, w->ours.rtp_port);
	addr_set_port(&w->ours_rtcp, w->ours.rtcp_port);
	addr_set_port(&w->peer_rtp, w->peer.rtp_port);
	assert_int_equal(ops->add(w->net, 6, w->ours.rtp, NET_EACH_TICK), 0);
	assert_int_equal(ops->add(w->net, 7, w->ours.rtcp, NET_SELDOM), 0);
}

static void close_world(struct world *w)
{
	w->ops->del(w->net, 6);
	w->ops->del(w->net, 7);
	w->ops->free(w->net);
	sock_pair_close(&w->ours);
	sock_pair_close(&w->peer);
}

static void peer_sends(struct world *w, const union addr *to, uint8_t first,
		       size_t len)
{
	uint8_t buf[2048] = { first };

	assert_int_equal(sendto(w->peer.rtp, buf, len, 0, &to->sa,
				addr_len(to)), len);
}

/* The kernel begins to stamp packets a while after the first socket asked for
 * it (a work queue turns it on); until then they carry the time of reading. */
static unsigned wait_for_stamps(struct world *w)
{
	unsigned sent = 0;

	do {
		assert_true(sent < 400);
		peer_sends(w, &w->ours_rtp, 0, 100);
		sent++;
		usleep(5000);
		receive(w);
		assert_int_equal(w->n, 1);
	} while (w->arrival_us[0] > now_us() - 4000);
	return sent;
}

static void datagrams_come_in_order_with_their_time(struct world *w)
{
	int64_t before, between, after;
	unsigned warmed;

	receive(w);
	assert_int_equal(w->n, 0);
	warmed = wait_for_stamps(w);
	before = now_us();
	for (uint8_t i = 0; i < 20; i++)
		peer_sends(w, &w->ours_rtp, i, 100u + i);
	between = now_us();
	usleep(30000);
	after = now_us();
	receive(w);
	assert_int_equal(w->n, 20);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(w->id[i], 6);
		assert_int_equal(w->first[i], i);
		assert_int_equal(w->len[i], 100 + i);
		/* the time of arrival, not that of being read */
		assert_true(w->arrival_us[i] >= before - 2000);
		assert_true(w->arrival_us[i] <= between + 2000);
		assert_true(w->arrival_us[i] < after - 15000);
	}
	assert_true(addr_same(&w->from, &w->peer_rtp));
	assert_int_equal(w->ops->stats(w->net)->rx, warmed + 20);
	receive(w);
	assert_int_equal(w->n, 0);
}

static void seldom_socket_is_read_within_ten_ticks(struct world *w)
{
	unsigned got = 0;

	peer_sends(w, &w->ours_rtcp, 9, 60);
	for (int i = 0; i < 10; i++) {
		receive(w);
		if (w->n)
			assert_int_equal(w->id[0], 7);
		got += w->n;
	}
	assert_int_equal(got, 1);
}

static void sends_reach_the_peer(struct world *w)
{
	uint8_t buf[2048];

	for (uint8_t i = 0; i < 20; i++) {
		memset(buf, i, sizeof(buf));
		w->ops->send(w->net, 6, &w->peer_rtp, buf, 172);
	}
	assert_int_equal(sock_connect(w->ours.rtp, &w->peer_rtp), 0);
	for (uint8_t i = 20; i < 40; i++) {
		memset(buf, i, sizeof(buf));
		w->ops->send(w->net, 6, NULL, buf, 1800);
	}
	w->ops->flush(w->net);
	usleep(1000);
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(recv(w->peer.rtp, buf, sizeof(buf), 0),
				 i < 20 ? 172 : 1800);
		assert_int_equal(buf[0], i);
		assert_int_equal(buf[171], i);
	}
	assert_int_equal(recv(w->peer.rtp, buf, sizeof(buf), 0), -1);
	receive(w);
	assert_int_equal(w->ops->stats(w->net)->tx, 40);
	assert_int_equal(w->ops->stats(w->net)->tx_failed, 0);
}

static void peer_that_went_away_stops_nothing(struct world *w)
{
	union addr gone = w->peer_rtp;
	struct sock_pair other;
	union addr at = w->peer_rtp;
	uint8_t byte = 1;

	addr_set_port(&at, 0);
	assert_int_equal(sock_pair_open(&other, &at, 30000, 50000), 0);
	addr_set_port(&gone, other.rtp_port);
	sock_pair_close(&other);
	assert_int_equal(sock_connect(w->ours.rtp, &gone), 0);
	for (int i = 0; i < 5; i++) {
		w->ops->send(w->net, 6, NULL, &byte, 1);
		w->ops->flush(w->net);
		receive(w);
	}
	assert_int_equal(sock_connect(w->ours.rtp, &w->peer_rtp), 0);
	receive(w);
	peer_sends(w, &w->ours_rtp, 3, 50);
	usleep(1000);
	receive(w);
	assert_int_equal(w->n, 1);
}

/* More at once than there are buffers for: none is lost, and all is well after
 * it. */
static void flood_is_taken_in_turns(struct world *w)
{
	unsigned got = 0;

	for (unsigned i = 0; i < 90; i++) {
		peer_sends(w, &w->ours_rtp, 1, 100);
		peer_sends(w, &w->ours_rtcp, 1, 100);
	}
	for (int i = 0; i < 30; i++) {
		receive(w);
		got += w->n;
	}
	assert_int_equal(got, 180);
	peer_sends(w, &w->ours_rtp, 2, 100);
	usleep(1000);
	receive(w);
	assert_int_equal(w->n, 1);
	assert_int_equal(w->first[0], 2);
}

/* By a scheme that knows beforehand: each one in every stage. */
static void what_comes_is_announced(struct world *w)
{
	for (uint8_t i = 0; i < 40; i++)
		peer_sends(w, &w->ours_rtp, i, 100);
	usleep(1000);
	receive(w);
	assert_int_equal(w->n, 40);
	for (unsigned i = 1; i < NET_STAGES; i++)
		assert_int_equal(w->soon[i], w->soon[0]);
	assert_int_equal(w->soon[0], w->ops == &net_uring ? 40 : 0);
}

static void removed_socket_is_left_alone(struct world *w)
{
	w->ops->del(w->net, 6);
	peer_sends(w, &w->ours_rtp, 3, 50);
	for (int i = 0; i < 3; i++) {
		receive(w);
		assert_int_equal(w->n, 0);
	}
	/* the id serves again */
	assert_int_equal(w->ops->add(w->net, 6, w->ours.rtp, NET_EACH_TICK), 0);
	peer_sends(w, &w->ours_rtp, 4, 50);
	usleep(1000);
	receive(w);
	assert_true(w->n >= 1);
	assert_int_equal(w->first[w->n - 1], 4);
}

/* More sockets than io_uring works on in one call. */
static void one_tick_takes_from_all_sockets(struct world *w)
{
	struct sock_pair pairs[IDS];
	union addr at = w->ours_rtp;
	unsigned n = 0;

	w->many = true;
	for (unsigned id = 0; id < IDS; id++) {
		if (id == 6 || id == 7)
			continue;
		addr_set_port(&at, 0);
		assert_int_equal(sock_pair_open(&pairs[id], &at, 30000, 50000),
				 0);
		assert_int_equal(w->ops->add(w->net, id, pairs[id].rtp,
					     NET_EACH_TICK), 0);
	}
	receive(w);
	for (int round = 0; round < 3; round++) {
		n = 0;
		for (unsigned id = 0; id < IDS; id++) {
			if (id == 6 || id == 7)
				continue;
			addr_set_port(&at, pairs[id].rtp_port);
			peer_sends(w, &at, (uint8_t)id, 100);
			n++;
		}
		usleep(1000);
		receive(w);
		assert_int_equal(w->n, n);
		for (unsigned i = 0; i < w->n; i++)
			assert_int_equal(w->id[i], w->first[i]);
	}
	for (unsigned id = 0; id < IDS; id++) {
		if (id == 6 || id == 7)
			continue;
		w->ops->del(w->net, id);
		sock_pair_close(&pairs[id]);
	}
}

/* The n-th table: the portable one, then what this machine offers. */
static const struct net_ops *nth(unsigned i)
{
	static const struct net_ops *const all[] = {
		&net_plain, &net_uring
	};
	struct net_cfg cfg = { .ids_max = IDS };
	struct net *net;
	int err;

	if (i >= sizeof(all) / sizeof(all[0]))
		return NULL;
	err = all[i]->new(&net, &cfg);
	if (!err)
		all[i]->free(net);
	else
		print_message("%s: not on this machine, %s\n", all[i]->name,
			      strerror(-err));
	return err ? NULL : all[i];
}

static void with_each(void (*test)(struct world *w))
{
	static const char *const ips[] = { "127.0.0.1", "::1" };
	const struct net_ops *ops;
	struct world w;

	for (unsigned i = 0; (ops = nth(i)); i++)
		for (unsigned k = 0; k < 2; k++) {
			open_world(&w, ops, ips[k]);
			test(&w);
			close_world(&w);
		}
}

#define TEST(name) \
	static void name##_test(void **state) \
	{ \
		(void)state; \
		with_each(name); \
	}
TEST(datagrams_come_in_order_with_their_time)
TEST(seldom_socket_is_read_within_ten_ticks)
TEST(sends_reach_the_peer)
TEST(peer_that_went_away_stops_nothing)
TEST(flood_is_taken_in_turns)
TEST(what_comes_is_announced)
TEST(removed_socket_is_left_alone)
TEST(one_tick_takes_from_all_sockets)

static void wall_clock_that_jumps_spoils_no_time(void **state)
{
	struct net_clock clk = { 0 };
	struct timespec ts;
	int64_t now = now_us(), at;

	(void)state;
	clock_gettime(CLOCK_REALTIME, &ts);
	at = net_arrival(&clk, &ts, now + 1000);
	assert_in_range(at, now - 1000, now + 1000);
	ts.tv_sec += 3600;
	assert_int_equal(net_arrival(&clk, &ts, now + 1000), now + 1000);
	ts.tv_sec -= 7200;
	assert_int_equal(net_arrival(&clk, &ts, now + 1000), now + 1000);
	assert_int_equal(net_arrival(&clk, NULL, now + 1000), now + 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_come_in_order_with_their_time_test),
		cmocka_unit_test(seldom_socket_is_read_within_ten_ticks_test),
		cmocka_unit_test(sends_reach_the_peer_test),
		cmocka_unit_test(peer_that_went_away_stops_nothing_test),
		cmocka_unit_test(flood_is_taken_in_turns_test),
		cmocka_unit_test(what_comes_is_announced_test),
		cmocka_unit_test(removed_socket_is_left_alone_test),
		cmocka_unit_test(one_tick_takes_from_all_sockets_test),
		cmocka_unit_test(wall_clock_that_jumps_spoils_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
