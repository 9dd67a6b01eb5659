/*
 * jread.h - the reading end of the journal: record after record from a
 * position on, never further than what is durable.
 *
 * One thread, which need not be the writing one. Damaged bytes (a bad disk, a
 * file that somebody removed) are stepped over and reported: what lies behind
 * them is read all the same.
 */
#ifndef JREAD_H
#define JREAD_H

#include <stdint.h>

#include "jline.h"

struct jread {
	int dirfd;
	int fd;                         /* segment being read, -1: none */
	uint64_t start;                 /* its position */
	uint64_t pos;                   /* of the next record */
	char *buf;                      /* [cap], bytes from pos - off on */
	size_t off, len, cap;
};

/** Begins at pos, or at the first segment if pos lies before it. 0 or -errno. */
int jread_init(struct jread *r, int dirfd, uint64_t pos);
void jread_fini(struct jread *r);

/**
 * The next record. r->pos is behind it after the call.
 *
 * @param limit  position up to which the journal is durable
 * @param line   set to the record; good until the next call
 * @param pos    set to the record's position; with -EBADMSG where the damage
 *               begins
 * @return 1; 0: nothing more before limit; -EBADMSG: bytes from *pos to r->pos
 *         are damaged and left out; another -errno: the disk failed
 */
int jread_next(struct jread *r, uint64_t limit, struct jline *line,
	       uint64_t *pos);

#endif
