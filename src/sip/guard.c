/* guard.c - see guard.h */
#include "guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "conns.h"
#include "sofia.h"
#include "uri.h"

/* The library's own functions, found once. Global because the functions that
 * stand in for them take no argument of ours. */
static struct {
	tport_t *(*tport_tsend)(tport_t *, msg_t *, tp_name_t const *,
				tag_type_t, tag_value_t, ...);
	msg_t *(*msg_next)(msg_t *);
	issize_t (*msg_recv_iovec)(msg_t *, msg_iovec_t *, isize_t, usize_t,
				   int);
	int (*accept)(int, __SOCKADDR_ARG, socklen_t *);
} library;

/* Before main(): Sofia may be used by whoever links this. */
__attribute__((constructor)) static void find_library(void)
{
	/* POSIX's way to make a pointer to a function of one to an object */
	*(void **)&library.tport_tsend = dlsym(RTLD_NEXT, "tport_tsend");
	*(void **)&library.msg_next = dlsym(RTLD_NEXT, "msg_next");
	*(void **)&library.msg_recv_iovec = dlsym(RTLD_NEXT, "msg_recv_iovec");
	*(void **)&library.accept = dlsym(RTLD_NEXT, "accept");
}

/* Global for the same reason; control thread only. */
static uint32_t too_large;

uint32_t sip_guard_too_large(void)
{
	return too_large;
}

/* Refusals that nta makes by itself, before we see the request, become known
 * to us here only. Ours pass here too; a source has one line a second. */
static void say_refusal(const sip_status_t *st, const tp_name_t *to)
{
	char source[ADDR_LEN], phrase[64];
	unsigned missed;

	if (st->st_status == 413)
		too_large++;
	else if (st->st_status != 400 && st->st_status != 505)
		return;

	text_clean(source, sizeof(source), to->tpn_host);
	text_clean(phrase, sizeof(phrase), st->st_phrase);
	if (log_allow(source, &missed))
		log_warn("sip", "refused, status=%d phrase=\"%s\" source=%s "
			 "missed=%u", st->st_status, phrase, source, missed);
}

/* Where a response may go: to where the request came from. maddr is for
 * multicast, which we do not do, and would let anybody point us at others. */
static bool response_target(tp_name_t *to, const sip_via_t *via)
{
	union addr a;
	uint64_t port;
	char ip[ADDR_LEN];
	size_t len;

	if (!via || !to->tpn_port)
		return false;
	to->tpn_host = via->v_received ? via->v_received : via->v_host;
	to->tpn_canon = to->tpn_host;
	len = to->tpn_host ? strlen(to->tpn_host) : 0;
	if (len > 2 && to->tpn_host[0] == '[' && len - 2 < sizeof(ip)) {
		memcpy(ip, to->tpn_host + 1, len - 2);
		ip[len - 2] = '\0';
	} else if (!str_copy(ip, sizeof(ip), to->tpn_host)) {
		return false;
	}
	return addr_parse(&a, ip, 0) == 0 &&
	       str_u64(to->tpn_port, strlen(to->tpn_port), 65535, &port) == 0 &&
	       port > 0;
}

/* Stands in for the library's function of this name. */
tport_t *tport_tsend(tport_t *self, msg_t *msg, tp_name_t const *tpn,
		     tag_type_t tag, tag_value_t value, ...)
{
	const sip_t *s = msg ? sip_object(msg) : NULL;
	bool response = s && s->sip_status && tpn;
	tport_t *used = NULL;
	tp_name_t to;
	ta_list ta;

	if (response) {
		to = *tpn;
		tpn = response_target(&to, s->sip_via) ? &to : NULL;
		if (tpn)
			say_refusal(s->sip_status, tpn);
	}
	ta_start(ta, tag, value);
	if (tpn)
		used = library.tport_tsend(self, msg, tpn, ta_tags(ta));
	(void)ta_end(ta);

	if (!used && response) {
		log_debug("sip", "response lost, status=%d",
			  s->sip_status->st_status);
		return self;
	}
	return used;
}

/* Stands in for the library's function of this name. */
msg_t *msg_next(msg_t *msg)
{
	const usize_t max = msg_maxsize(msg, 0);        /* 0: only asks */
	msg_t *next = library.msg_next(msg);

	if (next && max)
		msg_maxsize(next, max);
	return next;
}

/* Bytes of the body that have not been received yet; 0 if it has not begun. */
static usize_t body_missing(msg_t *msg)
{
	const sip_t *s = sip_object(msg);
	const sip_payload_t *pl = s ? s->sip_payload : NULL;

	if (!pl || MSG_HAS_COMPLETE(s->sip_flags) || pl->pl_next ||
	    pl->pl_common->h_len >= pl->pl_len)
		return 0;
	return pl->pl_len - pl->pl_common->h_len;
}

/* Stands in for the library's function of this name. */
issize_t msg_recv_iovec(msg_t *msg, msg_iovec_t vec[], isize_t veclen,
			usize_t n, int exact)
{
	const usize_t missing = body_missing(msg);

	if (missing && n > missing)
		n = missing;
	return library.msg_recv_iovec(msg, vec, veclen, n, exact);
}

/* Control thread only. */
static struct conns connections;

static bool is_welcome(int fd, const union addr *from)
{
	char ip[ADDR_LEN];
	unsigned missed;

	if (conns_add(&connections, fd, from, loop_now_us()))
		return true;
	counter_inc(CNT_SIP_CONNECTION);
	addr_print_ip(from, ip);
	if (log_allow(ip, &missed))
		log_warn("sip", "refused, reason=\"too many connections\" "
			 "source=%s missed=%u", ip, missed);
	return false;
}

/* Stands in for the C library's function of this name. What else listens in
 * this process uses accept4(), or a local socket. */
int accept(int fd, __SOCKADDR_ARG addr, socklen_t *__restrict len)
{
	union addr from = { 0 };
	socklen_t from_len = sizeof(from);
	int got = library.accept(fd, addr, len);

	if (got < 0 || getpeername(got, &from.sa, &from_len) < 0 ||
	    from.sa.sa_family == AF_UNIX || is_welcome(got, &from))
		return got;
	close(got);
	errno = ECONNABORTED;
	return -1;
}

/* Sofia finds a function as every shared library does: by the global search
 * order, in which the program itself comes first. */
bool sip_guard_works(void)
{
	return library.tport_tsend && library.msg_next &&
	       library.msg_recv_iovec && library.accept &&
	       dlsym(RTLD_DEFAULT, "tport_tsend") == (void *)tport_tsend &&
	       dlsym(RTLD_DEFAULT, "msg_next") == (void *)msg_next &&
	       dlsym(RTLD_DEFAULT, "msg_recv_iovec") == (void *)msg_recv_iovec &&
	       dlsym(RTLD_DEFAULT, "accept") == (void *)accept;
}
