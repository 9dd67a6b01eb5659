/* accept.h - the languages that a peer asks for (RFC 3261 20.3). */
#ifndef SIP_ACCEPT_H
#define SIP_ACCEPT_H

#include "sofia.h"

enum { ACCEPT_LEN = 64 };

/** The tags of an Accept-Language header, NULL for none, liked best first and
 *  with commas between: "fr-CA,en". Those with q=0, "*", what is no tag and
 *  what does not fit are left out. */
void accept_languages(char out[static ACCEPT_LEN],
		      const sip_accept_language_t *header);

#endif
