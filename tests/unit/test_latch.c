/* test_latch.c - whose packets a leg takes, and port pairs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <netinet/ip.h>
#include <string.h>
#include <unistd.h>

#include "media/latch.h"
#include "media/sock.h"

#define S 1000000

static union addr at(const char *ip, uint16_t port)
{
	union addr a;

	assert_int_equal(addr_parse(&a, ip, port), 0);
	return a;
}

static enum latch_verdict from(struct latch *l, const char *ip, uint16_t port,
			       uint16_t seq, int64_t now_us)
{
	union addr a = at(ip, port);

	return latch_check(l, &a, 0x5551, seq, now_us);
}

static void set(struct latch *l, const char *ip, uint16_t port, bool learn,
		int64_t now_us)
{
	union addr said = at(ip, port), sip = at("198.51.100.7", 5060);

	latch_set(l, &said, &sip, learn, now_us);
}

static void signalled_address_is_taken_at_once(void **state)
{
	struct latch l = { 0 };

	(void)state;
	set(&l, "192.0.2.1", 4000, false, S);
	assert_int_equal(from(&l, "192.0.2.1", 4000, 1, S), LATCH_FIX);
	assert_int_equal(from(&l, "192.0.2.1", 4000, 2, S), LATCH_TAKE);
	assert_int_equal(from(&l, "192.0.2.1", 4002, 3, S), LATCH_DROP);
	assert_int_equal(addr_port(latch_peer(&l)), 4000);
}

static void without_learning_nobody_else_is_taken(void **state)
{
	struct latch l = { 0 };

	(void)state;
	set(&l, "10.0.0.5", 4000, false, S);
	for (uint16_t i = 0; i < 100; i++) {
		assert_int_equal(from(&l, "203.0.113.9", 4000, i, S),
				 LATCH_DROP);
		assert_int_equal(from(&l, "198.51.100.7", 4000, i, S),
				 LATCH_DROP);
	}
	assert_int_equal(from(&l, "10.0.0.5", 4000, 1, S), LATCH_FIX);
}

static void source_of_signalling_is_taken_at_once(void **state)
{
	struct latch l = { 0 };

	(void)state;
	set(&l, "10.0.0.5", 4000, true, S);
	assert_int_equal(from(&l, "203.0.113.9", 999, 1, S), LATCH_DROP);
	assert_int_equal(from(&l, "198.51.100.7", 31234, 1, S), LATCH_FIX);
	assert_int_equal(addr_port(latch_peer(&l)), 31234);
	assert_int_equal(from(&l, "203.0.113.9", 999, 2, S), LATCH_DROP);
}

static void stranger_is_learnt_after_three_packets_in_a_row(void **state)
{
	struct latch l = { 0 };
	union addr a = at("203.0.113.9", 999);

	(void)state;
	set(&l, "10.0.0.5", 4000, true, S);
	assert_int_equal(latch_check(&l, &a, 1, 65535, S), LATCH_DROP);
	assert_int_equal(latch_check(&l, &a, 1, 0, S), LATCH_DROP);
	assert_int_equal(latch_check(&l, &a, 1, 1, S), LATCH_FIX);
	assert_true(addr_same(latch_peer(&l), &a));
}

static void broken_proof_begins_again(void **state)
{
	struct latch l = { 0 };
	union addr a = at("203.0.113.9", 999), b = at("203.0.113.9", 998);

	(void)state;
	set(&l, "10.0.0.5", 4000, true, S);
	for (uint16_t i = 0; i < 20; i++) {
		/* two strangers by turns, then one with two streams, then one
		 * whose numbers jump or stand still */
		assert_int_equal(latch_check(&l, i & 1 ? &a : &b, 1, i, S),
				 LATCH_DROP);
	}
	for (uint16_t i = 0; i < 20; i++)
		assert_int_equal(latch_check(&l, &a, i & 1, i, S), LATCH_DROP);
	for (uint16_t i = 0; i < 20; i++)
		assert_int_equal(latch_check(&l, &a, 7,
					     (uint16_t)(i * 100), S),
				 LATCH_DROP);
	for (uint16_t i = 0; i < 20; i++)
		assert_int_equal(latch_check(&l, &a, 8, 5, S), LATCH_DROP);
}

static void learning_ends_after_ten_seconds(void **state)
{
	struct latch l = { 0 };

	(void)state;
	set(&l, "10.0.0.5", 4000, true, S);
	assert_int_equal(from(&l, "198.51.100.7", 1, 1,
			      S + LATCH_WINDOW_US), LATCH_DROP);
	for (uint16_t i = 0; i < 10; i++)
		assert_int_equal(from(&l, "203.0.113.9", 1, i,
				      S + LATCH_WINDOW_US), LATCH_DROP);
	assert_int_equal(from(&l, "10.0.0.5", 4000, 1, 20 * S), LATCH_FIX);
}

static void same_address_again_keeps_the_peer(void **state)
{
	struct latch l = { 0 };
	union addr none = { 0 }, sip = at("198.51.100.7", 5060);

	(void)state;
	set(&l, "10.0.0.5", 4000, true, S);
	assert_int_equal(from(&l, "198.51.100.7", 31234, 1, S), LATCH_FIX);
	set(&l, "10.0.0.5", 4000, true, 20 * S);
	assert_int_equal(from(&l, "198.51.100.7", 31234, 2, 20 * S),
			 LATCH_TAKE);
	assert_false(latch_set(&l, &none, &sip, true, 30 * S));
	assert_int_equal(from(&l, "198.51.100.7", 31234, 2, 30 * S),
			 LATCH_TAKE);
}

static void new_address_opens_the_window_again(void **state)
{
	struct latch l = { 0 };

	(void)state;
	set(&l, "10.0.0.5", 4000, true, S);
	assert_int_equal(from(&l, "198.51.100.7", 31234, 1, S), LATCH_FIX);
	set(&l, "10.0.0.5", 4002, true, 20 * S);
	assert_int_equal(addr_port(latch_peer(&l)), 4002);
	assert_int_equal(from(&l, "198.51.100.7", 31236, 1, 21 * S),
			 LATCH_FIX);
	assert_int_equal(addr_port(latch_peer(&l)), 31236);
}

/* Seen with a phone that moved by re-INVITE: a last packet from its old port
 * was taken for the source of signalling, and the new port never heard. */
static void old_port_of_a_moving_phone_is_not_fixed_again(void **state)
{
	struct latch l = { 0 };

	(void)state;
	set(&l, "198.51.100.7", 4000, true, S);
	assert_int_equal(from(&l, "198.51.100.7", 4000, 1, S), LATCH_FIX);
	set(&l, "198.51.100.7", 4002, true, 2 * S);
	assert_int_equal(from(&l, "198.51.100.7", 4000, 2, 2 * S), LATCH_TAKE);
	assert_int_equal(addr_port(latch_peer(&l)), 4002);
	assert_int_equal(from(&l, "198.51.100.7", 4002, 3, 2 * S), LATCH_FIX);
	assert_int_equal(from(&l, "198.51.100.7", 4000, 4, 2 * S), LATCH_DROP);
}

/* Behind NAT the address that signalling names may change while the one that
 * we see does not. */
static void old_port_that_goes_on_is_fixed_after_a_second(void **state)
{
	struct latch l = { 0 };

	(void)state;
	set(&l, "10.0.0.5", 4000, true, S);
	assert_int_equal(from(&l, "198.51.100.7", 31234, 1, S), LATCH_FIX);
	set(&l, "10.0.0.5", 4002, true, 2 * S);
	assert_int_equal(from(&l, "198.51.100.7", 31234, 2, 2 * S), LATCH_TAKE);
	assert_int_equal(from(&l, "198.51.100.7", 31234, 3, 3 * S), LATCH_FIX);
}

static void rtcp_comes_from_the_peers_ip(void **state)
{
	struct latch l = { 0 };
	union addr a = at("192.0.2.1", 4001), b = at("198.51.100.7", 9);

	(void)state;
	set(&l, "192.0.2.1", 4000, true, S);
	assert_true(latch_allows_rtcp(&l, &a));
	assert_false(latch_allows_rtcp(&l, &b));
	assert_int_equal(from(&l, "198.51.100.7", 31234, 1, S), LATCH_FIX);
	assert_true(latch_allows_rtcp(&l, &b));
	assert_false(latch_allows_rtcp(&l, &a));
}

/* ---- sockets ----------------------------------------------------------- */

static void pair_is_even_and_in_range(void **state)
{
	union addr any = { .sa.sa_family = AF_INET };
	struct sock_pair sp[20];
	int tos;
	socklen_t len = sizeof(tos);

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(sock_pair_open(&sp[i], &any, 30001, 30999), 0);
		assert_int_equal(sp[i].rtp_port % 2, 0);
		assert_in_range(sp[i].rtp_port, 30002, 30998);
		assert_int_equal(sp[i].rtcp_port, sp[i].rtp_port + 1);
	}
	assert_int_equal(getsockopt(sp[0].rtp, IPPROTO_IP, IP_TOS, &tos, &len),
			 0);
	assert_int_equal(tos, 0xb8);
	for (int i = 0; i < 20; i++)
		sock_pair_close(&sp[i]);
}

static void full_range_says_so(void **state)
{
	union addr lo = at("127.0.0.1", 0), lo6 = at("::1", 0);
	struct sock_pair a, b, c;
	uint16_t port;

	(void)state;
	assert_int_equal(sock_pair_open(&a, &lo, 30000, 39999), 0);
	port = a.rtp_port;
	assert_int_equal(sock_pair_open(&b, &lo, port, (uint16_t)(port + 1)),
			 -EADDRINUSE);
	assert_int_equal(sock_pair_open(&b, &lo, port, port), -EINVAL);
	/* IPv6 alone: it does not sit on the IPv4 port */
	assert_int_equal(sock_pair_open(&c, &lo6, port, (uint16_t)(port + 1)),
			 0);
	sock_pair_close(&c);
	sock_pair_close(&a);
	assert_int_equal(sock_pair_open(&b, &lo, port, (uint16_t)(port + 1)),
			 0);
	sock_pair_close(&b);
}

static void connected_socket_hears_its_peer_alone(void **state)
{
	union addr lo = at("127.0.0.1", 0), to, peer;
	struct sock_pair a, b, c;
	char buf[8];

	(void)state;
	assert_int_equal(sock_pair_open(&a, &lo, 30000, 39999), 0);
	assert_int_equal(sock_pair_open(&b, &lo, 30000, 39999), 0);
	assert_int_equal(sock_pair_open(&c, &lo, 30000, 39999), 0);
	to = at("127.0.0.1", a.rtp_port);
	peer = at("127.0.0.1", b.rtp_port);

	assert_int_equal(sock_connect(a.rtp, &peer), 0);
	assert_int_equal(sendto(c.rtp, "c", 1, 0, &to.sa, addr_len(&to)), 1);
	assert_int_equal(recv(a.rtp, buf, sizeof(buf), 0), -1);
	assert_int_equal(sendto(b.rtp, "b", 1, 0, &to.sa, addr_len(&to)), 1);
	assert_int_equal(recv(a.rtp, buf, sizeof(buf), 0), 1);
	assert_int_equal(buf[0], 'b');

	assert_int_equal(sock_disconnect(a.rtp), 0);
	assert_int_equal(sendto(c.rtp, "c", 1, 0, &to.sa, addr_len(&to)), 1);
	assert_int_equal(recv(a.rtp, buf, sizeof(buf), 0), 1);
	assert_int_equal(buf[0], 'c');
	sock_pair_close(&a);
	sock_pair_close(&b);
	sock_pair_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signalled_address_is_taken_at_once),
		cmocka_unit_test(without_learning_nobody_else_is_taken),
		cmocka_unit_test(source_of_signalling_is_taken_at_once),
		cmocka_unit_test(stranger_is_learnt_after_three_packets_in_a_row),
		cmocka_unit_test(broken_proof_begins_again),
		cmocka_unit_test(learning_ends_after_ten_seconds),
		cmocka_unit_test(same_address_again_keeps_the_peer),
		cmocka_unit_test(new_address_opens_the_window_again),
		cmocka_unit_test(old_port_of_a_moving_phone_is_not_fixed_again),
		cmocka_unit_test(old_port_that_goes_on_is_fixed_after_a_second),
		cmocka_unit_test(rtcp_comes_from_the_peers_ip),
		cmocka_unit_test(pair_is_even_and_in_range),
		cmocka_unit_test(full_range_says_so),
		cmocka_unit_test(connected_socket_hears_its_peer_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
