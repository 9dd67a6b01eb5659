/*
 * ports.c - the sockets that we listen on.
 *
 * "Any" becomes one socket for each address that the machine has at start:
 * then an answer leaves from the very address that the question came to, and
 * our Contact and SDP can name it. Sofia gets one URL for each transport and
 * address; a URL without transport, or with two, goes wrong in it.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/log.h"
#include "base/str.h"

enum {
	HALF_MESSAGE_MS = 10000,        /* a stream must finish one in this time */
	IDLE_MS = 600000,               /* a silent connection is closed */
	QUEUE_MAX = 1000,               /* messages waiting for one connection */
	UDP_BUFFER = 4 << 20            /* bytes, of the receiving socket */
};

static int port_open(struct sip *sip, const union addr *a, bool tcp, char *err,
		     size_t err_size)
{
	struct sip_port *p = &sip->ports[sip->n_ports];
	char text[ADDR_LEN], buf[FLOW_URL_LEN];
	const char *url = buf;
	int e;

	if (sip->n_ports == SIP_PORTS_MAX) {
		snprintf(err, err_size, "cannot listen on more than %d addresses "
			 "and transports; name those to use", SIP_PORTS_MAX);
		return -E2BIG;
	}
	p->addr = *a;
	p->tcp = tcp;
	snprintf(p->ident, sizeof(p->ident), "p%u", sip->n_ports);
	snprintf(buf, sizeof(buf), "sip:%s;transport=%s", addr_print(a, text),
		 tcp ? "tcp" : "udp");
	if (nta_agent_add_tport(sip->nta, URL_STRING_MAKE(url),
				TPTAG_IDENT(p->ident),
				TPTAG_TIMEOUT(HALF_MESSAGE_MS),
				TPTAG_IDLE(IDLE_MS),
				TPTAG_QUEUESIZE(QUEUE_MAX),
				TPTAG_UDP_RMEM(UDP_BUFFER),
				TPTAG_PONG2PING(1),
				TPTAG_STUN_SERVER(0),
				TPTAG_LOG(0),
				TAG_END()) < 0) {
		e = su_errno();
		snprintf(err, err_size, "cannot listen on %s %s: %s",
			 tcp ? "tcp" : "udp", text, strerror(e));
		return e > 0 ? -e : -EIO;
	}
	sip->n_ports++;
	log_info("sip", "listening, transport=%s address=%s", tcp ? "tcp" : "udp",
		 text);
	return 0;
}

static int open_both(struct sip *sip, const struct sip_bind *b,
		     const union addr *a, char *err, size_t err_size)
{
	int e = 0;

	if (b->udp)
		e = port_open(sip, a, false, err, err_size);
	if (!e && b->tcp)
		e = port_open(sip, a, true, err, err_size);
	return e;
}

/* A link-local address means nothing without its interface. */
static bool usable(const struct ifaddrs *i, const union addr *any)
{
	const struct sockaddr_in6 *in6 = (const void *)i->ifa_addr;

	if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) ||
	    i->ifa_addr->sa_family != any->sa.sa_family)
		return false;
	return any->sa.sa_family == AF_INET ||
	       !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

static int open_all(struct sip *sip, const struct sip_bind *b, char *err,
		    size_t err_size)
{
	struct ifaddrs *list;
	const unsigned before = sip->n_ports;
	int e = 0;

	if (getifaddrs(&list) < 0) {
		e = -errno;
		snprintf(err, err_size, "cannot list this machine's addresses: %s",
			 strerror(-e));
		return e;
	}
	for (const struct ifaddrs *i = list; i && !e; i = i->ifa_next) {
		union addr a;

		if (!usable(i, &b->addr))
			continue;
		memset(&a, 0, sizeof(a));
		if (b->addr.sa.sa_family == AF_INET)
			memcpy(&a.in, i->ifa_addr, sizeof(a.in));
		else
			memcpy(&a.in6, i->ifa_addr, sizeof(a.in6));
		addr_set_port(&a, addr_port(&b->addr));
		e = open_both(sip, b, &a, err, err_size);
	}
	freeifaddrs(list);
	if (!e && sip->n_ports == before) {
		snprintf(err, err_size, "this machine has no %s address to "
			 "listen on", b->addr.sa.sa_family == AF_INET ?
			 "IPv4" : "IPv6");
		e = -EADDRNOTAVAIL;
	}
	return e;
}

int sip_ports_open(struct sip *sip, char *err, size_t err_size)
{
	int e = 0;

	for (unsigned i = 0; i < sip->cfg.n_binds && !e; i++) {
		const struct sip_bind *b = &sip->cfg.binds[i];

		e = addr_is_any(&b->addr) ? open_all(sip, b, err, err_size) :
		    open_both(sip, b, &b->addr, err, err_size);
	}
	if (!e && !sip->n_ports) {
		snprintf(err, err_size, "no address and transport to listen on");
		e = -EINVAL;
	}
	return e;
}
