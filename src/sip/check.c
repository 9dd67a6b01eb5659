/* check.c - see check.h */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define REFUSAL(name, status, phrase) \
	static const struct refusal name = { status, phrase }

REFUSAL(bad_via, 400, "Bad Via");
REFUSAL(bad_from, 400, "Bad From");
REFUSAL(bad_to, 400, "Bad To");
REFUSAL(bad_call_id, 400, "Bad Call-ID");
REFUSAL(bad_cseq, 400, "Bad CSeq");
REFUSAL(bad_contact, 400, "Bad Contact");
REFUSAL(bad_route, 400, "Bad Route");
REFUSAL(bad_record_route, 400, "Bad Record-Route");
REFUSAL(bad_scheme, 416, "Unsupported URI Scheme");
REFUSAL(no_hops, 483, "Too Many Hops");

static bool fits(const char *s, size_t max)
{
	return !s || strnlen(s, max + 1) <= max;
}

/* Can a request be sent to this URI? RFC 3261 12.1.1: sip or sips. */
static bool routable(const url_t *u)
{
	return (u->url_type == url_sip || u->url_type == url_sips) &&
	       u->url_host && u->url_host[0] && fits(u->url_host, CHECK_HOST_MAX);
}

/* A port as in Via; none is fine. */
static bool port_ok(const char *port)
{
	uint64_t v;

	return !port || (str_u64(port, strlen(port), 65535, &v) == 0 && v > 0);
}

static bool via_ok(const sip_via_t *via)
{
	unsigned n = 0;

	/* maddr would send our answers elsewhere; see guard.h */
	if (!via || via->v_maddr || !fits(via->v_branch, CHECK_BRANCH_MAX))
		return false;
	for (; via; via = via->v_next)
		if (++n > CHECK_HOPS_MAX || !port_ok(via->v_port) ||
		    !fits(via->v_host, CHECK_HOST_MAX))
			return false;
	return true;
}

bool check_routes(const sip_route_t *r)
{
	unsigned n = 0;

	for (; r; r = r->r_next)
		if (++n > CHECK_HOPS_MAX || !routable(r->r_url))
			return false;
	return true;
}

/* From and To are never routed to: any scheme will do. */
static bool party_ok(const sip_addr_t *a)
{
	return a && a->a_url->url_type != url_invalid &&
	       fits(a->a_tag, CHECK_TAG_MAX);
}

bool check_contact(const sip_contact_t *m)
{
	return m && !m->m_next && routable(m->m_url);
}

const struct refusal *check_request(const sip_t *s)
{
	if (!via_ok(s->sip_via))
		return &bad_via;
	/* RFC 3261 8.1.1.3: the tag in From is not optional */
	if (!party_ok(s->sip_from) || !s->sip_from->a_tag ||
	    !s->sip_from->a_tag[0])
		return &bad_from;
	if (!party_ok(s->sip_to))
		return &bad_to;
	if (!s->sip_call_id || !s->sip_call_id->i_id[0] ||
	    !fits(s->sip_call_id->i_id, CHECK_CALL_ID_MAX))
		return &bad_call_id;
	/* RFC 3261 8.1.1.5: less than 2^31 */
	if (!s->sip_cseq || s->sip_cseq->cs_seq > 0x7fffffff)
		return &bad_cseq;
	if (!check_routes(s->sip_route))
		return &bad_route;
	if (!check_routes(s->sip_record_route))
		return &bad_record_route;
	/* In REGISTER it may be "*" or many; no dialog comes of it. */
	if (s->sip_contact && s->sip_request->rq_method != sip_method_register &&
	    !check_contact(s->sip_contact))
		return &bad_contact;
	return NULL;
}

const struct refusal *check_new_call(const sip_t *s)
{
	if (s->sip_request->rq_url->url_type != url_sip)
		return &bad_scheme;
	if (s->sip_max_forwards && s->sip_max_forwards->mf_count == 0)
		return &no_hops;
	if (!check_contact(s->sip_contact))
		return &bad_contact;
	return NULL;
}
