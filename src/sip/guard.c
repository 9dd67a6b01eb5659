/* guard.c - see guard.h */
#include "guard.h"

#include <dlfcn.h>
#include <string.h>

#include "base/addr.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "sofia.h"
#include "uri.h"

typedef tport_t *(tsend_fn)(tport_t *, msg_t *, tp_name_t const *, tag_type_t,
			    tag_value_t, ...);

/* What tport_tsend() of the library is; found once. Global because the
 * function that we stand in for takes no argument of ours. */
static tsend_fn *library_tsend(void)
{
	static tsend_fn *fn;

	if (!fn)
		*(void **)&fn = dlsym(RTLD_NEXT, "tport_tsend");
	return fn;
}

/* Refusals that nta makes by itself, before we see the request, become known
 * to us here only. Ours pass here too; a source has one line a second. */
static void say_refusal(const sip_status_t *st, const tp_name_t *to)
{
	char source[ADDR_LEN], phrase[64];
	unsigned missed;

	if (st->st_status == 413)
		counter_inc(CNT_SIP_TOO_LARGE);
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
		tpn = &to;
		say_refusal(s->sip_status, tpn);
	}
	ta_start(ta, tag, value);
	if (!response || response_target(&to, s->sip_via))
		used = library_tsend()(self, msg, tpn, ta_tags(ta));
	(void)ta_end(ta);

	if (!used && response) {
		log_debug("sip", "response lost, status=%d",
			  s->sip_status->st_status);
		return self;
	}
	return used;
}

/* nta finds the function as every shared library does: by the global search
 * order, in which the program itself comes first. */
bool sip_guard_works(void)
{
	return library_tsend() &&
	       dlsym(RTLD_DEFAULT, "tport_tsend") == (void *)tport_tsend;
}
