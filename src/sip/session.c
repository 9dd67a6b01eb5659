/* session.c - the life of a session: see session.h. */
#include "session.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "base/log.h"
#include "dial.h"
#include "inside.h"
#include "timer.h"

static const char *const state_names[] = {
	[SESSION_NEW] = "new", [SESSION_EARLY] = "early",
	[SESSION_ANSWERED] = "answered", [SESSION_UP] = "up",
	[SESSION_ENDING] = "ending", [SESSION_DEAD] = "dead"
};

void session_set_state(struct sip_session *ss, enum session_state state)
{
	log_debug(ss->name, "%s -> %s", state_names[ss->state],
		  state_names[state]);
	ss->state = state;
	ss->state_us = loop_now_us();
}

/* Everything of nta's is bound away before it goes: no callback comes later. */
static void session_free(struct sip_session *ss)
{
	list_del(&ss->sip->sessions, &ss->in_sip);
	timer_end(ss);
	ask_stop(ss);
	if (ss->invite) {
		nta_incoming_bind(ss->invite, NULL, NULL);
		nta_incoming_destroy(ss->invite);
	}
	if (ss->update)
		nta_incoming_destroy(ss->update);
	if (ss->bye) {
		nta_outgoing_bind(ss->bye, NULL, NULL);
		nta_outgoing_destroy(ss->bye);
	}
	dial_free(ss);
	if (ss->leg)
		nta_leg_destroy(ss->leg);
	tport_unref(ss->transport);
	free(ss->ask.sdp);
	free(ss->sdp);
	free(ss);
}

void session_hold(struct sip_session *ss)
{
	ss->holds++;
}

/* What is left to do after the owner was told. RFC 3261 15: no BYE before the
 * ACK, or before it is overdue. */
static void settle(struct sip_session *ss)
{
	const bool open = ss->invite || dial_is_open(ss);

	if (ss->bye_due && !open) {
		ss->bye_due = false;
		ask_bye(ss);
	}
	if (!open && !ss->bye)
		session_set_state(ss, SESSION_DEAD);
}

void session_release(struct sip_session *ss)
{
	assert(ss->holds);
	if (--ss->holds)
		return;
	if (ss->state == SESSION_ENDING)
		settle(ss);
	if (ss->state == SESSION_DEAD)
		session_free(ss);
}

/* A leg that has its local tag from the beginning does not match a second
 * INVITE without one: that is another call, or a merged request. */
static nta_leg_t *leg_new(struct sip_session *ss, const sip_t *s,
			  const char *tag)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	sip_to_t *to;
	nta_leg_t *leg = NULL;

	su_home_init(home);
	to = sip_to_dup(home, s->sip_to);
	if (to && sip_to_tag(home, to, tag) == 0)
		leg = nta_leg_tcreate(ss->sip->nta, inside_on_request, ss,
				      SIPTAG_CALL_ID(s->sip_call_id),
				      SIPTAG_FROM(to),
				      SIPTAG_TO(s->sip_from),
				      NTATAG_REMOTE_CSEQ(s->sip_cseq->cs_seq),
				      TAG_END());
	if (leg && nta_leg_server_route(leg, s->sip_record_route,
					s->sip_contact) < 0) {
		nta_leg_destroy(leg);
		leg = NULL;
	}
	su_home_deinit(home);
	return leg;
}

struct sip_session *session_make(struct sip *sip, const struct flow *flow)
{
	struct sip_session *ss = calloc(1, sizeof(*ss));

	if (!ss)
		return NULL;
	ss->sip = sip;
	ss->flow = *flow;
	snprintf(ss->name, sizeof(ss->name), "sip %u", ++sip->last_id);
	list_add(&sip->sessions, &ss->in_sip);
	ask_init(ss);
	timer_setup(ss);
	return ss;
}

int session_new(struct sip_session **ssp, struct sip *sip, msg_t *msg,
		sip_t *s, const struct flow *flow)
{
	struct sip_session *ss = session_make(sip, flow);
	nta_incoming_t *irq = nta_incoming_create(sip->nta, NULL, msg, s,
						  TAG_END());
	const char *tag;

	if (!ss || !irq) {
		nta_incoming_destroy(irq);
		if (ss)
			session_free(ss);
		return -ENOMEM;
	}
	ss->invite = irq;
	ss->transport = nta_incoming_transport(sip->nta, irq, NULL);

	tag = nta_incoming_tag(irq, NULL);
	ss->leg = tag ? leg_new(ss, s, tag) : NULL;
	if (!ss->leg) {
		session_free(ss);
		return -ENOMEM;
	}
	nta_incoming_bind(irq, inside_on_ack_cancel, ss);
	ss->wants_100rel = s->sip_require &&
			   sip_has_feature(s->sip_require, "100rel");
	session_learn(ss, s);
	*ssp = ss;
	return 0;
}

void session_learn(struct sip_session *ss, const sip_t *s)
{
	if (s->sip_allow)
		ss->peer_updates = sip_is_allowed(s->sip_allow,
						  sip_method_update, "UPDATE");
	if (s->sip_supported)
		ss->peer_timer = sip_has_feature(s->sip_supported, "timer");
}

int session_keep_sdp(struct sip_session *ss, const char *sdp)
{
	char *copy = strdup(sdp);

	if (!copy)
		return -ENOMEM;
	free(ss->sdp);
	ss->sdp = copy;
	return 0;
}

void session_follow(struct sip_session *ss, nta_incoming_t *irq,
		    const sip_t *s)
{
	tport_t *transport = nta_incoming_transport(ss->sip->nta, irq, NULL);
	msg_t *msg = nta_incoming_getrequest(irq);
	struct flow flow;

	if (transport && msg && flow_of(&flow, s, msg, transport) == 0) {
		tport_unref(ss->transport);
		ss->transport = tport_ref(transport);
		ss->flow = flow;
	}
	msg_destroy(msg);
	tport_unref(transport);
}

const char *session_contact(const struct sip_session *ss,
			    char out[static FLOW_URL_LEN])
{
	return flow_contact(&ss->flow, &ss->sip->cfg.advertise, out);
}

/* Their requests that still wait are answered before the end (RFC 3261
 * 15.1.2); a 2xx that waits for its ACK goes on waiting. */
static void close_requests(struct sip_session *ss)
{
	if (ss->update) {
		reply(ss->sip, ss->update, SIP_487_REQUEST_TERMINATED,
		      TAG_END());
		ss->update = NULL;
	}
	if (ss->invite && nta_incoming_status(ss->invite) < 200 &&
	    ss->state != SESSION_ANSWERED) {
		nta_incoming_bind(ss->invite, NULL, NULL);
		reply(ss->sip, ss->invite, SIP_487_REQUEST_TERMINATED,
		      TAG_END());
		ss->invite = NULL;
	}
}

void session_over(struct sip_session *ss, enum sip_end why, const char *text,
		  bool bye)
{
	const struct sip_session_ops *ops = ss->ops;

	assert(ss->state < SESSION_ENDING);
	session_hold(ss);
	timer_end(ss);
	ask_stop(ss);
	close_requests(ss);
	dial_cancel(ss);
	log_debug(ss->name, "over, reason=\"%s\"", text);
	session_set_state(ss, SESSION_ENDING);
	ss->bye_due = bye;
	ss->ops = NULL;
	if (ops)
		ops->on_end(ss->arg, why, text);
	session_release(ss);
}

void session_abandon(struct sip_session *ss)
{
	const struct sip_session_ops *ops = ss->ops;
	void *arg = ss->arg;

	assert(!ss->holds);
	session_free(ss);
	if (ops)
		ops->on_end(arg, SIP_END_LOCAL, "server stops");
}
