/*
 * outside.c - requests that belong to no dialog: new calls, questions, and
 * what wandered here.
 *
 * nta hands them over as bare messages. All that is refused, and every answer
 * to OPTIONS, is answered without a transaction, so that a flood of them leaves
 * nothing in memory; only a call that is taken gets one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accept.h"
#include "agent.h"
#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "body.h"
#include "check.h"
#include "reply.h"
#include "session.h"
#include "timer.h"
#include "uri.h"

enum { UNACKED_US = 2000000, UNACKED_RETRY_S = 32 };

/* A request on its way to being answered. */
struct stray {
	struct sip *sip;
	msg_t *msg;
	sip_t *s;
	struct flow flow;
};

static void complain(const struct stray *r, const char *what)
{
	char ip[ADDR_LEN], text[ADDR_LEN], method[32];
	unsigned missed;

	if (!log_allow(addr_print_ip(&r->flow.source, ip), &missed))
		return;
	text_clean(method, sizeof(method), r->s->sip_request->rq_method_name);
	log_warn("sip", "refused, reason=\"%s\" method=%s source=%s missed=%u",
		 what, method, addr_print(&r->flow.source, text), missed);
}

static void refuse_bad(struct stray *r, const struct refusal *why)
{
	counter_inc(CNT_SIP_BAD_REQUEST);
	complain(r, why->phrase);
	reply_stateless(r->sip, r->msg, r->s, why->status, why->phrase,
			TAG_END());
}

static void refuse_busy(struct stray *r, unsigned retry_s)
{
	char text[REPLY_TEXT_LEN];

	snprintf(text, sizeof(text), "%u", retry_s);
	reply_stateless(r->sip, r->msg, r->s, SIP_503_SERVICE_UNAVAILABLE,
			SIPTAG_RETRY_AFTER_STR(text), TAG_END());
}

/* RFC 3261 8.2.2.3. True if refused. */
static bool refuse_extension(struct stray *r)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	sip_unsupported_t *us = NULL;

	su_home_init(home);
	if (r->s->sip_require)
		us = sip_has_unsupported(home, r->sip->supported,
					 r->s->sip_require);
	if (us) {
		counter_inc(CNT_SIP_EXTENSION);
		reply_stateless(r->sip, r->msg, r->s, SIP_420_BAD_EXTENSION,
				SIPTAG_UNSUPPORTED(us),
				SIPTAG_SUPPORTED_STR(SIP_SUPPORTED), TAG_END());
	}
	su_home_deinit(home);
	return us != NULL;
}

/* A phone acknowledges in a round trip, or when the 200 is repeated. Whoever
 * lets many calls wait for longer means to fill the house: each would hold its
 * place for 32 s. */
static bool has_unacked(const struct sip *sip, const union addr *source)
{
	const int64_t now_us = loop_now_us();
	const struct sip_session *ss;
	unsigned n = 0;

	if (!sip->cfg.unacked_max)
		return false;
	list_each(&sip->sessions, ss, tmp, struct sip_session, in_sip)
		n += ss->state == SESSION_ANSWERED &&
			now_us - ss->state_us > UNACKED_US &&
			addr_same_source(&ss->flow.source, source);
	return n >= sip->cfg.unacked_max;
}

/* True if it was answered: too many calls from there, or of all. */
static bool refuse_overload(struct stray *r)
{
	unsigned retry_s;

	if (r->sip->buckets) {
		enum bucket_answer a = bucket_take(r->sip->buckets,
						   &r->flow.source,
						   loop_now_us());

		if (a != BUCKET_PASS) {
			counter_inc(CNT_SIP_OVERLOAD);
			complain(r, "too many calls from one source");
		}
		if (a == BUCKET_DROP)
			msg_destroy(r->msg);
		else if (a == BUCKET_REFUSE)
			refuse_busy(r, 2);
		if (a != BUCKET_PASS)
			return true;
	}
	if (has_unacked(r->sip, &r->flow.source)) {
		counter_inc(CNT_SIP_UNACKED);
		complain(r, "too many calls without ACK from one source");
		refuse_busy(r, UNACKED_RETRY_S);
		return true;
	}
	retry_s = r->sip->ops->busy(r->sip->arg);
	if (!retry_s)
		return false;
	counter_inc(CNT_SIP_OVERLOAD);
	refuse_busy(r, retry_s);
	return true;
}

/* The texts of an INVITE, cleaned, for the time of one call. */
struct texts {
	char call_id[CHECK_CALL_ID_MAX + 1];
	char to_user[SIP_USER_MAX], to_host[CHECK_HOST_MAX + 1];
	char pin[SIP_PARAM_MAX];
	char from_uri[SIP_URI_MAX], from_user[SIP_USER_MAX];
	char from_name[SIP_USER_MAX];
	char user_agent[SIP_USER_MAX];
	char languages[ACCEPT_LEN];
};

static void from_texts(struct texts *t, const sip_t *s)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	const url_t *u = s->sip_from->a_url;

	su_home_init(home);
	text_clean(t->from_uri, sizeof(t->from_uri), url_as_string(home, u));
	su_home_deinit(home);
	if (!u->url_user || uri_unescape(t->from_user, sizeof(t->from_user),
					 u->url_user))
		text_clean(t->from_user, sizeof(t->from_user), u->url_user);
	text_unquote(t->from_name, sizeof(t->from_name),
		     s->sip_from->a_display);
	text_clean(t->user_agent, sizeof(t->user_agent), s->sip_user_agent ?
		   s->sip_user_agent->g_string : NULL);
	accept_languages(t->languages, s->sip_accept_language);
	text_clean(t->call_id, sizeof(t->call_id), s->sip_call_id->i_id);
}

/* Whom is this call for? What is dialled must be understood as it is or not at
 * all: no cutting, no mending. */
static const struct refusal *to_texts(struct texts *t, const sip_t *s,
				      bool *has_pin)
{
	static const struct refusal bad_uri = { 400, "Bad Request-URI" };
	static const struct refusal long_uri = { 414, "Request-URI Too Long" };
	const url_t *u = s->sip_request->rq_url;
	int err = uri_unescape(t->to_user, sizeof(t->to_user),
			       u->url_user ? u->url_user : "");

	if (err)
		return err == -ENAMETOOLONG ? &long_uri : &bad_uri;
	text_clean(t->to_host, sizeof(t->to_host), u->url_host);
	err = uri_param(t->pin, sizeof(t->pin), u->url_params, "pin");
	*has_pin = err == 0;
	return err == -ENAMETOOLONG ? &long_uri : err == -EINVAL ? &bad_uri :
	       NULL;
}

/* The session is the owner's from here: bound in on_invite(), or refused. */
static void hand_over(struct stray *r, const struct texts *t, bool has_pin,
		      const char *sdp, size_t sdp_len)
{
	struct sip *sip = r->sip;
	struct sip_session *ss;
	struct sip_invite inv = {
		.call_id = t->call_id, .to_user = t->to_user,
		.to_host = t->to_host, .pin = has_pin ? t->pin : NULL,
		.params = r->s->sip_request->rq_url->url_params,
		.from_uri = t->from_uri, .from_user = t->from_user,
		.from_name = t->from_name, .user_agent = t->user_agent,
		.languages = t->languages,
		.source = r->flow.source,
		.transport = r->flow.tcp ? "tcp" : "udp",
		.sdp = sdp, .sdp_len = sdp_len
	};
	char text[ADDR_LEN];

	counter_inc(CNT_SIP_INVITE);
	flow_local(&r->flow, &sip->cfg.advertise, &inv.local);
	if (session_new(&ss, sip, r->msg, r->s, &r->flow)) {
		log_error("sip", "no memory for a call");
		return;
	}
	session_hold(ss);
	timer_propose(ss, r->s);
	ss->offerless = !sdp;
	if (sdp)
		offer_from_peer(&ss->offer);
	/* no PIN of 1000*PIN in the log */
	log_debug(ss->name, "new, call_id=%s from=%s to=%.*s source=%s "
		  "transport=%s", inv.call_id, inv.from_uri,
		  (int)strcspn(inv.to_user, "*"), inv.to_user,
		  addr_print(&inv.source, text), inv.transport);
	sip->ops->on_invite(sip->arg, ss, &inv);
	if (ss->state < SESSION_ENDING && !ss->ops) {
		log_error(ss->name, "nobody took this call");
		sip_session_refuse(ss, 500, 0, 0);
	}
	session_release(ss);
}

static void on_invite(struct stray *r)
{
	const struct refusal *why = check_new_call(r->s);
	char text[REPLY_TEXT_LEN], *sdp;
	struct texts t;
	bool has_pin;
	uint32_t min_se_s;
	size_t len;
	int err;

	if (!why)
		why = to_texts(&t, r->s, &has_pin);
	if (why) {
		refuse_bad(r, why);
		return;
	}
	if (refuse_overload(r) || refuse_extension(r))
		return;
	if (timer_check(&r->sip->cfg, r->s, &min_se_s)) {
		snprintf(text, sizeof(text), "%u", min_se_s);
		reply_stateless(r->sip, r->msg, r->s,
				SIP_422_SESSION_TIMER_TOO_SMALL,
				SIPTAG_MIN_SE_STR(text), TAG_END());
		return;
	}
	err = body_sdp(r->s, &sdp, &len);
	if (err) {
		counter_inc(CNT_SIP_BODY_TYPE);
		reply_stateless(r->sip, r->msg, r->s, SIP_415_UNSUPPORTED_MEDIA,
				SIPTAG_ACCEPT_STR(SIP_ACCEPT),
				SIPTAG_ACCEPT_ENCODING_STR("identity"),
				TAG_END());
		return;
	}
	from_texts(&t, r->s);
	hand_over(r, &t, has_pin, sdp, len);
	free(sdp);
}

/* Load balancers ask us like this whether to send calls here. */
static void on_options(struct stray *r)
{
	unsigned retry_s;

	if (refuse_extension(r))
		return;
	retry_s = r->sip->ops->busy(r->sip->arg);
	if (retry_s)
		refuse_busy(r, retry_s);
	else
		reply_stateless(r->sip, r->msg, r->s, SIP_200_OK,
				SIPTAG_ALLOW_STR(SIP_ALLOW),
				SIPTAG_ACCEPT_STR(SIP_ACCEPT),
				SIPTAG_SUPPORTED_STR(SIP_SUPPORTED), TAG_END());
}

static void on_no_dialog(struct stray *r)
{
	reply_stateless(r->sip, r->msg, r->s, SIP_481_NO_TRANSACTION,
			TAG_END());
}

static void on_ignored(struct stray *r)
{
	msg_destroy(r->msg);
}

/* RFC 3261 8.2.1: 405 for what we know and do not do, 501 for the rest. */
static void on_not_allowed(struct stray *r)
{
	counter_inc(CNT_SIP_METHOD);
	complain(r, "method not allowed");
	reply_stateless(r->sip, r->msg, r->s, SIP_405_METHOD_NOT_ALLOWED,
			SIPTAG_ALLOW_STR(SIP_ALLOW), TAG_END());
}

static void on_unknown(struct stray *r)
{
	counter_inc(CNT_SIP_METHOD);
	complain(r, "method unknown");
	reply_stateless(r->sip, r->msg, r->s, SIP_501_NOT_IMPLEMENTED,
			SIPTAG_ALLOW_STR(SIP_ALLOW), TAG_END());
}

static const struct {
	sip_method_t method;
	void (*on)(struct stray *);
} methods[] = {
	{ sip_method_invite, on_invite },
	{ sip_method_options, on_options },
	{ sip_method_ack, on_ignored },
	/* these exist within a dialog or a transaction only */
	{ sip_method_bye, on_no_dialog },
	{ sip_method_cancel, on_no_dialog },
	{ sip_method_info, on_no_dialog },
	{ sip_method_notify, on_no_dialog },
	{ sip_method_prack, on_no_dialog },
	{ sip_method_update, on_no_dialog },
	{ sip_method_unknown, on_unknown },
};

static void dispatch(struct stray *r)
{
	const sip_method_t method = r->s->sip_request->rq_method;
	const struct refusal *why = check_request(r->s);

	if (method == sip_method_ack) {
		on_ignored(r);
		return;
	}
	if (why) {
		refuse_bad(r, why);
		return;
	}
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (methods[i].method != method)
			continue;
		/* RFC 3261 12.2.2: a dialog that is none of ours */
		if (r->s->sip_to->a_tag && method != sip_method_unknown)
			on_no_dialog(r);
		else
			methods[i].on(r);
		return;
	}
	on_not_allowed(r);
}

int sip_on_message(struct sip *sip, nta_agent_t *nta, msg_t *msg, sip_t *s)
{
	struct stray r = { .sip = sip, .msg = msg, .s = s };
	tport_t *transport = nta_incoming_transport(nta, NULL, msg);

	if (!s->sip_request) {
		msg_destroy(msg);       /* a response, late or forged */
	} else if (flow_of(&r.flow, s, msg, transport)) {
		counter_inc(CNT_SIP_BAD_REQUEST);
		msg_destroy(msg);
	} else {
		dispatch(&r);
	}
	tport_unref(transport);
	return 0;
}
