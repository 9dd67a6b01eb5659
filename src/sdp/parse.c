/*
 * parse.c - text to struct sdp: one table of lines by letter, one of
 * attributes by name.
 *
 * What the session part says for all media (c=, directions, ptime) is
 * collected in a struct sdp_media of its own, and each m= line starts as a
 * copy of that.
 */
#include "sdp.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "print.h"

/** A piece of the text; not NUL-terminated. */
struct span {
	const char *p;
	size_t len;
};

struct parser {
	struct sdp *sdp;
	struct sdp_error *err;
	unsigned line;
	struct sdp_media common;        /* what the session part says */
	struct sdp_media *m;            /* the m= line we are in, or &common */
	uint16_t rtcp_port;             /* a=rtcp with no address; its IP is
					 * known at the end of the medium */
	bool has_version, has_origin;
};

static int fail(struct parser *p, int err, const char *what)
{
	p->err->line = p->line;
	p->err->what = what;
	return err;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/** Letters, digits and signs of ASCII alone: nothing that could break a line
 *  or a log. */
static bool is_visible(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
			return false;
	return s.len > 0;
}

/** Text in UTF-8, without control characters. */
static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.len > 0;
}

static bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/** Copies s to dst[size]; false, and dst untouched, if it does not fit. */
static bool span_copy(char *dst, size_t size, struct span s)
{
	if (s.len >= size)
		return false;
	memcpy(dst, s.p, s.len);
	dst[s.len] = '\0';
	return true;
}

static struct span span_from(struct span s, size_t at)
{
	return (struct span){ s.p + at, s.len - at };
}

static struct span trim_left(struct span s)
{
	while (s.len && is_blank(s.p[0]))
		s = span_from(s, 1);
	return s;
}

/** The next word of *rest, empty at the end; *rest moves behind it. */
static struct span next_word(struct span *rest)
{
	struct span word = trim_left(*rest);
	size_t n = 0;

	while (n < word.len && !is_blank(word.p[n]))
		n++;
	*rest = span_from(word, n);
	word.len = n;
	return word;
}

/** Takes the last word off *rest. */
static struct span last_word(struct span *rest)
{
	size_t end = rest->len, start;

	while (end && is_blank(rest->p[end - 1]))
		end--;
	for (start = end; start && !is_blank(rest->p[start - 1]);)
		start--;
	rest->len = start;
	return (struct span){ rest->p + start, end - start };
}

/** What stands before sep; *rest moves behind it. The whole, and *rest empty,
 *  without a sep. */
static struct span cut(struct span *rest, char sep)
{
	struct span head = *rest;
	const char *at = head.len ? memchr(head.p, sep, head.len) : NULL;

	if (!at) {
		*rest = span_from(head, head.len);
		return head;
	}
	head.len = (size_t)(at - head.p);
	*rest = span_from(*rest, head.len + 1);
	return head;
}

/** A number from 0 to max, or -1. */
static int64_t number(struct span s, uint32_t max)
{
	uint64_t v;

	return str_u64(s.p, s.len, max, &v) ? -1 : (int64_t)v;
}

/** The number that s begins with, cut at max; 0 without digits. For "20.0",
 *  "20ms" and the like. */
static uint16_t leading_number(struct span s, uint16_t max)
{
	uint32_t v = 0;

	for (size_t i = 0; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		v = v * 10 + (uint32_t)(s.p[i] - '0');
		if (v > max)
			return max;
	}
	return (uint16_t)v;
}

/** A numeric address with port; false, and *a untouched, for a name. */
static bool parse_ip(union addr *a, struct span ip, uint16_t port)
{
	char text[ADDR_LEN];

	return span_copy(text, sizeof(text), ip) && addr_parse(a, text, port) == 0;
}

/* ---- attributes -------------------------------------------------------- */

static struct sdp_fmt *find_fmt(struct sdp_media *m, struct span pt)
{
	int64_t n = number(pt, 127);

	for (unsigned i = 0; i < m->n_fmt; i++)
		if (m->fmt[i].pt == n)
			return &m->fmt[i];
	return NULL;
}

/* a=rtpmap:PT NAME/CLOCK[/CHANNELS]; the first one of a number counts */
static void attr_rtpmap(struct parser *p, struct span value, int arg)
{
	struct sdp_fmt *fmt = find_fmt(p->m, next_word(&value));
	struct span rest = next_word(&value);
	struct span name = cut(&rest, '/');
	struct span clock = cut(&rest, '/');
	int64_t hz = number(clock, UINT32_MAX);
	int64_t channels = rest.len ? number(rest, UINT8_MAX) : 1;

	(void)arg;
	if (!fmt || fmt->name[0] || hz < 1 || channels < 1 || !is_visible(name))
		return;
	if (!span_copy(fmt->name, sizeof(fmt->name), name))
		return;
	fmt->clock_hz = (uint32_t)hz;
	fmt->channels = (uint8_t)channels;
}

static void attr_fmtp(struct parser *p, struct span value, int arg)
{
	struct sdp_fmt *fmt = find_fmt(p->m, next_word(&value));

	(void)arg;
	value = trim_left(value);
	if (fmt && !fmt->fmtp[0] && is_text(value))
		span_copy(fmt->fmtp, sizeof(fmt->fmtp), value);
}

static void attr_ptime(struct parser *p, struct span value, int arg)
{
	(void)arg;
	p->m->ptime_ms = leading_number(trim_left(value), UINT16_MAX);
}

static void attr_maxptime(struct parser *p, struct span value, int arg)
{
	(void)arg;
	p->m->maxptime_ms = leading_number(trim_left(value), UINT16_MAX);
}

static void attr_dir(struct parser *p, struct span value, int dir)
{
	(void)value;
	p->m->dir = (enum sdp_dir)dir;
}

/* a=rtcp:PORT [IN IP4|IP6 ADDRESS] (RFC 3605) */
static void attr_rtcp(struct parser *p, struct span value, int arg)
{
	int64_t port = number(next_word(&value), UINT16_MAX);
	struct span net = next_word(&value);
	struct span ip;

	(void)arg;
	if (port < 1)
		return;
	if (!net.len) {
		p->rtcp_port = (uint16_t)port;
		return;
	}
	next_word(&value);              /* the address says itself what it is */
	ip = next_word(&value);
	if (span_is(net, "IN"))
		parse_ip(&p->m->rtcp, ip, (uint16_t)port);
}

static void attr_rtcp_mux(struct parser *p, struct span value, int arg)
{
	(void)value;
	(void)arg;
	p->m->rtcp_mux = true;
}

static bool is_ext_id(int64_t id)
{
	return (id >= 1 && id <= SDP_EXT_ID_MAX) ||
		(id >= SDP_EXT_ID_FREE && id <= SDP_EXT_ID_END);
}

static bool is_ext_id_known(const struct sdp_media *m, int64_t id)
{
	for (unsigned i = 0; i < SDP_EXTS; i++)
		if (m->ext[i].id == id)
			return true;
	return false;
}

static bool parse_dir(enum sdp_dir *dir, struct span word)
{
	for (unsigned i = 0; i < SDP_DIRS; i++)
		if (span_is(word, sdp_dirs[i])) {
			*dir = (enum sdp_dir)i;
			return true;
		}
	return false;
}

/* a=extmap:ID[/DIRECTION] URI [ATTRIBUTES] (RFC 8285 5); the first one of an
 * ID, and of a URI that we know, counts */
static void attr_extmap(struct parser *p, struct span value, int arg)
{
	struct span dir = next_word(&value), uri = next_word(&value), word;
	int64_t id = number(cut(&dir, '/'), SDP_EXT_ID_END);
	struct sdp_ext ext = { .dir = SDP_SENDRECV };

	(void)arg;
	if (!is_ext_id(id) || !uri.len || is_ext_id_known(p->m, id) ||
	    (dir.len && !parse_dir(&ext.dir, dir)))
		return;
	ext.id = (uint16_t)id;
	while ((word = next_word(&value)).len)
		ext.vad_off = ext.vad_off || span_is(word, "vad=off");
	for (unsigned i = 0; i < SDP_EXTS; i++)
		if (span_is(uri, sdp_ext_uris[i]) && !p->m->ext[i].id)
			p->m->ext[i] = ext;
}

static void attr_extmap_mixed(struct parser *p, struct span value, int arg)
{
	(void)value;
	(void)arg;
	p->m->ext_mixed = true;
}

enum { IN_MEDIA = 1, IN_BOTH = 2 };     /* where an attribute may stand */

static const struct {
	const char *name;
	int where;
	void (*read)(struct parser *p, struct span value, int arg);
	int arg;
} attributes[] = {
	{ "rtpmap",	IN_MEDIA,	attr_rtpmap,	0 },
	{ "fmtp",	IN_MEDIA,	attr_fmtp,	0 },
	{ "ptime",	IN_BOTH,	attr_ptime,	0 },
	{ "maxptime",	IN_BOTH,	attr_maxptime,	0 },
	{ "rtcp",	IN_MEDIA,	attr_rtcp,	0 },
	{ "rtcp-mux",	IN_MEDIA,	attr_rtcp_mux,	0 },
	{ "extmap",	IN_BOTH,	attr_extmap,	0 },
	{ "extmap-allow-mixed",	IN_BOTH,	attr_extmap_mixed,	0 },
	{ "sendrecv",	IN_BOTH,	attr_dir,	SDP_SENDRECV },
	{ "sendonly",	IN_BOTH,	attr_dir,	SDP_SENDONLY },
	{ "recvonly",	IN_BOTH,	attr_dir,	SDP_RECVONLY },
	{ "inactive",	IN_BOTH,	attr_dir,	SDP_INACTIVE },
};

/* ---- lines ------------------------------------------------------------- */

static int line_version(struct parser *p, struct span value)
{
	if (!span_is(value, "0"))
		return fail(p, -EBADMSG, "v= is not 0");
	p->has_version = true;
	return 0;
}

/* o=USER ID VERSION NETTYPE ADDRTYPE ADDRESS, read from its end: there are
 * phones that put blanks into USER. */
static int line_origin(struct parser *p, struct span value)
{
	struct span address = last_word(&value);
	struct span addrtype = last_word(&value);
	struct span nettype = last_word(&value);
	struct span version = last_word(&value);
	struct span id = last_word(&value);
	struct sdp *sdp = p->sdp;

	(void)addrtype;
	if (!id.len)
		return fail(p, -EBADMSG, "o= has too few fields");
	if (p->has_origin)
		return fail(p, -EBADMSG, "a second o=");
	p->has_origin = true;
	if (str_u64(id.p, id.len, UINT64_MAX, &sdp->sess_id))
		sdp->sess_id = 0;
	if (str_u64(version.p, version.len, UINT64_MAX, &sdp->sess_ver))
		sdp->sess_ver = 0;
	if (span_is(nettype, "IN"))
		parse_ip(&sdp->origin, address, 0);

	while (value.len && is_blank(value.p[value.len - 1]))
		value.len--;
	value = trim_left(value);
	if (value.len >= sizeof(sdp->user))
		value.len = sizeof(sdp->user) - 1;
	while (value.len && is_blank(value.p[value.len - 1]))
		value.len--;
	if (!is_text(value) || !span_copy(sdp->user, sizeof(sdp->user), value))
		str_copy(sdp->user, sizeof(sdp->user), "-");
	return 0;
}

/* c=IN IP4|IP6 ADDRESS[/TTL[/COUNT]] */
static int line_connection(struct parser *p, struct span value)
{
	struct span nettype = next_word(&value);
	struct span addrtype = next_word(&value);
	struct span address = next_word(&value);
	struct span ip = cut(&address, '/');
	union addr a = { 0 };

	if (!nettype.len || !addrtype.len || !ip.len)
		return fail(p, -EBADMSG, "c= has too few fields");
	if (span_is(nettype, "IN"))
		parse_ip(&a, ip, 0);
	p->m->addr = a;
	return 0;
}

/** Adds a format to the list as text and, if it is an RTP payload type, to
 *  fmt[]. False when the text is full. */
static bool add_format(struct sdp_media *m, struct span word, bool rtp)
{
	size_t len = strlen(m->formats);
	int64_t pt = number(word, 127);

	if (len + !!len + word.len >= sizeof(m->formats))
		return false;
	if (len)
		m->formats[len++] = ' ';
	span_copy(m->formats + len, sizeof(m->formats) - len, word);

	if (!rtp || pt < 0 || m->n_fmt == SDP_FMT_MAX || find_fmt(m, word))
		return true;
	m->fmt[m->n_fmt++] = (struct sdp_fmt){
		.pt = (uint8_t)pt, .channels = 1
	};
	return true;
}

static bool is_rtp(const char *proto)
{
	return strncasecmp(proto, "RTP/", 4) == 0 || strcasestr(proto, "/RTP/");
}

static int read_formats(struct parser *p, struct sdp_media *m, struct span list)
{
	bool rtp = is_rtp(m->proto), room = true;
	struct span word;

	while ((word = next_word(&list)).len) {
		if (!is_visible(word))
			return fail(p, -EBADMSG, "m= has a bad format");
		room = room && add_format(m, word, rtp);
	}
	return 0;
}

/** Ends the medium we are in (or the session part, for which it is nothing). */
static void end_media(struct parser *p)
{
	struct sdp_media *m = p->m;

	if (p->rtcp_port && !addr_is_set(&m->rtcp) && addr_is_set(&m->addr)) {
		m->rtcp = m->addr;
		addr_set_port(&m->rtcp, p->rtcp_port);
	}
	p->rtcp_port = 0;
}

/* m=TYPE PORT[/COUNT] PROTO FORMAT... */
static int line_media(struct parser *p, struct span value)
{
	struct span type = next_word(&value);
	struct span ports = next_word(&value);
	struct span proto = next_word(&value);
	int64_t port = number(cut(&ports, '/'), UINT16_MAX);
	struct sdp_media *m;

	end_media(p);
	if (!is_visible(type) || !is_visible(proto))
		return fail(p, -EBADMSG, "m= has too few fields");
	if (port < 0)
		return fail(p, -EBADMSG, "m= has no port");
	if (p->sdp->n_media == SDP_MEDIA_MAX)
		return fail(p, -E2BIG, "too many m= lines");

	m = &p->sdp->media[p->sdp->n_media];
	*m = p->common;
	m->port = (uint16_t)port;
	if (!span_copy(m->type, sizeof(m->type), type) ||
	    !span_copy(m->proto, sizeof(m->proto), proto))
		return fail(p, -E2BIG, "a word of m= is too long");
	p->sdp->n_media++;
	p->m = m;
	return read_formats(p, m, value);
}

static int line_attribute(struct parser *p, struct span value)
{
	struct span name = cut(&value, ':');
	int where = p->m == &p->common ? IN_BOTH : IN_MEDIA;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (span_is(name, attributes[i].name)) {
			if (attributes[i].where >= where)
				attributes[i].read(p, value, attributes[i].arg);
			break;
		}
	return 0;
}

static int (*const lines[26])(struct parser *p, struct span value) = {
	['v' - 'a'] = line_version,
	['o' - 'a'] = line_origin,
	['c' - 'a'] = line_connection,
	['m' - 'a'] = line_media,
	['a' - 'a'] = line_attribute,
};

static int parse_line(struct parser *p, struct span s)
{
	unsigned letter = (unsigned)(unsigned char)s.p[0] - 'a';

	if (!p->has_version && letter != 'v' - 'a')
		return fail(p, -EBADMSG, "does not begin with v=");
	if (s.len < 2 || s.p[1] != '=')
		return fail(p, -EBADMSG, "a line that is not LETTER=");
	if (memchr(s.p, '\0', s.len) || memchr(s.p, '\r', s.len))
		return fail(p, -EBADMSG, "a NUL or CR inside a line");
	if (letter >= sizeof(lines) / sizeof(lines[0]) || !lines[letter])
		return 0;
	return lines[letter](p, span_from(s, 2));
}

static int parse_text(struct parser *p, struct span text)
{
	while (text.len) {
		struct span s = cut(&text, '\n');
		int err;

		p->line++;
		while (s.len && (is_blank(s.p[s.len - 1]) || s.p[s.len - 1] == '\r'))
			s.len--;
		if (!s.len)
			continue;
		err = parse_line(p, s);
		if (err)
			return err;
	}
	end_media(p);
	if (!p->has_version)
		return fail(p, -EBADMSG, "empty");
	if (!p->has_origin)
		return fail(p, -EBADMSG, "no o=");
	return 0;
}

int sdp_parse(struct sdp *sdp, const char *text, size_t len,
	      struct sdp_error *err)
{
	struct parser p = {
		.sdp = sdp, .err = err, .common.dir = SDP_SENDRECV
	};
	int rc;

	p.m = &p.common;
	memset(sdp, 0, sizeof(*sdp));
	if (len > SDP_TEXT_MAX)
		return fail(&p, -E2BIG, "too long");
	rc = parse_text(&p, (struct span){ text, len });
	if (rc)
		memset(sdp, 0, sizeof(*sdp));
	return rc;
}
