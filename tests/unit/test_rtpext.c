/* test_rtpext.c - header extensions and CSRCs (RFC 8285, 6464, 6465, 3550). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "mixer/rtpext.h"

static struct mx_pkt pkt;

/* A packet with this extension, header of four bytes included, and one byte of
 * payload. */
static void parse(const uint8_t *ext, size_t len)
{
	memset(&pkt, 0, sizeof(pkt));
	pkt.data[0] = 0x90;
	memcpy(pkt.data + MX_RTP_HDR, ext, len);
	pkt.data[MX_RTP_HDR + len] = 0x55;
	assert_int_equal(mx_rtp_parse(&pkt, MX_RTP_HDR + len + 1), 0);
	assert_int_equal(pkt.len, 1);
}

#define PARSE(...) parse((const uint8_t[]){ __VA_ARGS__ }, \
			 sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void level_is_read_from_the_one_byte_form(void **state)
{
	(void)state;
	PARSE(0xbe, 0xde, 0, 1, 0x10, 0x80 | 42, 0, 0);
	assert_int_equal(mx_rtpext_level(&pkt, 1), 42);
	assert_int_equal(mx_rtpext_level(&pkt, 2), MX_PKT_NO_LEVEL);
	assert_int_equal(mx_rtpext_level(&pkt, 0), MX_PKT_NO_LEVEL);
	/* behind another one, and behind padding */
	PARSE(0xbe, 0xde, 0, 2, 0x32, 7, 8, 9, 0, 0, 0xe0, 127);
	assert_int_equal(mx_rtpext_level(&pkt, 14), 127);
	/* 15 ends the reading */
	PARSE(0xbe, 0xde, 0, 1, 0xf0, 0, 0x10, 42);
	assert_int_equal(mx_rtpext_level(&pkt, 1), MX_PKT_NO_LEVEL);
	assert_int_equal(mx_rtpext_level(&pkt, 15), MX_PKT_NO_LEVEL);
}

static void level_is_read_from_the_two_byte_form(void **state)
{
	(void)state;
	PARSE(0x10, 0x00, 0, 2, 0, 7, 2, 8, 9, 200, 1, 5);
	assert_int_equal(mx_rtpext_level(&pkt, 200), 5);
	assert_int_equal(mx_rtpext_level(&pkt, 7), 8);
	PARSE(0x10, 0x0f, 0, 1, 255, 1, 6, 0);          /* application bits */
	assert_int_equal(mx_rtpext_level(&pkt, 255), 6);
	PARSE(0x10, 0x00, 0, 1, 3, 0, 4, 1);            /* an empty one */
	assert_int_equal(mx_rtpext_level(&pkt, 3), MX_PKT_NO_LEVEL);
}

static void what_is_no_extension_of_these_forms_has_no_level(void **state)
{
	(void)state;
	PARSE(0xab, 0xac, 0, 1, 0x10, 42, 0, 0);
	assert_int_equal(mx_rtpext_level(&pkt, 1), MX_PKT_NO_LEVEL);
	PARSE(0xbe, 0xde, 0, 0);
	assert_int_equal(mx_rtpext_level(&pkt, 1), MX_PKT_NO_LEVEL);
	pkt.data[0] = 0x80;
	assert_int_equal(mx_rtp_parse(&pkt, 30), 0);
	assert_int_equal(mx_rtpext_level(&pkt, 1), MX_PKT_NO_LEVEL);
}

static void element_past_the_end_is_not_there(void **state)
{
	const uint8_t *data;

	(void)state;
	PARSE(0xbe, 0xde, 0, 1, 0x13, 1, 2, 3);         /* four of three bytes */
	assert_int_equal(mx_rtpext_find(&pkt, 1, &data), -ENOENT);
	PARSE(0xbe, 0xde, 0, 1, 0x12, 1, 2, 3);
	assert_int_equal(mx_rtpext_find(&pkt, 1, &data), 3);
	assert_int_equal(data[2], 3);
	PARSE(0x10, 0x00, 0, 1, 1, 3, 1, 2);
	assert_int_equal(mx_rtpext_find(&pkt, 1, &data), -ENOENT);
	PARSE(0x10, 0x00, 0, 1, 0, 0, 0, 1);            /* no length */
	assert_int_equal(mx_rtpext_find(&pkt, 1, &data), -ENOENT);
}

/* ---- what we write ----------------------------------------------------- */

static const struct mx_rtp_hdr hdr = { .ssrc = 1, .ts = 2, .seq = 3, .pt = 4,
				       .marker = true };

static void write(const struct mx_csrcs *cs, uint32_t but, uint8_t id)
{
	uint8_t room[MX_RTPEXT_HDR_MAX + 2], *at;
	uint8_t *payload = room + MX_RTPEXT_HDR_MAX;
	size_t len;

	memset(room, 0xee, sizeof(room));
	payload[0] = 0x55;
	at = mx_rtpext_prepend(payload, &hdr, cs, but, id);
	assert_true(at >= room && at <= payload - MX_RTP_HDR);
	assert_int_equal(payload[0], 0x55);
	if (at > room)
		assert_int_equal(at[-1], 0xee);
	len = (size_t)(payload + 1 - at);
	memcpy(pkt.data, at, len);
	assert_int_equal(mx_rtp_parse(&pkt, len), 0);
	assert_int_equal(pkt.len, 1);
	assert_int_equal(pkt.data[pkt.off], 0x55);
	assert_int_equal(pkt.ssrc, 1);
	assert_int_equal(pkt.ts, 2);
	assert_int_equal(pkt.seq, 3);
	assert_int_equal(pkt.pt, 4);
	assert_int_equal(pkt.marker, 1);
}

static void header_without_sources_is_the_plain_one(void **state)
{
	struct mx_csrcs none = { 0 }, self = { .n = 1, .ssrc = { 9 } };

	(void)state;
	write(NULL, 0, 3);
	assert_int_equal(pkt.off, MX_RTP_HDR);
	write(&none, 0, 3);
	assert_int_equal(pkt.off, MX_RTP_HDR);
	write(&self, 9, 3);             /* nobody but himself */
	assert_int_equal(pkt.off, MX_RTP_HDR);
	assert_int_equal(pkt.data[0], 0x80);
}

static void sources_and_levels_are_written_in_one_order(void **state)
{
	struct mx_csrcs all = { 0 };
	const uint8_t *data;

	(void)state;
	for (uint32_t i = 0; i < MX_CSRCS_MAX; i++)
		mx_csrcs_add(&all, 0xa0000000 + i, (uint8_t)(100 + i));
	for (unsigned n = 1; n <= MX_CSRCS_MAX; n++)
		for (unsigned id = 1; id <= 255; id++) {
			struct mx_csrcs cs = all;

			cs.n = (uint8_t)n;
			write(&cs, 7, (uint8_t)id);
			assert_int_equal(pkt.data[0], 0x90 | n);
			assert_int_equal(pkt.off % 4, 0);
			assert_int_equal(pkt.data[MX_RTP_HDR], 0xa0);
			assert_int_equal(pkt.data[MX_RTP_HDR + 4 * n - 1], n - 1);
			assert_int_equal(mx_rtpext_find(&pkt, (uint8_t)id, &data),
					 n);
			assert_memory_equal(data, all.level, n);
		}
	write(&all, 7, 0);              /* without levels no extension */
	assert_int_equal(pkt.data[0], 0x8f);
	assert_int_equal(pkt.off, MX_RTP_HDR + 60);
}

static void nobody_is_told_of_himself(void **state)
{
	struct mx_csrcs cs = { .n = 3, .ssrc = { 5, 6, 7 },
			       .level = { 50, 60, 70 } };
	const uint8_t *data;

	(void)state;
	write(&cs, 6, 1);
	assert_int_equal(pkt.data[0], 0x92);
	assert_int_equal(pkt.data[MX_RTP_HDR + 3], 5);
	assert_int_equal(pkt.data[MX_RTP_HDR + 7], 7);
	assert_int_equal(mx_rtpext_find(&pkt, 1, &data), 2);
	assert_int_equal(data[0], 50);
	assert_int_equal(data[1], 70);
}

static void each_source_is_listed_once_and_fifteen_at_the_most(void **state)
{
	struct mx_csrcs cs = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		mx_csrcs_add(&cs, i / 2, (uint8_t)i);
	assert_int_equal(cs.n, MX_CSRCS_MAX);
	for (uint32_t i = 0; i < MX_CSRCS_MAX; i++) {
		assert_int_equal(cs.ssrc[i], i);
		assert_int_equal(cs.level[i], 2 * i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(level_is_read_from_the_one_byte_form),
		cmocka_unit_test(level_is_read_from_the_two_byte_form),
		cmocka_unit_test(what_is_no_extension_of_these_forms_has_no_level),
		cmocka_unit_test(element_past_the_end_is_not_there),
		cmocka_unit_test(header_without_sources_is_the_plain_one),
		cmocka_unit_test(sources_and_levels_are_written_in_one_order),
		cmocka_unit_test(nobody_is_told_of_himself),
		cmocka_unit_test(each_source_is_listed_once_and_fifteen_at_the_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
