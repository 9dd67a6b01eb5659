/* test_ctl_lines.c - the socket of lines against clients of all manners. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/loop.h"
#include "ctl/lines.h"

static struct server {
	struct loop *loop;
	struct lines *lines;
	char dir[32], path[64];
	unsigned n, closed;             /* lines, clients gone */
	size_t answer;                  /* bytes of an answer; 0: the line again */
	int put;                        /* what lines_put() said last */
	bool later;                     /* nothing is answered at once */
	struct lines_conn *last;
} srv;

static void on_line(void *arg, struct lines_conn *c, const char *line,
		    size_t len)
{
	char *text = malloc(LINES_OUT_MAX + 1);

	assert_ptr_equal(arg, &srv);
	assert_non_null(text);
	srv.n++;
	srv.last = c;
	if (srv.later) {
		lines_wait(c, true);
		free(text);
		return;
	}
	if (srv.answer) {
		len = srv.answer - 1;
		memset(text, 'a', len);
	} else {
		memcpy(text, line, len);
	}
	text[len] = '\n';
	srv.put = lines_put(c, text, len + 1, LINES_OUT_MAX);
	free(text);
}

static void on_close(void *arg, struct lines_conn *c)
{
	assert_ptr_equal(arg, &srv);
	srv.closed++;
	if (srv.last == c)
		srv.last = NULL;
}

static const struct lines_ops ops = {
	.on_line = on_line, .on_close = on_close,
	.too_long = "long\n", .too_many = "many\n"
};

static int setup(void **state)
{
	(void)state;
	srv = (struct server){ .dir = "/tmp/linesXXXXXX" };
	assert_non_null(mkdtemp(srv.dir));
	snprintf(srv.path, sizeof(srv.path), "%s/s", srv.dir);
	assert_int_equal(loop_new(&srv.loop), 0);
	assert_int_equal(lines_new(&srv.lines, srv.loop, srv.path, &ops, &srv), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lines_free(srv.lines);
	loop_free(srv.loop);
	assert_int_equal(access(srv.path, F_OK), -1);
	assert_int_equal(rmdir(srv.dir), 0);
	return 0;
}

static void turn(void)
{
	for (int i = 0; i < 20; i++)
		loop_wait(srv.loop, 1);
}

static int client(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(addr.sun_path, srv.path, strlen(srv.path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	turn();
}

/* What the server has sent so far. "" at the end, "-" if there is nothing. */
static const char *hear(int fd)
{
	static char text[1 << 16];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN ? "-" : "";
	text[n] = '\0';
	return text;
}

#define assert_hears(fd, what) assert_string_equal(hear(fd), what)

static void lines_are_answered_in_their_order(void **state)
{
	int a = client(), b = client();

	(void)state;
	say(a, "one\ntwo\n");
	say(b, "three\n");
	assert_hears(a, "one\ntwo\n");
	assert_hears(b, "three\n");
	close(a);
	close(b);
	turn();
	assert_int_equal(srv.closed, 2);
}

static void half_lines_wait_for_the_rest(void **state)
{
	int fd = client();

	(void)state;
	say(fd, "ha");
	assert_hears(fd, "-");
	say(fd, "lf\nan");
	assert_hears(fd, "half\n");
	say(fd, "other\n");
	assert_hears(fd, "another\n");
	close(fd);
	turn();
}

static void a_half_line_at_the_end_is_none(void **state)
{
	int fd = client();

	(void)state;
	say(fd, "whole\nhalf");
	shutdown(fd, SHUT_WR);
	turn();
	assert_hears(fd, "whole\n");
	assert_hears(fd, "");
	assert_int_equal(srv.n, 1);
	assert_int_equal(srv.closed, 1);
	close(fd);
}

/* Reads while the server works, until n bytes have come or nothing does. */
static size_t hear_all(int fd, size_t n)
{
	size_t got = 0;
	char buf[4096];
	ssize_t k;

	for (int i = 0; i < 2000 && got < n; i++) {
		while ((k = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
			got += (size_t)k;
		loop_wait(srv.loop, 0);
	}
	return got;
}

static void more_lines_than_a_turn_takes_are_all_answered(void **state)
{
	char text[1001];
	int fd = client();

	(void)state;
	memset(text, '\n', 1000);
	text[1000] = '\0';
	say(fd, text);
	assert_int_equal(hear_all(fd, 1000), 1000);
	assert_int_equal(srv.n, 1000);
	close(fd);
	turn();
}

static void the_longest_line_goes_one_more_byte_does_not(void **state)
{
	char text[LINES_IN_MAX + 2];
	int fd = client();

	(void)state;
	memset(text, 'x', sizeof(text));
	text[LINES_IN_MAX - 1] = '\n';
	text[LINES_IN_MAX] = '\0';
	say(fd, text);
	assert_hears(fd, text);
	text[LINES_IN_MAX - 1] = 'x';
	text[LINES_IN_MAX] = '\n';
	text[LINES_IN_MAX + 1] = '\0';
	say(fd, text);
	assert_hears(fd, "long\n");
	assert_hears(fd, "");
	assert_int_equal(srv.n, 1);
	assert_int_equal(srv.closed, 1);
	close(fd);
}

static void a_line_without_an_end_is_too_long(void **state)
{
	char text[LINES_IN_MAX + 1];
	int fd = client();

	(void)state;
	memset(text, 'x', LINES_IN_MAX);
	text[LINES_IN_MAX] = '\0';
	say(fd, text);
	assert_hears(fd, "long\n");
	assert_int_equal(srv.closed, 1);
	close(fd);
}

static void seventeen_are_too_many(void **state)
{
	int fd[LINES_CONNS_MAX], more;

	(void)state;
	for (int i = 0; i < LINES_CONNS_MAX; i++)
		fd[i] = client();
	turn();
	more = client();
	turn();
	assert_hears(more, "many\n");
	assert_hears(more, "");
	close(more);
	for (int i = 0; i < LINES_CONNS_MAX; i++) {
		say(fd[i], "here\n");
		assert_hears(fd[i], "here\n");
	}
	close(fd[0]);
	turn();
	fd[0] = client();
	say(fd[0], "now\n");
	assert_hears(fd[0], "now\n");
	for (int i = 0; i < LINES_CONNS_MAX; i++)
		close(fd[i]);
	turn();
	assert_int_equal(srv.closed, LINES_CONNS_MAX + 1);
}

/* He gets no second answer before he has read the first, others get theirs. */
static void one_who_never_reads_holds_one_answer(void **state)
{
	int fd = client(), other = client();

	(void)state;
	srv.answer = LINES_OUT_MAX;
	say(fd, "a\nb\nc\n");
	assert_int_equal(srv.put, 0);
	assert_int_equal(srv.n, 1);
	say(fd, "d\n");
	assert_int_equal(srv.n, 1);
	srv.answer = 0;
	say(other, "hello\n");
	assert_hears(other, "hello\n");
	assert_int_equal(hear_all(fd, LINES_OUT_MAX + 6), LINES_OUT_MAX + 6);
	assert_int_equal(srv.n, 5);                     /* b, c, d came then */
	close(fd);
	close(other);
	turn();
}

static void one_who_never_reads_may_go(void **state)
{
	int fd = client();

	(void)state;
	srv.answer = LINES_OUT_MAX;
	say(fd, "a\n");
	close(fd);
	turn();
	assert_int_equal(srv.closed, 1);
}

static void what_waits_has_a_bound(void **state)
{
	char line[1024];
	int fd = client(), n = 0;

	(void)state;
	memset(line, 'e', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	say(fd, "a\n");
	while (lines_put(srv.last, line, sizeof(line), 65536) == 0)
		n++;
	assert_int_equal(lines_put(srv.last, line, sizeof(line), 65536), -ENOSPC);
	assert_int_equal(n, 64);
	close(fd);
	turn();
}

static void who_waits_for_an_answer_is_not_asked_on(void **state)
{
	int fd = client();

	(void)state;
	srv.later = true;
	say(fd, "one\ntwo\n");
	turn();
	assert_int_equal(srv.n, 1);
	assert_hears(fd, "-");
	srv.later = false;
	assert_int_equal(lines_put(srv.last, "1\n", 2, LINES_OUT_MAX), 0);
	lines_wait(srv.last, false);
	turn();
	assert_hears(fd, "1\ntwo\n");
	assert_int_equal(srv.n, 2);
	close(fd);
	turn();
}

static void who_goes_while_he_waits_is_gone_at_once(void **state)
{
	int fd = client();

	(void)state;
	srv.later = true;
	say(fd, "one\n");
	close(fd);
	turn();
	assert_int_equal(srv.closed, 1);
}

static void the_client_is_named(void **state)
{
	char want[64];
	int fd = client();

	(void)state;
	say(fd, "a\n");
	snprintf(want, sizeof(want), "confabctl uid=%d pid=%d", getuid(), getpid());
	assert_string_equal(lines_peer(srv.last), want);
	close(fd);
	turn();
}

static void owner_and_group_may_connect(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(srv.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void a_live_socket_stays_a_stale_one_goes(void **state)
{
	struct lines *second = NULL;
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(srv.path, &before), 0);
	assert_int_equal(lines_new(&second, srv.loop, srv.path, &ops, &srv),
			 -EADDRINUSE);
	assert_null(second);
	assert_int_equal(stat(srv.path, &after), 0);
	assert_true(before.st_ino == after.st_ino);
	turn();                 /* takes and forgets the visitor */

	/* a file that its server left behind */
	lines_free(srv.lines);
	srv.lines = NULL;
	{
		struct sockaddr_un addr = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		memcpy(addr.sun_path, srv.path, strlen(srv.path) + 1);
		assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
		close(fd);
	}
	assert_int_equal(lines_new(&srv.lines, srv.loop, srv.path, &ops, &srv), 0);
}

static void no_other_file_is_touched(void **state)
{
	struct lines *l = NULL;
	char path[64], name[200];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/file", srv.dir);
	f = fopen(path, "w");
	fclose(f);
	assert_int_equal(lines_new(&l, srv.loop, path, &ops, &srv), -EEXIST);
	assert_int_equal(unlink(path), 0);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(lines_new(&l, srv.loop, name, &ops, &srv), -ENAMETOOLONG);
	snprintf(path, sizeof(path), "%s/none/s", srv.dir);
	assert_int_equal(lines_new(&l, srv.loop, path, &ops, &srv), -ENOENT);
	assert_null(l);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_answered_in_their_order),
		TEST(half_lines_wait_for_the_rest),
		TEST(a_half_line_at_the_end_is_none),
		TEST(more_lines_than_a_turn_takes_are_all_answered),
		TEST(the_longest_line_goes_one_more_byte_does_not),
		TEST(a_line_without_an_end_is_too_long),
		TEST(seventeen_are_too_many),
		TEST(one_who_never_reads_holds_one_answer),
		TEST(one_who_never_reads_may_go),
		TEST(what_waits_has_a_bound),
		TEST(who_waits_for_an_answer_is_not_asked_on),
		TEST(who_goes_while_he_waits_is_gone_at_once),
		TEST(the_client_is_named),
		TEST(owner_and_group_may_connect),
		TEST(a_live_socket_stays_a_stale_one_goes),
		TEST(no_other_file_is_touched)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
