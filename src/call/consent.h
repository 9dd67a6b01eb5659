/*
 * consent.h - whether members agree to be recorded (option record_consent).
 *
 * Where it is asked for, each one who hears the meeting while it is recorded is
 * asked to press 1, three times in half a minute. Until he has he is muted in a
 * layer of its own, MUTE_CONSENT, which is lifted by his key or by the end of the
 * recording and by nothing else: so his voice is not in the file. Who is never
 * heard, and who is elsewhere, is not asked before that changes. Answers are for
 * one recording. Control thread.
 */
#ifndef CONSENT_H
#define CONSENT_H

#include <stdbool.h>

struct member;
struct room;

void consent_init(struct member *m);
void consent_fini(struct member *m);

/** Is the room recorded, and each one asked whether he agrees? */
bool consent_is_asked(const struct room *room);
/** Asks him if he is to be asked, stops that if not, and sets his layer of mute:
 *  before media is told of him, whatever has changed. */
void consent_check(struct member *m);
/** The same for all, media included: a recording begins, or has ended. */
void consent_check_all(struct room *room);
/** Media was told to leave out everybody who has not agreed. */
bool consent_is_kept(const struct room *room);
/** Tells those who were not asked, for they are not heard, that it is recorded. */
void consent_tell_others(struct room *room);

/** A key; false: it is no answer, as nothing is asked or a sequence is begun. */
bool consent_key(struct member *m, char key);
/** The action record_consent: takes his consent back, or asks him once more. */
void consent_again(void *arg);
/** He leaves: an open question has no answer. */
void consent_gone(struct member *m);

#endif
