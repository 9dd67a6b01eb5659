/* t_media.c - see t_media.h */
#include <stdarg.h>
#include <setjmp.h>

#include "t_media.h"

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mixer/dsp/dsp.h"

struct loop *loop;
struct media *media;
const struct mx_codec *codec;
struct peer peers[PEERS_MAX];
unsigned n_peers;
static int64_t began_us;

/* ---- what control is told ---------------------------------------------- */

static void on_started(void *arg)
{
	struct peer *p = arg;

	p->started++;
}

static void on_key(void *arg, char key, enum media_key_from from)
{
	struct peer *p = arg;

	assert_int_equal(from, MEDIA_KEY_EVENT);
	p->keys[p->n_keys++] = key;
}

static void on_played(void *arg, uint32_t id, bool whole)
{
	struct peer *p = arg;

	p->played[p->n_played] = id;
	p->whole[p->n_played++] = whole;
}

/* Begins and ends take turns. */
static void on_talking(void *arg, bool talks, uint32_t ms)
{
	struct peer *p = arg;

	assert_true(talks != p->talks);
	p->talks = talks;
	p->speeches += talks;
	p->talk_ms += ms;
}

static void on_timeout(void *arg)
{
	struct peer *p = arg;

	p->timeouts++;
}

static void on_stats(void *arg, const struct media_stats *st)
{
	struct peer *p = arg;

	p->stats = *st;
	p->n_stats++;
}

static void on_closed(void *arg, const struct media_stats *st)
{
	struct peer *p = arg;

	p->last = *st;
	p->closed++;
	p->port = NULL;
}

const struct media_port_ops port_ops = {
	.on_started = on_started,
	.on_key = on_key,
	.on_played = on_played,
	.on_talking = on_talking,
	.on_timeout = on_timeout,
	.on_stats = on_stats,
	.on_closed = on_closed
};

static void bus_played(void *arg, uint32_t id, bool whole)
{
	(void)id;
	assert_true(whole);
	++*(unsigned *)arg;
}

const struct media_port *dominant;

static void bus_dominant(void *arg, const struct media_port *port)
{
	(void)arg;
	dominant = port;
}

static void bus_closed(void *arg)
{
	*(unsigned *)arg += 1000;
}

const struct media_bus_ops bus_ops = {
	bus_played, bus_dominant, bus_closed
};

/* ---- peers ------------------------------------------------------------- */

void send_rtp(struct peer *p, const struct mx_rtp_hdr *hdr,
	      const void *payload, size_t len)
{
	uint8_t pkt[2048];

	mx_rtp_build(pkt, hdr);
	memcpy(pkt + MX_RTP_HDR, payload, len);
	sendto(p->sock.rtp, pkt, MX_RTP_HDR + len, 0, &p->rtp.sa,
	       addr_len(&p->rtp));
}

static void speak(struct peer *p)
{
	struct mx_rtp_hdr hdr = {
		.ssrc = 4711, .pt = PT, .seq = (uint16_t)p->sent,
		.ts = p->ts0 + (uint32_t)p->sent * PACKET,
	};
	int16_t pcm[PACKET];
	uint8_t payload[PACKET * 2];
	double w = 2 * M_PI * p->tone_hz / HZ;
	int len;

	for (unsigned i = 0; i < PACKET; i++)
		pcm[i] = (int16_t)(6000 * sin(w * (double)(p->sent * PACKET +
							   i)));
	len = codec->encode(NULL, mx_dsp_best(), pcm, PACKET, payload,
			    sizeof(payload));
	assert_true(len > 0);
	send_rtp(p, &hdr, payload, (size_t)len);
	p->sent++;
}

static void take_rtp(struct peer *p, const uint8_t *pkt, size_t len)
{
	uint16_t seq = (uint16_t)(pkt[2] << 8 | pkt[3]);
	uint32_t ts = (uint32_t)pkt[4] << 24 | (uint32_t)pkt[5] << 16 |
		(uint32_t)pkt[6] << 8 | pkt[7];
	int n;

	if (p->n_heard + PACKET > HEARD_MAX)
		return;
	n = codec->decode(NULL, mx_dsp_best(), pkt + MX_RTP_HDR,
			  len - MX_RTP_HDR, p->heard + p->n_heard, PACKET);
	assert_in_range(n, 1, PACKET);
	if (p->n_heard > 0 && seq != p->next_seq)
		p->breaks++;
	if (p->n_heard > 0 && ts != p->next_ts)
		p->ts_gaps++;
	p->next_seq = (uint16_t)(seq + 1);
	p->next_ts = ts + (uint32_t)n;
	p->ssrc = (uint32_t)pkt[8] << 24 | (uint32_t)pkt[9] << 16 |
		(uint32_t)pkt[10] << 8 | pkt[11];
	p->n_heard += (size_t)n;
}

static void take_rtcp(struct peer *p, const uint8_t *pkt, size_t len)
{
	assert_int_equal(mx_rtcp_parse(pkt, len, &p->last_rtcp), 0);
	p->rtcp_seen++;
	p->bye_seen |= p->last_rtcp.bye;
}

static void listen_to(struct peer *p)
{
	uint8_t pkt[2048];
	ssize_t n;

	while ((n = recv(p->sock.rtp, pkt, sizeof(pkt), 0)) > 0) {
		if (mx_rtp_is_rtcp(pkt, (size_t)n)) {
			p->muxed_seen++;
			take_rtcp(p, pkt, (size_t)n);
		} else {
			take_rtp(p, pkt, (size_t)n);
		}
	}
	while ((n = recv(p->sock.rtcp, pkt, sizeof(pkt), 0)) > 0)
		take_rtcp(p, pkt, (size_t)n);
}

void run(int ms)
{
	int64_t until = loop_now_us() + ms * 1000;

	do {
		int64_t due = (loop_now_us() - began_us) / 20000;

		for (unsigned i = 0; i < n_peers; i++) {
			struct peer *p = &peers[i];

			while (p->tone_hz > 0 && (int64_t)p->sent < due)
				speak(p);
			if (p->tone_hz <= 0)
				p->sent = (uint64_t)due;
			listen_to(p);
		}
		loop_wait(loop, 3);
	} while (loop_now_us() < until);
}

struct peer *call_in(const char *ip, double tone_hz)
{
	struct peer *p = &peers[n_peers++];
	union addr at;

	memset(p, 0, sizeof(*p));
	p->heard = calloc(HEARD_MAX, sizeof(*p->heard));
	assert_non_null(p->heard);
	assert_int_equal(addr_parse(&at, ip, 0), 0);
	assert_int_equal(sock_pair_open(&p->sock, &at, 30000, 49999), 0);
	assert_int_equal(media_port_open(media, at.sa.sa_family, NULL,
					 &port_ops, p, &p->port), 0);
	p->tone_hz = tone_hz;
	p->rtp = p->rtcp = at;
	if (at.sa.sa_family == AF_INET)
		at.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->rtp = p->rtcp = at;
	addr_set_port(&p->rtp, media_port_rtp(p->port));
	addr_set_port(&p->rtcp, media_port_rtcp(p->port));
	assert_in_range(media_port_rtp(p->port), PORT_MIN, PORT_MAX);
	assert_int_equal(media_port_rtcp(p->port),
			 media_port_rtp(p->port) + 1);
	return p;
}

struct media_stream stream_of(const struct peer *p, const char *ip)
{
	struct media_stream s = {
		.audio = {
			.codec = codec, .pt = PT,
			.recv = { { PT, codec } }, .n_recv = 1,
			.event = { { EVENT_PT, HZ } }, .n_event = 1,
			.event_pt = EVENT_PT, .ptime_ms = 20,
			.dir = SDP_SENDRECV,
		},
	};

	addr_parse(&s.audio.rtp, ip, p->sock.rtp_port);
	addr_parse(&s.audio.rtcp, ip, p->sock.rtcp_port);
	return s;
}

struct peer *connected(const char *ip, double tone_hz)
{
	struct peer *p = call_in(ip, tone_hz);
	struct media_stream s = stream_of(p, ip);

	assert_int_equal(media_port_stream(p->port, &s), 0);
	return p;
}

/* The tone in the last half second heard, dB of full scale. */
static double level(const struct peer *p, double hz)
{
	enum { N = HZ / 2 };
	double re = 0, im = 0, w = 2 * M_PI * hz / HZ;

	assert_true(p->n_heard >= N);
	for (size_t i = 0; i < N; i++) {
		double h = 0.5 - 0.5 * cos(2 * M_PI * (double)i / N);
		int16_t x = p->heard[p->n_heard - N + i];

		re += h * x * cos(w * (double)i);
		im -= h * x * sin(w * (double)i);
	}
	return 20 * log10((hypot(re, im) * 4 / N + 1e-9) / 32767);
}

bool hears(const struct peer *p, double hz)
{
	/* A tick left out on a busy machine is heard as a click: then again. */
	for (int i = 0; i < 20; i++) {
		double db = level(p, hz);

		if (db > -18 || db < -55)
			return db > -18;
		run(250);
	}
	fail_msg("a tone of %.0f Hz at %.1f dB is neither heard nor not", hz,
		 level(p, hz));
	return false;
}

/* ---- each test begins and ends with nothing ---------------------------- */

static void begin(enum media_io io, bool spread)
{
	struct media_cfg cfg = {
		.io = io, .workers = 2, .realtime = true, .spread = spread,
		.port_min = PORT_MIN, .port_max = PORT_MAX,
		.legs_max = 200,
	};

	codec = mx_codec_find("L16", HZ, 1);
	n_peers = 0;
	began_us = loop_now_us();
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(media_new(&media, &cfg, loop), 0);
	assert_int_equal(media_workers(media), 2);
}

void t_media_begin(enum media_io io)
{
	begin(io, true);
}

void t_media_begin_beside(enum media_io io)
{
	begin(io, false);
}

void t_media_end(void)
{
	for (unsigned i = 0; i < n_peers; i++) {
		if (peers[i].port)
			media_port_close(peers[i].port);
		peers[i].tone_hz = 0;
	}
	run(20);
	for (unsigned i = 0; i < n_peers; i++) {
		WAIT_FOR(peers[i].closed);
		assert_int_equal(peers[i].closed, 1);
		sock_pair_close(&peers[i].sock);
		free(peers[i].heard);
	}
	media_free(media);
	loop_free(loop);
}
