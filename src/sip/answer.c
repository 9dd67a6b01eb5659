/*
 * answer.c - what the owner says to a session: ringing, yes, no, the end. The
 * half of sip.h that answers requests of the peer; ask.c makes ours.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "base/log.h"
#include "inside.h"
#include "session.h"
#include "timer.h"

void sip_session_bind(struct sip_session *ss,
		      const struct sip_session_ops *ops, void *arg)
{
	ss->ops = ops;
	ss->arg = arg;
}

/* An INVITE of theirs that has no final answer yet. */
static bool invite_open(const struct sip_session *ss)
{
	return ss->invite && nta_incoming_status(ss->invite) < 200;
}

static int progress_reliably(struct sip_session *ss, int status,
			     const char *contact, const char *sdp)
{
	/* RFC 3261 13.2.1: the first reliable answer has to make the offer
	 * that the INVITE did not */
	if (ss->offerless && !ss->described && !sdp)
		return -EPROTO;
	if (!nta_reliable_treply(ss->invite, inside_on_prack, ss, status, NULL,
		SIPTAG_CONTACT_STR(contact),
		SIPTAG_SERVER_STR(ss->sip->cfg.user_agent),
		TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END()))
		return -EIO;
	if (!sdp || ss->described)
		return 0;
	ss->described = true;
	if (ss->offerless)
		offer_from_us(&ss->offer);
	else
		offer_answered(&ss->offer);
	return session_keep_sdp(ss, sdp);
}

int sip_session_progress(struct sip_session *ss, const char *sdp)
{
	const int status = sdp ? 183 : 180;
	char contact[FLOW_URL_LEN];
	int err;

	if (!invite_open(ss) || ss->state > SESSION_EARLY)
		return -ENOENT;
	session_contact(ss, contact);
	if (ss->wants_100rel)
		err = progress_reliably(ss, status, contact, sdp);
	else if (sdp && ss->offerless)
		err = -EPROTO;  /* an offer must not get lost */
	else
		err = reply(ss->sip, ss->invite, status, NULL,
			    SIPTAG_CONTACT_STR(contact),
			    TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR(
				    "application/sdp")),
			    TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
	if (!err && ss->state == SESSION_NEW)
		session_set_state(ss, SESSION_EARLY);
	return err;
}

/* 200 with all that it says about us; timer: and about the session timer. */
static int send_200(struct sip_session *ss, nta_incoming_t *irq,
		    const char *sdp, bool timer)
{
	char contact[FLOW_URL_LEN], text[TIMER_TEXT_LEN];
	const char *expires = timer ? timer_answer_text(ss, text) : NULL;
	const bool require = timer && timer_answer_requires(ss);

	session_contact(ss, contact);
	return reply(ss->sip, irq, SIP_200_OK,
		     SIPTAG_CONTACT_STR(contact),
		     SIPTAG_ALLOW_STR(SIP_ALLOW),
		     SIPTAG_SUPPORTED_STR(SIP_SUPPORTED),
		     TAG_IF(expires, SIPTAG_SESSION_EXPIRES_STR(expires)),
		     TAG_IF(require, SIPTAG_REQUIRE_STR("timer")),
		     TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
		     TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
}

static int accept_update(struct sip_session *ss, const char *sdp)
{
	const bool timer = ss->state >= SESSION_ANSWERED &&
		nta_incoming_method(ss->update) == sip_method_update;
	int err;

	if (ss->update_offers != (sdp != NULL))
		return -EINVAL;
	err = send_200(ss, ss->update, sdp, timer);
	ss->update = NULL;
	if (sdp) {
		offer_answered(&ss->offer);
		if (!err)
			err = session_keep_sdp(ss, sdp);
	}
	if (timer)
		timer_agree(ss);
	return err;
}

static int accept_invite(struct sip_session *ss, const char *sdp)
{
	int err;

	if (ss->described)
		sdp = NULL;     /* they have it, for certain */
	else if (!sdp)
		return -EINVAL;
	err = send_200(ss, ss->invite, sdp, true);
	if (err)
		return err;
	if (sdp && ss->offerless)
		offer_from_us(&ss->offer);
	else if (sdp)
		offer_answered(&ss->offer);
	timer_agree(ss);
	if (ss->state < SESSION_ANSWERED)
		session_set_state(ss, SESSION_ANSWERED);
	return sdp ? session_keep_sdp(ss, sdp) : 0;
}

int sip_session_accept(struct sip_session *ss, const char *sdp)
{
	if (ss->update)
		return accept_update(ss, sdp);
	if (invite_open(ss) && ss->state != SESSION_ANSWERED)
		return accept_invite(ss, sdp);
	return -ENOENT;
}

static void send_refusal(struct sip_session *ss, nta_incoming_t *irq,
			 int status, int warning, unsigned retry_s)
{
	char retry[REPLY_TEXT_LEN], text[REPLY_TEXT_LEN];

	snprintf(retry, sizeof(retry), "%u", retry_s);
	if (warning)
		reply_warning_text(warning, text);
	reply(ss->sip, irq, status, sip_status_phrase(status),
	      TAG_IF(warning, SIPTAG_WARNING_STR(text)),
	      TAG_IF(retry_s, SIPTAG_RETRY_AFTER_STR(retry)),
	      TAG_IF(status == 488 || status == 606,
		     SIPTAG_ACCEPT_STR(SIP_ACCEPT)),
	      TAG_IF(ss->reason[0], SIPTAG_REASON_STR(ss->reason)),
	      TAG_END());
}

void sip_session_refuse(struct sip_session *ss, int status, int warning,
			unsigned retry_s)
{
	nta_incoming_t *irq = ss->update ? ss->update : ss->invite;
	const bool invite = irq == ss->invite;
	const bool first = invite && ss->state < SESSION_ANSWERED;

	if (!irq || (invite && (!invite_open(ss) ||
				ss->state == SESSION_ANSWERED)))
		return;
	if (invite) {
		nta_incoming_bind(irq, NULL, NULL);
		ss->invite = NULL;
	} else {
		ss->update = NULL;
	}
	session_hold(ss);
	send_refusal(ss, irq, status, warning, retry_s);
	if (invite || ss->update_offers)
		offer_dropped(&ss->offer);
	if (first)
		session_over(ss, SIP_END_LOCAL, "refused", false);
	session_release(ss);
}

void sip_session_reason(struct sip_session *ss, int cause, const char *text)
{
	reply_reason_text("Q.850", cause, text, ss->reason);
}

void sip_session_end(struct sip_session *ss, int cause, const char *text)
{
	if (ss->state >= SESSION_ENDING)
		return;
	if (cause)
		sip_session_reason(ss, cause, text);
	if (ss->state >= SESSION_ANSWERED || ss->dial) {
		session_over(ss, SIP_END_LOCAL, "ended",
			     ss->state >= SESSION_ANSWERED);
		return;
	}
	session_hold(ss);
	if (ss->update)
		sip_session_refuse(ss, 487, 0, 0);
	sip_session_refuse(ss, 480, 0, 0);
	session_release(ss);
}
