/* test_rtp.c - RTP headers, extended numbers, reception statistics. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "mixer/rtp.h"

static struct mx_pkt pkt;

static int parse(const void *data, size_t len)
{
	memset(&pkt, 0xee, sizeof(pkt));
	memcpy(pkt.data, data, len);
	return mx_rtp_parse(&pkt, len);
}

static void what_is_built_is_parsed_again(void **state)
{
	const struct mx_rtp_hdr h = { .ssrc = 0x89abcdef, .ts = 0xfedcba98,
				      .seq = 0xf00d, .pt = 101, .marker = true };
	uint8_t d[MX_RTP_HDR + 3] = { 0 };

	(void)state;
	mx_rtp_build(d, &h);
	assert_int_equal(parse(d, sizeof(d)), 0);
	assert_int_equal(pkt.ssrc, h.ssrc);
	assert_int_equal(pkt.ts, h.ts);
	assert_int_equal(pkt.seq, h.seq);
	assert_int_equal(pkt.pt, 101);
	assert_int_equal(pkt.marker, 1);
	assert_int_equal(pkt.off, 12);
	assert_int_equal(pkt.len, 3);
	assert_int_equal(parse(d, MX_RTP_HDR), 0);
	assert_int_equal(pkt.len, 0);
}

static void payload_lies_between_extension_and_padding(void **state)
{
	const uint8_t d[] = {
		0xb1, 0x00, 0x00, 0x01, 0, 0, 0, 2, 0, 0, 0, 3,
		0, 0, 0, 4,                             /* CSRC */
		0xbe, 0xde, 0x00, 0x01, 1, 2, 3, 4,     /* extension */
		0x55, 0x66, 0, 0, 3                     /* payload, padding */
	};

	(void)state;
	assert_int_equal(parse(d, sizeof(d)), 0);
	assert_int_equal(pkt.off, 24);
	assert_int_equal(pkt.len, 2);
	assert_int_equal(pkt.data[pkt.off], 0x55);
}

static void lengths_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		const char *why;
		size_t len;
		uint8_t d[20];
	} bad[] = {
		{ "short", 11, { 0x80 } },
		{ "empty", 0, { 0 } },
		{ "version 1", 12, { 0x40 } },
		{ "version 3", 12, { 0xc0 } },
		{ "CSRCs past the end", 19, { 0x82 } },
		{ "no room for the extension", 15, { 0x90 } },
		{ "extension past the end", 19,
		  { 0x90, [15] = 1 } },
		{ "huge extension", 20, { 0x90, [14] = 0xff, 0xff } },
		{ "padding of nothing", 16, { 0xa0 } },
		{ "padding into the header", 16, { 0xa0, [15] = 5 } },
		{ "padding without payload", 12, { 0xa0, [11] = 1 } },
	};
	struct mx_pkt before;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&pkt, 0xee, sizeof(pkt));
		memcpy(pkt.data, bad[i].d, bad[i].len);
		before = pkt;
		if (mx_rtp_parse(&pkt, bad[i].len) != -EBADMSG)
			fail_msg("%s", bad[i].why);
		assert_memory_equal(&pkt, &before, sizeof(pkt));
	}
	assert_int_equal(mx_rtp_parse(&pkt, MX_PKT_SIZE + 1), -EBADMSG);
}

static void rtcp_is_told_from_rtp_by_its_type(void **state)
{
	uint8_t d[2] = { 0x80, 0 };

	(void)state;
	for (unsigned t = 0; t < 256; t++) {
		d[1] = (uint8_t)t;
		assert_int_equal(mx_rtp_is_rtcp(d, 2), t >= 192 && t <= 223);
	}
	d[1] = 200;
	assert_false(mx_rtp_is_rtcp(d, 1));
	d[0] = 0x40;
	assert_false(mx_rtp_is_rtcp(d, 2));
}

static void extended_numbers_follow_wraps_both_ways(void **state)
{
	int64_t ts = 0xffffff00, seq = 0xfff0;

	(void)state;
	ts = mx_rtp_extend_ts(ts, 0x10);
	assert_int_equal(ts, 0x100000010);
	assert_int_equal(mx_rtp_extend_ts(ts, 0xffffff00), 0xffffff00);
	assert_int_equal(mx_rtp_extend_ts(5, 0xfffffffe), -2);
	seq = mx_rtp_extend_seq(seq, 3);
	assert_int_equal(seq, 0x10003);
	assert_int_equal(mx_rtp_extend_seq(seq, 0xfffe), 0xfffe);
	assert_int_equal(mx_rtp_extend_seq(2, 0xffff), -1);
}

/* ---- statistics -------------------------------------------------------- */

static int put(struct mx_rtp_rx *rx, uint16_t seq)
{
	const struct mx_pkt p = { .ssrc = 7, .seq = seq, .ts = seq * 160u,
				  .arrival_us = seq * 20000 };

	return mx_rtp_rx_put(rx, &p, 8000);
}

static void loss_is_expected_less_received(void **state)
{
	struct mx_rtp_rx rx = { 0 };
	struct mx_rtp_report r;

	(void)state;
	assert_false(mx_rtp_rx_report(&rx, 0, &r));
	for (unsigned i = 0; i < 100; i++)
		if (i % 10 != 5)
			assert_int_equal(put(&rx, (uint16_t)(0xffd0 + i)), 0);
	assert_true(mx_rtp_rx_report(&rx, 0, &r));
	assert_int_equal(r.ssrc, 7);
	assert_int_equal(r.lost, 10);
	assert_int_equal(r.fraction, 25);               /* 10 * 256 / 100 */
	assert_int_equal(r.ext_seq, 0x10000 + 0x33);
	assert_int_equal(mx_rtp_rx_lost(&rx), 10);
	assert_int_equal(mx_rtp_rx_received(&rx), 90);

	for (unsigned i = 100; i < 200; i++)            /* none lost */
		put(&rx, (uint16_t)(0xffd0 + i));
	assert_true(mx_rtp_rx_report(&rx, 0, &r));
	assert_int_equal(r.fraction, 0);
	assert_int_equal(r.lost, 10);
}

static void late_packet_is_found_again_and_duplicate_hides_loss(void **state)
{
	struct mx_rtp_rx rx = { 0 };
	struct mx_rtp_report r;

	(void)state;
	put(&rx, 1);
	put(&rx, 2);
	put(&rx, 4);
	assert_int_equal(mx_rtp_rx_lost(&rx), 1);
	put(&rx, 3);
	assert_int_equal(mx_rtp_rx_lost(&rx), 0);
	put(&rx, 4);                                    /* RFC 3550 counts it */
	assert_true(mx_rtp_rx_report(&rx, 0, &r));
	assert_int_equal(r.lost, -1);
	assert_int_equal(r.fraction, 0);
	assert_int_equal(mx_rtp_rx_lost(&rx), 0);
}

static void all_lost_but_one_is_255_of_256(void **state)
{
	struct mx_rtp_rx rx = { 0 };
	struct mx_rtp_report r;

	(void)state;
	put(&rx, 0);
	mx_rtp_rx_report(&rx, 0, &r);
	put(&rx, 2999);
	mx_rtp_rx_report(&rx, 0, &r);
	assert_int_equal(r.fraction, 255);
	assert_int_equal(r.lost, 2998);
}

static void jump_is_believed_when_it_goes_on(void **state)
{
	struct mx_rtp_rx rx = { 0 };
	struct mx_rtp_report r;

	(void)state;
	put(&rx, 10);
	put(&rx, 12);
	assert_int_equal(put(&rx, 30000), -ERANGE);     /* a stray one */
	assert_int_equal(put(&rx, 13), 0);
	assert_int_equal(mx_rtp_rx_lost(&rx), 1);
	assert_int_equal(put(&rx, 40000), -ERANGE);     /* a restart */
	assert_int_equal(put(&rx, 40001), 0);
	assert_int_equal(put(&rx, 40002), 0);
	assert_true(mx_rtp_rx_report(&rx, 0, &r));
	assert_int_equal(r.lost, 0);                    /* this sequence's */
	assert_int_equal(r.ext_seq, 40002);
	assert_int_equal(mx_rtp_rx_lost(&rx), 1);       /* and all there were */
	assert_int_equal(put(&rx, 0), -ERANGE);         /* so is 0 */
	assert_int_equal(put(&rx, 1), 0);
}

static void new_ssrc_starts_afresh_and_keeps_the_sum(void **state)
{
	struct mx_rtp_rx rx = { 0 };
	struct mx_pkt p = { .ssrc = 1, .seq = 5 };
	struct mx_rtp_report r;

	(void)state;
	mx_rtp_rx_put(&rx, &p, 8000);
	p.seq = 8;
	mx_rtp_rx_put(&rx, &p, 8000);
	mx_rtp_rx_sr(&rx, 1, 0x1234567890, 0);
	p.ssrc = 2;
	p.seq = 1000;
	mx_rtp_rx_put(&rx, &p, 8000);
	assert_true(mx_rtp_rx_report(&rx, 0, &r));
	assert_int_equal(r.ssrc, 2);
	assert_int_equal(r.lost, 0);
	assert_int_equal(r.ext_seq, 1000);
	assert_int_equal(r.lsr, 0);
	assert_int_equal(r.jitter, 0);
	assert_int_equal(mx_rtp_rx_lost(&rx), 2);
	assert_int_equal(mx_rtp_rx_received(&rx), 3);
	assert_int_equal(rx.sources, 2);
}

static void jitter_of_an_even_stream_is_zero(void **state)
{
	struct mx_rtp_rx rx = { 0 };

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		const struct mx_pkt p = {
			.ssrc = 1, .seq = (uint16_t)i, .ts = 0xfffff000 + i * 160,
			.arrival_us = 123456789 + i * 20000 };

		mx_rtp_rx_put(&rx, &p, 8000);
	}
	assert_int_equal(mx_rtp_rx_jitter_us(&rx, 8000), 0);
}

static void jitter_converges_to_the_mean_difference(void **state)
{
	struct mx_rtp_rx rx = { 0 };

	(void)state;
	/* every second packet 5 ms late: |D| is always 40 units */
	for (unsigned i = 0; i < 500; i++) {
		const struct mx_pkt p = {
			.ssrc = 1, .seq = (uint16_t)i, .ts = i * 160,
			.arrival_us = i * 20000 + i % 2 * 5000 };

		mx_rtp_rx_put(&rx, &p, 8000);
	}
	assert_in_range(mx_rtp_rx_jitter_us(&rx, 8000), 4800, 5000);
	assert_int_equal(mx_rtp_rx_jitter_us(&rx, 0), 0);
}

static void events_and_timestamp_jumps_are_no_jitter(void **state)
{
	struct mx_rtp_rx rx = { 0 };
	struct mx_pkt p = { .ssrc = 1 };

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		bool event = i / 10 % 2;

		p.seq = (uint16_t)i;
		p.ts = event ? i / 10 * 1600 : i * 160;
		if (i >= 150)
			p.ts += 0x12345678;
		p.arrival_us = i * 20000;
		mx_rtp_rx_put(&rx, &p, event ? 0 : 8000);
	}
	assert_int_equal(mx_rtp_rx_jitter_us(&rx, 8000), 0);
}

static void report_tells_of_the_last_sender_report(void **state)
{
	struct mx_rtp_rx rx = { 0 };
	struct mx_rtp_report r;

	(void)state;
	put(&rx, 1);
	mx_rtp_rx_sr(&rx, 8, UINT64_MAX, 0);            /* somebody else's */
	mx_rtp_rx_report(&rx, 0, &r);
	assert_int_equal(r.lsr, 0);
	assert_int_equal(r.dlsr, 0);
	mx_rtp_rx_sr(&rx, 7, 0x1122334455667788, 1000000);
	mx_rtp_rx_report(&rx, 3500000, &r);
	assert_int_equal(r.lsr, 0x33445566);
	assert_int_equal(r.dlsr, 65536 * 5 / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_built_is_parsed_again),
		cmocka_unit_test(payload_lies_between_extension_and_padding),
		cmocka_unit_test(lengths_that_do_not_fit_are_refused),
		cmocka_unit_test(rtcp_is_told_from_rtp_by_its_type),
		cmocka_unit_test(extended_numbers_follow_wraps_both_ways),
		cmocka_unit_test(loss_is_expected_less_received),
		cmocka_unit_test(late_packet_is_found_again_and_duplicate_hides_loss),
		cmocka_unit_test(all_lost_but_one_is_255_of_256),
		cmocka_unit_test(jump_is_believed_when_it_goes_on),
		cmocka_unit_test(new_ssrc_starts_afresh_and_keeps_the_sum),
		cmocka_unit_test(jitter_of_an_even_stream_is_zero),
		cmocka_unit_test(jitter_converges_to_the_mean_difference),
		cmocka_unit_test(events_and_timestamp_jumps_are_no_jitter),
		cmocka_unit_test(report_tells_of_the_last_sender_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
