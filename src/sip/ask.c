/* ask.c - see ask.h */
#include "ask.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "body.h"
#include "check.h"
#include "dial.h"
#include "timer.h"

enum {
	BUSY_MS = 500,          /* until the dialog is looked at again */
	TRIES_MAX = 6           /* of 491 and 500 in a row */
};

static int on_response(struct sip_session *ss, nta_outgoing_t *orq,
		       const sip_t *s);

/* All our requests go to the flow, from the port that it came to. */
nta_outgoing_t *ask_request(struct sip_session *ss, nta_response_f *h,
			    sip_method_t method, tag_type_t tag,
			    tag_value_t value, ...)
{
	static const struct auth nobody;
	const struct auth *auth = ss->dial ? &ss->dial->auth : &nobody;
	const bool says = auth->text[0] != '\0';
	char text[FLOW_URL_LEN];
	const char *route = flow_route(&ss->flow, text);
	nta_outgoing_t *orq;
	ta_list ta;

	ta_start(ta, tag, value);
	orq = nta_outgoing_tcreate(ss->leg, h, ss, URL_STRING_MAKE(route),
			method, NULL, NULL, TPTAG_IDENT(ss->flow.ident),
			SIPTAG_USER_AGENT_STR(ss->sip->cfg.user_agent),
			TAG_IF(says && !auth->proxy,
			       SIPTAG_AUTHORIZATION_STR(auth->text)),
			TAG_IF(says && auth->proxy,
			       SIPTAG_PROXY_AUTHORIZATION_STR(auth->text)),
			ta_tags(ta));
	(void)ta_end(ta);
	return orq;
}

static void ask_done(struct sip_session *ss)
{
	timer_stop(&ss->ask.retry);
	free(ss->ask.sdp);
	ss->ask.sdp = NULL;
	ss->ask.open = false;
	ss->ask.tries = 0;
}

/* The dialog is free for a request of ours that may carry an offer. */
static bool dialog_is_free(const struct sip_session *ss)
{
	return ss->state == SESSION_UP && !ss->invite && !ss->update &&
	       !ss->request && ss->offer.state == OFFER_IDLE;
}

static void send_ask(struct sip_session *ss)
{
	const struct refresh_terms *t = &ss->terms;
	const bool update = ss->ask.refresh && ss->peer_updates;
	const char *sdp = update ? NULL : ss->ask.sdp ? ss->ask.sdp : ss->sdp;
	char contact[FLOW_URL_LEN];
	char expires[TIMER_TEXT_LEN], min_se[TIMER_TEXT_LEN];

	/* whoever refreshes, goes on to (RFC 4028 7.1) */
	snprintf(expires, sizeof(expires), "%u;refresher=%s", t->interval_s,
		 t->ours ? "uac" : "uas");
	snprintf(min_se, sizeof(min_se), "%u", t->min_se_s);
	session_contact(ss, contact);
	if (sdp)
		offer_from_us(&ss->offer);
	ss->request = ask_request(ss, on_response,
		update ? sip_method_update : sip_method_invite,
		SIPTAG_CONTACT_STR(contact),
		SIPTAG_ALLOW_STR(SIP_ALLOW),
		/* a reliable 1xx in a dialog that is up would need a PRACK */
		SIPTAG_SUPPORTED_STR("timer"),
		TAG_IF(t->interval_s, SIPTAG_SESSION_EXPIRES_STR(expires)),
		TAG_IF(t->interval_s, SIPTAG_MIN_SE_STR(min_se)),
		TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
	if (!ss->request) {
		log_error(ss->name, "no memory for a request");
		offer_dropped(&ss->offer);
		timer_start(&ss->ask.retry, BUSY_MS);
	}
}

static void on_retry(void *arg)
{
	struct sip_session *ss = arg;

	if (dialog_is_free(ss))
		send_ask(ss);
	else
		timer_start(&ss->ask.retry, BUSY_MS);
}

void ask_init(struct sip_session *ss)
{
	timer_init(&ss->ask.retry, ss->sip->loop, on_retry, ss);
}

void ask_refresh(struct sip_session *ss)
{
	if (ss->ask.open)
		return;         /* an offer refreshes as well */
	ss->ask.open = true;
	ss->ask.refresh = true;
	on_retry(ss);
}

int sip_session_offer(struct sip_session *ss, const char *sdp)
{
	char *copy;

	if (ss->state != SESSION_ANSWERED && ss->state != SESSION_UP)
		return -ENOTCONN;
	if (ss->ask.open)
		return -EBUSY;
	copy = strdup(sdp);
	if (!copy)
		return -ENOMEM;
	ss->ask.open = true;
	ss->ask.refresh = false;
	ss->ask.sdp = copy;
	on_retry(ss);
	return 0;
}

/* A re-INVITE is cancelled so that nta stays to acknowledge its end. */
void ask_stop(struct sip_session *ss)
{
	ask_done(ss);
	if (!ss->request)
		return;
	nta_outgoing_bind(ss->request, NULL, NULL);
	if (nta_outgoing_method(ss->request) == sip_method_invite)
		nta_outgoing_tcancel(ss->request, NULL, NULL, TAG_END());
	nta_outgoing_destroy(ss->request);
	ss->request = NULL;
}

static int on_bye_response(struct sip_session *ss, nta_outgoing_t *orq,
			   const sip_t *s)
{
	const int status = nta_outgoing_status(orq);

	if (status < 200)
		return 0;
	session_hold(ss);
	ss->bye = NULL;
	if ((status == 401 || status == 407) && !ss->bye_again &&
	    dial_answers(ss, orq, s)) {
		ss->bye_again = true;
		ask_bye(ss);
	}
	nta_outgoing_destroy(orq);
	session_release(ss);
	return 0;
}

void ask_bye(struct sip_session *ss)
{
	ss->bye = ask_request(ss, on_bye_response, sip_method_bye,
			  TAG_IF(ss->reason[0], SIPTAG_REASON_STR(ss->reason)),
			  TAG_END());
}

/* nta keeps the ACK to repeat it when the 2xx is repeated. */
void ask_ack(struct sip_session *ss, nta_outgoing_t *invite)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	sip_cseq_t *cseq;
	nta_outgoing_t *ack = NULL;

	su_home_init(home);
	cseq = sip_cseq_create(home, nta_outgoing_cseq(invite), SIP_METHOD_ACK);
	if (cseq)
		ack = ask_request(ss, NULL, sip_method_ack, SIPTAG_CSEQ(cseq),
			      TAG_END());
	nta_outgoing_destroy(ack);
	dial_forget_auth(ss);
	su_home_deinit(home);
}

static void retry_in(struct sip_session *ss, int64_t ms)
{
	offer_dropped(&ss->offer);
	timer_start(&ss->ask.retry, ms);
}

/* The answer is yes. */
static void on_accepted(struct sip_session *ss, const sip_t *s, bool update)
{
	char *sdp = NULL;
	size_t len = 0;

	session_learn(ss, s);
	if (check_contact(s->sip_contact))
		nta_leg_client_reroute(ss->leg, NULL, s->sip_contact, 0);
	timer_confirmed(ss, s);
	if (update) {
		ask_done(ss);
		return;
	}
	if (body_sdp(s, &sdp, &len) || !sdp) {
		reply_reason_text("SIP", 400, "No answer in 2xx", ss->reason);
		session_over(ss, SIP_END_TRANSPORT, "no answer in 2xx", true);
		return;
	}
	if (ss->ask.sdp && session_keep_sdp(ss, ss->ask.sdp))
		log_error(ss->name, "no memory for a description");
	offer_answered(&ss->offer);
	ask_done(ss);
	ss->ops->on_answer(ss->arg, sdp, len);
	free(sdp);
}

/* Neither yes nor the end. The session timer runs on, and with it the
 * session, if it was a refresh that the peer does not want. */
static void on_rejected(struct sip_session *ss, int status)
{
	const bool refresh = ss->ask.refresh;

	offer_dropped(&ss->offer);
	ask_done(ss);
	log_info(ss->name, "%s refused, status=%d",
		 refresh ? "refresh" : "offer", status);
	timer_look_again(ss);
	if (!refresh && ss->ops->on_refused)
		ss->ops->on_refused(ss->arg, status);
}

/* RFC 3261 14.1: the Call-ID is not ours, so 0 to 2 s in steps of 10 ms. */
static int64_t glare_ms(void)
{
	return id_rand32() % 201 * 10;
}

static int64_t retry_after_ms(const sip_t *s)
{
	const sip_retry_after_t *r = s ? s->sip_retry_after : NULL;

	return r && r->af_delta <= 10 ? (int64_t)r->af_delta * 1000 : 5000;
}

static void on_failed(struct sip_session *ss, nta_outgoing_t *orq, int status,
		      const sip_t *s)
{
	const bool update = nta_outgoing_method(orq) == sip_method_update;
	const bool again = ss->ask.tries++ < TRIES_MAX;

	switch (status) {
	case 408: case 481:     /* RFC 3261 12.2.1.2: the dialog is gone */
	case 503:               /* of nta's own: the flow is broken */
		session_over(ss, ss->ask.refresh ? SIP_END_EXPIRED :
			     SIP_END_TRANSPORT, "no answer in the dialog",
			     status != 481);
		return;
	case 491:
		if (again) {
			retry_in(ss, glare_ms());
			return;
		}
		break;
	case 500:
		if (again) {
			retry_in(ss, retry_after_ms(s));
			return;
		}
		break;
	case 422:
		if (again && s && s->sip_min_se &&
		    s->sip_min_se->min_delta < 86400) {
			ss->terms.min_se_s = (uint32_t)s->sip_min_se->min_delta;
			if (ss->terms.interval_s < ss->terms.min_se_s)
				ss->terms.interval_s = ss->terms.min_se_s;
			retry_in(ss, 0);
			return;
		}
		break;
	case 401: case 407:
		if (again && dial_answers(ss, orq, s)) {
			retry_in(ss, 0);
			return;
		}
		break;
	case 405: case 501:     /* its Allow lied */
		if (update) {
			ss->peer_updates = false;
			retry_in(ss, 0);
			return;
		}
		break;
	}
	on_rejected(ss, status);
}

static int on_response(struct sip_session *ss, nta_outgoing_t *orq,
		       const sip_t *s)
{
	const int status = nta_outgoing_status(orq);
	const bool update = nta_outgoing_method(orq) == sip_method_update;

	assert(orq == ss->request);
	if (status < 200)
		return 0;
	session_hold(ss);
	ss->request = NULL;
	if (status < 300 && !update)
		ask_ack(ss, orq);
	dial_forget_auth(ss);
	if (status < 300)
		on_accepted(ss, s, update);
	else
		on_failed(ss, orq, status, s);
	nta_outgoing_destroy(orq);
	session_release(ss);
	return 0;
}
