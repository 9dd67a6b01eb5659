/* rtp.c - RTP headers, serial numbers, reception statistics (RFC 3550). */
#include "rtp.h"

#include <errno.h>
#include <string.h>

/* RFC 3550 A.1: a packet this far ahead, or this far behind, is no loss and no
 * reordering but a sender that has restarted its sequence. */
enum { MAX_DROPOUT = 3000, MAX_MISORDER = 100 };

enum { BAD_SEQ_SET = 0x10000 };

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

bool mx_rtp_is_rtcp(const uint8_t *data, size_t len)
{
	/* RTCP types 192 to 223 are payload types 64 to 95 with the marker
	 * bit set; those payload types are kept free for this. */
	return len >= 2 && data[0] >> 6 == 2 && data[1] >= 192 && data[1] <= 223;
}

int mx_rtp_parse(struct mx_pkt *pkt, size_t size)
{
	const uint8_t *d = pkt->data;
	size_t off = MX_RTP_HDR, pad = 0;

	if (size < MX_RTP_HDR || size > MX_PKT_SIZE || d[0] >> 6 != 2)
		return -EBADMSG;

	off += (size_t)(d[0] & 0x0f) * 4;               /* CSRCs */
	if (d[0] & 0x10) {                              /* extension */
		if (off + 4 > size)
			return -EBADMSG;
		off += 4 + (size_t)get16(d + off + 2) * 4;
	}
	if (off > size)
		return -EBADMSG;
	if (d[0] & 0x20) {                              /* padding, counts itself */
		pad = d[size - 1];
		if (pad == 0 || pad > size - off)
			return -EBADMSG;
	}

	pkt->marker = d[1] >> 7;
	pkt->pt = d[1] & 0x7f;
	pkt->seq = get16(d + 2);
	pkt->ts = get32(d + 4);
	pkt->ssrc = get32(d + 8);
	pkt->level = MX_PKT_NO_LEVEL;
	pkt->off = (uint16_t)off;
	pkt->len = (uint16_t)(size - off - pad);
	return 0;
}

void mx_rtp_build(uint8_t out[static MX_RTP_HDR], const struct mx_rtp_hdr *h)
{
	out[0] = 2 << 6;
	out[1] = (uint8_t)((h->marker ? 0x80 : 0) | (h->pt & 0x7f));
	put16(out + 2, h->seq);
	put32(out + 4, h->ts);
	put32(out + 8, h->ssrc);
}

int64_t mx_rtp_extend_ts(int64_t near, uint32_t ts)
{
	return near + (int32_t)(ts - (uint32_t)near);
}

int64_t mx_rtp_extend_seq(int64_t near, uint16_t seq)
{
	return near + (int16_t)(seq - (uint16_t)near);
}

static uint32_t expected(const struct mx_rtp_rx *rx)
{
	return rx->max_seq - rx->base_seq + 1;
}

static int32_t lost(const struct mx_rtp_rx *rx)
{
	return (int32_t)(expected(rx) - rx->received);
}

/** Begins a sequence; what was counted of the source before goes to the sum. */
static void restart(struct mx_rtp_rx *rx, uint16_t seq)
{
	if (rx->active && lost(rx) > 0)
		rx->lost_before += (uint32_t)lost(rx);
	rx->received_before += rx->received;
	rx->active = true;
	rx->base_seq = rx->max_seq = seq;
	rx->bad_seq = 0;
	rx->received = 0;
	rx->expected_prior = rx->received_prior = 0;
	rx->timed = false;
}

static void new_source(struct mx_rtp_rx *rx, uint32_t ssrc, uint16_t seq)
{
	restart(rx, seq);
	rx->ssrc = ssrc;
	rx->jitter_q4 = 0;
	rx->lsr = 0;
	rx->sources++;
}

/** A.1: is seq a plausible next one? Follows it if so. */
static int update_seq(struct mx_rtp_rx *rx, uint16_t seq)
{
	uint16_t ahead = (uint16_t)(seq - (uint16_t)rx->max_seq);

	if (ahead < MAX_DROPOUT) {
		rx->max_seq += ahead;
	} else if (ahead <= 0x10000 - MAX_MISORDER) {
		if (rx->bad_seq != (uint32_t)(BAD_SEQ_SET + seq)) {
			rx->bad_seq = BAD_SEQ_SET + (uint16_t)(seq + 1);
			return -ERANGE;
		}
		restart(rx, seq);
	}                                               /* else late or twice */
	return 0;
}

/** A.8: J += (|D| - J) / 16, with J times 16 so that nothing is rounded off. */
static void update_jitter(struct mx_rtp_rx *rx, const struct mx_pkt *pkt,
			  uint32_t clock_hz)
{
	int64_t us = pkt->arrival_us;
	/* whole seconds apart, so that the product cannot overflow */
	int64_t units = us / 1000000 * clock_hz +
			us % 1000000 * clock_hz / 1000000;
	uint32_t transit = (uint32_t)units - pkt->ts;
	int32_t d = (int32_t)(transit - rx->transit);
	uint32_t dist = d < 0 ? 0u - (uint32_t)d : (uint32_t)d;
	bool timed = rx->timed;

	rx->transit = transit;
	rx->timed = true;
	/* A jump of the timestamp (over 10 s) is not jitter. */
	if (!timed || dist > 10 * clock_hz)
		return;
	rx->jitter_q4 += dist - ((rx->jitter_q4 + 8) >> 4);
}

int mx_rtp_rx_put(struct mx_rtp_rx *rx, const struct mx_pkt *pkt,
		  uint32_t clock_hz)
{
	int err = 0;

	if (!rx->active || rx->ssrc != pkt->ssrc)
		new_source(rx, pkt->ssrc, pkt->seq);
	else
		err = update_seq(rx, pkt->seq);
	if (err)
		return err;

	rx->received++;
	if (clock_hz)
		update_jitter(rx, pkt, clock_hz);
	return 0;
}

void mx_rtp_rx_sr(struct mx_rtp_rx *rx, uint32_t ssrc, uint64_t ntp,
		  int64_t now_us)
{
	if (!rx->active || rx->ssrc != ssrc)
		return;
	rx->lsr = (uint32_t)(ntp >> 16);
	rx->sr_us = now_us;
}

/** Lost of 256 since the last report; duplicates can make it less than none. */
static uint8_t fraction(uint32_t want, uint32_t got)
{
	int32_t missing = (int32_t)(want - got);

	if (want == 0 || missing <= 0)
		return 0;
	if ((uint32_t)missing >= want)
		return 255;
	return (uint8_t)(((uint64_t)(uint32_t)missing << 8) / want);
}

static int32_t clamp24(int32_t v)
{
	return v > 0x7fffff ? 0x7fffff : v < -0x800000 ? -0x800000 : v;
}

bool mx_rtp_rx_report(struct mx_rtp_rx *rx, int64_t now_us,
		      struct mx_rtp_report *r)
{
	uint32_t want = expected(rx);

	if (!rx->active)
		return false;
	memset(r, 0, sizeof(*r));
	r->ssrc = rx->ssrc;
	r->fraction = fraction(want - rx->expected_prior,
			       rx->received - rx->received_prior);
	r->lost = clamp24(lost(rx));
	r->ext_seq = rx->max_seq;
	r->jitter = rx->jitter_q4 >> 4;
	r->lsr = rx->lsr;
	if (rx->lsr)
		r->dlsr = (uint32_t)((now_us - rx->sr_us) * 65536 / 1000000);
	rx->expected_prior = want;
	rx->received_prior = rx->received;
	return true;
}

uint64_t mx_rtp_rx_received(const struct mx_rtp_rx *rx)
{
	return rx->received_before + rx->received;
}

uint64_t mx_rtp_rx_lost(const struct mx_rtp_rx *rx)
{
	int32_t now = rx->active ? lost(rx) : 0;

	return rx->lost_before + (now > 0 ? (uint32_t)now : 0);
}

uint32_t mx_rtp_rx_jitter_us(const struct mx_rtp_rx *rx, uint32_t clock_hz)
{
	if (!clock_hz)
		return 0;
	return (uint32_t)((uint64_t)(rx->jitter_q4 >> 4) * 1000000 / clock_hz);
}
