/* test_sip_check.c - what of a request is let in, and how it is read. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "sip/body.h"
#include "base/bucket.h"
#include "sip/check.h"
#include "sip/clock.h"
#include "sip/flow.h"
#include "sip/guard.h"
#include "sip/offer.h"
#include "sip/reply.h"
#include "sip/uri.h"

/* An INVITE in which single headers are replaced, or left out by "". */
struct parts {
	const char *line, *via, *from, *to, *call_id, *cseq, *contact, *more,
		*body;
};

static const struct parts good = {
	.line = "INVITE sip:1000@127.0.0.1 SIP/2.0",
	.via = "Via: SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bK1\r\n",
	.from = "From: <sip:a@127.0.0.1>;tag=1\r\n",
	.to = "To: <sip:1000@127.0.0.1>\r\n",
	.call_id = "Call-ID: 1@x\r\n",
	.cseq = "CSeq: 1 INVITE\r\n",
	.contact = "Contact: <sip:a@127.0.0.1:5062>\r\n",
	.more = "", .body = ""
};

static msg_t *parse(const struct parts *p)
{
	char text[16384];
	msg_t *msg;

	snprintf(text, sizeof(text), "%s\r\n%s%s%s%s%s%s%sContent-Length: %zu"
		 "\r\n\r\n%s", p->line, p->via, p->from, p->to, p->call_id,
		 p->cseq, p->contact, p->more, strlen(p->body), p->body);
	msg = msg_make(sip_default_mclass(), 0, text, -1);
	assert_non_null(msg);
	assert_non_null(sip_object(msg));
	return msg;
}

/* The status that parts are refused with, 0 if they are not. */
static int verdict(const struct parts *p)
{
	msg_t *msg = parse(p);
	const sip_t *s = sip_object(msg);
	const struct refusal *why = check_request(s);

	if (!why && s->sip_request->rq_method == sip_method_invite)
		why = check_new_call(s);
	msg_destroy(msg);
	return why ? why->status : 0;
}

#define WITH(field, value) \
	({ struct parts p_ = good; p_.field = (value); verdict(&p_); })

static void sound_request_passes(void **state)
{
	(void)state;
	assert_int_equal(verdict(&good), 0);
	assert_int_equal(WITH(via, "Via: SIP/2.0/UDP a.example;branch=1\r\n"), 0);
	assert_int_equal(WITH(from, "From: <tel:+358>;tag=1\r\n"), 0);
	assert_int_equal(WITH(contact, "m: <sips:a@[::1]>\r\n"), 0);
}

static void contact_must_be_one_we_can_send_to(void **state)
{
	static const char *const bad[] = {
		"", "Contact: *\r\n", "Contact: <tel:+1>\r\n",
		"Contact: <http://x/>\r\n", "Contact: <urn:x:y>\r\n",
		"Contact: foo\r\n", "Contact: <sip:>\r\n",
		"Contact: <sip:a@>\r\n", "Contact: <mailto:a@b>\r\n",
		"Contact: <sip:a@b>, <sip:c@d>\r\n",
		"Contact: <sip:a@b>\r\nContact: <sip:a@b>\r\n"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(WITH(contact, bad[i]), 400);
}

static void host_of_contact_is_bounded(void **state)
{
	char text[600];

	(void)state;
	snprintf(text, sizeof(text), "Contact: <sip:a@%0300d.x>\r\n", 1);
	assert_int_equal(WITH(contact, text), 400);
}

static void routes_must_be_sip_and_few(void **state)
{
	char text[2048];
	size_t n = 0;

	(void)state;
	assert_int_equal(WITH(more, "Record-Route: <tel:+1;lr>\r\n"), 400);
	assert_int_equal(WITH(more, "Record-Route: <sip:a>, <http://b>\r\n"),
			 400);
	assert_int_equal(WITH(more, "Route: <urn:x>\r\n"), 400);
	assert_int_equal(WITH(more, "Record-Route: <sip:p;lr>\r\n"), 0);
	for (int i = 0; i < CHECK_HOPS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "Record-Route: <sip:p%d;lr>\r\n", i);
	assert_int_equal(WITH(more, text), 0);
	snprintf(text + n, sizeof(text) - n, "Record-Route: <sip:q;lr>\r\n");
	assert_int_equal(WITH(more, text), 400);
}

static void via_must_lead_back(void **state)
{
	char text[4096];
	size_t n = 0;

	(void)state;
	assert_int_equal(WITH(via, "Via: SIP/2.0/UDP 1.2.3.4;branch=1;"
			      "maddr=255.255.255.255\r\n"), 400);
	assert_int_equal(WITH(via, "Via: SIP/2.0/UDP 1.2.3.4:0;branch=1\r\n"),
			 400);
	assert_int_equal(WITH(via, "Via: SIP/2.0/UDP 1.2.3.4:65536;branch=1"
			      "\r\n"), 400);
	for (int i = 0; i < CHECK_HOPS_MAX + 1; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "Via: SIP/2.0"
				      "/UDP h%d;branch=z9hG4bK%d\r\n", i, i);
	assert_int_equal(WITH(via, text), 400);
}

static void identifiers_are_bounded(void **state)
{
	char text[600];

	(void)state;
	snprintf(text, sizeof(text), "Call-ID: %0256d\r\n", 1);
	assert_int_equal(WITH(call_id, text), 400);
	snprintf(text, sizeof(text), "Call-ID: %0255d\r\n", 1);
	assert_int_equal(WITH(call_id, text), 0);
	snprintf(text, sizeof(text), "From: <sip:a@b>;tag=%0128d\r\n", 1);
	assert_int_equal(WITH(from, text), 400);
	snprintf(text, sizeof(text), "To: <sip:a@b>;tag=%0128d\r\n", 1);
	assert_int_equal(WITH(to, text), 400);
	snprintf(text, sizeof(text), "Via: SIP/2.0/UDP h;branch=%0256d\r\n", 1);
	assert_int_equal(WITH(via, text), 400);
}

static void from_needs_a_tag(void **state)
{
	(void)state;
	assert_int_equal(WITH(from, "From: <sip:a@b>\r\n"), 400);
	assert_int_equal(WITH(from, "From: <sip:a@b>;tag=\r\n"), 400);
}

static void cseq_is_below_two_to_the_31(void **state)
{
	(void)state;
	assert_int_equal(WITH(cseq, "CSeq: 2147483648 INVITE\r\n"), 400);
	assert_int_equal(WITH(cseq, "CSeq: 2147483647 INVITE\r\n"), 0);
}

static void only_sip_is_dialled(void **state)
{
	(void)state;
	assert_int_equal(WITH(line, "INVITE tel:+358 SIP/2.0"), 416);
	assert_int_equal(WITH(line, "INVITE sips:a@b SIP/2.0"), 416);
}

static void last_hop_is_refused_for_calls_only(void **state)
{
	struct parts p = good;

	(void)state;
	p.more = "Max-Forwards: 0\r\n";
	assert_int_equal(verdict(&p), 483);
	p.line = "OPTIONS sip:127.0.0.1 SIP/2.0";
	p.cseq = "CSeq: 1 OPTIONS\r\n";
	assert_int_equal(verdict(&p), 0);
}

/* text */

static void user_parts_are_unescaped(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(uri_unescape(out, sizeof(out), "1000%2a12%3A"), 0);
	assert_string_equal(out, "1000*12:");
	assert_int_equal(uri_unescape(out, sizeof(out), "%C3%A4x"), 0);
	assert_string_equal(out, "\xc3\xa4x");
	assert_int_equal(uri_unescape(out, sizeof(out), ""), 0);
	assert_string_equal(out, "");
}

static void broken_escapes_are_refused(void **state)
{
	static const char *const bad[] = {
		"%", "%4", "a%4", "%zz", "%00", "a%00b", "%0a", "%0d%0aX: y",
		"%7f", "\x01", "%ff", "%C3", "%C3%28", "%C0%80", "%ED%A0%80",
		"%F5%80%80%80", "%C2%85"
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(uri_unescape(out, sizeof(out), bad[i]),
				 -EINVAL);
		assert_string_equal(out, "");
	}
}

static void what_does_not_fit_is_refused_not_cut(void **state)
{
	char out[5];

	(void)state;
	assert_int_equal(uri_unescape(out, sizeof(out), "1234"), 0);
	assert_int_equal(uri_unescape(out, sizeof(out), "12345"),
			 -ENAMETOOLONG);
	assert_string_equal(out, "");
}

static void parameters_are_found_by_whole_name(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(uri_param(out, sizeof(out), "x=1;PIN=12%334;y", "pin"),
			 0);
	assert_string_equal(out, "1234");
	assert_int_equal(uri_param(out, sizeof(out), "pin", "pin"), 0);
	assert_string_equal(out, "");
	assert_int_equal(uri_param(out, sizeof(out), "pins=1;xpin=2", "pin"),
			 -ENOENT);
	assert_int_equal(uri_param(out, sizeof(out), NULL, "pin"), -ENOENT);
	assert_int_equal(uri_param(out, sizeof(out), ";;;", "pin"), -ENOENT);
	assert_int_equal(uri_param(out, sizeof(out), "pin=%", "pin"), -EINVAL);
	assert_int_equal(uri_param(out, sizeof(out), "pin=12345678", "pin"),
			 -ENAMETOOLONG);
	assert_int_equal(uri_param(out, sizeof(out), "lr;pin=%3", "pin"),
			 -EINVAL);
}

static void names_are_cleaned_for_people(void **state)
{
	char out[16];

	(void)state;
	text_clean(out, sizeof(out), "a\r\nb\x1b[2J\xff\xc3");
	assert_string_equal(out, "a??b?[2J??");
	text_clean(out, sizeof(out), NULL);
	assert_string_equal(out, "");
	text_clean(out, 4, "ab\xc3\xa4");       /* never half a character */
	assert_string_equal(out, "ab");
	text_unquote(out, sizeof(out), "\"A \\\"B\\\\\"");
	assert_string_equal(out, "A \"B\\");
	text_unquote(out, sizeof(out), "\"");
	assert_string_equal(out, "\"");
	text_unquote(out, sizeof(out), "Ann");
	assert_string_equal(out, "Ann");
}

/* bodies */

static int sdp_of(const char *headers, const char *body, char **sdp,
		  size_t *len)
{
	struct parts p = good;
	msg_t *msg;
	int err;

	p.more = headers;
	p.body = body;
	msg = parse(&p);
	err = body_sdp(sip_object(msg), sdp, len);
	msg_destroy(msg);
	return err;
}

static void sdp_is_taken_out_of_what_carries_it(void **state)
{
	static const char mixed[] = "preamble\r\n--b=\r\nContent-Type: "
		"application/isup\r\n\r\nxx\r\n--b=\r\nX: y\r\ncontent-type:\t"
		"application/SDP;x=y\r\n\r\nv=0\r\ns=-\r\n\r\n--b=--\r\n";
	char *sdp;
	size_t len;

	(void)state;
	assert_int_equal(sdp_of("", "", &sdp, &len), 0);
	assert_null(sdp);
	assert_int_equal(sdp_of("Content-Type: Application/SDP;charset=utf-8"
				"\r\n", "v=0\r\n", &sdp, &len), 0);
	assert_string_equal(sdp, "v=0\r\n");
	assert_int_equal(len, 5);
	free(sdp);
	assert_int_equal(sdp_of("Content-Type: multipart/mixed;boundary=\"b=\""
				"\r\n", mixed, &sdp, &len), 0);
	assert_string_equal(sdp, "v=0\r\ns=-\r\n");
	assert_int_equal(len, strlen(sdp));
	free(sdp);
}

static void bodies_that_must_be_understood_are_refused(void **state)
{
	static const struct { int err; const char *headers, *body; } bad[] = {
		{ -ENOTSUP, "Content-Type: text/plain\r\n", "hi" },
		{ -ENOTSUP, "", "v=0\r\n" },
		{ -ENOTSUP, "Content-Type: multipart/mixed\r\n", "--b--" },
		{ -ENOTSUP, "Content-Type: multipart/mixed;boundary=b\r\n", "-" },
		{ -ENOTSUP, "Content-Type: multipart/mixed;boundary=b\r\n",
		  "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n" },
		{ -ENOTSUP, "Content-Type: application/sdp\r\n"
		  "Content-Disposition: render\r\n", "v=0" },
		{ -EPROTO, "Content-Type: application/sdp\r\n"
		  "Content-Encoding: gzip\r\n", "v=0" },
	};
	char *sdp;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sdp_of(bad[i].headers, bad[i].body, &sdp,
					&len), bad[i].err);
		assert_null(sdp);
	}
	assert_int_equal(sdp_of("Content-Type: text/plain\r\nContent-"
				"Disposition: render;handling=optional\r\n",
				"hi", &sdp, &len), 0);
	assert_null(sdp);
}

/* Every prefix of a multipart body, with nothing after it. */
static void cut_multiparts_are_not_read_past(void **state)
{
	static const char whole[] = "--b\r\nContent-Type: application/sdp\r\n"
				    "\r\nv=0\r\n\r\n--b--";
	size_t n;

	(void)state;
	for (size_t len = 1; len <= sizeof(whole) - 1; len++) {
		char *cut = malloc(len);

		assert_non_null(cut);
		memcpy(cut, whole, len);
		if (body_part(cut, len, "b", "application/sdp", &n))
			assert_int_equal(n, 5);
		free(cut);
	}
}

/* rates */

static union addr ip(const char *text)
{
	union addr a;

	assert_int_equal(addr_parse(&a, text, 5060), 0);
	return a;
}

static void a_source_gets_its_rate_and_no_more(void **state)
{
	union addr a = ip("192.0.2.1"), b = ip("192.0.2.2");
	struct buckets *k;
	int64_t now = 1000000;
	unsigned passed = 0, refused = 0;

	(void)state;
	assert_int_equal(buckets_new(&k, 10, 1000000), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(bucket_take(k, &a, now), BUCKET_PASS);
	assert_int_equal(bucket_take(k, &a, now), BUCKET_REFUSE);
	assert_int_equal(bucket_take(k, &b, now), BUCKET_PASS);
	for (int i = 0; i < 9; i++)
		assert_int_equal(bucket_take(k, &a, now), BUCKET_REFUSE);
	assert_int_equal(bucket_take(k, &a, now), BUCKET_DROP);

	/* a flood of 1000 a second, for ten seconds */
	for (int i = 0; i < 10000; i++) {
		enum bucket_answer got = bucket_take(k, &a, now += 1000);

		passed += got == BUCKET_PASS;
		refused += got == BUCKET_REFUSE;
	}
	assert_in_range(passed, 99, 101);
	assert_in_range(refused, 99, 101);
	assert_int_equal(bucket_take(k, &a, now += 60000000), BUCKET_PASS);
	buckets_free(k);
}

static void what_is_spent_over_the_limit_is_a_debt(void **state)
{
	union addr a = ip("192.0.2.1");
	struct buckets *k;
	int64_t now = 1000000;

	(void)state;
	assert_int_equal(buckets_new(&k, 30, 60000000), 0);
	assert_false(bucket_is_empty(k, &a, now));
	for (int i = 0; i < 40; i++)
		bucket_spend(k, &a, now);
	assert_true(bucket_is_empty(k, &a, now));
	assert_true(bucket_is_empty(k, &a, now += 21000000));
	assert_false(bucket_is_empty(k, &a, now += 1000000));
	buckets_free(k);
}

static void a_64_is_one_source(void **state)
{
	union addr a = ip("2001:db8::1"), b = ip("2001:db8::2");
	union addr c = ip("2001:db8:0:1::1");
	struct buckets *k;

	(void)state;
	assert_int_equal(buckets_new(&k, 1, 1000000), 0);
	assert_int_equal(bucket_take(k, &a, 5), BUCKET_PASS);
	assert_int_equal(bucket_take(k, &b, 5), BUCKET_REFUSE);
	assert_int_equal(bucket_take(k, &c, 5), BUCKET_PASS);
	buckets_free(k);
}

static void many_sources_stay_in_the_table(void **state)
{
	struct buckets *k;

	(void)state;
	assert_int_equal(buckets_new(&k, 5, 1000000), 0);
	for (uint32_t i = 1; i < 100000; i++) {
		union addr a = ip("192.0.2.1");

		a.in.sin_addr.s_addr = i * 2654435761u;
		assert_int_equal(bucket_take(k, &a, i), BUCKET_PASS);
	}
	buckets_free(k);
}

/* offers */

static void one_offer_is_open_at_a_time(void **state)
{
	struct offer o = { 0 };

	(void)state;
	assert_int_equal(offer_from_peer(&o), 0);
	assert_int_equal(offer_from_peer(&o), 500);
	assert_int_equal(offer_from_us(&o), -EBUSY);
	assert_false(o.agreed);
	offer_answered(&o);
	assert_true(o.agreed);
	assert_int_equal(offer_from_us(&o), 0);
	assert_int_equal(offer_from_peer(&o), 491);
	assert_int_equal(offer_from_us(&o), -EBUSY);
	offer_dropped(&o);
	assert_int_equal(offer_from_peer(&o), 0);
}

/* flows and headers */

static void contact_is_what_the_peer_can_reach(void **state)
{
	struct flow f = { .source = ip("198.51.100.7"), .local = ip("10.0.0.5") };
	union addr none = { 0 }, public = ip("203.0.113.1");
	char out[FLOW_URL_LEN];

	(void)state;
	f.peer = f.source;
	assert_string_equal(flow_contact(&f, &none, out), "<sip:10.0.0.5:5060>");
	assert_string_equal(flow_contact(&f, &public, out),
			    "<sip:203.0.113.1:5060>");
	f.tcp = true;
	f.source = ip("10.0.0.9");
	assert_string_equal(flow_contact(&f, &public, out),
			    "<sip:10.0.0.5:5060;transport=tcp>");
	f.local = f.peer = ip("::1");
	assert_string_equal(flow_contact(&f, &public, out),
			    "<sip:[::1]:5060;transport=tcp>");
	assert_string_equal(flow_route(&f, out), "sip:[::1]:5060;transport=tcp");
}

static void reasons_and_warnings_are_well_formed(void **state)
{
	char out[REPLY_TEXT_LEN];

	(void)state;
	assert_string_equal(reply_reason_text("Q.850", 16, "Normal", out),
			    "Q.850;cause=16;text=\"Normal\"");
	assert_string_equal(reply_reason_text("Q.850", 16, "a\"b", out),
			    "Q.850;cause=16");
	assert_string_equal(reply_reason_text("SIP", 408, NULL, out),
			    "SIP;cause=408");
	assert_string_equal(reply_warning_text(305, out),
			    "305 confab \"Incompatible media format\"");
}

static void the_guard_stands_in_for_sofia(void **state)
{
	(void)state;
	assert_true(sip_guard_works());
}

static void sofia_reads_the_monotonic_clock(void **state)
{
	su_time_t a, b;

	(void)state;
	a = su_now();
	sip_clock_install();
	b = su_now();
	/* at the start the two agree */
	assert_true(su_time_diff(b, a) > -0.5 && su_time_diff(b, a) < 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_request_passes),
		cmocka_unit_test(contact_must_be_one_we_can_send_to),
		cmocka_unit_test(host_of_contact_is_bounded),
		cmocka_unit_test(routes_must_be_sip_and_few),
		cmocka_unit_test(via_must_lead_back),
		cmocka_unit_test(identifiers_are_bounded),
		cmocka_unit_test(from_needs_a_tag),
		cmocka_unit_test(cseq_is_below_two_to_the_31),
		cmocka_unit_test(only_sip_is_dialled),
		cmocka_unit_test(last_hop_is_refused_for_calls_only),
		cmocka_unit_test(user_parts_are_unescaped),
		cmocka_unit_test(broken_escapes_are_refused),
		cmocka_unit_test(what_does_not_fit_is_refused_not_cut),
		cmocka_unit_test(parameters_are_found_by_whole_name),
		cmocka_unit_test(names_are_cleaned_for_people),
		cmocka_unit_test(sdp_is_taken_out_of_what_carries_it),
		cmocka_unit_test(bodies_that_must_be_understood_are_refused),
		cmocka_unit_test(cut_multiparts_are_not_read_past),
		cmocka_unit_test(a_source_gets_its_rate_and_no_more),
		cmocka_unit_test(what_is_spent_over_the_limit_is_a_debt),
		cmocka_unit_test(a_64_is_one_source),
		cmocka_unit_test(many_sources_stay_in_the_table),
		cmocka_unit_test(one_offer_is_open_at_a_time),
		cmocka_unit_test(contact_is_what_the_peer_can_reach),
		cmocka_unit_test(reasons_and_warnings_are_well_formed),
		cmocka_unit_test(the_guard_stands_in_for_sofia),
		cmocka_unit_test(sofia_reads_the_monotonic_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
