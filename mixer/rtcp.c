/* rtcp.c - RTCP compound packets built and read (RFC 3550 6). */
#include "rtcp.h"

#include <errno.h>
#include <string.h>

enum { RTCP_SR = 200, RTCP_RR, RTCP_SDES, RTCP_BYE };
enum { SDES_END = 0, SDES_CNAME = 1 };

/* In bytes. */
enum { HEADER = 4, SENDER = 20, REPORT = 24 };

/* Seconds from 1900 to 1970 (RFC 5905 figure 4). */
static const uint64_t ntp_unix = 2208988800u;

/* ---- building ---------------------------------------------------------- */

/** Where the next byte goes. */
struct writer {
	uint8_t *p;
};

static void w8(struct writer *w, unsigned v)
{
	*w->p++ = (uint8_t)v;
}

static void w32(struct writer *w, uint32_t v)
{
	w8(w, v >> 24);
	w8(w, v >> 16);
	w8(w, v >> 8);
	w8(w, v);
}

/** The header of a packet of len bytes with the sender's SSRC. */
static void w_header(struct writer *w, unsigned count, unsigned type,
		     size_t len, uint32_t ssrc)
{
	w8(w, 2 << 6 | count);
	w8(w, type);
	w8(w, (unsigned)(len / 4 - 1) >> 8);
	w8(w, (unsigned)(len / 4 - 1));
	w32(w, ssrc);
}

static void w_report(struct writer *w, const struct mx_rtp_report *r)
{
	w32(w, r->ssrc);
	w32(w, (uint32_t)r->fraction << 24 | ((uint32_t)r->lost & 0xffffff));
	w32(w, r->ext_seq);
	w32(w, r->jitter);
	w32(w, r->lsr);
	w32(w, r->dlsr);
}

/** Length of an SDES packet with one CNAME: at least one zero byte ends the
 *  chunk, which fills whole words. */
static size_t sdes_len(size_t cname_len)
{
	return HEADER + 4 + ((2 + cname_len + 1 + 3) & ~(size_t)3);
}

static void w_sdes(struct writer *w, uint32_t ssrc, const char *cname,
		   size_t cname_len)
{
	size_t len = sdes_len(cname_len);
	const uint8_t *end = w->p + len;

	w_header(w, 1, RTCP_SDES, len, ssrc);
	w8(w, SDES_CNAME);
	w8(w, (unsigned)cname_len);
	memcpy(w->p, cname, cname_len);
	w->p += cname_len;
	while (w->p < end)
		w8(w, SDES_END);
}

int mx_rtcp_build(uint8_t *out, size_t max, const struct mx_rtcp_out *o)
{
	struct writer w = { out };
	size_t cname_len = o->cname ? strlen(o->cname) : 0;
	size_t report_len = HEADER + 4 + (o->sr ? (size_t)SENDER : 0) +
			    o->n_reports * REPORT;

	if (!o->cname || cname_len > MX_RTCP_CNAME_MAX ||
	    o->n_reports > MX_RTCP_REPORTS_MAX)
		return -EINVAL;
	if (report_len + sdes_len(cname_len) + (o->bye ? HEADER + 4 : 0) > max)
		return -ENOSPC;

	w_header(&w, (unsigned)o->n_reports, o->sr ? RTCP_SR : RTCP_RR,
		 report_len, o->ssrc);
	if (o->sr) {
		w32(&w, (uint32_t)(o->sr->ntp >> 32));
		w32(&w, (uint32_t)o->sr->ntp);
		w32(&w, o->sr->ts);
		w32(&w, o->sr->packets);
		w32(&w, o->sr->octets);
	}
	for (size_t i = 0; i < o->n_reports; i++)
		w_report(&w, &o->reports[i]);
	w_sdes(&w, o->ssrc, o->cname, cname_len);
	if (o->bye)
		w_header(&w, 1, RTCP_BYE, HEADER + 4, o->ssrc);
	return (int)(w.p - out);
}

/* ---- reading ----------------------------------------------------------- */

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/** One packet of a compound, its length checked against what is left. */
struct packet {
	unsigned count, type;
	const uint8_t *body;            /* after the four bytes of header */
	size_t len;                     /* of body, without padding */
};

/** Takes the packet at data. Bytes used, or 0 if it does not fit. */
static size_t take_packet(const uint8_t *data, size_t left, struct packet *p)
{
	size_t len, pad = 0;

	if (left < HEADER || data[0] >> 6 != 2)
		return 0;
	len = ((size_t)(data[2] << 8 | data[3]) + 1) * 4;
	if (len > left)
		return 0;
	if (data[0] & 0x20) {
		/* only the last packet may be padded, in whole words */
		pad = data[len - 1];
		if (len != left || pad == 0 || pad % 4 || pad > len - HEADER)
			return 0;
	}
	p->count = data[0] & 0x1f;
	p->type = data[1];
	p->body = data + HEADER;
	p->len = len - HEADER - pad;
	return len;
}

static void read_report(struct mx_rtp_report *r, const uint8_t *p)
{
	uint32_t lost = get32(p + 4) & 0xffffff;

	r->ssrc = get32(p);
	r->fraction = p[4];
	r->lost = (int32_t)(lost ^ 0x800000) - 0x800000;        /* sign */
	r->ext_seq = get32(p + 8);
	r->jitter = get32(p + 12);
	r->lsr = get32(p + 16);
	r->dlsr = get32(p + 20);
}

/** SR and RR; what follows the blocks is a profile's extension. */
static bool read_reports(struct mx_rtcp_in *in, const struct packet *p,
			 bool first)
{
	size_t head = 4 + (p->type == RTCP_SR ? SENDER : 0);
	const uint8_t *b = p->body;
	uint32_t ssrc;

	if (p->len < head + p->count * REPORT)
		return false;
	ssrc = get32(b);
	if (first)
		in->ssrc = ssrc;
	if (ssrc != in->ssrc) {
		in->skipped++;
		return true;
	}
	if (p->type == RTCP_SR) {
		in->has_sr = true;
		in->sr.ntp = (uint64_t)get32(b + 4) << 32 | get32(b + 8);
		in->sr.ts = get32(b + 12);
		in->sr.packets = get32(b + 16);
		in->sr.octets = get32(b + 20);
	}
	b += head;
	for (unsigned i = 0; i < p->count; i++, b += REPORT) {
		if (in->n_reports < MX_RTCP_REPORTS_MAX)
			read_report(&in->reports[in->n_reports++], b);
		else
			in->skipped++;
	}
	return true;
}

/** One chunk at *bp: an SSRC and items up to a zero, filled to whole words. */
static bool read_chunk(struct mx_rtcp_in *in, const uint8_t *base,
		       const uint8_t **bp, const uint8_t *end)
{
	const uint8_t *b = *bp;
	uint32_t ssrc;

	if (end - b < 4)
		return false;
	ssrc = get32(b);
	if (ssrc != in->ssrc)
		in->skipped++;
	for (b += 4; ; b += 2 + b[1]) {
		if (b == end)
			return false;           /* no end mark */
		if (b[0] == SDES_END)
			break;
		if (end - b < 2 || end - b < 2 + b[1])
			return false;
		if (b[0] == SDES_CNAME && ssrc == in->ssrc) {
			in->cname = b + 2;
			in->cname_len = b[1];
		}
	}
	/* body and packet begin on word borders, so count from the body */
	b += 4 - (b - base) % 4;
	if (b > end)
		return false;
	*bp = b;
	return true;
}

static bool read_sdes(struct mx_rtcp_in *in, const struct packet *p)
{
	const uint8_t *b = p->body, *end = b + p->len;

	for (unsigned i = 0; i < p->count; i++)
		if (!read_chunk(in, p->body, &b, end))
			return false;
	return true;
}

static bool read_bye(struct mx_rtcp_in *in, const struct packet *p)
{
	if (p->len < p->count * 4)
		return false;
	for (unsigned i = 0; i < p->count; i++) {
		if (get32(p->body + i * 4) == in->ssrc)
			in->bye = true;
		else
			in->skipped++;
	}
	return true;
}

static bool read_packet(struct mx_rtcp_in *in, const struct packet *p,
			bool first)
{
	if (first && p->type != RTCP_SR && p->type != RTCP_RR)
		return false;
	switch (p->type) {
	case RTCP_SR:
	case RTCP_RR:
		return read_reports(in, p, first);
	case RTCP_SDES:
		return read_sdes(in, p);
	case RTCP_BYE:
		return read_bye(in, p);
	default:                        /* APP, feedback, XR: allowed, unused */
		in->skipped++;
		return true;
	}
}

int mx_rtcp_parse(const uint8_t *data, size_t len, struct mx_rtcp_in *in)
{
	struct mx_rtcp_in got = { 0 };
	size_t used;

	if (len == 0)
		return -EBADMSG;
	for (size_t at = 0; at < len; at += used) {
		struct packet p;

		used = take_packet(data + at, len - at, &p);
		if (!used)
			return -EBADMSG;
		if (at == 0 && data[0] & 0x20)
			return -EBADMSG;        /* A.2: the first is not padded */
		if (!read_packet(&got, &p, at == 0))
			return -EBADMSG;
	}
	*in = got;
	return 0;
}

/* ---- arithmetic -------------------------------------------------------- */

uint64_t mx_rtcp_ntp(int64_t unix_us)
{
	int64_t s = unix_us / 1000000, us = unix_us % 1000000;

	if (us < 0) {
		us += 1000000;
		s--;
	}
	return ((uint64_t)s + ntp_unix) << 32 | ((uint64_t)us << 32) / 1000000;
}

int64_t mx_rtcp_rtt_us(const struct mx_rtp_report *r, uint64_t now_ntp)
{
	uint32_t now = (uint32_t)(now_ntp >> 16);
	int32_t rtt = (int32_t)(now - r->lsr - r->dlsr);        /* 1/65536 s */

	if (r->lsr == 0)
		return -ENODATA;
	/* Both ends round; on a short way that can come to just below zero. */
	if (rtt < 0 && rtt >= -65536 / 100)
		rtt = 0;
	if (rtt < 0 || rtt > 60 * 65536)
		return -ERANGE;
	return (int64_t)rtt * 1000000 / 65536;
}

int64_t mx_rtcp_interval_us(bool first, uint32_t random)
{
	/* RFC 3550 6.2, 6.3.1, without the division by e - 3/2: that makes up
	 * for timer reconsideration, which a session of two does without. */
	int64_t t = first ? MX_RTCP_INTERVAL_US / 2 : MX_RTCP_INTERVAL_US;

	return t / 2 + (int64_t)((uint64_t)t * random >> 32);
}
