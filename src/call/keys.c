/* keys.c - INFO bodies, and one press for what came by several ways. */
#include "keys.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

static int64_t same_us(const struct keys *k, const struct key_press *p,
		       uint8_t bit)
{
	const bool first = !(k->ways & bit);

	return first && p->from == 1u << KEY_INBAND ? KEYS_FIRST_US :
		KEYS_SAME_US;
}

static bool is_known(struct keys *k, char key, uint8_t bit, int64_t now_us)
{
	struct key_press *p;

	for (unsigned i = 0; i < KEYS_RING; i++) {
		p = &k->ring[(k->next + i) % KEYS_RING];        /* oldest first */
		if (p->key == key && !(p->from & bit) &&
		    now_us - p->at_us <= same_us(k, p, bit)) {
			p->from |= bit;
			return true;
		}
	}
	return false;
}

bool keys_put(struct keys *k, char key, enum key_from from, int64_t now_us)
{
	const uint8_t bit = (uint8_t)(1u << from);
	const bool known = is_known(k, key, bit, now_us);

	k->ways |= bit;
	if (known)
		return false;
	k->ring[k->next] = (struct key_press){ key, bit, now_us };
	k->next = (uint8_t)((k->next + 1) % KEYS_RING);
	return true;
}

struct slice {
	const char *p;
	size_t len;
};

static struct slice trim(struct slice s)
{
	while (s.len && isspace((unsigned char)s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && isspace((unsigned char)s.p[s.len - 1]))
		s.len--;
	return s;
}

static bool same_word(struct slice s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/* Takes the next line out of *rest; false at the end. */
static bool next_line(struct slice *rest, struct slice *line)
{
	const char *nl;

	if (!rest->len)
		return false;
	nl = memchr(rest->p, '\n', rest->len);
	line->p = rest->p;
	line->len = nl ? (size_t)(nl - rest->p) : rest->len;
	rest->p += line->len + (nl ? 1 : 0);
	rest->len -= line->len + (nl ? 1 : 0);
	*line = trim(*line);
	return true;
}

static int key_of(struct slice s, char *key)
{
	static const char high[] = "*#ABCDF";   /* 10 to 16 */
	const char c = s.len ? (char)toupper((unsigned char)s.p[0]) : '\0';

	if (s.len == 2 && c == '1' && s.p[1] >= '0' && s.p[1] <= '6')
		*key = high[s.p[1] - '0'];
	else if (s.len == 1 && c == '!')
		*key = 'F';
	else if (s.len == 1 && c && strchr("0123456789*#ABCDF", c))
		*key = c;
	else
		return -EBADMSG;
	return 0;
}

/* The value of "Signal=" among lines of "name=value"; the first one counts. */
static int key_of_relay(struct slice body, char *key)
{
	struct slice line, name;
	const char *eq;

	while (next_line(&body, &line)) {
		eq = line.len ? memchr(line.p, '=', line.len) : NULL;
		if (!eq)
			continue;
		name = trim((struct slice){ line.p, (size_t)(eq - line.p) });
		if (same_word(name, "Signal")) {
			line.len -= (size_t)(eq + 1 - line.p);
			line.p = eq + 1;
			return key_of(trim(line), key);
		}
	}
	return -EBADMSG;
}

int keys_from_info(const char *type, const char *body, size_t len, char *key)
{
	struct slice t = { type ? type : "", type ? strcspn(type, ";") : 0 };
	struct slice b = { body, len };

	t = trim(t);
	if (same_word(t, "application/dtmf-relay"))
		return key_of_relay(b, key);
	if (!same_word(t, "application/dtmf"))
		return -EPROTONOSUPPORT;
	/* some phones put the relay form under this name */
	if (len && memchr(body, '=', len))
		return key_of_relay(b, key);
	return key_of(trim(b), key);
}
