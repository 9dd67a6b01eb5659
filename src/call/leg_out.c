/* leg_out.c - legs of calls that we make: from the INVITE to the answer. */
#include <errno.h>
#include <stdio.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/str.h"
#include "hub_int.h"
#include "leg_int.h"

static void begin_record(struct leg *leg, const struct sip_dial *d,
			 const union addr *local, const char *room)
{
	struct leg_record *rec = &leg->rec;
	char ip[ADDR_LEN], peer[ADDR_LEN];

	rec->direction = "out";
	snprintf(rec->from_uri, sizeof(rec->from_uri), "sip:%s@%s", d->from_user,
		 addr_print(local, ip));
	str_copy(rec->call_id, sizeof(rec->call_id),
		 sip_session_call_id(leg->sess));
	str_copy(rec->from_name, sizeof(rec->from_name), d->from_name);
	str_copy(rec->dialled, sizeof(rec->dialled), d->to_user);
	str_copy(rec->room, sizeof(rec->room), room);
	rec->source = d->peer;
	str_copy(rec->transport, sizeof(rec->transport), d->tcp ? "tcp" : "udp");
	record_leg(leg->hub->db, rec, RECORD_START);
	log_info(leg->tag, "calls, peer=%s/%s id=%s room=%s to=%s call_id=%s",
		 addr_print(&d->peer, peer), rec->transport, rec->id, room,
		 rec->dialled, rec->call_id);
}

/* Everything but the INVITE. */
static int prepare(struct leg *leg, const union addr *local,
		   const struct media_bus *near)
{
	int err = leg_open_media(leg, local, near);

	if (err) {
		counter_inc(CNT_LEG_NO_MEDIA);
		return err;
	}
	return leg_answer_sdp(leg, NULL, 0);    /* without an offer: makes one */
}

int leg_dial(struct leg **legp, struct hub *hub, const struct sip_dial *d,
	     const char *room, uint32_t ring_ms, const struct media_bus *near,
	     const struct leg_ops *ops, void *owner)
{
	struct sip_dial dial = *d;
	union addr local;
	struct leg *leg;
	int err;

	if (!hub->sip || hub_is_draining(hub))
		return -EAGAIN;
	err = sip_local(hub->sip, &d->peer, d->tcp, &local);
	if (err)
		return err;
	leg = leg_make(hub);
	if (!leg)
		return -ENOMEM;
	leg->out = true;
	leg->signalling = d->peer;
	err = prepare(leg, &local, near);
	dial.sdp = leg->sdp;
	if (!err)
		err = sip_session_dial(&leg->sess, hub->sip, &dial,
				       &leg_session_ops, leg);
	if (err) {
		leg->recorded = true;           /* it was no call at all */
		leg_end(leg, END_ERROR);
		return err;
	}
	begin_record(leg, d, &local, room);
	timer_start(&leg->timer, ring_ms);
	leg_set_owner(leg, ops, owner);
	*legp = leg;
	return 0;
}

void leg_answered(struct leg *leg)
{
	leg_set_state(leg, LEG_ANSWERED);
	leg->rec.answered_us = record_now_us();
	leg->rec.sip_status = 200;
	timer_start(&leg->timer, LEG_SETUP_MS);
}
