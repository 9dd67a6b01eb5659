/*
 * guard.h - stands between nta and the transports for what is sent.
 *
 * Sofia's nta aborts the process when a final response to an INVITE could not
 * be sent and an ACK arrives right after it ("incoming_ack: Assertion ..."),
 * and anybody can bring that about with two datagrams: a top Via with port 0,
 * or with maddr= a broadcast address. A maddr= that is a name makes it wait for
 * DNS, with the control thread. So tport_tsend(), through which nta sends all
 * it sends, is replaced by a function of that name here, which the dynamic
 * linker finds first: a response goes where the request came from and nowhere
 * else, no name is ever looked up, and a response that cannot be sent counts as
 * sent and lost, which SIP can cope with.
 */
#ifndef SIP_GUARD_H
#define SIP_GUARD_H

#include <stdbool.h>

/** Is the guard in place? False if Sofia was linked so that it calls its own
 *  function: then the process must not face a network. */
bool sip_guard_works(void);

#endif
