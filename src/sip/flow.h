/*
 * flow.h - where a peer really is: the address or the connection that its last
 * accepted request came from. All that we send to it goes there, whatever its
 * Contact says: that needs no DNS, passes NATs, and takes a whole class of
 * crashes away from Sofia.
 */
#ifndef SIP_FLOW_H
#define SIP_FLOW_H

#include <stdbool.h>

#include "base/addr.h"
#include "sofia.h"

enum { FLOW_URL_LEN = ADDR_LEN + 32 };

struct flow {
	union addr peer;                /* where requests go to */
	union addr source;              /* where the last one came from */
	union addr local;               /* our address that the peer talks to */
	bool tcp;
	const char *ident;              /* names our port to Sofia, which keeps
					 * the pointer: lives as the agent */
};

/** The flow of a request; its transport is transport, one reference of which
 *  stays the caller's. 0 or -EINVAL. */
int flow_of(struct flow *f, const sip_t *s, msg_t *msg, tport_t *transport);

/** "sip:192.0.2.1:5060;transport=udp": the next hop of requests to the peer. */
const char *flow_route(const struct flow *f, char out[static FLOW_URL_LEN]);

/** "<sip:192.0.2.9:5060>": our Contact. advertise, if set and of the same
 *  family, is told to peers outside of private networks. */
const char *flow_contact(const struct flow *f, const union addr *advertise,
			 char out[static FLOW_URL_LEN]);

/** Our address as the peer should use it, with our SIP port. */
void flow_local(const struct flow *f, const union addr *advertise,
		union addr *out);

#endif
