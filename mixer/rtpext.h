/*
 * rtpext.h - what an RTP packet says beside its payload: header extensions
 * (RFC 8285) with levels (RFC 6464, RFC 6465), and contributing sources.
 *
 * Pure functions on plain data; what the numbers of extensions mean is agreed
 * on by signalling.
 */
#ifndef MX_RTPEXT_H
#define MX_RTPEXT_H

#include <stddef.h>
#include <stdint.h>

#include "rtp.h"

enum {
	MX_CSRCS_MAX = 15,              /* RFC 3550 5.1: four bits */
	/* fixed header, CSRCs, and a level for each in the two-byte form */
	MX_RTPEXT_HDR_MAX = MX_RTP_HDR + MX_CSRCS_MAX * 4 + 4 + 20
};

/** Whom a mix consists of. Zero n to begin. */
struct mx_csrcs {
	uint8_t n;
	uint8_t level[MX_CSRCS_MAX];    /* -dBov, 0 to 127 */
	uint32_t ssrc[MX_CSRCS_MAX];    /* each once */
};

/** Adds a source, unless it is there already or the list is full. */
void mx_csrcs_add(struct mx_csrcs *cs, uint32_t ssrc, uint8_t level);

/**
 * Finds an element of a packet's header extension, of either form.
 *
 * @param pkt  as mx_rtp_parse() left it
 * @param id   1 to 255
 * @return its length, and *data is where it lies in the packet; -ENOENT
 */
int mx_rtpext_find(const struct mx_pkt *pkt, uint8_t id, const uint8_t **data);

/** How loud the sender says the packet is (RFC 6464); MX_PKT_NO_LEVEL if it
 *  does not, or id is 0. */
uint8_t mx_rtpext_level(const struct mx_pkt *pkt, uint8_t id);

/**
 * Writes a header so that it ends where payload begins.
 *
 * @param payload  MX_RTPEXT_HDR_MAX bytes before it are free
 * @param cs       sources to name; NULL: none
 * @param but      of these, the one that is left out: the receiver himself
 * @param id       of the extension with their levels; 0: none
 * @return where the header begins
 */
uint8_t *mx_rtpext_prepend(uint8_t *payload, const struct mx_rtp_hdr *h,
			   const struct mx_csrcs *cs, uint32_t but, uint8_t id);

#endif
