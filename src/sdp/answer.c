/* answer.c - the answer to an offer (RFC 3264 6); see offer.h. */
#include <errno.h>
#include <string.h>

#include "agree.h"
#include "base/str.h"
#include "print.h"

/** How much we like to take m= line i of the offer, 0: not at all; *err is the
 *  nearest miss so far. */
static unsigned rank(const struct sdp_local *local, const struct sdp *offer,
		     uint8_t i, int *err)
{
	const struct sdp_media *m = &offer->media[i];
	bool ours = local->last[0] && i == local->line;
	struct sdp_audio audio;
	int rc;

	if (!m->port && !ours)
		return 0;
	rc = sdp_agree(local, m, &audio);
	if (rc) {
		if (*err == -ENOTSUP || rc == -EADDRNOTAVAIL)
			*err = rc;
		return 0;
	}
	if (!m->port)
		return 1;
	return ours ? 4 : sdp_is_avpf(m->proto) ? 2 : 3;
}

/** The m= line to take, or why there is none. */
static int choose_line(const struct sdp_local *local, const struct sdp *offer)
{
	unsigned best = 0;
	int err = -ENOTSUP, line = 0;

	for (uint8_t i = 0; i < offer->n_media; i++) {
		unsigned r = rank(local, offer, i, &err);

		if (r > best) {
			best = r;
			line = i;
		}
	}
	return best ? line : err;
}

static void print_our_line(const struct sdp_local *local, struct strbuf *sb,
			   const struct sdp_media *offered,
			   const struct sdp_audio *audio)
{
	struct sdp_media m;

	sdp_begin_media(local, &m);
	if (!offered->port)
		m.port = 0;
	for (unsigned i = 0; i < audio->n_recv; i++)
		sdp_add_codec(local, &m, audio->recv[i].pt, audio->recv[i].codec);
	for (unsigned i = 0; i < audio->n_event; i++)
		sdp_add_event(&m, audio->event[i].pt, audio->event[i].clock_hz);
	if (audio->cn_pt)
		sdp_add_noise(&m, audio->cn_pt, audio->codec->clock_hz);
	m.ptime_ms = sdp_fit_ptime(audio->codec, local->ptime_ms);
	m.rtcp_mux = audio->rtcp_mux;
	m.dir = audio->dir;
	sdp_answer_ext(&m, offered, audio);
	sdp_add_media(sb, &m);
}

int sdp_answer(struct sdp_local *local, const struct sdp *offer,
	       struct sdp_audio *audio, char *text, size_t size)
{
	int line = choose_line(local, offer), len;
	struct sdp_local next = *local;
	struct sdp_audio agreed;
	char body[SDP_LOCAL_MAX];
	struct strbuf sb;

	if (line < 0)
		return line;
	next.line = (uint8_t)line;
	sdp_agree(local, &offer->media[line], &agreed);
	sdp_remember(&next, &offer->media[line], &agreed);
	str_copy(next.proto, sizeof(next.proto), offer->media[line].proto);

	strbuf_init(&sb, body, sizeof(body));
	sdp_begin_body(&next, &sb);
	for (int i = 0; i < offer->n_media; i++) {
		const struct sdp_media *m = &offer->media[i];

		if (i == line)
			print_our_line(&next, &sb, m, &agreed);
		else            /* one format there must be */
			sdp_print_m(&sb, m->type, 0, m->proto,
				    m->formats[0] ? m->formats : "0");
	}
	len = sb.full ? -ENOSPC : sdp_publish(&next, body, text, size);
	if (len >= 0) {
		*local = next;
		*audio = agreed;
	}
	return len;
}
