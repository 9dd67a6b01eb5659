/* print.h - the parts that a description is printed from; for this folder. */
#ifndef SDP_PRINT_H
#define SDP_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "sdp.h"

enum { SDP_DIRS = 4 };
/** The attributes' names by enum sdp_dir, and the URIs by enum sdp_ext_kind. */
extern const char *const sdp_dirs[SDP_DIRS];
extern const char *const sdp_ext_uris[SDP_EXTS];

/** v=, o= and s=. An unset origin is printed as a name (RFC 2606). */
void sdp_print_head(struct strbuf *sb, const char *user, uint64_t sess_id,
		    uint64_t sess_ver, const union addr *origin);
/** c= */
void sdp_print_connection(struct strbuf *sb, const union addr *addr);
/** An m= line alone. */
void sdp_print_m(struct strbuf *sb, const char *type, unsigned port,
		 const char *proto, const char *formats);
/** The attributes that follow it. */
void sdp_print_attributes(struct strbuf *sb, const struct sdp_media *m);

#endif
