/*
 * jline.h - one record as a line of the journal:
 *
 *	CRC32C LENGTH TYPE JSON\n       "9a3f01c2 00031 L {"id":"0190..."}\n"
 *
 * CRC is eight hex digits over all that follows the space after it, LENGTH five
 * digits, the bytes of JSON. JSON has no newline, so that a reader which meets
 * a damaged line finds its feet again at the next.
 */
#ifndef JLINE_H
#define JLINE_H

#include <stddef.h>
#include <stdint.h>

enum {
	JLINE_JSON_MAX = 16384,
	JLINE_HEAD = 17,                /* bytes before JSON */
	JLINE_MAX = JLINE_HEAD + JLINE_JSON_MAX + 1
};

struct jline {
	char type;
	const char *json;               /* inside the line, not terminated */
	size_t len;
};

/** CRC-32C (Castagnoli, RFC 3720 12.1) of data[len]. */
uint32_t jline_crc(const void *data, size_t len);

/** Writes a line with its newline to out, which has room for JLINE_HEAD + len
 *  + 1 bytes. Returns its length. */
size_t jline_print(char *out, char type, const char *json, size_t len);

/** Takes a line of len bytes, without its newline, apart. 0, or -EBADMSG: it
 *  is not what was written. */
int jline_parse(struct jline *line, const char *text, size_t len);

/** Makes text fit for a line and for PostgreSQL, in place: what is not UTF-8
 *  becomes '?', the escape \u0000 (which no text in PostgreSQL can hold)
 *  \ufffd, control characters spaces. Callers choose what is in a From header;
 *  they must not be able to choose that there is no record of the call. */
void jline_scrub(char *json, size_t len);

#endif
