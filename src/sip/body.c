/*
 * body.c - see body.h.
 *
 * Sofia can split multipart bodies too, but runs past the end of odd ones.
 */
#include "body.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char sdp_type[] = "application/sdp";

char *body_text(const sip_t *s, size_t *len)
{
	size_t n = 0, at = 0;
	char *text;

	for (const sip_payload_t *p = s->sip_payload; p; p = p->pl_next)
		n += p->pl_len;
	text = malloc(n + 1);
	if (!text)
		return NULL;
	for (const sip_payload_t *p = s->sip_payload; p; p = p->pl_next) {
		memcpy(text + at, p->pl_data, p->pl_len);
		at += p->pl_len;
	}
	text[n] = '\0';
	*len = n;
	return text;
}

const char *body_type(const sip_t *s)
{
	const sip_content_type_t *c = s->sip_content_type;

	return c && c->c_type ? c->c_type : "";
}

/* Does the header block [h, h + len) say Content-Type: type? */
static bool has_type(const char *h, size_t len, const char *type)
{
	static const char name[] = "content-type:";
	const char *end = h + len;
	size_t n = strlen(type);

	while (h < end) {
		const char *nl = memchr(h, '\n', (size_t)(end - h));
		size_t line = (size_t)((nl ? nl : end) - h);

		if (line > sizeof(name) - 1 &&
		    !strncasecmp(h, name, sizeof(name) - 1)) {
			h += sizeof(name) - 1;
			line -= sizeof(name) - 1;
			while (line && (*h == ' ' || *h == '\t'))
				h++, line--;
			return line >= n && !strncasecmp(h, type, n) &&
			       (line == n || strchr("; \t\r", h[n]));
		}
		h += line + 1;
	}
	return false;
}

/* The next "--boundary" at the beginning of a line, or NULL. */
static const char *delimiter(const char *at, const char *body, const char *end,
			     const char *boundary)
{
	size_t n = strlen(boundary);

	for (; at < end; at++) {
		at = memmem(at, (size_t)(end - at), "--", 2);
		if (!at || (size_t)(end - at) < n + 2)
			return NULL;
		if ((at == body || at[-1] == '\n') &&
		    !memcmp(at + 2, boundary, n))
			return at;
	}
	return NULL;
}

/* The empty line that ends a part's headers; *skip is its length. */
static const char *headers_end(const char *at, const char *end, size_t *skip)
{
	for (; at < end; at++) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return NULL;
		if (end - at > 1 && at[1] == '\n')
			return *skip = 2, at;
		if (end - at > 2 && at[1] == '\r' && at[2] == '\n')
			return *skip = 3, at;
	}
	return NULL;
}

const char *body_part(const char *body, size_t len, const char *boundary,
		      const char *type, size_t *part_len)
{
	const char *end = body + len;
	const char *at = delimiter(body, body, end, boundary);

	for (unsigned i = 0; at && i < BODY_PARTS_MAX; i++) {
		const char *part = at + 2 + strlen(boundary);
		const char *next = delimiter(part, body, end, boundary);
		const char *blank;
		size_t skip;

		if (!next)
			return NULL;
		blank = headers_end(part, next, &skip);
		if (blank && has_type(part, (size_t)(blank - part), type)) {
			part = blank + skip;
			/* the line end before a delimiter is the delimiter's */
			if (next > part && next[-1] == '\n')
				next--;
			if (next > part && next[-1] == '\r')
				next--;
			*part_len = (size_t)(next - part);
			return part;
		}
		at = next;
	}
	return NULL;
}

/* Moves the SDP part of multipart/mixed to the front of text. */
static int take_part(const sip_t *s, char *text, size_t *len)
{
	const char *b = msg_header_find_param(s->sip_content_type->c_common,
					      "boundary");
	char boundary[72];
	const char *part;
	size_t n;

	if (!b)
		return -ENOTSUP;
	if (*b == '"')
		b++;
	n = strcspn(b, "\"");
	/* RFC 2046 5.1.1: 1 to 70 characters */
	if (n == 0 || n > 70)
		return -ENOTSUP;
	memcpy(boundary, b, n);
	boundary[n] = '\0';

	part = body_part(text, *len, boundary, sdp_type, &n);
	if (!part)
		return -ENOTSUP;
	memmove(text, part, n);
	text[n] = '\0';
	*len = n;
	return 0;
}

/* Is this a description of the session that we must take notice of? */
static bool is_session(const sip_t *s)
{
	const sip_content_disposition_t *cd = s->sip_content_disposition;

	return !cd || !cd->cd_type || !strcasecmp(cd->cd_type, "session");
}

static bool is_encoded(const sip_t *s)
{
	const sip_content_encoding_t *e = s->sip_content_encoding;

	return e && e->k_items && e->k_items[0] &&
	       strcasecmp(e->k_items[0], "identity");
}

int body_sdp(const sip_t *s, char **sdp, size_t *len)
{
	const char *type = body_type(s);
	char *text;
	int err = 0;

	*sdp = NULL;
	*len = 0;
	if (!s->sip_payload || s->sip_payload->pl_len == 0)
		return 0;
	if (!is_session(s))
		return s->sip_content_disposition->cd_optional ? 0 : -ENOTSUP;
	if (is_encoded(s))
		return -EPROTO;

	text = body_text(s, len);
	if (!text)
		return -ENOMEM;
	if (!strcasecmp(type, "multipart/mixed"))
		err = take_part(s, text, len);
	else if (strcasecmp(type, sdp_type))
		err = -ENOTSUP;
	if (err) {
		free(text);
		return err;
	}
	*sdp = text;
	return 0;
}
