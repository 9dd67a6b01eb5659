/*
 * fuzz_dtmf.c - any sequence of telephone-event packets. The input is cut into
 * packets: one byte of flags and length, four of timestamp, the payload, and
 * between them time passes. BEGIN and END must take turns.
 */
#include "fuzz.h"

#include <assert.h>

#include "mixer/dtmf.h"

const char fuzz_name[] = "dtmf";

static void check(const struct mx_dtmf_event *ev, char *down)
{
	if (ev->what == MX_DTMF_BEGIN) {
		assert(!*down && ev->key);
		*down = ev->key;
	} else {
		assert(ev->what == MX_DTMF_END && *down == ev->key);
		*down = 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mx_dtmf d = { 0 };
	struct mx_dtmf_event ev[MX_DTMF_EVENTS_MAX];
	int64_t now_us = 0;
	char down = 0;

	while (len >= 5) {
		size_t want = data[0] & 0x3f;
		uint32_t ts = (uint32_t)data[1] << 24 | (uint32_t)data[2] << 16 |
			      (uint32_t)data[3] << 8 | data[4];
		size_t n = want < len - 5 ? want : len - 5;
		int r;

		now_us += data[0] & 0x40 ? 20000 : 150000;
		if (mx_dtmf_tick(&d, now_us, ev))
			check(ev, &down);
		r = mx_dtmf_put(&d, ts, data[0] & 0x80, data + 5, n, now_us, ev);
		assert((r < 0) == (n < 4) && r <= MX_DTMF_EVENTS_MAX);
		for (int i = 0; i < r; i++)
			check(&ev[i], &down);
		assert(d.active == (down != 0));
		data += 5 + n;
		len -= 5 + n;
	}
	return 0;
}
