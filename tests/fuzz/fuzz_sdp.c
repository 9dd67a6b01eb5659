/*
 * fuzz_sdp.c - any description from a peer, and a leg's life with many.
 *
 * The input is cut at form feeds into descriptions. Each is printed and read
 * again, then given to one leg: as an offer, which we answer, or, when it
 * begins with '!', as the answer to an offer of ours. What we say must parse,
 * must fit offer.h's bound, and must never use a number for two things.
 */
#include "fuzz.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "sdp/offer.h"

const char fuzz_name[] = "sdp";

static struct sdp peer, again;          /* 150 kB each: not on the stack */

/* What each number has meant on this leg. */
static struct { char name[SDP_TOKEN_MAX]; uint32_t clock_hz; } meaning[128];

static void check_meaning(uint8_t pt, const char *name, uint32_t clock_hz)
{
	if (!meaning[pt].clock_hz) {
		str_copy(meaning[pt].name, sizeof(meaning[pt].name), name);
		meaning[pt].clock_hz = clock_hz;
	}
	assert(strcasecmp(meaning[pt].name, name) == 0);
	assert(meaning[pt].clock_hz == clock_hz);
}

static void check_round_trip(void)
{
	static char text[2 * SDP_TEXT_MAX];
	struct sdp_error err;
	int len = sdp_print(&peer, text, sizeof(text));

	assert(len > 0);
	if (len > SDP_TEXT_MAX)         /* it may have got longer */
		return;
	assert(sdp_parse(&again, text, (size_t)len, &err) == 0);
	assert(memcmp(&again, &peer, sizeof(peer)) == 0);
}

static void check_text(const struct sdp_local *local, const char *text, int len)
{
	const struct sdp_media *m = &again.media[local->line];
	struct sdp_error err;

	assert(len > 0 && strlen(text) == (size_t)len);
	assert(sdp_parse(&again, text, (size_t)len, &err) == 0);
	assert(local->line < again.n_media && m->n_fmt > 0);
	for (unsigned i = 0; i < again.n_media; i++)
		assert(i == local->line || !again.media[i].port);
	for (unsigned i = 0; i < m->n_fmt; i++)
		check_meaning(m->fmt[i].pt, m->fmt[i].name, m->fmt[i].clock_hz);
	for (unsigned i = 0; i < SDP_EXTS; i++)
		assert(m->ext[i].id <= SDP_EXT_ID_MAX);
}

static void check_audio(const struct sdp_audio *a)
{
	assert(a->codec && a->n_recv > 0);
	check_meaning(a->pt, a->codec->name, a->codec->clock_hz);
	for (unsigned i = 0; i < a->n_recv; i++) {
		assert(a->recv[i].codec->rate_hz == a->codec->rate_hz);
		check_meaning(a->recv[i].pt, a->recv[i].codec->name,
			      a->recv[i].codec->clock_hz);
	}
	for (unsigned i = 0; i < a->n_event; i++)
		check_meaning(a->event[i].pt, "telephone-event",
			      a->event[i].clock_hz);
	assert(a->par.rate_hz <= 48000 && a->par.bitrate <= 510000);
	assert(a->par.fec <= 1 && a->par.dtx <= 1 && a->par.cbr <= 1 &&
	       a->par.cn <= 1);
	assert(a->ptime_ms >= 10 && a->ptime_ms <= 120 && a->ptime_ms % 10 == 0);
	for (unsigned i = 0; i < SDP_EXTS; i++)
		for (unsigned k = 0; k < i; k++)
			assert(!a->ext[i] || a->ext[i] != a->ext[k]);
	assert(!(a->dir & SDP_SENDONLY) || addr_is_set(&a->rtp));
}

static void offered_by_peer(struct sdp_local *local)
{
	static char text[SDP_LOCAL_MAX];
	struct sdp_audio audio;
	int len = sdp_answer(local, &peer, &audio, text, sizeof(text));

	assert(len != -ENOSPC);
	if (len < 0)
		return;
	check_text(local, text, len);
	check_audio(&audio);
	assert(again.n_media == peer.n_media);
	for (unsigned i = 0; i < peer.n_media; i++)
		assert(strcmp(again.media[i].proto, peer.media[i].proto) == 0);
}

static void answered_by_peer(struct sdp_local *local)
{
	static char text[SDP_LOCAL_MAX];
	struct sdp_audio audio;

	check_text(local, text, sdp_offer(local, text, sizeof(text)));
	if (sdp_accept(local, &peer, &audio) == 0)
		check_audio(&audio);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct sdp_local local;
	const char *p = (const char *)data, *end;

	if (!len)
		return 0;
	end = p + len;
	sdp_local_init(&local);
	addr_parse(&local.addr, "192.0.2.100", 0);
	local.rtp_port = 20000;
	local.rtcp_port = 20001;
	memset(meaning, 0, sizeof(meaning));
	while (p < end) {
		const char *cut = memchr(p, '\f', (size_t)(end - p));
		size_t n = (size_t)((cut ? cut : end) - p);
		bool is_answer = n && *p == '!';
		struct sdp_error err = { 0 };

		if (sdp_parse(&peer, p + is_answer, n - is_answer, &err)) {
			assert(err.what && peer.n_media == 0);
		} else {
			check_round_trip();
			(is_answer ? answered_by_peer : offered_by_peer)(&local);
		}
		p += n + !!cut;
	}
	return 0;
}
