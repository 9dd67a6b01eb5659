/* fuzz_rtcp.c - any datagram on an RTCP port; what is understood must survive
 * being built and read again. */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "mixer/rtcp.h"

const char fuzz_name[] = "rtcp";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mx_rtcp_in in, again;
	uint8_t buf[1100];
	int n;

	if (mx_rtcp_parse(data, len, &in))
		return 0;
	assert(in.n_reports <= MX_RTCP_REPORTS_MAX);
	if (in.cname_len)
		assert(in.cname > data && in.cname + in.cname_len <= data + len);

	n = mx_rtcp_build(buf, sizeof(buf), &(struct mx_rtcp_out){
		.ssrc = in.ssrc, .cname = "fuzz", .sr = in.has_sr ? &in.sr : NULL,
		.reports = in.reports, .n_reports = in.n_reports, .bye = in.bye });
	assert(n > 0 && n % 4 == 0);
	assert(mx_rtcp_parse(buf, (size_t)n, &again) == 0);
	assert(again.ssrc == in.ssrc && again.bye == in.bye);
	assert(again.has_sr == in.has_sr && again.skipped == 0);
	assert(again.n_reports == in.n_reports);
	assert(again.cname_len == 4 && memcmp(again.cname, "fuzz", 4) == 0);
	for (size_t i = 0; i < in.n_reports; i++) {
		assert(again.reports[i].lost == in.reports[i].lost);
		assert(again.reports[i].dlsr == in.reports[i].dlsr);
		(void)mx_rtcp_rtt_us(&in.reports[i], in.sr.ntp);
	}
	return 0;
}
