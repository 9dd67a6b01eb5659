/* accept.c - see accept.h */
#include "accept.h"

#include <string.h>

#include "base/str.h"

enum {
	ENTRIES_MAX = 16,       /* more are not looked at */
	TAG_MAX = 16,
	WHOLE = 1000            /* a q of 1, in thousandths */
};

struct entry {
	const char *tag;
	unsigned q;
};

/* qvalue: "0" or "1", and up to three digits (RFC 3261 25.1). */
static unsigned thousandths(const char *q)
{
	unsigned v, scale = WHOLE / 10;

	if (!q || (*q != '0' && *q != '1'))
		return WHOLE;
	v = *q == '1' ? WHOLE : 0;
	if (*++q != '.')
		return v;
	for (q++; *q >= '0' && *q <= '9' && scale; q++, scale /= 10)
		v += (unsigned)(*q - '0') * scale;
	return v < WHOLE ? v : WHOLE;
}

static bool is_tag(const char *s)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	const size_t n = s ? strlen(s) : 0;

	return n >= 2 && n <= TAG_MAX && strspn(s, chars) == n;
}

/* Into their order; those liked equally stay in that of the header. */
static void insert(struct entry list[], unsigned n, struct entry e)
{
	while (n > 0 && list[n - 1].q < e.q) {
		list[n] = list[n - 1];
		n--;
	}
	list[n] = e;
}

void accept_languages(char out[static ACCEPT_LEN],
		      const sip_accept_language_t *header)
{
	struct entry list[ENTRIES_MAX];
	unsigned n = 0;
	struct strbuf sb;

	for (; header && n < ENTRIES_MAX; header = header->aa_next) {
		const struct entry e = { header->aa_value,
					 thousandths(header->aa_q) };

		if (e.q && is_tag(e.tag))
			insert(list, n++, e);
	}
	strbuf_init(&sb, out, ACCEPT_LEN);
	for (unsigned i = 0; i < n; i++)
		if (sb.len + strlen(list[i].tag) + 1 < ACCEPT_LEN)
			strbuf_add(&sb, "%s%s", sb.len ? "," : "", list[i].tag);
}
