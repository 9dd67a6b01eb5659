/*
 * tape.h - the recording of a meeting: a tap of its mix and a file.
 *
 * A tape ends by itself after it was told to, when media has let go and the
 * file is whole: it lives on after its room. Its record is written at the begin
 * and when it is over.
 */
#ifndef TAPE_H
#define TAPE_H

#include <stdbool.h>

struct hub;
struct room;
struct tape;

/** Begins to record; room->tape is it. 0; -EALREADY; -ENOTSUP: there is no folder
 *  for recordings; -ENOSPC: too many at a time; -EAGAIN or -ENOMEM. */
int tape_begin(struct room *room, const char *by);
/** The end of it, with what is to stand in its record: "stopped". */
void tape_end(struct room *room, const char *reason);
/** What is left when media and recorder are gone. */
void tapes_free(struct hub *hub);

#endif
