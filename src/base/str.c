/* str.c - see str.h */
#include "str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool str_copy(char *dst, size_t size, const char *src)
{
	size_t len = src ? strlen(src) : 0;
	bool whole = len < size;

	if (!whole)
		len = size - 1;
	if (len)
		memcpy(dst, src, len);
	dst[len] = '\0';
	return whole;
}

void strbuf_init(struct strbuf *sb, char *buf, size_t size)
{
	*sb = (struct strbuf){ .buf = buf, .size = size };
	buf[0] = '\0';
}

void strbuf_add(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (sb->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(sb->buf + sb->len, sb->size - sb->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sb->size - sb->len) {
		sb->buf[sb->len] = '\0';
		sb->full = true;
		return;
	}
	sb->len += (size_t)n;
}

int str_u64(const char *s, size_t len, uint64_t max, uint64_t *v)
{
	uint64_t sum = 0;

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(unsigned char)s[i] - '0';

		if (digit > 9 || digit > max || sum > (max - digit) / 10)
			return -EINVAL;
		sum = sum * 10 + digit;
	}
	*v = sum;
	return 0;
}
