/* jline.c - see jline.h */
#include "jline.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Reflected polynomial 0x82f63b78, four bits at a time. */
static const uint32_t crc_table[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
	0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75
};

uint32_t jline_crc(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ crc_table[crc & 15];
		crc = crc >> 4 ^ crc_table[crc & 15];
	}
	return ~crc;
}

size_t jline_print(char *out, char type, const char *json, size_t len)
{
	char head[JLINE_HEAD + 1];
	char *body = out + 9;           /* what the sum covers */

	assert(len <= JLINE_JSON_MAX);
	snprintf(head, sizeof(head), "%05zu %c ", len, type);
	memcpy(body, head, JLINE_HEAD - 9);
	memcpy(out + JLINE_HEAD, json, len);
	snprintf(head, sizeof(head), "%08x ",
		 jline_crc(body, JLINE_HEAD - 9 + len));
	memcpy(out, head, 9);
	out[JLINE_HEAD + len] = '\n';
	return JLINE_HEAD + len + 1;
}

int jline_parse(struct jline *line, const char *text, size_t len)
{
	char head[JLINE_HEAD + 1];

	if (len < JLINE_HEAD || len > JLINE_MAX - 1)
		return -EBADMSG;
	snprintf(head, sizeof(head), "%08x %05zu %c ",
		 jline_crc(text + 9, len - 9), len - JLINE_HEAD, text[15]);
	if (memcmp(head, text, JLINE_HEAD) != 0)
		return -EBADMSG;

	line->type = text[15];
	line->json = text + JLINE_HEAD;
	line->len = len - JLINE_HEAD;
	return 0;
}

/* Bytes of the UTF-8 character at s (RFC 3629: no overlong forms, no
 * surrogates, nothing over U+10FFFF), 0 if there is none. */
static size_t utf8_len(const unsigned char *s, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (left < len)
		return 0;
	switch (s[0]) {
	case 0xe0:
		low = 0xa0;
		break;
	case 0xed:
		high = 0x9f;
		break;
	case 0xf0:
		low = 0x90;
		break;
	case 0xf4:
		high = 0x8f;
		break;
	}
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

void jline_scrub(char *json, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_len((unsigned char *)json + i, len - i);

		if (n == 0) {
			json[i] = '?';
			n = 1;
		} else if (json[i] == '\\' && i + 1 < len) {
			if (len - i >= 6 && memcmp(json + i, "\\u0000", 6) == 0)
				memcpy(json + i, "\\ufffd", 6);
			/* The character after \ may be \ itself; a byte over
			 * 0x7f there has its turn in the next round. */
			n = (unsigned char)json[i + 1] < 0x80 ? 2 : 1;
			if ((unsigned char)json[i + 1] < ' ')
				n = 1;
		} else if ((unsigned char)json[i] < ' ') {
			json[i] = ' ';
		}
		i += n;
	}
}
