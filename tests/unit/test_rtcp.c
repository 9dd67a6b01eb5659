/* test_rtcp.c - RTCP built, read, refused; its arithmetic. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "mixer/rtcp.h"

enum { MAX = 1100 };

static const struct mx_rtcp_sr sr = { .ntp = 0x1122334455667788,
	.ts = 0x99aabbcc, .packets = 1000, .octets = 160000 };
static const struct mx_rtp_report report = { .ssrc = 0xcafe, .fraction = 12,
	.lost = -5, .ext_seq = 0x1fffe, .jitter = 33, .lsr = 0x33445566,
	.dlsr = 65536 };

static void known_bytes_are_built(void **state)
{
	static const uint8_t want[] = {
		0x81, 200, 0, 12, 0, 0, 0, 1,
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
		0x99, 0xaa, 0xbb, 0xcc, 0, 0, 0x03, 0xe8, 0, 0x02, 0x71, 0,
		0, 0, 0xca, 0xfe, 12, 0xff, 0xff, 0xfb, 0, 1, 0xff, 0xfe,
		0, 0, 0, 33, 0x33, 0x44, 0x55, 0x66, 0, 1, 0, 0,
		0x81, 202, 0, 3, 0, 0, 0, 1, 1, 3, 'a', '@', 'b', 0, 0, 0,
		0x81, 203, 0, 1, 0, 0, 0, 1
	};
	uint8_t d[MAX];
	int n;

	(void)state;
	n = mx_rtcp_build(d, sizeof(d), &(struct mx_rtcp_out){ .ssrc = 1,
		.cname = "a@b", .sr = &sr, .reports = &report, .n_reports = 1,
		.bye = true });
	assert_int_equal(n, sizeof(want));
	assert_memory_equal(d, want, sizeof(want));
}

static void what_is_built_is_read_again(void **state)
{
	struct mx_rtp_report many[MX_RTCP_REPORTS_MAX];
	char cname[MX_RTCP_CNAME_MAX + 1] = "";
	struct mx_rtcp_in in;
	uint8_t d[MAX];

	(void)state;
	for (size_t i = 0; i < MX_RTCP_REPORTS_MAX; i++) {
		many[i] = report;
		many[i].ssrc = (uint32_t)i;
		many[i].lost = i % 2 ? -0x800000 : 0x7fffff;
	}
	/* every CNAME length, so every padding; every number of blocks */
	for (size_t i = 0; i <= MX_RTCP_CNAME_MAX; i++) {
		struct mx_rtcp_out o = { .ssrc = 0xfeedf00d, .cname = cname,
			.sr = i % 2 ? &sr : NULL, .reports = many,
			.n_reports = i % 32, .bye = i % 3 == 0 };
		int n = mx_rtcp_build(d, sizeof(d), &o);

		assert_true(n > 0);
		assert_int_equal(mx_rtcp_parse(d, (size_t)n, &in), 0);
		assert_int_equal(in.ssrc, o.ssrc);
		assert_int_equal(in.has_sr, i % 2);
		if (in.has_sr)
			assert_memory_equal(&in.sr, &sr, sizeof(sr));
		assert_int_equal(in.n_reports, o.n_reports);
		for (size_t k = 0; k < in.n_reports; k++) {
			assert_int_equal(in.reports[k].ssrc, many[k].ssrc);
			assert_int_equal(in.reports[k].lost, many[k].lost);
			assert_int_equal(in.reports[k].fraction, 12);
			assert_int_equal(in.reports[k].ext_seq, report.ext_seq);
			assert_int_equal(in.reports[k].jitter, report.jitter);
			assert_int_equal(in.reports[k].lsr, report.lsr);
			assert_int_equal(in.reports[k].dlsr, report.dlsr);
		}
		assert_int_equal(in.cname_len, i);
		assert_memory_equal(in.cname, cname, i);
		assert_int_equal(in.bye, o.bye);
		assert_int_equal(in.skipped, 0);
		/* cut anywhere it is refused, save between two packets */
		assert_int_equal(mx_rtcp_parse(d, (size_t)n - 1, &in), -EBADMSG);
		/* and it does not fit into less */
		assert_int_equal(mx_rtcp_build(d, (size_t)n - 1, &o), -ENOSPC);
		if (i < MX_RTCP_CNAME_MAX)
			cname[i] = 'x';
	}
}

static void too_much_is_refused(void **state)
{
	char cname[MX_RTCP_CNAME_MAX + 2];
	uint8_t d[MAX];

	(void)state;
	memset(cname, 'x', sizeof(cname) - 1);
	cname[sizeof(cname) - 1] = 0;
	assert_int_equal(mx_rtcp_build(d, MAX, &(struct mx_rtcp_out){
		.cname = cname }), -EINVAL);
	assert_int_equal(mx_rtcp_build(d, MAX, &(struct mx_rtcp_out){ 0 }),
			 -EINVAL);
	assert_int_equal(mx_rtcp_build(d, MAX, &(struct mx_rtcp_out){
		.cname = "", .n_reports = 32 }), -EINVAL);
	assert_int_equal(mx_rtcp_build(d, 0, &(struct mx_rtcp_out){
		.cname = "" }), -ENOSPC);
}

struct sample {
	const char *what;
	size_t len;
	uint8_t d[64];
};

static void bad_packets_are_refused(void **state)
{
	static const struct sample bad[] = {
		{ "nothing", 0, { 0 } },
		{ "short", 3, { 0x80, 201, 0 } },
		{ "version", 8, { 0x40, 201, 0, 1 } },
		{ "SDES first", 12, { 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'x' } },
		{ "feedback first", 12, { 0x81, 206, 0, 2 } },
		{ "longer than the datagram", 8, { 0x80, 201, 0, 2 } },
		{ "shorter than its blocks", 8, { 0x81, 201, 0, 1 } },
		{ "SR without sender part", 8, { 0x80, 200, 0, 1 } },
		{ "RR without SSRC", 4, { 0x80, 201, 0, 0 } },
		{ "rest of a word", 10, { 0x80, 201, 0, 1 } },
		{ "first is padded", 12, { 0xa0, 201, 0, 2, [11] = 4 } },
		{ "second's version", 16,
		  { 0x80, 201, 0, 1, [8] = 0x01, 203, 0, 1 } },
		{ "padding in the middle", 28,
		  { 0x80, 201, 0, 1, [8] = 0xa0, 204, 0, 1, 0, 0, 0, 4,
		    [16] = 0x80, 204, 0, 2 } },
		{ "padding of nothing", 20, { 0x80, 201, 0, 1, [8] = 0xa0, 203, 0, 2 } },
		{ "padding of odd length", 20,
		  { 0x80, 201, 0, 1, [8] = 0xa0, 203, 0, 2, [19] = 3 } },
		{ "padding too long", 20,
		  { 0x80, 201, 0, 1, [8] = 0xa0, 203, 0, 2, [19] = 12 } },
		{ "SDES chunk without an end", 20,
		  { 0x80, 201, 0, 1, [8] = 0x81, 202, 0, 2, 0, 0, 0, 0, 1, 2, 'a', 'b' } },
		{ "SDES item past the end", 20,
		  { 0x80, 201, 0, 1, [8] = 0x81, 202, 0, 2, 0, 0, 0, 0, 1, 3, 'a', 'b' } },
		{ "SDES chunk missing", 12, { 0x80, 201, 0, 1, [8] = 0x81, 202, 0, 0 } },
		{ "BYE without its SSRCs", 16,
		  { 0x80, 201, 0, 1, [8] = 0x82, 203, 0, 1 } },
	};
	struct mx_rtcp_in in, before;

	(void)state;
	memset(&in, 0x5a, sizeof(in));
	before = in;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (mx_rtcp_parse(bad[i].d, bad[i].len, &in) != -EBADMSG)
			fail_msg("%s", bad[i].what);
		assert_memory_equal(&in, &before, sizeof(in));
	}
}

static void what_is_not_ours_is_skipped_and_counted(void **state)
{
	static const struct sample s = { "RR, XR, PLI, APP, SDES of two, BYE", 0, {
		0x80, 201, 0, 1, 0, 0, 0, 9,
		0x80, 207, 0, 1, 0, 0, 0, 9,
		0x81, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0, 8,
		0x80, 204, 0, 1, 0, 0, 0, 9,
		0x82, 202, 0, 4,
		0, 0, 0, 8, 1, 1, 'n', 0, 0, 0, 0, 9, 1, 1, 'y', 0,
		0x81, 203, 0, 1, 0, 0, 0, 8
	} };
	struct mx_rtcp_in in;

	(void)state;
	assert_int_equal(mx_rtcp_parse(s.d, 64, &in), 0);
	assert_int_equal(in.skipped, 5);        /* XR, PLI, APP, chunk, BYE */
	assert_int_equal(in.cname_len, 1);
	assert_int_equal(in.cname[0], 'y');
	assert_false(in.bye);
	assert_false(in.has_sr);
}

static void padded_bye_with_a_reason_is_a_bye(void **state)
{
	static const uint8_t d[] = {
		0x80, 201, 0, 1, 0, 0, 0, 9,
		0xa1, 203, 0, 3, 0, 0, 0, 9, 2, 'b', 'y', 0, 0, 0, 0, 4
	};
	struct mx_rtcp_in in;

	(void)state;
	assert_int_equal(mx_rtcp_parse(d, sizeof(d), &in), 0);
	assert_true(in.bye);
}

static void reports_beyond_31_are_skipped(void **state)
{
	struct mx_rtp_report many[MX_RTCP_REPORTS_MAX] = { { 0 } };
	uint8_t d[2 * MAX];
	struct mx_rtcp_in in;
	int a, b;

	(void)state;
	a = mx_rtcp_build(d, MAX, &(struct mx_rtcp_out){ .ssrc = 1,
		.cname = "x", .reports = many, .n_reports = 31 });
	b = mx_rtcp_build(d + a, MAX, &(struct mx_rtcp_out){ .ssrc = 1,
		.cname = "x", .reports = many, .n_reports = 2 });
	assert_int_equal(mx_rtcp_parse(d, (size_t)(a + b), &in), 0);
	assert_int_equal(in.n_reports, 31);
	assert_int_equal(in.skipped, 2);
}

static void ntp_counts_from_1900(void **state)
{
	(void)state;
	assert_int_equal(mx_rtcp_ntp(0), 2208988800ull << 32);
	assert_int_equal(mx_rtcp_ntp(1500000),
			 2208988801ull << 32 | 0x80000000);
	assert_int_equal(mx_rtcp_ntp(-250000),
			 2208988799ull << 32 | 0xc0000000);
}

static void round_trip_is_now_less_lsr_less_dlsr(void **state)
{
	/* RFC 3550 figure 2 */
	const struct mx_rtp_report r = { .lsr = 0xb7052000, .dlsr = 0x00054000 };
	const struct mx_rtp_report none = { .lsr = 0, .dlsr = 1 };
	const struct mx_rtp_report wrap = { .lsr = 0xffffff00, .dlsr = 0 };

	(void)state;
	assert_int_equal(mx_rtcp_rtt_us(&r, 0xb7108000ull << 16), 6125000);
	assert_int_equal(mx_rtcp_rtt_us(&none, 0xb7108000ull << 16), -ENODATA);
	assert_int_equal(mx_rtcp_rtt_us(&wrap, 0x100ull << 16), 7812);
	/* rounding just below zero is zero, more is nonsense */
	assert_int_equal(mx_rtcp_rtt_us(&r, 0xb70a5fffull << 16), 0);
	assert_int_equal(mx_rtcp_rtt_us(&r, 0xb7090000ull << 16), -ERANGE);
	assert_int_equal(mx_rtcp_rtt_us(&r, 0xb7500000ull << 16), -ERANGE);
}

static void interval_is_half_to_one_and_a_half(void **state)
{
	(void)state;
	assert_int_equal(mx_rtcp_interval_us(false, 0), 2500000);
	assert_int_equal(mx_rtcp_interval_us(false, 0x80000000), 5000000);
	assert_int_equal(mx_rtcp_interval_us(false, UINT32_MAX), 7499999);
	assert_int_equal(mx_rtcp_interval_us(true, 0), 1250000);
	assert_int_equal(mx_rtcp_interval_us(true, 0x80000000), 2500000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_bytes_are_built),
		cmocka_unit_test(what_is_built_is_read_again),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(bad_packets_are_refused),
		cmocka_unit_test(what_is_not_ours_is_skipped_and_counted),
		cmocka_unit_test(padded_bye_with_a_reason_is_a_bye),
		cmocka_unit_test(reports_beyond_31_are_skipped),
		cmocka_unit_test(ntp_counts_from_1900),
		cmocka_unit_test(round_trip_is_now_less_lsr_less_dlsr),
		cmocka_unit_test(interval_is_half_to_one_and_a_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
