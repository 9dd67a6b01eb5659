/* addr.h - an IP address with a port, IPv4 or IPv6, and its text forms. */
#ifndef ADDR_H
#define ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

union addr {
	struct sockaddr sa;             /* sa_family AF_UNSPEC: none */
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

enum { ADDR_LEN = 56 };                 /* "[ipv6]:65535" with the NUL */

/** A numeric address, no names are resolved. 0 or -EINVAL. */
int addr_parse(union addr *a, const char *ip, uint16_t port);
/** "1.2.3.4:5060", "[::1]:5060", or an address alone, with this port then. 0 or
 *  -EINVAL. */
int addr_parse_port(union addr *a, const char *text, uint16_t port);
/** "1.2.3.4:5060" or "[::1]:5060"; "-" for none. Returns out. */
const char *addr_print(const union addr *a, char out[static ADDR_LEN]);
/** The IP alone, without brackets. Returns out. */
const char *addr_print_ip(const union addr *a, char out[static ADDR_LEN]);
/** The same, of IPv6 the /64 alone: whom addr_same_source() takes for one. Returns
 *  out. */
const char *addr_print_source(const union addr *a, char out[static ADDR_LEN]);
socklen_t addr_len(const union addr *a);
uint16_t addr_port(const union addr *a);
void addr_set_port(union addr *a, uint16_t port);
bool addr_is_set(const union addr *a);
bool addr_same_ip(const union addr *a, const union addr *b);
/** The same address, or for IPv6 the same /64: most likely the same person. */
bool addr_same_source(const union addr *a, const union addr *b);
bool addr_same(const union addr *a, const union addr *b);
/** RFC 1918, RFC 6598, link-local, unique local, loopback: not reachable from
 *  elsewhere. */
bool addr_is_private(const union addr *a);
/** 0.0.0.0 or :: */
bool addr_is_any(const union addr *a);

#endif
