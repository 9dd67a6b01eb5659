/* print.c - struct sdp to text; see sdp.h. */
#include "print.h"

#include <errno.h>

const char *const sdp_dirs[SDP_DIRS] = {
	[SDP_INACTIVE] = "inactive", [SDP_SENDONLY] = "sendonly",
	[SDP_RECVONLY] = "recvonly", [SDP_SENDRECV] = "sendrecv",
};

const char *const sdp_ext_uris[SDP_EXTS] = {
	[SDP_EXT_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
	[SDP_EXT_CSRC_LEVEL] = "urn:ietf:params:rtp-hdrext:csrc-audio-level",
};

void sdp_print_connection(struct strbuf *sb, const union addr *addr)
{
	char ip[ADDR_LEN];

	strbuf_add(sb, "c=IN IP%c %s\r\n",
		   addr->sa.sa_family == AF_INET6 ? '6' : '4',
		   addr_print_ip(addr, ip));
}

void sdp_print_head(struct strbuf *sb, const char *user, uint64_t sess_id,
		    uint64_t sess_ver, const union addr *origin)
{
	char ip[ADDR_LEN];

	strbuf_add(sb, "v=0\r\no=%s %llu %llu IN IP%c %s\r\ns=-\r\n",
		   user[0] ? user : "-", (unsigned long long)sess_id,
		   (unsigned long long)sess_ver,
		   origin->sa.sa_family == AF_INET6 ? '6' : '4',
		   addr_is_set(origin) ? addr_print_ip(origin, ip) : "invalid.");
}

void sdp_print_m(struct strbuf *sb, const char *type, unsigned port,
		 const char *proto, const char *formats)
{
	strbuf_add(sb, "m=%s %u %s%s%s\r\n", type, port, proto,
		   formats[0] ? " " : "", formats);
}

static void print_fmt(struct strbuf *sb, const struct sdp_fmt *f)
{
	if (f->name[0]) {
		strbuf_add(sb, "a=rtpmap:%u %s/%lu", f->pt, f->name,
			   (unsigned long)f->clock_hz);
		if (f->channels > 1)
			strbuf_add(sb, "/%u", f->channels);
		strbuf_add(sb, "\r\n");
	}
	if (f->fmtp[0])
		strbuf_add(sb, "a=fmtp:%u %s\r\n", f->pt, f->fmtp);
}

static void print_rtcp(struct strbuf *sb, const struct sdp_media *m)
{
	char ip[ADDR_LEN];

	if (addr_is_set(&m->rtcp)) {
		strbuf_add(sb, "a=rtcp:%u", addr_port(&m->rtcp));
		if (!addr_same_ip(&m->rtcp, &m->addr))
			strbuf_add(sb, " IN IP%c %s",
				   m->rtcp.sa.sa_family == AF_INET6 ? '6' : '4',
				   addr_print_ip(&m->rtcp, ip));
		strbuf_add(sb, "\r\n");
	}
	if (m->rtcp_mux)
		strbuf_add(sb, "a=rtcp-mux\r\n");
}

static void print_ext(struct strbuf *sb, const struct sdp_media *m)
{
	for (unsigned i = 0; i < SDP_EXTS; i++) {
		const struct sdp_ext *ext = &m->ext[i];

		if (ext->id)
			strbuf_add(sb, "a=extmap:%u/%s %s%s\r\n", ext->id,
				   sdp_dirs[ext->dir], sdp_ext_uris[i],
				   ext->vad_off ? " vad=off" : "");
	}
	if (m->ext_mixed)
		strbuf_add(sb, "a=extmap-allow-mixed\r\n");
}

void sdp_print_attributes(struct strbuf *sb, const struct sdp_media *m)
{
	for (unsigned i = 0; i < m->n_fmt; i++)
		print_fmt(sb, &m->fmt[i]);
	if (m->ptime_ms)
		strbuf_add(sb, "a=ptime:%u\r\n", m->ptime_ms);
	if (m->maxptime_ms)
		strbuf_add(sb, "a=maxptime:%u\r\n", m->maxptime_ms);
	print_rtcp(sb, m);
	print_ext(sb, m);
	strbuf_add(sb, "a=%s\r\n", sdp_dirs[m->dir]);
}

/** One c= for the session, which every phone reads, if it says it for all. */
static bool is_one_address(const struct sdp *sdp)
{
	for (unsigned i = 0; i < sdp->n_media; i++)
		if (!addr_same(&sdp->media[i].addr, &sdp->media[0].addr))
			return false;
	return sdp->n_media > 0;
}

int sdp_print(const struct sdp *sdp, char *buf, size_t size)
{
	bool one = is_one_address(sdp);
	struct strbuf sb;

	strbuf_init(&sb, buf, size);
	sdp_print_head(&sb, sdp->user, sdp->sess_id, sdp->sess_ver,
		       &sdp->origin);
	if (one)
		sdp_print_connection(&sb, &sdp->media[0].addr);
	strbuf_add(&sb, "t=0 0\r\n");
	for (unsigned i = 0; i < sdp->n_media; i++) {
		const struct sdp_media *m = &sdp->media[i];

		sdp_print_m(&sb, m->type, m->port, m->proto, m->formats);
		if (!one && addr_is_set(&m->addr))
			sdp_print_connection(&sb, &m->addr);
		sdp_print_attributes(&sb, m);
	}
	return sb.full ? -ENOSPC : (int)sb.len;
}
