/*
 * agree.h - what one m= line of the peer and our side have in common, and what
 * both directions of offer/answer do alike; for this folder.
 */
#ifndef SDP_AGREE_H
#define SDP_AGREE_H

#include "offer.h"

enum { SDP_CN_CLOCK_HZ = 8000 };        /* of comfort noise with number 13 */

#define SDP_EVENT_NAME "telephone-event"        /* RFC 4733 */

/** What a number of comfort noise (RFC 3389) means; no codec. */
extern const struct mx_codec sdp_noise;

/** Does comfort noise go with it? Who makes up what is missing by himself does so
 *  in pauses as well. */
static inline bool sdp_takes_noise(const struct mx_codec *codec)
{
	return !codec->conceal;
}

/**
 * Compares the peer's m= line with local. Numbers in *audio are the peer's.
 *
 * @return 0; -ENOTSUP, -EPROTONOSUPPORT, -EADDRNOTAVAIL as sdp_answer(), and
 *         *audio is untouched
 */
int sdp_agree(const struct sdp_local *local, const struct sdp_media *peer,
	      struct sdp_audio *audio);

/** Is this the transport "RTP/AVPF", not "RTP/AVP"? */
bool sdp_is_avpf(const char *proto);

/** The longest ptime up to ms that is a multiple of 10 and whose payload fits
 *  MX_PAYLOAD_MAX; 0 if not even 10 ms fit. */
uint16_t sdp_fit_ptime(const struct mx_codec *codec, unsigned ms);

/** Would RTP with this number look like RTCP on a shared port (RFC 5761 4)? */
static inline bool sdp_is_rtcp_number(int pt)
{
	return pt >= 64 && pt <= 95;
}

/** The number that means this on the leg, codec NULL: telephone-event; -1 if
 *  none does. */
int sdp_find_number(const struct sdp_local *local,
		    const struct mx_codec *codec, uint32_t clock_hz);
/** The same for an offer of ours; a new one if there is none, and -1 if all
 *  are used up. */
int sdp_number(struct sdp_local *local, const struct mx_codec *codec,
	       uint32_t clock_hz);

/** Bit 0 is what one side sends and the other receives. */
static inline enum sdp_dir sdp_mirror(enum sdp_dir dir)
{
	return (enum sdp_dir)((unsigned)dir >> 1 | ((unsigned)dir & 1) << 1);
}

/** Fills audio->ext with the header extensions of the peer's that serve us. */
void sdp_agree_ext(const struct sdp_local *local, const struct sdp_media *peer,
		   struct sdp_audio *audio);
/** Takes away those whose number is not the one that we offered. */
void sdp_accept_ext(const struct sdp_local *local, struct sdp_audio *audio);
void sdp_remember_ext(struct sdp_local *local, const struct sdp_audio *audio);
/** Adds what was agreed on to our m= line. */
void sdp_answer_ext(struct sdp_media *m, const struct sdp_media *peer,
		    const struct sdp_audio *audio);
/** Adds what we can, and remembers the numbers. */
void sdp_offer_ext(struct sdp_local *local, struct sdp_media *m);

/** Remembers what numbers mean: what was agreed on, and, for numbers of the
 *  peer's line that are nothing to us, that they are taken. */
void sdp_remember(struct sdp_local *local, const struct sdp_media *peer,
		  const struct sdp_audio *audio);

/** Begins a medium of ours: audio with local's ports, ptime and nothing else. */
void sdp_begin_media(const struct sdp_local *local, struct sdp_media *m);
void sdp_add_codec(const struct sdp_local *local, struct sdp_media *m,
		   uint8_t pt, const struct mx_codec *codec);
void sdp_add_event(struct sdp_media *m, uint8_t pt, uint32_t clock_hz);
void sdp_add_noise(struct sdp_media *m, uint8_t pt, uint32_t clock_hz);

struct strbuf;
/** What comes before the m= lines in all but v=, o= and s=. */
void sdp_begin_body(const struct sdp_local *local, struct strbuf *sb);
/** Our m= line with all its attributes. */
void sdp_add_media(struct strbuf *sb, const struct sdp_media *m);

/**
 * Prints a whole description into text[size] and keeps it as local's last one;
 * the version goes up if body differs from the one before.
 *
 * @return its length, or -ENOSPC
 */
int sdp_publish(struct sdp_local *local, const char *body, char *text,
		size_t size);

#endif
