/*
 * test_offer_random.c - the rules of offer/answer that hold whatever the peer
 * says, over the lives of many legs with random peers.
 *
 * The argument is the number of legs; what make check runs takes a second.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "codec_table.h"
#include "sdp/offer.h"

enum { ROUNDS = 40 };

static unsigned legs = 300;
static uint32_t seed;

static struct sdp peer, ours;           /* the two sides' last descriptions */
static struct sdp_local local;
static struct sdp_audio audio;
static char text[SDP_LOCAL_MAX], peer_text[8192];

/* What each number has meant on this leg, in what we said, sent or took. */
static struct { char name[SDP_TOKEN_MAX]; uint32_t clock_hz; } meaning[128];
static char last_body[SDP_LOCAL_MAX];
static uint64_t last_ver;

static uint32_t rnd(uint32_t n)         /* xorshift32; 0 to n - 1 */
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

static const char *pick(const char *const *list, uint32_t n)
{
	return list[rnd(n)];
}

#define PICK(list) pick(list, sizeof(list) / sizeof((list)[0]))

static void parse(struct sdp *sdp, const char *body)
{
	struct sdp_error err;

	if (sdp_parse(sdp, body, strlen(body), &err))
		fail_msg("line %u: %s\n%s", err.line, err.what, body);
}

/* ---- the peer ---------------------------------------------------------- */

static void add_peer_attributes(struct strbuf *sb)
{
	static const char *const dirs[] = {
		"", "", "", "a=sendrecv\r\n", "a=sendonly\r\n", "a=recvonly\r\n",
		"a=inactive\r\n",
	};
	static const char *const others[] = {
		"", "", "a=rtcp-mux\r\n", "a=rtcp:7000\r\n", "c=IN IP4 0.0.0.0\r\n",
		"c=IN IP6 2001:db8::1\r\n", "a=maxptime:40\r\n", "a=rtpmap:\r\n",
	};

	strbuf_add(sb, "%s%s%s", PICK(dirs), PICK(others), PICK(others));
	if (rnd(3) == 0)
		strbuf_add(sb, "a=ptime:%u\r\n", rnd(150));
}

static void add_peer_line(struct strbuf *sb)
{
	static const char *const types[] = { "audio", "audio", "audio", "video" };
	static const char *const protos[] = {
		"RTP/AVP", "RTP/AVP", "RTP/AVP", "RTP/AVPF", "RTP/SAVP",
	};
	static const char *const fmtps[] = {
		"useinbandfec=1;usedtx=1", "maxplaybackrate=16000; cbr=1",
		"maxaveragebitrate=20000;stereo=1", "0-15", ";;=;x=y", "mode=20",
	};
	static const char *const maps[] = {
		"L16/16000", "L16/8000", "L16/48000", "L16/48000/2", "opus/48000/2",
		"telephone-event/8000", "telephone-event/16000", "PCMU/8000",
		"telephone-event/48000", "PCMA/8000", "G722/8000", "speex/8000", "x",
		"CN/8000", "CN/16000", "CN/48000",
	};
	unsigned n = 1 + rnd(9), pt[9];

	strbuf_add(sb, "m=%s %u %s", PICK(types), rnd(12) ? 4000 + rnd(100) : 0,
		   PICK(protos));
	for (unsigned i = 0; i < n; i++) {
		pt[i] = rnd(4) ? 96 + rnd(rnd(2) ? 8 : 32) :
			rnd(4) ? rnd(14) : 64 + rnd(32);
		strbuf_add(sb, " %u", pt[i]);
	}
	strbuf_add(sb, "\r\n");
	add_peer_attributes(sb);
	for (unsigned i = 0; i < n; i++) {
		if (pt[i] > 9 || rnd(8) == 0)
			strbuf_add(sb, "a=rtpmap:%u %s\r\n", pt[i], PICK(maps));
		if (rnd(3) == 0)
			strbuf_add(sb, "a=fmtp:%u %s\r\n", pt[i], PICK(fmtps));
	}
}

static void begin_peer(struct strbuf *sb)
{
	strbuf_init(sb, peer_text, sizeof(peer_text));
	strbuf_add(sb, "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
		   "c=IN IP4 192.0.2.1\r\nt=0 0\r\n");
}

static void make_peer_offer(void)
{
	struct strbuf sb;

	begin_peer(&sb);
	for (unsigned n = 1 + rnd(3); n > 0; n--)
		add_peer_line(&sb);
	parse(&peer, peer_text);
}

/** An answer to `ours`: some of its formats, sometimes under numbers of the
 *  peer's own, sometimes anything. */
static void make_peer_answer(void)
{
	struct strbuf sb;

	begin_peer(&sb);
	for (unsigned i = 0; i < ours.n_media; i++) {
		const struct sdp_media *m = &ours.media[i];
		struct strbuf maps;
		char buf[2048];

		if (i != local.line || rnd(10) == 0) {
			add_peer_line(&sb);
			continue;
		}
		strbuf_init(&maps, buf, sizeof(buf));
		strbuf_add(&sb, "m=%s 4000 %s", m->type, m->proto);
		for (unsigned k = 0; k < m->n_fmt; k++) {
			unsigned pt = rnd(5) ? m->fmt[k].pt : 96 + rnd(32);

			if (rnd(2))
				continue;
			strbuf_add(&sb, " %u", pt);
			strbuf_add(&maps, "a=rtpmap:%u %s/%u%s\r\n", pt,
				   m->fmt[k].name, (unsigned)m->fmt[k].clock_hz,
				   m->fmt[k].channels == 2 ? "/2" : "");
		}
		strbuf_add(&sb, "\r\n%s", buf);
		add_peer_attributes(&sb);
	}
	parse(&peer, peer_text);
}

/* ---- the rules --------------------------------------------------------- */

static void check_meaning(uint8_t pt, const char *name, uint32_t clock_hz)
{
	if (!meaning[pt].clock_hz) {
		str_copy(meaning[pt].name, sizeof(meaning[pt].name), name);
		meaning[pt].clock_hz = clock_hz;
	}
	if (strcasecmp(meaning[pt].name, name) != 0 ||
	    meaning[pt].clock_hz != clock_hz)
		fail_msg("%u was %s/%u and is %s/%u in\n%s\nto\n%s", pt,
			 meaning[pt].name, (unsigned)meaning[pt].clock_hz, name,
			 (unsigned)clock_hz, text, peer_text);
}

/** Every description of ours, answer or offer. */
static void check_text(void)
{
	const struct sdp_media *m;
	const char *body;

	parse(&ours, text);
	m = &ours.media[local.line];
	for (unsigned i = 0; i < m->n_fmt; i++) {
		assert_true(m->fmt[i].name[0]);
		check_meaning(m->fmt[i].pt, m->fmt[i].name, m->fmt[i].clock_hz);
		if (m->rtcp_mux)
			assert_false(m->fmt[i].pt >= 64 && m->fmt[i].pt <= 95);
	}
	for (unsigned i = 0; i < ours.n_media; i++)
		assert_true(i == local.line || ours.media[i].port == 0);

	body = strstr(text, "s=-");
	assert_non_null(body);
	if (last_body[0] == '\0')
		assert_true(ours.sess_ver == 1);
	else if (strcmp(body, last_body) == 0)
		assert_true(ours.sess_ver == last_ver);
	else
		assert_true(ours.sess_ver == last_ver + 1);
	str_copy(last_body, sizeof(last_body), body);
	last_ver = ours.sess_ver;
}

static bool is_offered(const struct sdp_fmt *fmt)
{
	const struct sdp_media *m = &peer.media[local.line];

	for (unsigned i = 0; i < m->n_fmt; i++)
		if (m->fmt[i].pt == fmt->pt)
			return !m->fmt[i].name[0] ||
				(strcasecmp(m->fmt[i].name, fmt->name) == 0 &&
				 m->fmt[i].clock_hz == fmt->clock_hz &&
				 m->fmt[i].channels == fmt->channels);
	return false;
}

/** An answer of ours against the offer (RFC 3264 6). */
static void check_answer(void)
{
	const struct sdp_media *m = &ours.media[local.line];

	assert_int_equal(ours.n_media, peer.n_media);
	for (unsigned i = 0; i < ours.n_media; i++) {
		assert_string_equal(ours.media[i].type, peer.media[i].type);
		assert_string_equal(ours.media[i].proto, peer.media[i].proto);
	}
	assert_true(m->n_fmt > 0);
	for (unsigned i = 0; i < m->n_fmt; i++)
		assert_true(is_offered(&m->fmt[i]));
	assert_true(!m->port == !peer.media[local.line].port);
	assert_true(!m->rtcp_mux || peer.media[local.line].rtcp_mux);
	assert_true(m->dir == audio.dir);
}

static void check_par(void)
{
	static const struct mx_codec_par none;
	struct mx_codec_par par = audio.par, *p = &par;

	assert_true(p->cn == (audio.cn_pt != 0));
	p->cn = 0;
	if (audio.codec != mx_codec_nth(OPUS))
		assert_memory_equal(p, &none, sizeof(none));
	assert_true(!p->rate_hz || p->rate_hz == 16000);
	assert_true(!p->bitrate || p->bitrate == 20000);
	assert_true(p->fec == p->dtx);
}

/** What is handed to the media side. */
static void check_audio(void)
{
	const struct sdp_media *m = &peer.media[local.line];
	bool sent_is_received = false;

	check_meaning(audio.pt, audio.codec->name, audio.codec->clock_hz);
	for (unsigned i = 0; i < audio.n_recv; i++) {
		const struct mx_codec *c = audio.recv[i].codec;

		assert_int_equal(c->rate_hz, audio.codec->rate_hz);
		check_meaning(audio.recv[i].pt, c->name, c->clock_hz);
		sent_is_received |= c == audio.codec;
		for (unsigned k = 0; k < i; k++)
			assert_true(audio.recv[k].pt != audio.recv[i].pt);
	}
	assert_true(sent_is_received);
	for (unsigned i = 0; i < audio.n_event; i++)
		check_meaning(audio.event[i].pt, "telephone-event",
			      audio.event[i].clock_hz);
	if (audio.event_pt != MX_PT_NONE)
		check_meaning(audio.event_pt, "telephone-event",
			      audio.codec->clock_hz);

	if (audio.cn_pt) {
		assert_true(local.cn);
		check_meaning(audio.cn_pt, "CN", audio.codec->clock_hz);
	}
	check_par();
	assert_true(audio.ptime_ms >= 10 && audio.ptime_ms <= 120);
	assert_int_equal(audio.ptime_ms % 10, 0);
	if (m->maxptime_ms >= 10)
		assert_true(audio.ptime_ms <= m->maxptime_ms);
	assert_true(strcmp(audio.codec->name, "L16") != 0 ||
		    audio.ptime_ms * audio.codec->rate_hz / 500 <= MX_PAYLOAD_MAX);

	assert_int_equal(audio.dir & ~(unsigned)local.dir, 0);
	assert_true(!(audio.dir & SDP_SENDONLY) || addr_is_set(&audio.rtp));
	assert_true(!(audio.dir & SDP_SENDONLY) || (m->dir & SDP_RECVONLY));
	assert_true(!audio.rtcp_mux || addr_same(&audio.rtp, &audio.rtcp) ||
		    !addr_is_set(&audio.rtp));
}

/* ---- lives ------------------------------------------------------------- */

static void begin_leg(uint32_t n)
{
	static const char *const codecs[] = {
		"PCMU,PCMA,L16/16000,L16/8000", "L16/16000,PCMA",
		"G722,L16/16000,PCMU", "L16/48000/1,L16/48000/2,L16/8000,G722,PCMU",
		"opus,G722,PCMU,PCMA,L16/16000,L16/8000", "PCMU,L16/48000,opus",
	};

	seed = n * 2654435761u + 1;
	memset(meaning, 0, sizeof(meaning));
	last_body[0] = '\0';
	sdp_local_init(&local);
	assert_int_equal(sdp_local_codecs(&local, PICK(codecs)), 0);
	assert_int_equal(addr_parse(&local.addr, "192.0.2.100", 0), 0);
	local.rtp_port = 20000;
	local.rtcp_port = 20001;
	local.cn = rnd(3) > 0;
}

static void round_of_theirs(void)
{
	static struct sdp_local before;
	struct sdp_audio was = audio;

	make_peer_offer();
	before = local;
	if (sdp_answer(&local, &peer, &audio, text, sizeof(text)) > 0) {
		check_text();
		check_answer();
		check_audio();
	} else {
		assert_memory_equal(&before, &local, sizeof(local));
		assert_memory_equal(&was, &audio, sizeof(audio));
	}
}

static void round_of_ours(void)
{
	local.dir = (enum sdp_dir)(rnd(4) ? SDP_SENDRECV : rnd(4));
	assert_true(sdp_offer(&local, text, sizeof(text)) > 0);
	check_text();
	make_peer_answer();
	if (sdp_accept(&local, &peer, &audio) == 0)
		check_audio();
}

static void rules_hold_with_random_peers(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < legs; n++) {
		begin_leg(n);
		for (unsigned i = 0; i < ROUNDS; i++) {
			if (rnd(3))
				round_of_theirs();
			else
				round_of_ours();
		}
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_hold_with_random_peers),
	};

	if (argc > 1)
		legs = (unsigned)strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
