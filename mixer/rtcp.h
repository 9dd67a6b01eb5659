/*
 * rtcp.h - RTCP (RFC 3550 6): compound packets built and read, and the
 * arithmetic around them. Pure functions; no clock, no state.
 */
#ifndef MX_RTCP_H
#define MX_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp.h"

enum {
	MX_RTCP_REPORTS_MAX = 31,       /* blocks one packet can carry */
	MX_RTCP_CNAME_MAX = 255,
	MX_RTCP_INTERVAL_US = 5000000   /* RFC 3550 6.2 */
};

/** The sender part of an SR. */
struct mx_rtcp_sr {
	uint64_t ntp;           /* 32.32, mx_rtcp_ntp() */
	uint32_t ts;            /* the same instant on the RTP clock */
	uint32_t packets, octets;
};

/** What to send. */
struct mx_rtcp_out {
	uint32_t ssrc;
	const char *cname;              /* at most MX_RTCP_CNAME_MAX bytes */
	const struct mx_rtcp_sr *sr;    /* NULL: we send no RTP, make an RR */
	const struct mx_rtp_report *reports;
	size_t n_reports;               /* at most MX_RTCP_REPORTS_MAX */
	bool bye;                       /* we leave */
};

/** A compound SR or RR, SDES CNAME, and BYE if asked. Bytes written; -EINVAL,
 *  or -ENOSPC if max is too small (it never is from 1100 on). */
int mx_rtcp_build(uint8_t *out, size_t max, const struct mx_rtcp_out *o);

/** What was received. */
struct mx_rtcp_in {
	uint32_t ssrc;                  /* who reports */
	bool has_sr;
	struct mx_rtcp_sr sr;
	struct mx_rtp_report reports[MX_RTCP_REPORTS_MAX];
	size_t n_reports;
	const uint8_t *cname;           /* inside the datagram; NULL: none */
	size_t cname_len;
	bool bye;                       /* ssrc leaves */
	unsigned skipped;               /* packets, reports and chunks of no use
					 * here: APP, feedback, XR, others' */
};

/**
 * Reads a compound packet with the checks of RFC 3550 A.2.
 *
 * @return 0, or -EBADMSG and *in untouched
 */
int mx_rtcp_parse(const uint8_t *data, size_t len, struct mx_rtcp_in *in);

/** NTP time (32.32 since 1900) of a time in microseconds since 1970. */
uint64_t mx_rtcp_ntp(int64_t unix_us);

/** Round-trip time in microseconds that a report about us tells when it comes
 *  at now_ntp (RFC 3550 6.4.1); -ENODATA: the peer had no SR of ours yet;
 *  -ERANGE: nonsense, below zero or over a minute. */
int64_t mx_rtcp_rtt_us(const struct mx_rtp_report *r, uint64_t now_ntp);

/** Microseconds to the next report: 0.5 to 1.5 times 5 s, half that for the
 *  first one. random is any uniform 32 bits. */
int64_t mx_rtcp_interval_us(bool first, uint32_t random);

#endif
