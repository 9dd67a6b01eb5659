/*
 * refusal.h - whom we do not let in: what he hears, and what SIP says where he is
 * not answered. One table for all of it; the record's word, the Q.850 cause and
 * the sentence of the Reason header are END_REASONS' (record.h).
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdint.h>

#include "record.h"
#include "say.h"

/** The final status; 480 for what is none. */
int refusal_status(enum end_reason why);
/** Seconds of Retry-After, of wait_s until he may come in (0: unknown); 0: none. */
unsigned refusal_retry_s(enum end_reason why, uint32_t wait_s);
/** Adds what he hears before the goodbye; minutes, where these are of use. */
void refusal_say(struct say *say, enum lang lang, enum end_reason why,
		 uint32_t wait_s);

#endif
