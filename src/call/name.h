/*
 * name.h - what callers have said their names are, by the numbers of their legs.
 *
 * Memory only. A name outlives its leg by NAME_KEPT_MS, as others are told that
 * he left, and media may still be playing it; control thread.
 */
#ifndef NAME_H
#define NAME_H

#include <stdint.h>

struct hub;
struct mx_clip;

enum { NAME_MAX_MS = 10000, NAME_KEPT_MS = 180000 };

void names_init(struct hub *hub);
/** When media is gone. */
void names_free(struct hub *hub);
/** Keeps a clip, of malloc(), for a leg; one that it had before stays until it
 *  can go. */
void name_keep(struct hub *hub, uint64_t leg, struct mx_clip *clip);
/** The leg's latest; NULL: none. */
const struct mx_clip *name_of(const struct hub *hub, uint64_t leg);
/** The leg is gone. */
void name_gone(struct hub *hub, uint64_t leg);

#endif
