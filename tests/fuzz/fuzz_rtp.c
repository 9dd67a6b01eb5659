/* fuzz_rtp.c - any datagram on an RTP port. */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "mixer/rtpext.h"

const char fuzz_name[] = "rtp";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct mx_rtp_rx rx;     /* goes on from input to input */
	static int64_t now_us;
	static struct mx_pkt pkt;
	struct mx_rtp_report r;

	if (len > MX_PKT_SIZE)
		return 0;
	if (len)
		memcpy(pkt.data, data, len);
	(void)mx_rtp_is_rtcp(data, len);
	if (mx_rtp_parse(&pkt, len))
		return 0;
	assert(pkt.off >= MX_RTP_HDR && pkt.off + pkt.len <= len);
	assert(pkt.pt < 128 && pkt.marker < 2);

	for (unsigned id = 0; id < 256; id++) {
		const uint8_t *at;
		int n = mx_rtpext_find(&pkt, (uint8_t)id, &at);

		assert(n < 0 || (at > pkt.data + MX_RTP_HDR &&
				 at + n <= pkt.data + pkt.off));
		assert(mx_rtpext_level(&pkt, (uint8_t)id) < 128 || n <= 0);
	}
	pkt.arrival_us = now_us += 20000;
	mx_rtp_rx_put(&rx, &pkt, pkt.marker ? 0 : 8000);
	if (pkt.pt & 1 && mx_rtp_rx_report(&rx, now_us, &r))
		assert(r.ssrc == pkt.ssrc && r.lost >= -0x800000);
	return 0;
}
