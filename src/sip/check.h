/*
 * check.h - what a request must be before anything is made of it.
 *
 * Sofia's parser lets through what would hurt later: Contacts that nothing can
 * be sent to, fields without end, routes in dozens. Pure functions on a parsed
 * message.
 */
#ifndef SIP_CHECK_H
#define SIP_CHECK_H

#include <stdbool.h>

#include "sofia.h"

enum {
	CHECK_HOPS_MAX = 20,            /* of Via, Route, Record-Route each */
	CHECK_CALL_ID_MAX = 255,
	CHECK_TAG_MAX = 127,
	CHECK_BRANCH_MAX = 255,
	CHECK_HOST_MAX = 255
};

/** Why a request is refused; static. */
struct refusal {
	int status;
	const char *phrase;
};

/** NULL if the request is sound, in or out of a dialog. */
const struct refusal *check_request(const sip_t *s);

/** NULL if we can make a dialog of this INVITE: a Contact, a Request-URI of a
 *  scheme we have, hops left. */
const struct refusal *check_new_call(const sip_t *s);

/** Can requests be sent along these routes (NULL: none)? */
bool check_routes(const sip_route_t *r);

/** Is this the one Contact that later requests can be sent to? */
bool check_contact(const sip_contact_t *m);

#endif
