/* lines.c - see lines.h. */
#include "lines.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"

enum {
	LINES_A_TURN = 16,      /* of one client, before others get theirs */
	REST_MS = 1000          /* when no descriptors are left to accept with */
};

struct lines {
	struct loop *loop;
	const struct lines_ops *ops;
	void *arg;
	struct sockaddr_un addr;
	int fd;
	dev_t dev;              /* of the socket file, to know it again */
	ino_t ino;
	struct watch watch;
	struct timer rest;
	struct list conns;
};

struct lines_conn {
	struct lines *lines;
	struct link in_lines;
	int fd;
	struct watch watch;
	bool eof;               /* the client sends no more */
	bool waits;             /* for an answer that is not made yet */
	char peer[64];
	void *user;
	size_t in_len, out_len, out_cap;
	char *out;
	char in[LINES_IN_MAX];
};

static const char tag[] = "ctl";

/* ---- one client --------------------------------------------------------- */

static void conn_free(struct lines_conn *c)
{
	struct lines *l = c->lines;

	l->ops->on_close(l->arg, c);
	list_del(&l->conns, &c->in_lines);
	watch_stop(&c->watch);
	close(c->fd);
	free(c->out);
	free(c);
}

/* Sends what it can. False: the client is gone. */
static bool flush(struct lines_conn *c)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < c->out_len) {
		n = send(c->fd, c->out + done, c->out_len - done,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		done += (size_t)n;
	}
	if (done) {
		memmove(c->out, c->out + done, c->out_len - done);
		c->out_len -= done;
	}
	return n >= 0 || errno == EAGAIN;
}

/* Hands on the first whole line there is. False: there is none. */
static bool take_line(struct lines_conn *c)
{
	const char *end = memchr(c->in, '\n', c->in_len);
	size_t len;

	if (!end)
		return false;
	len = (size_t)(end - c->in);
	c->lines->ops->on_line(c->lines->arg, c, c->in, len);
	c->in_len -= len + 1;
	memmove(c->in, c->in + len + 1, c->in_len);
	return true;
}

/* Reads more. 0: there is nothing now; 1: there was; negative: the end. */
static int fill(struct lines_conn *c)
{
	const char *too_long = c->lines->ops->too_long;
	unsigned missed;
	ssize_t n;

	if (c->in_len == sizeof(c->in)) {
		if (log_allow(c->peer, &missed))
			log_warn(tag, "line too long, by=%s missed=%u", c->peer, missed);
		(void)lines_put(c, too_long, strlen(too_long), LINES_OUT_MAX);
		(void)flush(c);
		return -EMSGSIZE;
	}
	do
		n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len,
			 MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	c->in_len += (size_t)n;
	c->eof = n == 0;
	return 1;
}

/* Lines in, answers out, until either has to be waited for. False: it is over.
 * *again: there may be more to do without a further event. */
static bool serve(struct lines_conn *c, bool *again)
{
	int lines = 0, got;

	*again = false;
	for (;;) {
		if (!flush(c))
			return false;
		if (c->out_len || c->waits)
			return true;
		if (lines == LINES_A_TURN) {
			*again = true;
			return true;
		}
		if (take_line(c)) {
			lines++;
			continue;
		}
		if (c->eof)
			return false;
		got = fill(c);
		if (got <= 0)
			return got == 0;
	}
}

/* While an answer is made nothing is read, the end of the client is told anyway. */
static uint32_t what_for(const struct lines_conn *c, bool again)
{
	if (c->out_len || again)
		return EPOLLOUT;
	return c->waits ? 0 : EPOLLIN;
}

static void on_conn(uint32_t events, void *arg)
{
	struct lines_conn *c = arg;
	const bool gone = events & (EPOLLHUP | EPOLLERR);
	bool again;

	if (!serve(c, &again) || (c->waits && gone) ||
	    watch_mod(&c->watch, what_for(c, again)) < 0)
		conn_free(c);
}

void lines_wait(struct lines_conn *c, bool wait)
{
	c->waits = wait;
	if (!wait)
		(void)watch_mod(&c->watch, EPOLLOUT);
}

int lines_put(struct lines_conn *c, const char *line, size_t len, size_t room)
{
	const size_t want = c->out_len + len;
	char *out;

	assert(len && line[len - 1] == '\n' && room <= LINES_OUT_MAX);
	if (want > room)
		return -ENOSPC;
	if (want > c->out_cap) {
		out = realloc(c->out, want * 2);
		if (!out)
			return -ENOMEM;
		c->out = out;
		c->out_cap = want * 2;
	}
	memcpy(c->out + c->out_len, line, len);
	c->out_len = want;
	(void)watch_mod(&c->watch, EPOLLOUT);
	return 0;
}

const char *lines_peer(const struct lines_conn *c)
{
	return c->peer;
}

void lines_set_user(struct lines_conn *c, void *user)
{
	c->user = user;
}

void *lines_user(const struct lines_conn *c)
{
	return c->user;
}

/* ---- all of them -------------------------------------------------------- */

static void name_peer(struct lines_conn *c)
{
	struct ucred who = { 0 };
	socklen_t len = sizeof(who);

	(void)getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &who, &len);
	snprintf(c->peer, sizeof(c->peer), "confabctl uid=%u pid=%d", who.uid,
		 who.pid);
}

static struct lines_conn *conn_new(struct lines *l, int fd)
{
	struct lines_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->lines = l;
	c->fd = fd;
	if (watch_start(&c->watch, l->loop, fd, EPOLLIN, on_conn, c) < 0) {
		free(c);
		return NULL;
	}
	name_peer(c);
	list_add(&l->conns, &c->in_lines);
	return c;
}

static void on_accept(uint32_t events, void *arg)
{
	struct lines *l = arg;
	const char *too_many = l->ops->too_many;
	int fd;

	(void)events;
	fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
		watch_stop(&l->watch);          /* it would be ready for ever */
		timer_start(&l->rest, REST_MS);
	}
	if (fd < 0)
		return;
	if (l->conns.n < LINES_CONNS_MAX && conn_new(l, fd))
		return;
	(void)!send(fd, too_many, strlen(too_many), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void on_rest(void *arg)
{
	struct lines *l = arg;

	if (watch_start(&l->watch, l->loop, l->fd, EPOLLIN, on_accept, l) < 0)
		timer_start(&l->rest, REST_MS);
}

/* ---- the socket file ---------------------------------------------------- */

/* A file of an earlier run goes; one that somebody answers on stays. */
static int clear_path(const struct sockaddr_un *addr)
{
	struct stat st;
	int fd, err;

	if (lstat(addr->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 ? errno : 0;
	close(fd);
	if (err == 0 || err == EAGAIN)  /* EAGAIN: his queue is full */
		return -EADDRINUSE;
	if (err != ECONNREFUSED)
		return -err;
	return unlink(addr->sun_path) < 0 ? -errno : 0;
}

/* Nobody else can connect between bind and chmod: the file is made with what
 * fchmod() says of the socket, and the umask only takes away. */
static int bind_path(struct lines *l)
{
	const char *path = l->addr.sun_path;
	struct stat st;

	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || fchmod(l->fd, 0600) < 0 ||
	    bind(l->fd, (const struct sockaddr *)&l->addr, sizeof(l->addr)) < 0)
		return -errno;
	if (lstat(path, &st) < 0)
		return -errno;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	if (chmod(path, 0660) < 0 || listen(l->fd, LINES_CONNS_MAX) < 0)
		return -errno;
	return 0;
}

int lines_new(struct lines **lp, struct loop *loop, const char *path,
	      const struct lines_ops *ops, void *arg)
{
	struct lines *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	l->loop = loop;
	l->ops = ops;
	l->arg = arg;
	l->fd = -1;
	list_init(&l->conns);
	timer_init(&l->rest, loop, on_rest, l);
	l->addr.sun_family = AF_UNIX;

	err = str_copy(l->addr.sun_path, sizeof(l->addr.sun_path), path)
		? clear_path(&l->addr) : -ENAMETOOLONG;
	if (!err)
		err = bind_path(l);
	if (!err)
		err = watch_start(&l->watch, loop, l->fd, EPOLLIN, on_accept, l);
	if (err) {
		lines_free(l);
		return err;
	}
	*lp = l;
	return 0;
}

void lines_free(struct lines *l)
{
	struct lines_conn *c;
	struct stat st;

	if (!l)
		return;
	list_each(&l->conns, c, it, struct lines_conn, in_lines) {
		(void)flush(c);
		conn_free(c);
	}
	watch_stop(&l->watch);
	timer_stop(&l->rest);
	if (l->fd >= 0)
		close(l->fd);
	if (l->ino && lstat(l->addr.sun_path, &st) == 0 &&
	    st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->addr.sun_path);
	free(l);
}
