/*
 * jbuf.h - the jitter buffer: the one border between the sender's clock and
 * ours.
 *
 * What does it do? Takes RTP packets whenever they arrive, in any order, and
 * gives an unbroken stream of PCM, a frame each tick. How does it work? It
 * keeps encoded payloads in order of their extended timestamp, watches how
 * late they come, holds as much delay as that asks for and no more, decodes
 * when due, conceals what is missing, and grows or shrinks where it is heard
 * least. How do I use it? mx_jbuf_put() for each packet, then mx_jbuf_take()
 * once a tick; the stream format is set by mx_jbuf_map().
 *
 * Packets are slots of the caller's pool; from a successful put the buffer
 * owns the slot until it gives it back to the pool by itself. One thread, no
 * allocation after mx_jbuf_new(), no clock: time is an argument.
 */
#ifndef MX_JBUF_H
#define MX_JBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec.h"
#include "pkt.h"

struct mx_jbuf;
struct mx_dsp;
struct mx_slab;
struct mx_resamp_bank;

#define MX_JBUF_NO_POS INT64_MIN

enum { MX_JBUF_HEARD = 2 };

struct mx_jbuf_cfg {
	struct mx_pool *pool;           /* where played slots go back to */
	struct mx_slab *slab;           /* to be cut from; NULL: anywhere */
	const struct mx_dsp *dsp;
	uint16_t delay_min_ms;          /* never less than this, usually 0 */
	uint16_t delay_max_ms;          /* never more; 0: 400 */
	uint32_t rate_max_hz;           /* of the codecs to be mapped; 0: 48000 */
	size_t dec_size_max;            /* of the codecs to be mapped; 0: only
					 * codecs without a decoder state */
};

/** What a taken frame is made of. */
enum mx_jbuf_kind {
	MX_JBUF_SILENCE,        /* nothing to play: no stream, or a DTX pause;
				 * out is all zeros */
	MX_JBUF_VOICE,          /* decoded samples, from FEC too; or the noise
				 * with which a decoder fills a DTX pause */
	MX_JBUF_CONCEALED       /* in part or whole made up for lost packets */
};

/** Running totals since mx_jbuf_new(); samples at the codec's rate. */
struct mx_jbuf_stats {
	uint64_t packets;       /* put */
	uint64_t slept;         /* packets whose time passed in sleep */
	uint64_t lost;          /* not come by the time they were due; one that
				 * comes late after all is taken off again */
	uint64_t late;          /* arrived after their time had been concealed */
	uint64_t decoded;       /* payloads, those that warm a decoder too */
	uint64_t played;        /* packets whose samples were played */
	uint64_t duplicate;
	uint64_t dropped;       /* discarded: overflow, reset, bad payload */
	uint64_t concealed;     /* samples made up */
	uint64_t fec_used;      /* lost packets that the next one made good */
	uint64_t accelerated;   /* samples taken out to lower the delay */
	uint64_t expanded;      /* samples put in to raise it */
	uint64_t resampled;     /* samples taken while the sender's clock was
				 * followed by resampling */
	uint64_t resets;        /* new SSRC, time-stamp jump */
	int32_t drift_ppm;      /* by which his clock is faster than ours; 0 as
				 * long as it is not known */
	uint32_t target_ms;     /* delay aimed at now */
	uint32_t depth_ms;      /* delay held now */
};

/** 0, -EINVAL or -ENOMEM. Without a map it refuses all packets. Takes 11 KiB
 *  at 8 kHz, 33 KiB at 48 kHz, and the decoder's state. */
int mx_jbuf_new(struct mx_jbuf **jbp, const struct mx_jbuf_cfg *cfg);
/** From now on follows a sender's clock by resampling, not only by cutting; the
 *  bank must outlive it. */
void mx_jbuf_resample(struct mx_jbuf *jb, const struct mx_resamp_bank *bank);
/** Gives all slots back to the pool and frees; NULL is fine. */
void mx_jbuf_free(struct mx_jbuf *jb);

/**
 * Sets which codec a payload type means (pt 0 to 127; NULL codec: refused).
 * A change in mid-stream keeps what is already buffered. If the new codec has
 * another sample rate the buffer restarts. All codecs mapped at one time have
 * the same rate_hz; else -EINVAL, as for a codec larger than the cfg's limits.
 */
int mx_jbuf_map(struct mx_jbuf *jb, uint8_t pt, const struct mx_codec *codec);
/**
 * Goes on at another rate, to which all mapped codecs must be able to decode
 * (mx_codec_at). What waits stays and the time line goes on; but decoders begin
 * anew, which is heard for some frames if anybody speaks. 0 or -EINVAL.
 */
int mx_jbuf_retune(struct mx_jbuf *jb, uint32_t rate_hz);
/** Forgets all mappings and all packets (before a new negotiation). */
void mx_jbuf_reset(struct mx_jbuf *jb);

/** Moves the waiting packets to another pool; what finds no room is dropped, and
 *  those that were played are forgotten. */
void mx_jbuf_rehouse(struct mx_jbuf *jb, struct mx_pool *pool);

/** Fetches into the cache what a put() will look at. */
void mx_jbuf_soon(const struct mx_jbuf *jb);

/**
 * Takes over a packet whose RTP fields are filled in.
 *
 * @return 0, and the slot is the buffer's; -EINVAL (payload type not mapped),
 *         -EBADMSG (the codec has no payload of this size), -EEXIST
 *         (duplicate), -ETIME (too late to be of any use): the slot stays the
 *         caller's
 */
int mx_jbuf_put(struct mx_jbuf *jb, struct mx_pkt *pkt);

/**
 * Tells of a packet of this stream that carries no sound and is not put here
 * (telephone-event, comfort noise), so that its sequence number is not taken
 * for a lost packet's. The slot stays the caller's.
 */
void mx_jbuf_note(struct mx_jbuf *jb, const struct mx_pkt *pkt);

/**
 * As note, for a packet of comfort noise (RFC 3389): from its time on there is
 * a pause, in which its noise is heard for a second, as that of a codec's own
 * pauses is. 0, or -EBADMSG.
 */
int mx_jbuf_noise(struct mx_jbuf *jb, const struct mx_pkt *pkt);

/**
 * Takes the next n samples at the mapped codecs' rate.
 *
 * @param out     n samples, always written
 * @param n       samples of one tick: rate_hz / 100
 * @param now_us  the tick's nominal time on the same clock as arrival_us
 */
enum mx_jbuf_kind mx_jbuf_take(struct mx_jbuf *jb, int16_t *out, size_t n,
			       int64_t now_us);

/**
 * Nobody listens from the tick at now_us on, which is not taken: until the next
 * mx_jbuf_take() packets are taken in and accounted for as ever, and their time
 * passes, but none is decoded and nothing made up. Those that have yet to be
 * played are kept, and behind them as many as put the codec's decoder
 * right on waking: what is taken then is what would have been taken without the
 * sleep.
 */
void mx_jbuf_sleep(struct mx_jbuf *jb, int64_t now_us);
bool mx_jbuf_sleeps(const struct mx_jbuf *jb);

/** A packet as it was played. */
struct mx_jbuf_heard {
	struct mx_pkt *pkt;             /* the buffer's */
	const struct mx_codec *codec;   /* as mapped when it came */
	uint32_t len;                   /* samples */
	int64_t at_us;                  /* when its first sample was taken */
};

/** Says whether the last packets played are kept, for who wants to pass them
 *  on as they came; sleep ends it. */
void mx_jbuf_keep(struct mx_jbuf *jb, bool keep);
/** The packet played last, 0, or those before it, 1 to MX_JBUF_HEARD - 1: whole
 *  ones, each valid until the next take. NULL: it is not there. */
const struct mx_jbuf_heard *mx_jbuf_heard(const struct mx_jbuf *jb,
					  unsigned back);

/** The mapped codecs' sample rate, 0 without a map. Without one take() gives
 *  silence for any n. */
uint32_t mx_jbuf_rate(const struct mx_jbuf *jb);
/** Media time, in samples, of what the next mx_jbuf_take() begins with: it runs
 *  on by as many samples as were taken, but for what was left out or put in to
 *  change the delay. MX_JBUF_NO_POS: nothing is played. */
int64_t mx_jbuf_pos(const struct mx_jbuf *jb);
/** The level that the packet decoded last came with; MX_PKT_NO_LEVEL: none. */
uint8_t mx_jbuf_level(const struct mx_jbuf *jb);
const struct mx_jbuf_stats *mx_jbuf_stats(const struct mx_jbuf *jb);

#endif
