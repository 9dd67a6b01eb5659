/* ask.h - confabctl's way to the server: connects, asks, takes the answer. */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include <jansson.h>
#include <stdio.h>

struct ask;

/** Connects. 0; -ECONNREFUSED, -ENOENT, -EACCES or another -errno. */
int ask_open(struct ask **ap, const char *path);
void ask_close(struct ask *a);

/** Sends one request, which stays the caller's, and waits for the answer. NULL
 *  when the connection ends before it. */
json_t *ask(struct ask *a, const json_t *request);
/** The next line as it is, with its newline; good until the next call. NULL at
 *  the end. */
const char *ask_line(struct ask *a);

#endif
