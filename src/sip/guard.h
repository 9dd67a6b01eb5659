/*
 * guard.h - stands between Sofia and the network where Sofia lets everybody
 * end the process. Functions of the library are replaced by ones of the same
 * name here, which the dynamic linker finds first; each calls the library's own
 * in the end.
 *
 * tport_tsend(), through which nta sends all it sends. When a final response to
 * an INVITE could not be sent and an ACK comes right after it, nta aborts
 * ("incoming_ack: Assertion ..."); two datagrams bring that about: a top Via
 * with port 0, or with maddr= a broadcast address. A maddr= that is a name
 * makes it wait for DNS, and the control thread with it. Here a response goes
 * where the request came from and nowhere else, no name is ever looked up, and
 * a response that cannot be sent counts as sent and lost, which SIP can cope
 * with.
 *
 * msg_next(), which begins the second and later messages of one read from a
 * stream, and forgets the size limit for them: a Content-Length near 2^32 then
 * writes far outside of the buffer. Here the limit goes on.
 *
 * msg_recv_iovec(), which when the rest of a body is read from a stream takes
 * what follows it into a message that is never freed if the first one turns out
 * bad. Here it stops at the end of the body.
 *
 * accept(), of the C library: Sofia takes any number of connections, until there
 * are no descriptors left for calls and it spins. Here there are so many and no
 * more (conns.h).
 */
#ifndef SIP_GUARD_H
#define SIP_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/** Is the guard in place? False if Sofia was linked so that it calls its own
 *  functions: then the process must not face a network. */
bool sip_guard_works(void);

/** How many times nta has answered 413 by itself. */
uint32_t sip_guard_too_large(void);

#endif
