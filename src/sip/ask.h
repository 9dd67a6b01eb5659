/*
 * ask.h - what we ask of a peer within a dialog: a new offer (by re-INVITE), a
 * refresh of the session timer (by UPDATE if the peer knows it), a BYE.
 */
#ifndef SIP_ASK_H
#define SIP_ASK_H

#include "session.h"

void ask_init(struct sip_session *ss);
/** Refreshes the session timer, now or when the dialog is free for it. */
void ask_refresh(struct sip_session *ss);
/** Forgets what we asked; its answer will not be heard. */
void ask_stop(struct sip_session *ss);
/** Sends the BYE, with ss->reason. */
void ask_bye(struct sip_session *ss);
/** Sends a request in the dialog, or the one that begins it, to where the peer
 *  is. NULL: no memory. */
nta_outgoing_t *ask_request(struct sip_session *ss, nta_response_f *h,
			    sip_method_t method, tag_type_t tag,
			    tag_value_t value, ...);
/** Acknowledges a 2xx to an INVITE; nta repeats that as often as the 2xx. */
void ask_ack(struct sip_session *ss, nta_outgoing_t *invite);

#endif
