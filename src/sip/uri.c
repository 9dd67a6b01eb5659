/* uri.c - see uri.h */
#include "uri.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Length of the UTF-8 character (RFC 3629) at s, 0 if it is none. Overlong
 * forms, surrogates and values past U+10FFFF are none. Stops at the NUL. */
static size_t utf8_len(const unsigned char *s)
{
	size_t n;
	uint32_t c;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	c = s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

/* C0, DEL and, as U+0080 to U+009F, C1: what terminals obey. */
static bool is_control(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int unescape(char *dst, size_t size, const char *src, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = src[i];

		if (c == '%') {
			int hi = i + 2 < len ? hex(src[i + 1]) : -1;
			int lo = hi >= 0 ? hex(src[i + 2]) : -1;

			if (lo < 0)
				return -EINVAL;
			c = (char)(hi << 4 | lo);
			i += 2;
		}
		if (n + 1 >= size)
			return -ENAMETOOLONG;
		if (c == '\0')
			return -EINVAL;
		dst[n++] = c;
	}
	dst[n] = '\0';
	for (const unsigned char *s = (unsigned char *)dst; *s;) {
		size_t k = utf8_len(s);

		if (k == 0 || is_control(s))
			return -EINVAL;
		s += k;
	}
	return 0;
}

int uri_unescape(char *dst, size_t size, const char *src)
{
	int err = unescape(dst, size, src, strlen(src));

	if (err)
		dst[0] = '\0';
	return err;
}

int uri_param(char *dst, size_t size, const char *params, const char *name)
{
	size_t name_len = strlen(name);

	dst[0] = '\0';
	for (const char *p = params; p && *p;) {
		size_t len = strcspn(p, ";");
		size_t key = strcspn(p, "=;");
		int err;

		if (key != name_len || strncasecmp(p, name, key)) {
			p += len + (p[len] == ';');
			continue;
		}
		if (key == len)
			return 0;
		err = unescape(dst, size, p + key + 1, len - key - 1);
		if (err)
			dst[0] = '\0';
		return err;
	}
	return -ENOENT;
}

/* Copies up to len bytes of src, cleaned; escapes: a backslash stands for the
 * character after it. */
static void clean(char *dst, size_t size, const char *src, size_t len,
		  bool escapes)
{
	const unsigned char *s = (const unsigned char *)src;
	const unsigned char *end = s + len;
	size_t n = 0;

	while (s < end) {
		size_t k;

		if (escapes && *s == '\\' && s + 1 < end)
			s++;
		k = utf8_len(s);
		if (k > (size_t)(end - s))
			k = 0;
		if (n + (k ? k : 1) >= size)
			break;
		if (k == 0 || is_control(s)) {
			dst[n++] = '?';
			s += k ? k : 1;
			continue;
		}
		memcpy(dst + n, s, k);
		n += k;
		s += k;
	}
	dst[n] = '\0';
}

void text_clean(char *dst, size_t size, const char *src)
{
	clean(dst, size, src ? src : "", src ? strlen(src) : 0, false);
}

void text_unquote(char *dst, size_t size, const char *src)
{
	size_t len = src ? strlen(src) : 0;

	if (len >= 2 && src[0] == '"' && src[len - 1] == '"')
		clean(dst, size, src + 1, len - 2, true);
	else
		text_clean(dst, size, src);
}
