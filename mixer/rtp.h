/*
 * rtp.h - RTP (RFC 3550): headers, serial-number arithmetic, and what a
 * receiver counts about one stream.
 *
 * Plain data and pure functions; embed and zero. Times are arguments, in
 * microseconds on any steady clock.
 */
#ifndef MX_RTP_H
#define MX_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pkt.h"

enum { MX_RTP_HDR = 12 };

/** What we send; CSRCs and an extension may follow (rtpext.h). */
struct mx_rtp_hdr {
	uint32_t ssrc, ts;
	uint16_t seq;
	uint8_t pt;             /* 0 to 127 */
	bool marker;
};

/** Is a datagram that came to an RTP port RTCP (RFC 5761 4)? */
bool mx_rtp_is_rtcp(const uint8_t *data, size_t len);

/**
 * Reads the header of the datagram data[0..size) of the slot and fills ssrc,
 * ts, seq, pt, marker, off and len; level too, but where there is one an
 * extension says it (rtpext.h). arrival_us is the caller's to set.
 *
 * @return 0, or -EBADMSG (not RTP version 2, or a length inside does not fit)
 *         and the slot's fields untouched
 */
int mx_rtp_parse(struct mx_pkt *pkt, size_t size);

/** Writes h to out. */
void mx_rtp_build(uint8_t out[static MX_RTP_HDR], const struct mx_rtp_hdr *h);

/** The number nearest to near whose low 32 bits are ts: a timestamp that does
 *  not wrap. */
int64_t mx_rtp_extend_ts(int64_t near, uint32_t ts);
/** The same for the 16 bits of a sequence number. */
int64_t mx_rtp_extend_seq(int64_t near, uint16_t seq);

/** What a receiver says of a source: a report block (RFC 3550 6.4.1). */
struct mx_rtp_report {
	uint32_t ssrc;          /* the source */
	uint8_t fraction;       /* lost since the last report, of 256 */
	int32_t lost;           /* in all, 24 bits; below 0 with duplicates */
	uint32_t ext_seq;       /* highest received */
	uint32_t jitter;        /* RTP clock units */
	uint32_t lsr;           /* middle of the last SR's NTP time, 0: none */
	uint32_t dlsr;          /* since then, in 1/65536 s */
};

/** A stream as received: RFC 3550 A.1, A.3, A.8. No probation: the stream was
 *  announced by signalling, so the first packet counts. */
struct mx_rtp_rx {
	/* of each packet */
	bool active;            /* one has come */
	bool timed;             /* transit is set */
	uint32_t ssrc;
	uint32_t max_seq;       /* highest one, extended */
	uint32_t bad_seq;       /* 0x10000 + what must come next for a jump to
				 * be believed; 0: no jump */
	uint32_t received;      /* of this source */
	uint32_t transit;       /* of the last packet, RTP clock units */
	uint32_t jitter_q4;     /* times 16 */

	uint32_t base_seq;      /* first one, extended */
	uint32_t expected_prior, received_prior;        /* at the last report */
	uint32_t lsr;           /* the source's last SR ... */
	int64_t sr_us;          /* ... and when it came */
	uint64_t received_before, lost_before;  /* of the sources before */
	uint32_t sources;       /* SSRCs so far */
};

/**
 * Counts a packet.
 *
 * @param clock_hz  of the packet's payload type; 0: its timestamp does not say
 *                  when it was sent (telephone-event), leave jitter alone
 * @return 0, or -ERANGE: a jump in the sequence, not counted unless the next
 *         packet goes on from there
 */
int mx_rtp_rx_put(struct mx_rtp_rx *rx, const struct mx_pkt *pkt,
		  uint32_t clock_hz);
/** Notes a sender report of ssrc that came at now_us; ntp as in the SR. */
void mx_rtp_rx_sr(struct mx_rtp_rx *rx, uint32_t ssrc, uint64_t ntp,
		  int64_t now_us);
/** Fills a report block and starts the next interval. False: nothing came yet. */
bool mx_rtp_rx_report(struct mx_rtp_rx *rx, int64_t now_us,
		      struct mx_rtp_report *r);
/** Packets received so far over all sources. */
uint64_t mx_rtp_rx_received(const struct mx_rtp_rx *rx);
/** Packets missing so far over all sources, never below 0. */
uint64_t mx_rtp_rx_lost(const struct mx_rtp_rx *rx);
/** Interarrival jitter in microseconds. */
uint32_t mx_rtp_rx_jitter_us(const struct mx_rtp_rx *rx, uint32_t clock_hz);

#endif
