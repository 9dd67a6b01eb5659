/*
 * jlog.h - the writing end of the journal: lines added, then made durable.
 *
 * The journal is one long string of bytes, cut into files ("segments") that are
 * named by the position of their first byte. Positions only grow, over restarts
 * too; a fresh journal begins at the clock's microseconds, so that they grow
 * even if somebody emptied the folder.
 *
 * One thread. jread.h is the other end, on another thread: it reads no further
 * than it is told is durable, so the two need no lock.
 */
#ifndef JLOG_H
#define JLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jlog;

enum { JLOG_BATCH_MAX = 1 << 20 };      /* bytes between two syncs */

struct jlog_cfg {
	uint64_t max_bytes;             /* on disk, all segments together */
	uint64_t segment_bytes;         /* a segment is closed when it is larger */
};

/**
 * Opens the journal in a folder. A last line that a crash tore is cut off, with
 * a warning.
 *
 * @param floor  a position that is never gone below: the checkpoint, or 0
 */
int jlog_open(struct jlog **logp, int dirfd, const struct jlog_cfg *cfg,
	      uint64_t floor);
void jlog_free(struct jlog *log);

/**
 * Adds a record; it is only in memory until jlog_sync().
 *
 * @param must  it may go over max_bytes: the begin and end of a run
 * @return 0; -ENOBUFS: sync first; -ENOSPC: max_bytes are in use; -EMSGSIZE:
 *         longer than a line
 */
int jlog_add(struct jlog *log, char type, const char *json, size_t len,
	     bool must);
/** Writes what was added and waits for the disk. 0, or -errno: nothing is
 *  lost, try again later. */
int jlog_sync(struct jlog *log);

/** Position of the first byte there is, and the one behind the last durable. */
uint64_t jlog_begin(const struct jlog *log);
uint64_t jlog_end(const struct jlog *log);
/** Is there something added and not synced? */
bool jlog_is_dirty(const struct jlog *log);
/** Removes the segments that lie wholly before pos. */
void jlog_drop(struct jlog *log, uint64_t pos);

#endif
