/* copy.h - a copy of what a query gave, in the journal's folder, for when the
 * database is away at start: a JSON array of arrays of strings. */
#ifndef COPY_H
#define COPY_H

#include <libpq-fe.h>
#include <stddef.h>

enum { COPY_FIELDS_MAX = 128 };

/** Writes a result of so many columns. 0 or -errno. */
int copy_save(int dirfd, const char *name, const PGresult *res, int fields);
/** Makes row i of rows of the texts. 0: it is good; else its place is taken by
 *  the next one. */
typedef int (copy_row_h)(void *rows, size_t i, const char *const text[]);
/** Reads it back: *rows, the caller's to free, has *n good ones. 0 or -errno. */
int copy_load(int dirfd, const char *name, int fields, size_t row_size,
	      copy_row_h *row_h, void **rows, size_t *n);

#endif
