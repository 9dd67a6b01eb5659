/* dial.c - SIP for many simulated callers, as little as they need. */
#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_MAX = 8192, T1_US = 500000, TRIES_MAX = 7,
       PT_EVENT = 101 };

/* The address of ip and port; 0 for no address. */
static socklen_t address(struct sockaddr_storage *ss, const char *ip,
			 uint16_t port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET6, ip, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	if (inet_pton(AF_INET, ip, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	return 0;
}

static bool is_six(const char *ip)
{
	return strchr(ip, ':') != NULL;
}

int dial_init(struct dial *d, const struct dial_cfg *cfg, struct call *calls,
	      uint32_t n)
{
	struct sockaddr_storage ss;
	socklen_t len = address(&ss, cfg->server, cfg->port);
	int size = 4 << 20;

	*d = (struct dial){ .cfg = *cfg, .fd = -1, .calls = calls, .n = n };
	if (!len)
		return -EINVAL;
	d->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (d->fd < 0 || connect(d->fd, (struct sockaddr *)&ss, len) < 0)
		return -errno;
	(void)setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	len = sizeof(ss);
	if (getsockname(d->fd, (struct sockaddr *)&ss, &len) < 0)
		return -errno;
	/* both families keep the port at the same place */
	d->local_port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	if (is_six(cfg->server))
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&ss)->sin6_addr,
			  d->local, sizeof(d->local));
	else
		inet_ntop(AF_INET, &((struct sockaddr_in *)&ss)->sin_addr,
			  d->local, sizeof(d->local));
	snprintf(d->local_uri, sizeof(d->local_uri),
		 is_six(d->local) ? "[%.60s]" : "%.60s", d->local);
	return 0;
}

void dial_fini(struct dial *d)
{
	if (d->fd >= 0)
		close(d->fd);
}

static void fail(struct dial *d, struct call *c, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void fail(struct dial *d, struct call *c, const char *fmt, ...)
{
	va_list ap;

	c->state = CALL_FAILED;
	if (d->error[0])
		return;
	va_start(ap, fmt);
	vsnprintf(d->error, sizeof(d->error), fmt, ap);
	va_end(ap);
}

static uint32_t index_of(const struct dial *d, const struct call *c)
{
	return (uint32_t)(c - d->calls);
}

/* A request of a call; cseq 1 is its INVITE and ACK, 2 its BYE. */
static void request(struct dial *d, const struct call *c, const char *method,
		    int cseq, const char *sdp)
{
	uint32_t i = index_of(d, c);
	char buf[MESSAGE_MAX];
	int n;

	n = snprintf(buf, sizeof(buf),
		"%s %s SIP/2.0\r\n"
		"Via: SIP/2.0/UDP %s:%u;branch=z9hG4bK%u-%d-%s;rport\r\n"
		"Max-Forwards: 70\r\n"
		"From: <sip:load%u@%s>;tag=load%u\r\n"
		"To: <sip:load@confab>%s%s\r\n"
		"Call-ID: %u-%u@load\r\n"
		"CSeq: %d %s\r\n"
		"Contact: <sip:load%u@%s:%u>\r\n"
		"%s"
		"Content-Length: %zu\r\n\r\n%s",
		method, c->target, d->local_uri, d->local_port, i, cseq, method,
		i, d->local_uri, i, c->remote_tag[0] ? ";tag=" : "",
		c->remote_tag, i, d->local_port, cseq, method, i, d->local_uri,
		d->local_port, sdp[0] ? "Content-Type: application/sdp\r\n" : "",
		strlen(sdp), sdp);
	(void)!send(d->fd, buf, (size_t)n, 0);
}

static void send_invite(struct dial *d, struct call *c)
{
	const struct leg_cfg *cfg = c->leg.cfg;
	char family = is_six(d->local) ? '6' : '4';
	char sdp[512];

	snprintf(sdp, sizeof(sdp),
		 "v=0\r\no=load 1 1 IN IP%c %s\r\ns=-\r\nc=IN IP%c %s\r\n"
		 "t=0 0\r\nm=audio %u RTP/AVP %u %u\r\n"
		 "a=rtpmap:%u %s/%u%s\r\n"
		 "a=rtpmap:%u telephone-event/%u\r\na=ptime:%u\r\n",
		 family, d->local, family, d->local, c->leg.port, cfg->pt,
		 PT_EVENT, cfg->pt, cfg->codec->name, cfg->codec->clock_hz,
		 cfg->codec->channels == 2 ? "/2" : "", PT_EVENT,
		 cfg->codec->clock_hz, cfg->ptime_ms);
	request(d, c, "INVITE", 1, sdp);
}

void dial_invite(struct dial *d, struct call *c, int64_t now_us)
{
	const struct dial_cfg *cfg = &d->cfg;

	snprintf(c->target, sizeof(c->target),
		 is_six(cfg->server) ? "sip:%u@[%s]:%u%s%s" : "sip:%u@%s:%u%s%s",
		 cfg->first_room + c->leg.room, cfg->server, cfg->port,
		 cfg->pin ? ";pin=" : "", cfg->pin ? cfg->pin : "");
	d->begun = index_of(d, c) + 1;
	c->state = CALL_INVITED;
	c->invited_us = c->sent_us = now_us;
	c->tries = 1;
	send_invite(d, c);
}

void dial_bye(struct dial *d, struct call *c, int64_t now_us)
{
	c->state = CALL_ENDING;
	c->sent_us = now_us;
	c->tries = 1;
	request(d, c, "BYE", 2, "");
}

/* The value of a header line, up to its end; NULL if there is none. */
static const char *header(const char *msg, const char *name, size_t *len)
{
	size_t n = strlen(name);

	for (const char *p = strstr(msg, "\r\n"); p; p = strstr(p, "\r\n")) {
		p += 2;
		if (!strncasecmp(p, name, n) && p[n] == ':') {
			p += n + 1;
			p += strspn(p, " \t");
			*len = strcspn(p, "\r");
			return p;
		}
	}
	return NULL;
}

/* Copies what lies between two texts inside a header into out. */
static bool part(const char *value, size_t len, const char *from, char to,
		 char *out, size_t size)
{
	const char *p = memmem(value, len, from, strlen(from));
	size_t n = 0;

	if (!p)
		return false;
	p += strlen(from);
	while (p + n < value + len && p[n] != to && n + 1 < size)
		n++;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

/* Connects the leg to where the answer says. */
static int take_answer(struct call *c, const char *msg)
{
	const char *conn = strstr(msg, "\nc=IN IP");
	const char *media = strstr(msg, "\nm=audio ");
	struct sockaddr_storage ss;
	unsigned port, pt;
	socklen_t len;
	char ip[64];

	if (!conn || !media || sscanf(conn, "\nc=IN IP%*c %63s", ip) != 1 ||
	    sscanf(media, "\nm=audio %u RTP/AVP %u", &port, &pt) != 2 ||
	    port > 65535 || pt != c->leg.cfg->pt)
		return -EBADMSG;
	len = address(&ss, ip, (uint16_t)port);
	return len ? leg_connect(&c->leg, (struct sockaddr *)&ss, len) :
		-EBADMSG;
}

static void on_answer(struct dial *d, struct call *c, const char *msg,
		      int64_t now_us)
{
	const char *to, *contact;
	size_t to_len, contact_len;

	if (c->state >= CALL_UP && c->state <= CALL_OVER) {
		d->repeats++;                   /* our ACK was lost or is late */
		request(d, c, "ACK", 1, "");
		return;
	}
	if (c->state != CALL_INVITED)
		return;
	to = header(msg, "To", &to_len);
	contact = header(msg, "Contact", &contact_len);
	if (!to || !contact ||
	    !part(to, to_len, ";tag=", ';', c->remote_tag,
		  sizeof(c->remote_tag)) ||
	    !part(contact, contact_len, "<", '>', c->target,
		  sizeof(c->target)) || take_answer(c, msg) < 0) {
		fail(d, c, "call %u: bad answer: %.150s", index_of(d, c), msg);
		return;
	}
	request(d, c, "ACK", 1, "");
	c->state = CALL_UP;
	c->up_us = now_us;
}

static void on_response(struct dial *d, struct call *c, const char *msg,
			int64_t now_us)
{
	int status = atoi(msg + sizeof("SIP/2.0 ") - 1);
	const char *cseq;
	size_t len;
	bool bye;

	cseq = header(msg, "CSeq", &len);
	bye = cseq && memmem(cseq, len, "BYE", 3);
	if (status < 200) {
		c->sent_us = now_us;
		c->tries = TRIES_MAX;   /* it is there: no more repeats */
	} else if (bye) {
		if (c->state == CALL_ENDING)
			c->state = CALL_OVER;
	} else if (status < 300) {
		on_answer(d, c, msg, now_us);
	} else if (c->state == CALL_INVITED) {
		request(d, c, "ACK", 1, "");
		fail(d, c, "call %u: %.*s", index_of(d, c),
		     (int)strcspn(msg, "\r"), msg);
	}
}

/* The server's own requests: it may hang up, or ask whether we are alive. */
static void on_request(struct dial *d, struct call *c, const char *msg)
{
	static const char *const copied[] = {
		"Via", "From", "To", "Call-ID", "CSeq"
	};
	char buf[MESSAGE_MAX];
	size_t n = (size_t)snprintf(buf, sizeof(buf), "SIP/2.0 200 OK\r\n");

	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		size_t len = 0;
		const char *value = header(msg, copied[i], &len);

		if (!value || n + len + 32 > sizeof(buf))
			return;
		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s: %.*s\r\n",
				      copied[i], (int)len, value);
	}
	n += (size_t)snprintf(buf + n, sizeof(buf) - n,
			      "Content-Length: 0\r\n\r\n");
	(void)!send(d->fd, buf, n, 0);
	if (!strncmp(msg, "BYE ", 4) && c->state == CALL_UP)
		fail(d, c, "call %u: the server hung up: %.150s",
		     index_of(d, c), msg);
}

static void on_message(struct dial *d, const char *msg, int64_t now_us)
{
	size_t len;
	const char *id = header(msg, "Call-ID", &len);
	unsigned i, port;

	if (!id || sscanf(id, "%u-%u@load", &i, &port) != 2 || i >= d->n ||
	    port != d->local_port)
		return;
	if (!strncmp(msg, "SIP/2.0 ", 8))
		on_response(d, &d->calls[i], msg, now_us);
	else if (strncmp(msg, "ACK ", 4) != 0)
		on_request(d, &d->calls[i], msg);
}

/* RFC 3261 17.1: over UDP a request is repeated until it is answered. */
static void repeat(struct dial *d, struct call *c, int64_t now_us)
{
	int64_t wait = (int64_t)T1_US << (c->tries < 4 ? c->tries - 1 : 3);

	if (c->tries < TRIES_MAX && now_us - c->sent_us > wait) {
		c->tries++;
		c->sent_us = now_us;
		d->retransmissions++;
		if (c->state == CALL_INVITED)
			send_invite(d, c);
		else
			request(d, c, "BYE", 2, "");
	} else if (now_us - c->sent_us > 32 * (int64_t)T1_US) {
		fail(d, c, "call %u: no answer to %s", index_of(d, c),
		     c->state == CALL_INVITED ? "INVITE" : "BYE");
	}
}

void dial_poll(struct dial *d, int64_t now_us)
{
	char buf[MESSAGE_MAX];
	ssize_t n;

	while ((n = recv(d->fd, buf, sizeof(buf) - 1, 0)) > 0) {
		buf[n] = '\0';
		on_message(d, buf, now_us);
	}
	while (d->first_open < d->begun &&
	       d->calls[d->first_open].state >= CALL_OVER)
		d->first_open++;
	for (uint32_t i = d->first_open; i < d->begun; i++)
		if (d->calls[i].state == CALL_INVITED ||
		    d->calls[i].state == CALL_ENDING)
			repeat(d, &d->calls[i], now_us);
}

uint32_t dial_count(const struct dial *d, enum call_state state)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->n; i++)
		n += d->calls[i].state == state;
	return n;
}
