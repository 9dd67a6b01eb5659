/* rtpext.c - see rtpext.h */
#include "rtpext.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	ONE_BYTE = 0xbede,              /* RFC 8285 4.2 */
	TWO_BYTE = 0x100,               /* 4.3, in the upper twelve bits */
	ONE_BYTE_ID_MAX = 14,           /* 15 ends the reading */
	X = 0x10                        /* the header's bit: has an extension */
};

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
	return p + 4;
}

void mx_csrcs_add(struct mx_csrcs *cs, uint32_t ssrc, uint8_t level)
{
	if (cs->n == MX_CSRCS_MAX)
		return;
	for (unsigned i = 0; i < cs->n; i++)
		if (cs->ssrc[i] == ssrc)
			return;
	cs->ssrc[cs->n] = ssrc;
	cs->level[cs->n++] = level;
}

/* ---- reading ----------------------------------------------------------- */

/* One after the other, a byte of padding between any two of them; id 0 with a
 * length is padding of the same length, in the two-byte form. */
static int find(const uint8_t *p, const uint8_t *end, bool two, uint8_t id,
		const uint8_t **data)
{
	while (p < end) {
		unsigned at = two ? *p : *p >> 4, len;

		if (*p == 0) {
			p++;
			continue;
		}
		if (!two && at > ONE_BYTE_ID_MAX)
			return -ENOENT;
		len = two ? 0 : (*p & 15u) + 1;
		p++;
		if (two) {
			if (p == end)
				return -ENOENT;
			len = *p++;
		}
		if (len > (size_t)(end - p))
			return -ENOENT;
		if (at == id) {
			*data = p;
			return (int)len;
		}
		p += len;
	}
	return -ENOENT;
}

int mx_rtpext_find(const struct mx_pkt *pkt, uint8_t id, const uint8_t **data)
{
	const uint8_t *p = pkt->data + MX_RTP_HDR + (pkt->data[0] & 15u) * 4;
	unsigned profile;

	if (!(pkt->data[0] & X) || id == 0)
		return -ENOENT;
	profile = get16(p);
	p += 4;
	if (profile == ONE_BYTE)
		return find(p, pkt->data + pkt->off, false, id, data);
	if (profile >> 4 == TWO_BYTE)
		return find(p, pkt->data + pkt->off, true, id, data);
	return -ENOENT;
}

uint8_t mx_rtpext_level(const struct mx_pkt *pkt, uint8_t id)
{
	const uint8_t *data;

	/* The top bit is the sender's own idea of speech. */
	return mx_rtpext_find(pkt, id, &data) > 0 ? *data & 0x7f :
		MX_PKT_NO_LEVEL;
}

/* ---- writing ----------------------------------------------------------- */

/* RFC 6465 3: a byte each, in the order of the CSRCs; whole words. */
static uint8_t *put_levels(uint8_t *p, const uint8_t *level, unsigned n,
			   uint8_t id)
{
	bool one = id <= ONE_BYTE_ID_MAX;
	unsigned len = n + (one ? 1 : 2), words = (len + 3) / 4;
	const unsigned profile = one ? (unsigned)ONE_BYTE :
		(unsigned)TWO_BYTE << 4;

	p = put32(p, profile << 16 | words);
	memset(p + len, 0, words * 4 - len);
	if (one) {
		p[0] = (uint8_t)((unsigned)id << 4 | (n - 1));
	} else {
		p[0] = id;
		p[1] = (uint8_t)n;
	}
	memcpy(p + len - n, level, n);
	return p + words * 4;
}

uint8_t *mx_rtpext_prepend(uint8_t *payload, const struct mx_rtp_hdr *h,
			   const struct mx_csrcs *cs, uint32_t but, uint8_t id)
{
	uint8_t hdr[MX_RTPEXT_HDR_MAX], level[MX_CSRCS_MAX];
	uint8_t *end = hdr + MX_RTP_HDR;
	unsigned n = 0;

	mx_rtp_build(hdr, h);
	for (unsigned i = 0; cs && i < cs->n; i++) {
		if (cs->ssrc[i] == but)
			continue;
		end = put32(end, cs->ssrc[i]);
		level[n++] = cs->level[i];
	}
	hdr[0] |= (uint8_t)n;
	if (n > 0 && id > 0) {
		hdr[0] |= X;
		end = put_levels(end, level, n, id);
	}
	return memcpy(payload - (end - hdr), hdr, (size_t)(end - hdr));
}
