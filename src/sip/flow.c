/* flow.c - see flow.h */
#include "flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static int copy_addr(union addr *a, const struct sockaddr *sa)
{
	memset(a, 0, sizeof(*a));
	if (sa->sa_family == AF_INET)
		memcpy(&a->in, sa, sizeof(a->in));
	else if (sa->sa_family == AF_INET6)
		memcpy(&a->in6, sa, sizeof(a->in6));
	else
		return -EINVAL;
	return 0;
}

/* nta sees to it that the top Via tells the true source, in received if not in
 * sent-by; but for one who sends two receiveds. */
static bool via_is_true(const struct flow *f, const sip_via_t *via)
{
	const char *host = via->v_received ? via->v_received : via->v_host;
	char ip[ADDR_LEN];
	union addr a;

	if (!host || !str_copy(ip, sizeof(ip), host + (host[0] == '[')))
		return false;
	ip[strcspn(ip, "]")] = '\0';
	return addr_parse(&a, ip, 0) == 0 && addr_same_ip(&a, &f->source);
}

/* Requests go where responses go (RFC 3261 18.2.2, RFC 3581): a peer on UDP
 * that does not ask for rport listens on its Via's port, which need not be the
 * one that it sends from. */
static uint16_t peer_port(const struct flow *f, const sip_via_t *via)
{
	uint64_t port;

	if (f->tcp || via->v_rport)
		return addr_port(&f->source);
	if (!via->v_port)
		return 5060;
	if (str_u64(via->v_port, strlen(via->v_port), 65535, &port))
		return addr_port(&f->source);
	return (uint16_t)port;
}

int flow_of(struct flow *f, const sip_t *s, msg_t *msg, tport_t *transport)
{
	const tport_t *primary = transport;
	const struct addrinfo *ai;
	int err;

	memset(f, 0, sizeof(*f));
	if (!transport || !s->sip_via)
		return -EINVAL;
	f->tcp = tport_is_tcp(transport);
	/* a connection's parent is the port that accepted it */
	if (tport_is_secondary(transport))
		primary = tport_parent(transport);
	ai = tport_get_address(primary);
	f->ident = tport_name(primary)->tpn_ident;
	if (!ai || !f->ident)
		return -EINVAL;

	err = copy_addr(&f->local, ai->ai_addr);
	if (!err)
		err = copy_addr(&f->source, msg_addrinfo(msg)->ai_addr);
	if (err)
		return err;
	if (!via_is_true(f, s->sip_via))
		return -EINVAL;
	f->peer = f->source;
	addr_set_port(&f->peer, peer_port(f, s->sip_via));
	return 0;
}

const char *flow_route(const struct flow *f, char out[static FLOW_URL_LEN])
{
	char peer[ADDR_LEN];

	snprintf(out, FLOW_URL_LEN, "sip:%s;transport=%s",
		 addr_print(&f->peer, peer), f->tcp ? "tcp" : "udp");
	return out;
}

void flow_local(const struct flow *f, const union addr *advertise,
		union addr *out)
{
	const uint16_t port = addr_port(&f->local);

	*out = f->local;
	if (addr_is_set(advertise) && !addr_is_private(&f->source) &&
	    advertise->sa.sa_family == f->local.sa.sa_family) {
		*out = *advertise;
		addr_set_port(out, port);
	}
}

const char *flow_contact(const struct flow *f, const union addr *advertise,
			 char out[static FLOW_URL_LEN])
{
	union addr a;
	char text[ADDR_LEN];

	flow_local(f, advertise, &a);
	snprintf(out, FLOW_URL_LEN, "<sip:%s%s>", addr_print(&a, text),
		 f->tcp ? ";transport=tcp" : "");
	return out;
}
