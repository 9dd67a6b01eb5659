/* reply.h - responses: the headers that all of them have, and those that need
 * making. */
#ifndef SIP_REPLY_H
#define SIP_REPLY_H

#include <stdint.h>

#include "agent.h"

enum { REPLY_TEXT_LEN = 160 };

/**
 * Answers a request that no transaction is kept for: nothing stays behind in
 * memory, and a retransmission gets the same answer again, To tag included
 * (RFC 3261 8.2.7).
 *
 * @param msg   the request; gone after this
 * @param s     what is in it
 */
void reply_stateless(struct sip *sip, msg_t *msg, const sip_t *s, int status,
		     const char *phrase, tag_type_t tag, tag_value_t value, ...);

/** Answers irq, and is done with it if the answer is final and irq is not an
 *  INVITE that was accepted. 0 or -EIO. */
int reply(struct sip *sip, nta_incoming_t *irq, int status, const char *phrase,
	  tag_type_t tag, tag_value_t value, ...);

/** "7": 0 to 10 s, as RFC 3261 14.2 wants it after 500. Returns out. */
const char *reply_retry_text(char out[static REPLY_TEXT_LEN]);

/** `304 confab "Media type not available"` (RFC 3261 20.43). Returns out. */
const char *reply_warning_text(int code, char out[static REPLY_TEXT_LEN]);

/** `Q.850;cause=16;text="..."` (RFC 3326). Returns out. */
const char *reply_reason_text(const char *protocol, int cause, const char *text,
			      char out[static REPLY_TEXT_LEN]);

#endif
