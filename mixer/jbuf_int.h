/*
 * jbuf_int.h - what the files of the jitter buffer share.
 *
 *	        put                            take, once a tick
 *	packet ----> jbuf.c --> ring --> jbuf_play.c: decode --> pcm --> out
 *	               |                  | nothing due:          ^
 *	               v                  v jbuf_conceal.c        |
 *	             delay (how late?) ---> jbuf_stretch.c -------+
 *	                                    (longer, shorter)
 * In sleep take is not called, and jbuf_gate.c lets the packets pass by.
 *
 * Media time is counted in samples from the extended RTP timestamp. pcm holds
 * what was played last and, from hist on, len samples to be played next; the
 * first sample not in it is at media time next.
 */
#ifndef MX_JBUF_INT_H
#define MX_JBUF_INT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cn.h"
#include "jbuf.h"
#include "jbuf_delay.h"
#include "jbuf_ring.h"
#include "jbuf_seq.h"
#include "jbuf_slide.h"
#include "line.h"
#include "plc.h"

enum {
	MX_JBUF_PTS = 128,
	MX_JBUF_UNTOLD_MAX = 6,
	MX_JBUF_SLIDE = 4,      /* ticks */
	MX_JBUF_FADE_US = 5000, /* from made-up samples to real ones */
	MX_JBUF_FADE_MAX = MX_RATE_MAX_HZ / 1000 * MX_JBUF_FADE_US / 1000
};

/* Nothing of this stream has been played yet, so nothing is too late. */
#define MX_JBUF_NONE INT64_MIN

enum mx_jbuf_state {
	JBUF_SILENT,            /* zeros, or the decoder's background in a
				 * pause, until a packet's time comes */
	JBUF_PLAYING,           /* real samples up to next */
	JBUF_CONCEALING         /* made-up ones beyond next, not yet faded out */
};

/* Packets of one second that delay has yet to be told of: in sleep nobody asks
 * it anything, and it is long. */
struct mx_jbuf_untold {
	int64_t arrival_us;             /* of the first */
	uint32_t len_us;                /* of each */
	unsigned n;
	int64_t transit_us[MX_JBUF_UNTOLD_MAX];
};

/* Thousands of buffers pass through the cache, and to most of them nobody
 * listens: what a packet touches then lies in the first six lines, and in one
 * for each two packets that wait. */
struct mx_jbuf {
	/* ---- each packet ---- */
	_Alignas(MX_LINE) struct mx_jbuf_untold untold;
	struct mx_jbuf_cfg cfg;
	struct mx_jbuf_stats stats;     /* its first three are of each packet */
	uint32_t stats_hz;              /* of the samples in them */
	uint32_t packet;                /* samples in the one decoded last */

	/* the stream as it comes */
	_Alignas(MX_LINE) const struct mx_codec *put_codec;     /* map[put_pt] */
	uint8_t put_pt;                 /* of the last packet */
	uint8_t late_run;               /* packets too late, one after the other */
	uint16_t due;                   /* sequence number decoded last */
	bool fresh;                     /* the next packet is another encoder's */
	bool stale;                     /* steps must be found out anew */
	bool asleep;                    /* nobody listens, see jbuf_gate.c */
	bool synced;                    /* the next four are set */
	uint32_t ssrc, clock_hz;
	int64_t ts;                     /* extended, of the last packet */
	int64_t transit_us;             /* of the last packet */
	uint32_t rate_hz;               /* of all mapped, 0: none */
	int32_t loss_q16;               /* share of packets lost of late ... */
	int64_t next;                   /* see above */
	int64_t transit_kept_us;        /* in sleep: the playout transit there
					 * was, or MX_JBUF_NONE */
	int64_t slept_us;               /* the tick at which it fell asleep */
	struct mx_seq seq;
	uint32_t loss_n;                /* ... in about so many packets */
	struct mx_ring ring;

	/* ---- the sound as it is played ---- */
	enum mx_jbuf_state state;
	size_t made;                    /* samples made up since next */
	size_t bridged;                 /* samples of pcm, from its begin, up to
					 * the end of what fills a gap */
	uint8_t level;                  /* of the packet decoded last, as its
					 * sender said */
	int16_t *pcm;                   /* [hist + cap], somewhere in: */
	int16_t *mem;                   /* which has MX_JBUF_SLIDE ticks more */
	size_t hist, cap, len;          /* samples */
	void *dec;                      /* cfg.dec_size_max bytes, in use by: */
	const struct mx_codec *dec_codec;
	bool pauses;                    /* the sender makes pauses (DTX), so
					 * what is overdue need not be late */
	bool paused;                    /* the sender has said so (DTX) ... */
	size_t rested;                  /* ... and the decoder has made so many
					 * samples of background */
	int64_t rests_at;               /* he sends comfort noise from here on
					 * (RFC 3389); MX_JBUF_NONE: he does
					 * not */
	struct mx_cn cn;
	/* concealment: the codec's own, else plc */
	bool own;
	size_t own_made;                /* samples, one after the other */
	bool seam;                      /* it does not lead up to what follows */
	struct mx_plc plc;

	/* what was played, see jbuf_heard.c */
	bool keep;
	unsigned n_heard;
	int64_t take_us;                /* the tick at work */
	struct mx_jbuf_heard heard[MX_JBUF_HEARD];      /* the last first */

	/* how the sender's clock is followed, see jbuf_clock.c */
	const struct mx_resamp_bank *bank;      /* NULL: it is not */
	struct mx_slide slide;
	size_t need;                    /* samples of pcm that this tick is
					 * made of */
	int32_t glide;                  /* ticks for which the delay is to grow
					 * (or shrink, below 0) beside that */
	size_t clock_waits;             /* samples, for a place to begin */

	/* how the delay is changed */
	int steps;                      /* to go, of the grid, up or down */
	bool patient;                   /* only in a pause, as long as that is
					 * not too long in coming */
	size_t since;                   /* samples since the last change */
	size_t waited;                  /* samples for which one is wanted */
	size_t lent;                    /* samples put in to bridge over a
					 * drought, not yet taken out again */
	uint64_t floor;                 /* mean square of what is quiet here */
	unsigned fec_hold;              /* packets with FEC are to be expected
					 * for so many more */

	/* long ones, of which little is touched */
	struct mx_delay delay;
	const struct mx_codec *map[MX_JBUF_PTS];
};

static_assert(offsetof(struct mx_jbuf, stats.late) == 2 * MX_LINE &&
	      offsetof(struct mx_jbuf, ring.slot) % MX_LINE == 0,
	      "a packet touches more lines than it must");

static inline int64_t mx_jbuf_us(const struct mx_jbuf *jb, int64_t samples)
{
	return samples * 1000000 / jb->rate_hz;
}

static inline size_t mx_jbuf_samples(const struct mx_jbuf *jb, uint32_t us)
{
	return (size_t)((uint64_t)jb->rate_hz * us / 1000000);
}

/** In sleep the packet that has just come is not told to delay yet. */
void mx_jbuf_leave_untold(struct mx_jbuf *jb, int64_t arrival_us,
			  int64_t len_us);
/** In sleep a packet has been filed: passes by those whose time is over. */
void mx_jbuf_doze(struct mx_jbuf *jb, const struct mx_pkt *newest);
/** Goes on with the tick at now_us, of n samples. */
void mx_jbuf_wake(struct mx_jbuf *jb, size_t n, int64_t now_us);

/** Keeps a packet that is played from now on behind what is in pcm, if it is to
 *  be kept, else gives it back. whole: none of it is left out. */
void mx_jbuf_played(struct mx_jbuf *jb, const struct mx_ring_slot *s,
		    bool whole);
/** Gives back what was kept. */
void mx_jbuf_forget(struct mx_jbuf *jb);

/** Has he sent comfort noise in place of what would come next? */
static inline bool mx_jbuf_rests(const struct mx_jbuf *jb)
{
	return jb->rests_at != MX_JBUF_NONE && jb->next >= jb->rests_at;
}

/** The next n samples have been played. pcm moves on in mem, so that not all in
 *  it has to be moved each tick, but once in MX_JBUF_SLIDE. */
void mx_jbuf_pass_by(struct mx_jbuf *jb, size_t n);
/** Sets the rate and what is measured in it. */
void mx_jbuf_set_rate(struct mx_jbuf *jb, uint32_t rate_hz);
/** Whether packets are missing before the sequence number decoded last is kept
 *  up to date by this. */
void mx_jbuf_count_lost(struct mx_jbuf *jb);
/** Gives all waiting packets back as dropped. */
void mx_jbuf_flush(struct mx_jbuf *jb);

/** Starts to conceal after the last sample in pcm. */
void mx_jbuf_conceal_from_here(struct mx_jbuf *jb);
/** Adds at least n samples that are made up, not many more. */
void mx_jbuf_conceal(struct mx_jbuf *jb, size_t n);
/** Tells the decoder, if it wants to know, what plc made up, but for the last
 *  skip samples, and what it would go on with for more. */
void mx_jbuf_follow(struct mx_jbuf *jb, size_t skip, size_t more);
/** Adds what fills the gap before the first packet, and that packet behind it:
 *  true. False if there is a better way, or none. */
bool mx_jbuf_bridge(struct mx_jbuf *jb, size_t gap);
/** Adds n samples of silence or, in a pause, of the background: then true. */
bool mx_jbuf_rest(struct mx_jbuf *jb, size_t n);
/** The next n samples of the concealment, which are not added. */
void mx_jbuf_play_on(struct mx_jbuf *jb, int16_t *out, size_t n);
/** Samples before the first packet that can be had from FEC in it; 0: none. */
size_t mx_jbuf_fec(const struct mx_jbuf *jb);
/** Adds them: the gap before the first packet is not longer. */
void mx_jbuf_recover(struct mx_jbuf *jb, size_t gap);
/** Decodes the first packet, which is due at next or before, behind what is in
 *  pcm. */
void mx_jbuf_decode(struct mx_jbuf *jb);

/** The playout grid: lateness shows only at ticks, so the delay that matters
 *  moves in steps of this. */
size_t mx_jbuf_grid(size_t packet, size_t tick);
/** As mx_jbuf_steer(), in steps of any size and with so many samples of delay
 *  that help nobody. */
int mx_jbuf_steer_by(const struct mx_jbuf *jb, int64_t head, size_t waste,
		     size_t step, int64_t now_us);
/** How many steps the delay should move, were the sample at media time head
 *  played at now_us with ahead samples decoded from it on. */
int mx_jbuf_steer(const struct mx_jbuf *jb, int64_t head, size_t ahead,
		  size_t tick, size_t grid, int64_t now_us);
/** Moves the delay towards what it should be; leaves at least n samples. */
void mx_jbuf_stretch(struct mx_jbuf *jb, size_t n, int64_t now_us);
/** Puts in about want samples, rather more than less, since less would not
 *  help; false: there is no place that matches so much. */
bool mx_jbuf_lengthen(struct mx_jbuf *jb, size_t want, int32_t like);
bool mx_jbuf_is_quiet(const struct mx_jbuf *jb);

/** A tick begins, of n samples: says in need how many of pcm that takes. */
void mx_jbuf_pace(struct mx_jbuf *jb, size_t n);
/** Begins to resample, or ends it, if it is time to and nobody hears it. */
void mx_jbuf_follow_clock(struct mx_jbuf *jb, size_t n, int64_t now_us);
/** While resampling: whole steps of the grid by which the delay should move;
 *  what is less than one comes by itself. */
int mx_jbuf_glide(struct mx_jbuf *jb, size_t n, size_t grid, int64_t now_us);
/** Puts the tick out. */
void mx_jbuf_put_out(struct mx_jbuf *jb, int16_t *out, size_t n);

/** Learns what is quiet. */
void mx_jbuf_listen(struct mx_jbuf *jb, const int16_t *pcm, size_t n);

#endif
