/*
 * digest.h - who we are, said to a peer that asks: HTTP digest as a client
 * (RFC 8760, RFC 7616, RFC 3261 22.4), MD5 and SHA-256, with and without
 * quality of protection "auth". Pure, but for the client's nonce, which is made
 * outside.
 */
#ifndef SIP_DIGEST_H
#define SIP_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "sofia.h"

enum { DIGEST_LEN = 2048, DIGEST_CNONCE_LEN = 17 };

struct digest_user {
	const char *name, *password;
};

/** The request that is to be let through. */
struct digest_request {
	const char *method, *uri;
	char cnonce[DIGEST_CNONCE_LEN];
	uint32_t nc;                    /* so many requests with this nonce */
};

/**
 * Answers the strongest challenge of a list that we can answer.
 *
 * @param out  the value of an Authorization or Proxy-Authorization header
 * @return 0; -ENOENT: none that we know, or nothing sensible in it;
 *         -ENAMETOOLONG: it does not fit
 */
int digest_answer(char out[static DIGEST_LEN], const msg_auth_t *challenges,
		  const struct digest_user *user,
		  const struct digest_request *req);

#endif
