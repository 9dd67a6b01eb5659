/*
 * dial.c - see dial.h
 *
 * The dialog gets its remote tag with the 2xx, not before: of several forks
 * the first that answers is it, and nta ends the others (NTATAG_UA). We do not
 * offer 100rel, so nothing in a 1xx has to be acted on.
 */
#include "dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ask.h"
#include "base/id.h"
#include "base/log.h"
#include "base/str.h"
#include "body.h"
#include "check.h"
#include "inside.h"
#include "timer.h"
#include "uri.h"

enum { TRIES_MAX = 4 };                 /* INVITEs: challenges, 422 */

static int on_response(struct sip_session *ss, nta_outgoing_t *orq,
		       const sip_t *s);

/* ---- where from --------------------------------------------------------- */

/* The address that packets to this one would leave from. */
static bool source_for(const union addr *peer, union addr *out)
{
	int fd = socket(peer->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*out);
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = fd >= 0 && connect(fd, &peer->sa, addr_len(peer)) == 0 &&
	     getsockname(fd, &out->sa, &len) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Our port that the peer is reached from: the very address, else any. */
static const struct sip_port *port_for(const struct sip *sip,
				       const union addr *peer, bool tcp)
{
	const struct sip_port *any = NULL;
	union addr from;
	const bool known = source_for(peer, &from);

	for (unsigned i = 0; i < sip->n_ports; i++) {
		const struct sip_port *p = &sip->ports[i];

		if (p->tcp != tcp || p->addr.sa.sa_family != peer->sa.sa_family)
			continue;
		if (known && addr_same_ip(&p->addr, &from))
			return p;
		if (!any)
			any = p;
	}
	return any;
}

static int flow_to(struct flow *f, const struct sip *sip,
		   const union addr *peer, bool tcp)
{
	const struct sip_port *p = port_for(sip, peer, tcp);

	if (!p)
		return -ENETUNREACH;
	*f = (struct flow){ .peer = *peer, .source = *peer, .local = p->addr,
			    .tcp = tcp, .ident = p->ident };
	return 0;
}

int sip_local(const struct sip *sip, const union addr *peer, bool tcp,
	      union addr *local)
{
	struct flow f;
	int err = flow_to(&f, sip, peer, tcp);

	if (!err)
		flow_local(&f, &sip->cfg.advertise, local);
	return err;
}

/* ---- our names ---------------------------------------------------------- */

static bool is_user(const char *s)
{
	static const char marks[] = "+*-._";
	size_t n = 0;

	for (; s[n]; n++)
		if (n == SIP_USER_MAX || !(strchr(marks, s[n]) ||
					   (s[n] >= '0' && s[n] <= '9') ||
					   (s[n] >= 'a' && s[n] <= 'z') ||
					   (s[n] >= 'A' && s[n] <= 'Z')))
			return false;
	return n > 0;
}

static bool is_host(const char *s)
{
	const size_t len = strlen(s);

	return len > 0 && len <= CHECK_HOST_MAX &&
	       strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz"
		      "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-:[]") == len;
}

/* "\"Alice\" <sip:1000@192.0.2.1:5060>" */
static void print_from(char *out, size_t size, const struct sip_dial *d,
		       const char *host)
{
	char name[SIP_USER_MAX];

	text_clean(name, sizeof(name), d->from_name ? d->from_name : "");
	for (char *c = name; *c; c++)
		if (*c == '"' || *c == '\\')
			*c = '\'';
	snprintf(out, size, "%s%s%s<sip:%s@%s>", *name ? "\"" : "", name,
		 *name ? "\" " : "", d->from_user, host);
}

static nta_leg_t *make_leg(struct sip_session *ss, const struct sip_dial *d)
{
	char from[SIP_URI_MAX], to[SIP_URI_MAX], ip[ADDR_LEN];
	union addr local;
	nta_leg_t *leg;

	flow_local(&ss->flow, &ss->sip->cfg.advertise, &local);
	print_from(from, sizeof(from), d, addr_print(&local, ip));
	snprintf(to, sizeof(to), "<sip:%s@%s>", d->to_user, d->to_host ?
		 d->to_host : addr_print(&d->peer, ip));
	leg = nta_leg_tcreate(ss->sip->nta, inside_on_request, ss,
			      SIPTAG_FROM_STR(from), SIPTAG_TO_STR(to),
			      TAG_END());
	if (leg && !nta_leg_tag(leg, NULL)) {
		nta_leg_destroy(leg);
		leg = NULL;
	}
	return leg;
}

/* ---- the INVITE --------------------------------------------------------- */

static int send_invite(struct sip_session *ss)
{
	const struct refresh_terms *t = &ss->next;
	char contact[FLOW_URL_LEN], expires[TIMER_TEXT_LEN],
	     min_se[TIMER_TEXT_LEN];

	snprintf(expires, sizeof(expires), "%u", t->interval_s);
	snprintf(min_se, sizeof(min_se), "%u", t->min_se_s);
	session_contact(ss, contact);
	ss->dial->tries++;
	ss->dial->invite = ask_request(ss, on_response, sip_method_invite,
		SIPTAG_CONTACT_STR(contact),
		SIPTAG_ALLOW_STR(SIP_ALLOW),
		SIPTAG_SUPPORTED_STR("timer"),
		TAG_IF(t->interval_s, SIPTAG_SESSION_EXPIRES_STR(expires)),
		TAG_IF(t->interval_s, SIPTAG_MIN_SE_STR(min_se)),
		SIPTAG_ACCEPT_STR("application/sdp"),
		SIPTAG_CONTENT_TYPE_STR("application/sdp"),
		SIPTAG_PAYLOAD_STR(ss->sdp), TAG_END());
	return ss->dial->invite ? 0 : -ENOMEM;
}

static void keep_call_id(struct dial *d)
{
	msg_t *msg = nta_outgoing_getrequest(d->invite);
	const sip_t *s = msg ? sip_object(msg) : NULL;

	if (s && s->sip_call_id)
		str_copy(d->call_id, sizeof(d->call_id), s->sip_call_id->i_id);
	msg_destroy(msg);
}

static int prepare(struct sip_session *ss, const struct sip_dial *d)
{
	ss->next.interval_s = ss->sip->cfg.session_expires_s;
	ss->next.min_se_s = ss->sip->cfg.min_se_s;
	ss->dial = calloc(1, sizeof(*ss->dial));
	ss->leg = make_leg(ss, d);
	if (!ss->dial || !ss->leg || session_keep_sdp(ss, d->sdp))
		return -ENOMEM;
	if (d->auth_user && *d->auth_user) {
		ss->dial->user = strdup(d->auth_user);
		ss->dial->password = strdup(d->auth_password ?
					    d->auth_password : "");
		if (!ss->dial->user || !ss->dial->password)
			return -ENOMEM;
	}
	offer_from_us(&ss->offer);
	if (send_invite(ss))
		return -ENOMEM;
	keep_call_id(ss->dial);
	return 0;
}

int sip_session_dial(struct sip_session **ssp, struct sip *sip,
		     const struct sip_dial *d,
		     const struct sip_session_ops *ops, void *arg)
{
	struct sip_session *ss;
	struct flow flow;
	int err;

	if (!is_user(d->to_user) || !is_user(d->from_user) ||
	    (d->to_host && !is_host(d->to_host)))
		return -EINVAL;
	err = flow_to(&flow, sip, &d->peer, d->tcp);
	if (err)
		return err;
	ss = session_make(sip, &flow);
	if (!ss)
		return -ENOMEM;
	session_hold(ss);
	err = prepare(ss, d);
	if (err) {
		session_set_state(ss, SESSION_DEAD);
	} else {
		sip_session_bind(ss, ops, arg);
		*ssp = ss;
	}
	session_release(ss);
	return err;
}

const char *sip_session_call_id(const struct sip_session *ss)
{
	return ss->dial ? ss->dial->call_id : "";
}

int sip_session_status(const struct sip_session *ss)
{
	return ss->dial ? ss->dial->status : 0;
}

/* ---- challenges --------------------------------------------------------- */

bool dial_answers(struct sip_session *ss, nta_outgoing_t *request,
		  const sip_t *s)
{
	struct dial *d = ss->dial;
	su_home_t home[1] = { SU_HOME_INIT(home) };
	struct digest_request req = { .nc = 1 };
	msg_t *msg;
	const sip_t *sent;
	bool ok = false;

	if (!d || !d->user || !s)
		return false;
	su_home_init(home);
	msg = nta_outgoing_getrequest(request);
	sent = msg ? sip_object(msg) : NULL;
	d->auth.proxy = s->sip_status->st_status == 407;
	if (sent && sent->sip_request) {
		const msg_auth_t *asked = d->auth.proxy ?
			s->sip_proxy_authenticate : s->sip_www_authenticate;

		req.method = sent->sip_request->rq_method_name;
		req.uri = url_as_string(home, sent->sip_request->rq_url);
		snprintf(req.cnonce, sizeof(req.cnonce), "%08x%08x",
			 id_rand32(), id_rand32());
		ok = req.uri && digest_answer(d->auth.text, asked,
			&(struct digest_user){ d->user, d->password },
			&req) == 0;
	}
	if (!ok)
		d->auth.text[0] = '\0';
	msg_destroy(msg);
	su_home_deinit(home);
	return ok;
}

void dial_forget_auth(struct sip_session *ss)
{
	if (ss->dial)
		ss->dial->auth.text[0] = '\0';
}

/* ---- the response ------------------------------------------------------- */

/* The dialog is what this 2xx says. A Contact that nothing can be sent to, or
 * such a route, leaves it as good as it can be for ACK and BYE. */
static bool make_dialog(struct sip_session *ss, const sip_t *s)
{
	const bool sound = s->sip_to->a_tag && check_contact(s->sip_contact) &&
			   check_routes(s->sip_record_route);

	if (s->sip_to->a_tag)
		nta_leg_rtag(ss->leg, s->sip_to->a_tag);
	if (sound)
		nta_leg_client_route(ss->leg, s->sip_record_route,
				     s->sip_contact);
	return sound;
}

static void on_answered(struct sip_session *ss, const sip_t *s, bool sound)
{
	char *sdp = NULL;
	size_t len = 0;

	session_learn(ss, s);
	if (!sound || body_sdp(s, &sdp, &len) || !sdp) {
		reply_reason_text("SIP", 400, "Bad answer in 2xx", ss->reason);
		session_over(ss, SIP_END_REFUSED, "no usable answer in 2xx",
			     true);
		return;
	}
	session_set_state(ss, SESSION_UP);
	ss->terms.min_se_s = ss->next.min_se_s;
	timer_confirmed(ss, s);
	offer_answered(&ss->offer);
	ss->ops->on_answer(ss->arg, sdp, len);
	if (ss->state == SESSION_UP)
		ss->ops->on_confirmed(ss->arg);
	free(sdp);
}

static void on_2xx(struct sip_session *ss, nta_outgoing_t *orq, const sip_t *s)
{
	const bool sound = make_dialog(ss, s);

	ask_ack(ss, orq);
	nta_outgoing_destroy(orq);
	if (ss->state >= SESSION_ENDING)
		ss->bye_due = true;     /* it crossed our CANCEL */
	else
		on_answered(ss, s, sound);
}

/* Is there something to be tried again? It is on its way then. */
static bool again(struct sip_session *ss, nta_outgoing_t *orq, int status,
		  const sip_t *s)
{
	bool worth = false;

	if (ss->dial->tries >= TRIES_MAX || ss->state >= SESSION_ENDING)
		return false;
	if (status == 401 || status == 407) {
		worth = dial_answers(ss, orq, s);
	} else if (status == 422 && s && s->sip_min_se &&
		   s->sip_min_se->min_delta < 86400) {
		ss->next.min_se_s = (uint32_t)s->sip_min_se->min_delta;
		worth = ss->next.interval_s < ss->next.min_se_s;
		ss->next.interval_s = ss->next.min_se_s;
	}
	return worth && send_invite(ss) == 0;
}

static int on_response(struct sip_session *ss, nta_outgoing_t *orq,
		       const sip_t *s)
{
	const int status = nta_outgoing_status(orq);

	if (status < 200) {
		if (status == 100 || ss->state >= SESSION_ENDING)
			return 0;
		if (ss->state == SESSION_NEW)
			session_set_state(ss, SESSION_EARLY);
		if (ss->ops->on_progress)
			ss->ops->on_progress(ss->arg, status);
		return 0;
	}
	session_hold(ss);
	ss->dial->invite = NULL;
	ss->dial->status = status;
	nta_outgoing_bind(orq, NULL, NULL);
	if (status < 300 && s) {
		on_2xx(ss, orq, s);
	} else {
		const bool more = again(ss, orq, status, s);

		nta_outgoing_destroy(orq);
		if (!more && ss->state < SESSION_ENDING)
			session_over(ss, SIP_END_REFUSED,
				     sip_status_phrase(status), false);
	}
	session_release(ss);
	return 0;
}

/* ---- the end ------------------------------------------------------------ */

bool dial_is_open(const struct sip_session *ss)
{
	return ss->dial && ss->dial->invite;
}

void dial_cancel(struct sip_session *ss)
{
	if (dial_is_open(ss))
		nta_outgoing_tcancel(ss->dial->invite, NULL, NULL, TAG_END());
}

void dial_free(struct sip_session *ss)
{
	struct dial *d = ss->dial;

	if (!d)
		return;
	if (d->invite) {
		nta_outgoing_bind(d->invite, NULL, NULL);
		nta_outgoing_destroy(d->invite);
	}
	if (d->password)
		explicit_bzero(d->password, strlen(d->password));
	free(d->user);
	free(d->password);
	free(d);
}
