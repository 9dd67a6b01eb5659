/*
 * ext.c - header extensions of RTP (RFC 8285): which, and under what numbers.
 *
 * We like to be told how loud the peer is, and can tell it how loud those are
 * whom it hears: each goes one way, whatever else was offered.
 */
#include <string.h>

#include "agree.h"

enum { ONE_BYTE_MAX = 14 };             /* the numbers that cost least */

static const enum sdp_dir ways[SDP_EXTS] = {
	[SDP_EXT_LEVEL] = SDP_RECVONLY,
	[SDP_EXT_CSRC_LEVEL] = SDP_SENDONLY,
};

static bool is_taken(const uint8_t ext[SDP_EXTS], unsigned id)
{
	return memchr(ext, (int)id, SDP_EXTS);
}

/* From above, for peers number theirs from 1 on, also those that we do not
 * know. */
static uint8_t new_id(const uint8_t a[SDP_EXTS], const uint8_t b[SDP_EXTS])
{
	uint8_t id = ONE_BYTE_MAX;

	while (is_taken(a, id) || is_taken(b, id))
		id--;
	return id;
}

static bool is_usable(const struct sdp_local *local, unsigned kind,
		      const struct sdp_ext *ext)
{
	return ext->id && (sdp_mirror(ext->dir) & ways[kind]) &&
		(kind != SDP_EXT_CSRC_LEVEL || local->csrc);
}

void sdp_agree_ext(const struct sdp_local *local, const struct sdp_media *peer,
		   struct sdp_audio *audio)
{
	for (unsigned i = 0; i < SDP_EXTS; i++)
		if (is_usable(local, i, &peer->ext[i]) &&
		    peer->ext[i].id <= SDP_EXT_ID_MAX)
			audio->ext[i] = (uint8_t)peer->ext[i].id;
	/* RFC 8285 6: such an offer leaves it to us to find a real one. */
	for (unsigned i = 0; i < SDP_EXTS; i++)
		if (is_usable(local, i, &peer->ext[i]) &&
		    peer->ext[i].id > SDP_EXT_ID_MAX)
			audio->ext[i] = local->ext[i] &&
				!is_taken(audio->ext, local->ext[i]) ?
				local->ext[i] : new_id(local->ext, audio->ext);
}

void sdp_accept_ext(const struct sdp_local *local, struct sdp_audio *audio)
{
	for (unsigned i = 0; i < SDP_EXTS; i++)
		if (audio->ext[i] != local->ext[i])
			audio->ext[i] = 0;
}

void sdp_remember_ext(struct sdp_local *local, const struct sdp_audio *audio)
{
	for (unsigned i = 0; i < SDP_EXTS; i++)
		if (is_taken(audio->ext, local->ext[i]))
			local->ext[i] = 0;      /* it means something else now */
	for (unsigned i = 0; i < SDP_EXTS; i++)
		if (audio->ext[i])
			local->ext[i] = audio->ext[i];
}

void sdp_answer_ext(struct sdp_media *m, const struct sdp_media *peer,
		    const struct sdp_audio *audio)
{
	for (unsigned i = 0; i < SDP_EXTS; i++) {
		if (!audio->ext[i])
			continue;
		m->ext[i] = (struct sdp_ext){
			.id = audio->ext[i], .dir = ways[i],
			.vad_off = peer->ext[i].vad_off,
		};
		m->ext_mixed = peer->ext_mixed;
	}
}

void sdp_offer_ext(struct sdp_local *local, struct sdp_media *m)
{
	for (unsigned i = 0; i < SDP_EXTS; i++) {
		if (i == SDP_EXT_CSRC_LEVEL && !local->csrc)
			continue;
		if (!local->ext[i])
			local->ext[i] = new_id(local->ext, local->ext);
		m->ext[i] = (struct sdp_ext){ .id = local->ext[i],
					      .dir = ways[i] };
	}
}
