/*
 * lines.h - a unix socket whose clients send lines and get lines.
 *
 * It lives in a loop and waits for nobody. Everything has a bound: clients,
 * the length of a line, what waits to be sent. While an answer waits, no more
 * of that client's lines are read, so one who never reads what he asked for
 * holds one answer and no more.
 */
#ifndef CTL_LINES_H
#define CTL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct lines;
struct lines_conn;

enum {
	LINES_CONNS_MAX = 16,
	LINES_IN_MAX = 8192,            /* a line, its newline included */
	LINES_OUT_MAX = 1 << 20         /* what waits to be sent */
};

struct lines_ops {
	/** A line without its newline, good until this returns; any bytes. */
	void (*on_line)(void *arg, struct lines_conn *c, const char *line,
			size_t len);
	/** The client is gone: forget c. */
	void (*on_close)(void *arg, struct lines_conn *c);
	/* What one is told, with a newline, before the connection ends. */
	const char *too_long, *too_many;
};

/**
 * Listens on path; its owner and his group may connect (mode 0660). A socket
 * file that nobody answers on is replaced.
 *
 * @return 0; -EADDRINUSE (somebody answers there), -EEXIST (it is no socket),
 *         -ENAMETOOLONG or another -errno
 */
int lines_new(struct lines **lp, struct loop *loop, const char *path,
	      const struct lines_ops *ops, void *arg);
/** Ends all connections (on_close() is called) and removes the file, if it is
 *  still ours; NULL is fine. */
void lines_free(struct lines *l);

/**
 * Sends line[len], which ends with a newline. From anywhere on the loop's
 * thread; the connection never ends inside.
 *
 * @param room  so many bytes may wait at most, LINES_OUT_MAX or less
 * @return 0, -ENOSPC or -ENOMEM
 */
int lines_put(struct lines_conn *c, const char *line, size_t len, size_t room);

/** From now on no line of that client is handed on, until this is called with
 *  false: its answer is to come. */
void lines_wait(struct lines_conn *c, bool wait);

/** Who it is: "confabctl uid=0 pid=4711". */
const char *lines_peer(const struct lines_conn *c);

/** The owner's own pointer for this client, NULL at first. */
void lines_set_user(struct lines_conn *c, void *user);
void *lines_user(const struct lines_conn *c);

#endif
