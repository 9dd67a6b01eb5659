/*
 * dtmf.h - RFC 4733 telephone-events received: each key exactly once.
 *
 * An event is known by its RTP timestamp, not by its digit: any packet of it
 * (start, update or one of the three ends) is enough, duplicates and
 * reordering do not matter, and a lost end does not merge two presses of the
 * same key. Time is an argument, one thread, plain data: embed and zero.
 */
#ifndef MX_DTMF_H
#define MX_DTMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_dtmf {
	uint32_t seen[8];       /* timestamps of the last events, newest first */
	uint8_t n_seen;
	bool active;            /* an event is going on */
	char key;
	uint32_t ts;            /* of the event going on, or of its last segment */
	uint32_t carried;       /* duration of the segments before that one */
	uint16_t duration;      /* longest seen, in RTP clock units */
	int64_t last_us;        /* arrival of its last packet */
	int64_t gap_us;         /* longest between two of its packets */
};

/** What one packet or the passing of time brought about. A BEGIN is followed
 *  by its END before the next BEGIN. */
struct mx_dtmf_event {
	enum { MX_DTMF_NOTHING, MX_DTMF_BEGIN, MX_DTMF_END } what;
	char key;               /* 0-9 * # A-D, or 'F' for flash (16) */
	uint32_t duration;      /* END: in RTP clock units */
};

enum { MX_DTMF_EVENTS_MAX = 16 };       /* that one call can bring */

/**
 * One telephone-event packet. Events other than keys and flash, and those
 * below -55 dBm0, are none of ours and bring nothing.
 *
 * @param ev  up to MX_DTMF_EVENTS_MAX things that happened, in order
 * @return how many; -EBADMSG if the payload is no event
 */
int mx_dtmf_put(struct mx_dtmf *d, uint32_t ts, bool marker,
		const uint8_t *payload, size_t len, int64_t now_us,
		struct mx_dtmf_event ev[static MX_DTMF_EVENTS_MAX]);

/** Once a tick: ends an event whose packets stopped coming. True if ev is set. */
bool mx_dtmf_tick(struct mx_dtmf *d, int64_t now_us, struct mx_dtmf_event *ev);

#endif
