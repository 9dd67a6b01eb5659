/* test_offer.c - what is answered to what, and what is offered (RFC 3264). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec_table.h"
#include "sdp/offer.h"
#include "sdp_bodies.h"

#define O "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
#define C O "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define DTMF "a=rtpmap:101 telephone-event/8000\r\n"
#define OURS "v=0\r\no=- 77 1 IN IP4 192.0.2.100\r\ns=-\r\nc=IN IP4 192.0.2.100\r\nt=0 0\r\n"

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

static const struct sdp *parse(const char *body)
{
	struct sdp_error err;

	if (sdp_parse(&sdp, body, strlen(body), &err))
		fail_msg("line %u: %s\n%s", err.line, err.what, body);
	return &sdp;
}

static void answer(const char *offer)
{
	int len = sdp_answer(&local, parse(offer), &audio, text, sizeof(text));

	if (len < 0)
		fail_msg("%d to\n%s", len, offer);
	assert_int_equal(strlen(text), len);
}

/** Refused, and nothing of ours was touched. */
static void assert_refused(const char *offer, int code)
{
	static struct sdp_local before;
	struct sdp_audio was = audio;

	before = local;
	assert_int_equal(sdp_answer(&local, parse(offer), &audio, text,
				    sizeof(text)), code);
	assert_memory_equal(&before, &local, sizeof(local));
	assert_memory_equal(&was, &audio, sizeof(audio));
}

static void offer(void)
{
	int len = sdp_offer(&local, text, sizeof(text));

	assert_true(len > 0);
	assert_int_equal(strlen(text), len);
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

static void assert_at(const union addr *a, const char *want)
{
	char got[ADDR_LEN];

	assert_string_equal(addr_print(a, got), want);
}

static void assert_codec(int i, uint8_t pt)
{
	assert_ptr_equal(audio.codec, mx_codec_nth((unsigned)i));
	assert_int_equal(audio.pt, pt);
}

static void assert_recv(unsigned k, int i, uint8_t pt)
{
	assert_true(k < audio.n_recv);
	assert_ptr_equal(audio.recv[k].codec, mx_codec_nth((unsigned)i));
	assert_int_equal(audio.recv[k].pt, pt);
}

/* ---- codecs ------------------------------------------------------------ */

static void plain_offer_gets_this_answer(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 0 8 101\r\n" DTMF "a=fmtp:101 0-15\r\n");
	assert_string_equal(text, OURS
		"m=audio 20000 RTP/AVP 0 8 101\r\n"
		"a=rtpmap:0 PCMU/8000\r\n"
		"a=rtpmap:8 PCMA/8000\r\n"
		"a=rtpmap:101 telephone-event/8000\r\n"
		"a=fmtp:101 0-16\r\n"
		"a=ptime:20\r\n"
		"a=maxptime:120\r\n"
		"a=sendrecv\r\n");
	assert_codec(PCMU, 0);
	assert_int_equal(audio.n_recv, 2);
	assert_recv(0, PCMU, 0);
	assert_recv(1, PCMA, 8);
	assert_int_equal(audio.n_event, 1);
	assert_int_equal(audio.event[0].pt, 101);
	assert_int_equal(audio.event[0].clock_hz, 8000);
	assert_int_equal(audio.event_pt, 101);
	assert_int_equal(audio.ptime_ms, 20);
	assert_int_equal(audio.dir, SDP_SENDRECV);
	assert_false(audio.hold);
	assert_false(audio.rtcp_mux);
	assert_at(&audio.rtp, "192.0.2.1:4000");
	assert_at(&audio.rtcp, "192.0.2.1:4001");
}

static void peers_first_usable_codec_is_sent(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 18 96 8 0\r\na=rtpmap:96 opus/48000/2\r\n");
	assert_codec(PCMA, 8);
	assert_says("RTP/AVP 8 0\r\n");
	assert_silent("opus");
	assert_silent("G729");
}

static void dynamic_numbers_of_the_offer_are_used(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 117 0 99\r\na=rtpmap:117 l16/8000\r\n"
	       "a=rtpmap:99 Telephone-Event/8000\r\n");
	assert_codec(L16_8000, 117);
	assert_recv(1, PCMU, 0);
	assert_says("m=audio 20000 RTP/AVP 117 0 99\r\na=rtpmap:117 L16/8000\r\n");
	assert_int_equal(audio.event_pt, 99);
}

static void one_sample_rate_is_agreed_on(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 98 0 8 99\r\n"
	       "a=rtpmap:98 L16/16000\r\na=rtpmap:99 L16/8000\r\n");
	assert_codec(L16_16000, 98);
	assert_int_equal(audio.n_recv, 1);
	assert_says("RTP/AVP 98\r\n");
	answer(C "m=audio 4000 RTP/AVP 0 98 8 99\r\n"
	       "a=rtpmap:98 L16/16000\r\na=rtpmap:99 L16/8000\r\n");
	assert_codec(PCMU, 0);
	assert_int_equal(audio.n_recv, 3);
	assert_says("RTP/AVP 0 8 99\r\n");
}

static void codecs_we_do_not_offer_are_not_taken(void **state)
{
	(void)state;
	assert_int_equal(sdp_local_codecs(&local, "PCMA"), 0);
	answer(C "m=audio 4000 RTP/AVP 0 8\r\n");
	assert_codec(PCMA, 8);
	assert_refused(C "m=audio 4000 RTP/AVP 0\r\n", -ENOTSUP);
}

static void numbers_with_a_wrong_or_no_rtpmap_are_passed_over(void **state)
{
	(void)state;
	assert_refused(C "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:97 L16/bad\r\n",
		       -ENOTSUP);
	/* 0 is PCMU (RFC 3551) whatever they say */
	assert_refused(C "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMA/8000\r\n",
		       -ENOTSUP);
	assert_refused(C "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 telephone-event/8000\r\n",
		       -ENOTSUP);
	assert_refused(C "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/16000\r\n",
		       -ENOTSUP);
	assert_refused(C "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/8000/2\r\n",
		       -ENOTSUP);
	answer(C "m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/8000\r\n");
	assert_codec(PCMU, 96);         /* odd, but clear */
}

static void telephone_event_alone_is_no_audio(void **state)
{
	(void)state;
	assert_refused(C "m=audio 4000 RTP/AVP 101\r\n" DTMF, -ENOTSUP);
	assert_refused(C "m=audio 4000 RTP/AVP 101 18\r\n" DTMF, -ENOTSUP);
	assert_refused(C, -ENOTSUP);
}

/* ---- telephone-event --------------------------------------------------- */

#define ALL_EVENTS "a=rtpmap:101 telephone-event/8000\r\n" \
	"a=rtpmap:102 telephone-event/16000\r\na=rtpmap:103 telephone-event/48000\r\n" \
	"a=rtpmap:104 telephone-event/8000\r\n"

static void events_follow_the_clocks_of_the_codecs(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 103 104 102 101 96 0\r\n"
	       "a=rtpmap:96 L16/16000\r\n" ALL_EVENTS);
	assert_codec(L16_16000, 96);
	assert_int_equal(audio.n_event, 1);
	assert_int_equal(audio.event_pt, 102);
	assert_says("RTP/AVP 96 102\r\n");

	setup(NULL);
	answer(C "m=audio 4000 RTP/AVP 0 103 104 102 101\r\n" ALL_EVENTS);
	assert_int_equal(audio.n_event, 1);     /* one a clock: the first */
	assert_int_equal(audio.event_pt, 104);
	assert_says("RTP/AVP 0 104\r\n");
}

static void two_clocks_of_one_rate_have_two_events(void **state)
{
	(void)state;
	assert_int_equal(sdp_local_codecs(&local, "G722,L16/16000"), 0);
	answer(C "m=audio 4000 RTP/AVP 9 96 101 102\r\n"
	       "a=rtpmap:96 L16/16000\r\n" ALL_EVENTS);
	assert_codec(G722, 9);
	assert_int_equal(audio.n_recv, 2);
	assert_int_equal(audio.n_event, 2);
	assert_int_equal(audio.event_pt, 101);
	assert_says("RTP/AVP 9 96 101 102\r\na=rtpmap:9 G722/8000\r\n");
}

static void events_of_a_foreign_clock_are_understood_but_not_sent(void **state)
{
	(void)state;                    /* Polycom: /8000 beside wideband */
	answer(C "m=audio 4000 RTP/AVP 96 101\r\na=rtpmap:96 L16/16000\r\n" DTMF);
	assert_int_equal(audio.n_event, 1);
	assert_int_equal(audio.event[0].clock_hz, 8000);
	assert_int_equal(audio.event_pt, MX_PT_NONE);
	assert_says("RTP/AVP 96 101\r\n");
}

static void no_events_offered_none_answered(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_int_equal(audio.n_event, 0);
	assert_int_equal(audio.event_pt, MX_PT_NONE);
	assert_silent("telephone-event");
	answer(C "m=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000/2\r\n");
	assert_int_equal(audio.n_event, 0);
}

/* ---- ptime ------------------------------------------------------------- */

static void ptime_is_what_the_peer_wants_and_what_fits(void **state)
{
	static const struct {
		const char *fmt, *attributes;
		unsigned ptime;
	} cases[] = {
		{ "0", "", 20 },
		{ "0", "a=ptime:10\r\n", 10 },
		{ "0", "a=ptime:30\r\n", 30 },
		{ "0", "a=ptime:120\r\n", 120 },
		{ "0", "a=ptime:1\r\n", 10 },
		{ "0", "a=ptime:25\r\n", 20 },
		{ "0", "a=ptime:500\r\n", 120 },
		{ "0", "a=ptime:0\r\n", 20 },
		{ "0", "a=maxptime:15\r\n", 10 },
		{ "0", "a=maxptime:5\r\n", 10 },
		{ "0", "a=maxptime:150\r\n", 20 },
		{ "0", "a=ptime:60\r\na=maxptime:40\r\n", 40 },
		{ "96", "a=ptime:60\r\na=rtpmap:96 L16/8000\r\n", 60 },
		{ "96", "a=ptime:100\r\na=rtpmap:96 L16/8000\r\n", 90 },
		{ "96", "a=ptime:60\r\na=rtpmap:96 L16/16000\r\n", 40 },
		{ "96", "a=ptime:20\r\na=rtpmap:96 L16/48000\r\n", 10 },
	};
	char body[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setup(NULL);
		assert_int_equal(sdp_local_codecs(&local, "PCMU,L16/8000,L16/16000,"
						  "L16/48000/1"), 0);
		snprintf(body, sizeof(body), C "m=audio 4000 RTP/AVP %s\r\n%s",
			 cases[i].fmt, cases[i].attributes);
		answer(body);
		if (audio.ptime_ms != cases[i].ptime)
			fail_msg("%u to %s", audio.ptime_ms, body);
		/* what we say is what we want, as far as it fits */
		assert_says(strstr(body, "48000") ? "a=ptime:10\r\n" : "a=ptime:20\r\n");
	}
}

static void our_own_ptime_is_said_and_used_without_another(void **state)
{
	(void)state;
	local.ptime_ms = 60;
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_says("a=ptime:60\r\n");
	assert_int_equal(audio.ptime_ms, 60);
}

static void codec_that_never_fits_a_packet_is_not_used(void **state)
{
	(void)state;
	assert_int_equal(sdp_local_codecs(&local, "L16/48000/2,PCMU"), 0);
	answer(C "m=audio 4000 RTP/AVP 96 0\r\na=rtpmap:96 L16/48000/2\r\n");
	assert_codec(PCMU, 0);
	offer();
	assert_silent("48000");
}

/* ---- direction and hold ------------------------------------------------ */

static void answer_mirrors_the_direction(void **state)
{
	static const struct {
		const char *offered, *answered;
		enum sdp_dir dir;
		bool hold;
	} cases[] = {
		{ "", "a=sendrecv\r\n", SDP_SENDRECV, false },
		{ "a=sendrecv\r\n", "a=sendrecv\r\n", SDP_SENDRECV, false },
		{ "a=sendonly\r\n", "a=recvonly\r\n", SDP_RECVONLY, true },
		{ "a=recvonly\r\n", "a=sendonly\r\n", SDP_SENDONLY, false },
		{ "a=inactive\r\n", "a=inactive\r\n", SDP_INACTIVE, true },
	};
	char body[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(body, sizeof(body), C "m=audio 4000 RTP/AVP 0\r\n%s",
			 cases[i].offered);
		answer(body);
		assert_says(cases[i].answered);
		assert_int_equal(audio.dir, cases[i].dir);
		assert_int_equal(audio.hold, cases[i].hold);
		assert_at(&audio.rtp, "192.0.2.1:4000");
	}
}

static void our_own_direction_narrows_the_answer(void **state)
{
	(void)state;
	local.dir = SDP_SENDONLY;
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_says("a=sendonly\r\n");
	answer(C "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n");
	assert_says("a=inactive\r\n");
	local.dir = SDP_RECVONLY;
	answer(C "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n");
	assert_says("a=recvonly\r\n");
	assert_false(audio.hold);       /* we did not want to send */
}

static void address_of_zeros_is_hold(void **state)
{
	(void)state;
	answer(O "c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n");
	assert_true(audio.hold);
	assert_int_equal(audio.dir, SDP_RECVONLY);
	assert_says("a=recvonly\r\n");
	assert_false(addr_is_set(&audio.rtp));
	assert_false(addr_is_set(&audio.rtcp));

	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_false(audio.hold);
	assert_at(&audio.rtp, "192.0.2.1:4000");
}

static void port_0_turns_a_running_stream_off(void **state)
{
	(void)state;
	assert_refused(C "m=audio 0 RTP/AVP 0\r\n", -ENOTSUP);  /* not the first */
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	answer(C "m=audio 0 RTP/AVP 0\r\n");
	assert_says("m=audio 0 RTP/AVP 0\r\n");
	assert_int_equal(audio.dir, SDP_INACTIVE);
	assert_true(audio.hold);
	assert_false(addr_is_set(&audio.rtp));
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_says("m=audio 20000 RTP/AVP 0\r\n");
	assert_int_equal(audio.dir, SDP_SENDRECV);
}

/* ---- RTCP -------------------------------------------------------------- */

static void rtcp_goes_where_it_is_said_to(void **state)
{
	static const struct { const char *attributes, *at; bool mux; } cases[] = {
		{ "", "192.0.2.1:4001", false },
		{ "a=rtcp:5005\r\n", "192.0.2.1:5005", false },
		{ "a=rtcp:5005 IN IP4 192.0.2.2\r\n", "192.0.2.2:5005", false },
		{ "a=rtcp:5005 IN IP6 2001:db8::1\r\n", "-", false },
		{ "a=rtcp:5005 IN IP4 224.0.0.1\r\n", "-", false },
		{ "a=rtcp:5005 IN IP4 0.0.0.0\r\n", "-", false },
		{ "a=rtcp-mux\r\n", "192.0.2.1:4000", true },
		{ "a=rtcp:5005\r\na=rtcp-mux\r\n", "192.0.2.1:4000", true },
	};
	char body[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(body, sizeof(body), C "m=audio 4000 RTP/AVP 0\r\n%s",
			 cases[i].attributes);
		answer(body);
		assert_at(&audio.rtcp, cases[i].at);
		assert_int_equal(audio.rtcp_mux, cases[i].mux);
		assert_int_equal(strstr(text, "a=rtcp-mux") != NULL, cases[i].mux);
	}
	answer(C "m=audio 65535 RTP/AVP 0\r\n");
	assert_at(&audio.rtcp, "-");
}

static void our_rtcp_port_is_said_where_it_is_not_the_next(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_silent("a=rtcp:");
	local.rtcp_port = 30001;
	answer(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_says("a=rtcp:30001\r\n");
}

static void shared_port_leaves_rtcps_numbers_alone(void **state)
{
	(void)state;                    /* RFC 5761 4 */
	answer(C "m=audio 4000 RTP/AVP 72 0\r\na=rtpmap:72 L16/8000\r\na=rtcp-mux\r\n");
	assert_codec(PCMU, 0);
	answer(C "m=audio 4000 RTP/AVP 72 0\r\na=rtpmap:72 L16/8000\r\n");
	assert_codec(L16_8000, 72);
	offer();                        /* which offers mux: another number */
	assert_says("a=rtcp-mux\r\n");
	assert_silent("rtpmap:72");
	assert_says("a=rtpmap:96 L16/8000\r\n");
}

/* ---- lines, transports, addresses -------------------------------------- */

static void other_media_are_refused_as_they_are(void **state)
{
	(void)state;
	answer(C "m=video 5000 RTP/AVPF 96 97\r\na=rtpmap:96 VP8/90000\r\n"
	       "m=audio 4000 RTP/AVP 0\r\n"
	       "m=audio 4010 RTP/AVP 0\r\n"
	       "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
	       "m=image 0 udptl\r\n");
	assert_string_equal(strstr(text, "m="),
		"m=video 0 RTP/AVPF 96 97\r\n"
		"m=audio 20000 RTP/AVP 0\r\n"
		"a=rtpmap:0 PCMU/8000\r\n"
		"a=ptime:20\r\na=maxptime:120\r\na=sendrecv\r\n"
		"m=audio 0 RTP/AVP 0\r\n"
		"m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
		"m=image 0 udptl 0\r\n");
	assert_at(&audio.rtp, "192.0.2.1:4000");
}

static void first_usable_audio_line_is_taken(void **state)
{
	(void)state;
	answer(C "m=audio 0 RTP/AVP 0\r\n"
	       "m=audio 4002 RTP/AVP 18\r\n"
	       "m=audio 4004 RTP/SAVP 0\r\n"
	       "m=audio 4006 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n"
	       "m=audio 4008 RTP/AVPF 0\r\n"
	       "m=audio 4010 RTP/AVP 0\r\n"
	       "m=audio 4012 RTP/AVP 0\r\n");
	assert_at(&audio.rtp, "192.0.2.1:4010");
	assert_says("m=audio 0 RTP/AVPF 0\r\nm=audio 20000 RTP/AVP 0\r\n");
}

static void line_in_use_is_kept(void **state)
{
	(void)state;
	answer(C "m=audio 0 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 0\r\n");
	answer(C "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 0\r\n");
	assert_at(&audio.rtp, "192.0.2.1:4002");
	answer(C "m=audio 4000 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n");
	assert_at(&audio.rtp, "192.0.2.1:4000");        /* it is gone */
}

static void avpf_is_answered_with_itself(void **state)
{
	(void)state;
	answer(C "m=audio 4000 RTP/AVPF 0\r\na=rtcp-fb:* nack\r\n");
	assert_says("m=audio 20000 RTP/AVPF 0\r\n");
	offer();                        /* and offered again so */
	assert_says("m=audio 20000 RTP/AVPF 0 8");
	answer(C "m=audio 4000 rtp/avp 0\r\n");
	assert_says("m=audio 20000 rtp/avp 0\r\n");
}

static void transports_we_do_not_have_are_named_as_the_reason(void **state)
{
	(void)state;
	assert_refused(C "m=audio 4000 RTP/SAVP 0\r\n", -EPROTONOSUPPORT);
	assert_refused(C "m=audio 4000 RTP/SAVPF 0\r\n", -EPROTONOSUPPORT);
	assert_refused(C "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n", -EPROTONOSUPPORT);
	assert_refused(C "m=audio 4000 RTP/SAVP 0\r\nm=audio 4002 RTP/AVP 18\r\n",
		       -EPROTONOSUPPORT);
	assert_refused(C "m=audio 4000 RTP/SAVP 18\r\n", -ENOTSUP);
	assert_refused(C "m=audio 4000 udp 0\r\n", -ENOTSUP);
	assert_refused(C "m=video 4000 RTP/AVP 0\r\n", -ENOTSUP);
}

static void addresses_out_of_reach_are_named_as_the_reason(void **state)
{
	static const char *const addresses[] = {
		"IN IP6 2001:db8::1", "IN IP4 phone.example.com",
		"IN IP4 224.2.17.12/127", "IN IP4 255.255.255.255",
		"IN IP6 ff02::1",
	};
	char body[512];

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		snprintf(body, sizeof(body), O "c=%s\r\nm=audio 4000 RTP/AVP 0\r\n"
			 "m=audio 4002 RTP/SAVP 0\r\n", addresses[i]);
		assert_refused(body, -EADDRNOTAVAIL);
	}
	assert_refused(O "m=audio 4000 RTP/AVP 0\r\n", -EADDRNOTAVAIL); /* no c= */
}

static void ipv6_works_alike(void **state)
{
	(void)state;
	assert_int_equal(addr_parse(&local.addr, "2001:db8::100", 0), 0);
	answer(O "c=IN IP6 2001:db8::1\r\nm=audio 4000 RTP/AVP 0\r\n");
	assert_at(&audio.rtp, "[2001:db8::1]:4000");
	assert_at(&audio.rtcp, "[2001:db8::1]:4001");
	assert_says("IN IP6 2001:db8::100\r\ns=-\r\nc=IN IP6 2001:db8::100\r\n");
	answer(O "c=IN IP6 ::\r\nm=audio 4000 RTP/AVP 0\r\n");
	assert_true(audio.hold);
	assert_refused(C "m=audio 4000 RTP/AVP 0\r\n", -EADDRNOTAVAIL);
}

static void bodies_of_the_field_are_answered(void **state)
{
	static const int want[] = { 0, 0, 0, 0, 0, 0, 0, -EADDRNOTAVAIL,
				    -EPROTONOSUPPORT, -EPROTONOSUPPORT, 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(sdp_bodies) / sizeof(sdp_bodies[0]); i++) {
		int len;

		setup(NULL);
		len = sdp_answer(&local, parse(sdp_bodies[i].text), &audio, text,
				 sizeof(text));
		if (want[i] ? len != want[i] : len <= 0)
			fail_msg("%s: %d", sdp_bodies[i].who, len);
		if (len <= 0)
			continue;
		parse(text);
		assert_int_equal(sdp.n_media, sdp_bodies[i].n_media);
		assert_silent("group:");
		assert_silent("candidate");
	}
}

static void longest_answer_fits(void **state)
{
	char body[8192] = C;
	size_t len = strlen(body);

	(void)state;
	assert_int_equal(addr_parse(&local.addr,
		"1111:2222:3333:4444:5555:6666:7777:8888", 0), 0);
	local.sess_id = local.sess_ver = UINT64_MAX;
	local.rtcp_port = 65535;
	len += (size_t)snprintf(body + len, sizeof(body) - len,
		"m=audio 4000 RTP/AVPF 0 8 111 112 113 114 115 116 117 118 119 120 "
		"121 122 123 124 101\r\nc=IN IP6 2001:db8::1\r\na=rtcp-mux\r\n" DTMF
		"a=extmap:254 urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=off\r\n"
		"a=extmap:255 urn:ietf:params:rtp-hdrext:csrc-audio-level vad=off\r\n"
		"a=extmap-allow-mixed\r\n");
	for (int i = 111; i <= 124; i++)
		len += (size_t)snprintf(body + len, sizeof(body) - len,
					"a=rtpmap:%d L16/8000\r\n", i);
	for (int i = 1; i < SDP_MEDIA_MAX; i++) {
		len += (size_t)snprintf(body + len, sizeof(body) - len,
			"m=0123456789012345678901234567890 4000 "
			"0123456789012345678901234567890");
		for (int k = 0; k < 32; k++)
			len += (size_t)snprintf(body + len, sizeof(body) - len, " 100");
		len += (size_t)snprintf(body + len, sizeof(body) - len, "\r\n");
	}
	answer(body);
	assert_int_equal(audio.n_recv, SDP_MAP_MAX);
	offer();
	parse(text);
	assert_int_equal(sdp.n_media, SDP_MEDIA_MAX);
}

static void text_that_does_not_fit_changes_nothing(void **state)
{
	static struct sdp_local before;

	(void)state;
	before = local;
	parse(C "m=audio 4000 RTP/AVP 0\r\n");
	assert_int_equal(sdp_answer(&local, &sdp, &audio, text, 100), -ENOSPC);
	assert_int_equal(sdp_offer(&local, text, 100), -ENOSPC);
	assert_memory_equal(&before, &local, sizeof(local));
}

/* Packed and unpacked between two descriptions, it goes on where it was. */
static void packed_side_is_the_same(void **state)
{
	static char plain[SDP_LOCAL_MAX];
	static struct sdp_local other;
	struct sdp_packed *packed;

	(void)state;
	answer(C "m=audio 4000 RTP/AVP 0 101\r\n"
	       "a=rtpmap:101 telephone-event/8000\r\n"
	       "m=video 4002 RTP/AVP 31\r\n");
	packed = sdp_local_pack(&local);
	assert_non_null(packed);
	local.ptime_ms = 30;
	offer();
	snprintf(plain, sizeof(plain), "%s", text);

	memset(&other, 0xa5, sizeof(other));
	sdp_local_unpack(&other, packed);
	free(packed);
	local = other;
	local.ptime_ms = 30;
	offer();
	assert_string_equal(text, plain);
	assert_non_null(strstr(text, "m=video 0"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		T(plain_offer_gets_this_answer),
		T(peers_first_usable_codec_is_sent),
		T(dynamic_numbers_of_the_offer_are_used),
		T(one_sample_rate_is_agreed_on),
		T(codecs_we_do_not_offer_are_not_taken),
		T(numbers_with_a_wrong_or_no_rtpmap_are_passed_over),
		T(telephone_event_alone_is_no_audio),
		T(events_follow_the_clocks_of_the_codecs),
		T(two_clocks_of_one_rate_have_two_events),
		T(events_of_a_foreign_clock_are_understood_but_not_sent),
		T(no_events_offered_none_answered),
		T(ptime_is_what_the_peer_wants_and_what_fits),
		T(our_own_ptime_is_said_and_used_without_another),
		T(codec_that_never_fits_a_packet_is_not_used),
		T(answer_mirrors_the_direction),
		T(our_own_direction_narrows_the_answer),
		T(address_of_zeros_is_hold),
		T(port_0_turns_a_running_stream_off),
		T(rtcp_goes_where_it_is_said_to),
		T(our_rtcp_port_is_said_where_it_is_not_the_next),
		T(shared_port_leaves_rtcps_numbers_alone),
		T(other_media_are_refused_as_they_are),
		T(first_usable_audio_line_is_taken),
		T(line_in_use_is_kept),
		T(avpf_is_answered_with_itself),
		T(transports_we_do_not_have_are_named_as_the_reason),
		T(addresses_out_of_reach_are_named_as_the_reason),
		T(ipv6_works_alike),
		T(bodies_of_the_field_are_answered),
		T(longest_answer_fits),
		T(text_that_does_not_fit_changes_nothing),
		T(packed_side_is_the_same),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
