/*
 * pkt.h - packet slots: where a payload lies from the socket to the decoder.
 *
 * A pool is memory cut into slots of a few sizes, owned by one media thread. A
 * slot has one owner at any moment: the pool, who is about to hand it on, or a
 * jitter buffer. Nothing is allocated after mx_pool_new(), and what was never
 * used takes no memory.
 */
#ifndef MX_PKT_H
#define MX_PKT_H

#include <stddef.h>
#include <stdint.h>

enum {
	MX_PKT_SIZE = 2048,     /* L16 at 48 kHz, 20 ms, is 1932 */
	MX_PKT_NO_LEVEL = 0xff
};

/** A slot from mx_pool_keep() ends with its payload: only data[0 .. off + len)
 *  is there. */
struct mx_pkt {
	int64_t arrival_us;     /* when the kernel received it, CLOCK_MONOTONIC */
	uint32_t ts;            /* RTP timestamp, host order */
	uint32_t ssrc;
	uint16_t seq;
	uint8_t pt;
	uint8_t marker;
	uint8_t level;          /* of its sound as the sender says (RFC 6464),
				 * 0 to 127 -dBov; MX_PKT_NO_LEVEL: he does not */
	uint16_t off, len;      /* payload: data[off .. off + len) */
	_Alignas(8) uint8_t data[MX_PKT_SIZE];
};

struct mx_pool;

/** A pool of which n slots may be in use at a time. 0, -EINVAL or -ENOMEM. */
int mx_pool_new(struct mx_pool **poolp, size_t n);
void mx_pool_free(struct mx_pool *pool);
/** A slot for any packet, or NULL when n are in use. */
struct mx_pkt *mx_pool_get(struct mx_pool *pool);
/** A copy of a packet, its payload at the begin of data, in the smallest slot
 *  that holds it; NULL when n are in use. */
struct mx_pkt *mx_pool_keep(struct mx_pool *pool, const struct mx_pkt *pkt);
/** Gives a slot back; NULL is fine. */
void mx_pool_put(struct mx_pool *pool, struct mx_pkt *pkt);
/** Slots in use now. */
size_t mx_pool_used(const struct mx_pool *pool);

#endif
