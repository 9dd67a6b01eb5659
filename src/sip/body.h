/*
 * body.h - what a message carries: session descriptions, bare or as a part of
 * multipart/mixed (RFC 5621), and INFO's keys. Pure functions.
 */
#ifndef SIP_BODY_H
#define SIP_BODY_H

#include <stddef.h>

#include "sofia.h"

enum { BODY_PARTS_MAX = 16 };

/**
 * The session description of a message, as a string of its own.
 *
 * @param sdp  the caller's to free(); NULL: the message has none
 * @param len  its length; there may be NULs inside
 *
 * @return 0; -ENOTSUP: a body of another type that must be understood (415);
 *         -EPROTO: a Content-Encoding that we do not have (415); -ENOMEM
 */
int body_sdp(const sip_t *s, char **sdp, size_t *len);

/** The whole body as a string, the caller's to free(); "" if there is none,
 *  NULL without memory. */
char *body_text(const sip_t *s, size_t *len);

/** "type/subtype", "" if not given. */
const char *body_type(const sip_t *s);

/** Finds the first part with this type in a multipart body; within body.
 *  Its start, or NULL. */
const char *body_part(const char *body, size_t len, const char *boundary,
		      const char *type, size_t *part_len);

#endif
