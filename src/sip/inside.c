/* inside.c - see inside.h */
#include "inside.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/counter.h"
#include "base/log.h"
#include "body.h"
#include "check.h"
#include "timer.h"

/* A request within a dialog on its way to being answered. */
struct req {
	struct sip_session *ss;
	nta_incoming_t *irq;
	const sip_t *s;
};

#define answer(r, ...) reply((r)->ss->sip, (r)->irq, __VA_ARGS__)

static void refuse(struct req *r, int status, const char *phrase)
{
	answer(r, status, phrase, TAG_END());
}

/* RFC 3261 14.2, RFC 3311 5.2: come back in a while */
static void refuse_for_now(struct req *r)
{
	char text[REPLY_TEXT_LEN];

	answer(r, SIP_500_INTERNAL_SERVER_ERROR,
	       SIPTAG_RETRY_AFTER_STR(reply_retry_text(text)), TAG_END());
}

/* An offer that must not be made now: 491 or 500. */
static void refuse_offer(struct req *r, int status)
{
	if (status == 491)
		refuse(r, SIP_491_REQUEST_PENDING);
	else
		refuse_for_now(r);
}

/* True if refused: an extension that we do not have. */
static bool refuse_extension(struct req *r)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	sip_unsupported_t *us = NULL;

	su_home_init(home);
	if (r->s->sip_require)
		us = sip_has_unsupported(home, r->ss->sip->supported,
					 r->s->sip_require);
	if (us) {
		counter_inc(CNT_SIP_EXTENSION);
		answer(r, SIP_420_BAD_EXTENSION, SIPTAG_UNSUPPORTED(us),
		       SIPTAG_SUPPORTED_STR(SIP_SUPPORTED), TAG_END());
	}
	su_home_deinit(home);
	return us != NULL;
}

/* True if refused: an interval that is too short for us. */
static bool refuse_interval(struct req *r)
{
	char text[REPLY_TEXT_LEN];
	uint32_t min_se_s;

	if (!timer_check(&r->ss->sip->cfg, r->s, &min_se_s))
		return false;
	snprintf(text, sizeof(text), "%u", min_se_s);
	answer(r, SIP_422_SESSION_TIMER_TOO_SMALL, SIPTAG_MIN_SE_STR(text),
	       TAG_END());
	return true;
}

/* True if refused: a body that we cannot read. Else *sdp is the caller's. */
static bool refuse_body(struct req *r, char **sdp, size_t *len)
{
	if (!body_sdp(r->s, sdp, len))
		return false;
	counter_inc(CNT_SIP_BODY_TYPE);
	answer(r, SIP_415_UNSUPPORTED_MEDIA, SIPTAG_ACCEPT_STR(SIP_ACCEPT),
	       SIPTAG_ACCEPT_ENCODING_STR("identity"), TAG_END());
	return true;
}

/* A request that moves the dialog's target. A Contact is not asked for: some
 * leave it out when nothing changes. */
static void take_target(struct req *r)
{
	session_learn(r->ss, r->s);
	if (r->s->sip_contact)
		nta_leg_server_route(r->ss->leg, NULL, r->s->sip_contact);
}

static void on_bye(struct req *r)
{
	struct sip_session *ss = r->ss;

	answer(r, SIP_200_OK, TAG_END());
	if (ss->state < SESSION_ENDING) {
		session_over(ss, SIP_END_BYE, "BYE", false);
		return;
	}
	/* it crossed ours, or came while ours still waited for the ACK */
	session_hold(ss);
	ss->bye_due = false;
	session_release(ss);
}

static void on_reinvite(struct req *r)
{
	struct sip_session *ss = r->ss;
	size_t len;
	char *sdp;
	int status;

	/* RFC 3261 14.2: the first one is not answered yet */
	if (ss->invite && nta_incoming_status(ss->invite) < 200) {
		refuse_for_now(r);
		return;
	}
	/* its ACK is not in, or a request of ours is out */
	if (ss->invite || ss->request) {
		refuse(r, SIP_491_REQUEST_PENDING);
		return;
	}
	if (refuse_extension(r) || refuse_interval(r) ||
	    refuse_body(r, &sdp, &len))
		return;
	status = offer_from_peer(&ss->offer);
	if (status) {
		refuse_offer(r, status);
		free(sdp);
		return;
	}
	if (!sdp)
		offer_dropped(&ss->offer);      /* it is for us to make */
	take_target(r);
	timer_propose(ss, r->s);
	ss->invite = r->irq;
	ss->offerless = !sdp;
	ss->described = false;
	nta_incoming_bind(r->irq, inside_on_ack_cancel, ss);
	session_hold(ss);
	ss->ops->on_offer(ss->arg, sdp, len);
	session_release(ss);
	free(sdp);
}

/* RFC 3311. Without a description it only refreshes. */
static void on_update(struct req *r)
{
	struct sip_session *ss = r->ss;
	size_t len;
	char *sdp;
	int status;

	if (ss->update) {
		refuse_for_now(r);
		return;
	}
	if (refuse_extension(r) || refuse_interval(r) ||
	    refuse_body(r, &sdp, &len))
		return;
	status = sdp ? offer_from_peer(&ss->offer) : 0;
	if (status) {
		refuse_offer(r, status);
		free(sdp);
		return;
	}
	take_target(r);
	/* before the first answer the INVITE is what sets the timer */
	if (ss->state >= SESSION_ANSWERED)
		timer_propose(ss, r->s);
	ss->update = r->irq;
	ss->update_offers = sdp != NULL;
	session_hold(ss);
	if (sdp)
		ss->ops->on_offer(ss->arg, sdp, len);
	else
		sip_session_accept(ss, NULL);
	session_release(ss);
	free(sdp);
}

/* RFC 6086 4.2.2: packages are not for us. Sofia does not know the header. */
static bool has_info_package(const sip_t *s)
{
	for (const sip_unknown_t *u = s->sip_unknown; u; u = u->un_next)
		if (u->un_name && !strcasecmp(u->un_name, "Info-Package"))
			return true;
	return false;
}

static void on_info(struct req *r)
{
	struct sip_session *ss = r->ss;
	char *body;
	size_t len;
	int status = 200;

	if (has_info_package(r->s)) {
		answer(r, 469, "Bad Info Package",
		       SIPTAG_HEADER_STR("Recv-Info: "), TAG_END());
		return;
	}
	body = body_text(r->s, &len);
	if (!body) {
		refuse(r, SIP_500_INTERNAL_SERVER_ERROR);
		return;
	}
	session_hold(ss);
	if (len)
		status = ss->ops->on_info(ss->arg, body_type(r->s), body, len);
	free(body);
	if (status == 415) {
		counter_inc(CNT_SIP_BODY_TYPE);
		answer(r, SIP_415_UNSUPPORTED_MEDIA,
		       SIPTAG_ACCEPT_STR("application/dtmf-relay, "
					 "application/dtmf"), TAG_END());
	} else {
		assert(status >= 200 && status <= 699);
		refuse(r, status, sip_status_phrase(status));
	}
	session_release(ss);
}

static void on_options(struct req *r)
{
	answer(r, SIP_200_OK, SIPTAG_ALLOW_STR(SIP_ALLOW),
	       SIPTAG_ACCEPT_STR(SIP_ACCEPT),
	       SIPTAG_SUPPORTED_STR(SIP_SUPPORTED), TAG_END());
}

/* An ACK whose INVITE is gone, or was refused. */
static void on_late_ack(struct req *r)
{
	nta_incoming_destroy(r->irq);
}

static void on_no_transaction(struct req *r)
{
	refuse(r, SIP_481_NO_TRANSACTION);
}

static void on_not_allowed(struct req *r)
{
	counter_inc(CNT_SIP_METHOD);
	answer(r, SIP_405_METHOD_NOT_ALLOWED, SIPTAG_ALLOW_STR(SIP_ALLOW),
	       TAG_END());
}

static void on_unknown(struct req *r)
{
	counter_inc(CNT_SIP_METHOD);
	answer(r, SIP_501_NOT_IMPLEMENTED, SIPTAG_ALLOW_STR(SIP_ALLOW),
	       TAG_END());
}

static const struct {
	sip_method_t method;
	bool over;                      /* also when the session is over */
	void (*on)(struct req *);
} methods[] = {
	{ sip_method_ack, true, on_late_ack },
	{ sip_method_bye, true, on_bye },
	{ sip_method_invite, false, on_reinvite },
	{ sip_method_update, false, on_update },
	{ sip_method_info, false, on_info },
	{ sip_method_options, true, on_options },
	{ sip_method_cancel, true, on_no_transaction },
	{ sip_method_prack, true, on_no_transaction },
	{ sip_method_notify, true, on_no_transaction },
	{ sip_method_unknown, true, on_unknown },
};

/* True if the peer asks more than a phone does. What ends or confirms is never
 * refused. Who does not stop has no call any more, and his requests belong to
 * nobody: those need no memory. */
static bool refuse_flood(struct req *r, sip_method_t method)
{
	struct sip_session *ss = r->ss;
	char text[REPLY_TEXT_LEN];
	enum pace_answer a;
	unsigned missed;

	if (method == sip_method_ack || method == sip_method_bye ||
	    method == sip_method_cancel || method == sip_method_prack)
		return false;
	a = pace_take(&ss->pace, ss->sip->cfg.request_rate, loop_now_us());
	if (a == PACE_PASS)
		return false;
	counter_inc(CNT_SIP_FLOOD);
	if (log_allow(ss->name, &missed))
		log_warn(ss->name, "too many requests in a call, missed=%u",
			 missed);
	answer(r, SIP_500_INTERNAL_SERVER_ERROR,
	       SIPTAG_RETRY_AFTER_STR(reply_retry_text(text)), TAG_END());
	if (a == PACE_END && ss->state < SESSION_ENDING)
		session_over(ss, SIP_END_LOCAL, "too many requests", false);
	return true;
}

int inside_on_request(struct sip_session *ss, nta_leg_t *leg,
		      nta_incoming_t *irq, const sip_t *s)
{
	struct req r = { .ss = ss, .irq = irq, .s = s };
	const sip_method_t method = s->sip_request->rq_method;
	const struct refusal *why = check_request(s);

	(void)leg;
	if (why && method != sip_method_ack) {
		counter_inc(CNT_SIP_BAD_REQUEST);
		refuse(&r, why->status, why->phrase);
		return 0;
	}
	if (refuse_flood(&r, method))
		return 0;
	session_follow(ss, irq, s);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (methods[i].method != method)
			continue;
		if (ss->ops || methods[i].over)
			methods[i].on(&r);
		else
			on_no_transaction(&r);
		return 0;
	}
	on_not_allowed(&r);
	return 0;
}

/* The answer to an offer of ours has come, or should have: true if so. A
 * handler may have ended the session. */
static bool take_answer(struct sip_session *ss, const sip_t *s)
{
	size_t len;
	char *sdp;

	if (body_sdp(s, &sdp, &len) || !sdp)
		return false;
	offer_answered(&ss->offer);
	ss->ops->on_answer(ss->arg, sdp, len);
	free(sdp);
	return true;
}

static void on_ack(struct sip_session *ss, const sip_t *s)
{
	const bool first = ss->state == SESSION_ANSWERED;

	ss->invite = NULL;
	if (ss->state >= SESSION_ENDING)
		return;
	if (first)
		session_set_state(ss, SESSION_UP);
	if (ss->offer.state == OFFER_OURS && !take_answer(ss, s)) {
		reply_reason_text("SIP", 400, "No answer in ACK", ss->reason);
		session_over(ss, SIP_END_NO_ACK, "no answer in ACK", true);
		return;
	}
	if (first && ss->state == SESSION_UP)
		ss->ops->on_confirmed(ss->arg);
}

/* The INVITE is taken back. A re-INVITE leaves the session as it was. */
static void on_cancel(struct sip_session *ss)
{
	const bool first = ss->state < SESSION_UP;

	nta_incoming_bind(ss->invite, NULL, NULL);
	reply(ss->sip, ss->invite, SIP_487_REQUEST_CANCELLED, TAG_END());
	ss->invite = NULL;
	offer_dropped(&ss->offer);
	if (first && ss->state < SESSION_ENDING)
		session_over(ss, SIP_END_CANCEL, "CANCEL", false);
}

/* No ACK to a 2xx in 32 s: the dialog stands, but is to be left by BYE (RFC
 * 3261 13.3.1.4). No PRACK to a 1xx: the INVITE is refused (RFC 3262 3). */
static void on_silence(struct sip_session *ss, nta_incoming_t *irq)
{
	const bool answered = nta_incoming_status(irq) >= 200;

	nta_incoming_bind(irq, NULL, NULL);
	if (answered)
		nta_incoming_destroy(irq);
	else
		reply(ss->sip, irq, SIP_504_GATEWAY_TIME_OUT, TAG_END());
	ss->invite = NULL;
	if (ss->state >= SESSION_ENDING)
		return;
	if (answered)
		reply_reason_text("SIP", 408, "No ACK", ss->reason);
	session_over(ss, answered ? SIP_END_NO_ACK : SIP_END_TRANSPORT,
		     answered ? "no ACK" : "no PRACK", answered);
}

int inside_on_ack_cancel(struct sip_session *ss, nta_incoming_t *irq,
			 const sip_t *s)
{
	const sip_method_t method = s ? s->sip_request->rq_method :
				    sip_method_invalid;

	session_hold(ss);
	if (irq != ss->invite) {
		nta_incoming_bind(irq, NULL, NULL);
		nta_incoming_destroy(irq);
	} else if (method == sip_method_ack) {
		nta_incoming_bind(irq, NULL, NULL);
		nta_incoming_destroy(irq);
		on_ack(ss, s);
	} else if (method == sip_method_cancel) {
		on_cancel(ss);
	} else {
		on_silence(ss, irq);
	}
	session_release(ss);
	return 0;
}

/* The PRACK's own body: the answer to the offer in our 1xx, or an offer that
 * goes on from there (RFC 3262 5). Returns the status to answer it with, 0: it
 * is answered, or will be with the answer to its offer. */
static int on_prack_body(struct sip_session *ss, nta_incoming_t *prack,
			 const sip_t *s)
{
	size_t len;
	char *sdp;

	if (ss->offer.state == OFFER_OURS) {
		take_answer(ss, s);
		return 200;
	}
	if (body_sdp(s, &sdp, &len) || !sdp)
		return 200;
	if (ss->update || offer_from_peer(&ss->offer)) {
		free(sdp);
		reply(ss->sip, prack, SIP_491_REQUEST_PENDING, TAG_END());
		return 0;
	}
	ss->update = prack;
	ss->update_offers = true;
	ss->ops->on_offer(ss->arg, sdp, len);
	free(sdp);
	return 0;
}

int inside_on_prack(struct sip_session *ss, nta_reliable_t *rel,
		    nta_incoming_t *prack, const sip_t *s)
{
	int status = 200;

	nta_reliable_destroy(rel);
	if (!prack)
		return 0;
	session_hold(ss);
	if (ss->ops)
		status = on_prack_body(ss, prack, s);
	session_release(ss);
	return status;
}
