/* roomrow.h - rows of view confab_room, as text, from PostgreSQL or from the copy. */
#ifndef ROOMROW_H
#define ROOMROW_H

#include <libpq-fe.h>
#include <stddef.h>

#include "rooms.h"

/** Queries for all rooms, and for those whose number is in the array $1. */
extern const char roomrow_all[], roomrow_some[];

/** The rows of a result, *rows being the caller's to free. One that cannot be
 *  read is left out, with an error in the log. 0 or -ENOMEM. */
int roomrow_of_result(const PGresult *res, struct room_row **rows, size_t *n);

/** Writes a result to the copy. 0 or -errno. */
int roomrow_save(int dirfd, const PGresult *res);
/** Reads the copy. 0 or -errno. */
int roomrow_load(int dirfd, struct room_row **rows, size_t *n);

#endif
