/* test_sdp.c - descriptions read and written: every line, every bound. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sdp/sdp.h"
#include "sdp_bodies.h"

#define HEAD "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define AUDIO HEAD "m=audio 4000 RTP/AVP 0 96 101\r\n"

/* 150 kB each: not on the stack */
static struct sdp sdp, again;
static struct sdp_error err;

/** Parses from memory of exactly its size: a byte too far is seen by ASan. */
static int parse_len(struct sdp *out, const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, text, len);
	err = (struct sdp_error){ 0 };
	rc = sdp_parse(out, copy, len, &err);
	free(copy);
	return rc;
}

static const struct sdp_media *parse(const char *text)
{
	if (parse_len(&sdp, text, strlen(text)))
		fail_msg("line %u: %s", err.line, err.what);
	return &sdp.media[0];
}

static void assert_refused(const char *text, int code, unsigned line)
{
	assert_int_equal(parse_len(&sdp, text, strlen(text)), code);
	assert_int_equal(err.line, line);
	assert_non_null(err.what);
	assert_int_equal(sdp.n_media, 0);
}

static void assert_ip(const union addr *a, const char *want, unsigned port)
{
	char text[ADDR_LEN];

	assert_string_equal(addr_print_ip(a, text), want);
	if (addr_is_set(a))
		assert_int_equal(addr_port(a), port);
}

static void assert_round_trip(void)
{
	static char text[4 * SDP_TEXT_MAX];
	int len = sdp_print(&sdp, text, sizeof(text));

	assert_true(len > 0);
	assert_int_equal(strlen(text), len);
	if (parse_len(&again, text, (size_t)len))
		fail_msg("line %u: %s\n%s", err.line, err.what, text);
	assert_memory_equal(&again, &sdp, sizeof(sdp));
}

/* ---- lines ------------------------------------------------------------- */

static void version_comes_first_and_is_0(void **state)
{
	(void)state;
	parse("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n");
	assert_refused("", -EBADMSG, 0);
	assert_refused("\r\n", -EBADMSG, 1);
	assert_refused("v=1\r\no=- 1 1 IN IP4 192.0.2.1\r\n", -EBADMSG, 1);
	assert_refused("v=\r\no=- 1 1 IN IP4 192.0.2.1\r\n", -EBADMSG, 1);
	assert_refused("o=- 1 1 IN IP4 192.0.2.1\r\nv=0\r\n", -EBADMSG, 1);
	assert_refused("INVITE sip:x@y SIP/2.0\r\n", -EBADMSG, 1);
	assert_refused("{\"sdp\":0}", -EBADMSG, 1);
}

static void origin_is_read(void **state)
{
	(void)state;
	parse("v=0\r\no=jdoe 2890844526 2890842807 IN IP4 198.51.100.1\r\n");
	assert_string_equal(sdp.user, "jdoe");
	assert_true(sdp.sess_id == 2890844526u && sdp.sess_ver == 2890842807u);
	assert_ip(&sdp.origin, "198.51.100.1", 0);

	parse("v=0\r\no=- 18446744073709551615 0 IN IP6 2001:db8::1\r\n");
	assert_true(sdp.sess_id == UINT64_MAX);
	assert_ip(&sdp.origin, "2001:db8::1", 0);
}

static void origin_of_sloppy_phones_is_read(void **state)
{
	(void)state;
	parse("v=0\r\no=My  Phone 5 6 IN IP4 192.0.2.1\r\n");
	assert_string_equal(sdp.user, "My  Phone");
	assert_int_equal(sdp.sess_ver, 6);
	parse("v=0\r\no=5 6 IN IP4 192.0.2.1\r\n");    /* no user at all */
	assert_string_equal(sdp.user, "-");
	assert_int_equal(sdp.sess_id, 5);
	parse("v=0\r\no=u x5 99999999999999999999 IN IP4 phone.example.com\r\n");
	assert_true(sdp.sess_id == 0 && sdp.sess_ver == 0);
	assert_false(addr_is_set(&sdp.origin));
	parse("v=0\r\no=0123456789abcdef0123456789abcdefXY 5 6 IN IP4 192.0.2.1\r\n");
	assert_string_equal(sdp.user, "0123456789abcdef0123456789abcde");
}

static void origin_is_there_once(void **state)
{
	(void)state;
	assert_refused("v=0\r\ns=-\r\n", -EBADMSG, 2);
	assert_refused("v=0\r\no=- 1 IN IP4\r\n", -EBADMSG, 2);
	assert_refused("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\no=- 1 1 IN IP4 192.0.2.1\r\n",
		       -EBADMSG, 3);
}

static void connection_is_the_mediums_or_the_sessions(void **state)
{
	(void)state;
	parse(HEAD "m=audio 4000 RTP/AVP 0\r\n"
	      "m=audio 4002 RTP/AVP 0\r\nc=IN IP6 2001:db8::2\r\n"
	      "m=audio 4004 RTP/AVP 0\r\n");
	assert_ip(&sdp.media[0].addr, "192.0.2.1", 0);
	assert_ip(&sdp.media[1].addr, "2001:db8::2", 0);
	assert_ip(&sdp.media[2].addr, "192.0.2.1", 0);
	assert_round_trip();
}

static void connection_forms(void **state)
{
	static const struct { const char *c, *ip; } forms[] = {
		{ "IN IP4 233.252.0.1/127", "233.252.0.1" },
		{ "IN IP4 233.252.0.1/127/3", "233.252.0.1" },
		{ "IN IP6 ff15::101/3", "ff15::101" },
		{ "in ip4 192.0.2.9  ", "192.0.2.9" },
		{ "IN IP4 0.0.0.0", "0.0.0.0" },
		{ "IN IP4 phone.example.com", "-" },
		{ "IN IP4 1.2.3", "-" },
		{ "IN IP4 2001:db8::3", "2001:db8::3" },
		{ "ATM NSAP 47.0091.8100.0000", "-" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text),
			 HEAD "m=audio 4000 RTP/AVP 0\r\nc=%s\r\n", forms[i].c);
		assert_ip(&parse(text)->addr, forms[i].ip, 0);
		assert_round_trip();
	}
	assert_refused(HEAD "c=IN IP4\r\n", -EBADMSG, 6);
	assert_refused(HEAD "c=\r\n", -EBADMSG, 6);
	assert_refused(HEAD "c=IN IP4 /127\r\n", -EBADMSG, 6);
}

static void media_line_is_read(void **state)
{
	const struct sdp_media *m = parse(HEAD "m=audio 49170/2 RTP/AVP 0 8\t97\r\n");

	(void)state;
	assert_string_equal(m->type, "audio");
	assert_string_equal(m->proto, "RTP/AVP");
	assert_int_equal(m->port, 49170);
	assert_string_equal(m->formats, "0 8 97");
	assert_int_equal(m->n_fmt, 3);
	assert_int_equal(m->fmt[2].pt, 97);
	assert_string_equal(m->fmt[2].name, "");
	assert_int_equal(m->fmt[2].clock_hz, 0);
	assert_int_equal(m->fmt[2].channels, 1);
	assert_int_equal(m->dir, SDP_SENDRECV);
	assert_round_trip();
}

static void media_line_without_its_fields_is_refused(void **state)
{
	(void)state;
	assert_refused(HEAD "m=\r\n", -EBADMSG, 6);
	assert_refused(HEAD "m=audio\r\n", -EBADMSG, 6);
	assert_refused(HEAD "m=audio 4000\r\n", -EBADMSG, 6);
	assert_refused(HEAD "m=audio x RTP/AVP 0\r\n", -EBADMSG, 6);
	assert_refused(HEAD "m=audio 65536 RTP/AVP 0\r\n", -EBADMSG, 6);
	assert_refused(HEAD "m=audio -1 RTP/AVP 0\r\n", -EBADMSG, 6);
	assert_refused(HEAD "m=aud\001io 4000 RTP/AVP 0\r\n", -EBADMSG, 6);
	assert_refused(HEAD "m=audio 4000 RTP/AVP \033[2J\r\n", -EBADMSG, 6);
	parse(HEAD "m=audio 0 RTP/AVP\r\n");    /* seen where it is off */
	assert_round_trip();
}

static void formats_that_are_no_payload_types_are_kept_as_text(void **state)
{
	const struct sdp_media *m = parse(HEAD "m=audio 4 RTP/AVP 0 128 x 0 7 00\r\n"
					  "m=application 9 UDP/DTLS/SCTP 5000\r\n");

	(void)state;
	assert_string_equal(m[0].formats, "0 128 x 0 7 00");
	assert_int_equal(m[0].n_fmt, 2);        /* each number once */
	assert_int_equal(m[0].fmt[0].pt, 0);
	assert_int_equal(m[0].fmt[1].pt, 7);
	assert_int_equal(m[1].n_fmt, 0);        /* no RTP */
	assert_string_equal(m[1].formats, "5000");
	assert_round_trip();
}

static void unknown_lines_are_skipped(void **state)
{
	const struct sdp_media *m = parse(
		"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns= \r\ni=info\r\nu=http://x/\r\n"
		"e=a@b\r\np=+1\r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\nt=1 2\r\nr=7d 1h 0\r\n"
		"z=0 0\r\nk=clear:x\r\nX=1\r\na=tool:x\r\na=\r\nm=audio 4000 RTP/AVP 0\r\n"
		"i=title\r\nb=TIAS:64000\r\nk=prompt\r\n");

	(void)state;
	assert_int_equal(sdp.n_media, 1);
	assert_int_equal(m->port, 4000);
}

static void a_line_that_is_none_is_refused(void **state)
{
	static const char nul[] = HEAD "m=audio 4000 RTP/AVP 0\0\r\n";

	(void)state;
	assert_refused(HEAD "rubbish\r\n", -EBADMSG, 6);
	assert_refused(HEAD "a\r\n", -EBADMSG, 6);
	assert_refused(HEAD " a=sendonly\r\n", -EBADMSG, 6);
	assert_refused(HEAD "a=x\ry\r\n", -EBADMSG, 6);
	assert_int_equal(parse_len(&sdp, nul, sizeof(nul) - 1), -EBADMSG);
}

static void line_ends_and_blanks_may_be_sloppy(void **state)
{
	const struct sdp_media *m = parse(
		"\nv=0  \no=- 1 1 IN IP4 192.0.2.1\t\r\r\nc=IN IP4 192.0.2.1\n"
		"\r\n  \n"
		"m=audio 4000   RTP/AVP  0  8 \na=sendonly \n\n\n");

	(void)state;
	assert_int_equal(m->n_fmt, 2);
	assert_int_equal(m->dir, SDP_SENDONLY);
	assert_round_trip();
}

/* ---- attributes -------------------------------------------------------- */

static void rtpmap_names_a_number(void **state)
{
	const struct sdp_media *m = parse(
		AUDIO "a=rtpmap:96 L16/44100/2\r\na=RTPMAP:101  telephone-event/8000\r\n");

	(void)state;
	assert_string_equal(m->fmt[1].name, "L16");
	assert_int_equal(m->fmt[1].clock_hz, 44100);
	assert_int_equal(m->fmt[1].channels, 2);
	assert_string_equal(m->fmt[2].name, "telephone-event");
	assert_string_equal(m->fmt[0].name, "");
	assert_round_trip();
}

static void bad_rtpmap_is_ignored_by_itself(void **state)
{
	static const char *const bad[] = {
		"", ":", ":96", ":96 ", ":96 foo", ":96 /8000", ":96 foo/",
		":96 foo/0", ":96 foo/x", ":96 foo/4294967296", ":96 foo/8000/0",
		":96 foo/8000/256", ":96 foo/8000/x", ":97 foo/8000",
		":256 foo/8000", ":-1 foo/8000", ":96foo/8000",
		":96 0123456789abcdef0123456789abcdef/8000", ":96 f\001/8000",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct sdp_media *m;

		snprintf(text, sizeof(text), AUDIO "a=rtpmap%s\r\n"
			 "a=rtpmap:101 telephone-event/8000\r\n", bad[i]);
		m = parse(text);
		assert_string_equal(m->fmt[1].name, "");
		assert_int_equal(m->fmt[1].clock_hz, 0);
		assert_int_equal(m->fmt[2].clock_hz, 8000);
	}
	/* the first of two counts, and one in the session part is nobody's */
	parse(AUDIO "a=rtpmap:96 L16/8000\r\na=rtpmap:96 opus/48000/2\r\n");
	assert_string_equal(sdp.media[0].fmt[1].name, "L16");
	parse(HEAD "a=rtpmap:0 L16/8000\r\nm=audio 4000 RTP/AVP 0\r\n");
	assert_string_equal(sdp.media[0].fmt[0].name, "");
}

static void fmtp_is_kept_as_text(void **state)
{
	char text[1024], value[SDP_FMTP_MAX + 1];

	(void)state;
	parse(AUDIO "a=fmtp:101 0-15,  66;x=\303\244\r\na=fmtp:101 0-16\r\na=fmtp:7 x\r\n");
	assert_string_equal(sdp.media[0].fmt[2].fmtp, "0-15,  66;x=\303\244");
	assert_round_trip();

	memset(value, 'x', sizeof(value));
	value[SDP_FMTP_MAX] = '\0';             /* one too long */
	snprintf(text, sizeof(text), AUDIO "a=fmtp:96 %s\r\n", value);
	assert_string_equal(parse(text)->fmt[1].fmtp, "");
	snprintf(text, sizeof(text), AUDIO "a=fmtp:96 %s\r\n", value + 1);
	assert_string_equal(parse(text)->fmt[1].fmtp, value + 1);
	assert_round_trip();
}

static void ptime_is_read_in_session_and_medium(void **state)
{
	(void)state;
	parse(HEAD "a=ptime:30\r\na=maxptime:60\r\nm=audio 4000 RTP/AVP 0\r\n"
	      "m=audio 4002 RTP/AVP 0\r\na=ptime: 20.5\r\na=maxptime:99999\r\n"
	      "m=audio 4004 RTP/AVP 0\r\na=ptime:x\r\na=maxptime:\r\n");
	assert_int_equal(sdp.media[0].ptime_ms, 30);
	assert_int_equal(sdp.media[0].maxptime_ms, 60);
	assert_int_equal(sdp.media[1].ptime_ms, 20);
	assert_int_equal(sdp.media[1].maxptime_ms, 65535);
	assert_int_equal(sdp.media[2].ptime_ms, 0);
	assert_int_equal(sdp.media[2].maxptime_ms, 0);
	assert_round_trip();
}

static void directions(void **state)
{
	(void)state;
	parse(HEAD "a=recvonly\r\nm=audio 1 RTP/AVP 0\r\nm=audio 2 RTP/AVP 0\r\n"
	      "a=sendonly\r\nm=audio 3 RTP/AVP 0\r\na=inactive\r\n"
	      "m=audio 4 RTP/AVP 0\r\na=sendrecv\r\n");
	assert_int_equal(sdp.media[0].dir, SDP_RECVONLY);
	assert_int_equal(sdp.media[1].dir, SDP_SENDONLY);
	assert_int_equal(sdp.media[2].dir, SDP_INACTIVE);
	assert_int_equal(sdp.media[3].dir, SDP_SENDRECV);
	assert_round_trip();
}

static void rtcp_address(void **state)
{
	static const struct { const char *line, *ip; unsigned port; } forms[] = {
		{ "a=rtcp:53020", "192.0.2.1", 53020 },
		{ "a=rtcp:53020 IN IP4 192.0.2.7", "192.0.2.7", 53020 },
		{ "a=rtcp:53020 IN IP6 2001:db8::7", "2001:db8::7", 53020 },
		{ "a=rtcp:53020 IN IP4 192.0.2.1", "192.0.2.1", 53020 },
		{ "a=rtcp:53020 IN IP4 host.example", "-", 0 },
		{ "a=rtcp:53020 IN IP4", "-", 0 },
		{ "a=rtcp:53020 XX IP4 192.0.2.7", "-", 0 },
		{ "a=rtcp:0", "-", 0 },
		{ "a=rtcp:65536", "-", 0 },
		{ "a=rtcp:", "-", 0 },
		{ "a=rtcp", "-", 0 },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text), AUDIO "%s\r\nm=audio 5 RTP/AVP 0\r\n",
			 forms[i].line);
		assert_ip(&parse(text)->rtcp, forms[i].ip, forms[i].port);
		assert_false(addr_is_set(&sdp.media[1].rtcp));
		assert_round_trip();
	}
	/* the medium's own c= counts, also when it comes later */
	parse(AUDIO "a=rtcp:4444\r\nc=IN IP4 192.0.2.8\r\n");
	assert_ip(&sdp.media[0].rtcp, "192.0.2.8", 4444);
	parse(AUDIO "a=rtcp:4444\r\nc=IN IP4 name.example\r\n");
	assert_false(addr_is_set(&sdp.media[0].rtcp));
}

static void rtcp_mux_belongs_to_a_medium(void **state)
{
	(void)state;
	parse(HEAD "a=rtcp-mux\r\nm=audio 1 RTP/AVP 0\r\nm=audio 2 RTP/AVP 0\r\n"
	      "a=rtcp-mux\r\na=rtcp-muxer\r\n");
	assert_false(sdp.media[0].rtcp_mux);
	assert_true(sdp.media[1].rtcp_mux);
	assert_round_trip();
}

/* ---- bounds ------------------------------------------------------------ */

static void text_of_16384_bytes_is_the_longest(void **state)
{
	static char text[SDP_TEXT_MAX + 1];
	size_t len = sizeof(HEAD) - 1;

	(void)state;
	memset(text, '\n', sizeof(text));
	memcpy(text, HEAD, len);
	assert_int_equal(parse_len(&sdp, text, SDP_TEXT_MAX), 0);
	assert_int_equal(parse_len(&sdp, text, SDP_TEXT_MAX + 1), -E2BIG);
	assert_non_null(err.what);
}

static void sixteen_media_are_the_most(void **state)
{
	char text[2048] = HEAD;
	size_t len = strlen(text);

	(void)state;
	for (int i = 1; i <= 17; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"m=audio %d RTP/AVP 0\r\n", i);
		if (i <= 16) {
			parse(text);
			assert_int_equal(sdp.n_media, i);
			assert_round_trip();
		} else {
			assert_refused(text, -E2BIG, 5 + 17);
		}
	}
}

static void words_of_31_bytes_are_the_longest(void **state)
{
	(void)state;
	parse(HEAD "m=0123456789012345678901234567890 4 0123456789012345678901234567890 x\r\n");
	assert_int_equal(strlen(sdp.media[0].type), SDP_TOKEN_MAX - 1);
	assert_int_equal(strlen(sdp.media[0].proto), SDP_TOKEN_MAX - 1);
	assert_round_trip();
	assert_refused(HEAD "m=01234567890123456789012345678901 4 RTP/AVP x\r\n",
		       -E2BIG, 6);
	assert_refused(HEAD "m=audio 4 01234567890123456789012345678901 x\r\n",
		       -E2BIG, 6);
}

static void formats_over_the_bounds_are_left_out(void **state)
{
	char text[1024] = HEAD "m=audio 4 RTP/AVP";
	size_t len = strlen(text);
	const struct sdp_media *m;

	(void)state;
	for (int i = 0; i < 80; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %d", i);
	m = parse(text);
	assert_int_equal(m->n_fmt, SDP_FMT_MAX);
	assert_int_equal(m->fmt[SDP_FMT_MAX - 1].pt, SDP_FMT_MAX - 1);
	/* 10 * 2 + 36 * 3 - 1 bytes, and " 46" is one too many with the NUL */
	assert_int_equal(strlen(m->formats), SDP_FORMATS_MAX - 1);
	assert_string_equal(m->formats + 122, "44 45");
	assert_round_trip();
}

static void print_says_when_it_does_not_fit(void **state)
{
	char text[1024];
	int len;

	(void)state;
	parse(AUDIO "a=rtpmap:96 L16/16000\r\n");
	len = sdp_print(&sdp, text, sizeof(text));
	for (int size = 1; size <= len; size++) {
		memset(text, '#', sizeof(text));
		assert_int_equal(sdp_print(&sdp, text, (size_t)size), -ENOSPC);
		assert_int_equal(text[size], '#');
		assert_true(strlen(text) < (size_t)size);
	}
	assert_int_equal(sdp_print(&sdp, text, (size_t)len + 1), len);
}

/* ---- the field --------------------------------------------------------- */

static void bodies_of_the_field_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sdp_bodies) / sizeof(sdp_bodies[0]); i++) {
		const struct sdp_body *b = &sdp_bodies[i];
		const struct sdp_media *m;

		if (parse_len(&sdp, b->text, strlen(b->text)))
			fail_msg("%s: line %u: %s", b->who, err.line, err.what);
		m = &sdp.media[0];
		if (sdp.n_media != b->n_media || m->n_fmt != b->n_fmt ||
		    m->port != b->port)
			fail_msg("%s: %u media, %u formats, port %u", b->who,
				 sdp.n_media, m->n_fmt, m->port);
		assert_round_trip();
	}
}

/** Half a body is what a broken TCP peer or a bad Content-Length leaves. */
static void bodies_cut_anywhere_never_hurt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sdp_bodies) / sizeof(sdp_bodies[0]); i++)
		for (size_t n = strlen(sdp_bodies[i].text); n-- > 0;)
			if (parse_len(&sdp, sdp_bodies[i].text, n) == 0 && n % 16 == 0)
				assert_round_trip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_comes_first_and_is_0),
		cmocka_unit_test(origin_is_read),
		cmocka_unit_test(origin_of_sloppy_phones_is_read),
		cmocka_unit_test(origin_is_there_once),
		cmocka_unit_test(connection_is_the_mediums_or_the_sessions),
		cmocka_unit_test(connection_forms),
		cmocka_unit_test(media_line_is_read),
		cmocka_unit_test(media_line_without_its_fields_is_refused),
		cmocka_unit_test(formats_that_are_no_payload_types_are_kept_as_text),
		cmocka_unit_test(unknown_lines_are_skipped),
		cmocka_unit_test(a_line_that_is_none_is_refused),
		cmocka_unit_test(line_ends_and_blanks_may_be_sloppy),
		cmocka_unit_test(rtpmap_names_a_number),
		cmocka_unit_test(bad_rtpmap_is_ignored_by_itself),
		cmocka_unit_test(fmtp_is_kept_as_text),
		cmocka_unit_test(ptime_is_read_in_session_and_medium),
		cmocka_unit_test(directions),
		cmocka_unit_test(rtcp_address),
		cmocka_unit_test(rtcp_mux_belongs_to_a_medium),
		cmocka_unit_test(text_of_16384_bytes_is_the_longest),
		cmocka_unit_test(sixteen_media_are_the_most),
		cmocka_unit_test(words_of_31_bytes_are_the_longest),
		cmocka_unit_test(formats_over_the_bounds_are_left_out),
		cmocka_unit_test(print_says_when_it_does_not_fit),
		cmocka_unit_test(bodies_of_the_field_are_read),
		cmocka_unit_test(bodies_cut_anywhere_never_hurt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
