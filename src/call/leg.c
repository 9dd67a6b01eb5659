/* leg.c - the life of a call leg: see README for the picture. */
#include "leg.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "hub_int.h"
#include "leg_int.h"
#include "refusal.h"

enum { RETRY_AFTER_S = 5 };

static const char *const state_names[] = {
	[LEG_NEW] = "new", [LEG_RINGING] = "ringing",
	[LEG_ANSWERED] = "answered", [LEG_UP] = "up",
	[LEG_LEAVING] = "leaving", [LEG_ENDING] = "ending", [LEG_GONE] = "gone"
};

const char *leg_state_word(const struct leg *leg)
{
	return state_names[leg->state];
}

void leg_set_state(struct leg *leg, enum leg_state state)
{
	log_debug(leg->tag, "%s -> %s", state_names[leg->state],
		  state_names[state]);
	leg->state = state;
}

/* ---- the way out -------------------------------------------------------- */

static void finish_record(struct leg *leg)
{
	const struct media_stats *st = &leg->rec.stats;

	if (leg->recorded || leg->state < LEG_ENDING || leg->port)
		return;
	leg->recorded = true;
	record_leg(leg->hub->db, &leg->rec, RECORD_END);
	log_info(leg->tag, "ended, reason=%s text=\"%s\" seconds=%lld rx=%llu "
		 "lost=%llu jitter_us=%u tx=%llu", end_word(leg->rec.end_reason),
		 *leg->rec.end_text ? leg->rec.end_text
				    : end_text(leg->rec.end_reason),
		 (long long)(leg->rec.ended_us - leg->rec.started_us) / 1000000,
		 (unsigned long long)st->rx_packets,
		 (unsigned long long)st->rx_lost, st->rx_jitter_us,
		 (unsigned long long)st->tx_packets);
}

static void check_gone(struct leg *leg)
{
	if (leg->state != LEG_ENDING || leg->sess || leg->port)
		return;
	leg_set_state(leg, LEG_GONE);
	hub_leg_gone(leg->hub, leg);
}

static void release_owner(struct leg *leg)
{
	const struct leg_ops *ops = leg->ops;
	void *owner = leg->owner;

	leg->ops = NULL;
	leg->owner = NULL;
	if (ops && ops->on_end)
		ops->on_end(owner);
}

static void note_end(struct leg *leg, enum end_reason why)
{
	if (leg->rec.end_reason == END_NONE)
		leg->rec.end_reason = why;
}

/* All but the session: on the way out whoever ended it. */
static void let_go(struct leg *leg, enum end_reason why)
{
	note_end(leg, why);
	leg->rec.ended_us = record_now_us();
	leg_set_state(leg, LEG_ENDING);
	timer_stop(&leg->timer);
	speech_fini(leg);
	release_owner(leg);
	if (leg->port)
		media_port_close(leg->port);
	finish_record(leg);
}

void leg_end(struct leg *leg, enum end_reason why)
{
	const bool final = leg->state >= LEG_ANSWERED || leg->out;

	if (leg->state >= LEG_ENDING)
		return;
	if (!final) {
		leg_refuse(leg, why == END_SHUTDOWN ? 503 : 480, why);
		return;
	}
	let_go(leg, why);
	if (leg->sess)
		sip_session_end(leg->sess, end_cause(leg->rec.end_reason),
				end_text(leg->rec.end_reason));
	else
		check_gone(leg);
}

static void refuse(struct leg *leg, int status, int warning, unsigned retry_s,
		   enum end_reason why)
{
	struct sip_session *sess = leg->sess;

	leg->rec.sip_status = (uint32_t)status;
	let_go(leg, why);
	log_info(leg->tag, "refused, status=%d reason=%s", status,
		 end_text(leg->rec.end_reason));
	if (!sess) {
		check_gone(leg);
		return;
	}
	sip_session_reason(sess, end_cause(leg->rec.end_reason),
			   end_text(leg->rec.end_reason));
	sip_session_refuse(sess, status, warning,
			   status == 503 ? RETRY_AFTER_S : retry_s);
}

void leg_refuse(struct leg *leg, int status, enum end_reason why)
{
	assert(leg->state < LEG_ANSWERED);
	refuse(leg, status, 0, 0, why);
}

void leg_turn_away(struct leg *leg, enum end_reason why, uint32_t wait_s)
{
	assert(leg->state < LEG_ANSWERED);
	refuse(leg, refusal_status(why), 0, refusal_retry_s(why, wait_s), why);
}

void leg_farewell(struct leg *leg, const struct say *what, enum end_reason why)
{
	if (leg->state >= LEG_LEAVING)
		return;
	if (leg->state != LEG_UP || leg_is_held(leg)) {
		leg_end(leg, why);
		return;
	}
	note_end(leg, why);
	leg_set_state(leg, LEG_LEAVING);
	release_owner(leg);
	leg_say(leg, what);
}

void leg_said(struct leg *leg)
{
	if (leg->state == LEG_LEAVING)
		leg_end(leg, leg->rec.end_reason);
	else if (leg->ops && leg->ops->on_said)
		leg->ops->on_said(leg->owner);
}

/* ---- the way in --------------------------------------------------------- */

static void check_up(struct leg *leg)
{
	if (leg->state != LEG_ANSWERED || !leg->confirmed || !leg->audio.codec)
		return;
	timer_stop(&leg->timer);
	leg_set_state(leg, LEG_UP);
	if (leg_begin_to_send(leg) != 0) {
		leg_end(leg, END_NO_MEDIA);
		return;
	}
	if (leg->ops && leg->ops->on_up)
		leg->ops->on_up(leg->owner);
}

static void accept_call(struct leg *leg)
{
	leg_set_state(leg, LEG_ANSWERED);
	leg->rec.answered_us = record_now_us();
	leg->rec.sip_status = 200;
	timer_start(&leg->timer, LEG_SETUP_MS);
	if (sip_session_accept(leg->sess, leg->sdp) != 0)
		leg_end(leg, END_ERROR);
}

void leg_answer(struct leg *leg, uint32_t ring_ms)
{
	assert(leg->state == LEG_NEW);
	if (!ring_ms || sip_session_progress(leg->sess, NULL) != 0) {
		accept_call(leg);
		return;
	}
	leg_set_state(leg, LEG_RINGING);
	timer_start(&leg->timer, ring_ms);
}

static void on_timer(void *arg)
{
	struct leg *leg = arg;

	if (leg->out && leg->state < LEG_ANSWERED)
		leg_end(leg, END_NO_ANSWER);
	else if (leg->state == LEG_RINGING)
		accept_call(leg);
	else if (leg->state == LEG_ANSWERED)
		leg_end(leg, END_NO_ACK);
}

int leg_prepare(struct leg *leg, const struct sip_invite *inv,
		const struct media_bus *near)
{
	struct sdp_refusal r;
	int err = leg_open_media(leg, &inv->local, near);

	if (err) {
		log_info(leg->tag, "no port, error=%d", -err);
		counter_inc(CNT_LEG_NO_MEDIA);
		leg_refuse(leg, 503, END_NO_MEDIA);
		return err;
	}
	err = leg_answer_sdp(leg, inv->sdp, inv->sdp_len);
	if (err) {
		r = sdp_refusal(err);
		refuse(leg, r.status, r.warning, 0, r.why);
	}
	return err;
}

static void begin_record(struct leg *leg, const struct sip_invite *inv,
			 const struct route *route)
{
	struct leg_record *rec = &leg->rec;

	rec->direction = "in";
	str_copy(rec->call_id, sizeof(rec->call_id), inv->call_id);
	str_copy(rec->from_uri, sizeof(rec->from_uri), inv->from_uri);
	str_copy(rec->from_name, sizeof(rec->from_name), inv->from_name);
	str_copy(rec->dialled, sizeof(rec->dialled), route->dialled);
	str_copy(rec->room, sizeof(rec->room), route->room);
	rec->source = inv->source;
	str_copy(rec->transport, sizeof(rec->transport), inv->transport);
	str_copy(rec->user_agent, sizeof(rec->user_agent), inv->user_agent);
	record_leg(leg->hub->db, rec, RECORD_START);
}

struct leg *leg_make(struct hub *hub)
{
	struct leg *leg = calloc(1, sizeof(*leg));

	if (!leg)
		return NULL;
	leg->hub = hub;
	if (hub_add_leg(hub, leg) != 0) {
		free(leg);
		return NULL;
	}
	timer_init(&leg->timer, hub->loop, on_timer, leg);
	speech_init(leg);
	leg->lang = route_room_lang(hub->config, "");
	id_uuid(leg->rec.id);
	leg->rec.started_us = record_now_us();
	return leg;
}

struct leg *leg_new(struct hub *hub, struct sip_session *ss,
		    const struct sip_invite *inv, const struct route *route)
{
	struct leg *leg = leg_make(hub);
	char source[ADDR_LEN];

	if (!leg)
		return NULL;
	leg->sess = ss;
	leg->signalling = inv->source;
	leg->lang = route->lang;
	leg->lang_asked = route->lang_asked;
	sip_session_bind(ss, &leg_session_ops, leg);
	begin_record(leg, inv, route);
	/* What the caller can make long comes last: a line has its bound. */
	log_info(leg->tag, "new, source=%s/%s id=%s to=%s call_id=%s from=%s",
		 addr_print(&inv->source, source), leg->rec.transport,
		 leg->rec.id, leg->rec.dialled, leg->rec.call_id,
		 leg->rec.from_uri);
	return leg;
}

void leg_free(struct leg *leg)
{
	timer_stop(&leg->timer);
	speech_fini(leg);
	free(leg->local);
	free(leg->sdp);
	free(leg);
}

void leg_abandon(struct leg *leg)
{
	assert(leg->state >= LEG_ENDING);
	leg->port = NULL;
	finish_record(leg);
}

/* ---- what SIP says ------------------------------------------------------ */

static void tell_hold(struct leg *leg)
{
	const bool held = leg->audio.hold;

	if (leg->told_hold == held)
		return;
	leg->told_hold = held;
	if (leg->ops && leg->ops->on_hold)
		leg->ops->on_hold(leg->owner, held);
}

static void on_offer(void *arg, const char *sdp, size_t len)
{
	struct leg *leg = arg;
	struct sdp_refusal r;
	unsigned missed;
	int err;

	if (leg->state >= LEG_ENDING)
		return;
	err = leg_answer_sdp(leg, sdp, len);
	if (err) {
		r = sdp_refusal(err);
		if (log_allow(leg->tag, &missed))
			log_warn(leg->tag, "change refused, status=%d "
				 "reason=%s missed=%u", r.status,
				 end_text(r.why), missed);
		sip_session_refuse(leg->sess, r.status, r.warning, 0);
		return;
	}
	if (sip_session_accept(leg->sess, leg->sdp) != 0)
		leg_end(leg, END_ERROR);
	else
		tell_hold(leg);
}

static void on_answer(void *arg, const char *sdp, size_t len)
{
	struct leg *leg = arg;
	int err;

	if (leg->state >= LEG_ENDING)
		return;
	if (leg->state < LEG_ANSWERED)
		leg_answered(leg);
	err = leg_accept_sdp(leg, sdp, len);
	if (err && leg->state == LEG_ANSWERED) {
		leg_end(leg, sdp_refusal(err).why);
		return;
	}
	if (err) {
		log_warn(leg->tag, "answer is no good, going on as before, "
			 "reason=%s", end_text(sdp_refusal(err).why));
		return;
	}
	if (leg->state == LEG_ANSWERED)
		check_up(leg);
	else
		tell_hold(leg);
}

static void on_progress(void *arg, int status)
{
	struct leg *leg = arg;

	if (leg->state == LEG_NEW)
		leg_set_state(leg, LEG_RINGING);
	if (leg->state == LEG_RINGING && leg->ops && leg->ops->on_progress)
		leg->ops->on_progress(leg->owner, status);
}

static void on_confirmed(void *arg)
{
	struct leg *leg = arg;

	leg->confirmed = true;
	check_up(leg);
}

static void key(struct leg *leg, char k, enum key_from from)
{
	static const char *const ways[] = {
		[KEY_EVENT] = "event", [KEY_INBAND] = "inband", [KEY_INFO] = "info"
	};

	if (!keys_put(&leg->keys, k, from, loop_now_us()))
		return;
	leg->rec.dtmf = ways[from];
	if (leg->state == LEG_UP && leg->ops && leg->ops->on_key)
		leg->ops->on_key(leg->owner, k);
}

/* An INFO without a body asks nothing of us (RFC 6086 4: legacy use). */
static int on_info(void *arg, const char *type, const char *body, size_t len)
{
	struct leg *leg = arg;
	char k;
	int err;

	if (!len)
		return 200;
	err = keys_from_info(type, body, len, &k);
	if (err)
		return err == -EPROTONOSUPPORT ? 415 : 400;
	key(leg, k, KEY_INFO);
	return 200;
}

static void on_end(void *arg, enum sip_end why, const char *text)
{
	static const enum end_reason reasons[] = {
		[SIP_END_BYE] = END_BYE, [SIP_END_CANCEL] = END_CANCEL,
		[SIP_END_NO_ACK] = END_NO_ACK, [SIP_END_EXPIRED] = END_EXPIRED,
		[SIP_END_TRANSPORT] = END_TRANSPORT, [SIP_END_LOCAL] = END_ERROR,
		[SIP_END_REFUSED] = END_REJECTED
	};
	struct leg *leg = arg;

	if (why == SIP_END_REFUSED)
		leg->rec.sip_status = (uint32_t)sip_session_status(leg->sess);
	leg->sess = NULL;
	if (leg->state < LEG_ENDING) {
		if (why == SIP_END_CANCEL)
			leg->rec.sip_status = 487;
		if (why == SIP_END_NO_ACK)
			counter_inc(CNT_LEG_NO_ACK);
		if (why == SIP_END_EXPIRED)
			counter_inc(CNT_LEG_EXPIRED);
		if (leg->rec.end_reason == END_NONE)
			str_copy(leg->rec.end_text, sizeof(leg->rec.end_text), text);
		let_go(leg, reasons[why]);
	}
	check_gone(leg);
}

const struct sip_session_ops leg_session_ops = {
	.on_offer = on_offer,
	.on_answer = on_answer,
	.on_progress = on_progress,
	.on_confirmed = on_confirmed,
	.on_info = on_info,
	.on_end = on_end
};

/* ---- what media says ---------------------------------------------------- */

static void on_started(void *arg)
{
	const struct leg *leg = arg;

	log_debug(leg->tag, "first RTP packet");
}

static void on_key(void *arg, char k, enum media_key_from from)
{
	key(arg, k, from == MEDIA_KEY_EVENT ? KEY_EVENT : KEY_INBAND);
}

static void on_played(void *arg, uint32_t id, bool whole)
{
	speech_played(arg, id, whole);
}

static void on_talking(void *arg, bool talks, uint32_t ms)
{
	struct leg *leg = arg;

	leg->talking = talks;
	if (talks)
		log_debug(leg->tag, "talks");
	else
		log_debug(leg->tag, "talked, ms=%u", ms);
	if (leg->ops && leg->ops->on_talking)
		leg->ops->on_talking(leg->owner, talks);
}

static void on_echo(void *arg, bool echoes)
{
	const struct leg *leg = arg;

	if (echoes)
		log_info(leg->tag, "gives the room's sound back, kept out");
	else
		log_info(leg->tag, "no longer gives the room's sound back");
}

static void on_music(void *arg, bool is_music)
{
	const struct leg *leg = arg;

	if (leg->ops && leg->ops->on_music)
		leg->ops->on_music(leg->owner, is_music);
}

static void on_timeout(void *arg)
{
	struct leg *leg = arg;

	if (leg->state == LEG_ANSWERED) {       /* the ACK is waited for longer */
		leg_wait_for_rtp_again(leg);
		return;
	}
	counter_inc(CNT_LEG_TIMEOUT);
	log_warn(leg->tag, "no RTP, timeout_s=%u", leg->hub->config->media.rtp_timeout);
	leg_end(leg, END_TIMEOUT);
}

static void on_stats(void *arg, const struct media_stats *st)
{
	struct leg *leg = arg;

	leg->rec.stats = *st;
}

static void on_closed(void *arg, const struct media_stats *st)
{
	struct leg *leg = arg;

	leg->rec.stats = *st;
	leg->port = NULL;
	finish_record(leg);
	check_gone(leg);
}

const struct media_port_ops leg_port_ops = {
	.on_started = on_started,
	.on_key = on_key,
	.on_played = on_played,
	.on_talking = on_talking,
	.on_echo = on_echo,
	.on_music = on_music,
	.on_timeout = on_timeout,
	.on_stats = on_stats,
	.on_closed = on_closed
};

/* ---- for the owner ------------------------------------------------------ */

void leg_set_owner(struct leg *leg, const struct leg_ops *ops, void *arg)
{
	assert(!leg_is_ending(leg));
	log_debug(leg->tag, "%s -> %s", leg->ops ? leg->ops->name : "nobody",
		  ops->name);
	leg->ops = ops;
	leg->owner = arg;
}

void leg_disown(struct leg *leg)
{
	leg->ops = NULL;
	leg->owner = NULL;
}

void *leg_owner(const struct leg *leg, const struct leg_ops *ops)
{
	return leg->ops == ops ? leg->owner : NULL;
}

void leg_pin(struct leg *leg, const struct db_pin_answer *answer)
{
	if (leg->ops && leg->ops->on_pin)
		leg->ops->on_pin(leg->owner, answer);
}

void leg_claim(struct leg *leg, enum db_pin result)
{
	if (leg->ops && leg->ops->on_claim)
		leg->ops->on_claim(leg->owner, result);
}

enum lang leg_lang(const struct leg *leg)
{
	return leg->lang;
}

void leg_room_lang(struct leg *leg, const char *language)
{
	if (!leg->lang_asked)
		leg->lang = route_room_lang(leg->hub->config, language);
}

bool leg_is_up(const struct leg *leg)
{
	return leg->state == LEG_UP;
}

bool leg_is_out(const struct leg *leg)
{
	return leg->out;
}

bool leg_is_ending(const struct leg *leg)
{
	return leg->state >= LEG_LEAVING;
}

bool leg_is_held(const struct leg *leg)
{
	return leg->audio.hold;
}

bool leg_is_talking(const struct leg *leg)
{
	return leg->talking;
}

const char *leg_tag(const struct leg *leg)
{
	return leg->tag;
}

uint64_t leg_number(const struct leg *leg)
{
	return leg->number;
}

struct hub *leg_hub(const struct leg *leg)
{
	return leg->hub;
}

struct media_port *leg_port(const struct leg *leg)
{
	return leg->port;
}

struct leg_record *leg_record(struct leg *leg)
{
	return &leg->rec;
}
