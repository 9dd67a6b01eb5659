/* test_base.c - src/base: each rule of the headers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/box.h"
#include "base/counter.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"

/* ---- loop -------------------------------------------------------------- */

struct fired {
	struct loop *loop;
	struct timer t[3];
	int order[8], n;
};

static struct fired *fx;        /* the test running now */

static void on_timer0(void *arg) { (void)arg; fx->order[fx->n++] = 0; }
static void on_timer1(void *arg)
{
	(void)arg;
	fx->order[fx->n++] = 1;
	timer_stop(&fx->t[2]);          /* due in the same round */
	loop_break(fx->loop);
}
static void on_timer2(void *arg) { (void)arg; fx->order[fx->n++] = 2; }

static void timers_fire_in_order_and_a_stopped_one_never(void **state)
{
	struct fired f = { 0 };

	(void)state;
	fx = &f;
	assert_int_equal(loop_new(&f.loop), 0);
	timer_init(&f.t[0], f.loop, on_timer0, NULL);
	timer_init(&f.t[1], f.loop, on_timer1, NULL);
	timer_init(&f.t[2], f.loop, on_timer2, NULL);
	timer_start(&f.t[2], 20);
	timer_start(&f.t[1], 10);
	timer_start(&f.t[0], 0);
	timer_start(&f.t[2], 10);       /* a restart moves it */
	assert_true(timer_is_running(&f.t[2]));
	loop_run(f.loop);
	assert_int_equal(f.n, 2);
	assert_int_equal(f.order[0], 0);
	assert_int_equal(f.order[1], 1);
	assert_false(timer_is_running(&f.t[2]));
	loop_free(f.loop);
}

static void thousands_of_timers_keep_their_order(void **state)
{
	enum { N = 3000 };
	struct loop *loop;
	struct timer *t = calloc(N, sizeof(*t));
	unsigned seed = 7;

	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	for (int i = 0; i < N; i++) {
		timer_init(&t[i], loop, on_timer0, NULL);
		seed = seed * 1103515245u + 12345;
		timer_start(&t[i], 100000 + seed % 100000);
	}
	for (int i = 0; i < N; i += 2)
		timer_stop(&t[i]);
	for (int i = 1; i < N; i += 2) {
		assert_true(timer_is_running(&t[i]));
		timer_stop(&t[i]);
	}
	loop_free(loop);
	free(t);
}

struct pair {
	struct watch w[2];
	int calls;
};

static void on_fd(uint32_t events, void *arg)
{
	struct pair *p = arg;

	assert_true(events & EPOLLIN);
	p->calls++;
	watch_stop(&p->w[0]);
	watch_stop(&p->w[1]);
}

static void a_watch_stopped_in_a_round_is_not_called_in_it(void **state)
{
	struct pair p = { 0 };
	struct loop *loop;
	int fd[2];

	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	for (int i = 0; i < 2; i++) {
		fd[i] = eventfd(1, EFD_NONBLOCK);
		assert_int_equal(watch_start(&p.w[i], loop, fd[i], EPOLLIN,
					     on_fd, &p), 0);
	}
	loop_wait(loop, 1000);
	loop_dispatch(loop);
	assert_int_equal(p.calls, 1);
	for (int i = 0; i < 2; i++)
		close(fd[i]);
	loop_free(loop);
}

static void an_outer_epoll_sees_the_loops_timers(void **state)
{
	struct fired f = { 0 };
	struct epoll_event ev = { .events = EPOLLIN };
	int outer = epoll_create1(0);

	(void)state;
	fx = &f;
	assert_int_equal(loop_new(&f.loop), 0);
	assert_int_equal(epoll_ctl(outer, EPOLL_CTL_ADD, loop_fd(f.loop), &ev), 0);
	timer_init(&f.t[0], f.loop, on_timer0, NULL);
	assert_int_equal(epoll_wait(outer, &ev, 1, 0), 0);
	timer_start(&f.t[0], 5);
	assert_int_equal(epoll_wait(outer, &ev, 1, 5000), 1);
	loop_dispatch(f.loop);
	assert_int_equal(f.n, 1);
	assert_int_equal(epoll_wait(outer, &ev, 1, 0), 0);
	loop_free(f.loop);
	close(outer);
}

/* ---- hash, list -------------------------------------------------------- */

struct thing {
	struct hash_node node;
	struct link link;
	char key[16];
};

static void count_node(struct hash_node *node, void *arg)
{
	(void)node;
	++*(int *)arg;
}

static void hash_finds_all_that_is_in_and_nothing_else(void **state)
{
	enum { N = 1000 };
	struct thing *t = calloc(N, sizeof(*t));
	struct hash h;
	int n = 0;

	(void)state;
	assert_int_equal(hash_init(&h), 0);
	for (int i = 0; i < N; i++) {
		snprintf(t[i].key, sizeof(t[i].key), "%d", i);
		assert_int_equal(hash_add(&h, &t[i].node, t[i].key), 0);
	}
	for (int i = 0; i < N; i += 3)
		hash_del(&h, &t[i].node);
	for (int i = 0; i < N; i++)
		assert_ptr_equal(hash_find(&h, t[i].key),
				 i % 3 ? &t[i].node : NULL);
	hash_each(&h, count_node, &n);
	assert_int_equal(n, h.n);
	assert_int_equal(n, N - (N + 2) / 3);
	hash_fini(&h);
	free(t);
}

static void list_elements_may_leave_while_walked(void **state)
{
	struct thing t[5] = { 0 }, *e;
	struct list l;
	int seen = 0;

	(void)state;
	list_init(&l);
	assert_null(list_first(&l));
	for (int i = 0; i < 5; i++)
		list_add(&l, &t[i].link);
	list_each(&l, e, it, struct thing, link) {
		assert_ptr_equal(e, &t[seen]);
		if (seen++ % 2)
			list_del(&l, &e->link);
	}
	assert_int_equal(seen, 5);
	assert_int_equal(l.n, 3);
	assert_false(list_is_in(&t[1].link));
	list_del(&l, &t[1].link);       /* twice is harmless */
	assert_int_equal(l.n, 3);
}

/* ---- box --------------------------------------------------------------- */

static void box_refuses_when_full_and_keeps_the_order(void **state)
{
	struct box *box;
	int v;

	(void)state;
	assert_int_equal(box_new(&box, 3, 4), -EINVAL);
	assert_int_equal(box_new(&box, 4, sizeof(int)), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(box_put(box, &i), 0);
	v = 9;
	assert_int_equal(box_put(box, &v), -EAGAIN);
	for (int i = 0; i < 4; i++) {
		assert_true(box_take(box, &v));
		assert_int_equal(v, i);
	}
	assert_false(box_take(box, &v));
	box_free(box);
}

enum { BOX_RUN = 200000 };

static void *box_sender(void *arg)
{
	for (int i = 0; i < BOX_RUN; i++)
		while (box_put(arg, &i) == -EAGAIN)
			;
	return NULL;
}

static void box_loses_nothing_between_two_threads(void **state)
{
	struct box *box;
	pthread_t th;
	int v;

	(void)state;
	assert_int_equal(box_new(&box, 64, sizeof(int)), 0);
	pthread_create(&th, NULL, box_sender, box);
	for (int i = 0; i < BOX_RUN; ) {
		if (!box_take(box, &v))
			continue;
		assert_int_equal(v, i);
		i++;
	}
	pthread_join(th, NULL);
	box_free(box);
}

/* ---- str, addr, id, log ------------------------------------------------ */

static void strings_stay_in_their_bounds(void **state)
{
	char buf[8];
	struct strbuf sb;
	uint64_t v = 77;

	(void)state;
	assert_true(str_copy(buf, sizeof(buf), "1234567"));
	assert_false(str_copy(buf, sizeof(buf), "12345678"));
	assert_string_equal(buf, "1234567");
	assert_true(str_copy(buf, sizeof(buf), NULL));
	assert_string_equal(buf, "");

	strbuf_init(&sb, buf, sizeof(buf));
	strbuf_add(&sb, "%s", "abcd");
	strbuf_add(&sb, "%s", "efgh");
	assert_true(sb.full);
	assert_string_equal(buf, "abcd");
	strbuf_add(&sb, "e");
	assert_string_equal(buf, "abcd");

	assert_int_equal(str_u64("0065535x", 7, 65535, &v), 0);
	assert_int_equal(v, 65535);
	assert_int_equal(str_u64("65536", 5, 65535, &v), -EINVAL);
	assert_int_equal(str_u64("", 0, 9, &v), -EINVAL);
	assert_int_equal(str_u64("-1", 2, 9, &v), -EINVAL);
	assert_int_equal(str_u64("18446744073709551616", 20, UINT64_MAX, &v),
			 -EINVAL);
	assert_int_equal(str_u64("6", 1, 5, &v), -EINVAL);
	assert_int_equal(v, 65535);
	assert_int_equal(str_u64("5", 1, 5, &v), 0);
}

static void addresses_print_as_they_parse(void **state)
{
	static const struct { const char *ip; bool private; } ips[] = {
		{ "127.0.0.1", true }, { "10.255.0.1", true },
		{ "172.31.0.1", true }, { "172.32.0.1", false },
		{ "192.168.1.1", true }, { "100.64.0.1", true },
		{ "100.128.0.1", false }, { "8.8.8.8", false },
		{ "169.254.3.4", true }, { "::1", true }, { "fe80::1", true },
		{ "fd00::1", true }, { "2001:db8::1", false },
	};
	char text[ADDR_LEN];
	union addr a, b;

	(void)state;
	for (size_t i = 0; i < sizeof(ips) / sizeof(ips[0]); i++) {
		assert_int_equal(addr_parse(&a, ips[i].ip, 5060), 0);
		assert_string_equal(addr_print_ip(&a, text), ips[i].ip);
		assert_int_equal(addr_is_private(&a), ips[i].private);
		assert_int_equal(addr_port(&a), 5060);
		b = a;
		addr_set_port(&b, 5061);
		assert_true(addr_same_ip(&a, &b));
		assert_false(addr_same(&a, &b));
	}
	assert_int_equal(addr_parse(&a, "::1", 65535), 0);
	assert_string_equal(addr_print(&a, text), "[::1]:65535");
	assert_int_equal(addr_parse(&a, "example.org", 1), -EINVAL);
	assert_int_equal(addr_parse(&a, "1.2.3", 1), -EINVAL);
	a = (union addr){ 0 };
	assert_false(addr_is_set(&a));
	assert_string_equal(addr_print(&a, text), "-");
	addr_parse(&a, "0.0.0.0", 0);
	assert_true(addr_is_any(&a));
}

static void uuids_differ_and_grow_with_time(void **state)
{
	char a[ID_UUID_LEN], b[ID_UUID_LEN];

	(void)state;
	id_uuid(a);
	usleep(2000);
	id_uuid(b);
	assert_int_equal(strlen(a), 36);
	assert_true(strcmp(a, b) < 0);
	assert_int_equal(a[14], '7');
	assert_non_null(strchr("89ab", a[19]));
}

static void a_source_gets_one_line_a_second(void **state)
{
	unsigned missed;

	(void)state;
	assert_true(log_allow("192.0.2.1", &missed));
	assert_int_equal(missed, 0);
	for (int i = 0; i < 10; i++)
		assert_false(log_allow("192.0.2.1", &missed));
	assert_true(log_allow("192.0.2.2", &missed));
}

static void log_lines_reach_the_file_whole_and_single(void **state)
{
	char path[] = "/tmp/confab-log-XXXXXX", line[600];
	int fd = mkstemp(path), n = 0;
	FILE *f;

	(void)state;
	close(fd);
	assert_int_equal(log_open(path, LOG_INFO), 0);
	log_debug("leg 1", "not wanted");
	for (int i = 0; i < 100; i++)
		log_info("leg 1", "said, text=%s i=%d", "a\r\nb", i);
	log_info("leg 2", "%0600d", 1);
	log_close();
	f = fopen(path, "r");
	while (fgets(line, sizeof(line), f)) {
		assert_int_equal(line[strlen(line) - 1], '\n');
		if (n < 100)
			assert_non_null(strstr(line, "Z info leg 1: said, "
					       "text=a??b i="));
		n++;
	}
	fclose(f);
	unlink(path);
	assert_int_equal(n, 101);
}

static void counters_have_names_and_count(void **state)
{
	(void)state;
	for (int i = 0; i < CNT__MAX; i++) {
		assert_non_null(counter_name((enum counter)i));
		assert_non_null(counter_help((enum counter)i));
	}
	counter_add(CNT_RTP_BAD, 3);
	counter_inc(CNT_RTP_BAD);
	assert_int_equal(counter_get(CNT_RTP_BAD), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_and_a_stopped_one_never),
		cmocka_unit_test(thousands_of_timers_keep_their_order),
		cmocka_unit_test(a_watch_stopped_in_a_round_is_not_called_in_it),
		cmocka_unit_test(an_outer_epoll_sees_the_loops_timers),
		cmocka_unit_test(hash_finds_all_that_is_in_and_nothing_else),
		cmocka_unit_test(list_elements_may_leave_while_walked),
		cmocka_unit_test(box_refuses_when_full_and_keeps_the_order),
		cmocka_unit_test(box_loses_nothing_between_two_threads),
		cmocka_unit_test(strings_stay_in_their_bounds),
		cmocka_unit_test(addresses_print_as_they_parse),
		cmocka_unit_test(uuids_differ_and_grow_with_time),
		cmocka_unit_test(a_source_gets_one_line_a_second),
		cmocka_unit_test(log_lines_reach_the_file_whole_and_single),
		cmocka_unit_test(counters_have_names_and_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
