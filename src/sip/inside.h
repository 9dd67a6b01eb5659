/* inside.h - what a peer sends within a dialog; nta's callbacks. */
#ifndef SIP_INSIDE_H
#define SIP_INSIDE_H

#include "session.h"

/** A request that found its dialog. */
int inside_on_request(struct sip_session *ss, nta_leg_t *leg,
		      nta_incoming_t *irq, const sip_t *s);

/** ACK or CANCEL to an INVITE of theirs; with s NULL: an ACK or a PRACK that
 *  did not come. */
int inside_on_ack_cancel(struct sip_session *ss, nta_incoming_t *irq,
			 const sip_t *s);

/** PRACK to a reliable 1xx of ours; with prack NULL: it will not come. */
int inside_on_prack(struct sip_session *ss, nta_reliable_t *rel,
		    nta_incoming_t *prack, const sip_t *s);

#endif
