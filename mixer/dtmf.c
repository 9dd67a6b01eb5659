/* dtmf.c - RFC 4733 telephone-events: each key exactly once. */
#include "dtmf.h"

#include <errno.h>
#include <string.h>

enum { EVENT_LEN = 4, EVENT_FLASH = 16 };
enum { VOLUME_MIN = 55 };               /* -dBm0; weaker is no key */

/* An event whose packets stop has ended: after three of its intervals, but
 * three packets lost in a row at 20 ms are not yet the end. */
enum { TIMEOUT_MIN_US = 120000, TIMEOUT_MAX_US = 600000 };

/* RFC 4733 2.5.1.3: an event longer than 0xffff units goes on in a further
 * segment whose timestamp is that of the one before plus its duration. From
 * this duration on the next timestamp may be such a segment's. */
enum { SEGMENT_MIN = 0xe000, SEGMENT_MAX = 0xffff };

static const char keys[] = "0123456789*#ABCDF";

/** One event of a payload. */
struct event {
	uint32_t ts;
	char key;
	bool end;
	uint16_t duration;
};

/** Where what happened is written to. */
struct out {
	struct mx_dtmf_event *ev;
	int n;
};

static bool was_seen(const struct mx_dtmf *d, uint32_t ts)
{
	for (unsigned i = 0; i < d->n_seen; i++)
		if (d->seen[i] == ts)
			return true;
	return false;
}

static void remember(struct mx_dtmf *d, uint32_t ts)
{
	const unsigned max = sizeof(d->seen) / sizeof(d->seen[0]);

	if (d->n_seen < max)
		d->n_seen++;
	memmove(d->seen + 1, d->seen,
		(d->n_seen - 1u) * sizeof(d->seen[0]));
	d->seen[0] = ts;
}

static void begin(struct mx_dtmf *d, const struct event *e, int64_t now_us,
		  struct out *out)
{
	d->active = true;
	d->key = e->key;
	d->ts = e->ts;
	d->carried = 0;
	d->duration = e->duration;
	d->last_us = now_us;
	d->gap_us = 0;
	remember(d, e->ts);
	out->ev[out->n++] = (struct mx_dtmf_event){
		.what = MX_DTMF_BEGIN, .key = d->key };
}

static void end(struct mx_dtmf *d, struct mx_dtmf_event *ev)
{
	d->active = false;
	*ev = (struct mx_dtmf_event){ .what = MX_DTMF_END, .key = d->key,
				      .duration = d->carried + d->duration };
}

/** Another packet of the event going on. */
static void update(struct mx_dtmf *d, const struct event *e, int64_t now_us)
{
	if (now_us - d->last_us > d->gap_us)
		d->gap_us = now_us - d->last_us;
	d->last_us = now_us;
	if (e->duration > d->duration)          /* reordered ones are shorter */
		d->duration = e->duration;
}

static bool is_next_segment(const struct mx_dtmf *d, const struct event *e,
			    bool marker)
{
	uint32_t ahead = e->ts - d->ts;

	return !marker && e->key == d->key && d->duration >= SEGMENT_MIN &&
	       ahead >= d->duration && ahead <= SEGMENT_MAX;
}

static void put_event(struct mx_dtmf *d, const struct event *e, bool marker,
		      int64_t now_us, struct out *out)
{
	if (d->active && e->ts == d->ts) {
		update(d, e, now_us);
	} else if (was_seen(d, e->ts)) {
		return;                         /* a copy of one that is over */
	} else if (d->active && is_next_segment(d, e, marker)) {
		d->carried += e->ts - d->ts;
		d->duration = 0;
		d->ts = e->ts;
		remember(d, e->ts);
		update(d, e, now_us);
	} else {
		/* the end of the one before was lost */
		if (d->active)
			end(d, &out->ev[out->n++]);
		begin(d, e, now_us, out);
	}
	if (e->end)
		end(d, &out->ev[out->n++]);
}

int mx_dtmf_put(struct mx_dtmf *d, uint32_t ts, bool marker,
		const uint8_t *payload, size_t len, int64_t now_us,
		struct mx_dtmf_event ev[static MX_DTMF_EVENTS_MAX])
{
	struct out out = { ev, 0 };

	if (len < EVENT_LEN)
		return -EBADMSG;
	/* Several events in a packet follow each other without a pause, each
	 * beginning where the one before ends. One event can bring three
	 * things: the end of another, its begin, its end. */
	for (; len >= EVENT_LEN && out.n + 3 <= MX_DTMF_EVENTS_MAX;
	     payload += EVENT_LEN, len -= EVENT_LEN) {
		uint16_t duration = (uint16_t)(payload[2] << 8 | payload[3]);
		struct event e = { .ts = ts, .end = payload[1] & 0x80,
				   .duration = duration };

		ts += duration;
		if (payload[0] > EVENT_FLASH || (payload[1] & 0x3f) > VOLUME_MIN)
			continue;
		e.key = keys[payload[0]];
		put_event(d, &e, marker, now_us, &out);
	}
	return out.n;
}

bool mx_dtmf_tick(struct mx_dtmf *d, int64_t now_us, struct mx_dtmf_event *ev)
{
	int64_t limit = 3 * d->gap_us;

	if (limit < TIMEOUT_MIN_US)
		limit = TIMEOUT_MIN_US;
	if (limit > TIMEOUT_MAX_US)
		limit = TIMEOUT_MAX_US;
	if (!d->active || now_us - d->last_us <= limit)
		return false;
	end(d, ev);
	return true;
}
