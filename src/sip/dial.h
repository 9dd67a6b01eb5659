/*
 * dial.h - calls that we make: the INVITE until its final response, forks and
 * challenges included. sip_session_dial() is in sip.h.
 */
#ifndef SIP_DIAL_H
#define SIP_DIAL_H

#include "session.h"

/** Takes our INVITE back if it is not answered yet; its end is waited for. */
void dial_cancel(struct sip_session *ss);
/** Does our INVITE still wait for its final response? */
bool dial_is_open(const struct sip_session *ss);
/** Can we answer the challenge in a 401 or 407? True: the next request does,
 *  so it is worth another try. request is the one that was challenged. */
bool dial_answers(struct sip_session *ss, nta_outgoing_t *request,
		  const sip_t *s);
/** The request that answered a challenge is over. */
void dial_forget_auth(struct sip_session *ss);
void dial_free(struct sip_session *ss);

#endif
