/*
 * ivr.h - asks a caller for a room number and a PIN, and lets him in.
 *
 * `#` or a pause ends what is typed; a key interrupts a prompt; keys typed
 * while an answer is awaited or a wrong one is told count for the next try. At
 * the number prompt `*` parts number and PIN (1000*1234#), at the PIN prompt it
 * begins anew. A room without a PIN lets in at once; one with only a
 * moderator's PIN takes an empty input as "I have none".
 */
#ifndef IVR_H
#define IVR_H

#include "route.h"

struct leg;

/** Takes the leg and answers it; where refusals are not to be answered only after
 *  the PIN was looked at that he brought along. Frees itself when it has handed
 *  the leg on or that ends. 0 or -ENOMEM. */
int ivr_start(struct leg *leg, const struct route *route);

#endif
