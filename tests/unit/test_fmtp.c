/* test_fmtp.c - parameters of codecs: what peers ask for, what we ask for. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "codec_table.h"
#include "sdp/offer.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n" \
	"c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define OPUS_MAP(PT) "a=rtpmap:" PT " opus/48000/2\r\n"

static struct sdp sdp;
static struct sdp_local local;
static struct sdp_audio audio;
static char text[SDP_LOCAL_MAX];

static int setup(void **state)
{
	(void)state;
	sdp_local_init(&local);
	assert_int_equal(sdp_local_codecs(&local,
		"opus,G722,PCMU,PCMA,L16/16000"), 0);
	assert_int_equal(addr_parse(&local.addr, "192.0.2.100", 0), 0);
	local.rtp_port = 20000;
	local.rtcp_port = 20001;
	memset(&audio, 0, sizeof(audio));
	return 0;
}

static const struct sdp *parse(const char *body)
{
	struct sdp_error err;

	if (sdp_parse(&sdp, body, strlen(body), &err))
		fail_msg("line %u: %s\n%s", err.line, err.what, body);
	return &sdp;
}

static void answer(const char *offer)
{
	assert_true(sdp_answer(&local, parse(offer), &audio, text,
			       sizeof(text)) > 0);
}

static void assert_says(const char *what)
{
	if (!strstr(text, what))
		fail_msg("no %s in\n%s", what, text);
}

static void assert_par(const struct mx_codec_par *want)
{
	assert_memory_equal(&audio.par, want, sizeof(*want));
}

/* ---- what peers ask for ------------------------------------------------ */

static const struct {
	const char *fmtp;
	struct mx_codec_par par;
} asked[] = {
	{ "", { 0 } },
	{ "useinbandfec=1", { .fec = 1 } },
	{ "minptime=10;useinbandfec=1", { .fec = 1 } },         /* WebRTC */
	{ "maxplaybackrate=16000; sprop-maxcapturerate=16000; "
	  "maxaveragebitrate=20000; stereo=1; useinbandfec=1; usedtx=0",
	  { .rate_hz = 16000, .bitrate = 20000, .fec = 1 } },   /* RFC 7587 6 */
	{ "USEDTX=1;CBR=1", { .dtx = 1, .cbr = 1 } },
	{ "cbr=1;cbr=0", { 0 } },
	{ ";; useinbandfec=1 ;", { .fec = 1 } },
	{ "maxplaybackrate=48000;stereo=1;sprop-stereo=1",
	  { .rate_hz = 48000 } },
	/* each value that cannot be is passed over by itself */
	{ "maxplaybackrate=4000;maxaveragebitrate=5999;usedtx=2;cbr=1",
	  { .cbr = 1 } },
	{ "maxaveragebitrate=510001;maxplaybackrate=192000", { 0 } },
	{ "maxaveragebitrate=99999999999999999999", { 0 } },
	{ "useinbandfec;usedtx=;cbr=yes;=1;useinbandfecs=1;useinband=1", { 0 } },
};

static void answerer_obeys_what_the_offer_asks_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		char body[1024];

		setup(NULL);
		snprintf(body, sizeof(body), HEAD "m=audio 4000 RTP/AVP 111\r\n"
			 OPUS_MAP("111") "%s%s%s",
			 asked[i].fmtp[0] ? "a=fmtp:111 " : "",
			 asked[i].fmtp, asked[i].fmtp[0] ? "\r\n" : "");
		answer(body);
		assert_ptr_equal(audio.codec, mx_codec_nth(OPUS));
		assert_par(&asked[i].par);
	}
}

static void offerer_obeys_what_the_answer_asks_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		char body[1024];

		setup(NULL);
		assert_true(sdp_offer(&local, text, sizeof(text)) > 0);
		snprintf(body, sizeof(body), HEAD "m=audio 4000 RTP/AVP 96\r\n"
			 OPUS_MAP("96") "a=fmtp:96 x=y;%s\r\n",
			 asked[i].fmtp);
		assert_int_equal(sdp_accept(&local, parse(body), &audio), 0);
		assert_par(&asked[i].par);
	}
}

/* What is asked of one direction binds nobody in the other. */
static void what_a_peer_asks_for_does_not_come_back(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 111\r\n" OPUS_MAP("111")
	       "a=fmtp:111 maxplaybackrate=8000;maxaveragebitrate=12000;"
	       "usedtx=1;cbr=1\r\n");
	assert_says("a=rtpmap:111 opus/48000/2\r\n"
		    "a=fmtp:111 stereo=0;useinbandfec=1\r\n");
}

static void first_of_two_opus_formats_is_the_one_obeyed(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 112 111\r\n"
	       OPUS_MAP("111") "a=fmtp:111 cbr=1\r\n"
	       OPUS_MAP("112") "a=fmtp:112 usedtx=1\r\n");
	assert_int_equal(audio.pt, 112);
	assert_int_equal(audio.n_recv, 2);
	assert_par(&(struct mx_codec_par){ .dtx = 1 });
}

static void parameters_go_with_their_codec(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 0 111\r\n" OPUS_MAP("111")
	       "a=fmtp:111 usedtx=1\r\na=fmtp:0 cbr=1\r\n");
	assert_ptr_equal(audio.codec, mx_codec_nth(PCMU));
	assert_par(&(struct mx_codec_par){ 0 });

	/* a new offer asks anew */
	answer(HEAD "m=audio 4000 RTP/AVP 111\r\n" OPUS_MAP("111")
	       "a=fmtp:111 usedtx=1\r\n");
	assert_par(&(struct mx_codec_par){ .dtx = 1 });
	answer(HEAD "m=audio 4000 RTP/AVP 111\r\n" OPUS_MAP("111"));
	assert_par(&(struct mx_codec_par){ 0 });
}

/* ---- what we ask for --------------------------------------------------- */

static void offer_has_opus_with_its_parameters(void **state)
{
	(void)state;
	assert_true(sdp_offer(&local, text, sizeof(text)) > 0);
	assert_says("m=audio 20000 RTP/AVP 96 9 0 8 97 101 102 103\r\n"
		    "a=rtpmap:96 opus/48000/2\r\n"
		    "a=fmtp:96 stereo=0;useinbandfec=1\r\n"
		    "a=rtpmap:9 G722/8000\r\n"
		    "a=rtpmap:0 PCMU/8000\r\n"
		    "a=rtpmap:8 PCMA/8000\r\n"
		    "a=rtpmap:97 L16/16000\r\n"
		    "a=rtpmap:101 telephone-event/48000\r\n"
		    "a=fmtp:101 0-16\r\n"
		    "a=rtpmap:102 telephone-event/8000\r\n");
}

static void pauses_are_asked_for_where_configured(void **state)
{
	(void)state;
	local.dtx = true;
	assert_true(sdp_offer(&local, text, sizeof(text)) > 0);
	assert_says("a=fmtp:96 stereo=0;useinbandfec=1;usedtx=1\r\n");
	answer(HEAD "m=audio 4000 RTP/AVP 111\r\n" OPUS_MAP("111"));
	assert_says("a=fmtp:111 stereo=0;useinbandfec=1;usedtx=1\r\n");
}

/* ---- what goes with it ------------------------------------------------- */

/* C2: Opus read as keys. */
static void opus_and_keys_keep_their_numbers(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 101 96 97\r\n" OPUS_MAP("101")
	       "a=rtpmap:96 telephone-event/48000\r\n"
	       "a=rtpmap:97 telephone-event/8000\r\n");
	assert_int_equal(audio.pt, 101);
	assert_int_equal(audio.event_pt, 96);
	assert_int_equal(audio.n_event, 1);

	/* 101 and 96 are taken, the other way round they mean nothing */
	answer(HEAD "m=audio 4000 RTP/AVP 96 101 98 0\r\n" OPUS_MAP("96")
	       OPUS_MAP("98") "a=rtpmap:101 telephone-event/48000\r\n");
	assert_int_equal(audio.pt, 98);
	assert_int_equal(audio.n_recv, 1);
	assert_int_equal(audio.n_event, 0);
}

static void keys_at_48000_and_8000_are_offered_and_taken(void **state)
{
	(void)state;
	assert_true(sdp_offer(&local, text, sizeof(text)) > 0);
	assert_int_equal(sdp_accept(&local, parse(HEAD
		"m=audio 4000 RTP/AVP 96 101 102\r\n" OPUS_MAP("96")
		"a=rtpmap:101 telephone-event/48000\r\n"
		"a=rtpmap:102 telephone-event/8000\r\n"), &audio), 0);
	assert_int_equal(audio.event_pt, 101);
	assert_int_equal(audio.event[0].clock_hz, 48000);

	/* some have /8000 alone: their keys are understood (C1) */
	setup(NULL);
	answer(HEAD "m=audio 4000 RTP/AVP 111 100\r\n" OPUS_MAP("111")
	       "a=rtpmap:100 telephone-event/8000\r\n");
	assert_int_equal(audio.event_pt, MX_PT_NONE);
	assert_int_equal(audio.event[0].pt, 100);
	assert_int_equal(audio.event[0].clock_hz, 8000);
}

static void ptime_is_one_that_the_codec_has(void **state)
{
	static const struct { unsigned want, got; } ms[] = {
		{ 10, 10 }, { 20, 20 }, { 30, 20 }, { 40, 40 }, { 50, 40 },
		{ 60, 60 }, { 120, 120 }, { 150, 120 }, { 5, 10 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		char body[512];

		snprintf(body, sizeof(body), HEAD "m=audio 4000 RTP/AVP 111\r\n"
			 OPUS_MAP("111") "a=ptime:%u\r\n", ms[i].want);
		answer(body);
		assert_int_equal(audio.ptime_ms, ms[i].got);
	}
}

static void opus_is_not_opus_with_another_clock_or_one_channel(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 96 97 9\r\n"
	       "a=rtpmap:96 opus/48000\r\na=rtpmap:97 opus/16000/2\r\n");
	assert_ptr_equal(audio.codec, mx_codec_nth(G722));
	assert_int_equal(audio.n_recv, 1);
}

/* RFC 3551 4.5.2. */
static void g722_is_said_to_be_8000_and_is_16000(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 9 0\r\n");
	assert_int_equal(audio.codec->rate_hz, 16000);
	assert_int_equal(audio.codec->clock_hz, 8000);
	assert_int_equal(audio.n_recv, 1);
	assert_says("m=audio 20000 RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n");
}

#define T(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(answerer_obeys_what_the_offer_asks_for),
		T(offerer_obeys_what_the_answer_asks_for),
		T(what_a_peer_asks_for_does_not_come_back),
		T(first_of_two_opus_formats_is_the_one_obeyed),
		T(parameters_go_with_their_codec),
		T(offer_has_opus_with_its_parameters),
		T(pauses_are_asked_for_where_configured),
		T(opus_and_keys_keep_their_numbers),
		T(keys_at_48000_and_8000_are_offered_and_taken),
		T(ptime_is_one_that_the_codec_has),
		T(opus_is_not_opus_with_another_clock_or_one_channel),
		T(g722_is_said_to_be_8000_and_is_16000),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
