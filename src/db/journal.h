/*
 * journal.h - the journal thread: takes records from control, puts them on the
 * disk, and lets them go when PostgreSQL has them.
 *
 *	control --box--> journal thread --file--> writer thread --> PostgreSQL
 *	                      ^                        |
 *	                      '----- taken position ---'
 *
 * One sync serves all records that wait. Between journal and writer two numbers
 * go, one each way: up to where the file is durable, and up to where PostgreSQL
 * has it. While a leg or conference of this run is open, the thread notes every
 * 5 s that it lives, so that after a crash we know until when.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdint.h>

struct journal;

struct journal_cfg {
	const char *dir;                /* made if missing */
	uint64_t max_bytes;             /* bound on disk use */
	uint64_t segment_bytes;         /* at most a quarter of that */
};

/**
 * Opens the folder, writes the record that begins this run, and starts the
 * thread. Control thread.
 *
 * @return 0, -EBUSY (another server uses the folder), -EACCES ... with a line
 *         in the log
 */
int journal_new(struct journal **jp, const struct journal_cfg *cfg);
/** Stops the thread when it has written what is queued and the end of the run.
 *  Nothing can be put any more; the rest can still be asked. */
void journal_stop(struct journal *j);
void journal_free(struct journal *j);

/** Control: hands a record over; json is taken (malloc) if 0 is returned. 0 or
 *  -EAGAIN. */
int journal_put(struct journal *j, char type, char *json);

/* ---- for the writer's thread -------------------------------------------- */

/** The folder, for small files and segments; open as long as the journal. */
int journal_dirfd(const struct journal *j);
/** The server's id. */
const char *journal_server(const struct journal *j);
/** Up to where records may be read. */
uint64_t journal_durable(struct journal *j);
/** PostgreSQL has all before pos: segments may go. */
void journal_taken(struct journal *j, uint64_t pos);
/** Where the writer has to begin. */
uint64_t journal_checkpoint(const struct journal *j);
/** From now on wake_send() is called on fd when more is durable; once now too.
 *  fd is good until journal_stop(). */
void journal_tell(struct journal *j, int fd);

#endif
