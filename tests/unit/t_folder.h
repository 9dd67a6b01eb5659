/* t_folder.h - a journal's folder for a test: set-up and tear-down. */
#ifndef T_FOLDER_H
#define T_FOLDER_H

#include "db/jdir.h"

struct folder {
	char path[64];
	struct jdir dir;
};

/** Makes an empty one in /tmp, opens it, and hands it over as *state. */
int folder_make(void **state);
/** Removes it, and whatever the journal left there. */
int folder_remove(void **state);
/** Removes the segments only. */
void folder_clear(struct folder *f);

#endif
