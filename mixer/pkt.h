/*
 * pkt.h - packet slots: where a datagram lies from the socket to the decoder.
 *
 * A pool is one block of memory cut into equal slots, owned by one media
 * thread. A slot has one owner at any moment: the pool, the code that
 * receives, or a jitter buffer. Nothing is allocated after mx_pool_new().
 */
#ifndef MX_PKT_H
#define MX_PKT_H

#include <stddef.h>
#include <stdint.h>

enum {
	MX_PKT_SIZE = 2048,     /* L16 at 48 kHz, 20 ms, is 1932 */
	MX_PKT_HEAD = 80,       /* for what an I/O scheme puts before data */
	MX_PKT_NO_LEVEL = 0xff
};

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
	_Alignas(8) uint8_t head[MX_PKT_HEAD];
	uint8_t data[MX_PKT_SIZE];
};

struct mx_pool;

/** A pool of n slots. 0, -EINVAL or -ENOMEM. */
int mx_pool_new(struct mx_pool **poolp, size_t n);
void mx_pool_free(struct mx_pool *pool);
/** A slot, or NULL when all are in use. */
struct mx_pkt *mx_pool_get(struct mx_pool *pool);
/** Gives a slot back; NULL is fine. */
void mx_pool_put(struct mx_pool *pool, struct mx_pkt *pkt);
/** Slots in use now. */
size_t mx_pool_used(const struct mx_pool *pool);

#endif
