/*
 * take.h - a short recording kept in memory: what a caller says his name is.
 * It never is a file, so that nothing of it is left behind by whatever crash.
 * Owned and used by one thread.
 */
#ifndef TAKE_H
#define TAKE_H

#include <stddef.h>
#include <stdint.h>

struct mx_clip;
struct mx_resamp_bank;
struct take;

/** One of up to max_ms; what comes after that is not kept. 0 or -ENOMEM. */
int take_new(struct take **tp, const struct mx_resamp_bank *bank, uint32_t max_ms);
/** NULL is fine. */
void take_free(struct take *t);
/** Appends a frame of MX_TAP_LEN samples, big end first; NULL: silence. */
void take_put(struct take *t, const uint8_t *pcm);
/** What was said, without the silence before and after it; the caller's, for
 *  free(). NULL: nothing was said, or there is no memory. */
struct mx_clip *take_clip(const struct take *t);

#endif
