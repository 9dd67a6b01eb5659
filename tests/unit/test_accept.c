/* test_accept.c - our offers, the answers to them, and what numbers and
 * versions do over a leg's life. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codec_table.h"
#include "sdp/offer.h"

#define C "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define HEAD(ver) "v=0\r\no=- 77 " ver " IN IP4 192.0.2.100\r\ns=-\r\n" \
	"c=IN IP4 192.0.2.100\r\nt=0 0\r\n"

static struct sdp sdp;
static struct sdp_local local;
static struct sdp_audio audio;
static char text[SDP_LOCAL_MAX];

static int setup(void **state)
{
	(void)state;
	sdp_local_init(&local);
	assert_int_equal(sdp_local_codecs(&local, "PCMU,PCMA,L16/16000,L16/8000"), 0);
	assert_int_equal(addr_parse(&local.addr, "192.0.2.100", 0), 0);
	local.rtp_port = 20000;
	local.rtcp_port = 20001;
	local.sess_id = 77;
	memset(&audio, 0, sizeof(audio));
	return 0;
}

static void offer(void)
{
	assert_true(sdp_offer(&local, text, sizeof(text)) > 0);
}

static const struct sdp *parse(const char *body)
{
	struct sdp_error err;

	if (sdp_parse(&sdp, body, strlen(body), &err))
		fail_msg("line %u: %s\n%s", err.line, err.what, body);
	return &sdp;
}

static void answer(const char *body)
{
	int len = sdp_answer(&local, parse(body), &audio, text, sizeof(text));

	if (len < 0)
		fail_msg("%d to\n%s", len, body);
}

static int accept_rc(const char *body)
{
	return sdp_accept(&local, parse(body), &audio);
}

static void accept_ok(const char *body)
{
	int rc = accept_rc(body);

	if (rc)
		fail_msg("%d to\n%s", rc, body);
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

static bool receives(int i, uint8_t pt)
{
	for (unsigned k = 0; k < audio.n_recv; k++)
		if (audio.recv[k].pt == pt)
			return audio.recv[k].codec == mx_codec_nth((unsigned)i);
	return false;
}

static bool receives_event(uint32_t clock_hz, uint8_t pt)
{
	for (unsigned k = 0; k < audio.n_event; k++)
		if (audio.event[k].pt == pt)
			return audio.event[k].clock_hz == clock_hz;
	return false;
}

/* ---- offers ------------------------------------------------------------ */

static void our_offer_is_this(void **state)
{
	(void)state;
	offer();
	assert_string_equal(text, HEAD("1")
		"m=audio 20000 RTP/AVP 0 8 96 97 101 102\r\n"
		"a=rtpmap:0 PCMU/8000\r\n"
		"a=rtpmap:8 PCMA/8000\r\n"
		"a=rtpmap:96 L16/16000\r\n"
		"a=rtpmap:97 L16/8000\r\n"
		"a=rtpmap:101 telephone-event/8000\r\n"
		"a=fmtp:101 0-16\r\n"
		"a=rtpmap:102 telephone-event/16000\r\n"
		"a=fmtp:102 0-16\r\n"
		"a=ptime:20\r\n"
		"a=maxptime:120\r\n"
		"a=rtcp-mux\r\n"
		"a=extmap:14/recvonly "
		"urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
		"a=extmap:13/sendonly "
		"urn:ietf:params:rtp-hdrext:csrc-audio-level\r\n"
		"a=sendrecv\r\n");
}

static void all_codecs_are_ours_at_first(void **state)
{
	(void)state;
	sdp_local_init(&local);
	for (unsigned i = 0; mx_codec_nth(i); i++)
		assert_ptr_equal(local.codecs[i], mx_codec_nth(i));
	assert_int_equal(local.ptime_ms, 20);
	assert_int_equal(local.dir, SDP_SENDRECV);
}

static void codecs_are_set_by_name(void **state)
{
	static const char *const bad[] = {
		"", " , ", "PCMU,G729", "L16/44100", "PCMU/8000/2", "L1", "L166",
		"L16/", "L16/16000/", "PCMUA",
		"L16 L16 L16 L16 L16 L16 L16 L16 L16 L16 L16 L16 L16 L16 L16 L16 L16",
	};

	(void)state;
	assert_int_equal(sdp_local_codecs(&local, " pcma , L16/8000,L16,l16/48000/2,"), 0);
	assert_int_equal(local.n_codecs, 4);
	assert_ptr_equal(local.codecs[0], mx_codec_nth(PCMA));
	assert_ptr_equal(local.codecs[1], mx_codec_nth(L16_8000));
	assert_ptr_equal(local.codecs[2], mx_codec_nth(L16_16000));
	assert_ptr_equal(local.codecs[3], mx_codec_nth(L16_48000_2));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sdp_local_codecs(&local, bad[i]), -EINVAL);
		assert_int_equal(local.n_codecs, 4);
	}
}

static void refresh_is_the_same_text(void **state)
{
	char first[SDP_LOCAL_MAX];

	(void)state;
	offer();
	memcpy(first, text, sizeof(first));
	offer();
	assert_string_equal(text, first);

	answer(C "m=audio 4000 RTP/AVP 8\r\n");
	memcpy(first, text, sizeof(first));
	answer(C "m=audio 4000 RTP/AVP 8\r\n");
	assert_string_equal(text, first);
}

static void version_goes_up_exactly_when_the_text_changes(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_says("o=- 77 1 IN");
	answer(C "m=audio 4004 RTP/AVP 0\r\na=ptime:30\r\n");   /* nothing of ours */
	assert_says("o=- 77 1 IN");
	answer(C "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n");
	assert_says("o=- 77 2 IN");
	offer();
	assert_says("o=- 77 3 IN");
	offer();
	assert_says("o=- 77 3 IN");
	local.dir = SDP_INACTIVE;
	offer();
	assert_says("o=- 77 4 IN");
	local.rtp_port = 20002;
	local.rtcp_port = 20003;
	offer();
	assert_says("o=- 77 5 IN");
}

static void codec_in_use_is_offered_first_and_under_its_number(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 120 121 0\r\na=rtpmap:120 L16/16000\r\n"
	       "a=rtpmap:121 telephone-event/16000\r\n");
	offer();
	assert_says("RTP/AVP 120 0 8 96 121 101\r\n"
		    "a=rtpmap:120 L16/16000\r\n"
		    "a=rtpmap:0 PCMU/8000\r\n"
		    "a=rtpmap:8 PCMA/8000\r\n"
		    "a=rtpmap:96 L16/8000\r\n"
		    "a=rtpmap:121 telephone-event/16000\r\n");
}

static void refused_lines_stay_in_our_offers(void **state)
{
	(void)state;
	answer(C "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
	       "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 8\r\n");
	offer();
	parse(text);
	assert_int_equal(sdp.n_media, 3);
	assert_says("m=video 0 RTP/AVP 96\r\nm=audio 20000 RTP/AVP 0 8");
	assert_says("m=audio 0 RTP/AVP 8\r\n");
	accept_ok(C "m=video 0 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 8\r\n"
		  "m=audio 0 RTP/AVP 8\r\n");
	assert_ptr_equal(audio.codec, mx_codec_nth(PCMA));
}

/* ---- numbers ----------------------------------------------------------- */

static void number_of_another_meaning_is_passed_over(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 96 101\r\na=rtpmap:96 L16/16000\r\n"
	       "a=rtpmap:101 telephone-event/16000\r\n");
	answer(C "m=audio 4000 RTP/AVP 96 97 101 98\r\na=rtpmap:96 L16/8000\r\n"
	       "a=rtpmap:97 L16/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
	       "a=rtpmap:98 telephone-event/8000\r\n");
	assert_says("RTP/AVP 97 98\r\n");
	assert_int_equal(sdp_answer(&local, parse(C "m=audio 4000 RTP/AVP 96\r\n"
		"a=rtpmap:96 L16/8000\r\n"), &audio, text, sizeof(text)), -ENOTSUP);
}

static void numbers_of_the_peers_other_codecs_are_not_offered(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 96 97 101 0\r\na=rtpmap:96 opus/48000/2\r\n"
	       "a=rtpmap:97 speex/8000\r\na=rtpmap:101 telephone-event/48000\r\n");
	offer();
	assert_says("RTP/AVP 0 8 98 99 102 103\r\n");
	assert_says("a=rtpmap:102 telephone-event/8000\r\n");
}

static void same_codec_may_move_to_another_number(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 100\r\na=rtpmap:100 L16/16000\r\n");
	answer(C "m=audio 4000 RTP/AVP 99\r\na=rtpmap:99 L16/16000\r\n");
	assert_says("RTP/AVP 99\r\n");
	assert_true(receives(L16_16000, 99));
}

static void without_numbers_left_only_static_ones_are_offered(void **state)
{
	char body[512];

	(void)state;
	for (int pt = 96; pt < 128; pt++) {
		snprintf(body, sizeof(body), C "m=audio 4000 RTP/AVP %d\r\n"
			 "a=rtpmap:%d L16/8000\r\n", pt, pt);
		answer(body);
	}
	assert_int_equal(sdp_local_codecs(&local, "PCMU,L16/16000"), 0);
	offer();
	assert_says("RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime");
}

/* ---- answers ----------------------------------------------------------- */

static void answer_decides_what_is_sent(void **state)
{
	(void)state;
	offer();
	accept_ok(C "m=audio 4000 RTP/AVP 8 0 101\r\n"
		  "a=rtpmap:101 telephone-event/8000\r\na=ptime:40\r\na=rtcp-mux\r\n");
	assert_ptr_equal(audio.codec, mx_codec_nth(PCMA));
	assert_int_equal(audio.pt, 8);
	assert_true(receives(PCMU, 0) && receives(PCMA, 8));
	assert_int_equal(audio.n_recv, 2);
	assert_int_equal(audio.event_pt, 101);
	assert_int_equal(audio.n_event, 1);
	assert_int_equal(audio.ptime_ms, 40);
	assert_true(audio.rtcp_mux);
	assert_true(addr_same(&audio.rtp, &audio.rtcp));
	assert_int_equal(addr_port(&audio.rtp), 4000);
}

static void answer_of_one_rate_is_kept_of_several(void **state)
{
	(void)state;
	offer();
	accept_ok(C "m=audio 4000 RTP/AVP 96 0 102 101\r\na=rtpmap:96 L16/16000\r\n"
		  "a=rtpmap:101 telephone-event/8000\r\n"
		  "a=rtpmap:102 telephone-event/16000\r\n");
	assert_ptr_equal(audio.codec, mx_codec_nth(L16_16000));
	assert_int_equal(audio.n_recv, 1);
	assert_int_equal(audio.n_event, 1);
	assert_int_equal(audio.event_pt, 102);
	assert_false(audio.rtcp_mux);
	assert_int_equal(addr_port(&audio.rtcp), 4001);
}

static void peers_own_numbers_are_sent_and_both_are_received(void **state)
{
	(void)state;
	offer();
	accept_ok(C "m=audio 4000 RTP/AVP 110 111\r\na=rtpmap:110 L16/16000\r\n"
		  "a=rtpmap:111 telephone-event/16000\r\n");
	assert_int_equal(audio.pt, 110);
	assert_int_equal(audio.event_pt, 111);
	assert_true(receives(L16_16000, 96) && receives(L16_16000, 110));
	assert_true(receives_event(16000, 102) && receives_event(16000, 111));
	offer();                        /* ours stay */
	assert_says("a=rtpmap:96 L16/16000\r\n");
	assert_silent(":110");
}

static void answer_with_our_numbers_mixed_up_is_passed_over(void **state)
{
	(void)state;
	offer();
	accept_ok(C "m=audio 4000 RTP/AVP 97 8\r\na=rtpmap:97 L16/16000\r\n");
	assert_ptr_equal(audio.codec, mx_codec_nth(PCMA));
	assert_int_equal(accept_rc(C "m=audio 4000 RTP/AVP 97\r\n"
				   "a=rtpmap:97 L16/16000\r\n"), -ENOTSUP);
}

static void answers_that_cannot_be_used_change_nothing(void **state)
{
	static const struct { const char *body; int rc; } bad[] = {
		{ C, -ENOTSUP },
		{ C "m=audio 0 RTP/AVP 0\r\n", -ENOTSUP },
		{ C "m=video 4000 RTP/AVP 0\r\n", -ENOTSUP },
		{ C "m=audio 4000 RTP/AVP 18\r\n", -ENOTSUP },
		{ C "m=audio 4000 RTP/SAVP 0\r\n", -EPROTONOSUPPORT },
		{ C "m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n", -EADDRNOTAVAIL },
		{ C "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 example.com\r\n", -EADDRNOTAVAIL },
	};
	static struct sdp_local before;
	struct sdp_audio was = audio;

	(void)state;
	offer();
	before = local;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(accept_rc(bad[i].body), bad[i].rc);
		assert_memory_equal(&before, &local, sizeof(local));
		assert_memory_equal(&was, &audio, sizeof(audio));
	}
}

static void holding_and_being_held(void **state)
{
	(void)state;
	offer();
	accept_ok(C "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n");
	assert_true(audio.hold);
	assert_int_equal(audio.dir, SDP_RECVONLY);

	local.dir = SDP_SENDONLY;       /* we hold */
	offer();
	assert_says("a=sendonly\r\n");
	accept_ok(C "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n");
	assert_false(audio.hold);
	assert_int_equal(audio.dir, SDP_SENDONLY);
	accept_ok(C "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n");
	assert_true(audio.hold);        /* and are held */
	assert_int_equal(audio.dir, SDP_INACTIVE);

	local.dir = SDP_SENDRECV;
	offer();
	accept_ok(C "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n");
	assert_true(audio.hold);
	assert_false(addr_is_set(&audio.rtp));
}

static void stream_turned_off_is_not_offered_as_off(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	answer(C "m=audio 0 RTP/AVP 0\r\n");
	offer();
	assert_says("m=audio 20000 RTP/AVP 0");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(our_offer_is_this),
		T(all_codecs_are_ours_at_first),
		T(codecs_are_set_by_name),
		T(refresh_is_the_same_text),
		T(version_goes_up_exactly_when_the_text_changes),
		T(codec_in_use_is_offered_first_and_under_its_number),
		T(refused_lines_stay_in_our_offers),
		T(number_of_another_meaning_is_passed_over),
		T(numbers_of_the_peers_other_codecs_are_not_offered),
		T(same_codec_may_move_to_another_number),
		T(without_numbers_left_only_static_ones_are_offered),
		T(answer_decides_what_is_sent),
		T(answer_of_one_rate_is_kept_of_several),
		T(peers_own_numbers_are_sent_and_both_are_received),
		T(answer_with_our_numbers_mixed_up_is_passed_over),
		T(answers_that_cannot_be_used_change_nothing),
		T(holding_and_being_held),
		T(stream_turned_off_is_not_offered_as_off),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
