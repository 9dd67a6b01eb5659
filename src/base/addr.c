/* addr.c - see addr.h */
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "str.h"

int addr_parse(union addr *a, const char *ip, uint16_t port)
{
	union addr out = { 0 };

	if (inet_pton(AF_INET, ip, &out.in.sin_addr) == 1) {
		out.in.sin_family = AF_INET;
		out.in.sin_port = htons(port);
	} else if (inet_pton(AF_INET6, ip, &out.in6.sin6_addr) == 1) {
		out.in6.sin6_family = AF_INET6;
		out.in6.sin6_port = htons(port);
	} else {
		return -EINVAL;
	}
	*a = out;
	return 0;
}

int addr_parse_port(union addr *a, const char *text, uint16_t port)
{
	const char *colon = strrchr(text, ':'), *end = text + strlen(text);
	char ip[ADDR_LEN];
	uint64_t n = port;

	/* An IPv6 address has colons of its own: its port needs the brackets. */
	if (colon && (text[0] == '[' ? colon[-1] != ']' :
		      strchr(text, ':') != colon))
		colon = NULL;
	if (colon && (str_u64(colon + 1, strlen(colon + 1), 65535, &n) || !n))
		return -EINVAL;
	if (colon)
		end = colon;
	if (text[0] == '[' && end[-1] == ']') {
		text++;
		end--;
	}
	if (end <= text || end - text >= ADDR_LEN)
		return -EINVAL;
	memcpy(ip, text, (size_t)(end - text));
	ip[end - text] = '\0';
	return addr_parse(a, ip, (uint16_t)n);
}

const char *addr_print_ip(const union addr *a, char out[static ADDR_LEN])
{
	const void *ip = a->sa.sa_family == AF_INET6 ?
		(const void *)&a->in6.sin6_addr : (const void *)&a->in.sin_addr;

	if (!addr_is_set(a) || !inet_ntop(a->sa.sa_family, ip, out, ADDR_LEN))
		memcpy(out, "-", 2);
	return out;
}

const char *addr_print(const union addr *a, char out[static ADDR_LEN])
{
	char ip[ADDR_LEN];

	addr_print_ip(a, ip);
	if (!addr_is_set(a))
		memcpy(out, "-", 2);
	else
		snprintf(out, ADDR_LEN,
			 a->sa.sa_family == AF_INET6 ? "[%.46s]:%u" : "%.46s:%u",
			 ip, addr_port(a));
	return out;
}

const char *addr_print_source(const union addr *a, char out[static ADDR_LEN])
{
	union addr net = *a;

	if (a->sa.sa_family == AF_INET6)
		memset(&net.in6.sin6_addr.s6_addr[8], 0, 8);
	return addr_print_ip(&net, out);
}

socklen_t addr_len(const union addr *a)
{
	return a->sa.sa_family == AF_INET6 ? sizeof(a->in6) : sizeof(a->in);
}

uint16_t addr_port(const union addr *a)
{
	return ntohs(a->sa.sa_family == AF_INET6 ? a->in6.sin6_port :
		     a->in.sin_port);
}

void addr_set_port(union addr *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons(port);
	else
		a->in.sin_port = htons(port);
}

bool addr_is_set(const union addr *a)
{
	return a->sa.sa_family == AF_INET || a->sa.sa_family == AF_INET6;
}

bool addr_same_ip(const union addr *a, const union addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	if (a->sa.sa_family == AF_INET6)
		return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 16) == 0;
	return false;
}

bool addr_same_source(const union addr *a, const union addr *b)
{
	if (a->sa.sa_family != AF_INET6 || b->sa.sa_family != AF_INET6)
		return addr_same_ip(a, b);
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 8) == 0;
}

bool addr_same(const union addr *a, const union addr *b)
{
	return addr_same_ip(a, b) && addr_port(a) == addr_port(b);
}

static bool private4(uint32_t ip)
{
	static const struct { uint32_t net; unsigned bits; } nets[] = {
		{ 0x0a000000, 8 },      /* 10/8 */
		{ 0xac100000, 12 },     /* 172.16/12 */
		{ 0xc0a80000, 16 },     /* 192.168/16 */
		{ 0x64400000, 10 },     /* 100.64/10, RFC 6598 */
		{ 0xa9fe0000, 16 },     /* 169.254/16, link-local */
		{ 0x7f000000, 8 },      /* 127/8 */
	};

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		if ((ip ^ nets[i].net) >> (32 - nets[i].bits) == 0)
			return true;
	return false;
}

bool addr_is_private(const union addr *a)
{
	const struct in6_addr *ip6 = &a->in6.sin6_addr;

	if (a->sa.sa_family == AF_INET)
		return private4(ntohl(a->in.sin_addr.s_addr));
	if (a->sa.sa_family != AF_INET6)
		return false;
	return IN6_IS_ADDR_LOOPBACK(ip6) || IN6_IS_ADDR_LINKLOCAL(ip6) ||
		(ip6->s6_addr[0] & 0xfe) == 0xfc;       /* fc00::/7, RFC 4193 */
}

bool addr_is_any(const union addr *a)
{
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return a->sa.sa_family == AF_INET6 &&
		IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr);
}
