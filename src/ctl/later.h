/*
 * later.h - commands that the database answers: the client waits, control does
 * not.
 */
#ifndef CTL_LATER_H
#define CTL_LATER_H

#include "lines.h"
#include "run.h"

struct list;

/** The answer: result, the receiver's, or NULL with a word and a sentence. */
typedef void (later_h)(struct lines_conn *c, json_t *result, const char *error,
		       const char *text);

/** Asks; c takes no more lines until fn was called. list is of all that wait. 0,
 *  -EAGAIN or -ENOMEM. */
int later_ask(struct list *list, const struct ctl_call *call,
	      struct lines_conn *c, later_h *fn);
/** The client is gone: nobody is to be answered. */
void later_forget(struct list *list, const struct lines_conn *c);

#endif
