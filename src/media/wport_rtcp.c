/* wport_rtcp.c - RTCP of a port: reports out and in, the round trip, BYE. */
#include <string.h>

#include "mixer/rtcp.h"
#include "wport.h"

enum { RTCP_SIZE = 512 };       /* an SR, one block, a CNAME, BYE: under 150 */

/* ---- out --------------------------------------------------------------- */

/* Where RTCP goes: where it comes from, else where signalling says; where the
 * peer is not at the signalled address, next to his RTP. Unset: nowhere. */
static union addr destination(const struct wport *wp)
{
	union addr to = wp->rtcp_said;

	if (addr_is_set(&wp->rtcp_seen))
		return wp->rtcp_seen;
	if (wp->latch.fixed &&
	    !addr_same(&wp->latch.peer, &wp->latch.signalled)) {
		to = wp->latch.peer;
		addr_set_port(&to, (uint16_t)(addr_port(&to) + 1));
	}
	return to;
}

static void send_rtcp(struct wport *wp, struct wport_env *env,
		      const uint8_t *pkt, size_t len)
{
	union addr to;

	if (wp->rtcp_mux) {
		wport_send(wp, env, pkt, len);
		return;
	}
	to = destination(wp);
	if (addr_is_set(&to) && !addr_is_any(&to))
		env->ops->send(env->net, wport_rtcp_id(wp->slot), &to, pkt,
			       len);
}

static void report(struct wport *wp, struct wport_env *env, uint64_t n,
		   int64_t now_us, bool bye)
{
	struct mx_port_stats ps;
	struct mx_rtp_report block;
	struct mx_rtcp_sr sr = {
		.ntp = mx_rtcp_ntp(now_us + env->unix_us),
		.ts = mx_port_ts(wp->port, n),
	};
	struct mx_rtcp_out out = {
		.ssrc = mx_port_ssrc(wp->port),
		.cname = wp->cname,
		.reports = &block,
		.bye = bye,
	};
	uint8_t pkt[RTCP_SIZE];
	int len;

	mx_port_stats(wp->port, &ps);
	sr.packets = (uint32_t)ps.tx_packets;
	sr.octets = (uint32_t)ps.tx_bytes;
	if (mx_port_sends(wp->port) && sr.packets > 0)
		out.sr = &sr;
	out.n_reports = mx_rtp_rx_report(mx_port_rx(wp->port), now_us, &block);
	len = mx_rtcp_build(pkt, sizeof(pkt), &out);
	if (len > 0)
		send_rtcp(wp, env, pkt, (size_t)len);
}

void wport_report(struct wport *wp, struct wport_env *env, uint64_t n,
		  int64_t now_us, uint32_t random)
{
	if (!wp->latch.until_us || wp->tap)     /* no stream yet; no peer */
		return;
	if (wp->rtcp_due_us == 0)
		wp->rtcp_due_us = now_us + mx_rtcp_interval_us(true, random);
	if (now_us < wp->rtcp_due_us)
		return;
	wp->rtcp_due_us = now_us + mx_rtcp_interval_us(false, random);
	report(wp, env, n, now_us, false);
}

void wport_bye(struct wport *wp, struct wport_env *env, uint64_t n,
	       int64_t now_us)
{
	if (wp->latch.until_us && !wp->tap)
		report(wp, env, n, now_us, true);
}

/* ---- in ---------------------------------------------------------------- */

static void take_report(struct wport *wp, const struct mx_rtp_report *r,
			uint32_t clock_hz, uint64_t now_ntp)
{
	int64_t rtt_us = mx_rtcp_rtt_us(r, now_ntp);

	wp->remote_lost = r->lost > 0 ? (uint64_t)r->lost : 0;
	wp->remote_jitter_us =
		(uint32_t)((uint64_t)r->jitter * 1000000 / clock_hz);
	if (rtt_us > 0)
		wp->rtt_us = (uint32_t)rtt_us;
	mx_port_reported(wp->port, r->fraction);
}

void wport_receive_rtcp(struct wport *wp, struct wport_env *env, bool mux,
			const struct mx_pkt *pkt, const union addr *from,
			int64_t now_us)
{
	struct mx_rtcp_in in;

	if (!latch_allows_rtcp(&wp->latch, from)) {
		wp->stranger++;
		env->stranger++;
		return;
	}
	if (mx_rtcp_parse(pkt->data, pkt->len, &in) < 0) {
		wp->bad++;
		env->rtcp_bad++;
		return;
	}
	if (!mux)
		wp->rtcp_seen = *from;
	if (in.has_sr)
		mx_rtp_rx_sr(mx_port_rx(wp->port), in.ssrc, in.sr.ntp,
			     pkt->arrival_us);
	for (size_t i = 0; i < in.n_reports; i++)
		if (in.reports[i].ssrc == mx_port_ssrc(wp->port))
			take_report(wp, &in.reports[i],
				    mx_port_clock_hz(wp->port),
				    mx_rtcp_ntp(now_us + env->unix_us));
}
