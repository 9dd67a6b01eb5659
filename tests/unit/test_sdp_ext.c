/* test_sdp_ext.c - header extensions in offers and answers (RFC 8285, 6464,
 * 6465). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sdp/offer.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define AUDIO "m=audio 4000 RTP/AVP 0\r\n"
#define LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define CSRC "urn:ietf:params:rtp-hdrext:csrc-audio-level"

static struct sdp sdp;
static struct sdp_local local;
static struct sdp_audio audio;
static char text[SDP_LOCAL_MAX];

static int setup(void **state)
{
	(void)state;
	sdp_local_init(&local);
	assert_int_equal(sdp_local_codecs(&local, "PCMU"), 0);
	assert_int_equal(addr_parse(&local.addr, "192.0.2.100", 0), 0);
	local.rtp_port = 20000;
	local.rtcp_port = 20001;
	memset(&audio, 0, sizeof(audio));
	return 0;
}

static const struct sdp_media *parse(const char *body)
{
	static struct sdp again;
	char printed[4096];
	struct sdp_error err;
	int len;

	if (sdp_parse(&sdp, body, strlen(body), &err))
		fail_msg("line %u: %s\n%s", err.line, err.what, body);
	len = sdp_print(&sdp, printed, sizeof(printed));
	assert_true(len > 0);
	assert_int_equal(sdp_parse(&again, printed, (size_t)len, &err), 0);
	assert_memory_equal(&again, &sdp, sizeof(sdp));
	return &sdp.media[0];
}

static void answer(const char *offer)
{
	parse(offer);
	assert_true(sdp_answer(&local, &sdp, &audio, text, sizeof(text)) > 0);
}

static void assert_says(const char *what)
{
	if (!strstr(text, what))
		fail_msg("no %s in\n%s", what, text);
}

static void assert_silent(const char *what)
{
	if (strstr(text, what))
		fail_msg("%s in\n%s", what, text);
}

static void assert_agreed(unsigned level, unsigned csrc)
{
	assert_int_equal(audio.ext[SDP_EXT_LEVEL], level);
	assert_int_equal(audio.ext[SDP_EXT_CSRC_LEVEL], csrc);
}

/* ---- reading ----------------------------------------------------------- */

static void number_way_and_attributes_are_read(void **state)
{
	const struct sdp_media *m;

	(void)state;
	m = parse(HEAD AUDIO "a=extmap:1 " LEVEL " vad=on\r\n"
		  "a=extmap:255/recvonly " CSRC "\r\n"
		  "a=extmap:3/sendonly urn:ietf:params:rtp-hdrext:toffset\r\n"
		  "a=extmap-allow-mixed\r\n");
	assert_int_equal(m->ext[SDP_EXT_LEVEL].id, 1);
	assert_int_equal(m->ext[SDP_EXT_LEVEL].dir, SDP_SENDRECV);
	assert_false(m->ext[SDP_EXT_LEVEL].vad_off);
	assert_int_equal(m->ext[SDP_EXT_CSRC_LEVEL].id, 255);
	assert_int_equal(m->ext[SDP_EXT_CSRC_LEVEL].dir, SDP_RECVONLY);
	assert_true(m->ext_mixed);
	m = parse(HEAD "a=extmap:2/sendonly " LEVEL " vad=off\r\n" AUDIO);
	assert_int_equal(m->ext[SDP_EXT_LEVEL].id, 2);
	assert_int_equal(m->ext[SDP_EXT_LEVEL].dir, SDP_SENDONLY);
	assert_true(m->ext[SDP_EXT_LEVEL].vad_off);
	assert_false(m->ext_mixed);
}

static void what_makes_no_sense_is_ignored_by_itself(void **state)
{
	static const char *const bad[] = {
		"0 " LEVEL, "256 " LEVEL, "4095 " LEVEL, "4352 " LEVEL,
		"99999999999999999999 " LEVEL, "-1 " LEVEL, " " LEVEL, "1",
		"1/ " LEVEL "x", "1/both " LEVEL, "1/sendonly", "x " LEVEL,
		"1 " CSRC "x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct sdp_media *m;
		char body[512];

		snprintf(body, sizeof(body), HEAD AUDIO "a=extmap:%s\r\n",
			 bad[i]);
		m = parse(body);
		if (m->ext[SDP_EXT_LEVEL].id || m->ext[SDP_EXT_CSRC_LEVEL].id)
			fail_msg("taken: %s", bad[i]);
	}
}

static void first_of_a_number_and_of_a_name_counts(void **state)
{
	const struct sdp_media *m;

	(void)state;
	m = parse(HEAD AUDIO "a=extmap:1 " LEVEL "\r\na=extmap:1 " CSRC "\r\n"
		  "a=extmap:2 " LEVEL "\r\n");
	assert_int_equal(m->ext[SDP_EXT_LEVEL].id, 1);
	assert_int_equal(m->ext[SDP_EXT_CSRC_LEVEL].id, 0);
}

/* ---- answering --------------------------------------------------------- */

static void answer_mirrors_numbers_and_narrows_the_way(void **state)
{
	(void)state;
	answer(HEAD AUDIO "a=extmap:1 " LEVEL " vad=on\r\na=extmap:2 " CSRC
	       "\r\na=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n");
	assert_agreed(1, 2);
	assert_says("a=extmap:1/recvonly " LEVEL "\r\n");
	assert_says("a=extmap:2/sendonly " CSRC "\r\n");
	assert_silent("extmap:3");
	assert_silent("mixed");
	answer(HEAD AUDIO "a=extmap:200 " LEVEL " vad=off\r\n"
	       "a=extmap-allow-mixed\r\n");
	assert_agreed(200, 0);
	assert_says("a=extmap:200/recvonly " LEVEL " vad=off\r\n");
	assert_says("a=extmap-allow-mixed\r\n");
}

static void other_ways_are_not_agreed_on(void **state)
{
	(void)state;
	answer(HEAD AUDIO "a=extmap:1/recvonly " LEVEL "\r\n"
	       "a=extmap:2/sendonly " CSRC "\r\n");
	assert_agreed(0, 0);
	assert_silent("extmap");
	answer(HEAD AUDIO "a=extmap:1/inactive " LEVEL "\r\n"
	       "a=extmap:2/inactive " CSRC "\r\na=extmap-allow-mixed\r\n");
	assert_agreed(0, 0);
	assert_silent("extmap");
	local.csrc = false;
	answer(HEAD AUDIO "a=extmap:1/sendonly " LEVEL "\r\n"
	       "a=extmap:2/recvonly " CSRC "\r\n");
	assert_agreed(1, 0);
}

static void numbers_that_no_packet_has_are_replaced(void **state)
{
	(void)state;
	answer(HEAD AUDIO "a=extmap:4096 " LEVEL "\r\na=extmap:4351 " CSRC "\r\n");
	assert_agreed(14, 13);
	answer(HEAD AUDIO "a=extmap:14 " LEVEL "\r\na=extmap:4100 " CSRC "\r\n");
	assert_agreed(14, 13);
	answer(HEAD AUDIO "a=extmap:13 " LEVEL "\r\na=extmap:4100 " CSRC "\r\n");
	assert_int_equal(audio.ext[SDP_EXT_LEVEL], 13);
	assert_int_not_equal(audio.ext[SDP_EXT_CSRC_LEVEL], 13);
	assert_int_not_equal(audio.ext[SDP_EXT_CSRC_LEVEL], 0);
}

static void stream_without_them_has_them_no_more(void **state)
{
	(void)state;
	answer(HEAD AUDIO "a=extmap:1 " LEVEL "\r\na=extmap:2 " CSRC "\r\n");
	answer(HEAD AUDIO);
	assert_agreed(0, 0);
	assert_silent("extmap");
}

/* ---- offering ---------------------------------------------------------- */

static void offer(void)
{
	assert_true(sdp_offer(&local, text, sizeof(text)) > 0);
}

static void take(const char *body)
{
	parse(body);
	assert_int_equal(sdp_accept(&local, &sdp, &audio), 0);
}

static void offer_is_agreed_on_under_its_own_numbers_only(void **state)
{
	(void)state;
	offer();
	assert_says("a=extmap:14/recvonly " LEVEL "\r\n");
	assert_says("a=extmap:13/sendonly " CSRC "\r\n");
	take(HEAD AUDIO "a=extmap:14/sendonly " LEVEL "\r\n"
	       "a=extmap:13/recvonly " CSRC "\r\n");
	assert_agreed(14, 13);
	take(HEAD AUDIO "a=extmap:13/sendonly " LEVEL "\r\n"
	       "a=extmap:12 " CSRC "\r\n");
	assert_agreed(0, 0);
	take(HEAD AUDIO);
	assert_agreed(0, 0);
}

static void our_offer_keeps_the_peers_numbers(void **state)
{
	char before[SDP_LOCAL_MAX];

	(void)state;
	answer(HEAD AUDIO "a=extmap:5 " LEVEL "\r\na=extmap:4 " CSRC "\r\n");
	offer();
	assert_says("a=extmap:5/recvonly " LEVEL "\r\n");
	assert_says("a=extmap:4/sendonly " CSRC "\r\n");
	/* the same again for a refresh */
	memcpy(before, text, sizeof(text));
	offer();
	assert_string_equal(before, text);
	/* the peer's numbers change places */
	answer(HEAD AUDIO "a=extmap:4 " LEVEL "\r\n");
	offer();
	assert_says("a=extmap:4/recvonly " LEVEL "\r\n");
	assert_silent("a=extmap:4/sendonly");
	assert_says("/sendonly " CSRC "\r\n");
	local.csrc = false;
	offer();
	assert_silent(CSRC);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(number_way_and_attributes_are_read),
		T(what_makes_no_sense_is_ignored_by_itself),
		T(first_of_a_number_and_of_a_name_counts),
		T(answer_mirrors_numbers_and_narrows_the_way),
		T(other_ways_are_not_agreed_on),
		T(numbers_that_no_packet_has_are_replaced),
		T(stream_without_them_has_them_no_more),
		T(offer_is_agreed_on_under_its_own_numbers_only),
		T(our_offer_keeps_the_peers_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
