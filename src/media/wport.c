/* wport.c - see wport.h: the peer's address, RTP. wport_rtcp.c has the rest. */
#include "wport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/box.h"
#include "mixer/rtp.h"
#include "mixer/slab.h"
#include "mixer/tap.h"

void wport_free(struct wport *wp)
{
	if (!wp)
		return;
	sock_pair_close(&wp->sock);
	mx_port_free(wp->port);
	mx_slab_put(wp->slab, wp, sizeof(*wp));
}

void wport_settle(struct wport *wp, uint32_t slot)
{
	wp->slot = slot;
}

/* ---- the peer ---------------------------------------------------------- */

/* From the address that is the peer's for good now; a failed connect() only
 * costs the kernel's filter, ours stays. */
static void fix_peer(struct wport *wp, const union addr *peer)
{
	wp->peer = *peer;
	wp->connected = sock_connect(wp->sock.rtp, peer) == 0;
}

static void look_for_peer(struct wport *wp)
{
	if (wp->connected)
		sock_disconnect(wp->sock.rtp);
	wp->connected = false;
	wp->peer = *latch_peer(&wp->latch);
	memset(&wp->rtcp_seen, 0, sizeof(wp->rtcp_seen));
}

void wport_stream(struct wport *wp, const struct wstream *s,
		  struct mx_port_kit *kit, unsigned step, uint64_t n,
		  int64_t now_us)
{
	if (latch_set(&wp->latch, &s->rtp, &s->signalling, s->latch, now_us))
		look_for_peer(wp);
	wp->rtcp_said = s->rtcp;
	wp->rtcp_mux = s->rtcp_mux;
	wp->timeout_us = (int64_t)s->timeout_ms * 1000;
	wp->watched = s->mx.receives && !s->hold;
	wp->timed_out = false;
	wp->heard_us = now_us;
	mx_port_stream(wp->port, &s->mx, kit, step, n);
}

/* ---- RTP --------------------------------------------------------------- */

/* Whoever has not been taken as the peer yet must send what was agreed on. What
 * lay in the socket when it was connected may still be from anybody. */
static bool is_from_peer(struct wport *wp, const struct mx_pkt *pkt,
			 const union addr *from, int64_t now_us)
{
	if (wp->connected && addr_same(&wp->peer, from))
		return true;
	if (!wp->latch.fixed && !mx_port_expects(wp->port, pkt->pt))
		return false;
	switch (latch_check(&wp->latch, from, pkt->ssrc, pkt->seq, now_us)) {
	case LATCH_FIX:
		fix_peer(wp, from);
		return true;
	case LATCH_TAKE:
		return true;
	case LATCH_DROP:
		break;
	}
	return false;
}

static void put(struct wport *wp, struct wport_env *env,
		struct mx_pkt *pkt)
{
	struct mx_pkt *copy;
	int r;

	pkt->level = mx_port_level(wp->port, pkt);
	copy = mx_pool_keep(env->pool, pkt);
	if (!copy) {
		env->no_slot++;
		return;
	}
	r = mx_port_put(wp->port, copy);
	if (r == -EINVAL)
		env->pt++;
	else if (r == -EBADMSG)
		env->size++;
	if (r != 1)
		mx_pool_put(env->pool, copy);
}

static void receive_rtp(struct wport *wp, struct wport_env *env,
			struct mx_pkt *pkt, const union addr *from,
			int64_t now_us)
{
	if (mx_rtp_parse(pkt, pkt->len) < 0) {
		wp->bad++;
		env->bad++;
		return;
	}
	if (!is_from_peer(wp, pkt, from, now_us)) {
		wp->stranger++;
		env->stranger++;
		return;
	}
	wp->heard_us = now_us;
	wp->timed_out = false;
	put(wp, env, pkt);
}

/* A packet's sound for whoever listens there; it is L16 of 10 ms, but for a
 * first one that may be shorter. */
static void put_tap(struct wport *wp, const uint8_t *pkt, size_t len)
{
	struct mx_tap_frame f;

	if (len < MX_RTP_HDR + sizeof(f.pcm))
		return;
	f.ts = (uint32_t)pkt[4] << 24 | (uint32_t)pkt[5] << 16 |
		(uint32_t)pkt[6] << 8 | pkt[7];
	memcpy(f.pcm, pkt + len - sizeof(f.pcm), sizeof(f.pcm));
	if (box_put(wp->tap, &f) != 0)
		wp->tap_lost++;
}

void wport_send(struct wport *wp, struct wport_env *env, const uint8_t *pkt,
		size_t len)
{
	if (wp->connected)
		env->ops->send(env->net, wport_rtp_id(wp->slot), NULL, pkt, len);
	else if (addr_is_set(&wp->peer) && !addr_is_any(&wp->peer))
		env->ops->send(env->net, wport_rtp_id(wp->slot), &wp->peer, pkt,
			       len);
	else if (wp->tap)
		put_tap(wp, pkt, len);
}

bool wport_times_out(struct wport *wp, int64_t now_us)
{
	if (!wp->watched || wp->timeout_us == 0 || wp->timed_out ||
	    now_us - wp->heard_us < wp->timeout_us)
		return false;
	wp->timed_out = true;
	return true;
}

/* ---- both, and figures ------------------------------------------------- */

void wport_receive(struct wport *wp, struct wport_env *env, bool on_rtcp,
		   struct mx_pkt *pkt, const union addr *from, int64_t now_us)
{
	if (!on_rtcp && !mx_rtp_is_rtcp(pkt->data, pkt->len))
		receive_rtp(wp, env, pkt, from, now_us);
	else
		wport_receive_rtcp(wp, env, !on_rtcp, pkt, from, now_us);
}

void wport_soon(const struct wport *wp, unsigned stage)
{
	if (stage == 0)
		__builtin_prefetch(wp);
	else
		mx_port_soon(wp->port, stage - 1);
}

void wport_stats(const struct wport *wp, struct media_stats *st)
{
	const struct mx_rtp_rx *rx = mx_port_rx(wp->port);
	struct mx_port_stats ps;

	mx_port_stats(wp->port, &ps);
	*st = (struct media_stats){
		.rx_packets = mx_rtp_rx_received(rx),
		.rx_bytes = ps.rx_bytes,
		.tx_packets = ps.tx_packets,
		.tx_bytes = ps.tx_bytes,
		.rx_lost = mx_rtp_rx_lost(rx),
		.rx_jitter_us = ps.jitter_us,
		.remote_lost = wp->remote_lost,
		.remote_jitter_us = wp->remote_jitter_us,
		.rtt_us = wp->rtt_us,
		.late = ps.late,
		.fec_used = ps.fec_used,
		.concealed_ms = ps.concealed_ms,
		.accelerated_ms = ps.accelerated_ms,
		.expanded_ms = ps.expanded_ms,
		.resampled_ms = ps.resampled_ms,
		.drift_ppm = ps.drift_ppm,
		.delay_ms = ps.delay_ms,
		.delay_target_ms = ps.delay_target_ms,
		.stranger = wp->stranger,
		.bad = wp->bad,
		.level_dbov = ps.level,
		.talk_ms = ps.talk_ms,
		.voice = ps.voice,
		.echo = ps.echo,
	};
	if (wp->latch.fixed)
		st->remote = wp->peer;
}
