/* jbuf.c - the jitter buffer: making one, and what comes in. */
#include "jbuf_int.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rtp.h"
#include "slab.h"

enum {
	DELAY_MAX_MS = 400,
	JUMP_US = 1000000,      /* a transit changed by more is another clock */
	LATE_RUN_MAX = 8,       /* so is one that is too late so many times */
	LOSS_PACKETS = 512,     /* time constant of the rate of loss ... */
	LOSS_FIRST = 96,        /* ... and in the beginning */
	LOSS_MOST = 16          /* a hole that is larger says no more of it */
};

int mx_jbuf_new(struct mx_jbuf **jbp, const struct mx_jbuf_cfg *cfg)
{
	struct mx_jbuf *jb;

	if (!cfg->pool || !cfg->dsp || cfg->rate_max_hz > MX_RATE_MAX_HZ)
		return -EINVAL;
	jb = mx_slab_get(cfg->slab, sizeof(*jb));
	if (!jb)
		return -ENOMEM;
	jb->cfg = *cfg;
	if (!jb->cfg.delay_max_ms)
		jb->cfg.delay_max_ms = DELAY_MAX_MS;
	if (!jb->cfg.rate_max_hz)
		jb->cfg.rate_max_hz = MX_RATE_MAX_HZ;
	jb->next = MX_JBUF_NONE;
	jb->loss_n = LOSS_FIRST;

	mx_jbuf_set_rate(jb, jb->cfg.rate_max_hz);
	jb->mem = jb->pcm = calloc(jb->hist + jb->cap + MX_JBUF_SLIDE *
				   (jb->cfg.rate_max_hz / 100),
				   sizeof(*jb->mem));
	jb->plc.cycle = calloc((size_t)jb->cfg.rate_max_hz *
			       MX_PLC_LAG_MAX_US / 1000000, sizeof(*jb->plc.cycle));
	jb->dec = calloc(1, cfg->dec_size_max + 1);
	if (!jb->mem || !jb->plc.cycle || !jb->dec) {
		mx_jbuf_free(jb);
		return -ENOMEM;
	}
	mx_jbuf_set_rate(jb, 0);
	*jbp = jb;
	return 0;
}

void mx_jbuf_free(struct mx_jbuf *jb)
{
	if (!jb)
		return;
	mx_jbuf_flush(jb);
	free(jb->dec);
	free(jb->plc.cycle);
	free(jb->mem);
	mx_slab_put(jb->cfg.slab, jb, sizeof(*jb));
}

void mx_jbuf_flush(struct mx_jbuf *jb)
{
	for (unsigned i = 0; i < jb->ring.n; i++)
		mx_pool_put(jb->cfg.pool, jb->ring.slot[i].pkt);
	jb->stats.dropped += jb->ring.n;
	jb->ring.n = 0;
	mx_jbuf_forget(jb);
}

void mx_jbuf_rehouse(struct mx_jbuf *jb, struct mx_pool *pool)
{
	unsigned n = 0;

	mx_jbuf_forget(jb);
	for (unsigned i = 0; i < jb->ring.n; i++) {
		struct mx_ring_slot s = jb->ring.slot[i];
		struct mx_pkt *copy = mx_pool_keep(pool, s.pkt);

		mx_pool_put(jb->cfg.pool, s.pkt);
		s.pkt = copy;
		if (copy)
			jb->ring.slot[n++] = s;
	}
	jb->stats.dropped += jb->ring.n - n;
	jb->ring.n = n;
	jb->cfg.pool = pool;
}

/** Back to before the first packet, at this sample rate. */
static void restart(struct mx_jbuf *jb, uint32_t rate_hz)
{
	mx_jbuf_flush(jb);
	mx_seq_restart(&jb->seq);
	jb->synced = false;
	jb->state = JBUF_SILENT;
	jb->next = jb->transit_kept_us = MX_JBUF_NONE;
	jb->made = jb->len = jb->bridged = 0;
	mx_jbuf_set_rate(jb, rate_hz);
	jb->dec_codec = NULL;
	jb->fresh = jb->pauses = jb->paused = jb->own = jb->seam = false;
	jb->rests_at = MX_JBUF_NONE;
	jb->waited = jb->lent = jb->clock_waits = 0;
	jb->slide = (struct mx_slide){ .on = false };
	jb->floor = 0;
	jb->loss_q16 = 0;
	jb->loss_n = LOSS_FIRST;
	jb->fec_hold = 0;
	jb->pcm = jb->mem;
	memset(jb->pcm, 0, jb->hist * sizeof(*jb->pcm));
}

void mx_jbuf_reset(struct mx_jbuf *jb)
{
	memset(jb->map, 0, sizeof(jb->map));
	jb->put_codec = NULL;
	restart(jb, 0);
}

int mx_jbuf_map(struct mx_jbuf *jb, uint8_t pt, const struct mx_codec *codec)
{
	if (pt >= MX_JBUF_PTS)
		return -EINVAL;
	if (codec) {
		/* samples of a tick must be whole */
		if (codec->rate_hz > jb->cfg.rate_max_hz ||
		    codec->rate_hz < 8000 || codec->rate_hz % 100 ||
		    codec->clock_hz == 0 ||
		    codec->dec_size() > jb->cfg.dec_size_max)
			return -EINVAL;
		for (unsigned i = 0; i < MX_JBUF_PTS; i++)
			if (i != pt && jb->map[i] &&
			    jb->map[i]->rate_hz != codec->rate_hz)
				return -EINVAL;
		if (codec->rate_hz != jb->rate_hz)
			restart(jb, codec->rate_hz);
	}
	jb->map[pt] = codec;
	jb->put_codec = NULL;
	return 0;
}

uint8_t mx_jbuf_level(const struct mx_jbuf *jb)
{
	return jb->level;
}

uint32_t mx_jbuf_rate(const struct mx_jbuf *jb)
{
	return jb->rate_hz;
}

const struct mx_jbuf_stats *mx_jbuf_stats(const struct mx_jbuf *jb)
{
	return &jb->stats;
}

void mx_jbuf_note(struct mx_jbuf *jb, const struct mx_pkt *pkt)
{
	if (jb->synced && jb->ssrc == pkt->ssrc)
		(void)mx_seq_put(&jb->seq, pkt->seq);
}

void mx_jbuf_count_lost(struct mx_jbuf *jb)
{
	int64_t more = -(int64_t)jb->stats.lost;

	jb->stats.lost = mx_seq_lost(&jb->seq, jb->due, jb->ring.n);
	more += (int64_t)jb->stats.lost;        /* below 0: came after all */
	if (more > LOSS_MOST)
		more = LOSS_MOST;
	if (more < -LOSS_MOST)
		more = -LOSS_MOST;
	if (jb->loss_n < LOSS_PACKETS)
		jb->loss_n++;
	jb->loss_q16 += ((int32_t)more * 65536 - jb->loss_q16) / (int)jb->loss_n;
	if (jb->loss_q16 < 0)
		jb->loss_q16 = 0;
}

/** This packet's timestamp stands for a new time line. */
static void sync_to(struct mx_jbuf *jb, const struct mx_pkt *pkt,
		    const struct mx_codec *codec)
{
	if (jb->synced)
		jb->stats.resets++;
	mx_jbuf_flush(jb);
	mx_delay_reset(&jb->delay);
	jb->untold.n = 0;
	jb->synced = true;
	jb->ssrc = pkt->ssrc;
	jb->clock_hz = codec->clock_hz;
	jb->ts = pkt->ts;
	jb->late_run = 0;
	/* What plays goes over into the new stream as soon as that is there. */
	if (jb->state == JBUF_PLAYING)
		mx_jbuf_conceal_from_here(jb);
	jb->next = jb->transit_kept_us = MX_JBUF_NONE;
	jb->made = 0;
	jb->paused = false;
	jb->rests_at = MX_JBUF_NONE;
}

/** The packet's place in the stream, by the last one's. */
static int64_t place(const struct mx_jbuf *jb, const struct mx_pkt *pkt)
{
	return mx_rtp_extend_ts(jb->ts, pkt->ts) * jb->rate_hz / jb->clock_hz;
}

int mx_jbuf_noise(struct mx_jbuf *jb, const struct mx_pkt *pkt)
{
	int64_t pos;
	int err;

	mx_jbuf_note(jb, pkt);
	if (!jb->synced || jb->ssrc != pkt->ssrc)
		return 0;
	pos = place(jb, pkt);
	if (jb->next != MX_JBUF_NONE && pos < jb->next)
		return 0;               /* he has gone on speaking */
	err = mx_cn_set(&jb->cn, pkt->data + pkt->off, pkt->len,
			jb->rate_hz == jb->clock_hz);
	if (err)
		return err;
	jb->rests_at = pos;
	jb->rested = 0;
	return 0;
}

static int64_t transit(const struct mx_jbuf *jb, const struct mx_pkt *pkt)
{
	return pkt->arrival_us - mx_jbuf_us(jb, place(jb, pkt));
}

static bool is_jump(const struct mx_jbuf *jb, const struct mx_pkt *pkt)
{
	int64_t change = transit(jb, pkt) - jb->transit_us;

	return change > JUMP_US || change < -JUMP_US;
}

static bool is_passed(const struct mx_jbuf *jb, const struct mx_pkt *pkt,
		      uint32_t len)
{
	return jb->next != MX_JBUF_NONE && place(jb, pkt) + len <= jb->next;
}

static int refuse_late(struct mx_jbuf *jb)
{
	jb->stats.late++;
	mx_jbuf_count_lost(jb);         /* it was taken for lost */
	return -ETIME;
}

/** Finds out whether the packet belongs to the time line, and begins a new one
 *  if it cannot. 0, -EEXIST or -ETIME. */
static int follow(struct mx_jbuf *jb, const struct mx_pkt *pkt,
		  const struct mx_codec *codec, uint32_t len)
{
	bool other = jb->synced && jb->ssrc != pkt->ssrc;
	bool first = !jb->synced || other || jb->clock_hz != codec->clock_hz;
	enum mx_seq_kind seq;

	if (other) {
		mx_seq_restart(&jb->seq);
		jb->delay.skew = (struct mx_skew){ 0 };
		jb->fresh = true;
	}
	if (first)
		sync_to(jb, pkt, codec);
	seq = mx_seq_put(&jb->seq, pkt->seq);
	if (seq == MX_SEQ_COPY) {
		jb->stats.duplicate++;
		return -EEXIST;
	}
	/* A new time line begins with a new sequence number; an old one is
	 * only late. */
	if (!first && is_jump(jb, pkt)) {
		if (seq == MX_SEQ_OLD)
			return refuse_late(jb);
		sync_to(jb, pkt, codec);
	}
	if (is_passed(jb, pkt, len) && seq == MX_SEQ_NEW &&
	    ++jb->late_run >= LATE_RUN_MAX)
		sync_to(jb, pkt, codec);

	jb->transit_us = transit(jb, pkt);
	jb->ts = mx_rtp_extend_ts(jb->ts, pkt->ts);
	if (jb->asleep)
		mx_jbuf_leave_untold(jb, pkt->arrival_us, mx_jbuf_us(jb, len));
	else
		mx_delay_put(&jb->delay, jb->transit_us, pkt->arrival_us,
			     mx_jbuf_us(jb, len));
	jb->stale = true;
	return is_passed(jb, pkt, len) ? refuse_late(jb) : 0;
}

void mx_jbuf_soon(const struct mx_jbuf *jb)
{
	mx_prefetch(jb, offsetof(struct mx_jbuf, stats.late));
	mx_prefetch(&jb->put_codec, offsetof(struct mx_jbuf, ring.slot[2]) -
		    offsetof(struct mx_jbuf, put_codec));
}

/** NULL: not mapped. */
static const struct mx_codec *codec_of(struct mx_jbuf *jb, uint8_t pt)
{
	if (jb->put_codec && jb->put_pt == pt)
		return jb->put_codec;
	jb->put_codec = pt < MX_JBUF_PTS ? jb->map[pt] : NULL;
	jb->put_pt = pt;
	return jb->put_codec;
}

int mx_jbuf_put(struct mx_jbuf *jb, struct mx_pkt *pkt)
{
	const struct mx_codec *codec = codec_of(jb, pkt->pt);
	int len, err;

	if (!codec)
		return -EINVAL;
	len = codec->samples(pkt->data + pkt->off, pkt->len);
	if (len <= 0 || (size_t)len > mx_jbuf_samples(jb, MX_PTIME_MAX_MS * 1000))
		return -EBADMSG;
	jb->stats.packets++;
	err = follow(jb, pkt, codec, (uint32_t)len);
	if (err)
		return err;

	jb->late_run = 0;
	if (jb->ring.n == MX_RING_MAX) {
		mx_pool_put(jb->cfg.pool, mx_ring_take(&jb->ring).pkt);
		jb->stats.dropped++;
	}
	mx_ring_put(&jb->ring, &(struct mx_ring_slot){
		.pos = place(jb, pkt), .len = (uint32_t)len, .pkt = pkt,
		.seq = pkt->seq, .codec = codec });
	if (jb->asleep)
		mx_jbuf_doze(jb, pkt);
	return 0;
}
