/* test_sdp_cn.c - comfort noise in offers and answers (RFC 3389). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "sdp/offer.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

static struct sdp sdp;
static struct sdp_local local;
static struct sdp_audio audio;
static char text[SDP_LOCAL_MAX];

static int setup(void **state)
{
	(void)state;
	sdp_local_init(&local);
	assert_int_equal(sdp_local_codecs(&local, "PCMU,L16/16000"), 0);
	assert_int_equal(addr_parse(&local.addr, "192.0.2.100", 0), 0);
	local.rtp_port = 20000;
	local.rtcp_port = 20001;
	local.cn = true;
	memset(&audio, 0, sizeof(audio));
	return 0;
}

static void answer(const char *offer)
{
	struct sdp_error err;

	assert_int_equal(sdp_parse(&sdp, offer, strlen(offer), &err), 0);
	assert_true(sdp_answer(&local, &sdp, &audio, text, sizeof(text)) > 0);
}

static void assert_agreed(uint8_t pt, const char *says)
{
	assert_int_equal(audio.cn_pt, pt);
	assert_int_equal(audio.par.cn, pt != 0);
	if (!strstr(text, says))
		fail_msg("no %s in\n%s", says, text);
}

static void it_is_answered_under_its_number(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 0 13\r\n");
	assert_agreed(MX_PT_CN, "RTP/AVP 0 13\r\na=rtpmap:0 PCMU/8000\r\n"
		      "a=rtpmap:13 CN/8000\r\n");
	answer(HEAD "m=audio 4000 RTP/AVP 13 0\r\na=rtpmap:13 cn/8000\r\n");
	assert_agreed(MX_PT_CN, "RTP/AVP 0 13\r\n");
	/* a new offer may do without */
	answer(HEAD "m=audio 4000 RTP/AVP 0\r\n");
	assert_agreed(0, "RTP/AVP 0\r\n");
}

static void what_is_no_comfort_noise_is_none(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 0 13\r\na=rtpmap:13 CN/16000\r\n");
	assert_agreed(0, "RTP/AVP 0\r\n");
	answer(HEAD "m=audio 4000 RTP/AVP 0 13\r\na=rtpmap:13 X-VOICE/8000\r\n");
	assert_agreed(0, "RTP/AVP 0\r\n");
	setup(NULL);
	answer(HEAD "m=audio 4000 RTP/AVP 96 13\r\na=rtpmap:96 L16/16000\r\n");
	assert_agreed(0, "RTP/AVP 96\r\n");
	answer(HEAD "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 L16/16000\r\n"
	       "a=rtpmap:97 CN/8000\r\n");
	assert_agreed(0, "RTP/AVP 96\r\n");
}

static void it_has_the_clock_of_the_codec(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 96 13 97\r\na=rtpmap:96 L16/16000\r\n"
	       "a=rtpmap:97 CN/16000\r\n");
	assert_agreed(97, "RTP/AVP 96 97\r\na=rtpmap:96 L16/16000\r\n"
		      "a=rtpmap:97 CN/16000\r\n");
	/* and its number means nothing else from now on */
	answer(HEAD "m=audio 4000 RTP/AVP 97 0\r\na=rtpmap:97 L16/16000\r\n");
	assert_agreed(0, "RTP/AVP 0\r\n");

	setup(NULL);
	assert_int_equal(sdp_local_codecs(&local, "G722,opus"), 0);
	answer(HEAD "m=audio 4000 RTP/AVP 9 13\r\n");
	assert_agreed(MX_PT_CN, "RTP/AVP 9 13\r\n");
	answer(HEAD "m=audio 4000 RTP/AVP 98 99\r\na=rtpmap:98 opus/48000/2\r\n"
	       "a=rtpmap:99 CN/48000\r\n");
	assert_agreed(0, "RTP/AVP 98\r\n");
}

static void offer(void)
{
	assert_true(sdp_offer(&local, text, sizeof(text)) > 0);
}

static void take(const char *answer)
{
	struct sdp_error err;

	assert_int_equal(sdp_parse(&sdp, answer, strlen(answer), &err), 0);
	assert_int_equal(sdp_accept(&local, &sdp, &audio), 0);
}

static void it_is_offered_for_each_clock(void **state)
{
	static const char *const wide =
		HEAD "m=audio 4000 RTP/AVP 96 105\r\na=rtpmap:96 L16/16000\r\n"
		"a=rtpmap:105 CN/16000\r\n";

	(void)state;
	assert_int_equal(sdp_local_codecs(&local, "opus,PCMU,G722,L16/16000"), 0);
	offer();
	assert_non_null(strstr(text, " 13 105\r\n"));
	assert_non_null(strstr(text, "a=rtpmap:13 CN/8000\r\n"
			       "a=rtpmap:105 CN/16000\r\n"));
	assert_null(strstr(text, "CN/48000"));
	take(HEAD "m=audio 4000 RTP/AVP 0 13\r\n");
	assert_agreed(MX_PT_CN, "");
	offer();                /* again: with the same numbers */
	assert_non_null(strstr(text, "a=rtpmap:105 CN/16000\r\n"));
	take(HEAD "m=audio 4000 RTP/AVP 0\r\n");
	assert_agreed(0, "");

	setup(NULL);
	assert_int_equal(sdp_local_codecs(&local, "L16/16000"), 0);
	offer();
	take(wide);
	assert_agreed(105, "");
	take(HEAD "m=audio 4000 RTP/AVP 96 110\r\na=rtpmap:96 L16/16000\r\n"
	       "a=rtpmap:110 CN/16000\r\n");
	assert_agreed(0, "");

	setup(NULL);
	local.cn = false;
	offer();
	assert_null(strstr(text, "CN/"));
}

static void a_number_that_means_something_else_is_not_offered(void **state)
{
	(void)state;
	answer(HEAD "m=audio 4000 RTP/AVP 13 105\r\na=rtpmap:13 L16/16000\r\n"
	       "a=rtpmap:105 telephone-event/16000\r\n");
	assert_agreed(0, "RTP/AVP 13 105\r\n");
	offer();
	assert_null(strstr(text, "CN/8000"));
	assert_non_null(strstr(text, "a=rtpmap:106 CN/16000\r\n"));
}

static void it_is_not_taken_where_it_is_not_wanted(void **state)
{
	(void)state;
	local.cn = false;
	answer(HEAD "m=audio 4000 RTP/AVP 0 13\r\n");
	assert_agreed(0, "RTP/AVP 0\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_is_answered_under_its_number, setup),
		cmocka_unit_test_setup(what_is_no_comfort_noise_is_none, setup),
		cmocka_unit_test_setup(it_has_the_clock_of_the_codec, setup),
		cmocka_unit_test_setup(it_is_offered_for_each_clock, setup),
		cmocka_unit_test_setup(
			a_number_that_means_something_else_is_not_offered, setup),
		cmocka_unit_test_setup(it_is_not_taken_where_it_is_not_wanted,
				       setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
