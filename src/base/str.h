/* str.h - bounded strings. Nothing here writes past size, and what does not
 * fit is an error that the caller sees. */
#ifndef STR_H
#define STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Copies src (NULL counts as "") to dst[size], cut to fit. True if whole. */
bool str_copy(char *dst, size_t size, const char *src);

/** Text being built in a buffer of the caller's. Once something did not fit,
 *  full stays set and nothing more is added. buf is always NUL-terminated. */
struct strbuf {
	char *buf;
	size_t size, len;
	bool full;
};

void strbuf_init(struct strbuf *sb, char *buf, size_t size);
void strbuf_add(struct strbuf *sb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Decimal digits only, value at most max: 0 and *v; else -EINVAL. */
int str_u64(const char *s, size_t len, uint64_t max, uint64_t *v);

#endif
