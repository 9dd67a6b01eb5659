/* timer.c - see timer.h */
#include "timer.h"

#include <stdio.h>
#include <strings.h>

#include "ask.h"
#include "base/log.h"

/* No interval longer than a day is of use, and its milliseconds must fit. */
enum { INTERVAL_MAX_S = 86400 };

static uint32_t bounded(unsigned long s)
{
	return s < INTERVAL_MAX_S ? (uint32_t)s : INTERVAL_MAX_S;
}

static bool peer_has_timer(const sip_t *s)
{
	return s->sip_supported && sip_has_feature(s->sip_supported, "timer");
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* RFC 4028 9: only who says that it knows the timer is told 422. */
int timer_check(const struct sip_cfg *cfg, const sip_t *s, uint32_t *min_se_s)
{
	if (!s->sip_session_expires || !peer_has_timer(s) ||
	    s->sip_session_expires->x_delta >= cfg->min_se_s)
		return 0;
	*min_se_s = cfg->min_se_s;
	return 422;
}

/* A side that should refresh, and one that watches it (RFC 4028 10): the one
 * halfway, the other a little before the end. */
static void start(struct sip_session *ss)
{
	const uint32_t interval_s = ss->terms.interval_s;
	const uint32_t margin_s = interval_s / 3 < 32 ? interval_s / 3 : 32;

	timer_stop(&ss->refresh);
	timer_stop(&ss->expiry);
	if (!interval_s) {
		timer_look_again(ss);
		return;
	}
	timer_start(&ss->expiry, (int64_t)(interval_s - margin_s) * 1000);
	if (ss->terms.ours)
		timer_start(&ss->refresh, (int64_t)interval_s * 500);
}

/* A peer without the timer is asked all the same, by a refresh that names no
 * interval: else one that vanishes on hold, where no RTP is missed, stays for
 * ever. Whatever it answers, it is there; if it does not, or knows no such
 * dialog, the session ends. */
void timer_look_again(struct sip_session *ss)
{
	if (!ss->terms.interval_s && ss->sip->cfg.session_expires_s)
		timer_start(&ss->refresh,
			    (int64_t)ss->sip->cfg.session_expires_s * 500);
}

static void on_refresh(void *arg)
{
	ask_refresh(arg);
}

static void on_expiry(void *arg)
{
	struct sip_session *ss = arg;

	reply_reason_text("SIP", 408, "Session timer expired", ss->reason);
	session_over(ss, SIP_END_EXPIRED, "session timer expired", true);
}

void timer_setup(struct sip_session *ss)
{
	timer_init(&ss->refresh, ss->sip->loop, on_refresh, ss);
	timer_init(&ss->expiry, ss->sip->loop, on_expiry, ss);
}

/* RFC 4028 9: their interval unless ours is shorter and still allowed; the
 * refresher that they name, else themselves. */
void timer_propose(struct sip_session *ss, const sip_t *s)
{
	const struct sip_cfg *cfg = &ss->sip->cfg;
	const sip_session_expires_t *x = s->sip_session_expires;
	struct refresh_terms *t = &ss->next;

	*t = (struct refresh_terms){ 0 };
	if (!peer_has_timer(s))
		return;
	t->min_se_s = cfg->min_se_s;
	if (s->sip_min_se)
		t->min_se_s = larger(t->min_se_s,
				     bounded(s->sip_min_se->min_delta));
	t->interval_s = cfg->session_expires_s;
	if (x && (!t->interval_s || x->x_delta < t->interval_s))
		t->interval_s = bounded(x->x_delta);
	if (t->interval_s)
		t->interval_s = larger(t->interval_s, t->min_se_s);
	t->ours = x && x->x_refresher && !strcasecmp(x->x_refresher, "uas");
}

const char *timer_answer_text(const struct sip_session *ss,
			      char out[static TIMER_TEXT_LEN])
{
	if (!ss->next.interval_s)
		return NULL;
	snprintf(out, TIMER_TEXT_LEN, "%u;refresher=%s", ss->next.interval_s,
		 ss->next.ours ? "uas" : "uac");
	return out;
}

bool timer_answer_requires(const struct sip_session *ss)
{
	return ss->next.interval_s && !ss->next.ours;
}

void timer_agree(struct sip_session *ss)
{
	ss->terms = ss->next;
	start(ss);
}

void timer_confirmed(struct sip_session *ss, const sip_t *s)
{
	const sip_session_expires_t *x = s->sip_session_expires;

	if (x && x->x_delta) {
		ss->terms.interval_s = larger(bounded(x->x_delta),
					      ss->terms.min_se_s);
		/* in our request we were the UAC */
		ss->terms.ours = !x->x_refresher ||
				 strcasecmp(x->x_refresher, "uas");
	}
	start(ss);
}

void timer_end(struct sip_session *ss)
{
	timer_stop(&ss->refresh);
	timer_stop(&ss->expiry);
}
