/*
 * uri.h - what is taken out of URIs and header texts, made safe: bounded, valid
 * UTF-8, no control characters. Pure functions.
 *
 * Sofia's own url_param() reads past its string on some inputs and is not used
 * on what peers send.
 */
#ifndef SIP_URI_H
#define SIP_URI_H

#include <stddef.h>

/**
 * Undoes %XX (RFC 3986 2.1) from src into dst[size].
 *
 * @return 0; -EINVAL: a broken escape, a control character, not UTF-8;
 *         -ENAMETOOLONG: does not fit. dst is "" on error.
 */
int uri_unescape(char *dst, size_t size, const char *src);

/**
 * The value of the parameter name in params ("a=1;b;c=2"), unescaped; a
 * parameter without a value has "".
 *
 * @return 0; -ENOENT: not there; or as uri_unescape()
 */
int uri_param(char *dst, size_t size, const char *params, const char *name);

/** Copies src (NULL counts as "") for people to read: cut to fit between
 *  characters, what is no UTF-8 and what controls terminals becomes '?'. */
void text_clean(char *dst, size_t size, const char *src);

/** The same of a display name: without the quotes of a quoted-string and its
 *  backslashes (RFC 3261 25.1). */
void text_unquote(char *dst, size_t size, const char *src);

#endif
