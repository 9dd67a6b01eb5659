/*
 * menus.h - menus of keys: read by the listener, looked up by control.
 *
 * All of them are read whenever anything of them changes: they are few, and
 * what a key does must not be half old, half new.
 */
#ifndef MENUS_H
#define MENUS_H

#include <libpq-fe.h>
#include <stddef.h>

#include "db.h"

/** All menus, by name and keys; a menu without entries is a row without keys. */
extern const char menus_all[];

/** The rows of a result, *rows the caller's to free; one that cannot be read is
 *  left out, with an error in the log. 0 or -ENOMEM. */
int menus_of_result(const PGresult *res, struct db_menu_row **rows, size_t *n);
/** Writes a result to the copy in the journal's folder. 0 or -errno. */
int menus_save(int dirfd, const PGresult *res);
/** Reads the copy. 0 or -errno. */
int menus_load(int dirfd, struct db_menu_row **rows, size_t *n);
/** The rows of the menu of that name, *found of them; NULL if there is none. */
const struct db_menu_row *menus_find(const struct db_menu_row *rows, size_t n,
				     const char *name, size_t *found);

#endif
