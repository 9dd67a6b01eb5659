/* offer.c - our offer, and the answer to it (RFC 3264 5, 7, 8); see offer.h. */
#include "offer.h"

#include <errno.h>
#include <string.h>

#include "agree.h"
#include "base/str.h"

/** What is in use comes first, that nothing changes unasked; then our order. */
static unsigned sort_codecs(const struct sdp_local *local,
			    const struct mx_codec *out[SDP_CODECS_MAX])
{
	unsigned n = 0;

	for (int current = 1; current >= 0; current--)
		for (unsigned i = 0; i < local->n_codecs; i++)
			if ((local->codecs[i] == local->current) == current &&
			    sdp_fit_ptime(local->codecs[i], 10))
				out[n++] = local->codecs[i];
	return n;
}

static bool is_new_clock(const struct mx_codec *const *codecs, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (codecs[k]->clock_hz == codecs[i]->clock_hz)
			return false;
	return true;
}

/** -1 if the peer has said that 13 is something else. */
static int noise_number(struct sdp_local *local, uint32_t clock_hz)
{
	const struct sdp_meaning *fixed = &local->pt[MX_PT_CN];

	if (clock_hz == SDP_CN_CLOCK_HZ && fixed->clock_hz &&
	    fixed->codec != &sdp_noise)
		return -1;
	return sdp_number(local, &sdp_noise, clock_hz);
}

/** Comfort noise for each clock of the codecs that it goes with. */
static void offer_noise(struct sdp_local *local, struct sdp_media *m,
			const struct mx_codec *const *codecs, unsigned n)
{
	const struct mx_codec *takes[SDP_CODECS_MAX];
	unsigned k = 0;

	for (unsigned i = 0; local->cn && i < n; i++)
		if (sdp_takes_noise(codecs[i]))
			takes[k++] = codecs[i];
	for (unsigned i = 0; i < k; i++) {
		int pt = is_new_clock(takes, i) ?
			noise_number(local, takes[i]->clock_hz) : -1;

		if (pt >= 0)
			sdp_add_noise(m, (uint8_t)pt, takes[i]->clock_hz);
	}
}

static void make_media(struct sdp_local *local, struct sdp_media *m)
{
	const struct mx_codec *codecs[SDP_CODECS_MAX];
	unsigned n = sort_codecs(local, codecs), n_event = 0;

	sdp_begin_media(local, m);
	m->rtcp_mux = true;
	m->dir = local->dir;
	sdp_offer_ext(local, m);
	for (unsigned i = 0; i < n; i++) {
		int pt = sdp_number(local, codecs[i], codecs[i]->clock_hz);

		if (pt >= 0)
			sdp_add_codec(local, m, (uint8_t)pt, codecs[i]);
		if (pt >= 0 && !m->ptime_ms)
			m->ptime_ms = sdp_fit_ptime(codecs[i], local->ptime_ms);
	}
	for (unsigned i = 0; i < n && n_event < SDP_EVENTS_MAX; i++) {
		int pt = is_new_clock(codecs, i) ?
			sdp_number(local, NULL, codecs[i]->clock_hz) : -1;

		if (pt >= 0) {
			sdp_add_event(m, (uint8_t)pt, codecs[i]->clock_hz);
			n_event++;
		}
	}
	offer_noise(local, m, codecs, n);
}

/** The session's m= lines: ours new, the others refused as in the description
 *  before, for none may go away (RFC 3264 8). */
static void print_lines(const struct sdp_local *local, struct strbuf *sb,
			const struct sdp_media *ours)
{
	unsigned i = 0;

	for (const char *p = local->last; *p;) {
		size_t len = strcspn(p, "\n") + 1;

		if (strncmp(p, "m=", 2) == 0) {
			if (i == local->line)
				sdp_add_media(sb, ours);
			else
				strbuf_add(sb, "%.*s", (int)len, p);
			i++;
		}
		p += len;
	}
	if (!i)
		sdp_add_media(sb, ours);
}

int sdp_offer(struct sdp_local *local, char *text, size_t size)
{
	struct sdp_local next = *local;
	struct sdp_media ours;
	char body[SDP_LOCAL_MAX];
	struct strbuf sb;
	int len;

	make_media(&next, &ours);
	strbuf_init(&sb, body, sizeof(body));
	sdp_begin_body(&next, &sb);
	print_lines(&next, &sb, &ours);
	len = sb.full ? -ENOSPC : sdp_publish(&next, body, text, size);
	if (len >= 0)
		*local = next;
	return len;
}

/* ---- the answer -------------------------------------------------------- */

static void add_recv(struct sdp_audio *audio, int pt,
		     const struct mx_codec *codec)
{
	for (unsigned i = 0; i < audio->n_recv; i++)
		if (audio->recv[i].pt == pt)
			return;
	if (pt >= 0 && audio->n_recv < SDP_MAP_MAX)
		audio->recv[audio->n_recv++] = (struct sdp_map){
			(uint8_t)pt, codec
		};
}

static void add_event(struct sdp_audio *audio, int pt, uint32_t clock_hz)
{
	for (unsigned i = 0; i < audio->n_event; i++)
		if (audio->event[i].pt == pt)
			return;
	if (pt >= 0 && audio->n_event < SDP_EVENTS_MAX) {
		audio->event[audio->n_event].pt = (uint8_t)pt;
		audio->event[audio->n_event++].clock_hz = clock_hz;
	}
}

/** We are sent our own numbers (RFC 3264 5.1) for the codecs of the answer; the
 *  peer's, where they differ, are taken too, for many send those. */
static void add_own_numbers(const struct sdp_local *local,
			    struct sdp_audio *audio)
{
	struct sdp_audio peer = *audio;

	audio->n_recv = audio->n_event = 0;
	for (unsigned i = 0; i < peer.n_recv; i++)
		add_recv(audio, sdp_find_number(local, peer.recv[i].codec,
						peer.recv[i].codec->clock_hz),
			 peer.recv[i].codec);
	for (unsigned i = 0; i < peer.n_recv; i++)
		add_recv(audio, peer.recv[i].pt, peer.recv[i].codec);

	for (unsigned i = 0; i < peer.n_event; i++)
		add_event(audio, sdp_find_number(local, NULL,
						 peer.event[i].clock_hz),
			  peer.event[i].clock_hz);
	for (unsigned i = 0; i < peer.n_event; i++)
		add_event(audio, peer.event[i].pt, peer.event[i].clock_hz);
}

/** One number serves both ways: ours. */
static void accept_noise(const struct sdp_local *local, struct sdp_audio *audio)
{
	if (audio->cn_pt != sdp_find_number(local, &sdp_noise,
					    audio->codec->clock_hz))
		audio->cn_pt = audio->par.cn = 0;
}

int sdp_accept(struct sdp_local *local, const struct sdp *answer,
	       struct sdp_audio *audio)
{
	const struct sdp_media *peer = &answer->media[local->line];
	struct sdp_audio agreed;
	int rc;

	if (local->line >= answer->n_media || !peer->port)
		return -ENOTSUP;
	rc = sdp_agree(local, peer, &agreed);
	if (rc)
		return rc;
	add_own_numbers(local, &agreed);
	accept_noise(local, &agreed);
	sdp_accept_ext(local, &agreed);
	sdp_remember(local, peer, &agreed);
	*audio = agreed;
	return 0;
}
