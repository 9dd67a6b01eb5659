/*
 * sdp.h - session descriptions (RFC 8866): text to struct and back.
 *
 * A struct sdp holds no pointers: strings are copied into fixed fields, lists
 * have fixed bounds, and what is over a bound is an error or is left out as
 * each field says. Unknown lines and attributes are skipped, as RFC 8866 asks.
 * Parsing is a pure function; fuzzed by tests/fuzz/fuzz_sdp.c.
 */
#ifndef SDP_H
#define SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

enum {
	SDP_TEXT_MAX = 16384,           /* longer bodies are refused */
	SDP_MEDIA_MAX = 16,             /* m= lines; more are refused */
	SDP_FMT_MAX = 32,               /* formats an m= line; the rest ignored */
	SDP_FORMATS_MAX = 128,          /* the same as text, cut between two */
	SDP_TOKEN_MAX = 32,             /* with the NUL; a longer type or proto of
					 * an m= line is refused, a longer
					 * encoding name leaves its rtpmap out */
	SDP_FMTP_MAX = 256,             /* with the NUL; longer ones left out */
	SDP_EXT_ID_MAX = 255,           /* RFC 8285: what a packet can carry ... */
	SDP_EXT_ID_FREE = 4096,         /* ... and, from here on, numbers of an
					 * offer that the answer replaces */
	SDP_EXT_ID_END = 4351
};

/** The header extensions that we know (RFC 8285). */
enum sdp_ext_kind {
	SDP_EXT_LEVEL,                  /* RFC 6464: how loud the sender is */
	SDP_EXT_CSRC_LEVEL,             /* RFC 6465: how loud each of the mixed */
	SDP_EXTS
};

enum sdp_dir { SDP_INACTIVE = 0, SDP_SENDONLY = 1, SDP_RECVONLY = 2,
	       SDP_SENDRECV = 3 };      /* bit 0: sends, bit 1: receives */

struct sdp_ext {
	uint16_t id;                    /* 0: not there */
	enum sdp_dir dir;
	bool vad_off;                   /* RFC 6464 4: its V bit says nothing */
};

struct sdp_fmt {
	uint8_t pt;
	char name[SDP_TOKEN_MAX];       /* rtpmap encoding name; "" if none given */
	uint32_t clock_hz;              /* 0 without an rtpmap */
	uint8_t channels;               /* 1 if not given */
	char fmtp[SDP_FMTP_MAX];        /* "" if none */
};

struct sdp_media {
	char type[SDP_TOKEN_MAX];       /* "audio", "video", ... */
	char proto[SDP_TOKEN_MAX];      /* "RTP/AVP", "RTP/SAVPF", ... */
	uint16_t port;                  /* 0: refused or disabled */
	union addr addr;                /* c= of this medium or of the session,
					 * without port; unset when it is a name */
	char formats[SDP_FORMATS_MAX];  /* the m= line's own list, for echoing a
					 * refused line back */
	struct sdp_fmt fmt[SDP_FMT_MAX];        /* RTP only, each number once */
	uint8_t n_fmt;
	uint16_t ptime_ms, maxptime_ms; /* 0: not given */
	enum sdp_dir dir;
	union addr rtcp;                /* a=rtcp (RFC 3605); unset if not given or
					 * a name; addr's IP where only a port is */
	bool rtcp_mux;                  /* RFC 5761 */
	struct sdp_ext ext[SDP_EXTS];   /* a=extmap; others are not kept */
	bool ext_mixed;                 /* a=extmap-allow-mixed */
};

struct sdp {
	uint64_t sess_id, sess_ver;     /* o=; 0 where they are no numbers */
	char user[SDP_TOKEN_MAX];       /* cut to fit */
	union addr origin;              /* unset when it is a name */
	struct sdp_media media[SDP_MEDIA_MAX];
	uint8_t n_media;
};

struct sdp_error {
	unsigned line;                  /* 1-based */
	const char *what;               /* static text */
};

/**
 * Parses len bytes of text (need not be NUL-terminated; CRLF or LF).
 *
 * Strict where a mistake could change what is meant: v= first, o=, c= and m=
 * as the grammar has them. Lenient where phones are sloppy: s= and t= may be
 * missing, blank lines and blanks at the end of lines are skipped, and an
 * attribute that makes no sense is ignored by itself.
 *
 * @return 0; or, with *err set and *sdp empty, -EBADMSG, or -E2BIG over a bound
 */
int sdp_parse(struct sdp *sdp, const char *text, size_t len,
	      struct sdp_error *err);

/**
 * Prints a description into buf[size], NUL-terminated. What sdp_parse() read
 * comes back the same when printed and parsed again.
 *
 * @return its length, or -ENOSPC
 */
int sdp_print(const struct sdp *sdp, char *buf, size_t size);

#endif
